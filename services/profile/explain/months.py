"""Where each month of a load profile comes from: the rows of bills that it is made of, their days, and the rule."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from domain.period import Period, month_of
from services.profile.load.contribution import Contribution, Origin
from services.profile.load.observed import MonthSource, ObservedMonth, observed_months, untangled
from services.profile.load.streams import StreamMonth, stream_months


class MonthRule(StrEnum):
    """How an observed month was made of its parts."""

    OWN_PERIOD = "own_period"
    SHARED_BY_DAYS = "shared_by_days"
    SCALED = "scaled"
    NAMED_MONTH = "named_month"


@dataclass(frozen=True, slots=True)
class Part:
    """What one row gives to a month: ``energy_kwh`` over ``period``, of which ``days`` are in the month."""

    bill_id: str
    period: Period
    origin: Origin
    meter: str
    energy_kwh: Decimal
    days: int

    @property
    def share(self) -> Fraction:
        """What falls into the month [kWh]."""
        return Fraction(self.energy_kwh) * self.days / self.period.days


@dataclass(frozen=True, slots=True)
class MonthExplained:
    """A month's rule and parts; the sum of their shares times ``scale`` is its energy."""

    rule: MonthRule
    parts: tuple[Part, ...]
    scale: Fraction


def explain_months(contribution: Contribution) -> dict[date, MonthExplained]:
    """Explain every month that a contribution shows, by its first day."""
    dated = {row.month.start: row for row in stream_months(untangled(contribution.stretches))}
    return {month: _explained(row, contribution, dated) for month, row in observed_months(contribution).items()}


def _explained(row: ObservedMonth, contribution: Contribution, dated: Mapping[date, StreamMonth]) -> MonthExplained:
    of_days = dated.get(row.month)
    whole = of_days is not None and of_days.energy is not None and of_days.days_covered == row.days_in_month
    named = [one for one in contribution.months if one.month == row.month]
    month = month_of(row.month)
    if named and not whole:
        parts = tuple(Part(one.bill_id, month, one.origin, "", one.energy_kwh, month.days) for one in named)
        return MonthExplained(MonthRule.NAMED_MONTH, parts, Fraction(1))
    stretches = of_days.stretches if of_days is not None else ()
    parts = tuple(
        Part(one.bill_id, one.period, one.origin, one.meter, one.energy_kwh, shared.days)
        for one in stretches
        if (shared := one.period.intersect(month)) is not None
    )
    total = sum((part.share for part in parts), Fraction(0))
    scale = row.energy / total if total else Fraction(1)
    return MonthExplained(_rule(row, scale), parts, scale)


def _rule(row: ObservedMonth, scale: Fraction) -> MonthRule:
    if row.source is MonthSource.BILLED:
        return MonthRule.OWN_PERIOD
    return MonthRule.SHARED_BY_DAYS if scale == 1 and row.days_covered == row.days_in_month else MonthRule.SCALED
