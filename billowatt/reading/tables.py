"""What a bill says, for people: its values with page, state and how sure they are, then the sums that hold or do not."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from billowatt.chart import spark
from billowatt.reading.report import Report
from billowatt.reading.values import Doubt, Proof, State, Value, doubts_of, named, proofs_of, values_of
from billowatt.terminal import escaped

MARKS = {
    State.PROVED: "[green]✓ proved[/]",
    State.READ: "• read",
    State.DOUBT: "[yellow]? doubt[/]",
    State.FAILED: "[red]≠ does not add up[/]",
}
"""A sign, a word and a colour, so that none is needed to understand the others."""

CHARGES = "charges["
HISTORY = "history["


def print_report(console: Console, report: Report) -> None:
    """Print one file that was read."""
    values, proofs = values_of(report["readings"]), proofs_of(report["readings"])
    console.print(f"[bold]{escaped(report['file'])}[/]")
    console.print(_table([one for one in values if HISTORY not in one.field]))
    history = [one for one in values if HISTORY in one.field and one.field.endswith(".quantity")]
    if history:
        console.print(_history(history))
    print_proofs(console, proofs)
    print_doubts(console, doubts_of(report["readings"]))


def print_fields(console: Console, report: Report, fields: dict[str, object]) -> None:
    """Print the fields that were asked for."""
    table = Table("field", "value", title=f"[bold]{escaped(report['file'])}[/]", title_justify="left", box=None)
    for name, value in fields.items():
        table.add_row(escaped(name), "" if value is None else escaped(value))
    console.print(table)


def print_proofs(console: Console, proofs: Sequence[Proof]) -> None:
    """Print identities as arithmetic, those that do not hold first."""
    for proof in proofs:
        console.print(f"  {proof_line(proof)}")


def proof_line(proof: Proof) -> str:
    """Return one identity: does it hold, its arithmetic, what it misses by, and its name."""
    mark = "[green]✓[/]" if proof.passed else "[red]≠[/]"
    off = "" if proof.passed else f"  [red]off by {escaped(proof.residual)}[/]"
    return f"{mark} {escaped(proof.statement)}{off}  [dim]{escaped(named(proof.rule))}[/]"


def print_doubts(console: Console, doubts: Sequence[Doubt]) -> None:
    """Print what a person should look at."""
    for doubt in doubts:
        console.print(f"  [yellow]?[/] {escaped(doubt.sentence)}")


def _table(values: Sequence[Value]) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column("field", no_wrap=True)
    table.add_column("value", overflow="fold")
    for name in ("page", "sure"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("state", no_wrap=True)
    table.add_column("line", overflow="ellipsis", no_wrap=True)
    for one in values:
        sure, line = f"{one.confidence:.0%}", f"[dim]{escaped(one.about)}[/]"
        table.add_row(escaped(one.field), escaped(one.text), str(one.page), sure, MARKS[one.state], line)
    return table


def _history(history: Sequence[Value]) -> str:
    """Return the past months as one line of bars, with how many there are and from which to which."""
    amounts = [one.text.partition(" ") for one in history]
    units = {unit for _, _, unit in amounts}
    line = spark([amount for amount, _, _ in amounts])
    least = min(one.confidence for one in history)
    told = f"{len(history)} past values, {escaped(' and '.join(sorted(units)))}, each at least {least:.0%} sure"
    return f"history  {line}  {told}"
