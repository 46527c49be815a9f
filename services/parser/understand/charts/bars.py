"""Bars: the heights of filled rectangles over an axis of months, read against the printed scale."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from domain.evidence import Box, Method
from services.parser.page import Page, Shape
from services.parser.understand.charts.months import Axis, Mark
from services.parser.understand.charts.scale import Scale
from services.parser.understand.sight import Sight

BASE_POINTS = 1.6
"""Bars of one chart stand on one line within this distance."""
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
    return list(_drawn(sight, page, axis, scale))


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
        for index, shape in sorted(_by_mark(axis, usable[colour]).items()):
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
        if shape.colour in colours and not shape.stroke and shape.box.bottom - shape.box.top < 14 and shape.box.right - shape.box.left < 30
    ]  # fmt: skip
    votes: Counter[int] = Counter()
    for row in sight.sheet(axis.page).rows:
        for segment in row.segments:
            if len(segment.words) > 6:
                continue
            text = segment.text.lower()
            kind = 1 if any(w in text for w in _NOW) else -1 if any(w in text for w in _THEN) else 0
            if not kind:
                continue
            for shape in swatches:
                beside = (
                    0 <= segment.box.left - shape.box.right < 16
                    and abs((shape.box.top + shape.box.bottom) / 2 - (segment.box.top + segment.box.bottom) / 2) < 6
                )
                if beside:
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
