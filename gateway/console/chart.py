"""The twelve months as bars: their places worked out here, so that the page shows them without any script."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from gateway.messages import month_source
from protos.profile.v1 import profile_pb2

WIDTH, HEIGHT = 720, 220
"""Of the drawing [its own units]."""

_FOOT, _HEAD, _GAP = 24, 18, 10
MONTH_NAMES = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One month: its place in the drawing, and what it says. Negative months hang below the line."""

    name: str
    year: int
    x: float
    y: float
    width: float
    height: float
    energy_kwh: str
    cost: str
    currency: str
    source: str
    pattern: str
    bill_id: str
    days_covered: int
    days_in_month: int


def bars_of(months: Sequence[profile_pb2.ProfileMonth]) -> list[Bar]:
    """Return the bars of a load profile, January first."""
    amounts = [Decimal(month.energy_kwh or 0) for month in months]
    top, bottom = max([*amounts, Decimal(0)]), min([*amounts, Decimal(0)])
    span = top - bottom or Decimal(1)
    room = HEIGHT - _FOOT - _HEAD
    zero = _HEAD + float(top / span) * room
    step = WIDTH / max(len(months), 1)
    bars = []
    for place, (month, amount) in enumerate(zip(months, amounts, strict=True)):
        height = abs(float(amount / span)) * room
        source = month_source(month) or "not_told"
        bars.append(
            Bar(
                name=MONTH_NAMES[(month.month - 1) % 12],
                year=month.year,
                x=place * step + _GAP / 2,
                y=zero - height if amount >= 0 else zero,
                width=step - _GAP,
                height=max(height, 1.0),
                energy_kwh=month.energy_kwh,
                cost=month.cost.amount,
                currency=month.cost.currency,
                source=source.replace("_", " "),
                pattern="p-" + source.replace("_", "-"),
                bill_id=month.bill_id,
                days_covered=month.days_covered,
                days_in_month=month.days_in_month,
            )
        )
    return bars
