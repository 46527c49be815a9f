"""The identities that are checked: names that others can rely on, and charges that bill what was used."""

import re
import time
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from domain import proofs
from domain.quantity import Quantity
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


def test_bill_of_many_charges_and_uses_is_proved_in_no_time():
    charges = tuple(priced(400, "0.10", "40.00") for _ in range(300))
    reading = electric_bill(kwh=621, charges=charges)
    begun = time.process_time()
    proofs.prove(replace(reading, usages=reading.usages * 20))
    assert time.process_time() - begun < 1
