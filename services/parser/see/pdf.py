"""Sees the pages of a PDF through pdfium: the text layer where it answers for what is painted, OCR of the paint elsewhere.

pdfium is not thread-safe and aborts its process when memory runs out: this runs in the sandboxed child, one file at a time.
"""

import math
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy
import pypdfium2
import pypdfium2.raw as pdfium

from domain.evidence import Method
from domain.outcome import FailureReason
from services.parser.page import Page, PageMissing, Painting, Unreadable
from services.parser.see.engines import NoReading, OcrEngine
from services.parser.see.frame import QUARTERS, Frame
from services.parser.see.layer import PaintedWord, painted_words
from services.parser.see.order import in_reading_order
from services.parser.see.paths import Drawing, drawing_of
from services.parser.see.picture import PAGE_LONG_SIDE_POINTS
from services.parser.see.raster import page_from_raster, with_words_of
from services.parser.see.trust import Verdict, showing, verdict, visible

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

PAGE_SIDE_MIN_POINTS, PAGE_SIDE_MAX_POINTS = 3.0, 20_000.0
"""Smaller or larger pages are nobody's paper (ISO 32000-1, Annex C.2 allows 3 to 14,400)."""

PICTURE_SIDE_MIN_POINTS = 300.0
"""Pictures put into a PDF at a resolution that nobody chose come out smaller; no bill is printed on less [longer side]."""

WRONG_PASSWORD = (FailureReason.PASSWORD_PROTECTED, "The password that was given does not open the file.")
SOURCE_FAULTS = {
    pdfium.FPDF_ERR_PASSWORD: (FailureReason.PASSWORD_PROTECTED, "The file opens with a password only."),
    pdfium.FPDF_ERR_SECURITY: (FailureReason.PASSWORD_PROTECTED, "The file is encrypted in a way we cannot open."),
}


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
    with _opened(data, password) as document:
        total = _page_count(document, pages_max)
        progress(0, total)
        pages = []
        for index in _asked(total, only):
            with _page_at(document, index) as page:
                pages.append(_seen(page, index + 1, engine))
            progress(index + 1, total)
        return tuple(pages)


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
    with _opened(data, password) as document:
        total = _page_count(document, pages_max)
        for index in _asked(total, only):
            with _page_at(document, index) as page:
                yield _shown(page, index + 1, total, pixels_a_point)


@contextmanager
def _opened(data: bytes, password: str) -> Iterator[Any]:
    try:
        document = pypdfium2.PdfDocument(data, password=password or None)
    except pypdfium2.PdfiumError as error:
        damaged = (FailureReason.CORRUPT, "The PDF is damaged and cannot be opened.")
        code = getattr(error, "err_code", None)
        fault = WRONG_PASSWORD if password and code == pdfium.FPDF_ERR_PASSWORD else SOURCE_FAULTS.get(code, damaged)
        raise Unreadable(*fault) from None
    try:
        yield document
    finally:
        document.close()


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


@contextmanager
def _page_at(document: Any, index: int) -> Iterator[Any]:
    try:
        page = document[index]
    except pypdfium2.PdfiumError:
        raise Unreadable(FailureReason.CORRUPT, f"Page {index + 1} of the PDF is damaged.") from None
    try:
        yield page
    finally:
        page.close()


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
    if not PAGE_SIDE_MIN_POINTS <= min(turned.width, turned.height) <= max(turned.width, turned.height):
        return None
    painted, frame = painted_words(page, turned)
    drawing = drawing_of(page, frame)
    words, judged = _judged(page, painted, frame, turned, drawing)
    return _Look(turned, frame, drawing, words, judged)


def _frame_of(page: Any) -> Frame:
    left, bottom, right, top = page.get_bbox()
    return Frame(left, bottom, right, top, page.get_rotation() // 90 % QUARTERS)


def _seen(page: Any, number: int, engine: OcrEngine) -> Page:
    look = _look(page)
    if look is None:
        sheet = _frame_of(page)
        return Page(number, max(sheet.width, 1.0), max(sheet.height, 1.0), (), Method.TEXT_LAYER)
    match look.verdict:
        case Verdict.BELIEVE:
            return _layer_page(number, look)
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
    paint = _paint(page, pixels_a_point(width, height, pages), look.frame, look.turned, coloured=True)
    return Painting(number, pages, width, height, paint)


def _judged(
    page: Any, painted: list[PaintedWord], frame: Frame, turned: Frame, drawing: Drawing
) -> tuple[list[PaintedWord], Verdict]:
    seen = visible(painted, frame, drawing)
    words = seen.words
    if seen.doubtful and words:
        scale = min(CHECK_PIXELS_PER_POINT, CHECK_SIDE_MAX / max(frame.width, frame.height))
        words = showing(words, _paint(page, scale, frame, turned), scale)
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


def _painted_for_ocr(page: Any, look: _Look, frame: Frame) -> "tuple[NDArray[numpy.uint8], float]":
    wanted = max(OCR_DPI / POINTS_PER_INCH, look.drawing.picture_pixels_per_point)
    scale = min(wanted, RASTER_SIDE_MAX / max(frame.width, frame.height))
    return _paint(page, scale, frame, look.turned), scale


def _of_paper(raster: "NDArray[numpy.uint8]", scale: float) -> float:
    """Tell the pixels a point of a picture in a PDF: one that claims to be as small as a stamp says nothing of its paper."""
    longer = max(raster.shape)
    return longer / PAGE_LONG_SIDE_POINTS if longer / scale < PICTURE_SIDE_MIN_POINTS else scale


def _paint(page: Any, scale: float, frame: Frame, turned: Frame, *, coloured: bool = False) -> "NDArray[numpy.uint8]":
    """Paint the page, upright by ``frame`` (the library itself applies the page's own rotation, ``turned``)."""
    more = (frame.quarter_turns - turned.quarter_turns) % QUARTERS
    if math.ceil(frame.width * scale) < 1 or math.ceil(frame.height * scale) < 1:
        return numpy.full((1, 1), 255, dtype=numpy.uint8)
    bitmap = page.render(
        scale=scale, grayscale=not coloured, rotation=more * 90, may_draw_forms=False, rev_byteorder=coloured
    )
    try:
        paint = bitmap.to_numpy()
        if coloured:
            return numpy.ascontiguousarray(paint[:, :, :3] if paint.ndim == 3 else paint)
        return numpy.ascontiguousarray(paint[:, :, 0] if paint.ndim == 3 else paint)
    finally:
        bitmap.close()
