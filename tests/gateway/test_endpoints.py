"""Webhook endpoints over REST: made, changed, refused; their secrets and their log."""

import pytest

from gateway.webhooks.seal import Seal
from gateway.webhooks.store.upkeep import tidy
from tests.gateway.delivering import completed, delivery_log, dispatching, following, make_endpoint
from tests.gateway.edge import until

ABSENT = "7d2c1f0a-93a4-4e5e-8f0b-0a6f3c1b2d4e"


async def test_endpoint_is_made_changed_and_deleted(edge, receiver):
    made = await make_endpoint(edge, f"{receiver.url}/hook", description="first")
    path = f"/v1/webhook_endpoints/{made['webhook_endpoint_id']}"
    assert (made["enabled"], made["events"], made["description"]) == (True, [], "first")
    changed = await edge.json("PATCH", path, json={"events": ["endpoint.disabled"], "enabled": False})
    assert (changed["enabled"], changed["disabled_reason"]) == (False, "person")
    assert changed["events"] == ["endpoint.disabled"]
    assert "secret" not in await edge.json("GET", path)
    enabled = await edge.json("PATCH", path, json={"enabled": True})
    assert (enabled["enabled"], enabled["disabled_reason"]) == (True, None)
    listed = await edge.json("GET", "/v1/webhook_endpoints")
    assert [one["webhook_endpoint_id"] for one in listed["webhook_endpoints"]] == [made["webhook_endpoint_id"]]
    await edge.json("DELETE", path, status=204)
    assert (await edge.json("GET", path, status=404))["reason"] == "NO_SUCH_ENDPOINT"
    assert (await edge.json("DELETE", path, status=404))["reason"] == "NO_SUCH_ENDPOINT"


@pytest.mark.parametrize(
    "url",
    [
        "http://10.0.0.1/",
        "https://169.254.169.254/latest",
        "http://example.com/",
        "https://u:p@example.com/",
        "ftp://x/",
    ],
)
async def test_endpoint_is_refused_when_it_could_never_be_called(edge, url):
    refused = await edge.json("POST", "/v1/webhook_endpoints", status=422, json={"url": url})
    assert refused["reason"] == "FORBIDDEN_TARGET"
    assert (await edge.json("GET", "/v1/webhook_endpoints"))["webhook_endpoints"] == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "url"),
        ({"url": 7}, "url"),
        ({"url": "https://example.com/", "events": ["all"]}, "events"),
        ({"url": "https://example.com/", "events": "endpoint.disabled"}, "events"),
        ({"url": "https://example.com/", "description": "x" * 201}, "description"),
        ({"url": "https://example.com/", "secret": "mine"}, "secret"),
    ],
)
async def test_endpoint_is_not_made_when_a_field_is_wrong(edge, body, field):
    refused = await edge.json("POST", "/v1/webhook_endpoints", status=400, json=body)
    assert (refused["reason"], refused["metadata"]["field"]) == ("BAD_REQUEST", field)


async def test_change_is_refused_when_nothing_is_to_change(edge, receiver):
    made = await make_endpoint(edge, f"{receiver.url}/hook")
    path = f"/v1/webhook_endpoints/{made['webhook_endpoint_id']}"
    assert (await edge.json("PATCH", path, status=400, json={}))["reason"] == "BAD_REQUEST"
    assert (await edge.json("PATCH", path, status=422, json={"url": "http://10.0.0.1/"}))[
        "reason"
    ] == "FORBIDDEN_TARGET"


async def test_endpoints_have_a_limit(edge, receiver):
    for number in range(50):
        await make_endpoint(edge, f"{receiver.url}/{number}")
    refused = await edge.json("POST", "/v1/webhook_endpoints", status=429, json={"url": f"{receiver.url}/one-more"})
    assert refused["reason"] == "LIMIT_REACHED"


async def test_secrets_cannot_be_rotated_without_end(edge, receiver):
    made = await make_endpoint(edge, f"{receiver.url}/hook")
    path = f"/v1/webhook_endpoints/{made['webhook_endpoint_id']}/secret"
    for _ in range(4):
        await edge.json("POST", path + "/rotate")
    assert (await edge.json("POST", path + "/rotate", status=429))["reason"] == "LIMIT_REACHED"
    assert len((await edge.json("GET", path))["secrets"]) == 5


async def test_deliveries_are_paged_newest_first_and_filtered_by_state(edge, receiver):
    made = await make_endpoint(edge, f"{receiver.url}/hook")
    path = f"/v1/webhook_endpoints/{made['webhook_endpoint_id']}/deliveries"
    changes = [completed(edge, position=position) for position in range(1, 6)]
    async with following(edge), dispatching(edge):
        for change in changes:
            await edge.changes.tell(change)
            await receiver.wait("/hook", change.position)

        async def all_done():
            return len(await delivery_log(edge, made, "?status=succeeded")) == 5

        await until(all_done)
    seen, token = [], ""
    while True:
        page = await edge.json("GET", f"{path}?page_size=2" + (f"&page_token={token}" if token else ""))
        seen += [delivery["event_id"] for delivery in page["deliveries"]]
        token = page["next_page_token"]
        if token is None:
            break
    assert seen == [change.event_id for change in changes][::-1]
    assert await delivery_log(edge, made, "?status=failed") == []
    assert (await edge.json("GET", path + "?status=lost", status=400))["metadata"]["field"] == "status"
    assert (await edge.json("GET", path + "?page_token=nonsense", status=400))["reason"] == "BAD_PAGE_TOKEN"


async def test_waiting_deliveries_are_given_up_when_the_endpoint_is_disabled_by_a_person(edge, receiver):
    made = await make_endpoint(edge, f"{receiver.url}/hook")
    async with following(edge):
        await edge.changes.tell(completed(edge, position=1))
        await until(lambda: delivery_log(edge, made))
        path = f"/v1/webhook_endpoints/{made['webhook_endpoint_id']}"
        await edge.json("PATCH", path, json={"enabled": False})
    [delivery] = await delivery_log(edge, made)
    assert (delivery["status"], delivery["failure_reason"]) == ("failed", "endpoint_disabled")
    assert receiver.received == []


async def test_delivery_that_is_not_there_is_no_such_endpoint(edge, receiver):
    made = await make_endpoint(edge, f"{receiver.url}/hook")
    path = f"/v1/webhook_endpoints/{made['webhook_endpoint_id']}/deliveries/{ABSENT}"
    assert (await edge.json("GET", path, status=404))["reason"] == "NO_SUCH_ENDPOINT"
    assert (await edge.json("POST", path + "/redeliver", status=404))["reason"] == "NO_SUCH_ENDPOINT"
    assert (await edge.json("POST", f"/v1/webhook_endpoints/{ABSENT}/test", status=404))["reason"] == "NO_SUCH_ENDPOINT"


async def test_endpoint_is_deleted_while_its_deliveries_are_under_way(edge, receiver):
    async with following(edge), dispatching(edge):
        for turn in range(15):
            made = await make_endpoint(edge, f"{receiver.url}/{turn}")
            await edge.changes.tell(*(completed(edge, position=10 * turn + number) for number in range(1, 6)))
            await receiver.wait(f"/{turn}")
            await edge.json("DELETE", f"/v1/webhook_endpoints/{made['webhook_endpoint_id']}", status=204)
        assert (await edge.json("GET", "/v1/webhook_endpoints"))["webhook_endpoints"] == []
        await until(lambda: _rows_are(edge, "endpoint", 0))
        await until(lambda: _rows_are(edge, "delivery", 0))


async def _rows_are(edge, table, count):
    async with edge.database.service() as connection:
        return await connection.fetchval(f"SELECT count(*) FROM gateway.{table}") == count


async def test_log_of_a_deleted_endpoint_is_out_of_sight_at_once(edge, receiver):
    made = await make_endpoint(edge, f"{receiver.url}/hook")
    path = f"/v1/webhook_endpoints/{made['webhook_endpoint_id']}"
    queued = await edge.json("POST", path + "/test", status=202)
    await edge.json("DELETE", path, status=204)
    for method, rest in (
        ("GET", ""),
        ("GET", "/secret"),
        ("POST", "/secret/rotate"),
        ("POST", "/test"),
        ("GET", "/deliveries"),
        ("GET", f"/deliveries/{queued['delivery_id']}"),
        ("POST", f"/deliveries/{queued['delivery_id']}/redeliver"),
    ):
        assert (await edge.json(method, path + rest, status=404))["reason"] == "NO_SUCH_ENDPOINT"
    assert (await edge.json("PATCH", path, status=404, json={"enabled": True}))["reason"] == "NO_SUCH_ENDPOINT"


async def test_old_events_are_removed_when_nothing_of_them_is_under_way(edge, receiver):
    waiting = await make_endpoint(edge, f"{receiver.url}/waiting")
    async with following(edge):
        await edge.changes.tell(completed(edge, position=1))
        await until(lambda: delivery_log(edge, waiting))
    async with edge.database.service() as connection:
        await connection.execute("UPDATE gateway.event SET created_at = created_at - interval '91 days'")
        assert await tidy(connection, Seal(edge.settings.secret), 90) == 0
        await connection.execute("UPDATE gateway.delivery SET state = 'succeeded'")
        assert await tidy(connection, Seal(edge.settings.secret), 90) == 1
    assert await delivery_log(edge, waiting) == []
