"""Comparisons: this month beside the one before and that of a year ago, told by words, in columns or on lines."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from domain.evidence import Box
from domain.quantity import Unit
from services.parser.understand.charts.axes.months import month_of
from services.parser.understand.fields.context import Context
from services.parser.understand.fields.spans import Span
from services.parser.understand.layout.rows import Row, Segment, Sheet, overlap
from services.parser.understand.layout.tables import Table
from services.parser.understand.layout.tokens import Token
from services.parser.understand.metering.registers import is_measure, unit_in
from services.parser.understand.past.grids import Cell
from services.parser.understand.sight import Sight
from services.parser.understand.values.units import USAGE_UNITS

_YEAR = re.compile(r"(?:19|20)\d\d")
SCORE = 0.75
COLUMN_LINES_MAX = 6
"""A comparison in columns has at most so many lines."""
GAP_HEIGHTS = 2.6
"""Lines of a comparison follow each other within so many type sizes."""
WORDS_MAX = 6
"""What leads a line of a comparison says little else (``Same month last year``)."""
LINES_MIN = 2
HEAD_ROWS = 3
MONTHS_MIN, MONTHS_MAX = 2, 26
"""So many months head the columns of a comparison, which may be one of two years."""
YEAR_MONTHS, MONTH_DAYS = 12, 30.4
"""Months of a year, and the mean length of one [days]."""
_BARE = (("previous_read", 1), ("current_read", 0))
"""Words that name readings elsewhere count months beside a head that counts a year back (``Current | Previous | Last Year``)."""
_BACK = (("last_year", YEAR_MONTHS), ("last_month", 1), ("this_month", 0))
"""How many months some words count back, the surest first: ``same month last year`` speaks of a month, too."""


@dataclass(frozen=True, slots=True)
class _Line:
    """A line that begins with words that count months back."""

    back: int
    row: Row
    segment: Segment


def find_comparisons(
    sight: Sight,
    tables: list[Table],
    context: Context,
    unit: Unit | None,
    period: Span | None,
    used: Mapping[Decimal, Unit | None],
) -> Iterator[list[Cell]]:
    """Yield the months of each comparison.

    Args:
        sight: the document.
        tables: its tables, some of which have columns that count months back.
        context: which commodity its places speak of.
        unit: its one unit of use, for comparisons that print none.
        period: this bill's; the months are counted from its last day, and a bill of a quarter follows one three months before.
        used: amounts that this bill's meters and charges name, with their units; one of them is this month's.
    """
    if period is None:
        return
    for table in tables:
        yield list(_in_columns(sight, table, context, unit, period))
    for sheet in sight.sheets:
        for run in _runs(sight, sheet):
            yield list(_on_lines(sight, sheet, run, unit, period, used))
        for row in sheet.rows:
            yield list(_under_months(sight, sheet, row, unit, period.end, used))


def _is_average(sight: Sight, text: str) -> bool:
    """Tell whether words make a number an average or the use of a day (``Electricity, kWh/day``)."""
    return sight.lexicon.means(text, "per_day", "average")


def _back(sight: Sight, text: str) -> int | None:
    return next((steps for meaning, steps in _BACK if sight.lexicon.means(text, meaning)), None)


def _in_columns(sight: Sight, table: Table, context: Context, unit: Unit | None, period: Span) -> Iterator[Cell]:
    """Yield the months of a comparison whose heads count back from this one (``This Month``, ``Last Month``, ``1 Year Ago``)."""
    backs = {i: steps for i, column in enumerate(table.columns) if (steps := _back(sight, column.text)) is not None}
    if set(backs.values()) == {YEAR_MONTHS}:
        backs |= {
            i: steps for concept, steps in _BARE for i in table.columns_of(concept) if table.columns[i].text.isalpha()
        }
    if 0 not in backs.values() or len(backs) < 2:
        return
    for line in table.body[:COLUMN_LINES_MAX]:
        text = " ".join(segment.text for segment in line.row.segments)
        real = unit_in(text) or unit
        concepts = {label.concept for label in sight.labels.on(table.page, line.row.index)}
        daily = bool(concepts & {"average_daily", "days", "temperature"}) or _is_average(sight, text)
        commodity = context.unit_commodity(real, table.page, line.row.index) if real else None
        if "usage" not in concepts or daily or real not in USAGE_UNITS or real is None or commodity is None:
            continue
        for index, steps in backs.items():
            cell = next((t for t in line.cells.get(index, ()) if is_measure(t)), None)
            if cell is not None:
                yield Cell(_month(period, steps), cell, real, None, SCORE)
        return


def _runs(sight: Sight, sheet: Sheet) -> Iterator[list[_Line]]:
    """Yield lines below each other that begin at one edge with words that count back, each step once, this month among them."""
    told = {steps for meaning, steps in _BACK if meaning in sight.meanings}
    if 0 not in told or len(told) < LINES_MIN:
        return
    run: list[_Line] = []
    for row in sheet.rows:
        for segment in row.segments:
            near = run and row.box.top - run[-1].row.box.bottom <= GAP_HEIGHTS * row.height
            if run and not near:
                yield from _whole(run)
                run = []
            words = sight.tokens.beside(segment).split()
            back = _back(sight, segment.text) if len(words) <= WORDS_MAX else None
            if back is None or (
                run and (run[-1].row is row or abs(run[0].segment.box.left - segment.box.left) > row.height)
            ):
                continue
            if any(line.back == back for line in run):
                yield from _whole(run)
                run = []  # "Total of this bill" ends another list right over "This bill"
            run.append(_Line(back, row, segment))
    yield from _whole(run)


def _whole(run: list[_Line]) -> Iterator[list[_Line]]:
    backs = [line.back for line in run]
    if 0 in backs and LINES_MIN <= len(backs) == len(set(backs)):
        yield run


def _on_lines(
    sight: Sight,
    sheet: Sheet,
    run: list[_Line],
    unit: Unit | None,
    period: Span,
    used: Mapping[Decimal, Unit | None],
) -> Iterator[Cell]:
    """Yield the months of a comparison on lines; its column of use is the one where this month's is what the bill is for."""
    newest = next(line for line in run if line.back == 0)
    for token in _numbers(sight, newest):
        own = (token.number.unit if token.number else None) or used.get(token.value)
        heads = _heads(sight, sheet, run[0].row, token)
        if token.value not in used or any(_is_average(sight, head) for head in heads):
            continue
        real = own or next((u for head in heads if (u := unit_in(head)) is not None), unit)
        if real not in USAGE_UNITS or real is None:
            continue
        column = [
            (line, next((t for t in _numbers(sight, line) if overlap(t.box, token.box) > 0), None)) for line in run
        ]
        if all(cell is not None and (cell.number is None or cell.number.unit in (None, real)) for _, cell in column):
            yield from (
                Cell(_month(period, line.back), cell, real, None, SCORE) for line, cell in column if cell is not None
            )
            return


def _months_of(sight: Sight, head: Row, period_end: date) -> list[tuple[date, Box]]:
    """Return the months of a row that stand alone, with their years; words for this month are its name beside another."""
    dated = [
        (date(*token.when.as_month_year, 1), token.box)
        for token in sight.tokens.on(head)
        if token.when is not None and token.when.as_month_year is not None and token.text == token.segment.text
    ]
    own = _months_before(period_end, 0)
    if not dated or own in {month for month, _ in dated}:
        return dated
    words = [s.box for s in head.segments if not sight.tokens.within(s) and sight.lexicon.means(s.text, "this_month")]
    return [(own, box) for box in words[:1]] + dated


def _years_of(sight: Sight, head: Row, period_end: date) -> list[tuple[date, Box]]:
    """Return this bill's month in the years of a row that names the month itself (``December | 2020 | 2021``)."""
    named = month_of(head.segments[0].text, sight.lexicon)
    if named is None or named[0] != period_end.month:
        return []
    return [
        (date(int(token.value), named[0], 1), token.box)
        for token in sight.tokens.on(head)
        if token.number is not None and _YEAR.fullmatch(token.segment.text)
    ]


def _under_months(
    sight: Sight, sheet: Sheet, head: Row, unit: Unit | None, period_end: date, used: Mapping[Decimal, Unit | None]
) -> Iterator[Cell]:
    """Yield the use under months that head columns, one of them this bill's (``Mar 2024 | Mar 2023``)."""
    months = _months_of(sight, head, period_end) or _years_of(sight, head, period_end)
    if not MONTHS_MIN <= len({month for month, _ in months}) == len(months) <= MONTHS_MAX:
        return
    this = _months_before(period_end, 0)
    if this not in {month for month, _ in months}:
        return
    for row in sheet.rows[head.index + 1 : head.index + 1 + COLUMN_LINES_MAX]:
        words = next((s for s in row.segments if s.box.left < months[0][1].left), None)
        if words is None or _is_average(sight, words.text):
            continue
        numbers = _numbers(sight, _Line(0, row, words))
        cells = [(month, _under(numbers, at)) for month, at in months]
        own = next((cell for month, cell in cells if month == this), None)
        real = unit_in(words.text) or (used.get(own.value) if own is not None else None) or unit
        if own is None or own.value not in used or real not in USAGE_UNITS or real is None:
            continue
        yield from (Cell(month, cell, real, None, SCORE) for month, cell in cells if cell is not None)
        return


def _under(numbers: list[Token], head: Box) -> Token | None:
    """Return the number that stands under a head, the one that most of it is over."""
    below = [token for token in numbers if overlap(token.box, head) > 0]
    return max(below, key=lambda token: overlap(token.box, head), default=None)


def _numbers(sight: Sight, line: _Line) -> list[Token]:
    return [
        token
        for token in sight.tokens.on(line.row)
        if token.box.left > line.segment.box.left and token.number is not None and is_measure(token)
        and not token.number.currency and not token.number.per
    ]  # fmt: skip


def _heads(sight: Sight, sheet: Sheet, first: Row, token: Token) -> list[str]:
    """Return the texts over a number of a comparison, nearest first."""
    return [
        segment.text
        for index in range(first.index - 1, max(first.index - 1 - HEAD_ROWS, -1), -1)
        for segment in sheet.rows[index].segments
        if overlap(segment.box, token.box) > 0 and not sight.tokens.within(segment)
    ]


def _month(period: Span, back: int) -> date:
    """Return the month so far back, where one step is that to the bill before this one, which was of as many months."""
    return _months_before(period.end, back if back != 1 else max(1, round(period.days / MONTH_DAYS)))


def _months_before(day: date, steps: int) -> date:
    count = day.year * 12 + day.month - 1 - steps
    return date(count // 12, count % 12 + 1, 1)
