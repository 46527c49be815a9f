"""The difference between two bills: parts that reconcile to the cent."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.reading import ChargeKind
from protos.profile.v1 import ledger_pb2
from protos.values.v1 import values_pb2
from services.profile.explain.bills import compare
from services.profile.explain.difference import BillFigures, difference, split_charges
from tests.profile.readings import period
from tests.profile.test_proration import periods

cents = st.decimals(-500, 5000, places=2)
figures = st.builds(BillFigures, periods(), st.decimals(0, 5000, places=1), cents, cents)


def bill(start, end, energy, variable, fixed="10.00"):
    return BillFigures(period(start, end), Decimal(energy), Decimal(variable), Decimal(fixed))


def test_each_part_takes_what_it_alone_changed():
    march = bill("2026-03-01", "2026-03-31", 300, "60.00")
    longer = bill("2026-03-01", "2026-04-03", 330, "66.00")
    more = bill("2026-04-01", "2026-05-01", 450, "90.00")
    dearer = bill("2026-04-01", "2026-05-01", 300, "75.00")
    fee = bill("2026-04-01", "2026-05-01", 300, "60.00", "12.50")
    parts = [difference(march, other) for other in (longer, more, dearer, fee)]
    assert [(one.days, one.usage, one.rate, one.fixed) for one in parts] == [
        (6, 0, 0, 0),
        (0, 30, 0, 0),
        (0, 0, 15, 0),
        (0, 0, 0, Decimal("2.50")),
    ]


@given(figures, figures)
def test_parts_reconcile_to_the_cent(before, after):
    found = difference(before, after)
    assert found.days + found.usage + found.rate + found.fixed == found.total
    assert found.total == (after.variable + after.fixed) - (before.variable + before.fixed)


@given(figures)
def test_a_bill_differs_from_itself_in_nothing(one):
    found = difference(one, one)
    assert {found.total, found.days, found.usage, found.rate, found.fixed} == {0}


def test_bill_without_energy_has_no_rate_to_change_use_by():
    found = difference(bill("2026-03-01", "2026-04-01", 0, "0.00"), bill("2026-04-01", "2026-05-01", 100, "20.00"))
    assert (found.rate, found.usage, found.days) == (20, 0, 0)


def test_charges_split_into_what_follows_use_and_what_does_not():
    charges = [
        (ChargeKind.USAGE, Decimal("60.00")),
        (ChargeKind.SERVICE, Decimal("12.50")),
        (ChargeKind.TAX, Decimal("3.37")),
        (ChargeKind.CREDIT, Decimal("-5.00")),
    ]
    assert split_charges(charges) == (Decimal("63.37"), Decimal("7.50"))


@pytest.mark.parametrize(
    ("currency", "before", "after", "told"),
    [("KWD", "10.000", "12.345", "2.345"), ("XPF", "10", "12.6", "3"), ("USD", "10.00", "12.346", "2.35")],
)
def test_bills_are_compared_to_the_minor_unit_of_their_currency(currency, before, after, told):
    def bill(start, end, cost):
        return ledger_pb2.LedgerBill(
            period=values_pb2.Period(start=start, end=end), new_charges=values_pb2.Money(amount=cost, currency=currency)
        )

    found = compare(bill("2026-03-01", "2026-04-01", before), bill("2026-05-01", "2026-06-01", after))
    assert found.total.amount == told
