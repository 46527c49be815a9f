"""Which usages count as electricity consumed: once each, and only what was consumed."""

from decimal import Decimal

import pytest

from domain.quantity import Commodity
from domain.reading import Meter, UsageKind
from services.profile.load.consumption import consumptions
from tests.profile.readings import electric_bill, fact, meter, period, usage


def energies(**changes) -> list[Decimal]:
    return [one.energy_kwh for one in consumptions(electric_bill(**changes))]


def test_total_of_a_meter_counts_in_kwh():
    assert energies(usages=(usage("1.5", unit="MWh"),)) == [1500]


@pytest.mark.parametrize(
    "usages",
    [
        (usage(620), usage(400, kind=UsageKind.ON_PEAK), usage(220, kind=UsageKind.OFF_PEAK)),
        (usage(620), usage(500, kind=UsageKind.TIER), usage(120, kind=UsageKind.TIER)),
        (usage(620), usage(8, kind=UsageKind.DEMAND, unit="kW"), usage(90, kind=UsageKind.EXPORT)),
        (usage(620), usage(530, kind=UsageKind.NET)),
        (usage(620, kind=UsageKind.IMPORT), usage(-30, kind=UsageKind.NET), usage(650, kind=UsageKind.EXPORT)),
        (usage(400, kind=UsageKind.ON_PEAK), usage(220, kind=UsageKind.OFF_PEAK)),
    ],
    ids=["registers", "tiers", "demand-and-export", "net-beside-total", "import", "registers-alone"],
)
def test_meter_counts_once_when_other_rows_state_its_parts(usages):
    assert energies(usages=usages) == [620]


@pytest.mark.parametrize(
    "usages",
    [
        (usage(-120, kind=UsageKind.NET),),
        (usage(300, kind=UsageKind.NET),),
        (usage(-120),),
        (usage(120, kind=UsageKind.EXPORT),),
        (usage(40, unit="therm", commodity=Commodity.GAS),),
        (usage(500, unit="kWh", commodity=Commodity.SOLAR_EXPORT),),
        (usage(900, kind=UsageKind.REACTIVE, unit="kVARh"),),
    ],
    ids=["negative-net", "net", "negative", "export", "gas", "solar", "reactive"],
)
def test_reading_consumes_nothing_when_it_states_no_consumption(usages):
    assert energies(usages=usages) == []


def test_delivery_and_supply_of_one_meter_count_once():
    meters = (meter("1", number="M 77"), meter("2", number="m-77"))
    assert energies(meters=meters, usages=(usage(620, key="1"), usage(620, key="2"))) == [620]


def test_supply_section_without_number_counts_once_beside_its_meter():
    meters = (Meter(meter_key="1", commodity=Commodity.ELECTRICITY, supplier=fact("Green Co")), meter("2"))
    assert energies(meters=meters, usages=(usage(620, key="1"), usage(620, key="2"))) == [620]


def test_several_meters_sum_and_the_row_without_meter_repeats_them():
    meters = (meter("1", number="A"), meter("2", number="B"))
    rows = (usage(400, key="1"), usage(220, key="2"), usage(620, key=""))
    assert sorted(energies(meters=meters, usages=rows)) == [220, 400]


def test_parts_of_a_period_count_where_no_row_spans_it():
    first, second = period("2026-03-01", "2026-03-16"), period("2026-03-16", "2026-04-01")
    assert sorted(energies(usages=(usage(300, of=first), usage(320, of=second)))) == [300, 320]
    whole = usage(620, of=period("2026-03-01", "2026-04-01"))
    assert energies(usages=(usage(300, of=first), usage(320, of=second), whole)) == [620]


def test_usage_without_any_period_cannot_be_placed():
    assert energies(period=None) == []


def test_period_longer_than_any_billing_period_is_not_believed():
    assert energies(period=fact(period("1926-03-01", "2026-04-01"))) == []
