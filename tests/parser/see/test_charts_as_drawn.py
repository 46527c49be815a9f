"""Charts as issuers draw them: in whatever way bars come on the page, each month is read against the axis."""

from dataclasses import replace

import numpy
import pytest

from bench.bills.corpus import make_bill
from bench.bills.distortion import variant_of
from bench.bills.families.catalogue import families
from bench.bills.score import bars_of
from domain.evidence import Method
from domain.outcome import Success
from domain.summary import summary
from services.parser.page import Document
from services.parser.read import read
from services.parser.see import see
from services.parser.see.pdf.pictured import is_barred
from services.parser.understand import understand
from tests.parser.see.papers import draw_bill, letter_pdf
from tests.parser.understand.conftest import plain_bill

CHARTED = [family for family in families() if "-chart-" in family.name]


@pytest.mark.parametrize("family", CHARTED, ids=lambda family: family.name)
def test_every_bar_is_read_within_three_percent_and_no_month_is_made_up(family):
    made = make_bill(family, 1, 77)
    outcome = read(made.printed.pdf, progress=lambda done, pages: None)
    assert isinstance(outcome, Success)
    answer = summary(outcome.readings[0])
    bars = bars_of(answer, made.truth)
    assert bars.drawn >= 12
    assert bars.near == bars.reported == bars.drawn
    months = {row["month"] for row in made.truth["chart_history"] + made.truth["usage_history"]}
    assert {str(row["month"])[:7] for row in answer["usage_history"]} <= months


@pytest.mark.parametrize("name", ["us-chart-second", "us-chart-hollow"])
def test_outlines_and_bars_without_names_are_read_off_scans(name):
    made = make_bill(next(family for family in CHARTED if family.name == name), 0, 1)
    ((_, scan),) = variant_of(made.name, made.printed.pdf, "scan")
    outcome = read(scan, progress=lambda done, pages: None)
    assert isinstance(outcome, Success)
    bars = bars_of(summary(outcome.readings[0]), made.truth, 0.05)
    assert bars.near == bars.reported == bars.drawn == 13


def test_broad_bars_of_quarters_are_not_taken_for_bars_of_months():
    sheet = plain_bill().put(60, 460, "Usage History (kWh)")
    raster = numpy.full((1584, 1224), 255, dtype=numpy.uint8)
    for index, month in enumerate(("Mar", "Jun", "Sep", "Dec", "Mar")):
        sheet.put(132 + 90 * index, 704, month)
        raster[2 * (500 + 30 * index) : 1400, 2 * (98 + 90 * index) : 2 * (182 + 90 * index)] = 110
    for tick in range(0, 1001, 250):
        sheet.right(85, 700 - 5 - tick * 0.2, str(tick))
    page = replace(sheet.page(method=Method.OCR), raster=raster, raster_scale=2.0)
    outcome = understand(Document((page,), "test"))
    assert isinstance(outcome, Success)
    assert {month.month.month for month in outcome.readings[0].history} <= {3, 6, 9, 12}


def test_a_picture_is_read_only_where_bars_stand_or_lie_at_one_pitch():
    picture = numpy.full((200, 500), 255, dtype=numpy.uint8)
    for index in range(10):
        picture[180 - 12 * index - 20 : 180, 30 + 44 * index : 52 + 44 * index] = 90
    assert is_barred(picture)
    assert is_barred(numpy.ascontiguousarray(picture.T))
    logo = numpy.full((200, 500), 255, dtype=numpy.uint8)
    logo[40:160, 60:180] = 40
    for left, wide in ((210, 9), (231, 22), (270, 8), (288, 30), (335, 12), (360, 9), (383, 40)):
        logo[70:130, left : left + wide] = 60
    assert not is_barred(logo)
    assert not is_barred(numpy.random.default_rng(4).integers(0, 255, (200, 500), dtype=numpy.uint8))


def test_bars_that_are_shades_are_seen_where_only_their_base_line_is_drawn():
    sheet = plain_bill().put(100, 460, "Usage History (kWh)")
    raster = numpy.full((1584, 1224), 255, dtype=numpy.uint8)
    amounts = [540, 480, 450, 610, 820, 850, 700, 520, 480, 560, 640, 600, 620]
    for i, amount in enumerate(amounts):
        left = 110 + 30 * i
        sheet.bar(left, 699.5, left + 18, 700.0).put(left, 704, "MAMJJASONDJFM"[i])
        raster[2 * 700 - round(0.4 * amount) : 1400, 2 * left : 2 * left + 36] = 110
    page = replace(sheet.page(), painted=lambda: (raster, 2.0))
    outcome = understand(Document((page,), "test"))
    assert isinstance(outcome, Success)
    found = [float(month.quantity.value.amount) for month in outcome.readings[0].history if month.quantity]
    assert found == pytest.approx(amounts, abs=25)


def test_smooth_line_is_known_by_the_points_it_goes_through():
    def draw(canvas, _page):
        draw_bill(canvas)
        path = canvas.beginPath()
        path.moveTo(100, 150)
        for step, height in enumerate((180, 160, 210, 190, 170), 1):
            right = 100 + 30 * step
            path.curveTo(right - 15, height + 40, right - 15, height - 40, right, height)
        canvas.drawPath(path, stroke=1, fill=0)

    page = see(letter_pdf(draw), lambda done, pages: None).pages[0]
    ends = {(round(x), round(page.height - y)) for slope in page.slopes for x, y in (slope.start, slope.end)}
    assert ends == {(100, 150), (130, 180), (160, 160), (190, 210), (220, 190), (250, 170)}
