"""The lexicons as they are written: no word that cannot be found, none twice, none that tells the wrong language."""

from itertools import chain

import pytest

from services.parser.understand.layout.guessed import EDGES
from services.parser.understand.lexicon import LANGUAGES, plain, stopwords, table

SMALL_WORDS = {
    "en": {"till", "met", "ft"},
    "es": {"si", "mes"},
    "fr": {"si"},
    "de": {"ja"},
    "pt": {"ja", "seu"},
    "it": {"fra", "lei", "si"},
}
"""Words that bills of these languages print, though no label and no list of small words holds all of them."""


def lists_of(language, *sections):
    own = table(language)
    return [(section, name, words) for section in sections for name, words in own.get(section, {}).items()]


def words_of(text):
    """The words of a text as they are counted on a page; a label's choices stand in brackets."""
    for word in text.translate(str.maketrans("()|", "   ")).split():
        yield plain(word).strip(".,:;!?()\"'")


@pytest.mark.parametrize("language", LANGUAGES)
def test_guessed_words_are_single_words_without_edges(language):
    for concept, kinds in table(language).get("guess", {}).items():
        for kind, words in kinds.items():
            dead = [word for word in words if " " in word or plain(word).strip(EDGES) != plain(word)]
            assert dead == [], f"{concept}.{kind}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_list_holds_a_word_twice(language):
    guesses = [
        (concept, kind, words)
        for concept, kinds in table(language).get("guess", {}).items()
        for kind, words in kinds.items()
    ]
    for section, name, words in (*lists_of(language, "strong", "weak", "words", "short"), *guesses):
        assert sorted(set(words)) == sorted(words), f"{section}.{name}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_word_that_tells_an_unsupported_language_is_none_of_a_supported_one(language):
    labels = [text for _, _, texts in lists_of(language, "strong", "weak", "words") for text in texts]
    known = {*chain.from_iterable(map(words_of, labels)), *stopwords(language), *SMALL_WORDS[language]}
    shared = {(other, word) for other, words in table("unsupported").items() for word in words if plain(word) in known}
    assert shared == set()
