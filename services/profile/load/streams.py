"""The months of several meters and accounts together: each scaled over its own gaps, then the whole over the month.

A meter counts as active from the first to the last day that any bill shows of it. Days on which it was active but no bill
shows it are a gap: where it has more gap than days in a month, that month is unknown, for the sum of the others would pass as
the whole. An account's history speaks for all of its meters, so days that one of them covers are no gap of the other.

Days of a month are bits of a whole number, so that covering and lacking are single operations; months are counted from the
year 0, and sums are ratios that are not reduced. Every completion comes through here, and most of its time with it.
"""

from collections.abc import Sequence
from datetime import date
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple

from domain.period import ONE_DAY, Period, month_of
from services.profile.load.contribution import Origin, Stretch

PERIODS_KEPT = 8192
"""Periods whose split into months is remembered: each bill's history states those of the bill before it again."""
MONTHS_KEPT = 4096
"""Calendar months that are remembered by their number: three centuries, a few hundred bytes each."""


_OWN = Origin.OWN


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


class _Stream:
    """What is measured: a meter of an account, or the history of an account or of one of its meters; its parts by month."""

    __slots__ = ("account", "end", "first", "last", "own", "parts", "start")

    def __init__(self, stretch: Stretch) -> None:
        self.account = stretch.account
        self.own = stretch.origin is _OWN
        self.start = stretch.period.start
        self.end = stretch.period.end
        self.first = self.last = 0
        self.parts: dict[int, _Part] = {}

    def take(self, stretch: Stretch) -> Sequence["_Piece"]:
        """Share a stretch out by days and return what of it lies in which month."""
        start, end = stretch.period.start, stretch.period.end
        if start < self.start:
            self.start = start
        if end > self.end:
            self.end = end
        numerator, denominator = stretch.energy_kwh.as_integer_ratio()
        pieces, parts = _pieces(start, end), self.parts
        if len(pieces) > 1:
            denominator *= (end - start).days
        for number, bits, days in pieces:
            share = numerator * days if len(pieces) > 1 else numerator
            part = parts.get(number)
            if part is None:
                parts[number] = _Part(share, denominator, bits)
            else:
                part.add(share, denominator, bits)
        return pieces

    def close(self) -> None:
        """Note the months in which the stream starts and ends, once all stretches are taken."""
        self.first, self.last = _number(self.start), _number(self.end - ONE_DAY)


class _Piece(NamedTuple):
    """What of a period lies in one month: the month's number, and the days as bits and counted."""

    month: int
    bits: int
    days: int


class StreamMonth(NamedTuple):
    """One month of all streams. ``energy`` [kWh] is None where a stream lacks too many days."""

    month: Period
    energy: Fraction | None
    days_covered: int
    stretches: tuple[Stretch, ...]


def stream_months(stretches: Sequence[Stretch]) -> list[StreamMonth]:
    """Return every month that stretches touch; of one stream no two share a day (``observed.untangled``)."""
    streams: dict[tuple[str, bool, str], _Stream] = {}
    touching: dict[int, list[Stretch]] = {}
    for stretch in stretches:
        key = stretch.account, stretch.origin is _OWN, stretch.meter
        stream = streams.get(key)
        if stream is None:
            stream = streams[key] = _Stream(stretch)
        for piece in stream.take(stretch):
            touching.setdefault(piece[0], []).append(stretch)
    of_all = list(streams.values())
    for stream in of_all:
        stream.close()
    return [_month(number, of_all, touching[number]) for number in sorted(touching)]


def _month(number: int, streams: Sequence[_Stream], touching: Sequence[Stretch]) -> StreamMonth:
    month, length = _calendar(number)
    covered = shown = numerator = 0
    denominator = 1
    known = True
    for stream in streams:
        if not stream.first <= number <= stream.last:
            continue
        part = stream.parts.get(number)
        days = 0 if part is None else part.days
        inside = stream.first < number < stream.last
        active = (1 << length) - 1 if inside else _bits(number, stream.start, stream.end)
        if active != days:
            active = active & ~_days_of(number, streams, stream.account, not stream.own) | days
        covered |= days
        shown |= active
        if not active:
            continue
        count, of_active = days.bit_count(), active.bit_count()
        if 2 * count <= of_active:
            known = False
        elif part is not None:
            more, whole = part.numerator, part.denominator
            if count != of_active:
                more, whole = more * of_active, whole * count
            numerator, denominator = numerator * whole + more * denominator, denominator * whole
    if not known:
        return StreamMonth(month, None, covered.bit_count(), tuple(touching))
    energy = Fraction(numerator * length, denominator * shown.bit_count())
    return StreamMonth(month, energy, covered.bit_count(), tuple(touching))


def _days_of(number: int, streams: Sequence[_Stream], account: str, own: bool) -> int:
    days = 0
    for stream in streams:
        if stream.own is own and stream.account == account and number in stream.parts:
            days |= stream.parts[number].days
    return days


@lru_cache(maxsize=PERIODS_KEPT)
def _pieces(start: date, end: date) -> tuple[_Piece, ...]:
    """Split the days from ``start`` up to ``end`` at the months' ends."""
    return tuple(
        _Piece(number, bits := _bits(number, start, end), bits.bit_count())
        for number in range(_number(start), _number(end - ONE_DAY) + 1)
    )


def _number(day: date) -> int:
    """Return the number of a day's month, counted from the year 0."""
    return day.year * 12 + day.month - 1


def _bits(number: int, start: date, end: date) -> int:
    """Return the days from ``start`` up to ``end`` that lie in a month as bits, the first of the month lowest; some do."""
    month, length = _calendar(number)
    first = start.day - 1 if start > month.start else 0
    until = (end - month.start).days if end < month.end else length
    return (1 << until) - (1 << first)


@lru_cache(maxsize=MONTHS_KEPT)
def _calendar(number: int) -> tuple[Period, int]:
    """Return the month of a number, and its days."""
    month = month_of(date(number // 12, number % 12 + 1, 1))
    return month, month.days
