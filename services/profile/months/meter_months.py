"""A meter's calendar months with the figures that EnergyPrint's consumption data have, each exact until it is shown.

Distribution and supply of one meter state the same energy: both are told, never added. Demand is the maximum of the bills
that touch the month, never prorated. Costs are shared out like energy, by the kind of charge.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import assert_never

from domain.period import Period
from domain.quantity import Commodity, Quantity, Unit
from domain.reading import ChargeKind
from services.profile.energy.factors import DEFAULT_REGION, FactorSet
from services.profile.months.calendarise import MeterPeriod, MonthSum, calendarise
from services.profile.months.proration import DayWeight


class CostKind(StrEnum):
    """EnergyPrint's kinds of cost."""

    USAGE = "usage_cost"
    DEMAND = "demand_cost"
    SERVICE = "service_cost"
    INTERIM_RATE = "interim_rate_cost"
    OTHER_APPLIED = "other_applied_cost"
    TAX = "tax_cost"


@dataclass(frozen=True, slots=True)
class MeterUsage:
    """What a bill states for the meter and a period. ``peak`` is the highest demand, where there is one."""

    period: Period
    quantity: Quantity
    estimated: bool = False
    bill_id: str = ""
    peak: Decimal | None = None


@dataclass(frozen=True, slots=True)
class MeterCost:
    """One charge of the meter [currency of the account]."""

    period: Period
    amount: Decimal
    kind: ChargeKind


@dataclass(frozen=True, slots=True)
class MeterMonth:
    """One month of one meter. ``kbtus`` and ``pounds_co2`` are its distribution's; its supply states the same energy."""

    month: date
    kbtus: Fraction
    pounds_co2: Fraction
    gallons: Fraction
    demand: Decimal
    costs: dict[CostKind, Fraction]
    days_covered: int
    days_in_month: int
    estimated: bool
    bill_ids: tuple[str, ...]

    @property
    def total_cost(self) -> Fraction:
        """The sum of the month's costs."""
        return sum(self.costs.values(), Fraction(0))


def cost_kind(kind: ChargeKind) -> CostKind:
    """Return the kind of cost under which a charge is counted."""
    match kind:
        case ChargeKind.USAGE | ChargeKind.DELIVERY | ChargeKind.SUPPLY:
            return CostKind.USAGE
        case ChargeKind.DEMAND:
            return CostKind.DEMAND
        case ChargeKind.SERVICE:
            return CostKind.SERVICE
        case ChargeKind.TAX:
            return CostKind.TAX
        case ChargeKind.FEE | ChargeKind.CREDIT | ChargeKind.ADJUSTMENT | ChargeKind.OTHER:
            return CostKind.OTHER_APPLIED
        case _:
            assert_never(kind)


def meter_months(
    commodity: Commodity,
    usages: Sequence[MeterUsage],
    costs: Iterable[MeterCost],
    factors: FactorSet,
    *,
    region: str = DEFAULT_REGION,
    therm_factor: Fraction | None = None,
    weight: DayWeight | None = None,
) -> list[MeterMonth]:
    """Return a meter's months that any usage or charge touches, in order.

    Usages may be of different units; those of one meter share no day (``overlaps.settle``).

    Raises:
        UnknownFactor: a quantity cannot be converted (``factors``).
        ValueError: a period lies outside the calendar (``calendarise``).
    """
    amounts = _by_unit(usages, weight)
    by_kind = _costs_by_kind(costs)
    firsts = {one.month for _, months in amounts for one in months} | {
        month for months in by_kind.values() for month in months
    }
    found = []
    for first in sorted(firsts):
        sums = [(unit, one) for unit, months in amounts for one in months if one.month == first]
        kbtus = gallons = Fraction(0)
        for unit, one in sums:
            if commodity in {Commodity.WATER, Commodity.SEWER}:
                gallons += one.amount * factors.gallons_of(Quantity(Decimal(1), unit))
            else:
                kbtus += one.amount * factors.kbtu_of(commodity, Quantity(Decimal(1), unit), therm_factor)
        found.append(
            MeterMonth(
                month=first,
                kbtus=kbtus,
                pounds_co2=factors.pounds_co2_of(commodity, kbtus, region) if kbtus else Fraction(0),
                gallons=gallons,
                demand=_peak(usages, first),
                costs={kind: months[first] for kind, months in by_kind.items() if first in months},
                days_covered=sum(one.days_covered for _, one in sums),
                days_in_month=_days(first),
                estimated=any(one.estimated for _, one in sums),
                bill_ids=tuple(sorted({bill for _, one in sums for bill in one.bill_ids})),
            )
        )
    return found


def _by_unit(usages: Iterable[MeterUsage], weight: DayWeight | None) -> list[tuple[Unit, list[MonthSum]]]:
    periods: dict[Unit, list[MeterPeriod]] = {}
    for one in usages:
        period = MeterPeriod(one.period, one.quantity.amount, one.estimated, one.bill_id)
        periods.setdefault(one.quantity.unit, []).append(period)
    return [(unit, calendarise(of_unit, weight)) for unit, of_unit in periods.items()]


def _costs_by_kind(costs: Iterable[MeterCost]) -> dict[CostKind, dict[date, Fraction]]:
    periods: dict[CostKind, list[MeterPeriod]] = {}
    for cost in costs:
        periods.setdefault(cost_kind(cost.kind), []).append(MeterPeriod(cost.period, cost.amount))
    return {kind: {one.month: one.amount for one in calendarise(of_kind)} for kind, of_kind in periods.items()}


def _peak(usages: Iterable[MeterUsage], first: date) -> Decimal:
    month = Period(first, _following(first))
    return max((one.peak for one in usages if one.peak is not None and one.period.intersect(month)), default=Decimal(0))


def _days(first: date) -> int:
    return (_following(first) - first).days


def _following(first: date) -> date:
    return date(first.year + first.month // 12, first.month % 12 + 1, 1)
