"""Synthetic bills: the same seed gives the same bytes, every sum holds, and every truth stands on the page."""

import datetime
import functools
import re
from decimal import Decimal
from pathlib import Path

import pytest

from bench.bills import corpus
from bench.bills.families.catalogue import families
from bench.bills.families.compose import BLOCK
from bench.bills.families.perturbed import perturbed
from bench.bills.forms.blocks import UNSEEN
from bench.bills.model.bill import cents
from bench.bills.rendering import joined, text_of

FAMILIES = families()
BILLS = [family for family in FAMILIES if family.kind == "bill"]
SEED = 7


@functools.cache
def made_once(family, number):
    """Several tests look at the same bills."""
    return corpus.make_bill(family, number, SEED)


def named(families_):
    return pytest.mark.parametrize("family", families_, ids=lambda family: family.name)


def solid(text: str) -> str:
    """Leave out white space: a cell may wrap, a figure may not change."""
    return re.sub(r"\s", "", text).upper()


def test_families_are_many_and_split_by_family():
    by_split = {
        split: {family.name for family in FAMILIES if family.split == split} for split in ("train", "dev", "test")
    }
    assert len(BILLS) >= 60
    assert min(map(len, by_split.values())) >= 12
    assert sum(map(len, by_split.values())) == len(FAMILIES)
    for languages in ({family.language for family in BILLS if family.split == split} for split in ("train", "test")):
        assert languages == {"en", "es", "fr", "de", "pt", "it"}
    assert len({family.country.currency for family in BILLS}) >= 4
    assert {meter.unit for family in BILLS for meter in made_once(family, 0).bill.meters} >= {
        "kWh", "therm", "CCF", "m3", "HCF", "gal", "kgal", "GJ",
    }  # fmt: skip


def blocks_of(family):
    """The renderers that a family's pages and forms name."""
    bands = [band for page in family.pages for band in page]
    insets = re.findall(r"^%block ([\w.]+)", "\n".join(family.forms.values()), re.MULTILINE)
    return {name for band in bands for name, _ in BLOCK.findall(band)} | set(insets)


def test_renderers_kept_for_test_families_are_used_by_no_other():
    for family in FAMILIES:
        if family.split != "test":
            assert not blocks_of(family) & set(UNSEEN), family.name
    for family in BILLS:
        if family.split == "test":
            assert family.forms or blocks_of(family) & set(UNSEEN), family.name


def test_forms_of_test_families_stand_in_no_other():
    forms = [(family.name, text) for family in FAMILIES for text in family.forms.values()]
    assert len({text for _, text in forms}) == len(forms)


@named(FAMILIES)
def test_bill_is_the_same_bytes_when_made_again(family):
    first, second = made_once(family, 0), corpus.make_bill(family, 0, SEED)
    assert first.printed.pdf == second.printed.pdf
    assert first.truth == second.truth
    if family.kind == "bill":
        assert first.printed.pdf != made_once(family, 1).printed.pdf


@named(FAMILIES)
def test_bill_prints_every_value_of_its_truth(family):
    made = made_once(family, 1)
    page = solid(text_of(made.printed.pdf))
    assert "{" not in page
    for key, texts in made.printed.marks.items():
        for text in texts:
            assert solid(text) in page, key
    digits_of = lambda number: re.sub(r"\D", "", f"{abs(Decimal(str(number))):.2f}")  # noqa: E731
    shown = {key: [re.sub(r"\D", "", text) for text in texts] for key, texts in made.printed.marks.items()}
    for key in ("total_amount_due", "new_charges_amount", "previous_balance", "payments_received"):
        if made.truth.get(key) is not None:
            mark = "new_charges" if key == "new_charges_amount" and "new_charges" in shown else key
            mark = "total_amount_due" if mark not in shown else mark
            assert digits_of(made.truth[key]) in shown[mark], key
    for index, line in enumerate(made.truth["line_items"]):
        assert digits_of(line["amount"]) in shown[f"line_items.{index}"]
    for row, key in zip(
        made.truth["usage_history"], sorted(k for k in shown if k.startswith("history.")), strict=False
    ):
        assert row["month"], key


@named(BILLS)
@pytest.mark.parametrize("number", range(2))
def test_bill_obeys_the_accounting_identities(family, number):
    made = made_once(family, number)
    bill, truth = made.bill, made.truth
    assert sum(charge.amount for charge in bill.charges) == bill.new_charges
    for charge in bill.charges:
        if charge.quantity is not None:
            assert abs(charge.amount) == cents(charge.quantity * (charge.days or 1) * charge.rate)
        if charge.percent is not None:
            assert charge.amount == cents(charge.base * charge.percent / 100)
    asked = bill.new_charges if bill.instalment is None else bill.instalment
    assert (bill.previous_balance or 0) - (bill.payments or 0) + (bill.adjustment or 0) + asked == bill.amount_due
    days = (bill.last - bill.first).days
    assert bill.days == (days if family.economy.period == "reads" else days + 1)
    assert bill.statement_date > bill.last
    assert bill.due_date > bill.statement_date
    for service in bill.services:
        assert sum(meter.usage for meter in service.meters) == service.usage
    for meter in bill.meters:
        if meter.read_from is not None:
            registered = (meter.read_to - meter.read_from) * meter.multiplier
            assert registered == (meter.usage if meter.volume is None else meter.volume)
        for register in meter.registers:
            assert (register.read_to - register.read_from) * meter.multiplier == register.usage
        if meter.registers and family.economy.net == "none":
            assert sum(register.usage for register in meter.registers) == meter.usage
    assert bill.history[-1].quantity == bill.main.usage
    assert len({month.month for month in bill.history}) == len(bill.history)
    assert round(sum(line["amount"] for line in truth["line_items"]), 2) == float(bill.new_charges)
    assert truth["meters"] or made.printed.marks
    for key in ("billing_period_from", "billing_period_to", "statement_date", "due_date"):
        assert truth[key] is None or datetime.date.fromisoformat(truth[key])


def test_papers_that_are_no_bills_claim_nothing():
    for family in FAMILIES:
        if family.kind != "bill":
            truth = made_once(family, 0).truth
            assert truth["kind"] == "not_a_bill"
            assert not any(
                truth[key] for key in ("electricity_kwh", "gas", "water", "total_amount_due", "line_items", "meters")
            )


def test_corpus_writes_files_and_truth_under_one_name(tmp_path):
    count = corpus.write(tmp_path, "us-town-water,no-poster-us", 2, SEED, ("text", "scan"))
    files = sorted(path.name for path in (tmp_path / "files").iterdir())
    truths = sorted(path.stem for path in (tmp_path / "truth").iterdir())
    assert count == len(files) == 8
    assert len(truths) == 4
    assert all(name.partition("@")[0].removesuffix(".pdf") in truths for name in files)


@named([family for family in BILLS if family.split != "test"][::4])
def test_perturbed_family_prints_its_truth_in_another_layout(family):
    other = perturbed(family, 1)
    assert other == perturbed(family, 1)
    made = corpus.make_bill(other, 0, SEED)
    assert made.printed.pdf != made_once(family, 0).printed.pdf
    page = solid(text_of(made.printed.pdf))
    for key, texts in made.printed.marks.items():
        for text in texts:
            assert solid(text) in page, key


def test_joined_file_holds_the_pages_of_all_statements():
    first, second = (made_once(BILLS[0], number).printed for number in (0, 1))
    whole = joined([first.pdf, second.pdf])
    assert text_of(whole).count(first.marks["account_number"][0])
    assert text_of(whole).count(second.marks["account_number"][0])


def test_readme_lists_every_family_with_its_split():
    text = (Path(corpus.__file__).parent / "README.md").read_text(encoding="utf-8")
    for family in FAMILIES:
        assert f"| {family.name} | {family.split} |" in text
