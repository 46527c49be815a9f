"""Headed: sums whose parts stand in a column of their own, under them or beside the last."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from services.parser.understand.money.items import Item, ItemColumn

PARTS_MAX = 16
"""Charges under the line of their section."""


def headed(columns: Sequence[ItemColumn]) -> Iterator[tuple[Item, list[Item]]]:
    """Yield the sums that stand over their parts where these have a column of their own."""
    places = [[(item.token.page, item.token.row) for item in column.items] for column in columns]
    ends = [{place: at + 1 for at, place in enumerate(own)} for own in places]
    for column, own in zip(columns, places, strict=True):
        for at, item in enumerate(column.items):
            if item.balance or not item.amount:
                continue
            below = column.items[at + 1] if at + 1 < len(column.items) else None
            before = column.items[at - 1] if at else None
            for other, theirs, end in zip(columns, places, ends, strict=True):
                parts = _under(item, below, other.items, theirs) if other is not column else []
                parts = parts or _beside(item, before, other.items, end.get(own[at], 0))
                if parts:
                    yield item, parts


def _under(head: Item, end: Item | None, items: Sequence[Item], places: Sequence[tuple[int, int]]) -> list[Item]:
    """Return the first items under a head, and above the next one of its column, that add up to it; at least two.

    ``places`` are the pages and rows of the items.
    """
    parts: list[Item] = []
    running = Decimal(0)
    page, row = head.token.page, head.token.row
    last = end.key[:2] if end is not None else None
    for item, place in zip(items, places, strict=True):
        if place[0] != page or place[1] <= row:
            continue
        if item.balance or len(parts) >= PARTS_MAX or (last is not None and place >= last):
            return []
        if item.amount:
            parts.append(item)
            running += item.amount
        if len(parts) > 1 and running == head.amount:
            return parts
    return []


def _beside(total: Item, before: Item | None, items: Sequence[Item], end: int) -> list[Item]:
    """Return the lines of a column that add up to a sum printed right of the last of them, below the sum before; two or more.

    The column's items on the sum's own line end before ``end``; none is there where it is zero.
    """
    parts: list[Item] = []
    running = Decimal(0)
    for at in range(end - 1, -1, -1):
        item = items[at]
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
