"""Small type, as low-resolution pictures have it, is read by both networks."""

import pytest

from services.parser.see import ppocr
from services.parser.see.ppocr import recognise
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
