"""Audit: what is to be said of a reading before it counts, and whether it waits for a person. Pure functions of the reading.

A rule is an identity that does not hold, or values that the reader is not sure of. A project says of each rule whether what it
finds is told (check), told and waited for (hold), or passed over (skip).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from domain.evidence import CONFIDENCE_FAIR
from domain.proofs import CONFIRMING_RULES, PRINTED_RULES, RULES
from protos.values.v1 import reading_pb2
from runtime.wire.facts import facts_of

LOW_CONFIDENCE = "low_confidence"
EVERY_BILL = "every_bill"
IDENTITIES = tuple(rule_id for rule_id in (*RULES, *PRINTED_RULES) if rule_id not in CONFIRMING_RULES)
"""Those that can fail: a rule that never finds anything is none to choose."""
AUDIT_RULES = (*IDENTITIES, LOW_CONFIDENCE)


class HoldMode(StrEnum):
    """Whose bills wait."""

    NEVER = "never"
    BY_RULE = "by_rule"
    ALWAYS = "always"


class Action(StrEnum):
    """What is done where a rule finds something."""

    CHECK = "check"
    HOLD = "hold"
    SKIP = "skip"


@dataclass(frozen=True, slots=True)
class Holding:
    """A project's choice; ``rules`` has those that were set."""

    mode: HoldMode = HoldMode.NEVER
    rules: Mapping[str, Action] = field(default_factory=dict)

    def action(self, rule_id: str) -> Action:
        """Return what is done where a rule finds something: unless it was set, an identity that fails holds the bill."""
        return self.rules.get(rule_id, Action.HOLD if rule_id in IDENTITIES else Action.CHECK)


@dataclass(frozen=True, slots=True)
class Found:
    """What a rule found: the statement from 1, 0 for the bill as a whole."""

    rule_id: str
    sentence: str
    action: Action
    statement: int


def audit(readings: Sequence[reading_pb2.Reading], holding: Holding) -> tuple[Found, ...]:
    """Return what the rules find in the readings of a bill, in their order; nothing where the project holds no bills."""
    match holding.mode:
        case HoldMode.NEVER:
            return ()
        case HoldMode.BY_RULE:
            whole: tuple[Found, ...] = ()
        case HoldMode.ALWAYS:
            whole = (Found(EVERY_BILL, "Every bill of this project waits for a person.", Action.HOLD, 0),)
    found = [
        Found(rule_id, sentence, holding.action(rule_id), statement)
        for statement, reading in enumerate(readings, 1)
        for rule_id, sentence in _broken(reading)
    ]
    return (*whole, *(one for one in found if one.action is not Action.SKIP))


def holds(found: Sequence[Found]) -> bool:
    """Tell whether what was found keeps the bill waiting."""
    return any(one.action is Action.HOLD for one in found)


def _broken(reading: reading_pb2.Reading) -> Iterator[tuple[str, str]]:
    for proof in reading.proofs:
        if proof.verdict == reading_pb2.VERDICT_FAIL and proof.rule_id in IDENTITIES:
            yield proof.rule_id, f"The bill's own numbers do not agree: {proof.statement}."
    unsure = sum(one.fact.evidence.confidence < CONFIDENCE_FAIR for one in facts_of(reading))
    if unsure:
        yield LOW_CONFIDENCE, f"The reader is not sure of {unsure} {'value' if unsure == 1 else 'values'}."
