"""What of a ledger bill belongs to one of its meters: its charges and what they cost, its usages and what they make.

Most bills tie no charge to a meter. One that names none belongs to the only meter of its commodity, and where it names no
commodity either, to the only meter of the bill. Usages that name none belong to the only meter of their commodity where no
meter of it has any; else they repeat the meters' sum. The months of the ledger are made by the same rules.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TypeAlias

from gateway.days import period_of
from protos.profile.v1 import ledger_pb2

Meter: TypeAlias = ledger_pb2.LedgerMeter | ledger_pb2.LedgerBillMeter
"""A meter of the ledger, or as a bill shows it."""

_FED_INTO_THE_GRID = "solar_export"
"""The commodity of meters that cost nothing: a charge without commodity is never theirs."""

_CONSUMPTION = (
    frozenset({"total"}),
    frozenset({"import"}),
    frozenset({"on_peak", "mid_peak", "off_peak"}),
    frozenset({"tier"}),
)
"""The kinds of rows that make what a meter used: each counts for the days of which those before it say nothing."""

_WHOLES = (0, 1)
"""Places in it of what is all that a meter used, not a part."""

_NO_AMOUNT_OF_ENERGY = frozenset({"kW", "kVA", "kVAR", "kVARh", "pf"})
_ENERGY = frozenset({"therm", "Dth", "MMBtu", "GJ", "MJ", "kWh", "MWh"})
"""Of gas, what is billed; its volume stands beside it as what was measured."""


@dataclass(frozen=True, slots=True)
class Used:
    """What a meter used by one bill; ``start`` and the day after the last one, ISO 8601, empty where the bill has no days."""

    amount: Decimal
    unit: str
    start: str
    end: str
    estimated: bool


def charges_of(bill: ledger_pb2.LedgerBill, meter: Meter) -> list[ledger_pb2.LedgerCharge]:
    """Return the charges of a meter, in the bill's order."""
    return [charge for charge in bill.charges if _belongs(bill, meter, charge)]


def usages_of(bill: ledger_pb2.LedgerBill, meter: Meter) -> list[ledger_pb2.LedgerUsage]:
    """Return the usages of a meter, in the bill's order."""
    named = [usage for usage in bill.usages if usage.meter_id and usage.meter_id == meter.meter_id]
    if named or not is_alone(bill, meter, meter.commodity):
        return named
    return [usage for usage in bill.usages if not usage.meter_id and usage.commodity == meter.commodity]


def meter_id_of(bill: ledger_pb2.LedgerBill, line: ledger_pb2.LedgerCharge | ledger_pb2.LedgerUsage) -> str:
    """Return the id of the meter that a charge or a usage belongs to; empty where it belongs to none."""
    if line.meter_id:
        return line.meter_id
    for meter in bill.meters:
        if isinstance(line, ledger_pb2.LedgerCharge):
            belongs = _belongs(bill, meter, line)
        else:
            belongs = line.commodity == meter.commodity and line in usages_of(bill, meter)
        if belongs:
            return meter.meter_id
    return ""


def consumption_of(bill: ledger_pb2.LedgerBill, meter: Meter, unit: str = "") -> Used | None:
    """Return what a meter used: its total, else its import, else its registers, else its tiers, summed over the days.

    One unit, the one asked for, or of gas that of energy where both are stated. None where the bill states nothing in it.
    """
    return _used(bill, usages_of(bill, meter), meter.commodity, unit)


def consumptions_of(bill: ledger_pb2.LedgerBill, commodity: str) -> list[Used]:
    """Return what each meter of a commodity used, or where no row names a meter, what the bill says for all.

    Energy that a supply meter states again is left out.
    """
    rows = [one for one in bill.usages if one.commodity == commodity and not one.supply]
    named = dict.fromkeys(one.meter_id for one in rows if one.meter_id)
    found = (_used(bill, [one for one in rows if one.meter_id == meter_id], commodity) for meter_id in named or [""])
    return [one for one in found if one is not None]


def cost_of(bill: ledger_pb2.LedgerBill, meter: Meter) -> Decimal | None:
    """Return what the bill asks for a meter [the bill's currency]; None where it does not say."""
    if is_alone(bill, meter, meter.commodity):
        for total in bill.commodity_totals:
            if total.commodity == meter.commodity:
                return Decimal(total.cost.amount)
    mine = [one.amount for one in charges_of(bill, meter)]
    amounts = [Decimal(one.amount) for one in mine if bill.currency in ("", one.currency)]
    if amounts:
        return sum(amounts, Decimal())
    if not bill.charges and bill.HasField("new_charges") and is_alone(bill, meter):
        return Decimal(bill.new_charges.amount)
    return None


def is_alone(bill: ledger_pb2.LedgerBill, meter: Meter, commodity: str = "") -> bool:
    """Return whether a meter is the only one that the bill shows of a commodity, or at all where none is given."""
    peers = [one for one in bill.meters if (one.commodity == commodity if commodity else _is_charged(one))]
    # A bill without account number shows meters without ids: its lines tell them apart.
    return len({one.meter_id or one.line for one in peers}) == 1 and any(
        one.meter_id == meter.meter_id and one.commodity == meter.commodity for one in peers
    )


def _belongs(bill: ledger_pb2.LedgerBill, meter: Meter, charge: ledger_pb2.LedgerCharge) -> bool:
    if charge.meter_id:
        return charge.meter_id == meter.meter_id
    return is_alone(bill, meter, charge.commodity)


def _is_charged(meter: ledger_pb2.LedgerBillMeter) -> bool:
    return meter.commodity != _FED_INTO_THE_GRID


def _used(
    bill: ledger_pb2.LedgerBill, usages: Iterable[ledger_pb2.LedgerUsage], commodity: str, unit: str = ""
) -> Used | None:
    rows = [(rank, one) for one in usages if (rank := _rank(one)) is not None]
    if not unit and rows:
        _, first = min(rows, key=lambda row: (commodity == "gas" and row[1].quantity.unit not in _ENERGY, row[0]))
        unit = first.quantity.unit
    parts: dict[tuple[int, str, str], list[ledger_pb2.LedgerUsage]] = {}
    for rank, one in rows:
        if one.quantity.unit == unit:
            period = period_of(bill, one)
            parts.setdefault((rank, period.start, period.end), []).append(one)
    kept: list[tuple[int, str, str]] = []
    for part in sorted(parts, key=lambda key: (key[0], -_days(key))):
        if not any((part[1] < other[2] and other[1] < part[2]) or part[1:] == other[1:] for other in kept):
            kept.append(part)
    if not kept:
        return None
    # Sections of delivery and of supply print one total twice, rounded as each likes: the first row counts, as in the load
    # profile. Registers and tiers of the same days are parts: a rate change in the middle prints both.
    summed = [one for part in kept for one in (parts[part][:1] if part[0] in _WHOLES else parts[part])]
    return Used(
        amount=sum((Decimal(one.quantity.amount) for one in summed), Decimal()),
        unit=unit,
        start=min(part[1] for part in kept),
        end=max(part[2] for part in kept),
        estimated=any(one.estimated for one in summed),
    )


def _rank(usage: ledger_pb2.LedgerUsage) -> int | None:
    if usage.quantity.unit in _NO_AMOUNT_OF_ENERGY:
        return None
    return next((rank for rank, kinds in enumerate(_CONSUMPTION) if usage.kind in kinds), None)


def _days(part: tuple[int, str, str]) -> int:
    _, start, end = part
    return (date.fromisoformat(end) - date.fromisoformat(start)).days if start and end else 0
