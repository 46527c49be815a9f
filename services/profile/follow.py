"""Applies completions: ledger, registers, load profiles, changes and the cursor, in one transaction for all that go together.

They are folded in memory between a few statements that each take any number of rows. Tables and journal are what they were after
a transaction for each completion: the profile is made anew after every one that touches the active bill, and a transaction ends
before a completion that the ledger would have to see without those that come later (``ledger.apart``).
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import assert_never

from domain.ids import BillId, Position, TenantId
from protos.ingest.v1 import ingest_pb2
from protos.profile.v1 import changes_pb2, profile_pb2
from runtime.journal import Journal, NewEntry
from runtime.logs import logger
from runtime.postgres import Connection, Database
from services.profile import store, wire
from services.profile.active.choose import activate, choose
from services.profile.completions import FailedBill, Heard, ReadBill, Says, told
from services.profile.fold import BillState, Deleted, Held, Rule, bill_after, rank
from services.profile.ledger.apart import Together
from services.profile.ledger.posting import NotAlone, Posting
from services.profile.ledger.records import Reason
from services.profile.ledger.store import amendments
from services.profile.ledger.store.amendments import KeptAmendment
from services.profile.load.shapes import Shapes
from services.profile.review import store as reviews
from services.profile.review.audit import Action, audit, holds
from services.profile.review.held import waiting
from services.profile.review.store import HeldReading
from services.profile.store import BillOfProject, Project, ProjectKey
from services.profile.writes import Writes

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

    async def apply(self, messages: Sequence[Heard]) -> None:
        """Fold messages of the stream in their order, in as few transactions as they go together in; each moves the cursor.

        Messages at or below the cursor were folded before, by us or by another follower, and are skipped. What a crash left out
        comes again. Where one makes statements give way they are folded in halves, so that it is alone in the end.
        """
        waiting = [messages]
        while waiting:
            part = waiting.pop()
            try:
                left = await self._apply(part)
            except NotAlone:
                half = len(part) // 2
                waiting += [part[half:], part[:half]]
            else:
                waiting += [left] if left else []

    async def _apply(self, messages: Sequence[Heard]) -> Sequence[Heard]:
        """Fold those of the messages that go together, from the first one on, in one transaction; return the rest."""
        async with self._database.service() as connection:
            cursor = await store.lock_cursor(connection)
            fresh = sorted((one for one in messages if one.position > cursor), key=lambda one: one.position)
            if not fresh:
                return ()
            completions = [one.completion for one in fresh if one.completion is not None]
            batch = await _Batch.load(connection, completions, self._shapes)
            together = fresh[: batch.go_together(fresh)]
            writes, position = Writes(), together[-1].position
            store.move_cursor(writes, position)
            for one in together:
                if one.completion is not None:
                    await batch.take(one.completion, one.says)
            await batch.save(writes)
            for key, bill_id in batch.removed:
                await self._journal.erase(connection, key.tenant_id, bill_id)
            await self._journal.append(connection, batch.changes)
        if batch.count:
            self._log.info("completions_folded", count=batch.count, position=position)
        return fresh[len(together) :]


class _Batch:
    """Completions of one transaction: what they touch, read at once, changed in memory, written at once."""

    def __init__(
        self,
        connection: Connection,
        projects: dict[ProjectKey, Project],
        bills: dict[BillId, BillState],
        corrections: dict[BillId, dict[int, list[KeptAmendment]]],
        posting: Posting,
        shapes: Shapes,
    ) -> None:
        self._connection = connection
        self._projects = projects
        self._bills = bills
        self._corrections = corrections
        self._posting = posting
        self._shapes = shapes
        self._unsaved: dict[BillId, ProjectKey] = {}
        self._had_entries = {bill_id for bill_id, state in bills.items() if state.read is not None}
        self._taken: dict[BillId, tuple[TenantId, ReadBill]] = {}
        self._held: dict[BillId, HeldReading] = {}
        self._waited: set[BillId] = set()
        self.count = 0
        self.removed: list[tuple[ProjectKey, BillId]] = []
        self.changes: list[NewEntry] = []

    @classmethod
    async def load(
        cls, connection: Connection, completions: Sequence[ingest_pb2.Completion], shapes: Shapes
    ) -> "_Batch":
        """Lock the projects and read the bills that the completions and the projects' present choices name."""
        if not completions:
            return cls(connection, {}, {}, {}, Posting(connection, {}), shapes)
        keys = {wire.tenant_key(one.tenant_id, one.project_id) for one in completions}
        projects = await store.lock_projects(connection, keys)
        named = {BillId(one.bill_id) for one in completions}
        active = {project.active_bill_id for project in projects.values() if project.active_bill_id is not None}
        bills = await store.bills(connection, named | active)
        # A bill that nobody has heard of has neither corrections nor records.
        heard_of = named & bills.keys()
        corrections = await amendments.amendments_of_bills(connection, heard_of) if heard_of else {}
        return cls(connection, projects, bills, corrections, await Posting.load(connection, heard_of), shapes)

    def go_together(self, messages: Sequence[Heard]) -> int:
        """Return how many of the messages, from the first one on, can be folded in this transaction."""
        together = Together()
        for at, one in enumerate(messages):
            if one.completion is not None and one.says is not None:
                bill_id = BillId(one.completion.bill_id)
                before = () if isinstance(one.says, FailedBill) else self._posting.records_of(bill_id)
                entries = one.says.entries if isinstance(one.says, ReadBill) else None
                corrected = bool(self._corrections.get(bill_id))
                if not together.lets_in(bill_id, before, entries, corrected=corrected):
                    return at
        return len(messages)

    async def take(self, completion: ingest_pb2.Completion, says: Says) -> None:
        """Fold one completion, which says that where nobody corrected its bill, and note the changes that it makes."""
        self.count += 1
        project = self._projects[wire.tenant_key(completion.tenant_id, completion.project_id)]
        corrections = self._corrections.get(BillId(completion.bill_id))
        if corrections:
            says = told(completion, corrections)
        match says:
            case ReadBill() | FailedBill():
                await self._take_outcome(project, completion, says)
            case Deleted():
                await self._take_deletion(project, completion, says)
            case None:
                return
            case _:
                assert_never(says)

    async def save(self, writes: Writes) -> None:
        """Write everything that changed, with what else waits to be written."""
        removed = [bill_id for _, bill_id in self.removed]
        await store.erase_readings(self._connection, removed)
        await reviews.erase_reviews(self._connection, removed)
        await reviews.forget_held(self._connection, self._waited - self._held.keys())
        self._write_bills(writes)
        readings = {bill_id: (tenant_id, one.readings) for bill_id, (tenant_id, one) in self._taken.items()}
        store.save_readings(writes, readings)
        reviews.save_held(writes, self._held.values())
        store.save_projects(writes, list(self._projects.values()))
        without_property = [key for key, project in self._projects.items() if not project.has_property]
        self.changes += await self._posting.save(writes, self._had_entries, without_property, alone=self.count == 1)
        aside = {number: one for _, taken in self._taken.values() for number, one in taken.aside.items()}
        await amendments.set_aside(self._connection, aside)
        await amendments.take_effect(self._connection, [one for one in self._taken if one in self._corrections])

    async def _take_outcome(
        self, project: Project, completion: ingest_pb2.Completion, what: ReadBill | FailedBill
    ) -> None:
        bill_id, cause = BillId(completion.bill_id), str(completion.position)
        before = self._bills.get(bill_id, BillState(bill_id))
        if before.deleted:
            return
        held = self._hold(project, bill_id, before, what) if isinstance(what, ReadBill) else None
        after = bill_after(before, Held(held.mark, held.received_at) if held else what.event)
        if after is not before:
            waits = await waiting(self._connection, bill_id) if before.waiting is not None else None
            least = waits.beyond if waits else before.least_revision
            if after.waiting is not before.waiting:
                after = replace(after, least_revision=least)
            project.count(before, after)
            self._note(project.key, after)
            if held:
                self._held[bill_id] = held
            elif isinstance(what, ReadBill):
                what.entries.revisions |= dict.fromkeys(what.entries.bodies, least)
                self._supersede(bill_id, before, after)
                self._taken[bill_id] = (project.key.tenant_id, what)
                at = what.event.mark.completed_at
                self.changes += self._posting.take(project.key, bill_id, what.entries, at, Reason.REREAD, cause)
                await self._bill_was_read(project, after, what, cause)
        parsed = profile_pb2.ParseCompleted(
            bill_id=bill_id,
            job_id=completion.job_id,
            succeeded=isinstance(what, ReadBill),
            failure_reason=what.event.reason if isinstance(what, FailedBill) else "",
            failure_detail=what.detail if isinstance(what, FailedBill) else "",
            completed_at=completion.completed_at,
            profile_version=project.profile_version,
            held=after.waiting is not None and after.waiting.mark == what.event.mark,
        )
        self.changes.append(wire.new_change(project.key, cause, parsed, bill_id))
        if held and after is not before:
            rule_ids = dict.fromkeys(one.rule_id for one in held.found if one.action is Action.HOLD)
            told = changes_pb2.BillHeld(bill_id=bill_id, rule_ids=rule_ids, completed_at=completion.completed_at)
            self.changes.append(wire.new_change(project.key, cause, told, bill_id))
        if isinstance(what, FailedBill) and after.read is None and after.waiting is None:
            unparsed = changes_pb2.BillUnparsed(
                bill_id=bill_id, failure_reason=what.event.reason, failure_detail=what.detail
            )
            self.changes.append(wire.new_change(project.key, cause, unparsed, bill_id))
        self._ready(project, completion, cause)

    def _hold(self, project: Project, bill_id: BillId, before: BillState, what: ReadBill) -> HeldReading | None:
        """Return the reading as one that waits, None where it takes effect: nobody need look at what stands already."""
        found = audit(what.corrected, project.holding)
        if not holds(found):
            return None
        event = what.event
        same = before.read is not None and before.read.contribution == event.contribution
        if same and self._posting.stands(bill_id, what.entries):
            return None
        return HeldReading(project.key, bill_id, event.mark, event.received_at, what.readings, found)

    def _supersede(self, bill_id: BillId, before: BillState, after: BillState) -> None:
        """Forget a reading that waited, where a later one took effect without waiting."""
        if before.waiting is not None and after.waiting is None:
            self._waited.add(bill_id)

    async def _take_deletion(self, project: Project, completion: ingest_pb2.Completion, deleted: Deleted) -> None:
        bill_id = BillId(completion.bill_id)
        before = self._bills.get(bill_id, BillState(bill_id))
        after = bill_after(before, deleted)
        if after is before:
            return
        project.count(before, after)
        self._note(project.key, after)
        self.removed.append((project.key, bill_id))
        cause = str(deleted.mark.position)
        self.changes += self._posting.remove(project.key, bill_id, cause)
        project.policy = project.policy.after_deletion_of(bill_id)
        if project.active_bill_id == bill_id or (project.policy.rule is Rule.MERGED and before.read is not None):
            await self._choose_anew(project, cause)
        removal = profile_pb2.BillRemoved(bill_id=bill_id)
        self.changes.append(wire.new_change(project.key, cause, removal, None))
        # It may have been the bill that the others waited for.
        self._ready(project, completion, cause)

    def _ready(self, project: Project, completion: ingest_pb2.Completion, cause: str) -> None:
        """Tell that every bill is read or failed, where ingest says that this ended the project's last open job."""
        known = project.bills_parsed + project.bills_unparsed + project.bills_held
        if known and completion.HasField("jobs_open") and completion.jobs_open == 0:
            what = changes_pb2.BillsReady(
                bills_parsed=project.bills_parsed,
                bills_unparsed=project.bills_unparsed,
                bills_held=project.bills_held,
            )
            self.changes.append(wire.new_change(project.key, cause, what, None))

    async def _bill_was_read(self, project: Project, bill: BillState, fresh: ReadBill, cause: str) -> None:
        """Let a bill that was just read take the project, where its rank says so."""
        active = self._bills.get(project.active_bill_id) if project.active_bill_id is not None else None
        if project.policy.rule is Rule.MERGED:
            await self._choose_anew(project, cause)
        elif active is None or active.read is None:
            self._changed(project, activate(project, bill, self._shapes, fresh), cause)
        elif bill.bill_id == active.bill_id:
            await self._choose_anew(project, cause)
        elif bill.read is not None and rank(bill.bill_id, bill.read, project.policy) > rank(
            active.bill_id, active.read, project.policy
        ):
            self._changed(project, activate(project, bill, self._shapes, fresh), cause)

    async def _choose_anew(self, project: Project, cause: str) -> None:
        """Choose among all bills of the project; those in hand are written first, so that the tables know them."""
        writes = Writes()
        self._write_bills(writes)
        await writes.send(self._connection)
        changed = await choose(self._connection, project, self._shapes)
        if project.active_bill_id is not None and project.active_bill_id not in self._bills:
            self._bills |= await store.bills(self._connection, [project.active_bill_id])
        self._changed(project, changed, cause)

    def _changed(self, project: Project, changed: bool, cause: str) -> None:
        if changed:
            self.changes.append(wire.new_change(project.key, cause, wire.profile_changed(project), None))

    def _note(self, key: ProjectKey, state: BillState) -> None:
        self._bills[state.bill_id] = state
        self._unsaved[state.bill_id] = key

    def _write_bills(self, writes: Writes) -> None:
        unsaved = [BillOfProject(key, self._bills[bill_id]) for bill_id, key in self._unsaved.items()]
        store.save_bills(writes, unsaved)
        self._unsaved.clear()
