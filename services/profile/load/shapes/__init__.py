"""Seasonal shapes: how much is used per day in each month relative to the year's mean day.

Each shape is a JSON file with its name, version, source and twelve decimals, in this folder or in one of the operator's. Adding
one is adding a file; the shape of a country is the one whose ``countries`` lists it, ``flat`` elsewhere.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from importlib import resources

FLAT = "flat"


@dataclass(frozen=True, slots=True)
class Shape:
    """Relative use per day, January first; only the proportions count. ``source`` says where the numbers are from."""

    name: str
    version: str
    source: str
    countries: tuple[str, ...]
    per_day: tuple[Fraction, ...]

    def __post_init__(self) -> None:
        """Refuse what is no shape.

        Raises:
            ValueError: not twelve numbers, or a negative one, or all of them zero.
        """
        if len(self.per_day) != 12 or min(self.per_day) < 0 or not any(self.per_day):
            raise ValueError(f"shape {self.name}: twelve numbers, none negative, not all zero")

    @property
    def label(self) -> str:
        """Name and version in one word."""
        return f"{self.name}/{self.version}"


class Shapes:
    """The shapes at hand, by name and by country; of two for the same the later one counts."""

    def __init__(self, shapes: tuple[Shape, ...]) -> None:
        self._by_name = {shape.name: shape for shape in shapes}
        self._by_country = {country: shape for shape in self._by_name.values() for country in shape.countries}

    def for_country(self, country: str) -> Shape:
        """Return the shape of a country (ISO 3166-1 alpha-2), flat where there is none."""
        return self._by_country.get(country, self._by_name[FLAT])

    def named(self, name: str) -> Shape:
        """Return the shape of a name.

        Raises:
            KeyError: there is none.
        """
        return self._by_name[name]


def packaged_shapes(further: Sequence[Shape] = ()) -> Shapes:
    """Read the shapes that come with this package; ``further`` ones go before them where they are for the same."""
    folder = resources.files(__name__)
    packaged = [
        shape_of(file.read_text(encoding="utf-8"))
        for file in sorted(folder.iterdir(), key=lambda one: one.name)
        if file.name.endswith(".json")
    ]
    return Shapes((*packaged, *further))


def shape_of(text: str) -> Shape:
    """Return the shape that a JSON document describes.

    Raises:
        ValueError: the document or its numbers are no shape.
        KeyError: a field is missing.
    """
    document = json.loads(text, parse_float=Fraction, parse_int=Fraction)
    return Shape(
        name=document["name"],
        version=document["version"],
        source=document["source"],
        countries=tuple(document["countries"]),
        per_day=tuple(document["per_day"]),
    )
