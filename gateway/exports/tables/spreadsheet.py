"""Rows as a spreadsheet (XLSX), written row by row into a temporary file: memory stays flat however many there are."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import xlsxwriter

from gateway.exports.tables.rows import Cell, Row, Table
from gateway.exports.tables.text_forms import shown

ROWS_MAX = 1_048_575
"""Of one sheet, below the head; the format ends there, and what is more goes on a sheet of its own."""

DIGITS_MAX = 15
"""A cell holds a double: numbers with more digits are written as text, so that none is changed in silence."""

_WIDTH_CHARACTERS = 18


class Spreadsheet:
    """One table on its way into a file; ``close`` finishes it."""

    def __init__(self, path: Path, table: Table) -> None:
        self._book = xlsxwriter.Workbook(
            path,
            {
                "constant_memory": True,
                "strings_to_formulas": False,
                "strings_to_urls": False,
                "strings_to_numbers": False,
                "default_date_format": "yyyy-mm-dd",
            },
        )
        self._table = table
        self._formats: dict[str, Any] = {}
        self._sheets = 0
        self._row = ROWS_MAX + 1
        self._sheet: Any = None

    def add(self, rows: Iterable[Row]) -> None:
        """Write more rows."""
        for row in rows:
            if self._row > ROWS_MAX:
                self._next_sheet()
            for column, cell in enumerate(row):
                self._write(column, cell)
            self._row += 1

    def close(self) -> None:
        """Finish the file."""
        if self._sheet is None:
            self._next_sheet()
        self._book.close()

    def _next_sheet(self) -> None:
        self._sheets += 1
        name = self._table.name if self._sheets == 1 else f"{self._table.name} {self._sheets}"
        self._sheet = self._book.add_worksheet(name)
        self._sheet.set_column(0, len(self._table.columns) - 1, _WIDTH_CHARACTERS)
        self._sheet.freeze_panes(1, 0)
        bold = self._format("", bold=True)
        for column, title in enumerate(self._table.columns):
            self._sheet.write_string(0, column, title, bold)
        self._row = 1

    def _write(self, column: int, cell: Cell) -> None:
        match cell:
            case None:
                return
            case bool():
                self._sheet.write_string(self._row, column, shown(cell))
            case Decimal() if len(cell.as_tuple().digits) <= DIGITS_MAX:
                text = shown(cell)
                places = len(text.partition(".")[2])
                form = self._format("0." + "0" * places if places else "0")
                self._sheet.write_number(self._row, column, float(cell), form)
            case date():
                self._sheet.write_datetime(self._row, column, cell, self._format("yyyy-mm-dd"))
            case int():
                self._sheet.write_number(self._row, column, cell)
            case str() | Decimal():
                self._sheet.write_string(self._row, column, str(cell) if isinstance(cell, str) else shown(cell))

    def _format(self, number_format: str, *, bold: bool = False) -> Any:
        key = f"{number_format} {bold}"
        if key not in self._formats:
            described: dict[str, Any] = {"bold": bold}
            if number_format:
                described["num_format"] = number_format
            self._formats[key] = self._book.add_format(described)
        return self._formats[key]
