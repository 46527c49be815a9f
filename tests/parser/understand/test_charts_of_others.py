"""Charts in manners of other hands: lines in pictures, outlines, far names, ticks with dashes, two services in one chart."""

import itertools
from dataclasses import replace
from datetime import date

import numpy

from domain.evidence import Box
from domain.outcome import Success
from domain.quantity import Commodity, Unit
from services.parser.page import Document, Slope, Word
from services.parser.understand import understand
from services.parser.understand.charts.axes.axis import Axis, Mark
from services.parser.understand.charts.raster import pixels
from services.parser.understand.charts.raster.pixels import runs_of
from services.parser.understand.charts.raster.seen import _series
from services.parser.understand.charts.unscaled import _better
from services.parser.understand.layout.lanes import with_lanes
from services.parser.understand.layout.rows import sheets
from tests.parser.understand.conftest import plain_bill
from tests.parser.understand.test_chart_shapes import named, near, scale_at
from tests.parser.understand.test_history import AMOUNTS, MONTHS, history
from tests.parser.understand.test_pictured_charts import A_KWH, FINE, FOOT, WHEN, Picture, bare, told, wrong

TITLE = "Usage History (kWh)"


def line_of(picture, amounts, *, tone=80, wide=2):
    """Draw a line from month to month in place of the bars."""
    picture.raster[:, int(105 * FINE) : int(500 * FINE)] = 250
    spots = [(119 + 30 * i, FOOT - amount * A_KWH) for i, amount in enumerate(amounts)]
    for (x, y), (end, fall) in itertools.pairwise(spots):
        for step in numpy.linspace(0, 1, 80):
            at, level = int((x + step * (end - x)) * FINE), int((y + step * (fall - y)) * FINE)
            picture.raster[level - wide : level + wide, at - 1 : at + 1] = tone
    return picture


def test_a_line_in_a_picture_that_ends_at_this_bills_use_is_followed():
    read = line_of(Picture().named(), AMOUNTS).read()
    assert sorted(read) == WHEN
    assert wrong(read) == {}


def test_a_line_in_a_picture_that_ends_elsewhere_tells_nothing():
    assert line_of(Picture().named(), [1000 - amount for amount in AMOUNTS]).read() == {}


def test_estimates_drawn_as_an_outline_among_filled_bars_are_bars():
    picture = Picture().named()
    rows = slice(int((FOOT - AMOUNTS[4] * A_KWH) * FINE) + 3, int(FOOT * FINE))
    picture.raster[rows, int(230 * FINE) + 3 : int(248 * FINE) - 3] = 250
    read = picture.read()
    assert sorted(read) == WHEN
    assert wrong(read) == {}


def test_bars_whose_names_were_boxed_a_little_off_are_as_even_as_the_others():
    picture = Picture().named()
    picture.sheet.words = [
        Word(word.text, Box(word.box.left + 7, word.box.top, word.box.right + 7, word.box.bottom), 1.0, word.height)
        if word.text == "Jul" else word
        for word in picture.sheet.words
    ]  # fmt: skip
    read = picture.read()
    assert sorted(read) == WHEN
    assert wrong(read) == {}


def test_dashes_at_the_numbers_of_an_axis_are_no_signs():
    picture = bare().named()
    for tick in range(0, 1001, 250):
        picture.sheet.put(500, FOOT - 5 - tick * A_KWH, f"-{tick}")
    months = picture.history()
    assert sorted(told(months)) == WHEN
    assert wrong(told(months)) == {}
    assert all(month.quantity.evidence.confidence > 0.8 for month in months)


def test_a_number_among_words_beside_a_chart_is_none_of_its_axis():
    sheet = named(plain_bill().put(100, 460, TITLE)).put(50, 560, "12 OAK ST")
    for i, amount in enumerate(AMOUNTS):
        sheet.bar(110 + 30 * i, FOOT - amount * A_KWH, 128 + 30 * i, FOOT)
    assert near(history(sheet))


def test_names_with_years_beside_them_stand_over_their_bars_as_a_whole():
    sheet = scale_at(plain_bill().put(100, 460, TITLE))
    for i, amount in enumerate(AMOUNTS):
        sheet.bar(110 + 13 * i, FOOT - amount * A_KWH, 119 + 13 * i, FOOT)
        if i % 3 == 0:
            sheet.put(97 + 13 * i, 704, f"{MONTHS[i]} {2023 + (i >= 10)}")
    assert near(history(sheet))


def test_bars_between_names_half_a_year_apart_are_months():
    sheet = scale_at(plain_bill().put(100, 460, TITLE))
    for i, amount in enumerate(AMOUNTS):
        sheet.bar(110 + 30 * i, FOOT - amount * A_KWH, 128 + 30 * i, FOOT)
        if i % 6 == 0:
            sheet.put(111 + 30 * i, 704, MONTHS[i])
    assert near(history(sheet))


def test_the_shade_under_a_line_is_the_same_line():
    page = named(scale_at(plain_bill().put(100, 460, TITLE))).page()
    spots = [(119 + 30 * i, FOOT - amount * A_KWH) for i, amount in enumerate(AMOUNTS)]
    raised = [(x, y + 0.1) for x, y in spots]
    pairs = [
        *((0xBBDDEE, a, b) for a, b in itertools.pairwise(spots)),
        *((0x66CC, a, b) for a, b in itertools.pairwise(raised)),
    ]
    slopes = tuple(Slope(a, b, colour) for colour, a, b in pairs)
    outcome = understand(Document((replace(page, slopes=slopes),), "test"))
    assert isinstance(outcome, Success)
    assert near(outcome.readings[0].history)


def test_a_rule_beside_a_text_is_no_square_of_a_legend():
    sheet = named(scale_at(plain_bill().put(100, 460, TITLE))).put(300, 474, "Current charges due")
    sheet.bar(294, 472, 294.8, 484, 0x559955)
    for i, amount in enumerate(AMOUNTS):
        sheet.bar(108 + 30 * i, FOOT - amount * A_KWH, 118 + 30 * i, FOOT, 0xF5B335)
        sheet.bar(118 + 30 * i, FOOT - (300 + 20 * (i % 5)) * A_KWH, 128 + 30 * i, FOOT, 0x559955)
    assert near(history(sheet))


def test_two_services_in_one_chart_have_a_scale_each():
    sheet = named(scale_at(plain_bill().put(100, 460, TITLE))).put(70, 480, "kWh").put(508, 480, "therms")
    sheet.put(50, 434, "88412208").put(150, 434, "6,269").put(250, 434, "6,210").put(350, 434, "1").put(
        420, 434, "59 therms"
    )
    gas = [104, 138, 126, 87, 52, 24, 15, 12, 11, 14, 33, 61, 59]
    for tick in range(0, 201, 50):
        sheet.put(508, FOOT - 5 - tick, str(tick))
    for i, (power, therms) in enumerate(zip(AMOUNTS, gas, strict=True)):
        sheet.bar(109 + 30 * i, FOOT - power * A_KWH, 119 + 30 * i, FOOT, 0xF5B335)
        sheet.bar(119 + 30 * i, FOOT - therms, 129 + 30 * i, FOOT, 0x559955)
    found = history(sheet)
    assert near([month for month in found if month.commodity is Commodity.ELECTRICITY])
    burnt = {month.month: month.quantity.value for month in found if month.commodity is Commodity.GAS}
    assert {value.unit for value in burnt.values()} == {Unit.THERM}
    assert all(abs(float(burnt[when].amount) - amount) <= 2 for when, amount in zip(WHEN, gas, strict=True))


def test_ticks_under_bars_are_not_the_bars():
    ticks, bars = [(10 * i + 4, 10 * i + 6) for i in range(9)], [(10 * i + 1, 10 * i + 8) for i in range(9)]
    assert _better(bars, ticks)
    assert not _better(ticks, bars)
    assert runs_of(numpy.array([False, True, True])) == [(1, 3)]


def test_bars_beyond_the_named_months_are_seen_in_light_and_shade():
    picture = Picture()
    for i, month in enumerate(MONTHS[:11]):
        picture.sheet.put(111 + 30 * i, 704, month)
    picture.sheet.put(112, 716, "23")
    shade = numpy.linspace(1.0, 0.6, picture.raster.shape[1])
    picture.raster = (picture.raster * shade).astype(numpy.uint8)
    read = picture.read()
    assert sorted(read) == WHEN
    assert wrong(read) == {}
    assert date(2024, 3, 1) in read


def test_a_title_may_count_the_months_that_it_heads():
    read = Picture(title="13 month energy use (kWh)").read()
    assert sorted(read) == WHEN
    assert wrong(read) == {}


def test_a_bar_whose_name_was_misread_by_a_letter_is_a_month():
    picture = Picture()
    for i, month in enumerate(["Nar", *MONTHS[1:]]):
        picture.sheet.put(111 + 30 * i, 704, month)
    picture.sheet.put(412, 716, "24")
    assert sorted(picture.read()) == WHEN


def test_a_line_over_bars_is_this_years_and_they_are_the_year_befores():
    sheet = named(scale_at(plain_bill().put(100, 460, TITLE))).put(210, 474, "Last year").put(310, 474, "This year")
    sheet.bar(200, 475, 207, 482, 0xCCCCCC)
    for i in range(1, 13):
        sheet.bar(110 + 30 * i, FOOT - (300 + 10 * i) * A_KWH, 128 + 30 * i, FOOT, 0xCCCCCC)
    spots = [(119 + 30 * i, FOOT - amount * A_KWH) for i, amount in enumerate(AMOUNTS)]
    slopes = tuple(Slope(a, b, 0xCC0000) for a, b in itertools.pairwise(spots))
    outcome = understand(Document((replace(sheet.page(), slopes=slopes),), "test"))
    assert isinstance(outcome, Success)
    found = outcome.readings[0].history
    assert near(found)
    assert abs(told(found)[date(2022, 8, 1)] - 350) <= 15


def test_this_bills_own_bar_is_surer_of_its_year_than_a_square():
    sheet = named(scale_at(plain_bill().put(100, 460, TITLE))).put(210, 474, "Last year").put(310, 474, "This year")
    sheet.bar(200, 475, 207, 482, 0xF5B335).bar(300, 475, 307, 482, 0x559955)
    for i, amount in enumerate(AMOUNTS):
        sheet.bar(108 + 30 * i, FOOT - amount * A_KWH, 118 + 30 * i, FOOT, 0xF5B335)
        sheet.bar(118 + 30 * i, FOOT - (300 + 20 * (i % 5)) * A_KWH, 128 + 30 * i, FOOT, 0x559955)
    assert near(history(sheet))


def test_what_shows_of_a_bar_behind_another_is_as_broad_as_both():
    raster = numpy.full((300, 200), 250, dtype=numpy.uint8)
    raster[50:200, 40:100] = 190
    raster[120:200, 56:84] = 70
    behind, front = pixels._bars_between(raster, 2.0, 0, 10.0, 60.0, 100.0, 10.0, 250.0, whole=False, outlined=False)
    assert (round(behind.left), round(behind.right), round(behind.top)) == (20, 50, 25)
    assert (round(front.left), round(front.right), round(front.top)) == (28, 42, 60)


def test_shade_beside_a_bar_is_no_part_of_it():
    foot = numpy.concatenate([numpy.full(40, 70.0), numpy.full(12, 215.0)]).astype(numpy.float32)
    assert pixels._trimmed(foot, 0, 52, 240.0) == (0, 40)


def test_a_bar_that_stands_alone_is_of_the_series_whose_place_it_has():
    axis = Axis(1, 0, tuple(Mark(i + 1, 2024, 30.0 * i, Box(30.0 * i, 0, 30.0 * i, 1)) for i in range(4)))
    bars = [
        [pixels.Column(i, 10, 50, 90, 30.0 * i - 8, 30.0 * i), pixels.Column(i, 20, 50, 30, 30.0 * i, 30.0 * i + 8)]
        for i in range(4)
    ]
    left, right = _series([*bars[:3], bars[3][1:]], axis)
    assert [len(left), len(right)] == [3, 4]


def test_months_that_run_across_the_edge_of_two_columns_under_them_are_one_line():
    sheet = named(scale_at(plain_bill().put(100, 460, TITLE)))
    for line in range(8):
        top = 724 + 11 * line
        sheet.put(50, top, "Basic charge").right(290, top, f"{10 + line}.50")
        sheet.put(320, top, "Energy charge").right(540, top, f"{20 + line}.50")
    rows = with_lanes(sheets(Document((sheet.page(),), "test"))[0].rows)
    lines = [[segment.text for segment in row.segments] for row in rows]
    assert MONTHS in lines
    assert ["Basic charge", "10.50"] in lines


def test_a_line_of_facts_under_a_chart_holds_no_values_of_its_months():
    sheet = named(scale_at(plain_bill().put(100, 460, TITLE)))
    for i, amount in enumerate(AMOUNTS):
        sheet.bar(110 + 30 * i, FOOT - amount * A_KWH, 128 + 30 * i, FOOT)
    facts = ("Meter 22", "Dial 90", "Reads 91", "Days 62", "Times 1", "Zone 14", "Cycle 7", "Route 3")
    for i, fact in enumerate(facts):
        sheet.put(105 + 46 * i, 716, fact)
    assert near(history(sheet))


def test_a_legend_that_names_the_months_of_two_years_dates_the_line_that_is_not_this_bills():
    sheet = named(scale_at(plain_bill().put(100, 460, TITLE)))
    sheet.put(210, 730, "Mar 2022 to Mar 2023").put(350, 730, "Mar 2023 to Mar 2024")
    spots = [(119 + 30 * i, FOOT - amount * A_KWH) for i, amount in enumerate(AMOUNTS)]
    before = [
        (x, FOOT - amount * A_KWH) for (x, _), amount in zip(spots, [700, *range(310, 420, 10), 540], strict=True)
    ]
    slopes = tuple(
        Slope(a, b, colour)
        for colour, line in ((0x9AA0A6, before), (0x833E, spots))
        for a, b in itertools.pairwise(line)
    )
    outcome = understand(Document((replace(sheet.page(), slopes=slopes),), "test"))
    assert isinstance(outcome, Success)
    found = outcome.readings[0].history
    assert near(found)
    assert abs(told(found)[date(2022, 8, 1)] - 350) <= 15
