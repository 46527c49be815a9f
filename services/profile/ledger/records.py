"""Records: what the ledger answers with. A statement has one that stands; each that came before it is archived, never changed.

The steps here are functions of plain data: what a reading, a correction or a deletion makes of a bill's records.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple

from domain.ids import BillId, ProjectId, TenantId
from domain.period import ONE_DAY, Period
from protos.profile.v1 import ledger_pb2
from runtime.wire import period_from_proto

ORDINAL_MAX = 9_999
BODIES_KEPT = 512
"""Bodies of which is remembered what they say: those of a batch."""


class Reason(StrEnum):
    """Why a record no longer stands."""

    CORRECTED = "corrected"
    REREAD = "reread"
    REBILLED = "rebilled"
    DUPLICATE = "duplicate"
    HELD = "held"
    """Of records that are answered and not kept yet: the statement waits for a person."""


class RecordKey(NamedTuple):
    """Which record: the document, the statement in it (from 1), and how often that was replaced."""

    bill_id: BillId
    ordinal: int
    revision: int

    def __str__(self) -> str:
        """Return the id under which the record is known outside."""
        return f"{self.bill_id}_{self.ordinal}" + (f"_{self.revision}" if self.revision else "")


_ID = re.compile(r"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})_([1-9]\d{0,3})(?:_([1-9]\d{0,5}))?", re.ASCII)


def record_key(ledger_bill_id: str) -> RecordKey | None:
    """Return the record of an id, None where no record can have it."""
    found = _ID.fullmatch(ledger_bill_id)
    return None if found is None else RecordKey(BillId(found[1]), int(found[2]), int(found[3] or 0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One record as it is kept. ``rival`` is the statement of another document that stands in its place."""

    tenant_id: TenantId
    project_id: ProjectId
    key: RecordKey
    account_id: str | None
    first_day: date | None
    after_day: date | None
    recorded_at: datetime
    archived_at: datetime | None = None
    archive_reason: Reason | None = None
    rival_bill_id: BillId | None = None
    rival_ordinal: int | None = None
    body: bytes
    metadata: str = "{}"

    @property
    def current(self) -> bool:
        """Whether it is the newest of its statement, also where another document's stands in its place."""
        return self.archive_reason not in (Reason.CORRECTED, Reason.REREAD)


class Told(NamedTuple):
    """By what a statement is found: its meters, date and period."""

    meter_ids: tuple[str, ...]
    statement_date: date | None
    period: Period | None


class Span(NamedTuple):
    """Days and meters that a record touches."""

    first_day: date | None
    after_day: date | None
    meter_ids: tuple[str, ...]


@dataclass(slots=True)
class Step:
    """What one event made of a bill's records."""

    added: list[Record] = field(default_factory=list)
    archived: list[Record] = field(default_factory=list)
    replaced_by: dict[RecordKey, RecordKey] = field(default_factory=dict)
    """The new record of each archived one that has one."""

    def __bool__(self) -> bool:
        return bool(self.added or self.archived)

    def touched(self) -> list[Record]:
        """Return every record whose days are concerned."""
        return [*self.added, *self.archived]


def newest(records: Iterable[Record]) -> dict[int, Record]:
    """Return the newest record of each statement, by statement."""
    found: dict[int, Record] = {}
    for record in records:
        known = found.get(record.key.ordinal)
        if known is None or known.key.revision < record.key.revision:
            found[record.key.ordinal] = record
    return found


def step(
    known: Mapping[int, Record],
    bodies: Mapping[int, ledger_pb2.LedgerBill],
    owner: tuple[TenantId, ProjectId, BillId],
    at: datetime,
    reason: Reason,
    corrected: int = 0,
    revisions: Mapping[int, int] = MappingProxyType({}),
) -> Step:
    """Return what new bodies of a bill make of its records, given the newest of each statement.

    A statement that says what it said keeps its record: reading the same again is no news. Only the one that a person
    ``corrected`` (0 for none) gets a new record also where its body says the same, as that is the correction's.
    ``revisions`` are the least numbers of the new records, by statement.
    """
    tenant_id, project_id, bill_id = owner
    made = Step()
    for ordinal, message in sorted(bodies.items()):
        before = known.get(ordinal)
        body = message.SerializeToString(deterministic=True)
        if ordinal != corrected and before is not None and before.current and before.body == body:
            continue
        first_day, after_day = _days(message)
        record = Record(
            tenant_id=tenant_id,
            project_id=project_id,
            key=RecordKey(bill_id, ordinal, next_revision(before, revisions.get(ordinal, 0))),
            account_id=message.account_id or None,
            first_day=first_day,
            after_day=after_day,
            recorded_at=at,
            body=body,
            metadata=before.metadata if before else "{}",
        )
        made.added.append(record)
        if before is not None and before.current:
            made.archived.append(_archived(before, at, reason))
            made.replaced_by[before.key] = record.key
    for ordinal, before in sorted(known.items()):
        if ordinal not in bodies and before.current:
            made.archived.append(_archived(before, at, reason))
    return made


def next_revision(before: Record | None, least: int = 0) -> int:
    """Return the number of a statement's next record, given its newest one."""
    return max(before.key.revision + 1 if before else 0, least)


def after(known: Mapping[int, Record], made: Step) -> dict[int, Record]:
    """Return the newest record of each statement once a step was made."""
    return newest([*known.values(), *made.archived, *made.added])


def body(record: Record) -> ledger_pb2.LedgerBill:
    """Return a record's body as its message."""
    return ledger_pb2.LedgerBill.FromString(record.body)


def meters_of(record: Record) -> tuple[str, ...]:
    """Return the meters that a record shows."""
    return told_by(record.body).meter_ids


@lru_cache(maxsize=BODIES_KEPT)
def told_by(body: bytes) -> Told:
    """Return what a body says of itself; remembered, for a fold asks it several times."""
    message = ledger_pb2.LedgerBill.FromString(body)
    has_period = message.HasField("period")
    return Told(
        meter_ids=tuple(sorted({one.meter_id for one in message.meters if one.meter_id})),
        statement_date=date.fromisoformat(message.statement_date) if message.statement_date else None,
        period=period_from_proto(message.period) if has_period else None,
    )


def span(records: Sequence[Record]) -> Span:
    """Return the days and meters that records touch together."""
    firsts = [one.first_day for one in records if one.first_day is not None]
    afters = [one.after_day for one in records if one.after_day is not None]
    return Span(
        min(firsts, default=None),
        max(afters, default=None),
        tuple(sorted({meter_id for one in records for meter_id in meters_of(one)})),
    )


def _archived(record: Record, at: datetime, reason: Reason) -> Record:
    # A record that gave way to a rival before it was replaced stays archived since then.
    if record.archived_at is not None and record.archived_at < at:
        at = record.archived_at
    return replace(record, archived_at=at, archive_reason=reason, rival_bill_id=None, rival_ordinal=None)


def _days(message: ledger_pb2.LedgerBill) -> tuple[date | None, date | None]:
    """Return the days of the period, widened to the meters' own; else the statement date alone."""
    periods = [one.period for one in message.meters if one.HasField("period")]
    periods += [message.period] if message.HasField("period") else []
    if periods:
        return (
            min(date.fromisoformat(one.start) for one in periods),
            max(date.fromisoformat(one.end) for one in periods),
        )
    if message.statement_date:
        day = date.fromisoformat(message.statement_date)
        return (day, day + ONE_DAY) if day < date.max else (None, None)
    return None, None
