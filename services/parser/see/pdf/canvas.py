"""The canvas: opens a PDF and its pages, and paints them upright."""

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy
import pypdfium2
import pypdfium2.raw as pdfium

from domain.outcome import FailureReason
from services.parser.page import Unreadable
from services.parser.see.pdf.frame import QUARTERS, Frame

if TYPE_CHECKING:
    from numpy.typing import NDArray

REPAINTED_PIXELS_PER_POINT = 2.5
REPAINTED_SIDE_MAX = 2400
"""Pages with a text layer are painted so finely when a chart on them is drawn as no shape [longest side in pixels]."""

ANNOTATIONS_MAX = 1000
WRITTEN_ANNOTATIONS = frozenset(
    {pdfium.FPDF_ANNOT_WIDGET, pdfium.FPDF_ANNOT_FREETEXT, pdfium.FPDF_ANNOT_STAMP, pdfium.FPDF_ANNOT_SQUARE}
)
"""Annotations that are made part of the page as it is opened: fields of a form, what somebody typed on it, stamps, covers."""

WRONG_PASSWORD = (FailureReason.PASSWORD_PROTECTED, "The password that was given does not open the file.")
SOURCE_FAULTS = {
    pdfium.FPDF_ERR_PASSWORD: (FailureReason.PASSWORD_PROTECTED, "The file opens with a password only."),
    pdfium.FPDF_ERR_SECURITY: (FailureReason.PASSWORD_PROTECTED, "The file is encrypted in a way we cannot open."),
}


@contextmanager
def opened(data: bytes, password: str) -> Iterator[Any]:
    """Open a document.

    Raises:
        Unreadable: the file is damaged or locked.
    """
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


@contextmanager
def page_at(document: Any, index: int) -> Iterator[Any]:
    """Open a page, from 0, with what is written on it.

    Raises:
        Unreadable: the page is damaged.
    """
    page = _loaded(document, index)
    if _is_written_on(page):
        pdfium.FPDFPage_Flatten(page.raw, pdfium.FLAT_NORMALDISPLAY)
        page.close()  # what was made part of it shows when it is loaded again
        page = _loaded(document, index)
    try:
        yield page
    finally:
        page.close()


def _loaded(document: Any, index: int) -> Any:
    try:
        return document[index]
    except pypdfium2.PdfiumError:
        raise Unreadable(FailureReason.CORRUPT, f"Page {index + 1} of the PDF is damaged.") from None


def _is_written_on(page: Any) -> bool:
    """Tell whether a page has annotations that show writing or cover some; most have links alone."""
    for index in range(min(pdfium.FPDFPage_GetAnnotCount(page.raw), ANNOTATIONS_MAX)):
        annotation = pdfium.FPDFPage_GetAnnot(page.raw, index)
        kind = pdfium.FPDFAnnot_GetSubtype(annotation)
        pdfium.FPDFPage_CloseAnnot(annotation)
        if kind in WRITTEN_ANNOTATIONS:
            return True
    return False


def paint(page: Any, scale: float, frame: Frame, turned: Frame, *, coloured: bool = False) -> "NDArray[numpy.uint8]":
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


Painted = Callable[[], "tuple[NDArray[numpy.uint8] | None, float]"]
"""Paints a page when asked: its grey pixels and how many there are a point; no pixels where it cannot be painted."""


@dataclass(frozen=True, slots=True)
class Source:
    """A file's bytes and what opens them."""

    data: bytes
    password: str


@dataclass(slots=True)
class Repainted:
    """A page with a text layer that is painted when somebody asks, once; the file is opened again for it."""

    source: Source
    index: int
    frame: Frame
    turned: Frame
    _done: "tuple[NDArray[numpy.uint8] | None, float] | None" = field(default=None, init=False)

    def __call__(self) -> "tuple[NDArray[numpy.uint8] | None, float]":
        """Return the page's grey pixels and how many there are a point; no pixels where the page cannot be painted."""
        if self._done is None:
            scale = min(REPAINTED_PIXELS_PER_POINT, REPAINTED_SIDE_MAX / max(self.frame.width, self.frame.height))
            try:
                with opened(self.source.data, self.source.password) as document, page_at(document, self.index) as page:
                    self._done = paint(page, scale, self.frame, self.turned), scale
            except (Unreadable, pypdfium2.PdfiumError):
                self._done = None, 0.0
        return self._done
