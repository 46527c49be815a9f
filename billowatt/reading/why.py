"""``billowatt read --why FIELD``: what is printed where, how sure the reader is, and the sums that the value is part of."""

from collections.abc import Sequence
from typing import Any

from rich.console import Console

from billowatt.exits import WrongUsage
from billowatt.reading.report import Report
from billowatt.reading.tables import MARKS, proof_line
from billowatt.reading.values import Proof, Value, proofs_of, values_of
from billowatt.terminal import escaped

SUMMARY_FIELDS = {
    "utility": "issuer.name",
    "total_amount_due": "amount_due",
    "new_charges_amount": "new_charges",
    "payments_received": "payments",
    "billing_period_from": "period",
    "billing_period_to": "period",
}
"""Facts of the summary that one value says, by its name; sums of the summary have no single value to show."""


def asked_value(report: Report, field: str) -> Value:
    """Return the value of a name.

    Raises:
        WrongUsage: the bill has no such value; the names that it has stand in the remedy.
    """
    values = {one.field: one for one in values_of(report["readings"])}
    found = values.get(field) or values.get(SUMMARY_FIELDS.get(field, ""))
    if found is None:
        near = [name for name in values if field.partition("[")[0] in name] or list(values)
        raise WrongUsage(f"{report['file']} has no value {field!r}", f"one of: {', '.join(near[:20])}")
    return found


def print_why(console: Console, report: Report, value: Value, picture: str) -> None:
    """Print why a value is believed; ``picture`` is where its page was drawn with it boxed, empty where it was not."""
    readings = report["readings"]
    console.print(f"[bold]{escaped(report['file'])}[/]  {escaped(value.field)} = [bold]{escaped(value.text)}[/]")
    console.print(f"  state     {MARKS[value.state]}, {value.confidence:.1%} sure")
    console.print(f"  printed   “{escaped(value.printed)}” on page {value.page}{_place(value)}")
    console.print(f"  by        {escaped(value.method)}")
    if picture:
        console.print(f"  picture   {escaped(picture)}")
    mine = _proofs(readings, value)
    for proof in mine:
        console.print(f"  {proof_line(proof)}")
        others = [one for one in values_of(readings) if one.field in proof.fields and one.field != value.field]
        for one in others:
            console.print(
                f"      {escaped(one.field)} = {escaped(one.text)}, “{escaped(one.printed)}” on page {one.page}"
            )
    if not mine:
        console.print("  no sum on the bill takes this value in, so nothing proves it")


def why_json(report: Report, value: Value, picture: str) -> dict[str, Any]:
    """Return the same for programs; boxes in points from the top left of the page."""
    return {
        "file": report["file"],
        "field": value.field,
        "value": value.text,
        "state": value.state.value,
        "evidence": {
            "text": value.printed,
            "page": value.page,
            "box": None if value.box is None else list(value.box),
            "confidence": value.confidence,
            "method": value.method,
            "picture": picture or None,
        },
        "proofs": [
            {
                "rule_id": one.rule,
                "verdict": "pass" if one.passed else "fail",
                "statement": one.statement,
                "residual": one.residual,
                "fields": list(one.fields),
            }
            for one in _proofs(report["readings"], value)
        ],
    }


def _proofs(readings: Sequence[Any], value: Value) -> list[Proof]:
    return [one for one in proofs_of(readings) if value.field in one.fields]


def _place(value: Value) -> str:
    if value.box is None:
        return ", at no one place"
    left, top, right, bottom = value.box
    return f", {left:.0f}–{right:.0f} pt from the left, {top:.0f}–{bottom:.0f} pt from the top"
