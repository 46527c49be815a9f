"""Guesses: proposed values with their evidence and how strongly the page speaks for them."""

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Generic, TypeVar

from domain.evidence import Fact, Method
from services.parser.understand.layout.tokens import MILLS_DECIMALS, MONEY_DECIMALS, Token, evidence
from services.parser.understand.values.units import MILLS

T = TypeVar("T", bound=Hashable)
V = TypeVar("V")

CONFIDENCE_TEXT_MAX = 0.97
"""What an unproved value of a text layer reaches at most; a proof lifts it further."""
CONFIDENCE_OCR_MAX = 0.93


@dataclass(frozen=True, slots=True)
class Guess(Generic[T]):
    """A value that may answer a question; ``score`` in [0, 1]."""

    value: T
    token: Token
    score: float


def confidence_of(score: float, method: Method) -> float:
    """Return the confidence of an unproved value whose score is given."""
    ceiling = CONFIDENCE_OCR_MAX if method is Method.OCR else CONFIDENCE_TEXT_MAX
    return round(min(ceiling, 0.45 + 0.52 * min(score, 1.0)), 4)


def fact(value: V, token: Token, score: float) -> Fact[V]:
    """Return the value as a fact, its confidence from the score."""
    return Fact(value, evidence(token, confidence_of(score, token.segment.method)))


def combine(guesses: Iterable[Guess[T]]) -> list[Guess[T]]:
    """Return one guess a value, best first: places that agree make each other likelier."""
    groups: dict[T, list[Guess[T]]] = {}
    for guess in guesses:
        groups.setdefault(guess.value, []).append(guess)
    combined = []
    for value, listed in groups.items():
        ordered = sorted(listed, key=lambda guess: -guess.score)
        doubt = 1.0
        for rank, guess in enumerate(ordered[:4]):
            doubt *= 1 - guess.score * (0.9 if rank == 0 else 0.4)
        combined.append(Guess(value, ordered[0].token, 1 - doubt))
    return sorted(combined, key=lambda guess: (-guess.score, guess.token.page, guess.token.row))


def is_money(token: Token) -> bool:
    """Tell whether a token may be an amount of money: two places or a currency, no unit, no rate, no share; three of dinars."""
    number = token.number
    if number is None or number.percent or number.unit is not None or number.per:
        return False
    printed = MILLS_DECIMALS if number.currency in MILLS else MONEY_DECIMALS
    return number.decimals == MONEY_DECIMALS or (bool(number.currency) and number.decimals <= printed)


def is_amount(token: Token) -> bool:
    """Tell whether a token may be an amount on a bill that prints no decimals."""
    number = token.number
    return (
        number is not None and not number.percent and number.unit is None and not number.per and number.decimals in (0, 2)
        and len(token.text) <= 12
    )  # fmt: skip


def is_day(token: Token) -> bool:
    """Tell whether a token is a calendar day, its year printed or not."""
    return token.when is not None and token.when.day is not None


def is_count(token: Token) -> bool:
    """Tell whether a token is a bare whole number."""
    number = token.number
    return number is not None and number.decimals == 0 and not number.percent and not number.currency and not number.per


def money_test(has_decimals: bool) -> Callable[[Token], bool]:
    """Return the test of amounts that suits the document."""
    return is_money if has_decimals else is_amount


def close(one: Decimal, other: Decimal, tolerance: Decimal = Decimal("0.005")) -> bool:
    """Tell whether two amounts are the same within a tolerance."""
    return abs(one - other) <= tolerance
