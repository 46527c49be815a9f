"""Guessed labels: texts that no phrase of the lexicon names, told by the words they are made of.

A label of two kinds of words (``previous`` and ``bill``) names its concept whatever stands between them, unless one word turns it
into something else (``reading``). Issuers word their labels in more ways than any list holds.
"""

import re
from functools import lru_cache

from services.parser.understand.layout.labels import Label, Labels, is_prose
from services.parser.understand.layout.rows import Segment, Sheet
from services.parser.understand.layout.stacked import STACKED_CONCEPTS
from services.parser.understand.lexicon import NUMBER_CONCEPTS, TEXTS_KEPT, Lexicon, plain, squeeze, stopwords

GUESSED_WEIGHT, BARE_WEIGHT = 0.72, 0.7
WORDS_MAX = 7
COMPOUND_LETTERS_MIN, STEM_LETTERS_MIN = 6, 4
KNOWN_WEIGHT_MIN, KNOWN_SHARE = 0.9, 0.6
IDLE_CONCEPTS = frozenset(
    {
        "period_start",
        "period_end",
        "amount",
        "description",
        "holder",
        "days",
        "read_date",
        "quantity",
        "unit_column",
        "season",
    }
)
"""Words that stand in many labels and name none of them."""
SIDE_BY_SIDE = "/"
COMPOUNDING = frozenset({"de"})
"""Languages that write several words as one."""
EDGES = ".,:;()*#!?-–"
BARE_CONCEPTS = frozenset({"account", "customer"})
"""What the words for a thing alone may name before a long number, no word for number among them."""
DAY_CONCEPTS = ("due_date", "statement_date")
DAY_WORDS = frozenset({"date", "datum", "data", "fecha"})
NUMBER_DIGITS_MIN, BARE_WORDS_MAX, SMALL_LETTERS_MAX = 6, 2, 2
_APOSTROPHE = re.compile(r"(?<=\w)['’](?=\w)")
_DAY = re.compile(r"\d{1,4}[-/. ](?:\d{1,2}|[A-Za-z]{3,4})[-/. ]\d{2,4}(?!\d)")
_NUMBER = re.compile(r"(?:[A-Z]{1,4}[-/ ]?)?\d[\dA-Z]*(?:[-/. ][\dA-Z]+)*")
_OTHER_NUMBER = re.compile(
    r"\d{1,2}[-/. ]\d{1,2}[-/. ]\d{2,4}|\d{4}[-/.]\d{2}[-/.]\d{2}|[\d.]+[.]\d\d|\d{1,3}(?:[. ]\d{3})+"
)
"""Days, amounts and counts grouped by thousands."""


def with_guessed(labels: Labels, sheets: tuple[Sheet, ...], lexicon: Lexicon) -> Labels:
    """Return the labels with those that are guessed in the place of what phrases name in parts of them only."""
    by_row = dict(labels.by_row)
    new: list[Label] = []
    outdone: set[int] = set()
    stacked = {id(one.segment) for concept in STACKED_CONCEPTS for one in labels.by_concept.get(concept, ())}
    for sheet in sheets:
        for row in sheet.rows:
            own = labels.on(row.page, row.index)
            for segment in row.segments:
                named = [one for one in own if one.segment is segment]
                right = row.segments[segment.index + 1] if segment.index + 1 < len(row.segments) else None
                label = None if id(segment) in stacked and not named else guess(segment, lexicon, right)
                if label is None or _names_several(named) or any(_names_all(one, label, lexicon) for one in named):
                    continue
                new.append(label)
                lesser = {id(one) for one in named if one.end <= label.end and one.concept in lexicon.guesses}
                outdone |= lesser
                kept = tuple(one for one in by_row.get((row.page, row.index), ()) if id(one) not in lesser)
                by_row[row.page, row.index] = tuple(sorted((*kept, label), key=lambda one: one.box.left))
    if not new:
        return labels
    by_concept = {
        concept: [one for one in listed if id(one) not in outdone] for concept, listed in labels.by_concept.items()
    }
    for label in new:
        by_concept.setdefault(label.concept, []).append(label)
    return Labels(by_row, {concept: tuple(listed) for concept, listed in by_concept.items()})


def _names_several(named: list[Label]) -> bool:
    """Tell whether a text names several things side by side (``Customer / account no``)."""
    plain_ones = [one for one in named if one.weight >= KNOWN_WEIGHT_MIN]
    return any(SIDE_BY_SIDE in one.segment.text[one.end : other.start] for one in plain_ones for other in plain_ones)


def _names_all(known: Label, guessed: Label, lexicon: Lexicon) -> bool:
    """Tell whether a phrase of the lexicon names enough of a text for nothing to be guessed of it."""
    _, others, _ = lexicon.guesses[guessed.concept]
    return (
        known.concept not in IDLE_CONCEPTS
        and plain(known.text) not in others  # the bare word for a number or a code, which says nothing of whose it is
        and known.weight >= KNOWN_WEIGHT_MIN
        and known.letters >= KNOWN_SHARE * guessed.letters
    )


def guess(segment: Segment, lexicon: Lexicon, right: Segment | None = None) -> Label | None:
    """Return the label that the words of a segment make, None where they make none; ``right`` is the segment beside it."""
    if is_prose(segment):
        return None
    words: list[str] = []
    end = 0
    for at, (word, start) in enumerate(zip(segment.words, segment.starts, strict=True)):
        if _counts(word.text) or _begins_day(segment, at, lexicon):
            break
        words.append(word.text)
        end = start + len(word.text)
        if word.text.endswith(":"):
            break
    if not words or len(words) > WORDS_MAX:
        return None
    spoken = [part.strip(EDGES).replace(".", "") for word in words for part in _APOSTROPHE.split(plain(word))]
    spoken += ["no"] * any("#" in word for word in words)
    concept = concept_of(tuple(spoken), lexicon)
    weight = GUESSED_WEIGHT
    if not concept:
        value = segment.text[end:].strip() or (right.text if right is not None else "")
        if _is_number(value, lexicon):
            concept = _bare_concept(tuple(spoken), lexicon)
        elif _is_day(value, lexicon):
            concept = _bare_day(tuple(spoken), lexicon)
        weight = BARE_WEIGHT
    if not concept:
        return None
    letters = sum(c.isalnum() for c in segment.text[:end])
    return Label(concept, weight, segment, 0, end, segment.box_of(0, end), letters)


def _counts(word: str) -> bool:
    """Tell whether a word holds a figure or a sign of money."""
    return not word.isalpha() and any(c.isdigit() or c in "$£€₹" for c in word)


def _is_number(text: str, lexicon: Lexicon) -> bool:
    """Tell whether a text, up to a dash, is a long number that is no day, no amount and no quantity."""
    word = text.split(" - ")[0].strip(EDGES)
    if sum(c.isdigit() for c in word) < NUMBER_DIGITS_MIN or not _NUMBER.fullmatch(word):
        return False
    return not _OTHER_NUMBER.fullmatch(word) and not _is_lettered_day(word, lexicon)


def _is_day(text: str, lexicon: Lexicon) -> bool:
    """Tell whether a text begins with a day, its month in letters or in digits."""
    return bool(_DAY.match(text)) or _is_lettered_day(text, lexicon)


def _is_lettered_day(text: str, lexicon: Lexicon) -> bool:
    words = [*text.split()[:3], "", ""]
    months = [squeeze(word) in lexicon.months for word in words]
    one, other = (word[:1].isdigit() for word in words[:2])
    return (one and (months[1] or months[2])) or (months[0] and other)


@lru_cache(TEXTS_KEPT)
def _bare_day(words: tuple[str, ...], lexicon: Lexicon) -> str:
    """Return the day that a label names by one kind of its words alone (``Issued`` | ``10 May 2024``, ``Date d'échéance``)."""
    small = stopwords(lexicon.language)
    telling = [word for word in words if word not in small and len(word) > SMALL_LETTERS_MAX]
    for concept in DAY_CONCEPTS:
        ones, others, _ = lexicon.guesses.get(concept, (frozenset[str](), frozenset[str](), frozenset[str]()))
        if any(word in ones for word in telling) and all(word in ones | others | DAY_WORDS for word in telling):
            return concept
    return ""


@lru_cache(TEXTS_KEPT)
def _bare_concept(words: tuple[str, ...], lexicon: Lexicon) -> str:
    """Return the concept whose words make the whole of a label before a long number (``Customer account`` | ``253-118-0``)."""
    small = stopwords(lexicon.language)
    telling = [word for word in words if word not in small and len(word) > SMALL_LETTERS_MAX]
    if not 1 <= len(telling) <= BARE_WORDS_MAX:
        return ""
    ones = {concept: lexicon.guesses[concept][0] for concept in sorted(NUMBER_CONCEPTS) if concept in lexicon.guesses}
    if any(all(word not in own for own in ones.values()) for word in telling):
        return ""
    named = [concept for concept, own in ones.items() if any(word in own for word in telling)]
    return named[0] if set(named) <= BARE_CONCEPTS else ""


def _begins_day(segment: Segment, at: int, lexicon: Lexicon) -> bool:
    """Tell whether a word is the month of a day (``Amount due by`` | ``February 27``)."""
    following = segment.words[at + 1].text if at + 1 < len(segment.words) else ""
    return following[:1].isdigit() and squeeze(segment.words[at].text) in lexicon.months


@lru_cache(TEXTS_KEPT)
def concept_of(words: tuple[str, ...], lexicon: Lexicon) -> str:
    """Return the first concept whose two kinds of words both stand among the words and whose forbidden ones do not."""
    present = frozenset(words)
    for concept, (ones, others, never) in lexicon.guesses.items():
        first, second = present & ones, present & others
        if first and second and not present & never and len(first | second) > 1:
            return concept
        joined = [word for word in words if _joins(word, ones, others)] if lexicon.language in COMPOUNDING else []
        if joined and not any(term in word for word in words for term in never if len(term) >= STEM_LETTERS_MIN):
            return concept
    return ""


def _joins(word: str, ones: frozenset[str], others: frozenset[str]) -> bool:
    """Tell whether one word is made of both kinds (``Abnehmerkennung``)."""
    return (
        len(word) >= COMPOUND_LETTERS_MIN
        and any(len(stem) >= STEM_LETTERS_MIN and word.startswith(stem) for stem in ones)
        and any(word.endswith(stem) for stem in others)
    )
