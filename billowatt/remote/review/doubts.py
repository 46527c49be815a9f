"""What of a project's bills a person should look at: doubts of their readings that nobody has confirmed or corrected yet.

A confirmation is kept in the metadata of the ledger's record, under ``confirmed``: field, what it said, who and when.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from billowatt.reading.values import State, Value, named, proofs_of, values_of
from billowatt_client import Bill, Client, LedgerBill, NotFound

CONFIRMED = "confirmed"
NOT_CORRECTABLE = ("history[", "commodity_totals[")
"""Past months and totals of a commodity are evidence of the bill's; corrections know its own fields and lines."""


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to look at: what is off, and the values that it is about; none where it is about the bill as a whole."""

    bill: Bill
    record: LedgerBill
    kind: str
    rule: str
    sentence: str
    values: tuple[Value, ...]

    @property
    def settled_by(self) -> str:
        """Return the name under which a doubt about the bill as a whole is confirmed."""
        return f"finding.{self.rule}"

    def told(self) -> dict[str, Any]:
        """Return it for programs."""
        return {
            "project_id": self.bill.project_id,
            "utility_bill_id": self.bill.utility_bill_id,
            "ledger_bill_id": self.record.ledger_bill_id,
            "file": self.bill.file_name,
            "kind": self.kind,
            "sentence": self.sentence,
            "fields": [{"field": field_of(one), "value": one.text, "printed": one.printed} for one in self.values],
        }


def items_of(client: Client, project_id: str, bill_id: str | None) -> Iterator[Item]:
    """Yield what is to be looked at in a project, or in one of its bills; the bill that came last first.

    Raises:
        NotFound: there is no such project or bill.
    """
    client.project(project_id)
    bills = [client.bill(project_id, bill_id)] if bill_id else client.bills(project_id)
    for bill in bills:
        if bill.status != "succeeded":
            continue
        try:
            reading = client.reading(project_id, bill.utility_bill_id)
        except NotFound as error:
            if error.reason != "NO_READING":
                raise
            continue  # the job has ended and its reading is on its way
        records = {one.statement: one for one in records_of(client, bill)}
        for statement, readings in enumerate(reading.readings, 1):
            if (record := records.get(statement)) is not None:
                yield from _items(bill, record, readings)


def records_of(client: Client, bill: Bill) -> list[LedgerBill]:
    """Return the records that stand for the statements of a bill."""
    return list(client.ledger_bills(project_id=bill.project_id, utility_bill_id=bill.utility_bill_id))


def field_of(value: Value) -> str:
    """Return the name under which a value is corrected; "" where it cannot be."""
    if value.field.startswith(NOT_CORRECTABLE):
        return ""
    if value.field.startswith("usages[") and value.field.endswith(".quantity"):
        return value.field.removesuffix("quantity") + "amount"
    return value.field


def said(value: Value) -> str:
    """Return what a value says, in the words of a correction: a number without its unit, a period with a stroke."""
    if value.field.rpartition(".")[2] == "period":
        return value.text.replace(" to ", "/")
    number, _, unit = value.text.partition(" ")
    return number if unit and number.replace(".", "", 1).lstrip("-").isdigit() else value.text


def confirm(client: Client, record: LedgerBill, values: Mapping[str, str], by: str) -> LedgerBill:
    """Keep that a person looked at fields and found what they say right; return the record with it."""
    at = datetime.now(UTC).isoformat(timespec="seconds")
    kept = dict(record.metadata.get(CONFIRMED) or {})
    kept |= {field: {"value": text, "by": by, "at": at} for field, text in values.items()}
    return client.put_ledger_bill_metadata(record.ledger_bill_id, {**record.metadata, CONFIRMED: kept})


def amend(client: Client, record: LedgerBill, changes: Mapping[str, str | None], by: str, reason: str) -> LedgerBill:
    """Correct fields and return the record that now stands, with what was confirmed and still is what it says."""
    made = client.amend_ledger_bill(record.ledger_bill_id, changes, amended_by=by, reason=reason)
    confirmed = {field: one for field, one in (record.metadata.get(CONFIRMED) or {}).items() if field not in changes}
    carried = {**record.metadata, CONFIRMED: confirmed} if confirmed else dict(record.metadata)
    carried = {name: value for name, value in carried.items() if name != CONFIRMED or confirmed}
    if carried == dict(made.metadata):
        return made
    return client.put_ledger_bill_metadata(made.ledger_bill_id, carried)


def _items(bill: Bill, record: LedgerBill, reading: Mapping[str, Any]) -> Iterator[Item]:
    values = values_of([reading])
    settled = {*record.amended_fields, *(record.metadata.get(CONFIRMED) or {})}
    failed = [one for one in proofs_of([reading]) if not one.passed]
    for proof in failed:
        mine = tuple(one for one in values if one.field in proof.fields)
        fields = {field_of(one) for one in mine}
        if fields & set(record.amended_fields) or fields <= settled:
            continue  # what was corrected is no longer what did not add up
        sentence = f"{proof.statement} does not add up (off by {proof.residual}): {named(proof.rule)}"
        yield Item(bill, record, "proof", proof.rule, sentence, mine)
    rules = {proof.rule for proof in failed}
    for finding in reading.get("findings", ()):
        rule = finding["rule_id"]
        item = Item(bill, record, "finding", rule, finding.get("sentence") or named(rule), ())
        if rule not in rules and item.settled_by not in settled:
            yield item
    yield from _doubtful(bill, record, values, settled)


def _doubtful(bill: Bill, record: LedgerBill, values: Sequence[Value], settled: set[str]) -> Iterator[Item]:
    proved = {one.said for one in values if one.state is State.PROVED}
    for one in values:
        if one.state is State.DOUBT and one.counts and one.said not in proved and field_of(one) not in settled:
            sentence = f"{one.field} was read with a confidence of {one.confidence:.0%}"
            yield Item(bill, record, "value", "", sentence, (one,))
