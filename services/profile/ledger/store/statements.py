"""SQL that reads the newest state of statements in rows, for calendar months and calendars."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from domain.ids import BillId, Position, ProjectId
from domain.period import Period
from domain.quantity import Commodity, Quantity, Unit
from domain.reading import ChargeKind, ReadKind, UsageKind
from runtime.postgres import Connection
from services.profile.fold import Mark
from services.profile.ledger.calls.account_calendar import ShownDays
from services.profile.ledger.records import RecordKey
from services.profile.months.ledger_meters import LedgerStatement, ShownMeter, StatedCharge, StatedUsage

CALENDAR_BILLS_MAX = 1_000
ACROSS_STEPS = 3
"""Bills one after the other that are looked at for what they do to the one before."""


@dataclass(frozen=True, slots=True)
class Ends:
    """Statements that end after ``after``, up to and with ``until``, and start before ``starting_before``; None for no bound.

    Without bounds those that state no period are among them.
    """

    after: date | None = None
    until: date | None = None
    starting_before: date | None = None


ANY_END = Ends()


async def statements(
    connection: Connection, whose: Collection[ProjectId] | str, limit: int, ends: Ends = ANY_END
) -> list[LedgerStatement]:
    """Return the statements with the latest ends, so many at most; those without a period come first.

    ``whose`` are projects, or the id of a meter that the statements show.
    """
    whole = ends == ANY_END
    if isinstance(whose, str):
        sql = STATEMENTS_OF_METER if whole else PAST_STATEMENTS_OF_METER
        return await _whole(connection, await connection.fetch(sql, whose, limit, *_bounds(ends)))
    sql = STATEMENTS_OF_PROJECTS if whole else PAST_STATEMENTS_OF_PROJECTS
    return await _whole(connection, await connection.fetch(sql, list(whose), limit, *_bounds(ends)))


async def across(
    connection: Connection, whose: Collection[ProjectId] | str, limit: int, day: date, days_max: int
) -> Ends | None:
    """Return which statements may share days with those that end up to a day, or take some from them.

    These are what lies across the day, what starts before the last of that ends, and so on for ACROSS_STEPS: a bill set aside by
    the next one may be stood up again by the one after. No statement that counts has more than ``days_max``. None where there
    are more than ``limit`` of them.
    """
    sql, key = (ACROSS_OF_METER, whose) if isinstance(whose, str) else (ACROSS_OF_PROJECTS, list(whose))
    row = await connection.fetchrow(sql, key, limit, day, days_max)
    if row is None or row["count"] > limit:
        return None
    return Ends(day, row["reach"] + timedelta(days=days_max), row["reach"])


def _bounds(ends: Ends) -> tuple[date, ...]:
    return () if ends == ANY_END else (ends.after or date.min, ends.until or date.max, ends.starting_before or date.max)


async def first_days(connection: Connection, meter_ids: Collection[str]) -> dict[str, date]:
    """Return the first day that any standing statement states of each meter, by one index probe a meter."""
    rows = await connection.fetch(FIRST_DAYS, list(meter_ids))
    return {row["meter_id"]: row["first_day"] for row in rows}


async def last_days(connection: Connection, meter_ids: Collection[str]) -> dict[str, date]:
    """Return the day after the last one that any standing statement states of each meter, by one index probe a meter."""
    rows = await connection.fetch(LAST_DAYS, list(meter_ids))
    return {row["meter_id"]: row["end_date"] for row in rows}


async def _whole(connection: Connection, rows: Sequence[Any]) -> list[LedgerStatement]:
    keys = [[row["bill_id"] for row in rows], [row["ordinal"] for row in rows]]
    meters, usages, charges = [
        await _rows_of_statements(connection, sql, keys) for sql in (_METERS_SHOWN, _USAGES_STATED, _CHARGES_STATED)
    ]
    return [
        LedgerStatement(
            bill_id=BillId(row["bill_id"]),
            ordinal=row["ordinal"],
            mark=Mark(row["read_at"], Position(row["read_position"])),
            account_id=row["account_id"] or "",
            currency=row["currency"] or "",
            new_charges=row["new_charges"],
            period=_period(row),
            meters=tuple(_shown_meter(one) for one in meters.get((row["bill_id"], row["ordinal"]), ())),
            usages=tuple(_stated_usage(one) for one in usages.get((row["bill_id"], row["ordinal"]), ())),
            charges=tuple(_stated_charge(one) for one in charges.get((row["bill_id"], row["ordinal"]), ())),
        )
        for row in rows
    ]


async def shown_days(
    connection: Connection, account_id: str, project_id: ProjectId | None, meter_id: str | None
) -> list[ShownDays]:
    """Return the days that an account's standing statements state, of the CALENDAR_BILLS_MAX with the latest ends."""
    rows = await connection.fetch(CALENDAR, account_id, project_id, meter_id, CALENDAR_BILLS_MAX)
    return [
        ShownDays(
            RecordKey(BillId(row["bill_id"]), row["ordinal"], row["revision"]),
            row["meter_id"] or "",
            row["commodity"] or "",
            Period(row["start_date"], row["end_date"]),
            row["read_kind"] == ReadKind.ESTIMATED.value,
        )
        for row in rows
        if row["start_date"] is not None and row["end_date"] is not None
    ]


async def _rows_of_statements(
    connection: Connection, sql: str, keys: Sequence[Sequence[Any]]
) -> dict[tuple[str, int], list[Any]]:
    found: dict[tuple[str, int], list[Any]] = {}
    for row in await connection.fetch(sql, *keys):
        found.setdefault((row["bill_id"], row["ordinal"]), []).append(row)
    return found


def _period(row: Any) -> Period | None:
    start, end = row["start_date"], row["end_date"]
    return None if start is None or end is None else Period(start, end)


def _shown_meter(row: Any) -> ShownMeter:
    estimated = row["read_kind"] == ReadKind.ESTIMATED.value
    return ShownMeter(
        meter_id=row["meter_id"],
        commodity=Commodity(row["commodity"]),
        period=_period(row),
        estimated=estimated,
        therm_factor=row["therm_factor"],
        associated_meter_id=row["associated_meter_id"] or "",
    )


def _stated_usage(row: Any) -> StatedUsage:
    quantity = Quantity(row["amount"], Unit(row["unit"]))
    return StatedUsage(
        row["meter_id"] or "",
        Commodity(row["commodity"]),
        UsageKind(row["kind"]),
        quantity,
        _period(row),
        row["estimated"],
    )


def _stated_charge(row: Any) -> StatedCharge:
    commodity = None if row["commodity"] is None else Commodity(row["commodity"])
    return StatedCharge(row["meter_id"] or "", commodity, ChargeKind(row["kind"]), row["amount"], row["currency"])


_STATED = """statement.bill_id, statement.ordinal, account_id, currency, new_charges, statement.start_date, statement.end_date,
    read_at, read_position"""
_LATEST_FIRST = "ORDER BY end_date DESC NULLS FIRST, read_at DESC, read_position DESC, ordinal"

_OF_PROJECTS = f"""
SELECT {_STATED} FROM unnest($1::uuid[]) AS one (project_id) CROSS JOIN LATERAL (
    SELECT * FROM profile.statement WHERE statement.project_id = one.project_id AND archived_at IS NULL {{bounds}}
    ORDER BY end_date DESC NULLS FIRST LIMIT $2
) AS statement JOIN profile.bill USING (bill_id)
WHERE read_at IS NOT NULL {_LATEST_FIRST} LIMIT $2
"""  # noqa: S608 our own words

_OF_METER = f"""
SELECT {_STATED} FROM (
    SELECT bill_id, ordinal FROM profile.statement_meter AS shown JOIN profile.statement USING (bill_id, ordinal)
    WHERE shown.meter_id = $1 AND archived_at IS NULL {{bounds}} ORDER BY shown.end_date DESC NULLS FIRST LIMIT $2
) AS shown JOIN profile.statement USING (bill_id, ordinal) JOIN profile.bill USING (bill_id)
WHERE read_at IS NOT NULL {_LATEST_FIRST} LIMIT $2
"""  # noqa: S608 our own words

# So many rows are read off the end of an index before anything is joined to them, however many there are.
STATEMENTS_OF_PROJECTS = _OF_PROJECTS.format(bounds="")
PAST_STATEMENTS_OF_PROJECTS = _OF_PROJECTS.format(bounds="AND end_date > $3 AND end_date <= $4 AND start_date < $5")
STATEMENTS_OF_METER = _OF_METER.format(bounds="")
PAST_STATEMENTS_OF_METER = _OF_METER.format(
    bounds="AND shown.end_date > $3 AND shown.end_date <= $4 AND shown.start_date < $5"
)

_ACROSS = f"""
WITH RECURSIVE step AS (
    SELECT $3::date AS reach, 0 AS number
    UNION ALL
    SELECT (
        SELECT coalesce(max(shown.end_date), step.reach) FROM {{shown}}
        AND shown.end_date > step.reach AND shown.end_date <= step.reach + $4::integer AND shown.start_date < step.reach
    ), number + 1
    FROM step WHERE number < {ACROSS_STEPS}
), reached AS (SELECT max(reach) AS reach FROM step)
SELECT reach, (
    SELECT count(*) FROM (
        SELECT FROM {{shown}} AND shown.end_date > $3 AND shown.end_date <= reach + $4::integer AND shown.start_date < reach
        LIMIT $2 + 1
    ) AS shared
) AS count
FROM reached
"""  # noqa: S608 our own words

ACROSS_OF_PROJECTS = _ACROSS.format(
    shown="profile.statement AS shown WHERE shown.project_id = ANY($1::uuid[]) AND shown.archived_at IS NULL"
)
ACROSS_OF_METER = _ACROSS.format(
    shown="profile.statement_meter AS shown JOIN profile.statement USING (bill_id, ordinal)"
    " WHERE shown.meter_id = $1 AND archived_at IS NULL"
)

# A meter's own days; where a bill states none they are those of the statement.
FIRST_DAYS = """
SELECT asked.meter_id, first.start_date AS first_day
FROM unnest($1::uuid[]) AS asked (meter_id) CROSS JOIN LATERAL (
    SELECT shown.start_date FROM profile.statement_meter AS shown JOIN profile.statement USING (bill_id, ordinal)
    WHERE shown.meter_id = asked.meter_id AND shown.start_date IS NOT NULL AND archived_at IS NULL
    ORDER BY shown.start_date LIMIT 1
) AS first
"""

LAST_DAYS = """
SELECT asked.meter_id, last.end_date
FROM unnest($1::uuid[]) AS asked (meter_id) CROSS JOIN LATERAL (
    SELECT shown.end_date FROM profile.statement_meter AS shown JOIN profile.statement USING (bill_id, ordinal)
    WHERE shown.meter_id = asked.meter_id AND shown.end_date IS NOT NULL AND archived_at IS NULL
    ORDER BY shown.end_date DESC LIMIT 1
) AS last
"""

_OF_STATEMENTS = "JOIN unnest($1::uuid[], $2::integer[]) AS chosen (bill_id, ordinal) USING (bill_id, ordinal)"

_METERS_SHOWN = f"""
SELECT bill_id, ordinal, meter_id, commodity, start_date, end_date, read_kind, therm_factor, associated_meter_id
FROM profile.statement_meter JOIN profile.meter USING (meter_id) {_OF_STATEMENTS}
ORDER BY bill_id, ordinal, meter_id
"""  # noqa: S608 our own names

_USAGES_STATED = f"""
SELECT bill_id, ordinal, meter_id, commodity, kind, amount, unit, start_date, end_date, estimated
FROM profile.usage {_OF_STATEMENTS} ORDER BY bill_id, ordinal, line
"""  # noqa: S608 our own names

_CHARGES_STATED = f"""
SELECT bill_id, ordinal, meter_id, commodity, kind, amount, currency
FROM profile.charge {_OF_STATEMENTS} ORDER BY bill_id, ordinal, line
"""  # noqa: S608 our own names

# The newest statements by their ends, read off an index; meters with each.
CALENDAR = """
SELECT newest.bill_id, newest.ordinal, newest.revision, shown.meter_id, meter.commodity,
    coalesce(shown.start_date, newest.start_date) AS start_date, coalesce(shown.end_date, newest.end_date) AS end_date,
    coalesce(shown.read_kind, '') AS read_kind
FROM (
    SELECT bill_id, ordinal, revision, start_date, end_date FROM profile.statement
    WHERE account_id = $1 AND archived_at IS NULL AND ($2::uuid IS NULL OR project_id = $2)
    ORDER BY end_date DESC NULLS LAST LIMIT $4
) AS newest
LEFT JOIN profile.statement_meter AS shown USING (bill_id, ordinal)
LEFT JOIN profile.meter USING (meter_id)
WHERE $3::uuid IS NULL OR shown.meter_id = $3
"""
