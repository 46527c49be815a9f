"""One real PostgreSQL for the whole run, and a fresh clone of a migrated template for each test that asks for one.

The process that controls the run starts the server (with pytest-xdist, before its workers) and hands its address on.
"""

import asyncio
import contextlib
import fcntl
import getpass
import os
import shutil
import signal
import tempfile
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, settings

from runtime.embedded_postgres import EmbeddedPostgres
from runtime.migrations import fingerprint, migrate, room_folders
from runtime.postgres import Database, owner_connection
from runtime.settings import forbid_grpc_fork_handlers
from tests.databases import cloned, named

# A shell starts what it puts in the background with interrupts ignored, and programs hand that on to those they start.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# Before any test imports gRPC.
forbid_grpc_fork_handlers()

# No verdict may hang on how busy the machine is.
settings.register_profile("billowatt", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("billowatt")

root = Path(__file__).parent.parent
server_wait_seconds = 90

MEMORY = Path("/dev/shm")
MEMORY_NEEDED = 4 * 1024**3
"""Free bytes of memory's file system from which the shared server keeps its data there; a run needs a tenth."""


class TestServer:
    """A server in a thread with its own event loop, for fixtures that outlive the loop of any one test."""

    __test__ = False

    def __init__(self) -> None:
        self.url = ""
        self._failure: BaseException | None = None
        self._ready = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._folder = Path(tempfile.mkdtemp(prefix="billowatt-tests-", dir=folder_for_servers()))
        # PostgreSQL runs as another user when the tests run as root, and must be able to enter.
        self._folder.chmod(0o755)
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), name="postgres", daemon=True)

    def start(self) -> str:
        self._thread.start()
        assert self._ready.wait(server_wait_seconds)
        if self._failure is not None:
            raise self._failure
        return self.url

    def stop(self) -> None:
        if self._loop is not None and self._stop is not None:
            self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(server_wait_seconds)
        shutil.rmtree(self._folder, ignore_errors=True)

    async def _serve(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        try:
            # The suite's data may be lost; tests about losing none start servers of their own.
            async with EmbeddedPostgres(self._folder, settings={"fsync": "off", "max_connections": "200"}) as server:
                self.url = server.url
                self._ready.set()
                await self._stop.wait()
        except BaseException as error:
            self._failure = error
            self._ready.set()


def folder_for_servers() -> Path:
    """Return where servers of tests keep their data: in memory where there is room, ten times faster for a test's database."""
    with contextlib.suppress(OSError):
        if shutil.disk_usage(MEMORY).free >= MEMORY_NEEDED and os.access(MEMORY, os.W_OK | os.X_OK):
            return MEMORY
    return Path(tempfile.gettempdir())


def sweep_servers_of_killed_runs() -> None:
    """Stop servers and remove folders that earlier runs left because they were killed."""
    for folder in (*MEMORY.glob("billowatt-tests-*"), *Path(tempfile.gettempdir()).glob("billowatt-tests-*")):
        # In use, already gone, or somebody else's: leave it.
        with contextlib.suppress(OSError), (folder / "postgres.lock").open("r+") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            with contextlib.suppress(OSError, ValueError, IndexError):
                process_id = int((folder / "cluster" / "postmaster.pid").read_text().split()[0])
                if os.fsencode(folder) in Path(f"/proc/{process_id}/cmdline").read_bytes():
                    os.kill(process_id, signal.SIGQUIT)
            shutil.rmtree(folder, ignore_errors=True)


def sweep_clusters_of_tests(finished_run: Path) -> None:
    """Remove clusters that root's tests left in the state folder: of the run that ends, and of data folders long gone."""
    tests_only = Path(tempfile.gettempdir()) / f"pytest-of-{getpass.getuser()}"
    for mark in Path("/var/lib/billowatt").glob("*/belongs-to"):
        with contextlib.suppress(OSError), (mark.parent / "postgres.lock").open("a") as lock:
            data_dir = Path(mark.read_text().strip())
            disposable = finished_run in data_dir.parents or not data_dir.exists()
            if tests_only in data_dir.parents and disposable:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(mark.parent, ignore_errors=True)


class SharedServer:
    """Starts the server when the first test or worker needs it and stops it at the end of the run."""

    def __init__(self) -> None:
        self._server: TestServer | None = None

    def address(self) -> str:
        if self._server is None:
            sweep_servers_of_killed_runs()
            self._server = TestServer()
            self._server.start()
        return self._server.url

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        node.workerinput["postgres_address"] = self.address()

    def pytest_unconfigure(self, config: Any) -> None:
        if os.geteuid() == 0:
            sweep_clusters_of_tests(config._tmp_path_factory.getbasetemp())
        if self._server is not None:
            self._server.stop()
            self._server = None


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(SharedServer(), "shared_postgres")


@pytest.fixture(scope="session")
def postgres_url(request: pytest.FixtureRequest) -> str:
    """The address of the run's server, as its owner."""
    shared = request.config.pluginmanager.get_plugin("shared_postgres")
    if isinstance(shared, SharedServer):
        return shared.address()
    given: str = request.config.workerinput["postgres_address"]  # type: ignore[attr-defined]
    return given


@pytest.fixture(scope="session")
def template_database(postgres_url: str) -> str:
    """The name of a database with every room's migrations, made once a run and set of migrations."""
    rooms = room_folders(root)
    name = f"template_{fingerprint(rooms)[:24]}"
    with Path(tempfile.gettempdir(), f"billowatt-tests-{os.getuid()}.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        asyncio.run(_make_template(postgres_url, name, rooms))
    return name


async def _make_template(postgres_url: str, name: str, rooms: dict[str, Path]) -> None:
    async with owner_connection(postgres_url, application_name="tests") as connection:
        if await connection.fetchval("SELECT count(*) FROM pg_database WHERE datname = $1", name):
            return
        await connection.execute(f"DROP DATABASE IF EXISTS {name}_unfinished")
        await connection.execute(f"CREATE DATABASE {name}_unfinished")
        await migrate(named(postgres_url, f"{name}_unfinished"), rooms)
        await connection.execute(f"ALTER DATABASE {name}_unfinished RENAME TO {name}")


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """An empty folder that every user can enter, for servers that run as another user; pytest's own are private."""
    folder = Path(tempfile.mkdtemp(prefix="billowatt-folder-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest_asyncio.fixture
async def database_url(postgres_url: str, template_database: str) -> AsyncIterator[str]:
    """The owner's address of a fresh database with every room's tables, dropped after the test."""
    async with cloned(postgres_url, template_database) as url:
        yield url


@pytest_asyncio.fixture
async def empty_database_url(postgres_url: str) -> AsyncIterator[str]:
    """The owner's address of a fresh database with nothing in it, dropped after the test."""
    async with cloned(postgres_url, "template0") as url:
        yield url


@pytest_asyncio.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """An open database with every room's tables."""
    async with await Database.open(database_url, application_name="tests") as opened:
        yield opened
