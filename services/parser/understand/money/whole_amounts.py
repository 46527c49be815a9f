"""Whole amounts: what is asked for where a bill rounds the exact amount to be paid."""

from collections.abc import Iterator
from decimal import Decimal

from services.parser.understand.fields.guess import Guess, is_amount, is_money
from services.parser.understand.layout.labels import is_prose
from services.parser.understand.layout.neighbours import values_for
from services.parser.understand.layout.rows import Segment
from services.parser.understand.layout.tokens import Token
from services.parser.understand.sight import Sight

ROUNDED_SHARE = 0.8
"""An amount that is rounded to be paid is named nearly as surely as the exact one."""
BARE_SCORE = 0.8
"""How surely a number without cents or sign is an amount, where all others have some."""
ROUNDED_TO = 10
"""Companies that round what is to be paid round it to ten of the currency at most."""
Choice = Guess[Decimal] | None


def rounded(sight: Sight, chosen: Choice, options: list[Choice]) -> Choice:
    """Return the whole amount that is asked for in place of the exact one (``1,315.65``, ``net payable 1,316.00``).

    It stands on a later line; where a line says that it is rounded, which may be to tens, it may stand at the head of the bill.
    """
    if chosen is None or chosen.value == chosen.value.to_integral():
        return chosen
    place = (chosen.token.page, chosen.token.row)
    said = {
        token.value
        for segment in (sight.segments if "rounded" in sight.meanings else ())
        if sight.lexicon.means(segment.text, "rounded") and not is_prose(segment)
        and not sight.lexicon.means(segment.text, "paid_late")
        for token in (*sight.tokens.on(segment), *_captioned(sight, segment))
        if token.number is not None
    }  # fmt: skip
    whole = [
        one
        for one in options
        if one is not None and one.value == one.value.to_integral() and one.score >= ROUNDED_SHARE * chosen.score
        and (
            (0 < abs(one.value - chosen.value) < 1 and (one.token.page, one.token.row) > place)
            or (one.value in said and 0 < abs(one.value - chosen.value) < ROUNDED_TO)
        )
    ]  # fmt: skip
    return whole[0] if whole else chosen


def bare_whole(sight: Sight, left: Decimal) -> Choice:
    """Return the whole amount without cents or sign that is called due, where it rounds what the balances leave.

    It may be rounded to tens where the page says that it rounds.
    """
    for label in sight.labels.of("amount_due"):
        for one in values_for(sight, label, is_amount)[:1]:
            value, told = one.token.value, not spoiled(sight, label.concept, label.segment.text)
            step = ROUNDED_TO if "rounded" in sight.meanings and not value % ROUNDED_TO else 1
            if not is_money(one.token) and value and 0 < abs(value - left) < step and told:
                return Guess(value, one.token, BARE_SCORE * one.score)
    return None


def spoiled(sight: Sight, concept: str, text: str) -> bool:
    """Tell whether other words of the label's line turn it into something else (``amount due after``, ``if paid late``)."""
    spoiling = ("before_tax", "paid_late", "per_day", "average", "last_year")
    if concept in ("amount_due", "new_charges") and sight.lexicon.means(text, *spoiling):
        return True
    return concept == "payments" and sight.lexicon.means(text, "paying")


def _captioned(sight: Sight, segment: Segment) -> Iterator[Token]:
    """Yield the amounts over or under the words of a segment that call them due."""
    for label in sight.labels.within(segment):
        if label.concept == "amount_due":
            yield from (found.token for found in values_for(sight, label, is_money)[:1])
