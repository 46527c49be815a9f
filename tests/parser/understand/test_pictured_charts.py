"""Charts of pictures: what the eye missed of an axis, and what joined a bar, make no wrong month."""

from datetime import date
from decimal import Decimal

import numpy

from domain.evidence import Box, Method
from domain.outcome import Success
from domain.quantity import Commodity, Unit
from services.parser.page import Document, Page, Word
from services.parser.understand import understand
from services.parser.understand.charts.axes.axis import Mark
from services.parser.understand.charts.bar import Bar
from services.parser.understand.charts.history import BAR_CONFIDENCE_PIXELS
from services.parser.understand.charts.measured import Known, other_use
from services.parser.understand.charts.raster import pixels
from services.parser.understand.charts.scale import Scale
from services.parser.understand.charts.view import Tick
from tests.parser.understand.conftest import plain_bill
from tests.parser.understand.test_history import AMOUNTS, MONTHS, history

FOOT, A_KWH, FINE = 700.0, 0.2, 2.0
WHEN = [date(2023 + (i + 2) // 12, (i + 2) % 12 + 1, 1) for i in range(13)]


class Picture:
    """A picture of the plain bill with thirteen bars under a title; what is named and numbered is up to the test."""

    def __init__(self, amounts=AMOUNTS, *, top=1000, title="Usage History (kWh)"):
        self.sheet = plain_bill().put(100, 460, title)
        for tick in range(0, top + 1, 250):
            self.sheet.right(95, FOOT - 5 - tick * A_KWH, str(tick))
        self.raster = numpy.full((int(792 * FINE), int(612 * FINE)), 250, dtype=numpy.uint8)
        for i, amount in enumerate(amounts):
            self.ink(110 + 30 * i, FOOT - amount * A_KWH, 128 + 30 * i, FOOT)

    def ink(self, left, top, right, bottom):
        self.raster[int(top * FINE) : int(bottom * FINE), int(left * FINE) : int(right * FINE)] = 90
        return self

    def named(self):
        for i, month in enumerate(MONTHS):
            self.sheet.put(111 + 30 * i, 704, month)
        self.sheet.put(112, 716, "23").put(412, 716, "24")
        return self

    def read(self):
        return told(self.history())

    def history(self):
        page = self.sheet.page()
        seen = Page(1, page.width, page.height, page.words, Method.OCR, raster=self.raster, raster_scale=FINE)
        outcome = understand(Document((seen,), "test"))
        assert isinstance(outcome, Success)
        return outcome.readings[0].history


def told(months):
    """Return what is told of each month."""
    return {month.month: float(month.quantity.value.amount) for month in months}


def wrong(read):
    """Return the months that are told too high or low."""
    want = dict(zip(WHEN, AMOUNTS, strict=True))
    return {month: amount for month, amount in read.items() if abs(amount - want[month]) > 15}


def test_bars_over_the_last_number_that_was_seen_are_measured_to_their_tops():
    read = Picture(top=750).named().read()
    assert len(read) == 13
    assert wrong(read) == {}


def test_a_bar_that_runs_together_with_a_line_beside_it_is_left_out():
    read = Picture().ink(222, FOOT - 180, 248, FOOT).named().read()
    assert date(2023, 7, 1) not in read
    assert len(read) == 12
    assert wrong(read) == {}


def test_bars_that_all_seem_a_little_high_are_levelled_by_this_bills():
    read = Picture([amount + 6 for amount in AMOUNTS]).named().read()
    assert [read[month] for month in WHEN] == [float(amount) for amount in AMOUNTS]


def drawn():
    """Return a page of the plain bill with thirteen drawn bars and a scale, no month named."""
    sheet = plain_bill().put(100, 460, "Usage History (kWh)")
    for tick in range(0, 1001, 250):
        sheet.right(95, FOOT - 5 - tick * A_KWH, str(tick))
    for i, amount in enumerate(AMOUNTS):
        sheet.bar(110 + 30 * i, FOOT - amount * A_KWH, 128 + 30 * i, FOOT)
    return sheet


def test_an_axis_of_which_several_names_were_not_seen_is_one_where_places_leap_as_months_do():
    sheet = drawn()
    for i, month in enumerate(MONTHS):
        if i not in (4, 8, 10):
            sheet.put(111 + 30 * i, 704, month)
    read = told(history(sheet))
    assert len(read) == 13
    assert wrong(read) == {}


def test_initials_that_were_seen_as_one_word_are_parted():
    sheet = drawn()
    sheet.words.append(Word("".join(month[0] for month in MONTHS), Box(116, 704, 482, 714), 1.0, 10.0))
    sheet.put(112, 716, "23").put(472, 716, "24")
    read = told(history(sheet))
    assert len(read) == 13
    assert wrong(read) == {}


def test_a_chart_of_a_bill_for_two_is_of_that_whose_use_its_newest_bar_is():
    marks = [Mark(month, 2024, 30.0 * month, Box(30.0 * month, 704, 30.0 * month + 9, 714)) for month in range(1, 7)]
    bars = [Bar(mark, 300.0 + mark.month, 1, mark.box, Method.CHART_VECTOR) for mark in marks]
    scale = Scale(-5.0, 3500.0, 0.0, (Tick(0.0, Box(80, 698, 90, 702)), Tick(500.0, Box(80, 598, 90, 602))))
    gas, power = Known(Decimal(957), Unit.KWH), Known(Decimal(306), Unit.KWH)
    assert other_use(bars, scale, {Commodity.GAS: gas, Commodity.ELECTRICITY: power}, Unit.KWH) is Commodity.ELECTRICITY
    assert other_use(bars, scale, {Commodity.GAS: power, Commodity.ELECTRICITY: power}, Unit.KWH) is None


def test_bars_without_names_are_found_in_light_and_shade():
    picture = Picture()
    shade = numpy.linspace(1.0, 0.45, picture.raster.shape[1])
    picture.raster = (picture.raster * shade).astype(numpy.uint8)
    read = picture.read()
    assert len(read) == 13
    assert wrong(read) == {}


def test_pale_bars_on_a_dark_panel_are_measured_as_dark_ones_on_paper():
    picture = Picture().named()
    plot = picture.raster[int(490 * FINE) : int(720 * FINE), int(60 * FINE) : int(520 * FINE)]
    plot[:] = 300 - plot.astype(int)
    read = picture.read()
    assert len(read) == 13
    assert wrong(read) == {}


def test_tracks_behind_bars_that_are_seen_now_and_then_are_no_part_of_them():
    picture = Picture().named()
    for i in range(1, 13, 2):
        left, top = int((110 + 30 * i) * FINE), int((FOOT - 1000 * A_KWH) * FINE)
        picture.raster[top : int((FOOT - AMOUNTS[i] * A_KWH) * FINE), left : left + int(18 * FINE)] = 205
    read = picture.read()
    assert len(read) == 13
    assert wrong(read) == {}


def test_bars_as_high_as_this_bills_own_are_months_of_the_same_use():
    even = [540, 480, 450, 620, 620, 610, 620, 520, 480, 620, 600, 560, 620]
    read = Picture(even).named().read()
    assert [abs(read[month] - amount) <= 15 for month, amount in zip(WHEN, even, strict=True)] == [True] * 13


def test_a_bar_that_ends_in_a_number_over_it_is_not_measured():
    picture = Picture().named()
    picture.ink(110 + 30 * 4, FOOT - AMOUNTS[4] * A_KWH - 8, 128 + 30 * 4, FOOT)
    picture.sheet.put(112 + 30 * 4, FOOT - AMOUNTS[4] * A_KWH - 11, "99")
    read = picture.read()
    assert date(2023, 7, 1) not in read
    assert len(read) == 12


def bare(amounts=AMOUNTS):
    """Return a picture of bars without the numbers of an axis."""
    picture = Picture(amounts)
    picture.sheet.words = [word for word in picture.sheet.words if word.box.right != 95]
    return picture


def test_bars_of_an_axis_that_lacks_its_newest_names_are_not_measured_by_this_bills_use():
    picture = bare()
    picture.raster[:, int((110 + 30 * 11) * FINE) :] = 250
    for i in range(11):
        picture.sheet.put(111 + 30 * i, 704, MONTHS[i])
    assert picture.read() == {}


def test_boxes_of_one_height_are_not_measured_by_this_bills_use():
    assert bare([600] * 13).named().read() == {}


def test_numbers_over_their_lines_inside_the_plot_are_its_axis():
    picture = bare().named()
    for tick in range(250, 1001, 250):
        picture.sheet.put(95, FOOT - 11 - tick * A_KWH, str(tick))
    months = picture.history()
    assert len(months) == 13
    assert wrong(told(months)) == {}
    assert all(month.quantity.evidence.confidence > BAR_CONFIDENCE_PIXELS for month in months)


def test_three_bars_that_touch_are_three():
    foot = numpy.concatenate([numpy.full(60, tone, dtype=numpy.float32) for tone in (215.0, 170.0, 105.0)])
    assert pixels._by_grey(foot, 0, 180) == [(0, 60), (60, 120), (120, 180)]
    assert pixels._by_grey(foot[60:], 0, 120) == [(0, 60), (60, 120)]


def test_years_that_lie_far_off_this_bill_are_none():
    sheet = drawn()
    for i, month in enumerate(MONTHS):
        sheet.put(111 + 30 * i, 704, month)
    sheet.put(412, 716, "11")
    read = told(history(sheet))
    assert len(read) == 13
    assert wrong(read) == {}


def test_a_bar_beyond_the_months_that_bears_a_name_is_no_month():
    picture = Picture().named()
    picture.ink(110 + 30 * 13, FOOT - 580 * A_KWH, 128 + 30 * 13, FOOT)
    picture.sheet.put(111 + 30 * 13, 704, "Avg")
    assert sorted(picture.read()) == WHEN


def test_a_bar_beyond_the_months_whose_initial_was_misread_is_a_month():
    picture = Picture()
    for i, month in enumerate(MONTHS[:12]):
        picture.sheet.put(111 + 30 * i, 704, month)
    picture.sheet.put(112, 716, "23").put(114 + 30 * 12, 704, "l")
    assert sorted(picture.read()) == WHEN
