"""The tenant's own affairs and the operator's: keys that rotate, requests that come twice, the log of writes, tenants."""

import asyncio
import dataclasses
import json
import re
from datetime import datetime, timedelta
from functools import partial

import pytest

from gateway.http.kept import store
from gateway.http.kept.upkeep import tidy_all
from gateway.rest.routes import ROUTES
from tests.gateway.edge import OPERATOR_KEY, until
from tests.gateway.test_server import another

UUID = "7d2c1f0a-93a4-4e5e-8f0b-0a6f3c1b2d4e"
NEW_KEY = {"name": "nightly", "scopes": ["read"]}


def _fill(named, found):
    return named.get(found[1], UUID)


async def works(edge, key):
    async with edge.ask("GET", "/v1/projects", key=key) as answer:
        return answer.status == 200


async def test_rotated_key_and_its_successor_work_side_by_side(edge):
    old = await edge.json("POST", "/v1/api_keys", status=201, json={**NEW_KEY, "expires_in_days": 100})
    new = await edge.json("POST", f"/v1/api_keys/{old['key_id']}/rotate", status=201, json={"grace_hours": 1})
    assert await works(edge, old["api_key"])
    assert await works(edge, new["api_key"])
    assert (new["name"], new["scopes"], new["expires_at"]) == (old["name"], old["scopes"], old["expires_at"])
    ends_in = datetime.fromisoformat(new["replaces"]["expires_at"]) - datetime.fromisoformat(new["created_at"])
    assert abs(ends_in - timedelta(hours=1)) < timedelta(minutes=1)


async def test_key_rotated_without_grace_ends_at_once(edge):
    old = await edge.json("POST", "/v1/api_keys", status=201, json=NEW_KEY)
    await edge.json("POST", f"/v1/api_keys/{old['key_id']}/rotate", status=201, json={"grace_hours": 0})
    assert not await works(edge, old["api_key"])
    told = await edge.json("POST", f"/v1/api_keys/{old['key_id']}/rotate", status=404)
    assert told["reason"] == "NO_SUCH_KEY"


async def test_keys_are_listed_by_page_and_by_whether_they_work(edge):
    made = [await edge.json("POST", "/v1/api_keys", status=201, json=NEW_KEY) for _ in range(4)]
    await edge.json("DELETE", f"/v1/api_keys/{made[0]['key_id']}")
    seen: list[str] = []
    path: str | None = "/v1/api_keys?page_size=2"
    while path:
        async with edge.ask("GET", path) as answer:
            page = await answer.json()
            assert len(page["api_keys"]) <= 2
            seen += [key["key_id"] for key in page["api_keys"]]
            path = answer.links["next"]["url"].path_qs if "next" in answer.links else None
    assert len(seen) == len(set(seen)) == 5
    ended = await edge.json("GET", "/v1/api_keys?live=false")
    assert [key["key_id"] for key in ended["api_keys"]] == [made[0]["key_id"]]
    assert len((await edge.json("GET", "/v1/api_keys?live=true"))["api_keys"]) == 4
    told = await edge.json("GET", "/v1/api_keys?page_token=AAAA", status=400)
    assert told["reason"] == "BAD_PAGE_TOKEN"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/api_keys", NEW_KEY),
        ("/v1/projects", {"name": "Site"}),
        ("/v1/webhook_endpoints", {"url": "http://127.0.0.1:9/hook"}),
    ],
)
async def test_same_idempotency_key_makes_one_thing_and_answers_alike(edge, path, body):
    headers = {"Idempotency-Key": "once"}
    first = await edge.json("POST", path, status=201, json=body, headers=headers)
    assert await edge.json("POST", path, status=201, json=body, headers=headers) == first
    listed = await edge.json("GET", path)
    [items] = [value for value in listed.values() if isinstance(value, list)]
    assert sum(any(one == first.get(name) for name, one in item.items() if name.endswith("_id")) for item in items) == 1
    other = {**body, "name": "another"} if "name" in body else {"url": "http://127.0.0.1:9/other"}
    told = await edge.json("POST", path, status=422, json=other, headers=headers)
    assert told["reason"] == "REQUEST_REUSED"
    told = await edge.json("POST", path, status=400, json=body, headers={"Idempotency-Key": "x" * 256})
    assert told["reason"] == "BAD_HEADER"


async def test_request_under_way_is_a_conflict_and_then_answered_as_the_first(edge):
    headers = {"Idempotency-Key": "twins"}
    async with edge.database.tenant(edge.tenant_id) as connection:
        assert await store.try_turn(connection, f"{edge.tenant_id} create_api_key twins")
        async with edge.ask("POST", "/v1/api_keys", json=NEW_KEY, headers=headers) as answer:
            told = await answer.json(content_type=None)
            assert (answer.status, told["reason"]) == (409, "REQUEST_IN_PROGRESS")
            assert answer.headers["Retry-After"] == "1"

    async def ask():
        async with edge.ask("POST", "/v1/api_keys", json=NEW_KEY, headers=headers) as answer:
            return answer.status, (await answer.json(content_type=None)).get("key_id")

    answers = await asyncio.gather(*(ask() for _ in range(8)))
    assert {status for status, _ in answers} <= {201, 409}
    made = {key_id for status, key_id in answers if status == 201}
    assert len(made) == 1
    assert (await ask())[1] in made


async def test_kept_answer_shows_no_secret_in_the_database(edge):
    made = await edge.json("POST", "/v1/api_keys", status=201, json=NEW_KEY, headers={"Idempotency-Key": "sealed"})
    async with edge.database.service(read_only=True) as connection:
        [body] = [row["body"] for row in await connection.fetch("SELECT body FROM gateway.repeat")]
    assert made["api_key"].encode() not in body
    assert len(body) > 100


async def test_key_of_another_tenant_does_not_hear_the_first_answer(edge):
    headers = {"Idempotency-Key": "shared"}
    first = await edge.json("POST", "/v1/api_keys", status=201, json=NEW_KEY, headers=headers)
    stranger = await edge.new_key(await edge.new_tenant())
    other = await edge.json("POST", "/v1/api_keys", status=201, json=NEW_KEY, headers=headers, key=stranger)
    assert other["key_id"] != first["key_id"]


async def test_every_write_stands_in_the_log_with_who_when_and_what_came_of_it(edge):
    key = await edge.json("POST", "/v1/api_keys", status=201, json={"name": "writer", "scopes": ["upload", "amend"]})
    trace = {"X-Request-Id": "trace-of-mine"}
    project_id = await edge.project(key=key["api_key"], headers=trace)
    await edge.json("PUT", f"/v1/projects/{project_id}/policy", key=key["api_key"], json={"rule": "x"}, status=400)
    await edge.json("GET", "/v1/projects")
    log = await edge.json("GET", f"/v1/audit_log?key_id={key['key_id']}")
    told = [(one["operation"], one["method"], one["status"], one["reason"]) for one in log["writes"]]
    assert told == [("update_policy", "PUT", 400, "BAD_REQUEST"), ("create_project", "POST", 201, None)]
    assert log["writes"][1]["request_id"] == "trace-of-mine"
    assert log["writes"][0]["path"] == f"/v1/projects/{project_id}/policy"
    assert {(one["address"], one["actor"], one["tenant_id"]) for one in log["writes"]} == {
        ("127.0.0.1", "key", edge.tenant_id)
    }


async def test_log_is_paged_and_filtered(edge):
    for _ in range(5):
        await edge.project()
    await edge.json("POST", "/v1/api_keys", status=201, json=NEW_KEY)
    seen: list[dict[str, str]] = []
    token: str | None = ""
    while token is not None:
        page = await edge.json("GET", f"/v1/audit_log?operation=create_project&page_size=2&page_token={token}")
        seen += page["writes"]
        token = page["next_page_token"]
    assert len(seen) == 5
    assert [one["at"] for one in seen] == sorted((one["at"] for one in seen), reverse=True)
    middle = seen[2]["at"]
    assert len((await edge.json("GET", f"/v1/audit_log?since={middle}&operation=create_project"))["writes"]) == 3
    assert len((await edge.json("GET", f"/v1/audit_log?until={middle}"))["writes"]) == 2
    stranger = await edge.new_key(await edge.new_tenant())
    assert (await edge.json("GET", "/v1/audit_log", key=stranger))["writes"] == []


async def test_no_write_is_made_that_the_log_cannot_hold(edge):
    async with edge.database.service() as connection:
        await connection.execute("SET LOCAL ROLE NONE")
        await connection.execute("ALTER TABLE gateway.audit RENAME TO audit_away")
    async with edge.ask("POST", "/v1/projects", json={"name": "Site"}) as answer:
        assert answer.status == 500
    async with edge.database.service() as connection:
        await connection.execute("SET LOCAL ROLE NONE")
        await connection.execute("ALTER TABLE gateway.audit_away RENAME TO audit")
    assert (await edge.json("GET", "/v1/projects"))["projects"] == []


async def test_address_is_what_the_own_proxy_saw_only_where_the_operator_says_so(edge):
    forwarded = {"X-Forwarded-For": "198.51.100.9, 192.0.2.7"}
    await edge.project(headers=forwarded)
    settings = dataclasses.replace(edge.settings, trust_forwarded_for=True)
    async with another(edge, settings=settings) as url:
        headers = {"Authorization": f"Bearer {edge.key}", **forwarded}
        async with edge.http.post(url + "/v1/projects", json={"name": "Behind"}, headers=headers) as answer:
            assert answer.status == 201
    log = await edge.json("GET", "/v1/audit_log")
    assert [one["address"] for one in log["writes"]] == ["192.0.2.7", "127.0.0.1"]


async def test_what_is_old_enough_goes_from_log_and_answers(edge):
    await edge.json("POST", "/v1/api_keys", status=201, json=NEW_KEY, headers={"Idempotency-Key": "old"})
    await edge.project()
    assert await tidy_all(edge.database, 400) == 0
    async with edge.database.service() as connection:
        await connection.execute("UPDATE gateway.repeat SET created_at = created_at - interval '25 hours'")
        await connection.execute(
            "UPDATE gateway.audit SET at = at - interval '401 days' WHERE operation = 'create_project'"
        )
    assert await tidy_all(edge.database, 400) == 2
    assert [one["operation"] for one in (await edge.json("GET", "/v1/audit_log"))["writes"]] == ["create_api_key"]


async def test_operator_makes_and_lists_tenants_and_sees_all_writes(edge):
    made = await edge.json("POST", "/v1/tenants", status=201, json={"name": "Second"}, key=OPERATOR_KEY)
    first_key = made["first_key"]["api_key"]
    assert await works(edge, first_key)
    own = await edge.json("GET", "/v1/tenant", key=first_key)
    assert (own["tenant_id"], own["name"]) == (made["tenant_id"], "Second")
    listed = await edge.json("GET", "/v1/tenants?page_size=1", key=OPERATOR_KEY)
    assert [one["tenant_id"] for one in listed["tenants"]] == [made["tenant_id"]]
    rest = await edge.json("GET", f"/v1/tenants?page_token={listed['next_page_token']}", key=OPERATOR_KEY)
    assert [one["tenant_id"] for one in rest["tenants"]] == [edge.tenant_id]
    assert await edge.json("GET", f"/v1/tenants/{made['tenant_id']}", key=OPERATOR_KEY) == listed["tenants"][0]
    await edge.project(key=first_key)
    log = await edge.json("GET", "/v1/operator/audit_log", key=OPERATOR_KEY)
    assert [(one["actor"], one["operation"]) for one in log["writes"]] == [
        ("key", "create_project"),
        ("operator", "create_tenant"),
    ]
    assert OPERATOR_KEY not in json.dumps(log)


async def test_operators_routes_are_shut_to_every_other_key_and_tenants_routes_to_the_operator(edge):
    for route in ROUTES:
        if route.scope is None:
            continue
        named = {"tenant_id": str(edge.tenant_id), "page": "1"}
        path = re.sub(r"{(\w+)}", partial(_fill, named), route.path)
        given = {"operator": edge.key}.get(route.scope, OPERATOR_KEY)
        async with edge.ask(route.method, path, key=given) as answer:
            told = await answer.json(content_type=None)
            assert (answer.status, told["reason"]) == (403, "MISSING_SCOPE"), route.operation_id
        if route.scope == "operator":
            for given, reason in (("", "NO_KEY"), (OPERATOR_KEY + "x", "BAD_KEY")):
                async with edge.ask(route.method, path, key=given) as answer:
                    told = await answer.json(content_type=None)
                    assert (answer.status, told["reason"]) == (401, reason), route.operation_id


async def test_installation_without_an_operators_key_has_no_operator(edge):
    settings = dataclasses.replace(edge.settings, operator_key="")
    async with another(edge, settings=settings) as url:
        for key in (OPERATOR_KEY, "x"):
            async with edge.http.get(url + "/v1/tenants", headers={"Authorization": f"Bearer {key}"}) as answer:
                assert answer.status == 401


async def test_last_use_of_a_key_is_told(edge):
    made = await edge.json("POST", "/v1/api_keys", status=201, json=NEW_KEY)
    assert made["last_used_at"] is None
    assert await works(edge, made["api_key"])

    async def used():
        keys = (await edge.json("GET", "/v1/api_keys"))["api_keys"]
        return next(key["last_used_at"] for key in keys if key["key_id"] == made["key_id"])

    assert await until(used)
