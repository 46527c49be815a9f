"""Sections: what the heading over a list of charges says of its lines."""

import re
from dataclasses import replace
from decimal import Decimal

from domain.quantity import Commodity, Unit
from domain.reading import UsageKind
from services.parser.understand.fields.guess import is_money
from services.parser.understand.layout.labels import is_prose
from services.parser.understand.layout.tokens import Token
from services.parser.understand.metering.registers import kind_of, unit_in
from services.parser.understand.metering.usage import Total
from services.parser.understand.metering.voices import Amount
from services.parser.understand.money.sums import Node
from services.parser.understand.sight import Sight
from services.parser.understand.values.units import POWER_UNITS, USAGE_UNITS, unit_of

TIMES, TIMES_SCORE = frozenset({UsageKind.ON_PEAK, UsageKind.MID_PEAK, UsageKind.OFF_PEAK}), 0.6
TIMES_MIN = 2
LINES_MAX = 6
"""A heading with a unit speaks for so few lines."""
WORDS_MAX = 5
_BRACKETED = re.compile(r"\(([^()]{1,8})\)$")


def with_unit(sight: Sight, leaf: Node) -> Node:
    """Return a charge whose quantity prints no unit with that of its section's heading (``Energy (KWH)``)."""
    quantity = leaf.item.quantity
    if quantity is None or quantity.number is None or quantity.number.unit is not None or not leaf.item.priced:
        return leaf
    page, row = quantity.page, quantity.row
    bracketed = _BRACKETED.search(leaf.item.description)
    if (unit := _unit_beside(sight, quantity) or (unit_of(bracketed[1]) if bracketed else None)) is not None:
        return _counted(leaf, quantity, unit)
    for index in range(row - 1, max(row - 1 - LINES_MAX, -1), -1):
        above = sight.row(page, index)
        if above is None:
            return leaf
        if any(is_money(token) for token in sight.tokens.on(above)):
            continue
        head = above.segments[0]
        unit = unit_in(head.text) if head.text.endswith(")") and not is_prose(head) else None
        if len(above.segments) > 1 or len(head.words) > WORDS_MAX or unit not in USAGE_UNITS | POWER_UNITS:
            return leaf
        return _counted(leaf, quantity, unit)
    return leaf


def _unit_beside(sight: Sight, quantity: Token) -> Unit | None:
    """Return the unit in a column of its own right behind a quantity (``2,400 | kWh``)."""
    row = sight.row(quantity.page, quantity.row)
    beside = row.segments[quantity.segment.index + 1] if row and quantity.segment is not row.segments[-1] else None
    unit = unit_of(beside.text) if beside is not None and quantity.text == quantity.segment.text else None
    return unit if unit in USAGE_UNITS | POWER_UNITS else None


def _counted(leaf: Node, quantity: Token, unit: Unit | None) -> Node:
    assert quantity.number is not None
    token = replace(quantity, number=replace(quantity.number, unit=unit))
    return replace(leaf, item=replace(leaf.item, quantity=token))


def of_times(sight: Sight, leaves: tuple[Node, ...]) -> list[Total]:
    """Return the energy that is priced by times of the day alone, each time once, where nothing prints the whole."""
    parts: dict[UsageKind, Token] = {}
    for leaf in leaves:
        token = leaf.item.quantity
        if token is None or token.number is None or token.number.unit is not Unit.KWH:
            continue
        kind = kind_of(sight, leaf.item.description)
        if kind not in TIMES or parts.get(kind, token).value != token.value:
            return []
        parts.setdefault(kind, token)
    if len(parts) < TIMES_MIN:
        return []
    whole = Amount(sum((token.value for token in parts.values()), Decimal(0)), Unit.KWH, Commodity.ELECTRICITY)
    return [Total(whole, next(iter(parts.values())), TIMES_SCORE, 1, made=True)]
