"""Account summaries that add up line by line, whatever their words."""

from decimal import Decimal

import pytest

from domain.outcome import Success
from domain.summary import summary
from services.parser.understand import understand
from services.parser.understand.money.balances import propose
from services.parser.understand.sight import look
from tests.parser.understand.conftest import Sheet, document, headed


def read_summary(*lines: tuple[str, str], due: str = ""):
    """Read a bill with a summary of these lines, and the head and the words that make it a bill."""
    sheet = Sheet()
    sheet.put(50, 30, "Harbor Electric Company", size=16)
    sheet.rows(
        70, ("Account Number:", "5512-0098-7"), ("Bill Date:", "Mar 18, 2024"),
        ("Service Period:", "Feb 14, 2024 - Mar 15, 2024"), ("Usage", "620 kWh"), *([("Amount Due", due)] if due else []),
    )  # fmt: skip
    sheet.rows(200, *lines, left=80, edge=330)
    outcome = understand(document(sheet))
    assert isinstance(outcome, Success)
    return outcome.readings[0]


def amounts(reading) -> dict[str, Decimal | None]:
    names = ("previous_balance", "payments", "adjustments", "new_charges", "amount_due")
    return {name: fact.value.amount if (fact := getattr(reading, name)) else None for name in names}


def test_several_payments_are_added():
    reading = read_summary(
        ("Previous Balance", "$120.00"), ("Payment Received Feb 20", "-$50.00"), ("Payment Received Mar 2", "-$70.00"),
        ("New Charges", "$98.40"), ("Total Amount Due", "$98.40"),
    )  # fmt: skip
    assert amounts(reading)["payments"] == Decimal("120.00")
    assert amounts(reading)["new_charges"] == Decimal("98.40")


def test_lines_of_no_known_words_find_their_place_by_adding_up():
    reading = read_summary(
        ("Where we stood", "$120.00"), ("Came in, with thanks", "-$45.00"), ("Left over", "$75.00"),
        ("Electricity", "$98.40"), ("Where we stand", "$173.40"), due="$173.40",
    )  # fmt: skip
    assert amounts(reading) == {
        "previous_balance": Decimal("120.00"), "payments": Decimal("45.00"), "adjustments": None,
        "new_charges": Decimal("98.40"), "amount_due": Decimal("173.40"),
    }  # fmt: skip


def test_a_line_before_the_balance_forward_changed_the_old_balance():
    reading = read_summary(
        ("Previous Balance", "$120.00"), ("Payments", "-$45.00"), ("Account transfer", "$3.25"), ("Balance Forward", "$78.25"),
        ("Current Charges", "$98.40"), ("Total Amount Due", "$176.65"),
    )  # fmt: skip
    assert amounts(reading)["adjustments"] == Decimal("3.25")
    assert amounts(reading)["new_charges"] == Decimal("98.40")
    proof = next(one for one in reading.proofs if one.rule_id.startswith("previous_less"))
    assert proof.verdict.value == "pass"


def test_what_the_bill_credits_is_due_as_a_credit():
    reading = read_summary(
        ("Previous Balance", "$20.00"), ("Payments", "-$150.00"), ("Current Charges", "$98.40"),
        ("Credit balance - amount due", "$31.60"),
    )  # fmt: skip
    assert amounts(reading)["amount_due"] == Decimal("-31.60")


@pytest.mark.parametrize("payment", ["$45.00 CR", "($45.00)", "$45.00-", "- $45.00", "-$45.00"])
def test_payments_are_taken_off_however_they_are_signed(payment):
    reading = read_summary(
        ("Balance from last bill", "$120.00"), ("Payment received Mar 2 - thank you", payment),
        ("Current charges", "$98.40"), ("Total amount due", "$173.40"),
    )  # fmt: skip
    assert amounts(reading)["payments"] == Decimal("45.00")
    assert amounts(reading)["previous_balance"] == Decimal("120.00")


def test_charges_that_add_up_are_no_summary():
    reading = read_summary(
        ("Customer charge", "$12.00"), ("Energy charge", "$93.00"), ("Solar credit", "-$6.60"), ("Total new charges", "$98.40"),
        due="$98.40",
    )  # fmt: skip
    assert amounts(reading)["previous_balance"] is None
    assert amounts(reading)["payments"] is None


def test_nought_is_what_its_label_names_where_another_label_stands_before_the_next_amount():
    sheet = headed(due="$184.41")
    sheet.put(50, 200, "Payments received").put(200, 200, "0.00").put(300, 200, "Current charges").put(
        450, 200, "$184.41"
    )
    assert [guess.value for guess in propose(look(document(sheet)), "payments", [])] == [Decimal(0)]


@pytest.mark.parametrize("owed", ["310.40", "310.00"])
def test_whole_amount_without_sign_is_due_where_the_balances_round_to_it(owed):
    sheet = Sheet().put(50, 30, "Harbor Utility Company", size=16)
    sheet.rows(
        70, ("Account Number:", "5512-0098-7"), ("Bill Date:", "Mar 18, 2024"), ("Due Date:", "Apr 8, 2024"),
        ("Service Period:", "Feb 14, 2024 - Mar 15, 2024"), ("Previous Balance", owed), ("Payments Received", "-310.00"),
        ("New Charges", "320.33"), ("Amount Due", "320"), ("Customer Charge", "12.00"),
        ("Energy Charge 620 kWh x $0.497", "308.33"), ("Total Current Charges", "320.33"),
    )  # fmt: skip
    outcome = understand(document(sheet))
    assert isinstance(outcome, Success)
    told = summary(outcome.readings[0])
    assert (told["total_amount_due"], told["new_charges_amount"]) == (Decimal(320), Decimal("320.33"))
