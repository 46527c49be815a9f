"""Meters near a number: reads that no known word names, told by a printed use that they make."""

from collections.abc import Iterator
from dataclasses import replace

from services.parser.understand.metering.meter_blocks import DIGITS_MIN, line_of, read_of
from services.parser.understand.metering.registers import MeterRead
from services.parser.understand.metering.solve import Cell, solve
from services.parser.understand.naming.identifiers import Identifier, read_identifier
from services.parser.understand.sight import Sight

WINDOW_ROWS, READ_MIN = 10, 100
"""Reads without known words are looked for so many lines from a meter's number; smaller numbers fit each other by chance."""


def of_windows(sight: Sight) -> Iterator[MeterRead]:
    """Yield meters whose reads no known word names: near a meter's number, two numbers whose difference makes a printed use."""
    for label in sight.labels.of("meter_number"):
        sheet = sight.sheet(label.segment.page)
        first = label.segment.row
        lines = [line_of(sight, row) for row in sheet.rows[max(first - 1, 0) : first + WINDOW_ROWS]]
        cells = [
            Cell(token, frozenset())
            for line in lines
            for token in line.tokens
            if token.number is not None and token.number.decimals <= 1 and not token.number.currency
        ]
        number = read_identifier(label.segment, label.end, DIGITS_MIN)
        cells = [cell for cell in cells if number is None or cell.token.text not in number[0]]
        solution = solve(cells)
        if solution is None:
            continue
        used = (solution.previous, solution.current, solution.usage)
        if solve([cell for cell in cells if all(cell.token is not token for token in used)]) is not None:
            continue  # several registers: which of them are billed cannot be told without their names
        if solution.previous.value >= READ_MIN and solution.usage is not None:
            read = read_of(sight, solution, "")
            named = Identifier(number[0], label.segment, number[1], 0.85, "after") if number else None
            yield replace(read, number=named)
            return
