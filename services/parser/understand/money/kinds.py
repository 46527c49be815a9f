"""Kinds: what each charge is for, which commodity it belongs to, and whether a printed sum is all that its commodity costs."""

from collections.abc import Sequence
from decimal import Decimal

from domain.quantity import Commodity, Unit
from domain.reading import ChargeKind
from services.parser.understand.fields.context import Context, commodity_in
from services.parser.understand.fields.guess import close
from services.parser.understand.layout.tokens import Token
from services.parser.understand.money.headed import Node
from services.parser.understand.money.items import Item
from services.parser.understand.money.sums import Forest, open_total
from services.parser.understand.sight import Sight
from services.parser.understand.values.units import USAGE_UNITS

POWER_CONCEPTS = frozenset({"subscribed", "demand"})
HALVES = frozenset({(True, False), (False, True)})
"""What is delivered and what is supplied of a commodity."""
HALVES_NAMED = (("delivery", "supply"), ("supply", "delivery"))
LINES_MIN = 3
"""Where fewer lines are charged, one of them may be all of a commodity."""
TAXING = frozenset({ChargeKind.TAX, ChargeKind.FEE, ChargeKind.OTHER, ChargeKind.USAGE})
_KINDS = (
    ("credit", ChargeKind.CREDIT), ("tax", ChargeKind.TAX), ("adjustment", ChargeKind.ADJUSTMENT), ("demand", ChargeKind.DEMAND),
    ("service", ChargeKind.SERVICE), ("delivery", ChargeKind.DELIVERY), ("supply", ChargeKind.SUPPLY), ("fee", ChargeKind.FEE),
    ("usage", ChargeKind.USAGE),
)  # fmt: skip


def kind_of_charge(sight: Sight, item: Item) -> ChargeKind:
    """Return what a charge is for, from its words."""
    for meaning, kind in _KINDS:
        if sight.lexicon.means(item.description, meaning):
            if kind is ChargeKind.CREDIT and item.amount > 0:
                continue
            return kind
    return ChargeKind.CREDIT if item.amount < 0 else ChargeKind.USAGE if item.quantity is not None else ChargeKind.OTHER


def commodity_of_charge(sight: Sight, context: Context, item: Item) -> Commodity | None:
    """Return the commodity a charge belongs to: by its own words, its quantity's unit, its heading."""
    own = commodity_in(sight, item.description)
    if own is not None:
        return own
    unit = item.quantity.number.unit if item.quantity and item.quantity.number else None
    return (
        context.unit_commodity(unit, item.token.page, item.token.row)
        if unit
        else context.at(item.token.page, item.token.row)
    )


def mixed(sight: Sight, leaves: tuple[Node, ...], commodities: set[Commodity]) -> bool:
    """Tell whether lines of another commodity stand among the charges (sewer beside water)."""
    return any(
        own not in commodities and own is not Commodity.HEAT
        for leaf in leaves
        if (own := commodity_in(sight, leaf.item.description)) is not None
    )


def is_part(
    sight: Sight,
    forest: Forest,
    leaves: Sequence[Node],
    commodity: Commodity,
    told: Token,
    amount: Decimal,
    new: Decimal,
) -> bool:
    """Tell whether the sum of a bill's only commodity, printed at ``told``, is a part of its cost, which is all that is new."""
    if _one_of(sight, leaves, commodity, told) or _delivered_and_supplied(sight, forest, new):
        return True
    if no_whole(forest, leaves, amount, new):
        return True
    beside = _beside(forest, leaves, told, new) if amount != new else []
    return _only_taxes(sight, beside) or _supplied_beside(sight, leaves, beside)


def _one_of(sight: Sight, leaves: Sequence[Node], commodity: Commodity, told: Token) -> bool:
    """Tell whether what seems the cost of a bill's only commodity is one of its charges, many or all named by it."""
    mine = [leaf for leaf in leaves if leaf.item.token is told]
    named = all(commodity_in(sight, leaf.item.description) is commodity for leaf in leaves)
    many = len(leaves) >= LINES_MIN or (named and len(leaves) > 1)
    return many and bool(mine) and not any(leaf.parts for leaf in mine)


def _delivered_and_supplied(sight: Sight, forest: Forest, limit: Decimal) -> bool:
    """Tell whether the new charges are what one company delivered and another supplied, and nothing beside."""
    for node in forest.composites:
        halves = [
            tuple(sight.lexicon.means(part.item.description, half) for half in ("delivery", "supply"))
            for part in node.parts
        ]
        if node.amount == limit and len(halves) == len(HALVES) and set(halves) == HALVES:
            return True
    return False


def no_whole(forest: Forest, leaves: Sequence[Node], amount: Decimal, new: Decimal) -> bool:
    """Tell whether a printed sum cannot be all that a bill's only commodity costs.

    It is larger than what is new, which all lines make, by more than the credits (an old balance is in it), or it is the sum of
    energy alone, beside charges for power (``Total energía`` over ``Potencia``).
    """
    credited = -sum((leaf.amount for leaf in leaves if leaf.amount < 0), Decimal(0))
    if amount - new > credited and sum((leaf.amount for leaf in leaves), Decimal(0)) == new:
        return True
    inside = {leaf.item.key for node in forest.by_amount.get(amount, ()) for leaf in node.leaves()}
    power = [leaf for leaf in leaves if leaf.amount > 0 and leaf.item.concept in POWER_CONCEPTS]
    return amount < new and bool(inside) and bool(power) and not any(leaf.item.key in inside for leaf in power)


def _beside(forest: Forest, leaves: Sequence[Node], told: Token, new: Decimal) -> list[Node]:
    """Return the charges that stand beside a printed sum, where they make what is new together with it."""
    totals = [node for node in forest.composites if node.amount == told.value and node.item.token.text == told.text]
    inside = {leaf.item.key for node in totals[:1] for leaf in (*node.leaves(), *open_total(forest, node.amount))}
    beside = [leaf for leaf in leaves if leaf.item.key not in inside] if inside else []
    missing = new - told.value
    return beside if close(sum((leaf.amount for leaf in beside), Decimal(0)), missing, Decimal("0.02")) else []


def _only_taxes(sight: Sight, beside: Sequence[Node]) -> bool:
    """Tell whether what stands beside a commodity's printed total are taxes and fees on it, and nothing else.

    What is owed for paying late is the cost of no commodity.
    """
    return bool(beside) and all(
        kind_of_charge(sight, leaf.item) in TAXING and leaf.amount > 0
        and not sight.lexicon.means(leaf.item.description, "sold_beside", "fee_after")
        for leaf in beside
    )  # fmt: skip


def _supplied_beside(sight: Sight, leaves: Sequence[Node], beside: Sequence[Node]) -> bool:
    """Tell whether two companies bill one commodity, and the printed sum is that of one of them.

    A line beside it prices the same quantity as a line in it, or supply stands beside what was delivered, or the reverse.
    """
    outside = {id(leaf) for leaf in beside}
    inside = [leaf for leaf in leaves if id(leaf) not in outside]
    apart = [(_named(sight, beside, one), _named(sight, inside, other)) for one, other in HALVES_NAMED]
    other = any(all(pair) for pair in apart) and not all(_named(sight, inside, half) for half in HALVES_NAMED[0])
    return other or not _priced(beside).isdisjoint(_priced(inside))


def _named(sight: Sight, nodes: Sequence[Node], half: str) -> bool:
    return any(sight.lexicon.means(node.item.description, half) for node in nodes)


def _priced(nodes: Sequence[Node]) -> set[tuple[Decimal, Unit | None]]:
    tokens = [node.item.quantity for node in nodes if node.item.quantity is not None]
    return {(t.value, t.number.unit) for t in tokens if t.number and t.number.unit in USAGE_UNITS}
