"""Captions: values in a strip that smaller words right under each of them name (``1187`` over ``last reading``)."""

from collections.abc import Iterator
from itertools import pairwise

from services.parser.understand.layout.columns import HEAD_CONCEPTS, Column
from services.parser.understand.layout.labels import name_text
from services.parser.understand.layout.rows import Row, Segment, overlap, union
from services.parser.understand.layout.tables import Table, TableRow, find_tables
from services.parser.understand.sight import Sight

CAPTIONS_MIN, KNOWN_MIN = 4, 3
"""A strip has so many captions, and so many of them say what is known."""
GAP_HEIGHTS, TYPE_SHARE = 0.6, 1.1
"""A caption stands so near under its value [type sizes], in type that is smaller by this."""


def all_tables(sight: Sight) -> list[Table]:
    """Return the tables of all pages, those with captions under their one line of values first."""
    return [*(table for sheet in sight.sheets for table in _captioned(sight, sheet.rows)), *find_tables(sight)]


def _captioned(sight: Sight, rows: tuple[Row, ...]) -> Iterator[Table]:
    for over, row in pairwise(rows):
        pairs = [(caption, value) for caption in row.segments if (value := value_over(sight, over, caption))]
        columns = [Column(c.text, name_text(c.text, sight.lexicon), union((c.box, v.box))) for c, v in pairs]
        known = [column for column in columns if column.concepts & HEAD_CONCEPTS]
        if len(pairs) < CAPTIONS_MIN or len(known) < KNOWN_MIN or _heads(sight, rows, row, pairs):
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


def _heads(sight: Sight, rows: tuple[Row, ...], row: Row, pairs: list[tuple[Segment, Segment]]) -> bool:
    """Tell whether values stand under the captions, too: then they are the heads of these."""
    below = rows[row.index + 1].segments if row.index + 1 < len(rows) else ()
    under = [s for s in below if sight.tokens.within(s) and any(overlap(s.box, c.box) > 0 for c, _ in pairs)]
    return 2 * len(under) >= len(pairs)
