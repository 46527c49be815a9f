"""Kinds: what each charge is for, and which commodity it belongs to."""

from domain.quantity import Commodity
from domain.reading import ChargeKind
from services.parser.understand.fields.context import Context, commodity_in
from services.parser.understand.money.headed import Node
from services.parser.understand.money.items import Item
from services.parser.understand.sight import Sight

POWER_CONCEPTS = frozenset({"subscribed", "demand"})
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
