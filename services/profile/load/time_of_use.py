"""Time of use: what bills state of each period of the day (on peak, off peak, ...), by meter and by calendar month.

Rows are taken from a bill beside the energy that they divide, and shared out by days as that energy is. Nothing is guessed: a
month of which one meter says nothing, or that such rows cover by half or less, has no division, and the answer says why.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import NamedTuple

from domain.period import Period
from services.profile.load.contribution import Contribution, Origin, Stretch
from services.profile.load.observed import untangled
from services.profile.load.streams import stream_months
from services.profile.months.proration import days_covered

TOLERANCE = Decimal("0.005")
"""Registers are printed in whole units: their sum may lie so far from the total that they divide."""
TOLERANCE_KWH = Decimal(2)


class WhyNot(StrEnum):
    """Why a month with time-of-use rows is not divided by them."""

    NOT_ALL_METERS = "not_all_meters"
    TOO_FEW_DAYS = "too_few_days"
    DOES_NOT_SUM = "does_not_sum"
    NO_ENERGY = "no_energy"


class Tariff(NamedTuple):
    """Whose tariff a meter is on, as printed; its hours are looked up by it."""

    issuer_id: str
    name: str


@dataclass(frozen=True, slots=True)
class DividedMonth:
    """One calendar month's energy by period.

    ``energies`` [kWh] are what the bills' rows state of it, shared by days; they sum to the month where ``exact``, else only
    their proportions count. Where ``why_not`` is given they must not be used.
    """

    month: Period
    energies: Mapping[str, Fraction]
    tariffs: frozenset[Tariff]
    days_known: int
    exact: bool
    bill_ids: frozenset[str]
    why_not: WhyNot | None = None


def divided_months(contribution: Contribution) -> dict[tuple[int, int], DividedMonth]:
    """Return the months of which a contribution states time-of-use rows, by year and month."""
    if not any(one.division for one in contribution.stretches):
        return {}
    found = {}
    for row in stream_months(untangled(contribution.stretches)):
        own = [one for one in row.stretches if one.origin is Origin.OWN]
        if any(one.division for one in own):
            first = row.month.start
            found[first.year, first.month] = _divided(row.month, row.energy, own)
    return found


@dataclass(slots=True)
class _Sums:
    energies: dict[str, Fraction] = field(default_factory=dict)
    tariffs: set[Tariff] = field(default_factory=set)
    spans: list[Period] = field(default_factory=list)
    sums: bool = True


def _divided(month: Period, energy: Fraction | None, own: Sequence[Stretch]) -> DividedMonth:
    taken = _Sums()
    for one in own:
        shared = one.period.intersect(month)
        if one.division is None or shared is None:
            continue
        taken.spans.append(shared)
        taken.tariffs.add(Tariff(one.division.issuer_id, one.division.tariff))
        taken.sums = taken.sums and _sums(one)
        for name, part in one.division.parts:
            share = Fraction(part) * shared.days / one.period.days
            taken.energies[name] = taken.energies.get(name, Fraction(0)) + share
    known, total = days_covered(taken.spans), sum(taken.energies.values(), Fraction(0))
    return DividedMonth(
        month=month,
        energies=taken.energies,
        tariffs=frozenset(taken.tariffs),
        days_known=known,
        exact=known == month.days and total == energy,
        bill_ids=frozenset(one.bill_id for one in own if one.division),
        why_not=_why_not(own, taken, known, month),
    )


def _why_not(own: Sequence[Stretch], taken: _Sums, known: int, month: Period) -> WhyNot | None:
    if any(one.division is None for one in own):
        return WhyNot.NOT_ALL_METERS
    if 2 * known <= month.days:
        return WhyNot.TOO_FEW_DAYS
    if not taken.sums:
        return WhyNot.DOES_NOT_SUM
    return None if any(taken.energies.values()) else WhyNot.NO_ENERGY


def _sums(stretch: Stretch) -> bool:
    total = sum((part for _, part in stretch.division.parts), Decimal(0)) if stretch.division else Decimal(0)
    return abs(total - stretch.energy_kwh) <= max(TOLERANCE_KWH, stretch.energy_kwh * TOLERANCE)
