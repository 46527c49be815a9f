"""Rates: the quantity and the price of one on the line of an amount that is their product."""

from decimal import Decimal

from services.parser.understand.layout.tokens import Token
from services.parser.understand.sight import Sight


def quantity_and_rate(sight: Sight, token: Token, edge: float) -> tuple[Token | None, Token | None]:
    """Return the quantity and the rate on the amount's line whose product is the amount."""
    numbers = [
        other
        for other in sight.tokens.on(token.segment)
        if other.number
        and other is not token
        and other.box.right <= token.box.left + 1
        and other.box.left >= edge
        and not other.number.percent
    ]
    best: tuple[Token, Token] | None = None
    slack = max(Decimal("0.012"), abs(token.value) * Decimal("0.0008"))
    for i, one in enumerate(numbers):
        for other in numbers[i + 1 :]:
            if abs(one.value * other.value - token.value) <= slack and token.value:
                quantity, rate = (one, other) if _looks_rate(other, one) else (other, one)
                best = (quantity, rate)
    return best or (None, None)


def shares(sight: Sight, token: Token, edge: float) -> bool:
    """Tell whether a share in percent stands between the words of a line and its amount."""
    before = [one for one in sight.tokens.on(token.segment) if edge <= one.box.left and one.box.right < token.box.left]
    return bool(before) and before[-1].number is not None and before[-1].number.percent


def _looks_rate(one: Token, other: Token) -> bool:
    """Tell whether the first of two tokens is the rate: it has a per-unit, or more decimals, or the other has a unit."""
    assert one.number is not None
    assert other.number is not None
    if one.number.per or other.number.per:
        return bool(one.number.per)
    if one.number.unit or other.number.unit:
        return bool(other.number.unit)
    return one.number.decimals >= other.number.decimals
