"""Meters by windows: reads that no known word names, found near a meter's number because they make a printed use."""

from collections.abc import Iterator
from dataclasses import replace

from services.parser.understand.layout.labels import Label
from services.parser.understand.layout.tokens import Token
from services.parser.understand.metering.agreement import READ_MIN
from services.parser.understand.metering.meter_blocks import DIGITS_MIN, line_of, read_of
from services.parser.understand.metering.registers import MeterRead
from services.parser.understand.metering.solve import Cell, solve
from services.parser.understand.naming.identifiers import Identifier, read_identifier
from services.parser.understand.sight import Sight

WINDOW_ROWS = 10
"""Reads without known words are looked for so many lines from a meter's number."""


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
