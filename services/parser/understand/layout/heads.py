"""Heads: values in a strip of one or two lines, under the heads of columns (``Bill date`` | ``Due date``) or over captions."""

from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise

from services.parser.understand.layout.columns import HEAD_CONCEPTS, Column
from services.parser.understand.layout.labels import Label, name_text
from services.parser.understand.layout.neighbours import OVER_HEIGHTS, Found, Want, is_larger
from services.parser.understand.layout.rows import Row, Segment, overlap, union
from services.parser.understand.layout.tables import Table, TableRow, find_tables
from services.parser.understand.layout.tokens import Token
from services.parser.understand.sight import Sight

STRIP_ROWS_MAX = 3
STRIP_SCORE = 0.9
PARTS_MIN = 2
CAPTIONS_MIN, KNOWN_MIN = 4, 3
"""A strip has so many captions, and so many of them say what is known."""
GAP_HEIGHTS, TYPE_SHARE = 0.6, 1.1
"""A caption stands so near under its value [type sizes], in type that is smaller by this."""


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
    if table.body[0].row.box.top - head.box.bottom < head.box.top - over.box.bottom:
        return False  # nearer to what stands under them
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


def all_tables(sight: Sight) -> list[Table]:
    """Return the tables of all pages, those with captions under their one line of values first."""
    return [*(table for sheet in sight.sheets for table in _strips(sight, sheet.rows)), *find_tables(sight)]


def _strips(sight: Sight, rows: tuple[Row, ...]) -> Iterator[Table]:
    for over, row in pairwise(rows):
        pairs = [(caption, value) for caption in row.segments if (value := value_over(sight, over, caption))]
        columns = [Column(c.text, name_text(c.text, sight.lexicon), union((c.box, v.box))) for c, v in pairs]
        known = [column for column in columns if column.concepts & HEAD_CONCEPTS]
        if len(pairs) < CAPTIONS_MIN or len(known) < KNOWN_MIN or _are_heads(sight, rows, row, pairs):
            continue
        cells = {at: sight.tokens.within(value) for at, (_, value) in enumerate(pairs)}
        texts = {at: value.text for at, (_, value) in enumerate(pairs) if any(map(str.isalpha, value.text))}
        line = TableRow(over, {at: found for at, found in cells.items() if found}, texts)
        yield Table(row.page, tuple(columns), (row.index,), (line,))


def value_over(sight: Sight, over: Row, caption: Segment) -> Segment | None:
    """Return the one value of the line over a text whose caption it may be, by its smaller type."""
    if (
        sight.tokens.within(caption)
        or caption.prose
        or caption.box.top - over.box.bottom > GAP_HEIGHTS * caption.height
    ):
        return None
    above = [s for s in over.segments if overlap(s.box, caption.box) > 0]
    alone = len(above) == 1 and above[0].height >= TYPE_SHARE * caption.height
    return above[0] if alone and any(map(str.isdigit, above[0].text)) else None


def _are_heads(sight: Sight, rows: tuple[Row, ...], row: Row, pairs: list[tuple[Segment, Segment]]) -> bool:
    """Tell whether values stand under the captions, too: then they are the heads of these."""
    below = rows[row.index + 1].segments if row.index + 1 < len(rows) else ()
    under = [s for s in below if sight.tokens.within(s) and any(overlap(s.box, c.box) > 0 for c, _ in pairs)]
    return 2 * len(under) >= len(pairs)
