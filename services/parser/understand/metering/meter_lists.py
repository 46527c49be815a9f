"""Meters in lists: lines of a day and a reading, whose steps make a printed usage; a pair of lines a register."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from domain.reading import UsageKind
from services.parser.understand.fields.guess import is_count
from services.parser.understand.layout.rows import Row
from services.parser.understand.layout.tokens import Token
from services.parser.understand.metering.registers import MeterRead, Register, kind_of, read_kind_of
from services.parser.understand.sight import Sight
from services.parser.understand.values.units import USAGE_UNITS

EDGE_POINTS = 6.0
ROWS_APART = 3
USAGE_ROWS = 16
"""The usage stands at most so many lines from the list."""
DIGITS_MIN = 2


@dataclass(frozen=True, slots=True)
class Line:
    """One reading: its day, its number, and the other words of its line."""

    row: Row
    day: date
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


def _line(sight: Sight, row: Row) -> Line | None:
    tokens = sight.tokens.on(row)
    days = [t for t in tokens if t.day is not None]
    if len(days) != 1 or days[0].day is None:
        return None
    reads = [
        t
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
        old, new = sorted(pair, key=lambda line: line.day)
        if new.read.value < old.read.value or new.day == old.day:
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
    usage = _printed(sight, run, used)
    if usage is None or usage.number is None:
        return
    unit = usage.number.unit
    ends = sorted((run[0], run[-1]), key=lambda line: line.day)
    made = tuple(
        Register(
            label=r.label, kind=r.kind, unit=unit, page=r.page, row=r.row, previous=r.previous, current=r.current,
            usage=usage if len(registers) == 1 else None, score=0.9,
        )
        for r in registers
    )  # fmt: skip
    yield MeterRead(None, made, (ends[0].when, ends[1].when), kind=read_kind_of(sight, ends[1].words))


def _printed(sight: Sight, run: Sequence[Line], used: Decimal) -> Token | None:
    """Return the usage printed near a list that its steps make."""
    first, last = run[0].row.index, run[-1].row.index
    for index in range(max(first - USAGE_ROWS, 0), last + USAGE_ROWS):
        row = sight.row(run[0].row.page, index)
        for token in sight.tokens.on(row) if row is not None else ():
            number = token.number
            if number is not None and number.unit in USAGE_UNITS and not number.per and number.value == used:
                return token
    return None
