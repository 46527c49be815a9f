"""All bills of a project together: the policy ``merged`` as a function of contributions."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from services.profile.load.contribution import contribution_of
from services.profile.load.merged import merged
from services.profile.load.observed import observed_months
from services.profile.load.profile import LoadProfile, load_profile
from services.profile.load.shapes import packaged_shapes
from tests.profile.readings import bill_id, decimal, electric_bill, fact, history, meter

SHAPES = packaged_shapes()


def profile_of(*readings) -> LoadProfile:
    made = load_profile(together(*readings), "", SHAPES)
    assert made is not None
    return made


def together(*readings):
    """The bills merged in the order in which they were read, each reading a bill."""
    return merged((bill_id(at), contribution_of((reading,))) for at, reading in enumerate(readings, 1))


def shown(contribution):
    return {
        f"{month:%Y-%m}": (row.energy, row.source.value, row.bill_id)
        for month, row in observed_months(contribution).items()
    }


def test_months_come_from_the_bills_that_show_them():
    march = electric_bill("2026-03-01", "2026-04-01", 620)
    may = electric_bill("2026-05-01", "2026-06-01", 500)
    assert shown(together(march, may)) == {
        "2026-03": (620, "billed", bill_id(1)),
        "2026-05": (500, "billed", bill_id(2)),
    }


def test_consecutive_bills_complete_the_month_between_them():
    first = electric_bill("2026-03-10", "2026-04-09", 300, "60.00")
    second = electric_bill("2026-04-09", "2026-05-10", 620, "124.00")
    rows = shown(together(first, second))
    assert rows["2026-04"] == (8 * 10 + 22 * 20, "prorated", bill_id(2))
    profile = profile_of(first, second)
    assert profile.months[3].cost == decimal("104.00")
    assert {month.bill_id for month in profile.months if month.year} == {bill_id(1), bill_id(2)}


def test_later_reading_of_the_same_period_stands():
    first, again = electric_bill(kwh=620, cost="100.00"), electric_bill(kwh=640, cost="110.00")
    profile = profile_of(first, again)
    assert (profile.months[2].energy_kwh, profile.months[2].cost) == (640, decimal("110.00"))


def test_own_energy_of_an_older_bill_goes_before_the_history_of_a_newer_one():
    march = electric_bill("2026-03-01", "2026-04-01", 620)
    april = electric_bill("2026-04-01", "2026-05-01", 500, history=(history("2026-03", 600), history("2026-02", 570)))
    rows = shown(together(march, april))
    assert rows["2026-03"] == (620, "billed", bill_id(1))
    assert rows["2026-02"] == (570, "history_table", bill_id(2))


def test_accounts_of_one_project_sum_and_a_gap_of_one_leaves_the_month_unknown():
    def other(start, end, kwh):
        return electric_bill(start, end, kwh, account_number=fact("9"), meters=(meter(number="Z"),))

    rows = shown(
        together(
            electric_bill("2026-01-01", "2026-04-01", 900),
            other("2026-01-01", "2026-02-01", 31),
            other("2026-03-01", "2026-04-01", 62),
        )
    )
    assert {month: energy for month, (energy, _, _) in rows.items()} == {"2026-01": 341, "2026-03": 372}


def test_exchanged_meter_is_no_gap():
    before = electric_bill("2026-03-01", "2026-03-11", 100, meters=(meter(number="OLD"),))
    after = electric_bill("2026-03-11", "2026-04-01", 210, meters=(meter(number="NEW"),))
    assert shown(together(before, after))["2026-03"][0] == 310


def test_short_gap_of_a_meter_is_scaled_over():
    first = electric_bill("2026-03-01", "2026-03-11", 100)
    second = electric_bill("2026-03-12", "2026-04-01", 200)
    row = observed_months(together(first, second))[date(2026, 3, 1)]
    assert (row.energy, row.days_covered) == (310, 30)


def test_meter_that_lacks_half_of_a_month_leaves_it_unknown():
    def other(start, end, kwh):
        return electric_bill(start, end, kwh, account_number=fact("9"), meters=(meter(number="Z"),))

    whole = electric_bill("2026-03-01", "2026-05-01", 610)
    lacking = [other("2026-03-01", "2026-04-01", 31), other("2026-04-16", "2026-05-01", 15)]
    enough = [other("2026-03-01", "2026-04-01", 31), other("2026-04-15", "2026-05-01", 16)]
    assert shown(together(whole, *lacking)).keys() == {"2026-03"}
    assert shown(together(whole, *enough))["2026-04"][0] == 330


def test_costs_in_another_currency_than_the_newest_bills_are_left_out():
    from decimal import Decimal

    from domain.money import Money

    foreign = electric_bill(
        "2026-02-01", "2026-03-01", currency=fact("CAD"), new_charges=fact(Money(Decimal(90), "CAD"))
    )
    profile = profile_of(foreign, electric_bill())
    assert profile.currency == "USD"
    assert profile.months[1].cost == round(profile.months[1].energy_kwh * decimal("122.93") / 620, 2)


@given(st.lists(st.tuples(st.integers(0, 11), st.integers(0, 900)), min_size=1, max_size=14))
def test_one_bill_a_month_merges_to_the_newest_of_each(bills):
    def bill(at, kwh):
        start = date(2025 + at // 12, at % 12 + 1, 1)
        end = date(2025 + (at + 1) // 12, (at + 1) % 12 + 1, 1)
        return electric_bill(start.isoformat(), end.isoformat(), kwh)

    rows = observed_months(together(*(bill(at, kwh) for at, kwh in bills)))
    newest = dict(bills)
    assert {row.month.month - 1: row.energy for row in rows.values()} == newest
