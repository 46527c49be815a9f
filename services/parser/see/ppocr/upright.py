"""Brings a raster upright and straight: quarter turns by a small network, skew and perspective by the slopes of its lines."""

from dataclasses import replace
from typing import TYPE_CHECKING

import cv2
import numpy

from services.parser.see.ppocr.detect import DEVIATION, MEAN, Region, regions_on
from services.parser.see.ppocr.weights import Net, run

if TYPE_CHECKING:
    from numpy.typing import NDArray

NET_SIDE = 224
SURE = 0.6
"""Below this probability a page is left as it is."""

LINES_MIN = 8
LONG_LINE_RATIO = 4.0
"""Only lines this much longer than high tell their slope well."""

DRIFT_MIN_PIXELS = 1.5
"""Lines that drift less over the page's width are straight."""

STEEP = 0.08
"""Beyond this slope (4.6 degrees) lines are found again after straightening: their rectangles overlap."""


def turns_needed(raster: "NDArray[numpy.uint8]") -> int:
    """Tell how many clockwise quarter turns bring a grey raster upright."""
    small = cv2.resize(raster, (NET_SIDE, NET_SIDE), interpolation=cv2.INTER_AREA).astype(numpy.float32) / 255
    batch = numpy.stack([(small - mean) / deviation for mean, deviation in zip(MEAN, DEVIATION, strict=True)])[None]
    told = run(Net.ORIENTATION, batch)[0]
    odds = numpy.exp(told - told.max()) if told.min() < 0 or told.sum() > 1.01 else told
    turned = int(odds.argmax())  # how far the page lies turned clockwise; the way back is the rest of the circle
    return (4 - turned) % 4 if odds[turned] / odds.sum() >= SURE else 0


def straightened(
    raster: "NDArray[numpy.uint8]", regions: tuple[Region, ...]
) -> "tuple[NDArray[numpy.uint8], tuple[Region, ...]]":
    """Level the lines of a raster.

    The slope is taken as a plane over the page, ``a + b x + c y``, which holds a rotation and the convergence of lines in a
    photo; columns are then moved up or down so that every line comes out level.
    """
    plane = _slope_plane(raster, regions)
    if plane is None:
        return raster, regions
    rows, columns = raster.shape
    across = numpy.arange(columns, dtype=numpy.float32)[None, :] - columns / 2
    down = numpy.arange(rows, dtype=numpy.float32)[:, None] - rows / 2
    drift = _drift(plane, across, down)
    if float(numpy.abs(drift).max()) < DRIFT_MIN_PIXELS:
        return raster, regions
    map_x = numpy.broadcast_to(across + columns / 2, raster.shape).astype(numpy.float32)
    map_y = (down + rows / 2 + drift).astype(numpy.float32)
    level = numpy.asarray(
        cv2.remap(raster, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), dtype=numpy.uint8
    )
    if abs(plane[0]) > STEEP:
        return level, regions_on(level)
    return level, tuple(_levelled(region, plane, rows, columns) for region in regions)


def _slope_plane(raster: "NDArray[numpy.uint8]", regions: tuple[Region, ...]) -> tuple[float, float, float] | None:
    rows, columns = raster.shape
    long = [region for region in regions if not region.standing and region.length > LONG_LINE_RATIO * region.height]
    if len(long) < LINES_MIN:
        return None
    slopes = numpy.array([region.slope for region in long])
    sides = numpy.array([[1.0, region.x - columns / 2, region.y - rows / 2] for region in long])
    weights = numpy.array([min(region.length, columns / 3) for region in long])
    keep = numpy.abs(slopes - _weighted_median(slopes, weights)) < 0.03
    for _ in range(2):
        if keep.sum() < LINES_MIN:
            return float(_weighted_median(slopes, weights)), 0.0, 0.0
        root = numpy.sqrt(weights[keep])[:, None]
        found, *_ = numpy.linalg.lstsq(sides[keep] * root, slopes[keep] * root[:, 0], rcond=None)
        keep = numpy.abs(slopes - sides @ found) < 0.012
    return float(found[0]), float(found[1]), float(found[2])


def _weighted_median(values: "NDArray[numpy.float64]", weights: "NDArray[numpy.float64]") -> float:
    order = numpy.argsort(values)
    reached = numpy.cumsum(weights[order])
    return float(values[order][numpy.searchsorted(reached, reached[-1] / 2)])


def _drift(
    plane: tuple[float, float, float], across: "NDArray[numpy.float32]", down: "NDArray[numpy.float32]"
) -> "NDArray[numpy.float32]":
    """Sum the slope from the page's middle column outwards [pixels]."""
    a, b, c = plane
    return (a + c * down) * across + (b / 2) * across * across


def _levelled(region: Region, plane: tuple[float, float, float], rows: int, columns: int) -> Region:
    across = numpy.float32(region.x - columns / 2)
    y = region.y
    for _ in range(3):  # the drift is told of where a point lands, not of where it came from
        y = region.y - float(_drift(plane, across, numpy.float32(y - rows / 2)))  # type: ignore[arg-type]
    slope = plane[0] + plane[1] * float(across) + plane[2] * (y - rows / 2)
    return replace(region, y=y, slope=region.slope - slope)
