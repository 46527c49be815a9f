"""Our months beside those that opendsm's ``as_freq`` made of its own samples.

``golden/README.md`` says how they were made, and lists where the two differ.
"""

import json
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from domain.period import Period
from services.profile.months.calendarise import MeterPeriod, calendarise
from services.profile.months.overlaps import Stated, settle

CASES = json.loads((Path(__file__).parent / "golden" / "opendsm.json").read_text())["cases"]
OWN_CLOCK = [case for case in CASES if case["zone"] == "Etc/GMT+6" and case["name"] != "period-stated-twice"]
SUMMER_TIME = next(case for case in CASES if case["zone"] == "America/Chicago")
TWICE = next(case for case in CASES if case["name"] == "period-stated-twice")


def periods_of(case) -> list[MeterPeriod]:
    return [
        MeterPeriod(Period(date.fromisoformat(start), date.fromisoformat(end)), Decimal(value))
        for start, end, value in case["periods"]
        if value is not None and start < end
    ]


def months_of(case):
    """opendsm's months that have a value, by first day; it adds an empty one behind the last."""
    return {date.fromisoformat(first): (value, share) for first, value, share in case["months"] if value is not None}


@pytest.mark.parametrize("case", OWN_CLOCK, ids=lambda case: case["name"])
def test_months_agree_with_opendsm_to_a_billionth(case):
    ours, theirs = calendarise(periods_of(case)), months_of(case)
    assert [month.month for month in ours] == list(theirs)
    for month in ours:
        value, coverage = theirs[month.month]
        assert abs(float(month.amount) - value) <= 1e-9 * value
        assert abs(month.days_covered / month.days_in_month - coverage) <= 1e-9
        assert month.complete is (coverage == 1)


@pytest.mark.parametrize("case", OWN_CLOCK, ids=lambda case: case["name"])
def test_our_months_sum_to_the_bills_exactly_and_opendsms_nearly(case):
    billed = sum((Fraction(one.amount) for one in periods_of(case)), Fraction(0))
    assert sum((month.amount for month in calendarise(periods_of(case))), Fraction(0)) == billed
    assert sum(value for value, _ in months_of(case).values()) == pytest.approx(float(billed), rel=1e-12)


def test_sums_are_those_that_opendsms_own_tests_expect():
    assert round(sum(one.amount for one in periods_of(CASES[0])), 1) == Decimal("21290.2")
    assert len(CASES[0]["months"]) == 28


def test_months_differ_from_opendsms_only_where_the_clocks_change():
    """It shares hours out: the period over a change of clocks gives its two months other parts than days would."""
    theirs = months_of(SUMMER_TIME)
    apart = {
        month.month: abs(float(month.amount) - theirs[month.month][0]) / theirs[month.month][0]
        for month in calendarise(periods_of(SUMMER_TIME))
    }
    touched = {month for month, difference in apart.items() if difference > 1e-9}
    assert touched
    assert {month.month for month in touched} <= {2, 3, 4, 10, 11, 12}
    assert max(apart.values()) < 0.002


def test_period_stated_twice_is_the_first_one_for_opendsm_and_the_later_reading_here():
    assert [value for value, _ in months_of(TWICE).values()] == [170.0, 290.0, 140.0]
    span = Period(date(2024, 2, 15), date(2024, 3, 15))
    settled = settle([Stated(span, 1, Decimal(290)), Stated(span, 2, Decimal(580))])
    assert [one.what for one in settled.standing] == [580]
    assert [one.what for one in settled.replaced] == [290]
