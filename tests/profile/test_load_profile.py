"""The twelve months of one bill: sources, coverage, the newest year, costs, bands."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from domain.quantity import Commodity
from domain.reading import DocumentKind, HistorySource
from services.profile.load.contribution import contribution_of, decode, encode
from services.profile.load.observed import MonthSource, observed_months
from services.profile.load.profile import LoadProfile, band_percent, load_profile
from services.profile.load.shapes import packaged_shapes
from tests.profile.readings import electric_bill, fact, gas_bill, history, meter, period, total, usage

SHAPES = packaged_shapes()


def profile_of(*readings) -> LoadProfile | None:
    contribution = contribution_of(readings)
    assert decode(encode(contribution)) == contribution
    return load_profile(contribution, "the bill", SHAPES)


def made(*readings) -> LoadProfile:
    profile = profile_of(*readings)
    assert profile is not None
    return profile


def month(profile: LoadProfile, number: int):
    return profile.months[number - 1]


def test_bill_of_one_calendar_month_stands_as_billed():
    march = month(made(electric_bill()), 3)
    assert (march.energy_kwh, march.cost, march.source) == (Decimal(620), Decimal("122.93"), MonthSource.BILLED)
    assert (march.year, march.days_covered, march.days_in_month, march.bill_id) == (2026, 31, 31, "the bill")


def test_bill_across_two_months_is_prorated_and_scaled_where_more_than_half_is_covered():
    profile = made(electric_bill("2026-03-10", "2026-04-12", kwh=330, cost="66.00"))
    march = month(profile, 3)
    assert (march.energy_kwh, march.cost) == (Decimal(310), Decimal("62.00"))
    assert (march.source, march.days_covered) == (MonthSource.PRORATED, 22)
    assert month(profile, 4).source is MonthSource.ESTIMATED
    assert profile.months_observed == 1


def test_bill_of_two_whole_months_is_prorated_over_both():
    profile = made(electric_bill("2026-03-01", "2026-05-01", kwh=610))
    assert [month(profile, at).energy_kwh for at in (3, 4)] == [310, 300]
    assert {month(profile, at).source for at in (3, 4)} == {MonthSource.PRORATED}


def test_month_covered_by_half_is_unknown_and_by_more_is_scaled():
    half = contribution_of((electric_bill("2026-04-01", "2026-04-16", kwh=150),))
    more = contribution_of((electric_bill("2026-04-01", "2026-04-17", kwh=160),))
    assert observed_months(half) == {}
    assert [row.energy for row in observed_months(more).values()] == [300]


def test_bill_of_two_half_months_still_makes_a_profile():
    """29 days cover 14 of April and 15 of May: neither more than half, yet the bill is as good as any."""
    profile = made(electric_bill("2026-04-17", "2026-05-16", kwh=290))
    assert (month(profile, 5).energy_kwh, month(profile, 5).days_covered) == (Decimal(310), 15)
    assert month(profile, 4).source is MonthSource.ESTIMATED
    assert profile.months_observed == 1


def test_history_stays_as_printed_and_the_newest_year_wins():
    past = (history("2025-03", 526), history("2025-04", 558), history("2026-02", 576), history("2026-03", 999))
    profile = made(electric_bill(history=past))
    assert [month(profile, at).energy_kwh for at in (2, 3, 4)] == [576, 620, 558]
    assert [month(profile, at).year for at in (2, 3, 4)] == [2026, 2026, 2025]
    assert month(profile, 4).source is MonthSource.HISTORY_TABLE


def test_printed_row_goes_before_a_bar_of_a_chart_and_before_half_known_days():
    chart = HistorySource.CHART
    past = (
        history("2026-02", 570, source=chart),
        history("2026-02", 576),
        history("2026-01", 650, source=chart),
        history("2026-04", 600),
    )
    profile = made(electric_bill("2026-03-10", "2026-04-28", history=past))
    assert (month(profile, 2).energy_kwh, month(profile, 2).source) == (Decimal(576), MonthSource.HISTORY_TABLE)
    assert (month(profile, 1).energy_kwh, month(profile, 1).source) == (Decimal(650), MonthSource.HISTORY_CHART)
    assert (month(profile, 4).energy_kwh, month(profile, 4).source) == (Decimal(600), MonthSource.HISTORY_TABLE)


def test_history_with_dates_completes_the_months_that_the_bill_crosses():
    past = (
        history("2024-02", 310, of=period("2024-01-15", "2024-02-15")),
        history("2024-03", 290, of=period("2024-02-15", "2024-03-15")),
    )
    profile = made(electric_bill("2024-03-15", "2024-04-15", kwh=310, history=past))
    assert (month(profile, 2).energy_kwh, month(profile, 2).source) == (Decimal(290), MonthSource.HISTORY_TABLE)
    assert (month(profile, 3).energy_kwh, month(profile, 3).source) == (Decimal(310), MonthSource.PRORATED)
    assert month(profile, 3).days_covered == 31


def test_history_row_of_the_bills_own_period_is_not_counted_twice():
    past = (history("2026-03", 620, of=period("2026-03-01", "2026-04-01")),)
    assert month(made(electric_bill(history=past)), 3).energy_kwh == 620


def test_one_shared_boundary_day_goes_to_the_later_period():
    past = (history("2026-03", 280, of=period("2026-02-01", "2026-03-02")),)
    profile = made(electric_bill(history=past))
    assert (month(profile, 2).energy_kwh, month(profile, 2).days_covered) == (Decimal(280), 28)
    assert month(profile, 3).energy_kwh == 620


def test_history_of_meters_sums_where_the_bill_prints_none_of_its_own():
    meters = (history("2026-02", 300, key="1"), history("2026-02", 270, key="2"))
    assert month(made(electric_bill(history=meters)), 2).energy_kwh == 570
    both = (*meters, history("2026-02", 576))
    assert month(made(electric_bill(history=both)), 2).energy_kwh == 576


def test_several_electric_meters_sum():
    bill = electric_bill(
        meters=(meter("1", number="A"), meter("2", number="B")), usages=(usage(400, key="1"), usage(220, key="2"))
    )
    assert month(made(bill), 3).energy_kwh == 620


def test_statements_of_one_document_each_give_their_month_and_a_repeated_one_counts_once():
    march, april = electric_bill(), electric_bill("2026-04-01", "2026-05-01", kwh=600, cost="120.00")
    profile = made(march, april, march)
    assert [month(profile, at).energy_kwh for at in (3, 4)] == [620, 600]
    assert [month(profile, at).cost for at in (3, 4)] == [Decimal("122.93"), Decimal("120.00")]


def test_statements_of_two_accounts_sum():
    other = electric_bill(kwh=100, cost="20.00", account_number=fact("9"), meters=(meter(number="Z"),))
    march = month(made(electric_bill(), other), 3)
    assert (march.energy_kwh, march.cost) == (Decimal(720), Decimal("142.93"))


def test_no_usable_month_gives_no_profile():
    assert profile_of(gas_bill()) is None
    assert profile_of(electric_bill(kwh=-50)) is None
    assert profile_of(electric_bill(period=None)) is None
    assert profile_of(electric_bill(kind=DocumentKind.NOT_A_BILL)) is None


def test_missing_months_cost_the_blended_rate_of_the_bill():
    profile = made(electric_bill(kwh=620, cost="124.00"))
    assert profile.average_rate == Decimal("0.200000")
    july = month(profile, 7)
    assert abs(july.cost - july.energy_kwh * Decimal("0.2")) < Decimal("0.02")
    assert profile.annual_cost == sum(one.cost or Decimal(0) for one in profile.months)


def test_cost_of_electricity_leaves_other_commodities_out():
    both = electric_bill(
        meters=(meter(), meter("2", number="G", commodity=Commodity.GAS)),
        usages=(usage(620), usage(31, key="2", unit="therm", commodity=Commodity.GAS)),
    )
    assert month(made(both), 3).cost is None
    assert made(both).annual_cost is None
    stated = electric_bill(
        meters=both.meters, usages=both.usages, commodity_totals=(total("90.00"), total("32.93", Commodity.GAS))
    )
    assert month(made(stated), 3).cost == Decimal("90.00")


def test_months_cost_nothing_known_when_credits_make_the_rate_negative():
    profile = made(electric_bill(cost="-15.00"))
    assert month(profile, 3).cost == Decimal("-15.00")
    assert month(profile, 4).cost is None
    assert profile.annual_cost is None


def test_history_costs_stand_and_price_the_rest_where_the_bill_has_none():
    profile = made(electric_bill(cost=None, history=(history("2026-02", 500, cost="100.00"),)))
    assert month(profile, 2).cost == Decimal("100.00")
    assert month(profile, 3).cost == Decimal("124.00")
    assert profile.average_rate == Decimal("0.200000")


def test_yen_have_no_decimals():
    bill = electric_bill(currency=fact("JPY"), new_charges=None, commodity_totals=())
    assert made(bill).currency == ""
    from domain.money import Money

    priced = electric_bill(
        "2026-03-10", "2026-04-12", currency=fact("JPY"), new_charges=fact(Money(Decimal(10000), "JPY"))
    )
    assert all(one.cost is not None and one.cost == int(one.cost) for one in made(priced).months)


def test_country_without_shape_is_filled_flat():
    german = made(electric_bill(country=fact("DE")))
    assert month(german, 7).energy_kwh == 620
    assert month(german, 4).energy_kwh == 600
    assert german.method.endswith("flat/1")
    assert made(electric_bill()).method.endswith("us-residential/2023")


def test_twelve_observed_months_need_no_method_and_no_band():
    past = tuple(history(f"2025-{at:02}", 500 + at) for at in range(1, 13))
    profile = made(electric_bill(history=past))
    assert (profile.months_observed, profile.method, profile.band_percent) == (12, "observed", 0)


@pytest.mark.parametrize(
    ("months", "band"),
    [(1, 48), (2, 42), (3, 38), (5, 29), (6, 24), (8, 15), (9, 11), (10, 7), (11, 4), (12, 0)],
)
def test_band_narrows_with_the_months_observed(months, band):
    assert band_percent(months) == band


def test_band_is_wide_where_the_months_observed_are_those_of_a_home_that_does_little_but_cool():
    def of(*kwh):
        past = tuple(history(f"2025-{at:02}", energy) for at, energy in enumerate(kwh, 4))
        return made(electric_bill("2025-10-01", "2025-11-01", 130, history=past))

    assert of(120, 130, 300, 900, 950, 400).band_percent == band_percent(7, uneven=True) == 42
    assert of(620, 700, 900, 1100, 1150, 800).band_percent == band_percent(7) == 20


rows = st.dictionaries(
    st.tuples(st.integers(2023, 2026), st.integers(1, 12)), st.integers(0, 5000), min_size=1, max_size=30
)


@given(rows, st.sampled_from(["US", "DE"]))
def test_known_months_are_unchanged_by_filling_and_the_year_sums(known, country):
    past = tuple(history(f"{year}-{at:02}", kwh) for (year, at), kwh in known.items())
    profile = made(electric_bill(usages=(), country=fact(country), history=past))
    newest = {at: kwh for (_, at), kwh in sorted(known.items())}
    for one in profile.months:
        if one.month in newest:
            assert one.energy_kwh == newest[one.month]
        else:
            assert one.source is MonthSource.ESTIMATED
    assert sum(one.energy_kwh for one in profile.months) == profile.annual_energy_kwh
    assert profile.months_observed == len(newest)


@example(29, 106, 290)
@given(st.integers(1, 400), st.integers(0, 364), st.integers(0, 10_000))
def test_prorated_months_scale_back_to_the_bill(days, offset, kwh):
    from datetime import date, timedelta

    start = date(2025, 1, 1) + timedelta(days=offset)
    bill = electric_bill(start.isoformat(), (start + timedelta(days=days)).isoformat(), kwh=kwh)
    for row in observed_months(contribution_of((bill,))).values():
        assert row.energy == Fraction(kwh, days) * row.days_in_month
        assert row.cost == Fraction("122.93") / days * row.days_in_month
