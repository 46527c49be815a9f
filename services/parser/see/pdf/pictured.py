"""Pictures in a page with a text layer, read by OCR: charts, told by their bars, at once; others when somebody asks.

Reading costs some tenths of a second a picture, and most are photographs and adverts. But a logo may be all that names the
issuer, and stationery that was scanned once may hold the labels of every value.
"""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING

import numpy

from domain.evidence import Box
from services.parser.page import Word
from services.parser.see.engines import OcrEngine
from services.parser.see.pdf.canvas import Painted
from services.parser.see.pdf.frame import Frame
from services.parser.see.pdf.paths import around
from services.parser.see.ppocr.detect import regions_on
from services.parser.see.raster import in_points, missing_from

if TYPE_CHECKING:
    from numpy.typing import NDArray

WIDTH_MIN_POINTS, HEIGHT_MIN_POINTS = 90.0, 36.0
"""No chart of months is smaller."""
PAGE_SHARE_MAX = 0.7
"""Larger pictures are the page itself."""
PICTURES_MAX = 6
WRITING_WIDTH_MIN_POINTS, WRITING_HEIGHT_MIN_POINTS = 24.0, 7.0
"""No word that matters is smaller."""
TILES_MAX = 400
TILE_GAP_POINTS = 1.5
"""Pictures this near are tiles of one."""
WORDS_MAX = 3
"""More words of the text layer over a picture tell that its writing is text."""
BARS_MIN, BARS_MAX = 6, 60
BAR_PIXELS_MIN = 3
EVEN_SHARE = 0.16
"""Bars stand at one pitch, within this share of it."""
SPAN_SHARE = 0.3
"""Bars take this share of the picture's side at least."""
LEVELS_MIN = 5
"""So many levels of pixels, of every third one looked at, show the bars: bars are higher than letters."""
STRIDE = 3
CONTRAST_MIN = 24
SURE_MIN = 0.8
"""What is read less surely of a picture that is no chart is no writing."""
CANVAS_SIDE = 1280
"""A picture is read on a sheet this wide, so that its letters keep the size that the networks read best [pixels]."""


def chart_pictures(
    painted: Painted, frame: Frame, pictures: Sequence[Box], words: Sequence[Word], engine: OcrEngine
) -> list[Word]:
    """Return the words of the pictures of a page that are charts, without those that the text layer holds itself.

    Args:
        painted: paints the page.
        frame: how its words stand upright.
        pictures: where its pictures are.
        words: its text layer.
        engine: what reads the pictures.
    """
    boxes = [box for box in _worth_a_look(pictures, frame) if _covered(box, words) <= WORDS_MAX]
    patches = (patch for patch in _patches(painted, boxes[:PICTURES_MAX]) if is_barred(patch.pixels))
    return missing_from(words, (word for patch in patches for word in patch.read(engine)))


@dataclass(frozen=True, slots=True)
class Pictures:
    """The pictures of a page that may hold writing, read when somebody asks."""

    boxes: tuple[Box, ...]
    known: tuple[Word, ...]
    painted: Painted
    engine: OcrEngine

    def __call__(self) -> list[Word]:
        """Return the words of the pictures that the page does not hold already."""
        patches = (patch for patch in _patches(self.painted, self.boxes) if numpy.ptp(patch.pixels) >= CONTRAST_MIN)
        found = (word for patch in patches for word in patch.read(self.engine) if word.confidence >= SURE_MIN)
        return missing_from(self.known, found)


def writing_in(pictures: Sequence[Box], frame: Frame, words: Sequence[Word]) -> tuple[Box, ...]:
    """Return where the pictures of a page are that may hold writing, from the top; the tiles of one picture together."""
    boxes: list[Box] = []
    for box in sorted(_on_page(pictures, frame), key=lambda box: (box.top, box.left))[:TILES_MAX]:
        tiles = [known for known in boxes if _touch(known, box)]
        boxes = [*(known for known in boxes if known not in tiles), reduce(around, tiles, box)]
    worth = (
        box
        for box in sorted(boxes, key=lambda box: (box.top, box.left))
        if box.right - box.left >= WRITING_WIDTH_MIN_POINTS
        and box.bottom - box.top >= WRITING_HEIGHT_MIN_POINTS
        and (box.right - box.left) * (box.bottom - box.top) < PAGE_SHARE_MAX * frame.width * frame.height
        and _covered(box, words) <= WORDS_MAX
    )
    return tuple(itertools.islice(worth, PICTURES_MAX))


def _on_page(pictures: Sequence[Box], frame: Frame) -> Iterator[Box]:
    for box in pictures:
        yield Box(max(box.left, 0.0), max(box.top, 0.0), min(box.right, frame.width), min(box.bottom, frame.height))


def _touch(box: Box, other: Box) -> bool:
    return (
        max(box.left, other.left) - min(box.right, other.right) <= TILE_GAP_POINTS
        and max(box.top, other.top) - min(box.bottom, other.bottom) <= TILE_GAP_POINTS
    )


@dataclass(frozen=True, slots=True)
class _Patch:
    """The paint of a part of a page: grey pixels, how many there are a point, and where on the page's they begin."""

    pixels: "NDArray[numpy.uint8]"
    scale: float
    left: int
    top: int

    def read(self, engine: OcrEngine) -> Iterator[Word]:
        """Yield the words of the patch, in points of the page."""
        rows, columns = self.pixels.shape
        sheet = numpy.full((max(rows, 64), max(columns, CANVAS_SIDE)), 255, dtype=numpy.uint8)
        sheet[:rows, :columns] = self.pixels
        for word in engine.read(sheet, regions_on(sheet)):
            yield in_points(word, self.scale, self.left, self.top)


def _patches(painted: Painted, boxes: Sequence[Box]) -> Iterator[_Patch]:
    """Yield the paint in each box; the page is painted only where there are boxes."""
    raster, scale = painted() if boxes else (None, 0.0)
    if raster is None:
        return
    for box in boxes:
        left, top = int(box.left * scale), int(box.top * scale)
        pixels = raster[top : int(box.bottom * scale), left : int(box.right * scale)]
        if pixels.size:
            yield _Patch(pixels, scale, left, top)


def _worth_a_look(pictures: Sequence[Box], frame: Frame) -> Iterator[Box]:
    for seen in _on_page(pictures, frame):
        wide, tall = seen.right - seen.left, seen.bottom - seen.top
        if (
            wide >= WIDTH_MIN_POINTS
            and tall >= HEIGHT_MIN_POINTS
            and wide * tall < PAGE_SHARE_MAX * frame.width * frame.height
        ):
            yield seen


def _covered(box: Box, words: Sequence[Word]) -> int:
    return sum(
        box.left < (word.box.left + word.box.right) / 2 < box.right
        and box.top < (word.box.top + word.box.bottom) / 2 < box.bottom
        for word in words
    )


def is_barred(patch: "NDArray[numpy.uint8]") -> bool:
    """Tell whether a grey picture shows bars at one pitch, standing or lying."""
    paper = float(numpy.percentile(patch, 85))
    dark = patch < paper - CONTRAST_MIN
    return _barred(dark) or _barred(dark.T)


def _barred(dark: "NDArray[numpy.bool_]") -> bool:
    levels = 0
    for row in dark[::STRIDE]:
        edges = numpy.flatnonzero(numpy.diff(numpy.concatenate(([0], row.astype(numpy.int8), [0]))))
        starts, ends = edges[::2], edges[1::2]
        wide = ends - starts >= BAR_PIXELS_MIN
        if BARS_MIN <= int(wide.sum()) <= BARS_MAX and _is_even(starts[wide], ends[wide], dark.shape[1]):
            levels += 1
    return levels >= LEVELS_MIN


def _is_even(starts: "NDArray[numpy.intp]", ends: "NDArray[numpy.intp]", side: int) -> bool:
    """Tell whether most runs stand at one pitch and have one of two widths at the most."""
    gaps, widths = numpy.diff(starts), ends - starts
    pitch = float(numpy.median(gaps))
    even = numpy.abs(gaps - pitch) <= EVEN_SHARE * pitch + 1
    same = numpy.abs(widths - numpy.median(widths)) <= 0.2 * float(numpy.median(widths)) + 2
    spans = int(even.sum()) * pitch >= SPAN_SHARE * side
    return bool(spans and int(even.sum()) >= BARS_MIN - 1 and even.mean() >= 0.7 and same.mean() >= 0.7)
