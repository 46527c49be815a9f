"""Meters in blocks: lines of labels and values, columns of values a meter, sums across the page, and sentences.

A block is what stands about one meter's reads: the lines from its number to its usage. Each number takes its hints from the
labels before it on its line, else from those over or under it; which number is what is then solved.
"""

import itertools
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from domain.quantity import Unit
from domain.reading import UsageKind
from services.parser.understand.fields.guess import is_day
from services.parser.understand.layout.labels import Label, is_prose
from services.parser.understand.layout.rows import Row, Segment, Sheet, overlap
from services.parser.understand.layout.tokens import Token
from services.parser.understand.metering.registers import (
    MeterRead,
    Register,
    is_measure,
    kind_of,
    read_kind_of,
    unit_in,
    unsigned,
)
from services.parser.understand.metering.solve import READ_HINTS, Cell, Solution, solve, solve_each
from services.parser.understand.naming.identifiers import Identifier, read_identifier
from services.parser.understand.sight import Sight
from services.parser.understand.values.units import POWER_UNITS, USAGE_UNITS

METER_WORDS = frozenset(
    {"meter_number", "previous_read", "current_read", "difference", "multiplier", "therm_factor", "usage", "demand"}
)
NAMED_THINGS = frozenset({"service_point", "account", "customer", "invoice"})
LABEL_WEIGHT_MIN = 0.3
LABEL_REACH_POINTS = 560.0
BLOCK_GAP_POINTS = 34.0
"""Lines of one block stand at most this far apart."""
BLOCK_ROWS_MAX = 14
ABOVE_ROWS = 3
SILENT_ROWS = 2
HEADING_WEIGHT = 0.2
COLUMN_POINTS = 26.0
"""Values of one meter share an edge or their middle within this distance."""
LANE_POINTS = 120.0
"""Meters side by side stand in columns of the page at least so wide."""
DIGITS_MIN = 3
OVER_ROWS = 2
SENTENCE_WORDS = 8


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a block: its labels and its numbers within the block's width."""

    row: Row
    labels: tuple[Label, ...]
    tokens: tuple[Token, ...]


_REGISTER_CODE = re.compile(r"[A-Z]{0,3}\s?\d{1,2}$")
"""What the registers of one meter are called where they have no words of their own: P1, F2, T3."""


def of_blocks(sight: Sight) -> Iterator[MeterRead]:
    """Yield the meters whose reads stand in lines, columns or sentences."""
    for sheet in sight.sheets:
        for block in _blocks(sight, sheet):
            columns = list(_columns(sight, block))
            if columns:
                yield from columns
                continue
            for lane in _lanes(block):
                read = _of_lines(sight, lane)
                if read is not None:
                    yield read


def _blocks(sight: Sight, sheet: Sheet) -> Iterator[list[Line]]:
    """Yield the blocks of a page: about each line that names a read the lines that belong to it, parted where a meter ends."""
    lines = [line_of(sight, row) for row in sheet.rows]
    free = 0
    at = 0
    while at < len(lines):
        if not _names_read(lines[at]):
            at += 1
            continue
        first = _opening(lines, at, free)
        last = _closing(lines, at)
        yield lines[first : last + 1]
        at = free = last + 1


def line_of(sight: Sight, row: Row) -> Line:
    """Return a row with the labels of meters and the numbers on it."""
    labels = sight.labels.on(row.page, row.index)
    mine = tuple(label for label in labels if label.concept in METER_WORDS and label.weight >= LABEL_WEIGHT_MIN)
    return Line(row, mine, sight.tokens.on(row))


def _names_read(line: Line) -> bool:
    return any(label.concept in READ_HINTS for label in line.labels)


def _opening(lines: Sequence[Line], at: int, free: int) -> int:
    """Return the first line of a block: up to the meter's number, or to the figures over their captions."""
    first = at
    for index in range(at - 1, max(at - 1 - ABOVE_ROWS, free - 1), -1):
        line = lines[index]
        if lines[index + 1].row.box.top - line.row.box.bottom > BLOCK_GAP_POINTS:
            break
        if any(label.concept == "meter_number" and label.weight > HEADING_WEIGHT for label in line.labels) or (
            index == at - 1 and any(token.number for token in line.tokens)
        ):
            first = index
    return first


def _closing(lines: Sequence[Line], at: int) -> int:
    """Return the last line of a block: before the next meter's number or reads, or where lines speak of something else."""
    last, silent = at, 0
    reads = {label.concept for label in lines[at].labels if label.concept in READ_HINTS}
    used, edge = False, min(label.box.left for label in lines[at].labels)
    for index in range(at + 1, min(at + BLOCK_ROWS_MAX, len(lines))):
        line = lines[index]
        concepts = {label.concept for label in line.labels}
        if line.row.box.top - lines[index - 1].row.box.bottom > BLOCK_GAP_POINTS:
            break
        if any(label.concept == "meter_number" and _number_after(label) for label in line.labels) and len(reads) > 1:
            break
        if used and "previous_read" in concepts:
            break
        used = used or ("usage" in concepts and len(reads) > 1 and bool(line.tokens))
        reads |= concepts & READ_HINTS
        aside = all(segment.box.right < edge for segment in line.row.segments)  # of another lane, as a chart's axis is
        if not aside:
            silent = 0 if concepts else silent + 1
        if silent > SILENT_ROWS:
            break
        last = index if concepts or any(is_prose(s) for s in line.row.segments) else last
    return last


def _number_after(label: Label) -> tuple[str, object] | None:
    return read_identifier(label.segment, label.end, DIGITS_MIN)


def _of_lines(sight: Sight, block: Sequence[Line]) -> MeterRead | None:
    cells = [cell for line in block for cell in _cells(sight, line)]
    found = [(one, _words_before(sight, one.current)) for one in solve_each(cells)]
    if not found:
        return None
    kinds = [kind_of(sight, label) for _, label in found]
    solution = found[kinds.index(UsageKind.TOTAL)][0] if UsageKind.TOTAL in kinds else found[0][0]
    own = [line.row for line in block if line.row.index == solution.current.row]
    words = " ".join(segment.text for row in own for segment in row.segments)
    read = read_of(sight, solution, _given(sight, solution), _days_of(block, solution))
    if len(found) > 1 and UsageKind.TOTAL not in kinds and len(set(kinds)) == len(kinds):
        read = replace(read, registers=tuple(read_of(sight, one, label).registers[0] for one, label in found))
    number = _number_in(block, solution)
    return replace(read, number=number, kind=read_kind_of(sight, words))


def _words_before(sight: Sight, read: Token) -> str:
    """Return the words that lead to a read on its line: of its own segment, else of the one before it."""
    row = sight.row(read.page, read.row)
    before = row.segments[read.segment.index - 1].text if row and read.segment.index else ""
    return read.segment.text[: read.start].strip() or before


def _days_of(block: Sequence[Line], solution: Solution) -> tuple[Token, ...]:
    """Return the days of the two reads, older first: on lines of their own, the day nearest to each read."""
    rows = (solution.previous.row, solution.current.row)
    days = [t for line in block for t in line.tokens if is_day(t) and t.row in rows]
    if rows[0] != rows[1]:
        near = [
            min((t for t in days if t.row == read.row), key=lambda t: _apart(t, read), default=None)
            for read in (solution.previous, solution.current)
        ]
        days = [day for day in near if day is not None]
    if not all(day.day for day in days):
        # Days without a year stand beside their own reads: the older read's first.
        return tuple(days) if len(days) == 2 and rows[0] != rows[1] else ()
    ordered = tuple(sorted(days, key=lambda token: token.day or date.min))[:2]
    return ordered if len(ordered) == 2 else ()


def _apart(one: Token, other: Token) -> float:
    """Return how far two tokens of a line stand apart [points]."""
    return max(one.box.left - other.box.right, other.box.left - one.box.right)


def _given(sight: Sight, solution: Solution) -> str:
    """Return the words right before the usage of a register where they say that it counts what is given to the network."""
    usage = solution.usage
    words = usage.segment.text[: usage.start].strip(" :") if usage is not None else ""
    return words if sight.lexicon.means(words, "generated", "export") else ""


def _lanes(block: Sequence[Line]) -> list[list[Line]]:
    """Return a block parted into the columns of the page whose lines begin with meters' numbers side by side, else as it is."""
    for line in block:
        heads = [label for label in line.labels if label.concept == "meter_number" and _number_after(label)]
        edges = [label.segment.box.left for label in heads if label.start == 0]
        if len(edges) > 1 and all(b - a > LANE_POINTS for a, b in itertools.pairwise(edges)):
            bounds = [-math.inf, *(edge - COLUMN_POINTS / 2 for edge in edges[1:]), math.inf]
            return [[_within(line, *pair) for line in block] for pair in itertools.pairwise(bounds)]
    return [list(block)]


def _within(line: Line, left: float, right: float) -> Line:
    """Return the part of a line whose segments begin between two edges [points]."""
    segments = tuple(s for s in line.row.segments if left <= s.box.left < right)
    own = {id(segment) for segment in segments}
    return Line(
        replace(line.row, segments=segments),
        tuple(label for label in line.labels if id(label.segment) in own),
        tuple(token for token in line.tokens if id(token.segment) in own),
    )


def _cells(sight: Sight, line: Line) -> Iterator[Cell]:
    """Yield the numbers of a line with the labels since the last number before them; else those over or under them."""
    numbers = [token for token in line.tokens if token.number is not None and not _names_thing(sight, token)]
    everything = [
        label
        for label in sight.labels.on(line.row.page, line.row.index)
        if label.segment in line.row.segments and not any(_inside(label, token) for token in numbers)
    ]
    last = line.row.box.left - 1.0
    for token in numbers:
        before = [
            label
            for label in everything
            if last <= label.box.left and -1 <= token.box.left - label.box.right < LABEL_REACH_POINTS
        ]
        if is_measure(token):
            last = token.box.right - 1
        hints = frozenset(label.concept for label in before)
        if not hints & METER_WORDS:
            hints = _hints_over(sight, line, token) or hints
        number = token.number
        if hints or len(token.segment.words) >= SENTENCE_WORDS or (number is not None and number.unit in USAGE_UNITS):
            yield Cell(unsigned(token) if hints & READ_HINTS else token, hints)


def _names_thing(sight: Sight, token: Token) -> bool:
    """Tell whether a number is a part of what its text names: a point of service, an account, a bill."""
    concepts = [(one.concept, one.start) for one in sight.labels.within(token.segment)]
    return not any(concept in READ_HINTS for concept, _ in concepts) and any(
        concept in NAMED_THINGS and start < token.start for concept, start in concepts
    )


def _inside(label: Label, token: Token) -> bool:
    """Tell whether the label is only the unit of the number."""
    return label.segment is token.segment and token.start <= label.start < token.end


def _hints_over(sight: Sight, line: Line, token: Token) -> frozenset[str]:
    """Return the labels over a number, or where there are none its captions under it."""
    for steps in (range(-1, -1 - OVER_ROWS, -1), range(1, 1 + OVER_ROWS)):
        for step in steps:
            labels = sight.labels.on(line.row.page, line.row.index + step)
            row = sight.row(line.row.page, line.row.index + step)
            if (
                row is None
                or min(abs(row.box.top - line.row.box.bottom), abs(line.row.box.top - row.box.bottom))
                > 2.2 * row.height
            ):
                break
            found = frozenset(label.concept for label in labels if overlap(label.segment.box, token.box) > 0)
            if found:
                return found
    return frozenset()


def _number_in(block: Sequence[Line], solution: Solution) -> Identifier | None:
    """Return the meter's number: the first that a label in the block names."""
    values = {id(solution.previous), id(solution.current)}
    for line in block:
        for label in line.labels:
            if label.concept != "meter_number":
                continue
            found = read_identifier(label.segment, label.end, DIGITS_MIN)
            if found:
                return Identifier(found[0], label.segment, found[1], 0.85, "after")
            following = line.row.segments[label.segment.index + 1 :][:1]
            for segment in following:
                read = read_identifier(segment, 0, DIGITS_MIN)
                if read and not any(id(t) in values for t in line.tokens if t.segment is segment):
                    return Identifier(read[0], segment, read[1], 0.85, "right")
    return None


def read_of(sight: Sight, solution: Solution, label: str, days: tuple[Token, ...] = ()) -> MeterRead:
    """Return the meter of a solution, its register called by a label."""
    usage = solution.usage
    unit = usage.number.unit if usage is not None and usage.number else None
    if unit is None:
        # Reads print their own unit where the line of the usage goes on to the energy that is made of it.
        unit = solution.current.number.unit if solution.current.number else None
    if unit is None and usage is not None:
        unit = unit_in(usage.segment.text) or _unit_beside(sight, usage)
    unit = None if unit in POWER_UNITS else unit
    kind = kind_of(sight, label) if label else UsageKind.TOTAL
    register = Register(
        label=label, kind=kind, unit=unit, page=solution.previous.page, row=min(solution.previous.row, solution.current.row),
        previous=solution.previous, current=solution.current, multiplier=solution.multiplier,
        difference=solution.difference, factor=solution.factor, usage=usage, score=0.9 if solution.proved else 0.75,
    )  # fmt: skip
    return MeterRead(None, (register,), days)


def _unit_beside(sight: Sight, usage: Token) -> Unit | None:
    """Return the unit in the words right before a usage on its line (``Therms used | 43.04``)."""
    row = sight.row(usage.page, usage.row)
    before = row.segments[: usage.segment.index][-1:] if row else ()
    return next((unit for segment in before if (unit := unit_in(segment.text)) in USAGE_UNITS), None)


def _columns(sight: Sight, block: Sequence[Line]) -> Iterator[MeterRead]:
    """Yield the meters of a block that has a column a meter, or a column a register of one."""
    anchors = next(
        (_leading(sight, line) for line in block if len(_leading(sight, line)) > 1 and _names_read(line)), []
    )
    if len(anchors) < 2 or sum(len(_leading(sight, line)) == len(anchors) for line in block) < 2:
        return
    found: list[tuple[Identifier | None, str, MeterRead]] = []
    for anchor in anchors:
        cells: list[Cell] = []
        for line in block:
            hints = frozenset(label.concept for label in sight.labels.on(line.row.page, line.row.index))
            near = [t for t in line.tokens if t.number and _shares(t, anchor)]
            cells.extend(Cell(token, hints) for token in near[:1])
        solution = solve(cells)
        if solution is None and len(cells) > 1 and len({cell.token.value for cell in cells}) == 1:
            continue  # a register that stood still
        if solution is None:
            return
        heads = [_head(line, anchor) for line in block if line.row.index < anchor.row]
        words = next((s.text for s in reversed(heads) if s is not None and any(c.isalpha() for c in s.text)), "")
        label = words if kind_of(sight, words) is not UsageKind.TOTAL or _REGISTER_CODE.match(words) else ""
        found.append((_number_of(block, anchor), label, read_of(sight, solution, label)))
    own = [number for number, _, _ in found if number is not None]
    if len(own) >= len(found):
        yield from (replace(read, number=number) for number, _, read in found)
    elif all(label for _, label, _ in found):
        registers = tuple(register for _, _, read in found for register in read.registers)
        yield MeterRead(own[0] if own else None, registers)
    else:
        yield from (replace(read, number=number) for number, _, read in found)


def _leading(sight: Sight, line: Line) -> list[Token]:
    """Return the numbers of a line that only one label at its beginning names."""
    tokens = [t for t in line.tokens if t.number and is_measure(t)]
    labels = [
        label
        for label in sight.labels.on(line.row.page, line.row.index)
        if not any(_inside(label, token) for token in tokens)
    ]
    if not labels or not tokens or max(label.box.left for label in labels) > tokens[0].box.left:
        return []
    return tokens


def _shares(token: Token, anchor: Token) -> bool:
    one, other = token.box, anchor.box
    gaps = (one.left - other.left, one.right - other.right, (one.left + one.right - other.left - other.right) / 2)
    return min(map(abs, gaps)) <= COLUMN_POINTS and abs(one.right - other.right) < 3 * COLUMN_POINTS


def _head(line: Line, anchor: Token) -> Segment | None:
    return next((s for s in line.row.segments if overlap(s.box, anchor.box) > -4), None)


def _number_of(block: Sequence[Line], anchor: Token) -> Identifier | None:
    """Return the number of the meter in a column: that on the line of meter numbers, or the head of the column."""
    for line in block:
        named = any(label.concept == "meter_number" for label in line.labels)
        if line.row.index >= anchor.row and not named:
            continue
        segment = _head(line, anchor)
        read = read_identifier(segment, 0, DIGITS_MIN) if segment is not None else None
        if named and segment is not None and read:
            return Identifier(read[0], segment, read[1], 0.85, "column")
    return None
