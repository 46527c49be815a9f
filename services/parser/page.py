"""The page model: what was seen on a document, the same whatever it was seen with.

``see`` makes it from a text layer or by OCR; ``understand`` reads nothing else. Coordinates are points (1/72 inch) with the
origin top-left and y downwards, so that a box means the same on a PDF page and on a photo of one.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from domain.evidence import Box, Method
from domain.outcome import FailureReason

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Word:
    """One run of characters without a space.

    ``confidence`` is the engine's own opinion in [0, 1] (1 for a text layer); ``height`` is the type's size [points];
    ``bold`` is False where the source cannot tell; ``comma`` is how likely a point in it is a comma, by the engine's opinion.
    """

    text: str
    box: Box
    confidence: float
    height: float
    bold: bool = False
    comma: float = 0.0


@dataclass(frozen=True, slots=True)
class Shape:
    """One filled rectangle or straight stroke drawn on a page, as bars, axes and rulings are.

    ``colour`` is 0xRRGGBB; ``stroke`` is True for a line drawn along the box's longer side.
    """

    box: Box
    colour: int
    stroke: bool


@dataclass(frozen=True, slots=True)
class Slope:
    """One straight piece of a line that is neither level nor plumb, or one edge of a filled figure, as line charts have them.

    Ends are (x, y); ``colour`` is 0xRRGGBB.
    """

    start: tuple[float, float]
    end: tuple[float, float]
    colour: int


@dataclass(frozen=True, slots=True)
class Page:
    """One page as seen.

    ``number`` counts from 1; ``width`` and ``height`` [points] are those of the upright page; ``words`` are in reading
    order of their lines; ``shapes`` and ``slopes`` come from vector paths and are empty for pictures; ``raster`` is the upright
    page in grey, uint8 [rows, columns], for pages read by OCR (None for text layers), ``raster_scale`` its pixels a point.
    ``painted`` paints a page with a text layer in the same way, when asked: charts may be drawn as no shape.
    ``pictured`` reads the words of its pictures, when asked: a name may stand in a logo alone.
    """

    number: int
    width: float
    height: float
    words: tuple[Word, ...]
    method: Method
    shapes: tuple[Shape, ...] = ()
    slopes: tuple[Slope, ...] = ()
    raster: "NDArray[numpy.uint8] | None" = None
    raster_scale: float = 0.0
    painted: "Callable[[], tuple[NDArray[numpy.uint8] | None, float]] | None" = field(
        default=None, compare=False, repr=False
    )
    pictured: "Callable[[], list[Word]] | None" = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Painting:
    """One page as a person sees it, in the coordinates of the words that were seen on it.

    ``pixels`` is uint8, [rows, columns] in grey or [rows, columns, 3] in red, green, blue; ``width`` and ``height`` [points]
    are those of the upright page; ``pages`` is how many the document has.
    """

    number: int
    pages: int
    width: float
    height: float
    pixels: "NDArray[numpy.uint8]"


@dataclass(frozen=True, slots=True)
class SeenWords:
    """The words of one page in reading order, the page's size [points], and how many pages the document has."""

    words: tuple[tuple[str, Box], ...]
    width: float
    height: float
    pages: int


@dataclass(frozen=True, slots=True)
class Document:
    """All pages of one file. ``engine_version`` names what saw them."""

    pages: tuple[Page, ...]
    engine_version: str


OUT_OF_MEMORY_DETAIL = "Reading the file needs more memory than a bill may take."
"""Said by a reading process that noticed, and by the pool for one that could not say it any more."""


class PageMissing(Exception):
    """The document ends before the page asked for; ``pages`` is how many it has."""

    def __init__(self, pages: int) -> None:
        self.pages = pages
        super().__init__(f"the document has {pages} pages")


class Unreadable(Exception):
    """A file that gives no pages, or pages that give no reading; becomes a Failure of the same reason.

    ``detail`` is a sentence for people that never quotes the document.
    """

    def __init__(self, reason: FailureReason, detail: str) -> None:
        self.reason = reason
        self.detail = detail
        super().__init__(f"{reason}: {detail}")
