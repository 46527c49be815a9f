"""Charges: the leaves of the sum made into charges, and what each commodity costs."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType

from domain.quantity import Commodity
from domain.reading import ChargeKind
from services.parser.understand.fields.context import Context, commodities_in, commodity_in
from services.parser.understand.fields.guess import Guess, close, is_money
from services.parser.understand.layout.labels import Label, name_text
from services.parser.understand.layout.neighbours import values_for
from services.parser.understand.layout.tokens import Token
from services.parser.understand.lexicon import spaced
from services.parser.understand.money.headed import Node
from services.parser.understand.money.items import Item
from services.parser.understand.money.kinds import is_part, kind_of_charge, mixed
from services.parser.understand.money.sections import headed_sum, heading_over
from services.parser.understand.money.sums import Forest
from services.parser.understand.sight import Sight

TWO_BILLS_PARTS_MIN = 3
COMPARED_ROWS, COMPARED_GAP_HEIGHTS = 5, 1.6
"""A comparison's heads stand so far over its lines at most."""
NAME_WORDS_MAX = 2
"""A line that names no more than a commodity has so few words (``Electric``, ``Natural gas``)."""
JOINED_WORDS = 2
"""Supply and delivery stand so close where one line is of both (``Gas Supply + Delivery``)."""
WHOLE_SCORE = 0.7
"""How surely the printed sum of water and sewer is meant where water alone has none."""
SECTIONS_MIN = 2
"""A list by service has so many sections."""
_REMARK = re.compile(r"\([^()]*\)")


Place = tuple[int, int]
"""A line, by its page (from 1) and row."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What one commodity costs, and where it is printed."""

    commodity: Commodity
    amount: Decimal
    token: Token
    score: float
    parts: tuple[Token, ...] = ()
    """Where its parts are printed, if only these are."""


def decide_costs(
    sight: Sight,
    context: Context,
    forest: Forest,
    leaves: tuple[Node, ...],
    new: Guess[Decimal] | None,
    commodities: set[Commodity],
    days: int | None = None,
    metered: Mapping[Commodity, Sequence[Place]] = MappingProxyType({}),
) -> list[Cost]:
    """Return the cost of each commodity that the bill names.

    A total line of the commodity wins; a bill of one commodity costs its new charges; else the lines that are plainly
    the commodity's, where one line is all of it: it stands alone on a short bill, or ends the line of its meter's reads.
    ``metered`` holds the lines of the meters of each commodity.
    """
    costs: list[Cost] = []
    summed = False
    limit = new.value if new else None
    if limit is not None and (told := _of_parts(sight, forest, limit)):
        return told
    for commodity in (Commodity.ELECTRICITY, Commodity.GAS, Commodity.WATER, Commodity.SEWER, Commodity.HEAT):
        printed = _printed_total(sight, context, forest, commodity, limit, new.token if new else None)
        if printed is None or _daily(printed, limit, days):
            continue
        whole = _of_all_its_lines(sight, forest, leaves, printed)
        summed = summed or whole is not printed
        if whole is not printed or not _beside_its_use(sight, leaves, printed):
            costs.append(whole)
    named = {cost.commodity for cost in costs}
    rest = commodities - named
    if len(commodities | named) == 1 and new is not None and not mixed(sight, leaves, commodities | named):
        commodity = next(iter(commodities | named))
        if not costs and any(_beside_it(sight, leaf.item) for leaf in leaves):
            section = headed_sum(sight, forest, commodity)
            if section is not None and section.amount < new.value:
                return [Cost(commodity, section.amount, section.item.token, 0.8)]
        if summed:
            return costs  # each line beside those of the commodity names a service of its own
        if not costs or is_part(sight, forest, leaves, commodity, costs[0].token, costs[0].amount, new.value):
            return [Cost(commodity, new.value, new.token, 0.85)]
        return costs
    costs.extend(_by_headings(context, forest, costs, rest, limit))
    for commodity in sorted(rest - {cost.commodity for cost in costs}):
        made = _of_two_bills(sight, forest, commodity, limit) or _of_lines(sight, forest, leaves, commodity)
        if made is None and (section := headed_sum(sight, forest, commodity)) is not None:
            made = Cost(commodity, section.amount, section.item.token, 0.8)
        if made is not None:
            costs.append(made)
            continue
        mine = [leaf for leaf in leaves if commodity_in(sight, leaf.item.description) is commodity]
        places = metered.get(commodity, ())
        beside = [leaf for leaf in leaves if (leaf.item.token.page, leaf.item.token.row) in places]
        if len(mine) == 1 and len(leaves) <= 4:
            costs.append(Cost(commodity, mine[0].amount, mine[0].item.token, 0.8))
        elif len(places) == len(beside) == 1 and all(leaf is beside[0] for leaf in mine):
            costs.append(Cost(commodity, beside[0].amount, beside[0].item.token, 0.8))
    rest -= {cost.commodity for cost in costs}
    return [*costs, *(_by_sections(sight, forest, rest) if rest else ())]


def _beside_its_use(sight: Sight, leaves: tuple[Node, ...], cost: Cost) -> bool:
    """Tell whether what seems a commodity's cost is its fixed charge: another line charges its use (``Water usage``)."""
    fixed = [leaf for leaf in leaves if leaf.item.token is cost.token and not leaf.parts and leaf.item.quantity is None]
    return bool(fixed) and any(
        leaf is not fixed[0]
        and leaf.item.concept == "usage"
        and commodity_in(sight, leaf.item.description) is cost.commodity
        for leaf in leaves
    )


def _beside_it(sight: Sight, item: Item) -> bool:
    """Tell whether a line is of a service that no meter counts (``Refuse``), and no fee or tax."""
    words = item.description
    plainly = kind_of_charge(sight, item) in (ChargeKind.OTHER, ChargeKind.USAGE, ChargeKind.SERVICE)
    return plainly and commodity_in(sight, words) is None and sight.lexicon.means(words, "other_service")


def _of_parts(sight: Sight, forest: Forest, limit: Decimal) -> list[Cost]:
    """Return the parts of the new charges as costs where each of them names a commodity of its own and nothing else is beside."""
    for node in forest.composites:
        named = [(commodity_in(sight, part.item.description), part) for part in node.parts]
        kinds = {commodity for commodity, _ in named}
        if node.amount == limit and len(kinds) == len(named) > 1 and None not in kinds:
            return [Cost(one, part.amount, part.item.token, 0.9) for one, part in named if one is not None]
    return []


def _by_headings(
    context: Context, forest: Forest, known: list[Cost], wanted: set[Commodity], limit: Decimal | None
) -> list[Cost]:
    """Return the bare totals under headings of commodities, where they and the known costs make up all that is new."""
    found: dict[Commodity, Node] = {}
    for node in forest.composites:
        commodity = context.heading_at(node.item.token.page, node.item.token.row)
        if commodity in wanted and node.item.total and node.amount != limit:
            found[commodity] = max(found.get(commodity, node), node, key=lambda one: one.amount)
    whole = sum((cost.amount for cost in known), Decimal(0)) + sum((n.amount for n in found.values()), Decimal(0))
    if limit is None or set(found) != wanted or not close(whole, limit):
        return []
    return [Cost(commodity, node.amount, node.item.token, 0.8) for commodity, node in sorted(found.items())]


def _by_sections(sight: Sight, forest: Forest, wanted: set[Commodity]) -> list[Cost]:
    """Return what the sections of a list cost, one amount each, where these add up (``Gas Services`` over ``Usage 14.31``)."""
    best: list[Cost] = []
    for node in forest.composites:
        named = [(heading_over(sight, part.item.token), part) for part in node.parts]
        kinds = [commodity for commodity, _ in named if commodity is not None]
        if len(set(kinds)) < SECTIONS_MIN or len(set(kinds)) < len(kinds):
            continue
        found = [
            Cost(one, part.amount, part.item.token, 0.8) for one, part in named if one in wanted and one is not None
        ]
        best = max(best, found, key=len)
    return best


def _of_two_bills(sight: Sight, forest: Forest, commodity: Commodity, limit: Decimal | None) -> Cost | None:
    """Return what delivery and supply cost together where the summary of the new charges prints each, and no sum of both."""
    for node in forest.composites:
        if node.amount != limit or len(node.parts) < TWO_BILLS_PARTS_MIN:
            continue
        named = [(commodity_in(sight, part.item.description), part) for part in node.parts if part.amount]
        mine = [part for own, part in named if own is commodity]
        delivered = any(sight.lexicon.means(part.item.description, "delivery") for part in mine)
        supplied = any(sight.lexicon.means(part.item.description, "supply") for part in mine)
        if len(mine) > 1 and delivered and supplied and all(own is not None for own, _ in named):
            tokens = tuple(part.item.token for part in mine)
            return Cost(commodity, sum((part.amount for part in mine), Decimal(0)), tokens[0], 0.8, tokens)
    return None


def _of_all_its_lines(sight: Sight, forest: Forest, leaves: tuple[Node, ...], cost: Cost) -> Cost:
    """Return a cost, or that of all lines of its commodity where it is only one of them (``Water usage``, ``Water service``)."""
    single = any(leaf.item.token is cost.token and not leaf.parts for leaf in leaves)
    summed = _of_lines(sight, forest, leaves, cost.commodity) if single else None
    return summed if summed is not None and cost.token in summed.parts else cost


def _of_lines(sight: Sight, forest: Forest, leaves: tuple[Node, ...], commodity: Commodity) -> Cost | None:
    """Return what the lines that name a commodity cost together, where each other line names a service of its own.

    Where one printed sum is of water and sewer, it is what water costs, unless one line is all of the water.
    """
    mine = [leaf for leaf in leaves if commodity_in(sight, leaf.item.description) is commodity]
    whole = {
        node.amount: node
        for node in (_all_of(forest) if commodity is Commodity.WATER and len(mine) != 1 else ())
        if sight.lexicon.means(node.item.description, "water") and sight.lexicon.means(node.item.description, "sewer")
        and (node.item.total or _commodity_line(sight, node.item)) and all(node is not leaf for leaf in leaves)
    }  # fmt: skip
    if len(whole) == 1:
        node = next(iter(whole.values()))
        return Cost(commodity, node.amount, node.item.token, WHOLE_SCORE)
    others = [leaf for leaf in leaves if leaf not in mine]
    if not mine or not others or not all(sight.lexicon.means(o.item.description, "other_service") for o in others):
        return None
    tokens = tuple(leaf.item.token for leaf in mine)
    return Cost(
        commodity, sum((leaf.amount for leaf in mine), Decimal(0)), tokens[0], 0.8, tokens if len(mine) > 1 else ()
    )


def _all_of(forest: Forest) -> Iterator[Node]:
    """Yield the lines of all columns that are no part of others, and the parts of those that are sums."""
    for column in forest.roots:
        yield from column
    for node in forest.composites:
        yield from node.parts


def _daily(cost: Cost, limit: Decimal | None, days: int | None) -> bool:
    """Tell whether a cost is that of one day: so many times it make the whole bill, to what rounding allows."""
    return bool(limit and days and days > 1 and close(cost.amount * days, limit, Decimal("0.006") * days))


def _printed_total(
    sight: Sight,
    context: Context,
    forest: Forest,
    commodity: Commodity,
    limit: Decimal | None,
    limit_token: Token | None,
) -> Cost | None:
    """Return the total that the page prints for a commodity."""
    together = _of_two_services(sight, forest, limit) if commodity is Commodity.WATER and limit is not None else None
    if together is not None:
        return together
    summed = [node for node in forest.composites if _is_total_of(sight, node.item, commodity)]
    summed += [
        part
        for node in forest.composites
        for part in node.parts
        if _is_total_of(sight, part.item, commodity) and not sight.lexicon.means(part.item.description, "usage")
        and (part.parts or _commodity_line(sight, part.item))
    ]  # fmt: skip
    summed += _retold(sight, forest, commodity) if not summed else []
    summed = [node for node in summed if not any(node is not other and _holds(other, node) for other in summed)]
    if limit is not None and len({node.amount for node in summed}) > 1:
        under = [part for root in forest.composites if root.amount == limit for part in root.parts]
        top = [node for node in summed if node.amount == limit or any(node.item is part.item for part in under)]
        summed = top or summed
    amounts = {node.amount for node in summed}
    if summed and len(amounts) == 1:
        node = summed[0]
        return Cost(commodity, node.amount, node.item.token, 0.9)
    distinct = {node.item.key: node for node in summed if node.parts and node.item.total}
    total = sum((node.amount for node in distinct.values()), Decimal(0))
    if len(distinct) > 1 and limit is not None and close(total, limit):
        return Cost(commodity, limit, limit_token or next(iter(distinct.values())).item.token, 0.85)
    return _labelled(sight, context, commodity, limit, amounts)


def _of_two_services(sight: Sight, forest: Forest, limit: Decimal) -> Cost | None:
    """Return what water costs where the list of all that is new names several services of it (``Water``, ``Irrigation``)."""
    for node in forest.by_amount.get(limit, ()):
        mine = [part for part in node.parts if _names_only(sight, part.item.description, Commodity.WATER)]
        if len({part.item.description for part in mine}) > 1:
            tokens = tuple(part.item.token for part in mine)
            return Cost(Commodity.WATER, sum((part.amount for part in mine), Decimal(0)), tokens[0], 0.8, tokens)
    return None


def _retold(sight: Sight, forest: Forest, commodity: Commodity) -> list[Node]:
    """Return the lines that name a commodity only (``Electric``) and say a sum: of a list elsewhere, or of the lines under it."""
    sums = {node.amount for node in forest.composites if node.item.total and len(node.parts) > 1}
    headed = (node for node in forest.composites if len(node.parts) > 1 and not node.item.total)
    told = (node for column in forest.roots for node in column if node.amount in sums and not node.parts)
    named = {node.item.key: node for node in (*told, *headed) if _names_only(sight, node.item.description, commodity)}
    return list(named.values())


def _names_only(sight: Sight, words: str, commodity: Commodity) -> bool:
    """Tell whether words name a commodity and no more, remarks in brackets aside (``Water (5/8" meter)``)."""
    bare = _REMARK.sub("", words)
    named = len(bare.split()) <= NAME_WORDS_MAX and commodity_in(sight, bare) is commodity
    return named and not _half(sight, bare, commodity) and "usage" not in name_text(bare, sight.lexicon)


def _holds(tree: Node, node: Node) -> bool:
    return any(part is node or _holds(part, node) for part in tree.parts)


def _has_words_before(sight: Sight, token: Token) -> bool:
    """Tell whether the amount ends a described line of its own, so that a heading over it names something else.

    A quantity describes nothing: ``139 m³ | 90.68`` stand under two headings.
    """
    row = sight.row(token.page, token.row)
    return row is not None and any(
        0 <= token.box.left - segment.box.right < 320 and any(c.isalpha() for c in sight.tokens.beside(segment))
        for segment in row.segments
    )


def _commodity_line(sight: Sight, item: Item) -> bool:
    """Tell whether a line's label is that of a whole commodity (``Gas Service``, ``Electric Charges``)."""
    return any(label.concept == "commodity_cost" for label in sight.labels.on(item.token.page, item.token.row))


def _is_total_of(sight: Sight, item: Item, commodity: Commodity) -> bool:
    words = item.description
    if commodity_in(sight, words) is not commodity:
        return False
    if _half(sight, words, commodity):
        return False
    if sight.lexicon.means(words, "tax"):
        return False
    return item.total or _commodity_line(sight, item)


def _around(label: Label) -> str:
    """Return the words before a label and the one right after it (``Purchased Gas Charges``, ``Subtotal Electric Supply``)."""
    text = label.segment.text
    return f"{text[: label.start]} {' '.join(text[label.end :].split()[:1])}"


def _of_several(sight: Sight, label: Label) -> bool:
    """Tell whether another service follows the words for what a commodity costs (``TOTAL ENERGÍA, ASEO Y OTROS``)."""
    rest = label.segment.text[label.end :].lstrip()
    return rest[:1] in (",", "+", "&", "/") and sight.lexicon.means(rest, "other_service")


def _compared(sight: Sight, label: Label) -> bool:
    """Tell whether a line stands in a comparison of seasons or of days (``Daily averages | Last year | This year``)."""
    below = label.segment
    for index in range(label.segment.row - 1, max(label.segment.row - 1 - COMPARED_ROWS, -1), -1):
        row = sight.row(label.segment.page, index)
        if row is None or below.box.top - row.box.bottom > COMPARED_GAP_HEIGHTS * below.height:
            return False
        heads = [one for one in sight.labels.on(row.page, row.index) if one.concept in ("season", "average_daily")]
        if sum(one.concept == "season" and one.segment.box.left > label.box.right for one in heads) > 1:
            return True
        below = row.segments[0]
    return False


def _half(sight: Sight, words: str, commodity: Commodity) -> bool:
    """Tell whether words name supply or delivery alone of what is piped or wired; named together they are the whole."""
    if commodity not in (Commodity.ELECTRICITY, Commodity.GAS):
        return False
    delivery, supply = sight.lexicon.means(words, "delivery"), sight.lexicon.means(words, "supply")
    if not (delivery and supply):
        return delivery or supply
    told = spaced(words).split()
    places = [[i for i, one in enumerate(told) if sight.lexicon.means(one, half)] for half in ("delivery", "supply")]
    return not any(0 < abs(one - other) <= JOINED_WORDS for one in places[0] for other in places[1])


def _labelled(
    sight: Sight, context: Context, commodity: Commodity, limit: Decimal | None, amounts: set[Decimal]
) -> Cost | None:
    """Return the amount that a cost label names, where the label or its place speaks of the commodity."""
    best: Cost | None = None
    cents = limit is not None and limit % 1
    for label in sight.labels.of("commodity_cost"):
        own = commodity_in(sight, label.segment.text) or context.at(label.segment.page, label.segment.row)
        if (
            own is not commodity
            or len(commodities_in(sight, label.segment.text)) > 1
            or label.weight < 0.5
            or sight.lexicon.means(label.segment.text, "to_date", "last_year")
            or _of_several(sight, label)
            or _half(sight, _around(label), commodity)
            or _compared(sight, label)
        ):
            continue
        for found in values_for(sight, label, lambda t: is_money(t) and (not cents or sight.convention.mark in t.text)):
            if found.place == "below" and _has_words_before(sight, found.token):
                break
            score = found.score * 0.85 * (1.1 if found.token.value in amounts else 1.0)
            if best is None or score > best.score:
                best = Cost(commodity, found.token.value, found.token, min(score, 0.95))
            break
    return best
