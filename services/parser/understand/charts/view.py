"""Views: a page as its charts are read, upright, or turned a quarter so that lying bars stand.

In a view months run from left to right and values grow upwards, whichever way the page draws them.
"""

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING

from domain.evidence import Box
from services.parser.page import Page, Shape, Word
from services.parser.understand.sight import Sight
from services.parser.understand.values.numbers import parse_number

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

_THOUSANDS = re.compile(r"^(\d+(?:[.,]\d+)?)[kK]$")
"""A tick that spells thousands (``1.5k``)."""
_PLAIN = re.compile(r"^\d+(?:[.,]\d+)*$")
DASHES = "-–—_"
"""Dashes at the numbers of an axis, as OCR reads them."""
WIDE_TICK = 14
"""Longer words are no tick of an axis."""


CORNER_POINTS = 0.8
"""Lines that end this near to each other make a corner."""
STEM_POINTS_MIN, STEM_GAP, STEM_WIDTH = 4.0, 1.8, 0.6
"""Strokes that may be bars are longer than ticks; those of one bar stand this near to each other; each is at least so broad."""


@dataclass(frozen=True, slots=True)
class Tick:
    """A number that may belong to an axis: its value, its box in the view, whether it is money or a share, or among words."""

    value: float
    box: Box
    foreign: bool = False
    worded: bool = False

    @property
    def height(self) -> float:
        """Where it stands on the axis of values [points from the view's top]."""
        return (self.box.top + self.box.bottom) / 2


@dataclass(frozen=True)
class View:
    """One page for reading charts. ``turned`` views have the page's left at their foot."""

    sight: Sight
    page: Page
    turned: bool

    def seen(self, box: Box) -> Box:
        """Return where a box of the page stands in the view."""
        if not self.turned:
            return box
        return Box(box.top, self.page.width - box.right, box.bottom, self.page.width - box.left)

    def back(self, box: Box) -> Box:
        """Return where a box of the view stands on the page."""
        if not self.turned:
            return box
        return Box(self.page.width - box.bottom, box.left, self.page.width - box.top, box.right)

    @cached_property
    def shapes(self) -> tuple[Shape, ...]:
        """What is drawn, in the view's coordinates."""
        if not self.turned:
            return self.page.shapes
        return tuple(replace(shape, box=self.seen(shape.box)) for shape in self.page.shapes)

    @cached_property
    def figures(self) -> tuple[Shape, ...]:
        """What may be bars: filled figures, and outlines of bars that are not filled."""
        filled = [shape for shape in self.shapes if not shape.stroke]
        return (*filled, *_outlined([shape for shape in self.shapes if shape.stroke]))

    @cached_property
    def stems(self) -> tuple[Shape, ...]:
        """What may be bars where they are drawn as upright strokes: one alone, or several of one length side by side."""
        return tuple(_stems([shape for shape in self.shapes if shape.stroke]))

    @cached_property
    def flat(self) -> "tuple[NDArray[numpy.uint8] | None, float]":
        """The page's grey pixels and how many there are a point; a page with a text layer is painted when somebody asks."""
        if self.page.raster is None and self.page.painted is not None:
            return self.page.painted()
        return self.page.raster, self.page.raster_scale

    @cached_property
    def raster(self) -> "NDArray[numpy.uint8] | None":
        """The page's grey pixels, turned with the view."""
        raster = self.flat[0]
        if raster is None or not self.turned:
            return raster
        import numpy

        return numpy.ascontiguousarray(numpy.rot90(raster))

    @property
    def fineness(self) -> float:
        """Pixels of the raster a point."""
        return self.flat[1]

    @cached_property
    def ticks(self) -> tuple[Tick, ...]:
        """Every number of the page that may stand at an axis."""
        found = []
        for sheet in self.sight.sheets:
            if sheet.page is not self.page:
                continue
            for row in sheet.rows:
                for token in self.sight.tokens.on(row):
                    number = token.number
                    if number is not None and len(token.text) <= WIDE_TICK and not number.per:
                        foreign = bool(number.percent or number.currency)
                        worded = any(map(str.isalpha, self.sight.tokens.beside(token.segment)))
                        found.append(Tick(float(number.value), self.seen(token.box), foreign, worded))
                        if number.value <= 0 and self.page.raster is not None:
                            found.extend(self._dashed(token.text, token.box, foreign))
        for word in self.page.words:
            value = self._thousands(word)
            if value is not None:
                found.append(Tick(float(value), self.seen(word.box)))
        return tuple(found)

    def _dashed(self, text: str, box: Box, foreign: bool) -> Iterator[Tick]:
        """Yield the number beside a dash that was seen as its sign: axes have such dashes at their numbers."""
        bare = text.strip(DASHES)
        parsed = parse_number(bare, self.sight.convention.mark) if bare != text and _PLAIN.match(bare) else None
        if parsed is not None:
            dash = (box.right - box.left) / len(text)
            first, last = text.startswith(tuple(DASHES)), text.endswith(tuple(DASHES))
            cut = replace(box, left=box.left + dash * first, right=box.right - dash * last)
            yield Tick(float(abs(parsed[0])), self.seen(cut), foreign)

    def _thousands(self, word: Word) -> Decimal | None:
        spelled = _THOUSANDS.match(word.text)
        parsed = parse_number(spelled.group(1), self.sight.convention.mark) if spelled else None
        return parsed[0] * 1000 if parsed else None


def _outlined(strokes: list[Shape]) -> Iterator[Shape]:
    """Yield the rectangles whose lid and two sides are drawn as lines."""
    sides: dict[tuple[int, int], list[Shape]] = {}
    for shape in strokes:
        if shape.box.bottom - shape.box.top > shape.box.right - shape.box.left:
            sides.setdefault((round(_middle(shape)), round(shape.box.top)), []).append(shape)

    def reaching(x: float, y: float) -> Iterator[float]:
        for key in itertools.product((round(x) - 1, round(x), round(x) + 1), (round(y) - 1, round(y), round(y) + 1)):
            for shape in sides.get(key, ()):
                if abs(_middle(shape) - x) < CORNER_POINTS and abs(shape.box.top - y) < CORNER_POINTS:
                    yield shape.box.bottom

    for lid in strokes:
        box = lid.box
        if box.right - box.left <= box.bottom - box.top:
            continue
        y = (box.top + box.bottom) / 2
        left, right = max(reaching(box.left, y), default=None), max(reaching(box.right, y), default=None)
        if left is not None and right is not None and abs(left - right) < CORNER_POINTS:
            yield Shape(Box(box.left, y, box.right, left), lid.colour, stroke=False)


def _stems(strokes: list[Shape]) -> Iterator[Shape]:
    """Yield the bars that upright strokes make."""
    tall = [s for s in strokes if s.box.bottom - s.box.top >= max(STEM_POINTS_MIN, s.box.right - s.box.left)]
    last: Shape | None = None
    for shape in sorted(tall, key=lambda s: (s.colour, round(s.box.bottom), round(s.box.top), s.box.left)):
        if (
            last is not None
            and (last.colour, round(last.box.bottom), round(last.box.top))
            == (shape.colour, round(shape.box.bottom), round(shape.box.top))
            and shape.box.left - last.box.right < STEM_GAP
        ):
            last = replace(last, box=replace(last.box, right=max(last.box.right, shape.box.right)))
            continue
        if last is not None:
            yield last
        broad = max(shape.box.right, shape.box.left + STEM_WIDTH)
        last = replace(shape, box=replace(shape.box, right=broad), stroke=False)
    if last is not None:
        yield last


def _middle(shape: Shape) -> float:
    return (shape.box.left + shape.box.right) / 2
