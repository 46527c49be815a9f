"""Calendar months out of billing periods: the worked examples of the trade, and what always holds."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.period import Period
from services.profile.months.proration import by_month, days_covered, share_out
from services.profile.months.rounding import rounded, rounded_parts
from tests.profile.readings import period

amounts = st.fractions(min_value=-10_000, max_value=1_000_000, max_denominator=10_000)
days = st.dates(date(1999, 1, 1), date(2040, 12, 31))


@st.composite
def periods(draw):
    start = draw(days)
    return Period(start, start + timedelta(days=draw(st.integers(1, 120))))


def monthly(amount, span):
    return {share.month: share.amount for share in share_out(Fraction(amount), span)}


def test_share_out_splits_a_bill_of_32_days_by_19_and_13():
    """EnergyCAP's example: 12 September to 14 October, the first day counts, the last does not."""
    span = period("2023-09-12", "2023-10-14")
    assert list(monthly(32, span).values()) == [19, 13]
    assert [share.days.days for share in share_out(Fraction(1), span)] == [19, 13]


def test_share_out_counts_the_last_day_when_the_end_is_inclusive():
    """SIERA's example: 10,000 kWh, 1 September to 15 October inclusive."""
    span = Period.inclusive(date(2023, 9, 1), date(2023, 10, 15))
    assert [rounded(part, 2) for part in monthly(10_000, span).values()] == [Decimal("6666.67"), Decimal("3333.33")]


def test_share_out_gives_a_leap_february_its_29_days():
    first = monthly(310, period("2024-01-15", "2024-02-15"))
    second = monthly(290, period("2024-02-15", "2024-03-15"))
    months = {month: first.get(month, 0) + second.get(month, 0) for month in first | second}
    assert list(months.values()) == [170, 290, 140]


def test_share_out_reproduces_energyprint_to_the_last_digit():
    """Its sample months of 1091025/31 kWh, times 3.412 kBtu and 1.8 lb of its own factor set."""
    kwh = Fraction(1_091_025, 31)
    assert rounded(kwh * Fraction("3.412"), 4) == Decimal("120083.1387")
    assert rounded(kwh * Fraction("1.8"), 4) == Decimal("63349.8387")


def test_rounded_parts_share_cents_by_largest_remainder():
    by_days = monthly(9060, period("2023-09-12", "2023-10-14"))
    assert [int(part) for part in rounded_parts(list(by_days.values()), 0)] == [5379, 3681]
    by_days = monthly(-6440, period("2023-09-12", "2023-10-14"))
    assert [int(part) for part in rounded_parts(list(by_days.values()), 0)] == [-3824, -2616]
    assert [int(part) for part in rounded_parts([Fraction(100, 3)] * 3, 0)] == [34, 33, 33]


@given(st.lists(amounts, max_size=14), st.integers(0, 4))
def test_rounded_parts_sum_to_the_rounded_sum_and_leave_exact_parts_alone(parts, places):
    result = rounded_parts(parts, places)
    assert sum(result, Decimal(0)) == rounded(sum(parts, Fraction(0)), places)
    for part, shown in zip(parts, result, strict=True):
        assert abs(Fraction(shown) - part) < Fraction(1, 10**places)
        if (part * 10**places).denominator == 1:
            assert Fraction(shown) == part


@given(amounts, periods())
def test_shares_sum_to_the_amount_exactly(amount, span):
    assert sum(monthly(amount, span).values()) == amount


@given(amounts, periods(), st.data())
def test_splitting_a_period_at_a_constant_rate_changes_nothing(amount, span, data):
    if span.days == 1:
        return
    cut = span.start + timedelta(days=data.draw(st.integers(1, span.days - 1)))
    first, second = Period(span.start, cut), Period(cut, span.end)
    halves = [*share_out(amount * first.days / span.days, first), *share_out(amount * second.days / span.days, second)]
    together = {month: sum(share.amount for share in shares) for month, shares in by_month(halves).items()}
    assert together == monthly(amount, span)


@given(amounts, periods())
def test_dates_moved_by_four_centuries_share_alike(amount, span):
    cycle = timedelta(days=146_097)
    if span.end.year + 400 > 9999:
        return
    moved = Period(span.start + cycle, span.end + cycle)
    assert list(monthly(amount, span).values()) == list(monthly(amount, moved).values())


@given(amounts, periods(), st.data())
def test_weighted_shares_sum_to_the_amount_and_follow_the_weights(amount, span, data):
    weights = data.draw(st.lists(st.integers(0, 40), min_size=span.days, max_size=span.days))
    weight = {span.start + timedelta(days=at): Fraction(value) for at, value in enumerate(weights)}
    shares = list(share_out(amount, span, weight.__getitem__))
    assert sum(share.amount for share in shares) == amount
    if sum(weights):
        for share in shares:
            own = sum(weight[share.days.start + timedelta(days=at)] for at in range(share.days.days))
            assert share.amount == amount * own / sum(weights)


@given(st.lists(periods(), max_size=6))
def test_days_covered_counts_each_day_once(spans):
    listed = {span.start + timedelta(days=at) for span in spans for at in range(span.days)}
    assert days_covered(spans) == len(listed)


@pytest.mark.parametrize(("value", "shown"), [("0.00005", "0.0000"), ("0.00015", "0.0002"), ("-0.00005", "0.0000")])
def test_rounded_takes_halves_to_the_even_digit(value, shown):
    assert rounded(Fraction(value), 4) == Decimal(shown)
