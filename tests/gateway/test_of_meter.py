"""What of a bill belongs to a meter: charges that name none go to the only one they can be of, or to none."""

from decimal import Decimal

from gateway.of_meter import charges_of, cost_of, meter_id_of
from protos.profile.v1 import ledger_pb2 as pb
from tests.gateway.dialects.samples import money


def meter(meter_id="e", commodity="electricity", line=0):
    return pb.LedgerBillMeter(meter_id=meter_id, commodity=commodity, line=line)


def charge(amount, commodity="", meter_id="", line=0):
    return pb.LedgerCharge(line=line, commodity=commodity, meter_id=meter_id, amount=money(amount))


def bill(*meters, charges=(), **more):
    return pb.LedgerBill(currency="USD", meters=meters, charges=charges, **more)


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
