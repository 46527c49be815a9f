"""The record of a bill as its message: everything that the reading says, tied to the ledger's own accounts and meters.

Where the record stands in the ledger (its ids, whether it is archived, by what) is not in it: that changes, this does not.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from domain.evidence import Fact
from domain.money import Money
from domain.period import Period
from domain.quantity import Quantity
from domain.reading import Charge, Meter, Reading, ReadKind, Usage
from protos.profile.v1 import ledger_pb2
from protos.values.v1 import reading_pb2
from runtime.wire import Fields, decimal_text
from services.profile.months.meter_months import cost_kind


def body_of(
    reading: Reading, message: reading_pb2.Reading, account_id: str | None, meter_ids: Mapping[str, str]
) -> ledger_pb2.LedgerBill:
    """Return the record of a statement, given twice: as read, and as the message that says the same.

    ``meter_ids`` are the ledger's meters by their keys in the reading.
    """
    estimated = {meter.meter_key for meter in reading.meters if meter.read_kind is ReadKind.ESTIMATED}
    fields: Fields = {
        "statement": 0,
        "account_id": account_id or "",
        "kind": reading.kind.value,
        "issuer_id": reading.issuer.issuer_id if reading.issuer else "",
        "issuer_name": _text(reading.issuer.name if reading.issuer else None),
        "country": _text(reading.country),
        "currency": currency_of(reading),
        "account_number": _text(reading.account_number),
        "holder": _text(reading.holder),
        "service_address": _text(reading.service_address),
        "mailing_address": _text(reading.mailing_address),
        "invoice_number": _text(reading.invoice_number),
        "statement_date": _day(reading.statement_date),
        "due_date": _day(reading.due_date),
        "period": _period(reading.period.value if reading.period else None),
        "period_end_inclusive": reading.period_end_inclusive,
        "previous_balance": _money(reading.previous_balance),
        "payments": _money(reading.payments),
        "adjustments": _money(reading.adjustments),
        "new_charges": _money(reading.new_charges),
        "amount_due": _money(reading.amount_due),
        "deposit": _money(reading.deposit),
        "unpaid_balance": _unpaid(reading),
        "past_due": reading.past_due,
        "auto_pay": reading.auto_pay,
        "rebill": reading.rebill,
        "estimated": bool(estimated),
        "meters": [_meter(line, meter, reading, meter_ids) for line, meter in enumerate(reading.meters)],
        "usages": [
            _usage(line, usage, reading, meter_ids, estimated=usage.meter_key in estimated)
            for line, usage in enumerate(reading.usages)
        ],
        "charges": [_charge(line, charge, reading, meter_ids) for line, charge in enumerate(reading.charges)],
        "commodity_totals": [
            {"commodity": one.commodity.value, "cost": _money(one.cost)} for one in reading.commodity_totals
        ],
        "proofs": message.proofs,
        "findings": message.findings,
        "engine_version": reading.engine_version,
    }
    return ledger_pb2.LedgerBill(**fields)


def _meter(line: int, meter: Meter, reading: Reading, meter_ids: Mapping[str, str]) -> Fields:
    own = meter.period or reading.period
    return {
        "line": line,
        "meter_id": meter_ids.get(meter.meter_key, ""),
        "number": _text(meter.number),
        "commodity": meter.commodity.value,
        "service_point": _text(meter.service_point_id),
        "tariff": _text(meter.tariff),
        "supplier": _text(meter.supplier),
        "period": _period(own.value if own else None),
        "previous_read": _number(meter.previous_read),
        "current_read": _number(meter.current_read),
        "multiplier": _number(meter.multiplier),
        "therm_factor": _number(meter.therm_factor),
        "read_kind": meter.read_kind.value if meter.read_kind else "",
    }


def _usage(line: int, usage: Usage, reading: Reading, meter_ids: Mapping[str, str], *, estimated: bool) -> Fields:
    return {
        "line": line,
        "meter_id": meter_ids.get(usage.meter_key or "", ""),
        "commodity": usage.commodity.value,
        "kind": usage.kind.value,
        "quantity": _quantity(usage.quantity.value),
        "period": _days_of_line(usage.period, usage.meter_key, reading),
        "label": usage.label,
        "source": usage.source.value,
        "estimated": estimated,
    }


def _charge(line: int, charge: Charge, reading: Reading, meter_ids: Mapping[str, str]) -> Fields:
    return {
        "line": line,
        "meter_id": meter_ids.get(charge.meter_key or "", ""),
        "commodity": charge.commodity.value if charge.commodity else "",
        "kind": charge.kind.value,
        "cost_kind": cost_kind(charge.kind).value,
        "description": charge.description,
        "section": charge.section,
        "amount": _money(charge.amount),
        "quantity": _quantity(charge.quantity.value) if charge.quantity else None,
        "rate": _number(charge.rate),
        "period": _days_of_line(charge.period, charge.meter_key, reading),
    }


def _days_of_line(own: Period | None, meter_key: str | None, reading: Reading) -> Fields | None:
    """Return a line's own days, else its meter's, else the bill's."""
    meter = next((one for one in reading.meters if one.meter_key == meter_key), None)
    inherited = (meter.period if meter else None) or reading.period
    return _period(own or (inherited.value if inherited else None))


def _unpaid(reading: Reading) -> Fields | None:
    before, paid = reading.previous_balance, reading.payments
    if before is None or paid is None or before.value.currency != paid.value.currency:
        return None
    return _told(before.value - paid.value)


def currency_of(reading: Reading) -> str:
    """Return the currency that a bill states, else that of its first amount, "" where it has none."""
    if reading.currency is not None:
        return reading.currency.value
    facts = (reading.amount_due, reading.new_charges, reading.previous_balance)
    return next((fact.value.currency for fact in facts if fact is not None), "")


def _text(fact: Fact[str] | None) -> str:
    return fact.value if fact is not None else ""


def _day(fact: Fact[date] | None) -> str:
    return fact.value.isoformat() if fact is not None else ""


def _number(fact: Fact[Decimal] | None) -> str:
    return decimal_text(fact.value) if fact is not None else ""


def _money(fact: Fact[Money] | None) -> Fields | None:
    return _told(fact.value) if fact is not None else None


def _told(money: Money) -> Fields:
    return {"amount": decimal_text(money.amount), "currency": money.currency}


def _quantity(quantity: Quantity) -> Fields:
    return {"amount": decimal_text(quantity.amount), "unit": quantity.unit.value}


def _period(period: Period | None) -> Fields | None:
    return None if period is None else {"start": period.start.isoformat(), "end": period.end.isoformat()}
