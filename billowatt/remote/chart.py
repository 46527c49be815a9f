"""Twelve months as a small chart for the terminal."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
WIDTH_CHARACTERS = 30
FULL, EIGHTHS = "█", " ▏▎▍▌▋▊▉"


def month_lines(months: Sequence[dict[str, Any]]) -> list[str]:
    """Return a line a month: name, bar, kWh, cost, and where the number comes from.

    ``months`` are those of ``GET /v1/projects/{id}/load_profile``, January first.
    """
    highest = max((Decimal(month["energy_kwh"]) for month in months), default=Decimal(0))
    return [
        f"{MONTHS[month['month'] - 1]}  {bar(Decimal(month['energy_kwh']), highest)} "
        f"{Decimal(month['energy_kwh']):>9,.0f} kWh {_cost(month):>12}  {month['source'].replace('_', ' ')}"
        for month in months
    ]


def bar(value: Decimal, highest: Decimal) -> str:
    """Return a bar of ``value`` against ``highest``, WIDTH_CHARACTERS wide, to an eighth of a character."""
    eighths = int(value / highest * WIDTH_CHARACTERS * 8) if highest > 0 and value > 0 else 0
    drawn = FULL * (eighths // 8) + (EIGHTHS[eighths % 8] if eighths % 8 else "")
    return drawn.ljust(WIDTH_CHARACTERS)


def _cost(month: dict[str, Any]) -> str:
    cost = month.get("cost")
    return f"{Decimal(cost['amount']):,.2f} {cost['currency']}" if cost else ""
