"""Months that stand in no row: names that run up the page under narrow bars, names below each other beside lying ones."""

import itertools
from collections.abc import Callable, Iterator, Sequence
from datetime import date

from domain.evidence import Box
from services.parser.page import Page, Word
from services.parser.understand.charts.axes.axis import Axis, Run
from services.parser.understand.charts.axes.months import axis_of, month_of, stands
from services.parser.understand.charts.axes.years import year_of
from services.parser.understand.charts.view import View
from services.parser.understand.layout.rows import Row, Sheet, union
from services.parser.understand.lexicon import Lexicon

MONTHS_MIN = 4
EDGE_POINTS = 2.6
"""Names of one axis share an edge within this distance."""
UNEVEN_SHARE = 0.35
"""Gaps between the lines of one chart differ by this share at most."""
COLUMN_SHARE = 0.4


def _left(box: Box) -> float:
    return box.left


def _right(box: Box) -> float:
    return box.right


def _top(box: Box) -> float:
    return box.top


def _bottom(box: Box) -> float:
    return box.bottom


def upright_names(sheet: Sheet, lexicon: Lexicon, newest: date | None) -> Iterator[Axis]:
    """Yield the axes whose months run up or down the page."""
    runs = list(_runs(_strings(sheet.page), lexicon))
    words = sheet.page.words if runs else ()
    doubtful = [word for word in words if len(word.text) > 2 and not stands(word) and _tall(word)]
    for run in runs:
        run = _completed(run, doubtful, lexicon)
        top = min(word.box.top for _, _, word in run)
        row = max((row.index for row in sheet.rows if row.box.bottom <= top + 2), default=0)
        axis = axis_of(sheet.page.number, row, run, None, newest)
        if axis is not None:
            yield axis


def _tall(word: Word) -> bool:
    return word.box.bottom - word.box.top > word.box.right - word.box.left


def _completed(run: Run, doubtful: Sequence[Word], lexicon: Lexicon) -> Run:
    """Return the run with the short names that may stand or lie by their shape, where they end as its other names do."""
    middles = [(word.box.left + word.box.right) / 2 for _, _, word in run]
    more = []
    for word in doubtful:
        found = month_of(word.text, lexicon)
        apart = min(abs((word.box.left + word.box.right) / 2 - middle) for middle in middles)
        level = any(
            abs(word.box.bottom - other.box.bottom) < EDGE_POINTS or abs(word.box.top - other.box.top) < EDGE_POINTS
            for _, _, other in run
        )
        if found is not None and level and apart > word.height:
            more.append((*found, word))
    return sorted([*run, *more], key=lambda item: item[2].box.left) if more else run


def _strings(page: Page) -> list[Word]:
    """Return the texts that run up the page, each as one word: parts over each other joined from the foot up."""
    words = sorted(
        (word for word in page.words if stands(word) or _standing_year(word)), key=lambda word: -word.box.bottom
    )
    joined: list[Word] = []
    for word in words:
        at = next((i for i, last in enumerate(joined) if _over(word, last)), None)
        if at is None:
            joined.append(word)
            continue
        last = joined[at]
        sure = min(last.confidence, word.confidence)
        joined[at] = Word(f"{last.text} {word.text}", union((last.box, word.box)), sure, last.height)
    return joined


def _standing_year(word: Word) -> bool:
    wide, tall = word.box.right - word.box.left, word.box.bottom - word.box.top
    by_type = word.height < 1.02 * wide and abs(wide - word.height) < abs(tall - word.height)
    return year_of(word.text) is not None and (by_type or tall > wide)


def _over(word: Word, last: Word) -> bool:
    size = max(last.height, last.box.right - last.box.left, 1.0)
    apart = abs(word.box.left + word.box.right - last.box.left - last.box.right) / 2
    return apart < COLUMN_SHARE * size and -1.0 <= last.box.top - word.box.bottom < 1.2 * size


def _runs(strings: Sequence[Word], lexicon: Lexicon) -> Iterator[Run]:
    named = [(*found, word) for word in strings if (found := _named(word.text.split(), lexicon))]
    for edge in (_top, _bottom):
        groups: list[Run] = []
        for one in sorted(named, key=lambda item: (edge(item[2].box), item[2].box.left)):
            if groups and abs(edge(groups[-1][-1][2].box) - edge(one[2].box)) < EDGE_POINTS:
                groups[-1].append(one)
            else:
                groups.append([one])
        full = [sorted(group, key=lambda item: item[2].box.left) for group in groups if len(group) >= MONTHS_MIN]
        if full:
            yield from (part for group in full for part in _even(group, _left))
            return


def _named(parts: Sequence[str], lexicon: Lexicon) -> tuple[int, int | None] | None:
    """Return month and year of a text that is nothing else."""
    if not parts or len(parts) > 2:
        return None
    found = month_of(parts[0], lexicon)
    if found is None:
        return None
    if len(parts) == 1:
        return found
    year = year_of(parts[1])
    return (found[0], year) if year is not None and found[1] is None else None


def _even(run: Run, place: Callable[[Box], float]) -> Iterator[Run]:
    """Yield the parts of a run whose gaps are even: two charts beside or below each other part where a gap is wide."""
    places = [place(word.box) for _, _, word in run]
    gaps = [b - a for a, b in itertools.pairwise(places)]
    usual = sorted(gaps)[len(gaps) // 2]
    part: Run = [run[0]]
    for gap, item in zip(gaps, run[1:], strict=True):
        if gap > 2.5 * usual + 1:
            if len(part) >= MONTHS_MIN:
                yield part
            part = []
        part.append(item)
    if len(part) >= MONTHS_MIN:
        yield part


def lying_names(view: View, sheet: Sheet, lexicon: Lexicon, newest: date | None) -> Iterator[Axis]:
    """Yield the axes whose months stand below each other, in the coordinates of the turned view."""
    named: list[tuple[int, int | None, Word, Row]] = []
    for row in sheet.rows:
        for segment in row.segments:
            found = _named(segment.text.split(), lexicon)
            if found is not None:
                word = Word(segment.text, segment.box, 1.0, segment.height)
                named.append((*found, word, row))
    best: list[Axis] = []
    for edge in (_right, _left):
        groups: list[list[tuple[int, int | None, Word, Row]]] = []
        for one in sorted(named, key=lambda item: edge(item[2].box)):
            if groups and abs(edge(groups[-1][-1][2].box) - edge(one[2].box)) < EDGE_POINTS:
                groups[-1].append(one)
            else:
                groups.append([one])
        axes = [axis for group in groups if len(group) >= MONTHS_MIN for axis in _lying(view, group, newest)]
        # Names as long as each other end alike by chance where all begin alike.
        best = max(best, axes, key=lambda found: sum(len(axis.marks) for axis in found))
    yield from best


def _lying(view: View, group: list[tuple[int, int | None, Word, Row]], newest: date | None) -> Iterator[Axis]:
    group = sorted(group, key=lambda item: item[2].box.top)
    rows = {id(word): row.index for _, _, word, row in group}
    for part in _even([(month, year, word) for month, year, word, _ in group], _top):
        gaps = sorted(b[2].box.top - a[2].box.top for a, b in itertools.pairwise(part))
        if gaps[-1] - gaps[0] > UNEVEN_SHARE * gaps[len(gaps) // 2] + 1:
            continue
        run = [(m, y, Word(word.text, view.seen(word.box), 1.0, word.height)) for m, y, word in part]
        axis = axis_of(view.page.number, rows[id(part[0][2])], run, None, newest, turned=True)
        if axis is not None:
            yield axis
