"""Heads: which columns of a grid a head over several of them is of (``Electricity kWh`` over ``Day | Night | Total``)."""

from collections.abc import Iterator, Sequence
from itertools import combinations, pairwise

from services.parser.understand.layout.rows import Segment, Sheet
from services.parser.understand.lexicon import squeeze

GROUPS_MAX, COLUMNS_MAX = 4, 12
REACH_POINTS = 30.0
"""A head over several columns begins so far left of the first of them at most."""

Heads = Sequence[list[Segment]]


def with_groups(sheet: Sheet, first: int, heads: Heads) -> list[list[Segment]]:
    """Return the heads of columns, each with the head of its group in the line over theirs.

    ``first`` is the row of the first line under the heads. No group names two of its columns alike, so that the second
    ``Total`` begins another one; where several ways are left, heads stand over the middles of their columns.
    """
    plain = [list(head) for head in heads]
    own = [i for i, head in enumerate(plain) if head and head[-1].row == first - 1]
    if first < 2 or not 2 < len(own) <= COLUMNS_MAX or own != list(range(own[0], own[-1] + 1)):
        return plain
    left, right = plain[own[0]][-1].box.left - REACH_POINTS, plain[own[-1]][-1].box.right
    groups = [s for s in sheet.rows[first - 2].segments if left < s.box.left and s.box.right < right + REACH_POINTS]
    if not 1 < len(groups) <= min(GROUPS_MAX, len(own) - 1):
        return plain
    named = [plain[i][-1] for i in own]
    ways = [way for way in _ways(len(own), len(groups)) if all(_distinct(named[a:b]) for a, b in way)]
    if not ways or len({squeeze(one.text) for one in named}) == len(named):
        return plain  # nothing tells where a group ends
    best = min(ways, key=lambda way: sum(_apart(g, named[a:b]) for g, (a, b) in zip(groups, way, strict=True)))
    for group, (a, b) in zip(groups, best, strict=True):
        for place in own[a:b]:
            plain[place] = [group, plain[place][-1]]
    return plain


def _ways(columns: int, groups: int) -> Iterator[list[tuple[int, int]]]:
    """Yield the ways to part so many columns into so many groups, none of them empty."""
    for cuts in combinations(range(1, columns), groups - 1):
        yield list(pairwise((0, *cuts, columns)))


def _distinct(heads: Sequence[Segment]) -> bool:
    return len({squeeze(head.text) for head in heads}) == len(heads)


def _apart(group: Segment, heads: Sequence[Segment]) -> float:
    """Return how far the middle of a head stands from that of its columns [points, doubled]."""
    return abs(group.box.left + group.box.right - heads[0].box.left - heads[-1].box.right)
