"""Told: the names of tariffs that sentences tell (``You're on our Standard Variable tariff``)."""

import re
from collections.abc import Iterator

from services.parser.understand.layout.labels import Label, is_prose
from services.parser.understand.layout.rows import Segment
from services.parser.understand.lexicon import squeeze
from services.parser.understand.sight import Sight

TOLD_SCORE = 0.68
"""How surely a sentence tells the tariff's name."""
TOLD_LETTERS_BEFORE = 24
"""Between the words that begin such a sentence and the word for tariff stand so many letters (``mit unserem Produkt``)."""
EDGE_POINTS = 2.0
"""The lines of a text begin so near to one edge."""
_TOLD_BEFORE = r"\b<words>(?:\s+(?i:our|the|your|a))?\s+((?:\(?[A-Z0-9][\w&/'’+()-]*\s+){1,6})$"
_TOLD_AFTER = rf"\b<words>\W.{{0,{TOLD_LETTERS_BEFORE}}}$"
_NAME_AFTER = re.compile(r"[\s„“\"«:]+((?:[A-ZÀ-Þ0-9][\w&/'’+()-]*[ ]?){1,6})")
_WORD, _LEADS = r"[A-ZÀ-Þ][\w&/'’+()-]*", r"(?::|\s+is(?=(?:\s+[A-ZÀ-Þ0-9]\S*){2}))?\s+"
_OWN_AFTER = re.compile(rf"{_LEADS}((?:{_WORD}\s)*(?:[A-ZÀ-Þ]|\d+(?=[\w% ]))[\w&/'’+()%-]*)(?=,|\.\s|\s[a-zà-ÿ])")
"""The name behind ``Your plan``: words with capitals and numbers among them, up to a stop or a small word."""
_SENTENCE = re.compile(r"(?:^|[.!?]\s+)$")


def told(sight: Sight) -> Iterator[tuple[str, Segment, float]]:
    """Yield the names of tariffs in sentences, with the text that each stands in and how surely it is one."""
    opening = sight.lexicon.pattern(_TOLD_BEFORE, "on_tariff")
    for label in sight.labels.of("tariff"):
        before = opening.search(label.segment.text[: label.start])
        if before is None:
            yield from _after(sight, label)
            continue
        end = label.end if label.text[:1].isupper() else before.end(1)
        yield label.segment.text[before.start(1) : end].strip(), label.segment, TOLD_SCORE


def _after(sight: Sight, label: Label) -> Iterator[tuple[str, Segment, float]]:
    """Yield the name that a sentence tells after the word for tariff (``Wir beliefern Sie mit unserem Produkt Fix 24.``)."""
    text = label.segment.text
    opened = sight.lexicon.pattern(_TOLD_AFTER, "on_tariff").search(text[: label.start])
    named = _NAME_AFTER.match(text[label.end :]) if opened else None
    if named is None and is_prose(label.segment) and _begins_sentence(sight, label):
        # "Your plan Bright Nights 12% ends on 3 February": what the reader of the bill has bought.
        named = _OWN_AFTER.match(text[label.end :])
    if named:
        yield named[1].strip(), label.segment, TOLD_SCORE


def _begins_sentence(sight: Sight, label: Label) -> bool:
    """Tell whether ``Your plan`` begins a sentence, be it that the line ends between its words."""
    before, words = label.segment.text[: label.start], label.text
    if not label.start and (row := sight.row(label.segment.page, label.segment.row - 1)) is not None:
        edge = label.segment.box.left
        above = next((s.text for s in row.segments if abs(s.box.left - edge) <= EDGE_POINTS), "")
        before, _, last = above.rpartition(" ")
        whole = squeeze(joined := f"{last} {words}")
        named = any(one.squeezed == whole and one.concept == "tariff" for one in sight.lexicon.phrases_at(whole, 0))
        before, words = (f"{before} ", joined) if named else ("", words)
    return " " in words and _SENTENCE.search(before) is not None
