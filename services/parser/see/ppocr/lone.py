"""Finds characters that stand alone: months' initials below bars and short numbers in columns, to which the detector is blind.

The detection network was trained on words; at the size that it sees a page in, one letter on bare paper hardly stirs it. Such
characters stand in rows and columns of their like, and that is how they are told from specks.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import cv2
import numpy

from services.parser.see.ppocr.detect import Region
from services.parser.see.ppocr.facing import Line

if TYPE_CHECKING:
    from numpy.typing import NDArray

LINES_MIN = 5
"""Pages of fewer lines do not tell how large their print is."""

PAPER_WINDOW = 2.0
"""Ink is what is darker than its surroundings, so many line heights wide."""

DARKER = 28
"""By how much ink is darker than its surroundings on average [grey values of 255]."""

BAR_TALL, BAR_INK = 2.0, 0.2
"""What is so many line heights tall and filled by more than this share is bars of a chart, perhaps with characters below them."""

JOIN_ACROSS, JOIN_DOWN = 0.3, 0.12
"""Ink that is nearer than so many line heights is of one character or of its neighbour in a word."""

TALL_MIN, TALL_MAX, WIDE_MAX = 0.28, 0.8, 1.3
"""How tall and wide lone characters are [line heights]."""

LIKE_TALL = 0.4
"""The height of characters of a row or column differs by less than this share."""

ALIGNED = 0.2
"""Their tops or feet, or their left or right sides, lie nearer to each other than so many line heights."""

FELLOWS_MIN = 3
"""A character must have so many fellows in its row or column."""

SHORT = 2.0
"""Lines less than so many times as long as high may hold a lone character."""

FOUND_MAX = 150
"""More marks are a pattern, not print."""

CHARACTERS_MAX, SURE = 5, 0.8
"""Lone characters are at most so many, and each is read so surely."""

INITIALS = frozenset("JFMASONDEGL")
"""First letters of the months in the languages that we read."""

READ_FOR = {"0": "O", "1": "J", "I": "J", "l": "J"}
"""What months' initials are taken for."""

STRIP_TALL, STRIP_SIDE = 1.9, 0.4
"""A strip is so many times as high as the character in it, and so much wider on each side."""


@dataclass(frozen=True, slots=True)
class _Mark:
    left: float
    right: float
    top: float
    bottom: float

    @property
    def tall(self) -> float:
        return self.bottom - self.top


def with_lone_characters(raster: "NDArray[numpy.uint8]", regions: Sequence[Region]) -> tuple[Region, ...]:
    """Add the places of characters that stand alone where no line was found; one that was found gets its due place.

    Args:
        raster: grey, upright and straight.
        regions: the lines that the detector found on it.
    """
    heights = [region.height for region in regions if not region.standing]
    if len(heights) < LINES_MIN:
        return tuple(regions)
    line = float(numpy.median(heights))
    marks = _marks(raster, [region for region in regions if not _is_short(region)], line)
    if not marks or len(marks) > FOUND_MAX:
        return tuple(regions)
    held: dict[Region, list[_Mark]] = {
        region: [mark for mark in marks if _covers(region, mark)] for region in regions if _is_short(region)
    }
    lone, replaced = [], set()
    for mark in _in_company(marks, line):
        there = [region for region, inside in held.items() if mark in inside]
        if all(held[region] == [mark] for region in there):
            replaced.update(there)
            lone.append(replace(_region(mark), lone=not there))
    return (*(region for region in regions if region not in replaced), *lone)


def _is_short(region: Region) -> bool:
    return not region.standing and region.length < SHORT * region.height


def _covers(region: Region, mark: _Mark) -> bool:
    across = min(region.x + region.length / 2, mark.right) - max(region.x - region.length / 2, mark.left)
    down = min(region.y + region.height / 2, mark.bottom) - max(region.y - region.height / 2, mark.top)
    return across > 0 and down > 0


def _marks(raster: "NDArray[numpy.uint8]", regions: Sequence[Region], line: float) -> list[_Mark]:
    """Give marks of a character's size, away from all lines."""
    window = 2 * round(PAPER_WINDOW * line) + 1
    surroundings = cv2.blur(raster, (window, window))
    ink = numpy.asarray(cv2.subtract(surroundings, raster) > DARKER).astype(numpy.uint8)
    for region in regions:
        wide, high = (region.height, region.length) if region.standing else (region.length, region.height)
        left, top = max(0, round(region.x - wide / 2)), max(0, round(region.y - high / 2))
        place = ink[top : round(region.y + high / 2) + 1, left : round(region.x + wide / 2) + 1]
        if not (high > BAR_TALL * line and place.size and place.mean() > BAR_INK):
            place[:] = 0
    across, down = max(1, round(JOIN_ACROSS * line)), max(1, round(JOIN_DOWN * line))
    joined = cv2.morphologyEx(ink, cv2.MORPH_CLOSE, numpy.ones((down, across), numpy.uint8))
    # Contours tell the sides of what is joined in a tenth of the time that labelling each pixel takes.
    contours, nested = cv2.findContours(joined, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    outer = [
        contour for contour, (*_, holder) in zip(contours, nested[0] if contours else (), strict=True) if holder < 0
    ]
    sides = sorted((cv2.boundingRect(contour) for contour in outer), key=lambda side: (side[1], side[0]))
    return [
        _Mark(left, left + wide, top, top + tall)
        for left, top, wide, tall in sides
        if TALL_MIN * line <= tall <= TALL_MAX * line and wide <= WIDE_MAX * line
    ]


def _in_company(marks: Sequence[_Mark], line: float) -> list[_Mark]:
    """Keep marks that stand in a row or column with enough of their like."""
    sides = numpy.array([[m.left, m.right, m.top, m.bottom] for m in marks])
    tall = sides[:, 3] - sides[:, 2]
    alike = numpy.abs(tall[:, None] - tall[None, :]) <= LIKE_TALL * numpy.maximum(tall[:, None], tall[None, :])
    near = ALIGNED * line
    apart = numpy.abs(sides[:, None, :] - sides[None, :, :])
    row = apart[:, :, 2:].min(axis=2) < near
    column = apart[:, :, :2].min(axis=2) < near
    fellows = numpy.maximum((alike & row).sum(axis=1), (alike & column).sum(axis=1)) - 1
    return [mark for mark, count in zip(marks, fellows.tolist(), strict=True) if count >= FELLOWS_MIN]


def _region(mark: _Mark) -> Region:
    return Region(
        (mark.left + mark.right) / 2,
        (mark.top + mark.bottom) / 2,
        mark.right - mark.left + 2 * STRIP_SIDE * mark.tall,
        STRIP_TALL * mark.tall,
        0.0,
    )


def believed(lines: Sequence[Line]) -> list[Line]:
    """Keep lone characters that were read for sure, and take what stands among months' initials for one."""
    kept = [line for line in lines if not line.region.lone or _is_sure(line)]
    alone = [line for line in kept if len(line.glyphs) == 1 and not line.region.standing]
    return [_initial(line, alone) if len(line.glyphs) == 1 else line for line in kept]


def _is_sure(line: Line) -> bool:
    printed = [glyph for glyph in line.glyphs if glyph.character != " "]
    return 0 < len(printed) <= CHARACTERS_MAX and all(
        glyph.character.isalnum() and glyph.confidence >= SURE for glyph in printed
    )


def _initial(line: Line, alone: Sequence[Line]) -> Line:
    meant = READ_FOR.get(line.glyphs[0].character)
    row = [
        other.glyphs[0].character
        for other in alone
        if abs(other.region.y - line.region.y) < line.region.height / STRIP_TALL / 2
    ]
    letters = [character for character in row if character.isalpha() and character not in READ_FOR]
    if meant is None or len(letters) < FELLOWS_MIN or not INITIALS.issuperset(letters):
        return line
    return replace(line, glyphs=[replace(line.glyphs[0], character=meant)])
