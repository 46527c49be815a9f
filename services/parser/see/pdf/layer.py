"""The text layer of a PDF page: words with boxes, and how each is painted.

Few calls a word (text in one go, then the boxes of its first and last character) make this about twice as fast as asking
for every character; where the text and the characters do not run in step, every character is asked for.
"""

import ctypes
import itertools
import math
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import pypdfium2.raw as pdfium

from domain.evidence import Box
from services.parser.page import Word
from services.parser.see.pdf.frame import QUARTERS, Frame

ASCENT_SHARE, DESCENT_SHARE = 0.76, 0.22
"""Share of the type size above and below the baseline that a word's box takes."""

GLYPH_SHARE_MAX = 1.3
"""A glyph taller than this share of its type size belies the size (Type 3 fonts do)."""

APART_SHARE = 0.08
"""Two text objects further apart than this share of the type size are two words."""

BOLD_WEIGHT = 600
CHARACTERS_MAX = 200_000
"""No page of a bill prints more; beyond lies a bomb."""

INVISIBLE_MODES = frozenset({3, 7})
"""Text render modes that paint nothing: invisible, and clip only (ISO 32000-1, 9.3.6)."""

SHAPELESS = "\u200b"
REPLACED = str.maketrans(
    {"\x02": "-", "\ufffe": "-", "\u2010": "-", "\u2011": "-", "\u00ad": "-"}
    | {"\ufb00": "ff", "\ufb01": "fi", "\ufb02": "fl", "\ufb03": "ffi", "\ufb04": "ffl"}
    | dict.fromkeys("\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\ufeff")
)
"""Hyphens at line ends, ligatures, and characters that have no shape."""


@dataclass(frozen=True, slots=True)
class PaintedWord:
    """A word with how it is painted: ``colour`` 0xRRGGBB, ``opacity`` 0 to 255, ``hidden`` where nothing is painted."""

    word: Word
    colour: int
    opacity: int
    hidden: bool
    unmapped: bool
    """The font does not say which characters its glyphs are."""


@dataclass(slots=True)
class _Paint:
    colour: int
    opacity: int
    hidden: bool
    bold: bool


@dataclass(slots=True)
class _Pen:
    """What was already asked of the library, so that it is asked once a text object and once a font, and where it answers.

    ``edges`` are left, right, bottom and top of the last character asked for, ``channels`` the last colour and opacity.
    """

    paints: dict[int, _Paint] = field(default_factory=dict)
    bolds: dict[int, bool] = field(default_factory=dict)
    edges: list[ctypes.c_double] = field(default_factory=lambda: [ctypes.c_double() for _ in range(4)])
    channels: list[ctypes.c_uint] = field(default_factory=lambda: [ctypes.c_uint() for _ in range(4)])


def painted_words(page: Any, frame: Frame) -> tuple[list[PaintedWord], Frame]:
    """Read the words of a page's text layer, and the frame in which most of them stand upright.

    Args:
        page: an open pypdfium2 page.
        frame: the page as its own /Rotate would have it.
    """
    text_page = pdfium.FPDFText_LoadPage(page.raw)
    if not text_page:
        return [], frame
    try:
        text = _text_of(text_page)
        spans = _spans_apart(text_page, text, _spans(text))
        frame = frame.turned(_turn_needed(text_page, spans, frame))
        pen = _Pen()
        words = [_painted(text_page, text[start:end], start, end - 1, frame, pen) for start, end in spans]
        return [word for word in words if word is not None], frame
    finally:
        pdfium.FPDFText_ClosePage(text_page)


def _text_of(text_page: Any) -> str:
    count = min(pdfium.FPDFText_CountChars(text_page), CHARACTERS_MAX)
    if count <= 0:
        return ""
    buffer = (ctypes.c_ushort * (count + 1))()
    written = pdfium.FPDFText_GetText(text_page, 0, count, buffer)
    text = bytes(buffer)[: 2 * max(0, written - 1)].decode("utf-16-le", "replace")
    if len(text) == count:
        return text
    return "".join(_character(pdfium.FPDFText_GetUnicode(text_page, index)) for index in range(count))


def _character(code: int) -> str:
    if code == 0:
        return SHAPELESS
    return chr(code) if code < 0x110000 and not 0xD800 <= code < 0xE000 else "\ufffd"


def _spans(text: str) -> list[tuple[int, int]]:
    spans: list[tuple[int, int]] = []
    start: int | None = None
    for index, character in enumerate(text):
        if character.isspace():
            if start is not None:
                spans.append((start, index))
                start = None
        elif start is None:
            start = index
    if start is not None:
        spans.append((start, len(text)))
    return spans


def _spans_apart(text_page: Any, text: str, spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Cut words with digits where two text objects stand apart: columns of a table may come without a space between."""
    apart = []
    for start, end in spans:
        if end - start > 1 and any(character.isdigit() for character in text[start:end]):
            for index in _breaks(text_page, start, end):
                apart.append((start, index))
                start = index
        apart.append((start, end))
    return apart


def _breaks(text_page: Any, start: int, end: int) -> list[int]:
    """Find where a word's text object changes across a gap that stands out among the word's gaps."""
    first, last = (_address(pdfium.FPDFText_GetTextObject(text_page, index)) for index in (start, end - 1))
    if first == last:
        return []
    between = [_address(pdfium.FPDFText_GetTextObject(text_page, index)) for index in range(start + 1, end - 1)]
    drawn = [first, *between, last]
    boxes = [pdfium.FS_RECTF() for _ in drawn]
    for index, box in enumerate(boxes):
        pdfium.FPDFText_GetLooseCharBox(text_page, start + index, box)
    gaps = [after.left - before.right for before, after in itertools.pairwise(boxes)]
    usual = sorted(gaps)[len(gaps) // 2]
    size = max(abs(box.top - box.bottom) for box in boxes)
    return [
        start + index + 1
        for index, gap in enumerate(gaps)
        if gap - usual > APART_SHARE * size > 0 and drawn[index] != drawn[index + 1]
    ]


def _address(handle: Any) -> int:
    return ctypes.addressof(handle.contents) if handle else 0


def _turn_needed(text_page: Any, spans: list[tuple[int, int]], frame: Frame) -> int:
    votes: Counter[int] = Counter()
    for start, end in spans[:: max(1, len(spans) // 200)]:
        matrix = _matrix(text_page, start)
        if matrix is not None:
            votes[_direction(matrix, frame)] += end - start
    return (QUARTERS - votes.most_common(1)[0][0]) % QUARTERS if votes else 0


def _matrix(text_page: Any, index: int) -> Any | None:
    matrix = pdfium.FS_MATRIX()
    return matrix if pdfium.FPDFText_GetMatrix(text_page, index, matrix) else None


def _direction(matrix: Any, frame: Frame) -> int:
    """Tell which way the text runs on the upright page, in clockwise quarters from left-to-right."""
    turned = -math.atan2(matrix.b, matrix.a) / (math.pi / 2)
    return (round(turned) + frame.quarter_turns) % QUARTERS


def _painted(text_page: Any, text: str, first: int, last: int, frame: Frame, pen: _Pen) -> PaintedWord | None:
    text = text.translate(REPLACED)
    matrix = _matrix(text_page, first)
    if not text or matrix is None:
        return None
    size = pdfium.FPDFText_GetFontSize(text_page, first) * math.hypot(matrix.c, matrix.d)
    left, bottom, right, top = _edges(text_page, first, pen)
    if last != first:
        others = _edges(text_page, last, pen)
        left, bottom = min(left, others[0]), min(bottom, others[1])
        right, top = max(right, others[2]), max(top, others[3])
    tight = frame.box(left, bottom, right, top)
    above, below = tight.top, tight.bottom
    if _direction(matrix, frame) == 0:
        x, y = ctypes.c_double(), ctypes.c_double()
        pdfium.FPDFText_GetCharOrigin(text_page, first, x, y)
        baseline = frame.point(x.value, y.value)[1]
        if tight.bottom - tight.top <= GLYPH_SHARE_MAX * size:
            above, below = baseline - ASCENT_SHARE * size, baseline + DESCENT_SHARE * size
        else:
            size = tight.bottom - tight.top
    box = Box(round(tight.left, 2), round(above, 2), round(tight.right, 2), round(below, 2))
    paint = _paint_of(text_page, first, pen)
    return PaintedWord(
        word=Word(text=text, box=box, confidence=1.0, height=round(size, 2), bold=paint.bold),
        colour=paint.colour,
        opacity=paint.opacity,
        hidden=paint.hidden,
        unmapped=pdfium.FPDFText_HasUnicodeMapError(text_page, first) == 1,
    )


def _edges(text_page: Any, index: int, pen: _Pen) -> tuple[float, float, float, float]:
    left, right, bottom, top = pen.edges
    pdfium.FPDFText_GetCharBox(text_page, index, left, right, bottom, top)
    return left.value, bottom.value, right.value, top.value


def _paint_of(text_page: Any, index: int, pen: _Pen) -> _Paint:
    drawn = pdfium.FPDFText_GetTextObject(text_page, index)
    key = _address(drawn)
    if key not in pen.paints:
        red, green, blue, opacity = pen.channels
        known = pdfium.FPDFText_GetFillColor(text_page, index, red, green, blue, opacity)
        pen.paints[key] = _Paint(
            colour=(red.value << 16 | green.value << 8 | blue.value) if known else 0,
            opacity=opacity.value if known else 255,
            hidden=bool(drawn) and pdfium.FPDFTextObj_GetTextRenderMode(drawn) in INVISIBLE_MODES,
            bold=_is_bold(drawn, pen),
        )
    return pen.paints[key]


def _is_bold(drawn: Any, pen: _Pen) -> bool:
    font = pdfium.FPDFTextObj_GetFont(drawn) if drawn else None
    if not font:
        return False
    key = _address(font)
    if key not in pen.bolds:
        name = ctypes.create_string_buffer(128)
        pdfium.FPDFFont_GetBaseFontName(font, name, len(name))
        told = name.value.lower()
        heavy = any(mark in told for mark in (b"bold", b"black", b"heavy", b"semibold", b"-bd"))
        pen.bolds[key] = heavy or pdfium.FPDFFont_GetWeight(font) >= BOLD_WEIGHT
    return pen.bolds[key]
