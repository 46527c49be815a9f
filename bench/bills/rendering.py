"""Turn PDFs into pictures, for the tests and the bench (the product renders its own pages)."""

import io
from collections.abc import Sequence

import pypdfium2
from PIL import Image

POINTS_AN_INCH = 72


def pages_of(pdf: bytes, dpi: int = 200) -> list[Image.Image]:
    """Return every page as an RGB picture [dots per inch]."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        return [page.render(scale=dpi / POINTS_AN_INCH).to_pil().convert("RGB") for page in document]
    finally:
        document.close()


def stacked(pages: list[Image.Image]) -> Image.Image:
    """Return the pages below each other, as one long picture."""
    sheet = Image.new("RGB", (max(page.width for page in pages), sum(page.height for page in pages)), "white")
    y = 0
    for page in pages:
        sheet.paste(page, (0, y))
        y += page.height
    return sheet


def encoded(picture: Image.Image, form: str, **options: int) -> bytes:
    """Return the picture in a file format of Pillow's (PNG, JPEG, GIF, WEBP, TIFF)."""
    buffer = io.BytesIO()
    picture.save(buffer, form, **options)
    return buffer.getvalue()


def as_png(pdf: bytes, dpi: int = 200) -> bytes:
    """Return a PDF's pages, stacked, as a PNG [dots per inch]."""
    return encoded(stacked(pages_of(pdf, dpi)).convert("L"), "PNG")


def as_jpeg(pdf: bytes, dpi: int = 200, quality: int = 85) -> bytes:
    """Return a PDF's pages, stacked, as a JPEG [dots per inch; quality in percent]."""
    return encoded(stacked(pages_of(pdf, dpi)), "JPEG", quality=quality)


def as_gif(pdf: bytes, dpi: int = 150) -> bytes:
    """Return a PDF's pages, stacked, as a GIF of one frame [dots per inch]."""
    return encoded(stacked(pages_of(pdf, dpi)).convert("L"), "GIF")


def as_webp(pdf: bytes, dpi: int = 150, quality: int = 85) -> bytes:
    """Return a PDF's pages, stacked, as a WEBP [dots per inch; quality in percent]."""
    return encoded(stacked(pages_of(pdf, dpi)), "WEBP", quality=quality)


def joined(pdfs: Sequence[bytes]) -> bytes:
    """Return one PDF with the pages of several, as an archive that holds many statements."""
    whole = pypdfium2.PdfDocument.new()
    for pdf in pdfs:
        part = pypdfium2.PdfDocument(pdf)
        whole.import_pages(part)
        part.close()
    buffer = io.BytesIO()
    whole.save(buffer)
    whole.close()
    return buffer.getvalue()


def text_of(pdf: bytes) -> str:
    """Return the text layer of every page."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        return "\n".join(page.get_textpage().get_text_range() for page in document)
    finally:
        document.close()
