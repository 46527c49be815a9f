"""A meter's periods by month: exact, whole, and the same as sharing each out by hand."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.period import Period
from services.profile.months.calendarise import MeterPeriod, calendarise, complete_months, total_by_month
from services.profile.months.proration import share_out
from tests.profile.readings import period

amounts = st.decimals(-10_000, 1_000_000, places=3)


@st.composite
def consecutive(draw, gaps=True):
    """A meter's periods one after the other, with gaps between some."""
    start = draw(st.dates(date(1999, 1, 1), date(2035, 12, 31)))
    periods: list[MeterPeriod] = []
    for _ in range(draw(st.integers(1, 14))):
        end = start + timedelta(days=draw(st.integers(1, 70)))
        periods.append(MeterPeriod(Period(start, end), draw(amounts), draw(st.booleans()), f"bill {len(periods)}"))
        start = end + timedelta(days=draw(st.integers(0, 5)) if gaps else 0)
    return periods


def amounts_of(months):
    return {month.month: month.amount for month in months}


def test_month_of_energyprint_comes_out_to_the_last_digit():
    """1091025/31 kWh in August 2020, as its sample month has it."""
    months = calendarise([MeterPeriod(period("2020-08-01", "2020-09-01"), Decimal("35194.354838709677419354838710"))])
    assert months[0].rounded(4) == Decimal("35194.3548")
    assert months[0].complete


def test_leap_february_is_whole_when_two_bills_meet_in_it():
    months = calendarise(
        [
            MeterPeriod(period("2024-01-15", "2024-02-15"), Decimal(310), False, "a"),
            MeterPeriod(period("2024-02-15", "2024-03-15"), Decimal(290), True, "b"),
        ]
    )
    assert [month.amount for month in months] == [170, 290, 140]
    assert [month.days_covered for month in months] == [17, 29, 14]
    assert [month.complete for month in months] == [False, True, False]
    assert [month.estimated for month in months] == [False, True, True]
    assert [month.bill_ids for month in months] == [("a",), ("a", "b"), ("b",)]


def test_clock_change_moves_no_energy():
    """New York's hour of 11 March 2018 is a day's part like any: 150/310/300/140, where instants give 150.2158."""
    bills = [("2018-02-14", "2018-03-16", 300), ("2018-03-16", "2018-04-15", 300), ("2018-04-15", "2018-05-15", 300)]
    months = calendarise([MeterPeriod(period(start, end), Decimal(kwh)) for start, end, kwh in bills])
    assert [month.amount for month in months] == [150, 310, 300, 140]


@given(consecutive())
def test_months_sum_to_the_bills_exactly(periods):
    assert sum(month.amount for month in calendarise(periods)) == sum(Fraction(one.amount) for one in periods)


@given(consecutive())
def test_whole_numbers_and_fractions_agree(periods):
    slow: dict[date, Fraction] = {}
    for one in periods:
        for share in share_out(Fraction(one.amount), one.period):
            slow[share.month] = slow.get(share.month, Fraction(0)) + share.amount
    assert amounts_of(calendarise(periods)) == slow
    weighted = calendarise(periods, lambda day: Fraction(7, 3))
    assert amounts_of(weighted) == slow
    assert [_rest(month) for month in weighted] == [_rest(month) for month in calendarise(periods)]


def _rest(month):
    return month.days_covered, month.days_in_month, month.estimated, month.bill_ids


@given(consecutive(), st.data())
def test_order_of_arrival_changes_no_amount(periods, data):
    assert amounts_of(calendarise(data.draw(st.permutations(periods)))) == amounts_of(calendarise(periods))


@given(consecutive(gaps=False), st.integers(0, 6))
def test_rounded_months_are_within_half_a_unit(periods, places):
    for month in calendarise(periods):
        assert abs(Fraction(month.rounded(places)) - month.amount) <= Fraction(1, 2 * 10**places)
        assert month.rounded(places) == Decimal(round(month.amount * 10**places)).scaleb(-places)


@given(consecutive())
def test_month_is_complete_exactly_when_its_days_are_covered(periods):
    days = {one.period.start + timedelta(days=at) for one in periods for at in range(one.period.days)}
    for month in calendarise(periods):
        of_month = {day for day in days if day.replace(day=1) == month.month}
        assert month.days_covered == len(of_month)
        assert month.complete is (len(of_month) == month.days_in_month)


def test_degree_days_move_energy_to_cold_days_and_keep_the_sum():
    cold = {date(2026, 1, 20) + timedelta(days=at): Fraction(30 if at < 12 else 10) for at in range(30)}
    months = calendarise([MeterPeriod(period("2026-01-20", "2026-02-19"), Decimal(540))], cold.__getitem__)
    assert [month.amount for month in months] == [360, 180]


def test_period_outside_the_calendar_is_refused():
    with pytest.raises(ValueError, match="no billing period"):
        calendarise([MeterPeriod(period("1926-03-01", "1926-04-01"), Decimal(1))])
    with pytest.raises(ValueError, match="no billing period"):
        calendarise([MeterPeriod(period("2099-12-01", "2101-01-01"), Decimal(1))])


def test_months_of_several_meters_add_up():
    one = calendarise([MeterPeriod(period("2026-03-01", "2026-05-01"), Decimal(61))])
    other = calendarise([MeterPeriod(period("2026-04-01", "2026-05-01"), Decimal("0.5"))])
    assert total_by_month([one, other]) == {date(2026, 3, 1): 31, date(2026, 4, 1): Fraction("30.5")}


def test_month_is_complete_only_when_every_meter_active_in_it_is():
    def meter(active, *spans):
        months = calendarise([MeterPeriod(period(*span), Decimal(1)) for span in spans])
        return period(*active), months

    whole = meter(("2026-01-01", "2026-05-01"), ("2026-01-01", "2026-05-01"))
    gap = meter(("2026-02-01", "2026-05-01"), ("2026-02-01", "2026-03-01"), ("2026-03-11", "2026-05-01"))
    complete = complete_months([whole, gap])
    assert [complete[date(2026, at, 1)] for at in (1, 2, 3, 4)] == [True, True, False, True]
    exchanged = [
        meter(("2026-01-01", "2026-02-11"), ("2026-01-01", "2026-02-11")),
        meter(("2026-02-11", "2026-03-15"), ("2026-02-11", "2026-03-15")),
    ]
    complete = complete_months(exchanged)
    assert [complete[date(2026, at, 1)] for at in (1, 2, 3)] == [True, True, False]
