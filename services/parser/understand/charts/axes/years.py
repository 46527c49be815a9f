"""The years of the months along an axis: printed beside or under them, or counted on; and months that initials spell."""

import itertools
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from services.parser.understand.charts.axes.axis import Mark, Run
from services.parser.understand.layout.rows import Row, middle
from services.parser.understand.lexicon import squeeze

STEPS = (1, 2, 3)
"""Months from one mark to the next: monthly, two-monthly, quarterly bills."""
NAMED_STEPS = (*STEPS, 4, 6)
"""Months that names tell may lie further apart: some bills come twice or three times a year."""
YEARS_MOST = 3
"""Years printed under the months of one chart lie at most so far apart."""
_YEAR = re.compile(r"^['’]?(\d{2}|(?:19|20)\d{2})$")


def year_of(text: str) -> int | None:
    """Return the year that a word is, of two digits or four."""
    found = _YEAR.match(text.strip(".,"))
    if found is None:
        return None
    value = int(found.group(1))
    return value + 2000 if value < 100 else value


def years_under(marks: list[Mark], following: Row | None) -> list[Mark]:
    """Return the marks with the years that stand right under them."""
    if following is None or following.box.top - max(mark.box.bottom for mark in marks) > 1.2 * following.height:
        return marks
    gaps = sorted(b.middle - a.middle for a, b in itertools.pairwise(marks))
    reach = gaps[len(gaps) // 2] * 0.5
    left, right = marks[0].middle - reach, marks[-1].middle + reach
    words = [w for s in following.segments for w in s.words if w.box.right > left and w.box.left < right]
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
    return found if few and follow(found) else marks


def follow(marks: Sequence[Mark]) -> bool:
    """Tell whether the years of marks agree with their months: those that have one are as many months apart as marks allow."""
    dated = [(at, mark.year * 12 + mark.month) for at, mark in enumerate(marks) if mark.year is not None and mark.month]
    counts = [(b - a, abs(later - earlier)) for (a, earlier), (b, later) in itertools.pairwise(dated)]
    return all(months <= gap * NAMED_STEPS[-1] + 1 for gap, months in counts)


_LETTERS = ("jfmamjjasond", "efmamjjasond", "gfmamglasond", "jfmamjjasond")
"""Initials of the twelve months: English, French, German and Portuguese; Spanish; Italian."""


def spelled(run: Run, marks: list[Mark], newest: date | None) -> list[Mark] | None:
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
    filled = years_filled(marks, newest)
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


def years_filled(marks: Sequence[Mark], newest: date | None) -> list[Mark]:
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
