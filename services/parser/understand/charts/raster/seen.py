"""What the pixels of a page show over the months of an axis: bars, or else a line."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from statistics import median

from domain.evidence import Box, Method
from services.parser.understand.charts.axes.axis import Axis
from services.parser.understand.charts.axes.between import ALIKE_SHARE, denser_in_pixels
from services.parser.understand.charts.bar import Bar, in_year, newest_bar
from services.parser.understand.charts.legend import Key, keys_by_grey
from services.parser.understand.charts.raster import pixels
from services.parser.understand.charts.raster.threads import threads
from services.parser.understand.charts.scale import Scale
from services.parser.understand.charts.series import Latest, Plot, by_place, dated, is_calendar, lacks_use, tone_of
from services.parser.understand.charts.view import View

TILT_MAX = 0.05
"""Straightened pages keep less tilt than this [points a point]."""
LIFT_POINTS = 3.0
"""A base line is drawn this thick at most; feet further off are no feet."""
COVER_MIN_SEEN = 0.6
"""A month without use shows no bar in the raster: fewer bars make a series there."""
GREY_APART, GREY_SAME = 12, 40
"""Two series differ in grey by this much at least where grey must tell them; a square is as grey as its bars within this much."""
PLACE_POINTS, WIDTH_SHARE = 1.6, 0.25
"""Bars in the raster stand this near to one place of their months and differ by as much, or this share, in width."""
LEVEL_POINTS = 1.5
"""This bill's bar is seen so much too high or low where all are: lines have breadth, and edges are blurred."""
TOPPED_MIN, TOPPED_POINTS = 4, 1.0
"""So many bars are as high as the highest, within this, where a track behind them was seen as a part of them."""


def seen(view: View, axis: Axis, scale: Scale, latest: Latest) -> list[Bar]:
    """Return the bars that the page's pixels show, and the line over or in place of them that ends at this bill's use."""
    bars = _barred(view, axis, scale, latest)
    if bars and not ends_elsewhere(bars, latest):
        return bars
    return with_line(bars, _followed(view, axis, scale, latest), latest)


def ends_elsewhere(bars: Sequence[Bar], latest: Latest) -> bool:
    """Tell whether the newest of bars is not this bill's use, where that is known: a line over them may be."""
    return latest.use is not None and not latest.is_use(newest_bar(bars).value)


def with_line(bars: list[Bar], line: list[Bar], latest: Latest) -> list[Bar]:
    """Return the line of this year, which ends at this bill's use, with those bars that are of the year before; else the bars."""
    if not line or latest.use is None or not latest.is_use(newest_bar(line).value):
        return bars
    first = min(bar.mark.first or date.min for bar in line)
    return [*line, *(bar for bar in bars if (bar.mark.first or date.max) < first)]


def _barred(view: View, axis: Axis, scale: Scale, latest: Latest) -> list[Bar]:
    """Return the bars that the page's pixels show; with the parts of another grey on them unless this bill's use is without."""
    whole = _levelled(list(_pictured(view, axis, scale, latest, whole=True)), scale, latest)
    if _topped(whole, scale):
        bare = _levelled(list(_pictured(view, axis, scale, latest, whole=False)), scale, latest)
        tracked = _topped(bare, scale) and not _is_highest(bare, scale, latest)
        return bare if len(bare) >= len(whole) and not tracked else []
    if not whole or latest.use is None or latest.is_use(newest_bar(whole).value):
        return whole
    bare = _levelled(list(_pictured(view, axis, scale, latest, whole=False)), scale, latest)
    return bare if bare and latest.is_use(newest_bar(bare).value) else whole


def _followed(view: View, axis: Axis, scale: Scale, latest: Latest) -> list[Bar]:
    """Return the corners of the line that the page's pixels show, which ends at this bill's use."""
    for line in threads(view, axis, scale) if latest.use is not None else ():
        bars = [
            Bar(axis.marks[one.index], max(scale.value(one.top), 0.0), axis.page, one.box, Method.CHART_PIXELS, traced=True)
            for one in line
        ]  # fmt: skip
        if latest.is_use(newest_bar(bars).value):
            return bars
    return []


def _topped(bars: Sequence[Bar], scale: Scale) -> bool:
    """Tell whether so many bars end at the height of the highest that a track behind them was taken for a part of them."""
    if len(bars) < TOPPED_MIN:
        return False
    highest = max(bar.value for bar in bars)
    return sum(bar.value > highest - TOPPED_POINTS * abs(scale.slope) for bar in bars) >= TOPPED_MIN


def _is_highest(bars: Sequence[Bar], scale: Scale, latest: Latest) -> bool:
    """Tell whether this bill's own bar is its use and among the highest: others as high are months of the same use."""
    newest, highest = newest_bar(bars).value, max(bar.value for bar in bars)
    return latest.is_use(newest) and newest > highest - TOPPED_POINTS * abs(scale.slope)


def _levelled(bars: list[Bar], scale: Scale, latest: Latest) -> list[Bar]:
    """Return the bars as much lower as that of this bill is too high: how broad lines and edges were seen is alike in all."""
    if not bars or latest.use is None or latest.month is None:
        return bars
    newest = newest_bar(bars)
    off = newest.value - latest.use
    if newest.mark.first != latest.month.replace(day=1) or abs(off) > LEVEL_POINTS * abs(scale.slope):
        return bars
    return [replace(bar, value=max(bar.value - off, 0.0)) for bar in bars]


def _pictured(view: View, axis: Axis, scale: Scale, latest: Latest, *, whole: bool) -> Iterator[Bar]:
    axis = denser_in_pixels(view, axis, scale)
    found, beyond = pixels.columns(view, axis, scale, whole=whole)
    if any(beyond):
        axis = axis.extended(*beyond)
        found, _ = pixels.columns(view, axis, scale, whole=whole)
    if is_calendar(axis):
        series = by_place([column for bars in found for column in bars], axis)
    else:
        alike = (_alike(one, axis) for one in _series(found, axis))
        series = [one for one in alike if len(one) >= COVER_MIN_SEEN * len(axis.marks)]
    tones = [tone_of(one) for one in series]
    base = _base_line(axis, scale, [column for one in series for column in one])

    def value(column: pixels.Column) -> float:
        return scale.floor + scale.value(column.top) - scale.value(base[column.index])

    asked = len(series) > 1 or is_calendar(axis) or lacks_use(series, axis, latest, value)
    keys = _of_tones(keys_by_grey(view, axis), tones) if asked else []
    for years, one in dated(series, Plot(axis, keys, latest, value), COVER_MIN_SEEN):
        for column in one:
            box = view.back(Box(column.left, column.top, column.right, base[column.index]))
            amount = max(value(column), 0.0)
            yield Bar(in_year(axis, column.index, years), amount, axis.page, box, Method.CHART_PIXELS)


def _series(found: Sequence[Sequence[pixels.Column]], axis: Axis) -> list[list[pixels.Column]]:
    """Return the series that the bars over the months make, the left one first."""
    if not found:
        return []
    counts = sorted(len(bars) for bars in found)
    usual = counts[len(counts) // 2]
    if usual <= 1:
        widths = sorted(bar.right - bar.left for bars in found for bar in bars)
        width = widths[len(widths) // 2] if widths else 0.0
        return [[min(bars, key=lambda bar: abs(bar.right - bar.left - width)) for bars in found if bars]]
    if usual == 2:
        pairs = [bars for bars in found if len(bars) == 2]
        return (
            _paired(pairs, [bars[0] for bars in found if len(bars) == 1], axis)
            if len(pairs) >= 0.7 * len(axis.marks)
            else []
        )
    return []


def _paired(
    pairs: Sequence[Sequence[pixels.Column]], single: Sequence[pixels.Column], axis: Axis
) -> list[list[pixels.Column]]:
    """Return the left and the right bars of pairs, and those that stand alone where one of the two does in other months."""

    def off(bar: pixels.Column) -> float:
        return (bar.left + bar.right) / 2 - axis.marks[bar.index].middle

    made = []
    for mine in ([bars[0] for bars in pairs], [bars[1] for bars in pairs]):
        usual = median(off(bar) for bar in mine)
        alone = [bar for bar in single if abs(off(bar) - usual) <= PLACE_POINTS]
        made.append(sorted([*mine, *alone], key=lambda bar: bar.index))
    return made


def _alike(series: list[pixels.Column], axis: Axis) -> list[pixels.Column]:
    """Return the bars that are as broad as most and stand where most do in their months: others run together with something."""
    if not series:
        return series
    width = median(one.right - one.left for one in series)
    pitch = _pitch(series) or axis.spacing
    middles = [(one.left + one.right) / 2 for one in series]
    named = [place - axis.marks[one.index].middle for one, place in zip(series, middles, strict=True)]
    even = [place - pitch * one.index for one, place in zip(series, middles, strict=True)]
    reach, usually, evenly = max(PLACE_POINTS, ALIKE_SHARE * axis.spacing), median(named), median(even)
    return [
        one for one, by_name, by_pitch in zip(series, named, even, strict=True)
        if abs(one.right - one.left - width) <= max(PLACE_POINTS, WIDTH_SHARE * width)
        and min(abs(by_name - usually), abs(by_pitch - evenly)) <= reach
    ]  # fmt: skip


def _pitch(series: Sequence[pixels.Column]) -> float | None:
    """Return how far bars stand apart from month to month [points]: their own places are surer than those of names."""
    pairs = itertools.combinations([(one.index, (one.left + one.right) / 2) for one in series], 2)
    pitches = [(x - x0) / (at - at0) for (at0, x0), (at, x) in pairs if at != at0]
    return median(pitches) if pitches else None


def _of_tones(keys: Sequence[Key], tones: Sequence[float]) -> list[Key]:
    """Return the legend's entries with the greys of the series they name: the darker of two is the darker's, else the nearest."""
    if not tones or max(tones) - min(tones) < GREY_APART * (len(tones) > 1):
        return []
    greys = sorted({key.tone for key in keys})
    if len(tones) == 2 and len(greys) == 2 and greys[1] - greys[0] > GREY_APART:
        return [replace(key, tone=min(tones) if key.tone == greys[0] else max(tones)) for key in keys]
    nearest = [(key, min((abs(tone - key.tone), tone) for tone in tones)[1]) for key in keys]
    return [replace(key, tone=tone) for key, tone in nearest if abs(tone - key.tone) < GREY_SAME]


def _base_line(axis: Axis, scale: Scale, columns: Sequence[pixels.Column]) -> dict[int, float]:
    """Return where zero lies under each month: as tilted as the bars' feet, as high as the scale says at its ticks."""
    if not columns:
        return {}
    xs = [(column.left + column.right) / 2 for column in columns]
    mean_x, mean_y = sum(xs) / len(xs), sum(column.bottom for column in columns) / len(columns)
    spread = sum((x - mean_x) ** 2 for x in xs)
    slope = (
        sum((x - mean_x) * (c.bottom - mean_y) for x, c in zip(xs, columns, strict=True)) / spread if spread else 0.0
    )
    slope = max(min(slope, TILT_MAX), -TILT_MAX)
    tick = sum((one.box.left + one.box.right) / 2 for one in scale.ticks) / len(scale.ticks)
    lift = scale.zero - (mean_y + slope * (tick - mean_x))
    lift = lift if abs(lift) <= LIFT_POINTS and not scale.assumed else 0.0
    return {c.index: mean_y + slope * (axis.marks[c.index].middle - mean_x) + lift for c in columns}
