"""The hours as they are asked for and told: the request checked, the stored months spread, the answer compact."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TypedDict

from domain.refusals import BadRequest
from protos.profile.v1 import profile_pb2
from services.profile.hours.by_periods import AskedTariff, ByPeriods, Layout, by_periods
from services.profile.hours.day_courses import RESIDENTIAL, DayCourse
from services.profile.hours.tariffs import TariffHours
from services.profile.hours.year import INTERVALS_PER_HOUR, Year, year_of
from services.profile.load.contribution import Contribution
from services.profile.load.time_of_use import divided_months
from services.profile.months.calendarise import FIRST_YEAR, LAST_YEAR
from services.profile.supplied.intervals import year_of_intervals
from services.profile.supplied.profile import year_to_show
from services.profile.supplied.request import kept_supply
from services.profile.supplied.supply import IntervalData

INTERVALS_PER_HOUR_BY_MINUTES = {60 // count: count for count in INTERVALS_PER_HOUR}


NO_TARIFF = "none"
"""As the name of tariff hours: what bills state by periods of the day is left aside."""


class _Layout(TypedDict):
    leap_day: bool
    intervals_per_hour: int


@dataclass(frozen=True, slots=True)
class AskedHours:
    """What a request asks for. ``year`` 0: that of the newest month observed."""

    year: int
    interval_minutes: int
    leap_day: bool
    course: DayCourse
    tariff: AskedTariff


def asked_hours(
    request: profile_pb2.GetHoursRequest, courses: Mapping[str, DayCourse], tariffs: Mapping[str, TariffHours]
) -> AskedHours:
    """Return what a request asks for.

    Raises:
        BadRequest: other intervals, a year out of the calendar, or a class or tariff hours that are not there.
    """
    minutes = request.interval_minutes or 60
    if minutes not in INTERVALS_PER_HOUR_BY_MINUTES:
        raise BadRequest("interval_minutes is 60, 30 or 15", field="interval_minutes")
    if request.year and not FIRST_YEAR <= request.year <= LAST_YEAR:
        raise BadRequest(f"year is {FIRST_YEAR} to {LAST_YEAR}", field="year")
    course = courses.get(request.shape_class or RESIDENTIAL)
    if course is None:
        raise BadRequest(f"shape_class is one of {', '.join(sorted(courses))}", field="shape_class")
    chosen = tariffs.get(request.tariff_hours)
    none = request.tariff_hours == NO_TARIFF
    if request.tariff_hours and chosen is None and not none:
        raise BadRequest(f"tariff_hours is one of {', '.join([*sorted(tariffs), NO_TARIFF])}", field="tariff_hours")
    return AskedHours(request.year, minutes, not request.leave_out_leap_day, course, AskedTariff(tariffs, chosen, none))


def hours_message(
    asked: AskedHours,
    profile: profile_pb2.LoadProfile,
    numbers: bytes | None = None,
    contribution: Contribution | None = None,
) -> profile_pb2.GetHoursResponse:
    """Return a load profile's months spread over the year that was asked for.

    ``numbers`` are what a user supplied, ``contribution`` what bills state; the profile was made of the one or the other.
    """
    made = ByPeriods()
    if contribution is not None:
        intervals = INTERVALS_PER_HOUR_BY_MINUTES[asked.interval_minutes]
        layout = Layout(asked.course, _year(asked, profile), asked.leap_day, intervals)
        made = by_periods(profile, divided_months(contribution), asked.tariff, layout)
    spread = _spread(asked, profile, numbers, made)
    return profile_pb2.GetHoursResponse(
        project_id=profile.project_id,
        profile_version=profile.version,
        year=spread.year,
        interval_minutes=asked.interval_minutes,
        leave_out_leap_day=not asked.leap_day,
        energies=spread.energies,
        shape_class=asked.course.name,
        shape_version=asked.course.version,
        shape_source=asked.course.source,
        time_of_use=made.told,
    )


def _year(asked: AskedHours, profile: profile_pb2.LoadProfile) -> int:
    return asked.year or max(month.year for month in profile.months)


def _spread(asked: AskedHours, profile: profile_pb2.LoadProfile, numbers: bytes | None, made: ByPeriods) -> Year:
    months = [Decimal(month.energy_kwh) for month in profile.months]
    layout: _Layout = {
        "leap_day": asked.leap_day,
        "intervals_per_hour": INTERVALS_PER_HOUR_BY_MINUTES[asked.interval_minutes],
    }
    if numbers is None:
        return year_of(months, asked.course, _year(asked, profile), spread=made.spread, **layout)
    supplied, message = kept_supply(numbers)
    year = asked.year or year_to_show(supplied, message.year, profile.completed_at.ToDatetime().year)
    if isinstance(supplied, IntervalData):
        return year_of_intervals(months, supplied, asked.course, year, **layout)
    return year_of(months, asked.course, year, **layout)
