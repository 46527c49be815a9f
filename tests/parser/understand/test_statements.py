"""Statements: whole bills as issuers of the eastern United States set them, names and numbers invented, judged value by value.

A file holds the typed text and every value that it prints. ``unread`` names the fields of which some are not read yet; nothing
may be read wrong.
"""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from bench.bills.score import Verdict, atoms_of
from domain.outcome import Success
from domain.summary import summary
from services.parser.understand import understand
from tests.parser.understand.conftest import document
from tests.parser.understand.test_papers import typed

STATEMENTS = sorted((Path(__file__).parent / "statements").glob("*.toml"))


def truth_of(said: dict[str, Any]) -> dict[str, Any]:
    """Return the truth in the form that bills are scored by: lines and months stand as plain numbers in a statement's file."""
    unit = said.get("month_unit", "kwh")
    return said | {
        "line_items": [{"amount": amount} for amount in said.get("items", ())],
        "usage_history": [{"month": month, unit: used} for month, used in said.get("months", {}).items()],
    }


@pytest.mark.parametrize("path", STATEMENTS, ids=lambda path: path.stem)
def test_statement_is_read_whole_and_nothing_wrong(path: Path) -> None:
    statement = tomllib.loads(path.read_text(encoding="utf-8"))
    outcome = understand(document(*typed(statement["text"])))
    assert isinstance(outcome, Success)
    atoms = list(atoms_of(summary(outcome.readings[0]), truth_of(statement["truth"])))
    assert [atom for atom in atoms if atom.verdict is Verdict.WRONG] == []
    missing = {atom.field for atom in atoms if atom.verdict is Verdict.MISSING}
    assert missing == set(statement["truth"].get("unread", ()))
