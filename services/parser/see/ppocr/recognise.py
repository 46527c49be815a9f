"""Reads lines of text off a raster: PP-OCRv6's recognition networks, greedy CTC, and words cut at the spaces.

Graves et al., "Connectionist Temporal Classification", ICML 2006. The network tells for each narrow column of a line which
character it sees; the columns also tell where on the line each character stands, hence where each word begins and ends.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy

from services.parser.see.ppocr.detect import Region
from services.parser.see.ppocr.weights import Net, alphabet, run

if TYPE_CHECKING:
    from numpy.typing import NDArray

LINE_HEIGHT = 48
LINE_WIDTH_MAX = 3200
WIDTH_STEP = 16
"""Lines are padded to a multiple of this, and only lines of one such width are read together [columns].

Padding them to the longest of a batch took a sixth of the tiny network's time and a third of the small one's, and a line was read
a little otherwise beside other lines.
"""

WIDTH_MIN = 96
"""A character by itself is told less surely without bare columns behind it [columns]."""

BATCH_COLUMNS_MAX = 1280
"""Columns of one batch: bounds memory. Measured: a column of lines longer than 160 costs as much alone as in a batch."""

LEVEL_SHARE = 0.2
"""Lines that fall by a smaller share of their height over their length are cut out without turning."""

WIDE_GAP = 1.3
"""Characters further apart than this many line heights are of two words even where no space was read."""


@dataclass(frozen=True, slots=True)
class Glyph:
    """One character of a line: where its middle is [pixels from the line's left], and how sure the network is.

    ``comma`` is how likely a point is a comma [0, 1].
    """

    character: str
    middle: float
    confidence: float
    comma: float = 0.0


def strips_of(raster: "NDArray[numpy.uint8]", regions: Sequence[Region]) -> "list[NDArray[numpy.uint8]]":
    """Cut each line out of a raster, level, and bring it to the networks' height."""
    return [_strip(raster, region) for region in regions]


def read_strips(net: Net, strips: "Sequence[NDArray[numpy.uint8]]") -> list[list[Glyph]]:
    """Read many lines, those of one padded width together."""
    alike: dict[int, list[int]] = {}
    for index, strip in enumerate(strips):
        columns = max(WIDTH_MIN, -(-strip.shape[1] // WIDTH_STEP) * WIDTH_STEP)
        alike.setdefault(columns, []).append(index)
    lines: list[list[Glyph]] = [[] for _ in strips]
    for columns, indexes in sorted(alike.items()):
        together = max(1, BATCH_COLUMNS_MAX // columns)
        for start in range(0, len(indexes), together):
            chosen = indexes[start : start + together]
            read = _read_batch(net, [strips[index] for index in chosen], columns)
            for index, glyphs in zip(chosen, read, strict=True):
                lines[index] = glyphs
    return lines


def _strip(raster: "NDArray[numpy.uint8]", region: Region) -> "NDArray[numpy.uint8]":
    length, height = max(4.0, region.length), max(4.0, region.height)
    width = int(min(LINE_WIDTH_MAX, max(16, round(LINE_HEIGHT * length / height))))
    if not region.standing and abs(region.slope) * length < LEVEL_SHARE * height:
        patch = _upright_patch(raster, region.x - length / 2, region.y - height / 2, length, height)
        return _resized(patch, width, height)
    along = numpy.array([1.0, region.slope]) if not region.standing else numpy.array([region.slope, -1.0])
    along /= numpy.linalg.norm(along) * (-1 if region.downwards else 1)
    below = numpy.array([-along[1], along[0]])
    start = numpy.array([region.x, region.y]) - along * length / 2 - below * height / 2
    corners = numpy.array([start, start + along * length, start + below * height], dtype=numpy.float32)
    tall = max(LINE_HEIGHT, round(height))
    wide = max(16, round(length * tall / height))
    target = numpy.array([[0, 0], [wide, 0], [0, tall]], dtype=numpy.float32)
    turned = cv2.warpAffine(
        raster,
        cv2.getAffineTransform(corners, target),
        (wide, tall),
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return _resized(numpy.asarray(turned, dtype=numpy.uint8), width, tall)


def _resized(patch: "NDArray[numpy.uint8]", width: int, height: float) -> "NDArray[numpy.uint8]":
    method = cv2.INTER_AREA if height > LINE_HEIGHT * 1.2 else cv2.INTER_LINEAR
    return numpy.asarray(cv2.resize(patch, (width, LINE_HEIGHT), interpolation=method), dtype=numpy.uint8)


def _upright_patch(
    raster: "NDArray[numpy.uint8]", left: float, top: float, width: float, height: float
) -> "NDArray[numpy.uint8]":
    rows, columns = raster.shape
    x0, y0 = max(0, round(left)), max(0, round(top))
    x1, y1 = min(columns, max(x0 + 1, round(left + width))), min(rows, max(y0 + 1, round(top + height)))
    if x1 <= x0 or y1 <= y0:
        return numpy.full((4, 4), 255, dtype=numpy.uint8)
    return raster[y0:y1, x0:x1]


def _read_batch(net: Net, strips: "Sequence[NDArray[numpy.uint8]]", columns: int) -> list[list[Glyph]]:
    batch = numpy.zeros((len(strips), 3, LINE_HEIGHT, columns), dtype=numpy.float32)
    for row, strip in enumerate(strips):
        batch[row, :, :, : strip.shape[1]] = (strip.astype(numpy.float32) * (2 / 255) - 1)[None]
    characters = alphabet(net)
    told = run(net, batch)
    step = columns / told.shape[1]
    best, sure = told.argmax(axis=2), told.max(axis=2)
    commas = told[:, :, characters.index(",")]
    return [
        _collapsed(best[row], sure[row], commas[row], characters, step, strip.shape[1])
        for row, strip in enumerate(strips)
    ]


def _collapsed(
    best: "NDArray[numpy.int64]",
    sure: "NDArray[numpy.float32]",
    commas: "NDArray[numpy.float32]",
    characters: tuple[str, ...],
    step: float,
    width: int,
) -> list[Glyph]:
    """Join runs of one class and drop blanks (greedy CTC)."""
    glyphs: list[Glyph] = []
    start, count = 0, len(best)
    while start < count:
        end = start + 1
        while end < count and best[end] == best[start]:
            end += 1
        if best[start] != 0:
            middle = min((start + end) / 2 * step, float(width))
            character = characters[best[start]]
            comma = float(commas[max(0, start - 1) : end + 1].max()) if character == "." else 0.0
            glyphs.append(Glyph(character, middle, float(sure[start:end].max()), comma))
        start = end
    return glyphs
