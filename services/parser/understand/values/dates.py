"""Dates and periods as bills print them: numeric in either order, ISO, named months, without a year, month and year."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Literal

from services.parser.understand.lexicon import Lexicon, squeeze

Order = Literal["dmy", "mdy"]

YEAR_MIN, YEAR_MAX = 1980, 2079
"""Two-digit years fall in 2000..2079; printed years outside this span are not dates of bills."""


@dataclass(frozen=True, slots=True)
class DateSpan:
    """A date in a text. ``year`` or ``day`` is None where the print leaves it out (``Jun 18``, ``Jul 2023``).

    ``loose`` marks a month followed by a small number, which may be a day or a year (``Jul 23``): it is held as a day,
    and ``as_month_year`` gives the other meaning.
    """

    year: int | None
    month: int
    day: int | None
    start: int
    end: int
    loose: bool = False

    @property
    def full(self) -> date | None:
        """The calendar day, where year, month and day are all printed."""
        if self.year is None or self.day is None:
            return None
        return _safe(self.year, self.month, self.day)

    @property
    def as_month_year(self) -> tuple[int, int] | None:
        """(year, month) where the span may name a month of a year."""
        if self.day is None and self.year is not None:
            return self.year, self.month
        if self.loose and self.day is not None:
            return 2000 + self.day, self.month
        return None


def _safe(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _year(text: str) -> int | None:
    value = int(text)
    if len(text) == 2:
        value += 2000
    return value if YEAR_MIN <= value <= YEAR_MAX else None


_NUMERIC = re.compile(
    r"(?<![\d/.,$€£])(?<!\d-)(\d{1,2})\s?([/.\-])\s?(\d{1,2})\s?\2\s?(\d{4}(?!\d)|\d{4}(?=\d{1,2}[/.-])|\d{2}(?!\d))(?![/-]\d)"
)
_GLUED = re.compile(r"(\d{1,2})([/.\-])(\d{1,2})\2(\d{4}|\d{2})(?!\d)")
_TIGHT_DASH = re.compile(r"(\d{4}|[/.]\d{2})-(?=\d{1,2}[/. ]|[a-z]{3})")
_ISO = re.compile(r"(?<![\d/.,])(?<!\d-)(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?!\d)")
_MONTH_YEAR = re.compile(r"(?<![\d/.,$€£-])(?:(\d{1,2})[/\-.](\d{4})|(\d{4})[-/](\d{2}))(?![\d/.,-])")
_YEAR_LAST = re.compile(
    r"(?<![\d/.,$€£:-])(\d{1,2})/(\d{1,2})\s?[-–]\s?(\d{1,2})/(\d{1,2})[-–/](\d{4}|\d{2})(?![\d/-])"
)
"""Two days with the year of both behind the second (``03/06-04/04-24``)."""
_SHORT = re.compile(r"(?<![\d/.,$€£:-])(\d{1,2})/(\d{1,2})(?![\d/.,:%])")


@dataclass(frozen=True, slots=True)
class _Named:
    """Patterns of named dates, surest first; the text is already folded to plain lower case."""

    complete: tuple[re.Pattern[str], ...]
    month_year: re.Pattern[str]
    any_month: re.Pattern[str]
    partial: tuple[re.Pattern[str], ...]
    months: Mapping[str, int]


@cache
def _named(lexicon: Lexicon) -> _Named:
    months = lexicon.months
    names = "|".join(sorted((re.escape(name) for name in months), key=len, reverse=True))
    month = rf"(?P<month>{names})(?![a-z])\.?"
    day = r"(?P<day>\d{1,2})(?:st|nd|rd|th|\s?er(?![a-z])|o|\.)?"
    lead, quoted = r"(?<![\w.,/$])(?<!\w-)", r"['’´`]\s?\d{2}(?!\d)"
    year4, of = rf"(?P<year>\d{{4}}(?!\d)|{quoted})", r"\s?(?:de\s|del\s|of\s)?"
    return _Named(
        complete=(
            re.compile(rf"{lead}{day}(?:\s?(?P<mark>[-/.])\s?|{of}){month}(?:[-/.,]?\s?){of}{year4}"),
            re.compile(rf"(?<![a-z]){month}[-/]?\s?{day}(?!\d)(?:\s?[,.]\s?|\s|-|/)?{year4}"),
            re.compile(rf"{lead}{day}(?P<mark>[-/.]){month}(?P=mark)(?P<year>\d{{2}}(?!\d))"),
            re.compile(rf"(?<![a-z]){month}[-/\s]{day}(?!\d)[,/-]\s?(?P<year>\d{{2}}(?!\d))"),
            re.compile(rf"{lead}{day}\s?{month}\s(?P<year>\d{{2}}(?![\d:]|[.,]\d))"),
        ),
        month_year=re.compile(rf"(?<![a-z]){month}[-/.,]?{of}{year4}"),
        any_month=re.compile(names),
        partial=(
            re.compile(rf"(?<![a-z]){month}(?P<gap>[-/]|\s?){day}(?!\d|[.,:]\d)"),
            re.compile(rf"{lead}{day}(?:[-/.]|{of}){month}"),
        ),
        months=months,
    )


def date_order(text: str, fallback: Order) -> Order:
    """Return the order of numeric dates: some number above 12 tells it, else the fallback stands."""
    votes = {"dmy": 0, "mdy": 0}
    for found in _NUMERIC.finditer(text):
        first, second = int(found.group(1)), int(found.group(3))
        if first > 12 >= second:
            votes["dmy"] += 1
        elif second > 12 >= first:
            votes["mdy"] += 1
    if votes["dmy"] == votes["mdy"]:
        return _order_of_periods(text) or fallback
    return "dmy" if votes["dmy"] > votes["mdy"] else "mdy"


_PAIR = re.compile(
    r"(\d{1,2})([/.\-])(\d{1,2})\2(\d{2,4})\s{0,2}(?:-|–|to|bis|al?|au)\s{0,2}(\d{1,2})\2(\d{1,2})\2(\d{2,4})(?!\d)"
)
SERVICE_DAYS = range(20, 101)
"""What a printed period of service spans, where nothing else tells the order of its dates [days]."""


def _order_of_periods(text: str) -> Order | None:
    """Return the order in which printed periods are as long as periods of service are, where only one order makes them so."""
    likely: set[Order] = set()
    for found in _PAIR.finditer(text):
        a, b, year, c, d, other = (int(found.group(i)) for i in (1, 3, 4, 5, 6, 7))
        for order, (month, day, last_month, last_day) in (("mdy", (a, b, c, d)), ("dmy", (b, a, d, c))):
            start = _safe(year % 100 + 2000, month, day)
            end = _safe(other % 100 + 2000, last_month, last_day)
            if start and end and (end - start).days in SERVICE_DAYS:
                likely.add("dmy" if order == "dmy" else "mdy")
    return likely.pop() if len(likely) == 1 else None


def find_dates(text: str, lexicon: Lexicon, order: Order) -> list[DateSpan]:
    """Return every date of the text, left to right, none overlapping another."""
    if not any(c.isdigit() for c in text):
        return []
    # Tight print joins two dates by a bare dash; a longer dash keeps them apart without moving an offset.
    folded = _TIGHT_DASH.sub(r"\1–", _fold(text))
    taken: list[DateSpan] = []
    for span in _candidates(folded, _named(lexicon), order):
        if all(span.end <= other.start or span.start >= other.end for other in taken):
            taken.append(span)
    return sorted(taken, key=lambda span: span.start)


@cache
def _fold_char(c: str) -> str:
    folded = squeeze(c)
    return folded if len(folded) == 1 and c.isalpha() else c


def _fold(text: str) -> str:
    """Return the text in lower case without accents, every offset kept."""
    return text.lower() if text.isascii() else "".join(_fold_char(c) for c in text)


def _candidates(text: str, named: _Named, order: Order) -> Iterator[DateSpan]:
    for found in _ISO.finditer(text):
        year = _year(found.group(1))
        if year and _safe(year, int(found.group(3)), int(found.group(4))):
            yield DateSpan(year, int(found.group(3)), int(found.group(4)), found.start(), found.end())
    for found in _YEAR_LAST.finditer(text):
        yield from _with_year_last(found, order)
    for found in _NUMERIC.finditer(text):
        following: re.Match[str] | None = found
        while following is not None:
            span = _numeric(following, order)
            if span is not None:
                yield span
            # Cells of tight tables touch: "4/15/20214/14/21" is two dates.
            following = _GLUED.match(text, following.end())
    if named.any_month.search(text):
        yield from _named_dates(text, named, order)
    for found in _MONTH_YEAR.finditer(text):
        month, year_text = (found.group(1), found.group(2)) if found.group(1) else (found.group(4), found.group(3))
        year = _year(year_text)
        if year and 1 <= int(month) <= 12:
            yield DateSpan(year, int(month), None, found.start(), found.end())
    for found in _SHORT.finditer(text):
        first, second = int(found.group(1)), int(found.group(2))
        month, day = (first, second) if order == "mdy" else (second, first)
        if 1 <= month <= 12 and 1 <= day <= 31:
            yield DateSpan(None, month, day, found.start(), found.end(), loose=month == first and day > 12)
        elif 1 <= first <= 12 < second and len(found.group(2)) == 2 and second <= YEAR_MAX - 2000:
            yield DateSpan(2000 + second, first, None, found.start(), found.end())


def _with_year_last(found: re.Match[str], order: Order) -> Iterator[DateSpan]:
    """Yield the two days that share the year behind the second; the first may lie in the year before."""
    year, at = _year(found.group(5)), (0, 1) if order == "mdy" else (1, 0)
    pairs = [(int(found.group(one)), int(found.group(one + 1))) for one in (1, 3)]
    (month, day), (last_month, last_day) = ((pair[at[0]], pair[at[1]]) for pair in pairs)
    if year is None or _safe(year, last_month, last_day) is None:
        return
    first = year if (month, day) < (last_month, last_day) else year - 1
    if _safe(first, month, day) is not None:
        yield DateSpan(first, month, day, found.start(1), found.end(2))
        yield DateSpan(year, last_month, last_day, found.start(3), found.end(5))


def _numeric(found: re.Match[str], order: Order) -> DateSpan | None:
    first, second, year = int(found.group(1)), int(found.group(3)), _year(found.group(4))
    if year is None or (found.group(2) == "." and len(found.group(4)) == 2 and len(found.group(1)) < 2):
        return None
    pairs = ((second, first), (first, second)) if order == "dmy" else ((first, second), (second, first))
    for month, day in pairs:
        if 1 <= month <= 12 and _safe(year, month, day):
            return DateSpan(year, month, day, found.start(), found.end())
    return None


def _named_dates(text: str, named: _Named, order: Order) -> Iterator[DateSpan]:
    *surest, short = named.complete
    for pattern in surest:
        yield from _of_named(pattern, text, named)
    for found in named.month_year.finditer(text):
        year = _year(re.sub(r"\D", "", found.group("year")))
        if year:
            yield DateSpan(year, _month(found, named), None, found.start(), found.end())
    month_first, day_first = (list(_of_named(pattern, text, named)) for pattern in named.partial)
    brief = list(_of_named(short, text, named))
    if len(brief) >= 2 and len(brief) == len(month_first) and brief[0].start < month_first[0].start:
        # "14 Feb 24 - 15 Mar 24": every month has its day before it and its year behind it.
        yield from brief
        return
    if len(month_first) > len(day_first) or (len(month_first) == len(day_first) and order == "mdy"):
        yield from (*month_first, *day_first)
    else:
        yield from brief
        yield from (*day_first, *month_first)


def _month(found: re.Match[str], named: _Named) -> int:
    return named.months[squeeze(found.group("month"))]


def _of_named(pattern: re.Pattern[str], text: str, named: _Named) -> Iterator[DateSpan]:
    for found in pattern.finditer(text):
        day, month = int(found.group("day")), _month(found, named)
        if "year" in pattern.groupindex:
            year = _year(re.sub(r"\D", "", found.group("year")))
            if year is not None and _safe(year, month, day):
                yield DateSpan(year, month, day, found.start(), found.end())
            continue
        month_first = "gap" in pattern.groupindex
        if 1 <= day <= 31:
            loose = month_first and (len(found.group("day")) == 2 or "'" in found.group())
            yield DateSpan(None, month, day, found.start(), found.end("day" if month_first else "month"), loose=loose)
        elif month_first and day <= YEAR_MAX - 2000:
            yield DateSpan(2000 + day, month, None, found.start(), found.end("day"))


_WEEKDAY = (
    r"(?:mon|tue|wed|thu|fri|sat|sun|lun|mar|mer|jeu|ven|sam|dim|mié|mie|jue|vie|sáb|sab|dom|gio|seg|ter|qua|qui|sex"
    r"|montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag)[a-zéçìí]*(?:-feira)?[.,]?"
)
_PERIOD_JOINT = re.compile(
    r"[\s,.]*(?:\([^()]{1,16}\)\s*)?(?:inclusive\s*)?"
    r"(?:-+|–|—|up to|to|through|thru|until|till|al|a|au|bis|ate|até|hasta|y|and|e|et|und|/|>|→|~|ending|ends|jusqu['’]?au)?"
    r"[\s:,]*(?:einschließlich|zum|el|le|the|o|and|día|dia|ao|all['’])?\s*"
    rf"(?:{_WEEKDAY})?\s*\Z",
    re.IGNORECASE,
)


def joins_period(between: str) -> bool:
    """Tell whether the text between two dates makes one period of them."""
    return _PERIOD_JOINT.match(between) is not None


def complete(month: int, day: int, *, near: date, before: bool) -> date | None:
    """Return the day of that month closest to ``near``; with ``before`` the last one not after it."""
    options = [found for year in (near.year - 1, near.year, near.year + 1) if (found := _safe(year, month, day))]
    if before:
        options = [option for option in options if option <= near]
    return min(options, key=lambda option: abs((option - near).days), default=None)
