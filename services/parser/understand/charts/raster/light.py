"""Light: the paper of a chart in a photograph, evened where shade lies over it, turned where bars are pale on a dark panel."""

from typing import TYPE_CHECKING

import numpy

from services.parser.understand.charts.axes.axis import Axis
from services.parser.understand.charts.scale import Scale

if TYPE_CHECKING:
    from numpy.typing import NDArray

PAPER_PERCENTILE = 88
"""About a month at least so much less than all is bars, lines and numbers."""
LIT_POINTS, LIT_MONTHS, LIT_PAPER = 14.0, 1.3, 240.0
"""How far over and under a plot its light is evened, over how many months its paper is sought, and what grey it gets."""
LIT_BEYOND = 2.8
"""So many months before the first named one and after the last it is evened: bars may stand there whose names were not seen."""
PANEL_POINTS, PANEL_SHARE, PANEL_CONTRAST = (8.0, 2.0), 0.15, 60.0
"""On a panel it is so much darker between the months than over their names: that far over the zero line, so broad."""


def evenly_lit(raster: "NDArray[numpy.uint8]", axis: Axis, per_point: float, scale: Scale) -> "NDArray[numpy.uint8]":
    """Return the raster with light and shade taken out of the plot: on every row the lightest about a month is its paper."""
    pitch = axis.spacing * per_point
    rows = slice(max(int((scale.highest - LIT_POINTS) * per_point), 0), int((scale.zero + LIT_POINTS) * per_point))
    beyond = LIT_BEYOND * pitch
    left, right = axis.marks[0].middle * per_point - beyond, axis.marks[-1].middle * per_point + beyond
    cells = slice(max(int(left), 0), int(right))
    plot = raster[rows, cells]
    if not plot.size:
        return raster
    paper = paper_about(plot, LIT_MONTHS * pitch)
    lit = raster.copy()
    lit[rows, cells] = (plot * (LIT_PAPER / numpy.maximum(paper, 1.0))).clip(0, 255).astype(numpy.uint8)
    return lit


def paper_about(patch: "NDArray[numpy.uint8]", reach: float) -> "NDArray[numpy.float32]":
    """Return how light the paper is at every pixel: as the lightest that is so near [pixels] on its row."""
    import cv2

    wide = max(int(reach), 3)
    smooth = cv2.blur(patch.astype(numpy.float32), (3, 3))
    paper = cv2.blur(cv2.dilate(smooth, numpy.ones((1, wide), numpy.uint8)), (wide // 2, 1))
    return numpy.asarray(paper, dtype=numpy.float32)


def papers_of(raster: "NDArray[numpy.uint8]", axis: Axis, per_point: float, top: float, zero: float) -> list[float]:
    """Return how light the paper is about each month: photographs have light and shade."""
    rows = slice(max(int(top * per_point), 0), max(int(zero * per_point), 1))
    first, last = axis.marks[0].middle - 0.6 * axis.spacing, axis.marks[-1].middle + 0.6 * axis.spacing
    near = []
    for mark in axis.marks:
        left, right = max(mark.middle - 1.5 * axis.spacing, first), min(mark.middle + 1.5 * axis.spacing, last)
        plot = raster[rows, max(int(left * per_point), 0) : max(int(right * per_point), 1)]
        near.append(float(numpy.percentile(plot, PAPER_PERCENTILE)) if plot.size else 255.0)
    return [float(numpy.median(near[max(i - 2, 0) : i + 3])) for i in range(len(near))]


def is_panel(raster: "NDArray[numpy.uint8]", axis: Axis, per_point: float, zero: float) -> bool:
    """Tell whether bars are pale on a dark panel: at their feet it is then darker between the months than at them."""
    rows = slice(max(int((zero - PANEL_POINTS[0]) * per_point), 0), max(int((zero - PANEL_POINTS[1]) * per_point), 1))
    half = max(int(PANEL_SHARE * axis.spacing * per_point / 2), 1)

    def level(middle: float) -> float:
        at = int(middle * per_point)
        strip = raster[rows, max(at - half, 0) : max(at + half, 1)]
        return float(numpy.median(strip)) if strip.size else 255.0

    over = numpy.median([level(mark.middle) for mark in axis.marks])
    between = numpy.median([level(mark.middle + axis.spacing / 2) for mark in axis.marks[:-1]])
    return bool(over - between > PANEL_CONTRAST)


def inverted(raster: "NDArray[numpy.uint8]", axis: Axis, per_point: float, scale: Scale) -> "NDArray[numpy.uint8]":
    """Return the raster with dark and pale of the plot turned over."""
    rows = slice(max(int((scale.highest - LIT_POINTS) * per_point), 0), int((scale.zero + LIT_POINTS / 4) * per_point))
    left, right = axis.marks[0].middle - axis.spacing, axis.marks[-1].middle + axis.spacing
    cells = slice(max(int(left * per_point), 0), max(int(right * per_point), 1))
    turned = raster.copy()
    turned[rows, cells] = 255 - raster[rows, cells]
    return turned
