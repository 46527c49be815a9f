"""Properties as their callers see them: made on first use, kept, mapped, weighed by temperature; nothing to a stranger."""

from datetime import date, timedelta
from decimal import Decimal

import grpc
import pytest

from protos.profile.v1 import profile_pb2
from protos.profile.v1 import properties_pb2 as pb
from tests.profile.readings import (
    OTHER_PROJECT,
    OTHER_TENANT,
    PROJECT,
    TENANT,
    completion,
    electric_bill,
    fact,
    success,
)
from tests.profile.running import reason_of


class Properties:
    """The calls on behalf of one tenant."""

    def __init__(self, profile, tenant=TENANT):
        self._stub, self._metadata = profile.properties, profile.of(tenant)

    def __getattr__(self, name):
        async def call(**fields):
            return await getattr(self._stub, name)(
                getattr(pb, f"{name}Request")(**fields), metadata=self._metadata, timeout=10
            )

        return call


async def months(profile, **fields):
    return await profile.stub.ListMonths(
        profile_pb2.ListMonthsRequest(factor_set="energyprint-compat", **fields),
        metadata=profile.of(TENANT),
        timeout=10,
    )


async def test_project_is_given_a_property_when_its_first_bill_is_posted(profile):
    bill = electric_bill(service_address=fact("1 Example Street"))
    await profile.folded(completion(1, success(bill)))
    calls = Properties(profile)
    [own] = (await calls.ListProperties()).properties
    # It has no name of its own: what the bill says of the address goes when the bill does.
    assert (own.name, list(own.project_ids), own.data_current_through) == ("", [PROJECT], "2026-04-01")
    assert own == await calls.GetPropertyOfProject(project_id=PROJECT)
    unheard = await calls.GetPropertyOfProject(project_id=OTHER_PROJECT)
    assert (await calls.GetPropertyOfProject(project_id=OTHER_PROJECT)) == unheard


async def test_months_of_a_property_are_those_of_all_its_projects(profile):
    await profile.folded(
        completion(1, success(electric_bill(kwh=100)), bill=1),
        completion(2, success(electric_bill(kwh=200, account_number=fact("2"))), bill=2, project=OTHER_PROJECT),
    )
    calls = Properties(profile)
    made = await calls.CreateProperty(property=pb.Property(name="Both"), project_ids=[PROJECT, OTHER_PROJECT])
    [month] = (await months(profile, property_id=made.property_id)).months
    assert Decimal(month.distribution_kbtus) == Decimal("3.412") * 300
    assert (len(made.project_ids), len(made.meter_ids)) == (2, 2)


async def test_degree_days_shift_energy_to_cold_days_and_keep_the_sum(profile):
    await profile.folded(completion(1, success(electric_bill("2026-02-15", "2026-03-15", kwh=280))))
    calls = Properties(profile)
    own = await calls.GetPropertyOfProject(project_id=PROJECT)
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await months(profile, project_id=PROJECT, weights="degree_days")
    assert reason_of(refused.value) == "NO_TEMPERATURES"
    first = date(2026, 2, 15)
    days = [first + timedelta(days=at) for at in range(28)]
    told = [pb.DayTemperature(day=day.isoformat(), mean_f="15" if day.month == 2 else "65") for day in days]
    assert (await calls.UpdateTemperatures(property_id=own.property_id, temperatures=told)).days == 28
    weighed = await months(profile, project_id=PROJECT, weights="degree_days")
    # A cold day weighs 10 + 50, a mild one 10: of 28 days half are cold.
    shares = {one.month: Decimal(one.distribution_kbtus) for one in weighed.months}
    whole = Decimal("3.412") * 280
    assert shares == {
        "2026-02-01": (whole * 6 / 7).quantize(Decimal("0.0001")),
        "2026-03-01": (whole / 7).quantize(Decimal("0.0001")),
    }
    plain = await months(profile, project_id=PROJECT)
    assert {one.distribution_kbtus for one in plain.months} == {"477.6800"}
    page = await calls.ListTemperatures(property_id=own.property_id, page_size=20)
    rest = await calls.ListTemperatures(property_id=own.property_id, page_size=20, page_token=page.next_page_token)
    assert [one.day for one in (*page.temperatures, *rest.temperatures)] == [day.isoformat() for day in days]


@pytest.mark.parametrize(
    "fields",
    [
        {"name": ""},
        {"name": "x", "floor_area_sq_ft": "-1"},
        {"name": "x", "latitude": "91"},
        {"name": "x", "country": "USA"},
        {"name": "x", "grid_region": "MARS"},
        {"name": "x", "metadata_json": "[]"},
        {"name": "x", "year_built": 99999},
        {"name": "x", "floor_area_sq_ft": "1e999999999"},
    ],
)
async def test_property_that_cannot_be_is_refused(profile, fields):
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await Properties(profile).CreateProperty(property=pb.Property(**fields))
    assert reason_of(refused.value) == "BAD_REQUEST"


async def test_request_asked_again_makes_one_property(profile):
    calls = Properties(profile)
    once = await calls.CreateProperty(property=pb.Property(name="A"), request_id="r")
    assert await calls.CreateProperty(property=pb.Property(name="A"), request_id="r") == once
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await calls.CreateProperty(property=pb.Property(name="B"), request_id="r")
    assert reason_of(refused.value) == "REQUEST_REUSED"


async def test_another_tenant_finds_nothing_behind_any_call(profile):
    await profile.folded(completion(1, success()))
    own = await Properties(profile).GetPropertyOfProject(project_id=PROJECT)
    stranger = Properties(profile, OTHER_TENANT)
    named = {
        "GetProperty": {"property_id": own.property_id},
        "UpdateProperty": {"property": pb.Property(property_id=own.property_id, name="Mine"), "fields": ["name"]},
        "MapProject": {"property_id": own.property_id, "project_id": PROJECT},
        "UpdateTemperatures": {
            "property_id": own.property_id,
            "temperatures": [pb.DayTemperature(day="2026-01-01", mean_f="1")],
        },
        "ListTemperatures": {"property_id": own.property_id},
    }
    for method, fields in named.items():
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await getattr(stranger, method)(**fields)
        assert reason_of(refused.value) == "NO_SUCH_PROPERTY", method
    assert len((await stranger.ListProperties()).properties) == 0
    await stranger.DeleteProperty(property_id=own.property_id)
    theirs = await stranger.GetPropertyOfProject(project_id=PROJECT)
    assert theirs.property_id != own.property_id
    assert theirs.meter_ids == []
    walked = {*named, "ListProperties", "DeleteProperty", "GetPropertyOfProject", "CreateProperty"}
    assert walked == {method.name for method in pb.DESCRIPTOR.services_by_name["Properties"].methods}
    assert await Properties(profile).GetProperty(property_id=own.property_id) == own
