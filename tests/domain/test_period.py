"""Periods are half-open, and months partition them."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.period import Period, days_said, month_of, period_of, said

days = st.dates(min_value=date(1990, 1, 1), max_value=date(2090, 1, 1))


@st.composite
def periods(draw):
    start = draw(days)
    return Period(start, start + timedelta(days=draw(st.integers(1, 800))))


def test_period_refuses_to_end_before_it_starts():
    with pytest.raises(ValueError, match="must end after"):
        Period(date(2024, 3, 1), date(2024, 3, 1))


def test_inclusive_days_become_half_open_once():
    august = Period.inclusive(date(2024, 8, 1), date(2024, 8, 31))

    assert (august.end, august.days, august.last_day) == (date(2024, 9, 1), 31, date(2024, 8, 31))
    assert date(2024, 8, 31) in august
    assert date(2024, 9, 1) not in august


@given(periods())
def test_months_partition_a_period(period):
    parts = list(period.months())

    assert sum(part.days for part in parts) == period.days
    assert (parts[0].start, parts[-1].end) == (period.start, period.end)
    assert all(before.end == after.start for before, after in pairwise(parts))
    assert all(month_of(part.start) == month_of(part.last_day) for part in parts)


@given(periods(), periods())
def test_intersection_holds_exactly_the_days_of_both(one, other):
    both = one.intersect(other)
    assert both == other.intersect(one)
    assert (both.days if both else 0) == max(0, (min(one.end, other.end) - max(one.start, other.start)).days)


@given(periods())
def test_period_is_read_as_programs_and_as_people_write_it(period):
    stroke = f"{period.start}/{period.end}"
    assert period_of(stroke) == period_of(f"{period.start} to {period.last_day}") == period
    shown = said(stroke)
    assert shown == days_said(str(period.start), str(period.end))
    assert shown == (str(period.start) if period.days == 1 else f"{period.start} to {period.last_day}")


@given(st.one_of(periods(), days.map(lambda day: Period.inclusive(day, day))))
def test_period_is_read_back_as_it_is_said(period):
    assert period_of(days_said(str(period.start), str(period.end))) == period


@pytest.mark.parametrize(
    "text", ["", "2026-03", "2026-03-01/2026-03-01", "2026-03-02 to 2026-03-01", "a/b", "a to b", "2026-3-1/x"]
)
def test_text_that_says_no_period_is_refused_and_shown_as_it_is(text):
    with pytest.raises(ValueError, match=r"."):
        period_of(text)
    assert said(text) == text
