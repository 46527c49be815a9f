"""Statements that state the same: one bill uploaded twice, or a bill and its rebill.

The key is project, account (which is one issuer's) and statement date. Equal keys with equal amounts due are duplicates: the
later reading stands for both. Equal keys or periods with different amounts are a rebill: the one of the later date replaces the
other, of one date the one that says it is a rebill, else the one read later; the other is archived with its reason and kept.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from domain.ids import BillId, ProjectId
from domain.period import Period
from services.profile.fold import Mark
from services.profile.ledger.records import Reason


@dataclass(frozen=True, slots=True)
class Statement:
    """What tells a statement from others; of two alike the one with the higher mark stands."""

    bill_id: BillId
    ordinal: int
    project_id: ProjectId
    account: str
    statement_date: date | None
    period: Period | None
    amount_due: Decimal | None
    rebill: bool
    mark: Mark
    commodities: frozenset[str] = frozenset()
    """What its usages are of; empty where it states none."""
    new_charges: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Archived:
    """A statement that gives way to another."""

    statement: Statement
    in_favour_of: Statement
    reason: Reason


def archived(statements: Iterable[Statement]) -> list[Archived]:
    """Return the statements that give way, oldest first; the outcome does not depend on the order given.

    A statement without account, or without both a date and a period, is never taken for another's double.
    """
    standing: dict[tuple[ProjectId, str], list[Statement]] = {}
    given_way: list[Archived] = []
    for one in sorted(statements, key=_rank, reverse=True):
        beside = standing.setdefault((one.project_id, one.account), [])
        rival = next((other for other in beside if _same(one, other)), None)
        if rival is None:
            beside.append(one)
        else:
            given_way.append(Archived(one, rival, _reason(one, rival)))
    return given_way[::-1]


def _rank(one: Statement) -> tuple[date, bool, Mark, int]:
    """Return what of two statements alike the one that stands is greater by: its own date, then that it is a rebill."""
    return one.statement_date or date.min, one.rebill, one.mark, one.ordinal


def _same(one: Statement, other: Statement) -> bool:
    """Tell whether two statements of one project and account state the same."""
    if not one.account:
        return False
    if one.commodities and other.commodities and not one.commodities & other.commodities:
        # A company of two trades may bill each of them on a sheet of its own, on one day.
        return False
    dates = one.statement_date is not None and one.statement_date == other.statement_date
    # Bills of one period may be of two commodities, each with a date of its own: without a rebill's sign that is no double.
    periods = one.period is not None and one.period == other.period and (one.rebill or other.rebill)
    if dates and one.period is not None and other.period is not None and one.period.intersect(other.period) is None:
        return False
    return dates or periods


def _reason(one: Statement, standing: Statement) -> Reason:
    amounts = (one.amount_due, one.new_charges) == (standing.amount_due, standing.new_charges)
    alike = amounts and one.period == standing.period
    return Reason.DUPLICATE if alike else Reason.REBILLED
