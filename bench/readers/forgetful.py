"""A reader that has forgotten words: how well the product does on labels that its lexicon does not hold.

A share of the lexicon's label phrases is taken away at random, the same ones for the same seed. What then stands on a bill of a
family that the reader was made with is as unknown to it as the words of an issuer it has never met.
"""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from random import Random
from types import MappingProxyType
from typing import Any

from services.parser.understand import lexicon

SECTIONS = ("strong", "weak")


def forget(share: float, seed: int, languages: Collection[str], concepts: Collection[str] | None = None) -> None:
    """Take away a share of the label phrases in this process.

    Args:
        share: how many of the phrases, in [0, 1].
        seed: which ones.
        languages: whose words are forgotten.
        concepts: whose labels are forgotten; all concepts for None.
    """
    table = lexicon.table
    _know_only(
        {language: _without(table(language), share, Random(f"{seed}/{language}"), concepts) for language in languages}
    )


@contextmanager
def forgetting(
    share: float, seed: int, languages: Collection[str], concepts: Collection[str] | None = None
) -> Iterator[None]:
    """Forget as ``forget`` does, and know everything again afterwards."""
    with _remembering():
        forget(share, seed, languages, concepts)
        yield


@contextmanager
def unworded(concepts: Collection[str], meanings: Collection[str], *, guessed: bool) -> Iterator[None]:
    """Forget all phrases of some concepts in all languages, and know everything again afterwards.

    Args:
        concepts: what no label is known of any more.
        meanings: of which no telling word is known any more.
        guessed: whether labels of the concepts are still guessed by the words of their kind.
    """
    with _remembering():
        _know_only(
            {
                language: _wordless(lexicon.table(language), concepts, meanings, guessed)
                for language in lexicon.LANGUAGES
            }
        )
        yield


def _know_only(poorer: Mapping[str, Mapping[str, Any]]) -> None:
    """Put poorer tables into the place of the lexicons of some languages."""
    table = lexicon.table
    setattr(lexicon, "table", lambda language: poorer.get(language) or table(language))  # noqa: B010
    lexicon.reset()


@contextmanager
def _remembering() -> Iterator[None]:
    """Put the lexicons back as they were before."""
    table = lexicon.table
    try:
        yield
    finally:
        setattr(lexicon, "table", table)  # noqa: B010
        lexicon.reset()


def _wordless(
    whole: Mapping[str, Any], concepts: Collection[str], meanings: Collection[str], guessed: bool
) -> Mapping[str, Any]:
    """Return a lexicon's table without the labels of some concepts and the words of some meanings."""

    def without(section: str, names: Collection[str]) -> dict[str, Any]:
        return {name: words for name, words in whole.get(section, {}).items() if name not in names}

    kept: dict[str, Any] = {section: without(section, concepts) for section in SECTIONS}
    kept["words"] = {name: () if name in meanings else words for name, words in whole.get("words", {}).items()}
    kept["guess"] = without("guess", () if guessed else concepts)
    return MappingProxyType({**whole, **kept})


def _without(
    whole: Mapping[str, Any], share: float, rng: Random, concepts: Collection[str] | None
) -> Mapping[str, Any]:
    """Return a lexicon's table without a share of its phrases."""
    kept = {
        section: {
            concept: [
                phrase
                for phrase in phrases
                if (concepts is not None and concept not in concepts) or rng.random() >= share
            ]
            for concept, phrases in whole.get(section, {}).items()
        }
        for section in SECTIONS
    }
    return MappingProxyType({**whole, **kept})
