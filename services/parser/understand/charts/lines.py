"""Lines: the corners of a drawn line over the months of an axis."""

from collections.abc import Iterator

from domain.evidence import Box, Method
from services.parser.understand.charts.axes.axis import Axis
from services.parser.understand.charts.bar import JOINT_POINTS, Bar, Column, in_year
from services.parser.understand.charts.legend import keys_by_colour, keys_of_no_tone
from services.parser.understand.charts.scale import Scale
from services.parser.understand.charts.series import Latest, Plot, dated
from services.parser.understand.charts.view import View

CORNER_SHARE = 0.15
"""A line's corner stands this near over its month."""
CORNER_COVER = 0.8


def traced(view: View, axis: Axis, scale: Scale, latest: Latest) -> Iterator[Bar]:
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
    once = {
        colour: line
        for at, (colour, line) in enumerate(full.items())
        if not any(_same_line(line, other) for other in list(full.values())[:at])
    }
    lines = [
        [_corner(axis, index, y, colour) for index, (_, y) in sorted(line.items())] for colour, line in once.items()
    ]
    keys = keys_by_colour(view, axis, strokes=True) or keys_of_no_tone(view, axis) if len(lines) > 1 else []

    def value(column: Column) -> float:
        return scale.value((column.box.top + column.box.bottom) / 2)

    for years, one in dated(lines, Plot(axis, keys, latest, value), CORNER_COVER):
        for column in one:
            mark = in_year(axis, column.index, years)
            yield Bar(mark, max(value(column), 0.0), axis.page, column.box, Method.CHART_VECTOR, traced=True)


def _same_line(line: dict[int, tuple[float, float]], other: dict[int, tuple[float, float]]) -> bool:
    """Tell whether two lines have their corners in the same places: the edge of a shade under a line, or its dots."""
    shared = line.keys() & other.keys()
    return len(shared) >= CORNER_COVER * len(line) and all(abs(line[i][1] - other[i][1]) < JOINT_POINTS for i in shared)


def _corner(axis: Axis, index: int, y: float, colour: int) -> Column:
    middle = axis.marks[index].middle
    return Column(index, Box(middle - 1, y - 1, middle + 1, y + 1), colour)
