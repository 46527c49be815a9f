"""Papers: pages laid out as issuers of many countries lay them out, names and numbers invented; what is read of each."""

import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from domain.outcome import Failure, Success
from domain.summary import HISTORY_KEYS, summary
from services.parser.understand import understand
from tests.parser.understand.conftest import Sheet, document

PAPERS = sorted((Path(__file__).parent / "papers").glob("*.toml"))
QUANTITIES = {*HISTORY_KEYS.values(), "quantity"}
LETTER_POINTS, LINE_POINTS, BIG_POINTS = 5.2, 13.0, 15.0


def typed(text: str) -> list[Sheet]:
    """Set a typed text on pages: blanks part columns, ``====`` ends a page, ``^`` begins a line in large type."""
    sheets = [Sheet(width=620)]
    top = 30.0
    for line in text.strip("\n").split("\n"):
        if line == "====":
            sheets.append(Sheet(width=620))
            top = 30.0
            continue
        big = line.startswith("^")
        at = 0
        for piece in line.removeprefix("^").split("  "):
            if piece.strip():
                lead = len(piece) - len(piece.lstrip())
                sheets[-1].put(20 + LETTER_POINTS * (at + lead), top, piece.strip(), size=BIG_POINTS if big else 9.0)
            at += len(piece) + 2
        top += LINE_POINTS * (1.6 if big else 1.0)
    return sheets


def said(read: dict[str, Any], key: str) -> Any:
    """Return what a summary says under one key of a paper."""
    meters = read.get("meters") or []
    match key:
        case "meters":
            return len(meters)
        case "meter_ids":
            return sorted(str(meter["id"]) for meter in meters)
        case "reads":
            return sorted(
                [plain(meter["read_from"]), plain(meter["read_to"])] for meter in meters if meter["read_to"] is not None
            )
        case "tariffs":
            return sorted({str(meter["tariff"]) for meter in meters})
        case "history":
            return len(read.get("usage_history") or [])
        case "used":
            return plain([meter["consumption"] for meter in meters])
        case "items":
            return sorted(plain(item["amount"]) for item in read.get("line_items") or [])
        case "months":
            return {
                row["month"]: plain(row[name]) for row in read["usage_history"] for name in row if name in QUANTITIES
            }
        case "demands":
            return int(read.get("demand_kw") is not None)
        case "gas" | "water":
            return plain((read.get(key) or {}).get("amount"))
        case "gas_unit" | "gas_cost" | "water_cost":
            fuel, _, what = key.partition("_")
            return plain((read.get(fuel) or {}).get(what))
        case _:
            return plain(read.get(key))


def plain(value: Any) -> Any:
    """Return a number as such, whatever type holds it, and other values as they are."""
    if isinstance(value, list):
        return sorted(map(plain, value), key=str) if not any(isinstance(one, list) for one in value) else value
    if isinstance(value, dict):
        return {name: plain(one) for name, one in value.items()}
    return value if value is None or isinstance(value, str) else Decimal(str(value))


def exact(value: Any) -> Any:
    """Return a number, or each of a list, as such; the order of a list is kept."""
    return [plain(one) for one in value] if isinstance(value, list) else plain(value)


@pytest.mark.parametrize("path", PAPERS, ids=lambda path: path.stem)
def test_paper_is_read_right(path: Path) -> None:
    paper = tomllib.loads(path.read_text(encoding="utf-8"))
    outcome = understand(document(*typed(paper["text"])))
    if "refused" in paper["want"]:
        assert isinstance(outcome, Failure)
        assert outcome.reason.value == paper["want"]["refused"]
        return
    assert isinstance(outcome, Success)
    read = summary(outcome.readings[0])
    wrong = {}
    for key, want in paper["want"].items():
        wanted = sorted(map(exact, want)) if key in ("meter_ids", "reads", "items") else plain(want)
        got = said(read, key)
        if isinstance(got, str) and isinstance(wanted, Decimal):
            got = Decimal(got)
        if got != wanted:
            wrong[key] = (got, wanted)
    assert not wrong
