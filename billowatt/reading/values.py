"""The values of a reading by name, and what is known of each: proved, read, in doubt, or part of a sum that does not add up.

Works on readings as JSON (the contract's own field names), so on what is read here and on what a running Billowatt answers. A
value's name is that of a proof's field: ``new_charges``, ``usages[0].quantity``, ``charges[3].amount``; statement 2 of a file
puts ``2:`` before it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from domain.evidence import CONFIDENCE_FAIR
from domain.period import days_said

NO_NUMBERS = frozenset({"holder", "service_address", "mailing_address", "issuer.name", "country", "currency"})
"""Who and where: nothing is computed from these, so that a doubt about them holds up nothing."""

PAST = "history"
"""Past months are what the bill says beside its own period; they never count before a bill of theirs."""

VERDICTS = {"VERDICT_PASS": "pass", "VERDICT_FAIL": "fail"}

Json = Mapping[str, Any]


class State(StrEnum):
    """What is known of a value."""

    PROVED = "proved"
    """An identity that it takes part in holds."""
    READ = "read"
    """Read with confidence; nothing to check it against."""
    DOUBT = "doubt"
    """Read with less confidence than is fair."""
    FAILED = "failed"
    """An identity that it takes part in does not hold."""


@dataclass(frozen=True, slots=True)
class Proof:
    """One identity that was checked: its rule, its arithmetic, what it misses by, and the values it touches."""

    rule: str
    passed: bool
    statement: str
    residual: str
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Value:
    """One value of a reading. ``about`` is what its line is called on the bill, as a charge's description; often nothing.

    ``box`` is left, top, right, bottom [points from the top left]; None where it has no place.
    """

    field: str
    about: str
    text: str
    printed: str
    page: int
    box: tuple[float, float, float, float] | None
    confidence: float
    method: str
    state: State

    @property
    def counts(self) -> bool:
        """Tell whether numbers of this bill follow from it, so that a doubt about it is one about the bill."""
        own = self.field.rpartition(":")[2]
        return own not in NO_NUMBERS and not own.startswith(PAST)

    @property
    def said(self) -> tuple[str, str]:
        """Return what it is and says, whichever line it stands in: a meter's period is the bill's, said again."""
        return self.field.rpartition(":")[2].rpartition(".")[2], self.text


@dataclass(frozen=True, slots=True)
class Doubt:
    """Something that a person should look at: a value in doubt, a sum that does not add up, or a finding."""

    kind: str
    field: str
    sentence: str


def proofs_of(readings: Sequence[Json]) -> tuple[Proof, ...]:
    """Return the identities that apply, those that do not hold first."""
    found = [
        Proof(
            rule=proof["rule_id"],
            passed=VERDICTS[proof["verdict"]] == "pass",
            statement=proof.get("statement", ""),
            residual=proof.get("residual", ""),
            fields=tuple(prefix + field for field in proof.get("fields", ())),
        )
        for prefix, reading in _numbered(readings)
        for proof in reading.get("proofs", ())
        if proof.get("verdict") in VERDICTS
    ]
    return tuple(sorted(found, key=lambda one: one.passed))


def values_of(readings: Sequence[Json]) -> tuple[Value, ...]:
    """Return every value that was read, in the order of the contract."""
    proofs = proofs_of(readings)
    proved = {field for one in proofs if one.passed for field in one.fields}
    failed = {field for one in proofs if not one.passed for field in one.fields}

    def state(field: str, confidence: float) -> State:
        if field in failed:
            return State.FAILED
        if field in proved:
            return State.PROVED
        return State.READ if confidence >= CONFIDENCE_FAIR else State.DOUBT

    values = []
    for prefix, reading in _numbered(readings):
        for path, about, fact in _facts(reading, prefix):
            seen = fact["evidence"]
            box, confidence = seen.get("box"), float(seen.get("confidence", 0.0))
            values.append(
                Value(
                    field=path,
                    about=about,
                    text=shown(fact.get("value", "")),
                    printed=seen.get("text", ""),
                    page=int(seen.get("page", 1)),
                    box=None if box is None else tuple(float(box.get(side, 0)) for side in SIDES),  # type: ignore[arg-type]
                    confidence=confidence,
                    method=str(seen.get("method", "")).removeprefix("METHOD_").replace("_", " ").lower(),
                    state=state(path, confidence),
                )
            )
    return tuple(values)


def doubts_of(readings: Sequence[Json]) -> tuple[Doubt, ...]:
    """Return what a person should look at before the numbers are used, the gravest first."""
    doubts = [
        Doubt("proof", "", f"{named(one.rule)} does not hold: {one.statement} (off by {one.residual})")
        for one in proofs_of(readings)
        if not one.passed
    ]
    failed = {proof["rule_id"] for reading in readings for proof in reading.get("proofs", ()) if _fails(proof)}
    doubts += [
        Doubt("finding", "", finding.get("sentence", finding["rule_id"]))
        for reading in readings
        for finding in reading.get("findings", ())
        if finding.get("rule_id") not in failed
    ]
    values = values_of(readings)
    proved = {one.said for one in values if one.state is State.PROVED}
    doubts += [
        Doubt("value", one.field, f"{one.field} is {one.text}, read with a confidence of {one.confidence:.0%} only")
        for one in values
        if one.state is State.DOUBT and one.counts and one.said not in proved
    ]
    return tuple(doubts)


def shown(value: Any) -> str:
    """Return a value as people write it: an amount with its unit, a period by its first and its last day."""
    if not isinstance(value, Mapping):
        return str(value)
    if "start" in value or "end" in value:
        return days_said(str(value.get("start", "")), str(value.get("end", "")))
    return " ".join(str(value[name]) for name in ("amount", "unit", "currency") if value.get(name) not in (None, ""))


def named(rule: str) -> str:
    """Return a rule's name in words."""
    return rule.replace("_", " ")


LINE_NAMES = ("description", "label", "month", "commodity")
"""Members that tell a line of a reading from its neighbours; the first that says something counts."""

SIDES = ("left", "top", "right", "bottom")


def _fails(proof: Json) -> bool:
    return VERDICTS.get(str(proof.get("verdict"))) == "fail"


def _numbered(readings: Sequence[Json]) -> Iterator[tuple[str, Json]]:
    for number, reading in enumerate(readings, 1):
        yield (f"{number}:" if len(readings) > 1 else ""), reading


def _facts(holder: Json, path: str) -> Iterator[tuple[str, str, Json]]:
    """Walk a reading for everything that has a value and its evidence; give its name, what its line is called, and itself."""
    about = next((str(holder[name]) for name in LINE_NAMES if holder.get(name)), "") if "[" in path else ""
    for name, value in holder.items():
        if name in ("proofs", "findings", "evidence"):
            continue
        many = isinstance(value, list)
        for index, one in enumerate(value if many else (value,)):
            if not isinstance(one, Mapping):
                continue
            inner = f"{path}{name}[{index}]" if many else f"{path}{name}"
            if isinstance(one.get("evidence"), Mapping):
                yield inner, about, one
            else:
                yield from _facts(one, inner + ".")
