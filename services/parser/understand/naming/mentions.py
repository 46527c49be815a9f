"""Mentions: the issuer where only sentences name it: whom to call, whom to write to, who thanks for being chosen."""

import re
from collections.abc import Iterator

from services.parser.understand.layout.rows import Segment
from services.parser.understand.lexicon import squeeze
from services.parser.understand.naming.companies import own_part
from services.parser.understand.sight import Sight

TRADED_SCORE, PLAIN_SCORE = 0.39, 0.36
"""Below a name of the trade at the head of a bill (0.4), above the least that names an issuer (0.35)."""
OPENINGS = ("calls", "thanks")
"""What the words mean that stand before a name."""
NAME_WORDS_MAX = 7
PLAIN_LETTERS_MIN = 4
_CAPITAL = re.compile(r"[A-ZÀ-Þ][\w&'’-]*")
_OPENING = r"(?<!\w)<words>[\s:]+(?=[A-ZÀ-Þ])"
_JOINT = frozenset({"&", "of", "and", "de", "du", "des", "del", "da", "do", "di", "und", "et", "y", "e"})
_RIGHTS = re.compile(r"(?:©|\([cC]\)|\bCopyright\b)\s*(?:©\s*)?(?:\d{4}(?:\s*[-–]\s*\d{4})?,?\s*)?(?=[A-ZÀ-Þ])")


def of_mentions(sight: Sight) -> Iterator[tuple[Segment, str, float]]:
    """Yield (segment, name, score) of whom sentences say to call, to choose or to hold the rights of the page."""
    plain: dict[str, list[tuple[Segment, str]]] = {}
    thanked: set[str] = set()
    opening = sight.lexicon.pattern(_OPENING, *OPENINGS)
    for segment in sight.segments:
        if sight.lexicon.means(segment.text, "regulator", "carrier"):
            continue
        spoken = sight.lexicon.means(segment.text, *OPENINGS)
        for found in opening.finditer(segment.text) if spoken else ():
            name, traded = _name_at(sight, segment, found.end())
            if name and traded:
                yield segment, name, TRADED_SCORE
            elif len(name) >= PLAIN_LETTERS_MIN and squeeze(name) not in sight.lexicon.vocabulary:
                plain.setdefault(squeeze(name), []).append((segment, name))
                if sight.lexicon.means(found[0], "thanks"):
                    thanked.add(squeeze(name))
        own = own_part(sight, segment)
        if own != segment.text and segment.text.startswith(own) and _named_whole(own):
            yield segment, own, TRADED_SCORE if sight.lexicon.means(own, "issuer") else PLAIN_SCORE
        for found in _RIGHTS.finditer(segment.text):
            name, _ = _name_at(sight, segment, found.end())
            if name:
                yield segment, name, PLAIN_SCORE
    for key, listed in plain.items():
        # A name without a word of the trade in it speaks when it is said again, and thanks for being chosen.
        if len(listed) > 1 and key in thanked:
            yield *listed[0], PLAIN_SCORE


def _named_whole(text: str) -> bool:
    """Tell whether a text is a name of two words and more, each with a capital."""
    words = [word.strip(".,") for word in text.split()]
    return 2 <= len(words) <= NAME_WORDS_MAX and all(_CAPITAL.fullmatch(word) or word in _JOINT for word in words)


def _name_at(sight: Sight, segment: Segment, at: int) -> tuple[str, bool]:
    """Return the name that begins at a place of a line, and whether a word of the trade ends it."""
    run: list[str] = []
    for word in segment.text[at:].split()[: NAME_WORDS_MAX + 1]:
        core = word.rstrip(".,;:!?)")
        if not (_CAPITAL.fullmatch(core) or (run and core in _JOINT)):
            break
        run.append(core)
        if core != word:
            break
    while run and (run[-1] in _JOINT or sight.lexicon.means(run[-1], "desk")):
        run.pop()
    if not run or len(run) > NAME_WORDS_MAX:
        return "", False
    if any(label.start == at for label in sight.labels.within(segment)):
        return "", False
    own = [word for word in run if word not in _JOINT and not sight.lexicon.means(word, "issuer")]
    traded = sight.lexicon.means(run[-1], "issuer")
    return (" ".join(run), traded) if own else ("", False)
