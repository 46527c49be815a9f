"""Measures exports: memory while a million usages pass, in each form, beside the same rows held whole.

``python -m bench.exports`` streams invented bills through the writers that the routes use. The last line is one JSON object.
"""

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from gateway.exports.tables.rows import USAGES, Row, usage_rows
from gateway.exports.tables.spreadsheet import Spreadsheet
from gateway.exports.tables.text_forms import csv_lines, json_lines
from protos.profile.v1 import ledger_pb2
from protos.values.v1 import values_pb2

PAGE_BILLS, USAGES_A_BILL = 200, 10
FORMS = ("csv", "jsonl", "xlsx", "held whole")


def pages(usages: int) -> Iterator[list[Row]]:
    """Yield pages of rows as the ledger gives bills."""
    for first in range(0, usages // USAGES_A_BILL, PAGE_BILLS):
        rows: list[Row] = []
        for number in range(first, min(first + PAGE_BILLS, usages // USAGES_A_BILL)):
            bill = ledger_pb2.LedgerBill(ledger_bill_id=f"bill-{number}")
            for line in range(USAGES_A_BILL):
                bill.usages.add(
                    line=line,
                    meter_id=f"meter-{number % 97}",
                    commodity="electricity",
                    kind="total",
                    quantity=values_pb2.Quantity(amount=f"{number}.{line}", unit="kWh"),
                    period=values_pb2.Period(start="2026-01-01", end="2026-02-01"),
                )
            rows.extend(usage_rows(bill))
        yield rows


def one(form: str, usages: int) -> None:
    """Write all rows in one form; print seconds and peak memory."""
    started = time.process_time()
    written = 0
    if form == "held whole":
        written = len([row for page in pages(usages) for row in page])
    elif form == "xlsx":
        with tempfile.TemporaryDirectory() as folder:
            sheet = Spreadsheet(Path(folder) / "table.xlsx", USAGES)
            for page in pages(usages):
                sheet.add(page)
            sheet.close()
            written = (Path(folder) / "table.xlsx").stat().st_size
    else:
        lines = csv_lines if form == "csv" else json_lines
        for page in pages(usages):
            written += len(lines(USAGES, page))
    peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        json.dumps(
            {"seconds": round(time.process_time() - started, 2), "peak_mib": round(peak_mib, 1), "size": written}
        )
    )


def main(usages: int = 1_000_000) -> None:
    """Measure each form in a process of its own, few rows and many."""
    figures: dict[str, float] = {"usages": usages}
    for form in FORMS:
        name = form.replace(" ", "_")
        for count in (usages // 100, usages):
            command = [sys.executable, "-m", "bench.exports", form, str(count)]
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            told = json.loads(done.stdout)
            print(f"{form:12} {count:>9} usages  {told['seconds']:7.2f} s CPU  peak {told['peak_mib']:7.1f} MiB")
            if count == usages:
                figures[f"{name}_peak_mib"] = told["peak_mib"]
                figures[f"{name}_usages_per_s"] = round(count / told["seconds"])
            else:
                figures[f"{name}_small_peak_mib"] = told["peak_mib"]
    print(json.dumps(figures))


if __name__ == "__main__":
    if len(sys.argv) > 2:
        one(sys.argv[1], int(sys.argv[2]))
    else:
        main()
