"""Charts that come as pictures among text: what OCR reads of them stands beside the text layer, never over it."""

from PIL import Image, ImageDraw, ImageFont
from reportlab.lib.utils import ImageReader

from domain.evidence import Method
from tests.parser.see.papers import VERA, draw_bill, letter_pdf

LEFT, FOOT, WIDE, TALL = 72, 120, 390, 180
"""Where the picture lies on the page [points from the lower left corner]."""
PIXELS_PER_POINT = 3
USES = (540, 480, 450, 610, 820, 850, 700, 520, 480, 560, 640, 600)


def chart_picture():
    """Twelve bars, their values over them."""
    picture = Image.new("L", (WIDE * PIXELS_PER_POINT, TALL * PIXELS_PER_POINT), 255)
    pen, font = ImageDraw.Draw(picture), ImageFont.truetype(VERA, 8 * PIXELS_PER_POINT)
    for index, use in enumerate(USES):
        left, top = (10 + 31 * index) * PIXELS_PER_POINT, (TALL - 20 - use * 0.16) * PIXELS_PER_POINT
        pen.rectangle((left, top, left + 18 * PIXELS_PER_POINT, (TALL - 20) * PIXELS_PER_POINT), fill=90)
        pen.text((left, top - 11 * PIXELS_PER_POINT), str(use), fill=0, font=font)
    return picture


def page_with(written):
    """The plain bill, a chart's picture under it, and the values of these bars written again over the picture."""

    def draw(canvas, _page):
        draw_bill(canvas)
        canvas.drawImage(ImageReader(chart_picture()), LEFT, FOOT, WIDE, TALL)
        canvas.setFont("Helvetica", 9)
        for index in written:
            canvas.drawString(LEFT + 10 + 31 * index, FOOT + 20 + USES[index] * 0.16 + 3, str(USES[index]))

    return letter_pdf(draw)


def test_words_of_a_charts_picture_join_the_text_layer(seen):
    page = seen(page_with(())).pages[0]
    words = [word.text for word in page.words]
    assert page.method is Method.TEXT_LAYER
    assert all(words.count(str(use)) == USES.count(use) for use in USES)


def test_word_of_a_charts_picture_on_which_text_lies_is_read_once(seen):
    page = seen(page_with((3, 5))).pages[0]
    words = [word for word in page.words if word.text in ("610", "850")]
    assert sorted((word.text, word.confidence) for word in words) == [("610", 1.0), ("850", 1.0)]
