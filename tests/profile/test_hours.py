"""The hours of a year: their sums, their number, their days."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.profile.hours.day_courses import COMMERCIAL, RESIDENTIAL, DayCourse, course_of, packaged_courses
from services.profile.hours.year import UNITS_PER_KWH, year_of

COURSES = packaged_courses()
HOME = COURSES[RESIDENTIAL]

energies = st.decimals(-100, 100_000, places=4)
twelve = st.lists(energies, min_size=12, max_size=12)


def month_sums(year, leap_day=True):
    sums, at, day = [Decimal(0)] * 12, 0, date(year.year, 1, 1)
    while day.year == year.year:
        if leap_day or (day.month, day.day) != (2, 29):
            count = 24 * year.intervals_per_hour
            sums[day.month - 1] += Decimal(sum(year.energies[at : at + count])) / UNITS_PER_KWH
            at += count
        day += timedelta(days=1)
    assert at == len(year.energies)
    return sums


@given(twelve, st.sampled_from([2023, 2024, 2026]), st.sampled_from([1, 2, 4]), st.booleans())
def test_hours_sum_to_their_months_exactly(months, year, intervals, leap_day):
    spread = year_of(months, HOME, year, leap_day=leap_day, intervals_per_hour=intervals)
    assert month_sums(spread, leap_day) == months


@pytest.mark.parametrize(
    ("year", "leap_day", "intervals", "count"),
    [
        (2026, True, 1, 8760),
        (2024, True, 1, 8784),
        (2024, False, 1, 8760),
        (2026, True, 2, 17520),
        (2024, True, 2, 17568),
        (2026, True, 4, 35040),
        (2024, True, 4, 35136),
    ],
)
def test_year_has_as_many_intervals_as_its_calendar(year, leap_day, intervals, count):
    spread = year_of([Decimal(500)] * 12, HOME, year, leap_day=leap_day, intervals_per_hour=intervals)
    assert len(spread.energies) == count


@given(twelve)
def test_hours_of_equal_days_differ_by_no_more_than_a_unit_from_their_share(months):
    spread = year_of(months, HOME, 2026)
    for day in range(31):
        table = HOME.weekend if date(2026, 1, 1 + day).weekday() >= 5 else HOME.weekday
        total = 22 * sum(HOME.weekday[0]) + 9 * sum(HOME.weekend[0])
        for hour in range(24):
            exact = months[0] * UNITS_PER_KWH * table[0][hour] / total
            assert abs(spread.energies[day * 24 + hour] - exact) <= 1


def test_weekends_take_their_own_course():
    spread = year_of([Decimal(31_000)] * 12, COURSES[COMMERCIAL], 2026)
    thursday, saturday = spread.energies[:24], spread.energies[48:72]
    assert thursday[10] > 1.5 * saturday[10]


def test_packaged_courses_name_their_source():
    assert set(COURSES) == {RESIDENTIAL, COMMERCIAL}
    assert all("NREL-PySAM" in course.source for course in COURSES.values())


@pytest.mark.parametrize("months", [[Decimal(1)] * 11, [Decimal("0.00001")] * 12])
def test_months_that_cannot_be_spread_exactly_are_refused(months):
    with pytest.raises(ValueError):
        year_of(months, HOME, 2026)


def test_course_refuses_numbers_that_are_no_course():
    day = tuple([1] * 24)
    with pytest.raises(ValueError, match="12 months"):
        DayCourse("x", "1", "", (day,) * 11, (day,) * 12)
    with pytest.raises(ValueError, match="weights"):
        DayCourse("x", "1", "", ((0,) * 24,) * 12, (day,) * 12)
    with pytest.raises(KeyError):
        course_of('{"name": "x"}')
