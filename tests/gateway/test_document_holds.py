"""The document holds for requests that nobody thought of: schemathesis makes them, the edge as it runs answers."""

import asyncio

import pytest

from bench.api_fuzz import Target, throw
from gateway.service import build_webhooks
from runtime.rpc.client import Credentials
from tests.gateway.delivering import make_endpoint
from tests.gateway.edge import OPERATOR_KEY, running

EXAMPLES = 50


@pytest.mark.timeout(600)
async def test_no_answer_is_a_fault_or_undocumented_whatever_is_asked(edge):
    project_id = await edge.project()
    told = await edge.read_bill(project_id)
    key = await edge.json("POST", "/v1/api_keys", status=201, json={"name": "x", "scopes": ["read"]})
    endpoint = await make_endpoint(edge, "http://127.0.0.1:9/hook")
    ids = {
        "project_id": project_id,
        "utility_bill_id": told["utility_bill_id"],
        "job_id": told["job_id"],
        "key_id": key["key_id"],
        "webhook_endpoint_id": endpoint["webhook_endpoint_id"],
        "tenant_id": str(edge.tenant_id),
    }
    target = Target(edge.url, edge.key, OPERATOR_KEY, ids)
    # What deletes a project waits for the role webhooks to have heard of it.
    webhooks = build_webhooks(
        edge.settings, edge.database, edge.rooms_channel, edge.rooms_channel, Credentials(edge.tokens)
    )
    async with running(webhooks):
        assert await asyncio.to_thread(throw, target, EXAMPLES, tell=print) == []
