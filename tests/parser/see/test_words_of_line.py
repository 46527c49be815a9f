"""A line that was read is cut into words."""

import numpy

from services.parser.see.ppocr.detect import Region
from services.parser.see.ppocr.recognise import LINE_HEIGHT, Glyph
from services.parser.see.ppocr.words import words_of_line


def test_line_of_spaces_alone_holds_no_word():
    """Networks read some smudges as spaces; the whole file failed then."""
    smudge = numpy.full((LINE_HEIGHT, 200), 255, numpy.uint8)
    smudge[10:40, 90:110] = 180
    glyphs = [Glyph(" ", 60.0, 0.9), Glyph(" ", 120.0, 0.9)]
    assert words_of_line(glyphs, Region(100.0, 20.0, 200.0, 40.0, 0.0), smudge) == []
