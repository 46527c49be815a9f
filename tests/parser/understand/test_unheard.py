"""Labels that no lexicon holds: what the page itself still says of the values beside them."""

from datetime import date
from decimal import Decimal

import pytest

from domain.outcome import Success
from services.parser.understand import understand
from services.parser.understand.layout.guessed import concept_of
from services.parser.understand.lexicon import load, plain
from tests.parser.understand.conftest import Sheet, document, headed
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
    assert amounts(reading)["previous_balance"] == Decimal("215.30")
    assert amounts(reading)["new_charges"] == Decimal("175.99")


def test_a_line_of_nothing_where_payments_stand_says_that_nothing_was_paid():
    reading = read_summary(("Previous Balance", "$75.99"), ("Quittance", "$0.00"), (NEW, "$100.00"), (DUE, "$175.99"))
    assert amounts(reading)["payments"] == Decimal(0)


@pytest.mark.parametrize("words", [(OLD, "Payments received"), ("Previous balance", "Quittance")])
def test_summary_that_lies_down_says_what_its_amounts_are_by_adding_up(words):
    sheet = headed(due="$175.99")
    heads = (*words, "Balance forward", "New charges", "Total due")
    amounts_over = ("$215.30", "-$215.30", "$0.00", "$175.99", "$175.99")
    for at, (head, amount) in enumerate(zip(heads, amounts_over, strict=True)):
        sheet.put(50 + 105 * at, 200, head)
        sheet.put(60 + 105 * at, 222, amount)
    sheet.rows(250, ("Usage", "620 kWh"))
    outcome = understand(document(sheet))
    assert isinstance(outcome, Success)
    found = amounts(outcome.readings[0])
    assert (found["previous_balance"], found["payments"]) == (Decimal("215.30"), Decimal("215.30"))
    assert (found["new_charges"], found["amount_due"]) == (Decimal("175.99"), Decimal("175.99"))


def read_head(*lines: tuple[str, str]):
    """Read a bill with these lines at its head, a period, a usage and what is due."""
    sheet = Sheet()
    sheet.put(50, 30, "Harbor Electric Company", size=16)
    rest = (("Service Period:", "Feb 14, 2024 - Mar 15, 2024"), ("Usage", "620 kWh"), ("Total Amount Due", "$105.00"))
    sheet.rows(70, *lines, *rest)
    sheet.put(
        50, 400, "Please pay your bill in time and thank you for being our customer. Call us if you have questions."
    )
    outcome = understand(document(sheet))
    assert isinstance(outcome, Success)
    return outcome.readings[0]


@pytest.mark.parametrize("label", ["Member Contract", "Subscriber:", "Your contract", "Consumer account"])
def test_the_bare_word_for_a_customer_names_the_long_number_beside_it(label):
    reading = read_head((label, "5512-0098-7"), ("Bill Date:", "Mar 18, 2024"))
    assert reading.account_number.value == "5512-0098-7"
    assert reading.account_number.evidence.confidence < 0.9


@pytest.mark.parametrize("value", ["12.03.2024", "1 204", "$1,204.50", "03-18-2024", "18 MAR 2024", "MAR 18 2024"])
def test_the_bare_word_for_a_customer_names_no_day_and_no_amount(value):
    reading = read_head(("Subscriber", value), ("Bill Date:", "Mar 18, 2024"))
    assert reading.account_number is None


@pytest.mark.parametrize("label", ["Payable", "Balance now payable", "Forsooth ere"])
def test_the_one_day_after_the_bill_is_the_one_to_pay_by(label):
    reading = read_head(("Account Number:", "5512-0098-7"), ("Bill Date:", "Mar 18, 2024"), (label, "Apr 8, 2024"))
    assert reading.due_date.value == date(2024, 4, 8)
    assert reading.due_date.evidence.confidence < 0.9


def test_of_two_unnamed_days_after_the_bill_none_is_the_one_to_pay_by():
    reading = read_head(
        ("Account Number:", "5512-0098-7"), ("Bill Date:", "Mar 18, 2024"), ("Forsooth", "Apr 8, 2024"), ("Anon", "Apr 15, 2024"),
    )  # fmt: skip
    assert reading.due_date is None


@pytest.mark.parametrize("label", ["Notice", "Quoth we"])
def test_the_first_of_two_days_after_the_period_is_the_day_of_the_bill(label):
    reading = read_head(("Account Number:", "5512-0098-7"), (label, "Mar 18, 2024"), ("Due Date", "Apr 8, 2024"))
    assert reading.statement_date.value == date(2024, 3, 18)
    assert reading.statement_date.evidence.confidence < 0.9


def test_the_day_of_a_balance_is_not_the_one_to_pay_it_by():
    reading = read_head(
        ("Account Number:", "5512-0098-7"), ("Bill Date:", "Mar 18, 2024"),
        ("Your balance on March 18, 2024", "$105.00"), ("Please pay by April 8, 2024", ""),
    )  # fmt: skip
    assert reading.due_date.value == date(2024, 4, 8)


def test_a_day_is_no_number_of_an_invoice():
    reading = read_head(("Account Number:", "5512-0098-7"), ("Tax invoice", "18-Mar-2024"))
    assert reading.invoice_number is None


@pytest.mark.parametrize("label", ["Pricing category", "Water tariff group", "Electricity product class"])
def test_two_kinds_of_words_for_a_tariff_name_it_before_a_colon(label):
    reading = read_head(
        ("Account Number:", "5512-0098-7"), ("Bill Date:", "Mar 18, 2024"), (f"{label}: Domestic Standard", ""),
        ("Meter Number:", "88412207"),
    )  # fmt: skip
    assert [meter.tariff.value for meter in reading.meters if meter.tariff] == ["Domestic Standard"]


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("es", "abonos ya registrados"), ("fr", "versements déjà encaissés"), ("de", "bereits eingegangene zahlungen"),
        ("pt", "pagamentos já registados"), ("it", "versamenti già pervenuti"),
    ],
)  # fmt: skip
def test_words_for_paying_and_for_having_received_name_payments(language, words):
    assert concept_of(tuple(map(plain, words.split())), load(language)) == "payments"


def test_the_number_printed_again_behind_words_that_nothing_is_known_of_is_the_account():
    reading = read_head(
        ("Quoth 5512-0098-7", ""), ("Bill Date:", "Mar 18, 2024"), ("Forsooth quoth:", ""), ("Quoth 5512-0098-7", "")
    )
    assert reading.account_number.value == "5512-0098-7"
    assert reading.account_number.evidence.confidence < 0.9


def test_numbers_printed_equally_often_behind_unknown_words_name_no_account():
    lines = [("Quoth 5512-0098-7", ""), ("Anon 7743-1120-4", "")]
    assert read_head(*lines, ("Bill Date:", "Mar 18, 2024"), *lines).account_number is None


@pytest.mark.parametrize(
    "line", ["Outages 800-555-0144", "Springfield IL 62704-1234", "Singapore 238801", "Faults 0800 123 4567"]
)
def test_telephones_post_boxes_and_postal_codes_behind_unknown_words_are_no_accounts(line):
    assert (
        read_head((line, ""), ("Bill Date:", "Mar 18, 2024"), ("Forsooth quoth:", ""), (line, "")).account_number
        is None
    )
