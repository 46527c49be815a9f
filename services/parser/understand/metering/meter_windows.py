"""Meters by windows: reads found because they make a printed use, near a number, line by line a time of day, or stacked."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import accumulate, pairwise

from domain.quantity import Unit
from domain.reading import UsageKind
from services.parser.understand.fields.guess import is_count
from services.parser.understand.layout.columns import READS
from services.parser.understand.layout.labels import Label, name_text
from services.parser.understand.layout.rows import Row, Segment
from services.parser.understand.layout.tables import Table, TableRow
from services.parser.understand.layout.tokens import MONEY_DECIMALS, Token
from services.parser.understand.metering.agreement import READ_MIN
from services.parser.understand.metering.meter_blocks import DIGITS_MIN, line_of, read_of
from services.parser.understand.metering.registers import MeterRead, Register, is_measure, kind_of, unit_in
from services.parser.understand.metering.solve import READ_HINTS, Cell, solve
from services.parser.understand.naming.identifiers import Identifier, read_identifier
from services.parser.understand.sight import Sight
from services.parser.understand.values.units import USAGE_UNITS

WINDOW_ROWS = 10
"""Reads without known words are looked for so many lines from a meter's number."""

ENTRIES_MIN = 2
"""So many entries of a list show that their readings are stacked."""
PARTS_MIN = 2
"""A sum has so many parts."""
DAYS = ("period", "period_start", "period_end", "read_date")
TIMES_MIN = 2
ARROW_ROWS, ARROW_POINTS = 5, 12.0
"""A meter's number stands so many lines over its reads, and its use so many under them."""
_ARROW = re.compile(r"\s*(?:[→⟶➔➜⇒]|[-–=]>)\s*")


def of_windows(sight: Sight) -> Iterator[MeterRead]:
    """Yield the meters near whose numbers two numbers stand whose difference makes a printed use."""
    taken: list[Token] = []
    for label in sight.labels.of("meter_number"):
        number = read_identifier(label.segment, label.end, DIGITS_MIN)
        cells = [
            cell
            for cell in _cells(sight, label, alone=number is None)
            if number is None or cell.token.text not in number[0]
        ]
        solution = solve(cells)
        if solution is None or any(solution.current is token for token in taken):
            continue
        used = (solution.previous, solution.current, solution.usage)
        if solve([cell for cell in cells if all(cell.token is not token for token in used)]) is not None:
            continue  # several registers: which of them are billed cannot be told without their names
        if solution.previous.value >= READ_MIN and solution.usage is not None:
            named = Identifier(number[0], label.segment, number[1], 0.85, "after") if number else None
            taken.append(solution.current)
            yield replace(read_of(sight, solution, ""), number=named)


def _cells(sight: Sight, label: Label, *, alone: bool) -> list[Cell]:
    """Return the numbers near a label: from the line over it, or where more meters are numbered from its own line to the next."""
    page, first = label.segment.page, label.segment.row
    rows = sight.sheet(page).rows
    others = sorted(
        one.segment.row
        for one in sight.labels.of("meter_number")
        if one.segment.page == page and one.segment.row != first and read_identifier(one.segment, one.end, DIGITS_MIN)
    )
    begins = max(first - 1, 0) if alone or not others else first
    ends = min([first + WINDOW_ROWS, *(row for row in others if row > first)])
    return [
        Cell(token, frozenset())
        for row in rows[begins:ends]
        for token in line_of(sight, row).tokens
        if token.number is not None and token.number.decimals <= 1 and not token.number.currency
    ]


def of_times(sight: Sight) -> Iterator[MeterRead]:
    """Yield the meters whose reads stand in lines by time of day, in a column for each meter (``On-peak previous``).

    All times of all columns have to be told with both reads, else none is: a time left out would be missing in the use.
    """
    for sheet in sight.sheets:
        first = 0
        while (run := _run_of_times(sight, sheet.rows[first:])) is not None:
            first = run[-1][0].index + 1
            columns = len(run[0][1])
            numbers = _numbers_over(sight, sheet.rows[max(run[0][0].index - WINDOW_ROWS, 0) : run[0][0].index], columns)
            found = [_registers(sight, run, column) for column in range(columns)]
            if all(len(registers) >= TIMES_MIN for registers in found):
                yield from (MeterRead(*pair) for pair in zip(numbers, found, strict=True))


def _run_of_times(sight: Sight, rows: Sequence[Row]) -> list[tuple[Row, list[Token]]] | None:
    """Return the first lines that follow each other with words and as many numbers each, reads by time of day among them."""
    run: list[tuple[Row, list[Token]]] = []
    for row in rows:
        numbers = [token for token in sight.tokens.on(row) if is_measure(token)]
        led = len(row.segments) == len(numbers) + 1 and not sight.tokens.within(row.segments[0])
        if run and (not led or len(numbers) != len(run[0][1]) or row.box.top - run[-1][0].box.bottom > 2 * row.height):
            if _told_by_times(sight, run):
                return run
            run = []
        if led and numbers:
            run.append((row, numbers))
    return run if run and _told_by_times(sight, run) else None


def _told_by_times(sight: Sight, run: Sequence[tuple[Row, list[Token]]]) -> bool:
    """Tell whether two times of day and more have a line for each of both reads."""
    reads = {(_time(sight, row), one) for row, _ in run for one in _concepts(sight, row) & READ_HINTS}
    times = {time for time, _ in reads}
    return len(times) >= TIMES_MIN and UsageKind.TOTAL not in times and len(reads) == 2 * len(times)


def _registers(sight: Sight, run: Sequence[tuple[Row, list[Token]]], column: int) -> tuple[Register, ...]:
    """Return the registers of one column, one a time of day, where reads, multiplier and use of each fit."""
    cells = [(_time(sight, row), Cell(numbers[column], _concepts(sight, row))) for row, numbers in run]
    shared = [cell for time, cell in cells if time is UsageKind.TOTAL and cell.hints & {"multiplier"}]
    registers = []
    for time in dict.fromkeys(time for time, cell in cells if cell.hints & READ_HINTS):
        solution = solve([*(cell for one, cell in cells if one is time), *shared])
        if solution is None or not solution.proved:
            return ()
        row = sight.row(solution.current.page, solution.current.row)
        assert row is not None
        registers.append(replace(read_of(sight, solution, row.segments[0].text).registers[0], kind=time))
    return tuple(registers)


def _time(sight: Sight, row: Row) -> UsageKind:
    return kind_of(sight, row.segments[0].text)


def _concepts(sight: Sight, row: Row) -> frozenset[str]:
    return frozenset(label.concept for label in sight.labels.on(row.page, row.index))


def _numbers_over(sight: Sight, rows: Sequence[Row], columns: int) -> list[Identifier | None]:
    """Return the numbers of the meters that head the columns, from the nearest line that has one for each."""
    for row in reversed(rows):
        labels = [label for label in sight.labels.on(row.page, row.index) if label.concept == "meter_number"]
        found = [
            Identifier(read[0], segment, read[1], 0.85, "column")
            for segment in (row.segments if labels else ())
            if (read := read_identifier(segment, _after(labels, segment), DIGITS_MIN))
        ]
        if len(found) == columns:
            return [*found]
    return [None] * columns


def _after(labels: Sequence[Label], segment: Segment) -> int:
    return next((label.end for label in labels if label.segment is segment), 0)


def of_arrows(sight: Sight) -> Iterator[MeterRead]:
    """Yield the meters whose reads an arrow joins (``4,410 → 4,471``), where the use that they make is printed near them."""
    groups: dict[tuple[int, int, int] | None, list[tuple[Segment, Token, Token]]] = {}
    labels = {(one.segment.page, one.segment.row, one.segment.index): one for one in sight.labels.of("meter_number")}
    for segment in sight.segments:
        for previous, current in _joined_by_arrows(sight, segment):
            near = [key for key, one in labels.items() if _over(one.segment, segment)]
            key = max(near, key=lambda one: (labels[one].segment.box.left, one[1]), default=None)
            groups.setdefault(key, []).append((segment, previous, current))
    for key, pairs in groups.items():
        used = sum((current.value - previous.value for _, previous, current in pairs), start=Decimal(0))
        usage = _printed_near(sight, pairs[0][0], pairs[-1][2].row, used)
        if usage is None or usage.number is None or used <= 0:
            continue
        alone = usage if len(pairs) == 1 else None
        registers = tuple(
            Register(
                label=words, kind=kind_of(sight, words), unit=usage.number.unit, page=segment.page, row=segment.row,
                previous=previous, current=current, usage=alone, score=0.9,
            )
            for segment, previous, current in pairs
            for words in (_words_before(segment, previous),)
        )  # fmt: skip
        label = labels[key] if key is not None else None
        read = read_identifier(label.segment, label.end, DIGITS_MIN) if label is not None else None
        number = Identifier(read[0], label.segment, read[1], 0.85, "after") if read and label else None
        yield MeterRead(number, registers)


def _joined_by_arrows(sight: Sight, segment: Segment) -> Iterator[tuple[Token, Token]]:
    """Yield the numbers of a text with nothing but an arrow between them; the second may begin the next line."""
    numbers = [
        token for token in sight.tokens.within(segment) if token.number is not None and not token.number.currency
    ]
    for one, other in pairwise(numbers):
        if _ARROW.fullmatch(segment.text[one.end : other.start]):
            yield one, other
    below = sight.row(segment.page, segment.row + 1)
    if numbers and below is not None and _ARROW.fullmatch(segment.text[numbers[-1].end :]):
        first = next((s for s in below.segments if s.box.left < segment.box.right), None)
        begins = [token for token in sight.tokens.within(first) if not token.start and token.number] if first else []
        if begins:
            yield numbers[-1], begins[0]


def _words_before(segment: Segment, read: Token) -> str:
    """Return the words right before a read in its text, behind any number before them."""
    return re.split(r"\d\W", segment.text[: read.start])[-1].strip(" :")


def _over(label: Segment, segment: Segment) -> bool:
    """Tell whether a label stands before a text, on its line or a few lines over it and no further right."""
    rows = segment.row - label.row
    return label.page == segment.page and 0 <= rows <= ARROW_ROWS and label.box.left <= segment.box.left + ARROW_POINTS


def _printed_near(sight: Sight, first: Segment, last: int, used: Decimal) -> Token | None:
    """Return the printed quantity that reads make, on their lines or soon under them."""
    for index in range(first.row, last + ARROW_ROWS):
        row = sight.row(first.page, index)
        for token in sight.tokens.on(row) if row is not None else ():
            if token.number is not None and token.number.unit in USAGE_UNITS and token.value == used:
                return token
    return None


def of_sums(sight: Sight) -> Iterator[MeterRead]:
    """Yield meters without reads, one a page, whose lines by time of day are closed by their sum (``All kWh  549,342.40``)."""
    for sheet in sight.sheets:
        labels = [label for label in sight.labels.of("meter_number") if label.segment.page == sheet.page.number]
        numbered = [(one, read) for one in labels if (read := read_identifier(one.segment, one.end, DIGITS_MIN))]
        if len({read[0] for _, read in numbered}) != 1:
            continue
        sums = [usage for usage in _closing_sums(sight, sheet.rows) if usage.number is not None]
        if len(sums) == 1 and sums[0].number is not None:
            (label, (text, box)), usage = numbered[0], sums[0]
            register = Register(
                label="", kind=UsageKind.TOTAL, unit=Unit.KWH, page=usage.page, row=usage.row, usage=usage, score=0.9
            )
            yield MeterRead(Identifier(text, label.segment, box, 0.85, "after"), (register,))


def _closing_sums(sight: Sight, rows: Sequence[Row]) -> Iterator[Token]:
    """Yield the last energy of lines with one each that is the sum of all others of them, two at least."""
    run: list[Token] = []
    for row in (*rows, None):
        numbers = [token for token in sight.tokens.on(row) if token.number is not None] if row is not None else []
        led = row is not None and len(numbers) == 1 and unit_in(row.segments[0].text) is Unit.KWH
        if led and is_measure(numbers[0]):
            run.append(numbers[0])
            continue
        if len(run) > TIMES_MIN and sum(token.value for token in run[:-1]) == run[-1].value:
            yield run[-1]
        run = []


def unstacked(sight: Sight, table: Table) -> Table:
    """Return a list of meters with each entry on one line, its older reading in a column of its own.

    The readings of every joined entry must make its use, so that no line is joined to what belongs to another. The columns
    of charges that end in their sum name no power (``Demand 530.66``).
    """
    reads = [i for i, column in enumerate(table.columns) if column.concepts & READS]
    uses = table.columns_of("usage")
    if len(reads) != 1 or not uses or table.columns_of("month_column"):
        return table
    joined = [_joined(table, first, second, reads[0], uses) for first, second in pairwise(table.body)]
    lines = [line for line in joined if line is not None]
    if len(lines) < ENTRIES_MIN:
        return table
    head = table.columns[reads[0]]
    columns = [replace(column, concepts=column.concepts - READS) for column in table.columns]
    columns[reads[0]] = replace(head, concepts=frozenset({"current_read"}))
    columns.append(replace(head, concepts=frozenset({"previous_read"})))
    for at in _added_up(lines[0]):
        columns[at] = replace(columns[at], concepts=frozenset({"amount"}))
    named = (
        i for i, one in enumerate(columns) if "meter_number" in name_text(one.text.partition(" ")[0], sight.lexicon)
    )
    if not table.columns_of("meter_number") and (place := next(named, None)) is not None:
        columns[place] = replace(columns[place], concepts=frozenset({"meter_number"}))
    return replace(table, columns=tuple(columns), body=tuple(lines))


def _joined(table: Table, first: TableRow, second: TableRow, read: int, uses: list[int]) -> TableRow | None:
    """Return an entry of two lines as one, None where its readings do not make what the first line says was used."""
    shown = [[t for t in line.cells.get(read, ()) if is_count(t)] for line in (first, second)]
    used = [t for i in uses for t in first.cells.get(i, ()) if is_measure(t)]
    if second.row.index != first.row.index + 1 or [len(one) for one in shown] != [1, 1] or len(used) != 1:
        return None
    if any(second.cells.get(i) for i in uses):
        return None
    (one,), (other,) = shown
    older, newer = sorted((one, other), key=lambda token: token.value)
    times = next(
        (t.value for i in table.columns_of("multiplier") for t in first.cells.get(i, ()) if is_measure(t)), Decimal(1)
    )
    if not used[0].value or (newer.value - older.value) * times != used[0].value:
        return None
    days = {i: (*first.cells.get(i, ()), *_days_in(second, i)) for i in table.columns_of(*DAYS) if _days_in(second, i)}
    return replace(first, cells=first.cells | days | {read: (newer,), len(table.columns): (older,)})


def _days_in(line: TableRow, at: int) -> list[Token]:
    return [token for token in line.cells.get(at, ()) if token.when is not None]


def _added_up(line: TableRow) -> Iterator[int]:
    """Yield the last columns of a line whose amounts add up to the one that ends it."""
    alone = [(at, cell[0]) for at, cell in sorted(line.cells.items()) if len(cell) == 1]
    amounts = [
        (at, token) for at, token in alone if token.number is not None and token.number.decimals == MONEY_DECIMALS
    ]
    if not amounts:
        return
    *parts, (last, total) = amounts
    sums = list(accumulate(token.value for _, token in reversed(parts)))
    if total.value in sums[PARTS_MIN - 1 :]:
        count = sums.index(total.value, PARTS_MIN - 1) + 1
        yield from (at for at, _ in parts[-count:])
        yield last
