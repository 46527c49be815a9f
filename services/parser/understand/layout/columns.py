"""Columns: what the head of a column names, by its own words and by the heads beside it."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from domain.evidence import Box
from services.parser.understand.layout.labels import Label, name_text
from services.parser.understand.layout.rows import Row, Segment, overlap
from services.parser.understand.layout.tokens import Token
from services.parser.understand.lexicon import squeeze
from services.parser.understand.sight import Sight
from services.parser.understand.values.units import CURRENCY_PATTERN, UNIT_PATTERN, USAGE_UNITS, unit_of

HEAD_CONCEPTS = frozenset(
    {
        "usage", "previous_read", "current_read", "difference", "multiplier", "therm_factor", "meter_number", "days", "period",
        "period_start", "period_end", "read_date", "month_column", "rate_column", "quantity", "amount", "description",
        "demand", "read_type", "unit_column", "tariff", "statement_date", "temperature", "average_daily", "reactive",
        "load_factor", "power_factor", "service_point", "average_cost", "season", "commodity_cost", "new_charges", "due_date",
        "amount_due", "previous_balance", "payments", "balance_forward", "account", "invoice", "customer", "late_amount",
        "next_read", "adjustments", "supplier",
    }
)  # fmt: skip
"""What the head of a column may name."""

MEASURED = frozenset({"previous_read", "current_read", "usage", "difference", "quantity"})
UNIT_GAP_HEIGHTS = 0.45
"""A blank within a head is so wide at most [heights of type]; heads of two columns stand further apart."""
_PRICE = re.compile(
    rf"(?:^|\W)(?:{CURRENCY_PATTERN}|pence|cents?|ct|p|c)\s?(?:/|per)\s?(?:{UNIT_PATTERN})\W*$", re.IGNORECASE
)
"""A head that ends so heads prices (``Pence / kWh``, ``£ / m³``)."""
_MONEY = re.compile(rf"\W?(?:{CURRENCY_PATTERN})\W?", re.IGNORECASE)
HALF_COLUMN_POINTS = 20.0
"""A head over two columns of readings stands so near to each of their own heads."""
PAIR_POINTS = 120.0
"""The heads of a reading's day and of what was read stand so near to each other [points, middle to middle]."""
DAYS = frozenset({"read_date", "statement_date", "period", "period_start", "period_end"})
ALIGNED_POINTS = 1.5
"""Numbers of one column end so near to one edge."""
READINGS, HEADS_BESIDE_DAYS_MIN = 2, 2
READS = frozenset({"previous_read", "current_read"})
HEADS_ABREAST_MIN = 3
"""A table of meters beside another one has so many heads."""
MATRIX_CELLS_MIN = 4
"""A matrix has so many columns at least, that of its names among them."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column's head: its whole text, what it may name, and where it stands."""

    text: str
    concepts: frozenset[str]
    box: Box


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a head, on one line."""

    text: str
    box: Box
    row: int


def abreast(sight: Sight, rows: Sequence[Row], group: list[Segment]) -> Iterator[tuple[list[Segment], Sequence[Row]]]:
    """Yield the heads of each table of a line and the rows that it stands in, cut between two of which one begins as the other.

    Bills of two services print their meters side by side: ``Meter # | Read | Usage | Meter # | Read | Usage``.
    """
    first = squeeze(group[0].text)
    starts = [i for i, segment in enumerate(group) if squeeze(segment.text) == first]
    parts = [group[a:b] for a, b in pairwise((*starts, len(group)))]
    if len(parts) == 1 or any(len(part) < HEADS_ABREAST_MIN or not _heads_reads(sight, part) for part in parts):
        yield group, rows
        return
    cuts = [(left[-1].box.right + right[0].box.left) / 2 for left, right in pairwise(parts)]
    for part, (left, right) in zip(parts, pairwise((float("-inf"), *cuts, float("inf"))), strict=True):
        yield part, [replace(r, segments=tuple(s for s in r.segments if left <= s.box.left < right)) for r in rows]


def _heads_reads(sight: Sight, part: Sequence[Segment]) -> bool:
    return any(label.concept in READS for segment in part for label in sight.labels.within(segment))


def of_reads(sight: Sight, column: Column, others: Sequence[Column]) -> Column:
    """Return a column named as a read where its head says only which one, beside the head of the other (``Ending``).

    The other says that it is a read and which one; a bare ``Reading`` may be what two others make.
    """
    if column.concepts & HEAD_CONCEPTS or len(column.text.split()) != 1:
        return column
    named = names_read(sight, column.text)
    wanted = READS - named
    beside = any(other.concepts & wanted and not other.concepts & named and " " in other.text for other in others)
    # "Start" and "End" over the numbers of meters say it of each other.
    metered = any("meter_number" in other.concepts for other in others)
    beside = beside or (
        metered and any(names_read(sight, one.text) == wanted for one in others if len(one.text.split()) == 1)
    )
    return replace(column, concepts=named) if len(named) == 1 and beside else column


def names_read(sight: Sight, text: str) -> frozenset[str]:
    """Return which reading a word names that says no more than which (``Old`` under ``Meter reading``)."""
    whole = squeeze(f"{text} reading")
    return READS & {phrase.concept for phrase in sight.lexicon.phrases_at(whole, 0) if phrase.squeezed == whole}


def of_both_reads(sight: Sight, columns: Sequence[Column]) -> list[Column]:
    """Return the columns with two of readings told apart by the first words of their heads (``Last reading Reading``).

    A head over both a reading and its day gives these words to one of the two.
    """
    reads = [column for column in columns if column.concepts & READS]
    older = [c for c in reads if _leads(sight, c.text, "previous_read") and not _leads(sight, c.text, "current_read")]
    if len(reads) != len(READS) or reads[0].concepts != reads[1].concepts or len(older) != 1:
        return list(columns)
    return [replace(c, concepts=frozenset({"previous_read"})) if c is older[0] else c for c in columns]


def _leads(sight: Sight, text: str, concept: str) -> bool:
    """Tell whether a head begins with words that name a reading of this kind, before its own (``Last reading Reading``)."""
    found = [phrase for phrase in sight.lexicon.phrases_at(squeeze(text), 0) if phrase.concept in READS]
    longest = max((len(phrase.squeezed) for phrase in found), default=0)
    return any(phrase.concept == concept and len(phrase.squeezed) == longest for phrase in found)


def heads_matrix(sight: Sight, inside: Sequence[Segment], below: Sequence[Row]) -> bool:
    """Tell whether a line of words alone heads a matrix of its own: right under it stand a name and numbers only.

    Under a meter's reads begins such a one by time of day: ``BY PERIOD | PEAK | SHOULDER | ALL`` over ``kWh | 51 | 64 | 115``.
    """
    under = below[0].segments if below else ()
    if min(len(inside), len(under)) < MATRIX_CELLS_MIN or any(s.prose or sight.tokens.within(s) for s in inside):
        return False
    named = not any(map(str.isdigit, under[0].text))
    return named and all(s.text[:1].isdigit() and sight.tokens.within(s) for s in under[1:])


def of_billed(columns: Sequence[Column]) -> list[Column]:
    """Return the columns with the only one of quantities named as the use, beside those of both readings and no other use."""
    named = [concept for column in columns for concept in column.concepts]
    if not {*named} >= READS or "usage" in named or named.count("quantity") != 1:
        return list(columns)
    return [replace(c, concepts=frozenset({"usage"})) if c.concepts == {"quantity"} else c for c in columns]


def of_unit(column: Column) -> Column:
    """Return a column as one of uses where its head's only other word could name a day (``Billed GJ``)."""
    words = column.text.split()
    measured = len(words) > 1 and unit_of(words[-1].strip("()")) in USAGE_UNITS
    return (
        replace(column, concepts=frozenset({"usage"})) if measured and column.concepts == {"statement_date"} else column
    )


def of_meters(column: Column) -> Column:
    """Return a column of uses that a meter shows (``Units as per meter``) as no column of meters' numbers."""
    if column.concepts >= {"usage", "meter_number"}:
        return replace(column, concepts=column.concepts - {"meter_number"})
    return column


def over_edge(sight: Sight, text: str, box: Box, below: Box) -> bool:
    """Tell whether a head of reads stands over the edge of what is below it, as one over two columns does."""
    near = -HALF_COLUMN_POINTS < overlap(box, below) <= 0
    return near and below.top > box.top and bool(READS & name_text(text, sight.lexicon))


def names_between(sight: Sight, piece: Piece, stack: list[Piece]) -> bool:
    """Tell whether a stack is one word that names a reading, at a side of a head of both readings over it."""
    return (
        len(stack) == 1
        and over_edge(sight, piece.text, piece.box, stack[0].box)
        and bool(names_read(sight, stack[0].text))
    )


def over_day_and_read(sight: Sight, piece: Piece, stacks: Sequence[Sequence[Piece]]) -> list[int]:
    """Return the two stacks that a head of one reading is set over the middle of: its day and what was read."""
    at = _middle(piece.box)
    below = [(_middle(stack[0].box), i) for i, stack in enumerate(stacks) if stack[0].row > piece.row]
    left = max((one for one in below if one[0] < at), default=None)
    right = min((one for one in below if one[0] > at), default=None)
    if left is None or right is None or right[0] - left[0] > PAIR_POINTS or not _which(sight, piece.text):
        return []
    pair = [left[1], right[1]]
    named = [name_text(stacks[i][0].text, sight.lexicon) for i in pair]
    days = [bool(concepts & DAYS) for concepts in named]
    read = bool(named[days.index(False)] & (READS | {"usage"})) if any(days) and not all(days) else False
    return pair if read else []


def told_over(sight: Sight, over: str, text: str, concepts: frozenset[str]) -> frozenset[str]:
    """Return which reading a head over a column tells where its own says only that it is one (``Opening`` over ``Reading``)."""
    bare = concepts == {"current_read"} and not names_read(sight, text)
    if not bare and not (concepts == {"usage"} and unit_of(text) is not None):
        return frozenset()
    return _which(sight, over)


def in_units(sight: Sight, columns: Sequence[Column]) -> list[Column]:
    """Return the columns with those of both readings told by the words over their units (``Previous`` and ``Present`` over kWh).

    Beside a meter's number or multiplier they are what it showed; elsewhere they may be what two months used.
    """
    told = {}
    columns = [_of_read_in_unit(sight, column) for column in columns]
    for i, column in enumerate(columns):
        words, _, unit = column.text.rpartition(" ")
        if column.concepts == {"usage"} and words and unit_of(unit) is not None and (which := _which(sight, words)):
            told[i] = which
    metered = any(column.concepts & {"meter_number", "multiplier"} for column in columns)
    if not metered or len(told) != READINGS or frozenset().union(*told.values()) != READS:
        return list(columns)
    return [replace(column, concepts=told.get(i, column.concepts)) for i, column in enumerate(columns)]


def _of_read_in_unit(sight: Sight, column: Column) -> Column:
    """Return a column that names a reading before a unit in brackets as one of readings (``Reading (cubic metres)``)."""
    words, bracket, unit = column.text.rstrip(")").rpartition("(")
    if column.concepts != {"usage"} or not bracket or unit_of(unit) is None:
        return column
    named = name_text(words, sight.lexicon)
    return replace(column, concepts=named) if named and named <= READS else column


def _which(sight: Sight, text: str) -> frozenset[str]:
    """Return the one reading that a head of it names, alone or with its noun; nothing where it names both or none."""
    named = names_read(sight, text) or READS & name_text(text, sight.lexicon)
    return named if len(named) == 1 else frozenset()


def _middle(box: Box) -> float:
    return (box.left + box.right) / 2


def of_money(sight: Sight, column: Column) -> Column:
    """Return a column whose head tells a price by its units as one of prices, and one under a bare currency as one of amounts.

    A use of one day is an average.
    """
    if column.concepts == {"usage"} and sight.lexicon.means(column.text, "per_day", "average"):
        return replace(column, concepts=frozenset({"average_daily"}))
    if _PRICE.search(column.text):
        return replace(column, concepts=frozenset({"rate_column"}))
    return replace(column, concepts=frozenset({"amount"})) if _MONEY.fullmatch(column.text) else column


def unit_of_head(segment: Segment, head: Label, label: Label) -> bool:
    """Tell whether a bare unit stands one blank behind the head of another number (``Opening m³``)."""
    apart = label.box.left - head.box.right
    return (
        unit_of(label.text) is not None and head.concept in MEASURED and 0 < apart < UNIT_GAP_HEIGHTS * segment.height
    )


def days_among_heads(sight: Sight, valued: Sequence[Segment], among: Sequence[Segment], reads: Sequence[Box]) -> bool:
    """Tell whether the values of a line are the days of two readings, set under their heads among the second lines of others.

    Where each stands right under the head of a reading, one other head is enough.
    """
    days = all(len(found := sight.tokens.within(s)) == 1 and found[0].text == s.text and found[0].day for s in valued)
    others = len(among) - len(valued)
    each = len(valued) == READINGS == len(reads) and all(any(overlap(s.box, box) > 0 for box in reads) for s in valued)
    return days and len(valued) <= READINGS and others >= (1 if each else HEADS_BESIDE_DAYS_MIN)


def counts_time(segment: Segment) -> bool:
    """Tell whether a number in a short text only counts time back (``1 Year`` over ``Ago``)."""
    words = segment.text.split()
    return len(words) in (2, 3) and words[0].isdigit() and int(words[0]) <= 13 and words[1].isalpha()


def aligned(lines: Sequence[dict[int, tuple[Token, ...]]]) -> list[dict[int, tuple[Token, ...]]]:
    """Return the cells of lines, a number given back to the empty cell beside it whose other numbers end where it does.

    Numbers are set to the right under heads that are set to the left: a short one (``0``) is nearer to the next head.
    """
    edges: dict[int, set[int]] = {}
    for cells in lines:
        for index, cell in cells.items():
            if len(cell) == 1 and cell[0].number is not None:
                edges.setdefault(index, set()).add(round(cell[0].box.right))
    return [_realigned(cells, edges) for cells in lines]


def _realigned(cells: dict[int, tuple[Token, ...]], edges: dict[int, set[int]]) -> dict[int, tuple[Token, ...]]:
    moved = dict(cells)
    for index, cell in cells.items():
        first, *rest = cell
        beside = index - 1
        if not rest or beside in cells or first.number is None or rest[0].number is None:
            continue
        if any(abs(first.box.right - edge) <= ALIGNED_POINTS for edge in edges.get(beside, ())):
            moved |= {beside: (first,), index: tuple(rest)}
    return moved


def parted(pieces: list[Piece]) -> list[Piece]:
    """Return the pieces, each cut in two where two heads of another line stand apart over its words.

    Tight tables print the last lines of neighbouring heads (``reading`` and ``difference``) with hardly a gap.
    """
    parted: list[Piece] = []
    for piece in pieces:
        words = piece.text.split()
        others = [one for one in pieces if one.row < piece.row and overlap(one.box, piece.box) > 0]
        rows = {one.row for one in others}
        pairs = [sorted((o for o in others if o.row == row), key=lambda o: o.box.left) for row in rows]
        pair = next(
            (p for p in pairs if len(p) == 2 and p[0].box.right < p[1].box.left and len(p[0].text.split()) <= 2), None
        )
        if (
            pair is None
            or len(words) != 2
            or piece.box.right - piece.box.left > 1.6 * (pair[1].box.right - pair[0].box.left)
        ):
            parted.append(piece)
            continue
        share = len(words[0]) / max(len(piece.text), 1)
        cut = piece.box.left + share * (piece.box.right - piece.box.left)
        if pair[0].box.right > cut + 4 or pair[1].box.left < cut - 4:
            parted.append(piece)
            continue
        parted.append(Piece(words[0], Box(piece.box.left, piece.box.top, cut, piece.box.bottom), piece.row))
        parted.append(Piece(words[1], Box(cut + 1, piece.box.top, piece.box.right, piece.box.bottom), piece.row))
    return parted
