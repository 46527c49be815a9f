"""Threads: a line chart of a scanned or photographed page, followed from month to month in the grey raster.

Over each month the raster shows short dark runs: a corner or a dot of the line, grid lines, letters. The line is the way
through them along which it is dark all the way from one to the next, and which is no line of the grid.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy

from services.parser.understand.charts.axes.axis import Axis
from services.parser.understand.charts.raster.light import evenly_lit, papers_of
from services.parser.understand.charts.raster.pixels import CONTRAST_MIN, OVER_POINTS, Column, runs_of
from services.parser.understand.charts.scale import Scale
from services.parser.understand.charts.view import View

if TYPE_CHECKING:
    from numpy.typing import NDArray

INK_PERCENTILE, INK_SHARE = 99.0, 0.45
"""A line is at least so dark as this share of what is darkest in the plot; grid lines are paler as a rule."""
LEVEL_SHARE = 0.7
"""A row that is dark over this share of the plot is a line of the grid."""
RUN_POINTS_MAX = 11.0
"""Steep corners and dots are at most this high over one month."""
WAY_SHARE_MIN = 0.86
"""From month to month a line is dark over this share of its way; it may be dashed where crossed or blurred."""
WAY_REACH_POINTS = 1.0
"""Curves bow this far from the straight way between two months."""
RUNS_MAX = 8
APART_POINTS = 3.0
"""Ways whose heights differ by less all along are level: a frame or a limit, no use."""
COVER_MIN = 0.9
"""A line passes over this share of the months at least."""


def threads(view: View, axis: Axis, scale: Scale) -> list[list[Column]]:
    """Return the lines that go over the months of an axis, the darkest way first; each as the places of its corners."""
    raster, per_point = view.raster, view.fineness
    if raster is None or per_point <= 0 or axis.turned:
        return []
    ceiling = scale.highest - min(max(scale.pitch, OVER_POINTS[0]), OVER_POINTS[1])
    dark = _dark(raster, axis, per_point, scale, ceiling)
    if dark is None:
        return []
    top = max(int(ceiling * per_point), 0)
    left = max(axis.marks[0].middle - axis.spacing / 2, 0.0)
    xs = [int((mark.middle - left) * per_point) for mark in axis.marks]
    places = [_runs_at(dark, x, per_point) for x in xs]
    found = []
    for _ in range(2):
        way = _way(dark, xs, places, per_point)
        if sum(y is not None for y in way) < COVER_MIN * len(xs):
            break
        heights = [y for y in way if y is not None]
        if max(heights) - min(heights) > APART_POINTS * per_point:
            found.append([_corner(axis, index, (top + y) / per_point) for index, y in enumerate(way) if y is not None])
        places = [[y for y in ys if y != taken] for ys, taken in zip(places, way, strict=True)]
    return found


def _corner(axis: Axis, index: int, y: float) -> Column:
    middle = axis.marks[index].middle
    return Column(index, y, y, 0.0, middle - 1, middle + 1)


def _dark(
    raster: "NDArray[numpy.uint8]", axis: Axis, per_point: float, scale: Scale, ceiling: float
) -> "NDArray[numpy.bool_] | None":
    """Return where the plot is dark, its grid left out where a row is dark all along."""
    lit = evenly_lit(raster, axis, per_point, scale)
    paper = max(papers_of(lit, axis, per_point, scale.highest, scale.zero))
    rows = slice(max(int(ceiling * per_point), 0), int((scale.zero + 1.5) * per_point))
    left, right = axis.marks[0].middle - axis.spacing / 2, axis.marks[-1].middle + axis.spacing / 2
    plot = lit[rows, max(int(left * per_point), 0) : int(right * per_point)]
    if min(plot.shape) < 8:
        return None
    ink = paper - plot.astype(numpy.float32)
    least = max(INK_SHARE * float(numpy.percentile(ink, INK_PERCENTILE)), CONTRAST_MIN)
    dark = ink > least
    grid = dark.mean(axis=1) > LEVEL_SHARE
    dark[grid] = False
    return numpy.asarray(dark)


def _runs_at(dark: "NDArray[numpy.bool_]", x: int, per_point: float) -> list[float]:
    """Return the middles of the dark runs over a month, from above [pixels]."""
    strip = dark[:, max(x - 1, 0) : x + 2]
    if not strip.size:
        return []
    runs = [(a, b) for a, b in runs_of(strip.mean(axis=1) >= 0.5) if 1 < b - a <= RUN_POINTS_MAX * per_point]
    return [(a + b - 1) / 2 for a, b in runs[:RUNS_MAX]]


def _way(
    dark: "NDArray[numpy.bool_]", xs: Sequence[int], places: Sequence[Sequence[float]], per_point: float
) -> list[float | None]:
    """Return the height at each month of the way that is dark over most months."""
    best: dict[tuple[int, int], tuple[float, tuple[int, int] | None]] = {}
    for at, ys in enumerate(places):
        for one, y in enumerate(ys):
            ways: list[tuple[float, tuple[int, int] | None]] = [(0.0, None)]
            for before, y0 in enumerate(places[at - 1] if at else ()):
                share = _darkness(dark, (xs[at - 1], y0), (xs[at], y), per_point)
                if share >= WAY_SHARE_MIN:
                    ways.append((best[at - 1, before][0] + share, (at - 1, before)))
            best[at, one] = max(ways, key=lambda way: way[0])
    way: list[float | None] = [None] * len(xs)
    place = max(best, key=lambda key: best[key][0], default=None)
    while place is not None:
        way[place[0]] = places[place[0]][place[1]]
        place = best[place][1]
    return way


def _darkness(
    dark: "NDArray[numpy.bool_]", start: tuple[int, float], end: tuple[int, float], per_point: float
) -> float:
    """Return over which share of the straight way between two places it is dark, or right over or under it."""
    steps = max(int(max(abs(end[0] - start[0]), abs(end[1] - start[1]))), 2)
    share = numpy.linspace(0.0, 1.0, steps)
    columns = (start[0] + share * (end[0] - start[0])).astype(int).clip(0, dark.shape[1] - 1)
    rows = start[1] + share * (end[1] - start[1])
    reach = max(round(WAY_REACH_POINTS * per_point), 1)
    met = numpy.zeros(steps, dtype=bool)
    for off in range(-reach, reach + 1):
        met |= dark[(rows + off).round().astype(int).clip(0, dark.shape[0] - 1), columns]
    return float(met.mean())
