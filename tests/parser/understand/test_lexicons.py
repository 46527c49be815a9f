"""The lexicons as they are written: no word that cannot be found and none twice."""

import pytest

from services.parser.understand.layout.guessed import EDGES
from services.parser.understand.lexicon import LANGUAGES, plain, table


def lists_of(language, *sections):
    own = table(language)
    return [(section, name, words) for section in sections for name, words in own.get(section, {}).items()]


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
