"""Finds lines of text on a raster: PP-OCRv6's detection network and the differentiable-binarisation post-processing.

Liao et al., "Real-time Scene Text Detection with Differentiable Binarization", AAAI 2020: threshold the probability map,
take each blob's rectangle, keep those whose mean probability is high, and grow them back to the text's full size.
"""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import cv2
import numpy

from services.parser.see.ppocr.weights import Net, run

if TYPE_CHECKING:
    from numpy.typing import NDArray

SIDE = 1280
"""Longer side of what the network sees [pixels]: 960 loses small type, 1600 gains nothing measurable."""

SIDE_SMALL, SMALL_BELOW = 960, 850
"""Rasters whose longer side is shorter than the latter are looked at in another size too [pixels]: bold letters of a few pixels
run into each other when they are enlarged threefold, light ones need it."""

STRIDE = 32
PIXEL_THRESHOLD = 0.3
BOX_THRESHOLD = 0.5
GROW_RATIO = 1.7
BLOBS_MAX = 3000
THIN_MIN = 1.0
"""Blobs thinner than this [pixels of the map] are specks."""

LONG_RATIO = 3.0
"""Shorter blobs tell nothing of their slope: their upright box is taken."""

SPECK_PIXELS = 2
STANDING_RATIO = 1.6
"""A region this much taller than long runs up or down, or is several short lines stacked."""

MEAN = numpy.array([0.485, 0.456, 0.406], dtype=numpy.float32)
DEVIATION = numpy.array([0.229, 0.224, 0.225], dtype=numpy.float32)
"""Of the images that the network's backbone was trained on (ImageNet)."""


@dataclass(frozen=True, slots=True)
class Region:
    """A line of text on a raster [pixels]: its middle, its length along the writing, its height, and its slope.

    ``slope`` is the fall of the line per pixel to the right (y grows downwards).
    """

    x: float
    y: float
    length: float
    height: float
    slope: float
    standing: bool = False
    """The line runs up or down."""

    downwards: bool = False
    """Of a standing line: it runs down, its characters' feet to the left."""

    lone: bool = False
    """It was not found by the network, but by where it stands: a character by itself."""


def regions_on(raster: "NDArray[numpy.uint8]") -> tuple[Region, ...]:
    """Find the lines of text on a grey raster, from the top; on a small one twice, so that some lie over each other."""
    sides = (SIDE, SIDE_SMALL) if is_small(raster) else (SIDE,)
    found = [region for side in sides for region in _found(raster, side)]
    return tuple(sorted(found, key=lambda region: (region.y, region.x)))


def is_small(raster: "NDArray[numpy.uint8]") -> bool:
    """Tell whether a raster is so small that its lines are looked for at two sizes."""
    rows, columns = raster.shape
    return bool(max(rows, columns) < SMALL_BELOW)


def _found(raster: "NDArray[numpy.uint8]", side: int) -> list[Region]:
    rows, columns = raster.shape
    scale = side / max(rows, columns)
    height = max(STRIDE, round(rows * scale / STRIDE) * STRIDE)
    width = max(STRIDE, round(columns * scale / STRIDE) * STRIDE)
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    small = numpy.asarray(cv2.resize(raster, (width, height), interpolation=method), dtype=numpy.uint8)
    probabilities = run(Net.DETECT, _batch_of(small))[0, 0]
    found = _regions(probabilities, columns / width, rows / height)
    return [part for region in found for part in ([region] if not region.standing else unstacked(raster, region))]


def _batch_of(grey: "NDArray[numpy.uint8]") -> "NDArray[numpy.float32]":
    unit = grey.astype(numpy.float32) * (1 / 255)
    return numpy.stack([(unit - mean) / deviation for mean, deviation in zip(MEAN, DEVIATION, strict=True)])[None]


def _regions(probabilities: "NDArray[numpy.float32]", across: float, down: float) -> list[Region]:
    mask = (probabilities > PIXEL_THRESHOLD).astype(numpy.uint8)
    blobs, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    found = []
    for blob in blobs[:BLOBS_MAX]:
        middle, (width, height), angle = cv2.minAreaRect(blob)
        if min(width, height) < THIN_MIN or _mean_within(probabilities, numpy.asarray(blob)) < BOX_THRESHOLD:
            continue
        short = max(width, height) < LONG_RATIO * min(width, height)
        if short:
            left, top, wide, high = cv2.boundingRect(blob)
            middle, width, height, angle = (left + wide / 2, top + high / 2), float(wide), float(high), 0.0
        grow = width * height * GROW_RATIO / (2 * (width + height))
        grown = width + 2 * grow, height + 2 * grow
        region = _region((middle[0], middle[1]), *grown, angle, across, down)
        found.append(region if region.standing or short else replace(region, slope=_fall(blob) * down / across))
    return found


def _fall(blob: Any) -> float:
    """Give the slope of a blob's axis by its moments: a rectangle around it snaps to the grid of pixels."""
    moments = cv2.moments(blob)
    return float(moments["mu11"] / moments["mu20"]) if moments["mu20"] else 0.0


def _mean_within(probabilities: "NDArray[numpy.float32]", blob: "NDArray[numpy.int32]") -> float:
    left, top, width, height = cv2.boundingRect(blob)
    inside = numpy.zeros((height, width), dtype=numpy.uint8)
    cv2.fillPoly(inside, [blob - (left, top)], 1)
    return float(cv2.mean(probabilities[top : top + height, left : left + width], inside)[0])


def _region(
    middle: tuple[float, float], width: float, height: float, angle: float, across: float, down: float
) -> Region:
    """Bring a rotated rectangle of the map to the raster; the angle is in degrees, clockwise as y grows downwards."""
    if angle > 45:
        width, height, angle = height, width, angle - 90
    elif angle < -45:
        width, height, angle = height, width, angle + 90
    standing = height > STANDING_RATIO * width
    slope = float(numpy.tan(numpy.radians(angle))) * down / across
    long, thick = (height * down, width * across) if standing else (width * across, height * down)
    return Region(middle[0] * across, middle[1] * down, long, thick, slope, standing)


def unstacked(raster: "NDArray[numpy.uint8]", region: Region) -> list[Region]:
    """Cut a standing region into the short lines stacked in it, unless it may be one line that runs up or down.

    Characters are taller than wide: parts taller than wide are upright characters below one another, parts wider than tall may be
    characters lying on their side, or words below one another.
    """
    stack = stacked_in(raster, region)
    if not stack or numpy.median([part.tall for part in stack]) <= numpy.median([part.wide for part in stack]):
        return [region]
    return [part.region for part in stack]


@dataclass(frozen=True, slots=True)
class Part:
    """One of the lines stacked in a region, and how tall and wide its ink is [pixels]."""

    region: Region
    tall: int
    wide: int


def stacked_in(raster: "NDArray[numpy.uint8]", region: Region) -> list[Part]:
    """Give the lines stacked in a region, parted by rows without ink, as far as it may hold several; they are taken for level."""
    wide, high = (region.height, region.length) if region.standing else (region.length, region.height)
    left, right = max(0, int(region.x - wide / 2)), int(region.x + wide / 2) + 1
    top, bottom = max(0, int(region.y - high / 2)), int(region.y + high / 2) + 1
    patch = raster[top:bottom, left:right].astype(numpy.int16)
    if not patch.size:
        return []
    departs = numpy.abs(patch - int(numpy.median(patch)))
    ink = departs > max(24, int(departs.max()) // 2)
    bands = [(start, end) for start, end in _runs(numpy.asarray(ink.any(axis=1))) if end - start > SPECK_PIXELS]
    if not bands:
        return []
    full = float(numpy.median([end - start for start, end in bands])) * 1.5
    return [
        Part(
            Region(region.x, top + (start + end) / 2, wide, max(full, (end - start) * 1.4), 0.0),
            end - start,
            int(numpy.ptp(numpy.flatnonzero(ink[start:end].any(axis=0)))) + 1,
        )
        for start, end in bands
        if end - start > full / 3
    ]


def _runs(marked: "NDArray[numpy.bool_]") -> list[tuple[int, int]]:
    edges = numpy.flatnonzero(numpy.diff(numpy.concatenate(([0], marked.astype(numpy.int8), [0]))))
    return [(int(start), int(end)) for start, end in zip(edges[::2], edges[1::2], strict=True)]
