"""Measures the queue on this machine: enqueue, claim and fenced completion of ours beside pgqueuer's, in the same run.

    python -m bench.queue [--jobs N] [--rounds N]

Both run on one embedded PostgreSQL with fsync on and all tables logged, take batches of 10, do nothing with a job, and are
measured in turns. Ours does more for each job: it is fair between tenants, checks the fencing token, records the outcome on
job and bill, and appends a completion to the journal. pgqueuer deletes the job and logs that it was done. It is measured with
one manager and with four, and the better of the two counts. Its time ends with the last row of its log, ours with the last
answer. Machines are shared and their speed wanders, so rounds are short, each compares with its neighbour, and the median of
these ratios is what to read. Prints a table for people and, as its last line, one JSON object.
"""

import argparse
import asyncio
import hashlib
import json
import logging
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import asyncpg
import structlog
from pgqueuer import AsyncpgPoolDriver, Job, Queries, QueueManager
from pgqueuer.types import QueueExecutionMode

from domain.ids import BillId, JobId, ProjectId, TenantId
from protos.values.v1 import reading_pb2
from runtime.embedded_postgres import EmbeddedPostgres
from runtime.journal import Journal
from runtime.lease import Held, LeaseTable
from runtime.migrations import migrate, room_folders
from runtime.postgres import Database, owner_connection, ring
from services.ingest import store
from services.ingest.jobs import store as job_store
from services.ingest.jobs.desk import Desk
from services.ingest.records import Ending, Handed, NewBill

ROOT = Path(__file__).resolve().parent.parent
BATCH = 10
PRODUCERS = 16
WORKERS = 16
"""Streams that claim and finish at the same time, as many as parsers on a few machines."""

MANAGERS = (1, 4)
CONNECTIONS = 10
TENANTS = 4


@dataclass(frozen=True, slots=True)
class Rates:
    """Jobs a second [1/s] of one contestant in one round."""

    enqueued: float
    drained: float


class Ours:
    """Ingest's own tables, desk and journal, without gRPC and files."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._leases = LeaseTable("ingest.job")
        self._journal = Journal("ingest.completion")
        self._desk = Desk(database, self._journal, self._leases, lease_seconds=30.0, attempts_max=3)
        self._tenants = [(TenantId(str(uuid4())), ProjectId(str(uuid4()))) for _ in range(TENANTS)]

    async def prepare(self) -> None:
        """Make the projects."""
        async with self._database.service() as connection:
            for tenant_id, project_id in self._tenants:
                await store.add_project(connection, tenant_id, project_id, "bench", "")

    async def round(self, jobs: int) -> Rates:
        """Enqueue and drain once."""
        enqueued = await _rate(jobs, lambda: _spread(range(jobs), PRODUCERS, self._enqueue))
        finished: list[bool] = []
        drained = await _rate(jobs, lambda: self._drain(jobs, finished))
        assert sum(finished) == jobs
        return Rates(enqueued, drained)

    async def completions(self) -> int:
        """Return how many completions the journal holds."""
        async with self._database.service() as connection:
            return (await self._journal.head(connection)).position

    async def _enqueue(self, number: int) -> None:
        """What an upload writes: the bill and its job, in one transaction."""
        tenant_id, project_id = self._tenants[number % TENANTS]
        sha256 = hashlib.sha256(uuid4().bytes).hexdigest()
        new = NewBill(
            bill_id=BillId(str(uuid4())),
            job_id=JobId(str(uuid4())),
            tenant_id=tenant_id,
            project_id=project_id,
            file_name="bill.pdf",
            content_type="application/pdf",
            size_bytes=1,
            sha256=sha256,
            object_key=f"t/{tenant_id}/sha256/{sha256[:2]}/{sha256}",
        )
        async with self._database.tenant(tenant_id) as connection:
            await store.lock_object(connection, new.object_key)
            bill = await store.add_bill(connection, new)
            await job_store.add_job(connection, bill, new.job_id)
            await ring(connection, self._leases.channel)

    async def _drain(self, jobs: int, finished: list[bool]) -> None:
        outcome = reading_pb2.Outcome(
            success=reading_pb2.Readings(readings=[reading_pb2.Reading(kind="bill", engine_version="bench", pages=1)])
        )

        async def finish(handed: Handed) -> None:
            held = Held(handed.job_id, handed.fencing_token)
            finished.append((await self._desk.finish(Ending(held, outcome, None))).accepted)

        async def work(number: int) -> None:
            while len(finished) < jobs:
                handed = await self._desk.claim(f"worker-{number}", BATCH)
                if not handed:
                    return
                await asyncio.gather(*(finish(one) for one in handed))

        await asyncio.gather(*(work(number) for number in range(WORKERS)))


class Theirs:
    """pgqueuer as its own documentation uses it, on a pool."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]") -> None:
        self._pool = pool
        self._queries = Queries(AsyncpgPoolDriver(pool))

    async def prepare(self) -> None:
        """Install the schema; its default keeps all tables logged."""
        await self._queries.install()
        unlogged = "SELECT count(*) FROM pg_class WHERE relpersistence = 'u' AND relname LIKE 'pgqueuer%'"
        assert await self._pool.fetchval(unlogged) == 0

    async def round(self, jobs: int, managers: int) -> Rates:
        """Enqueue and drain once with as many managers in this process."""

        async def enqueue(number: int) -> None:
            await self._queries.enqueue("bench", str(number).encode())

        enqueued = await _rate(jobs, lambda: _spread(range(jobs), PRODUCERS, enqueue))
        await self._pool.execute("TRUNCATE pgqueuer_log")
        handled: list[int] = []
        started_at = await self._pool.fetchval("SELECT clock_timestamp()")
        await asyncio.gather(*(self._manage(handled) for _ in range(managers)))
        row = await self._pool.fetchrow(
            "SELECT count(*) AS done, max(created) AS ended_at FROM pgqueuer_log WHERE status = 'successful'"
        )
        assert row is not None
        assert row["done"] >= jobs
        return Rates(enqueued, jobs / (row["ended_at"] - started_at).total_seconds())

    async def _manage(self, handled: list[int]) -> None:
        manager = QueueManager(Queries(AsyncpgPoolDriver(self._pool)))

        @manager.entrypoint("bench")
        async def bench(job: Job) -> None:
            handled.append(job.id)

        await manager.run(batch_size=BATCH, mode=QueueExecutionMode.drain, log_aggregation_interval=timedelta(0))


async def _rate(jobs: int, work: Callable[[], Awaitable[object]]) -> float:
    started = time.perf_counter()
    await work()
    return jobs / (time.perf_counter() - started)


async def _spread(numbers: Sequence[int], hands: int, work: Callable[[int], Awaitable[None]]) -> None:
    async def hand(first: int) -> None:
        for number in numbers[first::hands]:
            await work(number)

    await asyncio.gather(*(hand(first) for first in range(hands)))


async def measure(jobs: int, rounds: int) -> dict[str, float]:
    """Measure both, in turns; rates are medians [1/s], the ratio is the median of those of each round."""
    with tempfile.TemporaryDirectory(prefix="bw-") as folder:
        Path(folder).chmod(0o755)
        async with EmbeddedPostgres(Path(folder) / "postgres") as server:
            await migrate(server.url, room_folders(ROOT))
            async with owner_connection(server.url, application_name="bench") as connection:
                await connection.execute("CREATE DATABASE pgqueuer")
            before, _, query = server.url.partition("?")
            other_url = f"{before.rpartition('/')[0]}/pgqueuer?{query}"
            async with (
                await Database.open(server.url, application_name="bench", connections_max=CONNECTIONS) as database,
                asyncpg.create_pool(other_url, min_size=1, max_size=CONNECTIONS) as pool,
            ):
                return await _contest(Ours(database), Theirs(pool), jobs, rounds)


async def _contest(ours: Ours, theirs: Theirs, jobs: int, rounds: int) -> dict[str, float]:
    await ours.prepare()
    await theirs.prepare()
    of_ours: list[Rates] = []
    of_theirs: dict[int, list[Rates]] = {managers: [] for managers in MANAGERS}
    for number in range(rounds):
        of_ours.append(await ours.round(jobs))
        print(f"round {number + 1}  ours                  {_told(of_ours[-1])}", flush=True)
        for managers in MANAGERS:
            of_theirs[managers].append(await theirs.round(jobs, managers))
            print(f"round {number + 1}  pgqueuer, {managers} manager(s) {_told(of_theirs[managers][-1])}", flush=True)
    assert await ours.completions() == jobs * rounds
    better = max(of_theirs.values(), key=lambda found: statistics.median(each.drained for each in found))
    ratios = [mine.drained / other.drained for mine, other in zip(of_ours, better, strict=True)]
    return {
        "queue_jobs": jobs * rounds,
        "queue_claims_and_fenced_completions_per_second": round(statistics.median(each.drained for each in of_ours)),
        "pgqueuer_claims_and_completions_per_second": round(statistics.median(each.drained for each in better)),
        "queue_vs_pgqueuer": round(statistics.median(ratios), 2),
        "queue_enqueued_per_second": round(statistics.median(each.enqueued for each in of_ours)),
        "pgqueuer_enqueued_per_second": round(statistics.median(each.enqueued for each in better)),
    }


def _told(rates: Rates) -> str:
    return f"{rates.enqueued:8.0f} enqueued/s {rates.drained:8.0f} claimed and completed/s"


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(prog="python -m bench.queue", description=(__doc__ or "").splitlines()[0])
    arguments.add_argument("--jobs", type=int, default=2000, help="jobs a round")
    arguments.add_argument("--rounds", type=int, default=8, help="rounds of each")
    chosen = arguments.parse_args()
    # A line a job would be measured as well; operators of a busy queue log warnings only.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    print(json.dumps(asyncio.run(measure(chosen.jobs, chosen.rounds))))


if __name__ == "__main__":
    main()
