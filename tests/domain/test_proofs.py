"""The identities that are checked: names that others can rely on, and charges that bill what was used."""

import re
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from domain import proofs
from domain.quantity import Quantity, Unit
from domain.reading import Verdict
from tests.profile.readings import electric_bill, fact


def test_every_identity_that_is_checked_is_listed_under_who_can_check_it():
    named = set(re.findall(r'"([a-z_]+_is_[a-z_]+|[a-z_]+_(?:sum|are)_[a-z_]+)",\n', Path(proofs.__file__).read_text()))
    assert named == {*proofs.RULES, *proofs.PRINTED_RULES}
    assert set(proofs.RULES).isdisjoint(proofs.PRINTED_RULES)
    assert named > proofs.CONFIRMING_RULES


def priced(kwh, rate, amount):
    line = electric_bill(cost=amount).charges[0]
    return replace(line, quantity=fact(Quantity.of(str(kwh), "kWh")), rate=fact(Decimal(rate)))


def bills_the_use(*charges):
    reading = electric_bill(kwh=620, charges=charges)
    found = [proof for proof in proofs.prove(reading) if proof.rule_id == "charged_quantities_are_this_usage"]
    assert all(proof.verdict is Verdict.PASS for proof in found)
    return [field for proof in found for field in proof.fields]


def test_a_charge_for_all_of_a_usage_or_tiers_that_add_up_to_it_confirm_it():
    assert bills_the_use(priced(620, "0.19", "117.80")) == ["usages[0].quantity"]
    tiers = priced(400, "0.10", "40.00"), priced(220, "0.20", "44.00")
    assert bills_the_use(*tiers) == ["usages[0].quantity"]
    assert bills_the_use(priced(50, "1.00", "50.00"), *tiers) == ["usages[0].quantity"]


def test_charges_for_a_part_or_with_a_product_that_misses_confirm_no_usage():
    assert bills_the_use(priced(400, "0.10", "40.00")) == []
    assert bills_the_use(priced(620, "0.19", "120.00")) == []
    assert bills_the_use(priced(400, "0.10", "40.00"), priced(220, "0.20", "45.00")) == []


class Counted(Decimal):
    """A number that counts how often it is added to another."""

    additions = 0

    def __radd__(self, other):
        Counted.additions += 1
        return Decimal(other) + Decimal(self)


def test_charges_of_a_long_bill_are_added_up_once_a_usage(monkeypatch):
    monkeypatch.setattr(Counted, "additions", 0)
    line = priced(400, "0.10", "40.00")
    charges = (replace(line, quantity=fact(Quantity(Counted(400), Unit.KWH))),) * 100
    reading = electric_bill(kwh=621, charges=charges)
    proofs.prove(replace(reading, usages=reading.usages * 20))
    assert 0 < Counted.additions <= 100 * 20
