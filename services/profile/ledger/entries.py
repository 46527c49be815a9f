"""Ledger entries out of a bill's readings: accounts, meters, statements, usages and charges as rows of plain data.

Ids of accounts and meters are made from what identifies them (UUID version 5), so any order of bills, and any replay, makes
the same ones.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from domain.evidence import Fact
from domain.ids import BillId, ProjectId, TenantId
from domain.money import Money
from domain.period import Period
from domain.reading import Charge, DocumentKind, Meter, Reading, ReadKind, Source, Usage
from protos.values.v1 import reading_pb2
from runtime.uuids import named_id
from services.profile.fold import Mark
from services.profile.ledger.body import body_of, currency_of
from services.profile.ledger.numbers import normalised
from services.profile.ledger.rows import (
    AccountRow,
    ChargeRow,
    Entries,
    MeterRow,
    StatementMeterRow,
    StatementRow,
    UsageRow,
)

_NAMESPACE = UUID("5f0d6c5e-3c0e-5a63-9d0b-6b1e3f1f2a44")
"""Our own namespace for ids made from names (RFC 9562, version 5)."""


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose bill it is, and which completion read it."""

    tenant_id: TenantId
    project_id: ProjectId
    bill_id: BillId
    mark: Mark


def entries_of(owner: Owner, readings: Sequence[Reading], messages: Sequence[reading_pb2.Reading]) -> Entries:
    """Return the rows of one bill, whose readings are given twice: as read, and as messages; what is no bill has none."""
    entries = Entries()
    for ordinal, (reading, message) in enumerate(zip(readings, messages, strict=True), 1):
        if reading.kind is not DocumentKind.NOT_A_BILL:
            _Statement(owner, ordinal, reading, message, entries).write()
    return entries


class _Statement:
    """Writes the rows of one statement."""

    def __init__(
        self, owner: Owner, ordinal: int, reading: Reading, message: reading_pb2.Reading, entries: Entries
    ) -> None:
        self._owner = owner
        self._ordinal = ordinal
        self._reading = reading
        self._message = message
        self._entries = entries
        self._meter_ids: dict[str, str] = {}
        self._read_kinds: dict[str, ReadKind | None] = {meter.meter_key: meter.read_kind for meter in reading.meters}
        self._currency = currency_of(reading)

    def write(self) -> None:
        reading, owner = self._reading, self._owner
        account_id = self._account()
        start, end = _days(reading.period.value if reading.period else None)
        self._entries.statements.append(
            StatementRow(
                owner.tenant_id,
                owner.bill_id,
                self._ordinal,
                owner.project_id,
                account_id,
                reading.kind.value,
                reading.statement_date.value if reading.statement_date else None,
                reading.due_date.value if reading.due_date else None,
                start,
                end,
                self._currency or None,
                self._amount(reading.previous_balance),
                self._amount(reading.payments),
                self._amount(reading.adjustments),
                self._amount(reading.new_charges),
                self._amount(reading.amount_due),
                reading.rebill,
            )
        )
        if account_id is not None:
            for meter in reading.meters:
                self._meter(account_id, meter)
        self._entries.usages += [self._usage(line, usage) for line, usage in enumerate(reading.usages, 1)]
        self._entries.charges += [self._charge(line, charge) for line, charge in enumerate(reading.charges, 1)]
        self._entries.bodies[self._ordinal] = body_of(reading, self._message, account_id, self._meter_ids)

    def _account(self) -> str | None:
        reading, owner = self._reading, self._owner
        number = _text(reading.account_number)
        key = normalised(number)
        if not key:
            return None
        issuer_id = storable(reading.issuer.issuer_id) if reading.issuer else ""
        account_id = named_id(_NAMESPACE, f"account/{owner.tenant_id}/{issuer_id}/{key}")
        issuer_name = _text(reading.issuer.name) if reading.issuer else ""
        self._entries.accounts[account_id] = AccountRow(
            owner.tenant_id, account_id, issuer_id, issuer_name, number, key, owner.mark, owner.mark.completed_at
        )
        return account_id

    def _meter(self, account_id: str, meter: Meter) -> None:
        owner = self._owner
        number, point = _text(meter.number), _text(meter.service_point_id)
        identity = normalised(number) or normalised(point)
        meter_id = named_id(_NAMESPACE, f"meter/{account_id}/{meter.commodity}/{identity}")
        known = self._entries.meters.get(meter_id)
        self._meter_ids[meter.meter_key] = meter_id
        self._entries.meters[meter_id] = MeterRow(
            owner.tenant_id,
            meter_id,
            account_id,
            meter.commodity.value,
            number,
            normalised(number),
            point,
            normalised(point),
            _text(meter.tariff) or (known.tariff if known else ""),
            _text(meter.supplier) or (known.supplier if known else ""),
            owner.mark,
            owner.mark.completed_at,
        )
        seen = [row for row in self._entries.statement_meters if row.ordinal == self._ordinal]
        if all(row.meter_id != meter_id for row in seen):
            start, end = _days(self._period(meter.period.value if meter.period else None))
            kind = meter.read_kind.value if meter.read_kind else ""
            self._entries.statement_meters.append(
                StatementMeterRow(
                    owner.tenant_id,
                    owner.bill_id,
                    self._ordinal,
                    meter_id,
                    start,
                    end,
                    kind,
                    meter.therm_factor.value if meter.therm_factor else None,
                )
            )

    def _usage(self, line: int, usage: Usage) -> UsageRow:
        quantity = usage.quantity.value
        start, end = _days(self._period(usage.period))
        return UsageRow(
            self._owner.tenant_id,
            self._owner.bill_id,
            self._ordinal,
            line,
            self._meter_ids.get(usage.meter_key or ""),
            usage.commodity.value,
            usage.kind.value,
            quantity.amount,
            quantity.unit.value,
            start,
            end,
            storable(usage.label),
            usage.source is Source.MEASURED,
            self._read_kinds.get(usage.meter_key or "") is ReadKind.ESTIMATED,
        )

    def _charge(self, line: int, charge: Charge) -> ChargeRow:
        start, end = _days(self._period(charge.period))
        quantity = charge.quantity.value if charge.quantity else None
        return ChargeRow(
            self._owner.tenant_id,
            self._owner.bill_id,
            self._ordinal,
            line,
            self._meter_ids.get(charge.meter_key or ""),
            charge.commodity.value if charge.commodity else None,
            charge.kind.value,
            storable(charge.description),
            storable(charge.section),
            charge.amount.value.amount,
            charge.amount.value.currency,
            quantity.amount if quantity else None,
            quantity.unit.value if quantity else None,
            charge.rate.value if charge.rate else None,
            start,
            end,
        )

    def _period(self, own: Period | None) -> Period | None:
        return own or (self._reading.period.value if self._reading.period else None)

    def _amount(self, fact: Fact[Money] | None) -> Decimal | None:
        return fact.value.amount if fact is not None and fact.value.currency == self._currency else None


def _text(fact: Fact[str] | None) -> str:
    return storable(fact.value) if fact is not None else ""


def storable(text: str) -> str:
    """Return a text without NUL, the one character that a hostile document can print and PostgreSQL cannot hold."""
    return text.replace("\0", "")


def _days(period: Period | None) -> tuple[date | None, date | None]:
    return (None, None) if period is None else (period.start, period.end)
