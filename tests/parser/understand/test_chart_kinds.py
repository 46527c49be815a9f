"""Charts whose numbers, names or bars lack: what the rest of the paper settles is read, the rest is left alone."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from domain.evidence import Box, Method
from domain.quantity import Unit
from services.parser.page import Shape, Word
from services.parser.understand.charts.axes.axis import Mark
from services.parser.understand.charts.bar import Bar
from services.parser.understand.charts.measured import Known, multiplied
from services.parser.understand.charts.scale import Scale
from services.parser.understand.charts.view import Tick
from tests.parser.understand.conftest import plain_bill
from tests.parser.understand.test_chart_shapes import A_KWH, FOOT, YEARS, named, near, scale_at
from tests.parser.understand.test_history import AMOUNTS, MONTHS, history

TITLE = "Usage History (kWh)"


def begun():
    return plain_bill().put(100, 460, TITLE)


def bars(sheet, amounts=AMOUNTS, *, left=110, colour=0x3366AA):
    for i, amount in enumerate(amounts):
        sheet.bar(left + 30 * i, FOOT - amount * A_KWH, left + 18 + 30 * i, FOOT, colour)
    return sheet


def stroke(sheet, x, top, bottom=FOOT, colour=0x3366AA):
    sheet.shapes.append(Shape(Box(x - 0.25, top, x + 0.25, bottom), colour, stroke=True))


def test_tracks_of_full_height_behind_the_bars_are_no_use():
    sheet = bars(scale_at(named(begun())), [1000] * 13, colour=0xE6EBEF)
    assert near(history(bars(sheet)))


def test_bars_of_bricks_are_as_high_as_their_last_brick():
    sheet = scale_at(named(begun()))
    for i, amount in enumerate(AMOUNTS):
        foot, top = FOOT, FOOT - amount * A_KWH
        while foot > top:
            sheet.bar(110 + 30 * i, max(foot - 5, top), 128 + 30 * i, foot)
            foot -= 6.2
    assert near(history(sheet))


def test_stems_of_different_lengths_are_bars():
    sheet = scale_at(named(begun()))
    for i, amount in enumerate(AMOUNTS):
        stroke(sheet, 119 + 30 * i, FOOT - amount * A_KWH)
    assert near(history(sheet))


def test_bars_of_thin_strokes_side_by_side_are_bars():
    sheet = scale_at(named(begun()))
    for i, amount in enumerate(AMOUNTS):
        for step in range(15):
            stroke(sheet, 111 + 30 * i + 1.1 * step, FOOT - amount * A_KWH)
    assert near(history(sheet))


def test_lines_of_a_grid_are_no_bars():
    sheet = scale_at(named(begun()))
    for i in range(13):
        stroke(sheet, 119 + 30 * i, FOOT - 200)
    assert not history(sheet)


def test_axis_in_hundreds_is_told_by_this_bills_own_bar():
    sheet = named(begun())
    for tick in range(0, 11, 2):
        sheet.right(95, FOOT - 5 - tick * 100 * A_KWH, str(tick))
    assert near(history(bars(sheet)))


def test_axis_of_another_quantity_is_not_taken_for_hundreds():
    sheet = named(begun())
    for tick in range(0, 11, 2):
        sheet.right(95, FOOT - 5 - tick * 80 * A_KWH, str(tick))
    assert not history(bars(sheet))


def test_bars_without_names_are_a_month_each_back_from_this_bill():
    found = history(bars(scale_at(begun())))
    assert near(found)


def test_even_boxes_of_one_height_are_no_bars():
    assert not history(bars(begun(), [400] * 13))


def test_days_of_readings_beside_the_months_are_neither_years_nor_values():
    sheet = bars(scale_at(begun()))
    for i, month in enumerate(MONTHS):
        left = 115 + 30 * i
        sheet.words.append(Word(month, Box(left, 718, left + 6, 732), 1.0, 8.0))
        sheet.words.append(Word(str(13 + i % 3), Box(left, 706, left + 6, 715), 1.0, 8.0))
    assert near(history(sheet))


def test_months_of_two_charts_side_by_side_are_two_axes():
    sheet = plain_bill().put(60, 460, "Electric (kWh)").put(340, 460, "Gas (therms)")
    for tick in range(0, 1001, 250):
        sheet.right(45, FOOT - 5 - tick * A_KWH, str(tick))
        sheet.right(330, FOOT - 5 - tick * A_KWH, str(tick // 10))
    for at in (50, 340):
        for i, (month, amount) in enumerate(zip(MONTHS, AMOUNTS, strict=True)):
            left = at + 19 * i
            high = amount * A_KWH if at == 50 else (1000 - amount) * A_KWH
            sheet.bar(left, FOOT - high, left + 12, FOOT).put(left + 4, 704, month[0])
        sheet.put(at + 2, 716, "2023").put(at + 193, 716, "2024")
    want = {date(2000 + int(y), 1 + (2 + i) % 12, 1): a for i, (y, a) in enumerate(zip(YEARS, AMOUNTS, strict=True))}
    found = {row.month: float(row.quantity.value.amount) for row in history(sheet) if row.commodity == "electricity"}
    assert set(found) == set(want)
    assert all(abs(found[month] - amount) <= 15 for month, amount in want.items())


def test_days_under_the_months_are_no_use():
    sheet = bars(scale_at(begun()))
    for i, month in enumerate(MONTHS):
        sheet.put(111 + 30 * i, 704, month).put(114 + 30 * i, 718, str(28 + i * 5 % 6))
    assert near(history(sheet))


def test_numbers_as_small_as_days_are_use_where_the_newest_is_this_bills():
    sheet = plain_bill(usage="31 kWh", previous="12,969").put(100, 460, TITLE)
    sheet.words = [replace(word, text="31") if word.text == "620" else word for word in sheet.words]
    for i, month in enumerate(MONTHS):
        sheet.put(111 + 30 * i, 704, month).put(114 + 30 * i, 718, str(28 + (i + 3) % 6))
    assert [int(row.quantity.value.amount) for row in history(sheet)] == [28 + (i + 3) % 6 for i in range(13)]


def test_numbers_as_small_as_days_are_use_where_their_line_says_so():
    sheet = plain_bill().put(100, 460, TITLE).put(60, 718, "kWh")
    for i, month in enumerate(MONTHS[:12]):
        sheet.put(111 + 30 * i, 704, month).put(114 + 30 * i, 718, str(28 + (i + 3) % 6))
    sheet.put(112, 732, "23").put(412, 732, "24")
    assert [int(row.quantity.value.amount) for row in history(sheet)] == [28 + (i + 3) % 6 for i in range(12)]


def test_megawatt_hours_along_an_axis_are_thousands_of_what_is_billed():
    sheet = bars(named(plain_bill().put(100, 460, "Usage History (MWh)")))
    for tick in range(0, 1001, 250):
        sheet.right(95, FOOT - 5 - tick * A_KWH, f"{tick / 1000:.2f}")
    found = history(sheet)
    assert {row.quantity.value.unit for row in found} == {Unit.KWH}
    assert near(found)


def test_megawatt_hours_are_thousands_where_this_bills_month_is_not_shown():
    sheet = bars(plain_bill().put(100, 460, "Usage History (MWh)"), AMOUNTS[:12])
    for i, month in enumerate(MONTHS[:12]):
        sheet.put(111 + 30 * i, 704, month)
    sheet.put(112, 716, "23").put(412, 716, "24")
    for tick in range(0, 1001, 250):
        sheet.right(95, FOOT - 5 - tick * A_KWH, f"{tick / 1000:.2f}")
    found = sorted(history(sheet), key=lambda row: row.month)
    assert {row.quantity.value.unit for row in found} == {Unit.KWH}
    read = [float(row.quantity.value.amount) for row in found]
    assert len(read) == 12
    assert all(abs(one - other) <= 15 for one, other in zip(read, AMOUNTS, strict=False))


def test_no_use_is_not_nothing_in_hundreds():
    marks = [Mark(month, 2024, 30.0 * month, Box(30.0 * month, 704, 30.0 * month + 9, 714)) for month in (2, 3, 4)]
    measured = [
        Bar(mark, value, 1, mark.box, Method.CHART_VECTOR) for mark, value in zip(marks, (310, 0, 280), strict=True)
    ]
    scale = Scale(-5.0, 3500.0, 0.0, (Tick(0.0, Box(80, 698, 90, 702)), Tick(500.0, Box(80, 598, 90, 602))))
    assert multiplied(scale, measured, Known(Decimal(0), Unit.KWH), Unit.KWH, date(2024, 3, 12)) is None


def test_bills_of_two_months_are_named_after_the_last():
    sheet = plain_bill().put(100, 460, TITLE)
    for tick in range(0, 1001, 250):
        sheet.right(95, FOOT - 5 - tick * A_KWH, str(tick))
    for i, months in enumerate(("Feb-Mar", "Apr-May", "Jun-Jul", "Aug-Sep", "Oct-Nov", "Dec-Jan", "Feb-Mar")):
        sheet.bar(120 + 50 * i, FOOT - AMOUNTS[2 * i] * A_KWH, 140 + 50 * i, FOOT).put(112 + 50 * i, 704, months)
    found = {row.month: float(row.quantity.value.amount) for row in history(sheet)}
    assert [month.month for month in sorted(found)] == [3, 5, 7, 9, 11, 1, 3]
    assert [found[month] for month in sorted(found)] == [float(amount) for amount in AMOUNTS[::2]]


def test_numbers_under_the_months_that_are_not_this_bills_use_are_none():
    sheet = bars(scale_at(begun()))
    for i, month in enumerate(MONTHS):
        sheet.put(111 + 30 * i, 704, month).put(114 + 30 * i, 718, str(48 + i * 7 % 37))
    assert near(history(sheet))
