"""What the reader keeps of its score on what it has not met: words taken away, layouts moved, issuers without data."""

from collections.abc import Iterable
from dataclasses import replace

import pytest

from bench.bills.corpus import make_bill
from bench.bills.families.catalogue import Family, families
from bench.bills.families.perturbed import perturbed
from bench.bills.score import Atom, Share, atoms_of
from bench.readers.forgetful import forgetting
from domain.outcome import Success
from domain.summary import summary
from services.parser.read import read
from services.parser.understand import assemble
from services.parser.understand.fields.known import known_issuers
from services.parser.understand.lexicon import LANGUAGES

SEED = 31
FORGOTTEN = (
    "amount_due", "new_charges", "previous_balance", "payments", "balance_forward", "adjustments", "statement_date", "due_date",
    "account", "invoice", "period",
)  # fmt: skip
BILLS = [family for family in families() if family.kind == "bill" and family.split != "test"]
ENGLISH = [family for family in BILLS if family.language == "en"]


def atoms_read(chosen: Iterable[Family]) -> list[Atom]:
    """Read a bill of each family and judge every value of it."""
    found: list[Atom] = []
    for family in chosen:
        made = make_bill(family, 0, SEED)
        outcome = read(made.printed.pdf, progress=lambda done, pages: None)
        answer = summary(outcome.readings[0]) if isinstance(outcome, Success) else {}
        found.extend(atoms_of(answer, made.truth))
    return found


@pytest.fixture
def forgetful():
    """Take half of the label phrases out of the English lexicon."""
    with forgetting(0.5, 5, ("en",), FORGOTTEN):
        yield


def test_reader_holds_its_score_when_half_of_the_label_phrases_are_unknown(forgetful):
    heads = [atom for atom in atoms_read(ENGLISH[::3]) if atom.field != "usage_history" and "meters" not in atom.field]
    share = Share.of(heads)
    assert share.recall >= 0.92
    assert share.precision >= 0.98


@pytest.mark.parametrize("name", ["us-dev-demand", "us-legal-dense", "us-long-six", "us-m-pairs"])
def test_reads_of_an_unknown_multiplier_or_column_are_no_usage_where_the_bill_charges_for_another(name):
    made = make_bill(next(family for family in BILLS if family.name == name), 0, 2024)
    with forgetting(0.5, 5, LANGUAGES):
        outcome = read(made.printed.pdf, progress=lambda done, pages: None)
    assert isinstance(outcome, Success)
    assert summary(outcome.readings[0]).get("electricity_kwh") in (None, made.truth["electricity_kwh"])


def test_reader_holds_its_score_when_layouts_are_moved_renamed_and_rescaled():
    chosen = BILLS[::5]
    own, moved = (Share.of(atoms_read(these)) for these in (chosen, [perturbed(family, 3) for family in chosen]))
    assert moved.recall >= own.recall - 0.03
    assert moved.precision >= own.precision - 0.01


def test_reader_holds_its_score_without_any_issuer_data(monkeypatch):
    chosen = []
    for data, family in zip(known_issuers()[::4], ENGLISH[::5], strict=False):
        web = data.domains[0] if data.domains else "issuer.example"
        chosen.append(replace(family, sender={"name": data.name, "web": f"www.{web}"}))
    assert len(chosen) >= 8
    with_data = Share.of(atoms_read(chosen))
    monkeypatch.setattr(assemble, "known_issuers", tuple)
    without = Share.of(atoms_read(chosen))
    assert without.recall >= with_data.recall - 0.02
    assert without.precision >= with_data.precision - 0.02
