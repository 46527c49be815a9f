"""The rows of each table, made of our records: texts, exact numbers, days, flags; None for what is not known.

Periods stand as bills state them to people: first day and last day, both inclusive.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TypeAlias

from gateway.days import last_day
from gateway.messages import month_source
from protos.profile.v1 import ledger_pb2, profile_pb2
from protos.values.v1 import values_pb2

Cell: TypeAlias = str | Decimal | int | bool | date | None
Row: TypeAlias = tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table's name and its columns, in order."""

    name: str
    columns: tuple[str, ...]


BILLS = Table(
    "bills",
    (
        "ledger_bill_id",
        "utility_bill_id",
        "statement",
        "project_id",
        "account_id",
        "kind",
        "archived",
        "archive_reason",
        "original_ledger_bill_id",
        "issuer",
        "account_number",
        "invoice_number",
        "statement_date",
        "due_date",
        "first_day",
        "last_day",
        "currency",
        "previous_balance",
        "payments",
        "adjustments",
        "new_charges",
        "amount_due",
        "past_due",
        "estimated",
        "holder",
        "service_address",
    ),
)
CHARGES = Table(
    "charges",
    (
        "ledger_bill_id",
        "line",
        "meter_id",
        "commodity",
        "kind",
        "section",
        "description",
        "amount",
        "currency",
        "quantity",
        "unit",
        "rate",
        "first_day",
        "last_day",
    ),
)
USAGES = Table(
    "usages",
    (
        "ledger_bill_id",
        "line",
        "meter_id",
        "commodity",
        "kind",
        "label",
        "amount",
        "unit",
        "first_day",
        "last_day",
        "estimated",
        "supply",
        "kbtus",
        "lbs_co2",
        "gallons",
    ),
)
MONTHS = Table(
    "months",
    (
        "month",
        "distribution_kbtus",
        "distribution_lbs_co2",
        "gallons",
        "demand_consumption",
        "usage_cost",
        "demand_cost",
        "service_cost",
        "interim_rate_cost",
        "other_applied_cost",
        "tax_cost",
        "total_cost",
        "currency",
        "estimated",
        "month_complete",
        "days_covered",
        "days_in_month",
    ),
)
LOAD_PROFILE = Table(
    "load_profile",
    ("month", "year", "energy_kwh", "cost", "currency", "source", "days_covered", "days_in_month", "utility_bill_id"),
)


def bill_rows(bill: ledger_pb2.LedgerBill) -> Iterator[Row]:
    """Yield the one row of a bill."""
    first, last = _days(bill, "period")
    yield (
        bill.ledger_bill_id,
        bill.bill_id,
        bill.statement,
        bill.project_id or None,
        bill.account_id or None,
        bill.kind or None,
        bill.archived,
        bill.archive_reason or None,
        bill.original_ledger_bill_id or None,
        bill.issuer_name or None,
        bill.account_number or None,
        bill.invoice_number or None,
        _day(bill.statement_date),
        _day(bill.due_date),
        first,
        last,
        bill.currency or None,
        _money(bill, "previous_balance"),
        _money(bill, "payments"),
        _money(bill, "adjustments"),
        _money(bill, "new_charges"),
        _money(bill, "amount_due"),
        bill.past_due,
        bill.estimated,
        bill.holder or None,
        bill.service_address or None,
    )


def charge_rows(bill: ledger_pb2.LedgerBill) -> Iterator[Row]:
    """Yield a row a charge."""
    for charge in bill.charges:
        first, last = _days(charge, "period")
        yield (
            bill.ledger_bill_id,
            charge.line,
            charge.meter_id or None,
            charge.commodity or None,
            charge.kind or None,
            charge.section or None,
            charge.description or None,
            _money(charge, "amount"),
            charge.amount.currency or None,
            Decimal(charge.quantity.amount) if charge.HasField("quantity") else None,
            charge.quantity.unit or None,
            _number(charge.rate),
            first,
            last,
        )


def usage_rows(bill: ledger_pb2.LedgerBill) -> Iterator[Row]:
    """Yield a row a usage."""
    for usage in bill.usages:
        first, last = _days(usage, "period")
        yield (
            bill.ledger_bill_id,
            usage.line,
            usage.meter_id or None,
            usage.commodity or None,
            usage.kind or None,
            usage.label or None,
            _number(usage.quantity.amount),
            usage.quantity.unit or None,
            first,
            last,
            usage.estimated,
            usage.supply,
            _number(usage.kbtus),
            _number(usage.lbs_co2),
            _number(usage.gallons),
        )


def month_rows(months: profile_pb2.ListMonthsResponse) -> Iterator[Row]:
    """Yield a row a calendar month."""
    for month in months.months:
        yield (
            _day(month.month),
            _number(month.distribution_kbtus),
            _number(month.distribution_lbs_co2),
            _number(month.gallons),
            _number(month.demand_consumption),
            _number(month.usage_cost),
            _number(month.demand_cost),
            _number(month.service_cost),
            _number(month.interim_rate_cost),
            _number(month.other_applied_cost),
            _number(month.tax_cost),
            _number(month.total_cost),
            months.currency or None,
            month.estimated,
            month.month_complete,
            month.days_covered,
            month.days_in_month,
        )


def load_profile_rows(profile: profile_pb2.LoadProfile) -> Iterator[Row]:
    """Yield twelve rows, January first."""
    for month in profile.months:
        yield (
            month.month,
            month.year or None,
            _number(month.energy_kwh),
            _money(month, "cost"),
            month.cost.currency or None,
            month_source(month),
            month.days_covered,
            month.days_in_month,
            month.bill_id or None,
        )


def _money(message: object, name: str) -> Decimal | None:
    money: values_pb2.Money = getattr(message, name)
    return Decimal(money.amount) if money.amount else None


def _number(text: str) -> Decimal | None:
    return Decimal(text) if text else None


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _days(message: object, name: str) -> tuple[date | None, date | None]:
    period: values_pb2.Period = getattr(message, name)
    if not period.start or not period.end:
        return None, None
    return date.fromisoformat(period.start), last_day(period)
