"""Months out of the ledger: corrections, order, other streams, properties."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from domain.ids import Position
from domain.period import Period
from domain.quantity import Commodity, Quantity
from domain.reading import ChargeKind, UsageKind
from services.profile.energy.factors import ENERGYPRINT, packaged_factor_sets
from services.profile.fold import Mark
from services.profile.months.ledger_months import (
    LedgerMonths,
    LedgerUsage,
    Meter,
    MeterBill,
    Stream,
    ledger_months,
    property_months,
)
from services.profile.months.meter_months import CostKind
from tests.profile.readings import EPOCH, bill_id, period

FACTORS = packaged_factor_sets()[ENERGYPRINT]


def bill(number, span, kwh, cost="10.00", *, kind=UsageKind.TOTAL, more=(), unit="kWh"):
    return MeterBill(
        bill_id=bill_id(number),
        mark=Mark(EPOCH + timedelta(seconds=number), Position(number)),
        period=span if isinstance(span, Period) else period(*span),
        usages=(LedgerUsage(kind, Quantity.of(str(kwh), unit)), *more),
        charges=((ChargeKind.USAGE, Decimal(cost)),),
    )


def meter(*bills, number=1, commodity=Commodity.ELECTRICITY):
    return Meter(f"meter {number}", commodity, bills)


def months_of(of: Meter) -> LedgerMonths:
    found = ledger_months(of, FACTORS)
    assert found is not None
    return found


def kwh(found):
    return {f"{month.month:%Y-%m}": month.kbtus / Fraction("3.412") for month in found.months}


MARCH, APRIL = ("2026-03-01", "2026-04-01"), ("2026-04-01", "2026-05-01")


def test_correction_then_recompute_is_the_same_as_knowing_it_from_the_start():
    wrong, right = bill(1, MARCH, 6200, "900.00"), bill(3, MARCH, 620, "90.00")
    corrected = months_of(meter(wrong, bill(2, APRIL, 300), right))
    fresh = months_of(meter(right, bill(2, APRIL, 300)))
    assert corrected.months == fresh.months
    assert kwh(corrected) == {"2026-03": 620, "2026-04": 300}
    assert corrected.months[0].total_cost == 90
    assert (corrected.replaced, fresh.replaced) == ((bill_id(1),), ())


def test_conflict_is_told_and_the_later_reading_stands():
    found = months_of(meter(bill(1, MARCH, 620), bill(2, ("2026-03-20", "2026-04-20"), 310)))
    assert [(one.standing.what.bill_id, one.aside.what.bill_id) for one in found.conflicts] == [
        (bill_id(2), bill_id(1))
    ]
    assert sum(kwh(found).values()) == 310


def test_boundary_day_goes_to_the_second_bill_and_no_energy_is_lost():
    found = months_of(meter(bill(1, ("2026-03-01", "2026-04-02"), 620), bill(2, APRIL, 300)))
    assert kwh(found) == {"2026-03": 620, "2026-04": 300}


def test_export_and_net_stay_streams_of_their_own():
    more = (
        LedgerUsage(UsageKind.EXPORT, Quantity.of("90", "kWh")),
        LedgerUsage(UsageKind.NET, Quantity.of("530", "kWh")),
    )
    found = months_of(meter(bill(1, MARCH, 620, more=more)))
    assert kwh(found) == {"2026-03": 620}
    assert {stream: [month.amount for month in months] for stream, months in found.streams.items()} == {
        Stream.EXPORT: [90],
        Stream.NET: [530],
    }


def test_bill_of_net_alone_is_no_consumption():
    found = months_of(meter(bill(1, MARCH, -120, kind=UsageKind.NET)))
    assert [month.kbtus for month in found.months] == [0]
    assert [month.amount for month in found.streams[Stream.NET]] == [-120]


def test_demand_stands_beside_the_energy_of_its_bill():
    peak = (LedgerUsage(UsageKind.DEMAND, Quantity.of("50.5", "kW")),)
    found = months_of(meter(bill(1, MARCH, 620, more=peak)))
    assert found.months[0].demand == Decimal("50.5")


def test_meter_without_bills_has_no_months():
    assert ledger_months(meter(), FACTORS) is None


def test_bills_own_therm_factor_is_used():
    gas = replace(bill(1, MARCH, 100, unit="CCF"), therm_factor=Decimal("1.036"))
    assert months_of(meter(gas, commodity=Commodity.GAS)).months[0].kbtus == 10_360


def test_property_sums_its_meters_and_each_commodity_apart():
    electric = months_of(meter(bill(1, MARCH, 1000), bill(2, APRIL, 1000)))
    gas = months_of(meter(bill(3, MARCH, 10, unit="therm"), number=2, commodity=Commodity.GAS))
    both = property_months([electric, gas])
    assert [(str(month.month), month.kbtus, month.complete) for month in both] == [
        ("2026-03-01", 4412, True),
        ("2026-04-01", 3412, True),
    ]
    assert both[0].costs == {CostKind.USAGE: 20}
    assert [month.kbtus for month in property_months([electric, gas], Commodity.GAS)] == [1000]


def test_month_of_a_property_is_incomplete_while_one_active_meter_lacks_days():
    whole = months_of(meter(bill(1, ("2026-03-01", "2026-06-01"), 900)))
    gap = months_of(meter(bill(2, MARCH, 1), bill(3, ("2026-05-01", "2026-06-01"), 1), number=2))
    assert [month.complete for month in property_months([whole, gap])] == [True, False, True]


@st.composite
def histories(draw):
    """Bills of one meter, some of them corrected or overlapping, each with a mark of its own."""
    bills, start = [], date(2025, 1, 1)
    for number in range(1, draw(st.integers(2, 9))):
        end = start + timedelta(days=draw(st.integers(1, 64)))
        bills.append(bill(number, Period(start, end), draw(st.integers(0, 999)), str(draw(st.integers(-50, 500)))))
        start = draw(st.sampled_from([end, end, end - timedelta(days=1), start]))
        start = max(start, date(2025, 1, 1))
    return bills


@given(histories(), st.data())
def test_months_do_not_depend_on_the_order_of_arrival(bills, data):
    assert months_of(meter(*data.draw(st.permutations(bills)))) == months_of(meter(*bills))


@given(histories())
def test_months_sum_to_the_bills_that_stand(bills):
    found = months_of(meter(*bills))
    aside = {*found.replaced, *(one.aside.what.bill_id for one in found.conflicts)}
    standing = [one for one in bills if one.bill_id not in aside]
    assert sum(kwh(found).values()) == sum(one.usages[0].quantity.amount for one in standing)
    assert sum(month.total_cost for month in found.months) == sum(one.charges[0][1] for one in standing)


@given(histories())
def test_deleting_what_was_set_aside_changes_no_month(bills):
    found = months_of(meter(*bills))
    standing = [one for one in bills if one.bill_id not in found.replaced]
    assert months_of(meter(*standing)).months == found.months
