"""``billowatt up``: all roles on one machine, over real gRPC on a Unix socket, with its own PostgreSQL in the data folder."""

import asyncio
import fcntl
import hashlib
import json
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from billowatt.roles import ROOT, Role, open_house
from billowatt.secrets import LOCK_FILE, READY_FILE, Secrets, load_secrets, save_secrets, write_owner_only
from billowatt.tenants import make_tenant
from gateway.console.pages import SIGN_IN
from gateway.console.session import Once
from runtime import keys
from runtime.component import collect_seldom, run_tasks, stop_on_signals
from runtime.embedded_postgres import EmbeddedPostgres
from runtime.logs import logger
from runtime.migrations import migrate, room_folders
from runtime.postgres import Database
from runtime.rpc.server import GrpcServer
from runtime.settings import Settings

SOCKET_PATH_BYTES_MAX = 100
"""Linux allows 107 bytes for the path of a Unix socket; some room is left for gRPC's own prefix."""

STOP_GRACE_SECONDS = 5.0
LOCK_WAITS_SECONDS = (0.05, 0.1, 0.2)
"""Who asks whether something runs holds the folder for a moment too."""

FIRST_TENANT = "first tenant"
LOOPBACK = {"0.0.0.0": "127.0.0.1", "[::]": "[::1]", "::": "[::1]"}  # noqa: S104 listened on by choice
"""Where one's own machine is reached that listens on all addresses."""


@dataclass(frozen=True, slots=True)
class Ready:
    """Where a running Billowatt answers, and with which key; ``sign_in`` opens the console once."""

    url: str
    grpc: str
    tenant_id: str
    api_key: str
    sign_in: str

    @property
    def lasting(self) -> dict[str, str]:
        """Return what stays true as long as it runs."""
        return {"url": self.url, "grpc": self.grpc, "tenant_id": self.tenant_id, "api_key": self.api_key}


async def up(settings: Settings, on_ready: Callable[[Ready], None]) -> None:
    """Run all roles until SIGTERM or SIGINT.

    Raises:
        Refusal: the database or the object store cannot be had.
        OSError: the port or the data folder cannot be had.
    """
    data = settings.data.resolve()
    data.mkdir(parents=True, exist_ok=True)
    stopping = asyncio.Event()
    stop_on_signals(stopping)
    with _alone(data):
        await _up_alone(settings, data, on_ready, stopping)


async def _up_alone(settings: Settings, data: Path, on_ready: Callable[[Ready], None], stopping: asyncio.Event) -> None:
    ready_file = data / READY_FILE
    ready_file.unlink(missing_ok=True)
    kept = load_secrets(data)
    async with _database_url(settings, data) as database_url:
        await migrate(database_url, room_folders(ROOT))
        kept = await _first_tenant(data, database_url, kept)
        socket = f"unix:{_socket_path(data)}"
        settings = replace(
            settings,
            data=data,
            database_url=database_url,
            objects_url=settings.objects_url or (data / "objects").as_uri(),
            secret=settings.secret or kept.secret,
            ingest_address=socket,
            profile_address=socket,
            parser_address=socket,
        )

        once = Once()

        def announce(address: str) -> None:
            url = _reachable(address)
            sign_in = f"{settings.public_url.rstrip('/') or url}{SIGN_IN}?once={once.word_for(kept.api_key)}"
            ready = Ready(url=url, grpc=socket, tenant_id=kept.tenant_id, api_key=kept.api_key, sign_in=sign_in)
            write_owner_only(ready_file, json.dumps(ready.lasting, indent=1))
            on_ready(ready)

        try:
            await _run(settings, socket, announce, once, stopping)
        finally:
            ready_file.unlink(missing_ok=True)


async def _run(
    settings: Settings, socket: str, announce: Callable[[str], None], once: Once, stopping: asyncio.Event
) -> None:
    async with open_house(list(Role), settings, on_listening=announce, once=once) as house:
        collect_seldom()
        servicers = [servicer for component in house.components for servicer in component.servicers]
        server = GrpcServer(servicers, house.authenticator, socket)
        await server.start()
        try:
            await run_tasks(house.components, stopping)
        finally:
            await server.stop(STOP_GRACE_SECONDS)
    logger("up").info("billowatt_stopped")


def _reachable(address: str) -> str:
    """Return the URL under which a client on this machine reaches an address that the gateway listens on."""
    host, _, port = address.rpartition(":")
    return f"http://{LOOPBACK.get(host, host)}:{port}"


@contextmanager
def _alone(data: Path) -> Iterator[None]:
    """Hold the data folder for this process alone; the lock goes with the process, however it ends.

    Raises:
        OSError: another process holds it.
    """
    with (data / LOCK_FILE).open("a") as lock:
        for wait_seconds in LOCK_WAITS_SECONDS:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                time.sleep(wait_seconds)
        else:
            raise OSError(f"another Billowatt runs on {data}")
        yield


@asynccontextmanager
async def _database_url(settings: Settings, data: Path) -> AsyncIterator[str]:
    """Yield the configured database, or that of our own server for as long as it is needed."""
    if settings.database_url:
        yield settings.database_url
        return
    async with EmbeddedPostgres(data / "postgres") as server:
        yield server.url


async def _first_tenant(data: Path, database_url: str, kept: Secrets) -> Secrets:
    """Return secrets with a tenant and a key that this database knows, made where it does not."""
    async with await Database.open(database_url, application_name="billowatt start") as database:
        known = await keys.find_key(database, kept.api_key) if kept.api_key else None
        if known is not None and known.tenant_id == kept.tenant_id:
            return kept
        tenant_id, api_key = await make_tenant(database, FIRST_TENANT)
    made = replace(kept, tenant_id=tenant_id, api_key=api_key)
    save_secrets(data, made)
    return made


def _socket_path(data: Path) -> Path:
    """Return where the gRPC socket lies: in the data folder, or in a short folder where that path is too long."""
    path = data / "run" / "billowatt.sock"
    if len(bytes(path)) > SOCKET_PATH_BYTES_MAX:
        digest = hashlib.sha256(bytes(data)).hexdigest()[:16]
        path = Path(tempfile.gettempdir()) / f"billowatt-{digest}" / "billowatt.sock"
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.parent.chmod(0o700)
    return path
