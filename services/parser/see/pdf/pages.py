"""Sees the pages of a PDF through pdfium: the text layer where it answers for what is painted, OCR of the paint elsewhere.

pdfium is not thread-safe and aborts its process when memory runs out: this runs in the sandboxed child, one file at a time.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy

from domain.evidence import Method
from domain.outcome import FailureReason
from services.parser.page import Page, PageMissing, Painting, Unreadable
from services.parser.see.engines import NoReading, OcrEngine
from services.parser.see.order import in_reading_order
from services.parser.see.pdf.canvas import Repainted, Source, opened, page_at, paint
from services.parser.see.pdf.frame import QUARTERS, Frame
from services.parser.see.pdf.layer import PaintedWord, painted_words
from services.parser.see.pdf.paths import Drawing, drawing_of
from services.parser.see.pdf.pictured import Pictures, chart_pictures, writing_in
from services.parser.see.pdf.trust import Verdict, showing, verdict, visible
from services.parser.see.pdf.writing import outlined_lines, painted_writing
from services.parser.see.picture import PAGE_LONG_SIDE_POINTS
from services.parser.see.raster import page_from_raster, with_words_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

POINTS_PER_INCH = 72
OCR_DPI = 200
"""300 costs more and reads no better on 13 measured pages."""

RASTER_SIDE_MAX = 3000
"""Longest side of a page painted for OCR [pixels]: bounds memory whatever the page's size claims."""

CHECK_PIXELS_PER_POINT = 1.0
CHECK_SIDE_MAX = 1200
"""A page painted only to see whether words show [pixels]."""

PAGE_SIDE_MIN_POINTS = 3.0
"""Smaller pages are nobody's paper (ISO 32000-1, Annex C.2); of larger ones than any paper no more is painted than of others."""

PICTURE_SIDE_MIN_POINTS = 300.0
"""Pictures put into a PDF at a resolution that nobody chose come out smaller; no bill is printed on less [longer side]."""


def pages_of_pdf(
    data: bytes,
    engine: OcrEngine,
    progress: Callable[[int, int], None],
    pages_max: int,
    only: int | None = None,
    password: str = "",
) -> tuple[Page, ...]:
    """See every page of a PDF file.

    Args:
        data: the whole file.
        engine: what reads pages without a trustworthy text layer.
        progress: told pages done and pages in all, after each page.
        pages_max: longer files are refused unread [pages].
        only: see this page alone, from 1.
        password: what opens the file, where it asks for one.

    Raises:
        PageMissing: there is no such page.
        Unreadable: the file is damaged, locked, empty or too long.
    """
    source = Source(data, password)
    opened_pages = _pages(source, pages_max, only, progress)
    return tuple(_seen(page, number, engine, source) for page, number, _ in opened_pages)


def paintings_of_pdf(
    data: bytes,
    pixels_a_point: Callable[[float, float, int], float],
    pages_max: int,
    only: int | None = None,
    password: str = "",
) -> Iterator[Painting]:
    """Show every page of a PDF file, in the coordinates in which ``pages_of_pdf`` sees it.

    Args:
        data: the whole file.
        pixels_a_point: how finely to paint a page of this width and height [points] among so many pages.
        pages_max: longer files are refused [pages].
        only: show this page alone, from 1.
        password: what opens the file, where it asks for one.

    Raises:
        PageMissing: there is no such page.
        Unreadable: the file is damaged, locked, empty or too long.
    """
    for page, number, total in _pages(Source(data, password), pages_max, only):
        yield _shown(page, number, total, pixels_a_point)


def _pages(
    source: Source, pages_max: int, only: int | None, progress: Callable[[int, int], None] = lambda done, pages: None
) -> Iterator[tuple[Any, int, int]]:
    """Open the pages that are asked for, one at a time; yield each with its number and the pages in all."""
    with opened(source.data, source.password) as document:
        total = _page_count(document, pages_max)
        progress(0, total)
        for index in _asked(total, only):
            with page_at(document, index) as page:
                yield page, index + 1, total
            progress(index + 1, total)


def _page_count(document: Any, pages_max: int) -> int:
    total = len(document)
    if total == 0:
        raise Unreadable(FailureReason.CORRUPT, "The PDF has no pages.")
    if total > pages_max:
        raise Unreadable(FailureReason.TOO_MANY_PAGES, f"The PDF has {total} pages; at most {pages_max} are read.")
    return total


def _asked(total: int, only: int | None) -> Iterable[int]:
    if only is not None and not 1 <= only <= total:
        raise PageMissing(total)
    return range(total) if only is None else (only - 1,)


@dataclass(frozen=True, slots=True)
class _Look:
    """A page before it is read: as its /Rotate turns it, as its words stand upright, what is on it, and what to believe."""

    turned: Frame
    frame: Frame
    drawing: Drawing
    words: list[PaintedWord]
    verdict: Verdict


def _look(page: Any) -> _Look | None:
    """Look at an open page; None where it has no size that paper has."""
    turned = _frame_of(page)
    if min(turned.width, turned.height) < PAGE_SIDE_MIN_POINTS:
        return None
    painted, frame = painted_words(page, turned)
    drawing = drawing_of(page, frame)
    words, judged = _judged(page, painted, frame, turned, drawing)
    return _Look(turned, frame, drawing, words, judged)


def _frame_of(page: Any) -> Frame:
    left, bottom, right, top = page.get_bbox()
    return Frame(left, bottom, right, top, page.get_rotation() // 90 % QUARTERS)


def _seen(page: Any, number: int, engine: OcrEngine, source: Source) -> Page:
    look = _look(page)
    if look is None:
        sheet = _frame_of(page)
        return Page(number, max(sheet.width, 1.0), max(sheet.height, 1.0), (), Method.TEXT_LAYER)
    match look.verdict:
        case Verdict.BELIEVE:
            seen = _with_paint(page, look, _layer_page(number, look), engine)
            painted = Repainted(source, number - 1, look.frame, look.turned)
            boxes = writing_in(look.drawing.pictures, look.frame, seen.words)
            return replace(
                seen, painted=painted, pictured=Pictures(boxes, seen.words, painted, engine) if boxes else None
            )
        case Verdict.COMPLETE:
            raster, scale = _painted_for_ocr(page, look, look.frame)
            seen = page_from_raster(raster, number, scale, engine, upright=True)
            return with_words_of(seen, _layer_page(number, look))
        case Verdict.READ_PAINT:
            raster, scale = _painted_for_ocr(page, look, look.turned)
            return page_from_raster(raster, number, _of_paper(raster, scale), engine)


def _shown(page: Any, number: int, pages: int, pixels_a_point: Callable[[float, float, int], float]) -> Painting:
    look = _look(page)
    if look is None:
        return Painting(number, pages, 1.0, 1.0, numpy.full((1, 1), 255, dtype=numpy.uint8))
    if look.verdict is Verdict.READ_PAINT:
        raster, scale = _painted_for_ocr(page, look, look.turned)
        seen = page_from_raster(raster, number, _of_paper(raster, scale), NoReading())
        assert seen.raster is not None
        return Painting(number, pages, seen.width, seen.height, seen.raster)
    width, height = look.frame.width, look.frame.height
    pixels = paint(page, pixels_a_point(width, height, pages), look.frame, look.turned, coloured=True)
    return Painting(number, pages, width, height, pixels)


def _judged(
    page: Any, painted: list[PaintedWord], frame: Frame, turned: Frame, drawing: Drawing
) -> tuple[list[PaintedWord], Verdict]:
    seen = visible(painted, frame, drawing)
    words = seen.words
    if seen.doubtful and words:
        scale = min(CHECK_PIXELS_PER_POINT, CHECK_SIDE_MAX / max(frame.width, frame.height))
        words = showing(words, paint(page, scale, frame, turned), scale)
    return words, verdict(words, seen.hidden_characters, frame, drawing)


def _layer_page(number: int, look: _Look) -> Page:
    return Page(
        number=number,
        width=look.frame.width,
        height=look.frame.height,
        words=in_reading_order(painted.word for painted in look.words),
        method=Method.TEXT_LAYER,
        shapes=tuple(look.drawing.shapes),
        slopes=tuple(look.drawing.slopes),
    )


def _with_paint(page: Any, look: _Look, layer: Page, engine: OcrEngine) -> Page:
    """Add to a page's text layer what charts that are pictures and letters that are outlines say."""

    @cache
    def painted() -> "tuple[NDArray[numpy.uint8], float]":
        scale = min(OCR_DPI / POINTS_PER_INCH, RASTER_SIDE_MAX / max(look.frame.width, look.frame.height))
        return paint(page, scale, look.frame, look.turned), scale

    added = [
        *chart_pictures(painted, look.frame, look.drawing.pictures, layer.words, engine),
        *painted_writing(painted, outlined_lines(look.drawing), layer.words, engine),
    ]
    return replace(layer, words=in_reading_order((*layer.words, *added))) if added else layer


def _painted_for_ocr(page: Any, look: _Look, frame: Frame) -> "tuple[NDArray[numpy.uint8], float]":
    wanted = max(OCR_DPI / POINTS_PER_INCH, look.drawing.picture_pixels_per_point)
    scale = min(wanted, RASTER_SIDE_MAX / max(frame.width, frame.height))
    return paint(page, scale, frame, look.turned), scale


def _of_paper(raster: "NDArray[numpy.uint8]", scale: float) -> float:
    """Tell the pixels a point of a picture in a PDF: one that claims to be as small as a stamp says nothing of its paper."""
    longer = max(raster.shape)
    return longer / PAGE_LONG_SIDE_POINTS if longer / scale < PICTURE_SIDE_MIN_POINTS else scale
