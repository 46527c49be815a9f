"""Titles: the line that names a bill by its number and day (``Facture n° 4711 du 3 mars 2026``)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from services.parser.understand.layout.labels import is_prose
from services.parser.understand.layout.tokens import Token
from services.parser.understand.lexicon import plain
from services.parser.understand.sight import Sight

TITLE_WORDS_MAX = 16
_BETWEEN = re.compile(
    r"(?:\W|\b(?:n|o|no|nr|num|numero|number|nummer|de|del|du|vom|von|da|do|em|el|le|il|la|of|on|am|dated|issued|date|data|fecha|datum"
    r"|emitid[ao]|emision|emise?|emission|emess[ao]|ausgestellt|electronica|digital|fiscal|fatura|factura|e)\b"
    r"|\b[a-z]{0,6}[-/.]?\d[\w/.-]*)*"
)
"""What may stand between the word for bill and its day, in plain lower case: small words, and the number."""


@dataclass(frozen=True, slots=True)
class Title:
    """A title's day and where its word for bill ends in the segment of the day."""

    day: Token
    start: int


def titles(sight: Sight) -> Iterator[Title]:
    """Yield the days that follow the word for bill with nothing but a number and small words between them."""
    for segment in sight.segments:
        if len(segment.words) > TITLE_WORDS_MAX or is_prose(segment):
            continue
        token = next((t for t in sight.tokens.within(segment) if t.day is not None), None)
        if token is None:
            continue
        for word, offset in zip(segment.words, segment.starts, strict=True):
            end = offset + len(word.text)
            if end > token.start:
                break
            named = sight.lexicon.means(word.text, "title")
            if named and _BETWEEN.fullmatch(plain(segment.text[end : token.start])):
                yield Title(token, end)
                break
