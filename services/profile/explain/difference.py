"""The difference between two bills, split into days, usage, rate and fixed parts that sum to it exactly.

The variable part of a bill is ``days x use per day x rate``; going from one bill to the other factor by factor in this order,
each step holding those before it at the later bill's value, leaves no remainder:

    days   (d2 - d1) * u1 * r1
    usage  d2 * (u2 - u1) * r1
    rate   d2 * u2 * (r2 - r1)
    fixed  F2 - F1

with d days, u kWh a day, r variable cost a kWh, F what does not vary with use.
"""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from domain.period import Period
from domain.reading import ChargeKind
from services.profile.months.rounding import rounded_parts

FIXED_KINDS = frozenset({ChargeKind.SERVICE, ChargeKind.FEE, ChargeKind.CREDIT, ChargeKind.ADJUSTMENT})
"""Charges that stand on a bill whatever is used; the others, taxes among them, follow use."""


@dataclass(frozen=True, slots=True)
class BillFigures:
    """What a difference is made of. ``variable`` and ``fixed`` sum to the bill's current charges [one currency]."""

    period: Period
    energy: Decimal
    """In any one unit, the same for both bills."""
    variable: Decimal
    fixed: Decimal


@dataclass(frozen=True, slots=True)
class Difference:
    """How much of the change each part explains [currency, minor units]; they sum to ``total`` exactly."""

    total: Decimal
    days: Decimal
    usage: Decimal
    rate: Decimal
    fixed: Decimal


def split_charges(charges: list[tuple[ChargeKind, Decimal]]) -> tuple[Decimal, Decimal]:
    """Return the sums of the charges that vary with use and of those that do not."""
    fixed = sum((amount for kind, amount in charges if kind in FIXED_KINDS), Decimal(0))
    return sum((amount for _, amount in charges), Decimal(0)) - fixed, fixed


def difference(before: BillFigures, after: BillFigures, places: int = 2) -> Difference:
    """Explain how the first bill became the second.

    A bill without energy has no rate: what its variable part changes by is then told as rate, for no use explains it.
    """
    parts = [_days(before, after), _usage(before, after), Fraction(0), Fraction(after.fixed - before.fixed)]
    variable = Fraction(after.variable - before.variable)
    parts[2] = variable - parts[0] - parts[1]
    days, usage, rate, fixed = rounded_parts(parts, places)
    return Difference(total=days + usage + rate + fixed, days=days, usage=usage, rate=rate, fixed=fixed)


def _days(before: BillFigures, after: BillFigures) -> Fraction:
    if not before.energy:
        return Fraction(0)
    return Fraction(before.variable) * Fraction(after.period.days - before.period.days, before.period.days)


def _usage(before: BillFigures, after: BillFigures) -> Fraction:
    if not before.energy:
        return Fraction(0)
    rate = Fraction(before.variable) / Fraction(before.energy)
    at_former_use = Fraction(before.energy) * after.period.days / before.period.days
    return (Fraction(after.energy) - at_former_use) * rate
