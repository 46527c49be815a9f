"""Closing: the amount that ends a line of amounts and is the sum of those before it (``Total: net 80.00, tax 8.00 | 88.00``)."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise

from services.parser.understand.layout.neighbours import Want
from services.parser.understand.layout.rows import overlap
from services.parser.understand.layout.tables import Table
from services.parser.understand.layout.tokens import Token
from services.parser.understand.money.items import Item, ItemColumn
from services.parser.understand.sight import Sight

PARTS_MIN = 2
CASH_ROUNDING_MAX = Decimal("0.05")
"""What is paid in coins is rounded by less than the smallest of them (five centimes in Switzerland)."""


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
