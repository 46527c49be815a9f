"""Amounts: those that end at one edge, as those of a column do, and the quantity and the price of one that make one of them."""

from decimal import Decimal

from services.parser.understand.layout.tokens import Token
from services.parser.understand.sight import Sight

ALIGNED_POINTS = 6.0
"""Amounts of one column end within this distance of each other."""


def clusters_of(tokens: list[Token]) -> list[list[Token]]:
    """Return the amounts by the edge that they end at; a sign of credit may hang out of its column."""
    clusters: list[list[Token]] = []
    hanging = [token for token in tokens if token.text[-1:].isalpha()]
    for token in sorted((token for token in tokens if not token.text[-1:].isalpha()), key=lambda one: one.box.right):
        if clusters and token.box.right - clusters[-1][-1].box.right <= ALIGNED_POINTS:
            clusters[-1].append(token)
        else:
            clusters.append([token])
    for token in hanging:
        # "CR" hangs out of its column on some bills and ends it on others.
        digits = token.box.right - (token.box.right - token.box.left) * _tail_share(token)
        edges = [
            c for c in clusters if any(abs(c[-1].box.right - x) <= ALIGNED_POINTS for x in (token.box.right, digits))
        ]
        if edges:
            max(edges, key=len).append(token)
        else:
            clusters.append([token])
    return clusters


def _tail_share(token: Token) -> float:
    """Return the share of a token's width behind its last digit."""
    text = token.text
    last = max((i for i, c in enumerate(text) if c.isdigit()), default=len(text) - 1)
    return 1 - (last + 1) / len(text)


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
