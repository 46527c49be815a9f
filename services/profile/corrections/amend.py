"""What corrections make of a reading: a function of the reading as it came and of the corrections in their order.

A correction of a field of the whole bill stands whatever the document is read to: a person's word goes before a reader's. One of
a line (a meter, a usage, a charge) stands only while the line says what it said when it was corrected, or what it was corrected
to: another reading may count its lines otherwise, and a figure put on the wrong line is worse than one to be put in again. Of
the corrections that were made together of one bill all of lines stand or none.

The bill's identities are checked again on what the corrections leave.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from domain.proofs import RULES, disagreements, prove
from domain.reading import Reading
from protos.values.v1 import reading_pb2
from runtime.wire import WITHOUT_EVIDENCE, reading_from_proto, reading_to_proto
from services.profile.corrections.fields import (
    FieldName,
    NoSuchField,
    field_name,
    line_count,
    value_of,
    write_value,
)

NOT_CHECKED_AGAIN = "A person corrected a value of this identity; only who reads the page can check it again."


@dataclass(frozen=True, slots=True)
class Amendment:
    """One correction of one field. ``made_by`` tells those made together; ``before`` is what the field said then."""

    made_by: int
    field: str
    before: str | None
    after: str | None
    added_line: bool = False
    """Whether the field's line was not there before."""


@dataclass(frozen=True, slots=True)
class Amended:
    """A reading with its corrections made: the fields they are of, and the places of those that were set aside.

    Evidence stays in ``message``; ``reading`` has the values alone.
    """

    message: reading_pb2.Reading
    reading: Reading
    fields: tuple[str, ...]
    set_aside: frozenset[int]


@dataclass(frozen=True, slots=True)
class Change:
    """A field and what it shall say."""

    field: str
    value: str | None


class NotAReading(ValueError):
    """The corrections would leave something that is no reading."""


def amended(message: reading_pb2.Reading, amendments: Sequence[Amendment]) -> Amended:
    """Return a reading with its corrections made.

    Raises:
        ValueError: the reading itself does not parse.
    """
    if not amendments:
        return Amended(message, reading_from_proto(message, WITHOUT_EVIDENCE), (), frozenset())
    made, fields, aside = message, [], set[int]()
    for _, group in groupby(enumerate(amendments), key=lambda pair: pair[1].made_by):
        together = list(group)
        tried, kept = _made(made, together)
        if tried is None:
            aside |= {place for place, one in together if field_name(one.field).lines}
            tried, kept = _made(made, [pair for pair in together if pair[0] not in aside])
        if tried is None:
            aside |= {place for place, _ in together}
            continue
        made = tried
        fields += [field for field in kept if field not in fields]
    result = reading_pb2.Reading.FromString(made.SerializeToString())
    if fields:
        _prove_again(result, [field_name(field) for field in fields])
    return Amended(result, reading_from_proto(result, WITHOUT_EVIDENCE), tuple(fields), frozenset(aside))


def new_amendments(message: reading_pb2.Reading, changes: Iterable[Change], made_by: int) -> list[Amendment]:
    """Return the corrections that changes of a reading are; those that change nothing are left out.

    Raises:
        NoSuchField: a change names none.
        NotAReading: a value cannot be one of its field, or the reading would not hold.
    """
    made = reading_pb2.Reading.FromString(message.SerializeToString())
    found = []
    for change in changes:
        name = field_name(change.field)
        added = bool(name.lines) and name.line >= line_count(made, name)
        before = None if added else value_of(made, name)
        try:
            write_value(made, name, change.value)
        except NoSuchField:
            raise
        except ValueError as error:
            raise NotAReading(f"{change.field}: {error}") from error
        after = None if not name.name and name.lines else value_of(made, name)
        if added or before != after or (name.lines and not name.name):
            found.append(Amendment(made_by, change.field, before, after, added))
    problem = _problem(made)
    if problem:
        raise NotAReading(problem)
    return found


def _made(
    message: reading_pb2.Reading, together: Sequence[tuple[int, Amendment]]
) -> tuple[reading_pb2.Reading | None, list[str]]:
    """Make corrections that were made together; None where a line is not what it was, or no reading is left."""
    made = reading_pb2.Reading.FromString(message.SerializeToString())
    for _, one in together:
        name = field_name(one.field)
        if name.lines and not _still_there(made, name, one):
            return None, []
        try:
            write_value(made, name, one.after)
        except ValueError:
            return None, []
    return (None, []) if _problem(made) else (made, [one.field for _, one in together])


def _still_there(made: reading_pb2.Reading, name: FieldName, one: Amendment) -> bool:
    count = line_count(made, name)
    if one.added_line:
        return name.line == count
    return name.line < count and value_of(made, name) in (one.before, one.after)


def _problem(message: reading_pb2.Reading) -> str:
    try:
        reading = reading_from_proto(message)
    except (ValueError, ArithmeticError, KeyError) as error:
        return f"the bill would hold a value that is none: {error}"
    if reading.kind.value == "not_a_bill":
        return "a bill cannot be corrected to be none: delete it"
    return ""


def _prove_again(message: reading_pb2.Reading, names: Sequence[FieldName]) -> None:
    """Check the identities that the values decide; take back the verdicts of others that a correction touches."""
    lists = {name.lines for name in names if name.lines}
    roots = {name.root for name in names}
    others = [proof for proof in message.proofs if proof.rule_id not in RULES]
    for proof in others:
        if any(field in roots or field.partition("[")[0] in lists for field in proof.fields):
            proof.verdict = reading_pb2.VERDICT_NOT_APPLICABLE
            proof.residual = ""
            proof.statement = NOT_CHECKED_AGAIN
    reading = reading_from_proto(message)
    proofs = prove(reading)
    told = reading_to_proto(replace(reading, proofs=proofs, findings=tuple(disagreements(proofs))))
    released = {proof.rule_id for proof in others if proof.verdict == reading_pb2.VERDICT_NOT_APPLICABLE}
    findings = [one for one in message.findings if one.rule_id not in RULES and one.rule_id not in released]
    # Copies, for what is cleared takes its parts with it.
    kept = reading_pb2.Reading(proofs=others, findings=findings)
    message.ClearField("proofs")
    message.ClearField("findings")
    message.proofs.extend([*told.proofs, *kept.proofs])
    message.findings.extend([*told.findings, *kept.findings])
