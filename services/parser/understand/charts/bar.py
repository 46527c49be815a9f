"""A measured bar, whichever way it was seen."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from domain.evidence import Box, Method
from services.parser.understand.charts.axes.axis import Axis, Mark

JOINT_POINTS = 0.7
"""Edges that are this near are one."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A measured bar: its month, its value on the scale, where it stands on the page, and how it was seen."""

    mark: Mark
    value: float
    page: int
    box: Box
    method: Method
    traced: bool = False
    """It is the corner of a line, not a bar: temperatures are drawn so too."""


def in_year(axis: Axis, index: int, years: int) -> Mark:
    """Return a month of the axis so many years later."""
    mark = axis.marks[index]
    return replace(mark, year=mark.year + years if mark.year else None)


def newest_bar(bars: Sequence[Bar]) -> Bar:
    """Return the bar of the latest month."""
    return max(bars, key=lambda bar: bar.mark.first or date.min)


@dataclass(frozen=True, slots=True)
class Column:
    """One bar as drawn, in the view: the month's place on the axis, its box, the colour at its foot."""

    index: int
    box: Box
    colour: int

    @property
    def tone(self) -> float:
        """What tells its series."""
        return float(self.colour)
