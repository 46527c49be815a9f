"""Bills of other hands: every page has its truth, every truth stands on its page, and its sums hold."""

import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from bench.bills.pages import press
from bench.browser import browser_path
from bench.readers.cases import cases_in

PAPERS = sorted(path for split in press.SPLITS for path in (press.HERE / split).glob("*.html"))
MONEY = ("total_amount_due", "new_charges_amount", "previous_balance", "payments_received", "electricity_cost")
IDENTIFIERS = ("account_number", "invoice_number")
DAYS = ("statement_date", "due_date", "billing_period_from", "billing_period_to")

of_papers = pytest.mark.parametrize("paper", PAPERS, ids=lambda paper: f"{paper.parent.name}-{paper.stem}")


def told(paper: Path) -> dict[str, Any]:
    return json.loads(paper.with_suffix(".json").read_text(encoding="utf-8"))


def plain(text: str) -> str:
    return re.sub(r"[^A-Z0-9]", "", text.upper())


def test_splits_share_no_paper():
    assert len(PAPERS) == len({paper.stem for paper in PAPERS}) > 0
    assert {paper.parent.name for paper in PAPERS} == set(press.SPLITS)


@of_papers
def test_a_page_needs_nothing_from_elsewhere(paper):
    text = paper.read_text(encoding="utf-8")
    assert not re.search(r"<script|<link|src=[\"']?https?:|@import|url\((?!#)", text)


@of_papers
def test_a_truth_holds_its_sums(paper):
    truth = told(paper)
    items, fresh = truth["line_items"], truth.get("new_charges_amount")
    if items and fresh is not None:
        total = sum(item["amount"] for item in items)
        assert any(abs(total - one) < 0.011 for one in (fresh, *truth.get("new_charges_amount_also_acceptable", [])))
    for key in DAYS:
        assert truth.get(key) is None or date.fromisoformat(truth[key])
    if truth.get("billing_period_from") and truth.get("billing_period_to"):
        assert truth["billing_period_from"] < truth["billing_period_to"]


@of_papers
def test_the_only_gas_meter_of_a_truth_used_what_is_billed(paper):
    truth = told(paper)
    meters = [meter for meter in truth["meters"] if meter["type"] == "gas"]
    if truth.get("gas") and truth["gas"]["amount"] is not None and len(meters) == 1:
        assert meters[0]["consumption"] == truth["gas"]["amount"]


@of_papers
def test_a_truth_stands_on_its_page(paper):
    # Marks within a number and between digits are the page's own, so letters and digits alone are compared.
    page = plain(re.sub(r"<[^>]*>", "", paper.read_text(encoding="utf-8")))
    truth = told(paper)
    for key in IDENTIFIERS:
        assert plain(str(truth.get(key) or "")) in page
    for key in MONEY:
        if (amount := truth.get(key)) is not None:
            assert re.sub(r"0+$", "", plain(f"{abs(amount):.3f}")) in page


@pytest.mark.skipif(browser_path() is None, reason="no Chromium here: `make browser` installs Debian's")
def test_the_press_gives_files_with_truth(tmp_path, monkeypatch):
    few = {path.stem for path in PAPERS[:2]}
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(press, "papers_of", lambda split: [path for path in PAPERS if path.stem in few])
    assert press.write(tmp_path, "train") == len(few)
    monkeypatch.delattr(press, "sync_playwright")
    assert press.write(tmp_path, "train") == len(few), "what was printed once is kept"
    cases = list(cases_in(tmp_path))
    assert {case.truth["id"] for case in cases} == few
    assert all(case.truth["pages"] >= 1 and case.variant in {"text", "picture"} for case in cases)
