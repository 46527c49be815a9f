"""What the tests of seeing share: one call to see, and a way to find a word."""

import pytest

from services.parser.see import see


@pytest.fixture
def seen():
    def call(data, **more):
        return see(data, lambda _done, _total: None, **more)

    return call


@pytest.fixture
def word():
    def find(page, text):
        found = [word for word in page.words if word.text == text]
        assert found, f"{text} is not among {[word.text for word in page.words]}"
        return found[0]

    return find
