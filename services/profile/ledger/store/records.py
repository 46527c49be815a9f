"""SQL about the ledger's records: looked up, written, archived, erased."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from domain.ids import BillId, Position, ProjectId, TenantId
from domain.period import Period
from runtime.postgres import Connection
from services.profile.fold import Mark
from services.profile.ledger.duplicates import Statement
from services.profile.ledger.records import Reason, Record, RecordKey, meters_of
from services.profile.writes import Writes, columns


class Sibling(NamedTuple):
    """A statement beside others of its account, and the statement that it gave way to, where it did."""

    statement: Statement
    revision: int
    reason: Reason | None
    rival_bill_id: BillId | None
    rival_ordinal: int | None


async def newest_records(connection: Connection, bill_ids: Collection[BillId]) -> list[Record]:
    """Return the newest record of each statement of bills."""
    return [record_of(row) for row in await connection.fetch(_NEWEST, list(bill_ids))]


async def record(connection: Connection, key: RecordKey) -> Record | None:
    """Return the tenant's record, or None where there is none."""
    row = await connection.fetchrow(f"{_SELECT} WHERE bill_id = $1 AND ordinal = $2 AND revision = $3", *key)
    return None if row is None else record_of(row)


async def records_of_statement(connection: Connection, bill_id: BillId, ordinal: int) -> list[Record]:
    """Return every record of one statement, oldest first."""
    rows = await connection.fetch(f"{_SELECT} WHERE bill_id = $1 AND ordinal = $2 ORDER BY revision", bill_id, ordinal)
    return [record_of(row) for row in rows]


def add_records(writes: Writes, records: Sequence[Record]) -> None:
    """Insert records and what meters they show."""
    if not records:
        return
    rows = [
        (
            one.tenant_id,
            *one.key,
            one.project_id,
            one.account_id,
            one.first_day,
            one.after_day,
            one.recorded_at,
            one.archived_at,
            one.archive_reason.value if one.archive_reason else None,
            one.body,
            one.metadata,
        )
        for one in records
    ]
    writes.add(_ADD, *columns(rows))
    meters = [(one.tenant_id, meter_id, one.recorded_at, *one.key) for one in records for meter_id in meters_of(one)]
    if meters:
        writes.add(_ADD_METERS, *columns(meters))


async def archive_records(connection: Connection, records: Sequence[Record]) -> None:
    """Write down since when and why records do not stand, or that they stand again."""
    if records:
        rows = [
            (
                *one.key,
                one.archived_at,
                one.archive_reason.value if one.archive_reason else None,
                one.rival_bill_id,
                one.rival_ordinal,
            )
            for one in records
        ]
        await connection.execute(_ARCHIVE, *columns(rows))


async def give_way(connection: Connection, records: Sequence[Record]) -> None:
    """Write down that statements give way to rivals, or stand again, in their records and in their rows."""
    if records:
        await archive_records(connection, records)
        rows = [
            (one.key.bill_id, one.key.ordinal, one.archived_at, one.archive_reason and one.archive_reason.value)
            for one in records
        ]
        await connection.execute(_ARCHIVE_STATEMENTS, *columns(rows))


async def erase_records(connection: Connection, bill_ids: Sequence[BillId]) -> None:
    """Delete every record of bills and every correction of them."""
    await connection.execute("DELETE FROM profile.record WHERE bill_id = ANY($1::uuid[])", bill_ids)
    await connection.execute("DELETE FROM profile.amendment WHERE bill_id = ANY($1::uuid[])", bill_ids)


@dataclass(frozen=True, slots=True)
class Keys:
    """What siblings have in common: project, account and statement date, or project, account and period."""

    dates: frozenset[tuple[ProjectId, str, date]] = frozenset()
    periods: frozenset[tuple[ProjectId, str, date, date]] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.dates or self.periods)

    def __or__(self, other: "Keys") -> "Keys":
        return Keys(self.dates | other.dates, self.periods | other.periods)

    def __sub__(self, other: "Keys") -> "Keys":
        return Keys(self.dates - other.dates, self.periods - other.periods)


async def siblings(connection: Connection, keys: Keys) -> list[Sibling]:
    """Return the statements that have one of the keys."""
    dates = columns(sorted(keys.dates)) if keys.dates else [[], [], []]
    periods = columns(sorted(keys.periods)) if keys.periods else [[], [], [], []]
    rows = await connection.fetch(SIBLINGS, *dates, *periods)
    return [
        Sibling(
            Statement(
                bill_id=BillId(row["bill_id"]),
                ordinal=row["ordinal"],
                project_id=ProjectId(row["project_id"]),
                account=row["account_id"],
                statement_date=row["statement_date"],
                period=_period(row["start_date"], row["end_date"]),
                amount_due=row["amount_due"],
                rebill=row["rebill"],
                mark=Mark(row["read_at"], Position(row["read_position"])),
                commodities=frozenset(row["commodities"]),
                new_charges=row["new_charges"],
            ),
            row["revision"],
            Reason(row["archive_reason"]) if row["archive_reason"] else None,
            row["rival_bill_id"],
            row["rival_ordinal"],
        )
        for row in rows
    ]


async def records_by_key(connection: Connection, keys: Collection[RecordKey]) -> dict[RecordKey, Record]:
    """Return records by their keys."""
    rows = await connection.fetch(_BY_KEYS, *columns(sorted(keys))) if keys else []
    return {one.key: one for one in map(record_of, rows)}


async def rebilled(connection: Connection, places: Sequence[tuple[BillId, int]]) -> dict[tuple[BillId, int], RecordKey]:
    """Return the newest record that gave way to each statement as to a rebill, where there is one."""
    rows = await connection.fetch(_REBILLED, *columns(places)) if places else []
    return {
        (BillId(row["rival_bill_id"]), row["rival_ordinal"]): RecordKey(
            BillId(row["bill_id"]), row["ordinal"], row["revision"]
        )
        for row in rows
    }


async def save_metadata(connection: Connection, key: RecordKey, metadata: str) -> None:
    """Replace a record's metadata."""
    sql = "UPDATE profile.record SET metadata = $4 WHERE bill_id = $1 AND ordinal = $2 AND revision = $3"
    await connection.execute(sql, *key, metadata)


def _period(start: date | None, end: date | None) -> Period | None:
    return None if start is None or end is None else Period(start, end)


def record_of(row: Any) -> Record:
    """Return a row of the table as its record."""
    return Record(
        tenant_id=TenantId(row["tenant_id"]),
        project_id=ProjectId(row["project_id"]),
        key=RecordKey(BillId(row["bill_id"]), row["ordinal"], row["revision"]),
        account_id=row["account_id"],
        first_day=row["first_day"],
        after_day=row["after_day"],
        recorded_at=row["recorded_at"],
        archived_at=row["archived_at"],
        archive_reason=Reason(row["archive_reason"]) if row["archive_reason"] else None,
        rival_bill_id=row["rival_bill_id"],
        rival_ordinal=row["rival_ordinal"],
        body=row["body"],
        metadata=row["metadata"],
    )


_SELECT = "SELECT * FROM profile.record"

_NEWEST = f"""
SELECT DISTINCT ON (bill_id, ordinal) * FROM ({_SELECT} WHERE bill_id = ANY($1::uuid[])) AS record
ORDER BY bill_id, ordinal, revision DESC
"""  # noqa: S608 our own statement

_BY_KEYS = f"""
{_SELECT} JOIN unnest($1::uuid[], $2::integer[], $3::integer[]) AS chosen (bill_id, ordinal, revision)
    USING (bill_id, ordinal, revision)
"""

_ADD = """
INSERT INTO profile.record (tenant_id, bill_id, ordinal, revision, project_id, account_id, first_day, after_day, recorded_at,
    archived_at, archive_reason, body, metadata)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::integer[], $4::integer[], $5::uuid[], $6::uuid[], $7::date[], $8::date[],
    $9::timestamptz[], $10::timestamptz[], $11::text[], $12::bytea[], $13::text[])
"""

_ADD_METERS = """
INSERT INTO profile.record_meter (tenant_id, meter_id, recorded_at, bill_id, ordinal, revision)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::timestamptz[], $4::uuid[], $5::integer[], $6::integer[])
"""

_ARCHIVE = """
UPDATE profile.record SET archived_at = new.archived_at, archive_reason = new.reason, rival_bill_id = new.rival_bill_id,
    rival_ordinal = new.rival_ordinal
FROM unnest($1::uuid[], $2::integer[], $3::integer[], $4::timestamptz[], $5::text[], $6::uuid[], $7::integer[])
    AS new (bill_id, ordinal, revision, archived_at, reason, rival_bill_id, rival_ordinal)
WHERE record.bill_id = new.bill_id AND record.ordinal = new.ordinal AND record.revision = new.revision
"""

_ARCHIVE_STATEMENTS = """
UPDATE profile.statement SET archived_at = new.archived_at, archive_reason = new.reason
FROM unnest($1::uuid[], $2::integer[], $3::timestamptz[], $4::text[]) AS new (bill_id, ordinal, archived_at, reason)
WHERE statement.bill_id = new.bill_id AND statement.ordinal = new.ordinal
"""

SIBLINGS = """
WITH named AS (
    SELECT statement.bill_id, statement.ordinal FROM unnest($1::uuid[], $2::uuid[], $3::date[]) AS key (project, account, day)
    JOIN profile.statement ON account_id = account AND project_id = project AND statement_date = day
    UNION
    SELECT statement.bill_id, statement.ordinal
    FROM unnest($4::uuid[], $5::uuid[], $6::date[], $7::date[]) AS key (project, account, first, after)
    JOIN profile.statement ON account_id = account AND project_id = project AND start_date = first AND end_date = after
)
SELECT statement.bill_id, statement.ordinal, statement.project_id, statement.account_id, statement.statement_date,
    statement.start_date, statement.end_date, statement.amount_due, statement.new_charges,
    statement.rebill, bill.read_at, bill.read_position,
    record.revision, record.archive_reason, record.rival_bill_id, record.rival_ordinal,
    ARRAY(SELECT DISTINCT commodity FROM profile.usage
        WHERE usage.bill_id = statement.bill_id AND usage.ordinal = statement.ordinal) AS commodities
FROM named JOIN profile.statement USING (bill_id, ordinal) JOIN profile.bill USING (bill_id)
    JOIN profile.record USING (bill_id, ordinal, revision)
WHERE bill.read_at IS NOT NULL
"""

_REBILLED = """
SELECT DISTINCT ON (rival_bill_id, rival_ordinal) rival_bill_id, rival_ordinal, bill_id, ordinal, revision
FROM profile.record JOIN unnest($1::uuid[], $2::integer[]) AS asked (rival_bill_id, rival_ordinal)
    USING (rival_bill_id, rival_ordinal)
WHERE archive_reason = 'rebilled'
ORDER BY rival_bill_id, rival_ordinal, archived_at DESC, bill_id, ordinal, revision DESC
"""
