"""Tells which way each line faces: along the row, or turned a quarter, as numbers on narrow bars and notes in margins are.

A short turned number, a lone upright character and a column of short numbers have boxes of one shape; only reading them each way
tells.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy

from services.parser.see.ppocr.detect import Region, stacked_in
from services.parser.see.ppocr.recognise import Glyph, read_strips, strips_of
from services.parser.see.ppocr.weights import Net

if TYPE_CHECKING:
    from numpy.typing import NDArray

TALL_RATIO = 1.05
"""A region this much taller than long may be a short line that runs up or down: two figures are hardly taller."""

TURNED_SURE = 0.85
"""Every character of a short turned line must be as sure."""

TURNED_CHARACTERS_MIN = 2
STACK_RATIO = 1.4
"""A line so much higher than the page's usual ones may be several, one below the other."""

STACKED_MAX = 12
STACKED_SURE = 0.7
"""Each of several lines that were found as one must be as sure on average."""

DIRECTION_MARGIN = 0.1
"""Lines read about as well upwards and downwards (66 and 99, 08 and 80) run the way that most of the page's turned lines do."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line as it faces: where it lies, its picture, and what was read."""

    region: Region
    strip: "NDArray[numpy.uint8]"
    glyphs: list[Glyph]


def read_facing(raster: "NDArray[numpy.uint8]", regions: tuple[Region, ...]) -> list[Line]:
    """Read every region with the tiny network, turned where it is surer that way; the order stays."""
    read = _lines(raster, regions)
    turned = [index for index, region in enumerate(regions) if region.standing or _is_tall(region)]
    ups = _lines(raster, [_upwards(regions[index]) for index in turned])
    downs = _lines(raster, [replace(_upwards(regions[index]), downwards=True) for index in turned])
    lean = sum(_mean(up.glyphs) - _mean(down.glyphs) for up, down in zip(ups, downs, strict=True))
    for index, up, down in zip(turned, ups, downs, strict=True):
        better = _better(up, down, upwards_rather=lean >= 0)
        if regions[index].standing or _is_surer(better, read[index]):
            read[index] = better
    return _unstacked(raster, read)


def _unstacked(raster: "NDArray[numpy.uint8]", lines: list[Line]) -> list[Line]:
    """Put the lines stacked in a region in the place of one that is read less well as a whole."""
    heights = [line.region.height for line in lines if not line.region.standing]
    usual = float(numpy.median(heights)) if heights else 0.0
    stacks: dict[int, list[Region]] = {}
    for index, line in enumerate(lines):
        if line.region.standing or line.region.height > STACK_RATIO * usual:
            parts = [part.region for part in stacked_in(raster, line.region)]
            if 1 < len(parts) <= STACKED_MAX:
                stacks[index] = parts
    found = iter(_lines(raster, [part for parts in stacks.values() for part in parts]))
    whole: list[Line] = []
    for index, line in enumerate(lines):
        stack = [next(found) for _ in stacks.get(index, ())]
        surer = bool(stack) and min(_mean(one.glyphs) for one in stack) > max(STACKED_SURE, _mean(line.glyphs))
        whole.extend(stack if surer else [line])
    return whole


def _is_tall(region: Region) -> bool:
    return region.height > TALL_RATIO * region.length


def _upwards(region: Region) -> Region:
    if region.standing:
        return region
    return replace(region, length=region.height, height=region.length, slope=0.0, standing=True)


def _better(up: Line, down: Line, *, upwards_rather: bool) -> Line:
    ahead = _mean(up.glyphs) - _mean(down.glyphs)
    if abs(ahead) < DIRECTION_MARGIN:
        return up if upwards_rather else down
    return up if ahead > 0 else down


def _is_surer(turned: Line, lying: Line) -> bool:
    weakest = _weakest(turned.glyphs)
    return len(turned.glyphs) >= TURNED_CHARACTERS_MIN and weakest >= TURNED_SURE and weakest > _weakest(lying.glyphs)


def _lines(raster: "NDArray[numpy.uint8]", regions: Sequence[Region]) -> list[Line]:
    strips = strips_of(raster, regions)
    read = read_strips(Net.READ_TINY, strips)
    return [Line(*one) for one in zip(regions, strips, read, strict=True)]


def _mean(glyphs: list[Glyph]) -> float:
    return sum(glyph.confidence for glyph in glyphs) / len(glyphs) if glyphs else 0.0


def _weakest(glyphs: list[Glyph]) -> float:
    return min((glyph.confidence for glyph in glyphs), default=0.0)
