"""The words of bills by language: labels, months and telling words, loaded from ``services/parser/lexicons``.

A label is matched with spaces, case, accents and punctuation taken away, because text layers and OCR split and join
words at will; the match must start and end where words do.
"""

import re
import tomllib
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from itertools import product
from string import ascii_lowercase
from types import MappingProxyType
from typing import Any

LANGUAGES = ("en", "es", "fr", "de", "pt", "it")
KEY_LENGTH = 3
"""Letters of a squeezed label that find its bucket; labels shorter than this are keyed whole."""
NUMBER_WORDS = ("number", "no", "nr", "num", "numero", "nummer", "n", "id")
NUMBER_CONCEPTS = frozenset({"account", "customer", "invoice", "meter_number"})
"""Labels in which every spelling of the word number is tried."""
STRONG_WEIGHT, WEAK_WEIGHT = 1.0, 0.6
WORDS_KEPT = 16_384
"""So many words are not squeezed again: bills share most of theirs."""
TEXTS_KEPT = 4096
"""So many texts, a few bills' worth, are not cut into words again."""
SHORT_EDGES = ".,:;()*#-"
"""What may stand around a short form."""

_NO_LETTERS = re.compile(r"[\W_]+")
"""What is neither a letter nor a digit."""
_LIGATURES = str.maketrans({"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "º": "o", "ª": "a", "°": "o"})


@lru_cache(WORDS_KEPT)
def plain(text: str) -> str:
    """Return the text in lower case without accents."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text.lower().translate(_LIGATURES))
    return "".join(c for c in decomposed if not unicodedata.combining(c))


@lru_cache(WORDS_KEPT)
def squeeze(text: str) -> str:
    """Return only the letters and digits of the text, lower case, without accents."""
    return _NO_LETTERS.sub("", plain(text))


@dataclass(frozen=True, slots=True)
class Phrase:
    """One label of the lexicon: its squeezed letters, the concept it names and how surely."""

    squeezed: str
    concept: str
    weight: float


@dataclass(frozen=True, slots=True, eq=False)
class Lexicon:
    """All words of one language, English beside it, because bills of any language borrow English words.

    ``phrases`` holds the labels by their letters, ``lengths`` how long those are that begin with some letters;
    ``months`` maps squeezed month names to numbers; ``words`` maps a meaning (``tax``, ``gas``) to its telling words;
    ``vocabulary`` is every word of every label; ``short`` maps short forms (``amt``) to the words they stand for;
    ``guesses`` holds, by concept, two kinds of words that make a label of it together, and words that never stand in one;
    ``telling`` is ``words`` as they are looked up: by its first word each, with blanks around and between them, and its meaning.
    """

    language: str
    phrases: Mapping[str, tuple[tuple[str, float], ...]]
    lengths: Mapping[str, tuple[int, ...]]
    months: Mapping[str, int]
    words: Mapping[str, tuple[str, ...]]
    vocabulary: frozenset[str]
    short: Mapping[str, str]
    guesses: Mapping[str, tuple[frozenset[str], frozenset[str], frozenset[str]]]
    telling: Mapping[str, tuple[tuple[str, str], ...]]

    def whole(self, word: str) -> str:
        """Return a word written out where it is a known short form (``amt``), else the word itself; both are plain."""
        core = word.strip(SHORT_EDGES)
        full = self.short.get(core) or self.short.get(squeeze(core))
        return word if full is None else word.replace(core, full)

    def phrases_at(self, squeezed: str, start: int) -> Iterator[Phrase]:
        """Yield the phrases that stand in ``squeezed`` at ``start``, longest first; several may share one length."""
        for key in (KEY_LENGTH, 2):
            for length in self.lengths.get(squeezed[start : start + key], ()):
                letters = squeezed[start : start + length]
                for concept, weight in self.phrases.get(letters, ()) if len(letters) == length else ():
                    yield Phrase(letters, concept, weight)

    def means(self, text: str, *meanings: str) -> bool:
        """Tell whether the text holds one of the telling words of one of some meanings, as whole words."""
        return not _meanings_in(self, text).isdisjoint(meanings)

    def meanings(self, text: str) -> frozenset[str]:
        """Return all meanings of which the text holds a telling word."""
        return _meanings_in(self, text)

    def pattern(self, template: str, *meanings: str) -> re.Pattern[str]:
        """Return a pattern with the telling words of meanings, as pages print them, where the template says ``<words>``.

        It finds nothing where no words have these meanings.
        """
        return _pattern(self, template, meanings)


@lru_cache(TEXTS_KEPT)
def _meanings_in(lexicon: Lexicon, text: str) -> frozenset[str]:
    """Return all that a text names: one text is asked for dozens of meanings."""
    padded = f" {spaced(text)} "
    return frozenset(
        meaning
        for word in set(padded.split())
        for telling, meaning in lexicon.telling.get(word, ())
        if telling in padded
    )


@cache
def _pattern(lexicon: Lexicon, template: str, meanings: tuple[str, ...]) -> re.Pattern[str]:
    told = {text for meaning in meanings for text in lexicon.words.get(meaning, ())}
    listed = "|".join(r"\W+".join(map(_as_printed, text.split())) for text in sorted(told, key=len, reverse=True))
    return re.compile(template.replace("<words>", f"(?i:{listed})" if listed else "(?!)"))


_ACCENTED = MappingProxyType(
    {one: f"[{one}{''.join(c for c in map(chr, range(0xE0, 0x100)) if plain(c) == one)}]" for one in ascii_lowercase}
)
"""What each letter may be printed as (Latin-1): telling words are kept without accents."""


def _as_printed(word: str) -> str:
    """Return a pattern of a plain word with its accents or without (``beneficiez``, ``grussen``)."""
    return "(?:ss|ß)".join("".join(_ACCENTED.get(c, c) for c in part) for part in word.split("ss"))


@lru_cache(TEXTS_KEPT)
def spaced(text: str) -> str:
    """Return a text as its words are compared: plain letters and digits, one blank between words."""
    return _NO_LETTERS.sub(" ", plain(text)).strip()


_CHOICE = re.compile(r"\(([^()]*)\)")


def choices(pattern: str) -> list[list[str]]:
    """Return the parts of a label and what may stand for each: ``(total|importe) a pagar``; an empty choice leaves it out."""
    parts = _CHOICE.split(pattern)
    return [part.split("|") if at % 2 else [part] for at, part in enumerate(parts) if at % 2 or part.strip()]


def _spellings(concept: str, pattern: str, short: Mapping[str, str]) -> Iterator[str]:
    """Yield the squeezed letters of every label that a pattern stands for, its short forms written out."""
    texts = _numbered([pattern]) if concept in NUMBER_CONCEPTS and "(" not in pattern else [pattern]
    for text in texts:
        parts = [
            [squeeze(" ".join(short.get(squeeze(word), word) for word in choice.split())) for choice in part]
            for part in choices(text)
        ]
        yield from map("".join, product(*parts))


@cache
def _alone(concept: str, weight: float) -> tuple[tuple[str, float], ...]:
    """Return the meanings of a label that has only one, the same object for all of them: there are very many."""
    return ((concept, weight),)


def _numbered(texts: list[str]) -> list[str]:
    """Return the texts with every way of writing the word number in them."""
    found: dict[str, None] = {}
    for text in texts:
        found[text] = None
        words = text.split()
        for at, word in enumerate(words):
            if plain(word).strip(".") in NUMBER_WORDS and len(words) > 1:
                # A closing "n" would swallow the first letter of numbers such as N4396258.
                others = NUMBER_WORDS if at + 1 < len(words) else [other for other in NUMBER_WORDS if other != "n"]
                found.update((" ".join([*words[:at], other, *words[at + 1 :]]), None) for other in others)
    return list(found)


@cache
def table(language: str) -> Mapping[str, Any]:
    """Return a lexicon file, of a language or of other words, as it stands."""
    path = files("services.parser").joinpath("lexicons").joinpath(f"{language}.toml")
    return MappingProxyType(tomllib.loads(path.read_text(encoding="utf-8")))


@cache
def stopwords(language: str) -> frozenset[str]:
    """Return the small words that tell a language."""
    return frozenset(plain(word) for word in table(language)["stopwords"])


@cache
def _unsupported() -> Mapping[str, frozenset[str]]:
    return MappingProxyType(
        {language: frozenset(map(plain, words)) for language, words in table("unsupported").items()}
    )


def unsupported_share(texts: list[str]) -> float:
    """Return the share that the small words of the likeliest unsupported language have among all alphabetic words."""
    words = [plain(text).strip(".,:;!?()\"'") for text in texts]
    alphabetic = [word for word in words if word.isalpha()]
    best = max(sum(word in small for word in alphabetic) for small in _unsupported().values())
    return best / max(len(alphabetic), 1)


@cache
def load(language: str) -> Lexicon:
    """Return the lexicon of a language, English included."""
    languages = (language,) if language == "en" else (language, "en")
    phrases: dict[str, tuple[tuple[str, float], ...]] = {}
    months: dict[str, int] = {}
    words: dict[str, dict[str, None]] = {}
    vocabulary: set[str] = set()
    short = {
        plain(form): plain(word)
        for one in reversed(languages)
        for word, forms in table(one)["short"].items()
        for form in forms
    }
    for one in languages:
        own = table(one)
        for section, weight in (("strong", STRONG_WEIGHT), ("weak", WEAK_WEIGHT)):
            for concept, patterns in own.get(section, {}).items():
                for pattern in patterns:
                    vocabulary.update(word for word in spaced(pattern).split() if len(word) > 3)
                    for letters in _spellings(concept, pattern, short):
                        others = phrases.get(letters, ())
                        if all(other != concept for other, _ in others):
                            phrases[letters] = (*others, (concept, weight)) if others else _alone(concept, weight)
        for number, names in own["months"].items():
            for name in names:
                months.setdefault(squeeze(name), int(number))
        for meaning, texts in own.get("words", {}).items():
            words.setdefault(meaning, {}).update((spaced(text), None) for text in texts)
    vocabulary.update(word for listed in words.values() for text in listed for word in text.split() if len(word) > 3)
    vocabulary.update(name for name in months if len(name) > 3)
    lengths: dict[str, set[int]] = {}
    for letters in phrases:
        lengths.setdefault(letters[:KEY_LENGTH], set()).add(len(letters))
    return Lexicon(
        language=language,
        phrases=MappingProxyType(phrases),
        lengths=MappingProxyType({key: tuple(sorted(found, reverse=True)) for key, found in lengths.items()}),
        months=MappingProxyType(months),
        words=MappingProxyType({meaning: tuple(listed) for meaning, listed in words.items()}),
        vocabulary=frozenset(vocabulary),
        short=MappingProxyType(short),
        guesses=MappingProxyType(_guesses(languages)),
        telling=MappingProxyType(_as_looked_up(words)),
    )


def _as_looked_up(words: Mapping[str, Iterable[str]]) -> dict[str, tuple[tuple[str, str], ...]]:
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for meaning, listed in words.items():
        for telling in filter(None, listed):
            found[telling.split()[0]].append((f" {telling} ", meaning))
    return {first: tuple(pairs) for first, pairs in found.items()}


def _guesses(languages: tuple[str, ...]) -> dict[str, tuple[frozenset[str], frozenset[str], frozenset[str]]]:
    """Return the words that labels are guessed by, in the language's own file only where it has some."""
    for one in languages:
        guess = table(one).get("guess", {})
        if guess:
            return {
                concept: (
                    frozenset(map(plain, words["one"])),
                    frozenset(map(plain, words["other"])),
                    frozenset(map(plain, words["never"])),
                )
                for concept, words in guess.items()
            }
    return {}


def reset() -> None:
    """Let the words be loaded anew, after another table has been put in place of ``table``."""
    load.cache_clear()
    _telling.cache_clear()


@cache
def _telling() -> Mapping[str, tuple[tuple[str, float], ...]]:
    """Return, by word, the languages it tells and how much: words of several languages tell little."""
    found: dict[str, dict[str, float]] = {}
    for language in LANGUAGES:
        for word in stopwords(language):
            found.setdefault(word, {})[language] = 1.0
        own = {
            squeeze(w)
            for section in ("strong", "weak")
            for texts in table(language).get(section, {}).values()
            for pattern in texts
            for w in pattern.replace("(", " ").replace("|", " ").replace(")", " ").split()
        }
        for word in own:
            if len(word) > 3:
                found.setdefault(word, {}).setdefault(language, 0.5)
    return MappingProxyType(
        {word: tuple((one, weight / len(by)) for one, weight in by.items()) for word, by in found.items()}
    )


def detect(texts: list[str]) -> tuple[str, float]:
    """Return the language that the words tell most, and the share of its small words among all alphabetic words."""
    words = [plain(text).strip(".,:;!?()\"'") for text in texts]
    alphabetic = [word for word in words if word.isalpha()]
    if not alphabetic:
        return "en", 0.0
    scores = dict.fromkeys(LANGUAGES, 0.0)
    telling = _telling()
    for word in alphabetic:
        for language, weight in telling.get(word, ()):
            scores[language] += weight
    best = max(LANGUAGES, key=lambda language: scores[language])
    return best, sum(word in stopwords(best) for word in alphabetic) / len(alphabetic)
