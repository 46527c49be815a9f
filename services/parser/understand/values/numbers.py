"""Numbers as bills print them: separators, signs, credits, currencies, units, rates."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from domain.quantity import Unit
from services.parser.understand.values.units import CURRENCY_PATTERN, UNIT_PATTERN, currency_of, unit_of

Mark = Literal[".", ","]
"""What parts the whole from the fraction on this document."""

DIGITS_MAX = 18
"""Longer runs of digits are payment lines or bar codes, never amounts."""

_BODY = r"\d+(?:[.,'’]\d+)*|[.,]\d+"
_BODY_SPACED = r"\d{1,3}(?:[ \u00a0\u202f]\d{3})+(?:[.,]\d+)?(?!\d)|" + _BODY
_SIGN = r"[-−–+]"
_HUNDREDTHS = r"¢|cents?\b|cts?\b|c(?!\w)|p(?!\w)|Rp(?!\w)\.?"
"""Signs of the hundredth part of a currency, in which many energies are priced."""
_TIMES = "day|jour|tag|d[ií]a|dia|giorno|month|mois|mes|monat|mese"


def _pattern(body: str) -> re.Pattern[str]:
    return re.compile(
        rf"(?<![\w/.,:%#*])(?:[x×](?=\d))?(?P<open>\()?\s?(?P<credit>CR\s)?(?P<sign>{_SIGN}\s{{0,2}})?(?P<cur1>(?:{CURRENCY_PATTERN})\s?)?"
        rf"(?P<sign2>{_SIGN}\s?)?(?P<body>{body})"
        rf"\s?(?:(?P<percent>%|(?i:pct|percent)\b)|(?P<cur2>(?:{CURRENCY_PATTERN})(?!\s?\d)|{_HUNDREDTHS})|(?P<unit>{UNIT_PATTERN})(?![\w]))?"
        rf"(?:\s?(?:/|per |por |pro |par |je |al |a )\s?(?P<per>{UNIT_PATTERN}|{_TIMES})(?![\w]))?"
        rf"(?P<close>\s?\))?(?P<trail>\s?[-−](?![\w\d])|\s?CR\b|\s?cr\b)?",
        re.IGNORECASE,
    )


_PLAIN, _SPACED = _pattern(_BODY), _pattern(_BODY_SPACED)
_GLITCH_SPLIT = re.compile(r"(\d[\d.,]*[.,])\s(\d{2,4})(?![\d.,]|\s?[A-Za-z])")
_GLITCH_GROUP = re.compile(r"(^|[$€£(+-]\s?)(\d{1,3})(?:(,)\s(\d{3}\.\d{1,4})|(\.)\s(\d{3},\d{1,4}))(?![\d.,])")
"""Thousands that type of one width sets apart, its marks in the middle of a room (``5, 865.46``); not ``Tier 1, 250.5``."""
_GLITCH_BARE = re.compile(r"(^|[-−$\s])([.,])\s(\d{2})(?!\d)")
_GLITCH_LOST = re.compile(r"^([+-]?\s?(?:[$€£]\s?)\d[\d,]*|[+-]\d+)\s(\d{2})$")
_GLITCH_RULE = re.compile(r"_{2,}")
_GLITCH_MARK = re.compile(r"(?<=\d)_(?=\d{2}(?!\d))")
_ORDINAL = re.compile(r"(?:st|nd|rd|th)(?![^\W\d_])")
"""Behind its digits, small, without a blank (``5th floor``): no therms."""
_CALORIES = re.compile(r"\s?k?cal\b")
"""The heat that a volume of gas is told for (``m³ of 9300 kcal``) is no quantity of a bill."""
_BEHIND = re.compile(r"(?:x\b|CR\b|cr\b|c\b|p\b|Rp\b|cts?\b|" + CURRENCY_PATTERN + ")")
"""What may touch a number and be of it, beside a unit."""
_UNIT_END = re.compile(r"[^\w³/]")
_VOTE = re.compile(r"(?<![\d.,/])\d{1,3}(?:[.,’' ]\d{3})*([.,])\d{2}(?![\d.,/%])")


@dataclass(frozen=True, slots=True)
class Number:
    """A number in a text.

    ``value`` carries the printed sign, credits negative; ``decimals`` counts printed places; ``currency`` is a code,
    ``$`` or ""; ``unit`` is its unit, ``per`` the unit after a slash (a rate); ``start``/``end`` are text offsets.
    """

    value: Decimal
    decimals: int
    currency: str
    percent: bool
    unit: Unit | None
    per: str
    signed: bool
    grouped: bool
    start: int
    end: int

    @property
    def rate(self) -> bool:
        """Whether this is the price of one unit."""
        return bool(self.per) and not self.unit


def tidy(text: str) -> str:
    """Repair what typesetting does to numbers, keeping every offset: ``112. 07``, ``____ 1761``, ``121_61``."""
    if "_" in text:
        text = _GLITCH_MARK.sub(".", text)
        text = _GLITCH_RULE.sub(lambda found: " " * len(found.group()), text)
    text = _GLITCH_LOST.sub(r"\1.\2", text)
    if ". " in text or ", " in text:
        text = _GLITCH_GROUP.sub(lambda found: " " + "".join(filter(None, found.groups())), text)
        text = _GLITCH_SPLIT.sub(lambda found: f" {found.group(1)}{found.group(2)}", text)
        text = _GLITCH_BARE.sub(lambda found: f"{found.group(1)} {found.group(2)}{found.group(3)}", text)
    return text


def decimal_mark(text: str, fallback: Mark = ".") -> Mark:
    """Return the decimal mark that most two-place numbers of the text use."""
    votes = {".": 0, ",": 0}
    for found in _VOTE.finditer(text):
        votes[found.group(1)] += 1
    if votes["."] == votes[","]:
        return fallback
    return "." if votes["."] > votes[","] else ","


def parse_number(body: str, mark: Mark) -> tuple[Decimal, int, bool] | None:
    """Return (value, decimal places, whether digits were grouped) of a run of digits and separators, or None."""
    text = re.sub(r"[\s\u00a0\u202f'’]", "", body)
    grouped = text != body.strip()
    dots, commas = text.count("."), text.count(",")
    if dots and commas:
        last = "." if text.rfind(".") > text.rfind(",") else ","
        if text.count(last) > 1:
            return None
        whole, fraction = text.rsplit(last, 1)
        whole, grouped = whole.replace(".", "").replace(",", ""), True
    elif dots + commas == 0:
        whole, fraction = text, ""
    else:
        separator = "." if dots else ","
        whole, fraction = text.rsplit(separator, 1)
        groups = text.split(separator)
        if dots + commas > 1:
            if len(groups[-1]) != 3 or any(len(group) not in (2, 3) for group in groups[1:]):
                return None
            whole, fraction, grouped = "".join(groups), "", True
        elif len(fraction) == 3 and separator != mark and 1 <= len(whole) <= 3 and whole != "0":
            whole, fraction, grouped = whole + fraction, "", True
    if not whole.isdigit() and whole:
        return None
    if len(whole) + len(fraction) > DIGITS_MAX:
        return None
    return Decimal(f"{whole or '0'}.{fraction}" if fraction else whole), len(fraction), grouped


def find_numbers(text: str, mark: Mark, *, spaced: bool = False) -> Iterator[Number]:
    """Yield every number of the text, left to right.

    ``text`` has been through ``tidy``; digits inside words, times, phone numbers and dates are passed over. ``spaced``
    allows a blank as the thousands separator, as French, Portuguese and Spanish bills print.
    """
    position = 0
    pattern = _SPACED if spaced else _PLAIN
    while position < len(text):
        found = pattern.search(text, position)
        if found is None:
            return
        end = found.end("body")
        position = max(found.end(), end)
        if _part_of_something(text, found.start("body"), end):
            continue
        number = _number(found, found.end(), mark)
        if number is not None:
            yield number


def _part_of_something(text: str, start: int, end: int) -> bool:
    """Tell whether the digits belong to a word, a time, a phone number or a longer code."""
    if _ORDINAL.match(text, end):
        return True
    after, following = text[end : end + 1], text[end + 1 : end + 2]
    before, preceding = text[start - 1 : start], text[start - 2 : start - 1]
    if before in ("x", "×") and not preceding.strip():
        before = ""
    if after.isalnum() and unit_of(_UNIT_END.split(text[end:], maxsplit=1)[0].split("/")[0]) is None:
        return not _BEHIND.match(text[end:])
    if after in (":", "/") and (following.isdigit()):
        return True
    if _CALORIES.match(text, end):
        return True
    if after in ("-", "–", "*", "_") and (following.isalnum() or following == "*"):
        return True
    return before in ("-", "–") and (preceding.isalnum())


def _number(found: re.Match[str], end: int, mark: Mark) -> Number | None:
    parsed = parse_number(found.group("body"), mark)
    if parsed is None:
        return None
    value, decimals, grouped = parsed
    start = found.start()
    signs = (found.group("sign") or "") + (found.group("sign2") or "")
    spaced_sign = (found.group("sign") or "").endswith(" ")
    if spaced_sign and found.string[: found.start()].strip() and not found.group("cur1"):
        # A dash between two things is a minus only where the line begins with it.
        signs, start = "", found.start("body")
    closed = bool(found.group("open") and found.group("close"))
    trail = (found.group("trail") or "").strip().lower()
    if trail in ("-", "−") and decimals != 2:
        trail = ""
    negative = (
        any(mark in signs for mark in "-−–") or (closed and decimals == 2) or bool(trail) or bool(found.group("credit"))
    )
    # A letter behind a whole number is how a meter was read (``18204 C``), and a capital one a credit, not a price.
    printed = found.group("cur2") or ""
    sign = printed.lower().rstrip(".")
    priced = bool(found.group("per")) or (decimals > 0 and printed.islower())
    cents = sign in ("¢", "cent", "cents", "ct", "cts", "rp") or (sign in ("c", "p") and priced)
    currency = currency_of((found.group("cur1") or "").strip())
    if not currency and not cents:
        currency = currency_of((found.group("cur2") or "").strip())
    if cents:
        value, currency = value / 100, "$"
    unit_text = found.group("unit")
    return Number(
        value=-value if negative else value,
        decimals=decimals,
        currency=currency,
        percent=bool(found.group("percent")),
        unit=unit_of(unit_text) if unit_text else None,
        per=(found.group("per") or "").lower() or ("cent" if cents else ""),
        signed=negative or "+" in signs,
        grouped=grouped,
        start=start,
        end=end,
    )
