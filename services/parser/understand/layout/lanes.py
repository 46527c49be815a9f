"""Lanes: a part of a page that is set in two columns, each with its own lines, is read one column after the other.

Bills print the charges of two fuels, or charges beside a meter's reads, side by side. Lines of the two columns stand at the
same height by chance only, so a line across the page would say what neither column says.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from services.parser.understand.layout.rows import Row, Segment, union
from services.parser.understand.values.units import CURRENCY_PATTERN, unit_of

EDGE_POINTS = 4.0
"""Texts that begin a column begin within this distance of each other."""
ALIGNED_MIN = 7
"""So many lines begin at the right column's edge."""
VALUED_MIN = 4
"""So many lines of each column end with a number of their own."""
VALUED_FEW = 3
"""So few of the left one do beside a right column that would be one by itself."""
VALUED_SHARE = 0.3
"""At least this share of the left column's lines do, else it holds the words of the right one's numbers."""
BARE_SHARE_MAX = 0.15
"""At most this share of the right column's lines begin with a number off its edge: more make it the end of lines of the left."""
MARGIN_SHARE = 0.25
"""No column is narrower than this share of the page's text."""
REMARK_ROWS, REMARKS_MIN = 3, 2
"""More than so many rows about a row end with a remark at the right: they are lines of one table."""
FOOT_GAP_HEIGHTS = 1.5
"""Lines of a column follow each other within so many type sizes where nothing stands beside them."""
GAP_HEIGHTS = 7.0
"""A column ends where nothing follows within this many type sizes."""
_WORD = re.compile(r"[^\W\d_]{3,}")
_BEGINS = re.compile(r"(?:[*•†]|\d{1,2}(?:\.\d+)?% ?)?[^\W\d_]")
"""A sign before the words refers to a remark (``*GST``), a share belongs to them (``10% Penalty``)."""
_VALUE = re.compile(
    rf"-?(?:{CURRENCY_PATTERN})? ?[-\d][-\d.,/]*(?: ?(?:{CURRENCY_PATTERN}))?"
    r"|[^\W\d_]{3,9}\.? \d{1,2},? \d{4}|\d{1,2}\.?(?: de)? [^\W\d_]{3,10}\.?,?(?: de)? \d{4}",
    re.IGNORECASE,
)
"""An amount, a number or a day."""
BESIDE_HEIGHTS = 2.0
"""A value stands so many type sizes behind its label at most where nothing but the label leads to it."""
PITCHED_MIN, PITCH_SHARE = 8, 0.1
"""So many words of one line whose distances differ by less than this share stand at one pitch."""
STRIP_MIN = 2
_AMOUNT = re.compile(r"[-+(]?\W{0,2}\d[\d,. ]*[.,]\d\d\)?(?: ?CR)?")
_BARE = re.compile(r"\d[\d.,]*")
HEAD_ROWS, HEAD_GAP_HEIGHTS = 2, 3.0
"""The heads of a table have one line or two, so many type sizes over its first line."""
_YEAR = re.compile(r"(?:19|20)\d\d")
_DIGIT = re.compile(r"\d")
_BRACKETS = re.compile(r"\([^()]*\)")


def with_lanes(rows: Sequence[Row]) -> tuple[Row, ...]:
    """Return the rows, those of parts in two columns cut in two: all lines of the left column, then those of the right one."""
    if len(rows) < ALIGNED_MIN:
        return tuple(rows)
    laid: list[tuple[Segment, ...]] = []
    at = 0
    for first, bottom, edge in _bands(rows):
        last = _left_foot(rows, bottom, edge)
        if first < at:
            continue
        laid.extend(row.segments for row in rows[at:first])
        band = rows[first : last + 1]
        laid.extend(left for row in band if (left := tuple(s for s in row.segments if s.box.left < edge)))
        laid.extend(right for row in band if (right := tuple(s for s in row.segments if s.box.left >= edge)))
        at = last + 1
    if not at:
        return tuple(rows)
    laid.extend(row.segments for row in rows[at:])
    return tuple(_row(rows[0].page, index, segments) for index, segments in enumerate(laid))


def _left_foot(rows: Sequence[Row], last: int, edge: float) -> int:
    """Return the last line of a left column that goes on below the right one, down to where nothing follows for a while."""
    foot = last
    while foot + 1 < len(rows) and not _parted(rows[foot], rows[foot + 1]):
        below = rows[foot + 1]
        if any(s.box.right > edge for s in below.segments):
            return last  # lines across the page follow, to which those before them may belong
        foot += 1
    return foot


def _parted(above: Row, below: Row, heights: float = FOOT_GAP_HEIGHTS) -> bool:
    return below.box.top - above.box.bottom > heights * below.height


def _row(page: int, index: int, segments: Sequence[Segment]) -> Row:
    mine = tuple(replace(segment, row=index, index=place) for place, segment in enumerate(segments))
    return Row(page, index, mine, union(s.box for s in mine), max(s.height for s in mine))


def _bands(rows: Sequence[Row]) -> Iterator[tuple[int, int, float]]:
    """Yield (first row, last row, left edge of the right column) of the parts in two columns, top to bottom."""
    found: list[tuple[int, int, float, int]] = []
    for edge in _edges(rows):
        for first, last in _runs(rows, edge):
            band = rows[first : last + 1]
            if _two_columns(band, edge):
                found.append((_with_heads(rows, first, edge), last, edge, _aligned(band, edge)))
    taken: list[tuple[int, int, float]] = []
    for first, last, edge, _ in sorted(found, key=lambda one: (-one[3], one[0])):
        if all(last < a or first > b for a, b, _ in taken):
            taken.append((first, last, edge))
    yield from sorted(taken)


def _edges(rows: Sequence[Row]) -> list[float]:
    """Return the left edges that many texts of a page share and that leave room for a column at either side."""
    whole = union(row.box for row in rows)
    room = MARGIN_SHARE * (whole.right - whole.left)
    lefts = sorted(
        segment.box.left
        for row in rows
        for segment in row.segments
        if whole.left + room < segment.box.left < whole.right - room and _worded(segment)
    )
    edges: list[float] = []
    for place, left in enumerate(lefts):
        count = bisect_left(lefts, left + EDGE_POINTS) - place
        if count >= ALIGNED_MIN and (not edges or left - edges[-1] > EDGE_POINTS):
            edges.append(left - EDGE_POINTS / 4)
    return edges


def _runs(rows: Sequence[Row], edge: float) -> Iterator[tuple[int, int]]:
    """Yield the runs of rows that nothing crosses the edge in, each from its first to its last line with a text at the edge."""
    start: int | None = None
    last = 0
    crossings = [_crosses(row, edge) for row in rows]
    for index, row in enumerate(rows):
        crossed = crossings[index] or _continues(rows, index, edge) or _heads_crossed(rows, index, edge, crossings)
        if start is not None and (crossed or _apart(rows[index - 1], row)):
            yield start, last
            start = None
        if crossed:
            continue
        if _begins(row, edge):
            start, last = (index if start is None else start), index
    if start is not None:
        yield start, last


def _with_heads(rows: Sequence[Row], first: int, edge: float) -> int:
    """Return the first line of a part in two columns, with the heads and titles right over its right column's first line."""
    for _ in range(HEAD_ROWS):
        above = rows[first - 1] if first else None
        if above is None or _parted(above, rows[first]) or _crosses(above, edge):
            break
        left, right = _sides(above, edge)
        if not left or not right or not all(_WORD.search(s.text) or _YEAR.fullmatch(s.text) for s in right):
            break  # a line of another part, whose columns stand over these two by chance
        first -= 1
    return first


def _apart(above: Row, below: Row) -> bool:
    return below.box.top - above.box.bottom > GAP_HEIGHTS * max(above.height, below.height)


def _pitched(row: Row) -> bool:
    """Tell whether many single words stand at one pitch, as the months under a chart do: whatever edge meets them is chance."""
    if len(row.segments) < PITCHED_MIN or any(len(segment.words) > 1 for segment in row.segments):
        return False
    middles = [(segment.box.left + segment.box.right) / 2 for segment in row.segments]
    pitches = [b - a for a, b in pairwise(middles)]
    return max(pitches) - min(pitches) <= PITCH_SHARE * max(pitches)


def _begins(row: Row, edge: float) -> bool:
    """Tell whether a text of words begins at the edge."""
    return any(abs(s.box.left - edge) <= EDGE_POINTS and _worded(s) for s in row.segments)


def _crosses(row: Row, edge: float) -> bool:
    """Tell whether a line goes across the edge: one text over it, or words without a number before numbers without words.

    A value right behind its label tells it, too, whatever stands before the two.
    """
    if any(s.box.left < edge - EDGE_POINTS and s.box.right > edge for s in row.segments):
        return True
    left, right = _sides(row, edge)
    if not left or not right:
        return False
    if _pitched(row):
        return True
    label, value = left[-1], right[0]
    if _BARE.fullmatch(label.text) and unit_of(value.text) is not None:
        return True  # a quantity and its unit in columns of a table
    close = value.box.left - label.box.right < BESIDE_HEIGHTS * label.height
    if close and not _DIGIT.search(label.text) and _VALUE.fullmatch(value.text):
        return True
    if min(len(left), len(right)) >= STRIP_MIN and all(_AMOUNT.fullmatch(s.text) for s in (*left, *right)):
        return True  # values alone at both sides stand under the heads of one strip
    return not any(_DIGIT.search(s.text) for s in left) and not any(_WORD.search(s.text) for s in right)


def _heads_crossed(rows: Sequence[Row], index: int, edge: float, crossings: Sequence[bool]) -> bool:
    """Tell whether a row of words at both sides heads lines across the edge, right under it or under its second line."""
    if not all(_sides(rows[index], edge)) or any(map(_counts, rows[index].segments)):
        return False
    below = range(index + 1, min(index + 1 + HEAD_ROWS, len(rows)))
    return any(
        crossings[at] and all(_sides(rows[at], edge)) and not _parted(rows[index], rows[at], HEAD_GAP_HEIGHTS)
        for at in below
    )


def _counts(segment: Segment) -> bool:
    """Tell whether a text holds figures; what a head says in brackets (``Reading (01-Feb)``) are none."""
    return _DIGIT.search(_BRACKETS.sub("", segment.text)) is not None


def _sides(row: Row, edge: float) -> tuple[list[Segment], list[Segment]]:
    return [s for s in row.segments if s.box.left < edge], [s for s in row.segments if s.box.left >= edge]


def _continues(rows: Sequence[Row], index: int, edge: float) -> bool:
    """Tell whether a row is one of several in which a word or two end at the right what the left says (``Oct 24 4,779 ACT``)."""
    near = [
        pair for row in rows[max(index - REMARK_ROWS, 0) : index + REMARK_ROWS + 1] if all(pair := _sides(row, edge))
    ]
    return all(_sides(rows[index], edge)) and sum(map(_remarked, near)) > REMARKS_MIN


def _remarked(pair: tuple[list[Segment], list[Segment]]) -> bool:
    left, right = pair
    text = " ".join(segment.text for segment in right)
    return _DIGIT.search(left[-1].text) is not None and len(text.split()) <= 2 and not _DIGIT.search(text)


def _two_columns(band: Sequence[Row], edge: float) -> bool:
    """Tell whether both sides of an edge hold lines of their own: words, and numbers after them."""
    sides = [_sides(row, edge) for row in band]
    lefts, rights = [left for left, _ in sides if left], [right for _, right in sides if right]
    if len(lefts) < VALUED_MIN or _aligned(band, edge) < ALIGNED_MIN:
        return False
    valued, others = sum(map(_valued, lefts)), sum(map(_valued, rights))
    few = VALUED_FEW if others >= ALIGNED_MIN else VALUED_MIN
    # A number alone on its line, as on the axis of a chart, is the end of no line of the left.
    bare = sum(
        _BEGINS.match(right[0].text) is None and right[0].box.left - edge > EDGE_POINTS
        for left, right in sides
        if left and right
    )
    return (
        valued >= max(few, VALUED_SHARE * len(lefts)) and others >= VALUED_MIN and bare <= BARE_SHARE_MAX * len(rights)
    )


def _aligned(band: Sequence[Row], edge: float) -> int:
    return sum(_begins(row, edge) for row in band)


def _valued(segments: Sequence[Segment]) -> bool:
    """Tell whether a line of a column begins with words and ends with a number."""
    return _worded(segments[0]) and _DIGIT.search(segments[-1].text[-8:]) is not None


def _worded(segment: Segment) -> bool:
    """Tell whether a text begins with a word."""
    return _BEGINS.match(segment.text) is not None and _WORD.search(segment.text) is not None
