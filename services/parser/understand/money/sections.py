"""Sections: what the heading over a list of charges says of its lines."""

import re
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from domain.quantity import Commodity, Unit
from domain.reading import UsageKind
from services.parser.understand.fields.context import commodity_in
from services.parser.understand.fields.guess import Guess, is_money
from services.parser.understand.layout.labels import is_prose
from services.parser.understand.layout.rows import overlap
from services.parser.understand.layout.tokens import Token
from services.parser.understand.metering.registers import kind_of, unit_in
from services.parser.understand.metering.usage import Total
from services.parser.understand.metering.voices import Amount
from services.parser.understand.money.headed import PARTS_MAX, Node
from services.parser.understand.money.sums import Forest, opened
from services.parser.understand.sight import Sight
from services.parser.understand.values.units import POWER_UNITS, USAGE_UNITS, unit_of

TIMES, TIMES_SCORE = frozenset({UsageKind.ON_PEAK, UsageKind.MID_PEAK, UsageKind.OFF_PEAK}), 0.6
TIMES_MIN = 2
SECTION_ROWS_MAX = 12
"""A section has so many lines under its heading at most."""
CODE_LETTERS_MAX, HEADING_WORDS_MAX = 2, 4
"""A letter or number before a heading is so long at most, and the heading so many words."""
SUMMED_MIN = 2
"""So many sections with a total of their own may stand beside one without."""
TOTALLED = frozenset({"new_charges", "commodity_cost"})
"""What the total of the charges of a bill or of its one service is called."""
TOLD_ROWS_MAX = 5
"""So many lines at most stand between a heading and the first charge under it."""
LOOSE_MIN = 2
"""One line may be any amount of the page."""
SUM_SCORE = 0.85
PAIR, TAXED_MIN, HEAD_ROWS = 2, 2, 3
"""So many lines of a list at least print an amount and the tax on it under one description."""
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


def beside_sections(forest: Forest, target: Decimal) -> tuple[Node, ...]:
    """Return the charges of all sections with the lines of one that prints no sum, where they make the target together.

    The lines stand right behind the total of another section, and no total is left out, so that they do not add up by chance.
    """
    for totals in forest.blocks[-1:]:
        sections = [node for node in totals if node.parts and node.amount < target]
        missing = target - sum((node.amount for node in sections), Decimal(0))
        if len(sections) < SUMMED_MIN or missing <= 0:
            continue
        own = {node.item.key for node in sections}
        for column in forest.roots:
            for at, node in enumerate(column):
                run = _run(column[at + 1 :], missing) if node.parts and node.item.key in own else ()
                if run:
                    return opened(forest, (*sections, *run))
    return ()


def closed_elsewhere(forest: Forest, target: Decimal) -> tuple[Node, ...]:
    """Return the charges of sections with those of a list beside them that ends in the sum of all (taxes right of two meters').

    The lines of that list stand right before the target, and with the totals of sections elsewhere they make it to the cent.
    """
    for column in forest.roots:
        for end, closing in enumerate(column):
            running = Decimal(0)
            for start in range(end - 1, -1, -1) if closing.amount == target and not closing.parts else ():
                line = column[start]
                if line.parts or line.item.total or not line.item.description:
                    break
                running += line.amount
                for sections in forest.groups.get(target - running, ()) if end - start >= LOOSE_MIN else ():
                    if all(len(one.parts) >= LOOSE_MIN for one in sections):
                        return opened(forest, (*sections, *column[start:end]))
    return ()


def _run(nodes: Sequence[Node], amount: Decimal) -> tuple[Node, ...]:
    """Return the first lines, described and without parts, that make an amount."""
    running = Decimal(0)
    for count, node in enumerate(nodes[:PARTS_MAX], start=1):
        if node.parts or node.item.total or not node.item.description:
            return ()
        running += node.amount
        if running == amount and count >= LOOSE_MIN:
            return tuple(nodes[:count])
    return ()


def sum_elsewhere(sight: Sight, due: Guess[Decimal], amount: Decimal) -> Guess[Decimal] | None:
    """Return what a summary charges, its taxes in a line of their own, where another place prints the sum (``Current`` by age).

    The lines of the summary already tell how much it is, so that no words have to.
    """
    printed = (token for token in sight.tokens.all() if is_money(token) and token.value == amount)
    return next((Guess(amount, one, SUM_SCORE) for one in printed if one.row != due.token.row), None)


def taxes_together(sight: Sight, forest: Forest, leaves: tuple[Node, ...]) -> tuple[Node, ...]:
    """Return charges told before tax (``Net | Tax | Gross``) with the taxes in one line, as their sum is printed."""
    rows: dict[tuple[int, int], list[Node]] = {}
    for leaf in leaves:
        rows.setdefault(leaf.item.key[:2], []).append(leaf)
    pairs = [pair for pair in rows.values() if len(pair) == len({one.item.description for one in pair}) + 1 == PAIR]
    added = {max(one.item.key for one in pair) for pair in pairs}
    if len(added) < TAXED_MIN:
        return leaves
    for node in forest.composites:
        if {one.item.key for one in node.leaves()} == added:
            head = _head_over(sight, min(added), node.item.token) or node.item.description
            taxes = Node(replace(node.item, description=head, total=False, concept=""))
            return (*(leaf for leaf in leaves if leaf.item.key not in added), taxes)
    return leaves


def _head_over(sight: Sight, place: tuple[int, int, float], token: Token) -> str:
    """Return the words that head the column of an amount, right over the first line of its list."""
    for index in range(place[1] - 1, place[1] - 1 - HEAD_ROWS, -1):
        row = sight.row(place[0], index)
        over = [s for s in row.segments if overlap(s.box, token.box) > 0] if row is not None else []
        if over and not sight.tokens.within(over[0]):
            return over[0].text
    return ""


def for_instalment(forest: Forest, leaves: tuple[Node, ...]) -> tuple[Node, ...]:
    """Return the charges with those that an instalment of a budget pays for in its place, where one total alone closes them.

    What else the bill asks for beside the instalment stays (``Budget plan 96.00``, ``Repair plan 8.99``).
    """
    paid = [leaf for leaf in leaves if leaf.item.concept == "budget"]
    own = {leaf.item.key for leaf in leaves}
    actual = [
        node
        for node in forest.composites
        if node.item.total and node.item.concept in TOTALLED and len(node.parts) >= LOOSE_MIN
        and not any(part.item.concept == "budget" or part.item.key in own for part in (node, *node.leaves()))
    ]  # fmt: skip
    if len(paid) != 1 or len({node.amount for node in actual}) != 1:
        return leaves
    charged = opened(forest, actual[:1])
    return (*charged, *(leaf for leaf in leaves if leaf is not paid[0])) if len(charged) > LOOSE_MIN else leaves


def heading_over(sight: Sight, token: Token) -> Commodity | None:
    """Return what the nearest line of words alone over an amount names: the heading of its section."""
    for index in range(token.row - 1, max(token.row - 1 - SECTION_ROWS_MAX, -1), -1):
        row = sight.row(token.page, index)
        if row is not None and not sight.tokens.on(row):
            alone = len(row.segments) == 1 and row.segments[0].box.left <= token.box.left
            return commodity_in(sight, row.segments[0].text) if alone else None
    return None


def headed_sum(sight: Sight, forest: Forest, commodity: Commodity) -> Node | None:
    """Return the largest sum whose lines begin right under a heading of a commodity and end before that of another."""
    found: list[Node] = []
    for node in forest.composites:
        lines = [part.item.key[:2] for part in node.leaves()]
        if len(lines) < SUMMED_MIN or len({page for page, _ in lines}) > 1:
            continue
        page, first, last = lines[0][0], min(row for _, row in lines), max(row for _, row in lines)
        within = {_headed(sight, page, row) for row in range(first, last)} - {None}
        told = _told_over(sight, page, first) is commodity and _of_one(sight, node, commodity)
        if told or (_headed(sight, page, first - 1) is commodity and not within):
            found.append(node)
    return max(found, key=lambda node: node.amount, default=None)


def _told_over(sight: Sight, page: int, first: int) -> Commodity | None:
    """Return what the heading over a list names where lines about its meter stand between (``Reading period``, ``Meter no.``).

    The company's tax number or the days may stand on the line of the heading.
    """
    for index in range(first - 1, max(first - 1 - TOLD_ROWS_MAX, -1), -1):
        row = sight.row(page, index)
        if row is None or any(is_money(token) for token in sight.tokens.on(row)):
            return None
        head = row.segments[0]
        alone = not sight.tokens.within(head) and len(head.words) <= HEADING_WORDS_MAX and not is_prose(head)
        if alone and (head.bold or head.text.isupper()) and (named := commodity_in(sight, head.text)) is not None:
            return named
    return None


def _of_one(sight: Sight, node: Node, commodity: Commodity) -> bool:
    """Tell whether no line of a sum names another service than its heading does."""
    named = {commodity_in(sight, leaf.item.description) for leaf in node.leaves()} - {None, commodity}
    others = any(sight.lexicon.means(leaf.item.description, "sewer", "other_service") for leaf in node.leaves())
    return not named and not others


def _headed(sight: Sight, page: int, index: int) -> Commodity | None:
    """Return what a line of words alone names, behind a letter or a number that counts it (``A | ELECTRICITY``)."""
    row = sight.row(page, index)
    words = (
        [one for one in row.segments if len(one.text) > CODE_LETTERS_MAX] if row and not sight.tokens.on(row) else []
    )
    return commodity_in(sight, words[0].text) if len(words) == 1 and len(words[0].words) <= HEADING_WORDS_MAX else None
