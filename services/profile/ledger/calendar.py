"""An account's calendar: which days bills cover, which are missing, which bill is late, which reads were estimated too long."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import pairwise
from statistics import median_low

from domain.period import Period

LATE_DAYS = 10
"""Days after the usual interval by which a bill is overdue; utilities post within a week of the read."""

ESTIMATED_RUN_MIN = 2
"""So many estimated bills in a row are told: a correction will follow (CalTRACK 2.2.3 merges them into the next actual read)."""

USUAL_DAYS_MIN, USUAL_DAYS_MAX = 25, 100
"""Lengths between which a bill's period is one of the usual ones: monthly to quarterly."""


class Remark(StrEnum):
    """What is to be said of a span of days."""

    GAP = "gap"
    OVERLAP = "overlap"
    LATE = "late"
    ESTIMATED_RUN = "estimated_run"


@dataclass(frozen=True, slots=True)
class Covered:
    """A bill's days."""

    period: Period
    estimated: bool
    bill_id: str


@dataclass(frozen=True, slots=True)
class Noted:
    """A span of days and what is to be said of it; ``bills`` are those before and after, or those in it."""

    remark: Remark
    days: Period
    bill_ids: tuple[str, ...]


def remarks(bills: Sequence[Covered], today: date) -> list[Noted]:
    """Return what is to be said of an account's bills, by day.

    ``today`` tells whether a next bill is late; days after the last bill are no gap before it is.
    """
    by_day = sorted(bills, key=lambda one: (one.period, one.bill_id))
    noted: list[Noted] = []
    reached: Covered | None = None
    for one in by_day:
        if reached is not None and one.period.start > reached.period.end:
            days = Period(reached.period.end, one.period.start)
            noted.append(Noted(Remark.GAP, days, (reached.bill_id, one.bill_id)))
        elif reached is not None and (shared := reached.period.intersect(one.period)) is not None and shared.days > 1:
            noted.append(Noted(Remark.OVERLAP, shared, (reached.bill_id, one.bill_id)))
        if reached is None or one.period.end > reached.period.end:
            reached = one
    if reached is not None:
        noted += _late(by_day, reached, today)
    return sorted(noted + _estimated_runs(by_day), key=lambda one: (one.days, one.remark))


def usual_days(bills: Sequence[Covered]) -> int | None:
    """Return the usual length of a billing period [days], or None where no bill has a usual one."""
    lengths = [one.period.days for one in bills if USUAL_DAYS_MIN <= one.period.days <= USUAL_DAYS_MAX]
    return median_low(lengths) if lengths else None


def _late(bills: Sequence[Covered], last: Covered, today: date) -> list[Noted]:
    usual = usual_days(bills)
    if usual is None:
        return []
    due = last.period.end + timedelta(days=usual + LATE_DAYS)
    return [Noted(Remark.LATE, Period(last.period.end, today), (last.bill_id,))] if today > due else []


def _estimated_runs(bills: Sequence[Covered]) -> list[Noted]:
    runs: list[list[Covered]] = []
    for before, one in pairwise([None, *bills]):
        assert one is not None
        if not one.estimated:
            continue
        if before is not None and before.estimated:
            runs[-1].append(one)
        else:
            runs.append([one])
    return [
        Noted(
            Remark.ESTIMATED_RUN,
            Period(run[0].period.start, max(one.period.end for one in run)),
            tuple(one.bill_id for one in run),
        )
        for run in runs
        if len(run) >= ESTIMATED_RUN_MIN
    ]
