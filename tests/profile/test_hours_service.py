"""The hours as callers get them: over a socket, in whole units, summing to the months of the same version."""

from calendar import monthrange
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import grpc
import pytest

from domain.reading import Issuer, UsageKind
from protos.profile.v1 import profile_pb2 as pb
from tests.profile.readings import (
    PROJECT,
    TENANT,
    bill_id,
    completion,
    electric_bill,
    fact,
    gas_bill,
    history,
    meter,
    success,
    usage,
)
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
        ({"tariff_hours": "martian"}, "tariff_hours"),
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


def on_tariff(
    tariff="E-TOU-C", issuer="pge", rows=((UsageKind.ON_PEAK, "120.5"), (UsageKind.OFF_PEAK, "499.5")), **more
):
    """A bill of March 2026 that divides its 620 kWh by periods of the day."""
    return electric_bill(
        issuer=Issuer(issuer_id=issuer, name=fact("The utility")),
        meters=(meter(tariff=tariff),),
        usages=(usage(620), *(usage(energy, kind=kind) for kind, energy in rows)),
        **more,
    )


def in_the_evening(hours: pb.GetHoursResponse, month: int) -> Decimal:
    """The energy of 4 to 9 p.m. by American clocks [kWh], found by the zone's own rules."""
    zone, total = ZoneInfo("America/Los_Angeles"), 0
    for at, energy in enumerate(hours.energies):
        standard = datetime(hours.year, 1, 1) + timedelta(hours=at)  # noqa: DTZ001 local standard time
        if standard.month == month:
            clock = (standard + timedelta(hours=8)).replace(tzinfo=UTC).astimezone(zone)
            total += energy if 16 <= clock.hour < 21 else 0
    return Decimal(total) / 10_000


async def test_hours_of_a_known_tariff_sum_to_the_time_of_use_rows_of_the_bill(profile):
    await profile.folded(completion(1, success(on_tariff(history=(history("2026-02", 500),)))))
    hours = await get_hours(profile, year=2027)
    assert [(one.month, one.shaped, one.reason, one.as_billed) for one in hours.time_of_use] == [(3, True, "", True)]
    [told] = hours.time_of_use
    assert (told.tariff_hours, told.tariffs, told.days_covered) == ("pge-e-tou-c", ["E-TOU-C"], 31)
    assert {one.period: (one.energy_kwh, one.minutes) for one in told.periods} == {
        "on_peak": ("120.5000", 31 * 5 * 60),
        "off_peak": ("499.5000", 31 * 19 * 60),
    }
    assert in_the_evening(hours, 3) == Decimal("120.5")
    assert months_of(hours)[1:3] == [500, 620]
    left = await get_hours(profile, year=2027, tariff_hours="none")
    assert [(one.shaped, one.reason) for one in left.time_of_use] == [(False, "not_asked")]
    assert in_the_evening(left, 3) != Decimal("120.5")
    assert months_of(left) == months_of(hours)


@pytest.mark.parametrize(
    ("bill", "asked", "reason"),
    [
        (on_tariff(tariff="A-3"), {}, "hours_not_known"),
        (on_tariff(issuer="ladwp"), {}, "hours_not_known"),
        (on_tariff(rows=((UsageKind.ON_PEAK, 120), (UsageKind.OFF_PEAK, 400))), {}, "does_not_sum"),
        (on_tariff(rows=((UsageKind.MID_PEAK, 120), (UsageKind.OFF_PEAK, 500))), {}, "no_hours_in_month"),
        (on_tariff(tariff="A-3"), {"tariff_hours": "pge-e-tou-c"}, ""),
    ],
)
async def test_hours_say_why_they_do_not_follow_the_rows(profile, bill, asked, reason):
    await profile.folded(completion(1, success(bill)))
    hours = await get_hours(profile, **asked)
    [told] = hours.time_of_use
    assert (told.reason, told.shaped) == (reason, not reason)
    assert told.periods[0].energy_kwh in ("120.0000", "120.5000")
    assert sum(months_of(hours)) == Decimal(sum(hours.energies)) / 10_000
    assert months_of(hours)[2] == 620


async def test_hours_of_bills_put_together_follow_the_rows_of_each(profile):
    early = electric_bill(
        "2026-02-01", "2026-03-01", 280, issuer=Issuer(issuer_id="pge", name=fact("The utility")),
        meters=(meter(tariff="E-TOU-C"),), usages=(usage(70, kind=UsageKind.ON_PEAK), usage(210, kind=UsageKind.OFF_PEAK)),
    )  # fmt: skip
    await profile.folded(completion(1, success(early), bill=1), completion(2, success(on_tariff()), bill=2))
    rule = pb.UpdatePolicyRequest(project_id=PROJECT, rule=pb.ACTIVE_BILL_RULE_MERGED)
    await profile.stub.UpdatePolicy(rule, metadata=profile.of(TENANT))
    hours = await get_hours(profile, year=2027, interval_minutes=60)
    assert [(one.month, list(one.bill_ids), one.shaped) for one in hours.time_of_use] == [
        (2, [bill_id(1)], True),
        (3, [bill_id(2)], True),
    ]
    assert (in_the_evening(hours, 2), in_the_evening(hours, 3)) == (70, Decimal("120.5"))
