"""Rounding, done once at the edge: half to even, and by largest remainder where the parts must sum to the whole."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from math import lcm


def rounded(value: Fraction, places: int) -> Decimal:
    """Return a value with so many decimals, halves to the even digit."""
    return Decimal(round(value * 10**places)).scaleb(-places)


def rounded_parts(parts: Sequence[Fraction], places: int) -> tuple[Decimal, ...]:
    """Round parts so that they sum to the rounded sum, each by less than one unit of the last place.

    The units that rounding down leaves over go to the largest remainders (the first of equals), so a part that needs no
    rounding is never touched: its remainder is 0 and there are always enough others.
    """
    unit = lcm(*(part.denominator for part in parts))
    scaled = [part.numerator * (unit // part.denominator) * 10**places for part in parts]
    floors = [value // unit for value in scaled]
    left_over = round(Fraction(sum(scaled), unit)) - sum(floors)
    by_remainder = sorted(range(len(parts)), key=lambda at: (-(scaled[at] % unit), at))
    chosen = set(by_remainder[:left_over])
    return tuple(Decimal(floor + (at in chosen)).scaleb(-places) for at, floor in enumerate(floors))
