"""Lines of facts: what a meter's or service's heading tells in one line, and the name among it that is the tariff.

Bills of many countries print one line over the charges instead of labelled boxes: ``Meter 7557 - 60 days - rate Small General``,
``NMI 4102..., meter 7657, Home Plan, 91 days``, ``Billing details - Large General Service LGS-20``.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from services.parser.understand.fields.context import commodity_in
from services.parser.understand.fields.guess import is_money
from services.parser.understand.layout.labels import Label, is_prose
from services.parser.understand.layout.rows import Segment
from services.parser.understand.sight import Sight

FACTS_WORDS_MAX = 26
NAME_WORDS_MAX = 7
FACTS_MIN = 2
"""So many facts in a line tell that its one name without a label is the tariff."""
TOLD = frozenset({"meter_number", "service_point", "days", "period", "account", "customer", "tariff"})
ADDRESSES = frozenset({"service_address", "mailing_address"})
HEADS = frozenset({"description", "commodity_cost", "usage"})
LABELLED_SCORE, NAMED_SCORE, AMONG_FACTS_SCORE, HEADED_SCORE = 0.74, 0.7, 0.6, 0.58
BRACKETED_SCORE, OVER_CHARGES_SCORE = 0.66, 0.57
BRACKETED_WORDS_MAX = 12
_BRACKETED = re.compile(r"^(?P<head>[^()]*?)\s*\((?P<name>[^()]+)\)(?P<rest>[^()]*)$")
_SHORT_CODE = re.compile(r"^(?=.*\d)[A-Z]{1,5}[\s-]?\d{1,4}[A-Z]{0,2}$|^[A-Z]{1,3}-[A-Z\d]{1,3}$")
_NUMBERED = re.compile(r"\d{2,4}[A-Z]? [-–] ([A-Z].+)")
_PARTING = re.compile(r"\s[-–—·•|/]\s|[;,]\s(?!(?:19|20)\d\d\b)")
CODE = re.compile(r"\b[A-Z]{1,4}-?\d{1,3}[A-Z]?\b|\b\d{1,3}[A-Z]\b")
_WORD_OF_NAME = re.compile(r"^[A-Z0-9(&]")
_JOINT = frozenset({"and", "or", "of", "de", "do", "da", "du", "und", "et", "y", "e", "for", "with", "to"})


@dataclass(frozen=True, slots=True)
class Clause:
    """A part of a segment's text between two separators."""

    start: int
    end: int
    text: str


def names_in_facts(sight: Sight) -> Iterator[tuple[str, Segment, float]]:
    """Yield (name, segment, score) of tariffs in lines of several facts and in headings of two parts."""
    for segment in sight.segments:
        if not 2 <= len(segment.words) <= FACTS_WORDS_MAX or is_prose(segment):
            continue
        labels = sight.labels.within(segment)
        clauses = _clauses(segment.text)
        row = sight.labels.on(segment.page, segment.row)
        yield from _after_labels(segment, labels, row, clauses)
        if len(clauses) > 1:
            yield from _among(sight, segment, labels, clauses)


def names_in_headings(sight: Sight) -> Iterator[tuple[str, Segment, float]]:
    """Yield (name, segment, score) of tariffs in brackets behind a heading, and of a customer's class beside the period."""
    for segment in sight.segments:
        if len(segment.words) > BRACKETED_WORDS_MAX or segment.prose or _priced(sight, segment):
            continue
        found = _BRACKETED.match(segment.text)
        if found is not None and (name := _bracketed(sight, segment, found)):
            yield name, segment, BRACKETED_SCORE
        elif found is None and (name := _class_beside_period(sight, segment) or _numbered_class(sight, segment)):
            yield name, segment, OVER_CHARGES_SCORE


def _bracketed(sight: Sight, segment: Segment, found: re.Match[str]) -> str:
    """Return the tariff of ``Electric delivery (SC1)``, ``Residential (Schedule 1)``, ``to Jun 19 (General Rate 1101)``."""
    name, head = found["name"].strip(), found["head"].strip()
    labels = sight.labels.within(segment)
    if not head[:1].isalnum() or not _is_name(name) or any(one.concept == "tariff" and not one.start for one in labels):
        return ""
    lexicon, start, end = sight.lexicon, found.start("name"), found.end("name")
    spoken = any(one.concept == "tariff" and start < one.end and one.start < end for one in labels)
    spoken = spoken or lexicon.means(name, "tariff_before_code")
    coded = _SHORT_CODE.match(name) is not None
    if lexicon.means(head, "customer_class") and _is_name(head):
        return segment.text[: end + 1].strip() if spoken or coded else ""
    classed = lexicon.means(name, "customer_class") and len(name.split()) > 1
    dated = any(token.when is not None and token.start < start for token in sight.tokens.within(segment))
    serves = head[:1].isupper() and (commodity_in(sight, head) is not None or lexicon.means(head, "delivery", "supply"))
    charges = head[:1].isupper() and lexicon.means(head, "heads_charges")
    headed = (serves and (coded or spoken or classed)) or ((dated or charges) and (spoken or classed))
    return name if headed else ""


def _class_beside_period(sight: Sight, segment: Segment) -> str:
    """Return the class of customers that begins a line which ends in its period or days, alone or behind a heading's dash."""
    row = sight.row(segment.page, segment.row)
    if row is None or len(row.segments) < FACTS_MIN or segment.index:
        return ""
    clauses = _clauses(segment.text)
    name = clauses[-1].text if clauses else ""
    if len(clauses) == len(name.split()) + 1 == FACTS_MIN and _is_name(clauses[0].text):
        name = segment.text.strip()  # one word behind the dash tells more of the class (``Residential - Single``)
    words = [word for word in name.split() if any(map(str.isalnum, word))]
    if not FACTS_MIN <= len(words) <= NAME_WORDS_MAX or not _is_name(" ".join(words)):
        return ""
    if not sight.lexicon.means(words[0].strip("():,-–"), "customer_class"):
        return ""
    others = [one for one in row.segments if one is not segment]
    dated = [token for one in others for token in sight.tokens.within(one) if token.when is not None]
    told = {one.concept for other in others for one in sight.labels.within(other)} & {"period", "days"}
    return name if dated and (told or len(dated) >= FACTS_MIN) else ""


def _numbered_class(sight: Sight, segment: Segment) -> str:
    """Return the class of customers behind its number that stands as a heading (``1500 - Medium General Service``)."""
    found = _NUMBERED.fullmatch(segment.text)
    words = found[1].split() if found else []
    named = 1 < len(words) <= NAME_WORDS_MAX and sight.lexicon.means(" ".join(words[:2]), "customer_class")
    return segment.text if named and found and _is_name(found[1]) else ""


def _priced(sight: Sight, segment: Segment) -> bool:
    """Tell whether an amount stands on the line."""
    return any(is_money(token) for token in sight.tokens.on(segment))


def alone(sight: Sight, segment: Segment) -> bool:
    """Tell whether a segment is all that stands on its line."""
    row = sight.row(segment.page, segment.row)
    return row is not None and len(row.segments) == 1


def before_facts(sight: Sight, segment: Segment, name: str) -> str:
    """Return a name without the facts that follow it in its segment (``Residential R1, 30 days, meter 7557``)."""
    at = segment.text.find(name)
    labels = sight.labels.within(segment)
    for clause in _clauses(segment.text) if at >= 0 else ():
        if clause.start > at and _is_fact(sight, segment, labels, clause):
            return segment.text[at : clause.start].rstrip(" ,;-–—·•|/") if clause.start < at + len(name) else name
    return name


def _clauses(text: str) -> list[Clause]:
    edges = [0, *(edge for found in _PARTING.finditer(text) for edge in found.span()), len(text)]
    return [
        Clause(start, end, text[start:end].strip())
        for start, end in zip(edges[::2], edges[1::2], strict=True)
        if text[start:end].strip()
    ]


def _after_labels(
    segment: Segment, labels: tuple[Label, ...], row: tuple[Label, ...], clauses: list[Clause]
) -> Iterator[tuple[str, Segment, float]]:
    """Yield what follows a tariff's label that begins a later clause, or comes after the number of an earlier label."""
    for label in labels:
        if label.concept != "tariff" or label.start == 0:
            continue
        clause = next((one for one in clauses if one.start <= label.start < one.end), None)
        if clause is None:
            continue
        before = segment.text[clause.start : label.start].split()
        told = any(other.box.left < label.box.left and other.concept in TOLD for other in row)
        if before and not (told and any(c.isdigit() for c in before[-1])):
            continue
        name = _without_details(segment.text[label.end : clause.end].strip(" :-–.#"))
        if _is_name(name):
            yield name, segment, LABELLED_SCORE


def _without_details(name: str) -> str:
    """Return a name without the small words that tell more of it (``Bleu option Heures Creuses 9 kVA``)."""
    words = name.split()
    small = next((i for i, word in enumerate(words) if word.isalpha() and word.islower() and word not in _JOINT), 0)
    return " ".join(words[:small]) if small else name


def _among(
    sight: Sight, segment: Segment, labels: tuple[Label, ...], clauses: list[Clause]
) -> Iterator[tuple[str, Segment, float]]:
    """Yield the clause that is a name: with a tariff's word in it, the only one without a label, or a heading's second."""
    facts = [clause for clause in clauses if _is_fact(sight, segment, labels, clause)]
    names = [clause for clause in clauses if clause not in facts and _is_name(clause.text)]
    for clause in names:
        within = [one for one in labels if clause.start <= one.start < clause.end]
        if any(one.concept == "tariff" and one.start > clause.start for one in within) and facts:
            yield clause.text, segment, NAMED_SCORE
        elif within:
            continue
        elif _class_after_fact(sight, clause, facts) or _product_after_days(sight, segment, clause, facts):
            yield clause.text, segment, NAMED_SCORE
        elif _coded_class(sight, segment, clauses, clause):
            yield clause.text, segment, HEADED_SCORE
        elif len(facts) >= FACTS_MIN and len(names) == 1 and any(one.concept in TOLD for one in labels):
            yield clause.text, segment, AMONG_FACTS_SCORE
        elif (
            len(clauses) == 2
            and clause is clauses[1]
            and _heads_charges(sight, segment, labels, clauses[0], clause.text)
        ):
            yield clause.text, segment, HEADED_SCORE


def _class_after_fact(sight: Sight, clause: Clause, facts: list[Clause]) -> bool:
    """Tell whether a clause after a number begins with a class of customers (``Customer Number: 44 - Residential OE-RSF``)."""
    words = clause.text.split()
    return (
        len(words) >= FACTS_MIN
        and any(fact.end <= clause.start for fact in facts)
        and sight.lexicon.means(words[0], "customer_class")
    )


def _coded_class(sight: Sight, segment: Segment, clauses: list[Clause], clause: Clause) -> bool:
    """Tell whether the second part of a line of its own is a class and its code (``Consumer - Residential AP-RS10``)."""
    words, row = clause.text.split(), sight.row(segment.page, segment.row)
    return (
        len(clauses) == FACTS_MIN
        and clause is clauses[1]
        and len(words) >= FACTS_MIN
        and CODE.search(words[-1]) is not None
        and sight.lexicon.means(words[0], "customer_class")
        and row is not None
        and len(row.segments) == 1
    )


def _product_after_days(sight: Sight, segment: Segment, clause: Clause, facts: list[Clause]) -> bool:
    """Tell whether a heading of charges ends in a product behind its days (``Charges 04/05 to 05/05 - Clear Deal 24``)."""
    row = sight.row(segment.page, segment.row)
    dated = any(token.when and token.end <= clause.start for token in sight.tokens.within(segment))
    return (
        dated
        and bool(facts)
        and clause.end == len(segment.text)
        and row is not None
        and len(row.segments) == 1
        and len(clause.text.split()) >= FACTS_MIN
        and sight.lexicon.means(clause.text, "product")
    )


def _is_fact(sight: Sight, segment: Segment, labels: tuple[Label, ...], clause: Clause) -> bool:
    """Tell whether a clause names a fact by its label, or holds a day, a quantity or a number of its own."""
    if any(one.concept in TOLD - {"tariff"} and clause.start <= one.start < clause.end for one in labels):
        return True
    return any(
        clause.start <= token.start < clause.end
        and (token.when is not None or (token.number is not None and token.number.unit))
        for token in sight.tokens.within(segment)
    )


def _heads_charges(sight: Sight, segment: Segment, labels: tuple[Label, ...], head: Clause, name: str) -> bool:
    """Tell whether a heading of two parts stands over charges and its second part is called as tariffs are."""
    row = sight.row(segment.page, segment.row)
    if row is None or len(row.segments) > 1 or any(one.concept in ADDRESSES for one in labels):
        return False
    speaks = any(one.concept in HEADS and one.start < head.end for one in labels) or sight.lexicon.means(
        head.text, "supply"
    )
    called = CODE.search(name) is not None or sight.lexicon.means(name, "customer_class")
    row = sight.row(segment.page, segment.row + 1)
    below = sight.tokens.on(row) if row is not None else ()
    priced = any(t.number and t.number.decimals == 2 for t in below)
    dated = sum(t.when is not None for t in below) >= FACTS_MIN
    if dated and not speaks:
        served = commodity_in(sight, head.text) is not None and not any(c.isdigit() for c in head.text)
        speaks = served and not sight.lexicon.means(head.text, "customer_class")
    return speaks and (priced or dated) and (called or commodity_in(sight, name) is None)


def _is_name(text: str) -> bool:
    """Tell whether a text is written as names of tariffs are: few words, each with a capital or a digit, not all digits."""
    words = text.split()
    if not 1 <= len(words) <= NAME_WORDS_MAX or not any(c.isalpha() for c in text) or not text[:1].isalnum():
        return False
    if len(words) == 1 and len(text) < 2:
        return False
    spoken = [word for word in words if word.lower() not in _JOINT]
    return all(_WORD_OF_NAME.match(word) for word in spoken) and any(word[:1].isupper() for word in spoken)
