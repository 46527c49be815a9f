"""Rows as text: CSV (RFC 4180) and JSON lines, a few thousand rows at a time."""

import csv
import io
from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from domain.summary import to_json
from gateway.exports.tables.rows import Cell, Row, Table

_FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")
"""A spreadsheet takes a text that begins with one of these for a formula; a document could hold such a text."""


def csv_head(table: Table) -> bytes:
    """Return the first line: the names of the columns."""
    return ",".join(table.columns).encode() + b"\r\n"


def csv_lines(table: Table, rows: Iterable[Row]) -> bytes:
    """Return rows as lines of CSV; texts that a spreadsheet would run begin with an apostrophe."""
    held = io.StringIO(newline="")
    writer = csv.writer(held)
    writer.writerows([shown(cell) for cell in row] for row in rows)
    return held.getvalue().encode("utf-8", "replace")


def json_lines(table: Table, rows: Iterable[Row]) -> bytes:
    """Return rows as lines of JSON, each an object by column; numbers stand digit for digit."""
    lines = [to_json(dict(zip(table.columns, row, strict=True))) + "\n" for row in rows]
    return "".join(lines).encode("utf-8", "replace")


def shown(cell: Cell) -> str:
    """Return a cell as CSV shows it: empty for None, true and false, ISO 8601, plain decimals."""
    match cell:
        case None:
            return ""
        case bool():
            return "true" if cell else "false"
        case Decimal():
            return format(cell, "f")
        case date():
            return cell.isoformat()
        case int():
            return str(cell)
        case str():
            return inert(cell)


def inert(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_FORMULA_SIGNS) else text
