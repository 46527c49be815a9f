"""Statements sorted by meters, and the bound up to which months are told."""

from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from domain.ids import Position
from domain.period import Period
from domain.quantity import Commodity, Quantity, Unit
from domain.reading import ChargeKind, UsageKind
from protos.profile.v1 import profile_pb2
from runtime.rpc.server import MESSAGE_BYTES_MAX
from services.profile.energy.factors import packaged_factor_sets
from services.profile.fold import Mark
from services.profile.months.answer import STATEMENTS_MAX, Page, asked_months, months_message
from services.profile.months.ledger_meters import (
    LedgerStatement,
    ShownMeter,
    StatedCharge,
    StatedUsage,
    sorted_meters,
)
from services.profile.snapshots.answer import AskedSnapshots, snapshots_message
from tests.profile.readings import EPOCH, bill_id, period

ELECTRICITY = Commodity.ELECTRICITY
MARCH = period("2026-03-01", "2026-04-01")
ASKED = asked_months(profile_pb2.ListMonthsRequest(factor_set="energyprint-compat"), packaged_factor_sets())


def stated(kwh, days=None, *, meter="m", kind=UsageKind.TOTAL):
    return StatedUsage(meter, ELECTRICITY, kind, Quantity(Decimal(kwh), Unit.KWH), days)


def statement(number, days, *usages, meters=("m",), charges=(), currency="USD"):
    return LedgerStatement(
        bill_id=bill_id(number),
        ordinal=1,
        mark=Mark(EPOCH + timedelta(seconds=number), Position(number)),
        account_id="a",
        currency=currency,
        new_charges=None,
        period=days,
        meters=tuple(ShownMeter(one, ELECTRICITY, None) for one in meters),
        usages=usages,
        charges=tuple(
            StatedCharge("m", ELECTRICITY, ChargeKind.USAGE, Decimal(amount), code) for amount, code in charges
        ),
    )


def daily(count):
    """A bill a day, the newest first, as the ledger gives them."""
    first = date(2020, 1, 1)
    days = [first + timedelta(days=at) for at in range(count)]
    return [statement(at, Period(day, day + timedelta(days=1)), stated(1)) for at, day in enumerate(days)][::-1]


def test_months_that_statements_beyond_the_bound_touch_are_not_told():
    within = months_message("p", ASKED, daily(STATEMENTS_MAX))
    beyond = months_message("p", ASKED, daily(STATEMENTS_MAX + 1))
    assert within.months[-1].month == "2020-01-01"
    assert beyond.months[-1].month == "2020-02-01"
    assert beyond.months[-1].month_complete
    assert not within.findings
    told = [one.sentence for one in beyond.findings if one.rule_id == "earlier_not_told"]
    assert len(told) == 1
    assert "2020-02-01" in told[0]


def test_meter_with_a_gap_behind_the_bound_is_no_complete_month():
    late = Period(date(2020, 2, 10), date(2020, 3, 1))
    other = statement(STATEMENTS_MAX + 7, late, stated(1, meter="n"), meters=("n",))
    in_hand = [*daily(STATEMENTS_MAX)[:-1], other, statement(0, Period(date(2020, 1, 1), date(2020, 1, 2)), stated(1))]
    as_seen = months_message("p", ASKED, in_hand)
    known = months_message("p", ASKED, in_hand, page=Page(spans={"n": Period(date(2019, 12, 1), late.end)}))
    assert (as_seen.months[-1].month, as_seen.months[-1].month_complete) == ("2020-02-01", True)
    assert (known.months[-1].month, known.months[-1].month_complete) == ("2020-02-01", False)
    assert known.months[-2].month_complete


def test_year_with_a_gap_behind_the_bound_makes_no_snapshot():
    late = Period(date(2020, 2, 10), date(2020, 3, 1))
    other = statement(STATEMENTS_MAX + 7, late, stated(1, meter="n"), meters=("n",))
    in_hand = [*daily(STATEMENTS_MAX)[:-1], other, statement(0, Period(date(2020, 1, 1), date(2020, 1, 2)), stated(1))]
    asked = AskedSnapshots("p", Decimal(1000), ASKED.factors, ASKED.region)
    as_seen = snapshots_message(asked, in_hand, [])
    known = snapshots_message(asked, in_hand, [], {"n": Period(date(2019, 12, 1), late.end)})
    assert as_seen.snapshots[-1].effective_month == "2021-02-01"
    assert known.snapshots[-1].effective_month == "2021-03-01"
    # A year later it is the year before that is not whole.
    before = {one.effective_month: one.kbtus_per_sq_ft.previous for one in known.snapshots}
    assert (before["2022-02-01"], before["2022-03-01"] != "") == ("", True)


def test_answer_fits_a_message_when_all_bills_are_in_conflict():
    clash = [
        statement(at, Period(date(1971, 1, 1) + timedelta(days=at % 300), date(1972, 1, 10)), stated(1))
        for at in range(STATEMENTS_MAX)
    ]
    answer = months_message("0" * 36, ASKED, clash)
    assert len(answer.findings) == STATEMENTS_MAX - 1
    assert answer.ByteSize() < MESSAGE_BYTES_MAX / 4


def test_rows_that_name_no_meter_repeat_those_that_do():
    found = sorted_meters([statement(1, MARCH, stated(100), stated(300, meter=""), meters=("m", "n"))])
    assert [
        (one.meter_id, [row.quantity.amount for bill in one.bills for row in bill.usages]) for one in found.meters
    ] == [
        ("m", [100]),
        ("n", []),
    ]


def test_costs_in_another_currency_than_the_newest_bills_are_told():
    found = sorted_meters(
        [
            statement(1, MARCH, stated(1), charges=[("5.00", "CAD")], currency="CAD"),
            statement(2, period("2026-04-01", "2026-05-01"), stated(1), charges=[("6.00", "USD")]),
        ]
    )
    assert found.currency == "USD"
    assert [(one.bill_id, one.sentence[:8]) for one in found.left_out] == [(bill_id(1), "5.00 CAD")]


def test_two_periods_of_a_meter_on_one_bill_are_two_rows_and_the_longer_one_is_charged():
    before, after = period("2026-03-01", "2026-03-06"), period("2026-03-06", "2026-04-01")
    [meter] = sorted_meters([statement(1, MARCH, stated(5, before), stated(26, after), charges=[("9", "USD")])]).meters
    assert [(bill.period, len(bill.charges)) for bill in meter.bills] == [(before, 0), (after, 1)]


def test_misread_period_of_years_is_told_and_stops_nothing():
    found = sorted_meters([statement(1, period("1999-03-01", "2026-04-01"), stated(5))])
    assert found.meters == ()
    assert [one.bill_id for one in found.left_out] == [bill_id(1)]


@given(st.permutations(range(8)))
def test_order_of_statements_changes_nothing(order):
    some = [statement(at, Period(date(2026, 1 + at, 1), date(2026, 2 + at, 1 + at % 2)), stated(at)) for at in range(8)]
    assert sorted_meters([some[at] for at in order]) == sorted_meters(some)
