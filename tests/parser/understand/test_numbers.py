"""Numbers as bills print them."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.quantity import Unit
from services.parser.understand.metering.registers import unit_in
from services.parser.understand.values.numbers import decimal_mark, find_numbers, parse_number, tidy


def values(text, mark=".", spaced=False):
    return [number.value for number in find_numbers(tidy(text), mark, spaced=spaced)]


@pytest.mark.parametrize(
    ("text", "mark", "value"),
    [
        ("$ 19.25", ".", "19.25"), ("- 17.89", ".", "-17.89"), ("-$ 0.38", ".", "-0.38"), ("$-0.00759", ".", "-0.00759"),
        ("15.81 CR", ".", "-15.81"), ("(17.89)", ".", "-17.89"), ("17.89-", ".", "-17.89"), ("$112. 07", ".", "112.07"),
        ("- . 38", ".", "-0.38"), ("____ 1761", ".", "1761"), ("121_61", ".", "121.61"), ("1,23,456.78", ".", "123456.78"),
        ("1.234,56", ",", "1234.56"), ("9,02", ".", "9.02"), ("0,0974", ",", "0.0974"), ("1'503", ".", "1503"),
        ("12.345", ",", "12345"),
        ("12.345", ".", "12.345"), ("1,234", ".", "1234"), ("62,86 €", ",", "62.86"), ("+ 19.25", ".", "19.25"),
        ("R$-422,61", ",", "-422.61"),
    ],
)  # fmt: skip
def test_number_keeps_value_and_sign_however_it_is_printed(text, mark, value):
    assert values(text, mark) == [Decimal(value)]


@pytest.mark.parametrize("text", ["1-800-233-5325", "7:30PM", "R-3", "A-3[i]", "24/7", "2e5x", "FR7612345****12"])
def test_digits_of_words_times_and_telephones_are_no_numbers(text):
    assert values(text) == []


def test_number_takes_the_unit_and_the_price_that_stand_at_it():
    quantity, rate = find_numbers("17,600 kWh x $0.05464/kWh", ".")
    assert (quantity.value, quantity.unit) == (Decimal(17600), Unit.KWH)
    assert (rate.value, rate.per, rate.currency, rate.rate) == (Decimal("0.05464"), "kwh", "$", True)


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("Usage (000 gal)", Unit.KILOGALLON), ("1,000 gallons", Unit.KILOGALLON), ("You used 5,000 gal", Unit.GALLON),
        ("11,000 gallons", Unit.GALLON), ("kWh/100 CF", Unit.HCF), ("Used 1,100 CF", Unit.CUBIC_FOOT),
    ],
)  # fmt: skip
def test_unit_of_a_thousand_does_not_begin_within_a_number(text, unit):
    assert unit_in(text) is unit


@pytest.mark.parametrize(
    ("text", "mark", "price"),
    [
        ("24.310 p/kWh", ".", "0.2431"), ("23.76p per kWh", ".", "0.2376"), ("11.38010c", ".", "0.113801"),
        ("14.20 Rp./kWh", ".", "0.142"), ("27,50 Ct/kWh", ",", "0.275"), ("8.8125c/kWh", ".", "0.088125"),
    ],
)  # fmt: skip
def test_hundredths_of_a_currency_are_prices(text, mark, price):
    (number,) = find_numbers(text, mark)
    assert (number.value, bool(number.per), number.unit) == (Decimal(price), True, None)


@pytest.mark.parametrize("text", ["18204 C", "18204 E", "page 3 p", "884.2 C", "$25.00 C"])
def test_letter_behind_a_whole_number_is_no_price(text):
    assert [number.per for number in find_numbers(text, ".")] == [""]


def test_blank_groups_thousands_only_where_the_language_does_so():
    assert values("1 813 kWh", ",", spaced=True) == [Decimal(1813)]
    assert values("5 643 kWh", ".") == [Decimal(5), Decimal(643)]


def test_thousands_that_type_of_one_width_sets_apart_are_one_number():
    assert values("5, 865.46") == [Decimal("5865.46")]
    assert values("$1, 042.7 ") == [Decimal("1042.7")]
    assert values("12. 345,60", ",") == [Decimal("12345.60")]
    assert values("Tier 1, 250.5") == [Decimal(1), Decimal("250.5")]


def test_currency_before_an_amount_does_not_cling_to_the_number_before_it():
    quantity, amount = find_numbers("34 $143.35", ".")
    assert (quantity.currency, amount.currency, amount.value) == ("", "$", Decimal("143.35"))


@pytest.mark.parametrize(
    ("text", "mark"), [("62,86 € et 7,99 €", ","), ("$1,204.50 and 3.20", "."), ("no amounts", ".")]
)
def test_decimal_mark_follows_the_amounts_of_the_page(text, mark):
    assert decimal_mark(text) == mark


@given(st.decimals(min_value=0, max_value=10**9, places=2, allow_nan=False), st.sampled_from(".,"))
def test_every_amount_reads_back_in_both_conventions(amount, mark):
    grouped = f"{amount:,.2f}"
    text = grouped if mark == "." else grouped.translate(str.maketrans(",.", ".,"))
    parsed = parse_number(text, mark)
    assert parsed is not None
    assert parsed[:2] == (amount, 2)


@given(st.text(max_size=60))
def test_no_text_breaks_the_reader_of_numbers(text):
    for number in find_numbers(tidy(text), "."):
        assert number.value.is_finite()
        assert 0 <= number.start < number.end <= len(tidy(text))


def test_small_letters_of_an_ordinal_are_no_therms():
    assert [number.value for number in find_numbers("5th floor, 11th of May", ".")] == []
    assert [number.unit for number in find_numbers("45 th", ".")] == [Unit.THERM]
