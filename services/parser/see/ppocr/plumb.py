"""Tells how a page's lines and columns still lean: the lean is the one that brings most ends of lines above each other.

Text stands in columns, so that many lines begin or end above each other, and in rows, so that many stand on one height. A lean
may change from one side of the page to the other, as the edges of a sheet do that a camera saw at an angle.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy

from services.parser.see.ppocr.detect import Region

if TYPE_CHECKING:
    from numpy.typing import NDArray

LINES_MIN, SPREAD_LINES_MIN = 12, 40
"""Fewer lines tell nothing of columns or rows, and nothing of a lean that changes."""

FINER = 4
"""A second search around the first one's best takes steps so much smaller."""

Lean = tuple[float, float]
"""How far ends lie aside for each pixel along the lean, at the page's middle, and how much more at its far side."""


@dataclass(frozen=True, slots=True)
class Search:
    """How far a lean is looked for, in which steps, and when another one is believed.

    ``near`` is how near each other ends of lines gather [page sides]; ``better`` how much more must gather than before.
    """

    most: float
    step: float
    spread_most: float
    spread_step: float
    near: float
    better: float


COLUMNS = Search(most=0.048, step=0.004, spread_most=0.032, spread_step=0.008, near=1 / 400, better=1.12)
ROWS = Search(most=0.012, step=0.002, spread_most=0.008, spread_step=0.004, near=1 / 600, better=1.05)
"""Of rows most is known from the slope of each line; a larger search would bring lines onto their neighbours' height."""


def lean_of_columns(regions: Sequence[Region], rows: int, columns: int, tilt: float) -> Lean:
    """Tell how far columns run to the right for each pixel down, on a page of so many pixels whose lines are level.

    Args:
        regions: the lines.
        rows: height of the page [pixels].
        columns: width of the page [pixels].
        tilt: the lean that a plain rotation leaves.
    """
    lines = [region for region in regions if not region.standing]
    ends = [[line.x - line.length / 2 for line in lines], [line.x + line.length / 2 for line in lines]]
    down = numpy.array([line.y for line in lines]) - rows / 2
    return _searched(numpy.array(ends) - columns / 2, down, columns / 2, (tilt, 0.0), COLUMNS)


def lean_of_rows(regions: Sequence[Region], rows: int, columns: int) -> Lean:
    """Tell how far lines still fall for each pixel to the right, on a page of so many pixels."""
    lines = [region for region in regions if not region.standing]
    ends = [[line.y - line.height / 2 for line in lines], [line.y + line.height / 2 for line in lines]]
    across = numpy.array([line.x for line in lines]) - columns / 2
    return _searched(numpy.array(ends) - rows / 2, across, rows / 2, (0.0, 0.0), ROWS)


def _searched(
    ends: "NDArray[numpy.float64]", along: "NDArray[numpy.float64]", half: float, known: Lean, search: Search
) -> Lean:
    """Look for an even lean first, then for one that changes: the more freely one looks, the more must be gained."""
    if len(along) < LINES_MIN:
        return known
    best, most = known, search.better * _gathered(ends, along, half, known, search.near)
    even, changing = (search.most, 0.0), (search.step, search.spread_most)
    for most_even, most_spread in (even, changing) if len(along) >= SPREAD_LINES_MIN else (even,):
        found = best
        for finer in (1, FINER):
            reach = (
                (most_even, most_spread) if finer == 1 else (search.step, search.spread_step if most_spread else 0.0)
            )
            tried = _around(found, reach, (search.step / finer, search.spread_step / finer))
            gathered = [_gathered(ends, along, half, lean, search.near) for lean in tried]
            found = tried[int(numpy.argmax(gathered))]
        if max(gathered) > most:
            best, most = found, search.better * max(gathered)
    return best


def _around(known: Lean, reach: Lean, steps: Lean) -> list[Lean]:
    """Give the leans to try, those nearest to what is known first."""
    ways = [
        (index * steps[0], other * steps[1])
        for index in range(-round(reach[0] / steps[0]), round(reach[0] / steps[0]) + 1)
        for other in range(-round(reach[1] / steps[1]), round(reach[1] / steps[1]) + 1)
    ]
    return [
        (known[0] + one, known[1] + other) for one, other in sorted(ways, key=lambda way: abs(way[0]) + abs(way[1]))
    ]


def _gathered(
    ends: "NDArray[numpy.float64]", along: "NDArray[numpy.float64]", half: float, lean: Lean, near: float
) -> float:
    """Count how the ends of lines gather, first ends and last ends apart."""
    width = 2 * half * near
    total = 0.0
    for side in ends - (lean[0] + lean[1] * ends / half) * along:
        for offset in (0.0, 0.5):  # ends on either side of a bin's border are neighbours in the other set of bins
            places = numpy.floor(side / width + offset).astype(numpy.int64)
            counts = numpy.bincount(places - places.min()).astype(numpy.float64)
            total += float((counts**2).sum())
    return total
