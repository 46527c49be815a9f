"""Load profiles that partners supply, over HTTP."""

import io
import json

import pytest

HOURS = [at % 24 / 7 for at in range(8760)]


@pytest.fixture
async def supplied(edge):
    """The address of what is supplied for a project without bills."""
    return f"/v1/projects/{await edge.project()}/load_profile/supplied"


async def test_supplied_months_are_the_load_profile_until_they_are_removed(edge, supplied):
    profile = supplied.removesuffix("/supplied")
    body = {"monthly_energy": [620.5, "540", *[None] * 10], "country": "US", "price": 0.2, "year": 2025}
    told = await edge.json("PUT", supplied, json=body)
    january = told["months"][0]
    assert (january["energy_kwh"], january["source"], january["year"]) == ("620.5000", "supplied", 2025)
    assert january["cost"] == {"amount": "124.10", "currency": "USD"}
    assert (told["supplied_as"], told["active_utility_bill_id"], told["months_observed"]) == ("monthly_energy", None, 2)
    assert await edge.json("GET", profile) == told
    kept = await edge.json("GET", supplied)
    assert kept["monthly_energy"] == ["620.5", "540", *[None] * 10]
    assert (kept["in_effect"], kept["price"], kept["interval_data"]) == (True, "0.200000", None)
    async with edge.ask("DELETE", supplied) as answer:
        assert answer.status == 204
    assert (await edge.json("GET", profile, status=404))["reason"] == "NO_LOAD_PROFILE"
    assert (await edge.json("DELETE", supplied, status=404))["reason"] == "NO_LOAD_PROFILE"


async def test_year_of_doubles_is_taken_and_comes_back_as_hours(edge, supplied):
    told = await edge.json("PUT", supplied, json={"interval_data": HOURS, "year": 2026})
    hours = await edge.json("GET", f"{supplied.removesuffix('/supplied')}/hours")
    assert (hours["year"], len(hours["energy_kwh"])) == (2026, 8760)
    assert hours["annual_energy_kwh"] == told["annual_energy_kwh"]
    # The months are rounded to four decimals first, so an hour may differ from the double by that.
    assert max(abs(float(one) - given) for one, given in zip(hours["energy_kwh"], HOURS, strict=True)) < 0.0002


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({}, "Exactly one"),
        ({"monthly_energy": [1] * 12, "monthly_bill": [1] * 12}, "Exactly one"),
        ({"monthly_energy": [1] * 13}, "at most 12"),
        ({"monthly_energy": {"january": 1}}, "list"),
        ({"monthly_energy": [True] * 12}, "decimal numbers"),
        ({"monthly_energy": ["many"] * 12}, "decimal numbers"),
        ({"monthly_energy": [1e300] * 12}, "decimal numbers"),
        ({"monthly_energy": [-1] * 12}, "zero or more"),
        ({"monthly_energy": [1] * 12, "keep": "yes"}, "keep"),
        ({"monthly_energy": [1] * 12, "price": "cheap"}, "price"),
        ({"monthly_energy": [1] * 12, "until": 3}, "until"),
        ({"interval_data": [1] * 8761}, "8760"),
    ],
)
async def test_supply_that_makes_no_profile_is_a_problem_that_says_why(edge, supplied, body, told):
    problem = await edge.json("PUT", supplied, status=400, json=body)
    assert problem["reason"] == "BAD_REQUEST"
    assert told in problem["detail"]


async def test_supply_beyond_a_mebibyte_is_refused(edge, supplied):
    body = io.BytesIO(json.dumps({"interval_data": ["0." + "1" * 38] * 35136}).encode())
    problem = await edge.json("PUT", supplied, status=413, data=body)
    assert problem["reason"] == "BODY_TOO_LARGE"
