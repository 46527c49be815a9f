"""Times: months and quarters that words name, and past use told in parts, one column a time of day and none for all of it."""

import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

from domain.reading import UsageKind
from services.parser.understand.charts.axes.months import DASHES, month_of
from services.parser.understand.layout.rows import Segment
from services.parser.understand.layout.tokens import Token
from services.parser.understand.lexicon import Lexicon
from services.parser.understand.metering.registers import kind_of, unit_in
from services.parser.understand.sight import Sight
from services.parser.understand.values.units import USAGE_UNITS

STEPS = frozenset({1, 2, 3, 6, 12})
"""Months from one bill to the next: some are written once a year."""
TIMES_OF_DAY = frozenset({UsageKind.ON_PEAK, UsageKind.MID_PEAK, UsageKind.OFF_PEAK})
PARTS_MIN, LINES_MIN, MONTHS = 2, 3, 12
TWO_WAYS = ("export", "generated", "import", "net")
"""Where use is netted against what was fed in, a sum of two columns is not what is billed."""
SECOND_MONTH = 2
SHARES_OF_YEAR = (("quarter", 3), ("two_months", 2), ("half_year", 6))
"""Words for parts of a year that are counted, and how many months each has."""
_COUNTED = re.compile(r"([1-6])(?:[.°ºª]|er|[eè]?me|[eoa]|st|nd|rd|th)?$", re.IGNORECASE)

Column = Mapping[int, Token]
"""The numbers of a column by their line."""


def months_named(words: Sequence[str], lexicon: Lexicon) -> tuple[tuple[int, int | None] | None, int]:
    """Return the month that words begin with and how many words name it: the last of two joined by a dash (``oct. – déc.``).

    A counted part of a year is named after its last month (``3. Quartal``, ``2º trimestre de``).
    """
    counted = _COUNTED.match(words[0]) if len(words) > 1 else None
    if counted is not None:
        part = int(counted.group(1))
        months = next((part * each for word, each in SHARES_OF_YEAR if lexicon.means(words[1], word)), MONTHS + 1)
        of = len(words) > SECOND_MONTH and words[SECOND_MONTH].isalpha()
        return ((months, None), SECOND_MONTH + of) if months <= MONTHS else (None, 1)
    first = month_of(words[0], lexicon)
    if first is None or len(words) <= SECOND_MONTH or words[1] not in DASHES:
        return first, 1
    last = month_of(words[SECOND_MONTH], lexicon)
    return (last, SECOND_MONTH + 1) if last is not None else (first, 1)


def last_day(sight: Sight, segment: Segment, first: date | None) -> date | None:
    """Return the last day of a period at the head of a line, else the one day there: months are named after their end."""
    days = [token.day for token in sight.tokens.within(segment)[:2] if token.day is not None]
    return days[1] if first is not None and len(days) == 2 and days[1] > first else first


def last_month(sight: Sight, segment: Segment, first: tuple[int, int]) -> tuple[int, int]:
    """Return the last of two months at the head of a line (``dic 25 - gen 26``), else the one there: (year, month)."""
    months = [t.when.as_month_year for t in sight.tokens.within(segment)[:2] if t.when is not None]
    last = months[1] if len(months) > 1 else None
    return last if last is not None and last > first else first


def names_time(sight: Sight, head: str) -> bool:
    """Tell whether a head names a time of day, and no power or another quantity than use."""
    unit = unit_in(head)
    return (unit is None or unit in USAGE_UNITS) and kind_of(sight, head) in TIMES_OF_DAY


def parts_with(columns: Sequence[Column], heads: Sequence[str], at: int, *, sight: Sight) -> list[int]:
    """Return the columns that together tell the use of which the one at ``at`` is a part, itself among them.

    Nothing where its head names no time of day, where another has none, or where a column already is their sum.
    """
    lines = set(columns[at])
    if not names_time(sight, heads[at]):
        two_ways = any(sight.lexicon.means(head, *TWO_WAYS) for head in heads)
        return [] if two_ways or len(lines) < LINES_MIN else _sum_beside(columns, at)
    parts = [
        i
        for i, head in enumerate(heads)
        if i == at or (names_time(sight, head) and set(columns[i]) <= lines and head != heads[at])
    ]
    if len(parts) < PARTS_MIN or len({heads[i] for i in parts}) < len(parts):
        return []
    sums = {line: sum((columns[i][line].value for i in parts if line in columns[i]), Decimal(0)) for line in lines}
    others = [i for i in range(len(columns)) if i not in parts]
    whole = [i for i in others if _is(columns[i], sums)] or [
        i for i in others if _says_total(sight, heads[i]) and _holds(columns[i], sums)
    ]
    if whole:
        return whole[:1]
    # A time of day that only some months have is told by dashes in the others; without a whole, it may be anything.
    full = [i for i in parts if set(columns[i]) == lines]
    return full if len(full) >= PARTS_MIN else []


def _says_total(sight: Sight, head: str) -> bool:
    return unit_in(head) in USAGE_UNITS and sight.lexicon.means(head, "total")


def _holds(column: Column, sums: Mapping[int, Decimal]) -> bool:
    """Tell whether a column may be the whole of parts of which some months have more than were found."""
    return set(column) == set(sums) and all(column[line].value >= value for line, value in sums.items())


def _sum_beside(columns: Sequence[Column], at: int) -> list[int]:
    """Return the column right of two that is their sum on every line, the one at ``at`` one of them."""
    for other in (at + 1, at - 1):
        whole = max(at, other) + 1
        if other < 0 or whole >= len(columns) or set(columns[other]) != set(columns[at]):
            continue
        if _is(columns[whole], {line: columns[at][line].value + columns[other][line].value for line in columns[at]}):
            return [whole]
    return []


def _is(column: Column, sums: Mapping[int, Decimal]) -> bool:
    return set(column) == set(sums) and all(column[line].value == value for line, value in sums.items())


def together(parts: Sequence[Token]) -> Token:
    """Return one quantity that stands for all parts of it, at the place of the first."""
    first = parts[0]
    if len(parts) == 1 or first.number is None:
        return first
    return replace(first, number=replace(first.number, value=sum((part.value for part in parts), Decimal(0))))


def consecutive(months: Sequence[date]) -> bool:
    """Tell whether the months, put in order, follow each other with few gaps."""
    ordered = sorted(set(months))
    steps = [(b.year - a.year) * 12 + b.month - a.month for a, b in itertools.pairwise(ordered)]
    return bool(steps) and sum(step in STEPS for step in steps) >= 0.8 * len(steps)
