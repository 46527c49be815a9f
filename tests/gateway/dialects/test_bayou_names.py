"""The caller's own ids at Bayou: kept until changed, safe to repeat, never of two things, and found by what is shown."""

import asyncio

import aiohttp
import pytest

from gateway.dialects import store
from tests.gateway.edge import PDF

API = "/bayou/api/v2"


@pytest.fixture
def bayou(edge):
    async def ask(method, path, *, status=200, headers=(), **rest):
        sent = {"Authorization": aiohttp.encode_basic_auth(edge.key, ""), **dict(headers)}
        async with edge.http.request(method, edge.url + API + path, headers=sent, **rest) as answer:
            body = await answer.json()
            assert answer.status in (status if isinstance(status, tuple) else (status,)), body
            return body

    return ask


async def test_external_id_stays_where_a_change_says_nothing_of_it(bayou):
    made = await bayou("POST", "/customers", status=201, json={"external_id": "C-1"})
    bill = await bayou("POST", f"/bills?customer_id={made['id']}&external_id=B-1", status=201, data=PDF)

    assert (await bayou("PATCH", f"/customers/{made['id']}", json={"name": "Michael"}))["external_id"] == "C-1"
    assert (await bayou("PATCH", f"/bills/{bill['id']}", json={}))["external_id"] == "B-1"
    assert (await bayou("GET", "/customers/external_id:C-1"))["id"] == made["id"]
    assert (await bayou("PATCH", f"/customers/{made['id']}", json={"external_id": None}))["external_id"] is None
    assert (await bayou("PATCH", f"/bills/{bill['id']}", json={"external_id": None}))["external_id"] is None


async def test_customer_made_twice_with_one_idempotency_key_is_one(bayou):
    key = {"Idempotency-Key": "made-once"}
    made = await bayou("POST", "/customers", status=201, headers=key, json={"external_id": "C-1"})

    assert await bayou("POST", "/customers", status=201, headers=key, json={"external_id": "C-1"}) == made
    await bayou("POST", "/customers", status=422, headers={"Idempotency-Key": "another"}, json={"external_id": "C-1"})
    await bayou("POST", "/customers", status=422, json={"external_id": "C-1"})
    assert await bayou("GET", "/customers") == [made], "what is refused leaves no customer behind"

    await bayou("PATCH", f"/customers/{made['id']}", json={"external_id": "C-2"})
    assert await bayou("POST", "/customers", status=201, headers=key, json={"external_id": "C-1"}) == made
    assert len(await bayou("GET", "/customers")) == 1


async def test_external_id_that_another_request_took_meanwhile_is_refused(bayou, monkeypatch):
    await bayou("POST", "/customers", status=201, json={"external_id": "C-1"})
    other = await bayou("POST", "/customers", status=201, json={})
    find = store.thing_of_external_id

    async def too_early(connection, tenant_id, kind, external_id):
        return None if external_id == "C-1" else await find(connection, tenant_id, kind, external_id)

    monkeypatch.setattr(store, "thing_of_external_id", too_early)
    refused = await bayou("PATCH", f"/customers/{other['id']}", status=422, json={"external_id": "C-1"})
    assert refused["error_code"] == "request_reused"
    assert (await bayou("PATCH", f"/customers/{other['id']}", json={"external_id": "C-2"}))["external_id"] == "C-2"
    before = await bayou("GET", "/customers")
    for key in ({}, {"Idempotency-Key": "made-once"}):
        refused = await bayou("POST", "/customers", status=422, headers=key, json={"external_id": "C-1"})
        assert refused["error_code"] == "request_reused"
        assert await bayou("GET", "/customers") == before, "what is refused leaves no customer behind"


async def test_external_id_asked_for_by_many_at_once_goes_to_one(bayou):
    made = [await bayou("POST", "/customers", status=201, json={}) for _ in range(4)]

    async def ask_for_it(customer):
        path = f"/customers/{customer['id']}"
        return await bayou("PATCH", path, status=(200, 422), json={"external_id": "C-1"})

    answers = await asyncio.gather(*map(ask_for_it, made))
    assert sorted(one.get("error_code", "taken") for one in answers) == [*["request_reused"] * 3, "taken"]


async def test_external_id_that_is_shown_is_one_that_finds(edge, bayou):
    await edge.json("POST", "/v1/projects", status=201, json={"name": "Roof", "external_id": "CRM-1"})
    [customer] = await bayou("GET", "/customers")

    assert customer["external_id"] is None
    await bayou("GET", "/customers/external_id:CRM-1", status=404)
