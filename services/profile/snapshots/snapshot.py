"""One snapshot: intensities over the 12 months before an effective month, and over the 12 before those.

EnergyPrint's year-over-year field is ``(previous - current) / current`` (its own samples prove it, and it makes an improvement
positive). The conventional ``(current - previous) / previous`` stands beside it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from services.profile.months.rounding import rounded

WINDOW_MONTHS = 12
PLACES = 4


@dataclass(frozen=True, slots=True)
class MonthFigures:
    """What a property used, paid and emitted in one month. ``cost`` [currency] is None where a bill states none."""

    kbtu: Fraction
    pounds_co2: Fraction
    cost: Fraction | None
    complete: bool
    estimated: bool = False


@dataclass(frozen=True, slots=True)
class Intensity:
    """One figure per square foot, this window's and the one's before; both ratios, 4 decimals.

    ``previous`` and the ratios are None with less than 24 complete months; a ratio by zero is None.
    """

    current: Decimal
    previous: Decimal | None
    yoy: Decimal | None
    change_ratio: Decimal | None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A property as of an effective month. ``eui`` [kBtu/ft2], ``eci`` [currency/ft2], ``co2`` [lb/ft2]."""

    effective_month: date
    eui: Intensity
    eci: Intensity | None
    co2: Intensity


def snapshot(months: Mapping[date, MonthFigures], floor_area_ft2: Decimal, effective_month: date) -> Snapshot | None:
    """Return the snapshot of a month, or None where the 12 months before it are not all complete.

    Args:
        months: Figures by the first day of the month.
        floor_area_ft2: Above zero.
        effective_month: First day of a month; the window ends before it.

    Raises:
        ValueError: the area is not above zero.
    """
    if floor_area_ft2 <= 0:
        raise ValueError(f"a floor area must be above zero: {floor_area_ft2}")
    current = _window(months, effective_month, 1)
    if current is None:
        return None
    previous = _window(months, effective_month, 1 + WINDOW_MONTHS)
    area = Fraction(floor_area_ft2)
    costs = _costs(current)
    return Snapshot(
        effective_month=effective_month,
        eui=_intensity([one.kbtu for one in current], [one.kbtu for one in previous or ()], area),
        eci=None if costs is None else _intensity(costs, _costs(previous or []) or [], area),
        co2=_intensity([one.pounds_co2 for one in current], [one.pounds_co2 for one in previous or ()], area),
    )


def _window(months: Mapping[date, MonthFigures], effective: date, back: int) -> list[MonthFigures] | None:
    """Return the 12 months that end ``back`` months before the effective one, or None where one is missing or incomplete."""
    found = [months.get(_earlier(effective, back + at)) for at in range(WINDOW_MONTHS)]
    complete = [one for one in found if one is not None and one.complete]
    return complete if len(complete) == WINDOW_MONTHS else None


def _earlier(month: date, count: int) -> date:
    at = month.year * 12 + month.month - 1 - count
    return date(at // 12, at % 12 + 1, 1)


def _costs(window: list[MonthFigures]) -> list[Fraction] | None:
    known = [one.cost for one in window if one.cost is not None]
    return known if len(known) == len(window) else None


def _intensity(current: list[Fraction], previous: list[Fraction], area: Fraction) -> Intensity:
    now = sum(current, Fraction(0)) / area
    if not previous:
        return Intensity(rounded(now, PLACES), None, None, None)
    then = sum(previous, Fraction(0)) / area
    return Intensity(
        current=rounded(now, PLACES),
        previous=rounded(then, PLACES),
        yoy=rounded((then - now) / now, PLACES) if now else None,
        change_ratio=rounded((now - then) / then, PLACES) if then else None,
    )
