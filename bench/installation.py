"""Billowatt as real processes, for tests that kill and benchmarks that measure: a role each, or `billowatt up`."""

import asyncio
import contextlib
import json
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path
from typing import Any

from bench.partner import Partner
from runtime.postgres import Connection, owner_connection

ROLES = ("ingest", "parser", "profile", "gateway", "webhooks")
START_SECONDS = 40.0
UP_SECONDS = 60.0
WAIT_SECONDS = 40.0
POLL_SECONDS = 0.01
SECRET = "a secret of the journey tests, forty bytes"
LEASE_SECONDS = 3


class Role:
    """One running process of ``billowatt serve``."""

    def __init__(self, name: str, process: asyncio.subprocess.Process, address: str, log: Path) -> None:
        self.name = name
        self.process = process
        self.address = address
        self.log = log

    async def kill(self) -> None:
        """Kill the process as a power cut would."""
        with contextlib.suppress(ProcessLookupError):
            self.process.kill()
        await self.process.wait()

    async def stop(self) -> int:
        """Ask the process to end, and return its exit status."""
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGTERM)
        return await asyncio.wait_for(self.process.wait(), WAIT_SECONDS)


class Installation:
    """Roles on one database and one folder store, talking over Unix sockets."""

    def __init__(self, database_url: str) -> None:
        # Socket paths must be short, so the folder lies directly below the system's.
        self.folder = Path(tempfile.mkdtemp(prefix="bw-"))
        self.database_url = database_url
        self.roles: dict[str, Role] = {}
        sockets = {f"BILLOWATT_{role.upper()}_ADDRESS": self._socket(role) for role in ("ingest", "parser", "profile")}
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "BILLOWATT_DATABASE_URL": database_url,
            "BILLOWATT_OBJECTS_URL": (self.folder / "objects").as_uri(),
            "BILLOWATT_SECRET": SECRET,
            "BILLOWATT_LEASE_SECONDS": str(LEASE_SECONDS),
            "BILLOWATT_WEBHOOKS_ALLOW_LOOPBACK": "1",
            "BILLOWATT_WEBHOOK_TIMEOUT_SECONDS": "3",
            "BILLOWATT_HTTP_LISTEN": "127.0.0.1:0",
            **sockets,
        }

    async def __aenter__(self) -> "Installation":
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.gather(*(role.kill() for role in self.roles.values()))
        shutil.rmtree(self.folder, ignore_errors=True)

    async def start(self, *names: str) -> None:
        """Start roles, several at a time."""
        await asyncio.gather(*(self._start(name) for name in names or ROLES))

    async def kill(self, name: str) -> None:
        """Kill a role as a power cut would."""
        await self.roles.pop(name).kill()

    @property
    def url(self) -> str:
        """Where the gateway answers."""
        return f"http://{self.roles['gateway'].address}"

    @property
    def objects(self) -> list[Path]:
        """The stored objects."""
        return [path for path in (self.folder / "objects").rglob("*") if path.is_file() and len(path.name) == 64]

    @contextlib.asynccontextmanager
    async def database(self) -> AsyncIterator[Connection]:
        """A connection as the owner, to look at and to hold locks with."""
        async with owner_connection(self.database_url, application_name="journey") as connection:
            yield connection

    async def _start(self, name: str) -> None:
        log = self.folder / f"{name}.log"
        environment = dict(self.environment)
        environment["BILLOWATT_GRPC_LISTEN"] = self._socket(name)
        with log.open("ab") as errors:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "billowatt", "serve", name,
                env=environment, stdout=asyncio.subprocess.PIPE, stderr=errors, start_new_session=True,
            )  # fmt: skip
        assert process.stdout
        line = await asyncio.wait_for(process.stdout.readline(), START_SECONDS)
        assert line, f"{name} did not start: {log.read_text()[-2000:]}"
        self.roles[name] = Role(name, process, line.decode().split()[-1], log)

    def _socket(self, name: str) -> str:
        return f"unix:{self.folder}/{name}.sock"


class Up:
    """A running ``billowatt up`` on a data folder."""

    def __init__(self, data: Path, process: asyncio.subprocess.Process, log: Path) -> None:
        self.data = data
        self.process = process
        self.log = log

    @classmethod
    async def start(cls, data: Path, *options: str, **more: str) -> "Up":
        """Start it with further options and environment, and wait until it is ready."""
        log = data.with_suffix(".log")
        (data / "billowatt.json").unlink(missing_ok=True)
        environment = {"PATH": os.environ["PATH"], "HOME": str(data.parent), "BILLOWATT_WEBHOOKS_ALLOW_LOOPBACK": "1"}
        environment |= more
        with log.open("ab") as output:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "billowatt", "up", "--data", str(data), "--port", "0", *options,
                env=environment, stdout=output, stderr=output, start_new_session=True,
            )  # fmt: skip
        up = cls(data, process, log)
        deadline = time.monotonic() + UP_SECONDS
        while not (data / "billowatt.json").exists():
            assert process.returncode is None, log.read_text()[-3000:]
            assert time.monotonic() < deadline, log.read_text()[-3000:]
            await asyncio.sleep(0.02)
        return up

    @property
    def ready(self) -> dict[str, str]:
        said: dict[str, str] = json.loads((self.data / "billowatt.json").read_text())
        return said

    def partner(self) -> Partner:
        return Partner(self.ready["url"], self.ready["api_key"])

    async def kill(self) -> None:
        self.process.kill()
        await self.process.wait()

    async def stop(self) -> int:
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGTERM)
        return await asyncio.wait_for(self.process.wait(), UP_SECONDS)


async def eventually(what: Callable[[], Coroutine[Any, Any, Any]], *, seconds: float = WAIT_SECONDS) -> Any:
    """Return the first true answer of ``what``.

    Raises:
        AssertionError: it stayed false for so long.
    """
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if answer := await what():
            return answer
        await asyncio.sleep(POLL_SECONDS)
    raise AssertionError("what was waited for did not come about")
