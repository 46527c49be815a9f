"""Delivers many webhooks to a receiver that lies, while the deliverer is killed over and over; then counts what came.

    python -m bench.soak.webhooks [--deliveries 20000] [--kills 20] [--seed 1]

The receiver resets, stalls, takes and then closes, reads slowly, redirects, answers with endless bodies and with wrong
lengths, refuses, and says yes but is not heard. Afterwards: every event came at least once with a valid signature, every id has
one body, strict order held where it was asked for, and nothing is left undelivered or given up. The last line is one JSON object.
"""

import argparse
import asyncio
import json
import random
import signal
import sys
import tempfile
import time
import uuid
from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from standardwebhooks import Webhook

from billowatt.tenants import make_tenant
from domain.ids import TenantId
from gateway.webhooks.events import JOB_COMPLETED, Event
from gateway.webhooks.seal import Seal
from gateway.webhooks.sign import secret_text
from gateway.webhooks.store import order
from gateway.webhooks.store.endpoints import Choices, create_endpoint
from gateway.webhooks.store.fanout import record_events
from runtime.embedded_postgres import EmbeddedPostgres
from runtime.migrations import migrate, room_folders
from runtime.postgres import Database

ROOT = Path(__file__).resolve().parents[2]
SECRET = "a secret of the soak, more than long enough"
PROJECTS = 40
TROUBLE = 0.15
"""Share of the requests that the receiver does wrong."""

BATCH = 200
WAIT_SECONDS = 3000.0
TROUBLES = (
    "reset", "stall", "take_and_close", "yes_then_close", "slow_read", "redirect", "huge", "short_length", "long_length",
    "not_http", "500", "429", "garbage_head",
)  # fmt: skip

YES = frozenset({"none", "slow_read", "yes_then_close"})
"""What counts as taken."""


@dataclass
class Came:
    """One request that was read whole, and whether it was answered with a success that was also sent whole."""

    endpoint: str
    event_id: str
    headers: dict[str, str]
    body: bytes
    taken: bool


@dataclass
class Liar:
    """A receiver on a bare socket. It notes what came before it does wrong, as a real one's database would."""

    chance: random.Random
    trouble: float
    came: list[Came] = field(default_factory=list)
    did: Counter[str] = field(default_factory=Counter)
    url: str = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer requests until one is answered wrongly."""
        with suppress(ConnectionError, asyncio.IncompleteReadError, TimeoutError):
            while await self._one(reader, writer):
                pass
        writer.transport.abort()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = await reader.readuntil(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines if line)}
        wrong = self.chance.choice(TROUBLES) if self.chance.random() < self.trouble else "none"
        self.did[wrong] += 1
        if wrong == "reset":
            return False
        if wrong == "slow_read":
            await asyncio.sleep(0.05)
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        endpoint = first.split(" ")[1].strip("/")
        self.came.append(Came(endpoint, headers["webhook-id"], headers, body, wrong in YES))
        match wrong:
            case "none" | "slow_read":
                writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")
                await writer.drain()
                return True
            case "yes_then_close":
                # The status says it all; the body that is promised never comes.
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n")
            case "stall":
                await reader.read(-1)  # until the sender has had enough
            case "take_and_close":
                # A yes that is cut off before its end: the sender cannot know that it was meant.
                writer.write(b"HTTP/1.1 20")
            case "redirect":
                writer.write(
                    b"HTTP/1.1 307 Elsewhere\r\nLocation: "
                    + self.url.encode()
                    + b"elsewhere\r\nContent-Length: 0\r\n\r\n"
                )
            case "huge":
                writer.write(b"HTTP/1.1 500 Large\r\nTransfer-Encoding: chunked\r\n\r\n")
                for _ in range(200):
                    writer.write(b"10000\r\n" + b"x" * 65536 + b"\r\n")
                    await writer.drain()
            case "short_length":
                writer.write(b"HTTP/1.1 503 Short\r\nContent-Length: 2\r\n\r\nmuch more than that")
            case "long_length":
                writer.write(b"HTTP/1.1 503 Long\r\nContent-Length: 90000\r\n\r\nless")
            case "not_http":
                writer.write(b"\x16\x03\x01\x02\x00\x01")
            case "garbage_head":
                writer.write(b"HTTP/1.1 204 No\r\n" + b"x: " + b"y" * 100_000 + b"\r\n\r\n")
            case "429":
                writer.write(b"HTTP/1.1 429 Later\r\nRetry-After: 0\r\nContent-Length: 0\r\n\r\n")
            case _:
                writer.write(b"HTTP/1.1 500 Broken\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()
        return False


@asynccontextmanager
async def lying(chance: random.Random, trouble: float) -> AsyncIterator[Liar]:
    """Run a receiver that lies."""
    liar = Liar(chance, trouble)
    server = await asyncio.start_server(liar.serve, "127.0.0.1", 0)
    liar.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    try:
        yield liar
    finally:
        server.close()


class Deliverer:
    """The process that delivers, to be killed."""

    def __init__(self, database_url: str, log: Path) -> None:
        self._database_url = database_url
        self._log = log
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start it, and wait until it says that it delivers."""
        with self._log.open("ab") as errors:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "bench.soak.deliverer", self._database_url, SECRET,
                cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=errors,
            )  # fmt: skip
        assert self._process.stdout
        line = await asyncio.wait_for(self._process.stdout.readline(), 60)
        assert line, self._log.read_text()[-2000:]

    async def kill(self) -> None:
        """Kill it as a power cut would."""
        if self._process is not None and self._process.returncode is None:
            self._process.send_signal(signal.SIGKILL)
            await self._process.wait()


@dataclass
class Told:
    """What the soak expects: the events of each project in their order, their bodies, and the endpoints' secrets."""

    order: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    bodies: dict[str, bytes] = field(default_factory=dict)
    secrets: dict[str, bytes] = field(default_factory=dict)
    strict: set[str] = field(default_factory=set)


async def soak(
    database_url: str, *, deliveries: int, kills: int, seed: int, folder: Path, trouble: float = TROUBLE
) -> dict[str, float]:
    """Deliver, kill, and hold what came against what was told; return the figures.

    Raises:
        AssertionError: a promise was broken.
    """
    chance, told = random.Random(seed), Told()
    async with await Database.open(database_url, application_name="soak") as database, lying(chance, trouble) as liar:
        tenant_id = TenantId((await make_tenant(database, "soak"))[0])
        for number in range(4):
            strict = number % 2 == 1
            choices = Choices(url=f"{liar.url}{number}", strict_order=strict)
            async with database.tenant(tenant_id) as connection:
                _, told.secrets[str(number)] = await create_endpoint(connection, Seal(SECRET), tenant_id, choices)
            if strict:
                told.strict.add(str(number))
        deliverer = Deliverer(database_url, folder / "deliverer.log")
        started = time.monotonic()
        try:
            await deliverer.start()
            events = deliveries // len(told.secrets)
            telling = asyncio.create_task(_tell(database, tenant_id, told, events, chance))
            killed = await _kill(database, deliverer, kills, deliveries, chance)
            await telling
            await _until_all_at_rest(database)
        finally:
            await deliverer.kill()
        seconds = time.monotonic() - started
        figures = _held(liar.came, told, events)
        lost = await _undelivered(database)
        assert lost == 0, f"{lost} deliveries were given up or are still under way"
    return {
        "deliveries": events * len(told.secrets),
        "kills": killed,
        "seconds": round(seconds, 1),
        **figures,
        "lost": lost,
        **{f"did_{name}": count for name, count in sorted(liar.did.items())},
    }


async def _tell(database: Database, tenant_id: TenantId, told: Told, events: int, chance: random.Random) -> None:
    projects = [str(uuid.UUID(int=chance.getrandbits(128))) for _ in range(PROJECTS)]
    for start in range(0, events, BATCH):
        batch = []
        for _ in range(min(BATCH, events - start)):
            event_id, project = str(uuid.UUID(int=chance.getrandbits(128))), chance.choice(projects)
            body = json.dumps({"type": JOB_COMPLETED, "id": event_id, "project": project}).encode()
            told.bodies[event_id] = body
            told.order[project].append(event_id)
            batch.append(
                Event(
                    event_id=event_id,
                    tenant_id=tenant_id,
                    type=JOB_COMPLETED,
                    occurred_at=datetime.now(UTC) + timedelta(seconds=1),
                    body=body,
                    project_id=project,
                )
            )
        async with database.service() as connection:
            await order.hold_ordered(connection, [tenant_id])
            await record_events(connection, batch)


async def _kill(database: Database, deliverer: Deliverer, kills: int, deliveries: int, chance: random.Random) -> int:
    """Kill the deliverer, spread over the deliveries; return how often."""
    for number in range(1, kills + 1):
        goal = deliveries * number // (kills + 1)
        deadline = time.monotonic() + WAIT_SECONDS
        while await _finished(database) < goal:
            assert time.monotonic() < deadline
            await asyncio.sleep(0.05)
        await asyncio.sleep(chance.random() * 0.05)
        await deliverer.kill()
        await deliverer.start()
    return kills


async def _until_all_at_rest(database: Database) -> None:
    deadline = time.monotonic() + WAIT_SECONDS

    async def open_ones() -> int:
        async with database.service(read_only=True) as connection:
            count: int = await connection.fetchval(
                "SELECT count(*) FROM gateway.delivery WHERE state IN ('queued', 'leased')"
            )
            return count

    while left := await open_ones():
        assert time.monotonic() < deadline, f"{left} deliveries never came to rest"
        await asyncio.sleep(0.2)


async def _finished(database: Database) -> int:
    async with database.service(read_only=True) as connection:
        count: int = await connection.fetchval("SELECT count(*) FROM gateway.delivery WHERE state = 'succeeded'")
        return count


async def _undelivered(database: Database) -> int:
    async with database.service(read_only=True) as connection:
        count: int = await connection.fetchval("SELECT count(*) FROM gateway.delivery WHERE state <> 'succeeded'")
        return count


def _held(came: list[Came], told: Told, events: int) -> dict[str, float]:
    """Hold what came against what was told."""
    assert len(told.bodies) == events
    repeats = 0
    for endpoint, secret in told.secrets.items():
        here = [one for one in came if one.endpoint == endpoint]
        taken = {one.event_id for one in here if one.taken}
        assert taken == told.bodies.keys(), (
            f"{len(told.bodies.keys() - taken)} events never came to endpoint {endpoint}"
        )
        verifier = Webhook(secret_text(secret))
        for one in here:
            assert one.body == told.bodies[one.event_id], "a body is not what it was"
            verifier.verify(one.body, one.headers)
        repeats += len(here) - len(taken)
        if endpoint in told.strict:
            _in_order(here, told)
    assert not [one for one in came if one.endpoint == "elsewhere"], "a redirect was followed"
    return {"requests": len(came), "repeats": repeats, "signatures_verified": len(came)}


def _in_order(here: list[Came], told: Told) -> None:
    """Nothing of a project comes before all that happened before it was taken; repeats may come again behind it.

    A taken one may come again after a kill, as its record died with the deliverer, but then it is still its turn.
    """
    project_of = {event_id: project for project, ids in told.order.items() for event_id in ids}
    by_project: dict[str, list[Came]] = defaultdict(list)
    for one in here:
        by_project[project_of[one.event_id]].append(one)
    for project, ids in told.order.items():
        place = {event_id: number for number, event_id in enumerate(ids)}
        furthest, taken = -1, set[str]()
        for one in by_project[project]:
            at = place[one.event_id]
            assert at in (furthest, furthest + 1), f"project {project}: number {at} came after {furthest}"
            if at == furthest + 1:
                assert furthest < 0 or ids[furthest] in taken, "the next came before this one was taken"
                furthest = at
            if one.taken:
                taken.add(one.event_id)


async def main() -> None:
    """Run the soak on a database of its own and print its figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--deliveries", type=int, default=20_000)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        Path(folder).chmod(0o755)
        async with EmbeddedPostgres(Path(folder) / "postgres") as server:
            await migrate(server.url, room_folders(ROOT))
            figures = await soak(
                server.url,
                deliveries=options.deliveries,
                kills=options.kills,
                seed=options.seed,
                folder=Path(folder),
            )
    for name, figure in figures.items():
        print(f"{name:36} {figure:>12}")
    print(json.dumps(figures))


if __name__ == "__main__":
    asyncio.run(main())
