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
from functools import lru_cache
from typing import NamedTuple

from domain.period import Period, month_of
from services.profile.load.contribution import Origin, Stretch

PERIODS_KEPT = 8192
"""Periods whose split into months is remembered: the bills of one replay state the same ones over and over."""


class _Key(NamedTuple):
    """What is measured: a meter of an account, or the history of an account or of one of its meters."""

    account: str
    own: bool
    meter: str


class _Part:
    """What one stream has of one month: its energy as a ratio that is not reduced, its days as bits, the first one lowest.

    Whole numbers, because reducing a fraction after each sum costs more than all the rest of a load profile.
    """

    __slots__ = ("days", "denominator", "numerator")

    def __init__(self, numerator: int, denominator: int, days: int) -> None:
        self.numerator = numerator
        self.denominator = denominator
        self.days = days

    def add(self, numerator: int, denominator: int, days: int) -> None:
        if denominator == self.denominator:
            self.numerator += numerator
        else:
            self.numerator = self.numerator * denominator + numerator * self.denominator
            self.denominator *= denominator
        self.days |= days


class _Piece(NamedTuple):
    """What of a period lies in one month; ``bits`` are its days, the first of the month lowest."""

    month: date
    bits: int
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
        key, period = _Key(stretch.account, stretch.origin is Origin.OWN, stretch.meter), stretch.period
        known = spans.get(key)
        spans[key] = period if known is None else Period(min(known.start, period.start), max(known.end, period.end))
        numerator, denominator = stretch.energy_kwh.as_integer_ratio()
        pieces = _pieces(period)
        if len(pieces) > 1:
            denominator *= period.days
        for month, bits, days in pieces:
            share = numerator if len(pieces) == 1 else numerator * days
            of_month = parts.get(month)
            if of_month is None:
                parts[month], touching[month] = {key: _Part(share, denominator, bits)}, [stretch]
                continue
            part = of_month.get(key)
            if part is None:
                of_month[key] = _Part(share, denominator, bits)
            else:
                part.add(share, denominator, bits)
            touching[month].append(stretch)
    return [_month(_whole(first), parts[first], spans, touching[first]) for first in sorted(parts)]


def _month(
    month: Period, parts: Mapping[_Key, _Part], spans: Mapping[_Key, Period], touching: Iterable[Stretch]
) -> StreamMonth:
    covered = shown = 0
    length = month.days
    all_days = (1 << length) - 1
    known, sums = True, _Part(0, 1, 0)
    for key, span in spans.items():
        if span.end <= month.start or month.end <= span.start:
            continue
        part = parts.get(key)
        days = part.days if part else 0
        within = span.start <= month.start and month.end <= span.end
        active = all_days if within else _bits(span, month)
        if active != days:
            active = active & ~_days_of(parts, key.account, not key.own) | days
        covered |= days
        shown |= active
        if not active:
            continue
        if 2 * days.bit_count() <= active.bit_count():
            known = False
        elif part is not None:
            if active == days:
                sums.add(part.numerator, part.denominator, 0)
            else:
                sums.add(part.numerator * active.bit_count(), part.denominator * days.bit_count(), 0)
    if not known:
        return StreamMonth(month, None, covered.bit_count(), tuple(touching))
    energy = Fraction(sums.numerator * length, sums.denominator * shown.bit_count())
    return StreamMonth(month, energy, covered.bit_count(), tuple(touching))


def _days_of(parts: Mapping[_Key, _Part], account: str, own: bool) -> int:
    days = 0
    for key, part in parts.items():
        if key.own is own and key.account == account:
            days |= part.days
    return days


def _bits(span: Period, month: Period) -> int:
    """Return the days of a span that lie in a month as bits; it has some there."""
    first = span.start.day - 1 if span.start > month.start else 0
    until = (span.end - month.start).days if span.end < month.end else month.days
    return (1 << until) - (1 << first)


@lru_cache(maxsize=PERIODS_KEPT)
def _pieces(period: Period) -> tuple[_Piece, ...]:
    pieces = []
    for part in period.months():
        month = _whole(part.start.replace(day=1))
        pieces.append(_Piece(month.start, _bits(part, month), part.days))
    return tuple(pieces)


@lru_cache(maxsize=PERIODS_KEPT)
def _whole(first: date) -> Period:
    return month_of(first)
