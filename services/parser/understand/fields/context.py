"""Context: which commodity a place on the page speaks of."""

import re
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from itertools import takewhile

from domain.quantity import Commodity, Unit
from services.parser.understand.layout.labels import is_prose
from services.parser.understand.layout.rows import Segment
from services.parser.understand.layout.tokens import Token
from services.parser.understand.lexicon import TEXTS_KEPT, Lexicon
from services.parser.understand.metering.registers import unit_in
from services.parser.understand.place import fuels_apart
from services.parser.understand.sight import Sight
from services.parser.understand.values.units import COMMODITY_OF

HEADING_WORDS_MAX = 8
HEADING_ROWS = 45
"""A heading speaks for at most this many lines under it."""
LARGER = 1.25
"""A heading that small print follows in one text is set in type so much larger than it."""
_INCORPORATED = re.compile(r"\b(?:inc|llc|corp)\b\.?$", re.IGNORECASE)
"""A company that has heat in its name makes or mends what heats; it is a customer."""
_COMPOUND = re.compile(r"[^\W\d_]+-[^\W\d_]+")
THERMAL_UNITS = frozenset({Unit.THERM, Unit.DEKATHERM, Unit.MMBTU, Unit.GJ})

_MEANINGS = (
    ("sewer", Commodity.SEWER), ("gas", Commodity.GAS), ("water", Commodity.WATER), ("electricity", Commodity.ELECTRICITY),
    ("heat", Commodity.HEAT),
)  # fmt: skip

_GALLONS = re.compile(r"\bgal(?:lon)?s?\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Context:
    """The commodity of the whole document and of its headings, by page and row."""

    main: Commodity | None
    counts: dict[Commodity, int]
    headings: dict[int, tuple[tuple[int, Commodity], ...]]
    thermal: bool = False
    """Gas is billed in an energy of its own here, therms or gigajoules: kilowatt-hours are electricity."""
    tanked: bool = False
    """Fuel is delivered to a tank here: gallons and litres are no water."""
    heated: bool = False
    """Heat of a district is billed here and no gas: what is measured as energy is heat."""

    def at(self, page: int, row: int) -> Commodity | None:
        """Return what the nearest heading above a place speaks of, else the document's main commodity."""
        return self.heading_at(page, row) or self.main

    def heading_at(self, page: int, row: int) -> Commodity | None:
        """Return what the nearest heading above a place speaks of, None where there is none near."""
        best = None
        for at, commodity in self.headings.get(page, ()):
            if at <= row and row - at <= HEADING_ROWS:
                best = commodity
        return best

    def headed_alone(self, page: int, row: int) -> Commodity | None:
        """Return what the nearest heading above a place speaks of, None where headings of several stand abreast there."""
        found = self.headings.get(page, ())
        nearest = max((at for at, _ in found if at <= row and row - at <= HEADING_ROWS), default=-1)
        named = {commodity for at, commodity in found if at == nearest}
        return named.pop() if len(named) == 1 else None

    def unit_commodity(self, unit: Unit | None, page: int, row: int) -> Commodity | None:
        """Return what a unit measures at a place; volumes and gas in kWh need the page's words."""
        here = self.at(page, row)
        if here is Commodity.SEWER and self.counts.get(Commodity.WATER):
            # Sewers are billed by the water that goes in; what is metered is the water.
            here = Commodity.WATER
        fixed = COMMODITY_OF.get(unit) if unit else None
        if self.tanked and fixed is Commodity.WATER:
            return None
        if unit is Unit.KWH and here is Commodity.GAS and not self.thermal:
            return Commodity.GAS
        if (unit is Unit.KWH and here is Commodity.HEAT) or (self.heated and unit in THERMAL_UNITS):
            return Commodity.HEAT
        if fixed is not None:
            return fixed
        if unit in (Unit.CCF, Unit.MCF, Unit.CUBIC_FOOT, Unit.CUBIC_METRE) and here not in (
            Commodity.GAS,
            Commodity.WATER,
            Commodity.SEWER,
        ):
            if self.counts.get(Commodity.GAS, 0) != self.counts.get(Commodity.WATER, 0):
                return max((Commodity.GAS, Commodity.WATER), key=lambda one: self.counts.get(one, 0))
            return None
        return here


def commodity_in(sight: Sight, text: str) -> Commodity | None:
    """Return the one commodity that a text names; None for none or several, and for what is sold beside it."""
    return _commodity_in(sight.lexicon, text)


def commodities_in(sight: Sight, text: str) -> set[Commodity]:
    """Return all commodities that the words of a text name."""
    return {commodity for meaning, commodity in _MEANINGS if sight.lexicon.means(text, meaning)}


@lru_cache(TEXTS_KEPT)
def _commodity_in(lexicon: Lexicon, text: str) -> Commodity | None:
    if lexicon.means(text, "sold_beside"):
        return None
    found = {commodity for meaning, commodity in _MEANINGS if lexicon.means(text, meaning)}
    if Commodity.GAS in found and Commodity.HEAT in found:
        found.discard(Commodity.HEAT)
    if Commodity.HEAT in found and lexicon.means(text, "electric_heat"):
        found.discard(Commodity.HEAT)
    if Commodity.HEAT in found and lexicon.means(text, "district_heat"):
        found.discard(Commodity.WATER)
    if found == {Commodity.WATER, Commodity.SEWER}:
        rest = lexicon.pattern(r"\b<words>\b", "sewer").sub(" ", text)  # waste water is no water
        return Commodity.SEWER if not lexicon.means(rest, "water") else None
    return next(iter(found)) if len(found) == 1 else None


def _names_other(sight: Sight, segment: Segment) -> bool:
    """Tell whether heat is a part of another name: of a company, a tariff, a factor, a compound (``Heat-treatment hall``)."""
    if _INCORPORATED.search(segment.text) or not sight.lexicon.means(_COMPOUND.sub(" ", segment.text), "heat"):
        return True
    return any(label.concept in ("tariff", "therm_factor") for label in sight.labels.within(segment))


def fuel_before(sight: Sight, token: Token) -> Commodity | None:
    """Return the fuel that the words before a priced energy name on its own line, None for other quantities."""
    row = sight.row(token.page, token.row)
    if row is None or token.number is None or token.number.unit is not Unit.KWH:
        return None
    named = commodity_in(sight, token.segment.text[: token.start])
    named = named or commodity_in(sight, " ".join(s.text for s in row.segments if s.box.left < token.box.left))
    return named if named in (Commodity.ELECTRICITY, Commodity.GAS) else None


def _only_numbers_meter(sight: Sight, segment: Segment) -> bool:
    """Tell whether a line holds nothing but a word for a meter and its number, as over its reads (``Gas Meter 7001``)."""
    tokens = sight.tokens.within(segment)
    return len(tokens) == 1 and any(
        label.concept == "meter_number" and not label.start and label.end <= tokens[0].start
        for label in sight.labels.within(segment)
    )


def _in_larger_type(sight: Sight, segment: Segment) -> Commodity | None:
    """Return what the first words of a text name in larger type than what follows them (``Gas`` before a meter's address)."""
    words = segment.words
    if len(words) < 2 or words[0].height < LARGER * words[-1].height or not words[0].text[:1].isupper():
        return None
    large = list(takewhile(lambda word: word.height >= LARGER * words[-1].height, words))
    return commodity_in(sight, " ".join(word.text for word in large))


def read_context(sight: Sight) -> Context:
    """Return the commodities that the headings and the words of the document name."""
    counts: Counter[Commodity] = Counter()
    headings: dict[int, list[tuple[int, Commodity]]] = {}
    fuelled = "tank_fuel" in sight.meanings
    for segment in sight.segments:
        if (headed := _in_larger_type(sight, segment)) is not None:
            headings.setdefault(segment.page, []).append((segment.row, headed))
        if len(segment.words) > HEADING_WORDS_MAX or is_prose(segment):
            continue
        # Gallons alone are no water where a tank is filled with fuel.
        commodity = commodity_in(sight, _GALLONS.sub(" ", segment.text) if fuelled else segment.text)
        if commodity is None or (commodity is Commodity.HEAT and _names_other(sight, segment)):
            continue
        counts[commodity] += 1
        tokens = sight.tokens.within(segment)
        if segment.text[:1].isupper() and (not tokens or _only_numbers_meter(sight, segment)):
            headings.setdefault(segment.page, []).append((segment.row, commodity))
    heated = Commodity.GAS not in counts and any(
        commodity is Commodity.HEAT for found in headings.values() for _, commodity in found
    ) and sight.lexicon.means(sight.text, "district_heat")  # fmt: skip
    tanked = Commodity.WATER not in counts and fuelled
    delivered = False
    for token in sight.tokens.all():
        unit = token.number.unit if token.number else None
        if unit is not None and unit is not Unit.KWH and (fixed := COMMODITY_OF.get(unit)):
            if tanked and fixed is Commodity.WATER:
                delivered = True  # litres and gallons of what the tank was filled with
                continue
            counts[Commodity.HEAT if heated and unit in THERMAL_UNITS else fixed] += 1
    counts.pop(Commodity.SEWER, None) if counts.get(Commodity.WATER) else None
    if (
        not counts
        and not delivered
        and any(token.number and token.number.unit is Unit.KWH for token in sight.tokens.all())
    ):
        counts[Commodity.ELECTRICITY] += 1
    main = max(counts, key=lambda one: (counts[one], one)) if counts else None
    total = sum(counts.values())
    if main is not None and counts[main] < 0.5 * total:
        main = None
    thermal = any(
        token.number is not None and token.number.unit in THERMAL_UNITS and not token.number.per
        for token in sight.tokens.all()
    ) or any(
        label.end - label.start == len(label.segment.text) and unit_in(label.text) in THERMAL_UNITS
        for label in sight.labels.of("usage")
    )
    thermal = thermal or fuels_apart(sight.country)
    told = {page: tuple(sorted(found)) for page, found in headings.items()}
    return Context(main, dict(counts), told, thermal, tanked, heated)
