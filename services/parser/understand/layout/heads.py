"""Heads: values that stand under the head of a column in a strip of one or two lines (``Bill date`` | ``Due date``)."""

from decimal import Decimal

from services.parser.understand.layout.columns import Column
from services.parser.understand.layout.labels import Label
from services.parser.understand.layout.neighbours import OVER_HEIGHTS, Found, Want, is_larger
from services.parser.understand.layout.rows import overlap
from services.parser.understand.layout.tables import Table, TableRow
from services.parser.understand.layout.tokens import Token
from services.parser.understand.sight import Sight

STRIP_ROWS_MAX = 3
STRIP_SCORE = 0.9
PARTS_MIN = 2


def under_heads(sight: Sight, tables: list[Table], concept: str, want: Want) -> list[Found]:
    """Return the first wanted value under each head that may name the concept, or the sum that closes the list of them."""
    found: list[Found] = []
    for table in tables:
        if len([line for line in table.body if len(line.cells) >= 2]) > STRIP_ROWS_MAX or _captions(sight, table):
            continue
        for index in table.columns_of(concept):
            column = table.columns[index]
            if _answered(sight, table, column, want):
                continue
            token = next((t for line in table.body[:2] for t in truest_under(line, index, column, want)), None)
            if token is not None:
                token = _closing(table, index, want) or token
                label = Label(concept, 1.0, token.segment, 0, 0, column.box, sum(c.isalnum() for c in column.text))
                several = 0.9 if len(column.concepts) > 1 else 1.0
                found.append(Found(token, label, STRIP_SCORE * several, "head"))
    return found


def _closing(table: Table, index: int, want: Want) -> Token | None:
    """Return the last amount under a head that is the sum of two or more before it."""
    amounts = [t for line in table.body for t in truest_under(line, index, table.columns[index], want) if t.number]
    whole = sum((one.value for one in amounts[:-1]), Decimal(0))
    return amounts[-1] if len(amounts) > PARTS_MIN and whole == amounts[-1].value else None


def _answered(sight: Sight, table: Table, column: Column, want: Want) -> bool:
    """Tell whether the value of a head stands right beside it: the line holds labels and their values, and heads nothing."""
    for index in table.header:
        row = sight.row(table.page, index)
        right = next((s for s in row.segments if s.box.left >= column.box.right), None) if row else None
        if right is not None and any(want(t) and t.text == right.text for t in sight.tokens.within(right)):
            return True
    return False


def truest_under(line: TableRow, index: int, column: Column, want: Want) -> list[Token]:
    """Return the wanted value of a line that stands truest under a head: a column without a known head lends it its own."""
    found = [token for token in line.cells.get(index, ()) if want(token)]
    return sorted(found, key=lambda token: -overlap(token.box, column.box))[:1]


def _captions(sight: Sight, table: Table) -> bool:
    """Tell whether the heads are captions, each under a value of its own in larger type."""
    head = sight.row(table.page, min(table.header))
    over = sight.row(table.page, min(table.header) - 1)
    if head is None or over is None or head.box.top - over.box.bottom > OVER_HEIGHTS * over.height:
        return False
    figures = [s for s in over.segments if any(map(str.isdigit, s.text))]
    return all(
        any(overlap(s.box, column.box) > 0 and is_larger(s, column.box, head.height) for s in figures)
        for column in table.columns
    )


def days_over_reads(sight: Sight, table: Table) -> tuple[Token, ...]:
    """Return the days of the older and the newer reading where they stand in the heads of the reads, either one first."""
    found: list[Token] = []
    for concept in ("previous_read", "current_read"):
        boxes = [table.columns[index].box for index in table.columns_of(concept)]
        rows = [row for index in table.header if (row := sight.row(table.page, index)) is not None]
        days = [t for row in rows for t in sight.tokens.on(row) if t.day and any(overlap(t.box, b) > 0 for b in boxes)]
        if len(days) != 1:
            return ()
        found.extend(days)
    older, newer = (token.day for token in found)
    return tuple(found) if older is not None and newer is not None and older < newer else ()
