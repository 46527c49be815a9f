"""Titles: the line that names a bill by its number and day (``Facture n° 4711 du 3 mars 2026``)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from services.parser.understand.layout.labels import is_prose
from services.parser.understand.layout.rows import Segment
from services.parser.understand.layout.tokens import Token
from services.parser.understand.lexicon import plain
from services.parser.understand.sight import Sight
from services.parser.understand.values.dates import joins_period

TITLE_WORDS_MAX = 16
NUMBER_PREFIX_LETTERS = 4
"""Letters before the digits of a bill's number (``FT 2024/118``)."""
TITLE_ROWS, EDGE_POINTS = 2, 4.0
"""The number and the day may stand so many lines under the word for bill, at its edge (``N. 4711 del 11/03/2024``)."""
_NUMBERED = re.compile(
    r"\s*(?:n|no|nr|num)?\s?[.°º:]{0,2}\s*"
    r"[A-Z]{0,4}\d(?:[\w/-]{3,}|\d*(?: \d{2,}){1,4})\s+(?:del|du|de|vom|of|dal|do)?\s*$",
    re.IGNORECASE,
)
_COMMODITIES = ("electricity", "gas", "water", "sewer", "heat")


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
        days = [t for t in sight.tokens.within(segment) if t.when is not None]
        token = days[0] if days else None
        if token is None or token.day is None:
            continue
        if len(days) > 1 and joins_period(segment.text[token.end : days[1].start]):
            continue  # a bill for a period, not of a day
        start = _start(sight, segment, token)
        if start is not None:
            yield Title(token, start)


def _start(sight: Sight, segment: Segment, token: Token) -> int | None:
    """Return where the number begins that a day follows: behind the word for bill, or at the edge under it."""
    for word, offset in zip(segment.words, segment.starts, strict=True):
        end = offset + len(word.text)
        if end > token.start:
            break
        if sight.lexicon.means(word.text, "title") and _joins(sight, segment.text[end : token.start]):
            return end
    return 0 if _NUMBERED.match(segment.text[: token.start]) and _under_title(sight, segment) else None


def is_title(sight: Sight, segment: Segment) -> bool:
    """Tell whether a text is nothing but a title: a word for bill with small words and what is billed (``FACTURE DE GAZ``)."""
    words = [word.text for word in segment.words]
    if any(any(map(str.isdigit, word)) for word in words):
        return False
    told = any(sight.lexicon.means(word, "title") for word in words)
    return told and all(
        sight.lexicon.means(word, "title", "title_joint", *_COMMODITIES) or (word.islower() and len(word) <= 3)
        or sight.lexicon.means(" ".join(words[max(at - 1, 0) : at + 1]), *_COMMODITIES)
        for at, word in enumerate(words)
    )  # fmt: skip


def _under_title(sight: Sight, segment: Segment) -> bool:
    """Tell whether the line over a segment, or the one over that, begins with the word for bill at the same edge."""
    for index in range(segment.row - 1, max(segment.row - 1 - TITLE_ROWS, -1), -1):
        row = sight.row(segment.page, index)
        over = (
            next((s for s in row.segments if abs(s.box.left - segment.box.left) < EDGE_POINTS), None) if row else None
        )
        if over is not None and sight.lexicon.means(over.words[0].text, "title"):
            return True
    return False


def _joins(sight: Sight, between: str) -> bool:
    """Tell whether nothing but small words, what is billed, and a number stand between the word for bill and its day."""
    words = re.findall(r"[\w/.-]*\w", plain(between))
    for at, word in enumerate(words):
        numbered = any(any(map(str.isdigit, other)) for other in words[at : at + 2])
        if any(map(str.isdigit, word)) or (numbered and len(word) <= NUMBER_PREFIX_LETTERS):
            continue
        if not sight.lexicon.means(word, "title_joint", "title", *_COMMODITIES):
            return False
    return True
