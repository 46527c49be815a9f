"""Sees a document: bytes in, pages of words with boxes out, the same whether the file has a text layer or is a photo."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from domain.outcome import FailureReason
from services.parser.engine import engine_version
from services.parser.page import Document, PageMissing, Painting, Unreadable
from services.parser.see.engines import DEFAULT_ENGINE, engine_named

PAGES_MAX = 60
"""Longer files are no bills; collective bills of a year stay below."""

PICTURED_PAGES_MAX = 4
"""Pictures are read on so many pages: names and amounts stand on the first ones, adverts on all."""

PDF_MARK = b"%PDF-"
PDF_MARK_WITHIN_BYTES = 1024
"""Writers may put other bytes before the header; readers look this far (ISO 32000-1, Annex H, note 13)."""


def see(
    data: bytes,
    progress: Callable[[int, int], None],
    engine: str = DEFAULT_ENGINE,
    pages_max: int = PAGES_MAX,
    *,
    only: int | None = None,
    password: str = "",
) -> Document:
    """See every page of one file.

    Coordinates are those of the page as it stands upright and straight: a scan or photo is turned and straightened first, and the
    raster that its page carries is the straightened one.

    Args:
        data: the whole file; its type is told from its bytes.
        progress: told pages done and pages in all (0 while unknown).
        engine: the OCR engine for what has no text layer, by name.
        pages_max: longer documents are refused [pages].
        only: see this page alone, from 1.
        password: what opens a PDF that asks for one.

    Raises:
        PageMissing: there is no such page.
        Unreadable: the file is empty, damaged, locked, too big, or of no type that we read.
    """
    reader = engine_named(engine)
    if _is_pdf(data):
        from services.parser.see.pdf.pages import pages_of_pdf

        pages = pages_of_pdf(data, reader, progress, pages_max, only, password)
    else:
        from services.parser.see.picture import page_of_picture

        if only not in (None, 1):
            raise PageMissing(1)
        progress(0, 1)
        pages = (page_of_picture(data, reader),)
        progress(1, 1)
    from services.parser.see.points import settled

    return Document(pages=settled(pages), engine_version=engine_version(engine))


def with_pictures(document: Document) -> Document | None:
    """Return the document with the words of the pictures on its pages, where there are any and they were not read yet."""
    from services.parser.see.order import in_reading_order
    from services.parser.see.points import settled

    asked = [page for page in document.pages if page.pictured is not None][:PICTURED_PAGES_MAX]
    read = {page.number: words for page in asked if page.pictured is not None and (words := page.pictured())}
    if not read:
        return None
    pages = (
        replace(page, words=in_reading_order((*page.words, *read[page.number])), pictured=None)
        if page.number in read
        else page
        for page in document.pages
    )
    return replace(document, pages=settled(tuple(pages)))


def paintings(
    data: bytes,
    pixels_a_point: Callable[[float, float, int], float],
    pages_max: int = PAGES_MAX,
    *,
    only: int | None = None,
    password: str = "",
) -> Iterator[Painting]:
    """Show every page of one file as a person sees it, in the coordinates in which ``see`` sees it.

    Args:
        data: the whole file; its type is told from its bytes.
        pixels_a_point: how finely to paint a page of this width and height [points] among so many pages; a scan or photo
            keeps its own fineness.
        pages_max: longer documents are refused [pages].
        only: show this page alone, from 1.
        password: what opens a PDF that asks for one.

    Raises:
        PageMissing: there is no such page.
        Unreadable: as ``see``.
    """
    if _is_pdf(data):
        from services.parser.see.pdf.pages import paintings_of_pdf

        yield from paintings_of_pdf(data, pixels_a_point, pages_max, only, password)
    else:
        from services.parser.see.picture import painting_of_picture

        painting = painting_of_picture(data)
        if only not in (None, painting.number):
            raise PageMissing(painting.pages)
        yield painting


def _is_pdf(data: bytes) -> bool:
    if not data.strip(b"\0 \t\r\n"):
        raise Unreadable(FailureReason.CORRUPT, "The file is empty.")
    return PDF_MARK in data[:PDF_MARK_WITHIN_BYTES]
