"""UtilityAPI's objects as on its page, rendered from our records, and the notes that its inconsistent sample deserves."""

from decimal import Decimal

import pytest

from gateway.dialects.utilityapi import bill_shapes, shapes
from protos.profile.v1 import ledger_pb2 as pb
from protos.values.v1 import reading_pb2
from tests.gateway.dialects.samples import JULY, LINK, as_json, money, quantity


def proof(rule_id, statement, *fields, verdict=reading_pb2.VERDICT_FAIL):
    return reading_pb2.Proof(rule_id=rule_id, verdict=verdict, statement=statement, fields=fields)


def summary_record(
    *, new_charges="19038.22", previous="0.00", payments="19012.33", due="19038.22", verdict=reading_pb2.VERDICT_FAIL
):
    def charge(line, commodity, kind, amount, meter_id):
        return pb.LedgerCharge(line=line, commodity=commodity, kind=kind, amount=money(amount), meter_id=meter_id)

    return pb.LedgerBill(
        ledger_bill_id="61187",
        bill_id="b-1",
        project_id="97114",
        account_id="11244",
        statement_date="2018-01-31",
        due_date="2018-02-15",
        previous_balance=money(previous),
        payments=money(payments),
        unpaid_balance=money("0.00"),
        new_charges=money(new_charges),
        amount_due=money(due),
        meters=[
            pb.LedgerBillMeter(meter_id="e", commodity="electricity", supplier="ANYTOWN ENERGY CO-OP"),
            pb.LedgerBillMeter(meter_id="g", commodity="gas", supplier="ANYTOWN GAS, LLC"),
        ],
        charges=[
            charge(0, "gas", "delivery", "2104.97", "g"),
            charge(1, "electricity", "delivery", "2989.05", "e"),
            charge(2, "electricity", "supply", "11907.45", "e"),
            charge(3, "gas", "supply", "2036.91", "g"),
        ],
        proofs=[
            proof(
                "previous_less_payments_plus_new_is_due", "0.00 - 19012.33 + 0 + 19038.22 = 19038.22", verdict=verdict
            ),
            proof("items_sum_to_new_charges", "sum of 4 charges 19038.38 = 19038.22", verdict=verdict),
        ],
    )


def test_utilityapi_summary_reads_as_on_the_page():
    told = as_json(shapes.summary_json(summary_record(), [shapes.source_json("application/pdf", LINK)]))
    told.pop("notes")

    assert told == {
        "uid": "61187",
        "authorization_uid": "97114",
        "billing_account_uid": "11244",
        "meter_uids": ["e", "g"],
        "blocks": ["base", "new_charges", "sources"],
        "base": {
            "amount_due": Decimal("19038.22"),
            "amount_due_date": "2018-02-15T00:00:00.000000+00:00",
            "new_balance_amount": Decimal("19038.22"),
            "new_charges_amount": Decimal("19038.22"),
            "previous_balance_amount": Decimal("0.00"),
            "previous_balance_unpaid": Decimal("0.00"),
            "previous_payment_amount": Decimal("19012.33"),
            "statement_date": "2018-01-31T00:00:00.000000+00:00",
        },
        "new_charges": [
            {"name": "Gas charges", "cost": Decimal("2104.97")},
            {"name": "Electric charges", "cost": Decimal("2989.05")},
            {"name": "Electric supply charges - ANYTOWN ENERGY CO-OP", "cost": Decimal("11907.45")},
            {"name": "Gas supply charges - ANYTOWN GAS, LLC", "cost": Decimal("2036.91")},
        ],
        "sources": [{"type": "pdf", "raw_url": LINK}],
    }


def test_utilityapi_page_sample_gets_both_notes_for_it_does_not_add_up():
    notes = shapes.summary_notes(summary_record())
    assert [one["type"] for one in notes] == ["audit_failed_on_new_charges", "previous_balances_strange"]
    assert notes[0]["msg"] == "sum of 4 charges 19038.38 = 19038.22"
    assert all(set(one) == {"type", "msg", "ts"} for one in notes)


@pytest.mark.parametrize("verdict", [reading_pb2.VERDICT_PASS, reading_pb2.VERDICT_NOT_APPLICABLE])
def test_utilityapi_summary_gets_no_note_where_the_check_allows_for_rounding_or_a_person_corrected_it(verdict):
    assert shapes.summary_notes(summary_record(verdict=verdict)) == []


def test_utilityapi_account_tells_of_its_strange_summaries():
    account = pb.LedgerAccount(account_id="11244", account_number="77", holder="H", project_ids=["97114"])
    told = shapes.account_json(account, [summary_record()], [])
    assert [one["type"] for one in told["notes"]] == ["billing_summaries_strange"] * 2
    assert told["notes"][0]["billing_summary_note_type"] == "audit_failed_on_new_charges"
    assert told["blocks"] == ["base"]


def test_utilityapi_bill_has_the_blocks_that_it_has_something_for():
    record = pb.LedgerBill(
        ledger_bill_id="l-1",
        project_id="p-1",
        issuer_id="example-power",
        account_number="A-1",
        period=JULY,
        meters=[pb.LedgerBillMeter(line=0, meter_id="e", number="E-1", commodity="electricity", tariff="R-1")],
        usages=[
            pb.LedgerUsage(meter_id="e", kind="total", quantity=quantity("900", "kWh")),
            pb.LedgerUsage(meter_id="e", kind="on_peak", label="Peak", quantity=quantity("300", "kWh")),
            pb.LedgerUsage(meter_id="e", kind="off_peak", label="Off", quantity=quantity("600", "kWh")),
            pb.LedgerUsage(meter_id="e", kind="demand", quantity=quantity("5", "kW")),
        ],
        charges=[pb.LedgerCharge(meter_id="e", kind="usage", description="Energy", amount=money("90.60"))],
        commodity_totals=[pb.LedgerCommodityTotal(commodity="electricity", cost=money("90.60"))],
    )

    told = as_json(bill_shapes.bill_json(record, record.meters[0], [shapes.source_json("application/pdf", LINK)]))

    assert told["blocks"] == ["base", "line_items", "tou", "demand", "sources"]
    assert told["notes"] == []
    assert told["base"]["bill_total_kwh"] == 900
    assert told["base"]["bill_total_cost"] == Decimal("90.60")
    assert told["base"]["bill_end_date"] == "2022-07-31T00:00:00.000000+00:00"
    assert set(told["tou"][0]) == {"name", "volume", "unit", "cost"}


def audited_record(*proofs):
    """A bill of two electricity meters, each with registers, whose numbers miss each other by less than rounding allows."""
    return pb.LedgerBill(
        meters=[
            pb.LedgerBillMeter(
                line=0, meter_id="e", commodity="electricity", previous_read="1000", current_read="1900"
            ),
            pb.LedgerBillMeter(line=1, meter_id="e2", commodity="electricity"),
        ],
        usages=[
            pb.LedgerUsage(line=0, meter_id="e", kind="total", quantity=quantity("900.4", "kWh")),
            pb.LedgerUsage(line=1, meter_id="e", kind="on_peak", quantity=quantity("300", "kWh")),
            pb.LedgerUsage(line=2, meter_id="e", kind="off_peak", quantity=quantity("600", "kWh")),
            pb.LedgerUsage(line=3, meter_id="e2", kind="total", quantity=quantity("50", "kWh")),
            pb.LedgerUsage(line=4, meter_id="e2", kind="tier", quantity=quantity("49", "kWh")),
        ],
        charges=[pb.LedgerCharge(line=0, meter_id="e", amount=money("90.61"))],
        commodity_totals=[pb.LedgerCommodityTotal(commodity="electricity", cost=money("90.60"))],
        proofs=proofs,
    )


def types(record, line):
    return [one["type"] for one in bill_shapes.bill_json(record, record.meters[line], [])["notes"]]


def test_utilityapi_bill_gets_no_note_for_what_rounding_explains():
    record = audited_record(proof("parts_sum_to_total", "300 + 600 = 900.4", verdict=reading_pb2.VERDICT_PASS))
    assert types(record, 0) == types(record, 1) == []


def test_utilityapi_bill_gets_the_notes_of_its_own_meters_failed_checks():
    record = audited_record(
        proof(
            "read_difference_times_multiplier_is_usage",
            "(9 - 1) x 1 = 900",
            "meters[0].current_read",
            "usages[0].quantity",
        ),
        proof(
            "parts_sum_to_total", "300 + 600 = 900.4", "usages[0].quantity", "usages[1].quantity", "usages[2].quantity"
        ),
        proof("parts_sum_to_total", "49 = 50", "usages[3].quantity", "usages[4].quantity"),
        proof("items_sum_to_new_charges", "sum of 4 charges 90.61 = 90.60", "new_charges"),
    )
    assert types(record, 0) == ["audit_failed_on_total_kWh", "audit_failed_on_tou"]
    assert types(record, 1) == ["audit_failed_on_tiers"]
    [tiers] = bill_shapes.bill_json(record, record.meters[1], [])["notes"]
    assert tiers["msg"] == "49 = 50"

    record.meters.pop(1)
    assert types(record, 0) == ["audit_failed_on_total_kWh", "audit_failed_on_line_items", "audit_failed_on_tou"]


def test_utilityapi_total_is_in_kilowatt_hours_and_sums_the_registers_where_the_bill_prints_none():
    record = pb.LedgerBill(
        period=JULY,
        meters=[pb.LedgerBillMeter(meter_id="e", commodity="electricity")],
        usages=[
            pb.LedgerUsage(meter_id="e", kind="on_peak", quantity=quantity("0.3", "MWh")),
            pb.LedgerUsage(meter_id="e", kind="off_peak", quantity=quantity("0.6", "MWh")),
        ],
    )
    base = as_json(bill_shapes.bill_json(record, record.meters[0], []))["base"]
    assert (base["bill_total_kwh"], base["bill_total_unit"], base["bill_total_volume"]) == (900, "mwh", Decimal("0.9"))
