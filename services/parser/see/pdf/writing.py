"""Writing that is paint and no text: letters drawn as outlines, as designers turn headings and names into.

Where such writing stands is known from the page's own figures, so its lines need not be looked for, only read.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from math import inf
from statistics import median

from domain.evidence import Box
from services.parser.page import Word
from services.parser.see.engines import OcrEngine
from services.parser.see.pdf.canvas import Painted
from services.parser.see.pdf.paths import Drawing, Figure, around
from services.parser.see.ppocr.detect import Region
from services.parser.see.raster import in_points, missing_from

LETTERS_MAX = 4000
"""A page of writing alone has as many; more are drawings."""

LETTERS_MIN, KINDS_MIN = 4, 3
"""A line of writing has so many letters, and so many kinds of them: dots of a chart and bullets are all of one kind."""

LIKE_SHARE_MIN = 0.7
"""Lines whose heights are this near are of one type: capitals beside letters that reach below the line."""

HEIGHT_MIN_POINTS, HEIGHT_MAX_POINTS = 2.5, 80.0
WIDTH_SHARE_MAX = 2.5
"""Letters, ligatures included, are no wider than this share of their height."""

GAP_SHARE_MAX = 1.3
"""Gap between two words of a line at most, as a share of its height."""

LETTER_GAP_SHARE_MAX = 0.5
"""Gap between two letters of a word at most, as a share of the line's height."""

STEM_SHARE_MAX = 1.7
"""A rectangle that is a letter is no higher than this share of the others: an l among an a and an n."""

HIGHER_SHARE_MAX = 2.2
"""Brackets beside small letters are so much higher than these, and no letter is more."""

OVERLAP_SHARE_MIN = 0.5
PROGRESS_SHARE = 0.3
"""A figure that does not go this share of its width beyond what is there already is the hole of a letter or its dot."""

ROOM_SHARE = 0.4
"""Paper above and below a line that the networks are used to see with it, as a share of its height."""

LINES_MAX = 200
SURE_MIN = 0.8
"""What is read less surely is a drawing."""


@dataclass(slots=True)
class _Line:
    """Figures side by side that may be letters."""

    box: Box
    figures: list[Figure] = field(default_factory=list)

    def takes(self, box: Box) -> bool:
        """Tell whether a figure, further right than those before, stands on this line."""
        high, higher = self.box.bottom - self.box.top, box.bottom - box.top
        shared = min(box.bottom, self.box.bottom) - max(box.top, self.box.top)
        near = box.left - self.box.right <= GAP_SHARE_MAX * max(high, higher)
        return near and shared >= OVERLAP_SHARE_MIN * min(high, higher)

    def add(self, figure: Figure) -> None:
        """Put a figure on the line."""
        self.figures.append(figure)
        self.box = around(self.box, figure.box)

    def without_marks(self) -> "_Line":
        """Return the line without what is far higher than its letters, as the sign beside a name is."""
        highest = HIGHER_SHARE_MAX * median(figure.box.bottom - figure.box.top for figure in self.figures)
        letters = [figure for figure in self.figures if figure.box.bottom - figure.box.top <= highest]
        line = _Line(letters[0].box)
        for figure in letters:
            line.add(figure)
        return line

    def passes(self, rectangle: Box) -> bool:
        """Tell whether a rectangle beside the figures may be a letter of theirs: an l, an I, even a D."""
        high = self.box.bottom - self.box.top
        gap = max(rectangle.left - self.box.right, self.box.left - rectangle.right)
        return (
            gap <= LETTER_GAP_SHARE_MAX * high
            and rectangle.bottom - rectangle.top <= STEM_SHARE_MAX * high
            and abs(rectangle.bottom - self.box.bottom) <= OVERLAP_SHARE_MIN * high
        )

    def lengthen(self, rectangles: Sequence[Box]) -> None:
        """Take rectangles, from the right, before the first letter into the line."""
        for box in rectangles:
            if box.right <= self.box.left and self.passes(box):
                self.box = around(self.box, box)

    @property
    def is_writing(self) -> bool:
        """Tell whether there are letters of several kinds; the hole of a letter and its dot count with the letter."""
        kinds, count, right = set(), 0, -inf
        for box, corners in ((figure.box, figure.corners) for figure in self.figures):
            wide, high = box.right - box.left, box.bottom - box.top
            count += box.right - right >= PROGRESS_SHARE * wide
            right = max(right, box.right)
            if corners:
                kinds.add((round(2 * wide), round(2 * high), corners))
        return count >= LETTERS_MIN and len(kinds) >= KINDS_MIN

    def is_like(self, known: Box) -> bool:
        """Tell whether the figures are as high as those of a line that is writing."""
        high, higher = self.box.bottom - self.box.top, known.bottom - known.top
        return min(high, higher) >= LIKE_SHARE_MIN * max(high, higher)


def outlined_lines(drawing: Drawing) -> list[Box]:
    """Return the boxes of the lines that filled figures write, from the left.

    A few letters by themselves are taken where the page has writing as high.
    """
    letters = [figure for figure in drawing.figures if _has_size_of_letter(figure.box)]
    if not LETTERS_MIN <= len(letters) <= LETTERS_MAX:
        return []
    rectangles = [shape.box for shape in drawing.shapes if not shape.stroke and _has_size_of_letter(shape.box)]
    rectangles = rectangles[:LETTERS_MAX]
    lines = _lines_of(letters, rectangles)
    sure = [line.box for line in lines if line.is_writing]
    kept = [line for line in lines if any(map(line.is_like, sure))][:LINES_MAX]
    rectangles.sort(key=lambda box: -box.right)
    for line in kept:
        line.lengthen(rectangles)
    return [line.box for line in kept]


def _lines_of(letters: Sequence[Figure], rectangles: Sequence[Box]) -> list[_Line]:
    """Put figures on lines, from the left; rectangles between them keep a line together, and begin none."""
    done: list[_Line] = []
    growing: list[_Line] = []
    figures = [*letters, *(Figure(box, 0) for box in rectangles)]
    for figure in sorted(figures, key=lambda figure: (figure.box.left, figure.box.top)):
        reach = figure.box.left - GAP_SHARE_MAX * HEIGHT_MAX_POINTS
        done.extend(line for line in growing if line.box.right < reach)
        growing = [line for line in growing if line.box.right >= reach]
        fits = _Line.takes if figure.corners else _Line.passes
        line = next((line for line in reversed(growing) if fits(line, figure.box)), None)
        if line is None and figure.corners:
            line = _Line(figure.box)
            growing.append(line)
        if line is not None:
            line.add(figure)
    return [line.without_marks() for line in (*done, *growing)]


def _has_size_of_letter(box: Box) -> bool:
    wide, high = box.right - box.left, box.bottom - box.top
    return HEIGHT_MIN_POINTS <= high <= HEIGHT_MAX_POINTS and 0 < wide <= WIDTH_SHARE_MAX * high


def painted_writing(painted: Painted, lines: Sequence[Box], words: Sequence[Word], engine: OcrEngine) -> list[Word]:
    """Return the words that lines of paint say, without those that the text layer holds itself.

    Args:
        painted: paints the page.
        lines: where the writing stands.
        words: its text layer.
        engine: what reads it.
    """
    raster, scale = painted() if lines else (None, 0.0)
    if raster is None:
        return []
    regions = tuple(_region(line, scale) for line in lines)
    read = (in_points(word, scale) for word in engine.read(raster, regions))
    return missing_from(words, _within((word for word in read if word.confidence >= SURE_MIN), lines))


def _region(line: Box, scale: float) -> Region:
    wide, high = line.right - line.left, line.bottom - line.top
    return Region(
        x=(line.left + line.right) / 2 * scale,
        y=(line.top + line.bottom) / 2 * scale,
        length=(wide + ROOM_SHARE * high) * scale,
        height=(1 + ROOM_SHARE) * high * scale,
        slope=0.0,
    )


def _within(words: Iterator[Word], lines: Sequence[Box]) -> Iterator[Word]:
    """Yield the words that stand on the lines: an engine may read more than it was asked for."""
    for word in words:
        across, down = (word.box.left + word.box.right) / 2, (word.box.top + word.box.bottom) / 2
        if any(line.left <= across <= line.right and line.top <= down <= line.bottom for line in lines):
            yield word
