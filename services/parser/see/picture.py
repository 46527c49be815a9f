"""Sees a picture of a page: JPEG, PNG, GIF or WEBP, opened with Pillow, brought to grey on white, read by OCR.

The header is judged before a pixel is decoded. Pillow refuses truncated files where other decoders give half a page.
"""

import io
import warnings
from typing import TYPE_CHECKING

import numpy
from PIL import Image, ImageOps, UnidentifiedImageError

from domain.outcome import FailureReason
from services.parser.page import Page, Painting, Unreadable
from services.parser.see.engines import NoReading, OcrEngine
from services.parser.see.raster import page_from_raster

if TYPE_CHECKING:
    from numpy.typing import NDArray

FORMATS = ("JPEG", "PNG", "GIF", "WEBP")
PIXELS_MAX = 50_000_000
"""A 48-megapixel phone photo is read; its grey raster takes as many bytes."""

SIDE_MAX = 3000
"""Longest side that is read [pixels]: larger pictures are reduced, which costs no accuracy on pages of ordinary print."""

SIDE_MIN = 16
PAGE_LONG_SIDE_POINTS = 792.0
"""A picture does not say how large its paper was: its longer side counts as that of US letter paper."""

SIXTEEN_BIT_MODES = frozenset({"I", "I;16", "I;16B", "I;16L", "F"})


def page_of_picture(data: bytes, engine: OcrEngine) -> Page:
    """See the one page of a picture; of an animation, its first frame.

    Raises:
        Unreadable: not one of the formats, too many pixels, or damaged.
    """
    raster = _grey(data)
    return page_from_raster(raster, 1, max(raster.shape) / PAGE_LONG_SIDE_POINTS, engine)


def painting_of_picture(data: bytes) -> Painting:
    """Show the one page of a picture, turned and straightened as it is read.

    Raises:
        Unreadable: not one of the formats, too many pixels, or damaged.
    """
    page = page_of_picture(data, NoReading())
    assert page.raster is not None
    return Painting(1, 1, page.width, page.height, page.raster)


def _grey(data: bytes) -> "NDArray[numpy.uint8]":
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with Image.open(io.BytesIO(data), formats=FORMATS) as image:
                _check_size(*image.size)
                return _decoded(image)
        except UnidentifiedImageError:
            raise Unreadable(
                FailureReason.UNSUPPORTED_FORMAT, "The file is neither a PDF nor a JPEG, PNG, GIF or WEBP picture."
            ) from None
        except Image.DecompressionBombError:
            raise _too_many_pixels() from None
        except (OSError, SyntaxError, ValueError, EOFError, IndexError, TypeError, KeyError, OverflowError):
            raise Unreadable(FailureReason.CORRUPT, "The picture is damaged or cut short.") from None


def _check_size(width: int, height: int) -> None:
    if width * height > PIXELS_MAX:
        raise _too_many_pixels()
    if min(width, height) < SIDE_MIN:
        raise Unreadable(FailureReason.UNREADABLE, f"The picture is only {width} x {height} pixels.")


def _too_many_pixels() -> Unreadable:
    return Unreadable(
        FailureReason.TOO_MANY_PIXELS, f"The picture has more than {PIXELS_MAX // 1_000_000} million pixels."
    )


def _decoded(image: Image.Image) -> "NDArray[numpy.uint8]":
    if image.format == "JPEG":
        image.draft("L", (SIDE_MAX, SIDE_MAX))
    image.load()
    image = ImageOps.exif_transpose(image)
    grey = _on_white(image)
    if max(grey.size) > SIDE_MAX:
        grey.thumbnail((SIDE_MAX, SIDE_MAX), Image.Resampling.LANCZOS)
    return numpy.array(grey, dtype=numpy.uint8)


def _on_white(image: Image.Image) -> Image.Image:
    """Bring any mode to 8-bit grey; what is transparent shows white paper."""
    if image.mode in SIXTEEN_BIT_MODES:
        values = numpy.asarray(image, dtype=numpy.float64)
        deepest = 65535.0 if values.max(initial=0) > 255 else 255.0  # 8-bit values may come in a 32-bit mode
        return Image.fromarray((values.clip(0, deepest) * (255.0 / deepest)).astype(numpy.uint8))
    if image.mode in {"RGBA", "LA", "PA"} or "transparency" in image.info:
        clear = image.convert("RGBA")
        paper = Image.new("RGBA", clear.size, (255, 255, 255, 255))
        return Image.alpha_composite(paper, clear).convert("L")
    return image.convert("L")
