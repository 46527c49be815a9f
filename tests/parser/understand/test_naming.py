"""Numbers that name an account or a bill, in the places where issuers print them, and numbers that name neither."""

import pytest

from domain.evidence import Method
from domain.outcome import Success
from services.parser.understand import understand
from services.parser.understand.layout.rows import sheets
from services.parser.understand.naming.identifiers import is_iban, read_identifier
from tests.parser.understand.conftest import Sheet, document
from tests.parser.understand.test_habits import charges, head
from tests.parser.understand.test_reading import read

ACCOUNT, INVOICE = "5512-0098-7", "INV-2024-00917"


def named(sheet):
    """Set the rest of a bill, and return the account and invoice numbers that are read of it."""
    head(sheet).put(50, 200, "Bill Date").put(200, 200, "Mar 18, 2024").put(50, 214, "Amount Due").put(
        200, 214, "$128.50"
    )
    charges(sheet)
    found = read(sheet)
    return tuple(one.value if one else None for one in (found.account_number, found.invoice_number))


def test_captions_under_larger_numbers_name_them():
    sheet = Sheet()
    for top, value, caption in ((70, ACCOUNT, "Account number"), (114, INVOICE, "Invoice number")):
        sheet.put(50, top, value, size=14).put(50, top + 17, caption, size=8)
    assert named(sheet) == (ACCOUNT, INVOICE)


@pytest.mark.parametrize(("first", "second"), [("Account number", "Invoice number"), ("ACCOUNT NO.", "BILL NO.")])
def test_number_right_over_a_label_is_not_its_own_where_another_label_heads_it(first, second):
    sheet = Sheet().put(50, 60, first, size=7).put(50, 69, ACCOUNT, size=10).put(200, 65, "A name beside", size=9)
    sheet.put(50, 80, second, size=7).put(50, 92, INVOICE, size=10)
    assert named(sheet) == (ACCOUNT, INVOICE)


@pytest.mark.parametrize("level", [0, 5, 11])
def test_number_beside_a_label_of_two_lines_is_found_on_any_level(level):
    sheet = Sheet()
    for top, first, second, value in ((70, "Customer", "account no.", ACCOUNT), (104, "Invoice", "number", INVOICE)):
        sheet.put(50, top, first).put(50, top + 11, second).put(200, top + level, value)
    assert named(sheet) == (ACCOUNT, INVOICE)


@pytest.mark.parametrize(
    "text",
    [
        f"Account no. / invoice no.: {ACCOUNT} / {INVOICE}",
        f"Account number and invoice number: {ACCOUNT}, {INVOICE}",
        f"Account # {ACCOUNT} | Invoice # {INVOICE}",
    ],
)
def test_two_numbers_of_one_line_go_to_their_own_labels(text):
    assert named(Sheet().put(50, 70, text)) == (ACCOUNT, INVOICE)


def test_two_labels_in_one_column_share_the_numbers_of_the_next():
    sheet = Sheet().put(50, 70, "Account no. / invoice no.").put(300, 70, f"{ACCOUNT} / {INVOICE}")
    assert named(sheet) == (ACCOUNT, INVOICE)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("Invoice number: 90211834 (18th Mar 2024)", "90211834"),
        ("Invoice number: 90211834.", "90211834"),
        ("Invoice no. R1-0039912", "R1-0039912"),
        ("Invoice no. (quote in all enquiries): 0012 993 441", "0012 993 441"),
    ],
)
def test_number_ends_where_it_is_printed_to_end(text, number):
    assert named(Sheet().put(50, 70, text))[1] == number


@pytest.mark.parametrize(("method", "number"), [(Method.OCR, ACCOUNT), (Method.TEXT_LAYER, f"{ACCOUNT} 1")])
def test_rule_before_the_next_label_that_was_read_as_a_one_is_no_part_of_a_number(method, number):
    sheet = Sheet().put(50, 70, f"Account no.: {ACCOUNT} 1 Payment due: 8 April 2024")
    (seen,) = sheets(document(sheet, method=method))
    segment = seen.rows[0].segments[0]
    found = read_identifier(segment, len("Account no.:"), 4)
    assert found is not None
    assert found[0] == number


def test_house_number_beside_a_label_is_no_invoice_number():
    sheet = Sheet().put(50, 70, "Account no.").put(200, 70, ACCOUNT)
    sheet.put(50, 100, "Invoice no.").put(300, 95, "178 Sample Street").put(50, 112, INVOICE)
    assert named(sheet) == (ACCOUNT, INVOICE)


def test_bank_account_is_told_by_its_check_digits():
    assert is_iban("DE89 3704 0044 0532 0130 00")
    assert not is_iban("DE89 3704 0044 0532 0130 01")
    assert not is_iban("5512-0098-7")


def test_bank_account_is_no_account_number():
    sheet = Sheet().put(50, 70, "Account: DE89370400440532013000").put(50, 84, f"Account number: {ACCOUNT}")
    assert named(sheet)[0] == ACCOUNT


def test_title_with_a_letter_that_stands_for_a_rule_is_no_issuer():
    sheet = Sheet().put(50, 40, "Lower Fennick Power & Light", size=11).put(50, 60, "Utility bill l", size=18)
    sheet.rows(100, ("Account Number:", "5512-0098-7"), ("Statement Date:", "Mar 18, 2024"), ("Amount Due", "$128.50"))
    charges(sheet)
    assert read(sheet).issuer.name.value == "Lower Fennick Power & Light"


@pytest.mark.parametrize(
    ("letter", "size", "name"), [("J", 16, "J Smith Gas"), ("C", 24, "Smith Gas"), ("4", 16, "Smith Gas")]
)
def test_letter_before_a_seen_name_is_its_mark_only_in_another_size(letter, size, name):
    sheet = Sheet().put(50, 30 - (size - 16) / 2, letter, size=size).put(65, 30, "Smith Gas Company", size=16)
    sheet.rows(100, ("Account Number:", "5512-0098-7"), ("Statement Date:", "Mar 18, 2024"), ("Amount Due", "$128.50"))
    charges(sheet)
    outcome = understand(document(sheet, method=Method.OCR))
    assert isinstance(outcome, Success)
    assert [one.issuer and one.issuer.name.value for one in outcome.readings] == [f"{name} Company"]
