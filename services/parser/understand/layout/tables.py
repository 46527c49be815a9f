"""Tables: headers that name columns, and the rows of values under them.

A header may be stacked over several lines (``Current`` over ``Reading``) and may carry a heading over two columns
(``Meter Reading`` over ``Current`` and ``Previous``).
"""

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from domain.evidence import Box
from services.parser.understand.layout.columns import (
    HEAD_CONCEPTS,
    READINGS,
    READS,
    Column,
    Piece,
    abreast,
    aligned,
    counts_time,
    days_among_heads,
    heads_matrix,
    in_units,
    names_between,
    names_read,
    of_billed,
    of_both_reads,
    of_meters,
    of_money,
    of_reads,
    of_unit,
    over_day_and_read,
    over_edge,
    parted,
    told_over,
    unit_of_head,
)
from services.parser.understand.layout.labels import Label, is_prose, name_text
from services.parser.understand.layout.rows import Row, Segment, overlap, union
from services.parser.understand.layout.tokens import Token
from services.parser.understand.lexicon import plain, squeeze
from services.parser.understand.sight import Sight
from services.parser.understand.values.units import USAGE_UNITS, unit_of

STACK_ROWS_MAX = 4
HEAD_WORDS_MAX = 12
HEAD_SHARE_MIN = 0.5
"""At least this share of a segment's letters is label where it heads columns."""
DATED_CONCEPTS = frozenset({"period_start", "period_end", "period", "statement_date", "due_date", "next_read"})
"""A day after a label of these is the value that it names, no part of a head."""
LEAD_POINTS, HEAD_GAP_POINTS = 240.0, 520.0
"""The head of meters' numbers stands so far left of those of their reads; heads further apart belong to different tables."""
HEADS_ANEW = 3
"""So many heads on a line begin another table, whatever else stands there."""
AMOUNT_SIGNS = frozenset("-$€£")
BODY_ROWS_MAX = 80
BODY_GAP_HEIGHTS = 3.6
"""A body ends where no row follows within this many type sizes."""

_BROKEN = re.compile(r"(?<=[a-z])- (?=[A-Z])")
"""A compound that a narrow column breaks (``Kilowatt-`` over ``Hours``)."""


@dataclass(frozen=True, slots=True)
class TableRow:
    """One line of a table: its tokens by column index, and the texts that hold no token."""

    row: Row
    cells: dict[int, tuple[Token, ...]]
    texts: dict[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Table:
    """A table of one page."""

    page: int
    columns: tuple[Column, ...]
    header: tuple[int, ...]
    body: tuple[TableRow, ...]

    def columns_of(self, *concepts: str) -> list[int]:
        """Return the indices of the columns that may name one of the concepts."""
        return [index for index, column in enumerate(self.columns) if column.concepts & set(concepts)]


def find_tables(sight: Sight) -> list[Table]:
    """Return the tables of all pages in reading order."""
    return [table for sheet in sight.sheets for table in _tables_of(sight, sheet.page.number, sheet.rows)]


def _tables_of(sight: Sight, page: int, rows: Sequence[Row]) -> Iterator[Table]:
    taken: set[int] = set()
    groups = [*(_head_groups(sight, row) for row in rows), []]
    for row in rows:
        if row.index in taken:
            continue
        whole = [group for group in groups[row.index] if not _richer(sight, rows, row, group, groups[row.index + 1])]
        for group, lane in (part for one in whole for part in _abreast(sight, rows, one)):
            header, pieces = _stack(sight, lane, row, group)
            columns = _columns(sight, pieces)
            if len(columns) < 2:
                continue
            body = _body(sight, lane, max(header), columns)
            if body:
                taken.update(header)
                yield _two_readings(Table(page, columns, tuple(sorted(header)), body))


def _two_readings(table: Table) -> Table:
    """Return a table of meters whose two heads say no more than reading with the older one told: it shows less on every line.

    What is called a quantity there is the use.
    """
    reads = [i for i, column in enumerate(table.columns) if column.concepts == {"current_read"}]
    if len(reads) != READINGS or table.columns_of("previous_read") or not table.columns_of("meter_number"):
        return table
    pairs = [tuple(line.cells.get(i, ()) for i in reads) for line in table.body]
    told = [(a[0], b[0]) for a, b in pairs if len(a) == len(b) == 1 and a[0].number and b[0].number]
    if not told or not (all(a.value <= b.value for a, b in told) or all(a.value >= b.value for a, b in told)):
        return table
    older = reads[0] if told[0][0].value <= told[0][1].value else reads[1]
    renamed = {older: frozenset({"previous_read"})}
    if not table.columns_of("usage"):
        renamed |= {i: frozenset({"usage"}) for i in table.columns_of("quantity")}
    renewed = (replace(c, concepts=renamed.get(i, c.concepts)) for i, c in enumerate(table.columns))
    return replace(table, columns=tuple(renewed))


def _is_head(sight: Sight, segment: Segment) -> bool:
    """Tell whether a segment is made of column heads: labels that fill most of it, and no value."""
    if len(segment.words) > HEAD_WORDS_MAX or _holds_value(sight, segment):
        return False
    labels = [label for label in sight.labels.within(segment) if label.concept in HEAD_CONCEPTS]
    letters = sum(c.isalnum() for c in segment.text)
    covered = sum({label.start: label.letters for label in labels}.values())
    return bool(labels) and (covered >= HEAD_SHARE_MIN * letters or len(segment.words) <= 2)


def _holds_value(sight: Sight, segment: Segment) -> bool:
    """Tell whether a segment holds a value; a day at the end of a head (``Payments 12/28``) belongs to the head."""
    tokens = sight.tokens.within(segment)
    if (
        len(tokens) == 1
        and tokens[0].when is not None
        and any(label.end <= tokens[0].start for label in sight.labels.within(segment))
    ):
        concepts = {label.concept for label in sight.labels.within(segment)}
        return tokens[0].start < 6 or ("amount_due" not in concepts and bool(concepts & DATED_CONCEPTS))
    return any(_is_value(token) for token in tokens)


def _is_value(token: Token) -> bool:
    counted = token.number is not None and token.number.unit is not None
    return token.when is not None or not (
        counted and (token.value in (100, 1000, 1) or token.text[:4].strip("(") == "000")
    )


def _head_groups(sight: Sight, row: Row) -> list[list[Segment]]:
    """Return the groups of segments of a row that may head tables: two heads or more, with no value among them."""
    groups: list[list[Segment]] = [[]]
    for segment in row.segments:
        far = bool(groups[-1]) and segment.box.left - groups[-1][-1].box.right > HEAD_GAP_POINTS
        if len(segment.words) > HEAD_WORDS_MAX or _holds_value(sight, segment):
            if len(groups[-1]) == 1 and segment.text[:1] in AMOUNT_SIGNS:
                groups.pop()  # a charge and its amount (``Demand Charge | $290.62``)
            groups.append([])
            continue
        if far:
            groups.append([])
        groups[-1].append(segment)
    return [group for group in groups if sum(len(_pieces_of(sight, s)) for s in group if _is_head(sight, s)) >= 2]


def _richer(sight: Sight, rows: Sequence[Row], row: Row, group: list[Segment], under: list[list[Segment]]) -> bool:
    """Tell whether the next line heads the same table with more columns: then it leads, and this line is stacked on it."""
    if not under or rows[row.index + 1].box.top - row.box.bottom > 1.1 * max(row.height, 6):
        return False
    left, right = group[0].box.left, group[-1].box.right
    heads = sum(_is_head(sight, segment) for segment in group)
    return any(
        other[0].box.left < right and other[-1].box.right > left and sum(_is_head(sight, s) for s in other) > heads
        for other in under
    )


def _abreast(sight: Sight, rows: Sequence[Row], group: list[Segment]) -> Iterable[tuple[list[Segment], Sequence[Row]]]:
    """Return a group of heads as those of one table, or of several of meters side by side, with the rows of each."""
    meters = any(label.concept == "meter_number" and not label.start for label in sight.labels.within(group[0]))
    return abreast(sight, rows, group) if meters else ((group, rows),)


def _pieces_of(sight: Sight, segment: Segment) -> list[Piece]:
    """Return a segment cut before each label, where tight printing put several heads into one segment."""
    labels: list[Label] = []
    for label in sight.labels.within(segment):
        before = segment.text[: label.start]  # a unit in brackets or after a slash belongs to the head before it
        joined = before.rstrip()[-1:] == "(" or (before.rstrip()[-1:] == "/" and unit_of(label.text) is not None)
        joined = joined or (label.concept == "season" and before.rstrip()[-1:] == ",")  # "Therms, last year"
        joined = joined or (bool(labels) and unit_of_head(segment, labels[-1], label))
        if label.concept in HEAD_CONCEPTS and not joined and (not labels or label.start >= labels[-1].end):
            labels.append(label)
    if len(labels) < 2:
        return [Piece(segment.text, segment.box, segment.row)]
    cuts = [0, *(label.start for label in labels[1:]), len(segment.text)]
    return [
        Piece(segment.text[a:b].strip(), segment.box_of(a, b), segment.row)
        for a, b in itertools.pairwise(cuts)
        if segment.text[a:b].strip()
    ]


def _stack(sight: Sight, rows: Sequence[Row], row: Row, group: list[Segment]) -> tuple[set[int], list[Piece]]:
    """Return the rows that make one header with this row, and their pieces."""
    span = union(segment.box for segment in group if _is_head(sight, segment))
    pieces = [piece for segment in group for piece in _pieces_of(sight, segment)]
    used = {row.index}
    for step in (-1, 1):
        edge = row
        for distance in range(1, STACK_ROWS_MAX + 1):
            index = row.index + step * distance
            if not 0 <= index < len(rows):
                break
            other = rows[index]
            gap = other.box.top - edge.box.bottom if step > 0 else edge.box.top - other.box.bottom
            if gap > 1.1 * max(row.height, 6):
                break
            lines = [s for s in other.segments if not s.prose]
            inside = [s for s in lines if s.box.right > span.left - 40 and s.box.left < span.right + 60]
            # Heads of one, two and three lines that are set to one middle interleave: their lines belong together.
            beside = [s for s in lines if gap < 0 and _is_head(sight, s)]
            if not inside and not beside:
                continue
            among = [s for s in inside if s.box.right > span.left]
            valued = [s for s in among if any(map(_is_value, sight.tokens.within(s))) and not counts_time(s)]
            if valued and not _days_under_reads(sight, valued, among, pieces):
                break
            inside = [s for s in inside if s not in valued]
            fitting = [s for s in inside if s not in beside and _fits(sight, s, pieces, span)] + beside
            if not fitting:
                continue
            if len(fitting) > 1:
                fitting += [
                    s
                    for s in other.segments
                    if s not in fitting and _is_head(sight, s) and s.box.right > span.left - LEAD_POINTS
                ]
            pieces.extend(piece for s in fitting for piece in _pieces_of(sight, s))
            used.add(index)
            edge = other
    return used, pieces


def _days_under_reads(
    sight: Sight, valued: Sequence[Segment], among: Sequence[Segment], pieces: Sequence[Piece]
) -> bool:
    reads = [piece.box for piece in pieces if READS & name_text(piece.text, sight.lexicon)]
    return bool(reads) and days_among_heads(sight, valued, among, reads)


def _fits(sight: Sight, segment: Segment, pieces: list[Piece], span: Box) -> bool:
    """Tell whether a neighbouring line's segment belongs to the header: over or under a head, or a head itself."""
    if (len(segment.words) > HEAD_WORDS_MAX / 2 and not _is_head(sight, segment)) or "=" in segment.text:
        return False  # a legend (``R = Replaced meter``) heads nothing
    touching = sum(overlap(piece.box, segment.box) > 0 for piece in pieces)
    width = segment.box.right - segment.box.left
    return (
        (touching > 0 and width < 0.6 * (span.right - span.left))
        or (_is_head(sight, segment) and span.left - 10 <= segment.box.left <= span.right)
        or _read_under(sight, segment, pieces)
    )


def _read_under(sight: Sight, segment: Segment, pieces: list[Piece]) -> bool:
    """Tell whether a word names a reading under a head of both that stands between it and the other (``Old``)."""
    return any(over_edge(sight, piece.text, piece.box, segment.box) for piece in pieces) and bool(
        names_read(sight, segment.text)
    )


def _columns(sight: Sight, pieces: list[Piece]) -> tuple[Column, ...]:
    """Return the columns that the pieces make, left to right; a heading over several columns joins each of them."""
    pieces = parted(pieces)
    stacks: list[list[Piece]] = []
    supers: dict[int, list[str]] = {}
    for piece in sorted(pieces, key=lambda one: (-one.row, one.box.left)):
        under = over_day_and_read(sight, piece, stacks)
        under = under or [i for i, stack in enumerate(stacks) if _shares(piece.box, union(p.box for p in stack))]
        if len(under) == 1:
            stacks[under[0]].append(piece)
        elif len(under) == 2:
            for index in under:
                supers.setdefault(index, []).append(piece.text)
        elif not under:
            pair = [i for i, stack in enumerate(stacks) if names_between(sight, piece, stack)]
            if len(pair) == READINGS:
                for index in pair:
                    supers.setdefault(index, []).append(piece.text)
            else:
                stacks.append([piece])
        # Over three columns and more stands the table's title, which heads none of them.
    columns = []
    for index, stack in enumerate(stacks):
        rows = sorted(stack, key=lambda piece: (piece.row, piece.box.left))
        text = _BROKEN.sub("-", " ".join(piece.text for piece in rows))
        over = " ".join(reversed(supers.get(index, [])))
        last = squeeze(" ".join(sight.lexicon.whole(word) for word in plain(rows[-1].text).split()))
        whole = any(phrase.squeezed == last for phrase in sight.lexicon.phrases_at(last, 0))
        concepts = name_text(text, sight.lexicon, rows[-1].text if whole and rows[-1].text[0] != "/" else "")
        if len(rows) > 1 and unit_of(rows[-1].text) in USAGE_UNITS:
            # A unit under "Reading" says what is read, and makes no use of it.
            concepts = name_text(" ".join(piece.text for piece in rows[:-1]), sight.lexicon) & READS or concepts
        if concepts == {"period"}:
            # "Consumption of the period" is a consumption.
            concepts |= name_text(" ".join(piece.text for piece in rows[:-1]), sight.lexicon)
        if not concepts & HEAD_CONCEPTS:
            concepts = name_text(text, sight.lexicon)
        if not concepts & HEAD_CONCEPTS and over:
            # "Meter reading" over "New" and "Old": each says which reading it is.
            which = name_text(f"{text} {over.split()[-1]}", sight.lexicon) & READS
            concepts = which or name_text(f"{over} {text}", sight.lexicon)
        if over and (told := told_over(sight, over, text, concepts)):
            concepts = told
        if not concepts & HEAD_CONCEPTS:
            for piece in reversed(rows):
                concepts = name_text(piece.text, sight.lexicon)
                if concepts & HEAD_CONCEPTS:
                    break
        columns.append(Column(f"{over} {text}".strip(), concepts, union(piece.box for piece in stack)))
    columns = [of_money(sight, of_unit(of_meters(of_reads(sight, column, columns)))) for column in columns]
    columns = of_billed(of_both_reads(sight, in_units(sight, columns)))
    ordered = sorted((c for c in columns if any(d.isalnum() for d in c.text)), key=lambda c: c.box.left)
    while ordered and not ordered[0].concepts & HEAD_CONCEPTS:
        ordered.pop(0)
    while ordered and not ordered[-1].concepts & HEAD_CONCEPTS:
        ordered.pop()
    return tuple(ordered)


def _shares(one: Box, other: Box) -> bool:
    return overlap(one, other) > 0.25 * min(one.right - one.left, other.right - other.left)


def _body(sight: Sight, rows: Sequence[Row], header_end: int, columns: tuple[Column, ...]) -> tuple[TableRow, ...]:
    span = union(column.box for column in columns)
    body: list[TableRow] = []
    bottom = rows[header_end].box.bottom
    empty = 0
    for row in rows[header_end + 1 : header_end + 1 + BODY_ROWS_MAX]:
        inside = [s for s in row.segments if s.box.right > span.left - 30 and s.box.left < span.right + 40]
        if not inside:
            continue
        if row.box.top - bottom > BODY_GAP_HEIGHTS * row.height:
            break
        heads = [s for s in inside if _is_head(sight, s) and not sight.tokens.within(s)]
        listed = any(label.concept == "month_column" for s in heads for label in sight.labels.within(s))
        anew = len(heads) >= HEADS_ANEW or heads_matrix(sight, inside, rows[row.index + 1 : row.index + 2])
        if (body and anew) or (len(heads) >= 2 and (listed or not any(sight.tokens.within(s) for s in inside))):
            break
        line = _line(sight, row, inside, columns)
        if line.cells:
            body.append(line)
            bottom, empty = row.box.bottom, 0
        else:
            empty += 1
            if empty > 2:
                break
            bottom = row.box.bottom
    return tuple(map(lambda line, own: replace(line, cells=own), body, aligned([line.cells for line in body])))


def _line(sight: Sight, row: Row, inside: list[Segment], columns: tuple[Column, ...]) -> TableRow:
    cells: dict[int, list[Token]] = {}
    texts: dict[int, str] = {}
    for segment in inside:
        if is_prose(segment):
            continue
        for token in sight.tokens.within(segment):
            cells.setdefault(_column_at(token.box, columns), []).append(token)
        if any(c.isalpha() for c in sight.tokens.beside(segment)):
            index = _column_at(segment.box, columns)
            texts[index] = f"{texts[index]} {segment.text}" if index in texts else segment.text
    return TableRow(row, {index: tuple(found) for index, found in cells.items()}, texts)


def _column_at(box: Box, columns: tuple[Column, ...]) -> int:
    """Return the column that a box stands under: the one whose edges or middle lie nearest, overlap counting most."""

    def distance(column: Column) -> float:
        edges = min(
            abs(box.left - column.box.left),
            abs(box.right - column.box.right),
            abs(box.left + box.right - column.box.left - column.box.right) / 2,
        )
        shared = overlap(box, column.box)
        return edges - (0.5 * shared if shared > 0 else shared)

    return min(range(len(columns)), key=lambda index: distance(columns[index]))
