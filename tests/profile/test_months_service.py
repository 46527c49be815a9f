"""Calendar months as callers get them: out of the ledger, over a socket, with what was set aside."""

from decimal import Decimal

import grpc
import pytest

from domain.money import Money
from domain.quantity import Commodity
from domain.reading import Charge, ChargeKind, Meter, ReadKind, UsageKind
from protos.profile.v1 import profile_pb2 as pb
from tests.profile.readings import (
    PROJECT,
    TENANT,
    bill_id,
    completion,
    electric_bill,
    fact,
    gas_bill,
    meter,
    success,
    usage,
)
from tests.profile.running import reason_of

COMPAT = "energyprint-compat"


async def list_months(profile, **asked) -> pb.ListMonthsResponse:
    request = pb.ListMonthsRequest(project_id=PROJECT, **asked)
    return await profile.stub.ListMonths(request, metadata=profile.of(TENANT), timeout=10)


def by_month(answer, name="distribution_kbtus"):
    return {one.month[:7]: getattr(one, name) for one in answer.months}


def charge(amount, kind=ChargeKind.USAGE, *, key="1", commodity=None, currency="USD"):
    return Charge(
        description=kind.value,
        amount=fact(Money.of(amount, currency)),
        kind=kind,
        commodity=commodity,
        meter_key=key,
    )


async def test_months_share_bills_out_by_days_newest_first(profile):
    await profile.folded(
        completion(1, success(electric_bill("2024-02-15", "2024-03-15", 290, "29.00")), bill=1),
        completion(2, success(electric_bill("2024-01-15", "2024-02-15", 310, "62.00")), bill=2),
    )
    answer = await list_months(profile, factor_set=COMPAT)
    assert by_month(answer) == {"2024-03": "477.6800", "2024-02": "989.4800", "2024-01": "580.0400"}
    assert [one.month for one in answer.months] == ["2024-03-01", "2024-02-01", "2024-01-01"]
    assert by_month(answer, "distribution_lbs_co2")["2024-02"] == "522.0000"
    assert by_month(answer, "usage_cost") == {"2024-03": "14.0000", "2024-02": "43.0000", "2024-01": "34.0000"}
    assert by_month(answer, "total_cost") == by_month(answer, "usage_cost")
    assert by_month(answer, "month_complete") == {"2024-03": False, "2024-02": True, "2024-01": False}
    assert by_month(answer, "days_covered") == {"2024-03": 14, "2024-02": 29, "2024-01": 17}
    assert list(answer.months[1].bill_ids) == sorted([bill_id(1), bill_id(2)])
    assert (answer.currency, answer.factor_set, answer.region) == ("USD", f"{COMPAT}/1", "US")
    assert not answer.findings


async def test_months_of_a_commodity_and_of_a_meter_sum_to_those_of_the_project(profile):
    both = electric_bill(
        meters=(meter(), meter("2", number="G-1", commodity=Commodity.GAS)),
        usages=(usage(620), usage(31, key="2", unit="therm", commodity=Commodity.GAS)),
        charges=(charge("100.00"), charge("40.00", key="2"), charge("3.00", ChargeKind.TAX, key="2")),
    )
    await profile.folded(completion(1, success(both)))
    whole = await list_months(profile, factor_set=COMPAT)
    parts = [await list_months(profile, factor_set=COMPAT, commodity=name) for name in ("electricity", "gas")]
    assert [by_month(one)["2026-03"] for one in (whole, *parts)] == ["5215.4400", "2115.4400", "3100.0000"]
    assert [by_month(one, "total_cost")["2026-03"] for one in (whole, *parts)] == ["143.0000", "100.0000", "43.0000"]
    assert parts[1].months[0].tax_cost == "3.0000"
    assert parts[0].months[0].tax_cost == ""
    accounts = await profile.stub.ListAccounts(pb.ListAccountsRequest(project_id=PROJECT), metadata=profile.of(TENANT))
    gas_meter = next(one for one in accounts.accounts[0].meters if one.commodity == "gas")
    of_meter = await list_months(profile, factor_set=COMPAT, meter_id=gas_meter.meter_id)
    assert of_meter.months == parts[1].months


async def test_bills_own_therm_factor_goes_before_the_published_one(profile):
    gas = Meter(meter_key="1", number=fact("G-1"), commodity=Commodity.GAS, therm_factor=fact(Decimal("1.05")))
    reading = gas_bill(meters=(gas,), usages=(usage(100, unit="CCF", commodity=Commodity.GAS),))
    await profile.folded(completion(1, success(reading)))
    assert by_month(await list_months(profile))["2026-03"] == "10500.0000"


async def test_estimated_read_marks_its_months_and_peak_is_never_shared_out(profile):
    estimated = Meter(
        meter_key="1", number=fact("40718263"), commodity=Commodity.ELECTRICITY, read_kind=ReadKind.ESTIMATED
    )
    reading = electric_bill(
        "2026-03-10",
        "2026-04-10",
        meters=(estimated,),
        usages=(usage(310), usage("7.5", kind=UsageKind.DEMAND, unit="kW")),
    )
    await profile.folded(completion(1, success(reading)))
    answer = await list_months(profile)
    assert {(one.estimated, one.demand_consumption) for one in answer.months} == {(True, "7.5")}
    assert len(answer.months) == 2


async def test_overlapping_bills_are_told_and_the_later_reading_counts(profile):
    await profile.folded(
        completion(1, success(electric_bill("2026-03-01", "2026-04-01", 100)), bill=1),
        completion(2, success(electric_bill("2026-03-01", "2026-04-01", 200)), bill=2),
        completion(3, success(electric_bill("2026-03-20", "2026-04-20", 310)), bill=3),
    )
    answer = await list_months(profile, factor_set=COMPAT)
    assert sum(Decimal(one.distribution_kbtus) for one in answer.months) == Decimal("3.412") * 310
    told = {(one.rule_id, one.bill_id, one.standing_bill_id) for one in answer.findings}
    # The first one gave way to the second in the ledger: the same account and date with another amount of energy.
    assert told == {("conflict", bill_id(2), bill_id(3))}


async def test_deleted_bill_leaves_its_months(profile):
    await profile.folded(
        completion(1, success(electric_bill("2026-03-01", "2026-04-01", 100)), bill=1),
        completion(2, success(electric_bill("2026-03-01", "2026-04-01", 200)), bill=2),
        completion(3, "deleted", bill=2),
    )
    answer = await list_months(profile, factor_set=COMPAT)
    assert by_month(answer) == {"2026-03": "341.2000"}
    assert list(answer.months[0].bill_ids) == [bill_id(1)]


async def test_what_belongs_to_no_meter_or_cannot_be_converted_is_a_finding(profile):
    two = electric_bill(
        meters=(meter(), meter("2", number="B")),
        usages=(usage(100), usage(200, key="2"), usage(300, key="")),
        charges=(charge("60.00"), charge("9.99", ChargeKind.FEE, key=None, commodity=Commodity.ELECTRICITY)),
    )
    ambiguous = gas_bill(usages=(usage(5, unit="MCF", commodity=Commodity.GAS),), new_charges=None)
    await profile.folded(completion(1, success(two), bill=1), completion(2, success(ambiguous), bill=2))
    answer = await list_months(profile, factor_set=COMPAT)
    assert by_month(answer) == {"2026-03": "1023.6000"}
    assert [one.rule_id for one in answer.findings] == ["left_out", "left_out"]
    assert "9.99 USD" in answer.findings[0].sentence
    assert "MCF" in answer.findings[1].sentence


async def test_bill_without_account_or_lines_still_has_months(profile):
    plain = electric_bill(account_number=None, meters=(), usages=(usage(100, key=""),), charges=())
    await profile.folded(completion(1, success(plain)))
    [month] = (await list_months(profile, factor_set=COMPAT)).months
    assert (month.distribution_kbtus, month.other_applied_cost, month.month_complete) == ("341.2000", "122.9300", True)


async def test_registers_are_summed_where_no_total_stands(profile):
    peaks = (usage(40, kind=UsageKind.ON_PEAK), usage(60, kind=UsageKind.OFF_PEAK))
    await profile.folded(completion(1, success(electric_bill(usages=peaks))))
    assert by_month(await list_months(profile, factor_set=COMPAT)) == {"2026-03": "341.2000"}


async def test_months_of_a_project_nobody_knows_are_none(profile):
    answer = await list_months(profile)
    assert (len(answer.months), answer.currency) == (0, "")


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"commodity": "steam"}, "commodity"),
        ({"factor_set": "mine"}, "factor_set"),
        ({"region": "MARS"}, "region"),
        ({"region": "RFCW", "factor_set": COMPAT}, "region"),
    ],
)
async def test_months_are_refused_when_the_request_makes_no_sense(profile, asked, field):
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await list_months(profile, **asked)
    assert reason_of(refused.value) == "BAD_REQUEST"
    assert field in (refused.value.details() or "")


async def test_region_changes_the_carbon_of_electricity_only(profile):
    await profile.folded(completion(1, success(electric_bill(kwh=1000), gas_bill(account_number=fact("G")))))
    national, west = await list_months(profile), await list_months(profile, region="CAMX")
    difference = Decimal(national.months[0].distribution_lbs_co2) - Decimal(west.months[0].distribution_lbs_co2)
    assert difference == Decimal("823.149") - Decimal("497.443")
