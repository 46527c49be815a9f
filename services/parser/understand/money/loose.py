"""Loose lines: charges that no total of the bill closes, a section without a sum or what an instalment pays for."""

from collections.abc import Sequence
from decimal import Decimal

from services.parser.understand.money.sums import PARTS_MAX, Forest, Node, opened

SECTIONS_MIN = 2
"""So many sections with a total of their own may stand beside one without."""
CHARGED = frozenset({"new_charges", "commodity_cost"})
"""What the total of the charges of a bill or of its one service is called."""
LINES_MIN = 2
"""One line may be any amount of the page."""


def beside_sections(forest: Forest, target: Decimal) -> tuple[Node, ...]:
    """Return the charges of all sections with the lines of one that prints no sum, where they make the target together.

    The lines stand right behind the total of another section, and no total is left out, so that they do not add up by chance.
    """
    for totals in forest.blocks[-1:]:
        sections = [node for node in totals if node.parts and node.amount < target]
        missing = target - sum((node.amount for node in sections), Decimal(0))
        if len(sections) < SECTIONS_MIN or missing <= 0:
            continue
        own = {node.item.key for node in sections}
        for column in forest.roots:
            for at, node in enumerate(column):
                run = _run(column[at + 1 :], missing) if node.parts and node.item.key in own else ()
                if run:
                    return opened(forest, (*sections, *run))
    return ()


def _run(nodes: Sequence[Node], amount: Decimal) -> tuple[Node, ...]:
    """Return the first lines, described and without parts, that make an amount."""
    running = Decimal(0)
    for count, node in enumerate(nodes[:PARTS_MAX], start=1):
        if node.parts or node.item.total or not node.item.description:
            return ()
        running += node.amount
        if running == amount and count >= LINES_MIN:
            return tuple(nodes[:count])
    return ()


def for_instalment(forest: Forest, leaves: tuple[Node, ...]) -> tuple[Node, ...]:
    """Return the charges with those that an instalment of a budget pays for in its place, where one total alone closes them.

    What else the bill asks for beside the instalment stays (``Budget plan 96.00``, ``Repair plan 8.99``).
    """
    paid = [leaf for leaf in leaves if leaf.item.concept == "budget"]
    own = {leaf.item.key for leaf in leaves}
    actual = [
        node
        for node in forest.composites
        if node.item.total and node.item.concept in CHARGED and len(node.parts) >= LINES_MIN
        and not any(part.item.concept == "budget" or part.item.key in own for part in (node, *node.leaves()))
    ]  # fmt: skip
    if len(paid) != 1 or len({node.amount for node in actual}) != 1:
        return leaves
    charged = opened(forest, actual[:1])
    return (*charged, *(leaf for leaf in leaves if leaf is not paid[0])) if len(charged) > LINES_MIN else leaves
