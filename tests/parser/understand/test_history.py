"""Months of the past: tables, rows, values on bars, and bars that only the scale tells."""

from datetime import date
from decimal import Decimal

import pytest

from domain.evidence import Box, Method
from domain.outcome import Success
from domain.reading import HistorySource
from services.parser.page import Word
from services.parser.understand import understand
from tests.parser.understand.conftest import Sheet, document, plain_bill

MONTHS = ["Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec", "Jan", "Feb", "Mar"]
AMOUNTS = [540, 480, 450, 610, 820, 850, 700, 520, 480, 560, 640, 600, 620]


def history(*sheets):
    outcome = understand(document(*sheets))
    assert isinstance(outcome, Success)
    return outcome.readings[0].history


def chart(*, labels=False, initials=False, title="Usage History (kWh)", money=False):
    """A bill with thirteen bars over an axis from 0 to 1,000."""
    sheet = plain_bill()
    sheet.put(100, 460, title)
    for tick in range(0, 1001, 250):
        sheet.right(95, 695 - tick * 0.2, f"${tick}" if money else f"{tick:,}")
    for i, (month, amount) in enumerate(zip(MONTHS, AMOUNTS, strict=True)):
        left = 110 + 30 * i
        sheet.bar(left, 700 - amount * 0.2, left + 18, 700)
        sheet.put(left + (6 if initials else 1), 704, month[0] if initials else month)
        if labels:
            sheet.put(left + 1, 686 - amount * 0.2, str(amount))
    sheet.put(112, 716, "23").put(410, 716, "24").put(470, 716, "24")
    return sheet


def test_table_of_months_is_read_in_side_by_side_parts():
    sheet = plain_bill()
    sheet.put(50, 460, "Gas Usage History")
    for part in (0, 1):
        sheet.put(50 + 200 * part, 476, "Month").put(130 + 200 * part, 476, "kWh")
        for i in range(5):
            index = part * 5 + i
            sheet.put(50 + 200 * part, 490 + 12 * i, f"{MONTHS[index]} {'23' if index < 10 else '24'}")
            sheet.put(130 + 200 * part, 490 + 12 * i, str(AMOUNTS[index]))
    found = {month.month: month.quantity.value.amount for month in history(sheet)}
    assert found[date(2023, 3, 1)] == Decimal(540)
    assert found[date(2023, 12, 1)] == Decimal(560)
    assert len(found) == 10


def test_ledger_of_amounts_by_days_under_a_use_is_no_history():
    sheet = plain_bill()
    sheet.put(50, 450, "Rate RES-10").put(300, 450, "kWh used").put(360, 450, "620")
    sheet.put(50, 464, "Date").put(130, 464, "Description").put(300, 464, "Entries")
    booked = (
        ("11/27/23", "90.32"),
        ("12/27/23", "30.74"),
        ("12/27/23", "93.88"),
        ("12/27/23", "3.51"),
        ("01/14/24", "211.70"),
    )
    for line, (day, amount) in enumerate(booked):
        sheet.put(50, 478 + 12 * line, day).put(130, 478 + 12 * line, "Entry").put(300, 478 + 12 * line, amount)
    assert history(sheet) == ()


def test_history_that_is_printed_on_two_pages_is_told_once():
    pages = plain_bill(), Sheet()
    for sheet in pages:
        sheet.put(50, 460, "Usage History").put(50, 476, "Month").put(130, 476, "kWh")
        for i, (month, amount) in enumerate(zip(MONTHS[:10], AMOUNTS, strict=False)):
            sheet.put(50, 490 + 12 * i, f"{month} 2023").right(150, 490 + 12 * i, str(amount))
    found = [(month.month, int(month.quantity.value.amount)) for month in history(*pages)]
    assert found == [(date(2023, 3 + i, 1), amount) for i, amount in enumerate(AMOUNTS[:10])]


def test_row_of_values_under_a_row_of_months_is_read():
    sheet = plain_bill()
    sheet.put(50, 460, "13-month usage (kWh)")
    for i, (month, amount) in enumerate(zip(MONTHS, AMOUNTS, strict=True)):
        sheet.put(90 + 38 * i, 480, month).put(90 + 38 * i, 494, str(amount))
    sheet.put(50, 494, "kWh")
    found = [(month.month, int(month.quantity.value.amount)) for month in history(sheet)]
    assert found[0] == (date(2023, 3, 1), 540)
    assert found[-1] == (date(2024, 3, 1), 620)
    assert len(found) == 13


def test_values_printed_on_bars_are_read_and_not_measured():
    months = history(chart(labels=True))
    assert [int(m.quantity.value.amount) for m in months] == AMOUNTS
    assert {m.source for m in months} == {HistorySource.CHART}
    assert {m.quantity.evidence.method for m in months} == {Method.TEXT_LAYER}


def test_a_month_that_is_as_wide_as_its_type_is_large_lies_as_its_neighbours_do():
    sheet = plain_bill()
    sheet.put(100, 460, "Usage History (kWh)")
    names = MONTHS
    for i, (month, amount) in enumerate(zip(names, AMOUNTS, strict=True)):
        left = 110 + 30 * i
        wide = 5.5 if month == "Mar" else 8.0  # "Jul" of some types is square; here the months at both ends are
        sheet.words.append(Word(month, Box(left, 704, left + wide, 709.4), 1.0, 5.5))
        sheet.put(left - 3, 686 - amount * 0.2, str(amount))
    assert [int(m.quantity.value.amount) for m in history(sheet)] == AMOUNTS


def test_values_that_run_up_the_page_over_bars_are_read_when_the_axis_names_periods_in_two_lines():
    sheet = plain_bill()
    sheet.put(100, 460, "Usage History (kWh)")
    for i, (month, amount) in enumerate(zip(MONTHS, AMOUNTS, strict=True)):
        left = 110 + 30 * i
        sheet.put(left, 704, f"{MONTHS[i - 1] if i else 'Feb'}{23 if i < 11 else 24}", size=8)
        sheet.put(left, 714, f"{month}{23 if i < 10 else 24}", size=8)
        box = Box(left + 4, 670 - amount * 0.2, left + 12, 686 - amount * 0.2)
        sheet.words.append(Word(str(amount), box, 1.0, 8.0))
    assert [(m.month, int(m.quantity.value.amount)) for m in history(sheet)] == [
        (date(2023 + (i + 2) // 12, (i + 2) % 12 + 1, 1), amount) for i, amount in enumerate(AMOUNTS)
    ]


def test_a_sentence_about_money_over_a_chart_is_not_its_title():
    sheet = chart(title="13-month usage")
    sheet.put(100, 440, "We will collect $128.50 on or just after 8 April 2024.")
    assert len(history(sheet)) == 13


def test_bars_without_values_are_measured_against_the_scale():
    months = history(chart())
    assert [m.month for m in months] == [date(2023 + (i + 2) // 12, (i + 2) % 12 + 1, 1) for i in range(13)]
    assert all(abs(int(m.quantity.value.amount) - amount) <= 10 for m, amount in zip(months, AMOUNTS, strict=True))
    assert {m.quantity.evidence.method for m in months} == {Method.CHART_VECTOR}
    assert all(0.85 <= m.quantity.evidence.confidence < 0.99 for m in months)


def test_months_given_by_initials_are_settled_by_years_and_the_newest_month():
    months = history(chart(initials=True))
    assert (months[0].month, months[-1].month) == (date(2023, 3, 1), date(2024, 3, 1))


def test_charts_of_temperature_and_of_cost_are_no_history():
    assert history(chart(title="Average temperature")) == ()
    assert history(chart(title="What you paid", money=True)) == ()


def running(*lines):
    """Return the past months of a bill of March 2024 whose lines tell them one after the other."""
    sheet = plain_bill()
    sheet.put(50, 460, "Usage History (kWh)")
    for index, line in enumerate(lines):
        sheet.put(50, 474 + 12 * index, line)
    return [one.month for one in history(sheet)]


@pytest.mark.parametrize("newest", ["MAR", "MAR-24"])
def test_years_that_running_lines_leave_out_follow_from_the_months_beside_them(newest):
    told = running(f"{newest} 301 FEB 288 JAN 312", "DEC 311 NOV 298 OCT 322")
    assert told == [
        date(2024, 3, 1), date(2024, 2, 1), date(2024, 1, 1), date(2023, 12, 1), date(2023, 11, 1), date(2023, 10, 1)
    ]  # fmt: skip


def test_months_that_run_down_columns_of_text_are_given_no_years():
    columns = (
        "JAN 301 MAY 288 SEP 312",
        "FEB 311 JUN 298 OCT 322",
        "MAR 321 JUL 308 NOV 332",
        "APR 331 AUG 318 DEC 342",
    )
    assert running(*columns) == []


def test_a_line_that_begins_with_a_period_is_named_after_its_end():
    sheet = plain_bill()
    sheet.put(50, 400, "Electric consumption history")
    sheet.put(50, 414, "Period").right(300, 414, "Days").right(380, 414, "kWh")
    starts = ("11/14/23", "10/14/23", "09/14/23", "08/15/23", "07/15/23")
    ends = ("12/15/23", "11/14/23", "10/14/23", "09/14/23", "08/15/23")
    for step, (start, end, kwh) in enumerate(zip(starts, ends, (718, 601, 583, 642, 790), strict=True)):
        sheet.put(50, 428 + 14 * step, f"{start} - {end}").right(300, 428 + 14 * step, "31")
        sheet.right(380, 428 + 14 * step, str(kwh))
    told = {row.month.strftime("%Y-%m"): row.quantity.value.amount for row in history(sheet)}
    assert told == {"2023-12": 718, "2023-11": 601, "2023-10": 583, "2023-09": 642, "2023-08": 790}


@pytest.mark.parametrize("newest_first", [False, True])
def test_years_that_begin_within_a_calendar_year_are_told_whichever_month_stands_first(newest_first):
    sheet = plain_bill()
    sheet.put(220, 440, "2022-2023").put(330, 440, "2023-2024").put(220, 452, "kWh").put(330, 452, "kWh")
    names = ["Jul", "Aug", "Sep", "Oct", "Nov", "Dec", "Jan", "Feb", "Mar", "Apr", "May", "Jun"]
    lines = [(name, 500 + place, 700 + place) for place, name in enumerate(names)]
    for top, (name, older, newer) in enumerate(reversed(lines) if newest_first else lines):
        sheet.put(100, 464 + 12 * top, name).right(250, 464 + 12 * top, str(older)).right(
            360, 464 + 12 * top, str(newer)
        )
    told = {month.month: month.quantity.value.amount for month in history(sheet)}
    months = [date(2022 + (place + 6) // 12, (place + 6) % 12 + 1, 1) for place in range(24)]
    assert told == dict(zip(months, [*range(500, 512), *range(700, 712)], strict=True))
