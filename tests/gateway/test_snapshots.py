"""Snapshots and ratings of properties, over HTTP."""

import pytest

from tests.gateway.test_numbers import read
from tests.profile.test_snapshots_service import year_of_bills


@pytest.fixture
async def rated(edge):
    """The address of a property with one bill and a known floor area."""
    project_id = await edge.project()
    property_id = await edge.property_of(project_id)
    await edge.json("PATCH", f"/v1/properties/{property_id}", json={"floor_area_sq_ft": "1000"})
    await read(edge, project_id, *year_of_bills(2024, 1, 400))
    return f"/v1/properties/{property_id}"


async def test_snapshots_say_why_there_is_none(edge, rated):
    told = await edge.json("GET", f"{rated}/snapshots")
    assert (told["snapshots"], told["floor_area_sq_ft"], told["currency"]) == ([], "1000", "USD")
    assert [one["rule_id"] for one in told["findings"]] == ["no_complete_year"]


async def test_rating_is_stored_listed_and_removed(edge, rated):
    ratings = f"{rated}/energy_star_ratings"
    assert await edge.json("PUT", f"{ratings}/2025-11-30", json={"rating": 61}) == {
        "rated_on": "2025-11-30",
        "rating": 61,
    }
    assert (await edge.json("GET", ratings))["ratings"] == [{"rated_on": "2025-11-30", "rating": 61}]
    async with edge.ask("DELETE", f"{ratings}/2025-11-30") as answer:
        assert answer.status == 204
    assert (await edge.json("GET", ratings))["ratings"] == []


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("energy_star_ratings/2025-11-30", {"rating": 0}),
        ("energy_star_ratings/2025-11-30", {"rating": 101}),
        ("energy_star_ratings/2025-11-30", {}),
        ("energy_star_ratings/november", {"rating": 50}),
    ],
)
async def test_rating_that_is_none_is_a_problem(edge, rated, path, body):
    assert (await edge.json("PUT", f"{rated}/{path}", status=400, json=body))["reason"] == "BAD_REQUEST"
