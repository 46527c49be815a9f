"""Figures in large type say what is due and what was used where blurred words beside them say nothing any more."""

from datetime import date
from decimal import Decimal

import pytest

from domain.evidence import Method
from domain.outcome import Success
from services.parser.understand import understand
from tests.parser.understand.conftest import Sheet, document


def blurred(*, due="48.20", used="212m", name="Enbridge Gas", beside="", sure=0.87):
    """Return a thumbnail of a bill whose small print is lost."""
    sheet = Sheet()
    sheet.put(50, 30, name, size=18)
    sheet.put(100, 150, "WHAT DO I OWE?", size=10)
    sheet.put(340, 150, "HOW MUCH GAS DID LU5E?", size=10)
    sheet.put(90, 165, "Bi1ing Peroid Mer 14:20 Apr 1S", size=8, confidence=0.4)
    sheet.put(115, 225, due, size=24)
    sheet.put(112, 262, "May 07, 2024", size=9)
    sheet.put(360, 290, used, size=18, confidence=sure)
    if beside:
        sheet.put(460, 290, beside, size=18)
    for row in range(10):
        sheet.put(90, 330 + 20 * row, "mvn eres tc wha", size=8, confidence=0.4)
    sheet.rows(560, ("Account number", "5512 0098"), ("Payment options", ""))
    return sheet


def read(sheet, method=Method.OCR):
    outcome = understand(document(sheet, method=method))
    assert isinstance(outcome, Success)
    return outcome.readings[0]


def test_large_figure_under_a_heading_that_asks_what_is_owed_is_due_on_the_day_below_it():
    reading = read(blurred())
    assert reading.amount_due.value.amount == Decimal("48.20")
    assert reading.amount_due.evidence.confidence < 0.8
    assert reading.due_date.value == date(2024, 5, 7)


@pytest.mark.parametrize("printed", ["212m", "212m'", "212m³"])
def test_large_quantity_is_what_was_used_though_its_small_raised_figure_is_lost(printed):
    (usage,) = read(blurred(used=printed)).usages
    assert (usage.quantity.value.amount, usage.quantity.value.unit.value) == (Decimal(212), "m3")
    assert usage.quantity.evidence.confidence < 0.8


@pytest.mark.parametrize(("used", "beside"), [("212m", "198m"), ("212m²", ""), ("212", "")])
def test_large_figure_says_nothing_of_use_beside_its_like_or_without_a_unit(used, beside):
    assert read(blurred(used=used, beside=beside)).usages == ()


def test_large_quantity_that_no_words_of_a_text_layer_name_is_no_use():
    assert read(blurred(used="212m³", sure=1.0), Method.TEXT_LAYER).usages == ()


def test_bare_sign_means_the_money_of_a_known_issuer_where_the_page_tells_no_country():
    reading = read(blurred(due="$48.20"))
    assert (reading.country.value, reading.currency.value) == ("CA", "CAD")
