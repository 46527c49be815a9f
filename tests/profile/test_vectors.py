"""Worked figures of others, to the last printed digit, each with its source: one table for each piece of arithmetic."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from domain.period import Period
from domain.quantity import Commodity, Quantity, Unit
from domain.reading import ChargeKind
from services.profile.energy.factors import EGRID, ENERGYPRINT, packaged_factor_sets
from services.profile.months.calendarise import MeterPeriod, calendarise
from services.profile.months.meter_months import MeterCost, MeterUsage, meter_months
from services.profile.months.rounding import rounded, rounded_parts
from services.profile.snapshots.snapshot import MonthFigures, snapshot
from tests.profile.readings import period

COMPAT, EPA = packaged_factor_sets()[ENERGYPRINT], packaged_factor_sets()[EGRID]
ELECTRICITY, GAS, WATER = Commodity.ELECTRICITY, Commodity.GAS, Commodity.WATER

SHARED_OUT = [
    ("EnergyCAP, calendarisation, option 1", [("2023-09-12", "2023-10-14", 32)], 0, ["19", "13"]),
    ("SIERA, 1 September to 15 October inclusive", [("2023-09-01", "2023-10-16", 10_000)], 2, ["6666.67", "3333.33"]),
    (
        "leap February, two bills",
        [("2024-01-15", "2024-02-15", 310), ("2024-02-15", "2024-03-15", 290)],
        4,
        ["170.0000", "290.0000", "140.0000"],
    ),
    (
        "days, not hours: opendsm in a zone with summer time has 150.2158 and 309.7842 in the first two",
        [("2024-02-15", "2024-03-16", 300), ("2024-03-16", "2024-04-15", 300), ("2024-04-15", "2024-05-15", 300)],
        4,
        ["150.0000", "310.0000", "300.0000", "140.0000"],
    ),
    (
        "EnergyPrint, usage 2698837: half-open, 840 kWh on each of 28 days",
        [("2014-04-03", "2014-05-01", 23520)],
        2,
        ["23520.00"],
    ),
]


@pytest.mark.parametrize(("source", "bills", "places", "months"), SHARED_OUT, ids=[row[0] for row in SHARED_OUT])
def test_bills_are_shared_out_as_published(source, bills, places, months):
    periods = [MeterPeriod(period(start, end), Decimal(amount)) for start, end, amount in bills]
    assert [str(month.rounded(places)) for month in calendarise(periods)] == months


CENTS = [
    ("Bayou, electricity_amount 9060 over 19 and 13 days", 9060, [5379, 3681]),
    ("Bayou, community_solar_bill_credit -6440 over the same", -6440, [-3824, -2616]),
    ("Bayou, gas_amount 2940 over the same", 2940, [1746, 1194]),
    ("Bayou, total_amount 12000 over the same", 12000, [7125, 4875]),
]


@pytest.mark.parametrize(("source", "cents", "parts"), CENTS, ids=[row[0] for row in CENTS])
def test_cents_are_shared_out_by_largest_remainder(source, cents, parts):
    exact = [Fraction(cents * days, 32) for days in (19, 13)]
    assert [int(part) for part in rounded_parts(exact, 0)] == parts
    assert sum(parts) == cents


FIGURES = [
    ("EnergyPrint, usage 2698837", COMPAT, ELECTRICITY, "23520", Unit.KWH, "80250.2400", "42336.0000"),
    ("EPA Emission Factors Hub 2024: a therm of gas", EPA, GAS, "1", Unit.THERM, "100.0000", "11.6977"),
    ("eGRID 2022, United States: a MWh", EPA, ELECTRICITY, "1", Unit.MWH, "3412.0000", "823.1490"),
]


@pytest.mark.parametrize(("source", "factors", "commodity", "amount", "unit", "kbtus", "pounds"), FIGURES)
def test_energy_and_carbon_are_as_published(source, factors, commodity, amount, unit, kbtus, pounds):
    energy = factors.kbtu_of(commodity, Quantity(Decimal(amount), unit))
    assert str(rounded(energy, 4)) == kbtus
    assert str(rounded(factors.pounds_co2_of(commodity, energy), 4)) == pounds


def test_water_in_ccf_is_748_0519_gallons():
    assert EPA.gallons_of(Quantity(Decimal(1), Unit.CCF)) == Fraction("748.0519")


def test_month_of_energyprint_comes_out_in_every_field():
    """MonthlyConsumptionData 1480956, August 2020: both energies decode to 1091025/31 kWh, the costs sum to 1715.08."""
    august = period("2020-08-01", "2020-09-01")
    # 1091025/31 kWh a month is what bills that cross its edges leave; the last of them ends with August.
    bills = [("2020-07-15", "2020-08-15", 1_091_025), ("2020-08-15", "2020-09-15", 1_091_025)]
    usages = [MeterUsage(period(start, end), Quantity(Decimal(kwh) / 31, Unit.KWH)) for start, end, kwh in bills]
    costs = [
        MeterCost(august, Decimal("1650.02"), ChargeKind.USAGE),
        MeterCost(august, Decimal("45.04"), ChargeKind.DEMAND),
        MeterCost(august, Decimal("20.02"), ChargeKind.TAX),
    ]
    month = next(one for one in meter_months(ELECTRICITY, usages, costs, COMPAT) if one.month == august.start)
    assert str(rounded(month.kbtus, 4)) == "120083.1387"
    assert str(rounded(month.pounds_co2, 4)) == "63349.8387"
    assert rounded(month.total_cost, 4) == Decimal("1715.08")
    assert (month.demand, month.gallons) == (0, 0)


SNAPSHOTS = [
    ("cost per square foot", "1.4069", "1.2589", "-0.1052", "0.1176"),
    ("kBtu per square foot", "73.4344", "69.9487", "-0.0475", "0.0498"),
    ("pounds of CO2 per square foot", "22.7956", "22.3907", "-0.0178", "0.0181"),
]


@pytest.mark.parametrize(("what", "current", "previous", "yoy", "change"), SNAPSHOTS, ids=[row[0] for row in SNAPSHOTS])
def test_snapshot_of_energyprint_comes_out_in_both_conventions(what, current, previous, yoy, change):
    """SnapshotInfo of property 1426, effective 2019-02-01: (previous - current) / current, as its own samples prove."""
    months = {}
    for back in range(1, 25):
        at = 2019 * 12 + 1 - back
        total = Fraction(current if back <= 12 else previous) * 1000 / 12
        months[date(at // 12, at % 12 + 1, 1)] = MonthFigures(total, total, total, complete=True)
    made = snapshot(months, Decimal(1000), date(2019, 2, 1))
    assert made is not None
    for figure in (made.eui, made.eci, made.co2):
        assert figure is not None
        assert [str(one) for one in (figure.current, figure.previous, figure.yoy, figure.change_ratio)] == [
            current,
            previous,
            yoy,
            change,
        ]


def test_energies_are_those_that_four_centuries_earlier_would_be():
    """The Gregorian calendar repeats after 146,097 days."""
    spans = [Period(date(year, 1, 15), date(year, 3, 15)) for year in (1972, 2024)]
    first, second = ([str(one.rounded(4)) for one in calendarise([MeterPeriod(span, Decimal(600))])] for span in spans)
    assert first == second
