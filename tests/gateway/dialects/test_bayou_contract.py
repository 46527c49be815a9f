"""Bayou's objects as on its page, rendered from our records; each difference is named here and in ``docs/dialects.md``."""

from decimal import Decimal

import pytest

from gateway.dialects.bayou import shapes as bayou
from protos.profile.v1 import ledger_pb2 as pb
from tests.gateway.dialects.samples import JULY, LINK, Numbers, as_json, money, period, quantity

BAYOU_BILL = {
    "external_id": "BILL_123",
    "id": 2,
    "status": "unlocked",
    "customer_id": 1,
    "customer_external_id": "MSCOTT123",
    "billed_on": "2022-08-01",
    "past_due": False,
    "outstanding_balance": 1200,
    "billing_period_from": "2022-07-01",
    "billing_period_to": "2022-07-31",
    "utility": "con_edison",
    "account_number": "123456",
    "electricity_consumption": 900_000,
    "electricity_amount": 9060,
    "delivery_charge": 5060,
    "supply_charge": 4000,
    "community_solar_bill_credit": -6440,
    "gas_consumption": 90,
    "gas_consumption_unit": "therms",
    "gas_amount": 2940,
    "total_amount": 12000,
    "meters": [
        {
            "id": "XYZ12345",
            "type": "gas",
            "billing_period_from": "2022-07-01",
            "billing_period_to": "2022-07-31",
            "consumption": 90,
            "tariff": "123 Residential",
        }
    ],
    "file_url": LINK,
}
"""As printed there, but for: ids are ours, the account number is a text (as in the vendor's newer pages), electricity is in
watt-hours (900 kWh), and the gas meter's consumption is the bill's (the page prints 12345 beside 90 therms)."""


def bayou_record():
    def charge(line, commodity, kind, description, amount):
        return pb.LedgerCharge(line=line, commodity=commodity, kind=kind, description=description, amount=money(amount))

    return pb.LedgerBill(
        ledger_bill_id="l-1",
        bill_id="b-1",
        statement=1,
        project_id="p-1",
        issuer_id="con-edison",
        account_number="123456",
        statement_date="2022-08-01",
        period=JULY,
        unpaid_balance=money("12.00"),
        new_charges=money("120.00"),
        meters=[pb.LedgerBillMeter(meter_id="m-1", number="XYZ12345", commodity="gas", tariff="123 Residential")],
        usages=[
            pb.LedgerUsage(commodity="electricity", kind="total", quantity=quantity("900", "kWh")),
            pb.LedgerUsage(commodity="gas", kind="total", meter_id="m-1", quantity=quantity("90", "therm")),
        ],
        charges=[
            charge(0, "electricity", "delivery", "Delivery", "50.60"),
            charge(1, "electricity", "supply", "Supply", "40.00"),
            charge(2, "", "credit", "Community Solar credit", "-64.40"),
        ],
        commodity_totals=[
            pb.LedgerCommodityTotal(commodity="electricity", cost=money("90.60")),
            pb.LedgerCommodityTotal(commodity="gas", cost=money("29.40")),
        ],
    )


def test_bayou_bill_reads_as_on_the_page():
    numbers = Numbers(project="MSCOTT123", bill="BILL_123")
    assert as_json(bayou.bill_json(bayou_record(), LINK, numbers)) == BAYOU_BILL


def test_bayou_bills_ready_reads_as_on_the_page():
    numbers = Numbers(project="MSCOTT123", bill="BILL_123")
    record, available = bayou_record(), bayou.Available()
    available.add(record)

    told = as_json(bayou.ready_json("p-1", [record], ["b-2"], available, {"b-1": LINK}, numbers))

    assert told == {
        "id": 1,
        "external_id": "MSCOTT123",
        "bills_parsed": [BAYOU_BILL],
        "bills_unparsed": [{"id": 3}],
        "available_data": {
            "account_numbers": [
                {
                    "id": "123456",
                    "meters": [
                        {
                            "id": "XYZ12345",
                            "type": "gas",
                            "periods": [{"period_from": "2022-07-01", "period_to": "2022-07-31"}],
                        }
                    ],
                }
            ]
        },
    }


def test_bayou_bills_ready_counts_what_it_leaves_out_and_tells_its_periods():
    records, available = [bayou_record(), bayou_record()], bayou.Available()
    records[1].bill_id = "b-2"
    records[1].period.CopyFrom(period("2022-08-01", "2022-09-01"))
    for record in records:
        available.add(record)

    told = as_json(bayou.ready_json("p-1", records[:1], [], available, {"b-1": LINK}, Numbers()))

    assert (len(told["bills_parsed"]), told["bills_omitted"]) == (1, 1)
    [account] = told["available_data"]["account_numbers"]
    assert [one["period_from"] for one in account["meters"][0]["periods"]] == ["2022-07-01", "2022-08-01"]


def test_bayou_unparsed_bill_has_the_members_of_the_page():
    told = as_json(bayou.unparsed_json("p-1", "b-1", LINK, Numbers(project="MSCOTT123", bill="BILL_123")))
    assert told == {
        "external_id": "BILL_123",
        "id": 2,
        "status": "unparsed",
        "customer_id": 1,
        "customer_external_id": "MSCOTT123",
        "utility": None,
        "utility_data_velocity": None,
        "file_url": LINK,
    }


@pytest.mark.parametrize(
    ("amount", "unit", "told"),
    [
        ("90", "therm", (90, "therms")),
        ("9.05", "Dth", (Decimal("90.5"), "therms")),
        ("12", "CCF", (12, "ccf")),
        ("1.2", "MCF", (12, "ccf")),
        ("340", "m3", (None, None)),
        ("340", "kWh", (None, None)),
    ],
)
def test_bayou_gas_is_told_in_therms_or_ccf_and_not_guessed_in_others(amount, unit, told):
    record = bayou_record()
    record.usages[1].quantity.CopyFrom(quantity(amount, unit))
    rendered = as_json(bayou.bill_json(record, LINK, Numbers()))
    assert (rendered["gas_consumption"], rendered["gas_consumption_unit"]) == told


def test_bayou_gas_is_told_in_therms_where_the_measured_volume_stands_beside_them():
    record = bayou_record()
    record.usages.add(commodity="gas", kind="total", meter_id="m-1", quantity=quantity("87", "CCF"))
    rendered = as_json(bayou.bill_json(record, LINK, Numbers()))
    assert (rendered["gas_consumption"], rendered["gas_consumption_unit"]) == (90, "therms")
    assert rendered["meters"][0]["consumption"] == 90


def test_bayou_sums_registers_and_parts_of_the_period_where_the_bill_prints_no_total():
    record = bayou_record()
    del record.usages[:]
    for days in (period("2022-07-01", "2022-07-11"), period("2022-07-11", "2022-08-01")):
        record.usages.add(commodity="electricity", kind="on_peak", quantity=quantity("150", "kWh"), period=days)
        record.usages.add(commodity="electricity", kind="off_peak", quantity=quantity("0.3", "MWh"), period=days)
        record.usages.add(commodity="electricity", kind="off_peak", quantity=quantity("300", "kWh"), period=days)
    assert as_json(bayou.bill_json(record, LINK, Numbers()))["electricity_consumption"] == 900_000


def test_bayou_tells_null_for_what_the_bill_does_not_say():
    rendered = as_json(bayou.bill_json(pb.LedgerBill(project_id="p", bill_id="b"), LINK, Numbers()))
    said = {"id", "status", "customer_id", "past_due", "meters", "file_url"}
    assert {key for key, value in rendered.items() if value is not None} == said
    assert set(rendered) == set(BAYOU_BILL)
