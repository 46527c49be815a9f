"""Webhooks in the vendors' own bodies: as on their pages, signed as they do, the same bytes each time, gone when erased."""

import hashlib
import json
from datetime import UTC, datetime
from decimal import Decimal

import aiohttp
from standardwebhooks import Webhook

from gateway.webhooks.schedule import Schedule
from gateway.webhooks.store.renderings import Rendering, Telling, keep
from runtime.wire import outcome_to_proto
from tests.gateway.delivering import delivery_log, following, in_log, make_endpoint, telling
from tests.gateway.dialects.test_bayou_contract import BAYOU_BILL
from tests.gateway.dialects.test_one_bill import both
from tests.gateway.edge import PDF, until
from tests.profile.readings import electric_bill, failure, success

BAYOU, UTILITYAPI = "/bayou/api/v2", "/utilityapi/api/v2"
ONCE = Schedule(waits_seconds=(0.0,), jitter=0.0)
PATIENT = Schedule(waits_seconds=(0.0, 3600.0), jitter=0.0)

UTILITYAPI_EVENT = {
    "uid": str,
    "type": str,
    "ts": str,
    "delivery_method": str,
    "delivery_target": str,
    "is_delivered": bool,
    "authorization_uid": str,
    "meter_uid": str,
}
"""Members of the page's ``meter_bills_added`` event."""


class Bayou:
    """A client of Bayou's, with one customer."""

    def __init__(self, edge, customer):
        self.edge, self.customer = edge, customer

    @classmethod
    async def of(cls, edge):
        bayou = cls(edge, {})
        bayou.customer = await bayou.ask("POST", "/customers", json={"external_id": "MSCOTT123"})
        return bayou

    async def ask(self, method, path, **rest):
        headers = {"Authorization": aiohttp.encode_basic_auth(self.edge.key, "")}
        async with self.edge.http.request(method, self.edge.url + BAYOU + path, headers=headers, **rest) as answer:
            body = json.loads(await answer.read(), parse_float=Decimal)
            assert answer.status < 300, body
            return body

    async def upload(self, external_id, body=PDF, outcome=None):
        path = f"/bills?customer_id={self.customer['id']}&external_id={external_id}"
        made = await self.ask("POST", path, data=body)
        await self.edge.read_next(outcome_to_proto(outcome or success(both())))
        return made


def told_at(receiver, path, event):
    return [one for one in receiver.at(path) if one.event.get("event") == event]


async def test_bayou_hears_of_new_bills_and_of_all_of_them_with_whole_bill_objects(edge, receiver):
    endpoint = await make_endpoint(edge, f"{receiver.url}/bayou", format="bayou")
    assert (endpoint["format"], sorted(endpoint["events"])) == (
        "bayou",
        ["bill_held", "bills_ready", "new_bill", "new_unparsed_bill", "updated_bill"],
    )
    bayou = await Bayou.of(edge)
    async with telling(edge):
        bill = await bayou.upload("BILL_123")
        await receiver.wait("/bayou", 2)
        await bayou.upload("BILL_124", PDF + b"2", failure())
        came = await receiver.wait("/bayou", 4)

    for one in came:
        Webhook(endpoint["secret"]).verify(one.body, one.headers)
        assert set(one.event) == {"event", "object"}
    [new] = told_at(receiver, "/bayou", "new_bill")
    now = await bayou.ask("GET", "/bills/external_id:BILL_123")
    assert json.loads(new.body, parse_float=Decimal)["object"] | {"file_url": ""} == now | {"file_url": ""}
    assert set(new.event["object"]) == set(BAYOU_BILL)
    assert (now["id"], now["customer_external_id"]) == (bill["id"], "MSCOTT123")
    async with edge.http.get(new.event["object"]["file_url"]) as file:
        assert await file.read() == PDF

    [unread] = told_at(receiver, "/bayou", "new_unparsed_bill")
    assert {name for name, value in unread.event["object"].items() if value is None} == {
        "utility",
        "utility_data_velocity",
    }
    assert (unread.event["object"]["external_id"], unread.event["object"]["status"]) == ("BILL_124", "unparsed")

    first, second = (one.event["object"] for one in told_at(receiver, "/bayou", "bills_ready"))
    assert set(first) == {"id", "external_id", "bills_parsed", "bills_unparsed", "available_data"}
    assert (first["id"], first["external_id"]) == (bayou.customer["id"], "MSCOTT123")
    assert (first["bills_unparsed"], second["bills_unparsed"]) == ([], [{"id": unread.event["object"]["id"]}])
    [listed] = first["bills_parsed"]
    assert listed | {"file_url": ""} == new.event["object"] | {"file_url": ""}
    [account] = first["available_data"]["account_numbers"]
    assert account["id"] == "3001-4482-7"
    assert [(one["id"], one["type"]) for one in account["meters"]] == [("40718263", "electric"), ("G-1", "gas")]
    assert account["meters"][0]["periods"] == [{"period_from": "2026-03-01", "period_to": "2026-03-31"}]


async def test_body_is_what_the_bill_was_when_it_happened_on_every_attempt_whatever_became_of_it(edge, receiver):
    endpoint = await make_endpoint(edge, f"{receiver.url}/bayou", format="bayou", events=["new_bill", "updated_bill"])
    bayou = await Bayou.of(edge)
    await bayou.upload("BILL_123")
    [record] = await until(lambda: ledger_bills(edge))
    amend = {"changes": [{"field": "new_charges", "value": "170.00"}], "amended_by": "Robin", "reason": "typo"}
    path = f"/v1/ledger_bills/{record['ledger_bill_id']}/amendments"
    await edge.json("POST", path, status=201, json=amend)
    receiver.answers["/bayou"] = [500, 500]
    async with telling(edge):
        await in_log(edge, endpoint, 2)
        [delivery] = [one for one in await delivery_log(edge, endpoint) if one["event_type"] == "new_bill"]
        await edge.json(
            "POST",
            f"/v1/webhook_endpoints/{endpoint['webhook_endpoint_id']}/deliveries/{delivery['delivery_id']}/redeliver",
            status=202,
        )
        await receiver.wait("/bayou", 5)

    new, updated = told_at(receiver, "/bayou", "new_bill"), told_at(receiver, "/bayou", "updated_bill")
    assert {one.event["object"]["total_amount"] for one in new} == {16_293}
    assert {one.event["object"]["total_amount"] for one in updated} == {17_000}
    assert {one.event["object"]["id"] for one in (*new, *updated)} == {new[0].event["object"]["id"]}
    assert (len({one.body for one in new}), len({one.id for one in new})) == (1, 1)


async def test_bill_that_waits_for_a_person_is_an_unparsed_one_until_it_counts(edge, receiver):
    await make_endpoint(edge, f"{receiver.url}/bayou", format="bayou")
    bayou = await Bayou.of(edge)
    [project_id] = [one["project_id"] for one in (await edge.json("GET", "/v1/projects"))["projects"]]
    await edge.json("PUT", f"/v1/projects/{project_id}/review_settings", json={"hold": "always"})
    async with telling(edge):
        bill = await bayou.upload("BILL_1")
        await receiver.wait("/bayou", 2)
        [held] = told_at(receiver, "/bayou", "new_unparsed_bill")
        [ready] = told_at(receiver, "/bayou", "bills_ready")
        assert (held.event["object"]["id"], held.event["object"]["status"]) == (bill["id"], "unparsed")
        assert ready.event["object"]["bills_unparsed"] == [{"id": bill["id"]}]
        assert ready.event["object"]["bills_parsed"] == []
        [listed] = await bayou.ask("GET", f"/customers/{bayou.customer['id']}/bills")
        assert (listed["id"], listed["status"]) == (bill["id"], "unparsed")
        [mine] = await edge.bills(project_id)
        await edge.json(
            "POST",
            f"/v1/projects/{project_id}/utility_bills/{mine['utility_bill_id']}/confirm",
            json={"reviewed_by": "Robin"},
        )
        await until(lambda: new_bills(receiver))
    [counts] = told_at(receiver, "/bayou", "new_bill")
    assert (counts.event["object"]["id"], counts.event["object"]["status"]) == (bill["id"], "unlocked")


async def new_bills(receiver):
    return told_at(receiver, "/bayou", "new_bill")


async def test_bill_that_was_deleted_is_in_no_body_that_is_kept_or_sent_again(edge, receiver):
    endpoint = await make_endpoint(edge, f"{receiver.url}/bayou", format="bayou", events=["bills_ready", "new_bill"])
    bayou = await Bayou.of(edge)
    async with telling(edge):
        await bayou.upload("BILL_1")
        await bayou.upload("BILL_2", PDF + b"2", success(electric_bill(start="2026-04-01", end="2026-05-01", kwh=333)))
        await in_log(edge, endpoint, 4)
        [project_id] = {one["project_id"] for one in await ledger_bills(edge)}
        gone = (await edge.bills(project_id))[1]["utility_bill_id"]
        await edge.json("DELETE", f"/v1/projects/{project_id}/utility_bills/{gone}", status=204)

        async def erased():
            async with edge.database.service() as connection:
                kept = await connection.fetch("SELECT body FROM gateway.rendering")
            return None if any(b"BILL_1" in row["body"] for row in kept) else kept

        assert any(b"333000" in row["body"] for row in await until(erased))
        [delivery, *_] = await delivery_log(edge, endpoint)
        late = await renderings_of(edge, delivery, [gone])
        assert late is None
        before = len(receiver.at("/bayou"))
        again = {"which": "all", "since": "2020-01-01T00:00:00Z"}
        path = f"/v1/webhook_endpoints/{endpoint['webhook_endpoint_id']}/redeliveries"
        sent = (await edge.json("POST", path, status=202, json=again))["deliveries"]
        came = (await receiver.wait("/bayou", before + sent))[before:]
        await edge.json("DELETE", f"/v1/projects/{project_id}", status=204)
        async with edge.database.service() as connection:
            assert await connection.fetchval("SELECT count(*) FROM gateway.rendering") == 0
    # What it was told of by itself is not sent any more, and of all bills what is left is.
    assert [one.event["event"] for one in came].count("new_bill") == 1
    assert [one for one in came if b"BILL_1" in one.body] == []
    assert all(len(one.event["object"]["bills_parsed"]) < 2 for one in told_at(receiver, "/bayou", "bills_ready")[2:])


async def test_utilityapi_hears_of_each_meters_bills_in_one_signed_batch(edge, receiver):
    endpoint = await make_endpoint(edge, f"{receiver.url}/ua", format="utilityapi", strict_order=True)
    project_id = await edge.project()
    async with telling(edge):
        await edge.upload(project_id)
        await edge.read_next(outcome_to_proto(success(both())))
        added, ready = await receiver.wait("/ua", 2)

    for one in (added, ready):
        # As public receivers check it: SHA-256 over secret, salt and body, dots between them.
        salt = one.headers["x-utilityapi-webhook-salt"]
        signed = f"{endpoint['secret']}.{salt}.".encode() + one.body
        assert one.headers["x-utilityapi-webhook-signature"] == hashlib.sha256(signed).hexdigest()
        # Some print the body anew before they check.
        assert json.dumps(json.loads(one.body), indent=4).encode() == one.body
        Webhook(endpoint["secret"]).verify(one.body, one.headers)
        assert (set(one.event), one.event["next"]) == ({"events", "next"}, None)
    assert added.headers["x-utilityapi-webhook-salt"] != ready.headers["x-utilityapi-webhook-salt"]
    meters = {one["uid"] for one in await utilityapi(edge, "GET", "/meters", "meters")}
    assert {one["meter_uid"] for one in added.event["events"]} == meters
    for event in added.event["events"]:
        assert {name: type(value) for name, value in event.items()} == UTILITYAPI_EVENT
        assert (event["type"], event["authorization_uid"]) == ("meter_bills_added", project_id)
        assert (event["delivery_target"], event["is_delivered"]) == (f"{receiver.url}/ua", False)
        assert event["ts"].endswith("+00:00")
        assert event["ts"].index(".") + 7 == event["ts"].index("+")
    assert [one["type"] for one in ready.event["events"]] == [
        *["meter_historical_collection_finished_successful"] * 2,
        "authorization_update_finished_successful",
    ]


async def test_utilityapi_events_are_listed_retrieved_and_marked(edge, receiver):
    endpoint = await make_endpoint(edge, f"{receiver.url}/ua", format="utilityapi", events=["new_bill"])
    receiver.always["/ua"] = 500
    project_id = await edge.project()
    async with telling(edge, schedule=PATIENT):
        for number in range(2):
            await edge.upload(project_id, PDF + bytes([number + 65]))
            month = number + 1
            reading = both() if number else electric_bill(start=f"2026-0{month}-01", end=f"2026-0{month + 1}-01")
            await edge.read_next(outcome_to_proto(success(reading)))
        await receiver.wait("/ua", 2)

        listed = await utilityapi(edge, "GET", "/events", "events")
        assert [one["type"] for one in listed] == ["meter_bills_added"] * 3
        assert [one["ts"] for one in listed] == sorted((one["ts"] for one in listed), reverse=True)
        sent = [event for one in receiver.at("/ua") for event in one.event["events"]]
        assert sorted(one["uid"] for one in sent) == sorted(one["uid"] for one in listed)
        assert await utilityapi(edge, "GET", f"/events/{listed[1]['uid']}") == listed[1]
        assert await utilityapi(edge, "GET", f"/events?after={listed[0]['uid']}", "events") == listed[1:]
        assert await utilityapi(edge, "GET", "/events?is_delivered=true", "events") == []

        marked = await utilityapi(edge, "PATCH", f"/events/{listed[2]['uid']}", json={"is_delivered": True})
        assert marked == {**listed[2], "is_delivered": True}
        assert await utilityapi(edge, "GET", "/events?is_delivered=true", "events") == [marked]
        await in_log(edge, endpoint, 1, "?status=queued")
        receiver.always["/ua"] = 204
        again = await utilityapi(edge, "PATCH", f"/events/{marked['uid']}", json={"is_delivered": False})
        assert again["is_delivered"] is False
        sent_again = await receiver.wait("/ua", 3)
        assert [one["uid"] for one in sent_again[2].event["events"]] == [marked["uid"]]
        [done] = await in_log(edge, endpoint, 1)
    assert (await utilityapi(edge, "GET", f"/events/{marked['uid']}"))["is_delivered"] is True
    assert marked["uid"].startswith(done["delivery_id"])


async def test_utilityapi_event_that_is_none_is_refused(edge):
    for uid in ("nothing", "00000000-0000-4000-8000-000000000000.0", "x.y"):
        assert (await utilityapi(edge, "GET", f"/events/{uid}", status=404))["error"] == "no_such_endpoint"
        assert (await utilityapi(edge, "GET", f"/events?after={uid}", status=400))["error"] == "invalid_param"


async def test_utilityapi_events_show_where_they_go_to_who_may_see_webhooks_only(edge):
    reader = await edge.new_key(scopes=("read",))
    await utilityapi(edge, "GET", "/events", status=403, key=reader)
    await utilityapi(edge, "GET", "/events/x.0", status=403, key=reader)


async def test_utilityapi_event_that_was_not_sent_yet_is_listed_as_it_will_be(edge, receiver):
    await make_endpoint(edge, f"{receiver.url}/ua", format="utilityapi", events=["new_bill"])

    async def listed():
        return await utilityapi(edge, "GET", "/events", "events")

    async with following(edge, edge.rooms_channel):
        await edge.read_bill(await edge.project())
        [event] = await until(listed)
    async with telling(edge):
        [came] = await receiver.wait("/ua")
    assert came.event["events"] == [event]


async def test_test_event_comes_in_the_format_too(edge, receiver):
    endpoints = {
        name: await make_endpoint(edge, f"{receiver.url}/{name}", format=name) for name in ("bayou", "utilityapi")
    }
    async with telling(edge, schedule=ONCE):
        for one in endpoints.values():
            await edge.json("POST", f"/v1/webhook_endpoints/{one['webhook_endpoint_id']}/test", status=202)
        [bayou], [ping] = [await receiver.wait(f"/{name}") for name in endpoints]
    assert bayou.event == {"event": "webhook.test", "object": {"message": "This is a test."}}
    assert [one["type"] for one in ping.event["events"]] == ["ping"]


async def test_format_is_one_that_is_mounted_with_events_that_it_can_tell_and_stays(edge, receiver):
    url = f"{receiver.url}/hook"
    for body, field in (
        ({"url": url, "format": "energyprint"}, "format"),
        ({"url_template": url, "format": "bayou"}, "url_template"),
        ({"url": url, "format": "bayou", "events": ["months_changed"]}, "events"),
    ):
        refused = await edge.json("POST", "/v1/webhook_endpoints", status=400, json=body)
        assert refused["metadata"]["field"] == field
    made = await make_endpoint(edge, url, format="utilityapi", events=["new_bill"])
    path = f"/v1/webhook_endpoints/{made['webhook_endpoint_id']}"
    assert (await edge.json("PATCH", path, status=400, json={"format": "bayou"}))["metadata"]["field"] == "format"
    assert (await edge.json("PATCH", path, status=400, json={"events": ["months_changed"]}))["metadata"][
        "field"
    ] == "events"
    assert (await edge.json("PATCH", path, json={"events": []}))["events"] == [
        "new_bill",
        "updated_bill",
        "bills_ready",
    ]
    assert (await edge.json("PATCH", path, json={"description": "x"}))["format"] == "utilityapi"


async def utilityapi(edge, method, path, member=None, *, status=200, key=None, **rest):
    headers = {"Authorization": f"Bearer {key or edge.key}"}
    async with edge.http.request(method, edge.url + UTILITYAPI + path, headers=headers, **rest) as answer:
        body = await answer.json()
        assert answer.status == status, body
        return body if member is None else body[member]


async def renderings_of(edge, delivery, bill_ids):
    """Keep what was rendered of documents, as one does who began before one of them was erased; return what is kept."""
    told = Telling(
        delivery_id=delivery["delivery_id"],
        tenant_id=edge.tenant_id,
        event_id=delivery["event_id"],
        event_type="bills_ready",
        occurred_at=datetime.now(UTC),
        own_body=b"",
        target="",
        base_url="",
    )
    async with edge.database.tenant(edge.tenant_id) as connection:
        return await keep(connection, told, Rendering(body=b"BILL_1", bill_ids=bill_ids))


async def ledger_bills(edge):
    return (await edge.json("GET", "/v1/ledger_bills"))["ledger_bills"]
