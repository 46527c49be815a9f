"""Webhook deliveries a second to a fast receiver, beside bare posts; and what dead endpoints cost a healthy one.

Events are recorded as the follower of changes records them. The receiver stands in this process and does as little as
HTTP allows.
"""

import asyncio
import statistics
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import aiohttp

from bench.edge.house import House, house
from bench.partner import Partner
from billowatt.tenants import make_tenant
from domain.ids import TenantId
from gateway.webhooks.events import JOB_COMPLETED, Event
from gateway.webhooks.store.fanout import record_events

DELIVERIES = 10_000
BARE_POSTS = 5_000
POSTERS = 16
ENDPOINTS = 10
DEAD = 50
BESIDE_SECONDS = 20.0
BESIDE_PER_SECOND = 25
DEAD_BACKLOG = 20
"""Events that wait for each dead endpoint when the measurement begins; one a second is added."""

BODY_BYTES = 420
WAIT_SECONDS = 300.0
_ANSWER = b"HTTP/1.1 204 No Content\r\n\r\n"


async def measure(quick: bool) -> dict[str, float]:
    """Return the figures; ``quick`` takes a tenth."""
    figures: dict[str, float] = {}
    async with house("ingest", "profile", "gateway") as here, _receiving() as receiver:
        deliveries = DELIVERIES // (10 if quick else 1)
        figures["bare_posts_per_s"] = round(await _bare_posts(receiver, BARE_POSTS // (10 if quick else 1)), 1)
        figures["webhook_deliveries_per_s"] = round(await _drained(here, receiver, deliveries, 1), 1)
        spread = await _drained(here, receiver, deliveries, ENDPOINTS)
        figures["webhook_deliveries_10_endpoints_per_s"] = round(spread, 1)
    figures["webhook_vs_bare_posts"] = round(figures["webhook_deliveries_per_s"] / figures["bare_posts_per_s"], 3)
    async with house("ingest", "profile", "gateway") as here, _receiving() as receiver:
        figures |= await _beside_dead_ones(here, receiver, BESIDE_SECONDS / (5 if quick else 1))
    return figures


async def _bare_posts(receiver: "_Receiver", count: int) -> float:
    """Return posts a second [1/s] of bodies of the same size, unsigned, not queued, not recorded."""
    left = iter(range(count))
    async with aiohttp.ClientSession() as session:

        async def poster() -> None:
            for _ in left:
                async with session.post(receiver.url + "bare", data=b"x" * BODY_BYTES) as response:
                    assert response.status == 204

        started = time.perf_counter()
        await asyncio.gather(*(poster() for _ in range(POSTERS)))
        return count / (time.perf_counter() - started)


async def _drained(here: House, receiver: "_Receiver", deliveries: int, endpoints: int) -> float:
    """Return deliveries a second [1/s] from a queue that was filled before, from the first to the last to arrive."""
    tenant_id, made = await _tenant(here, [f"{receiver.url}drain" for _ in range(endpoints)])
    receiver.arrived.clear()
    for start in range(0, deliveries // endpoints, 500):
        await _happen(here, tenant_id, min(500, deliveries // endpoints - start))
    await here.installation.start("webhooks")
    try:
        await receiver.wait(deliveries)
    finally:
        await here.installation.roles.pop("webhooks").stop()
    assert len({one for one, _ in receiver.arrived}) == deliveries // endpoints
    for endpoint_id in made:
        await _delete(here, endpoint_id)
    times = sorted(at for _, at in receiver.arrived)
    return (deliveries - 1) / (times[-1] - times[0])


async def _beside_dead_ones(here: House, receiver: "_Receiver", seconds: float) -> dict[str, float]:
    healthy, _ = await _tenant(here, [f"{receiver.url}healthy"])
    await here.installation.start("webhooks")
    await _latencies(here, receiver, healthy, 2.0)
    alone = await _latencies(here, receiver, healthy, seconds)
    async with _stalling() as stalling_url:
        # Half of them take the connection and say nothing, half are not there.
        urls = [stalling_url if number % 2 else "http://127.0.0.1:9/" for number in range(DEAD)]
        dead, _ = await _tenant(here, urls)
        await _happen(here, dead, DEAD_BACKLOG)
        beside = await _latencies(here, receiver, healthy, seconds, also=dead)
    p99 = {name: statistics.quantiles(took, n=100)[98] for name, took in (("alone", alone), ("beside", beside))}
    return {
        "healthy_p99_alone_ms": round(p99["alone"], 2),
        "healthy_p99_beside_50_dead_ms": round(p99["beside"], 2),
        "dead_endpoint_p99_ratio": round(p99["beside"] / p99["alone"], 3),
        "dead_endpoint_p50_ratio": round(statistics.median(beside) / statistics.median(alone), 3),
    }


async def _latencies(
    here: House, receiver: "_Receiver", tenant_id: TenantId, seconds: float, also: TenantId | None = None
) -> list[float]:
    """Return times from the record of each event to its arrival [ms]."""
    receiver.arrived.clear()
    recorded: dict[str, float] = {}
    started = time.perf_counter()
    for number in range(int(seconds * BESIDE_PER_SECOND)):
        await asyncio.sleep(max(0.0, started + number / BESIDE_PER_SECOND - time.perf_counter()))
        if also is not None and number % BESIDE_PER_SECOND == 0:
            await _happen(here, also, 1)
        (event_id,) = await _happen(here, tenant_id, 1)
        recorded[event_id] = time.perf_counter()
    await receiver.wait(len(recorded))
    arrived = dict(reversed(receiver.arrived))
    return [(arrived[event_id] - at) * 1000 for event_id, at in recorded.items()]


async def _happen(here: House, tenant_id: TenantId, count: int) -> list[str]:
    """Record events as the follower does, and queue their deliveries."""
    # An endpoint hears of what happened after it was made; the clocks are one, but read at different moments.
    now = datetime.now(UTC) + timedelta(seconds=1)
    events = [
        Event(
            event_id=str(uuid.uuid4()),
            tenant_id=tenant_id,
            type=JOB_COMPLETED,
            occurred_at=now,
            body=b"x" * BODY_BYTES,
            project_id=str(uuid.uuid4()),
        )
        for _ in range(count)
    ]
    async with here.database.service() as connection:
        await record_events(connection, events)
    return [event.event_id for event in events]


async def _tenant(here: House, urls: list[str]) -> tuple[TenantId, list[tuple[str, str]]]:
    """Make a tenant with endpoints."""
    tenant_id, key = await make_tenant(here.database, "bench")
    partner = Partner(here.installation.url, key)
    made = [await partner.ask("POST", "/v1/webhook_endpoints", json={"url": url}) for url in urls]
    await partner.__aexit__()
    return TenantId(tenant_id), [(key, one["webhook_endpoint_id"]) for one in made]


async def _delete(here: House, endpoint: tuple[str, str]) -> None:
    key, endpoint_id = endpoint
    async with Partner(here.installation.url, key) as partner:
        await partner.ask("DELETE", f"/v1/webhook_endpoints/{endpoint_id}")


@dataclass
class _Receiver:
    url: str = ""
    arrived: list[tuple[str, float]] = field(default_factory=list)

    async def wait(self, count: int) -> None:
        deadline = time.monotonic() + WAIT_SECONDS
        while len(self.arrived) < count:
            assert time.monotonic() < deadline, f"{len(self.arrived)} of {count} arrived"
            await asyncio.sleep(0.01)


class _Connection(asyncio.Protocol):
    """Answers 204 to each request, and notes when each webhook-id came."""

    def __init__(self, receiver: _Receiver) -> None:
        self._receiver = receiver
        self._pending = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._pending += data
        while (end := self._pending.find(b"\r\n\r\n")) >= 0:
            head = self._pending[:end].lower()
            length = int(_value(head, b"content-length") or b"0")
            if len(self._pending) < end + 4 + length:
                return
            self._pending = self._pending[end + 4 + length :]
            if event_id := _value(head, b"webhook-id"):
                self._receiver.arrived.append((event_id.decode(), time.perf_counter()))
            self._transport.write(_ANSWER)  # type: ignore[attr-defined]


def _value(head: bytes, name: bytes) -> bytes | None:
    at = head.find(b"\r\n" + name + b":")
    return None if at < 0 else head[at + len(name) + 3 :].partition(b"\r\n")[0].strip()


@asynccontextmanager
async def _receiving() -> AsyncIterator[_Receiver]:
    receiver = _Receiver()
    server = await asyncio.get_running_loop().create_server(lambda: _Connection(receiver), "127.0.0.1", 0)
    receiver.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    try:
        yield receiver
    finally:
        server.close()


@asynccontextmanager
async def _stalling() -> AsyncIterator[str]:
    """Run a server that takes connections and never says a word."""
    server = await asyncio.start_server(_say_nothing, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    finally:
        server.close()


async def _say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(-1)
    writer.close()
