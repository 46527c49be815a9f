"""Legends: which tone of bars is which year's, as the squares and discs beside the legend's words tell."""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass

from domain.evidence import Box
from services.parser.understand.charts.axes.axis import Axis
from services.parser.understand.charts.axes.months import month_of
from services.parser.understand.charts.raster.swatches import swatch_grey
from services.parser.understand.charts.view import View
from services.parser.understand.lexicon import plain
from services.parser.understand.sight import Sight

LEGEND_POINTS = 260.0
"""A legend stands at most this far over or under the months."""
SWATCH_HEIGHT, SWATCH_WIDTH, SWATCH_GAP, SWATCH_LEVEL = 14.0, 30.0, 16.0, 6.0
SWATCH_LEAST = 2.0
"""What is thinner is a rule beside a text, no square of a legend [points]."""
YEARS_BACK, YEARS_AHEAD = 4, 1
"""A legend's years lie so near to the axis's newest."""
_YEARS = re.compile(r"^20\d\d ?[-–/] ?(?:20)?(\d\d)$")
"""``2024-25``: twelve months that end in the latter year."""
_KINDS = (("this_year", 1), ("last_year", -1), ("these_twelve", 1), ("twelve_before", -1))
_YEAR = re.compile(r"\b(20\d\d)\b")


@dataclass(frozen=True, slots=True)
class Key:
    """One entry of a legend: the colour or grey of its square, this year (1) or the year before (-1) or neither (0), its year."""

    tone: float
    kind: int
    year: int | None


def keys_by_colour(view: View, axis: Axis, *, strokes: bool = False) -> list[Key]:
    """Return the legend's entries with the colours of the figures, or the lines, at their left."""
    swatches = [
        shape for shape in view.page.shapes
        if shape.stroke is strokes
        and (strokes or min(shape.box.bottom - shape.box.top, shape.box.right - shape.box.left) >= SWATCH_LEAST)
        and shape.box.bottom - shape.box.top < SWATCH_HEIGHT and shape.box.right - shape.box.left < SWATCH_WIDTH
    ]  # fmt: skip
    keys: list[Key] = []
    for box, kind, year in _entries(view, axis):
        beside = [
            shape for shape in swatches
            if 0 <= box.left - shape.box.right < SWATCH_GAP
            and abs((shape.box.top + shape.box.bottom) / 2 - (box.top + box.bottom) / 2) < SWATCH_LEVEL
        ]  # fmt: skip
        keys.extend(Key(float(shape.colour), kind, year) for shape in beside)
    return keys


def keys_of_no_tone(view: View, axis: Axis) -> list[Key]:
    """Return the legend's entries where the dots beside them do not tell a colour: they name the years that are shown."""
    return [Key(math.nan, kind, year) for _, kind, year in _entries(view, axis)]


def keys_by_grey(view: View, axis: Axis) -> list[Key]:
    """Return the legend's entries with the greys of the squares at their left."""
    found = [(swatch_grey(view, box), kind, year) for box, kind, year in _entries(view, axis)]
    return [Key(grey, kind, year) for grey, kind, year in found if grey is not None]


def _entries(view: View, axis: Axis) -> Iterator[tuple[Box, int, int | None]]:
    """Yield the places on the page of texts near a chart that name this year (1), the year before (-1) or a year."""
    newest = max((mark.year or 0) for mark in axis.marks)
    years: list[tuple[Box, int]] = []
    spans: list[tuple[Box, int]] = []
    for row in view.sight.sheet(axis.page).rows:
        if abs(row.box.top - axis.top) > LEGEND_POINTS and not view.turned:
            continue
        for segment in row.segments:
            if len(segment.words) > 8:
                continue
            text = plain(segment.text).replace("'", " ").replace("’", " ")
            for start, kind in _named(view.sight, text):
                yield segment.box_of(start, len(text)), kind, None
            if (end := _end_of(text, view.sight)) is not None:
                spans.append((segment.box, end))
                continue
            if len(segment.words) > 4 or any(c.isalpha() for c in text):
                continue
            if span := _YEARS.match(text):
                spans.append((segment.box, 2000 + int(span.group(1))))
                continue
            years.extend(
                (segment.box_of(found.start(), found.end()), int(found.group(1)))
                for found in _YEAR.finditer(text)
                if newest - YEARS_BACK <= int(found.group(1)) <= newest + YEARS_AHEAD
            )
    two = {newest - 1, newest} <= {year for _, year in years}
    ends = {newest - 1, newest} <= {year for _, year in spans}
    yield from ((box, 1 if year == newest else -1, None) for box, year in spans if ends and year >= newest - 1)
    for box, year in years:
        yield box, (1 if year == newest else -1 if year == newest - 1 else 0) if two else 0, year


def _end_of(text: str, sight: Sight) -> int | None:
    """Return the latter year of a text that names a month of each of two years in a row (``Dec 2024 to Oct 2025``)."""
    words = text.split()
    named = [month_of(word, sight.lexicon) is not None for word in words]
    years = [int(word) for at, word in enumerate(words) if at and named[at - 1] and _YEAR.fullmatch(word)]
    return years[1] if len(years) == sum(named) == 2 and years[1] - years[0] == 1 else None


def _named(sight: Sight, text: str) -> Iterator[tuple[int, int]]:
    """Yield where a text names this year (1) or the year before (-1); ``text`` is in plain lower case."""
    for meaning, kind in _KINDS:
        words = sight.lexicon.words.get(meaning, ())
        place = next((found.start() for word in words if (found := re.search(rf"\b{re.escape(word)}\b", text))), None)
        if place is not None:
            yield place, kind
