"""Filling missing months: the formula on known numbers, and what it never does."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.profile.load.filling import DAYS_IN_MONTH, cyclic_distance, fill
from services.profile.load.shapes import packaged_shapes, shape_of

SHAPES = packaged_shapes()
US, FLAT = SHAPES.for_country("US"), SHAPES.for_country("DE")

known_months = st.dictionaries(st.integers(1, 12), st.integers(0, 100_000), min_size=1, max_size=12)


def with_days(known):
    return {month: (Fraction(energy), DAYS_IN_MONTH[month - 1]) for month, energy in known.items()}


def test_fill_scales_the_shape_when_one_month_is_known():
    estimates = fill(with_days({3: 620}), US)
    per_day = Fraction(620, 31) / Fraction("0.883")
    assert estimates[7] == 31 * Fraction("1.289") * per_day
    assert estimates[2] == 28 * Fraction("1.046") * per_day
    assert sorted(estimates) == [1, 2, 4, 5, 6, 7, 8, 9, 10, 11, 12]


def test_fill_weighs_near_months_by_the_inverse_square_of_their_distance():
    estimates = fill(with_days({1: 310, 4: 600}), FLAT)
    # March: January stands 2 months away (1/4), April 1 (1).
    expected = 31 * (Fraction(310, 4) + 600) / (Fraction(31, 4) + 30)
    assert estimates[3] == expected


def test_fill_goes_round_the_turn_of_the_year():
    estimates = fill(with_days({12: 310, 6: 30}), FLAT)
    # January: December is next door (1), June stands 5 away (1/25).
    assert estimates[1] == 31 * (310 + Fraction(30, 25)) / (31 + Fraction(30, 25))


@pytest.mark.parametrize(("one", "other", "distance"), [(1, 12, 1), (1, 7, 6), (12, 2, 2), (5, 5, 0), (3, 9, 6)])
def test_cyclic_distance_takes_the_shorter_way(one, other, distance):
    assert cyclic_distance(one, other) == cyclic_distance(other, one) == distance


@given(known_months, st.sampled_from([US, FLAT]))
def test_fill_estimates_exactly_the_missing_months_and_none_below_zero(known, shape):
    estimates = fill(with_days(known), shape)
    assert estimates.keys() == set(range(1, 13)) - known.keys()
    assert all(estimate >= 0 for estimate in estimates.values())


@given(known_months, st.integers(1, 1000), st.sampled_from([US, FLAT]))
def test_fill_grows_in_proportion_with_what_is_known(known, factor, shape):
    once = fill(with_days(known), shape)
    scaled = fill(with_days({month: energy * factor for month, energy in known.items()}), shape)
    assert scaled == {month: estimate * factor for month, estimate in once.items()}


@given(st.sets(st.integers(1, 12), min_size=1, max_size=11), st.integers(1, 500), st.sampled_from([US, FLAT]))
def test_fill_finds_the_shape_again_when_the_known_months_follow_it(months, per_day, shape):
    follows = {month: per_day * DAYS_IN_MONTH[month - 1] * shape.per_day[month - 1] for month in range(1, 13)}
    known = {month: (follows[month], DAYS_IN_MONTH[month - 1]) for month in months}
    assert fill(known, shape) == {month: follows[month] for month in set(range(1, 13)) - months}


def test_fill_refuses_to_invent_from_nothing():
    with pytest.raises(ValueError, match="no month is known"):
        fill({}, US)


def test_packaged_us_shape_averages_one_over_the_days_of_a_year():
    weighted = [days * weight for days, weight in zip(DAYS_IN_MONTH, US.per_day, strict=True)]
    mean = sum(weighted, Fraction(0)) / 365
    assert abs(mean - 1) < Fraction(1, 1000)
    assert "Energy Information Administration" in US.source


def test_shape_refuses_numbers_that_are_no_shape():
    with pytest.raises(ValueError, match="twelve numbers"):
        shape_of('{"name": "x", "version": "1", "source": "", "countries": [], "per_day": [1, 2, 3]}')
