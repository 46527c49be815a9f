"""The twelve months of what a user supplied, in the form of any other load profile."""

from calendar import isleap
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from services.profile.load.filling import DAYS_IN_MONTH, FILL_RULE
from services.profile.load.observed import MonthSource
from services.profile.load.profile import (
    ENERGY_PLACES,
    RATE_PLACES,
    LoadProfile,
    ProfileMonth,
    band_percent,
    is_uneven,
    minor_places,
    rounded_costs,
)
from services.profile.load.shapes import Shape
from services.profile.months.rounding import rounded, rounded_parts
from services.profile.supplied.supply import MonthlyBill, Supplied, SuppliedMonths, is_leap, supplied_months

NOTHING_FILLED = "supplied"
"""The method of a profile of which every month was supplied."""


@dataclass(frozen=True, slots=True)
class Price:
    """What one kWh costs, by which bills become energy and energies costs."""

    per_kwh: Fraction
    currency: str


def supplied_profile(
    supplied: Supplied, shape: Shape, price: Price | None, *, currency: str = "", year: int = 0
) -> LoadProfile:
    """Put the twelve months together.

    Args:
        supplied: What ``supply.one_of`` returned.
        shape: The seasonal shape of the months that were not supplied.
        price: Of one kWh, where one is known.
        currency: Of supplied bills, where there is no price to say it.
        year: The year that the numbers are of; 0 where nobody said.

    Raises:
        BadSupply: nothing can be made of it (``supply.supplied_months``).
    """
    months = supplied_months(supplied, shape, price.per_kwh if price else None, year)
    currency = price.currency if price else currency
    costs = rounded_costs(_costs(supplied, months, price), minor_places(currency))
    energies = rounded_parts(months.energies, ENERGY_PLACES)
    made = tuple(
        _month(number, energy, cost, months, year)
        for number, energy, cost in zip(range(1, 13), energies, costs, strict=True)
    )
    known_costs = [cost for cost in costs if cost is not None]
    return LoadProfile(
        months=made,
        months_observed=len(months.known),
        annual_energy_kwh=sum(energies, Decimal(0)),
        annual_cost=sum(known_costs, Decimal(0)) if len(known_costs) == 12 else None,
        currency=currency if known_costs else "",
        average_rate=rounded(price.per_kwh, RATE_PLACES) if price else None,
        method=NOTHING_FILLED if len(months.known) == 12 else f"{FILL_RULE} {shape.label}",
        band_percent=band_percent(len(months.known), uneven=_uneven(months, shape)),
    )


def _uneven(months: SuppliedMonths, shape: Shape) -> bool:
    known = {number: (months.energies[number - 1], DAYS_IN_MONTH[number - 1]) for number in months.known}
    return len(known) < 12 and is_uneven(known, shape)


def year_to_show(supplied: Supplied, year: int, this_year: int) -> int:
    """Return the year over which hours are laid out where none is asked for: the one that the numbers are of.

    Interval data without a year are laid out over the latest year of as many days, so that they come back as they were given.
    """
    if year:
        return year
    leap = is_leap(supplied)
    return next(one for one in range(this_year, this_year - 9, -1) if isleap(one) is leap)


def _costs(supplied: Supplied, months: SuppliedMonths, price: Price | None) -> list[Fraction | None]:
    costs: list[Fraction | None] = [energy * price.per_kwh if price else None for energy in months.energies]
    if isinstance(supplied, MonthlyBill):
        for at, cost in enumerate(supplied.months):
            costs[at] = costs[at] if cost is None else Fraction(cost)
    return costs


def _month(number: int, energy: Decimal, cost: Decimal | None, months: SuppliedMonths, year: int) -> ProfileMonth:
    if number not in months.known:
        return ProfileMonth(number, 0, energy, cost, MonthSource.ESTIMATED, 0, DAYS_IN_MONTH[number - 1], "")
    days = months.days[number - 1]
    return ProfileMonth(number, year, energy, cost, MonthSource.SUPPLIED, days, days, "")
