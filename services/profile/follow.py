"""Applies completions: ledger, registers, load profiles, changes and the cursor, all in one transaction a batch.

A batch is folded in memory between a few statements that each take any number of rows. The profile is made anew after every
completion that touches the active bill, so versions count the same whether completions come one by one or a hundred at a time.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from domain.ids import BillId, Position
from domain.outcome import Failure, Outcome, Success
from protos.ingest.v1 import ingest_pb2
from protos.profile.v1 import profile_pb2
from protos.values.v1 import reading_pb2
from runtime.journal import Journal, NewEntry
from runtime.logs import logger
from runtime.postgres import Connection, Database
from runtime.wire import outcome_from_proto, time_from_proto
from services.profile import store, wire
from services.profile.fold import BillState, Deleted, Event, Failed, Mark, Policy, Read, Rule, bill_after, rank
from services.profile.ledger import store as ledger
from services.profile.ledger.entries import Entries, Owner, entries_of
from services.profile.load.contribution import Contribution, contribution_of, decode, encode
from services.profile.load.observed import ObservedMonth, observed_months
from services.profile.load.profile import load_profile
from services.profile.load.shapes import Shapes
from services.profile.store import BillOfProject, Project, ProjectKey

CHANGES = "profile.change"
"""The journal that this room writes."""


class Applier:
    """Folds what arrives from ingest into the tables."""

    def __init__(self, database: Database, journal: Journal, shapes: Shapes) -> None:
        self._database = database
        self._journal = journal
        self._shapes = shapes
        self._log = logger("profile")

    async def cursor(self) -> Position:
        """Return how far completions have been folded."""
        async with self._database.service(read_only=True) as connection:
            return await store.cursor(connection)

    async def apply(self, messages: Sequence[ingest_pb2.FollowCompletionsResponse]) -> None:
        """Fold a batch of the stream and move the cursor, or do neither.

        Messages at or below the cursor were folded before, by us or by another follower, and are skipped.
        """
        async with self._database.service() as connection:
            cursor = await store.lock_cursor(connection)
            completions = [one.completion for one in messages if one.WhichOneof("message") == "completion"]
            fresh = [one for one in completions if one.position > cursor]
            reached = max([one.progress.position for one in messages] + [one.position for one in fresh], default=0)
            if reached <= cursor:
                return
            await store.move_cursor(connection, Position(reached))
            await self.fold(connection, fresh)
        if fresh:
            self._log.info("completions_folded", count=len(fresh), position=reached)

    async def fold(self, connection: Connection, completions: Sequence[ingest_pb2.Completion]) -> None:
        """Fold completions in the caller's transaction, whatever their order; append their changes as its last act."""
        if completions:
            batch = await _Batch.load(connection, completions, self._shapes)
            for completion in completions:
                await batch.take(completion)
            await batch.save()
            for key, bill_id in batch.removed:
                await self._journal.erase(connection, key.tenant_id, bill_id)
            await self._journal.append(connection, batch.changes)


async def choose(connection: Connection, project: Project, shapes: Shapes) -> bool:
    """Choose a project's active bill from the tables and make its profile anew; tell whether the profile changed."""
    best = await store.active_bill(connection, project.key, project.policy)
    return _activate(project, best, shapes)


def _activate(project: Project, bill: BillState | None, shapes: Shapes, shown: "_Shown | None" = None) -> bool:
    """Make a bill the project's active one; count a version and return True where that changes the load profile."""
    profile = None
    if bill is not None and bill.read is not None and bill.read.usable:
        contribution = shown.contribution if shown else decode(bill.read.contribution)
        made = load_profile(contribution, bill.bill_id, shapes, shown.months if shown else None)
        profile = None if made is None else wire.profile_bytes(made, project.key.project_id, bill.bill_id)
    project.active_bill_id = bill.bill_id if bill is not None else None
    if profile == project.profile:
        return False
    project.profile = profile
    project.version += 1
    return True


@dataclass(frozen=True, slots=True)
class _Shown:
    """What a bill that was just read shows, so that it need not be read from its row again."""

    contribution: Contribution
    months: Mapping[date, ObservedMonth]


@dataclass(slots=True)
class _Taken:
    """The newest reading of a bill in this batch, to be written at its end."""

    owner: Owner
    message: bytes
    entries: Entries


class _Batch:
    """Completions of one transaction: what they touch, read at once, changed in memory, written at once."""

    def __init__(
        self,
        connection: Connection,
        projects: dict[ProjectKey, Project],
        bills: dict[BillId, BillState],
        shapes: Shapes,
    ) -> None:
        self._connection = connection
        self._projects = projects
        self._bills = bills
        self._shapes = shapes
        self._unsaved: dict[BillId, ProjectKey] = {}
        self._had_entries = {bill_id for bill_id, state in bills.items() if state.read is not None}
        self._taken: dict[BillId, _Taken] = {}
        self.removed: list[tuple[ProjectKey, BillId]] = []
        self.changes: list[NewEntry] = []

    @classmethod
    async def load(
        cls, connection: Connection, completions: Sequence[ingest_pb2.Completion], shapes: Shapes
    ) -> "_Batch":
        """Lock the projects and read the bills that the completions and the projects' present choices name."""
        keys = {wire.tenant_key(one.tenant_id, one.project_id) for one in completions}
        projects = await store.lock_projects(connection, keys)
        named = {BillId(one.bill_id) for one in completions}
        active = {project.active_bill_id for project in projects.values() if project.active_bill_id is not None}
        return cls(connection, projects, await store.bills(connection, named | active), shapes)

    async def take(self, completion: ingest_pb2.Completion) -> None:
        """Fold one completion into the rows in hand and note the changes that it makes."""
        project = self._projects[wire.tenant_key(completion.tenant_id, completion.project_id)]
        mark = Mark(time_from_proto(completion.completed_at), Position(completion.position))
        match completion.WhichOneof("what"):
            case "outcome":
                outcome = outcome_from_proto(completion.outcome)
                await self._take_outcome(project, completion, mark, outcome)
            case "deleted":
                await self._take_deletion(project, completion, mark)
            case _:
                return  # erased: the deletion that follows says everything

    async def save(self) -> None:
        """Write everything that changed."""
        await self._flush()
        gone = [bill_id for _, bill_id in self.removed]
        replaced = sorted(self._had_entries & (self._taken.keys() | set(gone)))
        accounts: list[str] = []
        if replaced:
            accounts = await ledger.accounts_of_bills(self._connection, replaced)
            await ledger.erase_entries(self._connection, replaced)
        readings = {bill_id: (one.owner.tenant_id, one.message) for bill_id, one in self._taken.items()}
        await store.save_readings(self._connection, readings)
        entries = Entries()
        for one in self._taken.values():
            entries.add(one.entries)
        await ledger.write_entries(self._connection, entries)
        await ledger.forget_unseen(self._connection, accounts)
        await store.save_projects(self._connection, list(self._projects.values()))

    async def _take_outcome(
        self, project: Project, completion: ingest_pb2.Completion, mark: Mark, outcome: Outcome
    ) -> None:
        bill_id = BillId(completion.bill_id)
        before = self._bills.get(bill_id, BillState(bill_id))
        if before.deleted:
            return
        shown = _shown(outcome)
        event = _event(outcome, shown, mark, completion)
        after = bill_after(before, event)
        if after is not before:
            self._note(project.key, after)
            if isinstance(outcome, Success) and after.read is event:
                owner = Owner(project.key.tenant_id, project.key.project_id, bill_id, mark)
                message = _readings_bytes(completion.outcome.success)
                self._taken[bill_id] = _Taken(owner, message, entries_of(owner, outcome.readings))
                await self._bill_was_read(project, after, shown, str(mark.position))
        parsed = profile_pb2.ParseCompleted(
            bill_id=bill_id,
            job_id=completion.job_id,
            succeeded=isinstance(outcome, Success),
            failure_reason=outcome.reason.value if isinstance(outcome, Failure) else "",
            failure_detail=outcome.detail if isinstance(outcome, Failure) else "",
            completed_at=completion.completed_at,
            profile_version=project.profile_version,
        )
        self.changes.append(wire.new_change(project.key, str(mark.position), parsed, bill_id))

    async def _take_deletion(self, project: Project, completion: ingest_pb2.Completion, mark: Mark) -> None:
        bill_id = BillId(completion.bill_id)
        before = self._bills.get(bill_id, BillState(bill_id))
        after = bill_after(before, Deleted(mark))
        if after is before:
            return
        self._note(project.key, after)
        self._taken.pop(bill_id, None)
        self.removed.append((project.key, bill_id))
        self.changes = [wire.erased(one) if one.subject_id == bill_id else one for one in self.changes]
        cause = str(mark.position)
        if project.policy.pinned_bill_id == bill_id:
            project.policy = Policy(Rule.LAST_PARSED)
        if project.active_bill_id == bill_id:
            await self._choose_anew(project, cause)
        removal = profile_pb2.BillRemoved(bill_id=bill_id)
        self.changes.append(wire.new_change(project.key, cause, removal, None))

    async def _bill_was_read(self, project: Project, bill: BillState, shown: _Shown | None, cause: str) -> None:
        """Let a bill that was just read take the project, where its rank says so."""
        active = self._bills.get(project.active_bill_id) if project.active_bill_id is not None else None
        if active is None or active.read is None:
            self._changed(project, _activate(project, bill, self._shapes, shown), cause)
        elif bill.bill_id == active.bill_id:
            await self._choose_anew(project, cause)
        elif bill.read is not None and rank(bill.bill_id, bill.read, project.policy) > rank(
            active.bill_id, active.read, project.policy
        ):
            self._changed(project, _activate(project, bill, self._shapes, shown), cause)

    async def _choose_anew(self, project: Project, cause: str) -> None:
        """Choose among all bills of the project; those in hand are written first, so that the tables know them."""
        await self._flush()
        changed = await choose(self._connection, project, self._shapes)
        if project.active_bill_id is not None and project.active_bill_id not in self._bills:
            self._bills |= await store.bills(self._connection, [project.active_bill_id])
        self._changed(project, changed, cause)

    def _changed(self, project: Project, changed: bool, cause: str) -> None:
        if changed:
            what = profile_pb2.ProfileChanged(version=project.version, active_bill_id=wire.told_bill(project))
            self.changes.append(wire.new_change(project.key, cause, what, None))

    def _note(self, key: ProjectKey, state: BillState) -> None:
        self._bills[state.bill_id] = state
        self._unsaved[state.bill_id] = key

    async def _flush(self) -> None:
        unsaved = [BillOfProject(key, self._bills[bill_id]) for bill_id, key in self._unsaved.items()]
        await store.save_bills(self._connection, unsaved)
        self._unsaved.clear()


def _shown(outcome: Outcome) -> _Shown | None:
    if isinstance(outcome, Failure):
        return None
    contribution = contribution_of(outcome.readings)
    return _Shown(contribution, observed_months(contribution))


def _event(outcome: Outcome, shown: _Shown | None, mark: Mark, completion: ingest_pb2.Completion) -> Event:
    received_at = time_from_proto(completion.received_at)
    if isinstance(outcome, Failure):
        return Failed(mark, received_at, outcome.reason.value)
    assert shown is not None
    contribution = shown.contribution
    return Read(mark, received_at, encode(contribution), bool(shown.months), contribution.latest_day())


def _readings_bytes(readings: reading_pb2.Readings) -> bytes:
    return readings.SerializeToString(deterministic=True)
