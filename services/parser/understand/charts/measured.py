"""A chart as measured, held against what this bill says it used: the newest bar is this bill's use."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from domain.quantity import Commodity, Unit
from services.parser.understand.charts.axes.axis import Axis
from services.parser.understand.charts.bar import Bar
from services.parser.understand.charts.bars import measure
from services.parser.understand.charts.scale import REACH_POINTS, Scale, find_scales
from services.parser.understand.charts.series import Latest
from services.parser.understand.charts.unscaled import by_use
from services.parser.understand.charts.view import View
from services.parser.understand.layout.rows import middle
from services.parser.understand.sight import Sight
from services.parser.understand.values.units import unit_of

CONTRADICTS_SHARE = 0.05
"""A measured bar of this bill's month that misses its use by more of the scale tells that the chart was misread."""
WITNESS_SHARE = 0.005
"""A use printed elsewhere is that of the newest bar when this misses it by so little of the scale."""
MULTIPLES, MULTIPLE_SHARE = (100, 1000), 0.015
"""Axes may count in hundreds or thousands: this bill's own bar is then its use within this share of it."""
AGREES_SHARE = 0.03
"""A measured newest month agrees with the bill's usage within this share of the scale."""
HEADS_POINTS = 60.0
"""The units of a chart stand in its legend or over its axes, this far over and under them at most."""


@dataclass(frozen=True, slots=True)
class Known:
    """The bill's own usage, against which the newest bar is held."""

    amount: Decimal
    unit: Unit


@dataclass(frozen=True, slots=True)
class Bill:
    """What this bill says of itself: its uses, a day of its month, and how long it is [months]."""

    known: dict[Commodity, Known]
    newest: date | None
    step: int = 1

    def months_at(self, axis: Axis) -> int:
        """Return how many bars of an axis the bill's use is made of."""
        return max(round(self.step / max(abs(axis.step), 1)), 1)


@dataclass(frozen=True, slots=True)
class Shown:
    """A chart as measured. ``known`` is the use of its newest bars, so many together; None where they were measured by it."""

    scale: Scale
    bars: list[Bar]
    commodity: Commodity
    known: Known | None
    together: int = 1
    by_known: bool = False

    @property
    def newest(self) -> float:
        """The value of the newest bars."""
        return newest_of(self.bars, self.together)


def shown_on(view: View, axis: Axis, bill: Bill, unit: Unit, times: int, commodity: Commodity) -> Shown | None:
    """Return a chart as measured by its axis, else by this bill's use; None where neither gives a scale."""
    known, months = bill.known.get(commodity), bill.months_at(axis)
    scale, bars = best(view, axis, known, unit, bill, times)
    if scale is None or not bars:
        found = (
            by_use(view, axis, float(known.amount), bill.newest)
            if known and known.unit is unit and months == 1
            else None
        )
        if found is not None:
            return Shown(*found, commodity, None, by_known=True)
        return Shown(scale, bars, commodity, known) if scale is not None else None
    shown = Shown(scale, bars, commodity, known, months)
    if not contradicts(shown, unit, bill.newest):
        return shown
    other = other_use(bars, scale, bill.known, unit)
    if other is not None:
        return replace(shown, commodity=other, known=bill.known[other])
    return replace(shown, known=_told(view.sight, shown, unit) or known)


def _told(sight: Sight, shown: Shown, unit: Unit) -> Known | None:
    """Return the one use printed elsewhere that the newest bar of a chart is.

    Charts may show one meter of several, and what was taken for this bill's use may be none of it.
    """
    near = {
        token.value
        for token in sight.tokens.all()
        if token.number is not None and token.number.unit is unit and not token.number.per
        and abs(float(token.value) - shown.newest) <= WITNESS_SHARE * shown.scale.top_value
        and not any(label.concept == "average_daily" for label in sight.labels.on(token.page, token.row))
    }  # fmt: skip
    return Known(near.pop(), unit) if len(near) == 1 else None


def best(
    view: View, axis: Axis, known: Known | None, unit: Unit, bill: Bill, times: int = 1
) -> tuple[Scale | None, list[Bar]]:
    """Return the scale and the bars read by it; of two scales the one by which the newest month is this bill's use.

    ``times`` tells how many of the unit one on the axis is.
    """
    first: tuple[Scale | None, list[Bar]] = (None, [])
    months = bill.months_at(axis)
    own = known is not None and known.unit is unit and months == 1
    latest = Latest(float(known.amount) if known is not None and own else None, bill.newest)
    for printed in find_scales(view, axis):
        scale = printed.times(times)
        bars = measure(view, axis, scale, latest)
        if not bars:
            first = first if first[0] else (scale, bars)
            continue
        if known is None or known.unit is not unit or agree(bars, scale, known, months):
            return scale, bars
        if not first[1]:
            first = scale, bars
    return (multiplied(*first, known, unit, bill.newest) if own else None) or first


def multiplied(
    scale: Scale | None, bars: list[Bar], known: Known | None, unit: Unit, newest: date | None
) -> tuple[Scale, list[Bar]] | None:
    """Return scale and bars in hundreds or thousands where the bar of this bill's own month is its use so."""
    if scale is None or known is None or known.unit is not unit or newest is None:
        return None
    use = float(known.amount)
    mine = next((bar for bar in bars if bar.mark.first == newest.replace(day=1)), None)
    for times in MULTIPLES if mine is not None and mine.value > 0 else ():  # nothing is nothing in hundreds, too
        if mine is not None and abs(mine.value * times - use) <= MULTIPLE_SHARE * use:
            return scale.times(times), [replace(bar, value=bar.value * times) for bar in bars]
    return None


def newest_of(bars: list[Bar], together: int = 1) -> float:
    """Return what the newest bars are worth, so many together."""
    return sum(bar.value for bar in sorted(bars, key=lambda bar: bar.mark.first or date.min)[-together:])


def beside(view: View, axis: Axis, shown: Shown, bill: Bill) -> Iterator[Shown]:
    """Yield what the other bars of a chart show that this bill bills, too: two services share it, each with a scale of its own.

    Their newest bar is that other use, and its unit is printed at the chart.
    """
    if shown.by_known or shown.together > 1:
        return
    units = _units_at(view, axis, shown.scale)
    mine = {bar.box for bar in shown.bars}
    for commodity, use in bill.known.items():
        if commodity is shown.commodity or use.unit not in units or use.amount <= 0:
            continue
        scale, bars = best(view, axis, use, use.unit, bill)
        if scale is not None and bars and agree(bars, scale, use) and not mine & {bar.box for bar in bars}:
            yield Shown(scale, bars, commodity, use)


def _units_at(view: View, axis: Axis, scale: Scale) -> set[Unit]:
    """Return the units that are printed about a chart, as over its axes and in its legend."""
    low, high = scale.highest - HEADS_POINTS, axis.bottom + HEADS_POINTS
    left, right = axis.marks[0].middle - REACH_POINTS, axis.marks[-1].middle + REACH_POINTS
    seen = ((word.text, view.seen(word.box)) for word in view.page.words)
    near = (text for text, box in seen if low < middle(box) < high and left < box.right and box.left < right)
    return {unit for text in near if (unit := unit_of(text)) is not None}


def agree(bars: list[Bar], scale: Scale, known: Known, together: int = 1) -> bool:
    """Tell whether the newest bars, so many together, are this bill's use."""
    apart = abs(newest_of(bars, together) - float(known.amount))
    return len(bars) >= together and apart <= AGREES_SHARE * together * scale.top_value


def contradicts(shown: Shown, unit: Unit, newest: date | None) -> bool:
    """Tell whether the bar of this bill's own month is far from this bill's use: axis or bars were then seen wrongly."""
    known, bars, most = shown.known, shown.bars, shown.scale.top_value
    if known is None or known.unit is not unit or newest is None:
        return False
    if shown.together > 1:
        return not agree(bars, shown.scale, known, shown.together)
    mine = [bar for bar in bars if bar.mark.first == newest.replace(day=1)]
    return any(abs(bar.value - float(known.amount)) > CONTRADICTS_SHARE * most for bar in mine)


def other_use(bars: list[Bar], scale: Scale, known: dict[Commodity, Known], unit: Unit) -> Commodity | None:
    """Return the one commodity whose use the newest bar is: a bill for two, both in one unit, may not say which a chart shows."""
    mine = [commodity for commodity, use in known.items() if use.unit is unit and agree(bars, scale, use)]
    return mine[0] if len(mine) == 1 else None
