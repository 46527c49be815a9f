"""The axis: a line of months with the places where their bars stand."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TypeAlias

from domain.evidence import Box
from services.parser.page import Word
from services.parser.understand.layout.rows import middle

Run: TypeAlias = list[tuple[int, int | None, Word]]
"""Months in a line: month, year where printed with it, and the word that names it."""


EVEN_MIN, ODD_MAX, OFF_SHARE, OFF_SHARE_MAX = 6, 2, 0.12, 0.45
"""Of so many marks all but so many stand evenly, within this share of a step; others, off by less than half, are put right."""


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


def evened(marks: Sequence[Mark]) -> list[Mark]:
    """Return the marks, those put in their places that stand off where the others stand evenly: a year beside a name does so."""
    gaps = sorted(b.middle - a.middle for a, b in itertools.pairwise(marks))
    if len(marks) < EVEN_MIN:
        return list(marks)
    spacing = gaps[len(gaps) // 2]
    starts = sorted(mark.middle - at * spacing for at, mark in enumerate(marks))
    start = starts[len(starts) // 2]
    places = [start + at * spacing for at in range(len(marks))]
    off = [abs(mark.middle - place) / spacing for mark, place in zip(marks, places, strict=True)]
    if sum(one > OFF_SHARE for one in off) > ODD_MAX or max(off) > OFF_SHARE_MAX:
        return list(marks)
    return [
        replace(mark, middle=place) if one > OFF_SHARE else mark
        for mark, place, one in zip(marks, places, off, strict=True)
    ]


def _line(xs: Sequence[float], ys: Sequence[float]) -> tuple[float, float]:
    """Return how far the line through points falls, and the sum of squares by which they miss it."""
    mean_x, mean_y = sum(xs) / len(xs), sum(ys) / len(ys)
    spread = sum((x - mean_x) ** 2 for x in xs)
    slope = sum((x - mean_x) * (y - mean_y) for x, y in zip(xs, ys, strict=True)) / spread if spread else 0.0
    return slope, sum((y - mean_y - slope * (x - mean_x)) ** 2 for x, y in zip(xs, ys, strict=True))
