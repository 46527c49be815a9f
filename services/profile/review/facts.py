"""The values of a reading by their paths, as proofs name them: ``new_charges``, ``charges[3].amount``, ``period``."""

from collections.abc import Iterator
from typing import Any

from google.protobuf.message import Message

from protos.values.v1 import reading_pb2

_PASSED_OVER = frozenset({"proofs", "findings", "evidence"})


def facts_of(reading: reading_pb2.Reading) -> Iterator[tuple[str, Any]]:
    """Yield every value that has evidence, with its path, in the order of the contract."""
    yield from _facts(reading, "")


def text_of(fact: Any) -> str:
    """Return what a value says as one text: of an amount or a quantity with its unit, of a period both days."""
    value = fact.value
    if not isinstance(value, Message):
        return str(value)
    return " ".join(str(part) for field, part in value.ListFields() if field.message_type is None)


def _facts(message: Message, path: str) -> Iterator[tuple[str, Any]]:
    for field, value in message.ListFields():
        if field.message_type is None or field.name in _PASSED_OVER:
            continue
        repeated = not isinstance(value, Message)
        for index, one in enumerate(value if repeated else (value,)):
            inner = f"{path}{field.name}[{index}]" if repeated else f"{path}{field.name}"
            if "evidence" in one.DESCRIPTOR.fields_by_name and one.HasField("evidence"):
                yield inner, one
            else:
                yield from _facts(one, inner + ".")
