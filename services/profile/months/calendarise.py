"""A meter's billing periods summed by calendar month, fast and exact.

Whole numbers only: an amount is scaled to an integer, a month's sum is a numerator over the product of its periods' lengths. A
meter of three years takes some fifty microseconds, so nothing needs to be stored that can be computed.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise
from operator import attrgetter
from typing import NamedTuple

from domain.period import Period
from services.profile.months.proration import DayWeight, share_out

FIRST_YEAR, LAST_YEAR = 1970, 2100
"""Bills outside these years are misread; the table of months covers them."""


class MeterPeriod(NamedTuple):
    """What one meter measured in one period, in its own unit; no two of a meter share a day."""

    period: Period
    amount: Decimal
    estimated: bool = False
    bill_id: str = ""


class MonthSum(NamedTuple):
    """One calendar month of a meter. ``amount`` is exact: numerator over denominator, not reduced."""

    month: date
    numerator: int
    denominator: int
    days_covered: int
    days_in_month: int
    estimated: bool
    bill_ids: tuple[str, ...]

    @property
    def amount(self) -> Fraction:
        """The exact amount, in the unit of the periods."""
        return Fraction(self.numerator, self.denominator)

    @property
    def complete(self) -> bool:
        """Whether every day of the month is covered."""
        return self.days_covered == self.days_in_month

    def rounded(self, places: int) -> Decimal:
        """Return the amount with so many decimals, halves to the even digit."""
        return Decimal(_divided(self.numerator * 10**places, self.denominator)).scaleb(-places)


_START = attrgetter("period.start")


class _Months(NamedTuple):
    """Which month each day belongs to, and where months start; days as ordinals from ``origin``."""

    origin: int
    of_day: Sequence[int]
    starts: Sequence[int]
    firsts: Sequence[date]
    lengths: Sequence[int]


def calendarise(periods: Iterable[MeterPeriod], weight: DayWeight | None = None) -> list[MonthSum]:
    """Sum periods by month, in the order of months; the sums add up to the periods' amounts exactly.

    Args:
        periods: Periods of one meter and stream that share no day (``overlaps.settle``).
        weight: Relative use of each day; by default every day of a period weighs the same.

    Raises:
        ValueError: a period lies outside FIRST_YEAR to LAST_YEAR.
    """
    if weight is not None:
        return _weighted(periods, weight)
    months = _table()
    origin, of_day, starts, firsts, lengths = months
    found: list[MonthSum] = []
    # In the order of days the months come in theirs, so that one month is in hand at a time.
    current, numerator, denominator, covered = -1, 0, 1, 0
    any_estimated, bill_ids = False, [""]
    for period, amount, estimated, bill_id in sorted(periods, key=_START):
        start, end = period.start.toordinal() - origin, period.end.toordinal() - origin
        if start < 0 or end >= len(of_day):
            raise ValueError(f"{period.start} .. {period.end} is no billing period of {FIRST_YEAR} to {LAST_YEAR}")
        # A Decimal's ratio is reduced, so its numerator and denominator stay small.
        over, under = amount.as_integer_ratio()
        under *= end - start
        at, last = of_day[start], of_day[end - 1]
        while True:
            until = end if at == last else starts[at + 1]
            days = until - start
            if at != current:
                if current >= 0:
                    told = (
                        firsts[current],
                        numerator,
                        denominator,
                        covered,
                        lengths[current],
                        any_estimated,
                        tuple(bill_ids),
                    )
                    found.append(MonthSum._make(told))
                current, numerator, denominator, covered = at, over * days, under, days
                any_estimated, bill_ids = estimated, [bill_id]
            else:
                if under == denominator:
                    numerator += over * days
                else:
                    numerator = numerator * under + over * days * denominator
                    denominator *= under
                covered += days
                any_estimated = any_estimated or estimated
                bill_ids.append(bill_id)
            if at == last:
                break
            start, at = until, at + 1
    if current >= 0:
        sums = numerator, denominator, covered, lengths[current], any_estimated, tuple(bill_ids)
        found.append(MonthSum(firsts[current], *sums))
    return found


def total_by_month(meters: Iterable[Sequence[MonthSum]]) -> dict[date, Fraction]:
    """Add the months of several meters up."""
    totals: dict[date, Fraction] = {}
    for months in meters:
        for month in months:
            totals[month.month] = totals.get(month.month, Fraction(0)) + month.amount
    return totals


def complete_months(meters: Sequence[tuple[Period, Sequence[MonthSum]]]) -> Mapping[date, bool]:
    """Tell for each month with any data whether every meter active in it is covered on every day that it was active.

    Args:
        meters: Each meter's active span (first day of its first bill to the end of its last, longer where known) and months.
    """
    complete: dict[date, bool] = {}
    for _, months in meters:
        for month in months:
            complete.setdefault(month.month, True)
    for active, months in meters:
        covered = {month.month: month.days_covered for month in months}
        for first in complete:
            days = Period(first, _following(first)).intersect(active)
            if days is not None and covered.get(first, 0) < days.days:
                complete[first] = False
    # A month that starts before the first meter or ends after the last one is not whole, whoever was active.
    for first in complete:
        whole = Period(first, _following(first))
        spans = [active.intersect(whole) for active, _ in meters]
        if not any(span == whole for span in spans) and not _tiled(whole, [span for span in spans if span]):
            complete[first] = False
    return complete


def _tiled(whole: Period, spans: Sequence[Period]) -> bool:
    reached = whole.start
    for span in sorted(spans):
        if span.start > reached:
            return False
        reached = max(reached, span.end)
    return reached >= whole.end


class _Sum:
    """A month in the making."""

    __slots__ = ("bill_ids", "days", "denominator", "estimated", "numerator")

    def __init__(self, numerator: int, denominator: int, days: int, estimated: bool, bill_ids: list[str]) -> None:
        self.numerator = numerator
        self.denominator = denominator
        self.days = days
        self.estimated = estimated
        self.bill_ids = bill_ids

    def add(self, numerator: int, denominator: int, days: int, estimated: bool, bill_id: str) -> None:
        if denominator == self.denominator:
            self.numerator += numerator
        else:
            self.numerator = self.numerator * denominator + numerator * self.denominator
            self.denominator *= denominator
        self.days += days
        self.estimated = self.estimated or estimated
        self.bill_ids.append(bill_id)


def _weighted(periods: Iterable[MeterPeriod], weight: DayWeight) -> list[MonthSum]:
    sums: dict[date, _Sum] = {}
    for period, amount, estimated, bill_id in periods:
        for share in share_out(Fraction(amount), period, weight):
            numerator, denominator = share.amount.as_integer_ratio()
            known = sums.setdefault(share.month, _Sum(0, 1, 0, False, []))
            known.add(numerator, denominator, share.days.days, estimated, bill_id)
    return [
        MonthSum(
            month,
            one.numerator,
            one.denominator,
            one.days,
            (_following(month) - month).days,
            one.estimated,
            tuple(one.bill_ids),
        )
        for month, one in sorted(sums.items())
    ]


def _following(first: date) -> date:
    return date(first.year + first.month // 12, first.month % 12 + 1, 1)


def _divided(numerator: int, denominator: int) -> int:
    """Divide whole numbers, halves to the even one; the denominator is positive."""
    quotient, remainder = divmod(numerator, denominator)
    twice = 2 * remainder
    return quotient + (twice > denominator or (twice == denominator and quotient % 2 == 1))


@lru_cache(maxsize=1)
def _table() -> _Months:
    firsts = [date(year, month, 1) for year in range(FIRST_YEAR, LAST_YEAR + 1) for month in range(1, 13)]
    origin = firsts[0].toordinal()
    starts = [first.toordinal() - origin for first in firsts] + [date(LAST_YEAR + 1, 1, 1).toordinal() - origin]
    of_day = [at for at in range(len(firsts)) for _ in range(starts[at + 1] - starts[at])]
    lengths = [end - start for start, end in pairwise(starts)]
    return _Months(origin, of_day, starts, firsts, lengths)
