"""The supervisor of the embedded PostgreSQL: starts it, starts it again whenever it dies, stops it.

The server is a child of this process. When this process itself is killed, the server lives on as an orphan; the next
start stops it and starts its own on the same cluster.
"""

import asyncio
import contextlib
import fcntl
import itertools
import os
import signal
import subprocess
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote

import structlog

from runtime.embedded_postgres.home import (
    OWNER,
    PORT,
    EmbeddedPostgresFailed,
    Home,
    find_home,
    make_cluster,
    socket_folder,
    start_seconds,
)
from runtime.postgres import owner_connection

stop_seconds = 20
"""A fast shutdown writes what is in memory; past this an immediate one is as safe and needs recovery at the next start."""
backoff_seconds = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
"""Waits between restarts; the last repeats. Orphans of a killed server need a moment to leave its shared memory."""
orphans_seconds = 60
"""The first start waits so long for backends of a killed server; a statement of ours ends within 15 s."""
poll_seconds = 0.02
"""How often the start looks whether the server is ready."""

_SIGNS_OF_ORPHANS = ("pre-existing shared memory block", 'lock file "postmaster.pid" already exists')

_SETTINGS = {
    "listen_addresses": "",
    "port": str(PORT),
    "cluster_name": "billowatt",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "shared_buffers": "128MB",
    "max_connections": "60",
    "fsync": "on",
    "synchronous_commit": "on",
    "jit": "off",
    # Short statements only, and containers have little shared memory to give to parallel workers.
    "max_parallel_workers_per_gather": "0",
    # Queues are all churn, so look at them often.
    "autovacuum_naptime": "15s",
    # A week of logs, without the values of rows: they are of bills.
    "logging_collector": "on",
    "log_directory": "log",
    "log_filename": "postgres-%a.log",
    "log_rotation_age": "1d",
    "log_rotation_size": "0",
    "log_truncate_on_rotation": "on",
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
}


class EmbeddedPostgres:
    """``async with EmbeddedPostgres(data_dir) as server``: a running, supervised server; ``server.url`` is its owner's.

    Raises:
        EmbeddedPostgresFailed: another process uses the folder, or it cannot be used; the sentence says which.
    """

    def __init__(self, data_dir: Path, *, settings: Mapping[str, str] | None = None) -> None:
        """``settings`` go over those of this module; tests that may lose data turn ``fsync`` off."""
        self._data_dir = data_dir
        self._settings = {**_SETTINGS, **(settings or {})}
        self._log: structlog.stdlib.BoundLogger = structlog.get_logger(data_dir=str(data_dir))
        self._resources = AsyncExitStack()
        self._process: asyncio.subprocess.Process | None = None
        self.url = ""

    @property
    def process_id(self) -> int | None:
        """The postmaster's process id, None while it is down."""
        return self._process.pid if self._process is not None and self._process.returncode is None else None

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            self._data_dir.mkdir(parents=True, exist_ok=True)
            data_dir = self._data_dir.resolve()
            stack.enter_context(_locked(data_dir / "postgres.lock"))
            home = await asyncio.to_thread(find_home, data_dir)
            if home.folder != data_dir:
                stack.enter_context(_locked(home.folder / "postgres.lock"))
            await _stop_orphan(home)
            password = await asyncio.to_thread(make_cluster, home)
            socket = await asyncio.to_thread(socket_folder, home)
            self.url = f"postgresql://{OWNER}:{password}@/{OWNER}?host={quote(str(socket), safe='')}&port={PORT}"
            stack.push_async_callback(self._stop)
            await self._start_past_orphans(home, socket)
            await _make_database(self.url)
            await stack.enter_async_context(self._supervised(home, socket))
            self._resources = stack.pop_all()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._resources.aclose()

    @asynccontextmanager
    async def _supervised(self, home: Home, socket: Path) -> AsyncIterator[None]:
        async with asyncio.TaskGroup() as tasks:
            supervision = tasks.create_task(self._keep_running(home, socket))
            try:
                yield
            finally:
                supervision.cancel()

    async def _start_past_orphans(self, home: Home, socket: Path) -> None:
        """Start, waiting for backends that outlived a killed postmaster; they hold its memory while they compute."""
        deadline = time.monotonic() + orphans_seconds
        for wait_seconds in itertools.chain(backoff_seconds, itertools.repeat(backoff_seconds[-1])):
            try:
                await self._start(home, socket)
                return
            except EmbeddedPostgresFailed:
                if time.monotonic() > deadline or not any(sign in _last_words(home) for sign in _SIGNS_OF_ORPHANS):
                    raise
            self._log.info("postgres_start_delayed", wait_seconds=wait_seconds)
            await asyncio.sleep(wait_seconds)

    async def _keep_running(self, home: Home, socket: Path) -> None:
        failures = 0
        while True:
            if self._process is not None:
                self._log.warning("postgres_stopped", exit_code=await self._process.wait())
            await asyncio.sleep(backoff_seconds[min(failures, len(backoff_seconds) - 1)])
            try:
                await self._start(home, socket)
            except (EmbeddedPostgresFailed, OSError) as error:
                failures += 1
                self._log.warning("postgres_restart_failed", failures=failures, reason=str(error))
            else:
                failures = 0
                self._log.info("postgres_restarted")

    async def _start(self, home: Home, socket: Path) -> None:
        command = [str(home.programs / "postgres"), "-D", str(home.cluster)]
        for name, value in {**self._settings, "unix_socket_directories": str(socket)}.items():
            command += ["-c", f"{name}={value}"]
        left_behind = _lock_file_stamp(home.cluster)
        with (home.folder / "start.log").open("wb") as log:
            process = await asyncio.create_subprocess_exec(
                *command, stdout=log, stderr=log, **_past_stale_lock(home, home.run_as())
            )
        self._process = process
        try:
            async with asyncio.timeout(start_seconds):
                while not _is_ready(home.cluster, process.pid, left_behind):
                    if process.returncode is not None:
                        raise EmbeddedPostgresFailed(f"PostgreSQL did not start: {_last_words(home)}")
                    await asyncio.sleep(poll_seconds)
        except TimeoutError:
            await self._stop()
            raise EmbeddedPostgresFailed(
                f"PostgreSQL was not ready in {start_seconds} s: {_last_words(home)}"
            ) from None

    async def _stop(self) -> None:
        """Stop the server fast, else at once, else by force; each leaves a cluster that recovers."""
        process = self._process
        if process is None:
            return
        for step in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
            if process.returncode is not None:
                return
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(step)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(stop_seconds):
                    await process.wait()


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    # The kernel drops this lock with our process, however it dies; children do not inherit it.
    with path.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise EmbeddedPostgresFailed(f"{path.parent} is in use by another Billowatt") from None
        yield


async def _stop_orphan(home: Home) -> None:
    """Stop the server that a killed predecessor of ours left behind, and wait until it is gone."""
    process_id = _postmaster(home.cluster)
    for step in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
        if process_id is None or not _is_postgres_of(home.cluster, process_id):
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(process_id, step)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(stop_seconds):
                while _is_postgres_of(home.cluster, process_id):  # noqa: ASYNC110 - a foreign process tells nobody
                    await asyncio.sleep(poll_seconds)


def _past_stale_lock(home: Home, run_as: dict[str, Any]) -> dict[str, Any]:
    """Tell PostgreSQL that the process id in its lock file is not a server's, as ``pg_ctl`` does for the shell that calls it.

    In a container the ids begin anew: after a kill the number in ``postmaster.pid`` is soon that of a thread of ours, and
    the server would refuse to start for ever. It still looks at its shared memory, so a living server stays safe.
    """
    process_id = _postmaster(home.cluster)
    if process_id is None or _is_postgres_of(home.cluster, process_id):
        return run_as
    return {**run_as, "env": {**run_as["env"], "PG_GRANDPARENT_PID": str(process_id)}}


def _postmaster(cluster: Path) -> int | None:
    try:
        return int((cluster / "postmaster.pid").read_text().splitlines()[0])
    except (OSError, ValueError, IndexError):
        return None


def _is_postgres_of(cluster: Path, process_id: int) -> bool:
    """Say whether that process is this cluster's server; after a reboot the number may be anyone's."""
    try:
        command = Path(f"/proc/{process_id}/cmdline").read_bytes()
    except FileNotFoundError:
        if Path("/proc/self").exists():
            return False
        command = subprocess.run(
            ["/bin/ps", "-ww", "-o", "command=", "-p", str(process_id)],
            capture_output=True,
            check=False,
            timeout=start_seconds,
        ).stdout
    return os.fsencode(cluster) in command


def _lock_file_stamp(cluster: Path) -> tuple[int, int] | None:
    try:
        told = (cluster / "postmaster.pid").stat()
    except OSError:
        return None
    return told.st_ino, told.st_mtime_ns


def _is_ready(cluster: Path, process_id: int, left_behind: tuple[int, int] | None) -> bool:
    # The eighth line is the server's own word on its state; pg_ctl reads it too. A file that a killed server left behind
    # says ready as well, and in a new container even with the same process id.
    if _lock_file_stamp(cluster) == left_behind:
        return False
    try:
        lines = (cluster / "postmaster.pid").read_text().splitlines()
    except OSError:
        return False
    return len(lines) >= 8 and lines[0].strip() == str(process_id) and lines[7].strip() == "ready"


def _last_words(home: Home) -> str:
    words = (home.folder / "start.log").read_text(errors="replace").strip()[-500:]
    return words or f"see {home.cluster}/log"


async def _make_database(url: str) -> None:
    always_there = url.replace(f"@/{OWNER}?", "@/postgres?")
    async with owner_connection(always_there, application_name="billowatt start") as connection:
        if not await connection.fetchval("SELECT count(*) FROM pg_database WHERE datname = $1", OWNER):
            await connection.execute(f"CREATE DATABASE {OWNER}")
