"""The hours as callers get them: over a socket, in whole units, summing to the months of the same version."""

from calendar import monthrange
from decimal import Decimal

import grpc
import pytest

from protos.profile.v1 import profile_pb2 as pb
from tests.profile.readings import PROJECT, TENANT, completion, electric_bill, gas_bill, history, success
from tests.profile.running import reason_of


async def get_hours(profile, **asked) -> pb.GetHoursResponse:
    request = pb.GetHoursRequest(project_id=PROJECT, **asked)
    return await profile.stub.GetHours(request, metadata=profile.of(TENANT), timeout=10)


def months_of(hours: pb.GetHoursResponse) -> list[Decimal]:
    """The sums of the intervals of each month [kWh]."""
    sums, at = [], 0
    for month in range(1, 13):
        days = monthrange(hours.year, month)[1] - (
            month == 2 and hours.leave_out_leap_day and monthrange(hours.year, 2)[1] == 29
        )
        count = days * 24 * 60 // hours.interval_minutes
        sums.append(Decimal(sum(hours.energies[at : at + count])) / 10_000)
        at += count
    assert at == len(hours.energies)
    return sums


@pytest.mark.parametrize(
    ("asked", "count"),
    [
        ({"year": 2027}, 8760),
        ({"year": 2028}, 8784),
        ({"year": 2028, "leave_out_leap_day": True}, 8760),
        ({"year": 2027, "interval_minutes": 30}, 17520),
        ({"year": 2028, "interval_minutes": 15}, 35136),
        ({"year": 2027, "shape_class": "us-commercial"}, 8760),
    ],
)
async def test_hours_sum_to_the_months_of_the_profile_exactly(profile, asked, count):
    past = tuple(history(f"2025-{month:02}", f"{600 + month}.{month}7") for month in range(4, 10))
    await profile.folded(completion(1, success(electric_bill("2026-03-03", "2026-04-02", kwh="611.37", history=past))))
    hours = await get_hours(profile, **asked)
    months = await profile.stub.GetLoadProfile(
        pb.GetLoadProfileRequest(project_id=PROJECT), metadata=profile.of(TENANT)
    )
    assert len(hours.energies) == count
    assert months_of(hours) == [Decimal(month.energy_kwh) for month in months.months]
    assert Decimal(sum(hours.energies)) / 10_000 == Decimal(months.annual_energy_kwh)
    assert (hours.profile_version, hours.interval_minutes) == (months.version, asked.get("interval_minutes", 60))


async def test_hours_say_what_spread_them_and_take_the_newest_year_where_none_is_asked(profile):
    await profile.folded(completion(1, success(electric_bill(history=(history("2025-12", 700),)))))
    hours = await get_hours(profile)
    assert (hours.year, hours.shape_class, hours.shape_version) == (2026, "us-residential", "1")
    assert "NREL" in hours.shape_source
    assert hours.energies != (await get_hours(profile, shape_class="us-commercial")).energies


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"interval_minutes": 45}, "interval_minutes"),
        ({"interval_minutes": -60}, "interval_minutes"),
        ({"year": 1969}, "year"),
        ({"year": 2101}, "year"),
        ({"shape_class": "martian"}, "shape_class"),
    ],
)
async def test_hours_are_refused_when_the_request_makes_no_sense(profile, asked, field):
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await get_hours(profile, **asked)
    assert reason_of(refused.value) == "BAD_REQUEST"
    assert field in (refused.value.details() or "")


async def test_hours_are_refused_when_no_bill_holds_a_usable_month(profile):
    await profile.folded(completion(1, success(gas_bill())))
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await get_hours(profile)
    assert reason_of(refused.value) == "NO_LOAD_PROFILE"
