"""Charts in the shapes that bills give them: lying, stacked and overlaid bars, lines, upright names, few numbers or none."""

import itertools
from datetime import date

import numpy
import pytest

from domain.evidence import Box, Method
from domain.outcome import Success
from services.parser.page import Document, Page, Slope, Word
from services.parser.understand import understand
from services.parser.understand.charts.printed import is_decoy
from services.parser.understand.sight import look
from tests.parser.understand.conftest import document, plain_bill
from tests.parser.understand.test_history import AMOUNTS, MONTHS, history

YEARS = ["23"] * 10 + ["24"] * 3
FOOT, A_KWH = 700.0, 0.2


def scale_at(sheet, *, spell=str, edge=95):
    """Set the numbers of an axis from 0 to 1,000 at the left of a chart."""
    for tick in range(0, 1001, 250):
        sheet.right(edge, FOOT - 5 - tick * A_KWH, spell(tick))
    return sheet


def named(sheet):
    """Set the names of the months under a chart, the year with the first and with January."""
    for i, month in enumerate(MONTHS):
        sheet.put(111 + 30 * i, 704, month)
    sheet.put(112, 716, "23").put(412, 716, "24")
    return sheet


def near(found):
    """Tell whether every month of the usual year was read within 1.5 % of the axis."""
    want = {date(2000 + int(y), 1 + (2 + i) % 12, 1): a for i, (y, a) in enumerate(zip(YEARS, AMOUNTS, strict=True))}
    read = {month.month: float(month.quantity.value.amount) for month in found}
    return set(want) <= set(read) and all(abs(read[month] - amount) <= 15 for month, amount in want.items())


def test_stacked_and_shaded_bars_are_measured_to_their_tops():
    sheet = named(scale_at(plain_bill().put(100, 460, "Usage History (kWh)")))
    for i, amount in enumerate(AMOUNTS):
        left, top = 110 + 30 * i, FOOT
        for part, share in enumerate((0.5, 0.3, 0.2)):
            sheet.bar(left, top - amount * share * A_KWH, left + 18, top, colour=0x223344 + 0x303030 * part)
            top -= amount * share * A_KWH
    assert near(history(sheet))


def test_years_under_months_are_told_from_the_line_of_a_list_beside_them():
    sheet = scale_at(plain_bill().put(100, 460, "Usage History (kWh)"))
    for i, (month, amount) in enumerate(zip(MONTHS, AMOUNTS, strict=True)):
        sheet.put(111 + 30 * i, 704, month).bar(110 + 30 * i, FOOT - amount * A_KWH, 128 + 30 * i, FOOT)
    sheet.put(112, 716, "23").put(472, 716, "24")
    for left, text in ((520, "Mar 24"), (555, "29"), (575, "6"), (590, "8")):
        sheet.put(left, 716, text)
    assert near(history(sheet))


def test_bars_of_many_slices_stand_on_the_lowest_of_each():
    sheet = named(scale_at(plain_bill().put(100, 460, "Usage History (kWh)")))
    small = [amount // 6 for amount in AMOUNTS[:-1]] + AMOUNTS[-1:]
    for i, amount in enumerate(small):
        left, slices = 110 + 30 * i, 12
        high = amount * A_KWH / slices
        for step in range(slices):
            low = FOOT - step * high
            sheet.bar(left, low - high, left + 18, low, colour=0xE05910 + 0x000908 * step)
    found = [float(month.quantity.value.amount) for month in history(sheet)]
    assert len(found) == len(small)
    assert all(abs(one - other) <= 10 for one, other in zip(found, small, strict=True))


def test_axis_may_spell_thousands():
    sheet = named(plain_bill().put(100, 460, "Usage History (kWh)"))
    for tick in range(5):
        sheet.right(95, FOOT - 5 - tick * 40, f"{tick}k" if tick else "0")
    for i, amount in enumerate(AMOUNTS):
        sheet.bar(110 + 30 * i, FOOT - amount * 0.04, 128 + 30 * i, FOOT)
    found = {m.month: float(m.quantity.value.amount) for m in history(sheet)}
    assert all(abs(found[date(2023, 3 + i, 1)] - AMOUNTS[i]) < 40 for i in range(10))


def test_names_that_run_up_the_page_name_months():
    sheet = scale_at(plain_bill().put(100, 460, "Usage History (kWh)"))
    for i, (month, year, amount) in enumerate(zip(MONTHS, YEARS, AMOUNTS, strict=True)):
        sheet.bar(110 + 30 * i, FOOT - amount * A_KWH, 128 + 30 * i, FOOT)
        left = 115 + 30 * i
        sheet.words.append(Word(month, Box(left, 718, left + 6, 732), 1.0, 8.0))
        sheet.words.append(Word(year, Box(left, 706, left + 6, 715), 1.0, 8.0))
    assert near(history(sheet))


def test_lying_bars_are_measured_along_the_page():
    sheet = plain_bill().put(50, 440, "Usage History (kWh)")
    for i, (month, year, amount) in enumerate(zip(MONTHS, YEARS, AMOUNTS, strict=True)):
        sheet.right(100, 460 + 14 * i, f"{month} {year}")
        sheet.bar(106, 461 + 14 * i, 106 + amount * 0.3, 469 + 14 * i)
    for tick in range(0, 1001, 250):
        text = str(tick)
        sheet.put(106 + tick * 0.3 - 2.5 * len(text), 648, text)
    assert near(history(sheet))


def test_a_narrow_bar_before_a_broad_one_is_this_year():
    sheet = scale_at(plain_bill().put(100, 452, "Usage History (kWh)"))
    sheet.bar(300, 452, 308, 460, 0xBBBBBB).put(312, 451, "Last year").bar(400, 452, 408, 460, 0x3366AA)
    sheet.put(412, 451, "This year")
    for i, month in enumerate(MONTHS[1:]):
        left = 110 + 30 * i
        sheet.bar(left, FOOT - (AMOUNTS[i] + 90) * A_KWH, left + 20, FOOT, 0xBBBBBB)
        sheet.bar(left + 5, FOOT - AMOUNTS[i + 1] * A_KWH, left + 15, FOOT, 0x3366AA)
        sheet.put(left + 1, 704, month)
    found = {m.month: float(m.quantity.value.amount) for m in history(sheet)}
    assert abs(found[date(2024, 2, 1)] - 600) <= 15
    assert abs(found[date(2023, 2, 1)] - (AMOUNTS[10] + 90)) <= 15


@pytest.mark.parametrize(("shift", "kept"), [(0, True), (300, False)])
def test_a_line_is_use_only_where_it_ends_at_this_bills_use(shift, kept):
    sheet = named(scale_at(plain_bill().put(100, 460, "Usage History (kWh)")))
    page = sheet.page()
    spots = [(119.0 + 30 * i, FOOT - (amount - shift) * A_KWH) for i, amount in enumerate(AMOUNTS)]
    slopes = tuple(Slope(a, b, 0xAA3300) for a, b in itertools.pairwise(spots))
    drawn = Page(1, page.width, page.height, page.words, Method.TEXT_LAYER, page.shapes, slopes)
    outcome = understand(Document((drawn,), "test"))
    assert isinstance(outcome, Success)
    found = outcome.readings[0].history
    assert near(found) if kept else not found


def test_bars_without_any_axis_are_measured_by_this_bills_use():
    sheet = named(plain_bill().put(100, 460, "Usage History (kWh)"))
    for i, amount in enumerate(AMOUNTS):
        sheet.bar(110 + 30 * i, FOOT - amount * A_KWH, 128 + 30 * i, FOOT)
    found = history(sheet)
    assert near(found)
    assert all(month.quantity.evidence.confidence < 0.9 for month in found)


def test_a_line_among_bars_that_nothing_names_is_not_scaled_by_this_bills_use():
    sheet = named(plain_bill().put(100, 460, "Usage History (kWh)"))
    for i, amount in enumerate(AMOUNTS):
        sheet.bar(108 + 30 * i, FOOT - (amount + 90) * A_KWH, 118 + 30 * i, FOOT, 0xBBBBBB)
        sheet.bar(120 + 30 * i, FOOT - amount * A_KWH, 130 + 30 * i, FOOT, 0x3366AA)
    page = sheet.page()
    spots = [(119.0 + 30 * i, FOOT - 60.0 - 3 * i) for i in range(len(AMOUNTS))]
    slopes = tuple(Slope(a, b, 0xAA3300) for a, b in itertools.pairwise(spots))
    outcome = understand(
        Document((Page(1, page.width, page.height, page.words, Method.TEXT_LAYER, page.shapes, slopes),), "test")
    )
    assert isinstance(outcome, Success)
    assert not outcome.readings[0].history


def test_bars_of_a_picture_whose_months_cannot_be_read_are_as_many_periods_as_there_are_bars():
    sheet = plain_bill().put(100, 460, "Usage History (kWh)")
    scale = 200 / 72
    raster = numpy.full((int(792 * scale), int(612 * scale)), 250, dtype=numpy.uint8)
    for i, amount in enumerate(AMOUNTS):
        top, foot = int((FOOT - amount * A_KWH) * scale), int(FOOT * scale)
        raster[top:foot, int((110 + 30 * i) * scale) : int((128 + 30 * i) * scale)] = 90
    page = sheet.page(method=Method.OCR)
    seen = Page(1, page.width, page.height, page.words, Method.OCR, raster=raster, raster_scale=scale)
    outcome = understand(Document((seen,), "test"))
    assert isinstance(outcome, Success)
    assert near(outcome.readings[0].history)


def test_a_column_a_year_is_a_table_of_two_years():
    sheet = (
        plain_bill()
        .put(50, 440, "Usage History (kWh)")
        .put(50, 456, "Month")
        .put(150, 456, "2023")
        .put(220, 456, "2024")
    )
    for i, month in enumerate(["Jan", "Feb", "Mar", "Apr", "May"]):
        sheet.put(50, 470 + 13 * i, month).right(172, 470 + 13 * i, str(700 + i))
        if i < 3:
            sheet.right(242, 470 + 13 * i, str(600 + i))
    found = {m.month: int(m.quantity.value.amount) for m in history(sheet)}
    assert found == {
        **{date(2023, 1 + i, 1): 700 + i for i in range(5)},
        **{date(2024, 1 + i, 1): 600 + i for i in range(3)},
    }  # fmt: skip


def test_use_is_the_column_that_is_neither_days_nor_average_nor_money():
    sheet = plain_bill().put(50, 440, "Billing record")
    for left, head in ((50, "Read on"), (150, "Days"), (220, "kWh"), (290, "Avg/day"), (370, "Billed")):
        sheet.put(left, 456, head)
    for i in range(4):
        sheet.put(50, 470 + 13 * i, f"0{1 + i}/09/2024").right(170, 470 + 13 * i, "31").right(
            240, 470 + 13 * i, str(611 + i)
        )
        sheet.right(325, 470 + 13 * i, "19.7").right(400, 470 + 13 * i, f"$9{i}.15")
    assert [int(m.quantity.value.amount) for m in history(sheet)] == [611, 612, 613, 614]


@pytest.mark.parametrize("title", ["13-month usage (kWh) and average temperature", "Usage in kWh"])
def test_chart_of_usage_is_none_of_another_thing_for_a_word_for_average(title):
    assert not is_decoy(look(document(plain_bill())), title)


def test_bar_of_another_month_than_this_bills_is_measured_and_not_told_to_be_its_use():
    sheet = scale_at(plain_bill().put(100, 460, "Usage History (kWh)"))
    for i, amount in enumerate([*AMOUNTS[:11], 642]):
        sheet.bar(110 + 30 * i, FOOT - amount * A_KWH, 128 + 30 * i, FOOT).put(111 + 30 * i, 704, MONTHS[i])
    sheet.put(112, 716, "23").put(412, 716, "24")
    found = {m.month: m.quantity.value.amount for m in history(sheet)}
    assert max(found) == date(2024, 2, 1)
    assert abs(found[date(2024, 2, 1)] - 642) <= 5


def test_bar_of_this_bills_month_is_its_use_in_plain_digits():
    sheet = named(scale_at(plain_bill().put(100, 460, "Usage History (kWh)")))
    for i, amount in enumerate([*AMOUNTS[:12], 626]):
        sheet.bar(110 + 30 * i, FOOT - amount * A_KWH, 128 + 30 * i, FOOT)
    found = {m.month: str(m.quantity.value.amount) for m in history(sheet)}
    assert found[date(2024, 3, 1)] == "620"


CALENDAR = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
BEFORE, SINCE = [640, 600, 540, 480, 450, 610, 820, 850, 700, 520, 480, 560], [660, 630, 620]
GREY, BLUE, GREEN = 0xBBBBBB, 0x3366AA, 0x33AA66


def history_of(page):
    """Return the past months that one page tells."""
    outcome = understand(Document((page,), "test"))
    assert isinstance(outcome, Success)
    return outcome.readings[0].history


def calendar(*legend):
    """Set a chart from January to December: 2023 grey, three months of 2024 blue; the legend's squares and years."""
    sheet = scale_at(plain_bill().put(100, 452, "Usage History (kWh)"))
    for at, (colour, year) in enumerate(legend):
        left = 300 + 60 * (at // 2)
        sheet.bar(left, 466 + 14 * (at % 2), left + 8, 474 + 14 * (at % 2), colour)
        sheet.put(left + 12, 465 + 14 * (at % 2), year)
    for i, month in enumerate(CALENDAR):
        sheet.bar(110 + 30 * i, FOOT - BEFORE[i] * A_KWH, 119 + 30 * i, FOOT, GREY).put(111 + 30 * i, 704, month)
        if i < len(SINCE):
            sheet.bar(120 + 30 * i, FOOT - SINCE[i] * A_KWH, 129 + 30 * i, FOOT, BLUE)
    return sheet


def of_two_years(found):
    """Tell whether the fifteen months of a calendar's two years were read, each once."""
    want = {date(2023, 1 + i, 1): use for i, use in enumerate(BEFORE)}
    want |= {date(2024, 1 + i, 1): use for i, use in enumerate(SINCE)}
    read = {m.month: float(m.quantity.value.amount) for m in found}
    return len(found) == len(want) and all(abs(read.get(month, 0) - use) <= 15 for month, use in want.items())


def test_square_of_a_legend_that_is_painted_twice_names_its_year_once():
    sheet = calendar((GREY, "2023"), (BLUE, "2024"))
    sheet.bar(301, 467, 307, 473, GREY)
    assert of_two_years(history(sheet))


def test_legend_that_gives_two_years_one_tone_tells_neither():
    sheet = calendar((BLUE, "2023"), (BLUE, "2024"))
    assert of_two_years(history(sheet))


def test_legend_that_gives_two_series_one_year_is_not_believed():
    sheet = calendar((GREY, "2023"), (BLUE, "2024"), (GREEN, "2023"))
    for i, amount in enumerate(BEFORE):
        sheet.bar(130 + 30 * i, FOOT - 0.5 * amount * A_KWH, 136 + 30 * i, FOOT, GREEN)
    assert history(sheet) == ()


def test_second_series_that_nothing_names_is_not_taken_for_the_year_before():
    sheet = named(scale_at(plain_bill().put(100, 460, "Usage History (kWh)")))
    for i, amount in enumerate(AMOUNTS):
        sheet.bar(108 + 30 * i, FOOT - 0.4 * amount * A_KWH, 118 + 30 * i, FOOT, GREY)
        sheet.bar(120 + 30 * i, FOOT - amount * A_KWH, 130 + 30 * i, FOOT, BLUE)
    found = history(sheet)
    assert near(found)
    assert len(found) == len(AMOUNTS)


def test_few_bars_of_a_calendar_are_read_off_a_scan():
    sheet = scale_at(plain_bill().put(100, 452, "Usage History (kWh)"))
    scale = 200 / 72
    raster = numpy.full((int(792 * scale), int(612 * scale)), 250, dtype=numpy.uint8)
    for i, month in enumerate(CALENDAR):
        sheet.put(111 + 30 * i, 704, month)
        if i < len(SINCE):
            top, left = FOOT - SINCE[i] * A_KWH, 110 + 30 * i
            raster[int(top * scale) : int(FOOT * scale), int(left * scale) : int((left + 18) * scale)] = 90
    page = sheet.page(method=Method.OCR)
    seen = Page(1, page.width, page.height, page.words, Method.OCR, raster=raster, raster_scale=scale)
    found = {m.month: float(m.quantity.value.amount) for m in history_of(seen)}
    assert all(abs(found.get(date(2024, 1 + i, 1), 0) - use) <= 15 for i, use in enumerate(SINCE))


def test_charts_side_by_side_are_not_one_of_many_years():
    sheet = plain_bill()
    for left, title, amounts in ((60, "Electricity (kWh)", (402, 388, 451, 478)), (320, "Gas (kWh)", (58, 61, 66, 60))):
        sheet.put(left, 480, title)
        for i, (month, amount) in enumerate(zip(("Dec", "Jan", "Feb", "Mar"), amounts, strict=True)):
            sheet.put(left + 40 * i, 700, month).put(left + 40 * i, 690 - 0.2 * amount - 10, str(amount))
            sheet.bar(left + 40 * i, 690 - 0.2 * amount, left + 40 * i + 16, 690)
    outcome = understand(document(sheet))
    assert isinstance(outcome, Success)
    read = {
        (month.commodity.value, month.month.isoformat()[:7]): int(month.quantity.value.amount)
        for month in outcome.readings[0].history
        if month.quantity is not None
    }
    assert read["electricity", "2024-03"] == 478
    assert read["gas", "2024-03"] == 60
    assert len(read) == 8
