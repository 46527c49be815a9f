"""Reads one document: see it, then understand it. Or draws it with what was read on it.

The functions that the child, the command and the benches share.
"""

from collections.abc import Callable, Sequence

from domain.outcome import Failure, Outcome, Success
from services.parser.draw.marks import Mark
from services.parser.engine import engine_version
from services.parser.page import SeenWords, Unreadable
from services.parser.see import PAGES_MAX, paintings, see, with_pictures
from services.parser.see.engines import DEFAULT_ENGINE

WORDS_MAX = 20_000
"""No page of paper has so many words; a made-up one is told as far as this."""


def read(
    data: bytes,
    *,
    progress: Callable[[int, int], None],
    engine: str = DEFAULT_ENGINE,
    pages_max: int = PAGES_MAX,
    password: str = "",
) -> Outcome:
    """Read the bytes of one document.

    Runs where it is called: files from outside are read through the pool, whose children are sandboxed.

    Args:
        data: the whole file.
        progress: told pages done and pages in all (0 while unknown).
        engine: the OCR engine for what has no text layer, by name.
        pages_max: longer documents are refused [pages].
        password: what opens the file, where it asks for one.

    Returns:
        The readings, or why there are none.
    """
    try:
        document = see(data, progress, engine, pages_max, password=password)
        from services.parser.understand import lacks_much, understand

        outcome = understand(document)
        if lacks_much(outcome) and (fuller := with_pictures(document)) is not None:
            again = understand(fuller)
            return again if isinstance(again, Success) else outcome
        return outcome
    except Unreadable as refused:
        return Failure(reason=refused.reason, detail=refused.detail, engine_version=engine_version(engine))


def words_of_page(data: bytes, number: int, *, engine: str = DEFAULT_ENGINE, pages_max: int = PAGES_MAX) -> SeenWords:
    """Return the words of one page; on a scan, marks of decimals go by this page alone, where reading goes by all pages.

    Runs where it is called, as ``read`` does.

    Raises:
        PageMissing: the document ends before this page.
        Unreadable: the file gives no pages.
    """
    total = 0

    def note(_done: int, pages: int) -> None:
        nonlocal total
        total = pages

    page = see(data, note, engine, pages_max, only=number).pages[0]
    words = tuple((word.text, word.box) for word in page.words[:WORDS_MAX])
    return SeenWords(words, page.width, page.height, total)


def warm(engine: str = DEFAULT_ENGINE) -> None:
    """Load what reading needs, once a process: the networks (a picture of nothing goes through all), words and issuers."""
    import numpy

    from services.parser.see.engines import engine_named
    from services.parser.see.raster import page_from_raster
    from services.parser.understand import warm as warm_understanding

    page_from_raster(numpy.full((320, 320), 255, dtype=numpy.uint8), 1, 1.0, engine_named(engine))
    warm_understanding()


def picture(
    data: bytes,
    marks: Sequence[Mark],
    *,
    progress: Callable[[int, int], None],
    engine: str = DEFAULT_ENGINE,
    pages_max: int = PAGES_MAX,
    password: str = "",
) -> bytes | Failure:
    """Draw the pages of one document with marks on them.

    Runs where it is called, as ``read`` does.

    Args:
        data: the whole file.
        marks: what to draw, in the coordinates of the readings that ``read`` gives of the same bytes.
        progress: told pages done and pages in all (0 while unknown).
        engine: the OCR engine that a failure names; nothing is read.
        pages_max: longer documents are refused [pages].
        password: what opens the file, where it asks for one.

    Returns:
        A PNG, or why there is none.
    """
    from services.parser.draw.labelled import drawn, pixels_a_point

    try:
        return drawn(paintings(data, pixels_a_point, pages_max, password=password), marks, progress)
    except Unreadable as refused:
        return Failure(reason=refused.reason, detail=refused.detail, engine_version=engine_version(engine))
