"""Settles which points that were read in numbers are commas: under blur a comma's tail goes first, and never a point grows one.

A comma that was read is one (of 629 marks in photographed numbers 31 commas were read as points, no point as a comma), so the
commas tell which mark parts a document's decimals; then the shape of each number, how its like are written beside it, and what
the network made of the mark decide.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from services.parser.page import Page, Word

NUMBER = re.compile(r"(?<![\d.,/:-])\d+(?:[.,]\d+)+(?![\d/:]|[.,]\d)")
DATE = re.compile(r"\d{1,2}\.\d{1,2}\.(?:\d{2}|(?:19|20)\d{2})")
DAY = re.compile(r"(?:0[1-9]|[12]\d|3[01])\.(?:0[1-9]|1[0-2])")
GROUPS = re.compile(r"\d{1,3}(?:[.,]\d{2,3})*[.,]\d{3}")
CENTS = 2
GROUP = 3
DECIMAL_COMMAS_SHARE = 0.2
"""Points read for commas outnumber these at worst four to one; elsewhere next to no number ends in a comma and two figures."""

COMMA_MIN = 0.003
"""The network sees a comma in a point less often than this where there is none in most cases [probability]."""

COMMA_USUAL = 0.03
"""What the network makes of a comma read as a point at the least, and of a point at the most, as a rule [probability]."""

SURE_MAX = 0.93
"""No number whose mark was changed is surer."""


def settled(pages: tuple[Page, ...]) -> tuple[Page, ...]:
    """Give the pages of one document with every number's marks as its others are written."""
    words = [word for page in pages for word in page.words]
    if not any(word.comma for word in words):
        return pages
    numbers = [found.group() for word in words for found in NUMBER.finditer(word.text)]
    decimal_comma = _parts_decimals_by_comma(numbers)
    lean = 0.0 if decimal_comma else _lean_to_groups(numbers)
    return tuple(
        replace(page, words=tuple(_settled(word, lean, decimal_comma=decimal_comma) for word in page.words))
        for page in pages
    )


def _parts_decimals_by_comma(numbers: Iterable[str]) -> bool:
    ends = Counter(number[-CENTS - 1] for number in numbers if number[-CENTS - 1] in ".,")
    return ends[","] > DECIMAL_COMMAS_SHARE * ends.total()


def _lean_to_groups(numbers: Iterable[str]) -> float:
    """Tell how much rather three figures behind one mark are thousands than decimals [log odds], by those that are clear."""
    clear: Counter[str] = Counter()
    for number in numbers:
        if number[-GROUP - 1 : -GROUP] in {".", ","}:
            clear["groups"] += "," in number
            clear["decimals"] += number.startswith("0.")
    return math.log((clear["groups"] + 1) / (clear["decimals"] + 1))


def _settled(word: Word, lean: float, *, decimal_comma: bool) -> Word:
    if word.comma < COMMA_MIN:
        return word

    def one(found: re.Match[str]) -> str:
        number = found.group()
        if "." not in number or DATE.fullmatch(number):
            return number
        return _comma_decimal(number, word.comma) if decimal_comma else _point_decimal(number, word.comma, lean)

    text = NUMBER.sub(one, word.text)
    return word if text == word.text else replace(word, text=text, confidence=min(word.confidence, SURE_MAX))


def _comma_decimal(number: str, comma: float) -> str:
    """Write a number of a document whose decimals follow a comma."""
    whole, mark, fraction = number[: number.rindex(".")], number.rindex("."), number[number.rindex(".") + 1 :]
    thousands = len(fraction) == GROUP and not whole.startswith("0")
    if "," in whole or thousands or (DAY.fullmatch(number) and comma < COMMA_USUAL):
        return number
    return number if "," in fraction else f"{number[:mark]},{fraction}"


def _point_decimal(number: str, comma: float, lean: float) -> str:
    """Write a number of a document whose decimals follow a point."""
    last = max(number.rfind("."), number.rfind(","))
    behind = len(number) - last - 1
    several = sum(number.count(mark) for mark in ".,") > 1
    if behind == CENTS and several and GROUPS.fullmatch(number[:last]) and number[last] == ".":
        return number[:last].replace(".", ",") + number[last:]
    if behind == GROUP and GROUPS.fullmatch(number):
        odds = math.log(max(comma, 1e-6) / max(1 - comma, 1e-6) / COMMA_USUAL) + lean
        return number.replace(".", ",") if (several or odds > 0) and not number.startswith("0") else number
    return number
