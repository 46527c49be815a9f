"""Brings a raster upright and straight: quarter turns by a small network, skew and perspective by its lines and columns."""

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import cv2
import numpy

from services.parser.see.ppocr.detect import DEVIATION, MEAN, Region, regions_on
from services.parser.see.ppocr.plumb import Lean, lean_of_columns, lean_of_rows
from services.parser.see.ppocr.weights import Net, run

if TYPE_CHECKING:
    from numpy.typing import NDArray

NET_SIDE = 224
SURE = 0.6
"""Below this probability a page is left as it is."""

LINES_MIN, PLANE_LINES_MIN = 3, 8
"""So many long lines tell a page's slope, and so many how it changes over the page."""

PLANE_FLAT = 1.5
"""How strongly a plane is held flat: as by two lines at the page's edges that are this squared times as sure as a short one."""

LONG_LINE_RATIO = 4.0
"""Only lines this much longer than high tell their slope well."""

DRIFT_MIN_PIXELS = 1.5
"""Lines that drift less over the page's width are straight."""

GROWTH_MAX = 0.1
"""A sheet grows by no more on each side, whatever its lines claim [raster sides]."""

REST_SHARE = 0.25
"""Lines that fall over their length by a smaller share of their height are level: a capital at one end lifts it as much."""

BAND_ROWS = 64
"""A sheet is drawn so many rows at a time: where each pixel lies is told in numbers several times as large as the raster."""

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
    """Level the lines of a raster and bring its columns plumb.

    The slope is taken as a plane over the page, ``a + b x + c y``, which holds a rotation and the convergence of lines in a
    photo; the columns' lean changes from left to right. The sheet is made larger where lines would come to lie outside.
    """
    plane = _slope_plane(raster, regions)
    if plane is None:
        return raster, regions
    rows, columns = raster.shape
    level = tuple(_levelled(region, plane, rows, columns) for region in regions)
    fall, more = lean_of_rows(level, rows, columns)
    if fall or more:
        plane = plane[0] + fall, plane[1], plane[2] + more * 2 / rows
        level = tuple(_levelled(region, plane, rows, columns) for region in regions)
    bend = _Bend(plane, lean_of_columns(level, rows, columns, -plane[0]), rows, columns)
    if bend.farthest() < DRIFT_MIN_PIXELS:
        return raster, _at_rest(regions)
    straight = tuple(bend.plumb(region) for region in level)
    frame = _frame(straight, rows, columns)
    sheet = bend.applied(raster, frame)
    if abs(plane[0]) > STEEP:
        return sheet, _at_rest(regions_on(sheet))
    left, top, _, _ = frame
    return sheet, _at_rest(tuple(replace(region, x=region.x - left, y=region.y - top) for region in straight))


def _at_rest(regions: tuple[Region, ...]) -> tuple[Region, ...]:
    """Take lines of a straight sheet for level where their slope tells no more than that they begin with a capital."""
    return tuple(
        replace(region, slope=0.0)
        if not region.standing and abs(region.slope) * region.length < REST_SHARE * region.height
        else region
        for region in regions
    )


@dataclass(frozen=True, slots=True)
class _Bend:
    """How a sheet lies on its raster: the plane of its lines' slopes, and its columns' lean."""

    plane: tuple[float, float, float]
    lean: Lean
    rows: int
    columns: int

    def aside(self, across: "NDArray[numpy.float32]", down: "NDArray[numpy.float32]") -> "NDArray[numpy.float32]":
        """Tell how far to the right of its place something lies that belongs so far from the middle [pixels]."""
        return (self.lean[0] + self.lean[1] * across * (2 / self.columns)) * down

    def farthest(self) -> float:
        """Tell how far from its place anything lies [pixels]."""
        across = numpy.linspace(-self.columns / 2, self.columns / 2, 9, dtype=numpy.float32)[None, :]
        down = numpy.linspace(-self.rows / 2, self.rows / 2, 9, dtype=numpy.float32)[:, None]
        drift, aside = _drift(self.plane, across, down), self.aside(across, down)
        return float(max(numpy.abs(drift).max(), numpy.abs(aside).max()))

    def plumb(self, region: Region) -> Region:
        """Move a level region to where it belongs."""
        down = numpy.float32(region.y - self.rows / 2)
        across = region.x - self.columns / 2
        for _ in range(3):  # as for the drift: told of where a point lands
            across = region.x - self.columns / 2 - float(self.aside(numpy.float32(across), down))  # type: ignore[arg-type]
        return replace(region, x=across + self.columns / 2)

    def applied(self, raster: "NDArray[numpy.uint8]", frame: tuple[int, int, int, int]) -> "NDArray[numpy.uint8]":
        """Draw the sheet as it belongs, between these sides [pixels of the raster]."""
        left, top, right, bottom = frame
        across = numpy.arange(left, right, dtype=numpy.float32)[None, :] - self.columns / 2
        sheet = numpy.empty((bottom - top, right - left), dtype=numpy.uint8)
        for first in range(0, bottom - top, BAND_ROWS):
            band = sheet[first : first + BAND_ROWS]
            down = numpy.arange(top + first, top + first + len(band), dtype=numpy.float32)[:, None] - self.rows / 2
            lies = across + self.aside(across, down)
            map_x = (lies + self.columns / 2).astype(numpy.float32)
            map_y = (down + self.rows / 2 + _drift(self.plane, lies, down)).astype(numpy.float32)
            cv2.remap(raster, map_x, map_y, cv2.INTER_LINEAR, dst=band, borderMode=cv2.BORDER_REPLICATE)
        return sheet


def _frame(regions: tuple[Region, ...], rows: int, columns: int) -> tuple[int, int, int, int]:
    """Give the sides of a sheet that holds the raster's own and every region [pixels]."""
    halves = [(r.height / 2, r.length / 2) if r.standing else (r.length / 2, r.height / 2) for r in regions]
    reach = [(r.x - wide, r.y - high, r.x + wide, r.y + high) for r, (wide, high) in zip(regions, halves, strict=True)]
    left = min(0, *(math.floor(sides[0]) for sides in reach))
    top = min(0, *(math.floor(sides[1]) for sides in reach))
    right = max(columns, *(math.ceil(sides[2]) for sides in reach))
    bottom = max(rows, *(math.ceil(sides[3]) for sides in reach))
    widest, highest = round(columns * GROWTH_MAX), round(rows * GROWTH_MAX)
    return max(left, -widest), max(top, -highest), min(right, columns + widest), min(bottom, rows + highest)


def _slope_plane(raster: "NDArray[numpy.uint8]", regions: tuple[Region, ...]) -> tuple[float, float, float] | None:
    rows, columns = raster.shape
    long = [region for region in regions if not region.standing and region.length > LONG_LINE_RATIO * region.height]
    if len(long) < LINES_MIN:
        return None
    slopes = numpy.array([region.slope for region in long])
    sides = numpy.array([[1.0, region.x * 2 / columns - 1, region.y * 2 / rows - 1] for region in long])
    weights = numpy.array([min(region.length, columns / 3) for region in long])
    usual = _weighted_median(slopes, weights)
    keep = numpy.abs(slopes - usual) < 0.03
    if keep.sum() < PLANE_LINES_MIN:
        return usual, 0.0, 0.0
    trust = (
        weights * 12 / columns
    )  # a line a twelfth of the page long tells its slope as well as the first guess of a plane
    found = numpy.array([usual, 0.0, 0.0])
    for _ in range(2):
        root = (numpy.sqrt(trust[keep]))[:, None]
        system = numpy.vstack([sides[keep] * root, PLANE_FLAT * numpy.eye(3)[1:]])
        told = numpy.concatenate([slopes[keep] * root[:, 0], [0.0, 0.0]])
        found, *_ = numpy.linalg.lstsq(system, told, rcond=None)
        keep = numpy.abs(slopes - sides @ found) < 0.012
        if keep.sum() < PLANE_LINES_MIN:
            return usual, 0.0, 0.0
    return float(found[0]), float(found[1]) * 2 / columns, float(found[2]) * 2 / rows


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
