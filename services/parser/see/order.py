"""Reading order: words sorted into lines from the top, and each line from the left."""

from collections.abc import Iterable

from services.parser.page import Word

SAME_LINE_SHARE = 0.5
"""Words share a line when their middles are nearer than this share of the smaller one's height."""

TWIN_DISTANCE_POINTS = 1.5
"""Fake bold prints a word twice, slightly moved; twins nearer than this are one word."""

STANDING_RATIO_SHORT, STANDING_RATIO = 3.0, 1.8
"""A word of two, and of more, characters this much taller than wide runs up or down the page."""


def in_reading_order(words: Iterable[Word]) -> tuple[Word, ...]:
    """Sort words into lines and lines from the top; twins are dropped, words that run up or down the page come last."""
    lying: list[Word] = []
    standing: list[Word] = []
    for word in words:
        (standing if _stands(word) else lying).append(word)
    ordered: list[Word] = []
    for line in lines_of(lying):
        for word in line:
            if not any(_twins(word, other) for other in ordered[-3:]):
                ordered.append(word)
    standing.sort(key=lambda word: (word.box.left, word.box.top, word.text))
    return tuple(ordered + standing)


def lines_of(words: Iterable[Word]) -> list[list[Word]]:
    """Group words into lines by their vertical middles, each sorted from the left."""
    lines: list[list[Word]] = []
    for word in sorted(words, key=lambda word: (_middle(word), word.box.left, word.text)):
        home = next((line for line in reversed(lines[-4:]) if _same_line(line, word)), None)
        if home is None:
            lines.append([word])
        else:
            home.append(word)
    for line in lines:
        line.sort(key=lambda word: (word.box.left, word.box.right, word.text))
    return lines


def _same_line(line: list[Word], word: Word) -> bool:
    anchor = line[-1]
    height = min(anchor.box.bottom - anchor.box.top, word.box.bottom - word.box.top)
    return abs(_middle(anchor) - _middle(word)) < SAME_LINE_SHARE * height


def _middle(word: Word) -> float:
    return (word.box.top + word.box.bottom) / 2


def _stands(word: Word) -> bool:
    if len(word.text) < 2:
        return False
    ratio = STANDING_RATIO if len(word.text) > 2 else STANDING_RATIO_SHORT
    return word.box.bottom - word.box.top > ratio * (word.box.right - word.box.left)


def _twins(word: Word, other: Word) -> bool:
    return (
        word.text == other.text
        and abs(word.box.left - other.box.left) < TWIN_DISTANCE_POINTS
        and abs(word.box.top - other.box.top) < TWIN_DISTANCE_POINTS
    )
