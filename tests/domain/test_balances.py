"""The identity of the account summary, where a bill rounds what it asks for or tells a payment that it has already taken off."""

from decimal import Decimal

import pytest

from domain.money import Money
from domain.proofs import prove
from domain.reading import Verdict
from tests.domain.test_summary import reading, seen

RULE = "previous_less_payments_plus_new_is_due"


def verdicts(due, new, previous=None, paid=None):
    def money(amount):
        return None if amount is None else seen(Money(Decimal(amount), "INR"))

    bill = reading(
        amount_due=money(due),
        new_charges=money(new),
        previous_balance=money(previous),
        payments=money(paid),
        charges=(),
    )
    return [proof.verdict for proof in prove(bill) if proof.rule_id == RULE]


@pytest.mark.parametrize(
    ("case", "amounts", "wanted"),
    [
        ("plain", ("110.25", "100.25", "50.00", "40.00"), [Verdict.PASS]),
        ("another sum", ("111.25", "100.25", "50.00", "40.00"), [Verdict.FAIL]),
        ("rounded to a whole", ("111", "100.75", "50.00", "40.00"), [Verdict.PASS]),
        ("whole by its cents and off by some", ("111.00", "100.75", "50.00", "40.00"), []),
        ("whole by its cents and to the cent", ("111.00", "101.00", "50.00", "40.00"), [Verdict.PASS]),
        ("whole by its cents and off by more", ("111.00", "99.75", "50.00", "40.00"), [Verdict.FAIL]),
        ("rounded to tens", ("3460", "3467.09", "-4.37", None), []),
        ("a small bill that does not add up", ("140", "131.09", "10.00", None), [Verdict.FAIL]),
        ("payment taken off the balance that is told", ("3462.72", "3467.09", "-4.37", "2850.00"), [Verdict.PASS]),
        ("payment of a balance that is not told", ("3467.09", "3467.09", None, "2850.00"), []),
    ],
)
def test_account_summary_is_proved_as_bills_round_and_tell_it(case, amounts, wanted):
    assert verdicts(*amounts) == wanted, case
