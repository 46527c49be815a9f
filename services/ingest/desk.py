"""The desk: hands jobs out and takes outcomes back. The job table is the only truth; the desk remembers nothing.

All that is wished of the desk while a transaction is under way is done together in the next one: jobs are claimed for all
workers at once, each outcome is fenced by itself, all completions are appended at once, and one commit makes everything
durable. The busier the desk, the fewer commits, and nobody ever waits for others to come.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar, assert_never

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

WISHES_MAX = 200
"""Wishes granted in one transaction; a commit costs about as much as writing this many."""

BYTES_MAX = 16 * 1024 * 1024
"""Outcomes recorded in one transaction hold no more than this, or are one."""

CLAIMED_MAX = 100
"""Jobs handed out in one transaction."""

REAP_MAX = 100
"""Lapsed leases taken away in one transaction."""

A = TypeVar("A")


@dataclass(slots=True, eq=False)
class _Wish(Generic[A]):
    """Something wished of the desk, and what came of it."""

    answer: A | None = field(default=None, kw_only=True)
    error: Exception | None = field(default=None, kw_only=True)
    abandoned: bool = field(default=False, kw_only=True)
    leads: bool = field(default=False, kw_only=True)
    woken: asyncio.Event = field(default_factory=asyncio.Event, kw_only=True)

    @property
    def answered(self) -> bool:
        return self.answer is not None or self.error is not None


@dataclass(slots=True, eq=False)
class _Claim(_Wish[list[Handed]]):
    worker_id: str
    limit: int


@dataclass(slots=True, eq=False)
class _Extension(_Wish[bool]):
    held: Held


@dataclass(slots=True, eq=False)
class _Telling(_Wish[Verdict]):
    ending: Ending
    size_bytes: int


@dataclass(slots=True)
class _Turn:
    """The wishes of one transaction, by their kind."""

    claims: list[_Claim] = field(default_factory=list)
    extensions: list[_Extension] = field(default_factory=list)
    tellings: list[_Telling] = field(default_factory=list)

    def wishes(self) -> list[_Claim | _Extension | _Telling]:
        return [*self.claims, *self.extensions, *self.tellings]


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
        # Never longer than the calls that are waiting: each stream has a limited number of them under way.
        self._waiting: list[_Claim | _Extension | _Telling] = []
        self._turn_taken = False
        self._log = logger("ingest")

    def bell(self) -> Bell:
        """Return a bell that rings when there may be work."""
        return self._database.bell(self._leases.channel)

    async def claim(self, worker_id: str, limit: int) -> list[Handed]:
        """Lease up to ``limit`` jobs, fair between tenants, with what is needed to read their bills.

        Of workers that ask at the same time each gets one in turn.
        """
        wish = _Claim(worker_id, limit)
        try:
            await self._grant(wish)
        except asyncio.CancelledError:
            if wish.answer:
                await self._give_back_handed(wish.answer)
            raise
        return wish.answer or []

    async def extend(self, held: Held) -> bool:
        """Prolong a lease by its whole length from now; False where it is lost."""
        wish = _Extension(held)
        await self._grant(wish)
        return bool(wish.answer)

    async def finish(self, ending: Ending) -> Verdict:
        """Record what came of a lease; when this returns, the verdict is durable.

        The same ending told twice is accepted twice and recorded once. That of a lost lease is thrown away.

        Raises:
            StoreUnavailable: nothing is known of the ending; tell it again.
        """
        wish = _Telling(ending, ending.outcome.ByteSize())
        await self._grant(wish)
        assert wish.answer is not None
        return wish.answer

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

    async def _grant(self, wish: _Claim | _Extension | _Telling) -> None:
        """Wait until a wish is granted, by this task or by another one that takes its turn before.

        Whoever takes a turn then passes it on to the first who still waits, so a turn needs no task of its own.

        Raises:
            Refusal: it could not be granted.
        """
        self._waiting.append(wish)
        if not self._turn_taken:
            self._turn_taken = wish.leads = True
        try:
            while not wish.answered:
                if wish.leads:
                    await self._take_turn()
                    wish.leads = False
                    self._pass_on()
                else:
                    await wish.woken.wait()
                    wish.woken.clear()
        except asyncio.CancelledError:
            wish.abandoned = True
            raise
        finally:
            if wish in self._waiting:
                self._waiting.remove(wish)
            if wish.leads:
                self._pass_on()
        if wish.error is not None:
            raise wish.error

    def _pass_on(self) -> None:
        """Let the first who waits take the next turn, or whoever comes when nobody waits."""
        if self._waiting:
            self._waiting[0].leads = True
            self._waiting[0].woken.set()
        else:
            self._turn_taken = False

    async def _take_turn(self) -> None:
        """Grant what waits, in one transaction; should that break, one by one, so that one cannot spoil the others."""
        turn = self._next_turn()
        wishes = turn.wishes()
        try:
            try:
                await self._do(turn)
            except Refusal as refusal:
                for each in wishes:
                    each.error = refusal
            except Exception as error:
                if len(wishes) == 1:
                    wishes[0].error = error
                    return
                self._log.error("turn_broke", wishes=len(wishes), exc_info=error)
                for each in wishes:
                    await self._do_alone(each)
        except asyncio.CancelledError:
            # Whoever did this for all is gone; the next in turn does it again, and the fence sorts out what was recorded.
            self._waiting[:0] = [each for each in wishes if not each.answered and not each.abandoned]
            raise
        finally:
            for each in wishes:
                if each.answered:
                    each.woken.set()

    def _next_turn(self) -> _Turn:
        """Take from the front what fits one transaction; of several wishes about one job only the first."""
        turn = _Turn()
        job_ids: set[str] = set()
        claimed = size_bytes = taken = 0
        for wish in self._waiting[:WISHES_MAX]:
            match wish:
                case _Claim(limit=limit):
                    fits = not turn.claims or claimed + limit <= CLAIMED_MAX
                    claimed += limit
                    if fits:
                        turn.claims.append(wish)
                case _Extension(held=held):
                    fits = held.id not in job_ids
                    job_ids.add(held.id)
                    if fits:
                        turn.extensions.append(wish)
                case _Telling(ending=ending):
                    fits = ending.held.id not in job_ids and (
                        not size_bytes or size_bytes + wish.size_bytes <= BYTES_MAX
                    )
                    job_ids.add(ending.held.id)
                    size_bytes += wish.size_bytes
                    if fits:
                        turn.tellings.append(wish)
                case _:
                    assert_never(wish)
            if not fits:
                break
            taken += 1
        self._waiting = self._waiting[taken:]
        return turn

    async def _do(self, turn: _Turn) -> None:
        """Do everything that is wished in one transaction, and only then say so."""
        async with self._database.service() as connection:
            handed = await self._claim(connection, turn.claims) if turn.claims else []
            kept: set[str] = set()
            if turn.extensions:
                leases = [each.held for each in turn.extensions]
                kept = await self._leases.extend(connection, leases, self.lease_seconds)
            verdicts: list[Verdict] = []
            if turn.tellings:
                await store.prefer_keys(connection)
                verdicts = await self._complete(connection, [each.ending for each in turn.tellings])
        for claim, given in zip(turn.claims, handed, strict=True):
            claim.answer = given
            if given and claim.abandoned:
                await self._give_back_handed(given)
        for extension in turn.extensions:
            extension.answer = extension.held.id in kept
        for telling, verdict in zip(turn.tellings, verdicts, strict=True):
            telling.answer = verdict
            self._note(telling.ending, verdict)

    async def _do_alone(self, wish: _Claim | _Extension | _Telling) -> None:
        turn = _Turn()
        match wish:
            case _Claim():
                turn.claims.append(wish)
            case _Extension():
                turn.extensions.append(wish)
            case _Telling():
                turn.tellings.append(wish)
            case _:
                assert_never(wish)
        try:
            await self._do(turn)
        except Exception as error:
            wish.error = error

    async def _claim(self, connection: Connection, claims: Sequence[_Claim]) -> list[list[Handed]]:
        """Lease jobs for all who ask, and deal them out."""
        workers = " ".join(dict.fromkeys(claim.worker_id for claim in claims))
        limit = sum(claim.limit for claim in claims)
        leased = await self._leases.claim(connection, workers, limit, self.lease_seconds)
        dealt: list[list[Handed]] = [[] for _ in claims]
        if not leased:
            return dealt
        documents = await store.documents_of_jobs(connection, [each.id for each in leased])
        asking = deque(range(len(claims)))
        for each in leased:
            if each.id not in documents:
                continue
            number = asking.popleft()
            dealt[number].append(Handed(JobId(each.id), each.fencing_token, each.attempt, documents[each.id]))
            if len(dealt[number]) < claims[number].limit:
                asking.append(number)
        return dealt

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
        bills = await store.documents_of_jobs(connection, sorted(counted), lock=True) if counted else {}
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
