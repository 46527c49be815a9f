"""Small honest files of every format that the reader opens, to be mutated: bills of the bench, slips of one, pictures of slips.

Small on purpose: a slip has the words of a bill on a strip of paper, so that even reading it as a picture takes little.
"""

import functools
import io
from collections.abc import Callable

from PIL import Image

from bench.bills.corpus import make_bills
from bench.bills.paper.sheet import Sheet
from bench.bills.rendering import encoded, joined, pages_of

SLIP = (440.0, 104.0)
PICTURE_DPI = 96
PICTURE_SHARE = 0.42
"""Upper part of a slip that pictures show: three lines, which cost a tenth of a page to find and read."""

FAMILY_SEED = 7
BILL_BYTES_MAX = 32 * 1024
"""Bills with their typeface in them are left out: mutations would hardly ever meet their structure."""
LINES = (
    ("Northfield Power & Light", "Account number 4471-0093-228", "Meter 88213907"),
    ("Statement date March 14, 2024", "Due date April 5, 2024", "Amount due $187.42"),
    ("Service from 02/09/2024 to 03/11/2024", "Previous read 41207", "Current read 42019"),
    ("Energy used 812 kWh", "812 kWh x $0.2156", "$175.07"),
    ("Taxes and fees", "7.05 %", "$12.35"),
    ("New charges", "Total", "$187.42"),
)
COLUMNS = (10.0, 190.0, 330.0)
BARS = (31, 44, 38, 52, 61, 47, 40)


def slip(typeface: str = "helvetica", inking: str = "run", pages: int = 1) -> bytes:
    """Draw a bill of six lines and a chart on a strip of paper, as a PDF."""
    sheet = Sheet(SLIP, typeface, "Slip", inking=inking)
    for page in range(pages):
        if page:
            sheet.turn_page()
        for row, line in enumerate(LINES):
            for x, text in zip(COLUMNS, line, strict=True):
                sheet.text(x, 14 + 12 * row, text, 8)
        sheet.rule(10, 100, 430, 100)
        for index, height in enumerate(BARS):
            sheet.box(200 + 10 * index, 100 - height / 4, 7, height / 4, fill=0x1D6B4F, stroke=None)
    return sheet.finish()


@functools.cache
def papers() -> dict[str, tuple[bytes, ...]]:
    """Draw the honest files, by format; the same bytes every time for the same libraries."""
    whole = pages_of(slip(), PICTURE_DPI)[0]
    picture = whole.crop((0, 0, whole.width, round(whole.height * PICTURE_SHARE)))
    grey = picture.convert("L")
    clear = picture.convert("RGBA")
    clear.putalpha(200)
    sideways = Image.Exif()
    sideways[0x0112] = 6
    bills = [made.printed.pdf for made in make_bills("dev", 1, FAMILY_SEED)]
    return {
        "pdf": (
            slip(),
            slip(inking="glyph"),
            slip("vera", "word"),
            slip(pages=3),
            joined([slip(), slip("times")]),
            _saved(grey, "PDF", resolution=PICTURE_DPI),
            _saved(picture, "PDF", resolution=PICTURE_DPI, save_all=True, append_images=[grey]),
        ),
        "bill": tuple(bill for bill in bills if len(bill) <= BILL_BYTES_MAX),
        "png": (
            encoded(picture, "PNG"),
            encoded(grey.convert("1"), "PNG"),
            encoded(picture.quantize(16), "PNG"),
            encoded(clear, "PNG"),
            encoded(grey.convert("I;16"), "PNG"),
        ),
        "jpeg": (
            encoded(picture, "JPEG", quality=60),
            _saved(grey, "JPEG", quality=40, progressive=True),
            encoded(picture.convert("CMYK"), "JPEG", quality=50),
            _saved(grey.rotate(90, expand=True), "JPEG", quality=50, exif=sideways),
        ),
        "gif": (
            encoded(grey.quantize(8), "GIF"),
            _saved(grey, "GIF", save_all=True, append_images=[grey.rotate(2)] * 3),
        ),
        "webp": (encoded(picture, "WEBP", quality=40), _saved(clear, "WEBP", lossless=True)),
    }


def _saved(picture: Image.Image, form: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    save: Callable[..., None] = picture.save
    save(buffer, form, **options)
    return buffer.getvalue()
