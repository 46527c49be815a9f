"""Bars: the heights of filled rectangles over an axis of months, read against the printed scale."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from domain.evidence import Box, Method
from services.parser.page import Page, Shape
from services.parser.understand.charts import pixels
from services.parser.understand.charts.months import Axis, Mark
from services.parser.understand.charts.scale import Scale
from services.parser.understand.layout.rows import Segment
from services.parser.understand.sight import Sight

BASE_POINTS = 1.6
"""Bars of one chart stand on one line within this distance."""
LEGEND_POINTS = 260.0
TILT_MAX = 0.05
"""Straightened pages keep less tilt than this [points a point]."""
LIFT_POINTS = 3.0
"""A base line is drawn this thick at most; feet further off are no feet."""
COVER_MIN_SEEN = 0.6
"""A month without use shows no bar in the raster: fewer bars make a series there."""
COVER_MIN = 0.7
"""A series has a bar at this share of the months at least."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A measured bar: its month, its value on the scale, where it stands, and how it was seen."""

    mark: Mark
    value: float
    page: int
    box: Box
    method: Method
    colour: int


def measure(sight: Sight, axis: Axis, scale: Scale) -> list[Bar]:
    """Return the bars of the series of this year: drawn shapes first, else what the page's pixels show."""
    page = sight.sheet(axis.page).page
    return list(_drawn(sight, page, axis, scale)) or list(_seen(sight, page, axis, scale))


def _seen(sight: Sight, page: Page, axis: Axis, scale: Scale) -> Iterator[Bar]:
    """Yield the bars that the page's pixels show."""
    series = pixels.columns(page, axis, scale)
    series = [one for one in series if len(one) >= COVER_MIN_SEEN * len(axis.marks)]
    if len(series) == 2:
        series = _in_order(sight, page, axis, series)
    base = _base_line(axis, scale, [column for one in series for column in one])
    for back, columns in enumerate(series):
        for column in columns:
            mark = axis.marks[column.index]
            dated = replace(mark, year=mark.year - back if mark.year else None)
            value = max(scale.value(column.top) - scale.value(base[column.index]), 0.0)
            yield Bar(
                dated,
                value,
                axis.page,
                pixels.box_of(column, base[column.index]),
                Method.CHART_PIXELS,
                round(column.grey),
            )


def _base_line(axis: Axis, scale: Scale, columns: Sequence[pixels.Column]) -> dict[int, float]:
    """Return where zero lies under each month: as tilted as the bars' feet, as high as the scale says at its ticks."""
    if not columns:
        return {}
    xs = [(column.left + column.right) / 2 for column in columns]
    mean_x, mean_y = sum(xs) / len(xs), sum(column.bottom for column in columns) / len(columns)
    spread = sum((x - mean_x) ** 2 for x in xs)
    slope = (
        sum((x - mean_x) * (c.bottom - mean_y) for x, c in zip(xs, columns, strict=True)) / spread if spread else 0.0
    )
    slope = max(min(slope, TILT_MAX), -TILT_MAX)
    tick = sum((token.box.left + token.box.right) / 2 for token in scale.ticks) / len(scale.ticks)
    lift = scale.zero - (mean_y + slope * (tick - mean_x))
    lift = lift if abs(lift) <= LIFT_POINTS else 0.0
    return {c.index: mean_y + slope * (axis.marks[c.index].middle - mean_x) + lift for c in columns}


def _in_order(sight: Sight, page: Page, axis: Axis, series: list[list[pixels.Column]]) -> list[list[pixels.Column]]:
    """Return the two series with this year's first, as the legend's swatches tell; none where they do not."""
    greys = [sorted(column.grey for column in one)[len(one) // 2] for one in series]
    if abs(greys[0] - greys[1]) < 12:
        return []
    swatches: dict[int, float] = {}
    for segment, kind in _legend(sight, axis):
        grey = pixels.swatch_grey(page, segment)
        if grey is not None:
            swatches.setdefault(kind, grey)
    if len(swatches) == 2 and abs(swatches[1] - swatches[-1]) > 12:
        darker_now = swatches[1] < swatches[-1]
        first = 0 if (greys[0] < greys[1]) == darker_now else 1
        return [series[first], series[1 - first]]
    for kind, grey in swatches.items():
        nearest = min((0, 1), key=lambda i: abs(greys[i] - grey))
        if abs(greys[nearest] - grey) < 40:
            first = nearest if kind > 0 else 1 - nearest
            return [series[first], series[1 - first]]
    return []


def _legend(sight: Sight, axis: Axis) -> Iterator[tuple[Segment, int]]:
    """Yield the texts near a chart that name this year (1) or the year before (-1)."""
    for row in sight.sheet(axis.page).rows:
        if abs(row.box.top - axis.top) > LEGEND_POINTS:
            continue
        for segment in row.segments:
            text = segment.text.lower()
            if len(segment.words) <= 6:
                if any(word in text for word in _NOW):
                    yield segment, 1
                elif any(word in text for word in _THEN):
                    yield segment, -1


def _drawn(sight: Sight, page: Page, axis: Axis, scale: Scale) -> Iterator[Bar]:
    zero = scale.zero
    left, right = axis.marks[0].middle - axis.spacing, axis.marks[-1].middle + axis.spacing
    bars = [
        shape for shape in page.shapes
        if not shape.stroke and left <= shape.box.left and shape.box.right <= right and _stands(shape, zero, axis)
    ]  # fmt: skip
    series: dict[int, list[Shape]] = {}
    for shape in bars:
        series.setdefault(shape.colour, []).append(shape)
    usable = {
        colour: found for colour, found in series.items() if len(_by_mark(axis, found)) >= COVER_MIN * len(axis.marks)
    }
    if not usable:
        merged = _by_mark(axis, bars)
        usable = {0: bars} if len(merged) >= COVER_MIN * len(axis.marks) and len(bars) <= len(axis.marks) + 1 else {}
    if not usable:
        return
    ordered = _by_year(sight, page, axis, list(usable)) if len(usable) > 1 else [next(iter(usable))]
    for back, colour in enumerate(ordered):
        found = _by_mark(axis, usable[colour])
        if len(usable) == 1:
            # Bills paint this month, or the same month a year ago, in another colour.
            found = {**_by_mark(axis, bars), **found}
        for index, shape in sorted(found.items()):
            mark = axis.marks[index]
            dated = replace(mark, year=mark.year - back if mark.year else None)
            value = scale.value(shape.box.top) - scale.value(shape.box.bottom)
            yield Bar(dated, max(value, 0.0), axis.page, shape.box, Method.CHART_VECTOR, shape.colour)


def _stands(shape: Shape, zero: float, axis: Axis) -> bool:
    """Tell whether a shape is a bar: on the base line, not wider than a month."""
    width = shape.box.right - shape.box.left
    return (
        abs(shape.box.bottom - zero) <= 2 * BASE_POINTS
        and 0.5 < width <= 1.05 * axis.spacing
        and shape.box.top < shape.box.bottom
    )


def _by_mark(axis: Axis, shapes: Sequence[Shape]) -> dict[int, Shape]:
    found: dict[int, Shape] = {}
    for shape in shapes:
        place = (shape.box.left + shape.box.right) / 2
        index = min(range(len(axis.marks)), key=lambda i: abs(axis.marks[i].middle - place))
        if abs(axis.marks[index].middle - place) < 0.55 * axis.spacing and (
            index not in found or shape.box.top < found[index].box.top
        ):
            found[index] = shape
    return found


def _by_year(sight: Sight, page: Page, axis: Axis, colours: Sequence[int]) -> list[int]:
    """Return the colours of this year and of the year before, as the legend ties them; none where it does not."""
    swatches = [
        shape for shape in page.shapes
        if shape.colour in colours and not shape.stroke
        and shape.box.bottom - shape.box.top < 14 and shape.box.right - shape.box.left < 30
    ]  # fmt: skip
    votes: Counter[int] = Counter()
    for segment, kind in _legend(sight, axis):
        for shape in swatches:
            level = abs((shape.box.top + shape.box.bottom) / 2 - (segment.box.top + segment.box.bottom) / 2) < 6
            if level and 0 <= segment.box.left - shape.box.right < 16:
                votes[shape.colour] += kind
    now = [colour for colour in colours if votes[colour] > 0]
    then = [colour for colour in colours if votes[colour] < 0]
    if len(colours) == 2 and len(now) + len(then) >= 1:
        first = now[0] if now else next(colour for colour in colours if colour not in then)
        return [first, next(colour for colour in colours if colour != first)]
    return now[:1]


_NOW = (
    "this year",
    "current",
    "este año",
    "cette année",
    "dieses jahr",
    "este ano",
    "quest'anno",
    "año actual",
    "aktuell",
    "année en cours",
    "ano atual",
    "anno corrente",
)
_THEN = (
    "last year",
    "prior year",
    "previous year",
    "año anterior",
    "année précédente",
    "vorjahr",
    "ano anterior",
    "anno precedente",
    "l'an dernier",
    "letztes jahr",
)
