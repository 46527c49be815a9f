"""Identities written as arithmetic whose numbers know where they stand on the page."""

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from protos.values.v1 import reading_pb2

SUMS = frozenset({"items_sum_to_new_charges", "charges_sum_to_commodity_total"})
"""Identities of many parts that the reader states as their sum alone; here each part is written out."""

ADDENDS_MAX = 40
"""A longer sum is told as the reader states it: nobody adds up a page of numbers, and each of them is a link."""

_NUMBER = re.compile(r"\d{4}-\d{2}(?:-\d{2})?|(?<![\d.])-?\d+(?:\.\d+)?")


class Token(NamedTuple):
    """A piece of an identity; ``path`` is "" where it is no value of the reading."""

    text: str
    path: str = ""


def tokens_of(proof: reading_pb2.Proof, says: Mapping[str, str]) -> tuple[Token, ...]:
    """Return the pieces of an identity; ``says`` is what each value of the reading says, as ``edited`` tells it."""
    if (
        proof.rule_id in SUMS
        and 2 < len(proof.fields) <= ADDENDS_MAX + 1
        and all(field in says for field in proof.fields)
    ):
        return tuple(_sum(proof.fields, says))
    return tuple(_told(proof, says))


def _sum(fields: Sequence[str], says: Mapping[str, str]) -> Iterator[Token]:
    total, *parts = fields
    for place, path in enumerate(parts):
        negative = says[path].startswith("-")
        if place or negative:
            yield Token((" − " if negative else " + ") if place else "−")
        yield Token(says[path].removeprefix("-"), path)
    yield Token(" = ")
    yield Token(says[total], total)


def _told(proof: reading_pb2.Proof, says: Mapping[str, str]) -> Iterator[Token]:
    """Take the identity apart as the reader states it; each number belongs to the next value that says it."""
    free = [path for path in proof.fields if path in says]
    end = 0
    for found in _NUMBER.finditer(proof.statement):
        yield from _between(proof.statement[end : found.start()])
        end = found.end()
        path = next((path for path in free if _same(says[path], found[0])), "")
        if path and not _period(says[path]):
            free.remove(path)
        yield Token(found[0].replace("-", "−") if found[0].startswith("-") else found[0], path)
    yield from _between(proof.statement[end:])


def _between(text: str) -> Iterator[Token]:
    if text:
        yield Token(text.replace(" x ", " × ").replace(" - ", " − "))


def _same(said: str, number: str) -> bool:
    if _period(said) or number.count("-") > 1:
        return number in said.split(" to ")
    try:
        return Decimal(said) == Decimal(number)
    except ArithmeticError:
        return False


def _period(said: str) -> bool:
    """Tell whether a value is two days: both of them belong to it."""
    return " to " in said
