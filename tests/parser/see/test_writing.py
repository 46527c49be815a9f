"""Writing on a page with a text layer that is no text: letters drawn as outlines, and pictures that hold words."""

import pytest
from reportlab.lib.utils import ImageReader

from domain.evidence import Box, Method
from domain.outcome import Success
from services.parser.page import Shape
from services.parser.read import read
from services.parser.see import with_pictures
from services.parser.see.pdf.canvas import paint
from services.parser.see.pdf.frame import Frame
from services.parser.see.pdf.pages import RASTER_SIDE_MAX
from services.parser.see.pdf.paths import Drawing, Figure
from services.parser.see.pdf.pictured import writing_in
from services.parser.see.pdf.writing import outlined_lines
from tests.parser.see.papers import BILL_LINES, draw_bill, draw_outlines, letter_pdf, picture_of_line

TEXTS = [word for left, right in BILL_LINES for word in (left + " " + right).split()]


def outlined(text, size=12, *, sign=False):
    def draw(canvas, _page):
        draw_bill(canvas)
        draw_outlines(canvas, 100, 300, text, size)
        if sign:
            canvas.circle(80, 304, 15, stroke=0, fill=1)

    return letter_pdf(draw)


def added(page):
    return [word.text for word in page.words if word.confidence < 1]


@pytest.mark.parametrize("text", ["Balance forward $219.08", "Billing Detail", "DUE 11/04/2025"])
def test_letters_drawn_as_outlines_are_read_beside_the_text(seen, word, text):
    page = seen(outlined(text)).pages[0]

    assert page.method is Method.TEXT_LAYER
    assert added(page) == text.split()
    first = word(page, text.split()[0])
    assert first.box.left == pytest.approx(100, abs=2)
    assert (first.box.top, first.box.bottom) == (pytest.approx(482, abs=4), pytest.approx(494, abs=4))
    assert sorted(known.text for known in page.words if known.confidence == 1) == sorted(TEXTS)


def test_large_page_is_painted_no_larger_than_others_for_its_outlines(seen, monkeypatch):
    sides: list[int] = []

    def spied(page, *how):
        raster = paint(page, *how)
        sides.append(max(raster.shape))
        return raster

    monkeypatch.setattr("services.parser.see.pdf.pages.paint", spied)

    def draw(canvas, _page):
        draw_bill(canvas)
        draw_outlines(canvas, 100, 300, "Billing Detail", 40)

    assert added(seen(letter_pdf(draw, size=(4000, 5000))).pages[0]) == ["Billing", "Detail"]
    assert len(sides) == 1
    assert sides[0] <= RASTER_SIDE_MAX


def test_sign_beside_a_name_does_not_spoil_it(seen):
    assert added(seen(outlined("Quarry Bend Light", sign=True)).pages[0]) == ["Quarry", "Bend", "Light"]


def test_figures_that_are_no_letters_are_not_read(seen):
    def dots_and_bars(canvas, _page):
        draw_bill(canvas)
        for month in range(13):
            canvas.circle(100 + 12 * month, 300 + month % 3, 3, stroke=0, fill=1)
            canvas.rect(100 + 12 * month, 100, 8, 10 + 3 * month, stroke=0, fill=1)

    assert added(seen(letter_pdf(dots_and_bars)).pages[0]) == []


def figures(*corners, left=100.0, wide=6.0, high=9.0):
    return [
        Figure(Box(left + 8 * index, 200, left + 8 * index + wide, 200 + high), points)
        for index, points in enumerate(corners)
    ]


def test_line_takes_the_rectangles_at_its_ends_that_may_be_letters():
    drawing = Drawing(figures=figures(5, 7, 9, 11))
    stem, bar = Box(96, 196, 98, 209), Box(134, 150, 140, 209)
    drawing.shapes.extend(Shape(box, 0, stroke=False) for box in (stem, bar))

    assert outlined_lines(drawing) == [Box(96, 196, 130, 209)]


def test_few_letters_count_where_the_page_has_writing_as_high():
    few, known = figures(4, 8, left=300), figures(5, 7, 9, 11)
    tall = [Figure(Box(400, 300, 420, 330), 6), Figure(Box(424, 300, 444, 330), 7)]

    assert outlined_lines(Drawing(figures=[*few, *tall])) == []
    assert outlined_lines(Drawing(figures=[*few, *tall, *known])) == [Box(100, 200, 130, 209), Box(300, 200, 314, 209)]


def with_logo(*lines):
    """A bill whose issuer stands in a picture alone, cut into two tiles as some programs do."""
    picture, wide, high = picture_of_line("Quarry Bend Light Company", 20)
    middle = picture.width // 2
    tiles = [picture.crop((0, 0, middle, picture.height)), picture.crop((middle, 0, picture.width, picture.height))]

    def draw(canvas, _page):
        for index, tile in enumerate(tiles):
            canvas.drawImage(ImageReader(tile), 72 + index * wide / 2, 710, wide / 2, high)
        canvas.setFont("Helvetica", 10)
        for row, line in enumerate(lines):
            canvas.drawString(72, 660 - 20 * row, line)

    return letter_pdf(draw)


BILL = (
    "Account number: 4471-0093-228",
    "Statement date: March 14, 2024",
    "Billing period: 02/09/2024 - 03/11/2024",
    "Electricity used: 812 kWh",
    "New charges: $187.42",
    "Amount due: $187.42",
    "Due date: April 5, 2024",
)


def test_pictures_are_read_when_somebody_asks(seen):
    document = seen(with_logo(*BILL))

    assert added(document.pages[0]) == []
    fuller = with_pictures(document)
    assert fuller is not None
    assert added(fuller.pages[0]) == ["Quarry", "Bend", "Light", "Company"]
    assert with_pictures(fuller) is None


def test_tiles_that_stand_on_one_line_but_for_a_hair_are_one_picture():
    tiles = [Box(172, 50, 240, 70), Box(72, 50.01, 120, 70), Box(120, 50.02, 172, 70)]

    assert writing_in(tiles, Frame(0, 0, 612, 792, 0), []) == (Box(72, 50, 240, 70),)


def reading_of(data):
    outcome = read(data, progress=lambda _done, _total: None)
    assert isinstance(outcome, Success)
    (reading,) = outcome.readings
    return reading


def test_issuer_is_read_from_its_logo_when_the_text_does_not_name_it():
    reading = reading_of(with_logo(*BILL))

    assert (reading.issuer.name.value, reading.issuer.name.evidence.method) == ("Quarry Bend Light Company", Method.OCR)
    assert str(reading.amount_due.value.amount) == "187.42"


def test_logo_is_left_alone_when_nothing_is_lacking(monkeypatch):
    monkeypatch.setattr("services.parser.read.with_pictures", lambda _document: pytest.fail("pictures were read"))
    reading = reading_of(with_logo(*BILL, "Make checks payable to Quarry Bend Light Company"))

    assert reading.issuer.name.value == "Quarry Bend Light Company"
