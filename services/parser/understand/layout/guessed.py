"""Guessed labels: texts that no phrase of the lexicon names, told by the words they are made of.

A label of two kinds of words (``previous`` and ``bill``) names its concept whatever stands between them, unless one word turns it
into something else (``reading``). Issuers word their labels in more ways than any list holds.
"""

from functools import lru_cache

from services.parser.understand.layout.labels import Label, Labels, is_prose
from services.parser.understand.layout.rows import Segment, Sheet
from services.parser.understand.layout.stacked import STACKED_CONCEPTS
from services.parser.understand.lexicon import TEXTS_KEPT, Lexicon, plain, squeeze

GUESSED_WEIGHT = 0.72
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
                label = None if id(segment) in stacked and not named else guess(segment, lexicon)
                if label is None or _names_several(named) or any(_names_all(one, label) for one in named):
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


def _names_all(known: Label, guessed: Label) -> bool:
    """Tell whether a phrase of the lexicon names enough of a text for nothing to be guessed of it."""
    return (
        known.concept not in IDLE_CONCEPTS
        and known.weight >= KNOWN_WEIGHT_MIN
        and known.letters >= KNOWN_SHARE * guessed.letters
    )


def guess(segment: Segment, lexicon: Lexicon) -> Label | None:
    """Return the label that the words of a segment make, None where they make none."""
    if is_prose(segment):
        return None
    words: list[str] = []
    end = 0
    for at, (word, start) in enumerate(zip(segment.words, segment.starts, strict=True)):
        if any(c.isdigit() or c in "$£€₹" for c in word.text) or _begins_day(segment, at, lexicon):
            break
        words.append(word.text)
        end = start + len(word.text)
        if word.text.endswith(":"):
            break
    if not words or len(words) > WORDS_MAX:
        return None
    spoken = [plain(word).strip(EDGES) for word in words] + ["no"] * any("#" in word for word in words)
    concept = concept_of(tuple(spoken), lexicon)
    if not concept:
        return None
    letters = sum(c.isalnum() for c in segment.text[:end])
    return Label(concept, GUESSED_WEIGHT, segment, 0, end, segment.box_of(0, end), letters)


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
