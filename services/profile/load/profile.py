"""The load profile: twelve months of energy and cost, each with where it comes from, put together from one contribution."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from services.profile.load.contribution import Contribution
from services.profile.load.filling import DAYS_IN_MONTH, FILL_RULE, fill
from services.profile.load.observed import MonthSource, ObservedMonth, Shown, newest_year, shown_by
from services.profile.load.shapes import Shape, Shapes
from services.profile.months.rounding import rounded, rounded_parts

ENERGY_PLACES = 4
"""Decimals of energies [kWh]."""

RATE_PLACES = 6
"""Decimals of a price of one kWh."""

_NO_MINOR_UNIT = frozenset(
    {
        "BIF",
        "CLP",
        "DJF",
        "GNF",
        "ISK",
        "JPY",
        "KMF",
        "KRW",
        "PYG",
        "RWF",
        "UGX",
        "UYI",
        "VND",
        "VUV",
        "XAF",
        "XOF",
        "XPF",
    }
)
_THREE_PLACES = frozenset({"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"})

_BANDS = (0, 48, 42, 38, 34, 29, 24, 20, 15, 11, 7, 4, 0)
"""By months observed, what the annual energy errs by at most in nine of ten cases [percent]: the 90th percentile over invented
homes of five climates, rounded up (``make bench-profile`` prints it, decision 18 says more). Indicative."""

_UNEVEN_BANDS = (0, 48, 74, 72, 65, 60, 54, 42, 32, 20, 12, 6, 0)
"""The same over invented homes that do little but cool or heat, where the months observed show it (``is_uneven``)."""

UNEVEN = Fraction(2, 5)
"""Months observed whose uses a day, each beside the shape's, vary by more than this (coefficient of variation) are of a home that
does little but cool or heat; of the invented homes that do more, one view in nine at most looks like one."""


class ProfileMonth(NamedTuple):
    """One of the twelve. ``year`` is 0 and ``bill_id`` "" where the month is estimated; ``cost`` is None where unknown."""

    month: int
    year: int
    energy_kwh: Decimal
    cost: Decimal | None
    source: MonthSource
    days_covered: int
    days_in_month: int
    bill_id: str


@dataclass(frozen=True, slots=True)
class LoadProfile:
    """Twelve months, January first; what is rounded sums: the months' energies and costs to the annual ones."""

    months: tuple[ProfileMonth, ...]
    months_observed: int
    annual_energy_kwh: Decimal
    annual_cost: Decimal | None
    currency: str
    average_rate: Decimal | None
    method: str
    band_percent: int


def minor_places(currency: str) -> int:
    """Return the decimals of a currency's amounts (ISO 4217); 2 for most."""
    return 0 if currency in _NO_MINOR_UNIT else 3 if currency in _THREE_PLACES else 2


def band_percent(months_observed: int, *, uneven: bool = False) -> int:
    """Return the indicative error of the annual energy, plus or minus [percent]; 0 where all months were observed."""
    return (_UNEVEN_BANDS if uneven else _BANDS)[min(months_observed, 12)]


def is_uneven(known: Mapping[int, tuple[Fraction, int]], shape: Shape) -> bool:
    """Tell whether known months (1-12, to their energy and days) vary far more than the shape that fills the others."""
    levels = [
        energy / (days * shape.per_day[month - 1])
        for month, (energy, days) in known.items()
        if shape.per_day[month - 1]
    ]
    total, count = sum(levels, Fraction(0)), len(levels)
    # The variance beside the square of the mean, both times the square of the count: no root is to be drawn.
    return count * sum((level * level for level in levels), Fraction(0)) > (1 + UNEVEN * UNEVEN) * total * total


def load_profile(
    contribution: Contribution,
    bill_id: str,
    shapes: Shapes,
    shown: Shown | None = None,
) -> LoadProfile | None:
    """Put the twelve months together, or return None where the contribution shows no usable month: none is invented.

    ``shown`` is what the contribution shows, for a caller who has worked it out already.
    """
    shown = shown or shown_by(contribution)
    known = newest_year(shown.months)
    if not known:
        return None
    shape = shapes.for_country(contribution.country)
    if not any(shape.per_day[month - 1] for month in known):
        shape = shapes.for_country("")
    observed = {month: (row.energy, row.days_in_month) for month, row in known.items()}
    estimates = fill(observed, shape)
    energies = [known[month].energy if month in known else estimates[month] for month in range(1, 13)]
    rate = shown.blended_rate
    costs = [_cost(known.get(month), energy, rate) for month, energy in enumerate(energies, 1)]
    told_costs = rounded_costs(costs, minor_places(contribution.currency))
    months = tuple(
        _month(number, known.get(number), energy, cost, bill_id)
        for number, energy, cost in zip(range(1, 13), rounded_parts(energies, ENERGY_PLACES), told_costs, strict=True)
    )
    all_costs = [cost for cost in told_costs if cost is not None]
    return LoadProfile(
        months=months,
        months_observed=len(known),
        annual_energy_kwh=sum((month.energy_kwh for month in months), Decimal(0)),
        annual_cost=sum(all_costs, Decimal(0)) if len(all_costs) == 12 else None,
        currency=contribution.currency if all_costs else "",
        average_rate=_average_rate(known),
        method=f"{FILL_RULE} {shape.label}" if estimates else "observed",
        band_percent=band_percent(len(known), uneven=bool(estimates) and is_uneven(observed, shape)),
    )


def _month(number: int, row: ObservedMonth | None, energy: Decimal, cost: Decimal | None, bill_id: str) -> ProfileMonth:
    if row is None:
        return ProfileMonth(number, 0, energy, cost, MonthSource.ESTIMATED, 0, DAYS_IN_MONTH[number - 1], "")
    return ProfileMonth(
        number, row.month.year, energy, cost, row.source, row.days_covered, row.days_in_month, row.bill_id or bill_id
    )


def _cost(row: ObservedMonth | None, energy: Fraction, rate: Fraction | None) -> Fraction | None:
    """Return what was charged for the month, else its energy at the blended rate."""
    if row is not None and row.cost is not None:
        return row.cost
    return None if rate is None else energy * rate


def rounded_costs(costs: Sequence[Fraction | None], places: int) -> list[Decimal | None]:
    """Round costs so that those that are known sum to their rounded sum."""
    known = [cost for cost in costs if cost is not None]
    parts = iter(rounded_parts(known, places))
    return [None if cost is None else next(parts) for cost in costs]


def _average_rate(known: Mapping[int, ObservedMonth]) -> Decimal | None:
    both = [(row.energy, row.cost) for row in known.values() if row.cost is not None]
    energy = sum((one for one, _ in both), Fraction(0))
    if energy <= 0:
        return None
    return rounded(sum((cost for _, cost in both), Fraction(0)) / energy, RATE_PLACES)
