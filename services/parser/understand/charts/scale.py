"""Scales: the numbers printed along a chart's axis of values, and the straight line that ties them to heights."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from services.parser.understand.charts.axes.axis import Axis
from services.parser.understand.charts.view import Tick, View

REACH_POINTS = 90.0
"""Tick numbers stand at most this far beside the outer months."""
INSIDE_POINTS = 12.0
"""Numbers inside a plot begin or end so near to its side."""
MISS_POINTS, MISS_HEIGHTS = 0.9, 0.12
"""A tick may miss the straight line by this much, or by this share of its type size, as set type and OCR boxes do."""
ALIGNED_POINTS = 3.0
HEIGHT_MAX_POINTS, LENGTH_MAX_POINTS = 260.0, 520.0
"""The highest tick stands at most this far over the months; beside lying bars, at most this far off them."""
SPAN_POINTS_MIN = 18.0
FLOOR_TICKS_MIN, FLOOR_POINTS = 4, 20.0
"""An axis whose lowest number is not zero has so many at least, and that number stands so near over the months."""
OWN_POINTS = 50.0
"""The lowest number of a chart stands this near over its months; further up are those of another chart."""
STEP_SHARE = 0.03
"""Ticks stand at multiples of one step, within this share of it."""
STEPS_MAX = 30
PAIRS_MAX = 400


@dataclass(frozen=True, slots=True)
class Scale:
    """``value = slope × y + offset`` for a height y [points from the top].

    ``residual`` is by how much the worst tick misses [share of the span].
    """

    slope: float
    offset: float
    residual: float
    ticks: tuple[Tick, ...]
    assumed: bool = False
    """Nothing printed says where it is zero: the feet of the bars do."""
    floor: float = 0.0
    """What it reads where the bars stand: some axes begin above nothing."""

    def value(self, y: float) -> float:
        """Return the value at a height [points]."""
        return self.slope * y + self.offset

    @property
    def top_value(self) -> float:
        """The highest printed tick."""
        return max(tick.value for tick in self.ticks)

    @property
    def highest(self) -> float:
        """Where the highest tick stands [points]."""
        return min(tick.height for tick in self.ticks)

    @property
    def pitch(self) -> float:
        """How far its ticks stand apart [points]."""
        heights = sorted(tick.height for tick in self.ticks)
        return max((b - a for a, b in itertools.pairwise(heights)), default=0.0)

    @property
    def zero(self) -> float:
        """Where the bars stand, and the scale reads zero or its floor [points]."""
        return (self.floor - self.offset) / self.slope

    def times(self, many: int) -> "Scale":
        """Return the scale with its numbers so many times as large: axes count in hundreds, or in a larger unit."""
        ticks = tuple(replace(tick, value=tick.value * many) for tick in self.ticks)
        return replace(self, slope=self.slope * many, offset=self.offset * many, ticks=ticks, floor=self.floor * many)

    def footed(self, base: float) -> "Scale":
        """Return the scale moved so that it is at its zero where the bars stand: numbers may stand over or under their lines."""
        return replace(self, offset=self.floor - self.slope * base)


def find_scales(view: View, axis: Axis) -> list[Scale]:
    """Return the scales left and right of a chart, the likelier first; none where no column of ticks is straight."""
    half = 0.4 * axis.spacing / max(abs(axis.step), 1)  # bars may stand between the months that are named
    left, right = axis.marks[0].middle - half, axis.marks[-1].middle + half
    most = LENGTH_MAX_POINTS if axis.turned else HEIGHT_MAX_POINTS
    near = [tick for tick in view.ticks if -4 <= axis.top - tick.height + (tick.box.bottom - tick.box.top) <= most]
    sides = (
        [tick for tick in near if left - REACH_POINTS < tick.box.right <= left + 3],
        [tick for tick in near if right - 3 <= tick.box.left < right + REACH_POINTS],
    )
    found = [scale for side in sides for scale in _straight(side, axis)]
    if not found:  # numbers may stand over their lines, inside the plot
        first, last = axis.marks[0].middle + axis.spacing, axis.marks[-1].middle - axis.spacing
        inside = (
            [
                tick
                for tick in near
                if left - INSIDE_POINTS <= tick.box.left <= first and tick.box.right <= first + INSIDE_POINTS
            ],
            [
                tick
                for tick in near
                if right + INSIDE_POINTS >= tick.box.right >= last and tick.box.left >= last - INSIDE_POINTS
            ],
        )
        found = [scale for side in inside for scale in _straight(side, axis) if len(scale.ticks) > 2]
    return sorted(found, key=lambda scale: (-len(scale.ticks), scale.residual))


def _straight(ticks: Sequence[Tick], axis: Axis) -> Iterator[Scale]:
    """Yield the longest run of ticks, aligned on one edge or middle, that a straight line fits; foreign ones yield none."""
    best: Scale | None = None
    for column in _columns(ticks):
        scale = _fit(column, axis)
        if scale and (
            best is None or (_rank(scale.ticks, axis), -scale.residual) > (_rank(best.ticks, axis), -best.residual)
        ):
            best = scale
    if best is not None and not any(tick.foreign for tick in best.ticks):
        yield best


def _left(tick: Tick) -> float:
    return tick.box.left


def _right(tick: Tick) -> float:
    return tick.box.right


def _middle(tick: Tick) -> float:
    return (tick.box.left + tick.box.right) / 2


def _columns(ticks: Sequence[Tick]) -> list[list[Tick]]:
    columns: dict[tuple[int, ...], list[Tick]] = {}
    for anchor in ticks:
        for edge in (_right, _left, _middle):
            column = [t for t in ticks if abs(edge(t) - edge(anchor)) < ALIGNED_POINTS]
            if len(column) >= 2:
                columns[tuple(id(t) for t in column)] = column
    return list(columns.values())


def _fit(column: Sequence[Tick], axis: Axis) -> Scale | None:
    """Return the line through most ticks of a column, strays left out."""
    best: list[Tick] = []
    for one, other in itertools.islice(itertools.combinations(column, 2), PAIRS_MAX):
        if one.height == other.height or (one.value - other.value) * (one.height - other.height) >= 0:
            continue
        slope = (one.value - other.value) / (one.height - other.height)
        inside = [tick for tick in column if _miss(tick, one, slope) <= MISS_POINTS + MISS_HEIGHTS * _tall(tick)]
        inside = _once(inside)
        if inside and _rank(inside, axis) > _rank(best, axis) and _stepped(inside):
            best = inside
    if len(best) < 2:
        return None
    ys, values = [t.height for t in best], [t.value for t in best]
    span_y, span = max(ys) - min(ys), max(values) - min(values)
    if span_y < SPAN_POINTS_MIN or span <= 0:
        return None
    mean_y, mean_v = sum(ys) / len(ys), sum(values) / len(values)
    spread = sum((y - mean_y) ** 2 for y in ys)
    slope = sum((y - mean_y) * (v - mean_v) for y, v in zip(ys, values, strict=True)) / spread
    offset = mean_v - slope * mean_y
    residual = max(abs(slope * y + offset - v) for y, v in zip(ys, values, strict=True)) / span
    scale = Scale(slope, offset, residual, tuple(best))
    most = LENGTH_MAX_POINTS if axis.turned else HEIGHT_MAX_POINTS
    reach = max(4.0, 1.3 * (best[0].box.bottom - best[0].box.top))
    standing = axis.top - most < scale.zero <= axis.bottom + reach
    if not standing and len(best) >= FLOOR_TICKS_MIN and 0 < axis.top - max(ys) <= FLOOR_POINTS:
        return replace(scale, floor=min(values))  # this axis does not begin at nothing
    return scale if standing and (len(best) > 2 or min(values) == 0) else None


def _rank(ticks: Sequence[Tick], axis: Axis) -> tuple[bool, int]:
    """Return how likely ticks are an axis's own: they come down to its months; those of a chart over it do not."""
    low = bool(ticks) and (axis.turned or axis.top - max(tick.height for tick in ticks) <= OWN_POINTS)
    return low and len(ticks) > 2, len(ticks)


def _miss(tick: Tick, one: Tick, slope: float) -> float:
    """Return how far a tick stands off the line through another [points]."""
    return abs((tick.value - one.value) / slope + one.height - tick.height)


def _tall(tick: Tick) -> float:
    return tick.box.bottom - tick.box.top


def _once(ticks: Sequence[Tick]) -> list[Tick]:
    """Return the ticks without those that were found twice."""
    seen: dict[tuple[float, int], Tick] = {}
    for tick in ticks:
        seen.setdefault((tick.value, round(tick.height)), tick)
    return list(seen.values())


def _stepped(ticks: Sequence[Tick]) -> bool:
    """Tell whether the values are multiples of one step from the least of them, as axes are; a column of figures is not."""
    values = sorted({tick.value for tick in ticks})
    if len(values) < 2:
        return False
    steps = [b - a for a, b in itertools.pairwise(values)]
    step = min(steps)
    return values[-1] - values[0] <= STEPS_MAX * step and all(
        abs(one / step - round(one / step)) <= STEP_SHARE * round(one / step) + 1e-9 for one in steps
    )
