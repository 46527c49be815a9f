"""Snapshots of properties over a socket: out of the ledger's months, with ratings from outside."""

from decimal import Decimal

import grpc
import pytest

from domain.quantity import Commodity
from domain.reading import DocumentKind, Reading
from protos.profile.v1 import properties_pb2, snapshots_pb2
from tests.profile.readings import (
    OTHER_TENANT,
    PROJECT,
    TENANT,
    completion,
    electric_bill,
    gas_bill,
    numbered,
    success,
    usage,
)
from tests.profile.running import reason_of


def year_of_bills(first_year: int, count: int, kwh: int) -> list[Reading]:
    """Electricity bills of whole calendar months, each its own statement."""
    bills = []
    for at in range(count):
        month, following = first_year * 12 + at, first_year * 12 + at + 1
        start = f"{month // 12}-{month % 12 + 1:02}-01"
        bills.append(electric_bill(start, f"{following // 12}-{following % 12 + 1:02}-01", kwh, "50.00"))
    return bills


async def property_of(profile, area: str = "1000", tenant=TENANT, **fields) -> str:
    metadata = profile.of(tenant)
    request = properties_pb2.GetPropertyOfProjectRequest(project_id=PROJECT)
    property_id = (await profile.properties.GetPropertyOfProject(request, metadata=metadata)).property_id
    told = properties_pb2.Property(property_id=property_id, floor_area_sq_ft=area, **fields)
    change = properties_pb2.UpdatePropertyRequest(property=told, fields=["floor_area_sq_ft", *fields])
    await profile.properties.UpdateProperty(change, metadata=metadata)
    return property_id


async def snapshots(profile, property_id, tenant=TENANT, **asked) -> snapshots_pb2.ListSnapshotsResponse:
    request = snapshots_pb2.ListSnapshotsRequest(property_id=property_id, **asked)
    return await profile.snapshots.ListSnapshots(request, metadata=profile.of(tenant), timeout=10)


async def rate(profile, property_id, rated_on, rating, tenant=TENANT):
    request = snapshots_pb2.SetEnergyStarRatingRequest(property_id=property_id, rated_on=rated_on, rating=rating)
    return await profile.snapshots.SetEnergyStarRating(request, metadata=profile.of(tenant), timeout=10)


async def test_two_years_of_bills_give_both_windows_in_both_conventions(profile):
    bills = [*year_of_bills(2024, 12, 400), *year_of_bills(2025, 12, 500)]
    await profile.folded(completion(1, success(*bills)))
    property_id = await property_of(profile)
    answer = await snapshots(profile, property_id, factor_set="energyprint-compat")
    newest = answer.snapshots[0]
    assert newest.effective_month == "2026-01-01"
    # 12 x 500 kWh x 3.412 kBtu and x 1.8 lb over 1000 square feet.
    assert (newest.kbtus_per_sq_ft.current, newest.kbtus_per_sq_ft.previous) == ("20.4720", "16.3776")
    assert (newest.kbtus_per_sq_ft.yoy_percent_change, newest.kbtus_per_sq_ft.change_ratio) == ("-0.2000", "0.2500")
    assert (newest.co2_per_sq_ft.current, newest.cost_per_sq_ft.current) == ("10.8000", "0.6000")
    assert (newest.cost_per_sq_ft.yoy_percent_change, answer.currency) == ("0.0000", "USD")
    assert [one.effective_month for one in answer.snapshots][-1] == "2025-01-01"
    assert answer.snapshots[-1].kbtus_per_sq_ft.previous == ""
    assert len(answer.snapshots) == 13
    [one] = (await snapshots(profile, property_id, effective_month="2025-07-01")).snapshots
    assert one.effective_month == "2025-07-01"


async def test_gas_counts_as_energy_and_water_does_not(profile):
    year = year_of_bills(2025, 12, 500)
    gas = [gas_bill(period=one.period, new_charges=None) for one in year]
    water = [
        gas_bill(
            period=one.period,
            meters=(),
            usages=(usage(3, key="", unit="CCF", commodity=Commodity.WATER),),
            new_charges=None,
        )
        for one in year[:6]
    ]
    await profile.folded(completion(1, success(*year)), completion(2, success(*gas), bill=2))
    property_id = await property_of(profile)
    newest = (await snapshots(profile, property_id, factor_set="energyprint-compat")).snapshots[0]
    assert Decimal(newest.kbtus_per_sq_ft.current) == Decimal(12 * (500 * Decimal("3.412") + 3100)) / 1000
    await profile.folded(completion(3, success(*water), bill=3))
    assert (await snapshots(profile, property_id, factor_set="energyprint-compat")).snapshots[0] == newest


async def test_rating_from_outside_is_told_by_its_day_and_never_made(profile):
    await profile.folded(completion(1, success(*year_of_bills(2024, 24, 400))))
    property_id = await property_of(profile)
    assert (await snapshots(profile, property_id)).snapshots[0].energy_star_rating == 0
    await rate(profile, property_id, "2025-06-30", 61)
    await rate(profile, property_id, "2026-02-01", 75)
    told = {one.effective_month: one for one in (await snapshots(profile, property_id)).snapshots}
    assert (told["2026-01-01"].energy_star_rating, told["2026-01-01"].energy_star_rated_on) == (61, "2025-06-30")
    assert told["2025-05-01"].energy_star_rating == 0
    await rate(profile, property_id, "2025-06-30", 0)
    request = snapshots_pb2.ListEnergyStarRatingsRequest(property_id=property_id)
    ratings = await profile.snapshots.ListEnergyStarRatings(request, metadata=profile.of(TENANT))
    assert [(one.rated_on, one.rating) for one in ratings.ratings] == [("2026-02-01", 75)]


@pytest.mark.parametrize(
    ("months", "area", "rule"),
    [(11, "1000", "no_complete_year"), (12, "", "no_floor_area"), (0, "1000", "no_complete_year")],
)
async def test_property_without_a_snapshot_says_why(profile, months, area, rule):
    await profile.folded(
        completion(1, success(*year_of_bills(2025, months, 400) or [gas_bill(kind=DocumentKind.NOTICE)]))
    )
    answer = await snapshots(profile, await property_of(profile, area))
    assert not answer.snapshots
    assert rule in [one.rule_id for one in answer.findings]


async def test_month_with_a_meter_that_cannot_be_converted_is_not_complete(profile):
    year = year_of_bills(2025, 12, 500)
    odd = gas_bill(period=year[5].period, usages=(usage(3, unit="MCF", commodity=Commodity.GAS),), new_charges=None)
    await profile.folded(completion(1, success(*year)), completion(2, success(odd), bill=2))
    answer = await snapshots(profile, await property_of(profile))
    assert not answer.snapshots
    assert {"not_convertible", "no_complete_year"} <= {one.rule_id for one in answer.findings}


async def test_region_of_the_property_is_its_snapshots_region(profile):
    await profile.folded(completion(1, success(*year_of_bills(2025, 12, 400))))
    assert (await snapshots(profile, await property_of(profile, grid_region="RFCW"))).region == "RFCW"


@pytest.mark.parametrize(
    "asked",
    [{"effective_month": "2025-02"}, {"effective_month": "2025-02-03"}, {"factor_set": "mine"}, {"region": "moon"}],
)
async def test_request_that_makes_no_sense_is_refused(profile, asked):
    property_id = await property_of(profile)
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await snapshots(profile, property_id, **asked)
    assert reason_of(refused.value) == "BAD_REQUEST"


@pytest.mark.parametrize(("rated_on", "rating"), [("2025-01-01", 101), ("2025-01-01", -1), ("yesterday", 50)])
async def test_rating_that_is_none_is_refused(profile, rated_on, rating):
    property_id = await property_of(profile)
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await rate(profile, property_id, rated_on, rating)
    assert reason_of(refused.value) == "BAD_REQUEST"


async def test_other_tenant_finds_no_property_through_any_call(profile):
    property_id = await property_of(profile)
    listed = snapshots_pb2.ListEnergyStarRatingsRequest(property_id=property_id)
    for call in (
        snapshots(profile, property_id, OTHER_TENANT),
        rate(profile, property_id, "2025-01-01", 50, OTHER_TENANT),
        profile.snapshots.ListEnergyStarRatings(listed, metadata=profile.of(OTHER_TENANT)),
        snapshots(profile, numbered("property", 9)),
    ):
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await call
        assert reason_of(refused.value) == "NO_SUCH_PROPERTY"
