"""The twelve months as bars, their costs as a line: places worked out here, so that the page shows them without a script."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from gateway.messages import month_source
from protos.profile.v1 import profile_pb2

WIDTH, HEIGHT, COSTS_HEIGHT = 780, 220, 56
"""Of the drawing of energy, and of the strip for costs beneath it [its own units]."""

_FOOT, _HEAD, _GAP = 24, 18, 10
_PLACES = 13
"""Twelve months, and the mean of them with the band of the year."""

MONTH_NAMES = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One month: its place in the drawing, and what it says. Negative months hang below the line."""

    month: int
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Whisker:
    """The mean month, and how far it may be off either way: the band is one of the whole year, so it stands at the mean alone."""

    x: float
    width: float
    y: float
    height: float
    top: float
    bottom: float
    mean_kwh: Decimal
    band_percent: str


@dataclass(frozen=True, slots=True)
class Chart:
    """Everything to draw. ``costs`` are the points of the line in the strip beneath; its top is ``cost_max``."""

    bars: tuple[Bar, ...]
    costs: tuple[tuple[float, float], ...]
    cost_max: Decimal
    whisker: Whisker | None
    zero: float
    width: int = WIDTH
    height: int = HEIGHT

    @property
    def whole_width(self) -> float:
        """Return how wide everything is together: without a band, the mean has no place."""
        return float(self.width) if self.whisker else self.width - self.width / _PLACES

    @property
    def whole_height(self) -> int:
        """Return how high everything is together."""
        return self.height + (COSTS_HEIGHT if self.costs else 0)

    @classmethod
    def empty(cls) -> "Chart":
        """Return what is drawn where there is no profile."""
        return cls((), (), Decimal(0), None, float(HEIGHT))


@dataclass(frozen=True, slots=True)
class _Scale:
    """From energy to height in the drawing."""

    top: Decimal
    bottom: Decimal

    @property
    def _room(self) -> int:
        return HEIGHT - _FOOT - _HEAD

    def y(self, energy: Decimal) -> float:
        span = self.top - self.bottom or Decimal(1)
        return round(_HEAD + float((self.top - energy) / span) * self._room, 2)


def chart_of(profile: profile_pb2.LoadProfile) -> Chart:
    """Return the drawing of a load profile, January first."""
    months = profile.months
    amounts = [Decimal(month.energy_kwh or 0) for month in months]
    mean = sum(amounts, Decimal(0)) / max(len(amounts), 1)
    off = abs(mean) * Decimal(profile.band_percent or 0) / 100
    scale = _Scale(max([*amounts, mean + off, Decimal(0)]), min([*amounts, mean - off, Decimal(0)]))
    costs = [Decimal(month.cost.amount or 0) for month in months]
    cost_max = max([*costs, Decimal(0)])
    return Chart(
        bars=tuple(_bars(months, amounts, scale)),
        costs=_line(costs, cost_max) if all(month.cost.amount for month in months) else (),
        cost_max=cost_max,
        whisker=_whisker(mean, off, scale, profile.band_percent) if profile.band_percent else None,
        zero=scale.y(Decimal(0)),
    )


def _bars(months: Sequence[profile_pb2.ProfileMonth], amounts: Sequence[Decimal], scale: _Scale) -> list[Bar]:
    bars = []
    zero = scale.y(Decimal(0))
    for place, (month, amount) in enumerate(zip(months, amounts, strict=True)):
        end = scale.y(amount)
        source = month_source(month) or "not_told"
        bars.append(
            Bar(
                month=month.month,
                name=MONTH_NAMES[(month.month - 1) % 12],
                year=month.year,
                x=_left(place),
                y=min(end, zero),
                width=_WIDTH,
                height=max(abs(end - zero), 1.0),
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


def _line(costs: Sequence[Decimal], cost_max: Decimal) -> tuple[tuple[float, float], ...]:
    low = min([*costs, Decimal(0)])
    span = cost_max - low or Decimal(1)
    room = COSTS_HEIGHT - 12
    return tuple(
        (round(_left(place) + _WIDTH / 2, 2), round(HEIGHT + 6 + float((cost_max - cost) / span) * room, 2))
        for place, cost in enumerate(costs)
    )


def _whisker(mean: Decimal, off: Decimal, scale: _Scale, band_percent: str) -> Whisker:
    zero, end = scale.y(Decimal(0)), scale.y(mean)
    return Whisker(
        x=_left(_PLACES - 1),
        width=_WIDTH,
        y=min(zero, end),
        height=max(abs(end - zero), 1.0),
        top=scale.y(mean + off),
        bottom=scale.y(mean - off),
        mean_kwh=mean,
        band_percent=band_percent,
    )


_STEP = WIDTH / _PLACES
_WIDTH = _STEP - _GAP


def _left(place: int) -> float:
    return round(place * _STEP + _GAP / 2, 2)
