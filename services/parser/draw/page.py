"""Draws one page of a document as an image, in the coordinates of the words that are read on it."""

import io
from collections.abc import Sequence
from typing import NamedTuple

from services.parser.draw.marks import Mark

WIDTHS_PIXELS = (480, 960, 1440, 1920)
"""A thumbnail, a phone, a screen, a fine screen: few, for a page is drawn and kept anew for each width and set of marks."""

WIDTH_PIXELS = 1440
"""Where none is asked for: about 170 dpi on letter paper, at which 6-point type is readable."""

HEIGHT_PIXELS_MAX = 8_000
"""A strip of paper is drawn narrower than asked for rather than taller than this; WebP itself ends at 16,383."""

MEDIA_TYPE = "image/webp"
QUALITY = 80
"""WebP's own scale of 0 to 100; small type shows no ringing from about 75 on."""

METHOD = 0
"""Effort of 0 to 6: 4, the library's default, takes half as long again for files a quarter smaller (the sample bill)."""


class PageImage(NamedTuple):
    """One page drawn: WebP, the page's size in the coordinates of its words [points], and how many pages there are."""

    image: bytes
    width_points: float
    height_points: float
    pages: int


class PageAsked(NamedTuple):
    """Which page is to be drawn, how wide, and with which values boxed."""

    number: int
    width_pixels: int = WIDTH_PIXELS
    marks: tuple[Mark, ...] = ()


def page_image(data: bytes, number: int, width_pixels: int, marks: Sequence[Mark], pages_max: int) -> PageImage:
    """Draw one page, with marks on it where there are any.

    Runs where it is called: files from outside are drawn through the pool, whose children are sandboxed.

    Args:
        data: the whole file.
        number: which page, from 1.
        width_pixels: how wide the image is to be.
        marks: values to box and label; those of other pages are left out.
        pages_max: longer documents are refused [pages].

    Raises:
        Unreadable: as ``see``.
        PageMissing: the document ends before this page.
    """
    from services.parser.draw.labelled import mark_sheet, resized
    from services.parser.see import paintings

    def fineness(width: float, height: float, _pages: int) -> float:
        return min(width_pixels / width, HEIGHT_PIXELS_MAX / height)

    painting = next(iter(paintings(data, fineness, pages_max, only=number)))
    sheet = resized(painting, fineness(painting.width, painting.height, painting.pages))
    mine = [mark for mark in marks if mark.page == number]
    if mine:
        mark_sheet(sheet, painting, mine)
    held = io.BytesIO()
    sheet.save(held, "WEBP", quality=QUALITY, method=METHOD)
    return PageImage(held.getvalue(), painting.width, painting.height, painting.pages)
