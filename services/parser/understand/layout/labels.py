"""Labels: where the lexicon's phrases stand on the page."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from types import MappingProxyType

from domain.evidence import Box, Method
from services.parser.understand.layout.rows import Segment, Sheet
from services.parser.understand.lexicon import TEXTS_KEPT, WORDS_KEPT, Lexicon, Phrase, plain, squeeze

PROSE_WORDS = 9
"""A segment of more words is a sentence, whose words name nothing beside it."""
JOINT_LETTERS_MAX = 3
"""Words beside a number of so few letters are part of a date or a quantity (``de``, ``al``, ``kWh``)."""
PROSE_WEIGHT = 0.35
SHORT_MISREAD = MappingProxyType({"ld": "id", "lnv": "inv", "lnc": "inc"})
"""A capital I that OCR reads as a small L, in the short words of labels."""
MEND_LETTERS_MIN = 5
"""OCR words of fewer letters are not mended: too many words lie one letter apart."""


@dataclass(frozen=True, slots=True)
class Label:
    """A phrase of the lexicon on the page; ``start``/``end`` are offsets in the segment's text."""

    concept: str
    weight: float
    segment: Segment
    start: int
    end: int
    box: Box
    letters: int

    @property
    def text(self) -> str:
        """The printed words."""
        return self.segment.text[self.start : self.end]


@lru_cache(WORDS_KEPT)
def _mended(word: str, vocabulary: frozenset[str]) -> str:
    """Return the one word of the vocabulary that lies one letter away, else the word itself."""
    if len(word) < MEND_LETTERS_MIN or word in vocabulary:
        return SHORT_MISREAD.get(word, word)
    close = [other for other in vocabulary if abs(len(other) - len(word)) <= 1 and _one_apart(word, other)]
    return close[0] if len(close) == 1 else word


def _one_apart(one: str, other: str) -> bool:
    """Tell whether one letter changed, added or dropped turns one word into the other, or two neighbours swapped."""
    if len(one) > len(other):
        one, other = other, one
    at = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), len(one))
    if len(one) != len(other):
        return one[at:] == other[at + 1 :]
    swapped = (
        at + 1 < len(one) and one[at] == other[at + 1] and one[at + 1] == other[at] and one[at + 2 :] == other[at + 2 :]
    )
    return one[at + 1 :] == other[at + 1 :] or swapped


def squeezed_words(segment: Segment, lexicon: Lexicon) -> tuple[str, list[int], list[int]]:
    """Return (letters of the segment, text offset of each letter, letter positions where a label may begin)."""
    letters: list[str] = []
    offsets: list[int] = []
    starts: list[int] = []
    position = 0
    by_eye = segment.method is Method.OCR
    for word, offset in zip(segment.words, segment.starts, strict=True):
        own, places, begins = _squeezed_word(word.text, lexicon, by_eye=by_eye)
        letters.append(own)
        offsets.extend(offset + place for place in places)
        starts.extend(position + begin for begin in begins)
        position += len(own)
    return "".join(letters), offsets, starts


@lru_cache(WORDS_KEPT)
def _squeezed_word(text: str, lexicon: Lexicon, *, by_eye: bool) -> tuple[str, tuple[int, ...], tuple[int, ...]]:
    """Return (letters of a word, its offset of each letter, letter positions where a label may begin)."""
    mended = plain(text)
    core = mended.strip(".,:;()*#-")
    if by_eye and core.isalpha():
        better = _mended(core, lexicon.vocabulary)
        if better != core:
            mended = mended.replace(core, better)
    mended = lexicon.whole(mended)
    if mended.isalnum() and len(mended) == len(text) and (text.isupper() or text[1:].islower()):
        return mended, tuple(range(len(text))), (0,)  # most words are all letters, and of one part
    letters: list[str] = []
    offsets: list[int] = []
    starts: list[int] = []
    begins = True
    for at, c in enumerate(mended):
        if not c.isalnum():
            begins = True
            continue
        raw = text[at] if at < len(text) else ""
        if begins or (raw.isupper() and at and text[at - 1 : at].islower()):
            starts.append(len(letters))
        letters.append(c)
        offsets.append(min(at, len(text) - 1))
        begins = False
    return "".join(letters), tuple(offsets), tuple(starts)


def find_labels(segment: Segment, lexicon: Lexicon) -> Iterator[Label]:
    """Yield the labels of a segment, longest first at each place, none inside another."""
    letters, offsets, starts = squeezed_words(segment, lexicon)
    prose = is_prose(segment)
    begins = set(starts)
    found: dict[int, list[Phrase]] = {}
    for start in starts:
        longest: list[Phrase] = []
        for phrase in lexicon.phrases_at(letters, start):
            if longest and len(phrase.squeezed) < len(longest[0].squeezed):
                break
            end = start + len(phrase.squeezed)
            if _ends(letters, end, begins) and ": " not in segment.text[offsets[start] : offsets[end - 1] + 1]:
                longest.append(phrase)
        if longest:
            found[start] = longest
    free = 0
    for start, phrases in found.items():
        length = len(phrases[0].squeezed)
        if start < free or _outdone(found, start, length):
            continue
        free = start + length
        first, last = offsets[start], offsets[free - 1] + 1
        box = segment.box_of(first, last)
        for phrase in phrases:
            weight = phrase.weight * (PROSE_WEIGHT if prose else 1.0)
            yield Label(phrase.concept, weight, segment, first, last, box, length)


def _outdone(found: dict[int, list[Phrase]], start: int, length: int) -> bool:
    """Tell whether a longer phrase begins within the one at a start and runs past its end: the longer one is meant."""
    return any(
        start < other < start + length < other + len(phrases[0].squeezed) and len(phrases[0].squeezed) > length
        for other, phrases in found.items()
    )


def _ends(letters: str, end: int, begins: set[int]) -> bool:
    """Tell whether a word ends there, a plural s or a digit glued to the label allowed.

    One letter with digits glued to it begins a number (``Bill n. R1-0039``), which is no part of the label.
    """
    if end >= len(letters) or end in begins:
        return True
    if letters[end].isdigit():
        return end - 1 not in begins or letters[end - 1] == "n"
    return letters[end] == "s" and (end + 1 >= len(letters) or end + 1 in begins or letters[end + 1].isdigit())


def is_prose(segment: Segment) -> bool:
    """Tell whether the segment is a sentence or a part of one rather than a label or a value."""
    return segment.prose or (len(segment.words) > PROSE_WORDS and _runs_on(segment.text))


@lru_cache(TEXTS_KEPT)
def _runs_on(text: str) -> bool:
    """Tell whether the words that are no numbers and join none (``18 de mayo de 2024``) are many, and small ones among them."""
    words = text.split()
    numeric = [any(c.isdigit() for c in word) for word in words]
    beside = [near or far for near, far in zip([*numeric[1:], False], [False, *numeric[:-1]], strict=True)]
    spoken = [
        word for word, number, joins in zip(words, numeric, beside, strict=True)
        if not number and not (joins and len(word) <= JOINT_LETTERS_MAX)
    ]  # fmt: skip
    lower = sum(word[:1].islower() for word in spoken)
    return len(spoken) > PROSE_WORDS and (
        lower >= 0.4 * len(spoken) or (len(spoken) > 12 and lower >= 0.25 * len(spoken))
    )


@dataclass(frozen=True)
class Labels:
    """All labels of a document by page and row, and by concept; those over two lines by concept only."""

    by_row: dict[tuple[int, int], tuple[Label, ...]]
    by_concept: dict[str, tuple[Label, ...]]

    def of(self, *concepts: str) -> list[Label]:
        """Return the labels of the concepts in reading order."""
        found = [label for concept in concepts for label in self.by_concept.get(concept, ())]
        return sorted(found, key=lambda label: (label.segment.page, label.segment.row, label.box.left))

    def on(self, page: int, row: int) -> tuple[Label, ...]:
        """Return the labels on one row, left to right."""
        return self.by_row.get((page, row), ())

    def within(self, segment: Segment) -> tuple[Label, ...]:
        """Return the labels of one segment."""
        return self._by_segment.get(id(segment), ())

    @cached_property
    def _by_segment(self) -> dict[int, tuple[Label, ...]]:
        found: dict[int, list[Label]] = {}
        for labels in self.by_row.values():
            for label in labels:
                found.setdefault(id(label.segment), []).append(label)
        return {segment: tuple(labels) for segment, labels in found.items()}


def read_labels(sheets: tuple[Sheet, ...], lexicon: Lexicon) -> Labels:
    """Return all labels of the sheets."""
    by_row: dict[tuple[int, int], tuple[Label, ...]] = {}
    by_concept: dict[str, list[Label]] = {}
    for sheet in sheets:
        for row in sheet.rows:
            found = tuple(label for segment in row.segments for label in find_labels(segment, lexicon))
            if found:
                by_row[row.page, row.index] = found
            for label in found:
                by_concept.setdefault(label.concept, []).append(label)
    return Labels(by_row, {concept: tuple(listed) for concept, listed in by_concept.items()})


def with_stacked(labels: Labels, stacked: Iterable[Label]) -> Labels:
    """Return the labels and those that run over two lines, these by concept only."""
    by_concept = {concept: list(listed) for concept, listed in labels.by_concept.items()}
    for label in stacked:
        by_concept.setdefault(label.concept, []).append(label)
    return Labels(labels.by_row, {concept: tuple(listed) for concept, listed in by_concept.items()})


@lru_cache(TEXTS_KEPT)
def name_text(text: str, lexicon: Lexicon, closing: str = "") -> frozenset[str]:
    """Return what a text names: the concepts of its longest phrase, of those that reach into its closing words."""
    letters: list[str] = []
    starts: list[int] = []
    begins = True
    for c in " ".join(lexicon.whole(word) for word in plain(text).split()):
        if not c.isalnum():
            begins = True
            continue
        if begins:
            starts.append(len(letters))
        letters.append(c)
        begins = False
    squeezed = "".join(letters)
    ends = {*starts, len(squeezed)}
    best: dict[int, set[str]] = {}
    ending = "".join(lexicon.whole(word) for word in plain(closing).split())
    reach = len(squeezed) - sum(c.isalnum() for c in ending) if closing else 0
    for start in starts:
        for phrase in lexicon.phrases_at(squeezed, start):
            if start + len(phrase.squeezed) in ends and start + len(phrase.squeezed) > reach:
                best.setdefault(len(phrase.squeezed), set()).add(phrase.concept)
    return frozenset(best[max(best)]) if best else frozenset()


def first_words(label: Label, lexicon: Lexicon, concepts: Collection[str]) -> str:
    """Return which of some concepts the first words of a label name by themselves, "" for none.

    The day to pay that a line of charges tells is named with them (``Current Charges - Due 12/02``).
    """
    named = [one for one in lexicon.phrases_at(squeeze(label.text), 0) if one.concept in concepts]
    return max(named, key=lambda one: len(one.squeezed)).concept if named else ""
