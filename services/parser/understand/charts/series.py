"""Series: bars by the place they have within their months, and the years that each series of a chart shows."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Generic, Protocol, TypeVar

from domain.evidence import Box
from services.parser.understand.charts.axes.axis import Axis
from services.parser.understand.charts.legend import Key

PLACE_POINTS, PLACE_SHARE = 1.6, 0.06
"""Bars of one series stand this near to one place of their months, or within this share of one; widths differ as little."""
COVER_MIN = 0.7
"""A series has a bar at this share of the months at least."""
SIDE_SHARE, SIDE_POINTS = 0.6, 0.8
"""The shown side of a solid bar is at most so broad as this share of its front, touches it, and is as much higher everywhere."""
AGREES_SHARE = 0.03
"""A bar is this bill's use when it differs by this share of it at most."""
APART_SHARE = 0.08
"""Another series is clearly not this bill's where its newest bar misses the use by so much of its highest."""
YEAR_MONTHS = tuple(range(1, 13))


class Standing(Protocol):
    """A bar over an axis."""

    @property
    def index(self) -> int:
        """Its month's place on the axis."""

    @property
    def box(self) -> Box:
        """Where it stands in the view."""

    @property
    def tone(self) -> float:
        """Its colour or grey."""


B = TypeVar("B", bound=Standing)
Dated = list[tuple[int, list[B]]]
"""Series with the years to add to those of the axis."""


@dataclass(frozen=True, slots=True)
class Latest:
    """What is known of the newest bar: this bill's use in the unit of the chart, where it is known, and its month."""

    use: float | None = None
    month: date | None = None

    def is_use(self, value: float) -> bool:
        """Tell whether a bar is as high as this bill's use."""
        return self.use is not None and abs(value - self.use) <= AGREES_SHARE * max(abs(self.use), 1.0)


@dataclass(frozen=True, slots=True)
class Plot(Generic[B]):
    """What dates the bars of a chart.

    ``axis`` holds the months under them, ``keys`` what the legend says of which tone, ``latest`` this bill's use and month,
    which tell the years where no legend does; ``value`` returns what a bar is worth.
    """

    axis: Axis
    keys: Sequence[Key]
    latest: Latest
    value: Callable[[B], float]

    def is_use(self, bar: B) -> bool:
        """Tell whether a bar is as high as this bill's use."""
        return self.latest.is_use(self.value(bar))


def is_calendar(axis: Axis) -> bool:
    """Tell whether an axis runs from January to December, as those under bars of several years do."""
    return tuple(mark.month for mark in axis.marks) == YEAR_MONTHS


def by_place(columns: Sequence[B], axis: Axis) -> list[list[B]]:
    """Return the bars by their place within their months, one a month, the fullest series first; sides of solid bars left out."""
    groups: list[tuple[float, float, dict[int, B]]] = []
    reach = max(PLACE_POINTS, PLACE_SHARE * axis.spacing)
    for column in sorted(columns, key=lambda one: one.box.bottom - one.box.top, reverse=True):
        offset = (column.box.left + column.box.right) / 2 - axis.marks[column.index].middle
        width = column.box.right - column.box.left
        home = next((g for g in groups if abs(g[0] - offset) < reach and abs(g[1] - width) < reach), None)
        if home is None:
            groups.append((offset, width, {column.index: column}))
        elif column.index not in home[2]:
            home[2][column.index] = column
    series = [sorted(by_month.values(), key=lambda column: column.index) for _, _, by_month in groups]
    series.sort(key=len, reverse=True)
    return [one for one in series if not any(_is_side(one, front) for front in series if front is not one)]


def _is_side(one: Sequence[B], front: Sequence[B]) -> bool:
    """Tell whether a series is the side that solid bars show: narrower, touching, and always as much higher than the front."""
    fronts = {column.index: column.box for column in front}
    pairs = [(column.box, fronts[column.index]) for column in one if column.index in fronts]
    if len(pairs) < 3 or len(pairs) < COVER_MIN * len(front):
        return False
    lifts = sorted(other.top - box.top for box, other in pairs)
    narrow = all(box.right - box.left <= SIDE_SHARE * (other.right - other.left) for box, other in pairs)
    touching = all(min(abs(box.left - other.right), abs(other.left - box.right)) < SIDE_POINTS for box, other in pairs)
    return narrow and touching and lifts[-1] - lifts[0] < SIDE_POINTS


def dated(series: Sequence[list[B]], plot: Plot[B], cover: float = COVER_MIN) -> Dated[B]:
    """Return the series whose years are sure, this year's first.

    Args:
        series: bars by place, also series that lack most months.
        plot: what dates them.
        cover: the share of the months at which a whole series has a bar.
    """
    calendar = _by_calendar(series, plot)
    if calendar is not None:
        return calendar
    full = [one for one in series if len(one) >= cover * len(plot.axis.marks)]
    kinds = [sum(key.kind for key in plot.keys if key.tone == tone_of(one)) for one in full]
    if len(full) <= 1:
        return [(-1 if kind < 0 else 0, one) for one, kind in zip(full, kinds, strict=True)]
    off = [_off_use(one, plot) for one in full]
    if len(full) == 2 and min(off) <= AGREES_SHARE and max(off) > APART_SHARE:
        # This bill's own bar is surer than the tone of a square.
        kinds = [abs(kind) if miss == min(off) else -abs(kind) for miss, kind in zip(off, kinds, strict=True)]
    now = [one for one, kind in zip(full, kinds, strict=True) if kind > 0]
    then = [one for one, kind in zip(full, kinds, strict=True) if kind < 0]
    if not now and not then:
        # Nothing says that the others are of the year before: they may be what was fed in, a cost, or the neighbours' use.
        now = [one for one in full if plot.is_use(_newest(one, plot.axis))]
        if len(now) == 1 and len(full) == 2 and {1, -1} <= {key.kind for key in plot.keys if math.isnan(key.tone)}:
            return [(0, now[0]), *((-1, one) for one in full if one is not now[0] and _meets(one, now[0], plot))]
    elif len(full) == 2 and len(now) < 2 and len(then) < 2:
        first = now[0] if now else next(one for one in full if one is not then[0])
        return [(0, first), *((-1, one) for one in full if one is not first and _meets(one, first, plot))]
    return [(0, now[0])] if len(now) == 1 else []


def _meets(before: Sequence[B], after: Sequence[B], plot: Plot[B]) -> bool:
    """Tell whether the bars of the year before are as high as this year's at the months that both show."""
    marks = plot.axis.marks
    shown = {marks[bar.index].first: plot.value(bar) for bar in after}
    highest = max(max(shown.values()), max(plot.value(bar) for bar in before), 1.0)
    pairs = [
        (shown[first.replace(year=first.year - 1)], plot.value(bar)) for bar in before
        if (first := marks[bar.index].first) is not None and first.replace(year=first.year - 1) in shown
    ]  # fmt: skip
    return all(abs(one - other) <= APART_SHARE * highest for one, other in pairs)


def _off_use(series: Sequence[B], plot: Plot[B]) -> float:
    """Return by how much the bar of this bill's month misses its use [share of the highest bar]; 1 where nothing tells."""
    newest, use, month = _newest(series, plot.axis), plot.latest.use, plot.latest.month
    if use is None or month is None or plot.axis.marks[newest.index].first != month.replace(day=1):
        return 1.0
    return abs(plot.value(newest) - use) / max(max(plot.value(bar) for bar in series), 1.0)


def lacks_use(series: Sequence[Sequence[B]], axis: Axis, latest: Latest, value: Callable[[B], float]) -> bool:
    """Tell whether the newest bar of no series is this bill's use: all may be of the year before."""
    newest = [_newest(one, axis) for one in series if one]
    return latest.use is not None and not any(latest.is_use(value(bar)) for bar in newest)


def tone_of(series: Sequence[Standing]) -> float:
    """Return the tone in the middle of those of a series."""
    tones = sorted(column.tone for column in series)
    return tones[len(tones) // 2]


def _newest(series: Sequence[B], axis: Axis) -> B:
    return max(series, key=lambda column: axis.marks[column.index].first or date.min)


def _by_calendar(series: Sequence[list[B]], plot: Plot[B]) -> Dated[B] | None:
    """Return the series of a chart from January to December, as its legend's years or this bill's bar date them; else None."""
    axis, newest = plot.axis, plot.latest.month
    base = axis.marks[0].year
    if not is_calendar(axis) or newest is None or base is None:
        return None
    named = _by_legend(series, plot.keys, base)
    if len({years for years, _ in named}) > 1 or (named and len(series) == 1):
        bars = [(years, column.index) for years, one in named for column in one]
        twice = len(set(bars)) < len(bars)
        ahead = any(_after(base + years, axis, one, newest) for years, one in named)
        return [] if twice or ahead else named
    if len(series) > 1 and newest.month < 12:
        ends = [max(axis.marks[column.index].month for column in one) for one in series]
        mine = [one for one, end in zip(series, ends, strict=True) if end in (newest.month, newest.month + 1)]
        if len(series) > 2 or len(mine) != 1 or max(ends) < 12:
            return []
        return [(newest.year - base, mine[0]), *((newest.year - 1 - base, one) for one in series if one is not mine[0])]
    if len(series) == 1 and newest.month < 12:
        months = {axis.marks[column.index].month: column for column in series[0]}
        bar = months.get(newest.month)
        if bar is not None and max(months) == newest.month:
            return [(newest.year - base, series[0])]
        if bar is not None and plot.is_use(bar):
            mine_year = [column for column in series[0] if axis.marks[column.index].month <= newest.month]
            return [
                (newest.year - base, mine_year),
                (newest.year - 1 - base, [c for c in series[0] if c not in mine_year]),
            ]
    return None


def _by_legend(series: Sequence[list[B]], keys: Sequence[Key], base: int) -> Dated[B]:
    """Return the series of whose tone the legend tells one year, however often it does, the newest first."""
    named = []
    for one in series:
        years = {key.year for key in keys if key.year is not None and key.tone == tone_of(one)}
        if len(years) == 1:
            named.append((years.pop() - base, one))
    return sorted(named, key=lambda dated: -dated[0])


def _after(year: int, axis: Axis, series: Sequence[B], newest: date) -> bool:
    """Tell whether bars stand at months that have not come yet."""
    return any((year, axis.marks[column.index].month) > (newest.year, newest.month + 1) for column in series)
