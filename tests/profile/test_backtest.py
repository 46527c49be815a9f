"""The promise of the published band: nine of ten views of invented homes lie within it, however many months are observed."""

import pytest

from bench.profile.backtest import ours_of_the_united_states, year_errors
from bench.profile.homes import invented_homes
from services.profile.load.profile import band_percent

HOMES = list(invented_homes(60, seed=3))


@pytest.mark.parametrize("months", range(1, 12))
def test_band_holds_for_nine_of_ten_views(months):
    errors = list(year_errors(HOMES, months, ours_of_the_united_states()))
    assert sum(error <= band_percent(months) for error in errors) >= 0.9 * len(errors)


def test_band_is_zero_where_every_month_is_observed():
    assert band_percent(12) == 0
