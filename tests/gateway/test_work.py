"""The list of work over REST: what asks for a person, narrowed, counted, paged, and settled; as the console shows it."""

from domain.outcome import Failure, FailureReason
from runtime.wire import outcome_to_proto
from tests.gateway.edge import until

WORK = "/v1/work"


async def listed(edge, query=""):
    return (await edge.json("GET", f"{WORK}?{query}"))["work"]


async def test_partner_lists_counts_narrows_and_settles_what_asks_for_a_person(edge):
    assert await edge.json("GET", WORK) == {
        "work": [],
        "next_page_token": None,
        "counts": {"failed": 0, "doubted": 0, "waiting": 0, "done": 0},
    }
    project_id = await edge.project()
    read = (await edge.read_bill(project_id))["utility_bill_id"]
    failed = (await edge.upload(project_id))["utility_bill_id"]
    await edge.read_next(outcome_to_proto(Failure(reason=FailureReason.CORRUPT, detail="It breaks off.")))
    waiting = (await edge.upload(project_id))["utility_bill_id"]

    async def known():
        return [one["asks"] for one in await listed(edge)] == ["failed", "waiting", "done"]

    await until(known)
    first = await edge.json("GET", WORK)
    assert [one["utility_bill_id"] for one in first["work"]] == [failed, waiting, read]
    assert first["counts"] == {"failed": 1, "doubted": 0, "waiting": 1, "done": 1}
    assert (first["work"][0]["project_name"], first["work"][0]["failure_reason"]) == ("Site", "corrupt")
    page = await edge.json("GET", f"{WORK}?page_size=2")
    rest = await edge.json("GET", f"{WORK}?page_size=2&page_token={page['next_page_token']}")
    assert [one["utility_bill_id"] for one in page["work"] + rest["work"]] == [failed, waiting, read]
    assert (rest["counts"], rest["next_page_token"]) == (None, None)
    for query, found in (
        ("asks=failed", [failed]), ("asks=done", [read]), ("failure_reason=corrupt", [failed]), ("file_name=x", []),
        (f"project_id={project_id}&asks=waiting", [waiting]), ("received_before=2020-01-01T00:00:00Z", []),
    ):  # fmt: skip
        assert [one["utility_bill_id"] for one in await listed(edge, query)] == found, query

    bill = f"/v1/projects/{project_id}/utility_bills"
    settled = await edge.json("PUT", f"{bill}/{failed}/settled", json={})
    assert settled["settled_at"]
    assert {one["utility_bill_id"] for one in await listed(edge, "asks=done")} == {read, failed}
    opened = await edge.json("PUT", f"{bill}/{failed}/settled", json={"settled": False})
    assert opened["settled_at"] is None
    assert [one["utility_bill_id"] for one in await listed(edge, "asks=failed")] == [failed]
    await edge.json("PUT", f"{bill}/{waiting}/settled", json={}, status=409)
    for query in ("asks=x", "page_size=0", "page_token=x", "received_from=x", "other=1"):
        await edge.json("GET", f"{WORK}?{query}", status=400)
    await edge.json("GET", WORK, key=await edge.new_key(scopes=("upload",)), status=403)
