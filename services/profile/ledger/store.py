"""Every SQL statement about ledger entries: accounts, meters, statements, usages, charges."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from domain.ids import BillId, Position, ProjectId
from domain.period import Period
from domain.quantity import Commodity, Quantity, Unit
from domain.reading import ChargeKind, ReadKind, UsageKind
from runtime.postgres import Connection
from services.profile.fold import Mark
from services.profile.ledger.entries import ChargeRow, Entries, StatementMeterRow, StatementRow, UsageRow
from services.profile.months.ledger_meters import LedgerStatement, ShownMeter, StatedCharge, StatedUsage


@dataclass(frozen=True, slots=True)
class Account:
    """An account of a project with its meters, as their newest bills print them."""

    account_id: str
    issuer_id: str
    issuer_name: str
    number: str
    created_at: datetime
    meters: tuple["AccountMeter", ...]


@dataclass(frozen=True, slots=True)
class AccountMeter:
    """A meter of an account."""

    meter_id: str
    number: str
    commodity: str
    tariff: str


async def erase_entries(connection: Connection, bill_ids: Sequence[BillId]) -> None:
    """Delete the readings and entries of bills, and the accounts and meters that no bill shows any more.

    Call ``write_entries`` first where the same bills get new ones, or their accounts would go and come back.
    """
    await connection.execute(_ERASE_READINGS, bill_ids)
    await connection.execute(_ERASE_STATEMENTS, bill_ids)


async def forget_unseen(connection: Connection, account_ids: Sequence[str]) -> None:
    """Delete those of the accounts, and of their meters, that no bill shows any more."""
    if account_ids:
        await connection.execute(_FORGET_METERS, account_ids)
        await connection.execute(_FORGET_ACCOUNTS, account_ids)


async def accounts_of_bills(connection: Connection, bill_ids: Sequence[BillId]) -> list[str]:
    """Return the accounts that these bills show now."""
    rows = await connection.fetch(_ACCOUNTS_OF_BILLS, bill_ids)
    return [row["account_id"] for row in rows]


async def write_entries(connection: Connection, entries: Entries) -> None:
    """Insert the rows of bills that have none; accounts and meters keep the printed forms of their newest bill."""
    accounts = sorted(entries.accounts.values(), key=lambda row: row.account_id)
    if accounts:
        await connection.execute(
            _WRITE_ACCOUNTS,
            *_columns(
                [
                    (
                        row.tenant_id,
                        row.account_id,
                        row.issuer_id,
                        row.issuer_name,
                        row.number,
                        row.number_normalised,
                        row.mark.completed_at,
                        row.mark.position,
                    )
                    for row in accounts
                ]
            ),
        )
    meters = sorted(entries.meters.values(), key=lambda row: row.meter_id)
    if meters:
        await connection.execute(
            _WRITE_METERS,
            *_columns(
                [
                    (
                        row.tenant_id,
                        row.meter_id,
                        row.account_id,
                        row.commodity,
                        row.number,
                        row.number_normalised,
                        row.service_point,
                        row.tariff,
                        row.supplier,
                        row.mark.completed_at,
                        row.mark.position,
                    )
                    for row in meters
                ]
            ),
        )
    for sql, rows in (
        (_WRITE_STATEMENTS, entries.statements),
        (_WRITE_STATEMENT_METERS, entries.statement_meters),
        (_WRITE_USAGES, entries.usages),
        (_WRITE_CHARGES, entries.charges),
    ):
        if rows:
            await connection.execute(sql, *_columns(_as_tuples(rows)))


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


async def accounts_page(
    connection: Connection, project_id: ProjectId, before: tuple[datetime, str] | None, limit: int
) -> list[Account]:
    """Return a project's accounts, newest first, behind a (created_at, account_id) where one is given."""
    rows = await connection.fetch(ACCOUNTS_PAGE, project_id, *(before or (None, None)), limit)
    meters: dict[str, list[AccountMeter]] = {}
    for row in await connection.fetch(_METERS_OF_ACCOUNTS, [row["account_id"] for row in rows]):
        meter = AccountMeter(row["meter_id"], row["number"], row["commodity"], row["tariff"])
        meters.setdefault(row["account_id"], []).append(meter)
    return [
        Account(
            row["account_id"],
            row["issuer_id"],
            row["issuer_name"],
            row["number"],
            row["created_at"],
            tuple(meters.get(row["account_id"], ())),
        )
        for row in rows
    ]


def _as_tuples(rows: Sequence[Any]) -> list[tuple[Any, ...]]:
    names = [one.name for one in fields(rows[0])]
    return [tuple(getattr(row, name) for name in names) for row in rows]


def _columns(rows: Iterable[tuple[Any, ...]]) -> list[list[Any]]:
    """Turn rows into one array a column: a statement then takes any number of rows in one round trip."""
    return [list(column) for column in zip(*rows, strict=True)]


_TYPES = {
    "amount": "numeric",
    "previous_balance": "numeric",
    "payments": "numeric",
    "adjustments": "numeric",
    "new_charges": "numeric",
    "amount_due": "numeric",
    "quantity": "numeric",
    "rate": "numeric",
    "therm_factor": "numeric",
    "ordinal": "integer",
    "line": "integer",
    "rebill": "boolean",
    "measured": "boolean",
    "estimated": "boolean",
}


def _insert(table: str, row: type) -> str:
    names = [one.name for one in fields(row)]
    arrays = ", ".join(f"${at}::{_type_of(name)}[]" for at, name in enumerate(names, 1))
    return f"INSERT INTO profile.{table} ({', '.join(names)}) SELECT * FROM unnest({arrays})"  # noqa: S608 our own names


def _type_of(column: str) -> str:
    if column.endswith("_id"):
        return "uuid"
    return "date" if column.endswith("_date") else _TYPES.get(column, "text")


_WRITE_STATEMENTS = _insert("statement", StatementRow)
_WRITE_STATEMENT_METERS = _insert("statement_meter", StatementMeterRow)
_WRITE_USAGES = _insert("usage", UsageRow)
_WRITE_CHARGES = _insert("charge", ChargeRow)

_NEWER = "(known.printed_at, known.printed_position) < (excluded.printed_at, excluded.printed_position)"
"""Whether the bill in hand was read later than the one whose printed forms stand."""


def _newer(*names: str) -> str:
    return ", ".join(f"{name} = CASE WHEN {_NEWER} THEN excluded.{name} ELSE known.{name} END" for name in names)


_WRITE_ACCOUNTS = f"""
INSERT INTO profile.account AS known (tenant_id, account_id, issuer_id, issuer_name, number, number_normalised,
    created_at, printed_at, printed_position)
SELECT tenant_id, account_id, issuer_id, issuer_name, number, number_normalised, at, at, position
FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::timestamptz[], $8::bigint[])
    AS new (tenant_id, account_id, issuer_id, issuer_name, number, number_normalised, at, position)
ON CONFLICT (account_id) DO UPDATE SET created_at = least(known.created_at, excluded.created_at),
    {_newer("issuer_name", "number", "printed_at", "printed_position")}
"""  # noqa: S608 our own names

_WRITE_METERS = f"""
INSERT INTO profile.meter AS known (tenant_id, meter_id, account_id, commodity, number, number_normalised,
    service_point, tariff, supplier, printed_at, printed_position)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[],
    $7::text[], $8::text[], $9::text[], $10::timestamptz[], $11::bigint[])
ON CONFLICT (meter_id) DO UPDATE SET
    {_newer("number", "service_point", "tariff", "supplier", "printed_at", "printed_position")}
"""  # noqa: S608 our own names

_ERASE_READINGS = "DELETE FROM profile.reading WHERE bill_id = ANY($1::uuid[])"
_ERASE_STATEMENTS = "DELETE FROM profile.statement WHERE bill_id = ANY($1::uuid[])"

_ACCOUNTS_OF_BILLS = """
SELECT DISTINCT account_id FROM profile.statement WHERE bill_id = ANY($1::uuid[]) AND account_id IS NOT NULL
"""

_FORGET_METERS = """
DELETE FROM profile.meter WHERE account_id = ANY($1::uuid[]) AND NOT EXISTS (
    SELECT FROM profile.statement_meter AS shown
    WHERE shown.meter_id = meter.meter_id)
"""

_FORGET_ACCOUNTS = """
DELETE FROM profile.account WHERE account_id = ANY($1::uuid[]) AND NOT EXISTS (
    SELECT FROM profile.statement AS shown
    WHERE shown.account_id = account.account_id)
"""

# Steps from one account to the next in the index: a project of a hundred thousand statements has a handful of accounts.
ACCOUNTS_PAGE = """
WITH RECURSIVE shown AS (
    (SELECT account_id FROM profile.statement
    WHERE project_id = $1 AND account_id IS NOT NULL ORDER BY account_id LIMIT 1)
    UNION ALL
    SELECT (SELECT account_id FROM profile.statement
        WHERE project_id = $1 AND account_id > shown.account_id ORDER BY account_id LIMIT 1)
    FROM shown WHERE shown.account_id IS NOT NULL
)
SELECT account_id, issuer_id, issuer_name, number, created_at FROM profile.account JOIN shown USING (account_id)
WHERE $2::timestamptz IS NULL OR (created_at, account_id) < ($2, $3::uuid)
ORDER BY created_at DESC, account_id DESC LIMIT $4
"""

_METERS_OF_ACCOUNTS = """
SELECT meter_id, account_id, number, commodity, tariff FROM profile.meter
WHERE account_id = ANY($1::uuid[]) ORDER BY account_id, commodity, number, meter_id
"""

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
