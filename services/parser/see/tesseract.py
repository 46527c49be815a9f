"""Tesseract as an engine: slower and less sure than the default, but an independent second opinion on a number.

pytesseract runs the program on temporary files, so the sandbox must leave a writable folder and allow processes.
"""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from domain.evidence import Box
from services.parser.page import Word

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

    from services.parser.see.ppocr.detect import Region

LANGUAGES = "eng+deu"
SETTINGS = "--psm 11"
"""Sparse text in no order: best on bills and photos among the modes measured."""

RUN_SECONDS_MAX = 60
FULL_CONFIDENCE = 100.0
TYPE_OVER_WORD_HEIGHT = 1.3


class Tesseract:
    """Tesseract through pytesseract; finds its own lines."""

    @property
    def name(self) -> str:
        """Name of the engine."""
        return "tesseract"

    def read(self, raster: "NDArray[numpy.uint8]", regions: "tuple[Region, ...]") -> list[Word]:
        """Read a grey raster [rows, columns]; boxes are in its pixels.

        Raises:
            RuntimeError: the program is missing, failed, or ran too long.
        """
        import pytesseract
        from PIL import Image

        pytesseract.pytesseract.tesseract_cmd = _program()
        told = pytesseract.image_to_data(
            Image.fromarray(raster),
            lang=LANGUAGES,
            config=SETTINGS,
            timeout=RUN_SECONDS_MAX,
            output_type=pytesseract.Output.DICT,
        )
        words = []
        for index, text in enumerate(told["text"]):
            confidence = float(told["conf"][index]) / FULL_CONFIDENCE
            if text.strip() and confidence >= 0:
                left, top = float(told["left"][index]), float(told["top"][index])
                width, height = float(told["width"][index]), float(told["height"][index])
                box = Box(left, top, left + width, top + height)
                words.append(Word(text.strip(), box, min(1.0, confidence), height * TYPE_OVER_WORD_HEIGHT))
        return words


def _program() -> str:
    """Find the program that the wheel put beside the interpreter, else the machine's own."""
    own = Path(sys.executable).with_name("tesseract")
    return str(own) if own.exists() else "tesseract"
