"""A month spread so that the hours of each period of its tariff sum to what the bill's time-of-use row states.

Within a period the day course counts as without time of use; only the proportions between the periods are the bill's. Whole
numbers only, rounded by largest remainder, so the periods and the month are met exactly.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from services.profile.hours.day_courses import HOURS, DayCourse
from services.profile.hours.tariffs import SLOTS_AN_HOUR, Peak, TariffHours
from services.profile.hours.year import weekends


class NoHours(ValueError):
    """A period has energy, but the tariff gives it no hour of the month."""


@dataclass(frozen=True, slots=True)
class MonthByPeriods:
    """What a month's periods are to sum to [1/10,000 kWh], and the tariff whose periods they are."""

    tariff: TariffHours
    units: Mapping[Peak, int]


def spread_by_periods(
    month_units: MonthByPeriods,
    course: DayCourse,
    year: int,
    month: int,
    *,
    leap_day: bool = True,
    intervals_per_hour: int = 1,
) -> list[int]:
    """Spread one month (1-12) over its intervals; arguments as of ``year_of``.

    Raises:
        NoHours: a period of some energy has no hour in this month.
    """
    peaks, weights = _slots(month_units.tariff, course, year, month, leap_day=leap_day)
    energies = [0] * len(peaks)
    for peak, units in month_units.units.items():
        at = [place for place, one in enumerate(peaks) if one is peak]
        if units and not at:
            raise NoHours(f"{month_units.tariff.name} has no {peak} in month {month}")
        # Hours in which the course uses nothing take their part evenly where the period has no others.
        of_peak = [weights[place] for place in at]
        for place, energy in zip(at, _shared(units, of_peak if any(of_peak) else [1] * len(at)), strict=True):
            energies[place] = energy
    return _in_intervals(energies, len(peaks) // (len(weekends(year, month, leap_day)) * HOURS), intervals_per_hour)


def minutes_of_periods(tariff: TariffHours, year: int, month: int, *, leap_day: bool = True) -> dict[Peak, int]:
    """Return how long each period of a tariff lasts in a month [min]."""
    days = [tariff.peaks_of(date(year, month, day)) for day in range(1, len(weekends(year, month, leap_day)) + 1)]
    quarters = {peak: sum(day.count(peak) for day in days) for peak in Peak}
    return {peak: count * 60 // SLOTS_AN_HOUR for peak, count in quarters.items() if count}


def _slots(
    tariff: TariffHours, course: DayCourse, year: int, month: int, *, leap_day: bool
) -> tuple[list[Peak], list[int]]:
    """Return period and weight of each hour of a month, or of each quarter where a period starts within an hour."""
    step = SLOTS_AN_HOUR if tariff.whole_hours else 1
    peaks: list[Peak] = []
    weights: list[int] = []
    for day, weekend in enumerate(weekends(year, month, leap_day), 1):
        peaks += tariff.peaks_of(date(year, month, day))[::step]
        hours = (course.weekend if weekend else course.weekday)[month - 1]
        weights += hours if step == SLOTS_AN_HOUR else [weight for weight in hours for _ in range(SLOTS_AN_HOUR)]
    return peaks, weights


def _shared(units: int, weights: Sequence[int]) -> list[int]:
    """Share whole units out by weights; what rounding down leaves over goes to the largest remainders, first ones first."""
    total = sum(weights)
    shares = [divmod(units * weight, total) for weight in weights]
    energies = [whole for whole, _ in shares]
    left_over = units - sum(energies)
    for at in sorted(range(len(shares)), key=lambda each: -shares[each][1])[:left_over]:
        energies[at] += 1
    return energies


def _in_intervals(energies: list[int], slots_per_hour: int, intervals_per_hour: int) -> list[int]:
    if slots_per_hour >= intervals_per_hour:
        step = slots_per_hour // intervals_per_hour
        return [sum(energies[at : at + step]) for at in range(0, len(energies), step)]
    parts = intervals_per_hour // slots_per_hour
    return [whole + (at < rest) for one in energies for whole, rest in (divmod(one, parts),) for at in range(parts)]
