"""The desk: hands jobs out and takes outcomes back. The job table is the only truth; the desk remembers nothing.

Outcomes that arrive while a transaction is under way are completed together in the next one: each is fenced by itself, all
are appended to the journal at once, and one commit makes all of them durable. The busier the desk, the fewer commits.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from domain.ids import JobId, Position
from domain.outcome import Failure, FailureReason
from domain.refusals import Refusal
from runtime import wire as values
from runtime.journal import Journal
from runtime.lease import Finished, Held, LeaseTable, State
from runtime.logs import logger
from runtime.postgres import Bell, Connection, Database, ring
from services.ingest import store, wire
from services.ingest.records import BillState, Ending, Handed, Verdict

BATCH_MAX = 200
"""Outcomes completed in one transaction; a commit costs about as much as writing this many."""

BATCH_BYTES_MAX = 16 * 1024 * 1024
"""The same for outcomes that hold much."""

REAP_MAX = 100
"""Lapsed leases taken away in one transaction."""


@dataclass(slots=True)
class _Waiting:
    """An ending on its way into a transaction, and what came of it."""

    ending: Ending
    size_bytes: int
    verdict: Verdict | None = None
    error: Exception | None = None

    @property
    def answered(self) -> bool:
        return self.verdict is not None or self.error is not None


class Desk:
    """Claims, extensions, endings and lapses of parse jobs."""

    def __init__(
        self, database: Database, journal: Journal, leases: LeaseTable, *, lease_seconds: float, attempts_max: int
    ) -> None:
        self.lease_seconds = lease_seconds
        self._database = database
        self._journal = journal
        self._leases = leases
        self._attempts_max = attempts_max
        # Never longer than the calls that are waiting: each stream has a limited number of endings under way.
        self._waiting: list[_Waiting] = []
        self._turn = asyncio.Lock()
        self._log = logger("ingest")

    def bell(self) -> Bell:
        """Return a bell that rings when there may be work."""
        return self._database.bell(self._leases.channel)

    async def claim(self, worker_id: str, limit: int) -> list[Handed]:
        """Lease up to ``limit`` jobs, fair between tenants, with what is needed to read their bills."""
        async with self._database.service() as connection:
            leased = await self._leases.claim(connection, worker_id, limit, self.lease_seconds)
            if not leased:
                return []
            bills = dict(await store.bills_of_jobs(connection, [each.id for each in leased]))
        return [
            Handed(job_id=JobId(each.id), fencing_token=each.fencing_token, attempt=each.attempt, bill=bills[each.id])
            for each in leased
            if each.id in bills
        ]

    async def extend(self, held: Held) -> bool:
        """Prolong a lease by its whole length from now; False where it is lost."""
        async with self._database.service() as connection:
            return held.id in await self._leases.extend(connection, [held], self.lease_seconds)

    async def progress(self, held: Held, pages_done: int, pages_total: int) -> None:
        """Write down how far the holder of a lease has come; without effect where the lease is lost."""
        async with self._database.service() as connection:
            await store.note_progress(connection, held, pages_done, pages_total)

    async def give_back(self, held: Sequence[Held]) -> set[str]:
        """Return jobs unread, the attempt not counted; return the ids of those that were still held."""
        async with self._database.service() as connection:
            returned = await self._leases.give_back(connection, held)
            if returned:
                await store.forget_progress(connection, sorted(returned))
                await ring(connection, self._leases.channel)
        return returned

    async def finish(self, ending: Ending) -> Verdict:
        """Record what came of a lease; when this returns, the verdict is durable.

        The same ending told twice is accepted twice and recorded once. That of a lost lease is thrown away.

        Raises:
            StoreUnavailable: nothing is known of the ending; tell it again.
        """
        mine = _Waiting(ending, ending.outcome.ByteSize())
        self._waiting.append(mine)
        try:
            async with self._turn:
                while not mine.answered:
                    await self._complete_waiting()
        finally:
            if mine in self._waiting:
                self._waiting.remove(mine)
        if mine.error is not None:
            raise mine.error
        assert mine.verdict is not None
        return mine.verdict

    async def reap(self) -> int:
        """Take lapsed leases away: queue the jobs again, fail those without attempts left; return how many.

        A failure stands in the journal in the same transaction, so that nobody waits for ever.
        """
        async with self._database.service() as connection:
            expired = await self._leases.expire(connection, self._attempts_max, REAP_MAX)
            if expired.requeued:
                await store.forget_progress(connection, sorted(expired.requeued))
                await ring(connection, self._leases.channel)
            if expired.exhausted:
                await self._complete(connection, [self._given_up(held) for held in expired.exhausted])
        for job_id in expired.requeued:
            self._log.info("lease_lapsed", job_id=job_id)
        for held in expired.exhausted:
            self._log.warning("job_given_up", job_id=held.id, attempts=self._attempts_max)
        return len(expired.requeued) + len(expired.exhausted)

    async def _complete_waiting(self) -> None:
        """Complete what waits, in one transaction; should that break, one by one, so that one cannot spoil the others."""
        batch = self._next_batch()
        try:
            try:
                await self._complete_together(batch)
            except Refusal as refusal:
                for each in batch:
                    each.error = refusal
            except Exception as error:
                if len(batch) == 1:
                    batch[0].error = error
                    return
                self._log.error("batch_broke", endings=len(batch), exc_info=error)
                for each in batch:
                    await self._complete_alone(each)
        except asyncio.CancelledError:
            # Whoever did this for all is gone; the next in turn does it again, and the fence sorts out what was recorded.
            self._waiting[:0] = [each for each in batch if not each.answered]
            raise

    def _next_batch(self) -> list[_Waiting]:
        """Take from the front what fits one transaction; of several endings of one job only the first."""
        batch: list[_Waiting] = []
        left: list[_Waiting] = []
        job_ids: set[str] = set()
        size_bytes = 0
        for each in self._waiting:
            fits = len(batch) < BATCH_MAX and (not batch or size_bytes + each.size_bytes <= BATCH_BYTES_MAX)
            if fits and not left and each.ending.held.id not in job_ids:
                batch.append(each)
                job_ids.add(each.ending.held.id)
                size_bytes += each.size_bytes
            else:
                left.append(each)
        self._waiting = left
        return batch

    async def _complete_together(self, batch: Sequence[_Waiting]) -> None:
        async with self._database.service() as connection:
            verdicts = await self._complete(connection, [each.ending for each in batch])
        for each, verdict in zip(batch, verdicts, strict=True):
            each.verdict = verdict
            self._log.info(
                "outcome_recorded" if verdict.accepted else "outcome_thrown_away",
                job_id=each.ending.held.id,
                fencing_token=each.ending.held.fencing_token,
                reason=each.ending.failure.reason.value if each.ending.failure else "",
                position=verdict.position,
            )

    async def _complete_alone(self, one: _Waiting) -> None:
        try:
            await self._complete_together([one])
        except Exception as error:
            one.error = error

    async def _complete(self, connection: Connection, endings: Sequence[Ending]) -> list[Verdict]:
        """Fence, close the jobs, append the completions, close the bills: in the caller's transaction. One ending a job."""
        counted = await self._leases.finish(
            connection,
            [Finished(*each.held, State.FAILED if each.failure else State.SUCCEEDED) for each in endings],
        )
        lost = [each.held for each in endings if each.held.id not in counted]
        told = await store.told_before(connection, lost) if lost else {}
        bills = dict(await store.lock_bills_of_jobs(connection, sorted(counted))) if counted else {}
        living = [each for each in endings if each.held.id in bills]
        failures = [(e.held.id, e.failure.reason.value, e.failure.detail) for e in living if e.failure]
        if failures:
            await store.tell_failures(connection, failures)
        stamps = await self._journal.append(
            connection, [wire.new_entry(bills[each.held.id], JobId(each.held.id), each.outcome) for each in living]
        )
        if living:
            # These rows are locked already, so nothing is waited for while the journal's head is held.
            await store.close_bills(
                connection,
                [
                    store.Closing(
                        bills[each.held.id].bill_id,
                        BillState.FAILED if each.failure else BillState.SUCCEEDED,
                        each.failure.reason.value if each.failure else "",
                        each.failure.detail if each.failure else "",
                        stamp.at,
                        stamp.position,
                    )
                    for each, stamp in zip(living, stamps, strict=True)
                ],
            )
        positions = told | {each.held.id: stamp.position for each, stamp in zip(living, stamps, strict=True)}
        return [Verdict(each.held.id in positions, positions.get(each.held.id, Position(0))) for each in endings]

    def _given_up(self, held: Held) -> Ending:
        failure = Failure(
            reason=FailureReason.GAVE_UP,
            detail=f"The bill was handed out {self._attempts_max} times and no parser finished it.",
        )
        return Ending(held, values.outcome_to_proto(failure), failure)
