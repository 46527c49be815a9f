"""Matrices: months that head columns, and a line of use for each of several years under them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from domain.quantity import Unit
from services.parser.understand.charts.axes.months import month_of
from services.parser.understand.layout.rows import Row, Sheet, middle
from services.parser.understand.layout.tokens import Token
from services.parser.understand.metering.registers import is_measure, unit_in
from services.parser.understand.past.grids import Cell
from services.parser.understand.past.years import CENTURY, months_in, year_named
from services.parser.understand.sight import Sight
from services.parser.understand.values.units import USAGE_UNITS

MONTHS_MIN = 6
"""So many months at least head the columns; fewer names in a line are a comparison or a sentence."""
LINES_MIN = 2
LINES_MAX = 6
GAP_HEIGHTS = 2.6
"""Lines of one matrix follow each other within so many type sizes."""
REACH_SHARE = 0.5
"""A number belongs to the month within this share of the distance between months."""
TITLE_ROWS = 3
SCORE = 0.85
_FISCAL = r"<words>\s?['’]?(?:20)?(\d\d)"
"""A year of accounts is named after the one that it ends in (``FY25`` over months from July on)."""


@dataclass(frozen=True, slots=True)
class _Head:
    """A month that heads a column, and where it stands [points]."""

    month: int
    left: float
    right: float


def find_matrices(sight: Sight, unit: Unit | None, newest: date | None) -> Iterator[list[Cell]]:
    """Yield the months of each matrix; ``unit`` is that of the document, ``newest`` the last day of its period."""
    for sheet in sight.sheets:
        for row in sheet.rows:
            heads = _heads(sight, row)
            if len(heads) >= MONTHS_MIN:
                cells = list(_cells(sight, sheet, row, heads, unit, newest))
                if len({cell.month for cell in cells}) == len(cells) > MONTHS_MIN:
                    yield cells


def _heads(sight: Sight, row: Row) -> list[_Head]:
    """Return the months of a row that stand alone, without a year or a day."""
    heads: list[_Head] = []
    for segment in row.segments:
        for word in segment.words:
            found = month_of(word.text.strip(".,:"), sight.lexicon)
            if found is None:
                if heads:
                    return heads  # a column of sums follows the months
                continue
            if found[1] is not None:
                return []
            heads.append(_Head(found[0], word.box.left, word.box.right))
    return heads


def _cells(
    sight: Sight, sheet: Sheet, first: Row, heads: list[_Head], unit: Unit | None, newest: date | None
) -> Iterator[Cell]:
    lines: list[tuple[int, Row]] = []
    above, begins = first, 1
    for row in sheet.rows[first.index + 1 : first.index + 1 + LINES_MAX]:
        if row.box.top - above.box.bottom > GAP_HEIGHTS * row.height:
            break
        names = [s.text for s in row.segments if s.box.left < heads[0].left - 2][:1]
        fiscal = sight.lexicon.pattern(_FISCAL, "fiscal_year").fullmatch(names[0]) if names else None
        year = CENTURY + int(fiscal[1]) if fiscal is not None else year_named(sight, names)
        begins = heads[0].month if fiscal is not None else begins
        if year is not None:
            lines.append((year, row))
        above = row
    years = {year for year, _ in lines}
    if len(lines) < LINES_MIN or len(years) < len(lines) or not (years == {0, -1} or min(years) > 0):
        return
    real = _unit_over(sight, sheet, first) or unit
    if real not in USAGE_UNITS or real is None:
        return
    told = [
        ((year - (begins > 1 and head.month >= begins), head.month), token)
        for year, row in lines
        for head, token in _at(sight, row, heads)
    ]
    months = months_in([place for place, _ in told], newest)
    yield from (Cell(months[place], token, real, None, SCORE) for place, token in told if place in months)


def _at(sight: Sight, row: Row, heads: list[_Head]) -> Iterator[tuple[_Head, Token]]:
    """Yield the numbers of a line with the months over them."""
    reach = REACH_SHARE * (heads[-1].right - heads[0].right) / (len(heads) - 1)
    for token in sight.tokens.on(row):
        box, number = token.box, token.number
        if number is None or number.currency or not is_measure(token) or box.right < heads[0].left:
            continue

        def gap(head: _Head, left: float = box.left, right: float = box.right) -> float:
            return min(abs(head.left - left), abs(head.right - right), abs(head.left + head.right - left - right) / 2)

        nearest = min(heads, key=gap)
        if gap(nearest) < reach:
            yield nearest, token


def _unit_over(sight: Sight, sheet: Sheet, first: Row) -> Unit | None:
    """Return the unit that the months' line or the title over it names."""
    below = sight.row(first.page, first.index + 1)
    last = first.index + (below is not None and not sight.tokens.on(below))  # its head may be of two lines
    for index in range(last, max(first.index - 1 - TITLE_ROWS, -1), -1):
        row = sheet.rows[index]
        if abs(middle(row.box) - middle(first.box)) > (TITLE_ROWS + 1) * GAP_HEIGHTS * first.height:
            return None
        unit = next((u for segment in row.segments if (u := unit_in(segment.text)) in USAGE_UNITS), None)
        if unit is not None:
            return unit
    return None
