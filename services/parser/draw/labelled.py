"""Draws the pages of a document with a labelled box around every value, coloured by how sure the reader is.

Three signs say the same, so that no eye is left out: colour, the stroke of the line, and the word in the legend. Boxes are in
the coordinates of the page as it was seen (turned and straightened), so that is what is drawn on.
"""

import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy
from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont

from domain.evidence import Box
from services.parser.draw.marks import Mark
from services.parser.page import Painting

SURE, FAIR = 0.99, 0.9
PAGE_LONG_SIDE_PIXELS = 1584
"""Two pixels a point on letter paper: 8-point type stays readable."""

PIXELS_MAX = 32_000_000
"""All pages together; where they are many, each gets smaller."""

SIDE_PIXELS_MAX = 60_000
"""All pages below each other: many viewers end at 65,535."""

PAGE_SIDE_PIXELS_MIN = 64

WIDTH_MIN_PIXELS = 760
"""The legend needs as much."""

GAP_PIXELS = 24
LEGEND_PIXELS = 44
LABEL_PIXELS, LABEL_HEIGHT_PIXELS, LEGEND_TYPE_PIXELS = 12, 16, 15
PAD_PIXELS = 2
LINE_PIXELS = 2
TAG_SEGMENTS_MAX = 4
"""Values read off one place (a meter's period is the bill's); more are counted."""

DESK, INK, PAPER = (226, 229, 228), (33, 37, 41), (255, 255, 255)
INK_DARKER = 40
"""Print is so much darker than what lies around it [grey values of 255], in a photo's shadow too."""

INK_AROUND_PIXELS = 16

OVER_VALUE_COST, OVER_TAG_COST, LEADER_COST = 6.0, 8.0, 0.04
"""What it costs a label to cover a square pixel of a value or of another label (1 is print), and to stand a pixel further off."""


@dataclass(frozen=True, slots=True)
class Sureness:
    """One band of confidence: from where it holds, its colour, its stroke (pixels on, pixels off), its words."""

    least: float
    colour: tuple[int, int, int]
    stroke: tuple[int, int]
    words: str


BANDS = (
    Sureness(SURE, (16, 122, 62), (1, 0), "sure: 99 % or more"),
    Sureness(FAIR, (178, 96, 0), (9, 5), "fair: 90 % or more"),
    Sureness(0.0, (200, 24, 42), (2, 4), "doubtful: less than 90 %"),
)

Rectangle = tuple[int, int, int, int]
"""Left, top, right, bottom [pixels]; right and bottom lie inside."""


def pixels_a_point(width: float, height: float, pages: int) -> float:
    """Tell how finely to paint a page of so many points when there are so many pages."""
    most_pixels = (PIXELS_MAX / pages / max(1.0, width * height)) ** 0.5
    long_side = min(PAGE_LONG_SIDE_PIXELS, max(PAGE_SIDE_PIXELS_MIN, SIDE_PIXELS_MAX / pages - GAP_PIXELS))
    return float(min(most_pixels, long_side / max(width, height)))


def drawn(pages: Iterable[Painting], marks: Sequence[Mark], progress: Callable[[int, int], None]) -> bytes:
    """Draw marks on pages, pages below each other under a legend.

    Args:
        pages: the pages; taken one at a time.
        marks: what to draw; those of other pages are left out.
        progress: told pages done and pages in all.

    Returns:
        A PNG.
    """
    sheets = []
    for page in pages:
        mine = [mark for mark in marks if mark.page == page.number]
        # The size at which labels and print fit each other.
        sheet = resized(page, pixels_a_point(page.width, page.height, page.pages))
        mark_sheet(sheet, page, mine)
        sheets.append(sheet)
        progress(page.number, page.pages)
    width = max(WIDTH_MIN_PIXELS, *(sheet.width for sheet in sheets)) + 2 * GAP_PIXELS
    height = LEGEND_PIXELS + sum(sheet.height + GAP_PIXELS for sheet in sheets)
    whole = Image.new("RGB", (width, height), DESK)
    _legend(whole)
    top = LEGEND_PIXELS
    for sheet in sheets:
        whole.paste(sheet, ((width - sheet.width) // 2, top))
        top += sheet.height + GAP_PIXELS
    held = io.BytesIO()
    whole.save(held, "PNG", compress_level=6)
    return held.getvalue()


def band_of(confidence: float) -> Sureness:
    """Tell the band of a confidence."""
    return next(band for band in BANDS if confidence >= band.least)


def resized(page: Painting, fineness: float) -> Image.Image:
    """Bring a page to so many pixels a point, whatever a camera made of it."""
    sheet = Image.fromarray(numpy.ascontiguousarray(page.pixels)).convert("RGB")
    wanted = max(1, round(page.width * fineness)), max(1, round(page.height * fineness))
    return sheet if sheet.size == wanted else sheet.resize(wanted, Image.Resampling.BICUBIC)


def mark_sheet(sheet: Image.Image, page: Painting, marks: list[Mark]) -> None:
    """Draw the marks of a page on its sheet, which shows the whole page."""
    across, down = sheet.width / page.width, sheet.height / page.height
    places = [
        (_around(box, across, down, sheet.size), _once(group))
        for box, group in groupby(sorted(marks, key=lambda mark: _order(mark.box)), key=lambda mark: mark.box)
    ]
    print_below = _print_of(sheet)
    pen = ImageDraw.Draw(sheet)
    for place, group in places:
        _outline(pen, place, band_of(min(mark.confidence for mark in group)))
    values = [place for place, _ in places]
    taken: list[Rectangle] = []
    tags = []
    for place, group in places:
        segments = _segments(group)
        spot = _spot(place, segments, print_below, values, taken)
        taken.append(spot)
        tags.append((spot, segments))
        _leader(pen, place, spot, segments[0].band)
    for spot, segments in tags:
        _write(pen, spot, segments)


def _print_of(sheet: Image.Image) -> Image.Image:
    """Give a mask of where something is printed."""
    grey = sheet.convert("L")
    around = grey.filter(ImageFilter.BoxBlur(INK_AROUND_PIXELS))
    return ImageChops.subtract(around, grey).point(lambda darker: 255 if darker > INK_DARKER else 0)


def _once(marks: Iterable[Mark]) -> list[Mark]:
    """Leave out what says the same as one before it: two usages may stand on one number."""
    return list({mark.label: mark for mark in marks}.values())


def _order(box: Box) -> tuple[float, float, float, float]:
    return box.top, box.left, box.bottom, box.right


def _around(box: Box, across: float, down: float, size: tuple[int, int]) -> Rectangle:
    """Give the rectangle that stands a little outside of a box, within the page."""
    width, height = size
    left, right = sorted((box.left * across, box.right * across))
    top, bottom = sorted((box.top * down, box.bottom * down))
    return (
        min(max(0, round(left) - PAD_PIXELS), width - 1),
        min(max(0, round(top) - PAD_PIXELS), height - 1),
        max(0, min(width - 1, round(right) + PAD_PIXELS)),
        max(0, min(height - 1, round(bottom) + PAD_PIXELS)),
    )


def _outline(pen: ImageDraw.ImageDraw, place: Rectangle, band: Sureness) -> None:
    left, top, right, bottom = place
    pen.rectangle((left - 1, top - 1, right + 1, bottom + 1), outline=PAPER)  # so that it shows on dark paint too
    inset = LINE_PIXELS - 1
    for x in (left, right - inset):
        _stroke(pen, (x, top), (x, bottom), band)
    for y in (top, bottom - inset):
        _stroke(pen, (left, y), (right, y), band)


def _stroke(pen: ImageDraw.ImageDraw, start: tuple[int, int], end: tuple[int, int], band: Sureness) -> None:
    """Draw a level or plumb line, downwards or to the right, in the band's stroke."""
    (x0, y0), (x1, y1) = start, end
    on, off = band.stroke
    level = y0 == y1
    first, last = (x0, x1) if level else (y0, y1)
    pieces = [(first, last)] if off == 0 else [(at, min(at + on - 1, last)) for at in range(first, last + 1, on + off)]
    for begin, finish in pieces:
        box = (begin, y0, finish, y0 + LINE_PIXELS - 1) if level else (x0, begin, x0 + LINE_PIXELS - 1, finish)
        pen.rectangle(box, fill=band.colour)


@dataclass(frozen=True, slots=True)
class _Segment:
    """A piece of a label: what stands on one place, each in the colour of its own confidence."""

    text: str
    band: Sureness
    width: int


def _segments(group: list[Mark]) -> list[_Segment]:
    font = ImageFont.load_default(LABEL_PIXELS)
    told = [(mark.label, mark.confidence) for mark in group[:TAG_SEGMENTS_MAX]]
    if len(group) > TAG_SEGMENTS_MAX:
        told.append((f"+{len(group) - TAG_SEGMENTS_MAX}", min(mark.confidence for mark in group)))
    return [_Segment(text, band_of(sure), round(font.getlength(text)) + 2 * PAD_PIXELS + 2) for text, sure in told]


def _spot(
    place: Rectangle,
    segments: list[_Segment],
    print_below: Image.Image,
    values: list[Rectangle],
    taken: list[Rectangle],
) -> Rectangle:
    """Find where a label covers least."""
    spots = _spots(place, sum(segment.width for segment in segments), LABEL_HEIGHT_PIXELS, print_below.size)
    return min(spots, key=lambda spot: _cost(spot, place, print_below, values, taken))


def _write(pen: ImageDraw.ImageDraw, spot: Rectangle, segments: list[_Segment]) -> None:
    font = ImageFont.load_default(LABEL_PIXELS)
    x, top, _, bottom = spot
    for segment in segments:
        pen.rectangle((x, top, x + segment.width - 1, bottom), fill=segment.band.colour)
        middle = top + LABEL_HEIGHT_PIXELS // 2
        pen.text((x + PAD_PIXELS + 1, middle), segment.text, fill=PAPER, font=font, anchor="lm")
        x += segment.width


def _spots(place: Rectangle, width: int, height: int, size: tuple[int, int]) -> list[Rectangle]:
    """Give where a label may stand: along the four sides of its value, near and further off, always on the page."""
    left, top, right, bottom = place
    middle = (top + bottom) // 2 - height // 2
    corners = [(x, y) for y in (top - height, bottom + 1) for x in (left, right - width + 1)]
    for off in (2, 14, 40, 80, 140):
        corners += [(right + off, middle), (left - width - off, middle)]
        corners += [(left, top - height - off), (left, bottom + off)]
    spots = []
    for corner_x, corner_y in corners:
        x = min(max(0, corner_x), max(0, size[0] - width))
        y = min(max(0, corner_y), max(0, size[1] - height))
        spots.append((x, y, x + width - 1, y + height - 1))
    return spots


def _cost(
    spot: Rectangle, place: Rectangle, print_below: Image.Image, values: list[Rectangle], taken: list[Rectangle]
) -> float:
    left, top, right, bottom = spot
    inked = print_below.crop((left, top, right + 1, bottom + 1)).histogram()[255]
    covered = sum(_shared(spot, value) for value in values) * OVER_VALUE_COST
    covered += sum(_shared(spot, tag) for tag in taken) * OVER_TAG_COST
    area = (right - left + 1) * (bottom - top + 1)
    return inked + covered + LEADER_COST * area * _distance(spot, place) / 10


def _shared(one: Rectangle, other: Rectangle) -> int:
    across = min(one[2], other[2]) - max(one[0], other[0]) + 1
    down = min(one[3], other[3]) - max(one[1], other[1]) + 1
    return across * down if across > 0 and down > 0 else 0


def _distance(one: Rectangle, other: Rectangle) -> int:
    across = max(one[0] - other[2], other[0] - one[2], 0)
    down = max(one[1] - other[3], other[1] - one[3], 0)
    return across + down


def _leader(pen: ImageDraw.ImageDraw, place: Rectangle, spot: Rectangle, band: Sureness) -> None:
    """Tie a label that stands off to its value."""
    if _distance(spot, place) <= 3:
        return
    ends = []
    for one, other in ((place, spot), (spot, place)):
        x = min(max((other[0] + other[2]) // 2, one[0]), one[2])
        y = min(max((other[1] + other[3]) // 2, one[1]), one[3])
        ends.append((x, y))
    pen.line(ends, fill=band.colour, width=1)


def _legend(whole: Image.Image) -> None:
    pen = ImageDraw.Draw(whole)
    font = ImageFont.load_default(LEGEND_TYPE_PIXELS)
    x, middle = GAP_PIXELS, LEGEND_PIXELS // 2
    for band in BANDS:
        _outline(pen, (x, middle - 9, x + 34, middle + 9), band)
        pen.text((x + 44, middle), band.words, fill=band.colour, font=font, anchor="lm")
        x += 44 + round(font.getlength(band.words)) + 28
