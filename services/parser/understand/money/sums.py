"""Sums: the tree of charges, found by adding up: which lines are the parts of which totals.

A total closes the lines before it that add up to it. The tree of the new charges is then opened as far as its parts
can be found, also where a summary page names one line and a later page its parts.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from itertools import accumulate, chain, pairwise

from services.parser.understand.money.headed import GROUP_MAX, PARTS_MAX, Node, closed_by, headed, same_place
from services.parser.understand.money.items import Item, ItemColumn

ROOTS_MAX, BLOCKS_MAX = 14, 6
"""Of so many totals of blocks so many make a sum at most."""
DEPTH_MAX = 8
HEADING_DEPTH_MAX = 2
"""Sums over their parts are nested at most so deep."""
REGROUPED = range(2, 5)
"""So many first lines of a summary a longer list may tell anew."""
RETOLD_MIN = 2
"""A list that tells only one line of a summary again does so by chance."""


@dataclass(frozen=True)
class Forest:
    """All nodes of the document: the roots of each column, and every node that has parts.

    ``blocks`` holds the totals of each column that has some, then those of all columns where several have.
    """

    roots: tuple[tuple[Node, ...], ...]
    composites: tuple[Node, ...]
    blocks: tuple[tuple[Node, ...], ...]

    @cached_property
    def groups(self) -> Mapping[Decimal, Sequence[tuple[Node, ...]]]:
        """Sets of totals of one block by what they add up to, the smaller sets first: asked for each charge of a document."""
        by_sum: dict[Decimal, list[tuple[Node, ...]]] = {}
        for totals in self.blocks:
            sets: list[tuple[Decimal, tuple[Node, ...], int]] = [
                (one.amount, (one,), at) for at, one in enumerate(totals)
            ]
            for _ in range(1, min(len(totals), BLOCKS_MAX)):
                sets = [
                    (amount + totals[further].amount, (*group, totals[further]), further)
                    for amount, group, last in sets
                    for further in range(last + 1, len(totals))
                ]
                for amount, group, _last in sets:
                    by_sum.setdefault(amount, []).append(group)
        return by_sum

    @cached_property
    def by_amount(self) -> Mapping[Decimal, Sequence[Node]]:
        """The nodes that have parts by what they add up to, in their order."""
        found: dict[Decimal, list[Node]] = {}
        for node in self.composites:
            found.setdefault(node.amount, []).append(node)
        return found

    @cached_property
    def runs(self) -> Sequence[Sequence[Mapping[Decimal, int]]]:
        """Where the first run of lines ends that makes an amount, by the column and the place in it where the run begins."""
        found: list[list[dict[Decimal, int]]] = []
        for column in self.roots:
            lines = (column[start : start + PARTS_MAX] for start in range(len(column) + 1))
            sums = [list(enumerate(accumulate(node.amount for node in run), start)) for start, run in enumerate(lines)]
            found.append([{running: end for end, running in reversed(run)} for run in sums])
        return found


Headings = dict[tuple[int, int], tuple[Node, int]]
"""The node that begins at a place of a column, by place and depth, and the place after it."""


def build(columns: Sequence[ItemColumn], taxed: Iterable[tuple[Item, list[Item]]] = ()) -> Forest:
    """Return the forest of sums of all columns; lines ``taxed`` are sums, too, where a list elsewhere makes a net one of them."""
    roots: list[tuple[Node, ...]] = []
    composites: list[Node] = []
    for column in columns:
        stack: list[Node] = []
        items = [item for item in column.items if item.amount != 0 and not item.balance]
        headings: Headings = {}
        at = 0
        while at < len(items):
            item = items[at]
            at += 1
            before, (stack, parts) = stack, closed_by(stack, item)
            if len(stack) > len(before):
                left = set(map(id, stack))
                parted = {id(node) for node in before if id(node) not in left}
                composites = [node for node in composites if id(node) not in parted]
            if parts:
                kept = set(map(id, parts))
                first = next(i for i, node in enumerate(stack) if id(node) in kept)
                stack = stack[:first] + [node for node in stack[first:] if id(node) not in kept]
                node = Node(item, tuple(parts))
                composites.append(node)
            else:
                node, at = _heading(items, at - 1, 0, headings)
                composites.extend(_with_parts(node))
            stack.append(node)
        roots.append(tuple(stack))
    known, lines = {node.amount for node in composites}, list(taxed)
    lines = lines if any(net.amount in known for _, (net, *_) in lines) else []
    composites.extend(Node(item, tuple(map(Node, parts))) for item, parts in chain(headed(columns), lines))
    return Forest(tuple(roots), tuple(composites), _side_by_side(roots))


def _heading(items: Sequence[Item], at: int, depth: int, headings: Headings) -> tuple[Node, int]:
    """Return the node that begins there and the place after it: a sum printed over its parts takes these with it.

    Each sum above tries its parts anew, so ``headings`` holds what was found at each place and depth.
    """
    if (at, depth) not in headings:
        headings[at, depth] = _heading_at(items, at, depth, headings)
    return headings[at, depth]


def _heading_at(items: Sequence[Item], at: int, depth: int, headings: Headings) -> tuple[Node, int]:
    item = items[at]
    plain = Node(item), at + 1
    if (
        item.priced
        or depth > HEADING_DEPTH_MAX
        or at + 1 >= len(items)
        or abs(items[at + 1].amount) > abs(item.amount) * 3
    ):
        return plain
    parts: list[Node] = []
    running, place = Decimal(0), at + 1
    while place < len(items) and len(parts) < GROUP_MAX:
        if items[place].total or not same_place(item, items[place]):
            return plain
        node, place = _heading(items, place, depth + 1, headings)
        parts.append(node)
        running += node.amount
        if running == item.amount:
            alone = len(parts) == 1 and not (
                node.item.priced or (item.token.segment.bold and not node.item.token.segment.bold)
            )
            return plain if alone else (Node(item, tuple(parts)), place)
    return plain


def _with_parts(node: Node) -> Iterator[Node]:
    """Yield the node and the nodes under it that have parts."""
    if node.parts:
        yield node
        for part in node.parts:
            yield from _with_parts(part)


def open_total(forest: Forest, target: Decimal) -> tuple[Node, ...]:
    """Return the leaves that add up to the target, opened as far as the document allows, or nothing."""
    options = [opened(forest, (node,)) for node in forest.by_amount.get(target, ())]
    options += [
        tuple(leaf for node in group for leaf in _opened(forest, node, frozenset(), 0))
        for group in chain(_root_groups(forest, target), _alike(forest, target))
    ]
    options = [_regrouped(forest, option) for option in options]
    options = [retold for option in options for retold in (_retold(forest, option), option) if _distinct(retold)]
    return max(options, key=_told, default=())


def opened(forest: Forest, nodes: Sequence[Node]) -> tuple[Node, ...]:
    """Return the leaves of lines that together are what is new, each opened as far as the document allows.

    Nothing is opened where one list would open two of them (``Water 64.40``, ``Sewer 64.40``).
    """
    leaves = tuple(leaf for node in nodes for leaf in _opened(forest, node, frozenset(), 0))
    return leaves if _distinct(leaves) else tuple(leaf for node in nodes for leaf in node.leaves())


def _regrouped(forest: Forest, leaves: tuple[Node, ...]) -> tuple[Node, ...]:
    """Return leaves with the first of them opened together by the total of a list that tells them by other names."""
    own = {leaf.item.key for leaf in leaves}
    for count in (one for one in REGROUPED if one < len(leaves)):
        together = sum((leaf.amount for leaf in leaves[:count]), Decimal(0))
        for node in forest.by_amount.get(together, ()):
            if not node.item.total:
                continue
            parts = tuple(node.leaves())
            if len(parts) > count and own.isdisjoint(part.item.key for part in parts):
                return (*parts, *leaves[count:])
    return leaves


def _retold(forest: Forest, leaves: tuple[Node, ...]) -> tuple[Node, ...]:
    """Return leaves of a summary opened by a list elsewhere that tells them again in their order, line by line of it.

    A single sum may fit by chance; a list is a detail only where runs of its lines, one behind the other, make two or more of
    the summary's lines and the list is longer than these.
    """
    own = {leaf.item.key for leaf in leaves}
    best: dict[int, tuple[Node, ...]] = {}
    for column, ends in zip(forest.roots, forest.runs, strict=True):
        if sum(node.item.key in own for node in column) > 1:
            continue
        for start in range(len(column)):
            found = _runs(leaves, column, ends, start)
            if _weight(found) > _weight(best):
                best = found
    if len(best) < RETOLD_MIN or _weight(best) <= len(best):
        return leaves
    return tuple(
        node
        for at, leaf in enumerate(leaves)
        for part in best.get(at, (leaf,))
        for node in (_opened(forest, part, frozenset(), 0) if at in best else (part,))
    )


def _weight(runs: dict[int, tuple[Node, ...]]) -> int:
    return sum(map(len, runs.values())) if len(runs) >= RETOLD_MIN else 0


def _runs(
    leaves: tuple[Node, ...], column: tuple[Node, ...], ends: Sequence[Mapping[Decimal, int]], start: int
) -> dict[int, tuple[Node, ...]]:
    """Return, by the place of each leaf that a run makes, the runs that follow each other from a place of a column."""
    found: dict[int, tuple[Node, ...]] = {}
    for at, leaf in enumerate(leaves):
        end = ends[start].get(leaf.amount)
        if end is not None:
            found[at] = column[start : end + 1]
            start = end + 1
    return found


def _told(leaves: tuple[Node, ...]) -> tuple[int, int, int]:
    """Return how much leaves tell: those with words first, few without, on an early page."""
    described = sum(bool(leaf.item.description) for leaf in leaves)
    return described, described - len(leaves), -leaves[0].item.token.page


def _distinct(leaves: tuple[Node, ...]) -> bool:
    return len({leaf.item.key for leaf in leaves}) == len(leaves)


def _opened(forest: Forest, node: Node, seen: frozenset[int], depth: int) -> tuple[Node, ...]:
    """Return the leaves of a node, each leaf replaced by the parts that another place of the document gives it."""
    if depth > DEPTH_MAX:
        return (node,)
    leaves = list(node.leaves())
    if len(leaves) == 1 and leaves[0] is node:
        replacement = None if node.item.priced else _elsewhere(forest, node, seen)
        if replacement is None:
            return (node,)
        parts = replacement
    else:
        parts = leaves
    opened: list[Node] = []
    for part in parts:
        opened.extend(_opened(forest, part, seen | {id(node)}, depth + 1))
    return tuple(opened)


def _elsewhere(forest: Forest, node: Node, seen: frozenset[int]) -> list[Node] | None:
    """Return nodes of another place that make up the same amount: a detail block, or several blocks' totals."""
    for other in forest.by_amount.get(node.amount, ()):
        if other is not node and id(other) not in seen and not _inside(other, node):
            parts = list(other.leaves())
            if node.item.description and 2 * sum(part.item.dated for part in parts) >= len(parts):
                continue  # a list of months says less than the line that it makes
            return parts
    for group in _root_groups(forest, node.amount):
        if not any(_inside(one, node) or one is node for one in group):
            return list(group)
    return None


def _alike(forest: Forest, target: Decimal) -> Iterator[tuple[Node, ...]]:
    """Yield the totals of one column that share their words and add up to the target: one an account or a meter."""
    for column in forest.roots:
        named: dict[str, list[Node]] = {}
        for node in column:
            if node.parts:
                named.setdefault("".join(c for c in node.item.description.lower() if c.isalpha()), []).append(node)
        for group in named.values():
            if len(group) > 1 and _make(group, target):
                yield tuple(group)


def _make(group: Sequence[Node], target: Decimal) -> bool:
    """Tell whether totals add up to the target; what was owed and what was paid of it cancel out and are no charges."""
    amounts = {node.amount for node in group}
    return sum((node.amount for node in group), Decimal(0)) == target and not any(
        one and -one in amounts for one in amounts
    )


def _blocks(column: Sequence[Node]) -> list[Node]:
    """Return the sums of a column, with those of one line that says the same amount as the line before it."""
    alike = [
        Node(other.item, (one,))
        for one, other in pairwise(column)
        if one.amount == other.amount and not one.parts and not other.parts
    ]
    sums = [node for node in column if node.parts]
    return sorted([*sums, *alike], key=lambda node: node.item.key[:2]) if sums else []


def _side_by_side(roots: Sequence[Sequence[Node]]) -> tuple[tuple[Node, ...], ...]:
    """Return the first totals of each column that has some, then those of all columns where several have."""
    listed = [tuple(totals[:ROOTS_MAX]) for column in roots if (totals := _blocks(column))]
    across: dict[tuple[int, int, float], Node] = {}
    for node in chain.from_iterable(listed):
        across.setdefault(node.item.key, node)
    return (*listed, tuple(across.values())[:ROOTS_MAX]) if len(listed) > 1 else tuple(listed)


def _inside(tree: Node, node: Node) -> bool:
    return tree is node or any(_inside(part, node) for part in tree.parts)


def _root_groups(forest: Forest, target: Decimal) -> Iterator[tuple[Node, ...]]:
    """Yield sets of block totals that add up to the target: totals with parts, of one column, else of columns side by side."""
    for group in forest.groups.get(target, ()):
        if _make(group, target):
            yield group
