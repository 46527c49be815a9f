"""Numbers over HTTP: what profile makes of bills, as partners fetch it."""

from runtime.wire import outcome_to_proto
from tests.gateway.edge import until
from tests.profile.readings import electric_bill, success


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
