"""What may be supplied: exactly one of monthly energy, monthly bills or interval data, by the rules that Aurora documents.

Gaps are allowed, as None, and filled by the same rule as months that no bill shows. Interval data start at midnight of
1 January and hold a year of hours, half hours or quarter hours.
"""

from calendar import isleap
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import assert_never

from services.profile.load.filling import DAYS_IN_MONTH, fill
from services.profile.load.shapes import Shape

INTERVALS = {
    8760: (1, False),
    8784: (1, True),
    17520: (2, False),
    17568: (2, True),
    35040: (4, False),
    35136: (4, True),
}
"""Lengths of interval data: intervals an hour, and whether the year is a leap year."""


EXACT_DIGITS = 60
"""Digits in which sums of intervals are exact; the ones supplied have 27 at most."""


class BadSupply(ValueError):
    """The numbers supplied make no profile; the message says which rule they break."""


@dataclass(frozen=True, slots=True)
class MonthlyEnergy:
    """Energies of the twelve months [kWh], January first."""

    months: tuple[Decimal | None, ...]


@dataclass(frozen=True, slots=True)
class MonthlyBill:
    """Bills of the twelve months [currency], January first."""

    months: tuple[Decimal | None, ...]


@dataclass(frozen=True, slots=True)
class IntervalData:
    """Energies of the intervals of a year [kWh]."""

    energies: tuple[Decimal | None, ...]


Supplied = MonthlyEnergy | MonthlyBill | IntervalData


@dataclass(frozen=True, slots=True)
class SuppliedMonths:
    """Twelve months [kWh], January first, which of them (1-12) were supplied, and the days of each."""

    energies: tuple[Fraction, ...]
    known: frozenset[int]
    days: tuple[int, ...] = DAYS_IN_MONTH


def is_leap(supplied: Supplied) -> bool:
    """Tell whether interval data hold a 29 February."""
    return isinstance(supplied, IntervalData) and INTERVALS[len(supplied.energies)][1]


def days_of_months(*, leap: bool) -> tuple[int, ...]:
    """Return the days of the twelve months of a year."""
    return tuple(days + (leap and month == 2) for month, days in enumerate(DAYS_IN_MONTH, 1))


def one_of(
    monthly_energy: Sequence[Decimal | None] | None,
    monthly_bill: Sequence[Decimal | None] | None,
    interval_data: Sequence[Decimal | None] | None,
) -> Supplied:
    """Return the one that is given.

    Raises:
        BadSupply: none or several are given, or the one has a wrong length, a negative number, or nothing to go by.
    """
    given = [one for one in (monthly_energy, monthly_bill, interval_data) if one is not None]
    if len(given) != 1:
        raise BadSupply("exactly one of monthly_energy, monthly_bill and interval_data")
    values = tuple(given[0])
    if any(value is not None and (not value.is_finite() or value < 0) for value in values):
        raise BadSupply("numbers of zero or more, or null")
    if interval_data is not None:
        if len(values) not in INTERVALS:
            raise BadSupply(f"interval_data has one of {', '.join(map(str, INTERVALS))} values, not {len(values)}")
        if not _complete_months(values):
            raise BadSupply("interval_data has at least one month without null")
        return IntervalData(values)
    if len(values) != 12:
        raise BadSupply(f"twelve months, not {len(values)}")
    if all(value is None for value in values):
        raise BadSupply("at least one month that is not null")
    return MonthlyEnergy(values) if monthly_energy is not None else MonthlyBill(values)


def supplied_months(supplied: Supplied, shape: Shape, rate: Fraction | None, year: int = 0) -> SuppliedMonths:
    """Return twelve months of energy, those missing filled by the shape.

    Args:
        supplied: What ``one_of`` returned.
        shape: The seasonal shape of the missing months.
        rate: Price of one kWh, by which bills are turned into energy.
        year: The year that the numbers are of; 0 where nobody said, which is then no leap year.

    Raises:
        BadSupply: bills are supplied and no price is known, or the shape is zero in every known month.
    """
    match supplied:
        case MonthlyEnergy(months=months):
            known = {at: Fraction(value) for at, value in enumerate(months, 1) if value is not None}
        case MonthlyBill(months=months):
            if rate is None or rate <= 0:
                raise BadSupply("monthly_bill needs a price of energy: upload a bill, or supply monthly_energy")
            known = {at: Fraction(value) / rate for at, value in enumerate(months, 1) if value is not None}
        case IntervalData(energies=energies):
            known = _complete_months(energies)
        case _:
            assert_never(supplied)
    days = days_of_months(
        leap=is_leap(supplied) or (not isinstance(supplied, IntervalData) and year > 0 and isleap(year))
    )
    try:
        estimates = fill({month: (energy, days[month - 1]) for month, energy in known.items()}, shape)
    except ValueError as error:
        raise BadSupply(str(error)) from error
    months_of_year = {**known, **estimates}
    return SuppliedMonths(tuple(months_of_year[month] for month in range(1, 13)), frozenset(known), days)


def complete_intervals(energies: Sequence[Decimal | None]) -> dict[int, list[Decimal]]:
    """Return the intervals of each month (1-12) that has no gap."""
    per_hour, leap = INTERVALS[len(energies)]
    complete: dict[int, list[Decimal]] = {}
    start = 0
    for month, days in enumerate(days_of_months(leap=leap), 1):
        end = start + days * 24 * per_hour
        values = [value for value in energies[start:end] if value is not None]
        if len(values) == end - start:
            complete[month] = values
        start = end
    return complete


def _complete_months(energies: Sequence[Decimal | None]) -> dict[int, Fraction]:
    with localcontext(prec=EXACT_DIGITS):
        return {month: Fraction(sum(values, Decimal(0))) for month, values in complete_intervals(energies).items()}
