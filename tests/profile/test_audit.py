"""Audit rules: each that a project can choose can find something."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from domain.money import Money
from domain.proofs import period_days, prove
from domain.quantity import Commodity, Quantity
from domain.reading import Charge, ChargeKind, UsageKind
from runtime.wire import reading_to_proto
from services.profile.review.audit import AUDIT_RULES, LOW_CONFIDENCE, Action, Holding, HoldMode, audit, holds
from tests.profile.readings import electric_bill, fact, meter, usage
from tests.profile.test_reviews import wrong


def charge(amount: str, quantity: str | None = None, rate: str | None = None) -> Charge:
    return Charge(
        description="Energy",
        amount=fact(Money.of(amount, "USD")),
        kind=ChargeKind.USAGE,
        commodity=Commodity.ELECTRICITY,
        quantity=fact(Quantity.of(quantity, "kWh")) if quantity else None,
        rate=fact(Decimal(rate)) if rate else None,
    )


def read(**reads: str):
    return replace(meter(), **{name: fact(Decimal(value)) for name, value in reads.items()})


def gas(unit: str, amount: str):
    return usage(amount, unit=unit, commodity=Commodity.GAS)


WRONG = (
    wrong(),
    electric_bill(charges=(charge("10.00"), charge("20.00")), cost="40.00"),
    electric_bill(charges=(charge("10.00", "100", "0.20"),), cost=None),
    electric_bill(meters=(read(previous_read="100", current_read="200"),), kwh=620),
    electric_bill(usages=(usage(620), usage(1, kind=UsageKind.ON_PEAK), usage(2, kind=UsageKind.OFF_PEAK))),
    electric_bill(
        meters=(meter("1"), meter("2", number="2")), usages=(usage(900, key=""), usage(1, key="1"), usage(2, key="2"))
    ),
    electric_bill(
        meters=(replace(read(therm_factor="1.03"), commodity=Commodity.GAS),),
        usages=(gas("CCF", "100"), gas("therm", "500")),
        charges=(),
        cost=None,
    ),
)


def found(reading, *printed) -> set[str]:
    told = replace(reading, proofs=(*prove(reading), *printed))
    seen = audit([reading_to_proto(told)], Holding(HoldMode.BY_RULE, {LOW_CONFIDENCE: Action.HOLD}))
    assert holds(seen) is bool(seen)
    return {one.rule_id for one in seen}


def test_every_rule_that_can_be_chosen_finds_something_somewhere():
    days = period_days(99, date(2026, 3, 1), date(2026, 4, 1))
    everywhere = set().union(*map(found, WRONG), found(electric_bill(), days))
    assert everywhere | {LOW_CONFIDENCE} == set(AUDIT_RULES)
    assert found(electric_bill()) == set()
