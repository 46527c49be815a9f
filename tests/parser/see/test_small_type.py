"""Small type, as low-resolution pictures have it, is read by both networks; so are doubted words, and nothing else."""

import numpy
import pytest

from services.parser.see import ppocr
from services.parser.see.ppocr import recognise
from services.parser.see.ppocr.detect import Region
from services.parser.see.ppocr.facing import Line
from services.parser.see.ppocr.recognise import Glyph, read_strips
from services.parser.see.ppocr.weights import Net, alphabet
from tests.parser.see.papers import bill_picture, encoded


@pytest.mark.parametrize(("dpi", "all_again"), [(60, True), (150, False)])
def test_lines_are_read_again_when_their_type_is_small(seen, monkeypatch, dpi, all_again):
    read, counts = recognise.read_strips, []

    def counted(net, strips):
        counts.append(len(strips))
        return read(net, strips)

    monkeypatch.setattr(ppocr, "read_strips", counted)
    page = seen(encoded(bill_picture(dpi), "PNG")).pages[0]

    assert (counts[0] >= 20) is all_again
    assert {"41,207", "42,019", "113.85"} <= {word.text for word in page.words}


def glyphs_of(text, doubted=(), step=20):
    """Lay a text out as it is read off a strip, sure of all but some of its places."""
    return [
        Glyph(character, (place + 0.5) * step, 0.5 if place in doubted else 0.99)
        for place, character in enumerate(text)
    ]


def printed(text, step=20):
    """Draw a strip with a bar of ink for each character."""
    strip = numpy.full((recognise.LINE_HEIGHT, len(text) * step), 255, dtype=numpy.uint8)
    for place, character in enumerate(text):
        if character != " ":
            strip[14:36, place * step + 4 : (place + 1) * step - 4] = 0
    return strip


def test_a_doubted_word_is_read_again_alone_when_its_line_is_long(monkeypatch):
    text = "Service from May 3 to 118.40 in all of the town"
    start = text.index("118.40")
    region = Region(470.0, 24.0, 940.0, 48.0, 0.0)
    again: list[tuple[Net, int]] = []

    def read_small(net, strips):
        again.extend((net, strip.shape[1]) for strip in strips)
        return [glyphs_of("113.40")]

    monkeypatch.setattr(
        ppocr, "read_facing", lambda *_: [Line(region, printed(text), glyphs_of(text, doubted={start + 2}))]
    )
    monkeypatch.setattr(ppocr, "read_strips", read_small)
    words = ppocr.PpOcr().read(numpy.full((900, 1000), 255, dtype=numpy.uint8), ())

    (net, columns), *others = again
    assert (net, others) == (Net.READ_SMALL, [])
    assert 6 * 20 <= columns <= 8 * 20
    assert [word.text for word in words] == text.replace("118.40", "113.40").split()
    amount = words[5].box
    assert (round(amount.left), round(amount.right)) == (start * 20 + 4, (start + 6) * 20 - 4)


def test_lines_are_not_padded_to_the_longest_when_many_are_read(monkeypatch):
    shapes = []

    def run(net, batch):
        shapes.append(batch.shape)
        return numpy.zeros((batch.shape[0], batch.shape[3] // 8, len(alphabet(net))), dtype=numpy.float32)

    monkeypatch.setattr(recognise, "run", run)
    widths = [40, 900, 44, 333, 340, 41]
    read_strips(Net.READ_TINY, [numpy.zeros((recognise.LINE_HEIGHT, width), dtype=numpy.uint8) for width in widths])

    assert sum(shape[0] for shape in shapes) == len(widths)
    told = sum(max(recognise.WIDTH_MIN, width + recognise.WIDTH_STEP) for width in widths)
    assert sum(shape[0] * shape[3] for shape in shapes) <= told
