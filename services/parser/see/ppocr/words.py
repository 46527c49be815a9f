"""Cuts a line that was read into words with boxes on the raster."""

from typing import TYPE_CHECKING

import numpy

from domain.evidence import Box
from services.parser.page import Word
from services.parser.see.ppocr.detect import Region
from services.parser.see.ppocr.recognise import LINE_HEIGHT, WIDE_GAP, Glyph

if TYPE_CHECKING:
    from numpy.typing import NDArray

TYPE_SHARE = 0.8
"""Type size over the height of a detected line."""

INK_SHARE = 0.35
"""A column of a line holds ink when it departs from the paper by this share of the line's contrast."""

MIDPOINT = 0.5


def words_of_line(glyphs: list[Glyph], region: Region, strip: "NDArray[numpy.uint8]") -> list[Word]:
    """Cut one line at its spaces and at wide gaps.

    Args:
        glyphs: what was read, from the left.
        region: where the line lies on the raster.
        strip: the line as it was cut out.
    """
    runs = _runs(glyphs)
    ink = _ink_columns(strip)
    words = []
    for index, run in enumerate(runs):
        left = _border(runs[index - 1][-1], run[0]) if index else 0.0
        right = _border(run[-1], runs[index + 1][0]) if index + 1 < len(runs) else float(strip.shape[1])
        text = "".join(glyph.character for glyph in run)
        box = _box(*_trimmed(left, right, ink), region, strip.shape[1])
        confidence = min(1.0, min(glyph.confidence for glyph in run))
        words.append(Word(text=text, box=box, confidence=confidence, height=region.height * TYPE_SHARE))
    return words


def _runs(glyphs: list[Glyph]) -> list[list[Glyph]]:
    runs: list[list[Glyph]] = []
    fresh = True
    for glyph in glyphs:
        if glyph.character == " ":
            fresh = True
            continue
        if fresh or glyph.middle - runs[-1][-1].middle > WIDE_GAP * LINE_HEIGHT:
            runs.append([])
        runs[-1].append(glyph)
        fresh = False
    return runs


def _border(before: Glyph, after: Glyph) -> float:
    return (before.middle + after.middle) * MIDPOINT


def _ink_columns(strip: "NDArray[numpy.uint8]") -> "NDArray[numpy.bool_]":
    inner = strip[4:-4].astype(numpy.int16)
    paper = int(numpy.median(inner))
    departs = numpy.abs(inner - paper).max(axis=0)
    columns: NDArray[numpy.bool_] = departs > max(24, INK_SHARE * float(departs.max(initial=0)))
    return columns


def _trimmed(left: float, right: float, ink: "NDArray[numpy.bool_]") -> tuple[float, float]:
    first, last = int(left), min(len(ink), int(numpy.ceil(right)))
    inked = numpy.flatnonzero(ink[first:last])
    if not inked.size:
        return left, right
    return float(first + inked[0]), float(first + inked[-1] + 1)


def _box(left: float, right: float, region: Region, width: int) -> Box:
    scale = region.length / max(1, width)
    start, end = (left * scale - region.length / 2), (right * scale - region.length / 2)
    half = region.height * TYPE_SHARE / 2
    if region.standing:
        return Box(region.x - half, region.y - end, region.x + half, region.y - start)
    middle = region.y + region.slope * (start + end) / 2
    return Box(region.x + start, middle - half, region.x + end, middle + half)
