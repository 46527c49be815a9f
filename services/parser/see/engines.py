"""What reads text off a raster: one small interface, several engines behind it, chosen by name."""

from functools import cache
from typing import TYPE_CHECKING, Protocol

from services.parser.page import Word

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

    from services.parser.see.ppocr.detect import Region

DEFAULT_ENGINE = "ppocr"
ENGINES = ("ppocr", "tesseract")


class OcrEngine(Protocol):
    """Reads text off an upright, straight raster."""

    @property
    def name(self) -> str:
        """Name and version of the engine and its weights."""

    def read(self, raster: "NDArray[numpy.uint8]", regions: "tuple[Region, ...]") -> list[Word]:
        """Read a grey raster [rows, columns].

        Args:
            raster: the page, or a part of one.
            regions: where lines of text were found; an engine that finds its own may ignore them.

        Returns:
            Words whose boxes and heights are in pixels of the raster.
        """


class NoReading:
    """Reads nothing: for a page that is brought upright and straight to be shown, not read."""

    @property
    def name(self) -> str:
        """Name of the engine."""
        return "none"

    def read(self, raster: "NDArray[numpy.uint8]", regions: "tuple[Region, ...]") -> list[Word]:
        """Give no words."""
        return []


@cache
def engine_named(name: str) -> OcrEngine:
    """Give the engine of a name; its weights are loaded when it first reads, once a process.

    Raises:
        ValueError: there is no engine of this name.
    """
    match name:
        case "ppocr":
            from services.parser.see.ppocr import PpOcr

            return PpOcr()
        case "tesseract":
            from services.parser.see.tesseract import Tesseract

            return Tesseract()
        case _:
            raise ValueError(f"no OCR engine is called {name}; there are {', '.join(ENGINES)}")
