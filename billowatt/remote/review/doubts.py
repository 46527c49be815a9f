"""What of a project's bills a person should look at: what waits for somebody, and doubts that nobody has settled yet."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from billowatt.reading.values import State, Value, named, proofs_of, values_of
from billowatt_client import Bill, Client, NotFound, Review, ReviewedStatement

NOT_CORRECTABLE = ("commodity_totals[",)
"""Totals of a commodity are sums of the bill's lines; corrections know its own fields and lines."""

HELD = "held"
"""The kind of an item that is a bill as a whole, which has no effect before somebody confirms it."""


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to look at: what is off, and the values that it is about; none where it is about the bill as a whole."""

    bill: Bill
    review: Review
    statement: int
    kind: str
    sentence: str
    values: tuple[Value, ...] = ()

    @property
    def record(self) -> str:
        """Return the ledger's record that corrections of it are made to."""
        return self.review.statements[self.statement - 1].ledger_bill_id

    @property
    def paths(self) -> list[str]:
        """Return the names of its values, as confirmations take them."""
        return [one.field for one in self.values]

    def told(self) -> dict[str, Any]:
        """Return it for programs."""
        return {
            "project_id": self.bill.project_id,
            "utility_bill_id": self.bill.utility_bill_id,
            "ledger_bill_id": self.record,
            "statement": self.statement,
            "file": self.bill.file_name,
            "state": self.review.state,
            "kind": self.kind,
            "sentence": self.sentence,
            "fields": [
                {"field": one.field, "set": field_of(one) or None, "value": one.text, "printed": one.printed}
                for one in self.values
            ],
        }


def items_of(client: Client, project_id: str, bill_id: str | None) -> Iterator[Item]:
    """Yield what is to be looked at in a project, or in one of its bills; the bill that came last first.

    Raises:
        NotFound: there is no such project or bill.
    """
    for bill in bills_of(client, project_id, bill_id):
        yield from items_of_bill(client, bill)


def bills_of(client: Client, project_id: str, bill_id: str | None) -> Iterator[Bill]:
    """Yield the bills of a project, or the one that is named; the one that came last first.

    Raises:
        NotFound: there is no such project or bill.
    """
    client.project(project_id)
    yield from [client.bill(project_id, bill_id)] if bill_id else client.bills(project_id)


def items_of_bill(client: Client, bill: Bill) -> Iterator[Item]:
    """Yield what is to be looked at in a bill as it is now; nothing where it is not read."""
    if bill.status == "succeeded" and (review := review_of(client, bill)) is not None:
        yield from items_of_review(bill, review)


def review_of(client: Client, bill: Bill) -> Review | None:
    """Return a bill as it is to be reviewed; None while its reading is on its way."""
    try:
        return client.review(bill.project_id, bill.utility_bill_id)
    except NotFound as error:
        if error.reason != "NO_READING":
            raise
        return None


def items_of_review(bill: Bill, review: Review) -> Iterator[Item]:
    """Yield what is to be looked at in one bill; nothing where a person has confirmed or rejected it as it is."""
    if review.state in ("confirmed", "rejected"):
        return
    for number, statement in enumerate(review.statements, 1):
        yield from _of_statement(bill, review, number, statement)
    if review.state == HELD:
        why = "; ".join(str(one["sentence"]) for one in review.reasons)
        yield Item(bill, review, 1, HELD, f"it waits, and counts once it is confirmed: {why}")


def field_of(value: Value) -> str:
    """Return the name under which a value is corrected; "" where it cannot be."""
    if value.field.startswith(NOT_CORRECTABLE):
        return ""
    if value.field.startswith(("usages[", "history[")) and value.field.endswith(".quantity"):
        return value.field.removesuffix("quantity") + "amount"
    return value.field


def said(value: Value) -> str:
    """Return what a value says, in the words of a correction: a number without its unit, a period with its last day."""
    number, _, unit = value.text.partition(" ")
    return number if unit and number.replace(".", "", 1).lstrip("-").isdigit() else value.text


def _of_statement(bill: Bill, review: Review, number: int, statement: ReviewedStatement) -> Iterator[Item]:
    reading = statement.reading
    values, proofs = values_of([reading]), proofs_of([reading])
    confirmed = {str(one["path"]) for one in statement.confirmed_values}
    for proof in proofs:
        if not proof.passed and not set(proof.fields) <= confirmed:
            mine = tuple(one for one in values if one.field in proof.fields)
            sentence = f"{proof.statement} does not add up (off by {proof.residual}): {named(proof.rule)}"
            yield Item(bill, review, number, "proof", sentence, mine)
    rules = {one["rule_id"] for one in reading.get("proofs", ())}
    for finding in reading.get("findings", ()):
        if finding["rule_id"] not in rules:
            yield Item(bill, review, number, "finding", _sentence(finding))
    proved = {one.said for one in values if one.state is State.PROVED}
    for one in values:
        if one.state is State.DOUBT and one.counts and one.said not in proved and one.field not in confirmed:
            sentence = f"{one.field} was read with a confidence of {one.confidence:.0%}"
            yield Item(bill, review, number, "value", sentence, (one,))


def _sentence(finding: Mapping[str, Any]) -> str:
    return str(finding.get("sentence") or named(finding["rule_id"]))
