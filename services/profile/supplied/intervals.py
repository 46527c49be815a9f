"""Interval data that a user supplied, laid out over the year and in the intervals that are asked for.

Months that were supplied whole keep their course; the others are spread by typical days, like the months of bills. Weekdays are
not moved: the third of a month stays the third, whatever day of the week it is in the other year. Each month sums to the
profile's month exactly: where 29 February comes or goes, February's course is repeated or cut, and its energy stays.
"""

from calendar import isleap
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from services.profile.hours.day_courses import HOURS, DayCourse
from services.profile.hours.year import UNITS_PER_KWH, Year, month_spread
from services.profile.months.rounding import rounded_parts
from services.profile.supplied.supply import INTERVALS, IntervalData, complete_intervals, days_of_months


def year_of_intervals(
    months_kwh: Sequence[Decimal],
    supplied: IntervalData,
    course: DayCourse,
    year: int,
    *,
    leap_day: bool = True,
    intervals_per_hour: int = 1,
) -> Year:
    """Lay supplied intervals out over a year.

    Args:
        months_kwh: The profile's months that were made of them, January first; of at most four decimals.
        supplied: The intervals.
        course: How a day's use is spread in months with gaps.
        year: Whose days count.
        leap_day: False leaves 29 February out of a leap year.
        intervals_per_hour: 1, 2 or 4.
    """
    given_per_hour = INTERVALS[len(supplied.energies)][0]
    complete = complete_intervals(supplied.energies)
    energies: list[int] = []
    for month, (kwh, days) in enumerate(
        zip(months_kwh, days_of_months(leap=isleap(year) and leap_day), strict=True), 1
    ):
        units = int(kwh * UNITS_PER_KWH)
        if month not in complete:
            energies += month_spread(
                units, course, year, month, leap_day=leap_day, intervals_per_hour=intervals_per_hour
            )
            continue
        given = _of_days(complete[month], days, HOURS * given_per_hour)
        energies += _to_scale(_in_intervals(given, given_per_hour, intervals_per_hour), units)
    return Year(year, intervals_per_hour, tuple(energies))


def _of_days(values: Sequence[Decimal], days: int, per_day: int) -> list[Fraction]:
    """Return so many days of a month: its last day again where one lacks, without its last one where one is too many."""
    given = [Fraction(value) for value in values[: days * per_day]]
    return given + given[-per_day:] if len(given) < days * per_day else given


def _in_intervals(given: list[Fraction], per_hour: int, asked_per_hour: int) -> list[Fraction]:
    if asked_per_hour <= per_hour:
        size = per_hour // asked_per_hour
        return [sum(given[at : at + size], Fraction(0)) for at in range(0, len(given), size)]
    size = asked_per_hour // per_hour
    return [value / size for value in given for _ in range(size)]


def _to_scale(given: list[Fraction], units: int) -> list[int]:
    """Return whole units in these proportions that sum to ``units``; evenly where all of them are zero."""
    total = sum(given, Fraction(0))
    parts = [value * units / total for value in given] if total else [Fraction(units, len(given))] * len(given)
    return [int(part) for part in rounded_parts(parts, 0)]
