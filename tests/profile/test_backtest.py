"""The promise of the published band: nine of ten views of invented homes lie within it, however many months are observed."""

from fractions import Fraction

import pytest

from bench.profile.backtest import band_views, exact, ours_of_the_united_states, views, year_errors
from bench.profile.homes import conditioned_homes, invented_homes
from services.profile.load.profile import band_percent, is_uneven
from services.profile.load.shapes import packaged_shapes

HOMES = list(invented_homes(60, seed=3))
CONDITIONED = list(conditioned_homes(20, seed=3))
AMERICAN = packaged_shapes().for_country("US")


@pytest.mark.parametrize("months", range(1, 12))
def test_band_holds_for_nine_of_ten_views(months):
    errors = list(year_errors(HOMES, months, ours_of_the_united_states()))
    assert sum(error <= band_percent(months) for error in errors) >= 0.9 * len(errors)


@pytest.mark.parametrize("months", range(3, 12))
def test_band_holds_for_homes_that_do_little_but_cool_and_heat_where_their_months_show_it(months):
    views = [view for view in band_views(CONDITIONED, months, AMERICAN) if view.uneven]
    assert len(views) > 30
    assert sum(view.holds for view in views) >= 0.9 * len(views)


def test_usual_home_is_seldom_taken_for_one_that_does_little_but_cool_and_heat():
    views = list(band_views(HOMES, 6, AMERICAN))
    assert 0 < sum(view.uneven for view in views) < len(views) / 9
    assert not is_uneven({1: (Fraction(500), 31), 2: (Fraction(430), 28)}, AMERICAN)
    assert is_uneven({4: (Fraction(60), 30), 7: (Fraction(900), 31), 8: (Fraction(950), 31)}, AMERICAN)


def test_band_is_zero_where_every_month_is_observed():
    assert band_percent(12) == 0


@pytest.mark.parametrize(("months", "worst"), [(1, 86), (4, 78), (6, 60), (9, 24)])
def test_homes_that_do_little_but_cool_err_by_no_more_than_is_said_where_they_show_mild_months_only(months, worst):
    rule, errors = ours_of_the_united_states(), []
    for known, truth in views(CONDITIONED, months):
        if not known.keys() & {7, 8} and not is_uneven(exact(known), AMERICAN):
            errors.append(100 * abs(rule(known) - truth) / truth)
    within = sum(error <= worst + 3 for error in errors)
    assert within >= 0.9 * len(errors)
    assert sum(error <= band_percent(months) for error in errors) < 0.9 * len(errors)
