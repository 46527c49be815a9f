"""Headings: the tariff that the heading over a list of charges names.

``Charges: Small General Service (1SGS)``, ``CHARGE DETAILS Residential - Single 09/21/26 - 10/20/26``, ``Schedule 7 Residential
Service – details of charges``, ``Current Charges`` and at the other end of the line ``Truly Free Weekends 24``.
"""

import re
from collections.abc import Iterator

from services.parser.understand.fields.context import commodity_in
from services.parser.understand.fields.guess import is_money
from services.parser.understand.layout.labels import is_prose
from services.parser.understand.layout.rows import Row, Segment, overlap
from services.parser.understand.sight import Sight

HEADED_ROWS = 6
"""The first line with an amount stands so many lines under the heading of its list at most."""
NAME_WORDS_MAX, NAME_LETTERS_MAX = 7, 70
HEADED_SCORE, OPPOSITE_SCORE = 0.64, 0.58
BESIDE_WORDS_MAX, BESIDE_SCORE, CLASS_SCORE = 6, 0.56, 0.55
HEADS = frozenset({"commodity_cost", "new_charges"})
"""What the words over a list of charges may say by themselves (``Electricity charges``, ``Current charges``)."""
_HEAD = r"^(?:[^\W\d_]+ ){0,3}<words>(?=$|[\s:–—-])"
_CLOSING = r"\s[–—-]\s(?:[^\W\d_]+ ){0,2}<words>$"
_LEADING = " :–—-"
_BRACKET = re.compile(r"\s*\([^()]*\)$")
_OPEN_END = re.compile(r"(?:\s+[a-z]{2,5}|[\s,(:–—-]+)$")
"""What leads from a name to the days behind it (``RS for Feb 18``)."""
_LED_TO = re.compile(r"(?<=\S)\s+[a-z]{2,5}\s+$")
_NEXT_FACT = re.compile(r"\s\S+:(?=\s|$)")
_CAPITAL = re.compile(r"^[A-ZÀ-Þ0-9&(]")
_JOINT = re.compile(r"[a-zà-ÿ]{1,4}$|[&/–—-]$")
"""Small words and signs join the words of a name, in any language (``Large Power and Lighting``, ``Tarifa de Ahorro``)."""
_COMPANY = re.compile(r"\b(?:plc|ltd|inc|llc|corp|company|gmbh|ag|s\.?l|s\.?a)\b\.?$", re.IGNORECASE)
_CODE = re.compile(r"\b[A-Z]{1,4}-?\d{1,3}[A-Z]?\b|\b\d[A-Z]{2,5}\b")


def names_over_charges(sight: Sight) -> Iterator[tuple[str, Segment, float]]:
    """Yield (name, segment, score) of the tariffs in headings of lists of charges."""
    for sheet in sight.sheets:
        for row in sheet.rows:
            if any(is_money(token) for token in sight.tokens.on(row)):
                continue
            for segment in row.segments:
                head = _head_end(sight, segment)
                name, score = "", HEADED_SCORE
                if head and head < len(segment.text):
                    name = until_facts(sight, segment, head)
                elif head and _faces(sight, row, segment):
                    segment, score = row.segments[1], OPPOSITE_SCORE
                    name = until_facts(sight, segment, 0)
                elif not head:
                    name = _before_head(sight, segment)
                if name and _called(sight, name) and _over_list(sight, row, segment):
                    yield name, segment, score


def until_facts(sight: Sight, segment: Segment, start: int) -> str:
    """Return what a text says from a place on, up to its days, the label of another fact, or what leads to them."""
    text = segment.text
    ends = [token.start for token in sight.tokens.within(segment) if token.when is not None and token.start > start]
    fact = _NEXT_FACT.search(text, start + 1)
    ends += [fact.start()] if fact is not None and text[start : fact.start()].strip(_LEADING) else []
    if not ends:
        return text[start:].strip(_LEADING)
    return _OPEN_END.sub("", text[start : min(ends)].strip(_LEADING))


def before_days(sight: Sight, segment: Segment, name: str) -> str:
    """Return a name without the days that a small word leads to (``RS for Feb 18 - Mar 18``); a month may belong to a name."""
    at = segment.text.find(name)
    for token in sight.tokens.within(segment) if at >= 0 else ():
        told = segment.text[at : token.start]
        if token.when is not None and token.when.day is not None and (led := _LED_TO.search(told)) is not None:
            return told[: led.start()] if token.start < at + len(name) else name
    return name


def _faces(sight: Sight, row: Row, segment: Segment) -> bool:
    """Tell whether a heading and one other text, which no label begins, are all of a line, days and their number aside.

    The heading of one service of several speaks for that service only: see ``names_beside_services``.
    """
    if commodity_in(sight, segment.text) is not None:
        return False
    others = [one for one in row.segments if one is not segment and not any(t.when for t in sight.tokens.within(one))]
    labelled = any(not one.start for other in others[:1] for one in sight.labels.within(other))
    return segment is row.segments[0] and len(others) == 1 and others[0].index == 1 and not labelled


def _head_end(sight: Sight, segment: Segment) -> int:
    """Return where the words end that head a list of charges, 0 where a text begins with none."""
    found = sight.lexicon.pattern(f"(?i){_HEAD}", "heads_charges").search(segment.text)
    told = (one.end for one in sight.labels.within(segment) if not one.start and one.concept in HEADS)
    return max(found.end() if found is not None else 0, *told, 0)


def _before_head(sight: Sight, segment: Segment) -> str:
    """Return what stands before the words that head a list and end a text (``Schedule 7 – details of charges``)."""
    found = sight.lexicon.pattern(f"(?i){_CLOSING}", "heads_charges").search(segment.text)
    return segment.text[: found.start()].strip() if found is not None else ""


def _called(sight: Sight, name: str) -> bool:
    """Tell whether a text is written and called as tariffs are: a class of customers, a code or a word of products in it."""
    words = _BRACKET.sub("", name).split()
    if not 1 < len(words) <= NAME_WORDS_MAX or len(name) > NAME_LETTERS_MAX:
        return False
    if not all(_CAPITAL.match(word) or _JOINT.match(word) for word in words) or not _CAPITAL.match(words[0]):
        return False
    return sight.lexicon.means(name, "customer_class", "product") or _CODE.search(name) is not None


def _over_list(sight: Sight, row: Row, segment: Segment) -> bool:
    """Tell whether a described amount stands on one of the next lines, under the heading or at its end of the page."""
    for index in range(row.index + 1, row.index + 1 + HEADED_ROWS):
        below = sight.row(row.page, index)
        if below is None:
            return False
        under = [one for one in below.segments if overlap(one.box, row.box) > 0]
        amounts = [token for token in sight.tokens.on(below) if is_money(token) and token.box.right > segment.box.left]
        if under and amounts and any(c.isalpha() for c in under[0].text):
            return True
    return False


def names_beside_services(sight: Sight) -> Iterator[tuple[str, Segment, float]]:
    """Yield the name that stands on the line of a service's heading (``ELECTRIC SERVICE | Residential Schedule 4``)."""
    for sheet in sight.sheets:
        for row in sheet.rows:
            headed = commodity_in(sight, row.segments[0].text) is not None and row.segments[0].text[:1].isupper()
            for segment in row.segments[1:] if headed else ():
                first = segment.words[0].text.strip("():,-–")
                if sight.lexicon.means(first, "customer_class") and len(segment.words) <= BESIDE_WORDS_MAX:
                    yield segment.text, segment, BESIDE_SCORE


def classes_of_services(sight: Sight) -> Iterator[tuple[str, Segment, float]]:
    """Yield the class of customer that a service's heading names (``Electric Service - Residential``)."""
    for segment in sight.segments:
        if len(segment.words) > NAME_WORDS_MAX or is_prose(segment) or commodity_in(sight, segment.text) is None:
            continue
        if _COMPANY.search(segment.text):
            continue
        for word in segment.words:
            core = word.text.strip("():,-–")
            if sight.lexicon.means(core, "customer_class"):
                yield core, segment, CLASS_SCORE
