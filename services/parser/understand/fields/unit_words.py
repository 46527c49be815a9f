"""Unit words: the unit that a document counts in where its numbers print none, and sentences that only define units."""

import re
from collections import Counter

from domain.quantity import Commodity, Unit
from services.parser.understand.fields.context import Context
from services.parser.understand.layout.tokens import Token
from services.parser.understand.metering.registers import unit_in
from services.parser.understand.place import unit_is_kwh
from services.parser.understand.sight import Sight
from services.parser.understand.values.units import USAGE_UNITS, unit_of

NAMED_LETTERS_MIN = 8
"""So long a label (``billing unit``) names the unit that is billed; a bare ``unit`` heads a column."""


def document_unit(sight: Sight) -> Unit | None:
    """Return the one usage unit that the document speaks of, for numbers that print none."""
    for label in sight.labels.of("unit_column"):
        unit = unit_in(label.segment.text[label.end :])
        if label.letters >= NAMED_LETTERS_MIN and unit in USAGE_UNITS:
            return unit
    votes: Counter[Unit] = Counter()
    for token in sight.tokens.all():
        if token.number and token.number.unit in USAGE_UNITS and token.number.unit:
            votes[token.number.unit] += 1
    for segment in sight.segments:
        if len(segment.words) <= 6 and (unit := unit_in(segment.text)) in USAGE_UNITS and unit:
            votes[unit] += 1
    if not votes:
        return _spoken_unit(sight)
    unit, count = votes.most_common(1)[0]
    return unit if count >= 0.6 * sum(votes.values()) else None


def unit_of_only(context: Context) -> Unit | None:
    """Return the unit of a page that prints none and speaks of electricity only: meters of it count kilowatt-hours."""
    return Unit.KWH if set(context.counts) == {Commodity.ELECTRICITY} else None


_EQUALS = re.compile(
    r"\b1?\s?unit\b.{0,24}?(?:=|equals|is)\s*(?:100|one hundred|hundred)\s*cu(?:bic|\.)?\s*f", re.IGNORECASE
)
_EQUALS_GALLON = re.compile(r"\b1?\s?unit\b.{0,24}?(?:=|equals|is)\s*(?:1,?000|one thousand)\s*gal", re.IGNORECASE)


_SPELLED = re.compile(
    r"\b(?:usage|consumption|readings?|reads?)\b.{0,12}?\bin\s+(?:(?:units|multiples)\s+of\s+)?"
    r"(?:(?P<gallons>1,?000|thousand(?:s)?(?:\s+of)?)\s*gal|(?P<feet>100|hundred(?:s)?(?:\s+of)?)\s*cu)",
    re.IGNORECASE,
)


_ELECTRIC_UNITS = re.compile(r"(?=.*electric)(?=.*\bunits?\b)", re.IGNORECASE | re.DOTALL)


def _spoken_unit(sight: Sight) -> Unit | None:
    """Return the unit that a sentence defines (``1 unit = 100 cubic feet``), or that a country's electricity calls a unit."""
    defined = defined_unit(sight.text)
    if defined is None and unit_is_kwh(sight.country, sight.currency) and _ELECTRIC_UNITS.search(sight.text):
        return Unit.KWH
    return defined


def defined_unit(text: str) -> Unit | None:
    """Return the unit that a text gives to the word unit."""
    spelled = _SPELLED.search(text)
    if _EQUALS.search(text) or (spelled and spelled.group("feet")):
        return Unit.HCF
    if spelled:
        return Unit.KILOGALLON
    return Unit.KILOGALLON if _EQUALS_GALLON.search(text) else None


def defines(token: Token) -> bool:
    """Tell whether a quantity only defines a unit (``1 Therm = 100,000 BTU``, ``MCF - 1,000 cubic feet or 10 CCFs``)."""
    number, text = token.number, token.segment.text
    if _SPELLED.search(text):
        return True
    if number is None or number.unit is None or not _ROUND.match(token.text):
        return False
    rest = text[: token.start] + " " + text[token.end :]
    if number.value != 1 and any(not _ROUND.match(found) for found in _NUMBERS.findall(rest)):
        return False
    others = {unit for word in _WORDS.findall(rest) if (unit := unit_of(word)) is not None} - {number.unit}
    equals = text[token.end :].lstrip(" )")[:1] == "=" or text[: token.start].rstrip(" (")[-1:] == "="
    return bool(others) or equals


_ROUND = re.compile(r"^\(?10*(?:,000)*(?![\d.])")
"""One, ten, a hundred, a thousand."""
_NUMBERS = re.compile(r"\d[\d.,]*")
_WORDS = re.compile(r"[A-Za-z]+")
