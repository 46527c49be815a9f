"""Scales: the numbers printed along a chart's upright axis, and the straight line that ties them to heights."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.parser.understand.charts.months import Axis
from services.parser.understand.layout.rows import middle
from services.parser.understand.layout.tokens import Token
from services.parser.understand.sight import Sight

REACH_POINTS = 90.0
"""Tick numbers stand at most this far beside the outer months."""
RESIDUAL_SHARE = 0.012
"""Ticks may miss the straight line by this share of the scale's span, as set type does."""


@dataclass(frozen=True, slots=True)
class Scale:
    """``value = slope × y + offset`` for a height y [points from the top]; ``residual`` is the worst tick's miss."""

    slope: float
    offset: float
    residual: float
    ticks: tuple[Token, ...]

    def value(self, y: float) -> float:
        """Return the value at a height [points]."""
        return self.slope * y + self.offset

    @property
    def top_value(self) -> float:
        """The highest printed tick."""
        return max(float(token.value) for token in self.ticks)

    @property
    def zero(self) -> float:
        """Where the scale reads zero [points]."""
        return -self.offset / self.slope


def find_scale(sight: Sight, axis: Axis, height_max: float) -> Scale | None:
    """Return the scale left or right of a chart, or None where no column of ticks is straight."""
    rows = sight.sheet(axis.page).rows
    left, right = axis.marks[0].middle - 0.4 * axis.spacing, axis.marks[-1].middle + 0.4 * axis.spacing
    beside: dict[str, list[Token]] = {"left": [], "right": []}
    for row in rows[: axis.row + 1]:
        for token in sight.tokens.on(row):
            number = token.number
            if number is None or number.percent or number.currency or axis.top - middle(token.box) > height_max:
                continue
            if left - REACH_POINTS < token.box.right <= left + 2:
                beside["left"].append(token)
            elif right - 2 <= token.box.left < right + REACH_POINTS:
                beside["right"].append(token)
    options = [scale for tokens in beside.values() if (scale := _straight(tokens))]
    return min(options, key=lambda scale: (-len(scale.ticks), scale.residual), default=None)


def _straight(tokens: Sequence[Token]) -> Scale | None:
    """Return the longest run of ticks, aligned on one edge, that a straight line fits."""
    best: Scale | None = None
    for anchor in tokens:
        column = [t for t in tokens if abs(t.box.right - anchor.box.right) < 3 or abs(t.box.left - anchor.box.left) < 3]
        scale = _fit(column)
        if scale and (best is None or len(scale.ticks) > len(best.ticks)):
            best = scale
    return best


def _fit(tokens: Sequence[Token]) -> Scale | None:
    ordered = sorted(tokens, key=lambda token: middle(token.box))
    runs: list[list[Token]] = []
    for token in ordered:
        if runs and token.value < runs[-1][-1].value:
            runs[-1].append(token)
        else:
            runs.append([token])
    run = max(runs, key=len, default=[])
    if len(run) < 3:
        return None
    ys = [middle(token.box) for token in run]
    values = [float(token.value) for token in run]
    mean_y, mean_v = sum(ys) / len(ys), sum(values) / len(values)
    spread = sum((y - mean_y) ** 2 for y in ys)
    slope = sum((y - mean_y) * (v - mean_v) for y, v in zip(ys, values, strict=True)) / spread
    offset = mean_v - slope * mean_y
    span = max(values) - min(values)
    residual = max(abs(slope * y + offset - v) for y, v in zip(ys, values, strict=True)) / span
    return Scale(slope, offset, residual, tuple(run)) if slope < 0 and residual <= RESIDUAL_SHARE * 2.5 else None
