"""Unlabelled: the tariff that no label names: the code that begins its charges, the product that heads its meter."""

import re
from collections import Counter
from collections.abc import Iterator

from services.parser.understand.fields.guess import is_money
from services.parser.understand.layout.labels import is_prose
from services.parser.understand.layout.rows import Row, Segment
from services.parser.understand.sight import Sight
from services.parser.understand.values.units import unit_of

CHARGES_MIN = 2
"""A code that begins so many lines of charges is the tariff's; one line may be called by anything."""
PRODUCT_WORDS_MAX = 7
HEADED_ROWS = 2
"""The name of a product stands so many lines over its meter, point or period at most."""
CHARGED_SCORE, PRODUCT_SCORE = 0.6, 0.58
SERVED = ("usage", "service", "demand")
"""What is charged by a tariff, one of its lines at least (``CO2 price`` and ``CO2 tax`` are by none)."""
METERED = frozenset({"meter_number", "service_point", "previous_read", "current_read", "days", "period"})
_CODE = re.compile(r"^(?=.*\d)[A-Z]{1,4}-?\d{1,3}[A-Z]{0,2}$|^[A-Z]{1,4}-[A-Z]{1,3}$")
_SIZED = re.compile(
    r"[A-Z][\w&/-]*(?: [A-Z][\w&/-]*){1,4}[ ,]*[-–(]?\s*"
    r"(?:\d+ (?:to|-) |over |under |up to |above |below |less than )\d[\d,]* kW\)?$",
    re.IGNORECASE,
)
_NAMED = re.compile(r"^[A-ZÀ-Þ0-9&(+-]")


def codes_of_charges(sight: Sight) -> Iterator[tuple[str, Segment, float]]:
    """Yield the one code that begins several lines of charges (``GS-1 Customer charge``, ``GS-1 Energy``)."""
    first: dict[str, Segment] = {}
    counts: Counter[str] = Counter()
    served: set[str] = set()
    for segment in sight.segments:
        if segment.index or len(segment.words) < 2 or is_prose(segment):
            continue
        code = segment.words[0].text
        if not _CODE.match(code) or unit_of(code) is not None or not segment.words[1].text[:1].isalpha():
            continue
        if any(is_money(token) for token in sight.tokens.on(segment)):
            counts[code] += 1
            if any(sight.lexicon.means(segment.text, meaning) for meaning in SERVED):
                served.add(code)
            first.setdefault(code, segment)
    if len(counts) == len(served) == 1 and (code := next(iter(counts))) and counts[code] >= CHARGES_MIN:
        yield code, first[code], CHARGED_SCORE


def products(sight: Sight) -> Iterator[tuple[str, Segment, float]]:
    """Yield the product that stands alone on the line over its meter or period (``Clear Deal 24``).

    Or over its charges, where its name tells for how large a demand it is (``Retail Delivery Service - 0 to 100 kW``).
    """
    for sheet in sight.sheets:
        for row in sheet.rows:
            segment = row.segments[0]
            if len(row.segments) > 1:
                continue
            headed = _called_as_product(sight, segment) and _over_meter(sight, row)
            if headed or (_SIZED.match(segment.text) and _over_charges(sight, row)):
                yield segment.text, segment, PRODUCT_SCORE


def _called_as_product(sight: Sight, segment: Segment) -> bool:
    """Tell whether a line is a name with one of the words of products in it, and nothing that the reader knows otherwise."""
    words = segment.text.split()
    if not 2 <= len(words) <= PRODUCT_WORDS_MAX or is_prose(segment):
        return False
    if not all(_NAMED.match(word) for word in words) or not words[0][:1].isalpha():
        return False
    if sight.lexicon.means(words[-1], "issuer") or sight.lexicon.means(segment.text, "plan_to_pay"):
        return False  # a company that is called as products are (``Summit Choice Power``)
    return sight.lexicon.means(segment.text, "product") and not (
        sight.labels.within(segment) or any(token.when for token in sight.tokens.within(segment))
    )


def _over_charges(sight: Sight, row: Row) -> bool:
    """Tell whether the next line holds an amount."""
    below = sight.row(row.page, row.index + 1)
    return below is not None and any(map(is_money, sight.tokens.on(below)))


def _over_meter(sight: Sight, row: Row) -> bool:
    """Tell whether one of the next lines tells of a meter, a service point or the days of service."""
    for index in range(row.index + 1, row.index + 1 + HEADED_ROWS):
        below = sight.row(row.page, index)
        if below is None:
            return False
        if any(label.concept in METERED and not label.start for label in sight.labels.on(row.page, index)):
            return True
        if sum(token.when is not None for token in sight.tokens.on(below)) >= 2:
            return True
    return False
