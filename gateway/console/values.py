"""What a person reviews of a reading: each value with its place, its state, and the identities that it takes part in."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from google.protobuf.message import Message

from domain.evidence import CONFIDENCE_FAIR
from protos.values.v1 import reading_pb2


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One value. ``path`` names it as proofs do; ``box`` is left, top, width, height [points], None where it has no place."""

    path: str
    label: str
    text: str
    printed: str
    page: int
    box: tuple[float, float, float, float] | None
    confidence: float
    state: str
    method: str

    @property
    def anchor(self) -> str:
        """Return the value's name in addresses of a page."""
        return "v-" + "".join(sign if sign.isalnum() else "-" for sign in self.path)


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """One identity checked on the reading: ``passed`` or not, its arithmetic, and the values it touches by their paths."""

    rule: str
    passed: bool
    statement: str
    residual: str
    paths: tuple[str, ...]


def findings_of(readings: Sequence[reading_pb2.Reading]) -> list[str]:
    """Return the doubts about the bill as a whole, a sentence each."""
    return [finding.sentence for reading in readings for finding in reading.findings]


def identities_of(readings: Sequence[reading_pb2.Reading]) -> list[Identity]:
    """Return the identities that apply, those that fail first."""
    found = []
    for number, reading in enumerate(readings):
        prefix = _prefix(readings, number)
        for proof in reading.proofs:
            if proof.verdict == reading_pb2.VERDICT_NOT_APPLICABLE:
                continue
            found.append(
                Identity(
                    rule=proof.rule_id.replace("_", " "),
                    passed=proof.verdict == reading_pb2.VERDICT_PASS,
                    statement=proof.statement,
                    residual=proof.residual,
                    paths=tuple(prefix + path for path in proof.fields),
                )
            )
    return sorted(found, key=lambda one: one.passed)


def values_of(readings: Sequence[reading_pb2.Reading], identities: Sequence[Identity]) -> list[Shown]:
    """Return every value that was read, in the order of the reading."""
    proved = {path for one in identities if one.passed for path in one.paths}
    failed = {path for one in identities if not one.passed for path in one.paths}
    shown = []
    for number, reading in enumerate(readings):
        for path, label, fact in _facts(reading, "", ""):
            whole = _prefix(readings, number) + path
            seen = fact.evidence
            state = "failed" if whole in failed else "proved" if whole in proved else _by_confidence(seen.confidence)
            shown.append(
                Shown(
                    path=whole,
                    label=label,
                    text=_text(fact),
                    printed=seen.text,
                    page=seen.page,
                    box=_box(seen),
                    confidence=seen.confidence,
                    state=state,
                    method=reading_pb2.Method.Name(seen.method).removeprefix("METHOD_").replace("_", " ").lower(),
                )
            )
    return shown


def _facts(message: Message, path: str, label: str) -> Iterator[tuple[str, str, Any]]:
    """Walk a reading for everything that has a value and its evidence."""
    for field, value in message.ListFields():
        name = field.name.replace("_", " ")
        if field.message_type is None or field.name in ("proofs", "findings", "evidence"):
            continue
        repeated = not isinstance(value, Message)
        for index, one in enumerate(value if repeated else (value,)):
            inner_path = f"{path}{field.name}[{index}]" if repeated else f"{path}{field.name}"
            inner_label = f"{label} {_row(name, index, one) if repeated else name}".strip()
            if "evidence" in one.DESCRIPTOR.fields_by_name and one.HasField("evidence"):
                yield inner_path, inner_label, one
            else:
                yield from _facts(one, inner_path + ".", inner_label)


def _row(name: str, index: int, row: Any) -> str:
    """Name a row by what tells it from its neighbours: a charge's own words, a month, else its number and kind."""
    singular = name.removesuffix("s")
    fields = row.DESCRIPTOR.fields_by_name
    if "month" in fields and row.month:
        return f"{singular} {row.month[:7]}"
    if "description" in fields and row.description:
        return f"{singular} {index + 1}: {row.description},"
    told = [str(getattr(row, one)) for one in ("label", "kind", "commodity") if one in fields]
    first = next((text for text in told if text), "")
    return f"{singular} {index + 1} ({first})" if first else f"{singular} {index + 1}"


def _text(fact: Any) -> str:
    value = fact.value
    if not isinstance(value, Message):
        return str(value)
    parts = [str(one) for field, one in value.ListFields() if field.message_type is None]
    return " to ".join(parts) if value.DESCRIPTOR.name == "Period" else " ".join(parts)


def _box(seen: reading_pb2.Evidence) -> tuple[float, float, float, float] | None:
    if not seen.HasField("box"):
        return None
    box = seen.box
    return box.left, box.top, max(box.right - box.left, 1.0), max(box.bottom - box.top, 1.0)


def _by_confidence(confidence: float) -> str:
    return "read" if confidence >= CONFIDENCE_FAIR else "doubt"


def _prefix(readings: Sequence[reading_pb2.Reading], number: int) -> str:
    return f"{number + 1}:" if len(readings) > 1 else ""
