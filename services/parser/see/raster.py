"""Reads a raster into a page: turn it upright, find the lines, straighten them, let an engine read, go back to points."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy

from domain.evidence import Box, Method
from services.parser.page import Page, Word
from services.parser.see.engines import OcrEngine
from services.parser.see.order import in_reading_order
from services.parser.see.ppocr.detect import Region, regions_on
from services.parser.see.ppocr.upright import straightened, turns_needed

if TYPE_CHECKING:
    from numpy.typing import NDArray

SAME_SIZE = 1.12
"""Type sizes that differ less are one size, measured on lines of different letters [ratio]."""

SURE_MAX = 0.9999
SAME_PLACE_SHARE = 0.3
"""A word read by OCR is one of the text layer's when this share of its box lies under that one's."""


def page_from_raster(
    raster: "NDArray[numpy.uint8]", number: int, pixels_per_point: float, engine: OcrEngine, *, upright: bool = False
) -> Page:
    """Read one raster.

    Args:
        raster: grey [rows, columns].
        number: the page's number, from 1.
        pixels_per_point: the raster's resolution.
        engine: what reads the lines.
        upright: the raster is known to stand upright and straight.
    """
    if upright:
        regions = regions_on(raster)
    else:
        raster, regions = straightened(*_upright(raster))
    words = engine.read(raster, regions)
    rows, columns = raster.shape
    return Page(
        number=number,
        width=columns / pixels_per_point,
        height=rows / pixels_per_point,
        words=in_reading_order(in_points(word, pixels_per_point) for word in _of_even_sizes(words)),
        method=Method.OCR,
        raster=raster,
        raster_scale=pixels_per_point,
    )


def _upright(raster: "NDArray[numpy.uint8]") -> "tuple[NDArray[numpy.uint8], tuple[Region, ...]]":
    """Turn a raster upright and find its lines; a quarter turn that would make most lines stand was told wrongly."""
    turns = turns_needed(raster)
    turned = numpy.ascontiguousarray(numpy.rot90(raster, -turns))
    regions = regions_on(turned)
    if turns % 2 and sum(-r.length if r.standing else r.length for r in regions) < 0:
        return raster, regions_on(raster)
    return turned, regions


def with_words_of(seen: Page, layer: Page) -> Page:
    """Lay the words of a trusted text layer over a page read by OCR; OCR only adds what the layer does not hold."""
    added = missing_from(layer.words, seen.words)
    return replace(
        seen,
        width=layer.width,
        height=layer.height,
        words=in_reading_order((*layer.words, *added)),
        method=Method.OCR if added else Method.TEXT_LAYER,
        shapes=layer.shapes,
        slopes=layer.slopes,
    )


def missing_from(layer: Sequence[Word], read: Iterable[Word]) -> list[Word]:
    """Return the words read by OCR that lie on none of the text layer's; none of them is as sure as what is written."""
    return [
        replace(word, confidence=min(word.confidence, SURE_MAX))
        for word in read
        if not any(_same_place(word.box, known.box) for known in layer)
    ]


def _of_even_sizes(words: list[Word]) -> list[Word]:
    """Bring the type sizes of a page to the few that it is set in: what was measured on each line strays by some percents."""
    order = sorted(range(len(words)), key=lambda index: words[index].height)
    even = list(words)
    while order:
        sizes = numpy.array([words[index].height for index in order])
        reach = numpy.concatenate(([0], numpy.cumsum([len(words[index].text) for index in order])))
        ends = numpy.searchsorted(sizes, sizes * SAME_SIZE, side="right")
        first = int((reach[ends] - reach[:-1]).argmax())
        last = int(ends[first])
        size = float(numpy.median(sizes[first:last]))
        for index in order[first:last]:
            even[index] = _sized(words[index], size)
        del order[first:last]
    return even


def _sized(word: Word, size: float) -> Word:
    box, half = word.box, size / 2
    if abs(box.bottom - box.top - word.height) > 1e-6:  # it runs up or down
        return replace(word, height=size)
    middle = (box.top + box.bottom) / 2
    return replace(word, height=size, box=Box(box.left, middle - half, box.right, middle + half))


def in_points(word: Word, pixels_per_point: float, left: int = 0, top: int = 0) -> Word:
    """Return a word of a raster in the points of its page; ``left`` and ``top`` say where on it a patch lies [pixels]."""
    box = word.box
    sides = (box.left + left, box.top + top, box.right + left, box.bottom + top)
    return replace(
        word,
        box=Box(*(round(side / pixels_per_point, 2) for side in sides)),
        height=round(word.height / pixels_per_point, 2),
        confidence=round(word.confidence, 4),
    )


def _same_place(box: Box, known: Box) -> bool:
    across = min(box.right, known.right) - max(box.left, known.left)
    down = min(box.bottom, known.bottom) - max(box.top, known.top)
    if across <= 0 or down <= 0:
        return False
    area = max(1e-6, (box.right - box.left) * (box.bottom - box.top))
    return across * down > SAME_PLACE_SHARE * area
