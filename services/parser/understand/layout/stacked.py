"""What runs over two lines: labels (``Statement`` over ``date``) beside or above their value, and cells of tables.

A table that sets its cells at the middle of their row prints a value between the two lines of what names it, so that neither
line holds both.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from services.parser.understand.layout.labels import Label, is_prose, squeezed_words
from services.parser.understand.layout.rows import Row, Segment, middle, overlap, union
from services.parser.understand.lexicon import Lexicon

STACKED_CONCEPTS = frozenset(
    {
        "amount_due", "new_charges", "previous_balance", "payments", "balance_forward", "late_amount",
        "statement_date", "due_date", "next_read", "account", "customer", "invoice", "service_point",
    }
)  # fmt: skip
"""What a label over two lines may name; heads of columns are stacked by their table."""
LINE_GAP_HEIGHTS = 0.7
WORDS_MAX = 6
STACKED_WEIGHT = 0.95
NEAR_ROWS = 3
CELL_GAP_HEIGHTS = 0.45
"""Two lines of one cell follow each other so closely; the next row of a table stands further off."""
EDGE_POINTS = 1.2
"""Lines of one cell share an edge or their middle within this distance."""
ALIKE_HEIGHTS, LEVEL_HEIGHTS = 0.1, 0.3
BESIDE_POINTS = 450.0
"""The cell beside stands so far off at most."""


def stacked_labels(rows: tuple[Row, ...], lexicon: Lexicon) -> Iterator[Label]:
    """Yield the labels that one segment begins and the segment under it ends, once for each of the two lines."""
    ends = [[one for one in row.segments if len(one.words) <= WORDS_MAX and not is_prose(one)] for row in rows]
    for at, over in enumerate(ends):
        begins = [
            one
            for one in over
            if not _figures(one) and not one.text.rstrip().endswith(":") and any(map(str.isalpha, one.text))
        ]
        # The line of another column may come between the two.
        for under in ends[at + 1 : at + 3] if begins else ():
            for first in begins:
                for second in under:
                    if _follows(first, second):
                        yield from _joined(first, second, lexicon)


def _follows(first: Segment, second: Segment) -> bool:
    """Tell whether the second segment continues the first on the next line: same type, same edge or middle."""
    size = min(first.height, second.height)
    if max(first.height, second.height) > 1.12 * size or second.box.top - first.box.bottom > LINE_GAP_HEIGHTS * size:
        return False
    middles = abs(first.box.left + first.box.right - second.box.left - second.box.right) / 2
    return min(abs(first.box.left - second.box.left), middles) < 0.5 * size


def _joined(first: Segment, second: Segment, lexicon: Lexicon) -> Iterator[Label]:
    head, _, _ = squeezed_words(first, lexicon)
    tail, offsets, starts = squeezed_words(second, lexicon)
    ends = {*starts, len(tail)}
    length = 0
    # The second line may begin a longer label of its own, whose first word only seems to end the one above.
    own = max((len(p.squeezed) for p in lexicon.phrases_at(tail, 0) if len(p.squeezed) in ends), default=0)
    for phrase in lexicon.phrases_at(head + tail, 0):
        end = len(phrase.squeezed) - len(head)
        if length and len(phrase.squeezed) < length:
            return
        if end <= 0 or end not in ends or own > end:
            continue
        length = len(phrase.squeezed)
        if phrase.concept not in STACKED_CONCEPTS:
            continue
        last = offsets[end - 1] + 1
        box = union((first.box, second.box_of(0, last)))
        weight = phrase.weight * STACKED_WEIGHT
        yield Label(phrase.concept, weight, second, 0, last, box, length)
        yield Label(phrase.concept, weight, first, 0, len(first.text), box, length)


def with_wrapped(rows: Sequence[Row]) -> tuple[Row, ...]:
    """Return the rows, each cell of two lines about a single line beside it joined and set on the row of that one."""
    pairs = _apart(_cells(rows))
    if not pairs:
        return tuple(rows)
    moved = {id(one): one for *_, one in pairs}
    gone = {id(part) for pair in pairs for part in pair[:2]} | moved.keys()
    joined = [_join(first, second) for first, second, _ in pairs]
    singles = [[one] for one in sorted([*joined, *moved.values()], key=lambda one: middle(one.box))]
    left = [line for row in rows if (line := [one for one in row.segments if id(one) not in gone])]
    levels: list[list[Segment]] = []
    for line in (*singles, *left):
        home = next(
            (one for one in levels if _level(one[-1], line[0]) and not any(_shares(one, s) for s in line)), None
        )
        if home is None:
            levels.append(line)
        else:
            home.extend(line)
    levels.sort(key=lambda line: sum(middle(one.box) for one in line) / len(line))
    return tuple(_row(rows[0].page, index, line) for index, line in enumerate(levels))


def _row(page: int, index: int, line: list[Segment]) -> Row:
    ordered = sorted(line, key=lambda one: one.box.left)
    mine = tuple(replace(segment, row=index, index=place) for place, segment in enumerate(ordered))
    return Row(page, index, mine, union(one.box for one in mine), max(one.height for one in mine))


def _cells(rows: Sequence[Row]) -> Iterator[tuple[Segment, Segment, Segment]]:
    """Yield the two lines of words of each wrapped cell and the single figure right of it."""
    for at, row in enumerate(rows):
        near = [one for other in rows[max(at - 1, 0) : at + NEAR_ROWS] for one in other.segments]
        around = [one for other in rows[max(at - NEAR_ROWS, 0) : at + 2 * NEAR_ROWS] for one in other.segments]
        for first in row.segments:
            second = next((one for one in near if _ends_cell(first, one)), None)
            if second is None:
                continue
            level = (middle(first.box) + middle(second.box)) / 2
            beside = [
                one
                for one in near
                if abs(middle(one.box) - level) < LEVEL_HEIGHTS * one.height
                and 0 < one.box.left - max(first.box.right, second.box.right) < BESIDE_POINTS
                and _figures(one)
            ]  # fmt: skip
            if not beside or any(map(_figures, (first, second))) or not (_alone(near, first) and _alone(near, second)):
                continue
            if _runs_on(around, first, second):
                continue
            if single := [one for one in beside if not _stacked(around, one)]:
                yield first, second, min(single, key=lambda one: -overlap(one.box, first.box))


def _figures(segment: Segment) -> bool:
    return any(character.isdigit() for character in segment.text)


def _apart(cells: Iterator[tuple[Segment, Segment, Segment]]) -> list[tuple[Segment, Segment, Segment]]:
    """Return the wrapped cells of which no line is part of another one; several may have the same line beside them."""
    kept: list[tuple[Segment, Segment, Segment]] = []
    lines: set[int] = set()
    singles: set[int] = set()
    for first, second, beside in cells:
        if lines.isdisjoint(map(id, (first, second, beside))) and singles.isdisjoint(map(id, (first, second))):
            kept.append((first, second, beside))
            lines |= {id(first), id(second)}
            singles.add(id(beside))
    return kept


def _alone(near: Sequence[Segment], line: Segment) -> bool:
    """Tell whether nothing stands level with a line but words of other wrapped cells; else it is a row of its own."""
    level = [one for one in near if one is not line and _level(one, line)]
    return not any(_figures(one) or not _stacked(near, one) for one in level)


def _ends_cell(first: Segment, second: Segment) -> bool:
    """Tell whether a segment is the next line of another one's cell."""
    if not abs(second.box.top - first.box.bottom) < CELL_GAP_HEIGHTS * first.height:
        return False  # most pairs are told apart here
    if first is second or max(len(first.words), len(second.words)) > WORDS_MAX:
        return False
    if middle(second.box) <= middle(first.box) or abs(first.height - second.height) > ALIKE_HEIGHTS * first.height:
        return False
    middles = abs(first.box.left + first.box.right - second.box.left - second.box.right) / 2
    edges = abs(first.box.left - second.box.left), abs(first.box.right - second.box.right), middles
    return min(edges) < EDGE_POINTS


def _stacked(around: Sequence[Segment], one: Segment) -> bool:
    return any(_ends_cell(one, other) or _ends_cell(other, one) for other in around)


def _runs_on(around: Sequence[Segment], first: Segment, second: Segment) -> bool:
    """Tell whether more lines stand right over the first or either side of the second: a paragraph or a list, no cell.

    A line under two others (``Previous   Current`` over ``meter readings``) ends the cell of neither.
    """
    return any(
        _ends_cell(one, first) or _ends_cell(second, one) or (one is not first and _ends_cell(one, second))
        for one in around
    )


def _join(first: Segment, second: Segment) -> Segment:
    """Return the two lines of a cell as one segment, at the level between them."""
    shift = len(first.text) + 1
    return replace(
        first, words=first.words + second.words, starts=first.starts + tuple(start + shift for start in second.starts),
        text=f"{first.text} {second.text}", box=union((first.box, second.box)),
    )  # fmt: skip


def _level(one: Segment, other: Segment) -> bool:
    return abs(middle(one.box) - middle(other.box)) < LEVEL_HEIGHTS * min(one.height, other.height)


def _shares(line: Sequence[Segment], segment: Segment) -> bool:
    return any(overlap(one.box, segment.box) > 0 for one in line)
