"""The summary of a reading: the few flat facts that people and scores ask for first.

Amounts stay ``Decimal``; ``summary_json`` writes them as plain JSON numbers, the one edge where they become text.
"""

import json
import re
from datetime import date
from decimal import Decimal
from typing import Any

from domain.evidence import Fact
from domain.quantity import Commodity, Unit
from domain.reading import Meter, Reading, Usage, UsageKind

HISTORY_KEYS = {
    Unit.KWH: "kwh",
    Unit.THERM: "therms",
    Unit.HCF: "hcf",
    Unit.GALLON: "gal",
    Unit.CCF: "ccf",
    Unit.CUBIC_METRE: "m3",
}
"""The key of a past month's quantity by unit; other units stand under ``quantity`` with their ``unit``."""
UNIT_NAMES = {Unit.THERM: "therms"}
STANDARD_METRE = re.compile(r"\b(?:Smc|Sm3|Sm³|SCM|Nm3|Nm³)(?!\w)", re.IGNORECASE)
PARTS = (UsageKind.ON_PEAK, UsageKind.MID_PEAK, UsageKind.OFF_PEAK, UsageKind.TIER)


def summary(reading: Reading) -> dict[str, Any]:
    """Return the summary of one statement, its keys in a fixed order, None for what the page does not say."""
    return {
        "utility": reading.issuer.name.value if reading.issuer else None,
        "account_number": _value(reading.account_number),
        "invoice_number": _value(reading.invoice_number),
        "currency": _value(reading.currency),
        "country": _value(reading.country),
        "statement_date": _day(_value(reading.statement_date)),
        "due_date": _day(_value(reading.due_date)),
        "billing_period_from": _day(reading.period.value.start) if reading.period else None,
        "billing_period_to": _last_printed(reading),
        "electricity_kwh": _kwh(reading),
        "electricity_cost": _cost(reading, Commodity.ELECTRICITY),
        "demand_kw": _demand(reading),
        "gas": _commodity(reading, Commodity.GAS),
        "water": _commodity(reading, Commodity.WATER),
        "total_amount_due": reading.amount_due.value.amount if reading.amount_due else None,
        "new_charges_amount": reading.new_charges.value.amount if reading.new_charges else None,
        "previous_balance": reading.previous_balance.value.amount if reading.previous_balance else None,
        "payments_received": reading.payments.value.amount if reading.payments else None,
        "meters": [_meter(reading, meter) for meter in reading.meters],
        "line_items": [{"description": c.description, "amount": c.amount.value.amount} for c in reading.charges],
        "usage_history": _history(reading),
    }


def merged_summary(readings: tuple[Reading, ...]) -> dict[str, Any]:
    """Return the summary of a document: that of its first statement, and how many there are where several."""
    first = summary(readings[0])
    if len(readings) > 1:
        first["statements"] = len(readings)
    return first


def summary_json(reading: Reading) -> str:
    """Return the summary as one line of JSON with plain numbers."""
    return to_json(summary(reading))


def to_json(value: Any) -> str:
    """Return JSON in which every Decimal is a plain number, digit for digit.

    Raises:
        TypeError: the value holds something that JSON has no form for.
    """
    match value:
        case None | bool() | int() | str():
            return json.dumps(value, ensure_ascii=False)
        case Decimal():
            return format(value, "f")
        case date():
            return json.dumps(value.isoformat())
        case dict():
            return "{" + ", ".join(f"{json.dumps(str(key))}: {to_json(one)}" for key, one in value.items()) + "}"
        case list() | tuple():
            return "[" + ", ".join(to_json(one) for one in value) + "]"
        case _:
            raise TypeError(f"no JSON form for {type(value).__name__}")


def _value(fact: Fact[Any] | None) -> Any:
    return fact.value if fact is not None else None


def _day(day: date | None) -> str | None:
    return day.isoformat() if day is not None else None


def _last_printed(reading: Reading) -> str | None:
    """Return the period's last day as the bill prints it."""
    if reading.period is None:
        return None
    period = reading.period.value
    return _day(period.last_day if reading.period_end_inclusive else period.end)


def _total(reading: Reading, commodity: Commodity) -> Usage | None:
    """Return the bill's total of a commodity, else that of its only meter."""
    mine = [u for u in reading.usages if u.commodity is commodity and u.kind in (UsageKind.TOTAL, UsageKind.NET)]
    whole = [usage for usage in mine if usage.meter_key is None]
    return whole[0] if whole else mine[0] if len(mine) == 1 else None


def _kwh(reading: Reading) -> Decimal | None:
    total = _total(reading, Commodity.ELECTRICITY)
    return total.quantity.value.kwh() if total else None


def _cost(reading: Reading, commodity: Commodity) -> Decimal | None:
    return next((t.cost.value.amount for t in reading.commodity_totals if t.commodity is commodity), None)


def _commodity(reading: Reading, commodity: Commodity) -> dict[str, Any] | None:
    total, cost = _total(reading, commodity), _cost(reading, commodity)
    if total is None and cost is None:
        return None
    return {
        "amount": total.quantity.value.amount if total else None,
        "unit": _printed_unit(total) if total else None,
        "cost": cost,
    }


def _unit(unit: Unit) -> str:
    return UNIT_NAMES.get(unit, unit.value)


def _printed_unit(usage: Usage) -> str:
    """Return the unit of a use; a cubic metre of gas under standard pressure by the sign that the bill prints for it."""
    unit = usage.quantity.value.unit
    printed = STANDARD_METRE.search(usage.quantity.evidence.text) if unit is Unit.CUBIC_METRE else None
    return printed.group() if printed else _unit(unit)


def _demand(reading: Reading) -> Decimal | None:
    """Return the highest power that the bill states [kW], in its registers or in its charges."""
    powers = [u.quantity.value.amount for u in reading.usages if u.quantity.value.unit is Unit.KW]
    powers += [c.quantity.value.amount for c in reading.charges if c.quantity and c.quantity.value.unit is Unit.KW]
    return max(powers, default=None)


def _meter(reading: Reading, meter: Meter) -> dict[str, Any]:
    mine = [u for u in reading.usages if u.meter_key == meter.meter_key and u.commodity is meter.commodity]
    total = next((u for u in mine if u.kind in (UsageKind.TOTAL, UsageKind.NET)), None)
    period = meter.period or reading.period
    last = None
    if period is not None:
        last = period.value.last_day if reading.period_end_inclusive else period.value.end
    made: dict[str, Any] = {
        "id": _value(meter.number),
        "type": meter.commodity.value,
        "consumption": total.quantity.value.amount if total else None,
        "unit": _unit(total.quantity.value.unit) if total else None,
        "from": _day(period.value.start) if period else None,
        "to": _day(last),
        "tariff": _value(meter.tariff),
        "read_from": _value(meter.previous_read),
        "read_to": _value(meter.current_read),
        "multiplier": _value(meter.multiplier),
    }
    if meter.service_point_id is not None:
        made["service_point_id"] = meter.service_point_id.value
    parts = [{"label": u.label, "amount": u.quantity.value.amount} for u in mine if u.kind in PARTS]
    if parts:
        made["parts"] = parts
    return made


def _history(reading: Reading) -> list[dict[str, Any]]:
    """Return the past months, a row each; where each of several meters lists a month, their sum.

    A month of several services has a number in each of their units; of two services in one unit the first that is named
    counts, electricity before gas: their sum would be of neither.
    """
    rows: dict[tuple[str, Unit], dict[Commodity, Decimal]] = {}
    for past in reading.history:
        if past.quantity is not None:
            mine = rows.setdefault((past.month.isoformat()[:7], past.quantity.value.unit), {})
            mine[past.commodity] = mine.get(past.commodity, Decimal(0)) + past.quantity.value.amount
    made: dict[str, dict[str, Any]] = {}
    for (month, unit), by_service in rows.items():
        amount = by_service[min(by_service, key=list(Commodity).index)]
        row = made.setdefault(month, {"month": month})
        if unit in HISTORY_KEYS:
            row[HISTORY_KEYS[unit]] = amount
        elif "quantity" not in row:
            row |= {"quantity": amount, "unit": unit.value}
    return list(made.values())
