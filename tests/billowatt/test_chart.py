"""The small chart: bars to scale, nothing where there is nothing."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from billowatt.chart import WIDTH_CHARACTERS, bar, month_lines, print_months, print_summary, spark


@pytest.mark.parametrize(
    ("value", "highest", "length"),
    [
        ("100", "100", WIDTH_CHARACTERS),
        ("50", "100", WIDTH_CHARACTERS // 2),
        ("0", "100", 0),
        ("0", "0", 0),
        ("-5", "100", 0),
    ],
)
def test_bar_is_to_scale(value, highest, length):
    drawn = bar(Decimal(value), Decimal(highest))
    assert (len(drawn), len(drawn.rstrip())) == (WIDTH_CHARACTERS, length)


def test_lines_name_month_energy_cost_and_source():
    month = {
        "month": 2,
        "energy_kwh": "742.0000",
        "cost": {"amount": "118.72", "currency": "USD"},
        "source": "history_table",
    }
    (line,) = month_lines([month])
    assert line.startswith("Feb")
    for words in ("742 kWh", "118.72 USD", "history table"):
        assert words in line


def test_summary_and_months_are_printed_as_the_readme_shows_them(capsys):
    readme = (Path(__file__).resolve().parents[2] / "README.md").read_text()
    summary = {"utility": "Example Valley Power & Light", "electricity_kwh": "620", "total_amount_due": None}
    months = [{"month": 1, "energy_kwh": "700", "source": "history_table"}]

    print_summary(Console(width=120), summary)
    print_months(Console(width=120), {"months": months, "annual_energy_kwh": "7842.0"})

    issuer, usage, january, year = capsys.readouterr().out.splitlines()
    assert f"\n{issuer}\n" in readme
    assert f"\n{usage}\n" in readme
    assert january.startswith("Jan  █")
    assert year == f"{'year':35}     7,842 kWh"


def test_profile_without_energy_has_no_year(capsys):
    print_months(Console(width=120), {"months": [], "annual_energy_kwh": None})
    assert capsys.readouterr().out == ""


def test_month_that_is_not_known_is_a_dash_and_no_zero():
    months: list[dict[str, Any]] = [
        {"month": 1, "energy_kwh": None, "cost": None, "source": None},
        {"month": 2, "energy_kwh": "5", "source": "billed"},
    ]
    january, february = month_lines(months)
    assert january.split() == ["Jan", "–"]
    assert "5 kWh" in february


def test_line_of_bars_is_as_high_as_its_values_and_blank_where_there_is_none():
    assert spark(["0", "50", "100", "", "-3"]) == "▁▅█ ▁"
    assert spark([]) == ""
