"""How long one completion takes to fold, and how many a second a replay folds."""

import asyncio
import gc
import logging
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import structlog

from bench.profile.completions import completion, responses
from domain.ids import Position
from protos.ingest.v1 import ingest_pb2
from runtime.component import collect_seldom
from runtime.embedded_postgres import EmbeddedPostgres
from runtime.journal import Journal
from runtime.migrations import migrate, room_folders
from runtime.postgres import Database
from runtime.rpc.follow import BATCH_MAX, Follower
from services.profile.completions import Heard, Hearing, heard
from services.profile.follow import CHANGES, Applier
from services.profile.load.shapes import packaged_shapes

ROOT = Path(__file__).resolve().parents[2]

BILLS_OF_FULL_PROJECT = 120
BILLS_OF_REPLAYED_PROJECT = 12
FOLD_ROUNDS = 5
"""Machines are shared: the quietest round says what folding takes, the usual one what the neighbours took as well."""
MADE_AT_ONCE = 5_000
"""Completions held in bytes while they are followed: the whole replay's would fill the memory."""


@asynccontextmanager
async def profile_server() -> AsyncIterator[str]:
    """Yield the owner's address of an embedded server with fsync on, with every room's tables."""
    # A line a batch would be measured as well; operators log warnings only.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    with tempfile.TemporaryDirectory(prefix="bw-") as folder:
        Path(folder).chmod(0o755)
        async with EmbeddedPostgres(Path(folder) / "postgres") as server:
            await migrate(server.url, room_folders(ROOT))
            yield server.url


async def fold_seconds(database: Database, repeats: int = 60) -> list[float]:
    """Return the median time of so many completions in each round, commit included, in a project that holds 120 bills [s]."""
    applier = Applier(database, Journal(CHANGES), packaged_shapes())
    position = await applier.cursor()
    full = [_told(position + at + 1, at % 120) for at in range(BILLS_OF_FULL_PROJECT)]
    for at in range(0, len(full), BATCH_MAX):
        await applier.apply([heard(one) for one in full[at : at + BATCH_MAX]])
    medians, position = [], Position(position + len(full))
    for _ in range(FOLD_ROUNDS):
        taken = []
        for _ in range(repeats):
            position = Position(position + 1)
            one = _told(position, 119)
            started = time.perf_counter()
            await applier.apply([heard(one)])
            taken.append(time.perf_counter() - started)
        medians.append(statistics.median(taken))
    return medians


async def replay_rate(database: Database, count: int) -> tuple[float, float]:
    """Return how many completions a second are folded from the stream, by the wall clock and by this process's own time.

    They come as ingest sends them, in bytes, and go through the follower that the service runs; making them is not measured. The
    database is another process, so its time is in the first rate only.
    """
    applier = Applier(database, Journal(CHANGES), packaged_shapes())
    first = await applier.cursor() + 1
    stream = responses(count, projects=max(1, count // BILLS_OF_REPLAYED_PROJECT), first=first)
    wall = own = 0.0
    done = 0
    while sent := [one.SerializeToString() for _, one in zip(range(MADE_AT_ONCE), stream, strict=False)]:
        gc.collect()
        wall_started, own_started = time.perf_counter(), time.process_time()
        await _follow(applier, sent, Position(first + done + len(sent) - 1))
        wall += time.perf_counter() - wall_started
        own += time.process_time() - own_started
        done += len(sent)
    return done / wall, done / own


async def _follow(applier: Applier, sent: Sequence[bytes], last: Position) -> None:
    """Follow a stream that sends these messages, up to the last position."""
    stopping = asyncio.Event()

    async def apply(messages: Sequence[Heard]) -> None:
        await applier.apply(messages)
        if messages[-1].position >= last:
            stopping.set()

    def opened(after: Position) -> Any:
        return Hearing(cast("Any", _Sent(sent)))

    await Follower("bench", open_stream=opened, cursor=applier.cursor, apply=apply).run(stopping)
    assert await applier.cursor() == last


class _Sent:
    """A stream of what was sent: as gRPC's, it gives others their turn before each message."""

    def __init__(self, sent: Sequence[bytes]) -> None:
        self._sent = sent

    async def __aiter__(self) -> AsyncIterator[ingest_pb2.FollowCompletionsResponse]:
        for one in self._sent:
            await asyncio.sleep(0)
            yield ingest_pb2.FollowCompletionsResponse.FromString(one)

    def cancel(self) -> bool:
        return True


async def measure_folds(replayed: int) -> dict[str, float]:
    """Measure both on one database."""
    async with profile_server() as url, await Database.open(url, application_name="bench") as database:
        # As ``billowatt serve`` does.
        collect_seldom()
        medians = await fold_seconds(database)
        rate, own_rate = await replay_rate(database, replayed)
    milliseconds, usual = min(medians) * 1000, statistics.median(medians) * 1000
    print(
        f"fold of one completion into a project of {BILLS_OF_FULL_PROJECT} bills, committed: median of the quietest of "
        f"{FOLD_ROUNDS} rounds {milliseconds:.2f} ms, of all {usual:.2f} ms"
    )
    print(f"replay of {replayed} completions: {rate:.0f}/s, {own_rate:.0f} per second of this process's own time")
    return {
        "fold_ms": round(milliseconds, 2),
        "fold_ms_usual": round(usual, 2),
        "replayed": replayed,
        "replay_per_second": round(rate),
        "replay_per_own_second": round(own_rate),
    }


def _told(position: int, month: int) -> ingest_pb2.FollowCompletionsResponse:
    return ingest_pb2.FollowCompletionsResponse(completion=completion(position, project=0, tenant=2, month=month))
