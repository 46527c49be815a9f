"""Small charts for a terminal, and what a bill and a project's twelve months look like there."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from billowatt.terminal import escaped

if TYPE_CHECKING:
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
HEIGHTS = "▁▂▃▄▅▆▇█"


def print_summary(console: "Console", summary: Mapping[str, Any]) -> None:
    """Print what there is of a reading's ``summary``, a line a fact."""
    for label, member, unit in FACTS:
        if (value := summary.get(member)) is not None:
            console.print(f"  {label:12} {escaped(value)}{unit}")


def print_months(console: "Console", profile: Mapping[str, Any]) -> None:
    """Print the months of ``GET /v1/projects/{id}/load_profile`` and, where there is one, their sum."""
    for line in month_lines(profile["months"]):
        console.print(line)
    if (year := profile.get("annual_energy_kwh")) is not None:
        console.print(f"{'year':35}{Decimal(year):>10,.0f} kWh")


def month_lines(months: Sequence[dict[str, Any]]) -> list[str]:
    """Return a line a month: name, bar, kWh, cost, and where the number comes from.

    ``months`` are those of ``GET /v1/projects/{id}/load_profile``, January first; one without energy says so and has no bar.
    """
    highest = max(
        (Decimal(month["energy_kwh"]) for month in months if month["energy_kwh"] is not None), default=Decimal(0)
    )
    return [_month_line(month, highest) for month in months]


def bar(value: Decimal, highest: Decimal) -> str:
    """Return a bar of ``value`` against ``highest``, WIDTH_CHARACTERS wide, to an eighth of a character."""
    eighths = int(value / highest * WIDTH_CHARACTERS * 8) if highest > 0 and value > 0 else 0
    drawn = FULL * (eighths // 8) + (EIGHTHS[eighths % 8] if eighths % 8 else "")
    return drawn.ljust(WIDTH_CHARACTERS)


def spark(values: Sequence[str | Decimal]) -> str:
    """Return a character a value, as high as the value is against the highest; what is no number is a blank."""
    numbers = [_number(value) for value in values]
    highest = max((one for one in numbers if one is not None), default=Decimal(0))
    return "".join(_height(one, highest) for one in numbers)


def _height(value: Decimal | None, highest: Decimal) -> str:
    if value is None:
        return " "
    if value <= 0 or highest <= 0:
        return HEIGHTS[0]
    return HEIGHTS[min(len(HEIGHTS) - 1, int(value / highest * len(HEIGHTS)))]


def _number(value: str | Decimal) -> Decimal | None:
    try:
        return Decimal(value)
    except ArithmeticError:
        return None


def _month_line(month: dict[str, Any], highest: Decimal) -> str:
    name = MONTHS[month["month"] - 1]
    if month["energy_kwh"] is None:
        return f"{name}  {'':{WIDTH_CHARACTERS}} {'–':>9}     {_cost(month):>12}  {_source(month)}".rstrip()
    energy = Decimal(month["energy_kwh"])
    return f"{name}  {bar(energy, highest)} {energy:>9,.0f} kWh {_cost(month):>12}  {_source(month)}"


def _source(month: dict[str, Any]) -> str:
    return str(month.get("source") or "").replace("_", " ")


def _cost(month: dict[str, Any]) -> str:
    cost = month.get("cost")
    return f"{Decimal(cost['amount']):,.2f} {cost['currency']}" if cost else ""
