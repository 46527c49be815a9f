"""Label words. A family keeps the synonyms it once drew, as a real issuer keeps its form."""

import functools
import tomllib
from collections.abc import Mapping
from pathlib import Path
from random import Random
from typing import Any

LANGUAGES = ("en", "es", "fr", "de", "pt", "it")
RESERVED_SHARE = 0.5
"""How often a test family takes a reserved word where there is one: unseen bills share most words with seen ones."""


@functools.cache
def lexicon(language: str) -> dict[str, Any]:
    """Return a language's words as written in its file."""
    return tomllib.loads((Path(__file__).parent / f"{language}.toml").read_text(encoding="utf-8"))


class Words:
    """The words of one family in one language."""

    def __init__(
        self, language: str, family: str, *, reserved: bool, own: Mapping[str, Mapping[str, str]] | None = None
    ) -> None:
        """Choose for a family; ``reserved`` lets it use the words kept for test families, ``own`` holds words of its own."""
        self.language = language
        self._family = family
        self._reserved = reserved
        self._own = own or {}
        self._lexicon = lexicon(language)

    def _pick(self, group: str, key: str) -> str:
        if key in self._own.get(group, {}):
            return self._own[group][key]
        rng = Random(f"{self._family}/{group}/{key}")
        options = self._lexicon[group][key]
        kept = self._lexicon["reserved"].get(group, {}).get(key)
        if self._reserved and kept and rng.random() < RESERVED_SHARE:
            options = kept
        return str(rng.choice(options))

    def label(self, key: str) -> str:
        """Return the label of a field."""
        return self._pick("labels", key)

    def title(self, key: str) -> str:
        """Return the title of a block."""
        return self._pick("titles", key)

    def charge(self, concept: str) -> str:
        """Return the description of a charge; braces are still to be filled."""
        return self._pick("charges", concept)

    def prose(self, key: str) -> list[str]:
        """Return paragraphs that say nothing about this bill."""
        return [str(text) for text in self._lexicon["prose"][key]]

    def months(self, form: str) -> list[str]:
        """Return the twelve names: ``short``, ``long`` or ``letters``."""
        return [str(name) for name in self._lexicon["months"][form]]

    def word(self, key: str) -> Any:
        """Return a word that dates need (``to``, ``day``, ``day_of_month``)."""
        return self._lexicon["months"][key]
