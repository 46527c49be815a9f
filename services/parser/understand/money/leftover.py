"""Leftovers: lines that name the last bill, tell its amount in their words, and print in their column what is left of it."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

from services.parser.understand.fields.guess import Guess, is_money
from services.parser.understand.layout.tokens import Token
from services.parser.understand.money.balances import Balances
from services.parser.understand.sight import Sight

TOLD_SCORE = 0.9
"""How surely an amount in a line's words is the last bill's, where a payment told elsewhere leaves what the line prints."""


def opened(sight: Sight, money: Balances) -> Balances:
    """Return a summary with the last bill and the payment where its old balance is what that payment left of the bill.

    ``Thank you for your payment of $60.00`` over ``Amount from previous bill $92.15 | 32.15``: the line's words tell what was
    owed, its column what still is.
    """
    left = money.previous
    if left is None or money.payments is not None or left.value < 0:
        return money
    for told in _in_words_before(sight, left.token):
        for paid in _paid(sight, told.value - left.value):
            return replace(
                money, previous=Guess(told.value, told, TOLD_SCORE), payments=Guess(paid.value, paid, TOLD_SCORE), forward=left
            )  # fmt: skip
    return money


def _in_words_before(sight: Sight, token: Token) -> Iterator[Token]:
    """Yield the larger amounts that stand in the text of a label for the last bill, on an amount's line and left of it."""
    for label in sight.labels.on(token.page, token.row):
        if label.concept == "previous_balance":
            inside = (one for one in sight.tokens.within(label.segment) if is_money(one) and one.start >= label.end)
            yield from (one for one in inside if one.value > token.value and one.box.right < token.box.left)


def _paid(sight: Sight, wanted: Decimal) -> Iterator[Token]:
    """Yield where the wanted amount stands behind a word for a payment in one text."""
    for label in sight.labels.of("payments"):
        inside = sight.tokens.within(label.segment)
        yield from (one for one in inside if is_money(one) and abs(one.value) == wanted and one.start >= label.end)
