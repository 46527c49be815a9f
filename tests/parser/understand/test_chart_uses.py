"""Charts against uses: of one meter, of the months of a year, by the day, on an axis that begins above nothing."""

from dataclasses import replace
from datetime import date

import pytest

from domain.evidence import Box
from services.parser.page import Shape, Slope
from services.parser.understand.charts.axes.months import find_axes
from services.parser.understand.charts.printed import is_decoy, title_of
from services.parser.understand.sight import look
from tests.parser.understand.conftest import document, plain_bill
from tests.parser.understand.test_chart_kinds import TITLE, bars, begun
from tests.parser.understand.test_chart_shapes import A_KWH, FOOT, GREY, history_of, named, near, scale_at
from tests.parser.understand.test_history import AMOUNTS, MONTHS, history

PERIOD_TOP = 112
NAMES = ("Mar", "Apr", "May", "June", "July", "August", "Sept", "Oct", "Nov", "Dec", "Jan", "Feb")
LONG = [*(f"{name} {2023 + (i > 9)}" for i, name in enumerate(NAMES)), "Mar 2024"]


def respelled(sheet, old, new, top=None):
    """Set the first word of a text, at a height where one is given, anew."""
    at = next(i for i, word in enumerate(sheet.words) if word.text == old and top in (None, word.box.top))
    sheet.words[at] = replace(sheet.words[at], text=new)
    return sheet


def of_use(usage):
    """Set a bill of another use than the chart's newest month."""
    sheet = plain_bill(usage=f"{usage:,} kWh", previous=f"{13000 - usage:,}").put(100, 460, TITLE)
    return respelled(sheet, "620", f"{usage}")


def test_chart_of_one_meter_is_held_against_the_use_of_it_that_is_printed():
    sheet = of_use(1900).put(50, 436, "House: 620 kWh").put(200, 436, "Well: 1,280 kWh")
    assert near(history(bars(scale_at(named(sheet)))))


def test_chart_of_another_use_that_nothing_prints_is_left_alone():
    sheet = of_use(1900).put(50, 436, "House: 580 kWh").put(200, 436, "Well: 1,320 kWh")
    assert not history(bars(scale_at(named(sheet))))


def test_chart_is_not_held_against_a_daily_average_that_its_newest_bar_is():
    sheet = of_use(1900).put(50, 436, "Average daily usage 620 kWh")
    assert not history(bars(scale_at(named(sheet))))


def test_title_of_a_chart_is_found_where_lines_of_a_column_beside_it_come_between():
    sight = look(document(bars(scale_at(named(of_use(620))))))
    axis = find_axes(sight, None)[0]
    rows = list(sight.sheets[0].rows)
    high = Box(560, 20, 600, 30)
    rows[axis.row - 1] = replace(
        rows[axis.row - 1], box=high, segments=tuple(replace(s, box=high) for s in rows[axis.row - 1].segments)
    )
    between = replace(sight, sheets=(replace(sight.sheets[0], rows=tuple(rows)),))
    assert TITLE in title_of(sight, axis)
    assert TITLE in title_of(between, axis)


@pytest.mark.parametrize(("usage", "told"), [(sum(AMOUNTS[1:]), True), (sum(AMOUNTS[1:]) * 2, False)])
def test_bars_of_months_make_up_the_use_of_a_bill_of_a_year(usage, told):
    sheet = bars(scale_at(named(of_use(usage))))
    for old, new in (("Feb", "Mar"), ("14,", "16,"), ("2024", "2023")):
        respelled(sheet, old, new, PERIOD_TOP)
    assert near(history(sheet)) is told


def test_axis_that_begins_above_nothing_reads_its_least_number_at_the_bars_feet():
    sheet = named(begun())
    for tick in range(400, 1001, 100):
        sheet.right(95, FOOT - 5 - (tick - 400) * 2 * A_KWH, str(tick))
    assert near(history(bars(sheet, [(amount - 400) * 2 for amount in AMOUNTS])))


@pytest.mark.parametrize("title", ["Your gas use (m³/day)", "Your water use (litres/day)", "kWh per day"])
def test_bars_of_a_day_are_no_use_of_months(title):
    assert is_decoy(look(document(plain_bill())), title)


def test_tables_of_services_side_by_side_name_the_same_months_of_one_year():
    sheet = plain_bill().put(50, 444, "Electricity (kWh)").put(230, 444, "Gas (kWh)").put(410, 444, "Water (CCF)")
    for part in range(3):
        for i, month in enumerate(MONTHS[-6:]):
            left = 50 + 180 * part + 22 * i
            sheet.put(left, 460, month).put(left, 474, str(AMOUNTS[-6 + i] if part == 0 else 21 + i))
    found = {row.month: row.quantity.value.amount for row in history(sheet) if row.commodity == "electricity"}
    assert found == {date(2023 + (i > 2), (10, 11, 12, 1, 2, 3)[i], 1): amount for i, amount in enumerate(AMOUNTS[-6:])}


def test_bars_of_half_years_are_read_where_years_are_printed():
    sheet = scale_at(plain_bill().put(100, 460, TITLE))
    for i, (month, amount) in enumerate(
        zip(("Mar 22", "Sep 22", "Mar 23", "Sep 23", "Mar 24"), AMOUNTS[-5:], strict=True)
    ):
        sheet.put(111 + 60 * i, 704, month).bar(111 + 60 * i, FOOT - amount * A_KWH, 135 + 60 * i, FOOT)
    assert [row.month for row in history(sheet)] == [
        date(2022, 3, 1), date(2022, 9, 1), date(2023, 3, 1), date(2023, 9, 1), date(2024, 3, 1),
    ]  # fmt: skip


def test_legend_of_twelve_months_and_the_twelve_before_dates_both():
    sheet = scale_at(plain_bill().put(100, 440, TITLE))
    sheet.bar(110, 457, 118, 465, GREY).put(122, 456, "Previous 12 months")
    sheet.bar(260, 457, 268, 465).put(272, 456, "Last 12 months")
    for i, (month, amount) in enumerate(zip(MONTHS[1:], AMOUNTS[1:], strict=True)):
        left = 110 + 30 * i
        sheet.bar(left, FOOT - (amount - 60) * A_KWH, left + 10, FOOT, GREY).put(left, 704, month)
        sheet.bar(left + 11, FOOT - amount * A_KWH, left + 21, FOOT)
    found = {row.month: float(row.quantity.value.amount) for row in history(sheet)}
    assert len(found) == 24
    assert abs(found[date(2023, 3, 1)] - 560) <= 15


def test_bars_under_the_line_of_nothing_are_what_was_fed_in():
    sheet = named(begun())
    for tick in range(-400, 1001, 200):
        sheet.right(95, FOOT - 85 - tick * A_KWH, str(tick))
    for i, amount in enumerate(AMOUNTS):
        net = amount if i > 4 else -100 - 40 * i
        sheet.bar(110 + 30 * i, FOOT - 80 - max(net, 0) * A_KWH, 128 + 30 * i, FOOT - 80 - min(net, 0) * A_KWH)
    amounts = [float(row.quantity.value.amount) for row in sorted(history(sheet), key=lambda row: row.month)]
    assert amounts[:5] == pytest.approx([-100, -140, -180, -220, -260], abs=15)
    assert amounts[-1] == 620


@pytest.mark.parametrize("dash", ["-", "–", "—", "/"])
def test_months_of_one_bill_are_spanned_by_a_dash_between_blanks(dash):
    sheet = scale_at(plain_bill().put(100, 460, TITLE))
    names = (f"Aug {dash} Sep", f"Oct {dash} Nov", f"Dec {dash} Jan", f"Feb {dash} Mar")
    for i, (name, amount) in enumerate(zip(names, AMOUNTS[-4:], strict=True)):
        sheet.put(111 + 80 * i, 704, name).bar(115 + 80 * i, FOOT - amount * A_KWH, 145 + 80 * i, FOOT)
    assert sorted(row.month.month for row in history(sheet)) == [1, 3, 9, 11]


def test_quarters_are_named_after_their_last_month():
    sheet = scale_at(plain_bill().put(100, 460, TITLE))
    for i, (name, amount) in enumerate(zip(("Q2 2023", "Q3 2023", "Q4 2023", "Q1 2024"), AMOUNTS[-4:], strict=True)):
        sheet.put(111 + 80 * i, 704, name).bar(115 + 80 * i, FOOT - amount * A_KWH, 145 + 80 * i, FOOT)
    assert max(row.month for row in history(sheet)) == date(2024, 3, 1)


def test_names_that_begin_alike_are_one_axis_though_some_end_alike():
    sheet = plain_bill().put(100, 444, TITLE)
    for tick in range(0, 1001, 250):
        sheet.put(160 + tick * A_KWH - 2.5 * len(str(tick)), 704, str(tick))
    for i, (name, amount) in enumerate(zip(LONG, AMOUNTS, strict=True)):
        sheet.put(60, 460 + 18 * i, name).bar(160, 461 + 18 * i, 160 + amount * A_KWH, 470 + 18 * i)
    assert near(history(sheet))


def test_of_two_lines_the_one_that_ends_at_this_bills_use_is_this_year():
    sheet = named(scale_at(plain_bill().put(100, 446, TITLE)))
    sheet.shapes.append(Shape(Box(300, 463, 320, 464), 0x999999, stroke=True))
    sheet.put(324, 458, "Last year")
    lines = (([amount - 90 for amount in AMOUNTS], 0x999999), (AMOUNTS, 0xAA3300))
    slopes = tuple(
        Slope((119.0 + 30 * i, FOOT - line[i] * A_KWH), (149.0 + 30 * i, FOOT - line[i + 1] * A_KWH), colour)
        for line, colour in lines
        for i in range(12)
    )
    found = history_of(replace(sheet.page(), slopes=slopes))
    assert near([row for row in found if row.month >= date(2023, 3, 1)])
    assert abs(float(found[-1].quantity.value.amount) - 530) <= 15


def test_years_beside_the_first_and_last_name_shift_neither_bar():
    sheet = bars(scale_at(plain_bill().put(100, 460, TITLE)))
    for i, month in enumerate(MONTHS):
        sheet.put(103 + 30 * i, 704, f"{month} {23 + i // 12}") if i in (0, 12) else sheet.put(111 + 30 * i, 704, month)
    assert near(history(sheet))


def test_lying_bars_without_an_axis_are_measured_by_this_bills_use():
    sheet = plain_bill().put(50, 440, TITLE)
    for i, (name, amount) in enumerate(zip(LONG, AMOUNTS, strict=True)):
        sheet.put(50, 460 + 14 * i, name).bar(130, 461 + 14 * i, 130 + amount * 0.3, 469 + 14 * i)
    assert near(history(sheet))


def test_legend_of_years_that_end_within_another_dates_both_series():
    sheet = scale_at(plain_bill().put(100, 440, TITLE))
    sheet.bar(110, 457, 118, 465, GREY).put(122, 456, "2022-23").bar(260, 457, 268, 465).put(272, 456, "2023-24")
    for i, (month, amount) in enumerate(zip(MONTHS[1:], AMOUNTS[1:], strict=True)):
        left = 110 + 30 * i
        sheet.bar(left, FOOT - (amount - 60) * A_KWH, left + 10, FOOT, GREY).put(left, 704, month)
        sheet.bar(left + 11, FOOT - amount * A_KWH, left + 21, FOOT)
    assert len({row.month for row in history(sheet)}) == 24


def test_thousands_whose_comma_was_read_as_a_point_are_put_right_by_their_row():
    sheet = of_use(14100).put(60, 718, "kWh")
    for i, month in enumerate(MONTHS):
        sheet.put(111 + 34 * i, 704, month).put(105 + 34 * i, 718, "12.345" if i == 4 else f"{14 + i % 3},100")
    sheet.put(112, 732, "23").put(452, 732, "24")
    assert {row.month: row.quantity.value.amount for row in history(sheet)}[date(2023, 7, 1)] == 12345


def test_small_volume_of_three_places_is_no_thousand_where_its_row_has_three_places_too():
    sheet = of_use(45).put(60, 718, "kWh")
    for i, month in enumerate(MONTHS):
        sheet.put(111 + 34 * i, 704, month).put(105 + 34 * i, 718, "1.250" if i == 4 else f"{45 + i % 3}.123")
    sheet.put(112, 732, "23").put(452, 732, "24")
    assert float({row.month: row.quantity.value.amount for row in history(sheet)}[date(2023, 7, 1)]) == 1.25


def test_lowest_bar_is_read_by_its_height_though_that_is_hardly_a_line():
    amounts = [*AMOUNTS[:4], 0.6 / A_KWH, *AMOUNTS[5:]]
    found = {
        row.month: row.quantity.value.amount
        for row in history(bars(scale_at(named(plain_bill().put(100, 460, TITLE))), amounts))
    }
    assert float(found[date(2023, 7, 1)]) == pytest.approx(0.6 / A_KWH, abs=0.6)


def test_parts_of_numbers_along_an_axis_do_not_speak_against_this_bills_use():
    sheet = bars(named(plain_bill().put(100, 460, TITLE)))
    for height in (500, 520, 560, 580):
        sheet.right(95, height, "0")
    assert near(history(sheet))


def test_scale_of_a_chart_is_the_one_that_comes_down_to_its_own_months():
    sheet = plain_bill().put(110, 436, "Water Use (CCF)").put(110, 588, "Electric Use (kWh)")
    for foot, step, ticks in ((550, 15, 5), (700, 25, 4)):
        for tick in range(ticks):
            sheet.right(95, foot - 5 - 20 * tick, str(step * tick if foot == 550 else 250 * tick))
        for i, (month, amount) in enumerate(zip(MONTHS[:12], AMOUNTS[:12], strict=True)):
            high = 30 if foot == 550 else amount * 0.08
            sheet.bar(110 + 30 * i, foot - high, 128 + 30 * i, foot).put(111 + 30 * i, foot + 4, month)
    sheet.put(112, 716, "23").put(412, 716, "24")
    read = {row.month: float(row.quantity.value.amount) for row in history(sheet) if row.commodity == "electricity"}
    assert abs(read[date(2023, 3, 1)] - 540) <= 15
