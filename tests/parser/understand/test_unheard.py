"""Labels that no lexicon holds: what the page itself still says of the values beside them."""

from decimal import Decimal

import pytest

from tests.parser.understand.test_running import amounts, read_summary

OLD, PAID, NEW, DUE = "Quondam reckoning", "Payments Received", "Current Charges", "Total Amount Due"


@pytest.mark.parametrize(
    ("lines", "previous", "payments"),
    [
        (((OLD, "$215.30"), (PAID, "-$215.30"), (NEW, "$175.99")), "215.30", "215.30"),
        (((OLD, "$215.30"), (PAID, "-$100.00"), ("Forsooth", "$60.69")), "215.30", "100.00"),
        (((OLD, "83.33"), (PAID, "0.00"), ("Sundry", "92.66"), ("Balance Forward", "175.99"), (NEW, "0.00")), "83.33", "0.00"),
        (((OLD, "73.32"), (PAID, "-30.96"), ("Late Payment Charge", "0.64"), ("Past Due Balance", "42.36"), (NEW, "132.99")),
         "73.32", "30.96"),
        ((("Previous Balance", "$61.74"), ("Quittance since last bill", "$61.74"), ("Balance Forward", "$0.00"),
          (NEW, "$175.99")), "61.74", "61.74"),
    ],
)  # fmt: skip
def test_old_balance_is_told_by_the_summary_that_adds_up(lines, previous, payments):
    reading = read_summary(*lines, (DUE, "$175.99"), due="$175.99")
    found = amounts(reading)
    assert (found["previous_balance"], found["payments"]) == (Decimal(previous), Decimal(payments))
    assert found["amount_due"] == Decimal("175.99")


def test_what_is_due_in_a_hero_above_the_summary_is_no_old_balance():
    reading = read_summary(
        ("Please pay", "$175.99"), (OLD, "$215.30"), (PAID, "-$215.30"), (NEW, "$175.99"), (DUE, "$175.99"),
    )  # fmt: skip
    assert amounts(reading)["previous_balance"] in (None, Decimal("215.30"))
    assert amounts(reading)["new_charges"] == Decimal("175.99")
