"""Rows and segments: words that stand on one line, parted where a gap is wider than a blank.

A row is followed from word to word, so that a slightly tilted line stays one row.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from domain.evidence import Box, Method
from services.parser.page import Document, Page, Word

GAP_HEIGHTS = 0.85
"""A gap wider than this many type sizes parts two segments; a blank is 0.25 to 0.5 of a type size, justified up to 0.7."""
GAP_LETTERS, GAP_LETTERS_TYPED = 1.35, 1.75
"""So many letters wide is no gap in type of one width, whose letters are as broad as its blanks."""
TYPED_LETTERS_MIN, TYPED_WORDS_MIN, TYPED_SPREAD = 5, 20, 0.05
"""So many words of so many letters tell a page in such type: half of them differ in the breadth of their letters by less than
this share. Measured: 0.02 on a slip, 0.08 and more on pages of other type."""
YEAR_GAP_HEIGHTS, DAY_DIGITS_MAX = 1.3, 2
"""The year of a day stands so near behind it (``JAN 03 2026``)."""
FAR_HEIGHTS = 18.0
LEVEL_HEIGHTS_FAR = 0.34
"""Over wider gaps than that, another line of smaller type may come in between: the level must be truer."""
TILT_STEP_HEIGHTS = 12.0
TILT_ALONG_POINTS = 600.0
"""So much text at least tells the tilt of a page."""
TILT_MAX = 0.03
"""Straightened pages keep less tilt than this [points a point]."""
STANDING_SHARES = (1.01, 1.25)
"""Two figures that run up the page are taller than their type, as figures on a row never are, and so much taller than wide."""
LEVEL_HEIGHTS = 0.5
"""Words stand on one row where their middles differ by less than this many type sizes."""
SPELLED_WORDS_MIN, SPELLED_SHARE = 40, 0.6
"""A page of so many words, so large a share of them of one letter or two, is spelled."""
LETTER_GAP_HEIGHTS = 0.23
PARTING = frozenset({"|", "¦", "·", "•", "●", "▪", "■", "►"})
"""Signs that stand between two facts on one line; they part segments as a wide gap does."""
COLON = ":"
"""However far behind a label its colon stands, in a column of colons, it is the label's."""
_YEAR = re.compile(r"(?:19|20)\d\d")
_LEADER = re.compile(r"[.…]{4,}")
_LEADING = re.compile(r"[.…]+ ?:")
"""Dots that lead from a label to its value, or to its colon on typed slips (``BILL NO ...:``)."""
WORDS_PAGE_MAX = 12_000
"""More words than any bill prints on a page; the rest is not looked at."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A run of words with blanks between them. ``starts`` are the words' offsets in ``text``."""

    page: int
    row: int
    index: int
    words: tuple[Word, ...]
    starts: tuple[int, ...]
    text: str
    box: Box
    height: float
    method: Method
    prose: bool = False
    """Whether this is a line of a paragraph."""

    @property
    def bold(self) -> bool:
        """Whether every word is known to be bold."""
        return all(word.bold for word in self.words)

    def box_of(self, start: int, end: int) -> Box:
        """Return the box of a part of the text; parts of a word get their share of its width."""
        left: float | None = None
        right = self.box.right
        top, bottom = self.box.bottom, self.box.top
        for word, offset in zip(self.words, self.starts, strict=True):
            if offset + len(word.text) <= start or offset >= end:
                continue
            width = (word.box.right - word.box.left) / max(len(word.text), 1)
            if left is None:
                left = word.box.left + width * max(start - offset, 0)
            right = word.box.right - width * max(offset + len(word.text) - end, 0)
            top, bottom = min(top, word.box.top), max(bottom, word.box.bottom)
        return self.box if left is None else Box(left, top, max(right, left), bottom)

    def certainty_of(self, start: int, end: int) -> float:
        """Return the least confidence of the words in a part of the text."""
        parts = [
            word.confidence
            for word, offset in zip(self.words, self.starts, strict=True)
            if offset + len(word.text) > start and offset < end
        ]
        return min(parts, default=0.0)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a page: its segments from left to right."""

    page: int
    index: int
    segments: tuple[Segment, ...]
    box: Box
    height: float


@dataclass(frozen=True, slots=True)
class Sheet:
    """One page as rows, top to bottom."""

    page: Page
    rows: tuple[Row, ...]


def sheets(document: Document) -> tuple[Sheet, ...]:
    """Return every page of the document as rows."""
    return tuple(Sheet(page, tuple(_rows(page))) for page in document.pages)


def union(boxes: Iterable[Box]) -> Box:
    """Return the least box around all boxes; there is at least one."""
    listed = list(boxes)
    return Box(
        min(box.left for box in listed),
        min(box.top for box in listed),
        max(box.right for box in listed),
        max(box.bottom for box in listed),
    )


def middle(box: Box) -> float:
    """Return the height of the box's middle [points]."""
    return (box.top + box.bottom) / 2


def overlap(one: Box, other: Box) -> float:
    """Return the width that two boxes share, negative where they stand apart [points]."""
    return min(one.right, other.right) - max(one.left, other.left)


def runs_along(word: Word) -> bool:
    """Tell whether the word runs along the row; text set upright along a margin is taller than its type."""
    wide, tall = word.box.right - word.box.left, word.box.bottom - word.box.top
    if len(word.text) == 2 and word.text.isdigit():
        return tall <= max(STANDING_SHARES[0] * word.height, STANDING_SHARES[1] * wide)
    return tall <= 1.7 * max(word.height, 1.0) or len(word.text) <= 2


def _rows(page: Page) -> Iterable[Row]:
    words = [word for word in page.words[:WORDS_PAGE_MAX] if word.text.strip() and runs_along(word)]
    tilt = _tilt(words) if page.method is Method.OCR else 0.0
    # Each word is looked at a dozen times: its level is worked out once.
    levels = {id(word): middle(word.box) - tilt * word.box.left for word in words}
    lines: list[list[Word]] = []
    for word in sorted(words, key=lambda word: (levels[id(word)], word.box.left)):
        best = None
        height, left = levels[id(word)], word.box.left
        for line in reversed(lines[-12:]):
            if abs(levels[id(line[-1])] - height) > 2 * word.height:
                continue
            nearest = _nearest(line, left)
            size = min(word.height, nearest.height)
            distance = abs(levels[id(nearest)] - height)
            near = abs(nearest.box.left - left) < FAR_HEIGHTS * size
            if (
                distance < (LEVEL_HEIGHTS if near else LEVEL_HEIGHTS_FAR) * size
                and (best is None or distance < best[0])
                and not _covers(line, word)
            ):
                best = (distance, line)
        if best is None:
            lines.append([word])
        else:
            best[1].append(word)
    lines.sort(key=lambda line: sum(levels[id(word)] for word in line) / len(line))
    spelled, typed = _is_spelled(words), _typed(page)
    for index, line in enumerate(lines):
        line.sort(key=lambda word: word.box.left)
        segments = tuple(_segments(page, index, list(_joined(line)) if spelled else line, typed=typed))
        yield Row(page.number, index, segments, union(word.box for word in line), max(s.height for s in segments))


def _is_spelled(words: Sequence[Word]) -> bool:
    """Tell whether a page's text layer gives letters for words, as files do that set each letter by itself."""
    return len(words) >= SPELLED_WORDS_MIN and sum(len(word.text) <= 2 for word in words) > SPELLED_SHARE * len(words)


def _joined(line: Sequence[Word]) -> Iterator[Word]:
    """Yield the words that the letters of a line make: a blank is wider than what stands between letters."""
    word: Word | None = None
    for letter in line:
        if word is not None and letter.box.left - word.box.right < LETTER_GAP_HEIGHTS * min(word.height, letter.height):
            both = union((word.box, letter.box))
            sure = min(word.confidence, letter.confidence)
            word = replace(
                word, text=word.text + letter.text, box=both, confidence=sure, bold=word.bold and letter.bold
            )
            continue
        if word is not None:
            yield word
        word = letter
    if word is not None:
        yield word


def _tilt(words: Sequence[Word]) -> float:
    """Return how far the lines of a picture fall from left to right [points a point], from words that follow each other."""
    along = fall = 0.0
    for one, other in pairwise(words):
        step, drop = other.box.left - one.box.left, middle(other.box) - middle(one.box)
        if (
            0 < step < TILT_STEP_HEIGHTS * one.height
            and abs(drop) < 0.3 * one.height
            and abs(one.height - other.height) < 0.2 * one.height
        ):
            along += step
            fall += drop
    tilt = fall / along if along > TILT_ALONG_POINTS else 0.0
    return tilt if abs(tilt) <= TILT_MAX else 0.0


def _nearest(line: Sequence[Word], left: float) -> Word:
    """Return the word of a line whose left edge is nearest; there is one for each word and line, so it is a plain loop."""
    nearest, least = line[0], abs(line[0].box.left - left)
    for other in line:
        away = abs(other.box.left - left)
        if away < least:
            nearest, least = other, away
    return nearest


def _covers(line: Sequence[Word], word: Word) -> bool:
    """Tell whether the place of the word is already taken on that line (another line, printed close)."""
    if "_" in word.text:
        return False
    left, right = word.box.left, word.box.right
    for other in line:
        box = other.box
        # Most words of a line stand apart, which is soon seen.
        if box.left >= right or box.right <= left or "_" in other.text:
            continue
        if min(box.right, right) - max(box.left, left) > 0.5 * min(box.right - box.left, right - left):
            return True
    return False


def pitch(word: Word) -> float:
    """Return how broad a word's letters are on average [points]."""
    return (word.box.right - word.box.left) / max(len(word.text), 1)


def _typed(page: Page) -> bool:
    """Tell whether OCR saw type of one width, as slips of printers have it: its letters are alike broad, as are its blanks."""
    if page.method is not Method.OCR:
        return False
    broad = sorted(pitch(word) for word in page.words if len(word.text) >= TYPED_LETTERS_MIN)
    if len(broad) < TYPED_WORDS_MIN:
        return False
    low, usual, high = (broad[len(broad) * part // 4] for part in (1, 2, 3))
    return high - low < TYPED_SPREAD * usual


def _segments(page: Page, row: int, line: Sequence[Word], *, typed: bool) -> Iterable[Segment]:
    run: list[Word] = []
    index = 0
    right = 0.0
    for word in (part for whole in line for part in _without_leader(whole)):
        if run and (word.text in PARTING or _LEADER.fullmatch(word.text) or _LEADING.fullmatch(word.text)):
            yield _segment(page, row, index, run)
            run, index, right = [], index + 1, 0.0
            continue
        if run and word.text != COLON and word.box.left - right > _blank(run, word, typed=typed):
            yield _segment(page, row, index, run)
            run, index = [], index + 1
            right = 0.0
        run.append(word)
        right = max(right, word.box.right)
    if run:
        yield _segment(page, row, index, run)


def _blank(run: Sequence[Word], word: Word, *, typed: bool) -> float:
    """Return how wide the blank before a word may be [points]."""
    gap = YEAR_GAP_HEIGHTS if _is_year_behind_day(run, word) else GAP_HEIGHTS
    last = run[-1]
    letters = (last.box.right - last.box.left + word.box.right - word.box.left) / (len(last.text) + len(word.text))
    return max(gap * min(word.height, last.height), (GAP_LETTERS_TYPED if typed else GAP_LETTERS) * letters)


def _is_year_behind_day(run: Sequence[Word], word: Word) -> bool:
    """Tell whether a word is the year of the day before it: a comma that was not seen leaves a wide gap in type of one width."""
    return (
        len(run) > 1
        and _YEAR.fullmatch(word.text) is not None
        and run[-1].text.isdigit()
        and len(run[-1].text) <= DAY_DIGITS_MAX
        and run[-2].text.isalpha()
    )


def _without_leader(word: Word) -> Iterator[Word]:
    """Yield a word, in parts where dots lead from it to a value without a blank (``Balance.......$12.00``)."""
    leader = _LEADER.search(word.text) if len(word.text) > 4 else None
    if leader is None or leader.group() == word.text:
        yield word
        return
    width = (word.box.right - word.box.left) / len(word.text)
    for start, end in ((0, leader.start()), leader.span(), (leader.end(), len(word.text))):
        if end > start:
            box = replace(word.box, left=word.box.left + start * width, right=word.box.left + end * width)
            yield replace(word, text=word.text[start:end], box=box)


def _segment(page: Page, row: int, index: int, run: list[Word]) -> Segment:
    starts, text = [], ""
    for word in run:
        if text:
            text += " "
        starts.append(len(text))
        text += word.text
    return Segment(
        page=page.number,
        row=row,
        index=index,
        words=tuple(run),
        starts=tuple(starts),
        text=text,
        box=union(word.box for word in run),
        height=sorted(word.height for word in run)[len(run) // 2],
        method=page.method if all(word.confidence == 1 for word in run) else Method.OCR,
    )
