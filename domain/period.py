"""Periods of service: half-open spans of dates without zone."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Self

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """The days from ``start`` up to, and without, ``end``.

    Bills print inclusive ends or read dates; the parser's edge converts once, so everything behind it is half-open.
    """

    start: date
    end: date

    def __post_init__(self) -> None:
        """Refuse an empty or backward span.

        Raises:
            ValueError: ``end`` is not after ``start``.
        """
        if self.end <= self.start:
            raise ValueError(f"a period must end after it starts: {self.start} .. {self.end}")

    @classmethod
    def inclusive(cls, first: date, last: date) -> Self:
        """Build from a first and a last day that both count.

        Raises:
            ValueError: ``last`` is before ``first``.
        """
        return cls(first, last + ONE_DAY)

    @property
    def days(self) -> int:
        """Length [days]."""
        return (self.end - self.start).days

    @property
    def last_day(self) -> date:
        """The last day that counts."""
        return self.end - ONE_DAY

    def __contains__(self, day: date) -> bool:
        return self.start <= day < self.end

    def intersect(self, other: "Period") -> "Period | None":
        """Return the days that both have, or None where they share none."""
        start, end = max(self.start, other.start), min(self.end, other.end)
        return Period(start, end) if start < end else None

    def months(self) -> Iterator["Period"]:
        """Yield the part of this period that falls into each calendar month, in order."""
        start = self.start
        while start < self.end:
            following = (start.replace(day=1) + timedelta(days=32)).replace(day=1)
            yield Period(start, min(following, self.end))
            start = following


def month_of(day: date) -> Period:
    """Return the whole calendar month that holds ``day``."""
    first = day.replace(day=1)
    return Period(first, (first + timedelta(days=32)).replace(day=1))


def period_of(text: str) -> Period:
    """Return the period that a text says.

    Programs write it up to, and without, the day behind the stroke: "2026-03-01/2026-04-01" (ISO 8601, read as half-open);
    people say its last day, "2026-03-01 to 2026-03-31", and of one day just that day.

    Raises:
        ValueError: it says no period.
    """
    start, stroke, end = text.partition("/")
    if stroke:
        return Period(date.fromisoformat(start.strip()), date.fromisoformat(end.strip()))
    first, to, last = text.partition(" to ")
    day = date.fromisoformat(first.strip())
    return Period.inclusive(day, date.fromisoformat(last.strip()) if to else day)


def days_said(start: str, end: str) -> str:
    """Return how people say the days from ``start`` up to, and without, ``end`` (ISO 8601): "2026-03-01 to 2026-03-31".

    What is no day is left as it is: this is for showing what was read.
    """
    try:
        last = date.fromisoformat(end) - ONE_DAY
        return start if start == last.isoformat() else f"{start} to {last}"
    except (ValueError, OverflowError):
        return " to ".join(filter(None, (start, end)))


def said(text: str) -> str:
    """Return a period that a program wrote as people say it; any other text as it is."""
    start, stroke, end = text.partition("/")
    if not stroke:
        return text
    try:
        period_of(text)
    except ValueError:
        return text
    return days_said(start, end)
