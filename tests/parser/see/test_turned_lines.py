"""Lines that run up or down on an upright page: numbers on narrow bars, notes in margins."""

import pytest
from PIL import Image, ImageDraw, ImageFont

from tests.parser.see.papers import VERA, bill_picture, encoded

BARS = ("1043", "982", "731", "66", "415", "388", "127")
BAR_LEFT, BAR_STEP, BAR_TOP = 180, 90, 1180


def with_turned(texts, degrees, place=(BAR_LEFT, BAR_TOP)):
    """The bill with texts turned by so many degrees [counter-clockwise], side by side from a place [pixels]."""
    picture = bill_picture()
    font = ImageFont.truetype(VERA, 24)
    for index, text in enumerate(texts):
        left, top, right, bottom = (round(side) for side in font.getbbox(text))
        patch = Image.new("L", (right - left + 4, bottom - top + 4), 255)
        ImageDraw.Draw(patch).text((2 - left, 2 - top), text, fill=0, font=font)
        picture.paste(patch.rotate(degrees, expand=True), (place[0] + BAR_STEP * index, place[1]))
    return picture


@pytest.mark.parametrize("degrees", [90, 270])
def test_short_numbers_are_read_when_they_run_up_or_down(seen, word, degrees):
    page = seen(encoded(with_turned(BARS, degrees), "PNG")).pages[0]

    for index, text in enumerate(BARS):
        box = word(page, text).box
        left = (BAR_LEFT + BAR_STEP * index) / page.raster_scale
        assert box.left == pytest.approx(left, abs=4), text
        assert box.top == pytest.approx(BAR_TOP / page.raster_scale, abs=4), text
        assert box.bottom - box.top > box.right - box.left, text


def test_upright_single_characters_stay_as_they_are(seen):
    singles = ("1", "7", "8", "3", "E", "5")
    page = seen(encoded(with_turned(singles, 0), "PNG")).pages[0]
    below = [word.text for word in page.words if word.box.top * page.raster_scale > BAR_TOP - 30]
    assert below == list(singles)


@pytest.mark.parametrize("degrees", [90, 270])
def test_words_of_a_margin_note_lie_in_the_order_in_which_it_runs(seen, word, degrees):
    note = with_turned(("Registered in Northfield under number 552081317",), degrees, place=(40, 600))
    page = seen(encoded(note, "PNG")).pages[0]
    first, last = word(page, "Registered"), word(page, "552081317")
    assert (first.box.top > last.box.top) == (degrees == 90)
