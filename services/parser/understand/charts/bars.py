"""Bars: the heights of filled rectangles over an axis of months, read against the printed scale.

Bars are told by their places, not by their colours: this month, an estimate or a shade may be painted otherwise. Rectangles on
top of each other make one bar, those that stand at the same place in each month one series.
"""

from collections import Counter
from collections.abc import Iterator, Sequence

from domain.evidence import Box, Method
from services.parser.page import Shape
from services.parser.understand.charts.axes.axis import Axis
from services.parser.understand.charts.axes.between import denser
from services.parser.understand.charts.bar import JOINT_POINTS, Bar, Column, in_year
from services.parser.understand.charts.legend import keys_by_colour
from services.parser.understand.charts.lines import traced
from services.parser.understand.charts.raster.seen import LIFT_POINTS, ends_elsewhere, seen, with_line
from services.parser.understand.charts.scale import Scale
from services.parser.understand.charts.series import COVER_MIN, Latest, Plot, by_place, dated, is_calendar, lacks_use
from services.parser.understand.charts.view import View

BRICK_GAP = 2.4
"""Bricks of one colour make a bar with so much paper between them."""
STEMS_APART_POINTS = 3.0
"""Strokes that are bars differ in length by more."""
FOOT_POINTS = 4.0
FOOT_HEIGHTS = 0.9
"""The bars' feet are this near to the zero of the scale; in type sizes of its numbers where these stand over their lines."""
FEW_TICKS_POINTS = 2.0
"""Where two ticks make the scale nothing else checks it: its zero and the bars' feet must then agree."""
UNKNOWN = Latest()


def measure(view: View, axis: Axis, scale: Scale, latest: Latest = UNKNOWN) -> list[Bar]:
    """Return the bars of the chart, this year's first: drawn shapes, a drawn line's corners, else what the pixels show.

    Args:
        view: the page as its months run.
        axis: the months.
        scale: what a height is worth.
        latest: this bill's use and month, which tell the years where no legend does.
    """
    drawn = _drawn(view, axis, scale, latest)
    if not drawn or ends_elsewhere(drawn, latest):
        line = list(traced(view, axis, scale, latest))
        if not drawn and line:
            return line
        if drawn:
            return with_line(drawn, line, latest)
    return drawn or seen(view, axis, scale, latest)


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

    def value(column: Column) -> float:
        return scale.value(column.box.bottom if column.box.bottom > base + JOINT_POINTS else column.box.top)

    asked = len(series) > 1 or is_calendar(axis) or lacks_use(series, axis, latest, value)
    keys = keys_by_colour(view, axis) if asked else []

    for years, one in dated(series, Plot(axis, keys, latest, value)):
        for column in one:
            amount = value(column) if below else max(value(column), 0.0)
            yield Bar(in_year(axis, column.index, years), amount, axis.page, view.back(column.box), Method.CHART_VECTOR)


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
