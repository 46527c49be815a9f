"""The flat summary of a reading."""

import json
from datetime import date
from decimal import Decimal

import pytest

from domain.evidence import Box, Evidence, Fact, Method
from domain.money import Money
from domain.period import Period
from domain.quantity import Commodity, Quantity, Unit
from domain.reading import (
    Charge,
    ChargeKind,
    CommodityTotal,
    DocumentKind,
    HistoryMonth,
    HistorySource,
    Issuer,
    Meter,
    Reading,
    Usage,
    UsageKind,
)  # fmt: skip
from domain.summary import merged_summary, summary, summary_json, to_json

KEYS = [
    "utility", "account_number", "invoice_number", "currency", "country", "statement_date", "due_date", "billing_period_from",
    "billing_period_to", "electricity_kwh", "electricity_cost", "demand_kw", "gas", "water", "total_amount_due",
    "new_charges_amount",
    "previous_balance", "payments_received", "meters", "line_items", "usage_history",
]  # fmt: skip


def seen(value):
    return Fact(value, Evidence(text=str(value), page=1, box=Box(0, 0, 1, 1), confidence=0.9, method=Method.TEXT_LAYER))


def used(amount, unit, kind, meter_key):
    quantity = seen(Quantity(Decimal(amount), unit))
    return Usage(quantity=quantity, kind=kind, commodity=Commodity.ELECTRICITY, meter_key=meter_key)


def reading(**changes):
    period = seen(Period(date(2024, 2, 14), date(2024, 3, 15)))
    base = {
        "kind": DocumentKind.BILL, "engine_version": "test", "pages": 1,
        "issuer": Issuer(issuer_id="harbor", name=seen("Harbor Electric")), "period": period, "period_end_inclusive": False,
        "amount_due": seen(Money(Decimal("128.50"), "USD")),
        "meters": (Meter(meter_key="1", commodity=Commodity.ELECTRICITY, number=seen("884"), current_read=seen(Decimal(13000))),),
        "usages": (
            used("620", Unit.KWH, UsageKind.TOTAL, None),
            used("620", Unit.KWH, UsageKind.TOTAL, "1"),
            used("9.5", Unit.KW, UsageKind.DEMAND, "1"),
        ),
        "charges": (Charge(description="Energy", amount=seen(Money(Decimal("93.00"), "USD")), kind=ChargeKind.USAGE),),
        "commodity_totals": (CommodityTotal(commodity=Commodity.ELECTRICITY, cost=seen(Money(Decimal("128.50"), "USD"))),),
    }  # fmt: skip
    return Reading(**{**base, **changes})


def test_summary_has_every_key_in_order_and_none_for_what_is_missing():
    made = summary(reading())
    assert list(made) == KEYS
    assert (made["gas"], made["invoice_number"], made["usage_history"]) == (None, None, [])


def test_summary_prints_the_period_as_the_bill_does():
    assert summary(reading())["billing_period_to"] == "2024-03-15"
    assert summary(reading(period_end_inclusive=True))["billing_period_to"] == "2024-03-14"


def test_summary_takes_totals_costs_and_the_highest_demand():
    made = summary(reading())
    assert (made["electricity_kwh"], made["electricity_cost"], made["demand_kw"]) == (
        Decimal(620),
        Decimal("128.50"),
        Decimal("9.5"),
    )
    assert made["meters"][0]["consumption"] == Decimal(620)


def test_gas_says_its_unit_and_cost_even_without_a_usage():
    cost = CommodityTotal(commodity=Commodity.GAS, cost=seen(Money(Decimal("19.63"), "USD")))
    assert summary(reading(commodity_totals=(cost,)))["gas"] == {"amount": None, "unit": None, "cost": Decimal("19.63")}


def test_months_of_several_meters_are_added():
    months = tuple(
        HistoryMonth(
            month=date(2024, 1, 1), commodity=Commodity.ELECTRICITY, quantity=seen(Quantity(Decimal(amount), Unit.KWH)),
            source=HistorySource.TABLE, meter_key=key,
        )
        for amount, key in ((100, "1"), (50, "2"))
    )  # fmt: skip
    assert summary(reading(history=months))["usage_history"] == [{"month": "2024-01", "kwh": Decimal(150)}]


def test_json_prints_amounts_digit_for_digit_as_numbers():
    text = summary_json(reading())
    assert '"total_amount_due": 128.50' in text
    assert json.loads(text)["electricity_kwh"] == 620


def test_several_statements_say_how_many_they_are():
    assert merged_summary((reading(), reading()))["statements"] == 2
    assert "statements" not in merged_summary((reading(),))


def test_json_refuses_what_it_has_no_form_for():
    with pytest.raises(TypeError):
        to_json(object())


def test_a_month_of_several_services_is_one_row_and_services_of_one_unit_are_not_added():
    months = tuple(
        HistoryMonth(
            month=date(2024, 1, 1), commodity=commodity, quantity=seen(Quantity(Decimal(amount), unit)),
            source=HistorySource.CHART,
        )
        for commodity, amount, unit in (
            (Commodity.GAS, 64, Unit.KWH), (Commodity.ELECTRICITY, 436, Unit.KWH), (Commodity.WATER, 19, Unit.CUBIC_METRE),
        )
    )  # fmt: skip
    assert summary(reading(history=months))["usage_history"] == [
        {"month": "2024-01", "kwh": Decimal(436), "m3": Decimal(19)}
    ]
