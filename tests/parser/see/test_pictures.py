"""Pictures and scans: every format, turned, tilted, in colour and in grey, with accents."""

import numpy
import pytest
from PIL import Image

from domain.evidence import Method
from domain.outcome import FailureReason
from services.parser.page import Unreadable
from services.parser.see.order import lines_of
from tests.parser.see.papers import BILL_LINES, bill_pdf, bill_picture, encoded, lettered, scan_pdf

EXPECTED = [
    "$187.42",
    "02/09/2024",
    "03/11/2024",
    "41,207",
    "42,019",
    "812",
    "26.2",
    "61.18",
    "113.85",
    "12.39",
    "88213907",
]


def texts(page):
    return [word.text for word in page.words]


def missing(page):
    return [text for text in EXPECTED if text not in texts(page)]


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP"])
def test_picture_is_read_whatever_its_format(seen, kind):
    page = seen(encoded(bill_picture(), kind)).pages[0]

    assert missing(page) == []
    assert page.method is Method.OCR
    assert (round(page.width), round(page.height)) == (612, 792)
    assert page.raster is not None
    assert page.raster.shape == pytest.approx((1650, 1275), abs=1)
    assert page.raster_scale == pytest.approx(1650 / 792, abs=0.01)


def test_boxes_of_a_scan_agree_with_those_of_the_text_layer(seen):
    layer = {word.text: word for word in seen(bill_pdf()).pages[0].words}
    for word in seen(scan_pdf([bill_picture()])).pages[0].words:
        if word.text in EXPECTED and word.text != "$187.42":
            known = layer[word.text]
            assert word.box.left == pytest.approx(known.box.left, abs=2.5), word.text
            assert word.box.right == pytest.approx(known.box.right, abs=2.5), word.text
            assert word.box.top == pytest.approx(known.box.top, abs=3), word.text
            assert word.box.bottom == pytest.approx(known.box.bottom, abs=3), word.text
            assert word.height == pytest.approx(known.height, rel=0.3), word.text


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_picture_is_turned_upright_when_it_lies_on_its_side(seen, turn):
    page = seen(encoded(bill_picture().rotate(turn, expand=True), "PNG")).pages[0]
    assert missing(page) == []
    assert page.height > page.width


@pytest.mark.parametrize(("orientation", "undo"), [(3, 180), (6, 90), (8, 270)])
def test_picture_is_turned_as_its_exif_says(seen, orientation, undo):
    exif = Image.Exif()
    exif[0x0112] = orientation
    page = seen(encoded(bill_picture().rotate(undo, expand=True), "JPEG", exif=exif)).pages[0]
    assert missing(page) == []
    assert page.height > page.width


@pytest.mark.parametrize("degrees", [-2.0, 1.2])
def test_lines_come_out_level_when_the_picture_is_tilted(seen, degrees):
    tilted = bill_picture().rotate(degrees, resample=Image.Resampling.BICUBIC, fillcolor=255)
    page = seen(encoded(tilted, "PNG")).pages[0]

    assert missing(page) == []
    lines = [[word.text for word in line] for line in lines_of(page.words)]
    assert ["Previous", "read", "41,207", "Current", "read", "42,019"] in lines
    row = next(line for line in lines_of(page.words) if line[0].text == "Previous")
    assert abs(row[0].box.top - row[-1].box.top) < 4


def test_accents_survive(seen):
    text = "Größe Zähler año señor façade não à £12,50 140 m³ 20 °C"
    words = texts(seen(encoded(lettered(text), "PNG")).pages[0])
    assert " ".join(words) == text


@pytest.mark.parametrize("mode", ["CMYK", "RGB", "RGBA", "P", "1", "I;16", "LA"])
def test_picture_is_read_whatever_its_mode(seen, mode):
    grey = bill_picture()
    match mode:
        case "CMYK":
            data = encoded(grey.convert("CMYK"), "JPEG")
        case "I;16":
            deep = (numpy.asarray(grey, dtype=numpy.uint16) * 257).astype(numpy.uint16)
            data = encoded(Image.fromarray(deep), "PNG")
        case "RGBA" | "LA":
            # Black ink on nothing: what is transparent is paper.
            clear = Image.new("LA", grey.size, (0, 0))
            clear.putalpha(grey.point(lambda value: 255 - value))
            data = encoded(clear.convert(mode), "PNG")
        case _:
            data = encoded(grey.convert(mode), "PNG")
    assert missing(seen(data).pages[0]) == []


def test_first_frame_is_read_when_the_picture_moves(seen):
    blank = Image.new("L", (1275, 1650), 255)
    data = encoded(bill_picture(), "GIF", save_all=True, append_images=[blank] * 5)
    assert missing(seen(data).pages[0]) == []


def test_blank_picture_has_no_words(seen):
    assert seen(encoded(Image.new("L", (800, 1000), 255), "PNG")).pages[0].words == ()


def test_large_picture_is_reduced_before_it_is_read(seen):
    page = seen(encoded(bill_picture(400), "PNG")).pages[0]
    assert missing(page) == []
    assert page.raster is not None
    assert max(page.raster.shape) == 3000


def test_confidence_lies_between_none_and_all(seen):
    page = seen(encoded(bill_picture(), "PNG")).pages[0]
    assert all(0 < word.confidence <= 1 for word in page.words)


def test_tesseract_reads_the_same_numbers(seen):
    document = seen(encoded(bill_picture(200), "PNG"), engine="tesseract")
    assert {"$187.42", "41,207", "113.85"} <= set(texts(document.pages[0]))
    assert "tesseract" in document.engine_version


def test_unknown_engine_is_refused(seen):
    with pytest.raises(ValueError, match="ppocr, tesseract"):
        seen(b"x", engine="oracle")


def test_lines_of_the_bill_are_all_read(seen):
    words = set(texts(seen(encoded(bill_picture(200), "PNG")).pages[0]))
    wanted = {word for left, right in BILL_LINES[:8] for word in (left + " " + right).split()}
    assert wanted - words == set()


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (encoded(bill_picture(), "JPEG")[:20_000], FailureReason.CORRUPT),
        (encoded(bill_picture(), "PNG")[:20_000], FailureReason.CORRUPT),
        (encoded(Image.new("L", (8, 8)), "PNG"), FailureReason.UNREADABLE),
        (encoded(bill_picture(), "TIFF"), FailureReason.UNSUPPORTED_FORMAT),
        (encoded(bill_picture(), "BMP"), FailureReason.UNSUPPORTED_FORMAT),
        (b"GIF89a", FailureReason.UNSUPPORTED_FORMAT),
    ],
    ids=["cut jpeg", "cut png", "stamp", "tiff", "bmp", "gif header"],
)
def test_picture_is_refused_with_a_reason(seen, data, reason):
    with pytest.raises(Unreadable) as refused:
        seen(data)
    assert refused.value.reason is reason
