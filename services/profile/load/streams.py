"""The months of several meters and accounts together: each scaled over its own gaps, then the whole over the month.

A meter counts as active from the first to the last day that any bill shows of it. Days on which it was active but no bill
shows it are a gap: where it has more gap than days in a month, that month is unknown, for the sum of the others would pass as
the whole. An account's history speaks for all of its meters, so days that one of them covers are no gap of the other.

Days of a month are bits of a whole number, so that covering and lacking are single operations.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import NamedTuple

from domain.period import Period, month_of
from services.profile.load.contribution import Origin, Stretch
from services.profile.months.proration import share_out


class _Key(NamedTuple):
    """What is measured: a meter of an account, or the history of an account or of one of its meters."""

    account: str
    own: bool
    meter: str


@dataclass(slots=True)
class _Part:
    """What one stream has of one month."""

    energy: Fraction
    days: int


@dataclass(frozen=True, slots=True)
class StreamMonth:
    """One month of all streams. ``energy`` [kWh] is None where a stream lacks too many days."""

    month: Period
    energy: Fraction | None
    days_covered: int
    stretches: tuple[Stretch, ...]


def stream_months(stretches: Sequence[Stretch]) -> list[StreamMonth]:
    """Return every month that stretches touch; of one stream no two share a day (``observed.untangled``)."""
    spans: dict[_Key, Period] = {}
    parts: dict[date, dict[_Key, _Part]] = {}
    touching: dict[date, list[Stretch]] = {}
    for stretch in stretches:
        key = _Key(stretch.account, stretch.origin is Origin.OWN, stretch.meter)
        known = spans.get(key, stretch.period)
        spans[key] = Period(min(known.start, stretch.period.start), max(known.end, stretch.period.end))
        for share in share_out(Fraction(stretch.energy_kwh), stretch.period):
            month, days = share.month, _bits(share.days)
            of_month = parts.setdefault(month, {})
            part = of_month.get(key)
            if part is None:
                of_month[key] = _Part(share.amount, days)
            else:
                part.energy += share.amount
                part.days |= days
            touching.setdefault(month, []).append(stretch)
    return [_month(month_of(first), parts[first], spans, touching[first]) for first in sorted(parts)]


def _month(
    month: Period, parts: Mapping[_Key, _Part], spans: Mapping[_Key, Period], touching: Iterable[Stretch]
) -> StreamMonth:
    covered = shown = 0
    known, energy = True, Fraction(0)
    for key, span in spans.items():
        within = span.intersect(month)
        part = parts.get(key)
        if within is None:
            continue
        days = part.days if part else 0
        active = _bits(within) & ~_days_of(parts, key.account, not key.own) | days
        covered |= days
        shown |= active
        if not active:
            continue
        if 2 * days.bit_count() <= active.bit_count():
            known = False
        elif part is not None:
            scaled = part.energy if active == days else part.energy * Fraction(active.bit_count(), days.bit_count())
            energy = energy + scaled if energy else scaled
    if known and shown.bit_count() < month.days:
        energy *= Fraction(month.days, shown.bit_count())
    return StreamMonth(month, energy if known else None, covered.bit_count(), tuple(touching))


def _days_of(parts: Mapping[_Key, _Part], account: str, own: bool) -> int:
    days = 0
    for key, part in parts.items():
        if key.account == account and key.own is own:
            days |= part.days
    return days


def _bits(days: Period) -> int:
    """Return the days of a period within one month as bits, the first of the month lowest."""
    return ((1 << days.days) - 1) << (days.start.day - 1)
