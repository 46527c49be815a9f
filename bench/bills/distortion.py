"""What happens to a bill on its way to us: scanners, phones, fax machines, coffee, folds, other file formats.

Every change is drawn from the bill's name and the variant's, so that the same bill gives the same bytes.
"""

import io
import time
import zlib
from collections.abc import Callable

import numpy
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from bench.bills.rendering import encoded, pages_of

Pixels = NDArray[numpy.float32]
EPOCH = time.gmtime(0)
DESK = (96, 84, 70)


def generator(name: str, variant: str) -> Generator:
    """Return the source of chance for one variant of one bill."""
    return numpy.random.default_rng([zlib.crc32(name.encode()), zlib.crc32(variant.encode())])


def through_jpeg(picture: Image.Image, quality: int) -> Image.Image:
    """Return the picture as JPEG leaves it [quality in percent]."""
    return Image.open(io.BytesIO(encoded(picture, "JPEG", quality=quality)))


def as_pdf(pages: list[Image.Image], dpi: int) -> bytes:
    """Return pictures as a PDF without a text layer [dots per inch]."""
    buffer = io.BytesIO()
    pages[0].save(
        buffer, "PDF", save_all=True, append_images=pages[1:], resolution=dpi, creationDate=EPOCH, modDate=EPOCH
    )
    return buffer.getvalue()


def noisy(pixels: Pixels, chance: Generator, strength: float) -> Image.Image:
    """Add grain [grey levels] and return a picture."""
    grain = chance.standard_normal(pixels.shape[:2], dtype=numpy.float32) * strength
    grain = grain if pixels.ndim == 2 else grain[:, :, None]
    return Image.fromarray((pixels + grain).clip(0, 255).astype(numpy.uint8))


def scanned(page: Image.Image, chance: Generator) -> Image.Image:
    """A flat-bed scan: grey, a little skewed, light grain, JPEG."""
    skew = chance.uniform(-0.8, 0.8)
    turned = page.convert("L").rotate(skew, resample=Image.Resampling.BICUBIC, fillcolor=250)
    return through_jpeg(noisy(numpy.asarray(turned, dtype=numpy.float32), chance, 4), 70)


def photographed(page: Image.Image, chance: Generator) -> Image.Image:
    """A phone photo: perspective, a turn, uneven light, the edge of a shadow, blur, grain, JPEG."""
    width, height = page.size
    away = lambda most: chance.uniform(0, 0.02) * most  # noqa: E731
    corners = [
        -away(width), -away(height),
        -away(width), height + away(height),
        width + away(width), height + away(height),
        width + away(width), -away(height),
    ]  # fmt: skip
    bent = page.transform(page.size, Image.Transform.QUAD, corners, Image.Resampling.BICUBIC, fillcolor=DESK)
    bent = bent.rotate(chance.uniform(-2, 2), resample=Image.Resampling.BICUBIC, fillcolor=DESK)
    bent = bent.filter(ImageFilter.GaussianBlur(chance.uniform(0.4, 0.7)))
    pixels = numpy.asarray(bent, dtype=numpy.float32)
    across = numpy.linspace(1.0, chance.uniform(0.6, 0.85), width, dtype=numpy.float32)[None, :, None]
    down = numpy.linspace(chance.uniform(0.85, 1.0), 1.0, height, dtype=numpy.float32)[:, None, None]
    edge = numpy.linspace(0, 1, width, dtype=numpy.float32)[None, :, None] - chance.uniform(0.2, 1.2)
    shadow = 1 - 0.18 / (1 + numpy.exp(-edge * 40))
    return through_jpeg(noisy(pixels * across * down * shadow, chance, 6), 55)


def faxed(page: Image.Image, chance: Generator) -> Image.Image:
    """A fax: 204 x 98 dots per inch, black or white, with specks; shown at square pixels."""
    coarse = page.convert("L").resize((page.width, page.height // 2), Image.Resampling.BOX)
    pixels = noisy(numpy.asarray(coarse, dtype=numpy.float32), chance, 12)
    black_white = pixels.point(lambda level: 255 if level > 150 else 0)
    return black_white.resize(page.size, Image.Resampling.NEAREST).convert("1")


def stained(page: Image.Image, chance: Generator) -> Image.Image:
    """A scan of paper with rings of coffee and a fold."""
    stain = Image.new("RGB", page.size, "white")
    draw = ImageDraw.Draw(stain)
    for _ in range(int(chance.integers(2, 5))):
        x, y = chance.uniform(0.1, 0.9) * page.width, chance.uniform(0.1, 0.9) * page.height
        radius = chance.uniform(0.08, 0.16) * page.width
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), outline=(214, 178, 138), width=int(radius / 7))
        draw.ellipse((x - radius, y - radius, x + radius * 0.2, y), fill=(236, 218, 196))
    soft = numpy.asarray(stain.filter(ImageFilter.GaussianBlur(4)), dtype=numpy.float32) / 255
    pixels = numpy.asarray(page, dtype=numpy.float32) * soft
    fold = int(chance.uniform(0.3, 0.7) * page.height)
    depth = numpy.exp(-numpy.abs(numpy.arange(page.height, dtype=numpy.float32) - fold) / 6) * 0.35
    creased = (pixels * (1 - depth)[:, None, None]).astype(numpy.float32)
    return through_jpeg(noisy(creased, chance, 4), 70)


def turned(page: Image.Image, chance: Generator) -> Image.Image:
    """A scan that lies on its side or on its head."""
    quarter = (Image.Transpose.ROTATE_90, Image.Transpose.ROTATE_180, Image.Transpose.ROTATE_270)[
        int(chance.integers(3))
    ]
    return scanned(page, chance).transpose(quarter)


def with_ghost_text(pdf: bytes, chance: Generator) -> bytes:
    """A scan behind which an invisible text layer says other numbers, as bad OCR archives hold."""
    buffer = io.BytesIO()
    canvas = Canvas(buffer, invariant=1)
    for page in pages_of(pdf, 200):
        points = (page.width * 72 / 200, page.height * 72 / 200)
        canvas.setPageSize(points)
        canvas.drawImage(ImageReader(scanned(page, chance)), 0, 0, *points)
        text = canvas.beginText(40, points[1] - 60)
        text.setTextRenderMode(3)
        text.setFont("Helvetica", 9)
        for _ in range(30):
            text.textLine(
                f"Amount due ${chance.integers(10, 900)}.{chance.integers(10, 99)} l1 O0 {chance.integers(10**6)}"
            )
        canvas.drawText(text)
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()


PICTURED: dict[str, tuple[int, Callable[[Image.Image, Generator], Image.Image]]] = {
    "scan": (200, scanned),
    "photo": (150, photographed),
    "fax": (204, faxed),
    "low": (120, scanned),
    "small": (72, scanned),
    "stain": (200, stained),
    "turn": (200, turned),
}
"""Variants whose every page goes through one change at a resolution [dots per inch]."""
ENCODED = {"png": "PNG", "jpg": "JPEG", "gif": "GIF", "webp": "WEBP"}
VARIANTS = ("text", *PICTURED, "ghost", "web")


def variant_of(name: str, pdf: bytes, variant: str) -> list[tuple[str, bytes]]:
    """Return the files of a variant as (file name, content).

    ``text`` is the PDF itself, ``web`` PNG, JPEG, GIF and WEBP of bills that have one page (none for others), each other variant
    one PDF without a trustworthy text layer.

    Raises:
        ValueError: there is no such variant.
    """
    chance = generator(name, variant)
    if variant == "text":
        return [(f"{name}.pdf", pdf)]
    if variant == "web":
        pages = pages_of(pdf, 150)
        if len(pages) > 1:
            return []
        return [(f"{name}@web.{suffix}", encoded(pages[0], form)) for suffix, form in ENCODED.items()]
    if variant == "ghost":
        return [(f"{name}@ghost.pdf", with_ghost_text(pdf, chance))]
    if variant not in PICTURED:
        raise ValueError(f"no such variant: {variant}; there are {', '.join(VARIANTS)}")
    dpi, change = PICTURED[variant]
    return [(f"{name}@{variant}.pdf", as_pdf([change(page, chance) for page in pages_of(pdf, dpi)], dpi))]
