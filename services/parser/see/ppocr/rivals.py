"""Chooses among lines that were found twice: small pictures are searched at two sizes, each finds lines that the other breaks."""

from collections.abc import Sequence

from services.parser.see.ppocr.detect import Region
from services.parser.see.ppocr.facing import Line

SAME_SHARE = 0.4
"""Lines that share this much of the smaller one's area are rivals for one place."""

WORTH_FROM = 0.5
"""Characters less sure than this speak against a line."""


def without_rivals(lines: Sequence[Line]) -> list[Line]:
    """Keep of lines that lie over each other those that hold most sure characters; the order stays."""
    ranked = sorted(range(len(lines)), key=lambda index: (-_worth(lines[index]), index))
    kept: list[int] = []
    for index in ranked:
        if not any(_same_place(lines[index].region, lines[other].region) for other in kept):
            kept.append(index)
    return [lines[index] for index in sorted(kept)]


def _worth(line: Line) -> float:
    return sum(glyph.confidence - WORTH_FROM for glyph in line.glyphs)


def _same_place(one: Region, other: Region) -> bool:
    mine, its = _sides(one), _sides(other)
    across = min(mine[2], its[2]) - max(mine[0], its[0])
    down = min(mine[3], its[3]) - max(mine[1], its[1])
    if across <= 0 or down <= 0:
        return False
    smaller = min((side[2] - side[0]) * (side[3] - side[1]) for side in (mine, its))
    return across * down > SAME_SHARE * smaller


def _sides(region: Region) -> tuple[float, float, float, float]:
    wide, high = (region.height, region.length) if region.standing else (region.length, region.height)
    return region.x - wide / 2, region.y - high / 2, region.x + wide / 2, region.y + high / 2
