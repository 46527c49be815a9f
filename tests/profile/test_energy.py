"""Energy in common units, meter months, snapshots: the published samples, to the last printed digit."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from domain.quantity import Commodity, Quantity
from domain.reading import ChargeKind
from services.profile.energy.factors import (
    EGRID,
    ENERGYPRINT,
    AmbiguousUnit,
    UnknownFactor,
    factor_set_of,
    packaged_factor_sets,
)
from services.profile.months.meter_months import CostKind, MeterCost, MeterUsage, meter_months
from services.profile.months.rounding import rounded
from services.profile.snapshots.snapshot import MonthFigures, Snapshot, snapshot
from tests.profile.readings import period

SETS = packaged_factor_sets()
COMPAT, EPA = SETS[ENERGYPRINT], SETS[EGRID]
ELECTRICITY, GAS, WATER = Commodity.ELECTRICITY, Commodity.GAS, Commodity.WATER


def test_energyprints_usage_comes_out_to_the_last_digit():
    kbtu = COMPAT.kbtu_of(ELECTRICITY, Quantity.of("23520", "kWh"))
    assert rounded(kbtu, 2) == Decimal("80250.24")
    assert COMPAT.pounds_co2_of(ELECTRICITY, kbtu) == 42336


@pytest.mark.parametrize(
    ("commodity", "amount", "unit", "kbtu"),
    [
        (ELECTRICITY, "2", "MWh", "6824"),
        (GAS, "3", "therm", "300"),
        (GAS, "3", "Dth", "3000"),
        (GAS, "3", "MMBtu", "3000"),
        (GAS, "2", "CCF", "205.2"),
        (GAS, "100", "cf", "102.6"),
        (Commodity.HEAT, "1", "GJ", "947.817"),
    ],
)
def test_quantity_converts_to_kbtu(commodity, amount, unit, kbtu):
    assert EPA.kbtu_of(commodity, Quantity.of(amount, unit)) == Fraction(kbtu)


def test_bills_own_therm_factor_goes_before_the_sets():
    volume = Quantity.of("100", "CCF")
    assert EPA.kbtu_of(GAS, volume, Fraction("1.036")) == 10_360
    assert EPA.kbtu_of(GAS, Quantity.of("100", "therm"), Fraction("1.036")) == 10_000


def test_gas_emits_what_epa_says_a_therm_does():
    pounds = EPA.pounds_co2_of(GAS, EPA.kbtu_of(GAS, Quantity.of("1", "therm")))
    assert rounded(pounds, 3) == Decimal("11.698")


def test_region_changes_the_carbon_of_electricity():
    kbtu = EPA.kbtu_of(ELECTRICITY, Quantity.of("1000", "kWh"))
    assert EPA.pounds_co2_of(ELECTRICITY, kbtu) == Fraction("823.149")
    assert EPA.pounds_co2_of(ELECTRICITY, kbtu, "CAMX") == Fraction("497.443")


def test_thousand_or_million_cubic_feet_is_never_guessed():
    with pytest.raises(AmbiguousUnit):
        EPA.kbtu_of(GAS, Quantity.of("1", "MCF"))


def test_what_has_no_factor_has_no_figure():
    with pytest.raises(UnknownFactor):
        EPA.kbtu_of(WATER, Quantity.of("1", "gal"))
    with pytest.raises(UnknownFactor):
        EPA.pounds_co2_of(ELECTRICITY, Fraction(1), "ATLANTIS")
    with pytest.raises(UnknownFactor):
        EPA.gallons_of(Quantity.of("1", "kWh"))
    with pytest.raises(ValueError):
        factor_set_of('{"name": "x", "version": "1", "source": "", "kbtu": {"oil": {}}, "co2": {}, "gallons": {}}')


def test_ccf_of_water_is_748_gallons():
    assert EPA.gallons_of(Quantity.of("1", "CCF")) == Fraction("748.0519")


def test_meter_month_has_energyprints_figures():
    """Its sample: August 2020, 120083.1387 kBtu and 63349.8387 lb, costs that sum to 1715.08."""
    august = period("2020-08-01", "2020-09-01")
    bills = [period("2020-07-08", "2020-08-08"), period("2020-08-08", "2020-09-08")]
    # 24 of the second bill's 31 days and 7 of the first one's make 1091025/31 kWh.
    usages = [
        MeterUsage(bills[0], Quantity.of("35199", "kWh"), False, "a", Decimal(80)),
        MeterUsage(bills[1], Quantity.of("35193", "kWh"), False, "b", Decimal(90)),
    ]
    costs = [
        MeterCost(august, Decimal("1650.02"), ChargeKind.USAGE),
        MeterCost(august, Decimal("45.04"), ChargeKind.DEMAND),
        MeterCost(august, Decimal("20.02"), ChargeKind.TAX),
    ]
    month = meter_months(ELECTRICITY, usages, costs, COMPAT)[1]
    assert month.month == date(2020, 8, 1)
    assert rounded(month.kbtus, 4) == Decimal("120083.1387")
    assert rounded(month.pounds_co2, 4) == Decimal("63349.8387")
    assert month.total_cost == Fraction("1715.08")
    assert {kind.value: amount for kind, amount in month.costs.items()} == {
        "usage_cost": Fraction("1650.02"),
        "demand_cost": Fraction("45.04"),
        "tax_cost": Fraction("20.02"),
    }
    assert (month.days_covered, month.demand, month.bill_ids) == (31, Decimal(90), ("a", "b"))


def test_demand_is_the_highest_of_the_bills_that_touch_the_month_and_never_prorated():
    usages = [
        MeterUsage(period("2026-01-20", "2026-02-10"), Quantity.of("1", "kWh"), peak=Decimal("50.5")),
        MeterUsage(period("2026-02-10", "2026-03-10"), Quantity.of("1", "kWh"), peak=Decimal(44)),
    ]
    demands = [month.demand for month in meter_months(ELECTRICITY, usages, (), COMPAT)]
    assert demands == [Decimal("50.5"), Decimal("50.5"), Decimal(44)]


def test_meter_that_changed_its_unit_sums_in_kbtu():
    usages = [
        MeterUsage(period("2026-01-01", "2026-01-16"), Quantity.of("10", "CCF")),
        MeterUsage(period("2026-01-16", "2026-02-01"), Quantity.of("10", "therm")),
    ]
    month = meter_months(GAS, usages, (), EPA)[0]
    assert month.kbtus == 1026 + 1000
    assert month.days_covered == month.days_in_month == 31


def test_water_has_gallons_and_no_energy():
    month = meter_months(
        WATER,
        [MeterUsage(period("2026-01-01", "2026-02-01"), Quantity.of("2", "CCF"))],
        [MeterCost(period("2026-01-01", "2026-02-01"), Decimal("31.00"), ChargeKind.DELIVERY)],
        EPA,
    )[0]
    assert (month.gallons, month.kbtus, month.pounds_co2) == (Fraction("1496.1038"), 0, 0)
    assert month.costs == {CostKind.USAGE: 31}


def made(months, area=Decimal(50), effective=date(2019, 2, 1)) -> Snapshot:
    found = snapshot(months, area, effective)
    assert found is not None
    return found


def figures(count, *, kbtu=Fraction(100), cost=Fraction(10), upto=date(2019, 2, 1)):
    months = {}
    for back in range(1, count + 1):
        at = upto.year * 12 + upto.month - 1 - back
        months[date(at // 12, at % 12 + 1, 1)] = MonthFigures(kbtu, kbtu / 3, cost, complete=True)
    return months


@pytest.mark.parametrize(
    ("current", "previous", "yoy", "change"),
    [
        ("1.4069", "1.2589", "-0.1052", "0.1176"),
        ("73.4344", "69.9487", "-0.0475", "0.0498"),
        ("22.7956", "22.3907", "-0.0178", "0.0181"),
    ],
)
def test_year_over_year_comes_out_as_energyprints_samples_do(current, previous, yoy, change):
    effective = date(2019, 2, 1)
    months = figures(24)
    for month, row in months.items():
        total = Fraction(current if month >= date(2018, 2, 1) else previous) * 1000 / 12
        months[month] = MonthFigures(total, row.pounds_co2, row.cost, complete=True)
    eui = made(months, Decimal(1000), effective).eui
    assert (eui.current, eui.previous) == (Decimal(current), Decimal(previous))
    assert (eui.yoy, eui.change_ratio) == (Decimal(yoy), Decimal(change))


def test_snapshot_has_no_previous_year_before_24_complete_months():
    eui = made(figures(23)).eui
    assert eui.current == Decimal("24.0000")
    assert (eui.previous, eui.yoy, eui.change_ratio) == (None, None, None)
    assert made(figures(24)).eui.yoy == Decimal("0.0000")


def test_snapshot_is_absent_before_12_complete_months():
    assert snapshot(figures(11), Decimal(50), date(2019, 2, 1)) is None
    months = figures(12)
    months[date(2018, 7, 1)] = MonthFigures(Fraction(1), Fraction(1), None, complete=False)
    assert snapshot(months, Decimal(50), date(2019, 2, 1)) is None


def test_snapshot_has_no_cost_where_a_month_has_none():
    months = figures(12)
    months[date(2018, 7, 1)] = MonthFigures(Fraction(1), Fraction(1), None, complete=True)
    assert made(months).eci is None


def test_snapshot_refuses_a_property_without_area():
    with pytest.raises(ValueError, match="floor area"):
        snapshot(figures(12), Decimal(0), date(2019, 2, 1))
