"""Months along an axis: names, short names or initials in a line, with the years printed beside or under them."""

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from functools import lru_cache

from domain.evidence import Box
from services.parser.page import Word
from services.parser.understand.charts.axes.axis import Axis, Mark, Run, evened
from services.parser.understand.charts.axes.years import (
    NAMED_STEPS,
    STEPS,
    follow,
    spelled,
    year_of,
    years_filled,
    years_under,
)
from services.parser.understand.layout.rows import Row, union
from services.parser.understand.lexicon import WORDS_KEPT, Lexicon, squeeze
from services.parser.understand.sight import Sight

JOINED_INITIALS, LETTER_SHARE = (12, 13, 14), 0.6
"""So many letters in one word may be the initials of a chart's months; each is about so broad as this share of its type."""
NAMES_MIN, INITIALS_MIN = 3, 5
"""Fewer months in a line are a date or a comparison; single letters need more of them."""
STANDS, STANDS_BY_TYPE, SAME_SIZE = 1.3, 0.9, 0.03
"""A word of three letters that runs up or down the page is so many times taller than wide, or as wide as its type is large."""
LEAPS = range(2, 7)
"""So many months in a row may be missing to the eye and still be counted between two that it saw."""
APART_SHARE = 1.8
"""A gap so many times as wide as usual parts the months of two charts side by side."""
BEHIND_MONTHS, AHEAD_MONTHS = 36, 12
"""The months of a chart end at most so long before this bill's or, where they are those of a calendar, after it."""
STEADY_SHARE = 0.7
"""So many of the steps from mark to mark are of one length."""
_WITH_YEAR = re.compile(r"^([a-z]{3,})['’.\-/]?(\d{2}|\d{4})$")
_SPAN = re.compile(r"^([^\W\d_]{3,})\.?[-–—/]([^\W\d_]{3,})\.?$")
_QUARTER = re.compile(r"^q([1-4])(\d{2}|20\d{2})?$")
"""``Q3``: quarters are named after their last month."""
DASHES = frozenset("-–—/")
"""What stands between the first and the last month of one bill (``Nov – Dec``)."""
SPANS = (1, 2)
"""So many months lie between the first and the last that a name spans (``Nov-Dec``, ``Jan-Mar``)."""
_NUMERIC = re.compile(r"^(\d{1,2}(?=/)|\d{2}(?=\.))[/.]([0-4]\d|(?:19|20)\d{2})$")
"""``3/24`` and ``03.24``; multipliers and amounts (``1.0000``, ``1.00``, ``12.50``) are no months."""


def find_axes(sight: Sight, newest: date | None) -> list[Axis]:
    """Return the axes of months of all pages, every mark with its year.

    ``newest`` is a day of the latest month that a bill of this date can show; it settles what the page leaves open.
    """
    axes: list[Axis] = []
    for sheet in sight.sheets:
        for row in sheet.rows:
            following = sheet.rows[row.index + 1] if row.index + 1 < len(sheet.rows) else None
            for run in _runs(row, following, sight.lexicon):
                axes.extend(_axes_of(row, run, following, newest))
    return [
        axis for index, axis in enumerate(axes) if not any(_under(axis, other) for other in axes[index + 1 : index + 2])
    ]


def _axes_of(row: Row, run: Run, following: Row | None, newest: date | None) -> Iterator[Axis]:
    """Yield the axis of a run of months, or those of its parts where charts stand side by side."""
    parts = parted(run)
    whole = None if _repeat(parts) else axis_of(row.page, row.index, run, following, newest)
    if whole is not None:
        yield whole
        return
    if len(parts) > 1:
        for part in parts:
            axis = axis_of(row.page, row.index, part, following, newest)
            if axis is not None:
                yield axis


def parted(run: Run) -> list[Run]:
    """Return the parts of a run between which a gap is much wider than usual, those that are long enough."""
    gaps = [b[2].box.left - a[2].box.left for a, b in itertools.pairwise(run)]
    usual = sorted(gaps)[len(gaps) // 2]
    parts: list[Run] = [[run[0]]]
    for gap, item in zip(gaps, run[1:], strict=True):
        if gap > APART_SHARE * usual:
            parts.append([])
        parts[-1].append(item)
    least = INITIALS_MIN if run[0][0] == 0 else NAMES_MIN
    return [part for part in parts if len(part) >= least]


def _repeat(parts: Sequence[Run]) -> bool:
    """Tell whether the parts of a run name the same months of one year: tables or charts of several services side by side."""
    named = [[month for month, _, _ in part] for part in parts]
    if len(named) < 2 or named[0][0] == 0 or any(months != named[0] for months in named):
        return False
    years = {year for part in parts for _, year, _ in part if year is not None}
    return (named[0][0] - named[0][-1]) % 12 != (named[0][1] - named[0][0]) % 12 and len(years) < len(parts)


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
    if any(word.text in DASHES for word in words):
        words = list(_spanned(words, lexicon))
    names = [month_of(word.text, lexicon) for word in words]
    lying = sum(not stands(word) for word, name in zip(words, names, strict=True) if name is not None)
    for at, (word, name) in enumerate(zip(words, names, strict=True)):
        if name is not None and (not stands(word) or (lying >= NAMES_MIN and _square(word))):
            month, year = name
            beside = words[at + 1] if at + 1 < len(words) else None
            if year is None and beside is not None and beside.box.left - word.box.right < 0.9 * word.height:
                year = year_of(beside.text)
                if year is not None:  # a name stands over its bar as a whole
                    word = replace(word, box=union([word.box, beside.box]))
            run.append((month, year, word))
        elif len(word.text.strip(".")) == 1 and (word.text[:1].isupper() or word.text == "0"):
            initials.append((0, None, word))
        elif len(word.text) in JOINED_INITIALS and word.text.isupper() and word.text.isalpha():
            initials.extend(_parted(word))
    if len(run) >= NAMES_MIN:
        yield _interleaved(run, following, lexicon)
    if len(initials) >= INITIALS_MIN and len(initials) >= 0.6 * len(words):
        yield initials


def _spanned(words: Sequence[Word], lexicon: Lexicon) -> Iterator[Word]:
    """Yield the words, three that span the months of one bill (``Sep - Oct``) as one."""
    at = 0
    while at < len(words):
        three = words[at : at + 3]
        if len(three) == 3 and three[1].text in DASHES and three[2].box.left - three[0].box.right < 2 * three[0].height:
            text = f"{three[0].text}-{three[2].text}"
            if _SPAN.match(text) and month_of(text, lexicon) is not None:
                yield replace(three[0], text=text, box=union([word.box for word in three]))
                at += 3
                continue
        yield words[at]
        at += 1


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
    edges = [word.box.left for _, _, word in run]
    spacing = (edges[-1] - edges[0]) / (len(edges) - 1)
    extra = []
    for at, word in enumerate(words):
        found = month_of(word.text, lexicon)
        apart = min(abs(word.box.left - other.box.left) for _, _, other in run)
        within = edges[0] - spacing < word.box.left < edges[-1] + spacing  # another column's line may name a month, too
        if found is not None and within and apart > 1.5 * word.height:
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


@lru_cache(WORDS_KEPT)
def month_of(text: str, lexicon: Lexicon) -> tuple[int, int | None] | None:
    """Return the month, and the year where printed with it, that a word names."""
    plain = squeeze(text)
    if plain in lexicon.months and len(plain) >= 3:
        return lexicon.months[plain], None
    joined = _WITH_YEAR.match(plain)
    if joined and joined.group(1) in lexicon.months:
        return lexicon.months[joined.group(1)], year_of(joined.group(2))
    spanned = _SPAN.match(text.casefold())
    if spanned:
        first, last = (lexicon.months.get(squeeze(part)) for part in spanned.groups())
        if first and last and (last - first) % 12 in SPANS:
            return last, None  # a bill of two months or three is named after its last
    quarter = _QUARTER.match(plain)
    if quarter:
        return 3 * int(quarter.group(1)), year_of(quarter.group(2)) if quarter.group(2) else None
    numeric = _NUMERIC.match(text)
    if numeric and 1 <= int(numeric.group(1)) <= 12:
        return int(numeric.group(1)), year_of(numeric.group(2))
    return None


def axis_of(
    page: int, row: int, run: Run, following: Row | None, newest: date | None, *, turned: bool = False
) -> Axis | None:
    """Return the axis that a run of months makes, its years filled in; None where the months do not follow each other."""
    marks = [Mark(month, year, (w.box.left + w.box.right) / 2, w.box) for month, year, w in run]
    if min(b.middle - a.middle for a, b in itertools.pairwise(marks)) <= 0:
        return None
    named = marks[0].month != 0
    marks = years_under(marks, following)
    if named and not follow(marks):
        # Days of readings stand beside names as years do (``Jan 15``).
        marks = [replace(mark, year=None) for mark in marks]
    if not named:
        spelling = spelled(run, marks, newest)
        if spelling is None:
            return None
        marks = spelling
    marks = years_filled(marks, newest)
    if newest is not None and named and _far(marks, newest):
        marks = years_filled([replace(mark, year=None) for mark in marks], newest)
    if any(mark.year is None for mark in marks) or not _steady(marks, NAMED_STEPS if named else STEPS):
        return None
    return Axis(page, row, tuple(evened(_gaps_filled(marks))), turned)


def _far(marks: Sequence[Mark], newest: date) -> bool:
    """Tell whether the latest of months lies years off a bill's: what was taken for a year is none."""
    counts = [mark.year * 12 + mark.month for mark in marks if mark.year is not None]
    return bool(counts) and not -BEHIND_MONTHS < max(counts) - newest.year * 12 - newest.month <= AHEAD_MONTHS


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


def _steady(marks: Sequence[Mark], allowed: Sequence[int]) -> bool:
    """Tell whether the months follow each other by one step, now and then by several over as many places, or by none."""
    counts = [(mark.year or 0) * 12 + mark.month for mark in marks]
    steps = [abs(b - a) for a, b in itertools.pairwise(counts)]
    gaps = [b.middle - a.middle for a, b in itertools.pairwise(marks)]
    if not steps:
        return False
    usual, spacing = sorted(steps)[len(steps) // 2], sorted(gaps)[len(gaps) // 2]
    leaps = [round(gap / spacing) if spacing else 1 for gap in gaps]
    kept = sum(step == usual * max(leap, 1) or step == usual for step, leap in zip(steps, leaps, strict=True))
    return usual in allowed and kept >= STEADY_SHARE * len(steps)
