"""Statements: whole bills as issuers of the United States set them, names and numbers invented, judged value by value.

A file holds the typed text and every value that it prints. ``unread`` names the fields of which some are not read yet; nothing
may be read wrong.
"""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bench.bills.score import DATE_FIELDS, METER_FIELDS, NUMBER_FIELDS, Verdict, atoms_of
from domain.outcome import Success
from domain.summary import summary
from services.parser.understand import understand
from tests.parser.understand.conftest import document
from tests.parser.understand.test_papers import typed

STATEMENTS = sorted((Path(__file__).parent / "statements").glob("*.toml"))

JUDGED = {
    "utility", "account_number", "invoice_number", "meters", "items", "months", "month_unit", "unread", "gas.unit",
    *DATE_FIELDS, *NUMBER_FIELDS, *(f"{field}_also_acceptable" for field in NUMBER_FIELDS),
}  # fmt: skip
"""What a statement's truth may say; whatever else it said would be judged by nobody."""


def truth_of(said: dict[str, Any]) -> dict[str, Any]:
    """Return the truth in the form that bills are scored by: lines and months stand as plain numbers in a statement's file."""
    unit = said.get("month_unit", "kwh")
    return said | {
        "line_items": [{"amount": amount} for amount in said.get("items", ())],
        "usage_history": [{"month": month, unit: used} for month, used in said.get("months", {}).items()],
    }


def said_in(truth: dict[str, Any]) -> Iterator[str]:
    """Yield what a truth says, by name; what belongs to a fuel with the fuel before it."""
    for name, value in truth.items():
        if isinstance(value, dict) and name != "months":
            yield from (f"{name}.{part}" for part in value)
        else:
            yield name


@pytest.mark.parametrize("path", STATEMENTS, ids=lambda path: path.stem)
def test_statement_says_nothing_that_is_not_judged(path: Path) -> None:
    truth = tomllib.loads(path.read_text(encoding="utf-8"))["truth"]
    assert set(said_in(truth)) - JUDGED == set()
    assert {name for meter in truth.get("meters", ()) for name in meter} <= set(METER_FIELDS)


@pytest.mark.parametrize("path", STATEMENTS, ids=lambda path: path.stem)
def test_statement_is_read_whole_and_nothing_wrong(path: Path) -> None:
    statement = tomllib.loads(path.read_text(encoding="utf-8"))
    outcome = understand(document(*typed(statement["text"])))
    assert isinstance(outcome, Success)
    atoms = list(atoms_of(summary(outcome.readings[0]), truth_of(statement["truth"])))
    assert [atom for atom in atoms if atom.verdict is Verdict.WRONG] == []
    missing = {atom.field for atom in atoms if atom.verdict is Verdict.MISSING}
    assert missing == set(statement["truth"].get("unread", ()))
