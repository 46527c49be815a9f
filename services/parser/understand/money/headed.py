"""Headed: sums whose parts stand in a column of their own, under them or beside the last."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from services.parser.understand.money.items import Item, ItemColumn

PARTS_MAX = 16
"""Charges under the line of their section."""


def headed(columns: Sequence[ItemColumn]) -> Iterator[tuple[Item, list[Item]]]:
    """Yield the sums that stand over their parts where these have a column of their own."""
    for column in columns:
        for at, item in enumerate(column.items):
            if item.balance or not item.amount:
                continue
            below = column.items[at + 1] if at + 1 < len(column.items) else None
            for other in columns:
                parts = _under(item, below, other.items) if other is not column else []
                parts = parts or (_beside(item, column.items[at - 1] if at else None, other.items))
                if parts:
                    yield item, parts


def _under(head: Item, end: Item | None, items: Sequence[Item]) -> list[Item]:
    """Return the first items under a head, and above the next one of its column, that add up to it; at least two."""
    parts: list[Item] = []
    running = Decimal(0)
    for item in items:
        if item.token.page != head.token.page or item.token.row <= head.token.row:
            continue
        if item.balance or len(parts) >= PARTS_MAX or (end is not None and item.key[:2] >= end.key[:2]):
            return []
        if item.amount:
            parts.append(item)
            running += item.amount
        if len(parts) > 1 and running == head.amount:
            return parts
    return []


def _beside(total: Item, before: Item | None, items: Sequence[Item]) -> list[Item]:
    """Return the lines of a column that add up to a sum printed right of the last of them, below the sum before; two or more."""
    parts: list[Item] = []
    running = Decimal(0)
    for item in reversed(items):
        if item.key[:2] > total.key[:2] or (not parts and item.key[:2] < total.key[:2]):
            continue
        right = item.token.box.right < total.token.box.left
        under = before is None or item.key[:2] > before.key[:2] or before.balance
        if not right or not under or item.balance or len(parts) >= PARTS_MAX or item.token.page != total.token.page:
            return []
        if item.amount:
            parts.insert(0, item)
            running += item.amount
        if len(parts) > 1 and running == total.amount:
            return parts
    return []
