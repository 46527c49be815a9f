"""Text layers: words, boxes, type, turns, and what is not believed."""

import pytest

from domain.evidence import Method
from services.parser.see.order import lines_of
from tests.parser.see.papers import (
    BILL_LINES,
    bill_pdf,
    bill_picture,
    draw_bill,
    letter_pdf,
    one_page,
    scan_pdf,
    stream,
)


def texts(page):
    return [word.text for word in page.words]


def test_words_and_boxes_are_right_to_the_point_when_the_page_is_upright(seen, word):
    page = seen(bill_pdf()).pages[0]

    assert (page.method, page.width, page.height, page.raster) == (Method.TEXT_LAYER, 612, 792, None)
    assert texts(page) == [word for left, right in BILL_LINES for word in (left + " " + right).split()]
    first = word(page, "Northfield")
    assert first.box.left == pytest.approx(72, abs=1.5)
    assert first.box.top < 72 - 7 < 72 < first.box.bottom < 76  # the baseline is 72 points from the top
    assert (first.height, first.confidence, first.bold) == (11, 1.0, False)


def test_lines_come_from_the_top_when_the_page_was_written_from_the_bottom(seen):
    def upwards(canvas, _page):
        for row in range(5):
            canvas.drawString(72, 100 + 30 * row, f"row {5 - row} of 5")

    assert texts(seen(letter_pdf(upwards)).pages[0])[1::4] == ["1", "2", "3", "4", "5"]


@pytest.mark.parametrize(
    ("rotation", "matrix", "size"),
    [
        (90, b"0 1 -1 0 72 90", (792, 612)),
        (180, b"-1 0 0 -1 522 72", (612, 792)),
        (270, b"0 -1 1 0 540 702", (792, 612)),
    ],
)
def test_boxes_are_of_the_upright_page_when_the_page_is_rotated(seen, word, rotation, matrix, size):
    content = b"BT /F 12 Tf " + matrix + b" Tm (Total due $187.42) Tj ET"
    page = seen(one_page(stream(content), more=b"/Rotate %d" % rotation)).pages[0]

    assert (page.width, page.height) == size
    assert texts(page) == ["Total", "due", "$187.42"]
    total = word(page, "Total").box
    assert total.left == pytest.approx(90, abs=1.5)
    assert total.top < 72 - 8 < 72 < total.bottom < 76
    assert word(page, "$187.42").box.left > total.right


def test_page_is_turned_upright_when_its_text_runs_up_the_page(seen, word):
    def sideways(canvas, _page):
        canvas.translate(612, 0)
        canvas.rotate(90)
        draw_bill(canvas, dy=-180)

    page = seen(letter_pdf(sideways)).pages[0]
    assert (page.width, page.height) == (792, 612)
    assert word(page, "Northfield").box.left == pytest.approx(72, abs=1.5)
    assert word(page, "Northfield").box.bottom == pytest.approx(612 - 540, abs=5)


def test_bold_and_size_are_told_when_the_font_changes(seen, word):
    def mixed(canvas, _page):
        draw_bill(canvas)
        canvas.setFont("Helvetica-Bold", 18)
        canvas.drawString(72, 100, "TOTAL")

    total = word(seen(letter_pdf(mixed)).pages[0], "TOTAL")
    assert (total.bold, total.height) == (True, 18)


def test_columns_without_a_space_are_two_words_when_they_stand_apart(seen):
    content = b"BT /F 10 Tf 72 700 Td (4/15/2021) Tj ET BT /F 10 Tf 117.5 700 Td (4/14/21) Tj ET"
    assert texts(seen(one_page(stream(content))).pages[0]) == ["4/15/2021", "4/14/21"]


def test_shapes_are_given_when_bars_and_axes_are_drawn(seen):
    def chart(canvas, _page):
        draw_bill(canvas)
        canvas.setFillColorRGB(0, 0.5, 0)
        for month in range(13):
            canvas.rect(100 + 20 * month, 100, 12, 10 + 5 * month, stroke=0, fill=1)
        canvas.setStrokeColorRGB(1, 0, 0)
        canvas.line(90, 100, 380, 100)

    shapes = seen(letter_pdf(chart)).pages[0].shapes
    bars = [shape for shape in shapes if not shape.stroke]
    assert {bar.colour for bar in bars} <= {0x007F00, 0x008000}
    assert [round(bar.box.bottom - bar.box.top) for bar in bars] == [10 + 5 * month for month in range(13)]
    assert {round(bar.box.bottom) for bar in bars} == {692}
    axis = next(shape for shape in shapes if shape.stroke)
    assert (axis.colour, round(axis.box.left), round(axis.box.right)) == (0xFF0000, 90, 380)


def test_hidden_words_are_dropped_when_they_cannot_be_seen(seen):
    def hiding(canvas, _page):
        draw_bill(canvas)
        unpainted = canvas.beginText(72, 60)
        unpainted.setTextRenderMode(3)
        unpainted.textOut("UNPAINTED 1.00")
        canvas.drawText(unpainted)
        canvas.setFillColorRGB(1, 1, 1)
        canvas.drawString(72, 90, "WHITE 2.00")
        canvas.setFillColorRGB(0, 0, 0)
        canvas.setFont("Helvetica", 0.5)
        canvas.drawString(72, 110, "TINY 3.00")
        canvas.setFont("Helvetica", 11)
        canvas.drawString(700, 110, "OUTSIDE 4.00")

    found = texts(seen(letter_pdf(hiding)).pages[0])
    assert found == [word for left, right in BILL_LINES for word in (left + " " + right).split()]


@pytest.mark.parametrize(("discs", "down", "left"), [(3, 40, 0), (2, 40, 2), (4, 0, 4)])
def test_callouts_are_no_words_of_the_bill_when_several_stand_about(seen, discs, down, left):
    def called_out(canvas, _page):
        draw_bill(canvas)
        canvas.setFont("Helvetica-Bold", 9)
        for row in range(discs):
            canvas.setFillColorRGB(0.8, 0, 0)
            canvas.circle(30 + 12 * row, 723 - down * row, 7, stroke=0, fill=1)
            canvas.setFillColorRGB(1, 1, 1)
            canvas.drawCentredString(30 + 12 * row, 720 - down * row, str(row + 1))

    assert sum(text in ("1", "2", "3", "4") for text in texts(seen(letter_pdf(called_out)).pages[0])) == left


def test_white_words_stay_when_they_stand_on_dark_paint(seen, word):
    def banner(canvas, _page):
        draw_bill(canvas)
        canvas.setFillColorRGB(0.1, 0.2, 0.5)
        canvas.rect(60, 60, 300, 40, stroke=0, fill=1)
        canvas.setFillColorRGB(1, 1, 1)
        canvas.drawString(72, 76, "REVERSED")

    assert word(seen(letter_pdf(banner)).pages[0], "REVERSED")


def test_page_is_read_by_ocr_when_its_text_layer_is_anothers_ocr(seen):
    picture = bill_picture()

    def ocred(canvas, _page):
        from reportlab.lib.utils import ImageReader

        canvas.drawImage(ImageReader(picture), 0, 0, 612, 792)
        wrong = canvas.beginText(72, 720)
        wrong.setTextRenderMode(3)
        for _ in range(20):
            wrong.textLine("Arnount due $999.99 wrong words of somebody else")
        canvas.drawText(wrong)

    page = seen(letter_pdf(ocred)).pages[0]
    assert page.method is Method.OCR
    assert "$187.42" in texts(page)
    assert "$999.99" not in texts(page)


def test_page_is_read_by_ocr_when_its_font_names_no_characters(seen):
    # A subset font whose codes start at 1 and that maps them to nothing: the layer holds control characters.
    codes = bytes(range(1, 31)) * 12
    escaped = codes.replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)").replace(b"\r", b"\\r")
    page = seen(one_page(stream(b"BT /F 10 Tf 72 700 Td (" + escaped + b") Tj ET"))).pages[0]
    assert page.method is Method.OCR


def test_page_without_marks_is_an_empty_page(seen):
    page = seen(letter_pdf(lambda canvas, _page: None)).pages[0]
    assert (page.words, page.method) == ((), Method.TEXT_LAYER)


def test_picture_with_text_is_added_when_the_layer_holds_only_part(seen):
    picture = bill_picture().crop((0, 100, 1275, 900))

    def pasted(canvas, _page):
        from reportlab.lib.utils import ImageReader

        canvas.setFont("Helvetica", 9)
        for row in range(4):
            canvas.drawString(72, 760 - 12 * row, f"Printed on paper number {row} 2024 by the office")
        canvas.drawImage(ImageReader(picture), 0, 200, 612, 384)

    page = seen(letter_pdf(pasted)).pages[0]
    assert page.method is Method.OCR
    assert "paper" in texts(page)
    assert "$187.42" in texts(page)


def test_fields_of_a_form_are_read_with_what_was_filled_in(seen, word):
    def form(canvas, _page):
        draw_bill(canvas)
        canvas.drawString(72, 200, "Late fee")
        canvas.acroForm.textfield(name="fee", value="$3.27", x=200, y=195, width=100, height=18, borderWidth=0)
        canvas.linkURL("https://example.test/bill", (72, 100, 200, 120))

    page = seen(letter_pdf(form)).pages[0]
    assert page.method is Method.TEXT_LAYER
    assert word(page, "$3.27").box.left == pytest.approx(202, abs=4)
    assert word(page, "$3.27").box.bottom == pytest.approx(word(page, "fee").box.bottom, abs=4)


def test_same_bytes_give_the_same_document(seen):
    assert seen(bill_pdf(pages=2)) == seen(bill_pdf(pages=2))


def test_progress_tells_every_page():
    from services.parser.see import see

    told = []
    see(bill_pdf(pages=3), lambda done, total: told.append((done, total)))
    assert told == [(0, 3), (1, 3), (2, 3), (3, 3)]


def test_lines_keep_rows_together_when_sizes_differ(seen):
    def sizes(canvas, _page):
        canvas.setFont("Helvetica", 20)
        canvas.drawString(72, 700, "Total")
        canvas.setFont("Helvetica", 9)
        canvas.drawString(300, 702, "12.50")
        canvas.drawString(72, 670, "Next")

    lines = lines_of(seen(letter_pdf(sizes)).pages[0].words)
    assert [[word.text for word in line] for line in lines] == [["Total", "12.50"], ["Next"]]


def test_scan_holds_every_page(seen):
    document = seen(scan_pdf([bill_picture(110), bill_picture(110)], dpi=110))
    assert [page.number for page in document.pages] == [1, 2]
    assert document.pages[0].words == document.pages[1].words
