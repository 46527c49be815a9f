"""The embedded server keeps its promises: one folder, one server, never as root, and nothing lost by a kill."""

import asyncio
import os
import pwd
import shutil
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from domain.refusals import StoreUnavailable
from runtime.embedded_postgres import EmbeddedPostgres, EmbeddedPostgresFailed, home
from runtime.migrations import migrate
from runtime.postgres import Database, owner_connection

root = Path(__file__).parent.parent.parent
wait_seconds = 60
retry_seconds = 0.02
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can start a server as another user")

# Imports first, then the change of user: the interpreter itself may lie where that user cannot read.
_SERVE = """
import asyncio, concurrent.futures.thread, os, sys
from pathlib import Path
from runtime.embedded_postgres import EmbeddedPostgres
folder, user_id = Path(sys.argv[1]), int(sys.argv[2])
if user_id:
    os.setgroups([]), os.setgid(user_id), os.setuid(user_id)
async def serve():
    async with EmbeddedPostgres(folder) as server:
        print(server.process_id, server.url, flush=True)
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
asyncio.run(serve())
"""


@asynccontextmanager
async def serving_process(folder: Path, user_id: int = 0) -> AsyncIterator[tuple[asyncio.subprocess.Process, int, str]]:
    """Another process of ours that runs the server: itself, its server's process id and address."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _SERVE, str(folder), str(user_id), cwd=root,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdin is not None
    try:
        async with asyncio.timeout(wait_seconds):
            server, url = (await process.stdout.readline()).decode().split()
        yield process, int(server), url
    finally:
        process.stdin.close()
        async with asyncio.timeout(wait_seconds):
            await process.wait()


async def write(url: str, words: str) -> None:
    async with owner_connection(url, application_name="tests") as owner:
        await owner.execute("CREATE TABLE IF NOT EXISTS kept (words text)")
        await owner.execute("INSERT INTO kept VALUES ($1)", words)


async def read(url: str) -> list[str]:
    async with owner_connection(url, application_name="tests") as owner:
        return [row["words"] for row in await owner.fetch("SELECT words FROM kept")]


async def read_names_once_it_is_back(database: Database) -> list[str]:
    """Ask until the database no longer says that it is away; anything else it says is a failure."""
    async with asyncio.timeout(wait_seconds):
        while True:
            try:
                async with database.service() as connection:
                    return [row["name"] for row in await connection.fetch("SELECT name FROM runtime.tenant")]
            except StoreUnavailable:
                await asyncio.sleep(retry_seconds)


@pytest.fixture
def some_user_id() -> int:
    """A user of this machine who is neither root nor nobody."""
    return next(user.pw_uid for user in pwd.getpwall() if user.pw_uid != 0 and user.pw_name != "nobody")


def user_of(process_id: int) -> int:
    return Path(f"/proc/{process_id}").stat().st_uid


async def test_the_server_is_durable_private_and_reachable_by_its_socket_only(open_folder: Path) -> None:
    async with (
        EmbeddedPostgres(open_folder) as server,
        owner_connection(server.url, application_name="tests") as owner,
    ):
        shown = {
            name: await owner.fetchval(f"SHOW {name}") for name in ("fsync", "data_checksums", "synchronous_commit")
        }
        listening = await owner.fetchval("SHOW listen_addresses")
        method = await owner.fetchval("SELECT string_agg(DISTINCT auth_method, ' ') FROM pg_hba_file_rules")

        assert shown == {"fsync": "on", "data_checksums": "on", "synchronous_commit": "on"}
        assert listening == ""
        assert method == "scram-sha-256"
        assert (open_folder / "password").stat().st_mode & 0o777 == 0o600
        assert (open_folder / "socket").stat().st_mode & 0o777 == 0o700
        assert not (open_folder / ".password-for-initdb").exists()


async def test_a_restart_finds_the_same_data_under_the_same_address(open_folder: Path) -> None:
    async with EmbeddedPostgres(open_folder) as server:
        await write(server.url, "before")
        first_url = server.url

    async with EmbeddedPostgres(open_folder) as server:
        assert server.url == first_url
        assert await read(server.url) == ["before"]


async def test_a_second_start_on_one_folder_is_refused_and_harms_nothing(open_folder: Path) -> None:
    async with EmbeddedPostgres(open_folder) as server:
        with pytest.raises(EmbeddedPostgresFailed, match="in use"):
            await EmbeddedPostgres(open_folder).__aenter__()

        await write(server.url, "still here")
        assert await read(server.url) == ["still here"]


async def test_the_database_comes_back_by_itself_after_the_postmaster_was_killed(open_folder: Path) -> None:
    async with EmbeddedPostgres(open_folder) as server:
        await migrate(server.url, {})
        async with await Database.open(server.url, application_name="tests") as database:
            async with database.service() as connection:
                await connection.execute(
                    "INSERT INTO runtime.tenant (tenant_id, name) VALUES (gen_random_uuid(), 'kept')"
                )
            killed = server.process_id
            assert killed is not None
            os.kill(killed, signal.SIGKILL)

            names = await read_names_once_it_is_back(database)

    assert names == ["kept"]
    assert server.process_id != killed


async def test_a_start_takes_over_what_a_killed_process_of_ours_left_running(open_folder: Path) -> None:
    async with serving_process(open_folder) as (process, orphan, url):
        await write(url, "by the one that was killed")
        process.kill()
        await process.wait()
    assert Path(f"/proc/{orphan}").exists()

    async with EmbeddedPostgres(open_folder) as server:
        assert server.process_id != orphan
        assert await read(server.url) == ["by the one that was killed"]


async def test_a_start_waits_for_the_backends_of_a_server_that_was_killed_with_its_process(open_folder: Path) -> None:
    async with serving_process(open_folder) as (process, postmaster, url):
        await write(url, "kept")
        async with owner_connection(url, application_name="tests") as owner:
            backend = await owner.fetchval("SELECT pg_backend_pid()")
            computing = asyncio.ensure_future(
                owner.fetchval("SELECT sum(sqrt(n)) FROM generate_series(1, 20000000) AS n")
            )
            await asyncio.sleep(0)
            await becomes_busy(url, backend)
            process.kill()
            os.kill(postmaster, signal.SIGKILL)
            await process.wait()
            os.kill(backend, 0)

            async with EmbeddedPostgres(open_folder) as server:
                assert await read(server.url) == ["kept"]
            await asyncio.gather(computing, return_exceptions=True)


async def test_a_start_passes_lock_files_whose_number_now_belongs_to_a_process_of_ours(open_folder: Path) -> None:
    """In a new container the numbers begin anew, so that of the killed server may soon be that of one of our processes."""
    async with serving_process(open_folder) as (process, postmaster, url):
        await write(url, "kept")
        process.kill()
        os.kill(postmaster, signal.SIGKILL)
        await process.wait()
    locks = [open_folder / "cluster" / "postmaster.pid", open_folder / "socket" / ".s.PGSQL.5432.lock"]
    neighbour = await asyncio.create_subprocess_exec("sleep", "300", user=locks[0].stat().st_uid)
    try:
        for lock in locks:
            lock.write_text(lock.read_text().replace(f"{postmaster}\n", f"{neighbour.pid}\n", 1))
        async with EmbeddedPostgres(open_folder) as server:
            assert await read(server.url) == ["kept"]
    finally:
        neighbour.kill()
        await neighbour.wait()


async def becomes_busy(url: str, backend: int) -> None:
    query = "SELECT state = 'active' FROM pg_stat_activity WHERE pid = $1"
    async with asyncio.timeout(wait_seconds), owner_connection(url, application_name="tests") as owner:
        while not await owner.fetchval(query, backend):  # noqa: ASYNC110 - another process
            await asyncio.sleep(retry_seconds)


async def test_nothing_runs_once_the_server_was_stopped(open_folder: Path) -> None:
    async with EmbeddedPostgres(open_folder) as server:
        process_id = server.process_id

    assert not Path(f"/proc/{process_id}").exists()
    assert not (open_folder / "cluster" / "postmaster.pid").exists()


async def test_a_folder_named_by_a_link_or_relatively_is_the_same_folder(
    open_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (open_folder / "data").mkdir()
    (open_folder / "link").symlink_to("data")
    monkeypatch.chdir(open_folder)

    async with EmbeddedPostgres(Path("link")) as server:
        await write(server.url, "by the link")
    async with EmbeddedPostgres(Path("data")) as server:
        assert await read(server.url) == ["by the link"]


async def test_a_deep_folder_gets_a_socket_elsewhere(open_folder: Path) -> None:
    deep = open_folder / ("long-name-" * 9) / "data"

    async with EmbeddedPostgres(deep) as server:
        await write(server.url, "reached")
        async with owner_connection(server.url, application_name="tests") as owner:
            socket = Path(await owner.fetchval("SHOW unix_socket_directories"))

    assert deep not in socket.parents
    shutil.rmtree(socket)


async def test_a_start_that_was_killed_in_the_middle_of_making_the_cluster_begins_anew(open_folder: Path) -> None:
    (open_folder / "cluster.unfinished").mkdir()
    (open_folder / "cluster.unfinished" / "PG_VERSION").write_text("18\n")
    (open_folder / "password").write_text("of the first try")

    async with EmbeddedPostgres(open_folder) as server:
        await write(server.url, "made")


async def test_a_cluster_that_was_removed_is_an_error_not_an_empty_one(open_folder: Path) -> None:
    async with EmbeddedPostgres(open_folder):
        pass
    (open_folder / "cluster").rename(open_folder / "mislaid")

    with pytest.raises(EmbeddedPostgresFailed, match="is gone"):
        await EmbeddedPostgres(open_folder).__aenter__()


async def test_a_cluster_of_another_major_version_is_an_error(open_folder: Path) -> None:
    async with EmbeddedPostgres(open_folder):
        pass
    (open_folder / "cluster" / "PG_VERSION").write_text("14\n")

    with pytest.raises(EmbeddedPostgresFailed, match="PostgreSQL 14"):
        await EmbeddedPostgres(open_folder).__aenter__()


@needs_root
async def test_started_by_root_the_server_runs_as_nobody(open_folder: Path) -> None:
    async with EmbeddedPostgres(open_folder) as server:
        assert server.process_id is not None
        assert user_of(server.process_id) == pwd.getpwnam("nobody").pw_uid


@needs_root
async def test_started_by_root_the_server_runs_as_the_owner_of_the_folder(open_folder: Path, some_user_id: int) -> None:
    os.chown(open_folder, some_user_id, some_user_id)

    async with EmbeddedPostgres(open_folder) as server:
        assert server.process_id is not None
        assert user_of(server.process_id) == some_user_id


@needs_root
async def test_started_by_root_in_a_folder_of_a_user_without_a_name_the_server_runs_as_nobody(
    state_folder: Path, open_folder: Path
) -> None:
    data = open_folder / "data"
    data.mkdir()
    os.chown(data, 54321, 54321)

    async with EmbeddedPostgres(data) as server:
        assert user_of(server.process_id or 0) == pwd.getpwnam("nobody").pw_uid


@needs_root
async def test_started_by_a_plain_user_the_server_runs_as_that_user(open_folder: Path, some_user_id: int) -> None:
    if not all(folder.stat().st_mode & 0o001 for folder in Path(sys.prefix).parents):
        pytest.skip("the environment lies where only root can enter")
    os.chown(open_folder, some_user_id, some_user_id)

    async with serving_process(open_folder, some_user_id) as (_, server, url):
        assert user_of(server) == some_user_id
        await write(url, "by a plain user")
    # Root may go on with it later, still as that user.
    async with EmbeddedPostgres(open_folder) as again:
        assert user_of(again.process_id or 0) == some_user_id
        assert await read(again.url) == ["by a plain user"]


@pytest.fixture
def state_folder(open_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A stand-in for /var/lib/billowatt."""
    folder = open_folder / "state"
    monkeypatch.setattr(home, "_STATE_FOLDERS", (folder,))
    return folder


@pytest.fixture
def private_folder(open_folder: Path) -> Path:
    """A data folder below one that only root may enter, like /root."""
    folder = open_folder / "private" / "data"
    folder.mkdir(parents=True)
    folder.parent.chmod(0o700)
    return folder


@needs_root
async def test_a_data_folder_that_only_root_can_enter_keeps_its_cluster_elsewhere(
    state_folder: Path, private_folder: Path
) -> None:
    for visit in ("first", "second"):
        async with EmbeddedPostgres(private_folder) as server:
            await write(server.url, visit)
            assert len(await read(server.url)) == (1 if visit == "first" else 2)

    (elsewhere,) = (folder for folder in state_folder.iterdir() if (folder / "cluster").exists())
    assert (private_folder / "postgres-is-elsewhere").read_text().strip() == str(elsewhere)


@needs_root
async def test_a_cluster_elsewhere_that_was_removed_is_an_error_not_an_empty_one(
    state_folder: Path, private_folder: Path
) -> None:
    async with EmbeddedPostgres(private_folder):
        pass
    shutil.rmtree(state_folder)

    with pytest.raises(EmbeddedPostgresFailed, match="is gone"):
        await EmbeddedPostgres(private_folder).__aenter__()


@needs_root
async def test_a_moved_data_folder_takes_its_cluster_along_and_a_copied_one_does_not(
    state_folder: Path, private_folder: Path
) -> None:
    async with EmbeddedPostgres(private_folder) as server:
        await write(server.url, "kept")
    copied, moved = private_folder.with_name("copied"), private_folder.with_name("moved")
    shutil.copytree(private_folder, copied)

    with pytest.raises(EmbeddedPostgresFailed, match="is a copy of"):
        await EmbeddedPostgres(copied).__aenter__()
    private_folder.rename(moved)
    async with EmbeddedPostgres(moved) as server:
        assert await read(server.url) == ["kept"]


@needs_root
async def test_a_data_folder_made_anew_does_not_find_its_predecessors_cluster(
    state_folder: Path, private_folder: Path
) -> None:
    async with EmbeddedPostgres(private_folder) as server:
        await write(server.url, "of the predecessor")
    shutil.rmtree(private_folder)

    async with EmbeddedPostgres(private_folder) as server:
        await write(server.url, "new")
        assert await read(server.url) == ["new"]


@needs_root
async def test_programs_that_only_root_can_reach_are_copied_once_to_where_others_can(
    state_folder: Path, private_folder: Path, open_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = home._wheel_programs().parent.parent
    hidden = private_folder.parent / "site-packages"
    shutil.copytree(package, hidden / package.name, symlinks=True)
    shutil.copytree(package.with_name(f"{package.name}.libs"), hidden / f"{package.name}.libs")
    monkeypatch.setattr(home, "_wheel_programs", lambda: hidden / package.name / "pginstall" / "bin")
    data = open_folder / "data"

    async with EmbeddedPostgres(data) as server:
        await write(server.url, "run by a copy")
    (copy,) = state_folder.iterdir()
    made_at = copy.stat().st_mtime_ns
    async with EmbeddedPostgres(data) as server:
        assert await read(server.url) == ["run by a copy"]

    assert [folder.name for folder in state_folder.iterdir()] == [copy.name]
    assert copy.stat().st_mtime_ns == made_at
