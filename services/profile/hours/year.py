"""Months spread over the hours of a year, so that the hours of a month sum to it exactly.

``hour = month * weight / sum of the month's weights``, rounded by largest remainder. Whole numbers only: energies are counted in
ten-thousandths of a kWh, the last decimal of a profile's months. A month has 48 distinct hours (weekday and weekend), so the
arithmetic is done 48 times a month and laid out by days.
"""

from calendar import isleap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from types import MappingProxyType

from services.profile.hours.day_courses import HOURS, DayCourse

UNITS_PER_KWH = 10_000
"""Energies are counted in this part of a kWh."""

INTERVALS_PER_HOUR = (1, 2, 4)
SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Year:
    """The intervals of a year in local standard time, no hour lost or doubled by clock changes.

    ``energies`` [1/10,000 kWh] start at midnight of 1 January; 8760 hours, 8784 in a leap year unless its 29 February is left
    out, two or four times as many half or quarter hours.
    """

    year: int
    intervals_per_hour: int
    energies: tuple[int, ...]


def year_of(
    months_kwh: Sequence[Decimal],
    course: DayCourse,
    year: int,
    *,
    leap_day: bool = True,
    intervals_per_hour: int = 1,
    spread: Mapping[int, Sequence[int]] = MappingProxyType({}),
) -> Year:
    """Spread twelve months [kWh] over a year's intervals.

    Args:
        months_kwh: January first; of at most four decimals.
        course: How a day's use is spread.
        year: Whose weekdays count.
        leap_day: False leaves 29 February out of a leap year: its February is spread over 28 days, 31 December stays.
        intervals_per_hour: 1, 2 or 4.
        spread: Months (1-12) that were spread otherwise, as their intervals.

    Raises:
        ValueError: not twelve months, one of more than four decimals, or other intervals.
    """
    if len(months_kwh) != 12 or intervals_per_hour not in INTERVALS_PER_HOUR:
        raise ValueError("twelve months, and intervals of 60, 30 or 15 minutes")
    energies: list[int] = []
    for month, kwh in enumerate(months_kwh, 1):
        energies += spread.get(month) or month_spread(
            units_of(kwh), course, year, month, leap_day=leap_day, intervals_per_hour=intervals_per_hour
        )
    return Year(year, intervals_per_hour, tuple(energies))


def units_of(kwh: Decimal) -> int:
    """Return an energy in 1/10,000 kWh.

    Raises:
        ValueError: it has more than four decimals.
    """
    units = kwh * UNITS_PER_KWH
    if units != int(units):
        raise ValueError(f"more than four decimals: {kwh}")
    return int(units)


def month_spread(
    units: int, course: DayCourse, year: int, month: int, *, leap_day: bool = True, intervals_per_hour: int = 1
) -> list[int]:
    """Spread one month (1-12) of a year, in 1/10,000 kWh, over its intervals; arguments as of ``year_of``."""
    energies = _month(units, course, month, weekends(year, month, leap_day))
    if intervals_per_hour > 1:
        return [part for energy in energies for part in _parts(energy, intervals_per_hour)]
    return energies


def weekends(year: int, month: int, leap_day: bool) -> list[bool]:
    """Tell for each day of a month whether it is a Saturday or Sunday."""
    days = (date(year + month // 12, month % 12 + 1, 1) - date(year, month, 1)).days
    if month == 2 and isleap(year) and not leap_day:
        days -= 1
    first = date(year, month, 1).weekday()
    return [(first + day) % 7 >= SATURDAY for day in range(days)]


def _month(units: int, course: DayCourse, month: int, weekends: Sequence[bool]) -> list[int]:
    weights = (course.weekday[month - 1], course.weekend[month - 1])
    counts = (weekends.count(False), weekends.count(True))
    total = sum(count * sum(hours) for count, hours in zip(counts, weights, strict=True))
    rows = [[units * weight // total for weight in hours] for hours in weights]
    left_over = units - sum(count * sum(row) for count, row in zip(counts, rows, strict=True))
    by_remainder = sorted(
        (
            (-(units * weight % total), kind, hour)
            for kind, hours in enumerate(weights)
            for hour, weight in enumerate(hours)
        )
    )
    partial: tuple[int, int, int] | None = None
    for _, kind, hour in by_remainder:
        if left_over < counts[kind]:
            partial = (kind, hour, left_over) if left_over else None
            break
        rows[kind][hour] += 1
        left_over -= counts[kind]
    energies: list[int] = []
    for weekend in weekends:
        energies += rows[weekend]
    if partial is not None:
        kind, hour, days = partial
        of_kind = [day for day, weekend in enumerate(weekends) if weekend == bool(kind)]
        for day in of_kind[:days]:
            energies[day * HOURS + hour] += 1
    return energies


def _parts(energy: int, count: int) -> list[int]:
    """Divide an hour evenly; the units left over go to its first parts."""
    part, left_over = divmod(energy, count)
    return [part + (at < left_over) for at in range(count)]
