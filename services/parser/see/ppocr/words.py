"""Cuts a line that was read into words with boxes on the raster."""

import itertools
from typing import TYPE_CHECKING

import cv2
import numpy

from domain.evidence import Box
from services.parser.page import Word
from services.parser.see.ppocr.detect import Region
from services.parser.see.ppocr.recognise import LINE_HEIGHT, WIDE_GAP, Glyph
from services.parser.see.ppocr.seams import mended, seams_in

if TYPE_CHECKING:
    from numpy.typing import NDArray

TYPE_SHARE = 0.73
"""Type size over the height of a detected line, as a rule."""

TYPE_SHARE_LEAST, TYPE_SHARE_MOST = 0.55, 0.9
"""Ink tells the size better; beyond these shares it tells of a rule or a speck in the line."""

ASCENT_SHARE, X_HEIGHT_SHARE, DESCENT_SHARE = 0.76, 0.56, 0.22
"""How far capitals and figures, and small letters, reach above the line, and tails below it [type sizes], with a little blur."""

LOW = frozenset("acemnorsuvwxz.,:;-–_•·…→=~+*\"' àâäáãåèéêëìíîïòóôöõùúûüñç")
TAILED = frozenset("gjpqyQ()[]{}/|,;$ç")
INK_SHARE = 0.35
"""A column of a line holds ink when it departs from the paper by this share of its neighbours' contrast."""

INK_MIN = 18.0
"""What departs less from the paper is grain [grey values of 255]."""

RULE_SHARE = 0.3
"""Rules that depart less from the paper, as a share of the ink, are no ink beside it."""

RULES = tuple(
    (numpy.ones(shape, numpy.uint8), numpy.ones(blur, numpy.uint8))
    for shape, blur in (((1, 2 * LINE_HEIGHT), (3, 1)), ((LINE_HEIGHT - 4, 1), (1, 3)))
)
"""Rules along and across a strip: ink that runs on for two line heights, or from a strip's top to its foot, as no stroke does;
and how far a rule is blurred [pixels]."""

NEIGHBOUR_COLUMNS = 2 * LINE_HEIGHT + 1
MIDPOINT = 0.5
STRIP_TYPE = 0.8 * LINE_HEIGHT
"""What a strip's type is taken for where advances are judged [pixels]: a little more than it is, for text set wide."""

SPACE_ADVANCE = 0.22 * STRIP_TYPE
"""A narrow space in a strip [pixels]."""

SPACE_SURE, SPACE_SURE_NUMERIC = 0.8, 2.0
"""How many narrow spaces two characters must stand further apart than usual; figures often share one advance."""

CLOSING = frozenset(",;:.)")
"""Follow what is before them; a leader of points is cut off where it was read as one."""

NUMERIC = frozenset("0123456789.,-/:()")
GAPS_SHARE_MAX = 0.34
"""Where more of the characters stand apart, the type is letter-spaced and gaps say nothing."""


def words_of_line(glyphs: list[Glyph], region: Region, strip: "NDArray[numpy.uint8]") -> list[Word]:
    """Cut one line at its spaces and at wide gaps.

    Args:
        glyphs: what was read, from the left.
        region: where the line lies on the raster.
        strip: the line as it was cut out.
    """
    departs = _departures(strip)
    ink = _ink_columns(departs)
    runs = _runs(glyphs, ink)
    if not runs:
        return []  # nothing but spaces: a smudge that looks like a line
    size = region.height * _type_share(glyphs, departs)
    words = []
    borders = [
        0.0,
        *(_border(before[-1], after[0], ink) for before, after in itertools.pairwise(runs)),
        float(len(ink)),
    ]
    for run, (left, right) in zip(runs, itertools.pairwise(borders), strict=True):
        text = mended("".join(glyph.character for glyph in run))
        box = _box(*_trimmed(left, right, ink), region, strip.shape[1], size)
        confidence = min(1.0, min(glyph.confidence for glyph in run))
        comma = max(glyph.comma for glyph in run)
        words.append(Word(text=text, box=box, confidence=confidence, height=size, comma=comma))
    return words


def _runs(glyphs: list[Glyph], ink: "NDArray[numpy.bool_]") -> list[list[Glyph]]:
    printed = [glyph for glyph in glyphs if glyph.character != " "]
    if not printed:
        return []
    spaced = {id(after) for before, after in itertools.pairwise(glyphs) if before.character == " "}
    gaps = [_is_gap(before, after, ink) for before, after in itertools.pairwise(printed)]
    believed = sum(gaps) <= GAPS_SHARE_MAX * len(printed)
    runs = [[printed[0]]]
    for glyph, gap in zip(printed[1:], gaps, strict=True):
        far = glyph.middle - runs[-1][-1].middle > WIDE_GAP * LINE_HEIGHT
        if id(glyph) in spaced or far or (gap and believed):
            runs.append([])
        runs[-1].append(glyph)
    return _unglued(runs)


def _unglued(runs: list[list[Glyph]]) -> list[list[Glyph]]:
    """Cut apart what stood too close for a gap to be seen."""
    seams = set(seams_in(" ".join("".join(glyph.character for glyph in run) for run in runs)))
    parts, start = [], 0
    for run in runs:
        cuts = [0, *(at for at in range(1, len(run)) if start + at in seams), len(run)]
        parts += [run[first:last] for first, last in itertools.pairwise(cuts)]
        start += len(run) + 1
    return parts


def _is_gap(before: Glyph, after: Glyph, ink: "NDArray[numpy.bool_]") -> bool:
    """Tell whether two characters stand apart by a space that was not read: by the distance of their middles and by the paper."""
    if after.character in CLOSING:
        return False
    usual = (_advance(before.character) + _advance(after.character)) / 2
    numeric = before.character in NUMERIC and after.character in NUMERIC
    if after.middle - before.middle < usual + SPACE_ADVANCE * (SPACE_SURE_NUMERIC if numeric else SPACE_SURE):
        return False
    return len(_bare(before, after, ink)) >= SPACE_ADVANCE


def _bare(before: Glyph, after: Glyph, ink: "NDArray[numpy.bool_]") -> range:
    """Give the longest run of columns without ink between the middles of two characters."""
    longest, start = range(0), int(before.middle)
    for column in range(start, min(int(after.middle) + 1, len(ink))):
        if ink[column]:
            start = column + 1
        elif column + 1 - start > len(longest):
            longest = range(start, column + 1)
    return longest


def _advance(character: str) -> float:
    """Give the usual advance of a character in a strip [pixels]."""
    if character in "MW@mw%":
        share = 0.85
    elif character in "iljI|!.,:;'`":
        share = 0.27
    elif character in "ftr()[]-/ ":
        share = 0.34
    elif character.isupper():
        share = 0.68
    else:
        share = 0.55
    return share * STRIP_TYPE


def _border(before: Glyph, after: Glyph, ink: "NDArray[numpy.bool_]") -> float:
    """Tell where one word ends and the next begins: on bare paper between them, where there is some."""
    bare = _bare(before, after, ink)
    return (bare.start + bare.stop if bare else before.middle + after.middle) * MIDPOINT


def _ink_columns(departs: "NDArray[numpy.int16]") -> "NDArray[numpy.bool_]":
    highest = departs[4:-4].max(axis=0).astype(numpy.float32)
    # Grey type beside bold type is ink too: each column is held against its neighbours.
    strongest = numpy.asarray(cv2.dilate(highest[None, :], numpy.ones((1, NEIGHBOUR_COLUMNS), numpy.uint8)))[0]
    columns: NDArray[numpy.bool_] = highest > numpy.maximum(INK_MIN, INK_SHARE * strongest)
    return columns


def _departures(strip: "NDArray[numpy.uint8]") -> "NDArray[numpy.int16]":
    """Tell how far each pixel of a strip departs from its paper; the rules of a table and edges of shaded cells do not count."""
    grey = strip.astype(numpy.int16)
    departs = numpy.abs(grey - int(numpy.median(grey)))
    marked = (departs > max(INK_MIN, RULE_SHARE * float(departs.max(initial=0)))).astype(numpy.uint8)
    for shape, blur in RULES:
        rules = cv2.dilate(cv2.morphologyEx(marked, cv2.MORPH_OPEN, shape), blur)
        departs[numpy.asarray(rules) > 0] = 0
    return departs


def _trimmed(left: float, right: float, ink: "NDArray[numpy.bool_]") -> tuple[float, float]:
    first, last = int(left), min(len(ink), int(numpy.ceil(right)))
    inked = numpy.flatnonzero(ink[first:last])
    if not inked.size:
        return left, right
    return float(first + inked[0]), float(first + inked[-1] + 1)


def _type_share(glyphs: list[Glyph], departs: "NDArray[numpy.int16]") -> float:
    """Tell the type size over the height of a strip, by how high its ink stands and which characters it is of."""
    filled = (departs > max(24, INK_SHARE * float(departs.max(initial=0)))).sum(axis=1)
    fullest = int(filled.argmax())
    above, below = numpy.flatnonzero(filled[:fullest] == 0), numpy.flatnonzero(filled[fullest:] == 0)
    top = int(above[-1]) + 1 if above.size else 0
    bottom = fullest + int(below[0]) if below.size else len(filled)
    characters = {glyph.character for glyph in glyphs}
    reach = X_HEIGHT_SHARE if characters <= LOW else ASCENT_SHARE
    reach += DESCENT_SHARE if characters & TAILED else 0.0
    share = (bottom - top) / len(filled) / reach
    return (share + TYPE_SHARE) / 2 if TYPE_SHARE_LEAST <= share <= TYPE_SHARE_MOST else TYPE_SHARE


def _box(left: float, right: float, region: Region, width: int, size: float) -> Box:
    scale = region.length / max(1, width)
    start, end = (left * scale - region.length / 2), (right * scale - region.length / 2)
    half = size / 2
    if region.standing and region.downwards:
        return Box(region.x - half, region.y + start, region.x + half, region.y + end)
    if region.standing:
        return Box(region.x - half, region.y - end, region.x + half, region.y - start)
    middle = region.y + region.slope * (start + end) / 2
    return Box(region.x + start, middle - half, region.x + end, middle + half)
