"""Tables: exact in every form, inert in every spreadsheet, the same numbers whichever form is opened."""

import csv
import io
import json
import shutil
import subprocess
from datetime import date
from decimal import Decimal
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from openpyxl import load_workbook

from gateway.exports import energy_star
from gateway.exports.tables import rows, spreadsheet
from gateway.exports.tables.rows import BILLS, CHARGES, USAGES, Table, bill_rows, charge_rows, usage_rows
from gateway.exports.tables.spreadsheet import Spreadsheet
from gateway.exports.tables.text_forms import csv_head, csv_lines, json_lines, shown
from protos.profile.v1 import ledger_pb2 as pb
from tests.gateway.dialects.samples import quantity
from tests.gateway.exports.ledgers import bill, bills, meters

electric_meter, gas_meter = meters()
TABLES = ((BILLS, bill_rows), (CHARGES, charge_rows), (USAGES, usage_rows))


AS_SHOWN = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true"
"""LibreOffice's filter for CSV in UTF-8, commas, numbers as their cells show them."""


def of(maker):
    return [row for one in bills() for row in maker(one)]


def as_csv(table, found):
    return csv_head(table) + csv_lines(table, found)


@pytest.mark.parametrize(("table", "maker"), TABLES, ids=lambda one: getattr(one, "name", ""))
def test_every_row_has_a_cell_for_every_column(table, maker):
    found = of(maker)
    assert found
    assert {len(row) for row in found} == {len(table.columns)}


def test_csv_shows_exact_numbers_and_days_and_nothing_for_what_is_not_known():
    read = list(csv.DictReader(io.StringIO(as_csv(CHARGES, of(charge_rows)).decode())))

    tax = next(row for row in read if row["kind"] == "tax")
    assert (tax["amount"], tax["currency"], tax["meter_id"]) == ("-0.00001", "USD", "")
    assert (tax["first_day"], tax["last_day"]) == ("2026-02-12", "2026-03-13")


def test_json_lines_hold_the_same_cells():
    found = of(usage_rows)
    read = [json.loads(line, parse_float=Decimal) for line in json_lines(USAGES, found).decode().splitlines()]

    assert [one["amount"] for one in read] == [row[USAGES.columns.index("amount")] for row in found]
    assert read[0]["first_day"] == "2026-02-12"
    assert read[0]["kbtus"] is None


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", '=HYPERLINK("http://x")'])
def test_text_that_a_spreadsheet_would_run_is_inert(text, tmp_path):
    table = Table("t", ("a",))
    assert csv_lines(table, [(text,)]).decode().strip('"')[0] == "'"
    sheet = Spreadsheet(tmp_path / "t.xlsx", table)
    sheet.add([(text,)])
    sheet.close()

    cell = load_workbook(tmp_path / "t.xlsx")["t"]["A2"]
    assert (cell.data_type, cell.hyperlink) == ("s", None)


def test_numbers_keep_their_sign_in_csv():
    assert csv_lines(Table("t", ("a",)), [(Decimal("-1.50"),)]) == b"-1.50\r\n"


def test_spreadsheet_holds_the_cells_of_the_table(tmp_path):
    found = of(charge_rows)
    sheet = Spreadsheet(tmp_path / "charges.xlsx", CHARGES)
    sheet.add(found)
    sheet.close()

    head, *body = load_workbook(tmp_path / "charges.xlsx")["charges"].iter_rows(values_only=True)
    assert head == CHARGES.columns
    amount, first = CHARGES.columns.index("amount"), CHARGES.columns.index("first_day")
    assert [row[amount] for row in body] == [float(row[amount]) for row in found]
    assert [row[first].date() for row in body] == [row[first] for row in found]


def test_spreadsheet_goes_on_on_another_sheet_where_one_is_full(tmp_path, monkeypatch):
    monkeypatch.setattr(spreadsheet, "ROWS_MAX", 3)
    sheet = Spreadsheet(tmp_path / "t.xlsx", Table("t", ("n",)))
    sheet.add([(number,) for number in range(7)])
    sheet.close()

    book = load_workbook(tmp_path / "t.xlsx")
    assert [[row[0] for row in one.iter_rows(min_row=2, values_only=True)] for one in book] == [
        [0, 1, 2],
        [3, 4, 5],
        [6],
    ]


def test_number_with_more_digits_than_a_cell_holds_is_written_as_text(tmp_path):
    sheet = Spreadsheet(tmp_path / "t.xlsx", Table("t", ("n",)))
    sheet.add([(Decimal("1234567890.1234567"),)])
    sheet.close()

    assert load_workbook(tmp_path / "t.xlsx")["t"]["A2"].value == "1234567890.1234567"


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
@pytest.mark.parametrize(("table", "maker"), TABLES, ids=lambda one: getattr(one, "name", ""))
def test_spreadsheet_opened_by_libreoffice_converts_to_our_csv(table, maker, tmp_path):
    sheet = Spreadsheet(tmp_path / "table.xlsx", table)
    sheet.add(of(maker))
    sheet.close()
    command = ["soffice", f"-env:UserInstallation=file://{tmp_path}/profile", "--headless", "--convert-to", AS_SHOWN]
    command += ["--outdir", str(tmp_path), str(tmp_path / "table.xlsx")]
    subprocess.run(command, check=True, capture_output=True, timeout=100)

    theirs = list(csv.reader(io.StringIO((tmp_path / "table.csv").read_text())))
    ours = list(csv.reader(io.StringIO(as_csv(table, of(maker)).decode())))
    assert theirs == ours


cells = some.one_of(
    some.none(),
    some.booleans(),
    some.integers(-(10**9), 10**9),
    some.decimals(-(10**9), 10**9, places=4, allow_nan=False, allow_infinity=False),
    some.dates(date(1900, 3, 1), date(2100, 1, 1)),
    some.text(some.characters(exclude_categories=("Cs", "Cc")), max_size=20),
)


@given(some.lists(some.tuples(cells, cells, cells), max_size=8))
@settings(max_examples=80, deadline=None)
def test_csv_reads_back_what_every_cell_shows(found):
    table = Table("t", ("a", "b", "c"))
    assert list(csv.reader(io.StringIO(csv_lines(table, found).decode(), newline=""))) == [
        [shown(cell) for cell in row] for row in found
    ]


def test_portfolio_manager_gets_the_bills_own_periods_in_order():
    records = energy_star.consumptions(electric_meter, bills())
    root = ElementTree.fromstring(energy_star.meter_data(records))

    assert [one.findtext("startDate") for one in root] == ["2026-01-13", "2026-02-12", "2026-03-14"]
    assert [one.findtext("usage") for one in root] == ["700", "620.4", "-12"]
    assert [one.get("estimatedValue") for one in root] == ["true", "false", "false"]
    first = root[0]
    assert [child.tag for child in first] == ["startDate", "endDate", "usage", "cost", "demandTracking"]
    assert (first.findtext("cost"), first.findtext("demandTracking/demand")) == ("114.49999", "5.25")
    assert {record.unit for record in energy_star.consumptions(gas_meter, bills())} == {"CCF"}


def test_portfolio_manager_takes_the_end_as_the_bill_prints_it():
    one = bill(1, "2026-01-13", "2026-02-12", "700", "5")
    assert energy_star.consumptions(electric_meter, [one])[0].end == date(2026, 2, 12)
    one.period_end_inclusive = True
    assert energy_star.consumptions(electric_meter, [one])[0].end == date(2026, 2, 11)


def test_portfolio_manager_gets_records_of_one_unit_and_demand_in_kilowatts_only():
    first, second = bill(1, "2026-01-13", "2026-02-12", "700", "5"), bill(2, "2026-02-12", "2026-03-14", "0.6", "5")
    for usage in second.usages:
        usage.quantity.unit = {"kWh": "MWh", "kW": "kVA"}.get(usage.quantity.unit, usage.quantity.unit)
    first.usages.add(meter_id=electric_meter.meter_id, kind="demand", quantity=quantity("9", "kVA"))

    [record] = energy_star.consumptions(electric_meter, [second, first])
    assert (record.usage, record.unit, record.demand) == (700, "kWh", Decimal("5.25"))
    unknown = pb.LedgerMeter(meter_id=electric_meter.meter_id, commodity="electricity")
    [newest] = energy_star.consumptions(unknown, [first, second])
    assert (newest.usage, newest.unit, newest.demand) == (Decimal("0.6"), "MWh", None)


def test_portfolio_manager_gets_bills_whose_registers_or_parts_make_the_total():
    one = bill(1, "2026-01-13", "2026-02-12", "700", "5")
    total = one.usages.pop(0)
    one.usages.pop(2)  # the tier
    one.usages.add(meter_id=total.meter_id, kind="off_peak", quantity=quantity("525", "kWh"), period=total.period)
    [record] = energy_star.consumptions(electric_meter, [one])
    assert (record.usage, record.start, record.end) == (700, date(2026, 1, 13), date(2026, 2, 12))


def test_portfolio_manager_is_never_sent_more_records_than_it_takes():
    records = energy_star.consumptions(electric_meter, bills()) * 41
    with pytest.raises(ValueError, match="at most 120"):
        energy_star.meter_data(records)


def test_tables_name_each_column_once():
    for table in (BILLS, CHARGES, USAGES, rows.MONTHS, rows.LOAD_PROFILE):
        assert len(set(table.columns)) == len(table.columns)
