"""Meters by day: lines of a day and a reading, whose steps make a printed usage, and reads in columns headed by their days."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import TypeAlias

from domain.quantity import Commodity, Unit
from domain.reading import UsageKind
from services.parser.understand.fields.context import read_context
from services.parser.understand.fields.guess import is_count, is_day, is_money
from services.parser.understand.layout.labels import Label
from services.parser.understand.layout.rows import Row, Sheet, overlap
from services.parser.understand.layout.tables import Table, TableRow
from services.parser.understand.layout.tokens import Token
from services.parser.understand.metering.registers import (
    MeterRead,
    Register,
    is_measure,
    is_quantity,
    kind_by_unit,
    kind_of,
    read_kind_of,
    sum_of,
    unit_in,
    unsigned,
    volume_over,
)
from services.parser.understand.naming.identifiers import Identifier, read_identifier
from services.parser.understand.sight import Sight
from services.parser.understand.values.units import ENERGY_UNITS, POWER_UNITS, USAGE_UNITS, VOLUME_UNITS

EDGE_POINTS = 6.0
ROWS_APART = 3
USAGE_ROWS = 16
"""The usage stands at most so many lines from the list."""
DIGITS_MIN, NUMBER_DIGITS_MIN = 2, 3
HEADS_BESIDE = frozenset({"meter_number", "usage", "difference"})
"""What the other heads name where two days head columns of reads."""
_FACTOR = re.compile(r"\s*[x×*]\s*\d")
REGISTERS_MAX = 6
LINE_GAP_HEIGHTS = 1.6
SCALES, SCALED_MIN = (1, 2, 3), 10
"""Water meters count tens, hundreds or thousands of what is billed; smaller steps make other numbers of a line by chance."""
CHAIN_MIN = 3
"""So many periods, each from the last read of the one before, are a list."""
COLUMN_POINTS = 26.0
"""A read shares an edge or the middle with its day within this distance."""


@dataclass(frozen=True, slots=True)
class Line:
    """One reading: its day, its number, and the other words of its line. ``day`` is None where no year is printed."""

    row: Row
    day: date | None
    when: Token
    read: Token
    words: str


def of_lists(sight: Sight) -> Iterator[MeterRead]:
    """Yield meters from lists of dated readings that a usage printed near them proves."""
    for sheet in sight.sheets:
        run: list[Line] = []
        for row in sheet.rows:
            line = _line(sight, row)
            if line is None:
                continue
            if run and (
                row.index - run[-1].row.index > ROWS_APART
                or abs(line.read.box.right - run[-1].read.box.right) > EDGE_POINTS
            ):
                yield from _meter(sight, run)
                run = []
            run.append(line)
        yield from _meter(sight, run)


def of_day_columns(sight: Sight) -> Iterator[MeterRead]:
    """Yield meters whose reads stand in two columns that only the days of reading head, where the line's use proves them."""
    for sheet in sight.sheets:
        for head in sheet.rows:
            days = [t for t in sight.tokens.on(head) if is_day(t) and t.text == t.segment.text.strip()]
            named = [one for one in sight.labels.on(head.page, head.index) if one.concept in HEADS_BESIDE]
            if len(days) != 2 or not (named or _named_above(sight, sheet, head)) or days[0].text == days[1].text:
                continue
            meters: dict[str, list[tuple[Identifier | None, Register]]] = {}
            for register in _under_days(sight, sheet, head, days):
                number = _number_of_columns(sheet.rows[register.row], named)
                meters.setdefault(number.squeezed if number else next(reversed(meters), ""), []).append(
                    (number, register)
                )
            for found in meters.values():
                number, register = found[0]
                newer = register.current
                first, last = days if newer is not None and _under(newer, days[1]) else reversed(days)
                words = " ".join(s.text for s in sheet.rows[register.row].segments)
                registers = tuple(one for _, one in found)
                yield MeterRead(number, registers, (first, last), kind=read_kind_of(sight, words))


def _named_above(sight: Sight, sheet: Sheet, head: Row) -> bool:
    """Tell whether the line right over two days goes on with heads of a meter's line (``Reading on`` over ``Oct 10``)."""
    above = sheet.rows[head.index - 1] if head.index else None
    return (
        above is not None
        and head.box.top - above.box.bottom <= LINE_GAP_HEIGHTS * head.height
        and any(label.concept in HEADS_BESIDE for label in sight.labels.on(above.page, above.index))
    )


def _under_days(sight: Sight, sheet: Sheet, head: Row, days: Sequence[Token]) -> Iterator[Register]:
    above = head
    for row in sheet.rows[head.index + 1 : head.index + 1 + REGISTERS_MAX]:
        if row.box.top - above.box.bottom > LINE_GAP_HEIGHTS * row.height:
            return
        register = _of_day_line(sight, head, days, row)
        if register is None and above is head and not any(map(is_measure, sight.tokens.on(row))):
            above = row  # a second line of heads, as how each reading was taken
            continue
        if register is None:
            return
        yield register
        above = row


def _of_day_line(sight: Sight, head: Row, days: Sequence[Token], row: Row) -> Register | None:
    """Return the register of a line under two days: its reads, and the printed use that they make."""
    numbers = [t for t in sight.tokens.on(row) if is_measure(t)]
    reads = [next((t for t in numbers if t.number and t.number.unit is None and _under(t, day)), None) for day in days]
    if reads[0] is None or reads[1] is None or reads[0] is reads[1]:
        return None
    dated = days[0].day is not None and days[1].day is not None
    backwards = (days[0].day or date.min) > (days[1].day or date.min) if dated else reads[0].value > reads[1].value
    previous, current = (reads[1], reads[0]) if backwards else (reads[0], reads[1])
    rest = [_with_head_unit(head, t) for t in numbers if t.box.left > max(one.box.right for one in reads if one)]
    advance = current.value - previous.value
    measured = next((t for t in rest if abs(t.value - advance) <= (0 if advance == int(advance) else 1)), None)
    pairs = ((by, made) for by in rest for made in rest if made is not by and by.number and by.number.unit is None)
    times = [(by, made) for by, made in pairs if advance * by.value == made.value and made is not measured]
    multiplier, made = next(((by, made) for by, made in times if by.value > 1 and advance), (None, None))
    # What a multiplier makes stands behind the difference of the reads, with its unit.
    if measured is None or (made is not None and made.number and made.number.unit):
        multiplier, measured = (multiplier, made) if made is not None else next(iter(times), (None, None))
    else:
        multiplier = None
    if measured is None:
        scaled = {advance.scaleb(places) for places in SCALES if advance >= SCALED_MIN}
        measured = next((t for t in rest if t.value in scaled and _is_volume(sight, t)), None)
    if measured is None or measured.number is None or advance < 0:
        return None
    energies = [t for t in rest if t.number and t.number.unit in ENERGY_UNITS and t is not measured]
    usage = energies[0] if energies and measured.number.unit in VOLUME_UNITS else measured
    label = row.segments[0].text if row.segments[0].box.right < min(t.box.left for t in reads if t) else ""
    kind = kind_by_unit(sight, label, usage.number.unit if usage.number else None)
    return Register(
        label=label if kind is not UsageKind.TOTAL else "", kind=kind, unit=usage.number.unit if usage.number else None,
        page=row.page, row=row.index, previous=previous, current=current, multiplier=multiplier,
        difference=measured if usage is not measured else None, usage=usage, score=0.9,
    )  # fmt: skip


def _is_volume(sight: Sight, token: Token) -> bool:
    """Tell whether a number is a volume: by its unit, without one by what its place on the page speaks of."""
    unit = token.number.unit if token.number else None
    return unit in VOLUME_UNITS or (
        unit is None and read_context(sight).at(token.page, token.row) in (Commodity.WATER, Commodity.SEWER)
    )


def _under(token: Token, head: Token) -> bool:
    one, other = token.box, head.box
    middles = (one.left + one.right - other.left - other.right) / 2
    return min(abs(one.left - other.left), abs(one.right - other.right), abs(middles)) <= COLUMN_POINTS


def _with_head_unit(head: Row, token: Token) -> Token:
    """Return a number with the unit that the head of its column prints, where it has none of its own."""
    if token.number is None or token.number.unit is not None:
        return token
    over = next((s for s in head.segments if overlap(s.box, token.box) > -COLUMN_POINTS / 2 and unit_in(s.text)), None)
    return replace(token, number=replace(token.number, unit=unit_in(over.text))) if over is not None else token


def _number_of_columns(row: Row, named: Sequence[Label]) -> Identifier | None:
    """Return the meter's number: after its label among the heads, or under it at the beginning of the line."""
    for label in named:
        if label.concept != "meter_number":
            continue
        found = read_identifier(label.segment, label.end, NUMBER_DIGITS_MIN)
        if found:
            return Identifier(found[0], label.segment, found[1], 0.85, "after")
        first = row.segments[0]
        found = read_identifier(first, 0, NUMBER_DIGITS_MIN) if overlap(first.box, label.segment.box) > 0 else None
        if found:
            return Identifier(found[0], first, found[1], 0.9, "column")
    return None


def _line(sight: Sight, row: Row) -> Line | None:
    tokens = sight.tokens.on(row)
    days = [t for t in tokens if is_day(t)]
    if len(days) != 1:
        return None
    reads = [
        unsigned(t)
        for t in tokens
        if is_count(t) and t.box.left >= days[0].box.right and len(re.sub(r"\D", "", t.text)) >= DIGITS_MIN
    ]
    numbers = [t for t in tokens if t.number is not None and t.box.left >= days[0].box.right]
    if len(reads) != 1 or len(numbers) != 1 or (reads[0].number is not None and reads[0].number.unit is not None):
        return None
    words = " ".join(s.text for s in row.segments if s is not days[0].segment and s is not reads[0].segment)
    return Line(row, days[0].day, days[0], reads[0], words)


def _meter(sight: Sight, run: Sequence[Line]) -> Iterator[MeterRead]:
    """Yield the meter of a list: one pair of lines, or a pair of lines for each register."""
    groups: dict[str, list[Line]] = {}
    for line in run:
        groups.setdefault(line.words, []).append(line)
    pairs = list(groups.values()) if all(len(group) == 2 for group in groups.values()) else [list(run)]
    if not run or any(len(pair) != 2 for pair in pairs):
        return
    registers = []
    for pair in pairs:
        old, new = _in_time(pair)
        if new.read.value < old.read.value or new.when.text == old.when.text:
            return
        label = new.words if len(pairs) > 1 else ""
        kind = kind_of(sight, label) if label else UsageKind.TOTAL
        registers.append(
            Register(
                label=label, kind=kind, unit=None, page=new.row.page, row=new.row.index, previous=old.read, current=new.read,
                score=0.85,
            )
        )  # fmt: skip
    used = sum((register.advance or Decimal(0) for register in registers), Decimal(0))
    usage, multiplier = _printed(sight, run, used), None
    if usage is None and len(registers) == 1:
        usage, multiplier = _times(sight, run, used) or (None, None)
    if usage is None or usage.number is None:
        return
    unit = usage.number.unit
    ends = _in_time((run[0], run[-1]))
    made = tuple(
        Register(
            label=r.label, kind=r.kind, unit=unit, page=r.page, row=r.row, previous=r.previous, current=r.current,
            multiplier=multiplier, usage=usage if len(registers) == 1 else None, score=0.9,
        )
        for r in registers
    )  # fmt: skip
    yield MeterRead(None, made, (ends[0].when, ends[1].when), kind=read_kind_of(sight, ends[1].words))


def _in_time(pair: Sequence[Line]) -> list[Line]:
    """Return two readings, the older first: by their days, or by how far the meter went where days print no year."""
    one, other = pair
    if one.day is not None and other.day is not None and one.day != other.day:
        return sorted(pair, key=lambda line: line.day or date.min)
    return sorted(pair, key=lambda line: line.read.value)


def _printed(sight: Sight, run: Sequence[Line], used: Decimal) -> Token | None:
    """Return the usage printed near a list that its steps make."""
    first, last = run[0].row.index, run[-1].row.index
    for index in range(max(first - USAGE_ROWS, 0), last + USAGE_ROWS):
        row = sight.row(run[0].row.page, index)
        for token in sight.tokens.on(row) if row is not None else ():
            number = token.number
            if number is None or number.per or number.value != used:
                continue
            if number.unit in USAGE_UNITS:
                return token
            named = [one for one in sight.labels.on(token.page, token.row) if one.concept in ("usage", "difference")]
            if _FACTOR.match(token.segment.text[token.end :]):
                continue  # what a factor makes of it stands behind (``in megajoules (55 x 17.27)``)
            unit = next((u for one in named if (u := unit_in(one.segment.text)) in USAGE_UNITS), None)
            unit = unit or (volume_over(sight, run[0].read) if named else None)
            if unit is not None and is_count(token) and not number.currency:
                return replace(token, number=replace(number, unit=unit))
    return None


def _times(sight: Sight, run: Sequence[Line], used: Decimal) -> tuple[Token, Token] | None:
    """Return the usage that a multiplier near a list makes of its step, and the multiplier."""
    first, last = run[0].row.index, run[-1].row.index
    for index in range(max(first - ROWS_APART, 0), last + USAGE_ROWS):
        row = sight.row(run[0].row.page, index)
        named = [one for one in sight.labels.on(run[0].row.page, index) if one.concept == "multiplier"]
        for token in sight.tokens.on(row) if row is not None and named else ():
            made = _printed(sight, run, used * token.value) if is_count(token) and token.value > 1 and used else None
            if made is not None and token.box.left > named[0].box.left:
                return made, token
    return None


Link: TypeAlias = tuple[TableRow, Token, Token]
"""A line of a list of periods with its older and its newer read."""


def links(table: Table) -> list[Link]:
    """Return the lines of a list of periods, newest first; none for other tables.

    Each period of the past, or each month of a year, begins with the read that the one before it ended with.
    """
    found = [
        (line, olds[0], news[0])
        for line in table.body
        if len(olds := _reads_under(table, line, "previous_read")) == 1
        and len(news := _reads_under(table, line, "current_read")) == 1
    ]
    runs: list[list[Link]] = [[]]
    for order in (found, found[::-1]):
        runs.append([])
        for link in order:
            if runs[-1] and runs[-1][-1][1].value != link[2].value:
                runs.append([])
            runs[-1].append(link)
    chain = max(runs, key=len)
    return chain if len(chain) >= CHAIN_MIN and chain[0][2].value > chain[-1][1].value else []


def all_billed(sight: Sight, table: Table, chain: Sequence[Link]) -> bool:
    """Tell whether other lines charge what was used in each period: they are of one bill, within which prices changed."""
    own = {(table.page, line.row.index) for line, _, _ in chain}
    return {newer.value - older.value for _, older, newer in chain} <= set(_charged(sight, own))


def charged_alone(sight: Sight, older: MeterRead, newer: MeterRead) -> bool:
    """Tell whether other lines charge what the newest line of a meter counts, and nothing that lines before it are part of."""
    own = {(register.page, register.row) for read in (older, newer) for register in read.registers}
    charged = set(_charged(sight, own))
    before, now = sum_of(older) or Decimal(0), sum_of(newer) or Decimal(0)
    return now in charged and not {before, before + now, *(register.value for register in older.registers)} & charged


def _charged(sight: Sight, own: set[tuple[int, int]]) -> Iterator[Decimal]:
    """Yield the quantities of the lines of money, except some lines."""
    for sheet in sight.sheets:
        for row in sheet.rows:
            tokens = sight.tokens.on(row)
            if (row.page, row.index) not in own and any(map(is_money, tokens)):
                yield from (token.value for token in tokens if is_quantity(token))


def _reads_under(table: Table, line: TableRow, concept: str) -> list[Token]:
    cells = (token for index in table.columns_of(concept) for token in line.cells.get(index, ()))
    return [token for token in cells if token.number is not None and is_measure(token)]


def of_chain(table: Table, chain: Sequence[Link]) -> MeterRead | None:
    """Return the meter of a list of periods: from its first read to its last where a line sums them up, else its newest line."""
    (newest, newer, current), (_, previous, _) = chain[0], chain[-1]
    made = current.value - previous.value
    told = {line.row.index for line, _, _ in chain}
    for line in table.body:
        used = [t for i in table.columns_of("usage") for t in line.cells.get(i, ()) if is_measure(t)]
        if line.row.index not in told and len(used) == 1 and used[0].value == made:
            unit, row = _unit_of(table, used[0]), line.row.index
            register = Register("", UsageKind.TOTAL, unit, table.page, row, previous, current, usage=used[0])
            return MeterRead(None, (register, *_demands_of(table, line)))
    used = [t for i in table.columns_of("usage") for t in newest.cells.get(i, ()) if is_measure(t)]
    usage = next((t for t in used if t.value == current.value - newer.value), None)
    days = tuple(t for cell in newest.cells.values() for t in cell if is_day(t))
    if usage is None:
        return None
    unit = _unit_of(table, usage)
    return MeterRead(
        None,
        (Register("", UsageKind.TOTAL, unit, table.page, newest.row.index, newer, current, usage=usage),),
        days[-2:],
    )


def _unit_of(table: Table, token: Token) -> Unit | None:
    if token.number is not None and token.number.unit is not None:
        return token.number.unit
    heads = (
        table.columns[i].text
        for i in table.columns_of("usage")
        for line in table.body
        if token in line.cells.get(i, ())
    )
    return next((unit for head in heads if (unit := unit_in(head)) is not None), None)


def _demands_of(table: Table, line: TableRow) -> Iterator[Register]:
    """Yield the highest power of a year that its last line tells."""
    for index in table.columns_of("demand"):
        unit = unit_in(table.columns[index].text)
        for token in line.cells.get(index, ()):
            if unit in POWER_UNITS and is_measure(token):
                yield Register(
                    table.columns[index].text, UsageKind.DEMAND, unit, table.page, line.row.index, usage=token
                )
