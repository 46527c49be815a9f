"""Calendar months out of billing periods: an amount is shared out over the days of its period.

``share_day = amount * w_day / sum(w)``. With w = 1 this is proration by days; a per-day weight (degree days) takes the same
path. Exact rational arithmetic: the shares of a period always sum to its amount.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from domain.period import Period

DayWeight = Callable[[date], Fraction]
"""Weight of one day within its period; only the proportions count."""


@dataclass(frozen=True, slots=True)
class Share:
    """What one calendar month gets of a period's amount. ``days`` are the days of the period that lie in the month."""

    days: Period
    amount: Fraction

    @property
    def month(self) -> date:
        """First day of the month."""
        start = self.days.start
        return start if start.day == 1 else start.replace(day=1)


def share_out(amount: Fraction, period: Period, weight: DayWeight | None = None) -> Iterator[Share]:
    """Share an amount out over the calendar months that a period crosses, in their order.

    A period whose days all weigh nothing is shared by days: its amount was used, whatever the weights say.
    """
    parts = list(period.months())
    if len(parts) == 1:
        yield Share(period, amount)
        return
    if weight is not None and any(weights := [_weight(part, weight) for part in parts]):
        total = sum(weights, Fraction(0))
        for part, part_weight in zip(parts, weights, strict=True):
            yield Share(part, amount * (part_weight / total))
        return
    for part in parts:
        yield Share(part, Fraction(amount.numerator * part.days, amount.denominator * period.days))


def _weight(part: Period, weight: DayWeight) -> Fraction:
    return sum((weight(part.start + timedelta(days=day)) for day in range(part.days)), Fraction(0))


def days_covered(spans: Iterable[Period]) -> int:
    """Count the days that lie in at least one of the spans."""
    covered, reached = 0, date.min
    for span in sorted(spans):
        start = max(span.start, reached)
        covered += max(0, (span.end - start).days)
        reached = max(reached, span.end)
    return covered


def by_month(shares: Iterable[Share]) -> dict[date, Sequence[Share]]:
    """Group shares by the first day of their month."""
    grouped: dict[date, list[Share]] = {}
    for share in shares:
        grouped.setdefault(share.month, []).append(share)
    return dict(grouped)
