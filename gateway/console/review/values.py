"""What a person reviews of a bill: each value with its place, its state, and the identities that it takes part in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from google.protobuf.message import Message

from domain.evidence import CONFIDENCE_FAIR
from domain.period import ONE_DAY, days_said
from gateway.console.review.arithmetic import Token, tokens_of
from protos.profile.v1 import review_pb2
from protos.values.v1 import reading_pb2, values_pb2
from runtime.wire.facts import FoundFact, facts_of

_NOT_AMENDED = "commodity_totals"
"""The list of a reading whose lines cannot be corrected: they follow from charges."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One value. ``path`` names it as proofs do; ``box`` is left, top, width, height [points], None where it has no place.

    ``field`` is its name in a correction of the record ``record``, "" where it cannot be corrected; ``edited`` is what such a
    correction would say to leave it as it is.
    """

    path: str
    label: str
    text: str
    printed: str
    page: int
    box: tuple[float, float, float, float] | None
    confidence: float
    state: str
    method: str
    statement: int
    inner_path: str
    field: str
    edited: str
    record: str
    confirmed_by: str
    otherwise: str
    """Its state where nobody had confirmed it."""

    @property
    def anchor(self) -> str:
        """Return the value's name in addresses of a page."""
        return "v-" + "".join(sign if sign.isalnum() else "-" for sign in self.path)

    @property
    def doubtful(self) -> bool:
        """Whether a person should look at it."""
        return self.state in ("doubt", "failed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """One identity checked on the reading: ``passed`` or not, its arithmetic, and the values it touches by their paths."""

    rule: str
    passed: bool
    statement: str
    tokens: tuple[Token, ...]
    residual: str
    paths: tuple[str, ...]

    @property
    def off(self) -> str:
        """Return by how much the sides differ, "" where they do not: rounded figures may, by a little."""
        return self.residual if self.residual.strip("-0.") else ""


def findings_of(review: review_pb2.Review) -> list[str]:
    """Return the doubts about the bill as a whole, a sentence each."""
    return [finding.sentence for one in review.statements for finding in one.reading.findings]


def identities_of(review: review_pb2.Review) -> list[Identity]:
    """Return the identities that apply, those that fail first."""
    found = []
    for number, statement in enumerate(review.statements):
        prefix = _prefix(review, number)
        says = {one.path: _edited(one.fact) for one in facts_of(statement.reading)}
        for proof in statement.reading.proofs:
            if proof.verdict == reading_pb2.VERDICT_NOT_APPLICABLE:
                continue
            found.append(
                Identity(
                    rule=proof.rule_id.replace("_", " "),
                    passed=proof.verdict == reading_pb2.VERDICT_PASS,
                    statement=proof.statement,
                    tokens=tuple(
                        Token(one.text, prefix + one.path if one.path else "") for one in tokens_of(proof, says)
                    ),
                    residual=proof.residual,
                    paths=tuple(prefix + path for path in proof.fields),
                )
            )
    return sorted(found, key=lambda one: one.passed)


def values_of(review: review_pb2.Review, identities: Sequence[Identity]) -> list[Shown]:
    """Return every value that was read, in the order of the reading."""
    proved = {path for one in identities if one.passed for path in one.paths}
    failed = {path for one in identities if not one.passed for path in one.paths}
    shown = []
    for number, statement in enumerate(review.statements):
        confirmed = {one.path: one.confirmed_by for one in statement.confirmed_values}
        for found in facts_of(statement.reading):
            path, fact, label = found.path, found.fact, _label(found)
            whole, seen = _prefix(review, number) + path, fact.evidence
            shown.append(
                Shown(
                    path=whole,
                    label=label,
                    text=_text(fact),
                    printed=seen.text,
                    page=seen.page,
                    box=_box(seen),
                    confidence=seen.confidence,
                    state=_state(seen, whole in proved, whole in failed, confirmed=path in confirmed),
                    method=reading_pb2.Method.Name(seen.method).removeprefix("METHOD_").replace("_", " ").lower(),
                    statement=number + 1,
                    inner_path=path,
                    field=_field(path),
                    edited=_edited(fact),
                    record=statement.ledger_bill_id,
                    confirmed_by=confirmed.get(path, ""),
                    otherwise=_state(seen, whole in proved, whole in failed, confirmed=False),
                )
            )
    return shown


def _state(seen: reading_pb2.Evidence, proved: bool, failed: bool, *, confirmed: bool) -> str:
    """Say what is known of a value: who confirmed it saw the page, and so knows more than the arithmetic."""
    if confirmed:
        return "confirmed"
    if failed:
        return "failed"
    if seen.method == reading_pb2.METHOD_PERSON:
        return "confirmed"
    if proved:
        return "proved"
    return "read" if seen.confidence >= CONFIDENCE_FAIR else "doubt"


def _label(found: FoundFact) -> str:
    """Name a value for people, by the rows in which it stands."""
    names = [(one.name.replace("_", " "), one) for one in found.steps]
    return " ".join(name if one.row is None else _row(name, one.row, one.message) for name, one in names)


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
    if isinstance(value, values_pb2.Period):
        return days_said(value.start, value.end)
    return " ".join(str(one) for field, one in value.ListFields() if field.message_type is None)


def _edited(fact: Any) -> str:
    """Return what a correction would say to leave the value as it is: an amount without its unit, a period with its last day."""
    value = fact.value
    if not isinstance(value, Message):
        return str(value)
    if isinstance(value, values_pb2.Period):
        return f"{value.start} to {date.fromisoformat(value.end) - ONE_DAY}"
    return str(value.amount)  # type: ignore[attr-defined]


def _field(path: str) -> str:
    """Return the name of a value in a correction, "" where it has none."""
    if path.startswith(_NOT_AMENDED):
        return ""
    if path.startswith(("usages[", "history[")) and path.endswith(".quantity"):
        return path.removesuffix(".quantity") + ".amount"
    return path


def _box(seen: reading_pb2.Evidence) -> tuple[float, float, float, float] | None:
    if not seen.HasField("box"):
        return None
    box = seen.box
    return box.left, box.top, max(box.right - box.left, 1.0), max(box.bottom - box.top, 1.0)


def _prefix(review: review_pb2.Review, number: int) -> str:
    return f"{number + 1}:" if len(review.statements) > 1 else ""
