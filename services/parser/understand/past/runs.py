"""Runs: past months told one after the other in a line, each with its use (``MAR-24 301   FEB-24 288   JAN-24 312``)."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from domain.quantity import Unit
from services.parser.understand.charts.axes.months import month_of
from services.parser.understand.layout.rows import Row, Sheet
from services.parser.understand.layout.tokens import Token
from services.parser.understand.metering.registers import is_measure, unit_in
from services.parser.understand.past.grids import Cell
from services.parser.understand.past.years import dated
from services.parser.understand.sight import Sight
from services.parser.understand.values.units import USAGE_UNITS

PAIRS_MIN = 3
"""Fewer months in one line are a comparison."""
TITLE_ROWS = 3
RUN_SCORE = 0.75


@dataclass(frozen=True, slots=True)
class Told:
    """A month, its year where the line prints one, and the number that follows it at once."""

    month: int
    year: int | None
    token: Token


def find_runs(sight: Sight, unit: Unit | None, newest: date | None) -> Iterator[list[Cell]]:
    """Yield the months of each run of lines; ``unit`` is that of the document, ``newest`` the last day of its period."""
    for sheet in sight.sheets:
        run: list[Told] = []
        first = 0
        for row in sheet.rows:
            told = _told(sight, row)
            if len(told) >= PAIRS_MIN or (run and told):
                first = first if run else row.index
                run.extend(told)
                continue
            if run:
                yield from _cells(sight, sheet, first, run, unit, newest)
            run = []
        if run:
            yield from _cells(sight, sheet, first, run, unit, newest)


def _told(sight: Sight, row: Row) -> list[Told]:
    """Return the months of a row that a number follows at once, where months and numbers take turns."""
    marks: list[tuple[float, tuple[int, int | None] | None, Token | None]] = []
    for segment in row.segments:
        tokens = sight.tokens.within(segment)
        for token in tokens:
            when = token.when
            if when is None:
                marks.append((token.box.left, None, token))
            elif (pair := (when.full.year, when.full.month) if when.full else when.as_month_year) is not None:
                marks.append((token.box.left, (pair[1], pair[0]), None))
        for at, word in enumerate(segment.words):
            before = segment.words[at - 1].text if at else ""
            alone = not at or before[-1:].isdigit() or before[-1:] in ":|"
            if alone and not any(t.box.left - 1 <= word.box.left < t.box.right for t in tokens):
                named = month_of(word.text.strip(".,:"), sight.lexicon)
                if named is not None:
                    marks.append((word.box.left, named, None))
    marks.sort(key=lambda mark: mark[0])
    return [
        Told(month[0], month[1], token)
        for (_, month, _), (_, other, token) in itertools.pairwise(marks)
        if month is not None and other is None and token is not None and _is_use(token)
    ]


def _is_use(token: Token) -> bool:
    number = token.number
    if number is None or not is_measure(token) or number.value < 0:
        return False
    return number.unit in USAGE_UNITS or (number.unit is None and number.decimals != 2)


def _cells(
    sight: Sight, sheet: Sheet, first: int, run: Sequence[Told], unit: Unit | None, newest: date | None
) -> Iterator[list[Cell]]:
    title = _title(sight, sheet, first, run[0].token)
    if title is None:
        return
    real = unit_in(title) or unit
    cells = []
    for one, month in zip(run, dated(run, newest), strict=True):
        own = (one.token.number.unit if one.token.number else None) or real
        if month is not None and own in USAGE_UNITS and own is not None:
            cells.append(Cell(month, one.token, own, None, RUN_SCORE))
    if len({cell.month for cell in cells}) == len(cells) >= PAIRS_MIN:
        yield cells


def _title(sight: Sight, sheet: Sheet, first: int, token: Token) -> str | None:
    """Return the words over or before a run that call it past use, None where none do or they speak of something else."""
    texts = [s.text for s in sheet.rows[first].segments if s.box.left <= token.box.left]
    named = any(label.concept in ("history", "usage") for label in sight.labels.on(sheet.page.number, first))
    for index in range(first - 1, max(first - 1 - TITLE_ROWS, -1), -1):
        if named:
            break
        row = sheet.rows[index]
        labels = sight.labels.on(row.page, row.index)
        named = any(label.concept in ("history", "usage") for label in labels)
        texts = [segment.text for segment in row.segments] if named else texts
    text = " ".join(texts)
    return text if named and not sight.lexicon.means(text, "per_day", "average") else None
