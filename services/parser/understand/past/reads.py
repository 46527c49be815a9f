"""Reads beside the past: which columns of a list of months show what the meter showed or parts, told by what they make."""

import itertools
from collections.abc import Mapping, Sequence
from decimal import Decimal

from services.parser.understand.layout.tokens import Token

LINES_MIN = 3
"""Fewer lines add up by chance."""


def made_by_reads(columns: Sequence[Mapping[int, Token]]) -> tuple[frozenset[int], frozenset[int]]:
    """Return the places of the columns of reads, and those of the columns that their differences make, line by line."""
    numbers = [{line: token.value for line, token in column.items() if token.number is not None} for column in columns]
    reads: set[int] = set()
    made: set[int] = set()
    for older, newer in itertools.permutations(range(len(numbers)), 2):
        lines = numbers[older].keys() & numbers[newer].keys()
        steps = {line: numbers[newer][line] - numbers[older][line] for line in lines}
        if len(steps) < LINES_MIN or not _go_on(numbers[older], numbers[newer], sorted(steps)):
            continue
        for place, column in enumerate(numbers):
            both = steps.keys() & column.keys()
            if place not in (older, newer) and len(both) >= LINES_MIN and all(steps[i] == column[i] for i in both):
                reads |= {older, newer}
                made.add(place)
    for shown, used in itertools.permutations(range(len(numbers)), 2):
        if shown not in reads and _each_since(numbers[shown], numbers[used]):
            reads.add(shown)
            made.add(used)
    return frozenset(reads), frozenset(made)


def _each_since(shown: Mapping[int, Decimal], used: Mapping[int, Decimal]) -> bool:
    """Tell whether the uses are what the meter went since the reading before, the one on the next line or on the last."""
    pairs = list(itertools.pairwise(sorted(shown)))
    if len(pairs) < LINES_MIN or not any(used.values()):
        return False
    return all(used.get(newer) == shown[newer] - shown[older] for newer, older in pairs) or all(
        used.get(newer) == shown[newer] - shown[older] for older, newer in pairs
    )


def made_by_parts(columns: Sequence[Mapping[int, Token]]) -> frozenset[int]:
    """Return the places of the columns that add up the two or more before them on every line: wholes, not parts."""
    numbers = [{line: token.value for line, token in column.items() if token.number is not None} for column in columns]
    return frozenset(
        place
        for place, column in enumerate(numbers)
        if len(column) >= LINES_MIN and all(column[line] in _sums(numbers[:place], line) for line in column)
    )


def _sums(before: Sequence[Mapping[int, Decimal]], line: int) -> set[Decimal]:
    """Return what the nearest two numbers of a line before a place make, the nearest three, and so on."""
    parts = [column[line] for column in reversed(before) if line in column]
    return set(itertools.islice(itertools.accumulate(parts), 1, None))


def _go_on(older: Mapping[int, Decimal], newer: Mapping[int, Decimal], lines: Sequence[int]) -> bool:
    """Tell whether each period begins with the read that the one before it ended with, whichever stands first."""
    pairs = list(itertools.pairwise(lines))
    return all(newer[one] == older[other] for one, other in pairs) or all(
        older[one] == newer[other] for one, other in pairs
    )
