"""Grids: past months that stand below each other, each with its numbers right of it, whatever their heads are called.

Months in one column are the lines of a grid; the numbers that stand below each other right of them are its columns. Which
column is the use is told by heads and units, by what the other columns are, and by the use that this bill is for.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from domain.evidence import Method
from domain.quantity import Unit
from services.parser.understand.charts.axes.years import year_of
from services.parser.understand.fields.context import Context
from services.parser.understand.layout.rows import Row, Segment, Sheet, overlap
from services.parser.understand.layout.tokens import Token
from services.parser.understand.metering.registers import unit_in, units_in
from services.parser.understand.past.heads import with_groups
from services.parser.understand.past.reads import made_by_parts, made_by_reads
from services.parser.understand.past.times import last_day, last_month, months_named, parts_with, together
from services.parser.understand.past.years import by_ranges, coded, dated, months_in, years_over
from services.parser.understand.sight import Sight
from services.parser.understand.values.units import ENERGY_UNITS, POWER_UNITS, USAGE_UNITS

LINES_MIN = 3
EDGE_POINTS, EDGE_HEIGHTS = 3.5, 0.7
GAP_HEIGHTS = 2.6
"""Lines of one grid follow each other within so many type sizes."""
REACH_POINTS, HEAD_POINTS = 520.0, 170.0
HEAD_ROWS = 4
HEAD_HEIGHTS = 1.7
COVER_MIN = 0.6
SPARSE_MIN = 3
"""Among more columns than this those of a few lines belong to something else."""
YEAR_REACH_POINTS = 70.0
SCORE_MIN, TITLE_WEIGHT, READS_WEIGHT, WHOLE_WEIGHT = 2.0, 0.5, 8.0, 1.5
FOREIGN = frozenset(
    {
        "days", "average_daily", "amount", "average_cost", "temperature", "demand", "current_read", "previous_read",
        "load_factor", "commodity_cost", "new_charges", "payments", "balance", "amount_due", "statement_date", "due_date",
        "rate_column",
        "multiplier", "reactive",
    }
)  # fmt: skip
"""Heads of columns that list something else than use."""
_PRICE = re.compile(r"[$¢€£] ?/|(?i:cents?|pence) ?(?:/|per\b)")
"""A head of prices names the unit that they are for (``$/therm``)."""
_YEAR = re.compile(r"^(?:19|20)\d\d$")


@dataclass(frozen=True, slots=True)
class Anchor:
    """A month at the head of a line: the month, its year where the line prints one, and where it stands."""

    row: Row
    segment: Segment
    left: float
    right: float
    month: int
    year: int | None


@dataclass(frozen=True, slots=True)
class Cell:
    """A number of a grid with the month of its line."""

    month: date
    token: Token
    unit: Unit
    cost: Token | None
    score: float
    parts: tuple[Token, ...] = ()
    """What was used at each time of day, where only these are printed."""


def find_grids(
    sight: Sight, context: Context, unit: Unit | None, newest: date | None, used: Mapping[Decimal, Unit | None]
) -> Iterator[list[Cell]]:
    """Yield the months of each grid.

    Args:
        sight: the document.
        context: which commodity its places speak of.
        unit: its one unit of use, for grids that print none.
        newest: the last day of this bill's period, from which years that nothing prints are counted.
        used: amounts that this bill's meters and charges name, with their units; a column whose newest line is one of them is
            the use.
    """
    for sheet in sight.sheets:
        anchors = [anchor for row in sheet.rows for anchor in _anchors(sight, row)]
        anchors += [Anchor(row, s, s.box.left, s.box.right, day.month, day.year) for row, s, day in coded(sight, sheet)]
        anchors.sort(key=lambda anchor: anchor.row.index)
        for area in _areas(anchors):
            parts = _parts(area)
            cells: list[Cell] = []
            for part in parts:
                reach = part[0].right + REACH_POINTS
                right = min([reach, *(p[0].left for p in parts if p[0].left > part[0].right)])
                cells += _cells(sight, sheet, part, right, unit, newest, used, several=len(parts) > 1)
            if len({cell.month for cell in cells}) >= LINES_MIN:
                yield cells


def _anchors(sight: Sight, row: Row) -> Iterator[Anchor]:
    """Yield the months that begin a text of a row: by name, with or without a year, or as a day of reading."""
    for segment in row.segments:
        if segment.index and _names_reading(sight, row.segments[segment.index - 1]):
            continue
        token = next((t for t in sight.tokens.within(segment) if t.when is not None and t.start == 0), None)
        if token is not None and token.when is not None:
            when = token.when
            full, pair = last_day(sight, segment, when.full), when.as_month_year
            if full is None and pair is None:
                full = next((t.day for t in sight.tokens.within(segment)[1:2]), None)  # ``28 mars au 27 mai 2026``
            if full is not None:
                yield Anchor(row, segment, segment.box.left, _end(sight, segment, token), full.month, full.year)
            elif pair is not None:
                pair = last_month(sight, segment, pair)
                named = segment.words[1] if _YEAR.match(segment.words[0].text) and len(segment.words) > 1 else None
                left = named.box.left if named is not None else segment.box.left
                yield Anchor(row, segment, left, _end(sight, segment, token), pair[1], pair[0])
            continue
        words = [word.text for word in segment.words]
        found, named_in = months_named(words, sight.lexicon)
        rest = words[named_in:]
        if found is not None and (not rest or rest[0][:1].isdigit()):
            year = (
                found[1] or (year_of(rest[0]) if rest and _YEAR.match(rest[0]) else None) or _year_before(row, segment)
            )
            yield Anchor(row, segment, segment.box.left, segment.words[named_in - 1].box.right, found[0], year)


def _names_reading(sight: Sight, segment: Segment) -> bool:
    """Tell whether a text says which of a meter's two readings stands behind it (``Previous  12 Nov 2024  4417``)."""
    words = [label for label in sight.labels.within(segment) if label.concept in ("previous_read", "current_read")]
    return any(label.start == 0 and label.end == len(segment.text) for label in words)


def _end(sight: Sight, segment: Segment, token: Token) -> float:
    """Return where a day, or the second day of a period, ends."""
    others = [t for t in sight.tokens.within(segment) if t.when is not None]
    return max(t.box.right for t in others) if others else token.box.right


def _year_before(row: Row, segment: Segment) -> int | None:
    for other in row.segments[: segment.index]:
        if _YEAR.match(other.text) and segment.box.left - other.box.right < YEAR_REACH_POINTS:
            return int(other.text)
    return None


def _areas(anchors: Sequence[Anchor]) -> Iterator[list[Anchor]]:
    """Yield the anchors whose lines follow each other."""
    area: list[Anchor] = []
    for anchor in anchors:
        if area and anchor.row.box.top - area[-1].row.box.bottom > GAP_HEIGHTS * anchor.row.height:
            yield area
            area = []
        area.append(anchor)
    if area:
        yield area


def _parts(area: Sequence[Anchor]) -> list[list[Anchor]]:
    """Return the columns of months of an area, left to right."""
    groups: list[list[Anchor]] = []
    for anchor in sorted(area, key=lambda one: (one.row.index, one.left)):
        home = next(
            (
                g
                for g in groups
                if min(abs(g[-1].left - anchor.left), abs(g[-1].right - anchor.right)) < _reach(anchor.segment)
            ),
            None,
        )
        if home is not None and home[-1].row.index != anchor.row.index:
            home.append(anchor)
        elif home is None:
            groups.append([anchor])
    return sorted((g for g in groups if len(g) >= 2), key=lambda group: group[0].left)


def _cells(
    sight: Sight,
    sheet: Sheet,
    part: Sequence[Anchor],
    right: float,
    unit: Unit | None,
    newest: date | None,
    used: Mapping[Decimal, Unit | None],
    *,
    several: bool,
) -> Iterator[Cell]:
    months = dated(part, newest)
    columns = _columns(sight, part, right)
    heads = [_head(sight, sheet, part[0].row, column) for column in columns]
    heads = _in_order(sheet, part[0], right, heads) or with_groups(sheet, part[0].row.index, heads)
    title = _title_unit(sight, sheet, part, right) or unit
    # What stands higher may be the line of another list.
    foreign = [
        bool(_concepts(sight, head[-1:]) & FOREIGN) or _priced(column)
        for head, column in zip(heads, columns, strict=True)
    ]
    years = years_over(sight, heads, foreign)
    if years is not None:
        told = {(year, part[i].month): token for at, year in years.items() for i, token in columns[at].items()}
        for place, first in months_in(told, newest).items():
            token = told[place]
            real = (token.number.unit if token.number else None) or title
            if real in USAGE_UNITS and real is not None:
                yield Cell(first, token, real, None, 0.85)
        return
    if len(part) < LINES_MIN and not several:
        return
    if told_by_year := list(by_ranges(sight, sheet, part, part[0].row, columns, heads, HEAD_ROWS, title)):
        yield from (Cell(month, token, real, None, 0.85) for month, token, real in told_by_year)
        return
    if len(columns) > SPARSE_MIN:
        kept = [i for i, column in enumerate(columns) if len(column) >= COVER_MIN * len(part)]
        columns, heads, foreign = [columns[i] for i in kept], [heads[i] for i in kept], [foreign[i] for i in kept]
    best, score = _best(sight, sheet, part, columns, heads, months, used)
    if best is None:
        return
    cost = _cost(sight, columns, heads, best)
    at = columns.index(best)
    own = next((u for segment in heads[at] if (u := unit_in(segment.text)) in USAGE_UNITS), None)
    names = ["" if other else " ".join(s.text for s in head[-3:]) for head, other in zip(heads, foreign, strict=True)]
    told_in = parts_with(columns, names, at, sight=sight)
    if len(told_in) == 1:
        best = columns[told_in[0]]
    latest = max((i for i, month in enumerate(months) if month), key=lambda i: months[i] or date.min, default=0)
    own = own or (used.get(best[latest].value) if latest in best else None)
    for index, token in best.items():
        month = months[index]
        real = (token.number.unit if token.number else None) or own or title
        if month is not None and real in USAGE_UNITS and real is not None:
            parts = tuple(columns[i][index] for i in told_in) if len(told_in) > 1 else ()
            sure = 0.85 if score >= 2 * SCORE_MIN else 0.75
            yield Cell(month, together(parts) if parts else token, real, cost.get(index), sure, parts)


def _cost(
    sight: Sight, columns: list[dict[int, Token]], heads: list[list[Segment]], best: dict[int, Token]
) -> dict[int, Token]:
    """Return the first column of money that is no average, empty where there is none."""
    paid = ((c, head) for c, head in zip(columns, heads, strict=True) if c is not best and _money(c))
    return next((c for c, head in paid if "average_cost" not in _concepts(sight, head)), {})


def _columns(sight: Sight, part: Sequence[Anchor], right: float) -> list[dict[int, Token]]:
    """Return the numbers right of the months that stand below each other, by line."""
    columns: list[dict[int, Token]] = []
    # Numbers at the ends of lying bars stand below each other only in so far as there is one on each line.
    single = all(sum(t.number is not None for t in _right_of(sight, anchor, right)) <= 1 for anchor in part)
    for index, anchor in enumerate(part):
        for token in _right_of(sight, anchor, right):
            if token.number is None:
                continue
            home = next((c for c in columns if index not in c and _below(token, next(reversed(c.values())))), None)
            if single and columns:
                home = columns[0]
            if home is None:
                columns.append({index: token})
            else:
                home[index] = token
    return sorted(columns, key=lambda column: next(iter(column.values())).box.left)


def _reach(segment: Segment) -> float:
    """Return how far edges of one column may differ; OCR boxes words less exactly than fonts do [points]."""
    return max(EDGE_POINTS, EDGE_HEIGHTS * segment.height) if segment.method is Method.OCR else EDGE_POINTS


def _right_of(sight: Sight, anchor: Anchor, right: float) -> list[Token]:
    return [
        token
        for token in sight.tokens.on(anchor.row)
        if token.box.left >= anchor.right - 1
        and token.box.right <= right + 1
        and not (token.segment is anchor.segment and _YEAR.match(token.text))
    ]


def _below(token: Token, other: Token) -> bool:
    one, two, reach = token.box, other.box, _reach(token.segment)
    middles = abs(one.left + one.right - two.left - two.right) / 2
    return min(abs(one.right - two.right), abs(one.left - two.left), middles) < reach


def _head(sight: Sight, sheet: Sheet, first: Row, column: dict[int, Token]) -> list[Segment]:
    """Return the texts over a column, nearest last."""
    left, right = min(t.box.left for t in column.values()), max(t.box.right for t in column.values())
    found: list[Segment] = []
    below = first
    for index in range(first.index - 1, max(first.index - 1 - HEAD_ROWS, -1), -1):
        row = sheet.rows[index]
        if below.box.top - row.box.bottom > HEAD_HEIGHTS * row.height:
            break
        labels = sight.labels.on(row.page, row.index)
        if any(label.concept == "history" and label.weight > TITLE_WEIGHT for label in labels):
            break
        over = [
            s
            for s in row.segments
            if s.box.right > left - 4 and s.box.left < right + 4 and s.box.right - s.box.left < HEAD_POINTS
        ]
        found = [*over, *found]
        below = row
    return found


def _in_order(sheet: Sheet, first: Anchor, right: float, heads: Sequence[list[Segment]]) -> list[list[Segment]] | None:
    """Return the heads right over a grid by their order, where they are as many as its columns but stand askew over them."""
    nearest = [head[-1] for head in heads if head]
    level = len({head.row for head in nearest}) == 1
    if (level and len({id(head) for head in nearest}) == len(heads)) or not first.row.index:
        return None
    over = [s for s in sheet.rows[first.row.index - 1].segments if first.left <= s.box.left < right]
    named = any(head in over for head in nearest) or not any(map(str.isdigit, "".join(head.text for head in over)))
    return [[head] for head in over] if len(over) == len(heads) and named else None


def _concepts(sight: Sight, head: Sequence[Segment]) -> set[str]:
    return {label.concept for segment in head for label in sight.labels.within(segment)}


def _title_unit(sight: Sight, sheet: Sheet, part: Sequence[Anchor], right: float) -> Unit | None:
    """Return the unit that the lines over a grid name."""
    below = part[0].row
    for index in range(below.index - 1, max(below.index - 1 - HEAD_ROWS, -1), -1):
        row = sheet.rows[index]
        if below.box.top - row.box.bottom > 2 * HEAD_HEIGHTS * row.height:
            return None
        for segment in row.segments:
            units = [unit for unit in units_in(segment.text) if unit in USAGE_UNITS]
            if units and segment.box.right > part[0].left - 20 and segment.box.left < right:
                return units[-1]
        below = row
    return None


def _money(column: dict[int, Token]) -> bool:
    numbers = [t.number for t in column.values() if t.number]
    return all(n.currency or (n.decimals == 2 and n.unit is None) for n in numbers)


def _priced(column: dict[int, Token]) -> bool:
    return any(token.number is not None and token.number.currency for token in column.values())


def _best(
    sight: Sight, sheet: Sheet, part: Sequence[Anchor], columns: list[dict[int, Token]], heads: list[list[Segment]],
    months: list[date | None], used: Mapping[Decimal, Unit | None],
) -> tuple[dict[int, Token] | None, float]:  # fmt: skip
    """Return the column of use and how much speaks for it."""
    ranked: list[tuple[float, int]] = []
    (reads, made), wholes = made_by_reads(columns), made_by_parts(columns)
    latest = max((i for i, month in enumerate(months) if month), key=lambda i: months[i] or date.min, default=0)
    for number, (column, head) in enumerate(zip(columns, heads, strict=True)):
        values = [t.number for t in column.values() if t.number]
        concepts = _concepts(sight, head)
        text = " ".join(segment.text for segment in head[-2:])
        score = 0.0
        unit = next((u for segment in reversed(head) if (u := unit_in(segment.text))), None)
        score += 3.0 if unit in USAGE_UNITS else -5.0 if unit in POWER_UNITS else 0.0
        score += 2.0 if "usage" in concepts else 0.0
        score += 3.0 if all(n.unit in USAGE_UNITS for n in values) else 0.0
        averaged = sight.lexicon.means(text, "per_day", "average")
        score -= 5.0 if averaged or any(n.per or n.percent for n in values) else 0.0
        score -= 6.0 if _PRICE.search(text) else 0.0
        billed = latest in column and column[latest].value in used
        score -= 4.0 if concepts & FOREIGN and "usage" not in concepts and not billed else 0.0
        score -= 5.0 if _money(column) and unit not in USAGE_UNITS and not billed else 0.0
        score -= 2.0 if len(columns) > 1 and all(26 <= n.value <= 36 for n in values) else 0.0
        score += 4.0 if billed else 0.0
        score += 2.0 if len(columns) == 1 and _named_history(sight, sheet, part[0].row) else 0.0
        score += 1.0 if len(columns) == 1 or sight.lexicon.means(text, "total") else 0.0
        score += (READS_WEIGHT + 1.0 if made else 0.5) if unit in ENERGY_UNITS else 0.0  # what a volume is billed as
        score += READS_WEIGHT * ((number in made) - (number in reads)) + WHOLE_WEIGHT * (number in wholes)
        ranked.append((score, -number))
    if not ranked:
        return None, 0.0
    score, place = max(ranked)
    return (columns[-place], score) if score >= SCORE_MIN else (None, score)


def _named_history(sight: Sight, sheet: Sheet, first: Row) -> bool:
    """Tell whether a line over a grid calls it a history or names the use."""
    return any(
        label.concept in ("history", "usage") and overlap(label.segment.box, first.box) > 0
        for index in range(max(first.index - HEAD_ROWS, 0), first.index)
        for label in sight.labels.on(first.page, index)
    )
