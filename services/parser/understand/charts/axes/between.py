"""Months between those that an axis names: every second or third one is named, and bars stand at all."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from statistics import median

from domain.evidence import Box
from services.parser.page import Shape
from services.parser.understand.charts.axes.axis import Axis, Mark
from services.parser.understand.charts.raster import pixels
from services.parser.understand.charts.scale import Scale
from services.parser.understand.charts.series import COVER_MIN
from services.parser.understand.charts.view import View

ALIKE_SHARE = 0.15
"""Bars of one series are as broad as each other within this share."""
BETWEEN_STEPS = (2, 3, 4, 6)
"""From name to name it may be so many months."""
GAPLESS_SHARE = 0.95
"""Bars that take more of a month leave no gap to the next."""


def denser(axis: Axis, shapes: Sequence[Shape]) -> Axis:
    """Return the axis with the months put in that it leaves unnamed, where bars stand at them (every second one is named)."""
    middles = sorted({round((s.box.left + s.box.right) / 2, 1) for s in shapes})
    step = abs(_count(axis.marks[1]) - _count(axis.marks[0]))
    if step not in BETWEEN_STEPS:
        return axis
    between = {
        (i, place) for i in range(len(axis.marks) - 1) for m in middles
        if 0 < (place := round((m - axis.marks[i].middle) / axis.spacing * step)) < step
    }  # fmt: skip
    if len(between) < COVER_MIN * (len(axis.marks) - 1) * (step - 1):
        return axis
    return replace(axis, marks=tuple(_with_between(axis, step)))


def denser_in_pixels(view: View, axis: Axis, scale: Scale) -> Axis:
    """Return the axis with the months put in that it leaves unnamed, where bars like those over the names are seen at them."""
    step = abs(axis.step)
    if step not in BETWEEN_STEPS:
        return axis
    dense = replace(axis, marks=tuple(_with_between(axis, step)))
    found, _ = pixels.columns(view, dense, scale)
    named = [bars[0].right - bars[0].left for bars in found[::step] if len(bars) == 1]
    between = [b[0].right - b[0].left for i, b in enumerate(found) if i % step and len(b) == 1]
    many = len(named) >= COVER_MIN * len(axis.marks) and len(between) >= COVER_MIN * (len(found) - len(axis.marks))
    if not many or median(named) > GAPLESS_SHARE * dense.spacing:  # one broad bar stands over several windows
        return axis
    return dense if abs(median(named) - median(between)) <= ALIKE_SHARE * median(named) else axis


def _with_between(axis: Axis, step: int) -> Iterator[Mark]:
    sign = 1 if _count(axis.marks[-1]) > _count(axis.marks[0]) else -1
    for index, mark in enumerate(axis.marks):
        yield mark
        for part in range(1, step if index + 1 < len(axis.marks) else 1):
            count, shift = _count(mark) + sign * part, axis.spacing * part / step
            box = Box(mark.box.left + shift, mark.box.top, mark.box.right + shift, mark.box.bottom)
            yield Mark(count % 12 + 1, count // 12, mark.middle + shift, box)


def _count(mark: Mark) -> int:
    return (mark.year or 0) * 12 + mark.month - 1
