"""What a bill says and what a project's twelve months are, for the terminal: lines of facts, and a small chart."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from rich.console import Console

FACTS = (
    ("issuer", "utility", ""),
    ("account", "account_number", ""),
    ("from", "billing_period_from", ""),
    ("to", "billing_period_to", ""),
    ("usage", "electricity_kwh", " kWh"),
    ("new charges", "new_charges_amount", ""),
    ("amount due", "total_amount_due", ""),
)
"""What is shown of a reading's summary: under which name, and with which unit."""

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
WIDTH_CHARACTERS = 30
FULL, EIGHTHS = "█", " ▏▎▍▌▋▊▉"


def print_summary(console: Console, summary: Mapping[str, Any]) -> None:
    """Print what there is of a reading's ``summary``, a line a fact."""
    for label, member, unit in FACTS:
        if (value := summary.get(member)) is not None:
            console.print(f"  {label:12} {value}{unit}", highlight=False)


def print_months(console: Console, profile: Mapping[str, Any]) -> None:
    """Print the months of ``GET /v1/projects/{id}/load_profile`` and, where there is one, their sum."""
    for line in month_lines(profile["months"]):
        console.print(line, highlight=False)
    if (year := profile.get("annual_energy_kwh")) is not None:
        console.print(f"{'year':35}{Decimal(year):>10,.0f} kWh", highlight=False)


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
