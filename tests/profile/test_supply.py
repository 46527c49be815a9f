"""Profiles that a user supplies, and day weights from temperatures."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest

from services.profile.load.shapes import packaged_shapes
from services.profile.months.calendarise import MeterPeriod, calendarise
from services.profile.months.degree_days import DegreeDays, day_weight
from services.profile.supplied.supply import (
    BadSupply,
    IntervalData,
    MonthlyBill,
    MonthlyEnergy,
    one_of,
    supplied_months,
)
from tests.profile.readings import period

FLAT = packaged_shapes().for_country("")
SOME = [Decimal(310), *[None] * 11]


@pytest.mark.parametrize(
    ("energy", "bill", "intervals", "kind"),
    [
        (SOME, None, None, MonthlyEnergy),
        (None, SOME, None, MonthlyBill),
        (None, None, [Decimal(1)] * 8760, IntervalData),
    ],
)
def test_exactly_one_of_three_is_taken(energy, bill, intervals, kind):
    assert isinstance(one_of(energy, bill, intervals), kind)


@pytest.mark.parametrize(
    ("energy", "bill", "intervals", "rule"),
    [
        (None, None, None, "exactly one"),
        (SOME, SOME, None, "exactly one"),
        (SOME[:11], None, None, "twelve months"),
        ([None] * 12, None, None, "at least one month"),
        ([Decimal(-1), *SOME[1:]], None, None, "zero or more"),
        ([Decimal("NaN"), *SOME[1:]], None, None, "zero or more"),
        (None, None, [Decimal(1)] * 100, "8760"),
        (None, None, [Decimal(1), None] * 4380, "without null"),
    ],
)
def test_supply_is_refused_with_the_rule_it_breaks(energy, bill, intervals, rule):
    with pytest.raises(BadSupply, match=rule):
        one_of(energy, bill, intervals)


def test_missing_months_are_filled_and_the_supplied_ones_kept():
    months = supplied_months(one_of(SOME, None, None), FLAT, None)
    assert (months.energies[0], months.energies[1], months.known) == (310, 280, {1})


def test_bills_become_energy_by_the_price_and_not_without_one():
    supplied = one_of(None, [Decimal("62.00"), *[None] * 11], None)
    assert supplied_months(supplied, FLAT, Fraction(1, 5)).energies[0] == 310
    with pytest.raises(BadSupply, match="price"):
        supplied_months(supplied, FLAT, None)


@pytest.mark.parametrize(("count", "each", "february"), [(8760, 4, 28), (8784, 4, 29), (17520, 2, 28), (35136, 1, 29)])
def test_interval_data_sum_by_month(count, each, february):
    months = supplied_months(one_of(None, None, [Decimal(each)] * count), FLAT, None)
    assert months.energies[:3] == (31 * 96, february * 96, 31 * 96)
    assert len(months.known) == 12


def test_month_with_a_null_interval_is_filled():
    values: list[Decimal | None] = [Decimal(1)] * 8760
    values[40] = None
    months = supplied_months(one_of(None, None, values), FLAT, None)
    assert 1 not in months.known
    assert months.energies[0] == 31 * 24


def test_cold_days_take_more_of_a_bill_and_the_sum_stays():
    start = date(2026, 1, 17)
    temperatures = {start + timedelta(days=at): Decimal(25 if at < 15 else 55) for at in range(30)}
    weight = day_weight(DegreeDays(base=Decimal(10)), temperatures)
    months = calendarise([MeterPeriod(period("2026-01-17", "2026-02-16"), Decimal(210))], weight)
    assert [month.amount for month in months] == [150, 60]


def test_day_without_temperature_weighs_the_mean():
    weight = day_weight(DegreeDays(base=Decimal(5)), {date(2026, 1, 1): Decimal(65), date(2026, 1, 2): Decimal(45)})
    assert [weight(date(2026, 1, day)) for day in (1, 2, 3)] == [5, 25, 15]


def test_cooling_weighs_hot_days():
    rule = DegreeDays(base=Decimal(1), heating=Decimal(0), cooling=Decimal(2))
    assert [rule.weight(Decimal(at)) for at in (60, 65, 80)] == [1, 1, 31]


def test_degree_days_refuse_what_weighs_nothing():
    with pytest.raises(ValueError, match="not all of them zero"):
        DegreeDays(base=Decimal(0), heating=Decimal(0))
    with pytest.raises(ValueError, match="no temperature"):
        day_weight(DegreeDays(base=Decimal(1)), {})
