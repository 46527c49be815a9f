"""Words below one another that were found as one region are read one by one; small pictures are searched at two sizes."""

import numpy
from PIL import Image, ImageDraw, ImageFont

from services.parser.see.ppocr.detect import Region, stacked_in
from services.parser.see.ppocr.facing import Line
from services.parser.see.ppocr.recognise import Glyph
from services.parser.see.ppocr.rivals import without_rivals
from tests.parser.see.papers import VERA, encoded

COLUMN = ("78", "153", "91", "154", "77")


def column_picture():
    picture = Image.new("L", (1200, 1600), 255)
    pen, font = ImageDraw.Draw(picture), ImageFont.truetype(VERA, 22)
    for row, text in enumerate(COLUMN):
        pen.text((300, 400 + 30 * row), f"Month {row + 1}", fill=0, font=font)
        pen.text((700, 400 + 30 * row), text, fill=0, font=font)
    return picture


def test_column_of_short_numbers_is_read_number_by_number(seen):
    words = [word.text for word in seen(encoded(column_picture(), "PNG")).pages[0].words]
    assert set(COLUMN) <= set(words)


def test_lines_stacked_in_a_region_are_parted_by_rows_without_ink():
    raster = numpy.asarray(column_picture())
    parts = stacked_in(raster, Region(x=720, y=475, length=170, height=70, slope=0.0, standing=True))
    assert [round((part.region.y - 412) / 30) for part in parts] == [0, 1, 2, 3, 4]


def line(x, y, text, confidence):
    region = Region(x=x, y=y, length=100, height=12, slope=0.0)
    return Line(region, numpy.zeros((48, 100), numpy.uint8), [Glyph(one, 0.0, confidence) for one in text])


def test_of_lines_found_twice_the_one_with_most_sure_characters_stays():
    kept = without_rivals(
        [line(50, 10, "Meter", 0.95), line(52, 11, "eter", 0.95), line(50, 40, "x", 0.3), line(51, 41, "sum", 0.8)]
    )
    assert ["".join(glyph.character for glyph in one.glyphs) for one in kept] == ["Meter", "sum"]
