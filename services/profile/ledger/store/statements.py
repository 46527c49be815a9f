"""SQL that reads the newest state of statements in rows, for calendar months and calendars."""

from collections.abc import Sequence
from typing import Any

from domain.ids import BillId, Position, ProjectId
from domain.period import Period
from domain.quantity import Commodity, Quantity, Unit
from domain.reading import ChargeKind, ReadKind, UsageKind
from runtime.postgres import Connection
from services.profile.fold import Mark
from services.profile.months.ledger_meters import LedgerStatement, ShownMeter, StatedCharge, StatedUsage


async def statements_of_project(connection: Connection, project_id: ProjectId, limit: int) -> list[LedgerStatement]:
    """Return a project's statements with the latest ends, so many at most; those without a period come first."""
    rows = await connection.fetch(_STATEMENTS_OF_PROJECT, project_id, limit)
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
    return ShownMeter(row["meter_id"], Commodity(row["commodity"]), _period(row), estimated, row["therm_factor"])


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


_STATEMENTS_OF_PROJECT = """
SELECT statement.bill_id, ordinal, account_id, currency, new_charges, start_date, end_date, read_at, read_position
FROM profile.statement JOIN profile.bill USING (bill_id)
WHERE statement.project_id = $1 AND archived_at IS NULL AND read_at IS NOT NULL
ORDER BY end_date DESC NULLS FIRST, read_at DESC, read_position DESC, ordinal LIMIT $2
"""

_OF_STATEMENTS = "JOIN unnest($1::uuid[], $2::integer[]) AS chosen (bill_id, ordinal) USING (bill_id, ordinal)"

_METERS_SHOWN = f"""
SELECT bill_id, ordinal, meter_id, commodity, start_date, end_date, read_kind, therm_factor
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
