"""Statements that state the same: one bill uploaded twice, or a bill and its rebill.

The key is issuer, account and statement date. Equal keys with equal amounts due are duplicates: the later reading stands for
both. Equal keys or periods with different amounts are a rebill: the later statement replaces the earlier one, which is archived
with its reason and kept.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from domain.ids import BillId
from domain.period import Period
from services.profile.fold import Mark


class ArchiveReason(StrEnum):
    """Why a statement no longer counts, though it is kept."""

    DUPLICATE = "duplicate"
    REBILLED = "rebilled"
    CORRECTED = "corrected"


@dataclass(frozen=True, slots=True)
class Statement:
    """What tells a statement from others; of two alike the one with the higher mark stands."""

    bill_id: BillId
    ordinal: int
    issuer_id: str
    account: str
    statement_date: date | None
    period: Period | None
    amount_due: Decimal | None
    rebill: bool
    mark: Mark


@dataclass(frozen=True, slots=True)
class Archived:
    """A statement that gives way to another."""

    statement: Statement
    in_favour_of: Statement
    reason: ArchiveReason


def archived(statements: Iterable[Statement]) -> list[Archived]:
    """Return the statements that give way, oldest first; the outcome does not depend on the order given.

    A statement without account, or without both a date and a period, is never taken for another's double.
    """
    standing: list[Statement] = []
    given_way: list[Archived] = []
    for one in sorted(statements, key=lambda each: (each.mark, each.ordinal), reverse=True):
        rival = next((other for other in standing if _same(one, other)), None)
        if rival is None:
            standing.append(one)
        else:
            given_way.append(Archived(one, rival, _reason(one, rival)))
    return given_way[::-1]


def _same(one: Statement, other: Statement) -> bool:
    if not one.account or (one.issuer_id, one.account) != (other.issuer_id, other.account):
        return False
    dates = one.statement_date is not None and one.statement_date == other.statement_date
    # Bills of one period may be of two commodities, each with a date of its own: without a rebill's sign that is no double.
    periods = one.period is not None and one.period == other.period and (one.rebill or other.rebill)
    if dates and one.period is not None and other.period is not None and one.period.intersect(other.period) is None:
        return False
    return dates or periods


def _reason(one: Statement, standing: Statement) -> ArchiveReason:
    alike = one.amount_due == standing.amount_due and one.period == standing.period
    return ArchiveReason.DUPLICATE if alike else ArchiveReason.REBILLED
