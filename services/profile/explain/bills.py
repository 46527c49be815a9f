"""Why one bill is not another: the figures of two records, and the difference between them in parts."""

from collections import Counter
from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from domain.period import Period
from domain.quantity import Commodity, Unit
from domain.reading import ChargeKind, UsageKind
from domain.refusals import NotComparable
from protos.profile.v1 import ledger_pb2
from protos.values.v1 import values_pb2
from runtime.wire import decimal_text, period_to_proto
from services.profile.explain.difference import BillFigures, difference, split_charges
from services.profile.load.profile import minor_places

_TOTALS = (UsageKind.TOTAL.value, UsageKind.IMPORT.value)
_REGISTERS = (
    {UsageKind.ON_PEAK.value, UsageKind.MID_PEAK.value, UsageKind.OFF_PEAK.value},
    {UsageKind.TIER.value},
)
_POWERS = {Unit.KW.value, Unit.KVA.value, Unit.KVAR.value, Unit.KVARH.value, Unit.POWER_FACTOR.value}


def compare(
    before: ledger_pb2.LedgerBill, after: ledger_pb2.LedgerBill, commodity: str = ""
) -> ledger_pb2.CompareBillsResponse:
    """Explain how one bill became another.

    Raises:
        NotComparable: a bill lacks days or cost, or the two differ in currency.
    """
    currency = _currency(before)
    if not currency or currency != _currency(after):
        raise NotComparable("The two bills are not in one currency, or one states no cost.")
    chosen = commodity or _commodity(before, after)
    energies = [_energy(one, chosen) for one in (before, after)]
    units = {unit for _, unit in energies if unit}
    if len(units) > 1:
        raise NotComparable("The two bills state their energy in different units.")
    figures = [_figures(one, energy) for one, (energy, _) in zip((before, after), energies, strict=True)]
    parts = difference(figures[0], figures[1], minor_places(currency))

    def money(amount: Decimal) -> values_pb2.Money:
        return values_pb2.Money(amount=decimal_text(amount), currency=currency)

    def told(bill: ledger_pb2.LedgerBill, one: BillFigures, energy: Decimal | None) -> ledger_pb2.ComparedBill:
        return ledger_pb2.ComparedBill(
            ledger_bill_id=bill.ledger_bill_id,
            period=period_to_proto(one.period),
            days=one.period.days,
            energy="" if energy is None else decimal_text(energy),
            variable=money(one.variable),
            fixed=money(one.fixed),
        )

    return ledger_pb2.CompareBillsResponse(
        before=told(before, figures[0], energies[0][0]),
        after=told(after, figures[1], energies[1][0]),
        commodity=chosen,
        unit=next(iter(units), ""),
        total=money(parts.total),
        days=money(parts.days),
        usage=money(parts.usage),
        rate=money(parts.rate),
        fixed=money(parts.fixed),
    )


def _figures(bill: ledger_pb2.LedgerBill, energy: Decimal | None) -> BillFigures:
    periods = (
        [bill.period] if bill.HasField("period") else [one.period for one in bill.meters if one.HasField("period")]
    )
    if not periods:
        raise NotComparable("A bill states no days.")
    period = Period(
        min(date.fromisoformat(one.start) for one in periods), max(date.fromisoformat(one.end) for one in periods)
    )
    charges = [(ChargeKind(one.kind), Decimal(one.amount.amount)) for one in bill.charges]
    variable, fixed = split_charges(charges)
    if bill.HasField("new_charges"):
        total = Decimal(bill.new_charges.amount)
        if charges:
            # What the lines do not explain stands on the bill whatever is used.
            fixed = total - variable
        else:
            variable = total
    elif not charges:
        raise NotComparable("A bill states no cost.")
    return BillFigures(period, energy or Decimal(0), variable, fixed)


def _currency(bill: ledger_pb2.LedgerBill) -> str:
    told = {one.amount.currency for one in bill.charges}
    if bill.HasField("new_charges"):
        told.add(bill.new_charges.currency)
    return told.pop() if len(told) == 1 else ""


def _commodity(before: ledger_pb2.LedgerBill, after: ledger_pb2.LedgerBill) -> str:
    """Return the commodity that both bills state most of, electricity first; else that of either."""
    counts = [Counter(one.commodity for one in bill.usages) for bill in (before, after)]
    order = [one.value for one in Commodity]
    for found in (counts[0].keys() & counts[1].keys(), counts[0].keys() | counts[1].keys()):
        if found:
            return min(found, key=order.index)
    return ""


def _energy(bill: ledger_pb2.LedgerBill, commodity: str) -> tuple[Decimal | None, str]:
    rows = [one for one in bill.usages if one.commodity == commodity and one.quantity.unit not in _POWERS]
    metered = [one for one in rows if one.meter_id]
    for of in (metered, rows):
        for kinds in (set(_TOTALS[:1]), set(_TOTALS[1:]), *_REGISTERS):
            found = _sum(one for one in of if one.kind in kinds)
            if found is not None:
                return found
    return None, ""


def _sum(rows: Iterable[ledger_pb2.LedgerUsage]) -> tuple[Decimal, str] | None:
    amounts, units = Decimal(0), set()
    for one in rows:
        amounts += Decimal(one.quantity.amount)
        units.add(one.quantity.unit)
    return (amounts, units.pop()) if len(units) == 1 else None
