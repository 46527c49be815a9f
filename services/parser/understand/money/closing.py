"""Closing: the lines before a total that add up to it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import combinations

from services.parser.understand.money.items import Item

ROUNDING_MAX = Decimal("0.02")
"""Bills that round each line may miss their own total by this much."""
GROUP_MAX = 40
PARTED_MIN = 3
"""Fewer lines, one of them twice, make a total by chance."""
SKIPS_MAX = 2
"""Lines that a total may leave out where they only inform."""


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
