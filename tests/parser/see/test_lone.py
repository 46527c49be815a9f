"""Characters that stand alone are found by their like; words end where their ink does, also in ruled tables."""

import numpy
import pypdfium2
import pytest
from PIL import Image, ImageDraw, ImageFilter

from domain.evidence import Box
from services.parser.page import Word
from services.parser.see import see
from services.parser.see.ppocr.detect import Region
from services.parser.see.ppocr.facing import Line
from services.parser.see.ppocr.lone import believed, with_lone_characters
from services.parser.see.ppocr.recognise import Glyph
from services.parser.see.raster import _of_even_sizes
from tests.parser.see.papers import letter_pdf, scan_pdf

INITIALS = "JFMAMJJASOND"
RULED = ("Month", "Usage", "Amount"), ("08/2021", "142", "384,11"), ("02/2022", "75", "219,33")


def draw_chart_and_table(canvas, _page=0):
    """Ten lines, initials of months 40 points apart below bars, and a table with a rule around each cell."""
    canvas.setFont("Helvetica", 9)
    for row in range(10):
        canvas.drawString(72, 740 - 14 * row, f"Line {row + 1} of the statement, as printed")
    for month, initial in enumerate(INITIALS):
        canvas.rect(72 + 40 * month, 420, 20, 20 + 5 * month, fill=1)
        canvas.setFont("Helvetica", 7)
        canvas.drawCentredString(82 + 40 * month, 408, initial)
    canvas.setFont("Helvetica", 9)
    for row, cells in enumerate(RULED):
        for left, right, text in zip((72, 190, 232), (190, 232, 300), cells, strict=True):
            canvas.rect(left, 300 - 14 * row, right - left, 14)
            canvas.drawRightString(right - 4, 304 - 14 * row, text)


@pytest.fixture(scope="module")
def scanned():
    data = letter_pdf(draw_chart_and_table)
    page = pypdfium2.PdfDocument(data)[0].render(scale=200 / 72).to_pil().convert("L")
    blurred = page.filter(ImageFilter.GaussianBlur(0.8))
    told = lambda _done, _total: None  # noqa: E731
    return see(data, told).pages[0], see(scan_pdf([blurred], 200), told).pages[0]


def test_initials_of_months_below_bars_are_read(scanned):
    _, scan = scanned
    row = [word.text for word in scan.words if len(word.text) == 1 and 375 < word.box.top < 390]
    assert "".join(row) == INITIALS


def test_words_in_ruled_cells_end_where_their_ink_does(scanned):
    layer, scan = scanned
    wanted = {text for cells in RULED for text in cells}
    true, read = ({word.text: word.box for word in page.words if word.text in wanted} for page in (layer, scan))
    assert read.keys() == true.keys() == wanted
    for text, box in true.items():
        assert read[text].left == pytest.approx(box.left, abs=1.2), text
        assert read[text].right == pytest.approx(box.right, abs=1.2), text


def sheet_with(*places):
    """A raster with six found lines and small marks elsewhere, and the lines."""
    picture = Image.new("L", (900, 700), 255)
    pen = ImageDraw.Draw(picture)
    for x, y in places:
        pen.rectangle((x, y, x + 8, y + 14), fill=0)
    lines = tuple(Region(x=300, y=40 + 40 * row, length=400, height=30, slope=0.0) for row in range(6))
    return numpy.asarray(picture), lines


def test_marks_in_a_row_are_places_of_characters_and_a_speck_is_not():
    raster, lines = sheet_with((100, 500), (200, 500), (300, 500), (400, 500), (700, 620))
    found = [region for region in with_lone_characters(raster, lines) if region.lone]
    assert sorted((round(region.x, -1), round(region.y, -1)) for region in found) == [
        (100, 510), (200, 510), (300, 510), (400, 510),
    ]  # fmt: skip


def test_pattern_of_many_marks_is_no_print():
    raster, lines = sheet_with(*((40 + 40 * (n % 20), 320 + 40 * (n // 20)) for n in range(180)))
    assert with_lone_characters(raster, lines) == lines


def alone(x, text, confidence=0.99):
    region = Region(x=x, y=100, length=20, height=30, slope=0.0, lone=True)
    return Line(region, numpy.zeros((48, 32), numpy.uint8), [Glyph(one, 0.0, confidence) for one in text])


def texts(lines):
    return ["".join(glyph.character for glyph in line.glyphs) for line in lines]


def test_figures_among_initials_of_months_are_initials():
    row = [alone(40 * index, text) for index, text in enumerate(["F", "A", "1", "A", "0", "D"])]
    assert texts(believed(row)) == ["F", "A", "J", "A", "O", "D"]


def test_figures_among_figures_stay_and_what_is_unsure_goes():
    row = [alone(40 * index, text) for index, text in enumerate(["1", "0", "12", "7"])]
    assert texts(believed([*row, alone(300, "8", 0.6), alone(340, "~")])) == ["1", "0", "12", "7"]


def test_type_sizes_that_stray_become_the_sizes_of_the_page():
    words = [
        Word("charge", Box(0, 10 * n, 40, 10 * n + size), 1.0, size) for n, size in enumerate((8.8, 9.0, 9.3, 14.0))
    ]
    even = _of_even_sizes(words)
    assert [word.height for word in even] == [9.0, 9.0, 9.0, 14.0]
    for word, before in zip(even, words, strict=True):
        assert word.box.bottom - word.box.top == pytest.approx(word.height)
        assert word.box.top + word.box.bottom == pytest.approx(before.box.top + before.box.bottom)
