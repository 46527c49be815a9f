"""Numbers over HTTP: what profile makes of bills, as partners fetch it."""

import csv
from decimal import Decimal
from unittest.mock import patch

import pytest

from domain.reading import Issuer, UsageKind
from runtime.wire import outcome_to_proto
from services.profile.months import answer as months_answer
from services.profile.months import asked as months_asked
from tests.gateway.edge import until
from tests.profile.readings import electric_bill, fact, gas_bill, meter, success, usage


async def read(edge, project_id, *bills):
    """Upload bills and have them read one after the other; returns once profile holds the last; gives their ids."""
    ids = []
    for at, bill in enumerate(bills):
        told = await edge.upload(project_id, b"%PDF-1.7\n%" + str(at).encode() + b"\n%%EOF\n")
        await edge.read_next(outcome_to_proto(success(bill)))
        ids.append(told["utility_bill_id"])
    path = f"/v1/projects/{project_id}/utility_bills/{ids[-1]}/reading"

    async def readable():
        async with edge.ask("GET", path) as answer:
            return answer.status == 200

    await until(readable)
    return ids


async def test_merged_policy_puts_the_bills_of_a_project_together(edge):
    project_id = await edge.project()
    march, april = await read(
        edge, project_id, electric_bill("2026-03-01", "2026-04-01", 620), electric_bill("2026-04-01", "2026-05-01", 500)
    )
    policy = await edge.json("PUT", f"/v1/projects/{project_id}/policy", json={"rule": "merged"})
    assert (policy["rule"], policy["active_utility_bill_id"]) == ("merged", april)
    profile = await edge.json("GET", f"/v1/projects/{project_id}/load_profile")
    shown = {month["month"]: month["utility_bill_id"] for month in profile["months"] if month["year"]}
    assert shown == {3: march, 4: april}


@pytest.fixture
async def profiled(edge):
    """The address of the load profile of a project with one bill of a prorated month."""
    project_id = await edge.project()
    await read(edge, project_id, electric_bill("2026-03-03", "2026-04-02", "611.37"))
    return f"/v1/projects/{project_id}/load_profile"


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("", 8760),
        ("?year=2028", 8784),
        ("?year=2028&leap_day=false&interval=30", 17520),
        ("?year=2027&interval=15&shape_class=us-commercial", 35040),
    ],
)
async def test_hours_in_json_and_csv_are_the_same_and_sum_to_the_months(edge, profiled, query, count):
    told = await edge.json("GET", f"{profiled}/hours{query}")
    months = await edge.json("GET", profiled)
    async with edge.ask("GET", f"{profiled}/hours{query}{'&' if query else '?'}format=csv") as answer:
        assert (answer.status, answer.content_type) == (200, "text/csv")
        rows = list(csv.reader((await answer.text()).splitlines()))
    assert rows[0] == ["start", "energy_kwh"]
    assert [energy for _, energy in rows[1:]] == told["energy_kwh"]
    assert len(told["energy_kwh"]) == count
    sums = [Decimal(0)] * 12
    for start, energy in rows[1:]:
        sums[int(start[5:7]) - 1] += Decimal(energy)
    assert sums == [Decimal(month["energy_kwh"]) for month in months["months"]]
    assert Decimal(told["annual_energy_kwh"]) == Decimal(months["annual_energy_kwh"]) == sum(sums)
    assert rows[1][0] == f"{told['year']}-01-01T00:00"
    assert (
        rows[-1][0]
        == f"{told['year']}-12-31T{'23:00' if told['interval'] == 60 else '23:' + str(60 - told['interval'])}"
    )
    assert (f"{told['year']}-02-29T00:00" in {start for start, _ in rows}) is (count == 8784)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("interval=45", "interval"),
        ("interval=60.0", "interval"),
        ("year=27", "year"),
        ("year=0000", "year"),
        ("year=1969", "year"),
        ("leap_day=no", "leap_day"),
        ("shape_class=martian", "shape_class"),
        ("format=xlsx", "format"),
        ("hours=1", "hours"),
    ],
)
async def test_hours_are_refused_with_the_name_of_the_parameter(edge, profiled, query, field):
    refused = await edge.json("GET", f"{profiled}/hours?{query}", status=400)
    assert refused["metadata"]["field"] == field


async def test_hours_of_a_project_without_profile_are_refused(edge):
    project_id = await edge.project()
    refused = await edge.json("GET", f"/v1/projects/{project_id}/load_profile/hours", status=404)
    assert refused["reason"] == "NO_LOAD_PROFILE"


async def test_months_are_told_of_the_project_of_a_commodity_and_of_a_meter(edge):
    project_id = await edge.project()
    ids = await read(
        edge,
        project_id,
        electric_bill("2026-03-01", "2026-04-01", 100),
        electric_bill("2026-04-01", "2026-05-01", 200),
        gas_bill(account_number=fact("G-9")),
    )
    path = f"/v1/projects/{project_id}/months"
    told = await edge.json("GET", f"{path}?factor_set=energyprint-compat")
    kbtus = {month["month"]: month["distribution_kbtus"] for month in told["months"]}
    assert list(kbtus.items()) == [("2026-04-01", "682.4000"), ("2026-03-01", "3441.2000")]
    assert sorted(told["months"][1]["utility_bill_ids"]) == sorted([ids[0], ids[2]])
    assert told["months"][0]["total_cost"] == "122.9300"
    assert told["months"][0]["tax_cost"] is None
    gas = await edge.json("GET", f"{path}?factor_set=energyprint-compat&commodity=gas")
    assert [month["distribution_kbtus"] for month in gas["months"]] == ["3100.0000"]
    accounts = (await edge.json("GET", f"/v1/projects/{project_id}/accounts"))["accounts"]
    meters = {meter["commodity"]: meter["meter_id"] for account in accounts for meter in account["meters"]}
    of_meter = await edge.json("GET", f"{path}?factor_set=energyprint-compat&meter_id={meters['gas']}")
    assert of_meter["months"] == gas["months"]


async def test_months_of_a_project_without_bills_are_none(edge):
    told = await edge.json("GET", f"/v1/projects/{await edge.project()}/months")
    assert (told["months"], told["findings"], told["currency"]) == ([], [], None)


@pytest.mark.parametrize("query", ["commodity=steam", "factor_set=mine", "region=MARS", "year=2026"])
async def test_months_are_refused_with_the_name_of_the_parameter(edge, query):
    refused = await edge.json("GET", f"/v1/projects/{await edge.project()}/months?{query}", status=400)
    assert refused["metadata"]["field"] == query.partition("=")[0]


async def test_profile_is_explained_when_it_is_asked_to_be(edge, profiled):
    plain, full = await edge.json("GET", profiled), await edge.json("GET", f"{profiled}?explain=true")
    march = full["months"][2]
    assert (march["rule"], march["energy_kwh"]) == ("scaled", "631.7490")
    [part] = march["parts"]
    assert part == {
        "utility_bill_id": plain["active_utility_bill_id"],
        "start": "2026-03-03",
        "end": "2026-04-02",
        "origin": "own",
        "meter": "40718263",
        "energy_kwh": "611.37",
        "days": 29,
        "days_of_row": 30,
        "share_kwh": "590.9910",
    }
    assert full["months"][6]["rule"] == "filled"
    assert not any("rule" in month for month in plain["months"])
    refused = await edge.json("GET", f"{profiled}?explain=yes", status=400)
    assert refused["metadata"]["field"] == "explain"


async def test_hours_follow_the_time_of_use_rows_of_a_known_tariff_and_say_so(edge):
    project_id = await edge.project()
    rows = (usage(620), usage("120.5", kind=UsageKind.ON_PEAK), usage("499.5", kind=UsageKind.OFF_PEAK))
    pge = Issuer(issuer_id="pge", name=fact("Pacific Gas and Electric Company"))
    [bill_id] = await read(edge, project_id, electric_bill(issuer=pge, meters=(meter(tariff="E-TOU-C"),), usages=rows))
    address = f"/v1/projects/{project_id}/load_profile/hours"
    told = await edge.json("GET", address)
    [march] = told["time_of_use"]
    assert (march["month"], march["shaped"], march["reason"], march["as_billed"]) == (3, True, None, True)
    assert {one["period"]: one["energy_kwh"] for one in march["periods"]} == {
        "on_peak": "120.5000",
        "off_peak": "499.5000",
    }
    assert march["utility_bill_ids"] == [bill_id]
    left = await edge.json("GET", f"{address}?tariff_hours=none")
    assert [one["reason"] for one in left["time_of_use"]] == ["not_asked"]
    assert left["energy_kwh"] != told["energy_kwh"]
    assert left["annual_energy_kwh"] == told["annual_energy_kwh"]


async def test_months_of_project_property_and_meter_say_where_the_next_page_starts(edge):
    project_id = await edge.project()
    await read(edge, project_id, electric_bill("2026-03-01", "2026-04-01"), electric_bill("2026-04-01", "2026-05-01"))
    months = await edge.json("GET", f"/v1/projects/{project_id}/months")
    assert ([one["month"] for one in months["months"]], months["next_page_token"]) == (
        ["2026-04-01", "2026-03-01"],
        None,
    )
    with patch.object(months_answer, "STATEMENTS_MAX", 1), patch.object(months_asked, "STATEMENTS_MAX", 1):
        account = (await edge.json("GET", f"/v1/projects/{project_id}/accounts"))["accounts"][0]
        meter_id = account["meters"][0]["meter_id"]
        for owner in (f"projects/{project_id}", f"properties/{months['property_id']}", f"meters/{meter_id}"):
            first = await edge.json("GET", f"/v1/{owner}/months")
            assert [one["month"] for one in first["months"]] == ["2026-04-01"], owner
            following = await edge.json("GET", f"/v1/{owner}/months?page_token={first['next_page_token']}")
            assert [one["month"] for one in following["months"]] == ["2026-03-01"]
            assert following["next_page_token"] is None
            assert [*first["months"], *following["months"]] == months["months"]
