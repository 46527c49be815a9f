"""Delivering again: what failed since a time, what was never sent, a stretch; same ids, same bodies, order kept."""

import uuid

import pytest

from gateway.webhooks.schedule import Schedule
from tests.gateway.delivering import (
    bill_removed,
    completed,
    delivery_log,
    dispatching,
    following,
    in_log,
    make_endpoint,
    profile_changed,
)
from tests.gateway.edge import until

ONCE = Schedule(waits_seconds=(0.0,), jitter=0.0)
LONG_AGO = "2020-01-01T00:00:00Z"


def _path(endpoint):
    return f"/v1/webhook_endpoints/{endpoint['webhook_endpoint_id']}"


async def test_everything_that_failed_since_a_time_is_delivered_again(edge, receiver):
    endpoint = await make_endpoint(edge, f"{receiver.url}/hook")
    receiver.always["/hook"] = 500
    changes = [completed(edge, position=n) for n in range(1, 6)]
    async with following(edge), dispatching(edge, schedule=ONCE):
        await edge.changes.tell(*changes)
        dead = await in_log(edge, endpoint, 5, "?status=failed")
        receiver.always["/hook"] = 204
        since = sorted(one["created_at"] for one in dead)[2]
        told = await edge.json("POST", _path(endpoint) + "/redeliveries", status=202, json={"since": since})
        assert told == {"deliveries": 3, "rest_since": None}
        await in_log(edge, endpoint, 3)
    first, again = receiver.at("/hook")[:5], receiver.at("/hook")[5:]
    bodies = {one.id: one.body for one in first}
    assert sorted(one.id for one in again) == sorted(change.event_id for change in changes[2:])
    assert all(bodies[one.id] == one.body for one in again)
    assert len(await delivery_log(edge, endpoint, "?status=failed")) == 2


async def test_stretch_of_what_succeeded_is_delivered_again(edge, receiver):
    endpoint = await make_endpoint(edge, f"{receiver.url}/hook")
    changes = [completed(edge, position=n) for n in range(1, 5)]
    async with following(edge), dispatching(edge):
        await edge.changes.tell(*changes, profile_changed(edge, position=5))
        done = await in_log(edge, endpoint, 5)
        times = sorted(one["created_at"] for one in done)
        body = {"which": "succeeded", "since": times[1], "until": times[3]}
        told = await edge.json("POST", _path(endpoint) + "/redeliveries", status=202, json=body)
        assert told["deliveries"] == 2
        await receiver.wait("/hook", 7)
        await in_log(edge, endpoint, 5)
        only = {"which": "all", "since": LONG_AGO, "event_types": ["consumption_profile_changed"]}
        assert (await edge.json("POST", _path(endpoint) + "/redeliveries", status=202, json=only))["deliveries"] == 1
        await receiver.wait("/hook", 8)


async def test_what_happened_while_the_endpoint_was_disabled_is_sent_when_asked_for(edge, receiver):
    endpoint = await make_endpoint(edge, f"{receiver.url}/hook", events=["utility_bill_upload_job_completed"])
    changes = [completed(edge, position=n) for n in range(1, 4)]
    async with following(edge), dispatching(edge):
        await edge.json("PATCH", _path(endpoint), json={"enabled": False})
        await edge.changes.tell(*changes, profile_changed(edge, position=4))
        await until(lambda: _recorded(edge, 4))
        await edge.json("PATCH", _path(endpoint), json={"enabled": True})
        body = {"which": "missing", "since": LONG_AGO}
        told = await edge.json("POST", _path(endpoint) + "/redeliveries", status=202, json=body)
        assert told == {"deliveries": 3, "rest_since": None}
        await in_log(edge, endpoint, 3)
        assert (await edge.json("POST", _path(endpoint) + "/redeliveries", status=202, json=body))["deliveries"] == 0
    assert sorted(one.id for one in receiver.at("/hook")) == sorted(change.event_id for change in changes)


async def test_endpoint_is_not_told_of_its_own_end_when_it_asks_for_what_it_missed(edge, receiver):
    endpoint = await make_endpoint(edge, f"{receiver.url}/hook")
    other = await make_endpoint(edge, f"{receiver.url}/other", events=["endpoint.disabled"])
    receiver.answers["/hook"] = [410]
    async with following(edge), dispatching(edge):
        await edge.changes.tell(completed(edge, position=1))
        await in_log(edge, other, 1)
        await edge.json("PATCH", _path(endpoint), json={"enabled": True})
        body = {"which": "missing", "since": LONG_AGO}
        assert (await edge.json("POST", _path(endpoint) + "/redeliveries", status=202, json=body))["deliveries"] == 0


async def test_delivery_is_not_repeated_when_its_bill_was_removed_after_it(edge, receiver):
    endpoint = await make_endpoint(edge, f"{receiver.url}/hook")
    change = completed(edge, position=1)
    async with following(edge), dispatching(edge):
        await edge.changes.tell(change)
        [delivery] = await in_log(edge, endpoint, 1)
        await edge.changes.tell(bill_removed(edge, position=2, bill_id=change.parse_completed.bill_id))
        path = f"{_path(endpoint)}/deliveries/{delivery['delivery_id']}/redeliver"

        async def refused():
            async with edge.ask("POST", path) as answer:
                return answer.status == 404 and (await answer.json())["reason"]

        assert await until(refused) == "NO_SUCH_ENDPOINT"


async def test_order_is_kept_when_a_stretch_is_delivered_again(edge, receiver):
    endpoint = await make_endpoint(edge, f"{receiver.url}/hook", strict_order=True)
    project = str(uuid.uuid4())
    changes = [completed(edge, position=n, project_id=project) for n in range(1, 7)]
    async with following(edge), dispatching(edge):
        await edge.changes.tell(*changes)
        await in_log(edge, endpoint, 6)
        body = {"which": "all", "since": LONG_AGO}
        await edge.json("POST", _path(endpoint) + "/redeliveries", status=202, json=body)
        await receiver.wait("/hook", 12)
        await in_log(edge, endpoint, 6)
    assert [one.id for one in receiver.at("/hook")] == [change.event_id for change in changes] * 2


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "since"),
        ({"since": "yesterday"}, "since"),
        ({"since": "2026-01-01"}, "since"),
        ({"since": "2026-01-01T00:00:00"}, "since"),
        ({"since": LONG_AGO, "which": "lost"}, "which"),
        ({"since": LONG_AGO, "event_types": ["all"]}, "event_types"),
        ({"since": LONG_AGO, "until": 7}, "until"),
    ],
)
async def test_redelivery_is_refused_when_a_field_is_wrong(edge, receiver, body, field):
    endpoint = await make_endpoint(edge, f"{receiver.url}/hook")
    refused = await edge.json("POST", _path(endpoint) + "/redeliveries", status=400, json=body)
    assert (refused["reason"], refused["metadata"]["field"]) == ("BAD_REQUEST", field)


async def test_log_is_filtered_by_type_and_time(edge, receiver):
    endpoint = await make_endpoint(edge, f"{receiver.url}/hook")
    async with following(edge), dispatching(edge):
        await edge.changes.tell(completed(edge, position=1), profile_changed(edge, position=2))
        done = await in_log(edge, endpoint, 2)
    newest = done[0]
    assert len(await delivery_log(edge, endpoint, "?event_type=consumption_profile_changed")) == 1
    assert await delivery_log(edge, endpoint, f"?since={newest['created_at']}") == [newest]
    assert await delivery_log(edge, endpoint, f"?until={newest['created_at']}") == done[1:]
    path = _path(endpoint) + "/deliveries"
    for query, field in (("event_type=none", "event_type"), ("since=now", "since"), ("until=1", "until")):
        assert (await edge.json("GET", f"{path}?{query}", status=400))["metadata"]["field"] == field


async def _recorded(edge, count):
    async with edge.database.service() as connection:
        return await connection.fetchval("SELECT count(*) FROM gateway.event") == count
