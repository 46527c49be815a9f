"""Equations: lines on which amounts add up to the one behind a sign of equality (``$69.11 + $25.12 = $94.23``).

Such a line tells the parts of a charge that another line prints as one: blocks or tiers side by side, each under its head.
"""

from collections.abc import Iterator
from decimal import Decimal

from services.parser.understand.fields.guess import is_money
from services.parser.understand.layout.rows import Row, overlap
from services.parser.understand.layout.tokens import Token
from services.parser.understand.money.items import Item, ItemColumn
from services.parser.understand.sight import Sight

PARTS_MIN = 2
HEAD_ROWS_MAX = 5
"""The head of a part stands so many lines over it at most; its quantity and its rate stand between."""


def find_equations(sight: Sight) -> Iterator[ItemColumn]:
    """Yield the amounts of each equation, its sum last."""
    for sheet in sight.sheets:
        for row in sheet.rows:
            if any("=" in segment.text for segment in row.segments):
                yield from _equations(sight, row)


def _equations(sight: Sight, row: Row) -> Iterator[ItemColumn]:
    amounts = [token for token in sight.tokens.on(row) if is_money(token)]
    for at, whole in enumerate(amounts):
        if at < PARTS_MIN or not _closes(row, whole):
            continue
        running = Decimal(0)
        for start in range(at - 1, -1, -1):
            if amounts[start].value <= 0:
                break  # what was paid of an old balance leads to what is due, and parts no charge
            running += amounts[start].value
            if running == whole.value and at - start >= PARTS_MIN:
                parts = tuple(_item(sight, row, token) for token in amounts[start:at])
                yield ItemColumn(0.0, (*parts, Item("", whole.value, whole, total=True, balance=False)))
                break


def _closes(row: Row, token: Token) -> bool:
    """Tell whether a sign of equality stands right before an amount."""
    before = token.segment.text[: token.start].rstrip()
    if before or not token.segment.index:
        return before.endswith("=")
    return row.segments[token.segment.index - 1].text.rstrip().endswith("=")


def _item(sight: Sight, row: Row, token: Token) -> Item:
    """Return a part by the words before it, else by the head over it."""
    words = token.segment.text[: token.start].strip(" +=:$€£")
    for index in range(row.index - 1, max(row.index - 1 - HEAD_ROWS_MAX, -1), -1):
        if any(map(str.isalpha, words)):
            break
        above = sight.row(row.page, index)
        over = [s for s in above.segments if overlap(s.box, token.box) > 0] if above else []
        words = next((s.text for s in over if not sight.tokens.within(s)), "")
    return Item(words, token.value, token, total=False, balance=False)
