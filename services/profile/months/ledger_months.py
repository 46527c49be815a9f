"""Calendar months out of the ledger: what a meter's bills say, settled, shared out; summed over the meters of a property.

A month is made anew from the bills that touch it, never adjusted: a correction followed by this is the same as having known it
from the start. A meter of three years takes well under a millisecond, so only meters that a bill touches need it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from domain.ids import BillId
from domain.period import Period
from domain.quantity import Commodity, Quantity
from domain.reading import ChargeKind, UsageKind
from services.profile.energy.factors import DEFAULT_REGION, FactorSet
from services.profile.fold import Mark
from services.profile.months.calendarise import MeterPeriod, MonthSum, calendarise, complete_months
from services.profile.months.meter_months import CostKind, MeterCost, MeterMonth, MeterUsage, meter_months
from services.profile.months.overlaps import Conflict, Settled, Stated, settle
from services.profile.months.proration import DayWeight


class Stream(StrEnum):
    """Quantities that are never mixed: consumption and what a meter sends back or balances."""

    CONSUMPTION = "consumption"
    EXPORT = "export"
    NET = "net"


_STREAMS = {
    UsageKind.TOTAL: Stream.CONSUMPTION,
    UsageKind.IMPORT: Stream.CONSUMPTION,
    UsageKind.EXPORT: Stream.EXPORT,
    UsageKind.NET: Stream.NET,
}


class Association(StrEnum):
    """What a meter's energy is: delivered and supplied on one bill, or told apart by two companies."""

    STANDARD = "standard"
    DISTRIBUTION = "distribution"
    SUPPLY = "supply"


@dataclass(frozen=True, slots=True)
class LedgerUsage:
    """One usage of a meter on a bill."""

    kind: UsageKind
    quantity: Quantity


@dataclass(frozen=True, slots=True)
class MeterBill:
    """What one bill says of one meter: one period, what was used, what was charged."""

    bill_id: BillId
    mark: Mark
    period: Period
    usages: tuple[LedgerUsage, ...] = ()
    charges: tuple[tuple[ChargeKind, Decimal], ...] = ()
    estimated: bool = False
    therm_factor: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Meter:
    """A meter and all bills that show it, in any order."""

    meter_id: str
    commodity: Commodity
    bills: tuple[MeterBill, ...]
    association: Association = Association.STANDARD


@dataclass(frozen=True, slots=True)
class LedgerMonths:
    """A meter's months, its other streams [native unit], and the bills that were set aside."""

    meter_id: str
    commodity: Commodity
    active: Period
    months: tuple[MeterMonth, ...]
    sums: tuple[MonthSum, ...]
    """Coverage by month: as ``months``, for ``calendarise.complete_months``."""
    streams: dict[Stream, tuple[MonthSum, ...]]
    replaced: tuple[BillId, ...]
    conflicts: tuple[Conflict[MeterBill], ...]
    association: Association = Association.STANDARD


@dataclass(slots=True)
class PropertyMonth:
    """One month of all meters of a property, or of those of one commodity.

    ``kbtus`` and ``pounds_co2`` are of what was delivered; ``supply_kbtus`` and ``supply_pounds_co2`` say the same of what was
    supplied: of a meter whose bills hold both, the same figures; of two companies' meters, those of the other one.
    """

    month: date
    kbtus: Fraction = Fraction(0)
    pounds_co2: Fraction = Fraction(0)
    supply_kbtus: Fraction = Fraction(0)
    supply_pounds_co2: Fraction = Fraction(0)
    gallons: Fraction = Fraction(0)
    demand: Decimal = Decimal(0)
    costs: dict[CostKind, Fraction] = field(default_factory=dict)
    estimated: bool = False
    complete: bool = False


def ledger_months(
    meter: Meter, factors: FactorSet, *, region: str = DEFAULT_REGION, weight: DayWeight | None = None
) -> LedgerMonths | None:
    """Return a meter's months, or None where no bill shows it.

    Raises:
        UnknownFactor: a quantity cannot be converted (``factors``).
        ValueError: a period lies outside the calendar (``calendarise``).
    """
    if not meter.bills:
        return None
    settled: Settled[MeterBill] = settle(Stated(bill.period, (bill.mark, bill.bill_id), bill) for bill in meter.bills)
    usages, costs = _usages(settled), _costs(settled)
    factor = next((one.what.therm_factor for one in reversed(settled.standing) if one.what.therm_factor), None)
    months = meter_months(
        meter.commodity,
        usages,
        costs,
        factors,
        region=region,
        therm_factor=None if factor is None else Fraction(factor),
        weight=weight,
    )
    days = [MeterPeriod(one.period, Decimal(0), one.what.estimated, one.what.bill_id) for one in settled.standing]
    return LedgerMonths(
        meter_id=meter.meter_id,
        commodity=meter.commodity,
        active=Period(settled.standing[0].period.start, max(one.period.end for one in settled.standing)),
        months=tuple(months),
        sums=tuple(calendarise(days)),
        streams={stream: _stream(settled, stream, weight) for stream in (Stream.EXPORT, Stream.NET)},
        replaced=tuple(one.what.bill_id for one in settled.replaced),
        conflicts=settled.conflicts,
        association=meter.association,
    )


def property_months(meters: Sequence[LedgerMonths], commodity: Commodity | None = None) -> list[PropertyMonth]:
    """Sum the months of meters, of all of them or of one commodity; a month is complete when each active meter's is."""
    chosen = [meter for meter in meters if commodity is None or meter.commodity is commodity]
    complete = complete_months([(meter.active, meter.sums) for meter in chosen])
    found: dict[date, PropertyMonth] = {}
    for meter in chosen:
        for month in meter.months:
            whole = found.setdefault(month.month, PropertyMonth(month.month))
            if meter.association is not Association.SUPPLY:
                whole.kbtus += month.kbtus
                whole.pounds_co2 += month.pounds_co2
            if meter.association is not Association.DISTRIBUTION:
                whole.supply_kbtus += month.kbtus
                whole.supply_pounds_co2 += month.pounds_co2
            whole.gallons += month.gallons
            whole.demand = max(whole.demand, month.demand)
            whole.estimated = whole.estimated or month.estimated
            for kind, cost in month.costs.items():
                whole.costs[kind] = whole.costs.get(kind, Fraction(0)) + cost
    for first, whole in found.items():
        whole.complete = complete.get(first, False)
    return [found[first] for first in sorted(found)]


def _usages(settled: Settled[MeterBill]) -> list[MeterUsage]:
    """Return each standing bill's consumption with its highest demand; one row a bill, its total before its import."""
    rows = []
    for one in settled.standing:
        bill = one.what
        of_kind = {usage.kind: usage.quantity for usage in reversed(bill.usages)}
        quantity = of_kind.get(UsageKind.TOTAL) or of_kind.get(UsageKind.IMPORT)
        peak = max((usage.quantity.amount for usage in bill.usages if usage.kind is UsageKind.DEMAND), default=None)
        if quantity is not None and quantity.amount >= 0:
            rows.append(MeterUsage(one.period, quantity, bill.estimated, bill.bill_id, peak))
    return rows


def _costs(settled: Settled[MeterBill]) -> Iterable[MeterCost]:
    return [MeterCost(one.period, amount, kind) for one in settled.standing for kind, amount in one.what.charges]


def _stream(settled: Settled[MeterBill], stream: Stream, weight: DayWeight | None) -> tuple[MonthSum, ...]:
    periods = [
        MeterPeriod(one.period, usage.quantity.amount, one.what.estimated, one.what.bill_id)
        for one in settled.standing
        for usage in one.what.usages
        if _STREAMS.get(usage.kind) is stream
    ]
    return tuple(calendarise(periods, weight))
