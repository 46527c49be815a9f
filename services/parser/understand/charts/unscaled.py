"""Charts whose scale or months cannot be read: bars are measured by the bar of this bill, whose use is known.

The newest bar of a usage chart is this bill's use, so that ``value = use × height / newest height``. It needs no number of the
axis and no name of a month: bars alone tell how many periods there are, and the newest is this bill's. Ticks that can be read
must agree.
"""

import itertools
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING

import numpy

from domain.evidence import Box
from services.parser.page import Shape
from services.parser.understand.charts.axes.axis import Axis, Mark
from services.parser.understand.charts.bar import Bar
from services.parser.understand.charts.bars import measure
from services.parser.understand.charts.raster.light import paper_about
from services.parser.understand.charts.raster.pixels import CONTRAST_MIN, runs_of
from services.parser.understand.charts.scale import HEIGHT_MAX_POINTS, LENGTH_MAX_POINTS, Scale
from services.parser.understand.charts.view import Tick, View
from services.parser.understand.layout.rows import Segment

if TYPE_CHECKING:
    from numpy.typing import NDArray

FOOT_REACH_POINTS = 16.0
"""Bars end at most this far over the names of their months."""
LYING_REACH_POINTS = 60.0
"""Lying bars begin at one edge, this far from names that are not all as long."""
BAND_POINTS = 2.0
"""Bars are at least this high where most of them are seen."""
COVER_MIN = 0.6
FULL, FAINT = 0.97, 0.12
"""Shares of a month's width that are dark: more is a line across the page, less is a stroke of a letter."""
MONTHS_BEHIND_MAX = 1
"""A chart's newest month is that of this bill, or the one before where it is named after the first day."""
LEVEL_POINTS = 1.5
"""Bars that differ in height by less are no bars of use."""
NEWEST_SHARE_MIN = 0.18
"""A newest bar much lower than the highest one measures the others too coarsely."""
TICK_SHARE = 0.04
"""A tick that can be read agrees when it misses by this share of the highest bar at most."""
PAPER_PERCENTILE = 85
SHADE_POINTS, INK_SHARE = 48.0, 0.14
"""Over this way light changes little and some paper shows between bars; bars are so much darker than it."""
BARS_MIN, BARS_MAX = 6, 40
EVEN_SHARE = 0.12
BROADER = 1.8
"""Bars are so many times as broad as the ticks of their months at least."""
WIDTH_MIN_POINTS = 1.6
HIGHEST_MIN_POINTS, SPAN_MIN_POINTS = 16.0, 70.0
"""Smaller things that stand evenly are the stems of letters."""
COUNTS = frozenset({12, 13, 14, 24, 25, 26})
"""How many bars a chart of months has whose months nothing names."""


def by_use(view: View, axis: Axis, use: float, month: date | None = None) -> tuple[Scale, list[Bar]] | None:
    """Return the scale that this bill's use gives a chart, and its bars by it; None where bars or ticks speak against it.

    ``month`` is that of this bill: months that end earlier than the one before it lack the names of the newest.
    """
    last = max((mark.first or date.min) for mark in axis.marks)
    if month is not None and (month.year - last.year) * 12 + month.month - last.month > MONTHS_BEHIND_MAX:
        return None
    base = _base_of_shapes(view, axis) if view.figures else None
    base = base if base is not None else _base_of_pixels(view, axis)
    if base is None or use <= 0:
        return None
    plain = _scale(base, 1.0, axis)
    bars = measure(view, axis, plain)
    if len(bars) < COVER_MIN * len(axis.marks) or any(bar.traced for bar in bars):
        return None
    newest = max(bars, key=lambda bar: bar.mark.first or date.min)
    highest = max(bar.value for bar in bars)
    if len(bars) >= BARS_MIN and highest - min(bar.value for bar in bars) < LEVEL_POINTS:
        return None  # a panel or a band, or boxes to fill in
    if highest < HIGHEST_MIN_POINTS:
        return None
    if newest.mark.first != last or newest.value < NEWEST_SHARE_MIN * highest:
        return None
    scale = _scale(base, use / newest.value, axis)
    if not _ticks_agree(view, axis, scale, highest * use / newest.value):
        return None
    return scale, [Bar(b.mark, b.value * use / newest.value, b.page, b.box, b.method) for b in bars]


def _scale(base: float, a_point: float, axis: Axis) -> Scale:
    """Return the scale on which a point of height over the base is so much."""
    left = axis.marks[0].middle - axis.spacing
    most = LENGTH_MAX_POINTS if axis.turned else HEIGHT_MAX_POINTS
    ticks = tuple(Tick((base - y) * a_point, Box(left - 8, y - 2, left, y + 2)) for y in (base, base - 0.9 * most))
    return Scale(-a_point, a_point * base, 0.0, ticks, assumed=True)


def _ticks_agree(view: View, axis: Axis, scale: Scale, highest: float) -> bool:
    """Tell whether no number right beside the chart contradicts the scale, where some number there can be read at all."""
    left, right = axis.marks[0].middle - 0.4 * axis.spacing, axis.marks[-1].middle + 0.4 * axis.spacing
    near = [
        tick for tick in view.ticks
        if not tick.foreign and not tick.worded and (-4 < left - tick.box.right < 24 or -4 < tick.box.left - right < 24)
        and axis.top - 0.8 * HEIGHT_MAX_POINTS < tick.height < axis.top and tick.value <= 2.2 * highest
    ]  # fmt: skip
    # One value at several heights is a part of numbers that were not read whole.
    levels = Counter((tick.value, tick.box.right < left) for tick in near)
    near = [tick for tick in near if levels[tick.value, tick.box.right < left] == 1]
    fitting = sum(abs(scale.value(tick.height) - tick.value) <= TICK_SHARE * highest for tick in near)
    return fitting >= 0.5 * len(near)


def _base_of_shapes(view: View, axis: Axis) -> float | None:
    feet: Counter[float] = Counter()
    left, right = axis.marks[0].middle - axis.spacing, axis.marks[-1].middle + axis.spacing
    reach = LYING_REACH_POINTS if axis.turned else FOOT_REACH_POINTS
    for shape in view.figures:
        wide = shape.box.right - shape.box.left
        inside = (
            left <= shape.box.left and shape.box.right <= right and 0.1 * axis.spacing < wide <= 1.05 * axis.spacing
        )
        if inside and -2 <= axis.top - shape.box.bottom < reach:
            feet[round(shape.box.bottom, 1)] += 1
    if not feet:
        return None
    foot, count = feet.most_common(1)[0]
    return foot if count >= COVER_MIN * len(axis.marks) else None


def _base_of_pixels(view: View, axis: Axis) -> float | None:
    """Return the lowest height over the months' names at which most months have a bar in the raster [points]."""
    raster, scale = view.raster, view.fineness
    if raster is None or scale <= 0:
        return None
    half = axis.spacing / 2
    slots = [(int((m.middle - half) * scale), int((m.middle + half) * scale)) for m in axis.marks]
    last = min(int(axis.top * scale), raster.shape[0] - 1)
    first = max(int((axis.top - FOOT_REACH_POINTS) * scale), 0)
    highest = max(last - int(HEIGHT_MAX_POINTS / 2 * scale), 0)
    shares = []
    for mark, (a, b) in zip(axis.marks, slots, strict=True):
        fall = round(axis.slope * (mark.middle - axis.marks[0].middle) * scale)
        patch = raster[max(first + fall, 0) : last + fall, max(a, 0) : b]
        if patch.shape[0] != last - first or not patch.size:
            return None
        paper = float(numpy.percentile(raster[highest:last, max(a, 0) : b], PAPER_PERCENTILE))  # photographs have shade
        shares.append((patch < paper - CONTRAST_MIN).mean(axis=1))
    barred = numpy.array([(share > FAINT) & (share < FULL) for share in shares]).mean(axis=0) >= COVER_MIN
    band = max(int(BAND_POINTS * scale), 2)
    for row in range(len(barred) - 1, band, -1):
        if barred[row - band : row + 1].all():
            return (first + row + 1) / scale
    return None


def nameless(view: View, title: Segment, newest: date, step: int, *, paint: bool = False) -> Axis | None:
    """Return the axis that the bars under a title make, the last one of this bill's month; None where nothing stands evenly.

    ``paint`` looks at the paint of a page with a text layer, too, where words were seen in its pictures: a chart may be one.
    """
    if view.turned:
        return None
    found = None if view.page.raster is not None else _even_shapes(view, title)
    if found is None and (view.page.raster is not None or (paint and _in_picture(view))):
        found = _even_pixels(view, title)
    if found is None or len(found[1]) not in COUNTS:
        return None
    base, sides = found
    marks = []
    for back, (left, right) in enumerate(reversed(sides)):
        count = newest.year * 12 + newest.month - 1 - back * step
        middle = (left + right) / 2
        marks.append(Mark(count % 12 + 1, count // 12, middle, Box(middle - 2, base + 1, middle + 2, base + 7)))
    marks.reverse()
    return Axis(view.page.number, title.row, tuple(marks))


def _in_picture(view: View) -> bool:
    """Tell whether a page with a text layer has words that were seen in a picture of bars."""
    return any(word.confidence < 1 for word in view.page.words)


def _even_shapes(view: View, title: Segment) -> tuple[float, list[tuple[float, float]]] | None:
    """Return the foot and the sides [points] of the most figures under a title that stand evenly on one line, of many heights."""
    rows: dict[int, list[Shape]] = {}
    for shape in view.figures:
        box = shape.box
        if title.box.bottom < box.top and box.bottom < title.box.bottom + HEIGHT_MAX_POINTS:
            rows.setdefault(round(box.bottom), []).append(shape)
    best: list[Shape] = []
    for shapes in rows.values():
        tallest: dict[int, Shape] = {}
        for shape in sorted(shapes, key=lambda one: -one.box.top):
            tallest[round(shape.box.left)] = shape
        if not BARS_MIN <= len(tallest) <= BARS_MAX:
            continue
        row = sorted(tallest.values(), key=lambda one: one.box.left)
        pitches = [b.box.left - a.box.left for a, b in itertools.pairwise(row)]
        widths, tops = [one.box.right - one.box.left for one in row], [one.box.top for one in row]
        even = max(pitches) - min(pitches) <= EVEN_SHARE * max(pitches) and max(widths) - min(widths) < 1
        tall = max(one.box.bottom - one.box.top for one in row) >= HIGHEST_MIN_POINTS
        if even and tall and min(widths) >= WIDTH_MIN_POINTS and max(tops) - min(tops) > BAND_POINTS:
            best = max(best, row, key=len)
    if not best or best[-1].box.right - best[0].box.left < SPAN_MIN_POINTS:
        return None
    return best[0].box.bottom, [(one.box.left, one.box.right) for one in best]


def _even_pixels(view: View, title: Segment) -> tuple[float, list[tuple[float, float]]] | None:
    """Return the foot and the sides [points] of the bars that stand most evenly under a title in the raster."""
    raster, scale = view.flat
    if raster is None or scale <= 0:
        return None
    top = int(title.box.bottom * scale) + 2
    bottom = min(int((title.box.bottom + HEIGHT_MAX_POINTS) * scale), raster.shape[0])
    best: tuple[int, int, list[tuple[int, int]]] | None = None
    for left, right in _lanes(view, title):
        patch = raster[top:bottom, int(left * scale) : int(right * scale)]
        if not patch.size:
            continue
        found = _evenest(_inked(patch, scale), scale)
        if found is not None and (best is None or len(found[1]) > len(best[2])):
            row, runs = found
            best = (top + row, int(left * scale), runs)
    if best is None:
        return None
    base, offset, runs = best
    return base / scale, [((offset + a) / scale, (offset + b) / scale) for a, b in runs]


def _inked(patch: "NDArray[numpy.uint8]", scale: float) -> "NDArray[numpy.bool_]":
    """Tell which pixels are darker than the paper about them: photographs have light and shade."""
    return numpy.asarray(patch < paper_about(patch, SHADE_POINTS * scale) * (1 - INK_SHARE))


def _lanes(view: View, title: Segment) -> Iterator[tuple[float, float]]:
    """Yield the widths of the page that a chart under a title may have: the page's, and the column's that begins at the title."""
    yield max(title.box.left - 24, 0.0), view.page.width - 8
    yield max(title.box.left - 24, 0.0), min(title.box.right + 0.5 * view.page.width, view.page.width - 8)


def _evenest(dark: "NDArray[numpy.bool_]", scale: float) -> tuple[int, list[tuple[int, int]]] | None:
    """Return the lowest row with most dark runs of one width at one pitch, and these runs."""
    best: tuple[int, list[tuple[int, int]]] | None = None
    wide = max(int(WIDTH_MIN_POINTS * scale), 3)
    for row in range(dark.shape[0] - 1, 0, -2):
        runs = [(a, b) for a, b in runs_of(dark[row]) if b - a >= wide]
        even = _even_part(runs)
        wide_enough = bool(even) and even[-1][1] - even[0][0] >= SPAN_MIN_POINTS * scale
        if len(even) >= BARS_MIN and wide_enough and (best is None or _better(even, best[1])):
            best = (row, even)
    return best


def _better(runs: Sequence[tuple[int, int]], best: Sequence[tuple[int, int]]) -> bool:
    """Tell whether more runs are seen than lower down, or as many that are much broader: under bars stand the ticks of months."""
    broad = sum(b - a for a, b in runs) > BROADER * sum(b - a for a, b in best)
    return len(runs) > len(best) or (len(runs) == len(best) and broad)


def _even_part(runs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the longest stretch of runs that have one width and stand at one pitch."""
    if not BARS_MIN <= len(runs) <= BARS_MAX:
        return []
    best: list[tuple[int, int]] = []
    part: list[tuple[int, int]] = []
    for run in runs:
        if len(part) >= 2:
            pitch = part[1][0] - part[0][0]
            fits = abs((run[0] - part[-1][0]) - pitch) <= EVEN_SHARE * pitch + 1
        else:
            fits = True
        same = not part or abs((run[1] - run[0]) - (part[0][1] - part[0][0])) <= 0.15 * (part[0][1] - part[0][0]) + 2
        if fits and same:
            part.append(run)
        else:
            best = max(best, part, key=len)
            part = [run] if not same else [part[-1], run] if part else [run]
    return max(best, part, key=len)
