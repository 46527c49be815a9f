"""Which words of a text layer are believed, and when the layer as a whole is not.

A text layer is a claim: what people see is the paint. Words that nobody can see are dropped, and a layer that does not
answer for what the page shows (scans, outlines instead of text, fonts without a mapping, another's OCR) sends the page
on to our own OCR.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from domain.evidence import Box
from services.parser.see.pdf.frame import Frame
from services.parser.see.pdf.layer import PaintedWord
from services.parser.see.pdf.paths import Drawing

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

TYPE_POINTS_MIN = 1.5
"""Smaller type is not meant to be read."""

OPACITY_MIN = 16
PALE_MIN = 225
"""Text whose every channel is above this is invisible on white paper, and must show on the paint below it."""

CALLOUTS_MIN, CALLOUT_DIGITS_MAX = 3, 2
DISC_SHARE_MAX = 2.2
"""The disc around a callout's number is no wider than this share of its type."""

CONTRAST_MIN = 12
"""Least difference of grey [of 255] within a word's box for the word to be visible."""

FEW_CHARACTERS = 50
"""A page of a bill that is text prints more; below, something else may carry the text."""

MANY_OUTLINES = 60
"""This many vector paths beside so few characters may well be text turned into outlines."""

BARE_PICTURE_SHARE = 0.3
"""Pictures without words in them that cover this share of the page may hold text."""

UNREAD_SHARE_MAX = 0.1
"""Share of characters that are no characters (unmapped, private use, control) beyond which the layer is broken."""

UNMAPPED_SHARE_MAX = 0.3
"""Share of words set in fonts that do not name their glyphs beyond which the layer is broken."""

DIGITLESS_CHARACTERS = 300
"""A page of this many characters without a single digit is no page of a bill, or its mapping is shifted."""

VOWEL_SHARE_MIN, VOWEL_SHARE_MAX = 0.22, 0.62
"""Share of vowels among letters in any European language, with room on both sides."""


class Verdict(StrEnum):
    """What to do with a page's text layer."""

    BELIEVE = "believe"
    COMPLETE = "complete"
    """The words are good, but pictures may hold more: read these by OCR and keep both."""
    READ_PAINT = "read_paint"
    """The layer does not answer for what is seen: read the page by OCR alone."""


@dataclass(frozen=True, slots=True)
class Visible:
    """The words of a layer that can be seen, as far as that is known without painting the page."""

    words: list[PaintedWord]
    hidden_characters: int
    doubtful: bool
    """Some word may not show: only the paint tells."""


def visible(words: list[PaintedWord], frame: Frame, drawing: Drawing) -> Visible:
    """Drop the words that nobody can see: unpainted, transparent, too small, or outside the page; and callouts."""
    seen, hidden, doubtful = [], 0, drawing.layered
    dark = [shape.box for shape in drawing.shapes if not shape.stroke and not _is_pale(shape.colour)]
    for painted in words:
        if painted.hidden or painted.opacity < OPACITY_MIN or painted.word.height < TYPE_POINTS_MIN:
            hidden += len(painted.word.text)
            continue
        if not _on_page(painted.word.box, frame):
            continue
        seen.append(painted)
        doubtful = doubtful or (_is_pale(painted.colour) and not _is_over(painted.word.box, dark))
    return Visible(_without_callouts(seen, drawing), hidden, doubtful)


def showing(words: list[PaintedWord], paint: "NDArray[numpy.uint8]", pixels_per_point: float) -> list[PaintedWord]:
    """Keep the words whose box shows something on the painted page (grey [rows, columns])."""
    kept = []
    for painted in words:
        box = painted.word.box
        patch = paint[
            max(0, int(box.top * pixels_per_point)) : int(box.bottom * pixels_per_point) + 1,
            max(0, int(box.left * pixels_per_point)) : int(box.right * pixels_per_point) + 1,
        ]
        if patch.size and int(patch.max()) - int(patch.min()) >= CONTRAST_MIN:
            kept.append(painted)
    return kept


def verdict(words: list[PaintedWord], hidden_characters: int, frame: Frame, drawing: Drawing) -> Verdict:
    """Judge a layer by its visible words and by what else the page draws."""
    characters = sum(len(painted.word.text) for painted in words)
    if hidden_characters > characters and drawing.pictures:
        return Verdict.READ_PAINT
    if characters and _is_broken(words, characters):
        return Verdict.READ_PAINT
    bare = _bare_share(words, frame, drawing.pictures)
    if characters < FEW_CHARACTERS:
        paints_more = bare > BARE_PICTURE_SHARE / 3 or drawing.outlines > MANY_OUTLINES
        return Verdict.READ_PAINT if paints_more else Verdict.BELIEVE
    return Verdict.COMPLETE if bare > BARE_PICTURE_SHARE else Verdict.BELIEVE


def _without_callouts(words: list[PaintedWord], drawing: Drawing) -> list[PaintedWord]:
    """Drop the numbers in discs that lead to explanations, as papers have them that tell how to read a bill."""
    called = [painted for painted in words if _is_in_disc(painted, drawing)]
    heights = {round(painted.word.box.bottom) for painted in called}
    if len(called) < CALLOUTS_MIN or 2 * len(heights) < len(called):  # numbers in one row are months or columns
        return words
    return [painted for painted in words if painted not in called]


def _is_in_disc(painted: PaintedWord, drawing: Drawing) -> bool:
    word = painted.word
    if len(word.text) > CALLOUT_DIGITS_MAX or not word.text.isdigit() or not _is_pale(painted.colour):
        return False
    across, down = (word.box.left + word.box.right) / 2, (word.box.top + word.box.bottom) / 2
    return any(
        word.height <= max(box.right - box.left, box.bottom - box.top) <= DISC_SHARE_MAX * word.height
        and box.left < across < box.right
        and box.top < down < box.bottom
        for box in drawing.filled
    )


def _on_page(box: Box, frame: Frame) -> bool:
    across, down = (box.left + box.right) / 2, (box.top + box.bottom) / 2
    return 0 <= across <= frame.width and 0 <= down <= frame.height


def _is_pale(colour: int) -> bool:
    return min(colour >> 16, colour >> 8 & 0xFF, colour & 0xFF) >= PALE_MIN


def _is_over(box: Box, paint: list[Box]) -> bool:
    across, down = (box.left + box.right) / 2, (box.top + box.bottom) / 2
    return any(under.left <= across <= under.right and under.top <= down <= under.bottom for under in paint)


def _is_broken(words: list[PaintedWord], characters: int) -> bool:
    text = "".join(painted.word.text for painted in words)
    unread = sum(1 for character in text if _is_no_character(character))
    unmapped = sum(len(painted.word.text) for painted in words if painted.unmapped)
    if unread > UNREAD_SHARE_MAX * characters or unmapped > UNMAPPED_SHARE_MAX * characters:
        return True
    if characters < DIGITLESS_CHARACTERS or any(character.isdigit() for character in text):
        return False
    letters = sum(1 for character in text if character.isalpha())
    vowels = sum(1 for character in text.lower() if character in "aeiouyàâäáãåæèéêëìíîïòóôöõøœùúûü")
    return not letters or not VOWEL_SHARE_MIN <= vowels / letters <= VOWEL_SHARE_MAX


def _is_no_character(character: str) -> bool:
    code = ord(character)
    return code < 0x20 or 0x7F <= code < 0xA0 or 0xE000 <= code <= 0xF8FF or code >= 0xFFF0


def _bare_share(words: list[PaintedWord], frame: Frame, pictures: list[Box]) -> float:
    """Estimate the share of the page under pictures that hold no words, on a coarse grid."""
    columns, rows = 24, 32
    cell_width, cell_height = frame.width / columns, frame.height / rows
    if cell_width <= 0 or cell_height <= 0:
        return 0.0
    covered = {
        (column, row)
        for box in pictures[:2000]
        for column in range(max(0, round(box.left / cell_width)), min(columns, round(box.right / cell_width)))
        for row in range(max(0, round(box.top / cell_height)), min(rows, round(box.bottom / cell_height)))
    }
    for painted in words:
        if not covered:
            break
        column = int((painted.word.box.left + painted.word.box.right) / 2 / cell_width)
        row = int((painted.word.box.top + painted.word.box.bottom) / 2 / cell_height)
        covered -= {(column + across, row + down) for across in range(-3, 4) for down in range(-2, 3)}
    return len(covered) / (columns * rows)
