"""Two tenants on one edge: whatever route exists, the other's key finds nothing behind it; and what keys may do."""

import json
import re
from importlib.resources import files

import pytest

from gateway.rest.routes import ROUTES
from tests.gateway.delivering import completed, dispatching, following, make_endpoint
from tests.gateway.edge import PDF, until

BODIES = {
    "create_project": {"name": "Mine"},
    "update_policy": {"rule": "last_uploaded"},
    "put_energy_star_rating": {"rating": 75},
    "supply_load_profile": {"monthly_energy": [100] * 12},
    "create_api_key": {"name": "mine", "scopes": ["read"]},
    "update_webhook_endpoint": {"description": "taken over"},
    "redeliver_webhooks": {"since": "2026-01-01T00:00:00Z"},
}
LINES = {"changes": [{"field": "holder", "value": "Stranger"}], "amended_by": "Stranger", "reason": "x"}
BODIES |= {
    "put_account_metadata": {"metadata": {"taken": "over"}},
    "put_meter_metadata": {"metadata": {"taken": "over"}},
    "put_bill_metadata": {"metadata": {"taken": "over"}},
    "amend_ledger_bill": LINES,
    "create_property": {"name": "Mine"},
    "update_property": {"name": "Taken over"},
    "put_temperatures": {"temperatures_f": {"2026-01-01": 50}},
}
WHO = {"reviewed_by": "Stranger"}
BODIES |= {
    "update_review_settings": {"hold": "always"},
    "confirm_utility_bill": WHO,
    "reject_utility_bill": {**WHO, "reason": "x"},
    "confirm_values": {**WHO, "paths": ["holder"]},
}
CREATES = {"create_property", "create_project", "create_api_key", "create_webhook_endpoint"}
LISTS = {"list_ledger_accounts", "list_ledger_meters", "list_ledger_bills", "list_bill_days", "list_properties"}
LISTS |= {
    "list_work",
    "list_projects",
    "list_api_keys",
    "list_webhook_endpoints",
    "list_audit_log",
    "get_own_tenant",
    "list_events",
}
LISTS |= {"export_bills", "export_charges", "export_usages", "export_green_button"}
KEYED = [route for route in ROUTES if route.scope not in (None, "operator")]


@pytest.fixture
async def owned(edge, receiver):
    """One of everything that a path can name, owned by the first tenant."""
    project_id = await edge.project()
    told = await edge.read_bill(project_id, (files("billowatt") / "sample" / "sample-bill.pdf").read_bytes())
    await edge.json("PUT", f"/v1/projects/{project_id}/load_profile/supplied", json={"monthly_energy": [50] * 12})
    property_id = await edge.property_of(project_id)
    await edge.json("PUT", f"/v1/properties/{property_id}/energy_star_ratings/2025-11-30", json={"rating": 61})
    endpoint = await make_endpoint(edge, f"{receiver.url}/hook")
    async with following(edge), dispatching(edge):
        await edge.changes.tell(completed(edge, position=1))
        await receiver.wait("/hook")
        deliveries = f"/v1/webhook_endpoints/{endpoint['webhook_endpoint_id']}/deliveries"

        async def logged():
            return (await edge.json("GET", deliveries + "?status=succeeded"))["deliveries"]

        [delivery] = await until(logged)
    key = await edge.json("POST", "/v1/api_keys", status=201, json={"name": "other", "scopes": ["read"]})
    [bill] = (await edge.json("GET", f"/v1/ledger_bills?project_id={project_id}"))["ledger_bills"]
    return {
        "ledger_bill_id": bill["ledger_bill_id"],
        "other_ledger_bill_id": bill["ledger_bill_id"],
        "account_id": bill["account_id"],
        "meter_id": bill["meters"][0]["meter_id"],
        "project_id": project_id,
        "utility_bill_id": told["utility_bill_id"],
        "job_id": told["job_id"],
        "webhook_endpoint_id": endpoint["webhook_endpoint_id"],
        "delivery_id": delivery["delivery_id"],
        "key_id": key["key_id"],
        "property_id": property_id,
        "page": "1",
        "rated_on": "2025-11-30",
    }


def fill(route, owned):
    return re.sub(r"{(\w+)}", lambda found: owned[found[1]], route.path)


async def test_every_path_is_nothing_to_the_key_of_another_tenant(edge, owned, receiver):
    stranger = await edge.new_key(await edge.new_tenant())
    secrets = [*(value for name, value in owned.items() if name not in {"page", "rated_on"}), edge.tenant_id]
    walked = set()
    for route in sorted(KEYED, key=lambda route: route.method == "DELETE"):
        body = BODIES.get(route.operation_id)
        if route.operation_id == "create_webhook_endpoint":
            body = {"url": f"{receiver.url}/stranger"}
        if route.operation_id == "erase_own_tenant":
            # Erases who asks: tests of erasure do so.
            walked.add(route.operation_id)
            continue
        data = {"data": PDF} if route.operation_id == "upload_utility_bill" else {"json": body} if body else {}
        async with edge.ask(route.method, fill(route, owned), key=stranger, **data) as answer:
            walked.add(route.operation_id)
            if route.operation_id in ("stream_events", "export_tenant"):
                # The stranger's own; a stream would not end, and an archive is no text.
                assert answer.status == 200
                continue
            text = await answer.text()
            if route.operation_id in CREATES:
                assert answer.status == 201
            elif route.operation_id in LISTS:
                assert answer.status == 200
            else:
                assert answer.status == 404, (route.operation_id, text)
        if route.operation_id == "list_audit_log":
            # The stranger's own requests, which named the owner's ids.
            text = re.sub(r'"path":"[^"]*"', "", text)
        leaked = [secret for secret in secrets if secret in text]
        assert leaked == [], route.operation_id
    assert walked == {route.operation_id for route in KEYED}


async def test_nothing_was_changed_when_a_stranger_tried_everything(edge, owned, receiver):
    before = await snapshot(edge, owned)
    await test_every_path_is_nothing_to_the_key_of_another_tenant(edge, owned, receiver)
    assert await snapshot(edge, owned) == before


async def snapshot(edge, owned):
    """What the owner sees of what a stranger could have touched."""
    seen: dict[str, object] = {}
    for route in KEYED:
        if (
            route.method == "GET"
            and route.operation_id not in ("list_api_keys", "list_audit_log")
            and not route.path.endswith(("/stream", "/export"))
        ):
            async with edge.ask("GET", fill(route, owned)) as answer:
                assert answer.status == 200, route.operation_id
                body = await answer.read()
                if answer.content_type == "application/json":
                    told = json.loads(body)
                    seen[route.operation_id] = {k: v for k, v in told.items() if not k.startswith("file_url")}
                else:
                    seen[route.operation_id] = body
    keys = await edge.json("GET", "/v1/api_keys")
    seen["keys"] = [(key["key_id"], key["revoked_at"]) for key in keys["api_keys"]]
    return seen


async def test_every_keyed_path_asks_for_a_key(edge, owned):
    for route in KEYED:
        for headers, reason in (
            ({}, "NO_KEY"),
            ({"Authorization": "Basic eDp5"}, "NO_KEY"),
            ({"Authorization": "Bearer bk_live_AAAAAAAA_" + "a" * 32}, "BAD_KEY"),
            ({"Authorization": f"Bearer {edge.tokens.mint(edge.tenant_id)}"}, "BAD_KEY"),
        ):
            async with edge.ask(route.method, fill(route, owned), key="", headers=headers) as answer:
                body = await answer.json(content_type=None)
                assert (answer.status, body["reason"]) == (401, reason), route.operation_id
                assert answer.headers["WWW-Authenticate"].startswith("Bearer")


async def test_every_keyed_path_asks_for_its_scope(edge, owned):
    scopes = {"upload", "read", "amend", "webhooks", "admin"}
    keys = {scope: await edge.new_key(scopes=[scope]) for scope in scopes}
    for route in KEYED:
        for scope in scopes - {route.scope, "admin"}:
            async with edge.ask(route.method, fill(route, owned), key=keys[scope]) as answer:
                body = await answer.json(content_type=None)
                assert (answer.status, body["reason"]) == (403, "MISSING_SCOPE"), (route.operation_id, scope)
                assert body["metadata"]["scope"] == route.scope


async def test_key_stops_working_when_it_was_revoked(edge):
    made = await edge.json("POST", "/v1/api_keys", status=201, json={"name": "short", "scopes": ["read"]})
    assert made["api_key"].startswith(made["prefix"])
    await edge.json("GET", "/v1/projects", key=made["api_key"])
    listed = await edge.json("GET", "/v1/api_keys")
    assert made["api_key"] not in json.dumps(listed)
    revoked = await edge.json("DELETE", f"/v1/api_keys/{made['key_id']}")
    assert revoked["revoked_at"] is not None

    async def refused():
        async with edge.ask("GET", "/v1/projects", key=made["api_key"]) as answer:
            return answer.status == 401

    await until(refused, 10)


async def test_key_carries_the_scopes_and_the_end_that_were_asked_for(edge):
    asked = {"name": "nightly", "scopes": ["upload", "read", "upload"], "expires_in_days": 30}
    made = await edge.json("POST", "/v1/api_keys", status=201, json=asked)
    assert made["scopes"] == ["read", "upload"]
    assert made["expires_at"] > made["created_at"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": "x"}, "scopes"),
        ({"name": "x", "scopes": []}, "scopes"),
        ({"name": "x", "scopes": ["root"]}, "scopes"),
        ({"name": "x", "scopes": "read"}, "scopes"),
        ({"name": "x", "scopes": ["read"], "expires_in_days": 0}, "expires_in_days"),
        ({"name": "x", "scopes": ["read"], "expires_in_days": True}, "expires_in_days"),
        ({"scopes": ["read"]}, "name"),
    ],
)
async def test_key_is_not_made_when_a_field_is_wrong(edge, body, field):
    refused = await edge.json("POST", "/v1/api_keys", status=400, json=body)
    assert refused["metadata"]["field"] == field
