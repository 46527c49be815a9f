"""Columns: the number of the meter that a line of a table is of."""

import re
from dataclasses import replace

from services.parser.understand.fields.guess import is_count
from services.parser.understand.layout.rows import Segment, overlap, union
from services.parser.understand.layout.tables import Table, TableRow
from services.parser.understand.naming.identifiers import Identifier, read_identifier
from services.parser.understand.naming.numbers import named
from services.parser.understand.sight import Sight
from services.parser.understand.values.units import USAGE_UNITS

SERIAL = re.compile(r"[A-Z]{1,4}\d{6,12}$")
"""A meter's number that stands by itself on its line, whatever heads its column."""
_REST = re.compile(r"(?=.*\d)(?=.*[A-Z])[A-Z\d-]{2,8}")
"""What is left of a meter's number for its second line; digits alone may be another number."""
_LETTERED = re.compile(r"[A-Z]{4,5} \d{5,}")
"""A maker's letters before a meter's number are part of it (``YATF 104882``)."""
_BLANKS = re.compile(r"\d{2,4}(?: \d{2,4}){1,3}|\d{1,3}-\d{5,9}|(?=(?: ?\d){9})\d{1,4}(?: \d{1,8}){2,4}")
"""A meter's number whose digits blanks group, long ones unevenly, or whose first ones a dash parts."""
EDGE_POINTS = 2.0
_RANGE = re.compile(r"\d+(?:\s[-–]\s?|\s?[-–]\s|\s?–\s?)\d+")
"""From how many units on to how many a price holds."""
NUMBER_DIGITS_MIN = 4
"""A bare number under the head of meters' numbers has so many digits, or a nought before it (``01``)."""


def with_numbers(sight: Sight, tables: list[Table]) -> list[Table]:
    """Return the tables of uses, whose first column is of meters' numbers where it begins with one that the page calls so.

    Whatever heads it: ``Usage | On-Peak kWh | Off-Peak kWh | Total kWh`` over ``300774218 | 88,420 | 102,716 | 191,136``.
    """
    known = {one.text for one in named(sight, "meter_number")}
    return [_of_numbers(table) if _begins_with(table, known) else table for table in tables]


def _begins_with(table: Table, known: set[str]) -> bool:
    if table.columns_of("meter_number", "month_column", "period") or not any(i for i in table.columns_of("usage")):
        return False
    first = table.body[0].cells.get(0, ())
    return len(first) == 1 and len(first[0].text) > NUMBER_DIGITS_MIN and first[0].text in known


def _of_numbers(table: Table) -> Table:
    head, *others = table.columns
    return replace(table, columns=(replace(head, concepts=frozenset({"meter_number"})), *others))


def number_in_line(sight: Sight, table: Table, line: TableRow) -> Identifier | None:
    """Return the meter's number on a line of its table: under its head, else as a serial number by itself."""
    for index in table.columns_of("meter_number"):
        text = line.texts.get(index, "")
        for segment in line.row.segments:
            if text and segment.text in text and _LETTERED.fullmatch(segment.text):
                return _goes_on(sight, Identifier(segment.text, segment, segment.box, 0.9, "column"))
            if (
                text
                and segment.text in text
                and (read := read_identifier(segment, 0, 3))
                and not _counts(sight, segment)
            ):
                return _goes_on(sight, Identifier(read[0], segment, read[1], 0.9, "column"))
        tokens = [t for t in line.cells.get(index, ()) if t.number and is_count(t)]
        under = (s for s in line.row.segments if overlap(s.box, table.columns[index].box) > 0)
        spelled = next((s for s in under if _BLANKS.fullmatch(s.text)), None)
        if spelled is not None:
            return _goes_on(sight, Identifier(spelled.text, spelled, spelled.box, 0.9, "column"))
        if any(_RANGE.fullmatch(segment.text) for segment in line.row.segments):
            continue
        for token in tokens:
            digits = len(re.sub(r"\D", "", token.text))
            if digits >= NUMBER_DIGITS_MIN or (digits > 1 and token.text.startswith("0")):
                return _goes_on(sight, Identifier(token.text, token.segment, token.box, 0.9, "column"))
    if not table.columns_of("meter_number"):
        for segment in line.row.segments:
            if SERIAL.match(segment.text) and (read := read_identifier(segment, 0, 3)):
                return Identifier(read[0], segment, read[1], 0.75, "column")
    return None


def _counts(sight: Sight, segment: Segment) -> bool:
    """Tell whether a text begins with a quantity, its unit behind it, which is no number of a meter (``425 kWh``)."""
    return any(t.number and t.number.unit in USAGE_UNITS and not t.start for t in sight.tokens.within(segment))


def _goes_on(sight: Sight, number: Identifier) -> Identifier:
    """Return a meter's number with its second line, where a narrow column breaks it (``133 840`` over ``562LG``)."""
    segment = number.segment
    below = sight.row(segment.page, segment.row + 1)
    if below is None or below.box.top - segment.box.bottom > segment.height or number.text != segment.text:
        return number
    first = below.segments[0]
    others = [t for t in sight.tokens.on(below) if t.number is not None and t.segment is not first]
    left = next((s for s in below.segments if abs(s.box.left - segment.box.left) < EDGE_POINTS), None)
    if left is None or not _REST.fullmatch(left.text) or any(t.segment is not left for t in others):
        return number
    return replace(number, text=f"{number.text} {left.text}", box=union((number.box, left.box)))
