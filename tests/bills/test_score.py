"""The scorer: perfect on the truth itself, nothing on nothing, and strict about what was invented."""

import pytest

from bench.bills import corpus, score
from bench.bills.families.catalogue import families

TRUTHS = [corpus.make_bill(family, 0, 5).truth for family in families() if family.kind == "bill"]


@pytest.mark.parametrize("truth", TRUTHS, ids=lambda truth: truth["id"])
def test_truth_scores_everything_against_itself(truth):
    share = score.Share.of(score.atoms_of(truth, truth))
    assert share.recall == share.precision == 1.0
    bars = score.bars_of({"usage_history": truth["chart_history"]}, truth)
    assert bars.drawn == bars.reported == bars.near == len(truth["chart_history"])


@pytest.mark.parametrize("truth", TRUTHS[:10], ids=lambda truth: truth["id"])
def test_nothing_scores_nothing_against_a_truth(truth):
    share = score.Share.of(score.atoms_of({}, truth))
    assert share.recall == share.precision == 0.0
    assert share.wrong == 0
    assert share.missing > 10


def test_number_scores_wrong_when_the_bill_has_no_such_quantity():
    atoms = list(score.atoms_of({"electricity_kwh": 12}, {"kind": "bill"}))
    assert atoms == [score.Atom("electricity_kwh", score.Verdict.WRONG, ("electricity_kwh",))]


def test_extra_line_item_scores_wrong_beside_a_missing_one():
    truth = {"line_items": [{"amount": 10.0}, {"amount": 5.5}]}
    verdicts = [atom.verdict for atom in score.atoms_of({"line_items": [{"amount": 10}, {"amount": 15.5}]}, truth)]
    assert verdicts == [score.Verdict.CORRECT, score.Verdict.MISSING, score.Verdict.WRONG]


def test_credit_scores_wrong_when_its_sign_is_lost():
    truth = {"line_items": [{"amount": -1.31}]}
    assert [a.verdict for a in score.atoms_of({"line_items": [{"amount": 1.31}]}, truth)] == ["missing", "wrong"]


@pytest.mark.parametrize(
    "others", [{"water": {"cost": 10, "cost_also_acceptable": [12]}}, {"water.cost_also_acceptable": [12]}]
)
def test_other_sum_that_a_truth_allows_scores_right_wherever_it_is_told(others):
    truth = {"water": {"cost": 10}} | others
    assert [a.verdict for a in score.atoms_of({"water": {"cost": 12}}, truth)] == ["correct"]


def test_other_number_and_day_that_a_truth_allows_score_right():
    truth = {"account_number": "0042", "account_number_also_acceptable": ["77 1"], "due_date": "2026-08-05"}
    got = {"account_number": "77 1", "due_date": "2026-08-14"}
    atoms = score.atoms_of(got, truth | {"due_date_also_acceptable": ["2026-08-14"]})
    assert [atom.verdict for atom in atoms] == ["correct", "correct"]


def test_meter_scores_by_usage_when_its_number_is_misread():
    truth = {"meters": [{"id": "A1", "consumption": 7}, {"id": "B2", "consumption": 9}]}
    got = {"meters": [{"id": "B2", "consumption": 9}, {"id": "X1", "consumption": 7}]}
    found = {(atom.field, atom.verdict, atom.path) for atom in score.atoms_of(got, truth)}
    assert ("meters.id", score.Verdict.WRONG, ("meters", 1, "id")) in found
    assert ("meters.consumption", score.Verdict.CORRECT, ("meters", 1, "consumption")) in found


def test_not_a_bill_scores_wrong_when_anything_is_read_from_it():
    truth = {"kind": "not_a_bill"}
    assert [atom.verdict for atom in score.atoms_of({}, truth)] == ["correct"]
    assert [atom.verdict for atom in score.atoms_of({"total_amount_due": 3}, truth)] == ["wrong"]


def test_bars_count_as_near_within_three_percent_of_the_highest():
    truth = {"chart_history": [{"month": "2024-01", "kwh": 1000}, {"month": "2024-02", "kwh": 500}]}
    got = {"usage_history": [{"month": "2024-01", "kwh": 1029}, {"month": "2024-02", "kwh": 540}]}
    assert score.bars_of(got, truth) == score.Bars(drawn=2, reported=2, near=1)
