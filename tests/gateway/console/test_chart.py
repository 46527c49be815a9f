"""The drawing of the months: bars, costs and whisker stand where their numbers say."""

import re
from decimal import Decimal
from pathlib import Path

from gateway.console.projects.chart import HEIGHT, chart_of
from gateway.console.projects.hours import by_hour_of_day
from gateway.console.projects.why import ORIGINS, RULES, explained
from gateway.rest.projects.intervals import ENERGY_UNITS_PER_KWH
from protos.profile.v1 import profile_pb2
from protos.values.v1 import values_pb2

ROOT = Path(__file__).resolve().parents[3]


def profile(energies, costs=None, band=""):
    months = [
        profile_pb2.ProfileMonth(
            month=number,
            energy_kwh=energy,
            source=profile_pb2.MONTH_SOURCE_BILLED,
            cost=None if costs is None else values_pb2.Money(amount=costs[number - 1], currency="USD"),
        )
        for number, energy in enumerate(energies, 1)
    ]
    return profile_pb2.LoadProfile(months=months, band_percent=band)


def test_bars_are_as_high_as_their_energy_and_hang_below_the_line_where_it_is_negative():
    chart = chart_of(profile(["100", "50", "-50", *["0"] * 9]))
    tall, half, below, nothing = chart.bars[:4]
    assert round(tall.height / half.height, 2) == 2
    assert {round(tall.y + tall.height, 1), round(half.y + half.height, 1), round(below.y, 1)} == {round(chart.zero, 1)}
    assert abs(below.height - half.height) < 0.1
    assert nothing.height == 1.0


def test_whisker_stands_at_the_mean_and_is_as_long_as_the_band():
    chart = chart_of(profile(["100"] * 12, band="25"))
    assert chart.whisker
    assert chart.whisker.mean_kwh == Decimal(100)
    full = chart.whisker.height
    assert round((chart.whisker.bottom - chart.whisker.top) / full, 2) == 0.5
    assert chart_of(profile(["100"] * 12)).whisker is None


def test_costs_are_a_line_beneath_and_only_where_every_month_has_one():
    chart = chart_of(profile(["1"] * 12, [str(number) for number in range(1, 13)]))
    assert [y for _, y in chart.costs] == sorted((y for _, y in chart.costs), reverse=True)
    assert all(HEIGHT < y < chart.whole_height for _, y in chart.costs)
    assert (chart.cost_max, chart_of(profile(["1"] * 12)).costs) == (Decimal(12), ())


def test_every_rule_and_origin_of_the_contract_has_its_words():
    contract = " ".join((ROOT / "protos/profile/v1/profile.proto").read_text().replace("//", " ").split())
    rules = contract.partition("With explain only. own_period")[2].partition("string rule = 9;")[0]
    assert set(re.findall(r"([a-z_]+):", "own_period" + rules)) == set(RULES)
    origins = contract.partition("string end = 3;")[2].partition("string origin = 4;")[0]
    assert set(re.findall(r"\b(own|[a-z]+(?=, chart:)|[a-z]+(?=:))", origins)) == set(ORIGINS)


def test_explanation_is_arithmetic_from_the_parts_to_the_month():
    told = profile(["300", *["1"] * 11])
    told.months[0].rule, told.months[0].scale = "scaled", "1.500000"
    told.months[0].parts.add(
        bill_id="b1",
        start="2026-01-01",
        end="2026-01-11",
        origin="own",
        energy_kwh="80",
        days=10,
        days_of_row=10,
        share_kwh="80.0000",
    )
    told.months[0].parts.add(
        bill_id="b2",
        start="2026-01-11",
        end="2026-02-10",
        origin="own",
        energy_kwh="360",
        days=10,
        days_of_row=30,
        share_kwh="120.0000",
    )
    why = explained(told, "1", {"b1": "a.pdf"})
    assert why
    assert (why.sum_kwh, Decimal(why.scale) * why.sum_kwh) == (Decimal("200.0000"), Decimal(why.energy_kwh))
    assert [part.file_name for part in why.parts] == ["a.pdf", ""]
    for nothing in ("", "13", "0", "x", "٣", "9" * 5000, "2"):
        assert explained(told, nothing, {}) is None


def test_hours_of_the_table_sum_to_the_months_in_a_leap_year_and_where_energy_is_fed_in():
    energies = [(at % 24 - 3) * 100 for at in range(8784)]
    hours = profile_pb2.GetHoursResponse(year=2028, interval_minutes=60, energies=energies)
    months = [
        Decimal(sum(energies[:744])) / ENERGY_UNITS_PER_KWH,
        Decimal(sum(energies[744 : 744 + 696])) / ENERGY_UNITS_PER_KWH,
    ]
    rows = list(by_hour_of_day(hours, profile([f"{months[0]:.4f}", f"{months[1]:.4f}", *["-1.5"] * 10])))
    assert sum(row.total for row in rows) == sum(energies)
    assert [row.equal for row in rows[:3]] == [True, True, False]
    assert rows[0].by_hour[0] == -300 * 31
    assert rows[2].month == -15_000
