"""Legends: which of two series of bars is this year's, as the squares beside the legend's words tell."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Protocol, TypeVar

from domain.evidence import Box
from services.parser.understand.charts import pixels
from services.parser.understand.charts.months import Axis
from services.parser.understand.charts.view import View
from services.parser.understand.lexicon import plain
from services.parser.understand.sight import Sight

if TYPE_CHECKING:
    from services.parser.understand.charts.bars import Column

LEGEND_POINTS = 260.0
"""A legend stands at most this far over or under the months."""
SWATCH_HEIGHT, SWATCH_WIDTH = 14.0, 30.0
GREY_APART = 12
"""Two series differ in grey by this much at least where grey must tell them."""
GREY_SAME = 40
_YEAR = re.compile(r"\b(20\d\d)\b")


class Coloured(Protocol):
    """A bar with a grey."""

    @property
    def grey(self) -> float:
        """Its grey level."""


G = TypeVar("G", bound=Coloured)


def ordered_by_colour(view: View, axis: Axis, series: "Sequence[list[Column]]") -> "list[list[Column]]":
    """Return the two series with this year's first; the one that the legend names, none without a legend."""
    colours = [Counter(column.colour for column in one).most_common(1)[0][0] for one in series]
    swatches = [
        shape for shape in view.page.shapes
        if shape.colour in colours and not shape.stroke
        and shape.box.bottom - shape.box.top < SWATCH_HEIGHT and shape.box.right - shape.box.left < SWATCH_WIDTH
    ]  # fmt: skip
    votes: Counter[int] = Counter()
    for box, kind in _legend(view, axis):
        for shape in swatches:
            level = abs((shape.box.top + shape.box.bottom) / 2 - (box.top + box.bottom) / 2) < 6
            if level and 0 <= box.left - shape.box.right < 16:
                votes[shape.colour] += kind
    now = [i for i, colour in enumerate(colours) if votes[colour] > 0]
    then = [i for i, colour in enumerate(colours) if votes[colour] < 0]
    if len(series) == 2 and len(now) + len(then) >= 1:
        first = now[0] if now else 1 - then[0]
        return [series[first], series[1 - first]]
    return [series[i] for i in now[:1]]


def ordered_by_grey(view: View, axis: Axis, series: Sequence[list[G]]) -> list[list[G]]:
    """Return the two series of a picture with this year's first, as the greys of the legend's squares tell; else none."""
    greys = [sorted(column.grey for column in one)[len(one) // 2] for one in series]
    if abs(greys[0] - greys[1]) < GREY_APART:
        return []
    swatches: dict[int, float] = {}
    for box, kind in _legend(view, axis):
        grey = pixels.swatch_grey(view.page, box)
        if grey is not None:
            swatches.setdefault(kind, grey)
    if len(swatches) == 2 and abs(swatches[1] - swatches[-1]) > GREY_APART:
        darker_now = swatches[1] < swatches[-1]
        first = 0 if (greys[0] < greys[1]) == darker_now else 1
        return [series[first], series[1 - first]]
    for kind, grey in swatches.items():
        nearest = min((0, 1), key=lambda i: abs(greys[i] - grey))
        if abs(greys[nearest] - grey) < GREY_SAME:
            first = nearest if kind > 0 else 1 - nearest
            return [series[first], series[1 - first]]
    return []


def _legend(view: View, axis: Axis) -> Iterator[tuple[Box, int]]:
    """Yield the places on the page of texts near a chart that name this year (1) or the year before (-1)."""
    newest = max((mark.year or 0) for mark in axis.marks)
    years: list[tuple[Box, int]] = []
    for row in view.sight.sheet(axis.page).rows:
        if abs(row.box.top - axis.top) > LEGEND_POINTS and not view.turned:
            continue
        for segment in row.segments:
            if len(segment.words) > 8:
                continue
            text = plain(segment.text).replace("'", " ").replace("’", " ")
            for start, kind in _named(view.sight, text):
                yield segment.box_of(start, len(text)), kind
            if (
                (found := _YEAR.search(text))
                and len(segment.words) <= 2
                and newest - 1 <= int(found.group(1)) <= newest
            ):
                years.append((segment.box, int(found.group(1))))
    if len({year for _, year in years}) == 2:
        yield from ((box, 1 if year == newest else -1) for box, year in years)


def _named(sight: Sight, text: str) -> Iterator[tuple[int, int]]:
    """Yield where a text names this year (1) or the year before (-1); ``text`` is in plain lower case."""
    for meaning, kind in (("this_year", 1), ("last_year", -1)):
        words = sight.lexicon.words.get(meaning, ())
        place = next((found.start() for word in words if (found := re.search(rf"\b{re.escape(word)}\b", text))), None)
        if place is not None:
            yield place, kind
