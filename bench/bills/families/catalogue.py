"""Reads the declared families and checks that they say only what the blocks understand."""

import functools
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from types import MappingProxyType
from typing import Any

from bench.bills.model.bill import Economy, Item, Party
from bench.bills.model.countries import COUNTRIES, Country, utility_of
from bench.bills.model.draw import Shapes
from bench.bills.paper.press import Style
from bench.bills.wording.formats import Convention

SPLITS = ("train", "dev", "test")
REAL_WORLD = "real-world"
"""The group of test families that are built as real issuers build their bills."""
TARIFFS = {
    "en": ("Residential R-1", "General Service GS-2", "Schedule 11", "Domestic Standard", "Rate Code 210"),
    "es": ("Tarifa 2.0TD", "Doméstica 1C", "Tarifa General 3"),
    "fr": ("Option Base 6 kVA", "Tarif Confort B1", "Offre Fixe 2"),
    "de": ("Tarif Basis 24", "Privat Komfort", "Gewerbe Plus"),
    "pt": ("Simples 6,9 kVA", "B1 Residencial", "Escalão 2"),
    "it": ("Tariffa D2 residente", "Offerta Fissa 12", "Altri Usi"),
}
ACCOUNTS = (
    "##########",
    "####-####-#",
    "### ### ###",
    "%%-#####-#",
    "#######",
    "#### #### ####",
    "Z-########",
    "N##########-#",
)
INVOICES = ("########", "Z#######", "####/######", "INV-######", "N######", "20##-######")
METERS = ("########", "Z######", "#######", "ZZ-#######", "1########", "N#####")
SERVICE_POINTS = ("##############", "ES####0000#######ZZ", "XX###E########", "SP#######")


@dataclass(frozen=True, slots=True)
class Family:
    """One invented issuer's form: what it bills, how it writes, how it looks, what stands where."""

    name: str
    split: str
    kind: str
    country: Country
    language: str
    economy: Economy
    convention: Convention
    style: Style
    pages: tuple[tuple[str, ...], ...]
    words: Mapping[str, Mapping[str, str]] = field(hash=False)
    """Labels, titles and charges in the family's own words, where it has any."""
    forms: Mapping[str, str] = field(hash=False)
    """Whole pages set line by line, by name; see ``forms/markup.py``."""
    sender: Mapping[str, str] = field(hash=False)
    """The issuer's ``name``, ``street``, ``town``, ``phone`` and ``web``, where they are not drawn."""
    identifiers: Mapping[str, str] = field(hash=False)
    """Patterns of ``account``, ``invoice``, ``meter`` and ``service_point`` and the ``tariff``, where they are not drawn."""
    group: str = ""
    """The part of the split that it is measured with, where it is not the whole."""
    statements: int = 1
    """How many bills of this family one file holds."""

    @property
    def paper(self) -> str:
        """Return the paper that the family prints on."""
        return self.style.paper or self.country.paper

    def utility(self) -> Party:
        """Return the family's issuer, the same on all its bills."""
        main = self.economy.commodities[0]
        drawn = utility_of(Random(f"{self.name}/utility"), self.country, self.language, main)
        own = self.sender
        return Party(
            name=own.get("name", drawn.name),
            address=(own.get("street", drawn.address[0]), own.get("town", drawn.address[1])),
            phone=own.get("phone", drawn.phone),
            web=own.get("web", drawn.web),
        )

    def shapes(self) -> Shapes:
        """Return how the family writes its identifiers."""
        rng = Random(f"{self.name}/shapes")
        drawn = Shapes(
            account=rng.choice(ACCOUNTS),
            invoice=rng.choice(INVOICES),
            meter=rng.choice(METERS),
            service_point=rng.choice(SERVICE_POINTS),
            tariff=rng.choice(TARIFFS[self.language]),
        )
        return replace(drawn, **self.identifiers)


@functools.cache
def families() -> tuple[Family, ...]:
    """Return every declared family, in the order of files and of declaration.

    Raises:
        ValueError: two families have one name, or a split is unknown.
    """
    found: list[Family] = []
    for path in sorted(Path(__file__).parent.glob("*.toml")):
        declared = tomllib.loads(path.read_text(encoding="utf-8"))
        found.extend(family_of(entry) for entry in declared["family"])
    names = [family.name for family in found]
    if len(set(names)) != len(names):
        raise ValueError(f"families of one name: {sorted(name for name in names if names.count(name) > 1)}")
    return tuple(found)


def family_of(entry: dict[str, Any]) -> Family:
    """Build a family from its declaration.

    Raises:
        ValueError: the split is unknown.
        TypeError: a table has a key that does not exist.
    """
    if entry["split"] not in SPLITS:
        raise ValueError(f"{entry['name']}: no such split: {entry['split']}")
    schedule = entry.get("schedule", [])
    economy = {**tupled(entry.get("economy", {})), "schedule": tuple(item_of(line) for line in schedule)}
    country = COUNTRIES[entry["country"]]
    return Family(
        name=entry["name"],
        split=entry["split"],
        kind=entry.get("kind", "bill"),
        country=replace(country, postal=entry.get("postal", country.postal)),
        language=entry["language"],
        economy=Economy(**economy),
        convention=Convention(**entry.get("writing", {})),
        style=Style(**entry.get("style", {})),
        pages=tuple(tuple(page) for page in entry["pages"]),
        words=MappingProxyType(words_of(entry)),
        forms=MappingProxyType(entry.get("forms", {})),
        sender=MappingProxyType(entry.get("sender", {})),
        identifiers=MappingProxyType(entry.get("identifiers", {})),
        group=entry.get("group", ""),
        statements=entry.get("statements", 1),
    )


def tupled(table: Mapping[str, Any]) -> dict[str, Any]:
    """Return a table with tuples for its lists."""
    return {key: tuple(value) if isinstance(value, list) else value for key, value in table.items()}


def item_of(line: Mapping[str, Any]) -> Item:
    """Build a line of a schedule; its ``text`` is among the family's words."""
    return Item(**tupled({key: value for key, value in line.items() if key != "text"}))


def words_of(entry: Mapping[str, Any]) -> dict[str, Mapping[str, str]]:
    """Return a family's own words, with the texts of its schedule."""
    words: Mapping[str, Mapping[str, str]] = entry.get("words", {})
    texts = {line["concept"]: line["text"] for line in entry.get("schedule", []) if "text" in line}
    return {**words, "charges": {**words.get("charges", {}), **texts}}


def chosen(which: str) -> Iterator[Family]:
    """Yield the families of a split, of a group, of a comma-separated list of names, or ``all``."""
    names = set(which.split(","))
    for family in families():
        if which in ("all", family.split) or family.group in names or family.name in names:
            yield family
