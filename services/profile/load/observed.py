"""Which calendar months a contribution shows, with their energy, cost, source and coverage.

Stretches with dates are shared out by days, the bill's own before its history. A month the bill names without dates is taken
for the calendar month. For one month the better evidence stands: days wholly covered, then a printed row, then a bar of a
chart, then days covered by more than half and scaled up to the whole month. A month covered by half or less is unknown.

One exception: two halves of months make no known month, though such a bill is as good as any other. Where no month at all is
known and the bill's own energy spans at least 25 days (CalTRACK's shortest billing period), its best covered month stands.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from fractions import Fraction
from itertools import pairwise
from operator import attrgetter
from typing import NamedTuple

from domain.period import Period, month_of
from services.profile.load.contribution import Contribution, Cost, NamedMonth, Origin, Stretch
from services.profile.load.streams import stream_months
from services.profile.months.overlaps import Stated, settle
from services.profile.months.proration import Share, by_month, days_covered, share_out

COVERAGE_MIN = Fraction(1, 2)
"""A month needs more than this share of its days to count as known (opendsm applies the same rule to days)."""

BILLING_DAYS_MIN = 25
"""A shorter own period is off cycle (CalTRACK 2.2.3) and cannot stand for a month by the exception above [days]."""


_RANKS = {Origin.OWN: 2, Origin.TABLE: 1, Origin.CHART: 0}
_BY_DAYS = attrgetter("period.start", "period.end")


class MonthSource(StrEnum):
    """Where a month's energy comes from."""

    BILLED = "billed"
    PRORATED = "prorated"
    HISTORY_TABLE = "history_table"
    HISTORY_CHART = "history_chart"
    ESTIMATED = "estimated"
    SUPPLIED = "supplied"


class ObservedMonth(NamedTuple):
    """One month that a bill shows. ``energy`` [kWh] and ``cost`` are those of the whole month, scaled where days lack."""

    month: date
    energy: Fraction
    cost: Fraction | None
    source: MonthSource
    days_covered: int
    days_in_month: int
    bill_id: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """What a contribution shows: its known months by their first day, and the price of one kWh, None where unknown."""

    months: Mapping[date, ObservedMonth]
    blended_rate: Fraction | None


def shown_by(contribution: Contribution) -> Shown:
    """Return what a contribution shows, both from one settling of what overlaps."""
    standing = _Standing(untangled(contribution.stretches), _standing_costs(contribution.costs))
    return Shown(_observed_months(contribution, standing), _blended_rate(contribution, standing))


def observed_months(contribution: Contribution) -> Mapping[date, ObservedMonth]:
    """Return the known months of a contribution by their first day; empty where it shows no usable one."""
    return shown_by(contribution).months


def _observed_months(contribution: Contribution, standing: "_Standing") -> dict[date, ObservedMonth]:
    dated = _dated_months(standing)
    whole = {month: row for month, row in dated.items() if row.days_covered == row.days_in_month}
    most = {month: row for month, row in dated.items() if _is_most(row)}
    known = {**most, **_named_months(contribution.months), **whole}
    if not known and dated and _own_days(contribution) >= BILLING_DAYS_MIN:
        best = max(dated.values(), key=lambda row: (_coverage(row), row.month))
        known = {best.month: best}
    return dict(sorted(known.items()))


@dataclass(frozen=True, slots=True)
class _Standing:
    """Stretches and costs of which no two that state the same share a day, by their days."""

    stretches: Sequence[Stretch]
    costs: Sequence[Cost]


def newest_year(observed: Mapping[date, ObservedMonth]) -> dict[int, ObservedMonth]:
    """Return for each month of the year (1-12) the newest one observed."""
    return {month.month: observed[month] for month in sorted(observed)}


def _blended_rate(contribution: Contribution, standing: "_Standing") -> Fraction | None:
    """Return the price of one kWh over what the bill itself charges for, else over its history rows with costs.

    None where nothing has both, or where credits make it zero or less: such a price predicts nothing.
    """
    for origins in ((Origin.OWN,), (Origin.TABLE, Origin.CHART)):
        costs = [one for one in standing.costs if one.origin in origins]
        stretches = [one for one in standing.stretches if one.origin in origins] if costs else []
        priced = [one for one in stretches if any(_pays_for(cost, one) for cost in costs)]
        named = [one for one in contribution.months if one.origin in origins and one.cost is not None]
        energies = [one.energy_kwh for one in priced] + [one.energy_kwh for one in named]
        energy = sum((Fraction(one) for one in energies), Fraction(0))
        amounts = [one.amount for one in costs] + [one.cost for one in named if one.cost is not None]
        total = sum((Fraction(amount) for amount in amounts), Fraction(0))
        if energy > 0 and amounts:
            return total / energy if total > 0 else None
    return None


def untangled(stretches: Sequence[Stretch]) -> list[Stretch]:
    """Return stretches of which no two that measure the same share a day.

    The bill's own energy goes before its history: a history row that repeats it is replaced. One shared boundary day goes
    to the later stretch.
    """
    in_order = sorted(stretches, key=_BY_DAYS)
    if _share_no_day(in_order):
        return in_order
    stated = [Stated(one.period, (_RANKS[one.origin], at), one) for at, one in enumerate(stretches)]
    return [
        one.what if one.what.period is one.period else replace(one.what, period=one.period)
        for one in settle(stated, _same_use).standing
    ]


def _same_use(one: Stated[Stretch], other: Stated[Stretch]) -> bool:
    """History speaks of the whole account, so it repeats the bill's own energy whatever the meter."""
    if one.what.account != other.what.account:
        return False
    mixed = (one.what.origin is Origin.OWN) is not (other.what.origin is Origin.OWN)
    return mixed or one.what.meter == other.what.meter


def _standing_costs(costs: Sequence[Cost]) -> list[Cost]:
    """Return the costs of which no two of one account share a day, by the same precedence as the energy."""
    in_order = sorted(costs, key=_BY_DAYS)
    if _share_no_day(in_order):
        return in_order
    stated = [Stated(one.period, (_RANKS[one.origin], at), one) for at, one in enumerate(costs)]
    standing = settle(stated, lambda one, other: one.what.account == other.what.account).standing
    return [one.what if one.what.period is one.period else replace(one.what, period=one.period) for one in standing]


def _share_no_day(in_order: Sequence[Stretch | Cost]) -> bool:
    """Tell whether each of these ends before the next one starts: then nothing is to be settled, the usual case."""
    return all(one.period.end <= after.period.start for one, after in pairwise(in_order))


def _pays_for(cost: Cost, stretch: Stretch) -> bool:
    return cost.account == stretch.account and _holds(cost.period, stretch.period)


def _holds(outer: Period, inner: Period) -> bool:
    return outer.start <= inner.start and inner.end <= outer.end


def _is_most(row: ObservedMonth) -> bool:
    return row.days_covered * COVERAGE_MIN.denominator > row.days_in_month * COVERAGE_MIN.numerator


def _coverage(row: ObservedMonth) -> Fraction:
    return Fraction(row.days_covered, row.days_in_month)


def _own_days(contribution: Contribution) -> int:
    return days_covered(one.period for one in contribution.stretches if one.origin is Origin.OWN)


def _named_months(rows: Iterable[NamedMonth]) -> dict[date, ObservedMonth]:
    months = {}
    for row in rows:
        days = month_of(row.month).days
        source = MonthSource.HISTORY_CHART if row.origin is Origin.CHART else MonthSource.HISTORY_TABLE
        cost = None if row.cost is None else Fraction(row.cost)
        energy = Fraction(row.energy_kwh)
        months[row.month] = ObservedMonth(row.month, energy, cost, source, days, days, row.bill_id)
    return months


def _dated_months(standing: "_Standing") -> dict[date, ObservedMonth]:
    """Share all dated stretches out over the months, each month scaled up to its whole length."""
    costs = by_month(share for cost in standing.costs for share in share_out(Fraction(cost.amount), cost.period))
    found = {}
    for month, energy, covered, stretches in stream_months(standing.stretches):
        if energy is not None:
            start, days = month.start, month.days
            cost = _scaled_cost(costs.get(start, ()), covered, days)
            source, bill_id = _source(month, stretches), _bill_of_most_days(month, stretches)
            found[start] = ObservedMonth(start, energy, cost, source, covered, days, bill_id)
    return found


def _bill_of_most_days(month: Period, stretches: Sequence[Stretch]) -> str:
    """Return the bill that covers most of the month; of equals the one whose period is later."""
    first = stretches[0].bill_id
    for one in stretches:
        if one.bill_id != first:
            return max(stretches, key=lambda each: (_shared_days(month, each.period), each.period.start)).bill_id
    return first


def _shared_days(one: Period, other: Period) -> int:
    shared = one.intersect(other)
    return shared.days if shared else 0


def _scaled_cost(shares: Sequence[Share], shown: int, days: int) -> Fraction | None:
    """Scale a month's cost up to its whole length, where costs cover what energy does or more than half of the month."""
    if not shares:
        return None
    covered = days_covered(share.days for share in shares)
    if covered < shown and 2 * covered <= days:
        return None
    amount = sum((share.amount for share in shares), Fraction(0))
    return amount if covered == days else amount * Fraction(days, covered)


def _source(month: Period, stretches: Sequence[Stretch]) -> MonthSource:
    """Name the source: the worst history where history alone speaks, else whether the bill's own period is the month."""
    origins = [stretch.origin for stretch in stretches]
    if Origin.OWN not in origins:
        return MonthSource.HISTORY_CHART if Origin.CHART in origins else MonthSource.HISTORY_TABLE
    if (
        origins.count(Origin.OWN) == len(origins)
        and all(_holds(month, one.period) for one in stretches)
        and days_covered(one.period for one in stretches) == month.days
    ):
        return MonthSource.BILLED
    return MonthSource.PRORATED
