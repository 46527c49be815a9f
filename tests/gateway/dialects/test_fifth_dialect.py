"""A dialect is its own folder and one line of mounting: here a tiny fifth one, with routes, a key, refusals and webhooks."""

import hashlib

import pytest

from domain.refusals import StoreUnavailable
from domain.summary import to_json
from gateway.credentials import plain_key
from gateway.dialects.answers import exact_response
from gateway.dialects.dialect import Dialect
from gateway.dialects.lists import all_of
from gateway.dialects.mounted import DIALECTS
from gateway.rest.route import Route
from gateway.webhooks.events import JOB_COMPLETED
from gateway.webhooks.formats import Format
from gateway.webhooks.store.renderings import Rendering
from protos.ingest.v1 import ingest_pb2
from tests.gateway.delivering import delivery_log, in_log, make_endpoint, telling


async def list_sites(rooms, call):
    listed = all_of(rooms, call, rooms.ingest.ListProjects, ingest_pb2.ListProjectsRequest(), "projects")
    return exact_response({"sites": [one.name async for one in listed]})


class Fifth:
    """Builds the dialect; its format cannot render as often as ``breaks`` says."""

    breaks = 0

    async def render(self, records, told):
        if self.breaks:
            self.breaks -= 1
            raise StoreUnavailable
        site = ingest_pb2.GetProjectRequest(project_id=told.data["project_id"])
        metadata = records.credentials.for_tenant(told.tenant_id)
        name = (await records.ingest.GetProject(site, metadata=metadata)).name
        return Rendering(body=to_json({"happened": told.event_type, "where": name}).encode())

    def dialect(self):
        return Dialect(
            name="fifth",
            mount="/fifth",
            routes=(Route("GET", "/fifth/sites", "fifth_list_sites", "read", list_sites),),
            key_of=lambda request: plain_key(request.headers.get("X-Fifth-Key", "")),
            refusal=lambda problem: exact_response({"oops": problem.kind.reason}, problem.kind.status),
            webhooks=Format(
                name="fifth",
                events=(JOB_COMPLETED,),
                render=self.render,
                headers=lambda body, secret: {"X-Fifth": hashlib.sha256(secret.encode() + body).hexdigest()},
            ),
        )


FIFTH = Fifth()
DIALECT = FIFTH.dialect()
pytestmark = pytest.mark.parametrize("edge", [(DIALECT,)], indirect=True, ids=["fifth"])


async def test_dialect_that_is_mounted_answers_with_its_own_key_and_refuses_in_its_own_words(edge):
    await edge.project()

    async def ask(path, key):
        async with edge.http.get(f"{edge.url}/fifth{path}", headers={"X-Fifth-Key": key} if key else {}) as answer:
            return answer.status, await answer.json()

    assert await ask("/sites", edge.key) == (200, {"sites": ["Site"]})
    assert await ask("/sites", "") == (401, {"oops": "NO_KEY"})
    assert await ask("/nothing", edge.key) == (404, {"oops": "NO_SUCH_ROUTE"})


async def test_its_webhooks_go_out_in_its_words_once_they_can_be_rendered(edge, receiver):
    FIFTH.breaks = 1
    endpoint = await make_endpoint(edge, f"{receiver.url}/fifth", format="fifth")
    assert endpoint["events"] == [JOB_COMPLETED]
    project_id = await edge.project()
    async with telling(edge, (*DIALECTS, DIALECT)):
        await edge.read_bill(project_id)
        [came] = await receiver.wait("/fifth")

    assert came.event == {"happened": JOB_COMPLETED, "where": "Site"}
    signed = hashlib.sha256(endpoint["secret"].encode() + came.body).hexdigest()
    assert came.headers["x-fifth"] == signed
    [delivery] = await delivery_log(edge, endpoint)
    path = f"/v1/webhook_endpoints/{endpoint['webhook_endpoint_id']}/deliveries/{delivery['delivery_id']}"
    assert (await edge.json("GET", path))["attempt_log"][0]["error"] == "not_rendered"


async def test_format_that_is_mounted_no_more_fails_its_deliveries_and_no_others(edge, receiver):
    gone = await make_endpoint(edge, f"{receiver.url}/fifth", format="fifth")
    await make_endpoint(edge, f"{receiver.url}/own", events=[JOB_COMPLETED])
    project_id = await edge.project()
    async with telling(edge):
        await edge.read_bill(project_id)
        [came] = await receiver.wait("/own")
        [failed] = await in_log(edge, gone, 1, "?status=failed")
    path = f"/v1/webhook_endpoints/{gone['webhook_endpoint_id']}/deliveries/{failed['delivery_id']}"
    assert {one["error"] for one in (await edge.json("GET", path))["attempt_log"]} == {"not_rendered"}
    assert came.event["type"] == JOB_COMPLETED
    assert receiver.at("/fifth") == []
    assert (await edge.json("GET", f"/v1/webhook_endpoints/{gone['webhook_endpoint_id']}"))["enabled"] is True
