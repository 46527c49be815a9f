"""The small chart: bars to scale, nothing where there is nothing."""

from decimal import Decimal

import pytest

from billowatt.remote.chart import WIDTH_CHARACTERS, bar, month_lines


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
