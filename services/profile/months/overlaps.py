"""Periods of one meter and stream that overlap, settled by the ledger's policy.

The same period stated twice: the later reading wins. One shared boundary day (one bill ends on the day the next one starts, both
counting it): the second bill gets the day. More: the two are kept apart and told as a conflict; the later reading
stands, the earlier one is set aside, and nothing is dropped in silence. The outcome does not depend on the order of arrival.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any, Generic, TypeVar

from domain.period import Period

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Stated(Generic[T]):
    """Something stated for a period. Of two that cannot both stand the one of the higher ``rank`` does."""

    period: Period
    rank: Any
    what: T


@dataclass(frozen=True, slots=True)
class Conflict(Generic[T]):
    """Two statements that share more than a boundary day: ``standing`` counts, ``aside`` does not."""

    standing: Stated[T]
    aside: Stated[T]


@dataclass(frozen=True, slots=True)
class Settled(Generic[T]):
    """The outcome, by start: what stands (no two share a day), what was replaced, and what is in conflict."""

    standing: tuple[Stated[T], ...]
    replaced: tuple[Stated[T], ...] = ()
    conflicts: tuple[Conflict[T], ...] = ()


def settle(stated: Iterable[Stated[T]], rivals: Callable[[Stated[T], Stated[T]], bool] | None = None) -> Settled[T]:
    """Settle which statements stand.

    Args:
        stated: Statements of one meter and stream; ranks must tell any two of them apart.
        rivals: Whether two statements measure the same thing and so must not overlap; by default any two do.
    """
    by_start = sorted(stated, key=_by_start)
    if all(one.period.end <= after.period.start for one, after in pairwise(by_start)):
        return Settled(tuple(by_start))
    kept: list[Stated[T]] = []
    replaced: list[Stated[T]] = []
    conflicts: list[Conflict[T]] = []
    for one in sorted(by_start, key=lambda each: each.rank, reverse=True):
        rival = next(
            (other for other in kept if _clash(one.period, other.period) and (not rivals or rivals(one, other))), None
        )
        if rival is None:
            kept.append(one)
        elif rival.period == one.period:
            replaced.append(one)
        else:
            conflicts.append(Conflict(rival, one))
    kept.sort(key=_by_start)
    starting: dict[date, list[Stated[T]]] = {}
    for one in kept:
        starting.setdefault(one.period.start, []).append(one)
    return Settled(
        tuple(_trimmed(one, starting.get(one.period.last_day, ()), rivals) for one in kept),
        tuple(sorted(replaced, key=_by_start)),
        tuple(sorted(conflicts, key=lambda each: _by_start(each.aside))),
    )


def _by_start(one: Stated[Any]) -> tuple[date, date, Any]:
    return one.period.start, one.period.end, one.rank


def _clash(one: Period, other: Period) -> bool:
    """Tell whether two periods share more than one boundary day."""
    if one.start >= other.end or other.start >= one.end:
        return False
    first, second = (one, other) if one.start <= other.start else (other, one)
    boundary = first.start < second.start and first.end < second.end and first.last_day == second.start
    return not boundary


def _trimmed(
    one: Stated[T], starting: Iterable[Stated[T]], rivals: Callable[[Stated[T], Stated[T]], bool] | None
) -> Stated[T]:
    """Return a statement without its last day where one of those that start on it gets the day."""
    last = one.period.last_day
    for other in starting:
        if other.period.start > one.period.start and (not rivals or rivals(one, other)):
            return Stated(Period(one.period.start, last), one.rank, one.what)
    return one
