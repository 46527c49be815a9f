"""Money and quantities are exact and refuse what they cannot be."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.money import CurrencyMismatch, Money
from domain.quantity import Quantity, Unit

amounts = st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-(10**9), max_value=10**9)


@given(amounts, amounts)
def test_money_adds_and_subtracts_exactly(one, other):
    total = Money(one, "USD") + Money(other, "USD")
    assert total - Money(other, "USD") == Money(one, "USD")
    assert total + -total == Money(Decimal(0), "USD")


def test_money_of_two_currencies_does_not_add():
    with pytest.raises(CurrencyMismatch):
        Money(Decimal(1), "USD") + Money(Decimal(1), "EUR")


@pytest.mark.parametrize(
    ("amount", "currency"), [("NaN", "USD"), ("Infinity", "USD"), ("1", "usd"), ("1", "$"), ("x", "USD")]
)
def test_money_refuses_what_is_none(amount, currency):
    with pytest.raises(ValueError, match=r"not a"):
        Money.of(amount, currency)


def test_money_keeps_the_places_it_was_given():
    assert str(Money.of("12.50", "USD").amount) == "12.50"


@pytest.mark.parametrize(
    ("quantity", "kwh", "therms"),
    [
        (Quantity.of("1.5", "MWh"), Decimal(1500), None),
        (Quantity.of("23520", "kWh"), Decimal(23520), None),
        (Quantity.of("2", "Dth"), None, Decimal(20)),
        (Quantity.of("7", "CCF"), None, None),
    ],
)
def test_quantity_converts_energy_only_where_the_factor_is_a_definition(quantity, kwh, therms):
    assert (quantity.kwh(), quantity.therms()) == (kwh, therms)


def test_quantity_refuses_an_unknown_unit():
    with pytest.raises(ValueError, match="furlong"):
        Quantity.of("1", "furlong")


def test_every_unit_is_named_in_the_contract():
    from pathlib import Path

    contract = (Path(__file__).parents[2] / "protos/values/v1/values.proto").read_text()
    listed = contract.split("Unit symbol: ")[1].split(".\n")[0].replace("\n", " ").replace("//", " ")
    assert {unit.value for unit in Unit} == {word.strip() for word in listed.split(",")}
