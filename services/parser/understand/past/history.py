"""History: past months from printed tables: grids of months, dated lines, and values printed along an axis of months."""

import itertools
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from itertools import pairwise

from domain.quantity import Commodity, Unit
from services.parser.understand.fields.context import Context, commodity_in
from services.parser.understand.fields.spans import Span
from services.parser.understand.layout.columns import READS
from services.parser.understand.layout.tables import Table, TableRow
from services.parser.understand.layout.tokens import Token
from services.parser.understand.metering.registers import is_measure, may_be_read, unit_in
from services.parser.understand.past.comparisons import find_comparisons
from services.parser.understand.past.grids import Cell, find_grids
from services.parser.understand.past.matrices import find_matrices
from services.parser.understand.past.runs import find_runs
from services.parser.understand.past.times import consecutive, names_time, together
from services.parser.understand.sight import Sight
from services.parser.understand.values.units import COMMODITY_OF, ENERGY_UNITS, POWER_UNITS, USAGE_UNITS

MONTHS_MIN = 3
"""Fewer months in a row are a comparison, not a history."""
REMARK_NUMBERS_MIN, REMARK_LETTERS_MIN = 4, 20
"""So many numbers among so many letters are a remark, no line of a list."""
LEDGER_TIMES = 3
"""A list that has so many times more lines of one month than of another books entries; meters have a line each of every month."""
LEAD_POINTS = 40.0
"""A month may end so far before the head of its column."""
RUNS_FROM = 1000
"""Runs are numbered from here, apart from grids and tables."""
COMPARISONS_FROM = 2000
"""Comparisons are numbered from here."""
BESIDE_SCORE = 0.75
"""How surely the column of last year beside that of this one is of the same months."""


@dataclass(frozen=True, slots=True)
class PastMonth:
    """One month of the past: its first day, what was used, and what it cost where printed."""

    month: date
    quantity: Token | None
    unit: Unit
    commodity: Commodity
    cost: Token | None = None
    page: int = 1
    table: int = 0
    score: float = 0.85
    parts: tuple[Token, ...] = ()
    """What was used at each time of day, where only these are printed."""


def month_of_token(token: Token) -> date | None:
    """Return the first day of the month that a token names; None where it names no year."""
    when = token.when
    if when is None:
        return None
    if when.full:
        return when.full.replace(day=1)
    if when.as_month_year:
        year, month = when.as_month_year
        return date(year, month, 1)
    return None


def find_history(
    sight: Sight, tables: list[Table], context: Context, unit: Unit | None, near: date | None, period: Span | None,
    used: Mapping[Decimal, Unit | None],
) -> list[PastMonth]:  # fmt: skip
    """Return the past months in the order of the page; one list may hold several meters' months."""
    newest = period.end if period else near
    grids = list(_grids(sight, context, unit, newest, used))
    found: list[PastMonth] = []
    for number, table in enumerate(tables):
        months = list(_dated_lines(sight, table, number, context, unit))
        several = len({m.month for m in months}) > 1 and len({(m.month, m.commodity) for m in months}) >= MONTHS_MIN
        if not several and not (len(months) == 2 and _named_history(sight, table)):
            continue
        if _is_ledger(months):
            continue
        rows = {(table.page, line.row.index) for line in table.body}
        rivals = [grid for grid in grids if any(m.quantity and (m.page, m.quantity.row) in rows for m in grid)]
        if sum(len(grid) for grid in rivals) >= len(months):
            # A grid goes by what stands below each other, whatever else is on its lines.
            months = [month for grid in rivals for month in grid]
            found.extend(_continued(sight, table, number, months))
            found.extend(_of_last_year(sight, table, months))
            continue
        grids = [grid for grid in grids if grid not in rivals]
        found.extend(months)
        found.extend(_continued(sight, table, number, months))
        found.extend(_of_last_year(sight, table, months))
    found.extend(month for grid in grids for month in grid)
    known = {(month.page, month.quantity.row) for month in found if month.quantity}
    for number, cells in enumerate(find_runs(sight, unit, newest), 1):
        if consecutive([cell.month for cell in cells]) and not any(
            (cell.token.page, cell.token.row) in known for cell in cells
        ):
            found.extend(month for cell in cells if (month := _past(context, cell, -RUNS_FROM - number)) is not None)
    told = {(month.month, month.commodity) for month in found}
    for number, cells in enumerate(find_comparisons(sight, tables, context, unit, period, used), 1):
        for cell in cells:
            past = _past(context, cell, -COMPARISONS_FROM - number)
            if past is not None and (past.month, past.commodity) not in told:
                told.add((past.month, past.commodity))
                found.append(past)
    return _once(_mended(found))


def _grids(
    sight: Sight, context: Context, unit: Unit | None, newest: date | None, used: Mapping[Decimal, Unit | None]
) -> Iterator[list[PastMonth]]:
    # Numbers of their own, as tables have theirs: what stands in two grids is one history printed twice.
    found = itertools.chain(find_grids(sight, unit, newest, used), find_matrices(sight, unit, newest))
    for number, cells in enumerate(found, 1):
        months = [month for cell in cells if (month := _past(context, cell, -number)) is not None]
        if consecutive([month.month for month in months]) and not _is_ledger(months):
            yield months


def _is_ledger(months: Sequence[PastMonth]) -> bool:
    """Tell whether a list books entries by their days, as ledgers of charges and payments do, and tells no use by months."""
    counts = Counter(month.month for month in months).values()
    return max(counts, default=0) >= LEDGER_TIMES * min(counts, default=1)


def _mended(found: list[PastMonth]) -> list[PastMonth]:
    """Return the months with thousands put right whose comma OCR took for a point, as the others of their column show."""
    mended = []
    for month in found:
        token = month.quantity
        column = [
            o.quantity.value
            for o in found
            if o.table == month.table and o.quantity is not None and o.unit is month.unit
        ]
        usual = sorted(column)[len(column) // 2] if column else Decimal(0)
        number = token.number if token else None
        if token and number and number.decimals == 3 and not number.grouped and usual > 20 * number.value:
            whole = replace(number, value=number.value * 1000, decimals=0, grouped=True)
            mended.append(replace(month, quantity=replace(token, number=whole), score=month.score - 0.2))
        else:
            mended.append(month)
    return mended


def _named_history(sight: Sight, table: Table) -> bool:
    return any(label.concept == "history" for index in table.header for label in sight.labels.on(table.page, index))


def _dated_lines(sight: Sight, table: Table, number: int, context: Context, unit: Unit | None) -> Iterator[PastMonth]:
    """Yield the months of a table; a table of two or three parts side by side repeats its heads."""
    usage = [i for i in table.columns_of("usage") if not _power(table.columns[i].text)] or _units_columns(sight, table)
    if not usage:
        return
    if services := _services(sight, table, context, usage):
        usage = services
    parts = [[i for i in range(len(table.columns)) if i == own or i not in usage] for own in services]
    parts = parts or _parts(sight, table, usage)
    title = _title_unit(sight, table)
    timed = all(names_time(sight, table.columns[i].text) for i in usage) and len(parts) == 1
    for line in table.body:
        if any(_cell(sight, table, line, [own]) is None for own in services):
            continue  # a line below the list, which tells of one service or of something else
        for columns in parts:
            moment = _moment(table, line, columns)
            if moment is None:
                continue
            cell = _cell(sight, table, line, [i for i in columns if i in usage])
            whole = tuple(t for i in usage if (t := _cell(sight, table, line, [i])) is not None) if timed else ()
            whole = whole if len(usage) > 1 and len(whole) == len(usage) else ()
            if cell is None or _within_words(sight, cell):
                continue
            real = _column_unit(table, usage, columns, cell) or title or unit
            commodity = context.unit_commodity(real, table.page, line.row.index) if real else None
            named = [commodity_in(sight, table.columns[i].text) for i in columns if i in services]
            commodity = next(filter(None, named), None) or commodity
            if real is None or commodity is None or real not in USAGE_UNITS:
                continue
            cost = next(
                (
                    t
                    for i in reversed(columns)
                    if table.columns[i].concepts & {"amount", "commodity_cost", "new_charges"}
                    for t in line.cells.get(i, ())
                    if _money_like(t)
                ),
                None,
            )
            used = together(whole) if whole else cell
            yield PastMonth(moment, used, real, commodity, cost, table.page, number, parts=whole)


def _of_last_year(sight: Sight, table: Table, months: list[PastMonth]) -> Iterator[PastMonth]:
    """Yield the months a year before those of a list where one column tells of them (``CCF, year before``), each once."""
    usage = sorted({*table.columns_of("usage"), *_units_columns(sight, table)})
    before = [i for i in usage if sight.lexicon.means(table.columns[i].text, "last_year")]
    others = [i for i in range(len(table.columns)) if i not in usage]
    told = {month.month for month in months}
    for line in table.body if len(before) == 1 and len({month.commodity for month in months}) == 1 else ():
        moment, cell = _moment(table, line, others), _cell(sight, table, line, before)
        if moment in told and moment is not None and cell is not None:
            past, one = moment.replace(year=moment.year - 1), months[0]
            if past not in told:
                yield PastMonth(past, cell, one.unit, one.commodity, None, table.page, one.table, BESIDE_SCORE)


def _within_words(sight: Sight, cell: Token) -> bool:
    """Tell whether a number is one of several among the words of a remark under the list (``last token 4417 0082 3316``)."""
    numbers = [token for token in sight.tokens.within(cell.segment) if token.number is not None]
    words = sum(map(str.isalpha, sight.tokens.beside(cell.segment)))
    return len(numbers) >= REMARK_NUMBERS_MIN and words >= REMARK_LETTERS_MIN


def _cell(sight: Sight, table: Table, line: TableRow, columns: list[int]) -> Token | None:
    """Return the quantity that stands truest under the first of the columns that has one."""
    for index in columns:
        tokens = [t for t in line.cells.get(index, ()) if is_measure(t) and may_be_read(t)]
        if not tokens:
            continue
        box = table.columns[index].box
        if sight.lexicon.means(table.columns[index].text, "days"):
            # Two heads were read as one: what was used stands before its days.
            return tokens[0]
        return min(
            tokens,
            key=lambda t: min(abs(t.box.right - box.right), abs(t.box.left + t.box.right - box.left - box.right) / 2),
        )
    return None


def _title_unit(sight: Sight, table: Table) -> Unit | None:
    """Return the unit that the lines right over a table name."""
    first = min(table.header)
    left, right = table.columns[0].box.left - 20, table.columns[-1].box.right + 20
    for index in range(first - 1, max(first - 4, -1), -1):
        row = sight.row(table.page, index)
        for segment in row.segments if row else ():
            unit = unit_in(segment.text)
            if (
                unit in USAGE_UNITS
                and segment.box.right > left
                and segment.box.left < right
                and not sight.tokens.within(segment)
            ):
                return unit
    return None


def _power(text: str) -> bool:
    return unit_in(text) in POWER_UNITS


def _units_columns(sight: Sight, table: Table) -> list[int]:
    means, heads = sight.lexicon.means, enumerate(table.columns)
    told = [(i, one) for i, one in heads if unit_in(one.text) in USAGE_UNITS and not one.concepts & READS]
    return [i for i, one in told if not means(one.text, "per", "per_day", "average")]


def _services(sight: Sight, table: Table, context: Context, usage: list[int]) -> list[int]:
    """Return the columns of use where each is of another service (``KWH``, ``Water CCF``), none where there is only one."""
    units = {i: unit_in(table.columns[i].text) for i in sorted({*usage, *_units_columns(sight, table)})}
    told = {i: unit for i, unit in units.items() if unit in USAGE_UNITS}
    kinds = [
        COMMODITY_OF.get(unit) or commodity_in(sight, table.columns[i].text)
        for i, unit in told.items()
        if unit is not None
    ]
    if None in kinds and Commodity.GAS not in kinds and Commodity.WATER in context.counts:
        kinds[kinds.index(None)] = Commodity.WATER
    averaged = any(sight.lexicon.means(column.text, "per") for column in table.columns)
    whole = None not in kinds and len(kinds) == len(set(kinds)) > 1 and not averaged
    return list(told) if whole else []


def _parts(sight: Sight, table: Table, usage: list[int]) -> list[list[int]]:
    """Return the column indices of each side-by-side part; a part ends where the first head comes again."""
    moments = [
        i
        for i in range(len(table.columns))
        if table.columns[i].concepts & {"month_column", "read_date", "period", "period_end"}
    ]
    heads = [column.text.lower().split()[-1] if column.text.split() else "" for column in table.columns]
    if len(usage) > 1:
        starts = moments if len(moments) == len(usage) else [i for i, head in enumerate(heads) if head == heads[0]]
        if len(starts) > 1 and starts[0] == 0:
            edges = [*starts, len(table.columns)]
            parts = [list(range(a, b)) for a, b in pairwise(edges)]
            if all(sum(i in usage for i in part) == 1 for part in parts):
                return parts
    # Several quantities of one line: the total stands last, parts of it before.
    totals = [i for i in usage if sight.lexicon.means(table.columns[i].text, "total")]
    totals = totals or [max(usage, key=lambda i: _fitness(sight, table, i))]
    return [[i for i in range(len(table.columns)) if i not in usage or i == totals[-1]]]


def _fitness(sight: Sight, table: Table, index: int) -> tuple[int, bool, bool, int]:
    """Return how well a column suits past usage: filled on the dated lines, not with lengths of months, its unit in its head.

    Energy comes before the volume that it was made of.
    """
    cells = [
        token
        for line in table.body
        if any(t.when for cell in line.cells.values() for t in cell)
        for token in line.cells.get(index, ())[:1]
        if is_measure(token)
    ]
    days = (
        len(cells) >= 6
        and all(26 <= token.value <= 36 for token in cells)
        and sight.lexicon.means(table.columns[index].text, "days")
    )
    unit = unit_in(table.columns[index].text)
    return 0 if days else len(cells), unit in USAGE_UNITS, unit in ENERGY_UNITS, -index


def _moment(table: Table, line: TableRow, columns: list[int]) -> date | None:
    left = table.columns[0].box.left - LEAD_POINTS  # what stands left of that is a line of another list
    tokens = [t for i in columns for t in line.cells.get(i, ()) if t.when and t.box.right > left]
    if not tokens:
        return None
    whole = [t for t in tokens if t.day]
    if len(whole) >= 2 and (whole[1].day or date.min) > (whole[0].day or date.min):
        return month_of_token(whole[1])
    first = month_of_token(tokens[0]) or (month_of_token(whole[0]) if whole else None)
    last = month_of_token(tokens[1]) if len(tokens) > 1 and tokens[1].segment is tokens[0].segment else None
    return max(first, last) if first is not None and last is not None and not whole else first


def _money_like(token: Token) -> bool:
    number = token.number
    return number is not None and number.decimals == 2


def _column_unit(table: Table, usage: list[int], columns: list[int], cell: Token) -> Unit | None:
    if cell.number and cell.number.unit:
        return cell.number.unit
    for index in columns:
        if index in usage and (unit := unit_in(table.columns[index].text)):
            return unit
    return unit_in(" ".join(column.text for column in table.columns if "kw" not in column.text.lower().split()))


def _continued(sight: Sight, table: Table, number: int, months: list[PastMonth]) -> Iterator[PastMonth]:
    """Yield the lines of the same table on the following pages, which repeat no heads."""
    if not months:
        return
    usage = [m.quantity.box for m in months if m.quantity]
    left, right = min(b.left for b in usage) - 4, max(b.right for b in usage) + 4
    costs = [m.cost.box for m in months if m.cost]
    last = max(len(s.rows) for s in sight.sheets if s.page.number == table.page)
    if table.body[-1].row.index < last - 5:
        return
    for sheet in sight.sheets:
        if sheet.page.number <= table.page:
            continue
        for row in sheet.rows:
            tokens = sight.tokens.on(row)
            day = next((t for t in tokens if t.day), None)
            cell = next((t for t in tokens if is_measure(t) and left <= t.box.left and t.box.right <= right), None)
            if day is None or cell is None or day.day is None or len(tokens) < 3:
                continue
            cost = next(
                (t for t in tokens if costs and _money_like(t) and abs(t.box.right - costs[0].right) < 12), None
            )
            yield PastMonth(
                day.day.replace(day=1), cell, months[0].unit, months[0].commodity, cost, sheet.page.number, number
            )


def _past(context: Context, cell: Cell, table: int) -> PastMonth | None:
    commodity = context.unit_commodity(cell.unit, cell.token.page, cell.token.row)
    if commodity is None:
        return None
    page = cell.token.page
    return PastMonth(cell.month, cell.token, cell.unit, commodity, cell.cost, page, table, cell.score, cell.parts)


def _once(found: list[PastMonth]) -> list[PastMonth]:
    kept: list[PastMonth] = []
    for month in found:
        if not any(_same(month, other) for other in kept):
            kept.append(month)
    return kept


def _same(one: PastMonth, other: PastMonth) -> bool:
    return (
        one.month == other.month and one.commodity is other.commodity and one.unit is other.unit
        and (one.quantity.value if one.quantity else None) == (other.quantity.value if other.quantity else None)
        and one.table != other.table
    )  # fmt: skip
