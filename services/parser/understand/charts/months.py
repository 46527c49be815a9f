"""Months along an axis: names, short names or initials in a line, with the years printed beside or under them."""

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TypeAlias

from domain.evidence import Box
from services.parser.page import Word
from services.parser.understand.layout.rows import Row, middle
from services.parser.understand.lexicon import Lexicon, squeeze
from services.parser.understand.sight import Sight

JOINED_INITIALS, LETTER_SHARE = (12, 13, 14), 0.6
"""So many letters in one word may be the initials of a chart's months; each is about so broad as this share of its type."""
NAMES_MIN, INITIALS_MIN = 3, 5
"""Fewer months in a line are a date or a comparison; single letters need more of them."""
STANDS, STANDS_BY_TYPE, SAME_SIZE = 1.3, 0.9, 0.03
"""A word of three letters that runs up or down the page is so many times taller than wide, or as wide as its type is large."""
LEAPS = range(2, 7)
"""So many months in a row may be missing to the eye and still be counted between two that it saw."""
Run: TypeAlias = list[tuple[int, int | None, Word]]
"""Months in a line: month, year where printed with it, and the word that names it."""
STEPS = (1, 2, 3)
"""Months from one mark to the next: monthly, two-monthly, quarterly bills."""
STEADY_SHARE = 0.7
"""So many of the steps from mark to mark are of one length."""
YEARS_MOST = 3
"""Years printed under the months of one chart lie at most so far apart."""
_WITH_YEAR = re.compile(r"^([a-z]{3,})['’.\-/]?(\d{2}|\d{4})$")
_YEAR = re.compile(r"^['’]?(\d{2}|(?:19|20)\d{2})$")
_NUMERIC = re.compile(r"^(\d{1,2}(?=/)|\d{2}(?=\.))[/.]([0-4]\d|(?:19|20)\d{2})$")
"""``3/24`` and ``03.24``; multipliers and amounts (``1.0000``, ``1.00``, ``12.50``) are no months."""


@dataclass(frozen=True, slots=True)
class Mark:
    """One month on an axis; ``year`` None where nothing says it yet; ``middle`` is its place along the line [points]."""

    month: int
    year: int | None
    middle: float
    box: Box

    @property
    def first(self) -> date | None:
        """The first day of the month."""
        return date(self.year, self.month, 1) if self.year else None


@dataclass(frozen=True, slots=True)
class Axis:
    """A line of months, left to right."""

    page: int
    row: int
    marks: tuple[Mark, ...]
    turned: bool = False
    """The months stand below each other; places are those of a view that is turned."""

    @property
    def spacing(self) -> float:
        """The usual distance from one mark to the next [points]."""
        gaps = sorted(b.middle - a.middle for a, b in zip(self.marks, self.marks[1:], strict=False))
        return gaps[len(gaps) // 2]

    def extended(self, before: int, after: int) -> "Axis":
        """Return the axis with more months at its ends, one step and one spacing on."""
        step = self.step
        marks = [self._beyond(self.marks[0], -step * i, -self.spacing * i) for i in range(before, 0, -1)]
        more = [self._beyond(self.marks[-1], step * i, self.spacing * i) for i in range(1, after + 1)]
        return replace(self, marks=(*marks, *self.marks, *more))

    @property
    def step(self) -> int:
        """How many months one mark is from the next; negative where the newest is first."""
        counts = [(mark.year or 0) * 12 + mark.month for mark in self.marks]
        steps = sorted(b - a for a, b in itertools.pairwise(counts))
        return steps[len(steps) // 2]

    @staticmethod
    def _beyond(mark: Mark, months: int, points: float) -> Mark:
        count = (mark.year or 0) * 12 + mark.month - 1 + months
        box = Box(mark.box.left + points, mark.box.top, mark.box.right + points, mark.box.bottom)
        return Mark(count % 12 + 1, count // 12 if mark.year else None, mark.middle + points, box)

    @property
    def slope(self) -> float:
        """How far the line falls from left to right, by the edge of its names that is straightest [points a point]."""
        xs = [mark.middle for mark in self.marks]
        boxes = [mark.box for mark in self.marks]
        edges = ([middle(box) for box in boxes], [box.top for box in boxes], [box.bottom for box in boxes])
        return min((_line(xs, ys) for ys in edges), key=lambda line: line[1])[0]

    @property
    def top(self) -> float:
        """The upper edge of the line [points]."""
        return min(mark.box.top for mark in self.marks)

    @property
    def bottom(self) -> float:
        """The lower edge of the line [points]."""
        return max(mark.box.bottom for mark in self.marks)


def _line(xs: Sequence[float], ys: Sequence[float]) -> tuple[float, float]:
    """Return how far the line through points falls, and the sum of squares by which they miss it."""
    mean_x, mean_y = sum(xs) / len(xs), sum(ys) / len(ys)
    spread = sum((x - mean_x) ** 2 for x in xs)
    slope = sum((x - mean_x) * (y - mean_y) for x, y in zip(xs, ys, strict=True)) / spread if spread else 0.0
    return slope, sum((y - mean_y - slope * (x - mean_x)) ** 2 for x, y in zip(xs, ys, strict=True))


def find_axes(sight: Sight, newest: date | None) -> list[Axis]:
    """Return the axes of months of all pages, every mark with its year.

    ``newest`` is a day of the latest month that a bill of this date can show; it settles what the page leaves open.
    """
    axes: list[Axis] = []
    for sheet in sight.sheets:
        for row in sheet.rows:
            following = sheet.rows[row.index + 1] if row.index + 1 < len(sheet.rows) else None
            for run in _runs(row, following, sight.lexicon):
                axis = axis_of(row.page, row.index, run, following, newest)
                if axis is not None:
                    axes.append(axis)
    return [
        axis for index, axis in enumerate(axes) if not any(_under(axis, other) for other in axes[index + 1 : index + 2])
    ]


def names_months(row: Row, lexicon: Lexicon) -> bool:
    """Tell whether a row is a line of months."""
    return any(True for _ in _runs(row, None, lexicon))


def _under(axis: Axis, other: Axis) -> bool:
    """Tell whether another axis right below names the ends of the same periods (``de Oct`` over ``à Nov``)."""
    close = axis.page == other.page and 0 < other.row - axis.row <= 2 and len(axis.marks) == len(other.marks)
    return (
        close
        and abs(axis.marks[0].middle - other.marks[0].middle) < axis.spacing / 2
        and axis.marks[0].month != other.marks[0].month
    )


def _runs(row: Row, following: Row | None, lexicon: Lexicon) -> Iterator[Run]:
    """Yield runs of month words of a row as (month, year, word); initials as month 0 for now."""
    run: Run = []
    initials: Run = []
    words = [word for segment in row.segments for word in segment.words]
    lying = sum(not stands(word) for word in words if month_of(word.text, lexicon) is not None)
    for at, word in enumerate(words):
        apart = stands(word) and not (lying >= NAMES_MIN and _square(word))
        found = None if apart else month_of(word.text, lexicon)
        if found is not None:
            month, year = found
            beside = words[at + 1] if at + 1 < len(words) else None
            if year is None and beside is not None and beside.box.left - word.box.right < 0.9 * word.height:
                year = year_of(beside.text)
            run.append((month, year, word))
        elif len(word.text.strip(".")) == 1 and (word.text[:1].isupper() or word.text == "0"):
            initials.append((0, None, word))
        elif len(word.text) in JOINED_INITIALS and word.text.isupper() and word.text.isalpha():
            initials.extend(_parted(word))
    if len(run) >= NAMES_MIN:
        yield _interleaved(run, following, lexicon)
    if len(initials) >= INITIALS_MIN and len(initials) >= 0.6 * len(words):
        yield initials


def _parted(word: Word) -> Run:
    """Return the letters of a word as marks of their own, evenly spaced: close initials are seen as one word."""
    size = word.height * LETTER_SHARE
    pitch = (word.box.right - word.box.left - size) / (len(word.text) - 1)
    run: Run = []
    for at, letter in enumerate(word.text if pitch > size else ""):
        left = word.box.left + pitch * at
        run.append((0, None, replace(word, text=letter, box=Box(left, word.box.top, left + size, word.box.bottom))))
    return run


def _interleaved(run: Run, following: Row | None, lexicon: Lexicon) -> Run:
    """Return the run with the months of the next line that stand in its gaps: heads of one or two lines."""
    if following is None or following.box.top > run[0][2].box.bottom + 0.5 * following.height:
        return run
    words = [word for segment in following.segments for word in segment.words]
    extra = []
    for at, word in enumerate(words):
        found = month_of(word.text, lexicon)
        apart = min(abs(word.box.left - other.box.left) for _, _, other in run)
        if found is not None and apart > 1.5 * word.height:
            following_word = words[at + 1] if at + 1 < len(words) else None
            year = found[1] or (year_of(following_word.text) if following_word else None)
            extra.append((found[0], year, word))
    return sorted([*run, *extra], key=lambda one: one[2].box.left) if extra else run


def _square(word: Word) -> bool:
    """Tell whether a word is as tall as wide, as ``Jul`` is in some types: its own shape does not say how it runs."""
    return word.box.bottom - word.box.top < STANDS * (word.box.right - word.box.left)


def stands(word: Word) -> bool:
    """Tell whether a word of several letters runs up or down the page: as OCR or its shape says."""
    wide, tall, size = word.box.right - word.box.left, word.box.bottom - word.box.top, word.height
    by_type = abs(wide - size) < SAME_SIZE * size and tall > STANDS_BY_TYPE * wide
    return len(word.text) > 2 and (by_type or (tall > STANDS * wide and abs(tall - size) > 2 * SAME_SIZE * size))


def month_of(text: str, lexicon: Lexicon) -> tuple[int, int | None] | None:
    """Return the month, and the year where printed with it, that a word names."""
    plain = squeeze(text)
    if plain in lexicon.months and len(plain) >= 3:
        return lexicon.months[plain], None
    joined = _WITH_YEAR.match(plain)
    if joined and joined.group(1) in lexicon.months:
        return lexicon.months[joined.group(1)], year_of(joined.group(2))
    numeric = _NUMERIC.match(text)
    if numeric and 1 <= int(numeric.group(1)) <= 12:
        return int(numeric.group(1)), year_of(numeric.group(2))
    return None


def year_of(text: str) -> int | None:
    """Return the year that a word is, of two digits or four."""
    found = _YEAR.match(text.strip(".,"))
    if found is None:
        return None
    value = int(found.group(1))
    return value + 2000 if value < 100 else value


def axis_of(
    page: int, row: int, run: Run, following: Row | None, newest: date | None, *, turned: bool = False
) -> Axis | None:
    """Return the axis that a run of months makes, its years filled in; None where the months do not follow each other."""
    marks = [Mark(month, year, (w.box.left + w.box.right) / 2, w.box) for month, year, w in run]
    if min(b.middle - a.middle for a, b in itertools.pairwise(marks)) <= 0:
        return None
    named = marks[0].month != 0
    marks = _years_under(marks, following)
    if not named:
        spelled = _spell(run, marks, newest)
        if spelled is None:
            return None
        marks = spelled
    marks = _fill_years(marks, newest)
    if any(mark.year is None for mark in marks) or not _steady(marks):
        return None
    return Axis(page, row, tuple(_gaps_filled(marks)), turned)


def _gaps_filled(marks: list[Mark]) -> list[Mark]:
    """Return the marks with those put in that the eye missed: where months and places leap alike."""
    counts = [(mark.year or 0) * 12 + mark.month - 1 for mark in marks]
    steps = [b - a for a, b in itertools.pairwise(counts)]
    usual = sorted(steps, key=abs)[len(steps) // 2]
    spacing = sorted(b.middle - a.middle for a, b in itertools.pairwise(marks))[len(steps) // 2]
    filled = [marks[0]]
    for last, mark, step, count in zip(marks, marks[1:], steps, counts, strict=False):
        leaps = round((mark.middle - last.middle) / spacing) if spacing else 1
        if usual and leaps in LEAPS and step == usual * leaps:
            for leap in range(1, leaps):
                missing = count + usual * leap
                shift = (mark.middle - last.middle) * leap / leaps
                box = Box(last.box.left + shift, last.box.top, last.box.right + shift, last.box.bottom)
                filled.append(Mark(missing % 12 + 1, missing // 12, last.middle + shift, box))
        filled.append(mark)
    return filled


def _years_under(marks: list[Mark], following: Row | None) -> list[Mark]:
    """Return the marks with the years that stand right under them."""
    if following is None or following.box.top - max(mark.box.bottom for mark in marks) > 1.2 * following.height:
        return marks
    gaps = sorted(b.middle - a.middle for a, b in itertools.pairwise(marks))
    reach = gaps[len(gaps) // 2] * 0.5
    words = [word for segment in following.segments for word in segment.words]
    if not words or any(year_of(word.text) is None for word in words if any(c.isalnum() for c in word.text)):
        years = [word for word in words if year_of(word.text)]
        if len(years) < 0.6 * len(words):
            return marks
    found = []
    for mark in marks:
        near = [
            word
            for word in words
            if abs((word.box.left + word.box.right) / 2 - mark.middle) < reach
            and middle(word.box) > mark.box.bottom - 1
        ]
        year = year_of(near[0].text) if near and mark.year is None else mark.year
        found.append(replace(mark, year=year))
    printed = {mark.year for mark in found if mark.year is not None}
    # Values of two digits stand under months as years do, but do not keep to a few; a legend's years follow no months.
    few = not printed or max(printed) - min(printed) <= YEARS_MOST
    return found if few and _follow(found) else marks


def _follow(marks: Sequence[Mark]) -> bool:
    """Tell whether the years of marks agree with their months: those that have one are as many months apart as marks allow."""
    dated = [(at, mark.year * 12 + mark.month) for at, mark in enumerate(marks) if mark.year is not None and mark.month]
    counts = [(b - a, abs(later - earlier)) for (a, earlier), (b, later) in itertools.pairwise(dated)]
    return all(months <= gap * STEPS[-1] + 1 for gap, months in counts)


_LETTERS = ("jfmamjjasond", "efmamjjasond", "gfmamglasond", "jfmamjjasond")
"""Initials of the twelve months: English, French, German and Portuguese; Spanish; Italian."""


def _spell(run: Run, marks: list[Mark], newest: date | None) -> list[Mark] | None:
    """Return the months that a line of initials spells: the one reading that fits the letters, the years and the newest month."""
    letters = ["o" if word.text == "0" else squeeze(word.text)[:1] for _, _, word in run]
    gaps = sorted(b.middle - a.middle for a, b in itertools.pairwise(marks))
    spacing = gaps[len(gaps) // 3]
    offsets = [round((mark.middle - marks[0].middle) / spacing) for mark in marks]
    if len(set(offsets)) < len(offsets) or offsets[-1] > 2 * len(offsets):
        return None
    fits: list[tuple[int, list[Mark]]] = []
    for alphabet in dict.fromkeys(_LETTERS):
        for step in (*STEPS, *(-step for step in STEPS)):
            for start in range(12):
                months = [(start + step * i) % 12 for i in offsets]
                if all(alphabet[month] == letter for month, letter in zip(months, letters, strict=True)):
                    spelled = [replace(mark, month=month + 1) for mark, month in zip(marks, months, strict=True)]
                    fits.append((_fit(spelled, newest), spelled))
    if not fits:
        return None
    best = max(score for score, _ in fits)
    winners = {tuple(mark.month for mark in spelled) for score, spelled in fits if score == best}
    return next(spelled for score, spelled in fits if score == best) if len(winners) == 1 and best >= 0 else None


def _fit(marks: list[Mark], newest: date | None) -> int:
    """Return how well months agree with the years under them and with the newest month; below 0 they do not."""
    filled = _fill_years(marks, newest)
    falling = _falling(filled)
    score = 0
    known = [(i, mark) for i, mark in enumerate(marks) if mark.year is not None]
    for (i, a), (k, b) in itertools.pairwise(known):
        turn = -1 if falling else 1
        span = sum(turn * (y.month - x.month) % 12 for x, y in zip(marks[i:k], marks[i + 1 : k + 1], strict=False))
        if (b.year or 0) * 12 + b.month - (a.year or 0) * 12 - a.month != turn * span:
            return -1
        score += 1
    if newest is not None and filled and (last := filled[0 if falling else -1].first) is not None:
        gap = (newest.year - last.year) * 12 + newest.month - last.month
        score += 3 if gap == 0 else 1 if gap == 1 else -5 if gap < 0 or gap > 3 else 0
    return score


def _fill_years(marks: Sequence[Mark], newest: date | None) -> list[Mark]:
    """Return the marks with every year filled, counting on from the years that are printed, or back from the newest month."""
    filled = list(marks)
    known = [i for i, mark in enumerate(filled) if mark.year is not None]
    falling = _falling(filled)
    if not known and newest is not None:
        anchor = 0 if falling else len(filled) - 1
        year = newest.year if filled[anchor].month <= newest.month else newest.year - 1
        filled[anchor] = replace(filled[anchor], year=year)
        known = [anchor]
    if not known:
        return filled
    for i in range(known[0] - 1, -1, -1):
        filled[i] = replace(filled[i], year=_next_year(filled[i + 1], filled[i].month, forward=falling))
    for i in range(known[0] + 1, len(filled)):
        if filled[i].year is None:
            filled[i] = replace(filled[i], year=_next_year(filled[i - 1], filled[i].month, forward=not falling))
    return filled


def _next_year(mark: Mark, month: int, *, forward: bool) -> int | None:
    if mark.year is None:
        return None
    if forward:
        return mark.year + (1 if month <= mark.month else 0)
    return mark.year - (1 if month >= mark.month else 0)


def _falling(marks: Sequence[Mark]) -> bool:
    """Tell whether the months run backwards along the line."""
    steps = [(b.month - a.month) % 12 for a, b in itertools.pairwise(marks)]
    return sum(step >= 9 for step in steps) > len(steps) / 2


def _steady(marks: Sequence[Mark]) -> bool:
    """Tell whether the months follow each other by one step, now and then by several over as many places, or by none."""
    counts = [(mark.year or 0) * 12 + mark.month for mark in marks]
    steps = [abs(b - a) for a, b in itertools.pairwise(counts)]
    gaps = [b.middle - a.middle for a, b in itertools.pairwise(marks)]
    if not steps:
        return False
    usual, spacing = sorted(steps)[len(steps) // 2], sorted(gaps)[len(gaps) // 2]
    leaps = [round(gap / spacing) if spacing else 1 for gap in gaps]
    kept = sum(step == usual * max(leap, 1) or step == usual for step, leap in zip(steps, leaps, strict=True))
    return usual in STEPS and kept >= STEADY_SHARE * len(steps)
