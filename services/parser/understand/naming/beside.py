"""Beside: the identifier that stands after, right of, under, over or left of a label."""

import re
from collections.abc import Iterator

from domain.evidence import Box
from services.parser.understand.layout.labels import Label, is_prose
from services.parser.understand.layout.rows import Segment, overlap
from services.parser.understand.naming.identifiers import MASKED, Identifier, read_identifier
from services.parser.understand.sight import Sight

LARGER, OVER_HEIGHTS, CAPTION_LETTERS_MORE = 1.15, 1.0, 4
"""A caption names the number in larger type right over it."""
HEAD_ROWS = 2
"""A line of another lane may stand between a number and its label."""
UNDER_HEIGHTS, UNDER_ROWS = 2.6, 3
LEVEL_SHARE = 0.4
"""A number beside two lines of a label shares so much of the height of either."""
REMARK_LETTERS_MAX = 12
NAMING_CONCEPTS = frozenset({"account", "customer", "invoice", "meter_number", "service_point"})
_REMARK = re.compile(r"^\s*\([^()\d]*\)?\s*:?\s*$")
_TRANSLATED = re.compile(r"^[\s.:]*/\s*[^\d/]+$")
"""The same label again in another language (``Account Number / Número de cuenta``)."""
_JOINS = re.compile(r"^[.:]?\s*(?:[/&+|,–-]|and|y|e|et|und|ed)\s*$", re.IGNORECASE)
_PARTS = re.compile(r"\s+[/|–-]\s+|\s*[|;]\s*|,\s+")


def beside(sight: Sight, label: Label, digits_min: int) -> Iterator[Identifier]:
    """Yield the identifier that stands after, right of, under, over or left of one label."""
    segment = label.segment
    generic = 0.7 if label.letters <= 4 else 0.85 if label.letters <= 8 else 1.0
    generic *= 0.8 if 0.5 < label.weight < 0.9 else 1.0
    last, before = _announced(sight, label)
    if _names_other(sight, label, last):
        return
    read = _own_part(segment, last, before, digits_min)
    if read:
        yield Identifier(read[0], segment, read[1], 0.97 * generic, "after")
        return
    rest = segment.text[last:].strip(" :#.-()")
    remark = _REMARK.match(segment.text[last:]) or _TRANSLATED.match(segment.text[last:])
    if any(c.isalpha() for c in rest) and len(rest) > REMARK_LETTERS_MAX and not remark:
        return
    row = sight.row(segment.page, segment.row)
    for other in row.segments[segment.index + 1 : segment.index + 3] if row else ():
        if any(one.start == 0 for one in sight.labels.within(other)) or MASKED.search(other.text):
            break
        read = _own_part(other, 0, before, digits_min)
        if read:
            yield Identifier(read[0], other, read[1], 0.93 * generic, "right")
            return
        if len(other.text) > 3:
            break
    level = list(_level(sight, label, digits_min, generic))
    if level:
        yield from level
        return
    over = list(_over(sight, label, digits_min, generic))
    below = list(_under(sight, label, digits_min, generic))
    if over and below:
        nearer = below[0].box.top - segment.box.bottom < segment.box.top - over[0].box.bottom
        over = [] if nearer or _headed(sight, over[0].segment) else over
    yield from over or below or _left_of(sight, label, digits_min, generic)


def _names_other(sight: Sight, label: Label, last: int) -> bool:
    """Tell whether right behind a label begins that of another number, which its value is (``Tax Invoice   ABN 41 602``)."""
    text = label.segment.text
    return any(
        one.concept == "identifier_other" and one.start >= last and not text[last : one.start].strip()
        and any(map(str.isdigit, text[one.end :])) and not any(map(str.isdigit, text[last : one.end]))
        for one in sight.labels.within(label.segment)
    )  # fmt: skip


def _own_part(segment: Segment, start: int, before: int, digits_min: int) -> tuple[str, Box] | None:
    """Return the identifier at an offset, or the one after so many others that are parted by signs."""
    if not before:
        return read_identifier(segment, start, digits_min)
    starts = [start, *(start + found.end() for found in _PARTS.finditer(segment.text[start:]))]
    return read_identifier(segment, starts[before], digits_min) if before < len(starts) else None


def _announced(sight: Sight, label: Label) -> tuple[int, int]:
    """Return where the labels end that announce numbers together, and how many of them stand before this one.

    ``Account / invoice: 5512-0098 / 90211834`` names two things and then gives both.
    """
    segment = label.segment
    near = sorted(
        (one for one in sight.labels.within(segment) if one.concept in NAMING_CONCEPTS), key=lambda o: o.start
    )
    last, first, before = label.end, label.start, 0
    for one in near:
        if one.start >= last and _JOINS.match(segment.text[last : one.start]):
            last = one.end
    for one in reversed(near):
        if one.end <= first and _JOINS.match(segment.text[one.end : first]):
            first, before = one.start, before + 1
    return last, before


def _level(sight: Sight, label: Label, digits_min: int, generic: float) -> Iterator[Identifier]:
    """Yield the number right of a label over two lines, or in larger type, whose line lies between theirs."""
    anchor = label.segment
    own = sight.row(anchor.page, anchor.row)
    if own is None or is_prose(anchor):
        return
    for index in (anchor.row + 1, anchor.row - 1):
        row = sight.row(anchor.page, index)
        for other in row.segments if row else ():
            shared = min(other.box.bottom, anchor.box.bottom) - max(other.box.top, anchor.box.top)
            if other.box.left < anchor.box.right or shared < LEVEL_SHARE * anchor.height:
                continue
            between = any(anchor.box.right <= one.box.left < other.box.left for one in own.segments)
            read = None if between or sight.labels.within(other) else read_identifier(other, 0, digits_min)
            if read and len(read[0]) >= len(other.text) - 2:
                yield Identifier(read[0], other, read[1], 0.88 * generic, "right")
                return
            break


def _over(sight: Sight, label: Label, digits_min: int, generic: float) -> Iterator[Identifier]:
    """Yield the number in larger type right over a label that is its caption."""
    caption = label.segment
    if label.start or label.weight <= 0.5 or len(caption.text) > label.end + CAPTION_LETTERS_MORE:
        return
    for index in range(caption.row - 1, caption.row - 3, -1):
        row = sight.row(caption.page, index)
        if row is None or caption.box.top - row.box.bottom > OVER_HEIGHTS * row.height:
            return
        for other in row.segments:
            if overlap(other.box, caption.box) <= 0 or other.height < LARGER * caption.height:
                continue
            read = read_identifier(other, 0, digits_min)
            if read and len(read[0]) >= len(other.text) - 2:
                yield Identifier(read[0], other, read[1], 0.9 * generic, "over")
            return


def _headed(sight: Sight, number: Segment) -> bool:
    """Tell whether a number stands right under a label of its own that is no caption of something over it."""
    for index in range(number.row - 1, max(number.row - 1 - HEAD_ROWS, -1), -1):
        row = sight.row(number.page, index)
        for one in row.segments if row else ():
            near = overlap(one.box, number.box) > 0 and number.box.top - one.box.bottom <= OVER_HEIGHTS * number.height
            if near and any(label.start == 0 and label.weight > 0.5 for label in sight.labels.within(one)):
                return not _captions(sight, one)
    return False


def _captions(sight: Sight, caption: Segment) -> bool:
    """Tell whether a figure stands right over a label, whose caption that may be."""
    for index in range(caption.row - 1, max(caption.row - 1 - HEAD_ROWS, -1), -1):
        row = sight.row(caption.page, index)
        for one in row.segments if row else ():
            near = overlap(one.box, caption.box) > 0 and caption.box.top - one.box.bottom <= OVER_HEIGHTS * one.height
            if near and any(map(str.isdigit, one.text)):
                return True
    return False


def _left_of(sight: Sight, label: Label, digits_min: int, generic: float) -> Iterator[Identifier]:
    """Yield the number that ends right before a label, where values stand left of what names them."""
    anchor = label.segment
    row = sight.row(anchor.page, anchor.row)
    if row is None or not anchor.index or label.start or is_prose(anchor):
        return
    before = row.segments[anchor.index - 1]
    read = read_identifier(before, 0, digits_min)
    named = any(one.weight > 0.5 for segment in row.segments[: anchor.index] for one in sight.labels.within(segment))
    whole = read is not None and len(read[0]) >= len(before.text) - 2
    if read and whole and not named and anchor.box.left - before.box.right < 4 * anchor.height:
        yield Identifier(read[0], before, read[1], 0.75 * generic, "left")


def _under(sight: Sight, label: Label, digits_min: int, generic: float) -> Iterator[Identifier]:
    anchor = label.segment
    lane = label.box if len(anchor.text) > label.end - label.start + 6 else anchor.box
    for index in range(anchor.row + 1, anchor.row + 1 + UNDER_ROWS):
        row = sight.row(anchor.page, index)
        if row is None or row.box.top - anchor.box.bottom > UNDER_HEIGHTS * anchor.height:
            return
        for other in row.segments:
            if overlap(other.box, lane) <= -0.3 * anchor.height:
                continue
            if MASKED.search(other.text):
                return
            read = read_identifier(other, 0, digits_min)
            if read and overlap(read[1], lane) > -2 * anchor.height:
                yield Identifier(read[0], other, read[1], (0.9 - 0.06 * (index - anchor.row - 1)) * generic, "below")
                return
            if sight.labels.within(other) or is_prose(other):
                return
