"""Place: the country that a bill comes from and the money that it is paid in, by the signs of ``lexicons/countries.toml``."""

import bisect
import itertools
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from domain.evidence import Method
from services.parser.understand.layout.labels import is_prose
from services.parser.understand.layout.rows import Segment
from services.parser.understand.lexicon import table
from services.parser.understand.values.units import CURRENCY_PATTERN, currency_of

Seen = tuple[Segment, str]
"""Where a sign stands, and the sign as printed."""

_APART = "\n\0\n"
"""What parts texts that are searched together: neither a blank nor any character of a sign is all of it."""
SIGN_LETTERS = 2
"""A sign of so few letters may be another word; an ISO code has three."""
SIGN_READ_TWICE, DOUBLED_SHARE_MAX = "S$", 0.2
"""What a dollar is read as now and then, and of how many of a page's dollars it is so at most."""
LETTERS_SURE, SIGN_SURE = 0.8, 0.5
"""Letters, and other signs, that OCR doubts more tell no country and no currency: a postal code's ``G4S`` is read as ``GHS``."""
SIGNS_READ_MIN = 3
"""So few signs of money that a country does not pay in are its own, misread by OCR (``₹`` as ``€``)."""
NAME_WEIGHT = 2
"""A place that a page names may be one that it only speaks of."""
_LANGUAGE_COUNTRY = MappingProxyType({"fr": "FR", "de": "DE", "it": "IT"})
_DAY_FIRST = re.compile(r"\b\d{1,2}\s(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\s\d{4}\b")
_MONTH_FIRST = re.compile(
    r"\b(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\.?\s\d{1,2},?\s\d{4}\b", re.IGNORECASE
)
_FIGURES = re.compile(r"(?<![\d/])(\d{1,2})/(\d{1,2})/(?:20)?\d\d(?![\d/])")
"""A day in figures, as ``03/15/24``; only where a second figure is more than twelve does it tell which is the month."""
MONTHS = 12
_AMERICAN_UNIT = re.compile(r"(?i)\b(?:kwh|ccf|hcf|gal(?:lon)?s?|kgals?|therms?|hundred cubic feet|1000 gal|100 cf)\b")
_SIGN = re.compile(rf"(?<![A-Za-z])({CURRENCY_PATTERN})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Country:
    """What is known of one country's bills: languages, currency [ISO 4217], habits, and signs with how much each tells."""

    code: str
    languages: frozenset[str]
    currency: str
    dollar: bool
    month_first: bool
    unit_is_kwh: bool
    whole_money: bool
    fuels_apart: bool
    names: tuple[str, ...]
    signs: tuple[tuple[int, re.Pattern[str]], ...]


@cache
def countries() -> Mapping[str, Country]:
    """Return the known countries by ISO 3166 code."""
    return MappingProxyType(
        {
            code: Country(
                code=code,
                languages=frozenset(data["languages"]),
                currency=data["currency"],
                dollar=data.get("dollar", False),
                month_first=data.get("month_first", False),
                unit_is_kwh=data.get("unit_is_kwh", False),
                whole_money=data.get("whole_money", False),
                fuels_apart=data.get("fuels_apart", False),
                names=tuple(data.get("names", ())),
                signs=tuple((weight, re.compile(pattern)) for weight, pattern in data["signs"]),
            )
            for code, data in table("countries").items()
        }
    )


@cache
def _whole_word(name: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){re.escape(name)}(?!\w)", re.IGNORECASE)


RUPEES, RUPEES_ELSEWHERE = "INR", frozenset({"PK", "LK", "NP", "MU"})
"""``Rs.`` is India's, where no other country that pays in rupees is told."""


def find_country(segments: list[Segment], language: str) -> tuple[str, Seen | None]:
    """Return the country that most signs tell, and where the first of them stands; "" for none.

    Only countries are asked for whose bills are in the language: a ``NIF`` or ``C.P. 06000`` means something else elsewhere.
    """
    votes: Counter[str] = Counter()
    first: dict[str, tuple[int, str]] = {}
    asked = [
        (one.code, weight, pattern)
        for one in countries().values()
        if language in one.languages
        for weight, pattern in one.signs
    ]
    text = _APART.join(segment.text for segment in segments)
    lowered = text.lower()
    asked += [
        (one.code, NAME_WEIGHT, _whole_word(name))
        for one in countries().values()
        if language in one.languages
        for name in one.names
        if name in lowered
    ]
    ends = list(itertools.accumulate(len(segment.text) + len(_APART) for segment in segments))
    for code, weight, pattern in asked:
        seen: set[int] = set()
        for found in pattern.finditer(text):
            at = bisect.bisect_right(ends, found.start())
            before = ends[at - 1] if at else 0
            if at not in seen and not _doubted(segments[at], found.start() - before, found.end() - before):
                seen.add(at)
                votes[code] += weight
                if code not in first or at < first[code][0]:
                    first[code] = (at, found.group())
    if language in _LANGUAGE_COUNTRY:
        votes[_LANGUAGE_COUNTRY[language]] += 1
    if not votes:
        return "", None
    country = max(votes, key=lambda one: (votes[one], one))
    place = first.get(country)
    return country, (segments[place[0]], place[1]) if place else None


def find_currency(segments: list[Segment], country: str, seen: Seen | None, language: str) -> tuple[str, Seen | None]:
    """Return the currency whose signs are printed most, else that of the country that ``seen`` tells; "" for none."""
    votes: Counter[str] = Counter()
    outside: Counter[str] = Counter()
    first: dict[str, Seen] = {}
    for segment in segments:
        for found in _SIGN.finditer(segment.text):
            printed = found.group(1)
            code = currency_of(printed)
            if code and not _other_word(printed, code, country) and not _doubted(segment, *found.span(1)):
                votes[code] += 1
                outside[code] += not is_prose(segment)
                first.setdefault(code, (segment, printed))
    if not votes:
        return (countries()[country].currency, seen) if country and seen else _by_habits(segments, language)
    code = max(votes, key=lambda one: (votes[one], one))
    if seen and votes[code] < SIGNS_READ_MIN and _misread(*first[code], code, country):
        return countries()[country].currency, seen
    if code == RUPEES and _is_rupee(first[code][1]) and country in RUPEES_ELSEWHERE:
        return countries()[country].currency, first[code]
    if seen and code not in ("$", countries()[country].currency) and not outside.get(code):
        return countries()[country].currency, seen  # sentences may tell what others pay ("RLNG at USD 11.42")
    if code != "$":
        return code, first[code]
    dollars = {c.currency for c in countries().values() if c.dollar}
    named = [one for one in votes if one in dollars and not _doubled(*first[one], votes[one], votes["$"])]
    if len(named) == 1:
        return named[0], first[named[0]]
    return _dollar(country, "\n".join(segment.text for segment in segments), language), first[code]


def _doubted(segment: Segment, start: int, end: int) -> bool:
    """Tell whether a part of a text is a sign that OCR is not sure of."""
    sure = LETTERS_SURE if segment.text[start:end].isalpha() else SIGN_SURE
    return segment.method is Method.OCR and segment.certainty_of(start, end) < sure


def _misread(segment: Segment, printed: str, code: str, country: str) -> bool:
    """Tell whether a sign of one stroke of the pen that OCR read is none of a country's."""
    if segment.method is not Method.OCR or not country or len(printed) > 1:
        return False
    return code != countries()[country].currency and not (code == "$" and countries()[country].dollar)


def of_any_rupee(country: str, seen: Seen | None) -> bool:
    """Tell whether a currency is taken for India's by a word that four other countries print, and no place is told."""
    return not country and seen is not None and _is_rupee(seen[1])


def _is_rupee(printed: str) -> bool:
    """Tell whether a sign is the word for rupees, which is not only India's."""
    return printed.lower().startswith("rs")


def _doubled(segment: Segment, printed: str, count: int, bare: int) -> bool:
    """Tell whether a letter before a few of many dollars is the sign itself, read twice."""
    return segment.method is Method.OCR and printed == SIGN_READ_TWICE and count < DOUBLED_SHARE_MAX * bare


def _by_habits(segments: list[Segment], language: str) -> tuple[str, Seen | None]:
    """Return the American dollar where a page without signs and places writes its days and units as Americans do."""
    if language != "en":
        return "", None
    days = [found for segment in segments for found in _FIGURES.findall(segment.text)]
    named = any(_MONTH_FIRST.search(segment.text) for segment in segments)
    told = named or any(int(day) > MONTHS for _, day in days)
    month_first = told and all(int(month) <= MONTHS for month, _ in days)
    measured = ((segment, found) for segment in segments for found in _AMERICAN_UNIT.findall(segment.text))
    first = next(measured, None)
    return ("USD", first) if month_first and first is not None else ("", None)


def _other_word(printed: str, code: str, country: str) -> bool:
    """Tell whether two letters that may be a sign are a word of a country that pays otherwise (``RS``, a tariff)."""
    letters = printed.rstrip(".")
    if _is_rupee(printed) and country in RUPEES_ELSEWHERE:
        return False
    return (
        bool(country) and letters.isalpha() and len(letters) <= SIGN_LETTERS and countries()[country].currency != code
    )


def _dollar(country: str, text: str, language: str) -> str:
    """Return whose dollar or peso a bare sign means; "" where dates are written as no country of a known dollar does."""
    if country and countries()[country].dollar:
        return countries()[country].currency
    if language == "es":
        return ""
    day_first, month_first = len(_DAY_FIRST.findall(text)), len(_MONTH_FIRST.findall(text))
    return "" if day_first > month_first else "USD"


def month_first(country: str, currency: str, language: str) -> bool:
    """Tell whether figures of dates begin with the month where nothing on the page tells: English, of no other habit."""
    if language != "en":
        return False
    if country:
        return countries()[country].month_first
    theirs = [one for one in countries().values() if one.currency == currency]
    return not theirs or any(one.month_first for one in theirs)


def unit_is_kwh(country: str, currency: str) -> bool:
    """Tell whether the word unit means a kilowatt-hour on a page from a country, or paid in a currency."""
    if country:
        return countries()[country].unit_is_kwh
    return any(one.unit_is_kwh for one in countries().values() if one.currency == currency)


def fuels_apart(country: str) -> bool:
    """Tell whether a country bills gas by its volume or its heat, never in kilowatt-hours."""
    return bool(country) and countries()[country].fuels_apart


def whole_money(currency: str) -> bool:
    """Tell whether amounts of a currency are printed without decimals, so that nothing tells them from other whole numbers."""
    return any(one.whole_money for one in countries().values() if one.currency == currency)
