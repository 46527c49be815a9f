"""The bench's readers and its arithmetic: naive expressions, confidences of the product's values, the command's last line."""

import json
import math

import pytest
from click.testing import CliRunner

from bench import read as bench_read
from bench.bills import corpus
from bench.bills.score import Atom, Verdict
from bench.readers import naive, peers, product, report
from bench.readers.cases import Answer, Case, cases_in
from bench.readers.forgetful import unworded
from bench.readers.report import Scored
from services.parser.understand import lexicon

SEED = 11


@pytest.fixture(scope="module")
def bills(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bills")
    corpus.write(folder, "us-strip-tiers,no-poster-us", 1, SEED, ("text", "scan"))
    return folder


def test_cases_pair_files_with_truth_and_name_their_variant(bills):
    cases = list(cases_in(bills))
    assert {(case.variant, case.truth["kind"]) for case in cases} == {
        ("text", "bill"), ("scan", "bill"), ("text", "not_a_bill"), ("scan", "not_a_bill"),
    }  # fmt: skip
    assert all(case.pages == case.truth["pages"] for case in cases)


def test_naive_expressions_find_the_plain_fields_of_a_plain_bill():
    text = (
        "Quillton Energy\nAccount number: 4471-2 88\nBill date: 04/03/2026\nDue date: April 24, 2026\n"
        "March 1, 2026 - March 31, 2026\nUsage 1,620 kWh\nPrevious balance $108.46\nTotal amount due $1,122.93\n"
    )
    found = naive.fields_of(text)
    assert found["account_number"] == "4471-2 88"
    assert (found["statement_date"], found["due_date"]) == ("2026-04-03", "2026-04-24")
    assert (found["billing_period_from"], found["billing_period_to"]) == ("2026-03-01", "2026-03-31")
    assert (found["electricity_kwh"], found["total_amount_due"]) == ("1620", "1122.93")
    assert (found["previous_balance"], found["currency"], found["utility"]) == ("108.46", "USD", "Quillton Energy")


def test_product_answers_with_a_confidence_for_each_value(bills):
    case = next(case for case in cases_in(bills) if case.variant == "text" and case.truth["kind"] == "bill")
    answer = product.read_file(case.path)
    assert answer.summary["total_amount_due"] is not None
    for key in ("account_number", "total_amount_due", "due_date", "billing_period_to"):
        if answer.summary[key] is not None:
            assert 0 <= answer.confidences[(key,)] <= 1
    for index in range(len(answer.summary["line_items"])):
        assert ("line_items", index, "amount") in answer.confidences
    assert answer.cpu_seconds > 0


def test_product_says_nothing_about_a_paper_that_is_no_bill(bills):
    case = next(case for case in cases_in(bills) if case.variant == "text" and case.truth["kind"] != "bill")
    answer = product.read_file(case.path)
    assert (answer.summary, answer.confidences) == ({}, {})
    assert answer.note


def test_calibration_counts_only_what_was_reported(tmp_path, capsys):
    atoms = (
        Atom("due_date", Verdict.CORRECT, ("due_date",)),
        Atom("account_number", Verdict.WRONG, ("account_number",)),
        Atom("utility", Verdict.MISSING),
    )
    sure: dict[tuple[str | int, ...], float] = {("due_date",): 0.995, ("account_number",): 0.6}
    row = Scored(Case(tmp_path, "text", {"id": "one"}), Answer({}, 1.0, sure), atoms)
    assert math.isclose(report.print_calibration([row]), 1.0)
    told = capsys.readouterr().out
    assert "over 2 values" in told
    assert "0.50 to  0.70       1 values  0.0000 right" in told


def test_mean_precision_leaves_out_bills_of_which_nothing_was_said(tmp_path):
    case = Case(tmp_path, "text", {"id": "one"})
    spoke = Scored(case, Answer({}, 1.0), (Atom("a", Verdict.CORRECT, ("a",)), Atom("b", Verdict.MISSING)))
    silent = Scored(case, Answer({}, 1.0), (Atom("a", Verdict.MISSING),))
    assert report.mean_shares([spoke, silent]) == (0.25, 1.0)


def test_peers_are_only_those_that_are_installed():
    assert set(peers.installed()) <= {"kreuzberg", "invoice2data"}


def test_bench_prints_its_figures_as_the_last_line(bills):
    few = ["--naive-files", "0", "--speedup-files", "0", "--processes", "1"]
    told = CliRunner().invoke(bench_read.main, ["--folder", str(bills), *few])
    assert told.exit_code == 0, told.output
    figures = json.loads(told.output.strip().splitlines()[-1])
    assert set(figures) >= {
        "text_page_cpu_ms", "image_page_cpu_s", "naive_ratio", "two_process_speedup", "worker_rss_mb",
        "text_recall", "text_precision", "scan_recall", "scan_precision", "sure_and_right",
    }  # fmt: skip
    assert 0 < figures["text_recall"] <= 1


@pytest.mark.parametrize("guessed", [True, False])
def test_unworded_takes_all_words_of_a_field_away_and_gives_them_back(guessed):
    def names() -> list[str]:
        known = lexicon.load("en")
        phrases = {concept for listed in known.phrases.values() for concept, _ in listed}
        return [concept for concept in ("account", "invoice") if concept in phrases or concept in known.guesses]

    with unworded(("account", "invoice"), ("title",), guessed=guessed):
        assert names() == (["account", "invoice"] if guessed else [])
        assert all(concept != "account" for listed in lexicon.load("en").phrases.values() for concept, _ in listed)
        assert not lexicon.load("en").words["title"]
        assert "due_date" in lexicon.load("en").guesses
    assert names() == ["account", "invoice"]
    assert "bill" in lexicon.load("en").words["title"]
