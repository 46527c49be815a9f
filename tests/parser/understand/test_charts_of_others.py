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
from services.parser.understand.charts.raster.pixels import runs_of
from services.parser.understand.charts.unscaled import _better
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
