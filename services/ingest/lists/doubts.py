"""How much of a reading asks for a person: what the list of work is ordered by."""

from collections.abc import Iterator
from typing import Any

from google.protobuf.message import Message

from domain.evidence import CONFIDENCE_FAIR
from protos.values.v1 import reading_pb2

_WITHOUT_VALUES = frozenset({"proofs", "findings", "evidence"})


def doubts_of(outcome: reading_pb2.Outcome) -> int:
    """Count what is doubtful in an outcome: values of identities that fail, values hardly believed, and findings.

    A value that an identity proves is none, however it was read; 0 where reading failed.
    """
    return sum(_doubts(reading) for reading in outcome.success.readings)


def _doubts(reading: reading_pb2.Reading) -> int:
    touched: dict[int, set[str]] = {reading_pb2.VERDICT_PASS: set(), reading_pb2.VERDICT_FAIL: set()}
    for proof in reading.proofs:
        if proof.verdict in touched:
            touched[proof.verdict].update(proof.fields)
    proved, failed = touched[reading_pb2.VERDICT_PASS], touched[reading_pb2.VERDICT_FAIL]
    values = sum(
        path in failed or (path not in proved and confidence < CONFIDENCE_FAIR)
        for path, confidence in _values(reading, "")
    )
    return values + len(reading.findings)


def _values(message: Message, path: str) -> Iterator[tuple[str, float]]:
    """Yield each value's path, as proofs name it, and how far it is believed."""
    for field, value in message.ListFields():
        if field.message_type is None or field.name in _WITHOUT_VALUES:
            continue
        several = not isinstance(value, Message)
        rows: Any = value if several else (value,)
        for index, one in enumerate(rows):
            here = f"{path}{field.name}[{index}]" if several else f"{path}{field.name}"
            if "evidence" in one.DESCRIPTOR.fields_by_name and one.HasField("evidence"):
                yield here, one.evidence.confidence
            else:
                yield from _values(one, here + ".")
