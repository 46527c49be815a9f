"""Settles by the whole document which marks were misread: commas taken for points, and accents that are none.

Under blur a comma's tail goes first, and never a point grows one: a comma that was read is one (of 629 marks in photographed
numbers 31 commas were read as points, no point as a comma). So the commas tell which mark parts a document's decimals; then the
shape of each number, how its like are written beside it, and what the network made of the mark decide.
"""

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from services.parser.page import Page, Word

NUMBER = re.compile(r"(?<![\d.,/:])(?<!\w-)\d+(?:[.,]\d+)+(?![\d/:]|[.,]\d)")
DATE = re.compile(r"\d{1,2}\.\d{1,2}\.(?:\d{2}|(?:19|20)\d{2})")
DAY = re.compile(r"(?:0[1-9]|[12]\d|3[01])\.(?:0[1-9]|1[0-2])")
GROUPS = re.compile(r"\d{1,3}(?:[.,]\d{2,3})*[.,]\d{3}")
MONEY_OF_POINTS = re.compile(r"\d{1,3}(?:[.,]\d{3})+\.\d{2}")
"""No number has two points: the first parts thousands, whatever the network made of it."""

CENTS = 2
GROUP = 3
DECIMAL_COMMAS_SHARE = 0.2
"""Points read for commas outnumber these at worst four to one; elsewhere next to no number ends in a comma and two figures."""

COMMA_MIN = 0.003
"""The network sees a comma in a point less often than this where there is none in most cases [probability]."""

COMMA_USUAL = 0.03
"""What the network makes of a comma read as a point at the least, and of a point at the most, as a rule [probability]."""

WORDS_MIN, ACCENTED_SHARE_MAX = 40, 0.02
"""So many words tell a language, and no language with accents has them on so few."""

DOUBTED_SHARE_MAX = 0.04
"""Nor on so few where not one was read for sure."""

ACCENT_SURE = 0.95
"""Accents that are surer stay: a name may be foreign."""

SURE_MAX = 0.93
"""No number whose mark was changed is surer."""


def settled(pages: tuple[Page, ...]) -> tuple[Page, ...]:
    """Give the pages of one document with every number's marks as its others are written."""
    pages = _of_one_alphabet(pages)
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


def _of_one_alphabet(pages: tuple[Page, ...]) -> tuple[Page, ...]:
    """Take the accents off unsure words in capitals where a document has hardly any: a mark beside a name is read as one."""
    words = [word for page in pages for word in page.words if word.text.isalpha()]
    accented = [word for word in words if not word.text.isascii()]
    most = ACCENTED_SHARE_MAX if any(word.confidence > ACCENT_SURE for word in accented) else DOUBTED_SHARE_MAX
    if len(words) < WORDS_MIN or not 0 < len(accented) <= most * len(words):
        return pages
    return tuple(replace(page, words=tuple(map(_without_accents, page.words))) for page in pages)


def _without_accents(word: Word) -> Word:
    if word.confidence > ACCENT_SURE or word.text.isascii() or not (word.text.isalpha() and word.text.isupper()):
        return word
    bare = unicodedata.normalize("NFKD", word.text).encode("ascii", "ignore").decode()
    return replace(word, text=bare) if len(bare) == len(word.text) else word


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
    def one(found: re.Match[str]) -> str:
        number = found.group()
        if word.comma < COMMA_MIN and (decimal_comma or not MONEY_OF_POINTS.fullmatch(number)):
            return number
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
