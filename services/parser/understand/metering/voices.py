"""Voices: how many other places of a bill speak for a usage, and what contradicts it.

What meters seem to have measured is no usage where priced lines bill more of it, where many places name another quantity, or
where everything billed together is less: an unknown multiplier or a misread column looks just so.
"""

import itertools
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from domain.quantity import Commodity, Unit
from services.parser.understand.fields.guess import Guess
from services.parser.understand.layout.tokens import Token
from services.parser.understand.values.units import ENERGY_UNITS, POWER_UNITS

NAMED_MIN = 0.5
"""A label's guess of a lower score is no voice."""
OVERRULED_BY = 2
"""So many more voices than its own overrule a usage."""
OVERRULING_SCORE = 0.6
PARTS_MAX = 8
LOST_SHARE = Decimal("0.05")
"""Losses in wires and pipes are billed as so small a share of the use at most."""

METER_SCORE = 0.8
"""How surely the meters of a bill tell its use."""


@dataclass(frozen=True, slots=True)
class Amount:
    """A quantity of a commodity, hashable so that places that agree can be counted."""

    value: Decimal
    unit: Unit
    commodity: Commodity


def voices_of(places: Iterable[tuple[str, Guess[Amount]]], billed: Sequence[Token]) -> Counter[Decimal]:
    """Return how many places other than meters speak for each value: labels, newest months and priced lines."""
    voices = Counter(
        guess.value.value
        for kind, guess in places
        if kind == "history" or (kind == "label" and guess.score >= NAMED_MIN)
    )
    voices.update(token.value.normalize() for token in billed)
    return voices


def settle(
    best: Guess[Amount],
    ranked: Sequence[Guess[Amount]],
    voices: Counter[Decimal],
    billed: Sequence[Token],
    *,
    proved: bool,
) -> Guess[Amount] | None:
    """Return the usage that the voices leave: the best guess, the one that overrules it, or none where it is contradicted.

    Args:
        best: the likeliest guess.
        ranked: all guesses of its commodity.
        voices: how many places speak for each value.
        billed: the quantities of the commodity's priced lines, and those of no unit.
        proved: whether printed reads make the best guess.
    """
    mine = best.value
    own = voices[mine.value]
    rivals = [
        guess
        for guess in ranked
        if guess.value != mine and voices[guess.value.value] >= own + OVERRULED_BY and _may_overrule(guess.value, mine)
    ]
    typed = {token.value for token in billed if token.number and token.number.unit is mine.unit}
    whole = next(
        (guess for guess in ranked if guess.value.unit is mine.unit and _closes(guess.value.value, mine.value, typed)),
        None,
    )
    if whole is not None:
        return replace(whole, score=max(whole.score, OVERRULING_SCORE))
    untyped = {token.value for token in billed if token.number and token.number.unit is None}
    if rivals and not made_of(mine.value, typed | untyped):
        rival = max(rivals, key=lambda guess: (voices[guess.value.value], guess.value.value))
        if not proved or rival.value.value > mine.value:
            return replace(rival, score=max(rival.score, OVERRULING_SCORE))
    if own or proved or not typed or mine.value < 0:
        return best  # what a net meter counts below zero is less than the energy from the grid that is priced
    too_little = max(typed) > mine.value
    too_much = sum(typed, Decimal(0)) < mine.value
    return None if too_little or too_much else best


def _may_overrule(one: Amount, other: Amount) -> bool:
    """Tell whether a usage may stand for another: in the same unit, or as the energy that was made of a volume."""
    return one.unit is other.unit or (one.unit in ENERGY_UNITS and other.unit not in ENERGY_UNITS | POWER_UNITS)


def _closes(whole: Decimal, part: Decimal, priced: set[Decimal]) -> bool:
    """Tell whether a priced quantity is the sum of a part and of other priced quantities (day and night)."""
    rest = priced - {whole, part}
    left = whole - part
    return whole in priced and part in priced and left > 0 and (left in rest or made_of(left, rest))


def made_of(whole: Decimal, parts: set[Decimal]) -> bool:
    """Tell whether tiers, seasons or times of day of the priced lines make the whole."""
    some = sorted(parts, reverse=True)[:PARTS_MAX]
    return any(
        sum(chosen, Decimal(0)) == whole
        for count in range(2, len(some) + 1)
        for chosen in itertools.combinations(some, count)
    )


def rounded_or_lost(value: Decimal, whole: Decimal) -> bool:
    """Tell whether a quantity is another one rounded, or the small share of it that is lost on the way to the meter."""
    return abs(value - whole) < 1 or 0 < value < whole * LOST_SHARE


def of_all_meters(
    mine: list[tuple[str, Guess[Amount]]], best: Guess[Amount], singles: set[Decimal | None]
) -> Guess[Amount]:
    """Return what several meters proved together where the best guess is what one of them measured, as its own charges repeat."""
    whole = [g for kind, g in mine if kind == "meter" and g.score > METER_SCORE and g.value.unit is best.value.unit]
    if len(whole) == 1 and whole[0].value.value > best.value.value and best.value.value in singles:
        return whole[0]
    return best
