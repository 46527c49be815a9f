"""Bars: the heights of filled rectangles over an axis of months, read against the printed scale.

Bars are told by their places, not by their colours: this month, an estimate or a shade may be painted otherwise. Rectangles on
top of each other make one bar, those that stand at the same place in each month one series.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from statistics import median

from domain.evidence import Box, Method
from services.parser.page import Shape
from services.parser.understand.charts import pixels
from services.parser.understand.charts.axes.axis import Axis, Mark
from services.parser.understand.charts.axes.between import ALIKE_SHARE, denser, denser_in_pixels
from services.parser.understand.charts.legend import Key, keys_by_colour, keys_by_grey
from services.parser.understand.charts.scale import Scale
from services.parser.understand.charts.series import COVER_MIN, Latest, Plot, by_place, dated, is_calendar, tone_of
from services.parser.understand.charts.threads import threads
from services.parser.understand.charts.view import View

JOINT_POINTS = 0.7
"""Rectangles whose edges are this near stand on each other."""
BRICK_GAP = 2.4
"""Bricks of one colour make a bar with so much paper between them."""
STEMS_APART_POINTS = 3.0
"""Strokes that are bars differ in length by more."""
FOOT_POINTS = 4.0
FOOT_HEIGHTS = 0.9
"""The bars' feet are this near to the zero of the scale; in type sizes of its numbers where these stand over their lines."""
FEW_TICKS_POINTS = 2.0
"""Where two ticks make the scale nothing else checks it: its zero and the bars' feet must then agree."""
TILT_MAX = 0.05
"""Straightened pages keep less tilt than this [points a point]."""
LIFT_POINTS = 3.0
"""A base line is drawn this thick at most; feet further off are no feet."""
COVER_MIN_SEEN = 0.6
"""A month without use shows no bar in the raster: fewer bars make a series there."""
CORNER_SHARE = 0.15
"""A line's corner stands this near over its month."""
CORNER_COVER = 0.8
GREY_APART, GREY_SAME = 12, 40
"""Two series differ in grey by this much at least where grey must tell them; a square is as grey as its bars within this much."""
PLACE_POINTS, WIDTH_SHARE = 1.6, 0.25
"""Bars in the raster stand this near to one place of their months and differ by as much, or this share, in width."""
LEVEL_POINTS = 1.5
"""This bill's bar is seen so much too high or low where all are: lines have breadth, and edges are blurred."""
TOPPED_MIN, TOPPED_POINTS = 4, 1.0
"""So many bars are as high as the highest, within this, where a track behind them was seen as a part of them."""
UNKNOWN = Latest()


@dataclass(frozen=True, slots=True)
class Bar:
    """A measured bar: its month, its value on the scale, where it stands on the page, and how it was seen."""

    mark: Mark
    value: float
    page: int
    box: Box
    method: Method
    traced: bool = False
    """It is the corner of a line, not a bar: temperatures are drawn so too."""


@dataclass(frozen=True, slots=True)
class Column:
    """One bar as drawn, in the view: the month's place on the axis, its box, the colour at its foot."""

    index: int
    box: Box
    colour: int

    @property
    def tone(self) -> float:
        """What tells its series."""
        return float(self.colour)


def measure(view: View, axis: Axis, scale: Scale, latest: Latest = UNKNOWN) -> list[Bar]:
    """Return the bars of the chart, this year's first: drawn shapes, a drawn line's corners, else what the pixels show.

    Args:
        view: the page as its months run.
        axis: the months.
        scale: what a height is worth.
        latest: this bill's use and month, which tell the years where no legend does.
    """
    return (
        _drawn(view, axis, scale, latest)
        or list(_traced(view, axis, scale, latest))
        or _seen(view, axis, scale, latest)
        or _followed(view, axis, scale, latest)
    )


def _drawn(view: View, axis: Axis, scale: Scale, latest: Latest) -> list[Bar]:
    """Return the bars that filled figures make, or else upright strokes of different lengths, which are no lines of a grid."""
    filled = list(_figured(view, axis, scale, latest, view.figures))
    if any(bar.value > LIFT_POINTS * abs(scale.slope) for bar in filled):
        return filled  # else shades are painted where bars are seen, and only lines are drawn
    strokes = list(_figured(view, axis, scale, latest, view.stems))
    tops = [bar.value for bar in strokes]
    return strokes if tops and max(tops) - min(tops) > STEMS_APART_POINTS * abs(scale.slope) else []


def _figured(view: View, axis: Axis, scale: Scale, latest: Latest, figures: Sequence[Shape]) -> Iterator[Bar]:
    found = _based(axis, scale, figures)
    if found is None:
        return
    base, shapes = found
    shapes = _untracked(axis, base, shapes)
    scale = scale.footed(base)
    axis = denser(axis, shapes)
    columns = [column for group in _places(axis, shapes) if (column := _column(group, base)) is not None]
    below = list(_hanging(axis, scale, base, figures))
    series = by_place([*columns, *below], axis)
    keys = keys_by_colour(view, axis) if len(series) > 1 or is_calendar(axis) else []

    def value(column: Column) -> float:
        return scale.value(column.box.bottom if column.box.bottom > base + JOINT_POINTS else column.box.top)

    for years, one in dated(series, Plot(axis, keys, latest, value)):
        for column in one:
            amount = value(column) if below else max(value(column), 0.0)
            yield Bar(
                _in_year(axis, column.index, years), amount, axis.page, view.back(column.box), Method.CHART_VECTOR
            )


def _in_year(axis: Axis, index: int, years: int) -> Mark:
    mark = axis.marks[index]
    return replace(mark, year=mark.year + years if mark.year else None)


def _untracked(axis: Axis, base: float, shapes: list[Shape]) -> list[Shape]:
    """Return the shapes without those of one colour and one height behind or over all others: tracks that bars fill."""
    standing: dict[int, list[Shape]] = {}
    for shape in shapes:
        if abs(shape.box.bottom - base) <= JOINT_POINTS:
            standing.setdefault(shape.colour, []).append(shape)
    full = {colour: mine for colour, mine in standing.items() if len(mine) >= COVER_MIN * len(axis.marks)}
    for colour, mine in full.items():
        tops = [shape.box.top for shape in mine]
        others = [shape for shape in shapes if shape.colour != colour]
        if (
            max(tops) - min(tops) < JOINT_POINTS
            and any(other != colour for other in full)
            and all(other.box.top > min(tops) - JOINT_POINTS for other in others)
        ):
            return others
    return shapes


def _based(axis: Axis, scale: Scale, figures: Sequence[Shape]) -> tuple[float, list[Shape]] | None:
    """Return the height that most shapes over the months stand on, near the scale's zero, and the shapes over it."""
    left, right = axis.marks[0].middle - axis.spacing, axis.marks[-1].middle + axis.spacing
    shapes = [
        shape for shape in figures
        if left <= shape.box.left and shape.box.right <= right
        and 0.5 < shape.box.right - shape.box.left <= 1.05 * axis.spacing
    ]  # fmt: skip
    size = scale.ticks[0].box.bottom - scale.ticks[0].box.top
    reach = FEW_TICKS_POINTS if len(scale.ticks) == 2 else max(FOOT_POINTS, FOOT_HEIGHTS * size)
    lowest: dict[tuple[int, int], float] = {}
    for shape in shapes:
        if abs(shape.box.bottom - scale.zero) <= reach:
            # Shaded bars are many slices, one over the other: only the lowest stands on the axis.
            edges = (round(shape.box.left), round(shape.box.right))
            lowest[edges] = max(lowest.get(edges, 0.0), round(shape.box.bottom, 1))
    feet = Counter(lowest.values())
    if not feet:
        return None
    base = max(feet, key=lambda foot: (sum(n for other, n in feet.items() if abs(other - foot) <= JOINT_POINTS), -foot))
    ceiling = scale.highest - axis.spacing - size
    return base, [s for s in shapes if ceiling <= s.box.top and s.box.bottom <= base + JOINT_POINTS]


def _hanging(axis: Axis, scale: Scale, base: float, figures: Sequence[Shape]) -> Iterator[Column]:
    """Yield the bars that hang under the zero line of a scale that has numbers below zero: more was fed in than used."""
    lowest = max(tick.height for tick in scale.ticks)
    if min(tick.value for tick in scale.ticks) >= 0:
        return
    under = [
        shape for shape in figures
        if abs(shape.box.top - base) <= JOINT_POINTS and base + JOINT_POINTS < shape.box.bottom <= lowest + axis.spacing
        and shape.box.right - shape.box.left <= 1.05 * axis.spacing
    ]  # fmt: skip
    for index, (shape, *_) in _places(axis, under):
        yield Column(index, shape.box, shape.colour)


def _places(axis: Axis, shapes: Sequence[Shape]) -> list[tuple[int, list[Shape]]]:
    """Return the shapes by month and by the sides they share."""
    groups: dict[tuple[int, int], list[Shape]] = {}
    keys: list[tuple[int, float, float]] = []
    for shape in shapes:
        place = (shape.box.left + shape.box.right) / 2
        index = min(range(len(axis.marks)), key=lambda i: abs(axis.marks[i].middle - place))
        if abs(axis.marks[index].middle - place) >= 0.55 * axis.spacing:
            continue
        key = next(
            (
                number for number, (at, left, right) in enumerate(keys)
                if at == index and abs(left - shape.box.left) < JOINT_POINTS and abs(right - shape.box.right) < JOINT_POINTS
            ),
            None,
        )  # fmt: skip
        if key is None:
            key = len(keys)
            keys.append((index, shape.box.left, shape.box.right))
        groups.setdefault((index, key), []).append(shape)
    return [(index, group) for (index, _), group in groups.items()]


def _column(group: tuple[int, list[Shape]], base: float) -> Column | None:
    """Return the bar that rectangles on top of each other make, from the base up; None where none stands on it."""
    index, shapes = group
    top, foot = base, None
    for shape in sorted(shapes, key=lambda shape: (-shape.box.bottom, shape.box.top)):
        brick = foot is not None and shape.colour == foot.colour
        if shape.box.bottom < top - (BRICK_GAP if brick else JOINT_POINTS):
            break
        foot = foot if foot is not None else shape
        top = min(top, shape.box.top)
    if foot is None:
        return None
    return Column(index, Box(foot.box.left, top, foot.box.right, base), foot.colour)


def _traced(view: View, axis: Axis, scale: Scale, latest: Latest) -> Iterator[Bar]:
    """Yield the corners of the lines that have a corner over most months, as line charts have: this year's, the year before's."""
    if axis.turned:
        return
    corners: dict[int, dict[int, tuple[float, float]]] = {}
    for slope in view.page.slopes:
        for x, y in (slope.start, slope.end):
            index = min(range(len(axis.marks)), key=lambda i: abs(axis.marks[i].middle - x))
            off = abs(axis.marks[index].middle - x)
            if off > CORNER_SHARE * axis.spacing:
                continue
            if not scale.highest - axis.spacing < y < scale.zero + JOINT_POINTS:
                continue
            line = corners.setdefault(slope.colour, {})
            corner = (round(off, 1), y)
            line[index] = min(corner, line.get(index, corner))  # dashed lines have ends beside their corners
    full = {colour: line for colour, line in corners.items() if len(line) >= CORNER_COVER * len(axis.marks)}
    once = {colour: line for at, (colour, line) in enumerate(full.items()) if line not in list(full.values())[:at]}
    lines = [
        [_corner(axis, index, y, colour) for index, (_, y) in sorted(line.items())] for colour, line in once.items()
    ]
    keys = keys_by_colour(view, axis, strokes=True) if len(lines) > 1 else []

    def value(column: Column) -> float:
        return scale.value((column.box.top + column.box.bottom) / 2)

    for years, one in dated(lines, Plot(axis, keys, latest, value), CORNER_COVER):
        for column in one:
            mark = _in_year(axis, column.index, years)
            yield Bar(mark, max(value(column), 0.0), axis.page, column.box, Method.CHART_VECTOR, traced=True)


def _corner(axis: Axis, index: int, y: float, colour: int) -> Column:
    middle = axis.marks[index].middle
    return Column(index, Box(middle - 1, y - 1, middle + 1, y + 1), colour)


def _seen(view: View, axis: Axis, scale: Scale, latest: Latest) -> list[Bar]:
    """Return the bars that the page's pixels show; with the parts of another grey on them unless this bill's use is without."""
    whole = _levelled(list(_pictured(view, axis, scale, latest, whole=True)), scale, latest)
    if _topped(whole, scale):
        bare = _levelled(list(_pictured(view, axis, scale, latest, whole=False)), scale, latest)
        tracked = _topped(bare, scale) and not _is_highest(bare, scale, latest)
        return bare if len(bare) >= len(whole) and not tracked else []
    if not whole or latest.use is None or latest.is_use(_newest(whole).value):
        return whole
    bare = _levelled(list(_pictured(view, axis, scale, latest, whole=False)), scale, latest)
    return bare if bare and latest.is_use(_newest(bare).value) else whole


def _followed(view: View, axis: Axis, scale: Scale, latest: Latest) -> list[Bar]:
    """Return the corners of the line that the page's pixels show, which ends at this bill's use."""
    for line in threads(view, axis, scale) if latest.use is not None else ():
        bars = [
            Bar(axis.marks[one.index], max(scale.value(one.top), 0.0), axis.page, one.box, Method.CHART_PIXELS, traced=True)
            for one in line
        ]  # fmt: skip
        if latest.is_use(_newest(bars).value):
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
    newest, highest = _newest(bars).value, max(bar.value for bar in bars)
    return latest.is_use(newest) and newest > highest - TOPPED_POINTS * abs(scale.slope)


def _levelled(bars: list[Bar], scale: Scale, latest: Latest) -> list[Bar]:
    """Return the bars as much lower as that of this bill is too high: how broad lines and edges were seen is alike in all."""
    if not bars or latest.use is None or latest.month is None:
        return bars
    newest = _newest(bars)
    off = newest.value - latest.use
    if newest.mark.first != latest.month.replace(day=1) or abs(off) > LEVEL_POINTS * abs(scale.slope):
        return bars
    return [replace(bar, value=max(bar.value - off, 0.0)) for bar in bars]


def _newest(bars: Sequence[Bar]) -> Bar:
    return max(bars, key=lambda bar: bar.mark.first or date.min)


def _pictured(view: View, axis: Axis, scale: Scale, latest: Latest, *, whole: bool) -> Iterator[Bar]:
    axis = denser_in_pixels(view, axis, scale)
    found, beyond = pixels.columns(view, axis, scale, whole=whole)
    if any(beyond):
        axis = axis.extended(*beyond)
        found, _ = pixels.columns(view, axis, scale, whole=whole)
    if is_calendar(axis):
        series = by_place([column for bars in found for column in bars], axis)
    else:
        alike = (_alike(one, axis) for one in pixels.series(found, axis))
        series = [one for one in alike if len(one) >= COVER_MIN_SEEN * len(axis.marks)]
    tones = [tone_of(one) for one in series]
    keys = _of_tones(keys_by_grey(view, axis), tones) if len(series) > 1 or is_calendar(axis) else []
    base = _base_line(axis, scale, [column for one in series for column in one])

    def value(column: pixels.Column) -> float:
        return scale.floor + scale.value(column.top) - scale.value(base[column.index])

    for years, one in dated(series, Plot(axis, keys, latest, value), COVER_MIN_SEEN):
        for column in one:
            box = view.back(Box(column.left, column.top, column.right, base[column.index]))
            amount = max(value(column), 0.0)
            yield Bar(_in_year(axis, column.index, years), amount, axis.page, box, Method.CHART_PIXELS)


def _alike(series: list[pixels.Column], axis: Axis) -> list[pixels.Column]:
    """Return the bars that are as broad as most and stand where most do in their months: others run together with something."""
    if not series:
        return series
    width = median(one.right - one.left for one in series)
    places = [(one.left + one.right) / 2 - axis.marks[one.index].middle for one in series]
    usual, reach = median(places), max(PLACE_POINTS, ALIKE_SHARE * axis.spacing)
    return [
        one for one, place in zip(series, places, strict=True)
        if abs(one.right - one.left - width) <= max(PLACE_POINTS, WIDTH_SHARE * width) and abs(place - usual) <= reach
    ]  # fmt: skip


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
