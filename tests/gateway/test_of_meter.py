"""What of a bill belongs to a meter: what names none goes to the only one it can be of, and what a meter used is said once."""

from decimal import Decimal

import pytest

from gateway.of_meter import charges_of, consumption_of, consumptions_of, cost_of, meter_id_of, usages_of
from protos.profile.v1 import ledger_pb2 as pb
from tests.gateway.dialects.samples import money, period, quantity


def meter(meter_id="e", commodity="electricity", line=0):
    return pb.LedgerBillMeter(meter_id=meter_id, commodity=commodity, line=line)


def charge(amount, commodity="", meter_id="", line=0):
    return pb.LedgerCharge(line=line, commodity=commodity, meter_id=meter_id, amount=money(amount))


def bill(*meters, charges=(), **more):
    return pb.LedgerBill(currency="USD", meters=meters, charges=charges, **more)


WHOLE = period("2026-03-01", "2026-04-01")


def usage(kind, amount, unit="kWh", days=WHOLE, *, meter_id="e", commodity="electricity", **more):
    stated = quantity(amount, unit)
    return pb.LedgerUsage(meter_id=meter_id, commodity=commodity, kind=kind, quantity=stated, period=days, **more)


def used(*usages, of=None, unit=""):
    """Say what a bill's only meter used, as amount and unit."""
    shown = of or meter()
    found = consumption_of(bill(shown, usages=usages), shown, unit)
    return found and (found.amount, found.unit)


def test_charge_that_names_no_meter_belongs_to_the_only_one_of_its_commodity():
    one = bill(meter(), meter("g", "gas", 1), charges=[charge("5", "electricity"), charge("7", "gas", line=1)])

    assert [each.line for each in charges_of(one, one.meters[1])] == [1]
    assert [meter_id_of(one, each) for each in one.charges] == ["e", "g"]
    assert [cost_of(one, each) for each in one.meters] == [5, 7]


def test_charge_belongs_to_no_meter_where_several_could_be_meant():
    one = bill(meter(), meter("e2", line=1), charges=[charge("5", "electricity"), charge("6", "electricity", "e2")])

    assert [meter_id_of(one, each) for each in one.charges] == ["", "e2"]
    assert [cost_of(one, each) for each in one.meters] == [None, 6]


def test_charge_without_commodity_belongs_to_the_only_meter_that_costs_anything():
    one = bill(meter(), meter("s", "solar_export", 1), charges=[charge("5")])
    assert meter_id_of(one, one.charges[0]) == "e"
    one.meters.append(meter("g", "gas", 2))
    assert meter_id_of(one, one.charges[0]) == ""


def test_meters_of_a_bill_without_account_number_are_told_apart_by_their_lines():
    one = bill(meter(""), meter("", "gas", 1), charges=[charge("5", "electricity"), charge("7")])
    assert [len(charges_of(one, each)) for each in one.meters] == [1, 0]
    one.meters.append(meter("", line=2))
    assert [len(charges_of(one, each)) for each in one.meters] == [0, 0, 0]


def test_cost_is_the_commoditys_total_else_the_charges_else_all_that_the_bill_asks_for_its_only_meter():
    total = pb.LedgerCommodityTotal(commodity="electricity", cost=money("9.00"))
    assert cost_of(bill(meter(), charges=[charge("5")], commodity_totals=[total]), meter()) == 9
    assert cost_of(bill(meter(), new_charges=money("4.20")), meter()) == Decimal("4.20")
    assert cost_of(bill(meter(), meter("g", "gas"), new_charges=money("4.20")), meter()) is None


@pytest.mark.parametrize(
    ("usages", "expected"),
    [
        ([usage("tier", "400"), usage("import", "500"), usage("total", "620"), usage("net", "90")], (620, "kWh")),
        ([usage("tier", "400"), usage("export", "110"), usage("import", "500"), usage("net", "90")], (500, "kWh")),
        (
            [usage("tier", "400"), usage("on_peak", "100"), usage("mid_peak", "20"), usage("off_peak", "500")],
            (620, "kWh"),
        ),
        ([usage("tier", "400"), usage("tier", "220")], (620, "kWh")),
        ([usage("demand", "7", "kW"), usage("total", "9", "kVARh"), usage("net", "90")], None),
        ([], None),
    ],
)
def test_meter_used_its_total_else_its_import_else_its_registers_else_its_tiers(usages, expected):
    assert used(*usages) == expected


def test_rows_of_several_periods_are_parts_of_what_a_meter_used():
    first, second = period("2026-03-01", "2026-03-11"), period("2026-03-11", "2026-04-01")
    rows = [
        usage("total", "200", days=first),
        usage("on_peak", "300", days=second),
        usage("off_peak", "120", days=second),
    ]
    one = consumption_of(bill(meter(), usages=rows), meter())

    assert one is not None
    assert (one.amount, one.start, one.end) == (620, "2026-03-01", "2026-04-01")
    assert used(*rows, usage("total", "620")) == (620, "kWh")


def test_total_that_delivery_and_supply_both_print_counts_once():
    assert used(usage("total", "620"), usage("total", "620")) == (620, "kWh")
    assert used(usage("total", "620"), usage("total", "619.9")) == (620, "kWh")
    assert used(usage("import", "619.9"), usage("import", "620")) == (Decimal("619.9"), "kWh")


def test_gas_is_told_in_energy_where_its_volume_is_stated_too():
    gas = meter("g", "gas")
    rows = [usage("total", "30", "CCF", meter_id="g", commodity="gas"), usage("total", "31.2", "therm", meter_id="g")]

    assert used(*rows, of=gas) == (Decimal("31.2"), "therm")
    assert used(*rows, of=gas, unit="CCF") == (30, "CCF")
    assert used(*rows, of=gas, unit="kWh") is None


def test_usages_that_name_no_meter_count_only_where_no_meter_of_their_commodity_has_any():
    loose = usage("total", "620", meter_id="")
    one = bill(meter(), meter("g", "gas", 1), usages=[loose])
    assert usages_of(one, one.meters[0]) == [loose]
    assert usages_of(one, one.meters[1]) == []
    assert meter_id_of(one, loose) == "e"
    assert [each.amount for each in consumptions_of(one, "electricity")] == [620]

    one.usages.append(usage("total", "600"))
    assert [each.amount for each in consumptions_of(one, "electricity")] == [600]
    assert meter_id_of(one, loose) == ""


def test_commoditys_consumption_is_each_meters_and_leaves_out_what_a_supply_meter_states_again():
    rows = [
        usage("total", "600"),
        usage("import", "20", meter_id="e2"),
        usage("total", "600", meter_id="s", supply=True),
    ]
    assert [each.amount for each in consumptions_of(bill(meter(), usages=rows), "electricity")] == [600, 20]
