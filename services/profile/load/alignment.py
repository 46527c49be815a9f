"""Dates for history rows that a bill prints by month only.

Bills name a past billing period by one month, though it mostly lies in two. Where the bill's own period is known, the rows
before it are the periods before it: each ends where the next one starts. So a bill of 5 August to 5 September that names itself
September puts its row "August" at 5 July to 5 August, and days are shared out from there like any others. For bills by
calendar month this gives the calendar month itself.

The bill's own row shows whether that is so: it must state the bill's own energy. Where it states another, the rows are taken
for calendar months; where it states one meter of several, the rows are not the bill's and are left out.
"""

from calendar import monthrange
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from enum import Enum
from functools import lru_cache

from domain.period import Period
from domain.reading import HistoryMonth, HistorySource
from services.profile.load.consumption import Consumption

TABLE_TOLERANCE, CHART_TOLERANCE = Decimal("0.005"), Decimal("0.05")
"""How far a printed row, and a bar read off a drawing, may lie from the energy that it repeats."""

MONTH_DAYS = Decimal("30.4375")
BILLING_MONTHS_MAX = 3
SHORTEST_MONTH_DAYS = 28
PERIODS_KEPT = 8192
"""Periods that are remembered: a utility reads its meters on a few days of the month, so bills share theirs."""


class _Fit(Enum):
    """How the history's rows stand to the bill's own period."""

    ALIGNED = "aligned"
    UNKNOWN = "unknown"
    OF_ONE_METER = "of one meter"


def dated(rows: Sequence[HistoryMonth], own: Sequence[Consumption]) -> list[tuple[HistoryMonth, Period | None]]:
    """Return history rows, each with the period that it states or that follows from the bill's own, else with None.

    Args:
        rows: Electricity rows with quantities.
        own: What the same statement states for its own period.
    """
    as_stated = [(row, row.period) for row in rows]
    periods = {one.period for one in own}
    named = [row for row in rows if row.period is None]
    if len(periods) != 1 or not named:
        return as_stated
    period = periods.pop()
    span = round(period.days / MONTH_DAYS)
    if not 1 <= span <= BILLING_MONTHS_MAX:
        return as_stated
    label = period.last_day.replace(day=1)
    label, fit = _label(named, own, period, label)
    if fit is _Fit.OF_ONE_METER:
        return [(row, stated) for row, stated in as_stated if stated is not None]
    steps = {row.month: _months_between(row.month, label) for row in named}
    if fit is _Fit.UNKNOWN or any(step < 0 or step % span for step in steps.values()):
        return as_stated
    return [
        (row, stated or (_period_before(period.start, step, span) if (step := steps[row.month]) else period))
        for row, stated in as_stated
    ]


def _label(rows: Sequence[HistoryMonth], own: Sequence[Consumption], period: Period, label: date) -> tuple[date, _Fit]:
    """Return the month by which the bill names its own period, and whether its rows can be dated by it.

    Most name a period by the month of its end, some by that of its start; the row that repeats the bill's energy tells.
    """
    total = sum((one.energy_kwh for one in own), Decimal(0))
    of_end = [row for row in rows if row.month == label]
    if any(_repeats(row, total) for row in of_end):
        return label, _Fit.ALIGNED
    if len(own) > 1 and any(_repeats(row, one.energy_kwh) for row in of_end for one in own):
        return label, _Fit.OF_ONE_METER
    if of_end:
        return label, _Fit.UNKNOWN
    start = period.start.replace(day=1)
    if any(row.month == start and _repeats(row, total) for row in rows):
        return start, _Fit.ALIGNED
    return label, _Fit.ALIGNED


def _repeats(row: HistoryMonth, energy: Decimal) -> bool:
    stated = row.quantity.value.kwh() if row.quantity else None
    tolerance = TABLE_TOLERANCE if row.source is HistorySource.TABLE else CHART_TOLERANCE
    return stated is not None and abs(stated - energy) <= max(energy * tolerance, Decimal(1))


def _months_between(month: date, later: date) -> int:
    return (later.year - month.year) * 12 + later.month - month.month


@lru_cache(maxsize=PERIODS_KEPT)
def _period_before(start: date, step: int, span: int) -> Period:
    """Return the billing period of so many months that started ``step`` months before ``start``."""
    return Period(_earlier(start, step), _earlier(start, step - span))


def _earlier(day: date, months: int) -> date:
    """Return the same day of an earlier month, or that month's last day where it is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    if day.day <= SHORTEST_MONTH_DAYS:
        return date(year, month + 1, day.day)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
