"""Profiles that users supply, over a socket: how they stand, give way, are told, and come back as hours."""

from decimal import Decimal

import grpc
import pytest

from protos.profile.v1 import profile_pb2 as pb
from protos.profile.v1 import supplied_pb2 as supplied
from tests.profile.readings import OTHER_TENANT, PROJECT, TENANT, bill_id, completion, electric_bill, gas_bill, success
from tests.profile.running import reason_of

NUMBERS = ("monthly_energy", "monthly_bill", "interval_data")


async def supply(profile, *, tenant=TENANT, **fields) -> pb.LoadProfile:
    for name in NUMBERS:
        if name in fields:
            values = ["" if value is None else str(value) for value in fields[name]]
            fields[name] = supplied.SuppliedNumbers(values=values)
    request = supplied.SupplyProfileRequest(project_id=PROJECT, **fields)
    return await profile.stub.SupplyProfile(request, metadata=profile.of(tenant), timeout=10)


async def load_profile(profile, **asked) -> pb.LoadProfile:
    request = pb.GetLoadProfileRequest(project_id=PROJECT, **asked)
    return await profile.stub.GetLoadProfile(request, metadata=profile.of(TENANT), timeout=10)


async def policy(profile, rule=None, pinned="") -> pb.Policy:
    if rule is None:
        return await profile.stub.GetPolicy(pb.GetPolicyRequest(project_id=PROJECT), metadata=profile.of(TENANT))
    request = pb.UpdatePolicyRequest(project_id=PROJECT, rule=rule, pinned_bill_id=pinned)
    return await profile.stub.UpdatePolicy(request, metadata=profile.of(TENANT))


async def kept(profile) -> supplied.SuppliedProfile:
    request = supplied.GetSuppliedProfileRequest(project_id=PROJECT)
    return await profile.stub.GetSuppliedProfile(request, metadata=profile.of(TENANT), timeout=10)


async def remove(profile, tenant=TENANT) -> None:
    request = supplied.DeleteSuppliedProfileRequest(project_id=PROJECT)
    await profile.stub.DeleteSuppliedProfile(request, metadata=profile.of(tenant), timeout=10)


async def test_supplied_months_stand_where_there_was_no_profile_and_the_rest_is_filled(profile):
    made = await supply(profile, monthly_energy=[310, *[None] * 11], country="US")
    assert (made.months[0].energy_kwh, made.months[0].source) == ("310.0000", pb.MONTH_SOURCE_SUPPLIED)
    assert {month.source for month in made.months[1:]} == {pb.MONTH_SOURCE_ESTIMATED}
    assert (made.months_observed, made.supplied_as, made.active_bill_id) == (1, "monthly_energy", "")
    assert "us-residential" in made.method
    assert await load_profile(profile) == made
    rules = {month.month: month.rule for month in (await load_profile(profile, explain=True)).months}
    assert (rules[1], rules[2]) == ("supplied", "filled")
    [change] = await profile.changes(lambda seen: bool(seen))
    assert change.profile_changed == pb.ProfileChanged(version=1, supplied=True)


async def test_last_act_counts_between_a_supply_and_the_bills(profile):
    await profile.folded(completion(1, success(electric_bill(kwh=620))))
    await supply(profile, monthly_energy=[100] * 12)
    assert ((await load_profile(profile)).annual_energy_kwh, (await policy(profile)).supplied) == ("1200.0000", True)
    await profile.folded(completion(2, success(electric_bill(kwh=700)), bill=2))
    later = await load_profile(profile)
    assert (later.active_bill_id, later.supplied_as) == (bill_id(2), "")
    assert (await kept(profile)).in_effect is False
    # The bill that replaced it goes: the supply is what stands next, for the other bill was read before it.
    await profile.folded(completion(3, "deleted", bill=2))
    assert (await load_profile(profile)).annual_energy_kwh == "1200.0000"
    await remove(profile)
    assert (await load_profile(profile)).active_bill_id == bill_id(1)
    changes = await profile.changes(lambda seen: sum(one.HasField("profile_changed") for one in seen) == 5)
    told = [one.profile_changed for one in changes]
    assert [(one.version, one.supplied) for one in told if one.version] == [
        (1, False),
        (2, True),
        (3, False),
        (4, True),
        (5, False),
    ]


async def test_supply_that_is_kept_stands_whatever_is_read(profile):
    await supply(profile, monthly_energy=[100] * 12, keep=True)
    await profile.folded(completion(1, success()), completion(2, success(gas_bill()), bill=2))
    assert (await load_profile(profile)).supplied_as == "monthly_energy"
    assert (await kept(profile)).in_effect is True


async def test_gas_bill_does_not_replace_a_supply(profile):
    await supply(profile, monthly_energy=[100] * 12)
    await profile.folded(completion(1, success(gas_bill())))
    assert (await load_profile(profile)).supplied_as == "monthly_energy"


async def test_pinned_bill_goes_before_an_earlier_supply_and_a_later_supply_unpins(profile):
    await profile.folded(completion(1, success(electric_bill(kwh=620))))
    await supply(profile, monthly_energy=[100] * 12, keep=True)
    await policy(profile, pb.ACTIVE_BILL_RULE_PINNED, bill_id(1))
    assert (await load_profile(profile)).active_bill_id == bill_id(1)
    await supply(profile, monthly_energy=[200] * 12)
    assert (await load_profile(profile)).annual_energy_kwh == "2400.0000"
    assert (await policy(profile)).rule == pb.ACTIVE_BILL_RULE_LAST_PARSED


async def test_same_supply_twice_tells_one_change(profile):
    first = await supply(profile, monthly_energy=[100] * 12)
    second = await supply(profile, monthly_energy=[100] * 12)
    assert first.version == second.version == 1


async def test_bills_become_energy_by_the_price_of_the_bill_in_effect(profile):
    await profile.folded(completion(1, success(electric_bill(kwh=600, cost="120.00"))))
    made = await supply(profile, monthly_bill=[Decimal("62.00"), *[None] * 11], year=2025)
    january = made.months[0]
    assert (january.energy_kwh, january.cost.amount, january.cost.currency) == ("310.0000", "62.00", "USD")
    assert (january.year, made.average_rate, (await kept(profile)).price) == (2025, "0.200000", "0.200000")


async def test_bills_become_energy_by_a_price_that_is_given(profile):
    made = await supply(profile, monthly_bill=[50, *[None] * 11], price="0.25", currency="EUR")
    assert (made.months[0].energy_kwh, made.annual_cost.currency) == ("200.0000", "EUR")


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({}, "exactly one"),
        ({"monthly_energy": [1] * 11}, "twelve months"),
        ({"monthly_energy": [None] * 12}, "at least one month"),
        ({"monthly_energy": [-1] * 12}, "no number"),
        ({"monthly_energy": ["1e3"] * 12}, "no number"),
        ({"monthly_energy": ["1" * 10] * 12}, "no number"),
        ({"interval_data": [1] * 8761}, "8760"),
        ({"interval_data": [1] * 40000}, "at most"),
        ({"interval_data": [1, None] * 4380}, "without null"),
        ({"interval_data": [1] * 8784, "year": 2027}, "leap year"),
        ({"monthly_bill": [50] * 12}, "price"),
        ({"monthly_bill": [50] * 12, "price": "0"}, "price"),
        ({"monthly_energy": [1] * 12, "currency": "usd"}, "currency"),
        ({"monthly_energy": [1] * 12, "country": "USA"}, "country"),
        ({"monthly_energy": [1] * 12, "year": 20}, "year"),
    ],
)
async def test_supply_that_makes_no_profile_is_refused_and_changes_nothing(profile, fields, told):
    with pytest.raises(grpc.aio.AioRpcError, match=told) as refused:
        await supply(profile, **fields)
    assert reason_of(refused.value) == "BAD_REQUEST"
    with pytest.raises(grpc.aio.AioRpcError) as nothing:
        await kept(profile)
    assert reason_of(nothing.value) == "NO_LOAD_PROFILE"


async def test_supplied_hours_come_back_as_they_were_given(profile):
    hours = [f"{(at * 37) % 100 / 100:.2f}" for at in range(8760)]
    made = await supply(profile, interval_data=hours, year=2027)
    answer = await profile.stub.GetHours(pb.GetHoursRequest(project_id=PROJECT), metadata=profile.of(TENANT))
    assert (answer.year, list(answer.energies)) == (2027, [int(Decimal(hour) * 10_000) for hour in hours])
    assert (made.months_observed, made.method, made.band_percent) == (12, "supplied", "")
    assert list((await kept(profile)).interval_data.values) == hours


@pytest.mark.parametrize(("year", "count"), [(2027, 8760), (2028, 8784)])
async def test_supplied_quarter_hours_sum_to_the_months_in_any_year(profile, year, count):
    values: list[object] = [Decimal("0.123456789")] * 35040
    values[40 * 96] = None
    made = await supply(profile, interval_data=values)
    request = pb.GetHoursRequest(project_id=PROJECT, year=year)
    answer = await profile.stub.GetHours(request, metadata=profile.of(TENANT))
    assert len(answer.energies) == count
    assert Decimal(sum(answer.energies)) / 10_000 == Decimal(made.annual_energy_kwh)
    assert Decimal(sum(answer.energies[: 31 * 24])) / 10_000 == Decimal(made.months[0].energy_kwh)
    assert (made.months_observed, made.months[1].source) == (11, pb.MONTH_SOURCE_ESTIMATED)


async def test_hours_of_supplied_months_are_of_a_year_of_their_own_length(profile):
    await supply(profile, interval_data=["0.5"] * 8784)
    answer = await profile.stub.GetHours(pb.GetHoursRequest(project_id=PROJECT), metadata=profile.of(TENANT))
    assert len(answer.energies) == 8784
    await supply(profile, monthly_energy=[100] * 12)
    answer = await profile.stub.GetHours(pb.GetHoursRequest(project_id=PROJECT), metadata=profile.of(TENANT))
    assert len(answer.energies) == 8760


async def test_removing_what_was_never_supplied_is_refused(profile):
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await remove(profile)
    assert reason_of(refused.value) == "NO_LOAD_PROFILE"


async def test_supply_of_a_tenant_is_nothing_to_another(profile):
    await supply(profile, monthly_energy=[100] * 12)
    await supply(profile, monthly_energy=[7] * 12, tenant=OTHER_TENANT)
    await remove(profile, OTHER_TENANT)
    assert (await load_profile(profile)).annual_energy_kwh == "1200.0000"
