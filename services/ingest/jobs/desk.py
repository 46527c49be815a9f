"""The desk: hands jobs out and takes outcomes back. The job table is the only truth; the desk remembers nothing.

What is wished of the desk while a transaction is under way is done together in the next one: jobs are claimed for all workers
at once; outcomes are fenced one by one, their completions appended at once, and one commit makes all of them durable. Claims,
extensions and outcomes take turns among their own kind only.
"""

from collections import deque
from collections.abc import Sequence
from typing import NamedTuple

from domain.ids import JobId, Position
from domain.outcome import Failure, FailureReason
from runtime import wire as values
from runtime.journal import Journal
from runtime.lease import Finished, Held, LeaseTable, State
from runtime.logs import logger
from runtime.postgres import Bell, Connection, Database, ring
from services.ingest import wire
from services.ingest.jobs import store
from services.ingest.jobs.turns import Turns
from services.ingest.lists.doubts import doubts_of
from services.ingest.records import BillState, Ending, Handed, Verdict

ENDINGS_MAX = 200
"""Outcomes recorded in one transaction; a commit costs about as much as writing this many."""

ENDING_BYTES_MAX = 16 * 1024 * 1024
"""They hold no more than this, or there is one."""

CLAIMED_MAX = 200
"""Jobs handed out in one transaction."""

EXTENSIONS_MAX = 200
"""Leases prolonged in one transaction."""

REAP_MAX = 100
"""Lapsed leases taken away in one transaction."""


class _Asking(NamedTuple):
    """A worker that asks for jobs."""

    worker_id: str
    limit: int


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
        self._claims: Turns[_Asking, list[Handed]] = Turns(
            self._claim,
            wishes_max=CLAIMED_MAX,
            weight=lambda asking: asking.limit,
            weight_max=CLAIMED_MAX,
            undo=self._give_back_handed,
        )
        self._extensions: Turns[Held, bool] = Turns(self._extend, wishes_max=EXTENSIONS_MAX, key=lambda held: held.id)
        self._endings: Turns[Ending, Verdict] = Turns(
            self._finish,
            wishes_max=ENDINGS_MAX,
            key=lambda ending: ending.held.id,
            weight=lambda ending: ending.outcome.ByteSize(),
            weight_max=ENDING_BYTES_MAX,
        )
        self._log = logger("ingest")

    def bell(self) -> Bell:
        """Return a bell that rings when there may be work."""
        return self._database.bell(self._leases.channel)

    async def claim(self, worker_id: str, limit: int) -> list[Handed]:
        """Lease up to ``limit`` jobs, fair between tenants, with what is needed to read their bills.

        Of workers that ask at the same time each gets one in turn.
        """
        return await self._claims.grant(_Asking(worker_id, limit))

    async def extend(self, held: Held) -> bool:
        """Prolong a lease by its whole length from now; False where it is lost."""
        return await self._extensions.grant(held)

    async def finish(self, ending: Ending) -> Verdict:
        """Record what came of a lease; when this returns, the verdict is durable.

        The same ending told twice is accepted twice and recorded once. That of a lost lease is thrown away.

        Raises:
            StoreUnavailable: nothing is known of the ending; tell it again.
        """
        return await self._endings.grant(ending)

    async def give_back(self, held: Sequence[Held]) -> set[str]:
        """Return jobs unread, the attempt not counted; return the ids of those that were still held."""
        async with self._database.service() as connection:
            returned = await self._leases.give_back(connection, held)
            if returned:
                await store.forget_progress(connection, sorted(returned))
                await ring(connection, self._leases.channel)
        return returned

    async def progress(self, held: Held, pages_done: int, pages_total: int) -> None:
        """Write down how far the holder of a lease has come; without effect where the lease is lost."""
        async with self._database.service() as connection:
            await store.note_progress(connection, held, pages_done, pages_total)

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

    async def _claim(self, asking: Sequence[_Asking]) -> list[list[Handed]]:
        """Lease jobs for all who ask, and deal them out."""
        workers = " ".join(dict.fromkeys(each.worker_id for each in asking))
        limit = sum(each.limit for each in asking)
        async with self._database.service() as connection:
            leased = await self._leases.claim(connection, workers, limit, self.lease_seconds)
            documents = await store.documents_of_jobs(connection, [each.id for each in leased]) if leased else {}
        dealt: list[list[Handed]] = [[] for _ in asking]
        still_asking = deque(range(len(asking)))
        for each in leased:
            if each.id in documents:
                number = still_asking.popleft()
                dealt[number].append(Handed(JobId(each.id), each.fencing_token, each.attempt, documents[each.id]))
                if len(dealt[number]) < asking[number].limit:
                    still_asking.append(number)
        return dealt

    async def _extend(self, held: Sequence[Held]) -> list[bool]:
        async with self._database.service() as connection:
            kept = await self._leases.extend(connection, held, self.lease_seconds)
        return [each.id in kept for each in held]

    async def _finish(self, endings: Sequence[Ending]) -> list[Verdict]:
        async with self._database.service() as connection:
            verdicts = await self._complete(connection, endings)
        for ending, verdict in zip(endings, verdicts, strict=True):
            self._note(ending, verdict)
        return verdicts

    async def _give_back_handed(self, handed: Sequence[Handed]) -> None:
        await self.give_back([Held(each.job_id, each.fencing_token) for each in handed])

    def _note(self, ending: Ending, verdict: Verdict) -> None:
        self._log.info(
            "outcome_recorded" if verdict.accepted else "outcome_thrown_away",
            job_id=ending.held.id,
            fencing_token=ending.held.fencing_token,
            reason=ending.failure.reason.value if ending.failure else "",
            position=verdict.position,
        )

    async def _complete(self, connection: Connection, endings: Sequence[Ending]) -> list[Verdict]:
        """Fence, close the jobs, append the completions, close the bills: in the caller's transaction. One ending a job."""
        counted = await self._leases.finish(
            connection,
            [Finished(*each.held, State.FAILED if each.failure else State.SUCCEEDED) for each in endings],
        )
        lost = [each.held for each in endings if each.held.id not in counted]
        told = await store.told_before(connection, lost) if lost else {}
        bills = await store.lock_documents_of_jobs(connection, sorted(counted)) if counted else {}
        living = [each for each in endings if each.held.id in bills]
        failures = [(e.held.id, e.failure.reason.value, e.failure.detail) for e in living if e.failure]
        if failures:
            await store.tell_failures(connection, failures)
        still_open = await store.jobs_open(connection, {document.project_id for document in bills.values()})
        behind: deque[int] = deque()
        for each in reversed(living):
            # Each knows of those of its project that are recorded behind it in this transaction.
            project_id = bills[each.held.id].project_id
            behind.appendleft(still_open[project_id])
            still_open[project_id] += 1
        stamps = await self._journal.append(
            connection,
            [
                wire.new_entry(bills[each.held.id], JobId(each.held.id), each.outcome, count)
                for each, count in zip(living, behind, strict=True)
            ],
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
                        doubts_of(each.outcome),
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
