"""Headed: sums and their parts: the lines that a total closes, those in a column of their own, net and tax on one line."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import combinations, pairwise

from services.parser.understand.layout.neighbours import Want
from services.parser.understand.layout.rows import overlap
from services.parser.understand.layout.tables import Table
from services.parser.understand.layout.tokens import Token
from services.parser.understand.money.items import Item, ItemColumn
from services.parser.understand.sight import Sight

ROUNDING_MAX = Decimal("0.02")
"""Bills that round each line may miss their own total by this much."""
GROUP_MAX = 40
PARTED_MIN = 3
"""Fewer lines, one of them twice, make a total by chance."""
SKIPS_MAX = 2
"""Lines that a total may leave out where they only inform."""
PARTS_MAX = 16
"""Charges under the line of their section."""
PARTS_MIN = 2
CASH_ROUNDING_MAX = Decimal("0.05")
"""What is paid in coins is rounded by less than the smallest of them (five centimes in Switzerland)."""


@dataclass(frozen=True, slots=True)
class Node:
    """An item and the parts that add up to it; without parts it is a leaf."""

    item: Item
    parts: tuple["Node", ...] = ()

    @property
    def amount(self) -> Decimal:
        """The printed amount."""
        return self.item.amount

    def leaves(self) -> Iterator["Node"]:
        """Yield the leaves under this node; a total that prints its own quantity and rate is itself one charge."""
        if not self.parts or self.item.priced:
            yield self
        else:
            for part in self.parts:
                yield from part.leaves()


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


def sum_behind(sight: Sight, tables: list[Table], token: Token, want: Want) -> Token:
    """Return the amount that closes the line of an amount as its sum with others, else the amount itself.

    That the amounts are parts of a sum is said by signs between them (``power 80.00 + tax 8.00``) or by a head of taxes over
    one: amounts of several bills or months side by side, too, may add up to the last of them.
    """
    behind = [one for one in sight.tokens.on(token.segment) if one.box.left >= token.box.left and want(one)]
    *parts, last = behind
    if len(parts) < PARTS_MIN or parts[0] is not token:
        return token
    missed = abs(sum((one.value for one in parts), -last.value))
    added = missed == 0 and _added(parts)
    return last if added or (missed < CASH_ROUNDING_MAX and _head_of_taxes(sight, tables, parts[-1])) else token


def taxed_lines(sight: Sight, tables: list[Table], columns: Sequence[ItemColumn]) -> Iterator[tuple[Item, list[Item]]]:
    """Yield the amounts that close a line as the sum of the net amount and the tax before them, under a head of taxes."""
    rows: dict[tuple[int, int], dict[float, Item]] = {}
    for column in columns:
        for item in column.items:
            rows.setdefault(item.key[:2], {}).setdefault(item.key[2], item)
    for row in rows.values():
        if len(row) <= PARTS_MIN:
            continue
        net, tax, gross = (row[right] for right in sorted(row)[-PARTS_MIN - 1 :])
        added = net.amount and tax.amount and net.amount + tax.amount == gross.amount
        head = _head_of_taxes(sight, tables, tax.token) if added and not gross.total else None
        if head is not None:
            yield gross, [net, replace(tax, description=f"{head} {tax.description}")]


def _added(parts: list[Token]) -> bool:
    """Tell whether a plus stands before each part but the first, all in one text."""
    return all(
        one.segment is other.segment and "+" in one.segment.text[one.end : other.start]
        for one, other in pairwise(parts)
    )


def _head_of_taxes(sight: Sight, tables: list[Table], token: Token) -> str | None:
    """Return the head of taxes that an amount stands under."""
    heads = (
        column.text
        for table in tables
        if table.page == token.page and table.header[0] < token.row <= table.body[-1].row.index
        for column in table.columns
        if overlap(column.box, token.box) > 0
    )
    return next((head for head in heads if sight.lexicon.means(head, "tax")), None)


def closed_by(stack: Sequence[Node], item: Item) -> tuple[list[Node], list[Node]]:
    """Return the stack and the last of its nodes that add up to the item, none where nothing does.

    A line over another of the same amount may have been taken for its head (``Customer Charge 10.30`` over ``2 x 5.15  10.30``):
    where a total wants both, the stack is returned with the two apart.
    """
    parts = _closing(stack, item)
    if parts or not item.total:
        return list(stack), parts
    parted = [one for node in stack for one in ((Node(node.item), *node.parts) if len(node.parts) == 1 else (node,))]
    parts = _closing(parted, item) if len(parted) > len(stack) else []
    if sum((node.amount for node in parts), Decimal(0)) == item.amount and len(parts) >= PARTED_MIN:
        return parted, parts
    return list(stack), _with_skips(list(stack[-GROUP_MAX:]), item)


def _closing(stack: Sequence[Node], item: Item) -> list[Node]:
    """Return the last nodes of the stack that add up to the item, each of them, or nothing."""
    near = list(stack[-GROUP_MAX:])
    tolerance = ROUNDING_MAX if item.total else Decimal(0)
    running = Decimal(0)
    best: list[Node] = []
    for count, node in enumerate(reversed(near), start=1):
        if not same_place(node.item, item):
            break
        running += node.amount
        enough = count >= 2 or (item.total and not node.parts and not node.item.total)
        if enough and abs(running - item.amount) <= (tolerance if count >= 3 else Decimal(0)):
            best = near[-count:]
            break
    if best and all(node.item.total and not node.parts for node in best):
        return _recapped(near, best, item.amount) or best
    return best


def _recapped(near: Sequence[Node], totals: Sequence[Node], amount: Decimal) -> list[Node]:
    """Return the lines right before some totals that make the same sum: the totals only sort them (``Water subtotal``)."""
    before = near[: len(near) - len(totals)]
    running = Decimal(0)
    for count, node in enumerate(reversed(before), start=1):
        running += node.amount
        if running == amount and count > len(totals):
            return list(before[-count:])
    return []


def same_place(one: Item, total: Item) -> bool:
    """Tell whether an item may belong to a total's column: on its page, or on the page beside it."""
    return abs(total.token.page - one.token.page) <= 1


def _with_skips(near: Sequence[Node], item: Item) -> list[Node]:
    """Return the group before a total that adds up when one or two of its lines are left out."""
    for count in range(3, min(len(near), 16) + 1):
        group = list(near[-count:])
        excess = sum((node.amount for node in group), Decimal(0)) - item.amount
        inner = group[1:]
        for skips in range(1, SKIPS_MAX + 1):
            for left_out in combinations(inner, skips):
                if sum((node.amount for node in left_out), Decimal(0)) == excess and count - skips >= 2:
                    kept = [node for node in group if not any(node is other for other in left_out)]
                    if all(not node.item.total or node.parts for node in kept):
                        return kept
    return []
