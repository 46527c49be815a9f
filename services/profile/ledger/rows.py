"""Rows of the ledger as plain data: accounts, meters, statements, usages, charges, and the record that is answered."""

from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import TypeVar

from domain.ids import BillId, ProjectId, TenantId
from protos.profile.v1 import ledger_pb2
from services.profile.fold import Mark


@dataclass(frozen=True, slots=True)
class AccountRow:
    """An account as a bill prints it; ``first_at`` is when the first of several bills was read [UTC]."""

    tenant_id: TenantId
    account_id: str
    issuer_id: str
    issuer_name: str
    number: str
    number_normalised: str
    mark: Mark
    first_at: datetime


@dataclass(frozen=True, slots=True)
class MeterRow:
    """A meter as a bill prints it; ``first_at`` as of an account."""

    tenant_id: TenantId
    meter_id: str
    account_id: str
    commodity: str
    number: str
    number_normalised: str
    service_point: str
    point_normalised: str
    tariff: str
    supplier: str
    mark: Mark
    first_at: datetime


Printed = TypeVar("Printed", AccountRow, MeterRow)


@dataclass(frozen=True, slots=True)
class StatementRow:
    """One statement of a document. Amounts are in ``currency``; those of another currency are None."""

    tenant_id: TenantId
    bill_id: BillId
    ordinal: int
    project_id: ProjectId
    account_id: str | None
    kind: str
    statement_date: date | None
    due_date: date | None
    start_date: date | None
    end_date: date | None
    currency: str | None
    previous_balance: Decimal | None
    payments: Decimal | None
    adjustments: Decimal | None
    new_charges: Decimal | None
    amount_due: Decimal | None
    rebill: bool
    revision: int = 0
    archived_at: datetime | None = None
    archive_reason: str | None = None


@dataclass(frozen=True, slots=True)
class StatementMeterRow:
    """A meter on a statement, and the days it was read over."""

    tenant_id: TenantId
    bill_id: BillId
    ordinal: int
    meter_id: str
    start_date: date | None
    end_date: date | None
    read_kind: str
    therm_factor: Decimal | None


@dataclass(frozen=True, slots=True)
class UsageRow:
    """A quantity that a statement states."""

    tenant_id: TenantId
    bill_id: BillId
    ordinal: int
    line: int
    meter_id: str | None
    commodity: str
    kind: str
    amount: Decimal
    unit: str
    start_date: date | None
    end_date: date | None
    label: str
    measured: bool
    estimated: bool


@dataclass(frozen=True, slots=True)
class ChargeRow:
    """A leaf of a statement's charges."""

    tenant_id: TenantId
    bill_id: BillId
    ordinal: int
    line: int
    meter_id: str | None
    commodity: str | None
    kind: str
    description: str
    section: str
    amount: Decimal
    currency: str
    quantity: Decimal | None
    unit: str | None
    rate: Decimal | None
    start_date: date | None
    end_date: date | None


@dataclass(slots=True)
class Entries:
    """Rows to write, of one bill or of many; accounts and meters once each, as their newest bill prints them."""

    accounts: dict[str, AccountRow] = field(default_factory=dict)
    meters: dict[str, MeterRow] = field(default_factory=dict)
    statements: list[StatementRow] = field(default_factory=list)
    statement_meters: list[StatementMeterRow] = field(default_factory=list)
    usages: list[UsageRow] = field(default_factory=list)
    charges: list[ChargeRow] = field(default_factory=list)
    bodies: dict[int, ledger_pb2.LedgerBill] = field(default_factory=dict)
    """By statement of one bill: the record that is answered, without what its place in the ledger says."""
    revisions: dict[int, int] = field(default_factory=dict)
    """By statement of one bill: the least number of its next record, where corrections of it already took lower ones."""

    def add(self, other: "Entries") -> None:
        """Take another bill's rows in."""
        for account_id, account in other.accounts.items():
            self.accounts[account_id] = _together(self.accounts.get(account_id), account)
        for meter_id, meter in other.meters.items():
            self.meters[meter_id] = _together(self.meters.get(meter_id), meter)
        self.statements += other.statements
        self.statement_meters += other.statement_meters
        self.usages += other.usages
        self.charges += other.charges


def _together(one: Printed | None, other: Printed) -> Printed:
    """Return the row that was printed last, with the time of the first."""
    if one is None:
        return other
    newest = one if other.mark < one.mark else other
    return replace(newest, first_at=min(one.first_at, other.first_at))
