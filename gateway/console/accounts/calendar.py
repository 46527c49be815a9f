"""The calendar of an account: a row a meter, a column a month, and of each cell where its numbers come from. Pure functions."""

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from gateway.console.projects.chart import MONTH_NAMES
from protos.profile.v1 import ledger_pb2
from protos.values.v1 import reading_pb2

MONTHS_SHOWN = 18

LETTERS = {
    "billed": ("B", "one bill for just this month"),
    "prorated": ("P", "bills shared out by days"),
    "estimated": ("E", "an estimated read"),
    "part": ("p", "bills for some of the days"),
    "table": ("T", "a bill's history table"),
    "chart": ("C", "a bill's history chart"),
    "overlap": ("O", "two bills for the same days"),
    "gap": ("G", "no bill, though there are some before and after"),
    "none": ("", "before the first bill or after the last"),
}
"""Of each kind of cell the letter that stands in it, and what it means; the pattern stands in the stylesheet."""


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """A calendar month."""

    year: int
    number: int

    @classmethod
    def of(cls, day: date) -> "Month":
        """Return the month that a day is in."""
        return cls(day.year, day.month)

    def moved(self, months: int) -> "Month":
        """Return the month so many months later, or earlier where it is negative."""
        count = self.year * 12 + self.number - 1 + months
        return Month(count // 12, count % 12 + 1)

    @property
    def start(self) -> date:
        """Return its first day."""
        return date(self.year, self.number, 1)

    @property
    def end(self) -> date:
        """Return the day after its last one."""
        return self.moved(1).start

    @property
    def name(self) -> str:
        """Return its name with the year."""
        return f"{MONTH_NAMES[self.number - 1]} {self.year}"

    def __str__(self) -> str:
        """Return it as addresses write it: 2026-03."""
        return f"{self.year:04}-{self.number:02}"


@dataclass(frozen=True, slots=True)
class Days:
    """What one bill covers: from ``start`` up to, and without, ``end``."""

    start: date
    end: date
    bill_id: str
    estimated: bool


@dataclass(frozen=True, slots=True)
class Span:
    """Days of which the ledger remarks something: that no bill covers them, or two do."""

    start: date
    end: date

    @property
    def last(self) -> date:
        """Return the last of the days."""
        return self.end - timedelta(days=1)

    @property
    def days(self) -> int:
        """Return how many they are."""
        return (self.end - self.start).days


@dataclass(frozen=True, slots=True)
class Cell:
    """One month of one meter."""

    month: Month
    kind: str
    days_covered: int
    bill_id: str

    @property
    def letter(self) -> str:
        """Return the letter that stands for the kind."""
        return LETTERS[self.kind][0]

    @property
    def words(self) -> str:
        """Say what the cell says to those who do not see it."""
        days = (self.month.end - self.month.start).days
        told = f", {self.days_covered} of {days} days" if self.kind in ("part", "gap", "overlap") else ""
        return f"{self.month.name}: {LETTERS[self.kind][1]}{told}"


@dataclass(frozen=True, slots=True)
class Row:
    """A meter's months, and the days that are missing among them."""

    meter_id: str
    name: str
    cells: tuple[Cell, ...]
    missing: tuple[Span, ...]


def covered_days(calendar: ledger_pb2.AccountCalendar) -> list[Days]:
    """Return what bills cover, by day."""
    return sorted(
        (
            Days(date.fromisoformat(one.period.start), date.fromisoformat(one.period.end), one.bill_id, one.estimated)
            for one in calendar.covered
        ),
        key=lambda one: (one.start, one.end),
    )


def start_of_latest(calendar: ledger_pb2.AccountCalendar, bills: int) -> str:
    """Return the day on or after which the latest bills begin, so many of them (ISO 8601); empty where there are no more."""
    newest: dict[str, str] = {}
    for one in calendar.covered:  # a row for each of a bill's periods, which its meters may have of their own
        newest[one.ledger_bill_id] = max(one.period.start, newest.get(one.ledger_bill_id, ""))
    starts = sorted(newest.values(), reverse=True)
    return starts[bills - 1] if len(starts) > bills else ""


def history_months(reading: reading_pb2.Reading, number: str) -> dict[Month, str]:
    """Return the months that a bill's history tells of a meter, "table" or "chart" each.

    ``number`` is the meter's as the ledger has it; a bill of one meter, and rows of the whole account, speak of it as well.
    """
    keys = {meter.meter_key for meter in reading.meters if _same(meter.number.value, number)}
    if len(reading.meters) <= 1:
        keys |= {meter.meter_key for meter in reading.meters} | {""}
    return {
        Month.of(date.fromisoformat(row.month)): row.source
        for row in reading.history
        if row.meter_key in keys and row.month and row.source in ("table", "chart")
    }


def row_of(
    meter_id: str,
    name: str,
    calendar: ledger_pb2.AccountCalendar,
    history: Mapping[Month, str],
    months: Sequence[Month],
) -> Row:
    """Return a meter's row; what is a gap, and what an overlap, is the ledger's to say."""
    covered, missing, twice = covered_days(calendar), _remarked(calendar, "gap"), _remarked(calendar, "overlap")
    return Row(meter_id, name, tuple(_cell(month, covered, missing, twice, history) for month in months), missing)


def months_until(last: Month) -> tuple[Month, ...]:
    """Return the months that are shown side by side, the last one at the end."""
    return tuple(last.moved(-back) for back in reversed(range(MONTHS_SHOWN)))


def _remarked(calendar: ledger_pb2.AccountCalendar, rule_id: str) -> tuple[Span, ...]:
    return tuple(
        Span(date.fromisoformat(one.period.start), date.fromisoformat(one.period.end))
        for one in calendar.remarks
        if one.rule_id == rule_id
    )


def _cell(
    month: Month, covered: Sequence[Days], missing: Sequence[Span], twice: Sequence[Span], history: Mapping[Month, str]
) -> Cell:
    within = [one for one in covered if one.start < month.end and one.end > month.start]
    days = [any(one.start <= day < one.end for one in within) for day in _days(month)]
    count = sum(days)
    gap, overlap = (any(one.start < month.end and one.end > month.start for one in spans) for spans in (missing, twice))
    if overlap:
        kind = "overlap"
    elif count == len(days):
        exact = len(within) == 1 and (within[0].start, within[0].end) == (month.start, month.end)
        kind = "estimated" if any(one.estimated for one in within) else "billed" if exact else "prorated"
    elif not count and month in history:
        kind = history[month]
    else:
        kind = "gap" if gap else "part" if count else "none"
    return Cell(month, kind, count, within[-1].bill_id if within else "")


def _days(month: Month) -> Iterator[date]:
    for number in range((month.end - month.start).days):
        yield month.start + timedelta(days=number)


def _same(printed: str, number: str) -> bool:
    return _signs(printed) == _signs(number)


def _signs(text: str) -> str:
    """Return what the ledger matches numbers by: letters and digits, in one form."""
    return "".join(sign for sign in unicodedata.normalize("NFKC", text).upper() if sign.isalnum())
