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
