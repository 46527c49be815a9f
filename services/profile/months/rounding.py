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
    ratios = [part.as_integer_ratio() for part in parts]
    unit, scale = lcm(*(denominator for _, denominator in ratios)), 10**places
    scaled = [divmod(numerator * (unit // denominator) * scale, unit) for numerator, denominator in ratios]
    floors, remainders = [floor for floor, _ in scaled], [remainder for _, remainder in scaled]
    if any(remainders):
        whole = sum(floors)
        left_over = round(Fraction(whole * unit + sum(remainders), unit)) - whole
        for at in sorted(range(len(parts)), key=lambda each: (-remainders[each], each))[:left_over]:
            floors[at] += 1
    return tuple(Decimal(floor).scaleb(-places) for floor in floors)
