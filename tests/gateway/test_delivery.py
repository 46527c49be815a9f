"""Events reach endpoints: signed, retried, once more after a kill, each once and each endpoint its own."""

import asyncio
import uuid

import pytest
from aiohttp import web

from gateway.service import build_webhooks
from gateway.webhooks.schedule import Schedule
from protos.profile.v1 import changes_pb2
from runtime.rpc.client import Credentials
from tests.gateway.delivering import (
    bill_removed,
    completed,
    delivery_log,
    dispatch,
    dispatching,
    following,
    make_endpoint,
    profile_changed,
    told,
)
from tests.gateway.edge import running, until


async def test_event_is_delivered_signed_when_a_parse_completes(edge, receiver):
    endpoint = await make_endpoint(edge, f"{receiver.url}/hook")
    component = build_webhooks(
        edge.settings, edge.database, edge.rooms_channel, edge.changes_channel, Credentials(edge.tokens)
    )
    change = completed(edge, position=1)
    async with running(component):
        await edge.changes.tell(change)
        [received] = await receiver.wait("/hook")
    event = received.verify(endpoint["secret"])
    assert received.id == change.event_id
    assert event["type"] == "utility_bill_upload_job_completed"
    assert event["data"] == {
        "job_id": change.parse_completed.job_id,
        "utility_bill_id": change.parse_completed.bill_id,
        "user_file_id": change.parse_completed.bill_id,
        "project_id": change.project_id,
        "status": "succeeded",
        "reason": None,
        "detail": None,
        "held": False,
        "profile_version": 7,
        "completed_at": change.parse_completed.completed_at.ToJsonString(),
    }


BILL, RECORD, OTHER, ACCOUNT = (str(uuid.uuid4()) for _ in range(4))


@pytest.mark.parametrize(
    ("what", "kind", "data"),
    [
        (
            {"bill_added": changes_pb2.BillAdded(ledger_bill_id=RECORD, bill_id=BILL)},
            "new_bill",
            {"utility_bill_id": BILL, "ledger_bill_id": RECORD, "account_id": None},
        ),
        (
            {
                "bill_updated": changes_pb2.BillUpdated(
                    ledger_bill_id=RECORD,
                    bill_id=BILL,
                    account_id=ACCOUNT,
                    reason="corrected",
                    other_ledger_bill_id=OTHER,
                )
            },
            "updated_bill",
            {
                "utility_bill_id": BILL,
                "ledger_bill_id": RECORD,
                "account_id": ACCOUNT,
                "reason": "corrected",
                "other_ledger_bill_id": OTHER,
            },
        ),
        (
            {
                "bill_unparsed": changes_pb2.BillUnparsed(
                    bill_id=BILL, failure_reason="unreadable", failure_detail="Grey."
                )
            },
            "new_unparsed_bill",
            {"utility_bill_id": BILL, "reason": "unreadable", "detail": "Grey."},
        ),
        (
            {
                "months_changed": changes_pb2.MonthsChanged(
                    first_month="2026-01-01", last_month="2026-03-01", meter_ids=[OTHER]
                )
            },
            "months_changed",
            {"first_month": "2026-01-01", "last_month": "2026-03-01", "meter_ids": [OTHER]},
        ),
        (
            {"bills_ready": changes_pb2.BillsReady(bills_parsed=3, bills_unparsed=1)},
            "bills_ready",
            {"bills_parsed": 3, "bills_unparsed": 1, "bills_held": 0},
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_change_of_the_ledger_is_told_as_its_event(edge, receiver, what, kind, data):
    endpoint = await make_endpoint(edge, f"{receiver.url}/hook", events=[kind])
    change = told(edge, position=1, **what)
    async with following(edge), dispatching(edge):
        await edge.changes.tell(change)
        [received] = await receiver.wait("/hook")
    event = received.verify(endpoint["secret"])
    assert (event["type"], event["data"]) == (kind, {"project_id": change.project_id, **data})


async def test_event_tells_the_reason_when_a_parse_failed(edge, receiver):
    endpoint = await make_endpoint(edge, f"{receiver.url}/hook")
    async with following(edge), dispatching(edge):
        await edge.changes.tell(completed(edge, position=1, succeeded=False))
        [received] = await receiver.wait("/hook")
    event = received.verify(endpoint["secret"])
    assert (event["data"]["status"], event["data"]["reason"]) == ("failed", "not_a_bill")
    assert event["data"]["profile_version"] is None


async def test_delivery_is_repeated_with_same_id_and_body_when_the_endpoint_fails(edge, receiver):
    endpoint = await make_endpoint(edge, f"{receiver.url}/hook")
    receiver.answers["/hook"] = [500, web.Response(status=302, headers={"Location": f"{receiver.url}/elsewhere"}), 204]
    async with following(edge), dispatching(edge):
        await edge.changes.tell(completed(edge, position=1))
        received = await receiver.wait("/hook", 3)
        [delivery] = await until(lambda: delivery_log(edge, endpoint, "?status=succeeded"))
    assert len({one.id for one in received}) == len({one.body for one in received}) == 1
    for one in received:
        one.verify(endpoint["secret"])
    assert receiver.at("/elsewhere") == []
    path = f"/v1/webhook_endpoints/{endpoint['webhook_endpoint_id']}/deliveries/{delivery['delivery_id']}"
    told = await edge.json("GET", path)
    assert [attempt["status"] for attempt in told["attempt_log"]] == [500, 302, 204]
    assert told["attempts"] == 3


async def test_delivery_becomes_a_dead_letter_when_every_attempt_failed(edge, receiver):
    endpoint = await make_endpoint(edge, f"{receiver.url}/hook")

    async def refuse(request):
        return web.Response(status=500, text="no " * 2000)

    receiver.always["/hook"] = refuse
    schedule = Schedule(waits_seconds=(0.0, 0.01, 0.01), jitter=0.0)
    async with following(edge), dispatching(edge, schedule=schedule):
        await edge.changes.tell(completed(edge, position=1))
        [delivery] = await until(lambda: delivery_log(edge, endpoint, "?status=failed"))
        assert (delivery["attempts"], delivery["failure_reason"]) == (3, "exhausted")
        path = f"/v1/webhook_endpoints/{endpoint['webhook_endpoint_id']}/deliveries/{delivery['delivery_id']}"
        heads = [attempt["response_head"] for attempt in (await edge.json("GET", path))["attempt_log"]]
        assert [len(head) for head in heads] == [2048] * 3
        receiver.always["/hook"] = 200
        await edge.json("POST", path + "/redeliver", status=202)
        await until(lambda: delivery_log(edge, endpoint, "?status=succeeded"))
    assert len(receiver.at("/hook")) == 4
    assert len({one.id for one in receiver.at("/hook")}) == 1


async def test_endpoint_is_disabled_and_others_told_when_it_answers_410(edge, receiver):
    gone = await make_endpoint(edge, f"{receiver.url}/gone", events=["utility_bill_upload_job_completed"])
    other = await make_endpoint(edge, f"{receiver.url}/other", events=["endpoint.disabled"])
    receiver.always["/gone"] = 410
    async with following(edge), dispatching(edge):
        await edge.changes.tell(completed(edge, position=1))
        [received] = await receiver.wait("/other")
    event = received.verify(other["secret"])
    assert event["data"]["webhook_endpoint_id"] == gone["webhook_endpoint_id"]
    assert event["data"]["reason"] == "gone"
    told = await edge.json("GET", f"/v1/webhook_endpoints/{gone['webhook_endpoint_id']}")
    assert (told["enabled"], told["disabled_reason"]) == (False, "gone")
    assert len(receiver.at("/gone")) == 1


async def test_endpoint_is_disabled_when_it_failed_for_days(edge, receiver):
    endpoint = await make_endpoint(edge, f"{receiver.url}/hook")
    receiver.always["/hook"] = 503
    schedule = Schedule(waits_seconds=(0.0,) + (0.01,) * 9, jitter=0.0, disable_after_seconds=0.0, disable_failures=4)

    async def disabled():
        told = await edge.json("GET", f"/v1/webhook_endpoints/{endpoint['webhook_endpoint_id']}")
        return None if told["enabled"] else told

    async with following(edge), dispatching(edge, schedule=schedule):
        await edge.changes.tell(completed(edge, position=1))
        told = await until(disabled)
        assert told["disabled_reason"] == "failing"
        [dead] = await until(lambda: delivery_log(edge, endpoint, "?status=failed"))
        assert dead["failure_reason"] == "endpoint_disabled"
    assert len(receiver.at("/hook")) == 4


async def test_delivery_goes_again_with_the_same_id_when_its_worker_died(edge, receiver):
    endpoint = await make_endpoint(edge, f"{receiver.url}/hook")
    held = asyncio.Event()

    async def stall(request):
        await held.wait()
        return web.Response(status=200)

    receiver.answers["/hook"] = [stall]
    change = completed(edge, position=1)
    async with following(edge):
        first = asyncio.create_task(dispatch(edge, asyncio.Event(), lease_seconds=0.3))
        await edge.changes.tell(change)
        await receiver.wait("/hook", 1)
        # Cut off without a word, as a kill would: nothing is recorded, the lease is left to lapse.
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
        held.set()
        async with dispatching(edge, lease_seconds=0.3):
            received = await receiver.wait("/hook", 2)
    assert [one.id for one in received] == [change.event_id] * 2
    assert received[0].body == received[1].body
    received[1].verify(endpoint["secret"])


async def test_lease_of_a_delivery_is_renewed_for_as_long_as_its_receiver_takes(edge, receiver):
    await make_endpoint(edge, f"{receiver.url}/hook")
    held = asyncio.Event()

    async def stall(request):
        await held.wait()
        return web.Response(status=200)

    async def leased_until():
        async with edge.database.service() as connection:
            return await connection.fetchval("SELECT leased_until FROM gateway.delivery WHERE state = 'leased'")

    async def renewed():
        return await leased_until() > at_first

    receiver.answers["/hook"] = [stall]
    async with following(edge), dispatching(edge, lease_seconds=2.0):
        await edge.changes.tell(completed(edge, position=1))
        await receiver.wait("/hook", 1)
        at_first = await leased_until()
        await until(renewed)
        held.set()
    assert len(receiver.at("/hook")) == 1


async def test_event_is_delivered_once_when_the_change_is_replayed(edge, receiver):
    await make_endpoint(edge, f"{receiver.url}/hook")
    change = completed(edge, position=1)
    async with following(edge), dispatching(edge):
        await edge.changes.tell(change)
        await receiver.wait("/hook")
    async with edge.database.service() as connection:
        await connection.execute("UPDATE gateway.follow_cursor SET position = 0")
    async with following(edge), dispatching(edge):
        await edge.changes.tell(completed(edge, position=2))
        received = await receiver.wait("/hook", 2)
    assert len(received) == len({one.id for one in received}) == 2


async def test_endpoint_hears_only_of_its_tenant_its_events_and_its_time(edge, receiver):
    stranger = await edge.new_tenant()
    async with following(edge), dispatching(edge):
        await edge.changes.tell(completed(edge, position=1))
        await until(lambda: _cursor_is(edge, 1))
        chosen = await make_endpoint(edge, f"{receiver.url}/chosen", events=["consumption_profile_changed"])
        await edge.changes.tell(
            completed(edge, position=2),
            completed(edge, position=3, tenant_id=stranger),
            profile_changed(edge, position=4),
        )
        [received] = await receiver.wait("/chosen")
        await until(lambda: _cursor_is(edge, 4))
        assert len(await delivery_log(edge, chosen)) == 1
    assert received.verify(chosen["secret"])["type"] == "consumption_profile_changed"


async def _cursor_is(edge, position):
    async with edge.database.service() as connection:
        return await connection.fetchval("SELECT position FROM gateway.follow_cursor") == position


async def test_event_body_is_erased_when_the_bill_was_removed(edge, receiver):
    endpoint = await make_endpoint(edge, f"{receiver.url}/hook")
    change = completed(edge, position=1)
    async with following(edge):
        await edge.changes.tell(change, bill_removed(edge, position=2, bill_id=change.parse_completed.bill_id))
        await until(lambda: _cursor_is(edge, 2))
    async with edge.database.service() as connection:
        assert await connection.fetchval("SELECT body FROM gateway.event WHERE event_id = $1", change.event_id) is None
    [delivery] = await delivery_log(edge, endpoint)
    assert (delivery["status"], delivery["failure_reason"]) == ("failed", "erased")
    path = f"/v1/webhook_endpoints/{endpoint['webhook_endpoint_id']}/deliveries/{delivery['delivery_id']}/redeliver"
    assert (await edge.json("POST", path, status=404))["reason"] == "NO_SUCH_ENDPOINT"


async def test_both_secrets_sign_when_one_was_rotated(edge, receiver):
    endpoint = await make_endpoint(edge, f"{receiver.url}/hook")
    path = f"/v1/webhook_endpoints/{endpoint['webhook_endpoint_id']}"
    rotated = await edge.json("POST", path + "/secret/rotate")
    assert (await edge.json("GET", path + "/secret"))["secrets"] == [rotated["secret"], endpoint["secret"]]
    async with dispatching(edge):
        queued = await edge.json("POST", path + "/test", status=202)
        [received] = await receiver.wait("/hook")
    assert received.id == queued["event_id"]
    assert received.verify(endpoint["secret"])["type"] == "webhook.test"
    assert received.verify(rotated["secret"])["data"]["webhook_endpoint_id"] == endpoint["webhook_endpoint_id"]
