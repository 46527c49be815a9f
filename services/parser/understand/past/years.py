"""Years: which year the head of a column or of a line names, by its number or by words, beside months that stand without one."""

import itertools
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from typing import Protocol

from domain.evidence import Box
from domain.quantity import Unit
from services.parser.understand.layout.rows import Row, Segment, Sheet, overlap
from services.parser.understand.layout.tokens import Token
from services.parser.understand.metering.registers import unit_in
from services.parser.understand.sight import Sight
from services.parser.understand.values.units import POWER_UNITS, USAGE_UNITS

HEAD_WORDS_MAX = 4
"""A head that names a year says little else (``2024 kWh``, ``Usage this year``)."""
_YEAR = re.compile(r"(?<![\d/.,-])(?:19|20)\d\d(?![\d/.,-])")
_RANGE = re.compile(r"((?:19|20)\d\d)\s?[-–/]\s?((?:19|20)?\d\d)")
_CODED, CENTURY = re.compile(r"(\d\d)(0[1-9]|1[0-2])"), 2000
ENDS, LAST_MONTH = 2, 11
"""A span of a year names its two ends, so many months apart."""
_BACK = (("last_year", 1), ("this_year", 0))
"""How many years the words of a head count back."""


class Monthly(Protocol):
    """What stands at a month of a list."""

    @property
    def month(self) -> int:
        """The month of the year, from 1."""
        ...

    @property
    def year(self) -> int | None:
        """The year, None where the page prints none there."""
        ...


def year_named(sight: Sight, texts: Sequence[str]) -> int | None:
    """Return the year that the nearest of some short texts names, nearest last; the years before this one as 0 and -1."""
    for text in reversed(texts):
        if len(text.split()) > HEAD_WORDS_MAX:
            continue
        years = _YEAR.findall(text)
        if len(years) == 1:
            return int(years[0])
        for meaning, back in _BACK:
            if sight.lexicon.means(text, meaning):
                return -back
    return None


def years_over(sight: Sight, heads: Sequence[Sequence[Segment]], foreign: Sequence[bool]) -> dict[int, int] | None:
    """Return the years that heads of columns name, by column, None where they are not of use in several years.

    Args:
        sight: the document.
        heads: the texts over each column, nearest last.
        foreign: whether a column lists something else than use.
    """
    years: dict[int, int] = {}
    for index, head in enumerate(heads):
        texts = [segment.text for segment in head]
        year = year_named(sight, texts)
        power = any(unit_in(text) in POWER_UNITS for text in texts)
        if (
            year is not None
            and not foreign[index]
            and not power
            and not sight.lexicon.means(" ".join(texts), "per_day")
        ):
            years[index] = year
    distinct = len(set(years.values())) == len(years)
    by_words = {0, -1} == set(years.values())
    whole = by_words or (bool(years) and all(year > 0 for year in years.values()))
    return years if distinct and whole and (len(years) > 1 or len(years) == len(heads)) else None


def by_ranges(
    sight: Sight, sheet: Sheet, months: Sequence[Monthly], first: Row, columns: Sequence[Mapping[int, Token]],
    heads: Sequence[Sequence[Segment]], rows_max: int, title: Unit | None,
) -> Iterator[tuple[date, Token, Unit]]:  # fmt: skip
    """Yield the use of years over columns of their own, calendar years or ones that begin within one (``2023-2024``)."""
    units = [unit_in(head[-1].text) if head else None for head in heads]
    alike = [(c, unit) for c, unit in zip(columns, units, strict=True) if unit is not None and unit in USAGE_UNITS]
    ranges = _ranges_over(sheet, first, rows_max)
    years = ranges or _years_over(sheet, first, rows_max)
    begins = months[-1 if _falls(months) else 0].month
    told = list(zip(years, alike, strict=True)) if len(years) == len(alike) else []
    calendar = frozenset() if ranges or not told else frozenset(years)
    if not told and title in USAGE_UNITS:
        spans = [
            (year, [c for c in columns if overlap(next(iter(c.values())).box, box) > 0])
            for year, box in _spans_over(sight, sheet, first, rows_max, begins)
        ]
        told = [(year, (under[0], title)) for year, under in spans if len(under) == 1]
    for year, (column, unit) in told:
        for index, token in column.items():
            begun = year + (months[index].month < begins and year not in calendar)
            yield date(begun, months[index].month, 1), token, unit


def _spans_over(sight: Sight, sheet: Sheet, first: Row, rows_max: int, begins: int) -> list[tuple[int, Box]]:
    """Return the first years of spans of twelve months that stand side by side over a list (``Dec 2024 – Nov 2025``)."""
    for row in reversed(sheet.rows[max(first.index - rows_max, 0) : first.index]):
        found: list[tuple[int, Box]] = []
        for segment in row.segments:
            months = [t.when.as_month_year for t in sight.tokens.within(segment) if t.when is not None]
            if len(months) == ENDS and months[0] is not None and months[1] is not None:
                (year, month), (last, other) = months[0], months[1]
                if month == begins and last * 12 + other - year * 12 - month == LAST_MONTH:
                    found.append((year, segment.box))
        if len(found) > 1:
            return found
    return []


def _ranges_over(sheet: Sheet, first: Row, rows_max: int) -> list[int]:
    """Return the first years of ranges of two that stand side by side over a list of months (``2023-2024 | 2024-2025``)."""
    for row in reversed(sheet.rows[max(first.index - rows_max, 0) : first.index]):
        found = [_RANGE.fullmatch(segment.text) for segment in row.segments]
        years = [int(one[1]) for one in found if one is not None and int(one[2]) % 100 == (int(one[1]) + 1) % 100]
        if len(years) > 1:
            return years
    return []


def coded(sight: Sight, sheet: Sheet) -> Iterator[tuple[Row, Segment, date]]:
    """Yield the months that stand as digits under a head that says so (``2502`` under ``YYMM``), each with its place."""
    heads = [s for row in sheet.rows for s in row.segments if sight.lexicon.means(s.text, "coded_month")]
    for head in heads:
        for row in sheet.rows[head.row + 1 :]:
            for segment in row.segments:
                code = _CODED.fullmatch(segment.text)
                if code is not None and overlap(segment.box, head.box) > 0:
                    yield row, segment, date(CENTURY + int(code[1]), int(code[2]), 1)


def _years_over(sheet: Sheet, first: Row, rows_max: int) -> list[int]:
    """Return the years that stand side by side over the heads of a list of months (``Year 2024 | Year 2025``)."""
    for row in reversed(sheet.rows[max(first.index - rows_max, 0) : first.index]):
        named = [_YEAR.findall(s.text) for s in row.segments if len(s.text.split()) <= HEAD_WORDS_MAX]
        years = [int(one[0]) for one in named if len(one) == 1]
        if len(years) > 1:
            return years if len(set(years)) == len(years) else []
    return []


def months_in(named: Collection[tuple[int, int]], newest: date | None) -> dict[tuple[int, int], date]:
    """Return the months of the years that heads name, by year and month.

    Years that words name are counted from ``newest``, the last day of the bill's period: back from its month, or as those of the
    calendar where this year has no month yet after it.
    """
    begun = newest is not None and not any(not year and month > newest.month for year, month in named)
    found: dict[tuple[int, int], date] = {}
    for year, month in named:
        if year > 0:
            found[year, month] = date(year, month, 1)
        elif newest is not None:
            latest = newest.year if begun or month <= newest.month else newest.year - 1
            found[year, month] = date(latest + year, month, 1)
    return found


def dated(part: Sequence[Monthly], newest: date | None) -> list[date | None]:
    """Return the first day of each month; years that are not printed follow from the months before, or from this bill."""
    years = [anchor.year for anchor in part]
    falling = _falls(part)
    if not any(years):
        if newest is None:
            return [None] * len(part)
        at = 0 if falling else len(part) - 1
        years[at] = newest.year if part[at].month <= newest.month else newest.year - 1
    first = next(i for i, year in enumerate(years) if year)
    for i in range(first + 1, len(part)):
        years[i] = years[i] or _turned(years[i - 1], part[i - 1].month, part[i].month, forward=not falling)
    for i in range(first - 1, -1, -1):
        years[i] = _turned(years[i + 1], part[i + 1].month, part[i].month, forward=falling)
    return [date(year, anchor.month, 1) if year else None for year, anchor in zip(years, part, strict=True)]


def _falls(part: Sequence[Monthly]) -> bool:
    """Tell whether a list of months begins with the newest."""
    steps = [(b.month - a.month) % 12 for a, b in itertools.pairwise(part)]
    return sum(step > 6 for step in steps) > len(steps) / 2


def _turned(year: int | None, month: int, other: int, *, forward: bool) -> int | None:
    if year is None:
        return None
    return year + (other <= month) if forward else year - (other >= month)
