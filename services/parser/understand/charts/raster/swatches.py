"""Swatches: the greys of the little squares of a legend in the raster."""

import numpy

from domain.evidence import Box
from services.parser.understand.charts.raster.pixels import CONTRAST_MIN, runs_of
from services.parser.understand.charts.view import View
from services.parser.understand.layout.rows import middle

SWATCH_POINTS = (14.0, 11.0)
SWATCH_WIDTH_POINTS = 3.0
"""A legend's square is at least this wide; strokes of letters are thinner."""


def swatch_grey(view: View, box: Box) -> float | None:
    """Return the grey of the little square at the left of a legend's text, which OCR may have boxed with the text."""
    raster, per_point = view.flat
    if raster is None:
        return None
    y = middle(box)
    rows = slice(max(int((y - 1.5) * per_point), 0), int((y + 1.5) * per_point))
    first = max(int((box.left - SWATCH_POINTS[0]) * per_point), 0)
    patch = raster[rows, first : int((box.left + SWATCH_POINTS[1]) * per_point)]
    if not patch.size:
        return None
    levels = numpy.median(patch.astype(numpy.float32), axis=0)
    paper = float(numpy.percentile(levels, 90))
    even = [
        levels[a:b]
        for a, b in runs_of(levels < paper - CONTRAST_MIN)
        if b - a >= SWATCH_WIDTH_POINTS * per_point and float(numpy.std(levels[a + 1 : b - 1])) < CONTRAST_MIN
    ]
    return float(numpy.median(even[-1])) if even else None
