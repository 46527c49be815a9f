"""Pixels: bars of a scanned or photographed chart, read off the grey raster of the page.

Over each month the raster is sampled in narrow upright strips; a bar is the run of darker rows that begins at the scale's
zero. Two runs of different grey side by side are the bars of two years, told apart by the legend's swatches.
"""

import functools
import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy

from domain.evidence import Box
from services.parser.page import Word
from services.parser.understand.charts.axes.axis import Axis
from services.parser.understand.charts.axes.months import month_of
from services.parser.understand.charts.raster.light import evenly_lit, inverted, is_panel, papers_of
from services.parser.understand.charts.scale import Scale
from services.parser.understand.charts.view import View
from services.parser.understand.layout.rows import middle

if TYPE_CHECKING:
    from numpy.typing import NDArray

CONTRAST_MIN = 14.0
"""A bar is at least this many grey levels darker than the paper; stains and shadows stay below over such short ways."""
FOOT_POINTS = (1.2, 4.0)
"""Where a bar's grey is taken: this far above the zero line, so that the line itself is not taken for a bar."""
FOOT_DEPTH_POINTS = 10.0
"""A bar's foot is looked for this far below where its grey was taken."""
GAP_POINTS = 1.2
"""Grid lines and dots may interrupt a bar for this long."""
PARTS_MAX = 12
PART_POINTS, PART_CONTRAST, PART_SPREAD = (3.2, 1.5), 24.0, 60.0
"""Parts of another grey go on this far over an edge, are so much darker than the paper, and change no more over this way."""
RISE_POINTS, STEEP_SHARE, SMOOTH_POINTS = 0.7, 0.45, (1.2, 0.6)
"""Where a strip grows paler by less than this share of what lacks to paper, it is shaded, and looked at closer by."""
WIDTH_SHARE_MIN = 0.16
"""A bar is at least this share of a month wide; grid lines and ticks are thinner."""
CORE_PIXELS_MIN, CORE_SHARE_MAX = 10, 0.75
"""A bar before a broader one is to be told from it in this many pixels, and leaves this share of it at most."""
SIDE_PIXELS_MIN = 3
"""What shows of the broader one at a side is so broad and of one grey; blur and rounded feet are not."""
OVER_POINTS = (12.0, 60.0)
"""Bars rise a tick over the highest number that was seen, within these bounds: that of the axis' end may be unread."""
LINE_POINTS, OUTLINE_SHARE_MIN = 2.6, 0.2
"""Lines of an outline are at most so broad, end at heights no further apart, and leave a bar of this share of a month."""
FILLED_SHARE_MIN = 0.5
"""Where fewer months have a filled bar, outlines are looked for."""
TRIMMED_SHARE_MIN = 0.6
"""What is left of a bar when the shade at its sides is taken off is so much of it."""
NAME_LETTERS_MIN = 3
TEXT_SHARE = 0.3
"""A bar ends in a text when its end stands so far [of its height] over the text's foot."""
BEYOND_MAX, BEYOND_SHARE = 2, 0.2
"""So many names at either end may have been missed; the bars there are as broad as the others, within this share."""


@dataclass(frozen=True, slots=True)
class Column:
    """The bar of one month in the raster: its top and foot [points], its grey, its sides [points]."""

    index: int
    top: float
    bottom: float
    grey: float
    left: float
    right: float

    @property
    def box(self) -> Box:
        """Where it stands in the view."""
        return Box(self.left, self.top, self.right, self.bottom)

    @property
    def tone(self) -> float:
        """What tells its series."""
        return self.grey


def columns(view: View, axis: Axis, scale: Scale, *, whole: bool = True) -> tuple[list[list[Column]], tuple[int, int]]:
    """Return the bars over each month of an axis, and how many more bars stand before and after its months.

    ``whole`` bars go on where their grey changes, as stacked and shaded ones do; others end there, as solid ones under lids do.
    """
    raster, per_point = view.raster, view.fineness
    if raster is None or per_point <= 0:
        return [], (0, 0)
    edge = sum(tick.box.right for tick in scale.ticks) / len(scale.ticks)
    ceiling = scale.highest - min(max(scale.pitch, OVER_POINTS[0]), OVER_POINTS[1])
    if is_panel(raster, axis, per_point, scale.zero):
        raster = inverted(raster, axis, per_point, scale)
    papers = papers_of(raster, axis, per_point, scale.highest, scale.zero)
    if max(papers) - min(papers) > CONTRAST_MIN:
        raster = evenly_lit(raster, axis, per_point, scale)
        papers = papers_of(raster, axis, per_point, scale.highest, scale.zero)

    plot = (axis.marks[0].middle - axis.spacing, ceiling, axis.marks[-1].middle + axis.spacing, axis.top)
    texts = [box for word in view.page.words if _inside(box := view.seen(word.box), plot)]

    def at(index: int, middle: float, *, outlined: bool) -> list[Column]:
        left, right = middle - axis.spacing / 2, middle + axis.spacing / 2
        fall = axis.slope * (middle - edge)
        zero, limit = scale.zero + fall, ceiling + fall
        paper = papers[min(range(len(papers)), key=lambda i: abs(axis.marks[i].middle - middle))]
        bars = _bars_between(raster, per_point, index, left, right, zero, limit, paper, whole, outlined)
        return [bar for bar in bars if not any(_ends_in(bar, box) for box in texts)]

    outlined = False
    found = [at(index, mark.middle, outlined=False) for index, mark in enumerate(axis.marks)]
    filled = sum(bool(bars) for bars in found)
    if filled < FILLED_SHARE_MIN * len(axis.marks):
        lines = [at(index, mark.middle, outlined=True) for index, mark in enumerate(axis.marks)]
        outlined = sum(bool(bars) for bars in lines) > filled
        found = lines if outlined else found
    if not outlined:
        found = _with_hollow(found, [at(i, axis.marks[i].middle, outlined=True) for i in _empty(found)])
    names = [box for word in view.page.words if _level(box := view.seen(word.box), axis) and _names_other(view, word)]
    return found, _beyond(found, axis, names, functools.partial(at, -1, outlined=outlined))


def _empty(found: Sequence[Sequence[Column]]) -> list[int]:
    """Return the months without a bar, where most have one."""
    return [i for i, bars in enumerate(found) if not bars] if any(found) else []


def _with_hollow(found: list[list[Column]], hollow: Sequence[Sequence[Column]]) -> list[list[Column]]:
    """Return the bars with those that are drawn as an outline only, as estimates may be, where the others are filled."""
    widths = sorted(bar.right - bar.left for bars in found for bar in bars)
    usual = widths[len(widths) // 2] if widths else 0.0
    alike = {
        bar.index: bar for bars in hollow for bar in bars if abs(bar.right - bar.left - usual) <= BEYOND_SHARE * usual
    }
    return [bars or ([alike[i]] if i in alike else []) for i, bars in enumerate(found)]


def _names_other(view: View, word: Word) -> bool:
    """Tell whether a text under a bar may name something else than a month; what is much like a month's name is one, misread."""
    text, months = word.text.casefold(), view.sight.lexicon.months
    if len(text) < NAME_LETTERS_MIN or not text.isalpha() or month_of(word.text, view.sight.lexicon) is not None:
        return False
    return not any(len(name) == len(text) and (name[:2] == text[:2] or name[-2:] == text[-2:]) for name in months)


def _level(box: Box, axis: Axis) -> bool:
    """Tell whether a text stands as high as the names of an axis."""
    return axis.top < middle(box) < axis.bottom


def _inside(box: Box, plot: tuple[float, float, float, float]) -> bool:
    left, top, right, bottom = plot
    return left < box.left and box.right < right and top - OVER_POINTS[0] < box.top and box.bottom < bottom


def _ends_in(bar: Column, box: Box) -> bool:
    """Tell whether a bar ends in a text that stands over its middle: both ran together, and nothing tells its own height."""
    tall = box.bottom - box.top
    over = box.left < (bar.left + bar.right) / 2 < box.right and box.right - box.left < 3 * (bar.right - bar.left)
    return over and box.top - TEXT_SHARE * tall < bar.top < box.bottom - TEXT_SHARE * tall


def _beyond(
    found: Sequence[Sequence[Column]], axis: Axis, names: Sequence[Box], at: Callable[[float], list[Column]]
) -> tuple[int, int]:
    """Return how many more months have a bar before the first and after the last named one: their names were not seen."""
    widths = sorted(bar.right - bar.left for bars in found for bar in bars)
    many = sorted(len(bars) for bars in found)[len(found) // 2] if found else 0
    if not widths or not many:  # where most months have no bar, nothing beyond them tells of one more
        return 0, 0
    usual = widths[len(widths) // 2]
    more = []
    for mark, way in ((axis.marks[0], -1), (axis.marks[-1], 1)):
        count = 0
        while count < BEYOND_MAX:
            place = mark.middle + way * (count + 1) * axis.spacing
            if any(abs((box.left + box.right) / 2 - place) < axis.spacing / 3 for box in names):
                break  # what is named there is no month
            bars = at(place)
            if len(bars) != many or any(abs(bar.right - bar.left - usual) > BEYOND_SHARE * usual for bar in bars):
                break
            count += 1
        more.append(count)
    return more[0], more[1]


def _bars_between(
    raster: "NDArray[numpy.uint8]",
    per_point: float,
    index: int,
    left: float,
    right: float,
    zero: float,
    limit: float,
    paper: float,
    whole: bool,
    outlined: bool,
) -> Iterator[Column]:
    """Yield the dark runs that stand on the zero line and end under a limit, left to right; or the bar of two thin lines."""
    low, high = int((zero - FOOT_POINTS[1]) * per_point), int((zero - FOOT_POINTS[0]) * per_point)
    a, b = max(int(left * per_point), 0), min(int(right * per_point), raster.shape[1])
    if high <= low or b - a < 3 or low < 0 or high > raster.shape[0]:
        return
    if outlined:
        yield from _outlined_between(raster, per_point, index, a, b, high, limit, paper)
        return
    foot = numpy.median(raster[low:high, a:b].astype(numpy.float32), axis=0)
    dark = foot < paper - CONTRAST_MIN
    for start, end in runs_of(dark):
        if end - start < WIDTH_SHARE_MIN * (b - a) or (end - start) < 2:
            continue
        core = _core(foot, start, end)
        if core is not None:
            first, last = core
            side = float(numpy.median(foot[start:first]))
            parts = [(start, first, paper), (first, last, side)]
        else:
            parts = [(first, last, paper) for first, last in _by_grey(foot, start, end)]
        for first, last, behind in parts:
            if core is None:
                first, last = _trimmed(foot, first, last, behind)
            bar = _column(raster, per_point, index, a + first, a + last, high, limit, behind, whole)
            if core is not None and (first, last) != core:  # what shows at a side is as broad as the run
                bar = replace(bar, left=(a + start) / per_point, right=(a + end) / per_point)
            # What goes on to the limit is a shade behind the bars, or has an end unseen.
            if bar.top > limit + RISE_POINTS:
                yield bar


def _trimmed(foot: "NDArray[numpy.float32]", first: int, last: int, paper: float) -> tuple[int, int]:
    """Return a run without the shade of the paper at its sides: a bar is nearer to the grey of its middle than to paper."""
    wide = last - first
    grey = float(numpy.median(foot[first + wide // 4 : last - wide // 4])) if wide >= 4 else paper
    dark = runs_of(foot[first:last] < (grey + paper) / 2)
    start, end = max(dark, key=lambda run: run[1] - run[0], default=(0, wide))
    return (first + start, first + end) if end - start >= TRIMMED_SHARE_MIN * wide else (first, last)


def _outlined_between(
    raster: "NDArray[numpy.uint8]",
    per_point: float,
    index: int,
    a: int,
    b: int,
    high: int,
    limit: float,
    paper: float,
) -> Iterator[Column]:
    """Yield the bar that two thin lines of one height make, which stand on the zero line between two columns of pixels."""
    foot = numpy.median(raster[high - max(int(3 * per_point), 2) : high, a:b].astype(numpy.float32), axis=0)
    lines = [run for run in runs_of(foot < paper - CONTRAST_MIN) if run[1] - run[0] <= LINE_POINTS * per_point]
    top_most = max(int(limit * per_point), 0)
    for (first, after), (before, last) in itertools.combinations(lines, 2):
        if last - first < OUTLINE_SHARE_MIN * (b - a) or last - first > 0.98 * (b - a):
            continue
        tops = []
        for start, end in ((first, after), (before, last)):
            strip = raster[:high, max(a + start - 1, 0) : a + end + 1].astype(numpy.float32).min(axis=1)
            tone = float(numpy.median(strip[high - max(int(3 * per_point), 2) : high]))
            tops.append(_edge(strip, high, top_most, (tone + paper) / 2, per_point) / per_point)
        if abs(tops[0] - tops[1]) <= LINE_POINTS and high / per_point - max(tops) > LINE_POINTS:
            inside = float(numpy.median(foot[after:before])) if before > after else paper
            foot_line = high / per_point + FOOT_POINTS[0]
            yield Column(index, sum(tops) / 2, foot_line, inside, (a + first) / per_point, (a + last) / per_point)
            return


def runs_of(dark: "NDArray[numpy.bool_]") -> list[tuple[int, int]]:
    """Return where stretches of True begin and end."""
    edges = numpy.flatnonzero(numpy.diff(numpy.concatenate(([0], dark.astype(numpy.int8), [0]))))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def _core(foot: "NDArray[numpy.float32]", start: int, end: int) -> tuple[int, int] | None:
    """Return where a darker bar stands before the middle of a broader one, None where a run is one bar."""
    width = end - start
    if width < CORE_PIXELS_MIN:
        return None
    edge = max(width // 10, 2)
    left = float(numpy.median(foot[start + 1 : start + 1 + edge]))
    right = float(numpy.median(foot[end - 1 - edge : end - 1]))
    inner = float(numpy.median(foot[start + 2 * width // 5 : end - 2 * width // 5]))
    if abs(left - right) > CONTRAST_MIN or min(left, right) - inner < 2 * CONTRAST_MIN:
        return None
    dark = runs_of(foot[start:end] < (inner + min(left, right)) / 2)
    first, last = max(dark, key=lambda run: run[1] - run[0])
    side = foot[start + 1 : start + first - 1]
    flat = len(side) >= SIDE_PIXELS_MIN and float(side.max() - side.min()) < 2 * CONTRAST_MIN
    return (start + first, start + last) if flat and last - first < CORE_SHARE_MAX * width else None


def _by_grey(foot: "NDArray[numpy.float32]", start: int, end: int) -> list[tuple[int, int]]:
    """Return a run cut where two or three bars of different grey touch."""
    width = end - start
    if width < 6:
        return [(start, end)]
    thirds = [(start + width * part // 3, start + width * (part + 1) // 3) for part in range(3)]
    inner = [foot[a + max((b - a) // 5, 1) : b - max((b - a) // 5, 1)] for a, b in thirds]
    if min(map(len, inner)) >= SIDE_PIXELS_MIN:
        even = all(float(part.max() - part.min()) < 2 * CONTRAST_MIN for part in inner)
        tones = [float(numpy.median(part)) for part in inner]
        if even and min(abs(one - other) for one, other in itertools.pairwise(tones)) > 2 * CONTRAST_MIN:
            return thirds
    half = start + width // 2
    one, other = numpy.median(foot[start + 1 : half - 1]), numpy.median(foot[half + 1 : end - 1])
    return [(start, half), (half, end)] if abs(one - other) > 2 * CONTRAST_MIN else [(start, end)]


def _column(
    raster: "NDArray[numpy.uint8]",
    per_point: float,
    index: int,
    a: int,
    b: int,
    foot: int,
    limit: float,
    paper: float,
    whole: bool,
) -> Column:
    """Return the bar between two columns of pixels: how far up its grey goes."""
    inset = max((b - a) // 5, 0)
    strip = raster[:foot, a + inset : b - inset].astype(numpy.float32)
    levels = numpy.median(strip, axis=1)
    grey = float(numpy.median(levels[max(foot - int(3 * per_point), 0) : foot]))
    top_most = max(int(limit * per_point), 0)
    if whole:
        edge = _top(levels, foot, top_most, grey, paper, per_point)
    else:
        edge = _edge(levels, foot, top_most, (grey + paper) / 2, per_point)
    return Column(
        index,
        edge / per_point,
        _foot(raster, per_point, a + inset, b - inset, foot, grey, paper),
        grey,
        a / per_point,
        b / per_point,
    )


def _top(levels: "NDArray[numpy.float32]", foot: int, limit: int, grey: float, paper: float, per_point: float) -> float:
    """Return where a bar ends above [pixels]: where it is as pale as paper, whether its grey changes by steps or smoothly."""
    first = edge = _edge(levels, foot, limit, (grey + paper) / 2, per_point)
    tone = grey
    for _ in range(PARTS_MAX):
        smooth = _rise(levels, edge, per_point) < STEEP_SHARE * (paper - tone)
        far, near = (max(int(edge - points * per_point), 0) for points in (SMOOTH_POINTS if smooth else PART_POINTS))
        if near <= far:
            return edge
        part = levels[far:near]
        tone = float(numpy.median(part))
        if tone > paper - PART_CONTRAST or float(part.max() - part.min()) > PART_SPREAD:
            return edge
        above = _edge(levels, near, limit, (tone + paper) / 2, per_point)
        if above >= edge - 0.5:
            return edge
        edge = above
        if edge <= limit + 2:  # a shade behind the bars, not a part of this one
            return first
    return edge


def _rise(levels: "NDArray[numpy.float32]", edge: float, per_point: float) -> float:
    """Return by how much a strip grows paler at an edge."""
    below, above = int(edge + RISE_POINTS * per_point), int(edge - RISE_POINTS * per_point)
    return float(levels[max(above, 0)] - levels[min(below, len(levels) - 1)])


def _edge(levels: "NDArray[numpy.float32]", foot: int, limit: int, threshold: float, per_point: float) -> float:
    """Return how far up levels stay under a threshold, small gaps left out [pixels]."""
    top, gap = foot, 0
    for row in range(foot - 1, limit, -1):
        if levels[row] < threshold:
            top, gap = row, 0
        else:
            gap += 1
            if gap > GAP_POINTS * per_point:
                break
    if 0 < top < foot and levels[top - 1] > levels[top]:
        return top + 0.5 - float((threshold - levels[top]) / (levels[top - 1] - levels[top]))
    return float(top)


def _foot(
    raster: "NDArray[numpy.uint8]", per_point: float, a: int, b: int, row: int, grey: float, paper: float
) -> float:
    """Return where a bar ends below: at the base line, which is of another grey, or at the paper."""
    last = min(row + int(FOOT_DEPTH_POINTS * per_point), raster.shape[0] - 1)
    levels = numpy.median(raster[row : last + 1, a:b].astype(numpy.float32), axis=1)
    other = numpy.flatnonzero(numpy.abs(levels - grey) > 0.3 * max(paper - grey, 1.0))
    return (row + float(other[0])) / per_point if other.size else (row + FOOT_POINTS[0] * per_point) / per_point
