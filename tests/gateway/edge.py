"""What a test of the edge holds: an HTTP client whose every answer is held to the document, and what lies behind."""

import asyncio
import re
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp

from domain.ids import TenantId
from gateway.openapi.document import build_document
from gateway.rest.routes import ROUTES
from protos.ingest.v1 import ingest_pb2
from protos.ingest.v1.ingest_pb2_grpc import IngestStub
from runtime.keys import create_key, create_tenant
from runtime.objects import ObjectStore
from runtime.postgres import Database
from runtime.rpc.client import Credentials
from runtime.rpc.identity import ServiceTokens
from runtime.settings import Settings
from runtime.wire import outcome_to_proto
from tests.gateway.rooms import PlayedChanges
from tests.gateway.schema import errors
from tests.ingest.running import Worker
from tests.profile.readings import electric_bill, history, success

DOCUMENT = build_document(ROUTES)
OPERATOR_KEY = "the operator of the tests, long enough"
SECRET = "a secret of the tests, long enough to use"
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


@dataclass
class Edge:
    """A running edge. Requests carry its tenant's key unless another is given; "" sends none."""

    url: str
    database: Database
    settings: Settings
    objects: ObjectStore
    tokens: ServiceTokens
    rooms_channel: Any
    changes: PlayedChanges
    changes_channel: Any
    tenant_id: TenantId
    http: aiohttp.ClientSession
    key: str = ""

    async def new_key(self, tenant_id=None, scopes=("admin",)):
        tenant_id = tenant_id or self.tenant_id
        async with self.database.tenant(tenant_id) as connection:
            return (await create_key(connection, tenant_id, name="test", scopes=scopes))[1]

    async def new_tenant(self, name="Other"):
        async with self.database.service() as connection:
            return await create_tenant(connection, name)

    @asynccontextmanager
    async def ask(self, method, path, *, key=None, headers=None, **rest):
        bearer = {} if key == "" else {"Authorization": f"Bearer {key or self.key}"}
        async with self.http.request(
            method, self.url + path, headers={**bearer, **(headers or {})}, allow_redirects=False, **rest
        ) as answer:
            await check_documented(method, path, answer)
            yield answer

    async def property_of(self, project_id) -> str:
        """The property that a project maps to, made where it has none."""
        return (await self.json("GET", f"/v1/projects/{project_id}/property"))["property_id"]

    async def json(self, method, path, *, status=200, **rest):
        async with self.ask(method, path, **rest) as answer:
            body = await answer.json(content_type=None) if answer.status != 204 else None
            assert answer.status == status, body
            return body

    async def project(self, **rest):
        return (await self.json("POST", "/v1/projects", status=201, json={"name": "Site"}, **rest))["project_id"]

    async def upload(self, project_id, body=PDF, *, status=202, headers=None, **rest):
        name = {"Content-Disposition": 'attachment; filename="bill.pdf"'}
        return await self.json(
            "POST",
            f"/v1/projects/{project_id}/utility_bills",
            status=status,
            data=body,
            headers={**name, **(headers or {})},
            **rest,
        )

    async def gone(self, project_id, bill_id=""):
        """Delete a project, or a bill of it, where deletion begins: ingest. Nobody waits for the other rooms."""
        ingest, metadata = IngestStub(self.rooms_channel), Credentials(self.tokens).for_tenant(self.tenant_id)
        if bill_id:
            request = ingest_pb2.DeleteBillRequest(project_id=project_id, bill_id=bill_id)
            await ingest.DeleteBill(request, metadata=metadata, timeout=10)
        else:
            await ingest.DeleteProject(
                ingest_pb2.DeleteProjectRequest(project_id=project_id), metadata=metadata, timeout=10
            )

    async def bills(self, project_id):
        return (await self.json("GET", f"/v1/projects/{project_id}/utility_bills"))["utility_bills"]

    async def read_next(self, outcome=None):
        """Play a parser: take the oldest job and finish it, with a year of electricity unless told otherwise."""
        if outcome is None:
            past = tuple(history(f"2025-{month:02}", 900 + month) for month in range(3, 13))
            outcome = outcome_to_proto(success(electric_bill(history=past)))
        worker = Worker(IngestStub(self.rooms_channel), Credentials(self.tokens).for_service(), "parser")
        try:
            lease = await worker.lease()
            await worker.finish(lease, outcome)
        finally:
            worker.call.cancel()
        return lease

    async def read_bill(self, project_id, body=PDF):
        """Upload a bill and have it read; returns once profile holds it."""
        told = await self.upload(project_id, body)
        await self.read_next()
        path = f"/v1/projects/{project_id}/utility_bills/{told['utility_bill_id']}/reading"

        async def readable():
            async with self.ask("GET", path) as answer:
                return answer.status == 200

        await until(readable)
        return told


async def until(condition, seconds=20):
    """Wait for an asynchronous condition; return what it gave."""
    async with asyncio.timeout(seconds):
        while not (given := await condition()):  # noqa: ASYNC110 the far end is a database
            await asyncio.sleep(0.02)
        return given


async def check_documented(method, path, answer):
    """Hold every answer of every test to the document: status, type and shape."""
    assert answer.headers["X-Request-Id"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    methods = _described(path.partition("?")[0])
    if methods is None or method.lower() not in methods:
        expected = DOCUMENT["components"]["schemas"]["Problem"]
        assert answer.status in (404, 405)
        assert errors(await answer.json(content_type=None), expected, DOCUMENT) == []
        return
    response = methods[method.lower()]["responses"].get(str(answer.status))
    assert response is not None, (method, path, answer.status, await answer.text())
    if "$ref" in response:
        response = DOCUMENT["components"]["responses"][response["$ref"].rpartition("/")[2]]
    if answer.status >= 400:
        assert answer.content_type in response["content"]
    content = response.get("content", {}).get(answer.content_type)
    if content and "schema" in content:
        assert errors(await answer.json(content_type=None), content["schema"], DOCUMENT) == []


def _described(path):
    for template, methods in DOCUMENT["paths"].items():
        if re.fullmatch(re.sub(r"{\w+}", "[^/]+", template), path):
            return methods
    return None


@asynccontextmanager
async def running(*components):
    """Run components' tasks; stop and await them at the end."""
    stopping = asyncio.Event()
    tasks = [
        asyncio.create_task(task(stopping), name=name) for component in components for name, task in component.tasks
    ]
    try:
        yield tasks
    finally:
        stopping.set()
        async with asyncio.timeout(20):
            await asyncio.gather(*tasks)
