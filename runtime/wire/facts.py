"""The values of a reading by their paths, as proofs name them: ``new_charges``, ``charges[3].amount``, ``period``."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from google.protobuf.message import Message

from protos.values.v1 import reading_pb2

_WITHOUT_VALUES = frozenset({"proofs", "findings", "evidence"})


class Step(NamedTuple):
    """One part of a path: a field, which of its rows from 0 (None where it has one value), and what stands there."""

    name: str
    row: int | None
    message: Any


class FoundFact(NamedTuple):
    """A value with evidence, its path, and the steps that lead to it."""

    path: str
    fact: Any
    steps: tuple[Step, ...]


def facts_of(reading: reading_pb2.Reading) -> Iterator[FoundFact]:
    """Yield every value that has evidence, in the order of the contract."""
    yield from _facts(reading, "", ())


def text_of(fact: Any) -> str:
    """Return what a value says as one text: of an amount or a quantity with its unit, of a period both days."""
    value = fact.value
    if not isinstance(value, Message):
        return str(value)
    return " ".join(str(part) for field, part in value.ListFields() if field.message_type is None)


def _facts(message: Message, path: str, steps: tuple[Step, ...]) -> Iterator[FoundFact]:
    for field, value in message.ListFields():
        if field.message_type is None or field.name in _WITHOUT_VALUES:
            continue
        rows: Any = enumerate(value) if not isinstance(value, Message) else ((None, value),)
        for index, one in rows:
            inner = f"{path}{field.name}" if index is None else f"{path}{field.name}[{index}]"
            leading = (*steps, Step(field.name, index, one))
            if "evidence" in one.DESCRIPTOR.fields_by_name and one.HasField("evidence"):
                yield FoundFact(inner, one, leading)
            else:
                yield from _facts(one, inner + ".", leading)
