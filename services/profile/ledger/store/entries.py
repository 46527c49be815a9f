"""SQL that writes and erases the ledger's rows: accounts, meters, statements, usages, charges."""

from collections.abc import Sequence
from dataclasses import fields
from operator import attrgetter
from typing import Any

from domain.ids import BillId
from runtime.postgres import Connection
from services.profile.ledger.rows import ChargeRow, Entries, StatementMeterRow, StatementRow, UsageRow
from services.profile.writes import Writes, columns


async def erase_statements(connection: Connection, bill_ids: Sequence[BillId]) -> None:
    """Delete the statements of bills with all that hangs on them; accounts and meters stay until ``forget_unseen``."""
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


def write_entries(writes: Writes, entries: Entries) -> None:
    """Insert the rows of bills that have none; accounts and meters keep the printed forms of their newest bill."""
    accounts = sorted(entries.accounts.values(), key=lambda row: row.account_id)
    if accounts:
        writes.add(
            _WRITE_ACCOUNTS,
            *columns(
                [
                    (
                        row.tenant_id,
                        row.account_id,
                        row.issuer_id,
                        row.issuer_name,
                        row.number,
                        row.number_normalised,
                        row.first_at,
                        row.mark.completed_at,
                        row.mark.position,
                    )
                    for row in accounts
                ]
            ),
        )
    meters = sorted(entries.meters.values(), key=lambda row: row.meter_id)
    if meters:
        writes.add(
            _WRITE_METERS,
            *columns(
                [
                    (
                        row.tenant_id,
                        row.meter_id,
                        row.account_id,
                        row.commodity,
                        row.number,
                        row.number_normalised,
                        row.service_point,
                        row.point_normalised,
                        row.tariff,
                        row.supplier,
                        row.first_at,
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
            writes.add(sql, *columns(_as_tuples(rows)))


def _as_tuples(rows: Sequence[Any]) -> list[tuple[Any, ...]]:
    return list(map(attrgetter(*(one.name for one in fields(rows[0]))), rows))


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
    "revision": "integer",
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
    if column.endswith("_at"):
        return "timestamptz"
    return "date" if column.endswith("_date") else _TYPES.get(column, "text")


_WRITE_STATEMENTS = _insert("statement", StatementRow)
_WRITE_STATEMENT_METERS = _insert("statement_meter", StatementMeterRow)
_WRITE_USAGES = _insert("usage", UsageRow)
_WRITE_CHARGES = _insert("charge", ChargeRow)

_NEWER = "(known.printed_at, known.printed_position) <= (excluded.printed_at, excluded.printed_position)"
"""Whether the bill in hand was read later than the one whose printed forms stand, or is that one, corrected."""


def _newer(*names: str) -> str:
    return ", ".join(f"{name} = CASE WHEN {_NEWER} THEN excluded.{name} ELSE known.{name} END" for name in names)


_WRITE_ACCOUNTS = f"""
INSERT INTO profile.account AS known (tenant_id, account_id, issuer_id, issuer_name, number, number_normalised,
    created_at, printed_at, printed_position)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::timestamptz[],
    $8::timestamptz[], $9::bigint[])
ON CONFLICT (account_id) DO UPDATE SET created_at = least(known.created_at, excluded.created_at),
    {_newer("issuer_name", "number", "printed_at", "printed_position")}
"""  # noqa: S608 our own names

_WRITE_METERS = f"""
INSERT INTO profile.meter AS known (tenant_id, meter_id, account_id, commodity, number, number_normalised,
    service_point, point_normalised, tariff, supplier, created_at, printed_at, printed_position)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[],
    $7::text[], $8::text[], $9::text[], $10::text[], $11::timestamptz[], $12::timestamptz[], $13::bigint[])
ON CONFLICT (meter_id) DO UPDATE SET created_at = least(known.created_at, excluded.created_at),
    {_newer("number", "service_point", "point_normalised", "tariff", "supplier", "printed_at", "printed_position")}
"""  # noqa: S608 our own names

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
