"""The paper: a PDF canvas with its origin top-left, so that blocks think the way a page is read.

Same drawing, same bytes: fixed dates and ids, and no compression, because deflate differs between zlib builds.
"""

import functools
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Literal

import reportlab
from PIL import Image, ImageFont
from reportlab.lib.colors import Color
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

Align = Literal["left", "right", "centre"]
Face = Literal["regular", "bold", "italic"]

LETTER = (612.0, 792.0)
A4 = (595.28, 841.89)
LEGAL = (612.0, 1008.0)
STRIKE_POINTS = 0.25
SQUARE, SQUARE_LEFT, SQUARE_FOOT, SQUARE_WIDE, SQUARE_TALL = "n", 0.035, -0.014, 0.691, 0.719
"""The filled square of ZapfDingbats and where it stands in its em (Adobe's metrics: ``n`` 761, box 35 -14 726 705)."""
BLACK = 0x000000
WHITE = 0xFFFFFF


@dataclass(frozen=True, slots=True)
class Typeface:
    """Three cuts of one type, and how wide it is set [percent of normal]."""

    regular: str
    bold: str
    italic: str
    width_percent: float = 100.0


TYPEFACES: dict[str, Typeface] = {
    "helvetica": Typeface("Helvetica", "Helvetica-Bold", "Helvetica-Oblique"),
    "helvetica-narrow": Typeface("Helvetica", "Helvetica-Bold", "Helvetica-Oblique", 84.0),
    "helvetica-wide": Typeface("Helvetica", "Helvetica-Bold", "Helvetica-Oblique", 110.0),
    "times": Typeface("Times-Roman", "Times-Bold", "Times-Italic"),
    "times-narrow": Typeface("Times-Roman", "Times-Bold", "Times-Italic", 88.0),
    "courier": Typeface("Courier", "Courier-Bold", "Courier-Oblique"),
    "courier-narrow": Typeface("Courier", "Courier-Bold", "Courier-Oblique", 82.0),
    "vera": Typeface("Vera", "VeraBd", "VeraIt"),
    "vera-narrow": Typeface("Vera", "VeraBd", "VeraIt", 86.0),
    "aileron": Typeface("Aileron", "Helvetica-Bold", "Aileron"),
}
"""All that the installed wheels carry: the built-in PDF types, Bitstream Vera of reportlab, Aileron (CC0) of Pillow."""


@functools.cache
def register_fonts() -> None:
    """Make the types of the wheels known to reportlab, once a process."""
    folder = Path(reportlab.__file__).parent / "fonts"
    for name in ("Vera", "VeraBd", "VeraIt"):
        pdfmetrics.registerFont(TTFont(name, str(folder / f"{name}.ttf")))
    default = ImageFont.load_default(size=10)
    assert isinstance(default, ImageFont.FreeTypeFont)
    pdfmetrics.registerFont(TTFont("Aileron", io.BytesIO(default.font_bytes)))


def rgb(colour: int) -> tuple[float, float, float]:
    """Return the three shares in [0, 1] of a colour 0xRRGGBB."""
    return (colour >> 16 & 255) / 255, (colour >> 8 & 255) / 255, (colour & 255) / 255


class Sheet:
    """A growing PDF. Coordinates are points from the top-left corner; a text's ``y`` is its baseline."""

    def __init__(self, size: tuple[float, float], typeface: str, title: str, *, inking: str = "run") -> None:
        """Open the first page.

        Args:
            size: width and height of each page [points].
            typeface: a key of TYPEFACES.
            title: the document's title in the file's information dictionary.
            inking: ``run`` shows a text in one piece, ``word`` each word alone, ``glyph`` each character alone, as many
                bill printers do; spaces are then only gaps. ``split`` breaks words and figures anywhere, as kerning does;
                ``struck`` prints bold type twice, a hair apart.
        """
        register_fonts()
        self.width, self.height = size
        self.typeface = TYPEFACES[typeface]
        self.inking = inking
        self.page = 1
        self._buffer = io.BytesIO()
        self._canvas = Canvas(self._buffer, pagesize=size, invariant=1, pageCompression=0)
        self._canvas.setTitle(title)
        self._canvas.setProducer("Billowatt bench")

    def font(self, face: Face) -> str:
        """Return the name of the cut."""
        return str(getattr(self.typeface, face))

    def length(self, text: str, size: float, face: Face = "regular") -> float:
        """Return how wide a text is [points]."""
        return float(pdfmetrics.stringWidth(text, self.font(face), size)) * self.typeface.width_percent / 100

    def text(
        self,
        x: float,
        y: float,
        text: str,
        size: float = 9,
        *,
        face: Face = "regular",
        align: Align = "left",
        colour: int = BLACK,
    ) -> float:
        """Set one line and return its length [points]."""
        length = self.length(text, size, face)
        x -= {"left": 0.0, "right": length, "centre": length / 2}[align]
        strikes = (0.0, STRIKE_POINTS) if self.inking == "struck" and face == "bold" else (0.0,)
        for piece, offset in (
            (piece, offset + strike) for strike in strikes for piece, offset in self._pieces(text, size, face)
        ):
            line = self._canvas.beginText(x + offset, self.height - y)
            line.setFont(self.font(face), size)
            if self.typeface.width_percent != 100:
                line.setHorizScale(self.typeface.width_percent)
            line.setFillColorRGB(*rgb(colour))
            line.textOut(piece)
            self._canvas.drawText(line)
        return length

    def _pieces(self, text: str, size: float, face: Face) -> Iterator[tuple[str, float]]:
        if self.inking == "glyph":
            for index, sign in enumerate(text):
                if sign != " ":
                    yield sign, self.length(text[:index], size, face)
            return
        if self.inking == "split":
            start, rng = 0, Random(text)
            while start < len(text):
                end = start + rng.randrange(2, 7)
                yield text[start:end], self.length(text[:start], size, face)
                start = end
            return
        if self.inking in ("run", "struck") or " " not in text:
            yield text, 0.0
            return
        words = text.split(" ")
        for index, word in enumerate(words):
            if word:
                before = " ".join(words[:index]) + " " if index else ""
                yield word, self.length(before, size, face)

    def standing_text(
        self,
        x: float,
        y: float,
        text: str,
        size: float,
        *,
        face: Face = "regular",
        colour: int = BLACK,
        degrees: float = 90.0,
    ) -> None:
        """Set one line that reads upwards from (x, y), or slantwise as far as it is turned [degrees anticlockwise]."""
        self._canvas.saveState()
        self._canvas.translate(x, self.height - y)
        self._canvas.rotate(degrees)
        self._canvas.setFont(self.font(face), size)
        self._canvas.setFillColorRGB(*rgb(colour))
        self._canvas.drawString(0, 0, text)
        self._canvas.restoreState()

    def wrapped(self, text: str, size: float, width: float, face: Face = "regular") -> list[str]:
        """Return the lines of a paragraph that is ``width`` wide [points]."""
        lines: list[str] = []
        current = ""
        for word in text.split():
            longer = f"{current} {word}" if current else word
            if current and self.length(longer, size, face) > width:
                lines.append(current)
                current = word
            else:
                current = longer
        return [*lines, current] if current else lines

    def box(
        self,
        left: float,
        top: float,
        width: float,
        height: float,
        *,
        fill: int | None = None,
        stroke: int | None = BLACK,
        weight: float = 0.7,
        radius: float = 0.0,
    ) -> None:
        """Draw a rectangle, rounded where ``radius`` [points] is given."""
        self._canvas.setLineWidth(weight)
        if fill is not None:
            self._canvas.setFillColorRGB(*rgb(fill))
        if stroke is not None:
            self._canvas.setStrokeColorRGB(*rgb(stroke))
        bottom = self.height - top - height
        if radius:
            self._canvas.roundRect(
                left, bottom, width, height, radius, stroke=stroke is not None, fill=fill is not None
            )
        else:
            self._canvas.rect(left, bottom, width, height, stroke=stroke is not None, fill=fill is not None)

    def rule(
        self,
        x1: float,
        y1: float,
        x2: float,
        y2: float,
        *,
        weight: float = 0.7,
        colour: int = BLACK,
        dashed: bool = False,
    ) -> None:
        """Draw a straight stroke."""
        self._canvas.setStrokeColorRGB(*rgb(colour))
        self._canvas.setLineWidth(weight)
        self._canvas.setDash(*((3, 3) if dashed else ([], 0)))
        self._canvas.line(x1, self.height - y1, x2, self.height - y2)
        self._canvas.setDash([], 0)

    def polygon(self, points: list[tuple[float, float]], *, fill: int | None = None, stroke: int | None = None) -> None:
        """Draw a closed figure, for marks and pointers."""
        path = self._canvas.beginPath()
        for index, (x, y) in enumerate(points):
            (path.lineTo if index else path.moveTo)(x, self.height - y)
        path.close()
        self._paint(path, fill, stroke)

    def disc(self, x: float, y: float, radius: float, *, fill: int | None = None, stroke: int | None = None) -> None:
        """Draw a circle around (x, y)."""
        path = self._canvas.beginPath()
        path.circle(x, self.height - y, radius)
        self._paint(path, fill, stroke)

    def wedge(self, x: float, y: float, radius: float, start: float, extent: float, fill: int) -> None:
        """Draw a slice of a pie; angles in degrees, anticlockwise from three o'clock."""
        self._canvas.setFillColorRGB(*rgb(fill))
        bottom = self.height - y
        self._canvas.wedge(x - radius, bottom - radius, x + radius, bottom + radius, start, extent, stroke=0, fill=1)

    def _paint(self, path: object, fill: int | None, stroke: int | None) -> None:
        if fill is not None:
            self._canvas.setFillColorRGB(*rgb(fill))
        if stroke is not None:
            self._canvas.setStrokeColorRGB(*rgb(stroke))
        self._canvas.drawPath(path, stroke=stroke is not None, fill=fill is not None)

    def shaded_box(self, left: float, top: float, width: float, height: float, colours: tuple[int, int]) -> None:
        """Fill a rectangle with a smooth run from the first colour at its top to the second at its foot."""
        bottom = self.height - top - height
        self._canvas.saveState()
        path = self._canvas.beginPath()
        path.rect(left, bottom, width, height)
        self._canvas.clipPath(path, stroke=0, fill=0)
        ends = tuple(Color(*rgb(colour)) for colour in colours)
        self._canvas.linearGradient(left, bottom + height, left, bottom, ends, extend=False)
        self._canvas.restoreState()

    def picture(self, left: float, top: float, width: float, height: float, image: Image.Image) -> None:
        """Place a picture, stretched to a rectangle."""
        self._canvas.drawImage(ImageReader(image), left, self.height - top - height, width, height)

    def square_sign(self, left: float, top: float, width: float, height: float, colour: int) -> None:
        """Set the sign of a filled square in the built-in type of signs, stretched to a rectangle."""
        self._canvas.saveState()
        self._canvas.setFillColorRGB(*rgb(colour))
        line = self._canvas.beginText()
        across, up = width / SQUARE_WIDE, height / SQUARE_TALL
        line.setTextTransform(
            across, 0, 0, up, left - SQUARE_LEFT * across, self.height - top - height - SQUARE_FOOT * up
        )
        line.setFont("ZapfDingbats", 1)
        line.textOut(SQUARE)
        self._canvas.drawText(line)
        self._canvas.restoreState()

    @contextmanager
    def form(self, name: str) -> Iterator[None]:
        """Put what is drawn meanwhile into a form of its own, which the page then shows."""
        self._canvas.beginForm(name, 0, 0, self.width, self.height)
        yield
        self._canvas.endForm()
        self._canvas.doForm(name)

    def turn_page(self) -> None:
        """Start the next page."""
        self._canvas.showPage()
        self.page += 1

    def finish(self) -> bytes:
        """Close the file and return it."""
        self._canvas.showPage()
        self._canvas.save()
        return self._buffer.getvalue()
