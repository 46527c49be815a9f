"""Papers for the tests of seeing: small PDFs drawn with reportlab, pictures of them, and the hostile kinds."""

import io
import struct
import zlib
from pathlib import Path

import cv2
import numpy
import pypdfium2
import reportlab
from PIL import Image, ImageDraw, ImageFont
from reportlab.pdfgen.canvas import Canvas

LETTER = (612, 792)
VERA = Path(reportlab.__file__).parent / "fonts" / "Vera.ttf"
BILL_LINES = (
    ("Northfield Power and Light", "Account number 4471-0093-228"),
    ("Statement date March 14, 2024", "Amount due $187.42"),
    ("Service from 02/09/2024 to 03/11/2024", "Meter 88213907"),
    ("Previous read 41,207", "Current read 42,019"),
    ("Energy used 812 kWh", "Average 26.2 kWh per day"),
    ("Delivery charge 61.18", "Supply charge 113.85"),
    ("Taxes and fees 12.39", "New charges 187.42"),
    ("Please pay before April 5, 2024", "Thank you for your payment"),
    ("Energiepreis je Kilowattstunde Größe Zähler", "Régularisation année précédente"),
    ("Consumo total señor dirección", "Preço médio não cobrado"),
)


def letter_pdf(draw, *, size=LETTER, pages=1, encrypt=None):
    """A PDF whose pages ``draw(canvas, page)`` fills."""
    held = io.BytesIO()
    canvas = Canvas(held, pagesize=size, encrypt=encrypt, invariant=1)
    for page in range(pages):
        draw(canvas, page)
        canvas.showPage()
    canvas.save()
    return held.getvalue()


def draw_bill(canvas, _page=0, *, dx=0, dy=0):
    """Two columns of plain bill text; the first baseline is 72 points below the top of letter paper."""
    canvas.setFont("Helvetica", 11)
    for row, (left, right) in enumerate(BILL_LINES):
        canvas.drawString(72 + dx, 720 - 40 * row + dy, left)
        canvas.drawString(330 + dx, 720 - 40 * row + dy, right)


def bill_pdf(**more):
    return letter_pdf(draw_bill, **more)


def bill_picture(dpi=150):
    """The bill as a grey picture, upright."""
    document = pypdfium2.PdfDocument(bill_pdf())
    return document[0].render(scale=dpi / 72).to_pil().convert("L")


def encoded(picture, kind, **more):
    held = io.BytesIO()
    picture.save(held, kind, **more)
    return held.getvalue()


def scan_pdf(pictures, dpi=150, **more):
    """A PDF that holds nothing but pictures."""
    held = io.BytesIO()
    pictures[0].save(held, "PDF", save_all=True, append_images=pictures[1:], resolution=dpi, **more)
    return held.getvalue()


def lettered(text, size=36, width=1200, height=200):
    """One line of text in a TrueType font that has accents."""
    picture = Image.new("L", (width, height), 255)
    ImageDraw.Draw(picture).text((60, 70), text, fill=0, font=ImageFont.truetype(VERA, size))
    return picture


def png_claiming(width, height):
    """A PNG whose header claims a size that its data does not hold."""

    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0" * 4096))
        + chunk(b"IEND", b"")
    )


def raw_pdf(objects, root=1):
    """A PDF of hand-written objects, numbered from 1; each is bytes."""
    held, offsets = bytearray(b"%PDF-1.7\n"), []
    for number, body in enumerate(objects, 1):
        offsets.append(len(held))
        held += b"%d 0 obj\n" % number + body + b"\nendobj\n"
    start = len(held)
    held += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    held += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    held += b"trailer\n<< /Size %d /Root %d 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, root, start)
    return bytes(held)


def stream(body, extra=b""):
    return b"<< /Length %d %s >>\nstream\n" % (len(body), extra) + body + b"\nendstream"


HELVETICA = b"<< /Font << /F << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >>"


def one_page(content, *, media=b"[0 0 612 792]", resources=HELVETICA, extra=(), more=b""):
    """A PDF of one page with this content stream object."""
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox %s /Contents 4 0 R /Resources %s %s >>" % (media, resources, more)
    catalog, pages = b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>"
    return raw_pdf([catalog, pages, page, content, *extra])


def many_pages_pdf(count):
    """A PDF of empty pages, a few bytes each."""
    kids = b" ".join(b"%d 0 R" % (3 + index) for index in range(count))
    pages = [b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] >>"] * count
    catalog, tree = b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [%s] /Count %d >>" % (kids, count)
    return raw_pdf([catalog, tree, *pages])


def nested_forms_pdf(depth=8, fan=10):
    """A page that asks for fan^depth objects in a few kilobytes."""
    extra = []
    for level in range(depth):
        number = 5 + level
        below = b"<< /XObject << /F %d 0 R >> >>" % (number + 1) if level + 1 < depth else b"<< >>"
        body = b"/F Do " * fan if level + 1 < depth else b"0 0 1 1 re f " * fan
        extra.append(stream(body, b"/Type /XObject /Subtype /Form /BBox [0 0 612 792] /Resources %s" % below))
    return one_page(stream(b"/F Do " * fan), resources=b"<< /XObject << /F 5 0 R >> >>", extra=extra)


def content_bomb_pdf(megabytes):
    """A page whose content stream inflates to so many megabytes of drawing."""
    packed = zlib.compressobj(9)
    line = b"0 0 m 1 1 l S\n" * 4096
    body = b"".join(packed.compress(line) for _ in range(megabytes * 1024 * 1024 // len(line))) + packed.flush()
    return one_page(stream(body, b"/Filter /FlateDecode"))


def huge_page_pdf(points):
    """One word on a page whose sides claim to be so long."""
    side = b"%d" % points
    media = b"[0 0 " + side + b" " + side + b"]"
    return one_page(stream(b"BT /F 12 Tf 72 720 Td (Total 12.50) Tj ET"), media=media)


def draw_outlines(canvas, x, y, text, size, scale=40):
    """Draw a line as filled outlines, as designers turn headings into; its letters are traced from a large picture."""
    font = ImageFont.truetype(str(VERA), size * scale)
    left = x
    for letter in text:
        wide = int(font.getlength(letter))
        picture = Image.new("L", (wide + 1, 2 * size * scale))
        ImageDraw.Draw(picture).text((0, size * scale * 1.5), letter, fill=255, font=font, anchor="ls")
        contours, _ = cv2.findContours(numpy.asarray(picture), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_TC89_KCOS)
        path = canvas.beginPath()
        for contour in contours:
            for index, ((across, down),) in enumerate(contour):
                point = left + across / scale, y + size * 1.5 - down / scale
                (path.lineTo if index else path.moveTo)(*point)
            path.close()
        canvas.drawPath(path, stroke=0, fill=1, fillMode=0)
        left += wide / scale
    return left


def picture_of_line(text, size=12, dpi=300):
    """A picture of one line of type of a size [points], as a logo is put into a paper; and its width and height [points]."""
    font = ImageFont.truetype(str(VERA), size * dpi // 72)
    picture = Image.new("L", (int(font.getlength(text)) + 20, 2 * size * dpi // 72), "white")
    ImageDraw.Draw(picture).text((10, size * dpi * 1.5 // 72), text, fill=0, font=font, anchor="ls")
    return picture, picture.width * 72 / dpi, picture.height * 72 / dpi
