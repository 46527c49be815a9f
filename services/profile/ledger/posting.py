"""Posting: what bills of one transaction do to the ledger, whether a completion or a person's correction brought them.

Records are worked out in memory as each event comes, so changes are told in its order; rows are written once, at the end. Then
statements that state the same as another of their account give way (``duplicates``): for that the neighbours by date and by
period are looked up, never the whole account.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime

from domain.ids import BillId
from domain.period import month_of
from protos.profile.v1 import changes_pb2, ledger_pb2
from runtime.journal import NewEntry
from runtime.postgres import Connection
from services.profile import wire
from services.profile.ledger.duplicates import Archived, archived
from services.profile.ledger.records import Reason, Record, RecordKey, Step, after, body, meters_of, span, step, told_by
from services.profile.ledger.rows import Entries
from services.profile.ledger.store import entries, records
from services.profile.ledger.store.associations import associate
from services.profile.ledger.store.records import Keys, Sibling
from services.profile.properties import store as properties
from services.profile.store import ProjectKey
from services.profile.writes import Writes

ROUNDS_MAX = 20
"""So far a chain of statements, each alike to the next by date or period, is followed."""
RESTORED = "restored"


class NotAlone(Exception):
    """Statements give way to each other in a transaction of several events: only one by one is it told when, and why."""


class Posting:
    """The ledger's part of one transaction."""

    def __init__(self, connection: Connection, known: Mapping[BillId, dict[int, Record]]) -> None:
        self._connection = connection
        self._known = dict(known)
        self._before = [record for held in known.values() for record in held.values()]
        self._entries: dict[BillId, Entries] = {}
        self._removed: set[BillId] = set()
        self._added: dict[RecordKey, Record] = {}
        self._archived: dict[RecordKey, Record] = {}
        self._causes: dict[str, tuple[ProjectKey, str]] = {}

    @classmethod
    async def load(cls, connection: Connection, bill_ids: Collection[BillId]) -> "Posting":
        """Read what the ledger knows of bills."""
        known: dict[BillId, dict[int, Record]] = {}
        for record in await records.newest_records(connection, bill_ids) if bill_ids else ():
            known.setdefault(record.key.bill_id, {})[record.key.ordinal] = record
        return cls(connection, known)

    def records_of(self, bill_id: BillId) -> Collection[Record]:
        """Return the newest record of each statement of a bill."""
        return self._known.get(bill_id, {}).values()

    def take(
        self,
        key: ProjectKey,
        bill_id: BillId,
        entries: Entries,
        at: datetime,
        reason: Reason,
        cause: str,
        corrected: int = 0,
    ) -> list[NewEntry]:
        """Take what a bill says now; return the changes that this makes. ``corrected`` is the statement of a correction."""
        known = self._known.get(bill_id, {})
        owner = (key.tenant_id, key.project_id, bill_id)
        made = step(known, entries.bodies, owner, at, reason, corrected, entries.revisions)
        self._known[bill_id] = after(known, made)
        self._entries[bill_id] = entries
        self._causes[key.project_id] = key, cause
        self._archived |= {record.key: record for record in made.archived}
        self._added |= {record.key: record for record in made.added}
        return [*_told(key, cause, made, reason), *months_changed(key, cause, made.touched())]

    def stands(self, bill_id: BillId, entries: Entries) -> bool:
        """Tell whether the ledger says of a bill what entries say, whichever version of the reader made them."""
        known = {ordinal: one for ordinal, one in self._known.get(bill_id, {}).items() if one.current}
        return known.keys() == entries.bodies.keys() and all(
            _plain(body(known[ordinal])) == _plain(told) for ordinal, told in entries.bodies.items()
        )

    def remove(self, key: ProjectKey, bill_id: BillId, cause: str) -> list[NewEntry]:
        """Take a bill out; return the changes that this makes."""
        known = self._known.pop(bill_id, {})
        self._removed.add(bill_id)
        self._causes[key.project_id] = key, cause
        return months_changed(key, cause, [one for one in known.values() if one.current])

    async def save(
        self,
        writes: Writes,
        had_entries: Collection[BillId],
        without_property: Collection[ProjectKey],
        *,
        alone: bool = True,
    ) -> list[NewEntry]:
        """Write everything, with what else waits to be; return the changes of statements that gave way or stand again.

        ``had_entries`` are the bills that may have rows of an earlier reading, ``without_property`` the projects in hand that
        map to no property yet, and ``alone`` says whether all this is of one event.

        Raises:
            NotAlone: it is of several, and statements give way or stand again.
        """
        touched = self._entries.keys() | self._removed
        if not touched:
            await writes.send(self._connection)
            return []
        connection, replaced = self._connection, sorted(set(had_entries) & touched)
        accounts = await entries.accounts_of_bills(connection, replaced) if replaced else []
        if replaced:
            await entries.erase_statements(connection, replaced)
        if self._removed:
            await records.erase_records(connection, sorted(self._removed))
        whole = Entries()
        for bill_id, one in self._entries.items():
            whole.add(self._numbered(bill_id, one))
        await records.archive_records(connection, list(self._archived.values()))
        entries.write_entries(writes, whole)
        records.add_records(writes, list(self._added.values()))
        await writes.send(connection)
        await entries.forget_unseen(connection, accounts)
        before = [record for record in self._before if record.key.bill_id in touched]
        posted = {ProjectKey(record.tenant_id, record.project_id) for record in self._added.values()}
        await properties.give_properties(connection, posted.intersection(without_property))
        changes = await self._settle(_keys_of_records([*before, *self._added.values()]), alone=alone)
        meters = {meter_id for record in before for meter_id in meters_of(record)} | whole.meters.keys()
        await associate(connection, meters)
        return changes

    def _numbered(self, bill_id: BillId, one: Entries) -> Entries:
        """Give a bill's statements the numbers of their records, and what was known of their giving way."""
        rows = []
        for row in one.statements:
            record = self._known[bill_id][row.ordinal]
            reason = record.archive_reason.value if record.archive_reason else None
            rows.append(
                replace(row, revision=record.key.revision, archived_at=record.archived_at, archive_reason=reason)
            )
        return replace(one, statements=rows)

    async def _settle(self, keys: Keys, *, alone: bool) -> list[NewEntry]:
        found: dict[tuple[BillId, int], Sibling] = {}
        seen, fresh = Keys(), keys
        for _ in range(ROUNDS_MAX):
            if not fresh:
                break
            for one in await records.siblings(self._connection, fresh):
                found[one.statement.bill_id, one.statement.ordinal] = one
            seen |= fresh
            fresh = _keys_of_siblings(found.values()) - seen
        given = {
            (one.statement.bill_id, one.statement.ordinal): one
            for one in archived(sibling.statement for sibling in found.values())
        }
        turned = {
            RecordKey(*place, sibling.revision): given.get(place)
            for place, sibling in sorted(found.items())
            if _differs(sibling, given.get(place))
        }
        if (turned or fresh) and not alone:
            raise NotAlone
        held = await records.records_by_key(self._connection, turned.keys())
        settled = [_settled(held[key], way) for key, way in turned.items()]
        await records.give_way(self._connection, settled)
        return self._told_settled(settled, {place: one.revision for place, one in found.items()})

    def _told_settled(self, settled: Sequence[Record], revisions: Mapping[tuple[BillId, int], int]) -> list[NewEntry]:
        changes: list[NewEntry] = []
        for record in settled:
            key, cause = self._causes[record.project_id]
            other = ""
            if record.rival_bill_id is not None and record.rival_ordinal is not None:
                place = (record.rival_bill_id, record.rival_ordinal)
                other = str(RecordKey(*place, revisions[place]))
            reason = record.archive_reason.value if record.archive_reason else RESTORED
            changes.append(_updated(key, cause, record, reason, other))
        for project_id, (key, cause) in sorted(self._causes.items()):
            mine = [record for record in settled if record.project_id == project_id]
            changes += months_changed(key, f"{cause}/settled", mine)
        return changes


def months_changed(key: ProjectKey, cause: str, touched: Sequence[Record]) -> list[NewEntry]:
    """Return the change that tells which months records touch; none where they state no days."""
    days = span(touched)
    if days.first_day is None or days.after_day is None:
        return []
    last = month_of(date.fromordinal(days.after_day.toordinal() - 1))
    what = changes_pb2.MonthsChanged(
        first_month=days.first_day.replace(day=1).isoformat(),
        last_month=last.start.isoformat(),
        meter_ids=days.meter_ids,
    )
    return [wire.new_change(key, cause, what, None)]


def _told(key: ProjectKey, cause: str, made: Step, reason: Reason) -> list[NewEntry]:
    changes = []
    replaces = {new: old for old, new in made.replaced_by.items()}
    for record in made.added:
        if record.key in replaces:
            changes.append(_updated(key, cause, record, reason.value, str(replaces[record.key])))
        else:
            what = changes_pb2.BillAdded(
                ledger_bill_id=str(record.key), bill_id=record.key.bill_id, account_id=record.account_id or ""
            )
            changes.append(wire.new_change(key, f"{cause}/{record.key}", what, record.key.bill_id))
    gone = [record for record in made.archived if record.key not in made.replaced_by]
    return [*changes, *(_updated(key, cause, record, reason.value, "") for record in gone)]


def _updated(key: ProjectKey, cause: str, record: Record, reason: str, other: str) -> NewEntry:
    what = changes_pb2.BillUpdated(
        ledger_bill_id=str(record.key),
        bill_id=record.key.bill_id,
        account_id=record.account_id or "",
        reason=reason,
        other_ledger_bill_id=other,
    )
    return wire.new_change(key, f"{cause}/{record.key}/{reason}", what, record.key.bill_id)


def _plain(told: ledger_pb2.LedgerBill) -> ledger_pb2.LedgerBill:
    plain = ledger_pb2.LedgerBill()
    plain.CopyFrom(told)
    plain.ClearField("engine_version")
    return plain


def _differs(sibling: Sibling, way: Archived | None) -> bool:
    if way is None:
        return sibling.reason is not None
    rival = way.in_favour_of
    return (sibling.reason, sibling.rival_bill_id, sibling.rival_ordinal) != (way.reason, rival.bill_id, rival.ordinal)


def _settled(record: Record, way: Archived | None) -> Record:
    if way is None:
        return replace(record, archived_at=None, archive_reason=None, rival_bill_id=None, rival_ordinal=None)
    rival = way.in_favour_of
    return replace(
        record,
        archived_at=max(rival.mark.completed_at, record.recorded_at),
        archive_reason=way.reason,
        rival_bill_id=rival.bill_id,
        rival_ordinal=rival.ordinal,
    )


def _keys_of_records(held: Iterable[Record]) -> Keys:
    dates, periods = set(), set()
    for record in held:
        says = told_by(record.body)
        if record.account_id is not None and says.statement_date is not None:
            dates.add((record.project_id, record.account_id, says.statement_date))
        if record.account_id is not None and says.period is not None:
            periods.add((record.project_id, record.account_id, says.period.start, says.period.end))
    return Keys(frozenset(dates), frozenset(periods))


def _keys_of_siblings(found: Iterable[Sibling]) -> Keys:
    dates, periods = set(), set()
    for one in found:
        statement = one.statement
        project_id = statement.project_id
        if statement.statement_date is not None:
            dates.add((project_id, statement.account, statement.statement_date))
        if statement.period is not None:
            periods.add((project_id, statement.account, statement.period.start, statement.period.end))
    return Keys(frozenset(dates), frozenset(periods))
