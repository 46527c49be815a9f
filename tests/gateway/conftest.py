"""The edge as it runs: real HTTP socket, real PostgreSQL, real folder store, and rooms behind real gRPC sockets."""

import asyncio
import re
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp
import pytest_asyncio

from domain.ids import TenantId
from gateway.openapi.document import build_document
from gateway.rest.routes import ROUTES
from gateway.service import build_gateway
from runtime.keys import create_key, create_tenant
from runtime.objects import open_store
from runtime.postgres import Database
from runtime.rpc.client import open_channel
from runtime.rpc.identity import ServiceAuthenticator, ServiceTokens
from runtime.rpc.server import GrpcServer
from runtime.settings import Settings
from tests.gateway.receiver import receiving
from tests.gateway.rooms import FakeIngest, FakeProfiles, ingest_servicer, profiles_servicer
from tests.gateway.schema import errors

DOCUMENT = build_document(ROUTES)
SECRET = "a secret of the tests, long enough to use"


@dataclass
class Edge:
    """What a test of the edge holds."""

    url: str
    database: Database
    settings: Settings
    tokens: ServiceTokens
    ingest: FakeIngest
    profiles: FakeProfiles
    profile_channel: object
    tenant_id: TenantId
    key: str
    http: aiohttp.ClientSession

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

    async def json(self, method, path, *, status=200, **rest):
        async with self.ask(method, path, **rest) as answer:
            body = await answer.json(content_type=None)
            assert answer.status == status, body
            return body

    async def project(self, **rest):
        return (await self.json("POST", "/v1/projects", status=201, json={"name": "Site"}, **rest))["project_id"]

    async def upload(self, project_id, body=b"%PDF-1.7 a bill", *, status=202, headers=None, **rest):
        name = {"Content-Disposition": 'attachment; filename="bill.pdf"'}
        return await self.json(
            "POST",
            f"/v1/projects/{project_id}/utility_bills",
            status=status,
            data=body,
            headers={**name, **(headers or {})},
            **rest,
        )


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
async def running(component):
    """Run a component's tasks; stop and await them at the end."""
    stopping = asyncio.Event()
    tasks = [asyncio.create_task(task(stopping), name=name) for name, task in component.tasks]
    try:
        yield tasks
    finally:
        stopping.set()
        async with asyncio.timeout(20):
            await asyncio.gather(*tasks)


@pytest_asyncio.fixture
async def edge(database, tmp_path):
    tokens = ServiceTokens(SECRET)
    settings = Settings(http_listen="127.0.0.1:0", secret=SECRET, webhooks_allow_loopback=True)
    objects = await open_store(f"file://{tmp_path}/objects")
    ingest = FakeIngest(objects)
    profiles = FakeProfiles(ingest)
    server = GrpcServer(
        [ingest_servicer(ingest), profiles_servicer(profiles)],
        ServiceAuthenticator(tokens),
        f"unix:{tmp_path}/rooms.sock",
    )
    await server.start()
    ingest_channel, profile_channel = open_channel(server.address), open_channel(server.address)
    listening = asyncio.get_running_loop().create_future()
    component = build_gateway(
        settings,
        database,
        objects,
        ingest_channel,
        profile_channel,
        tokens,
        on_listening=listening.set_result,
    )
    async with database.service() as connection:
        tenant_id = await create_tenant(connection, "Test")
    async with running(component), aiohttp.ClientSession() as http:
        async with asyncio.timeout(10):
            address = await listening
        held = Edge(
            f"http://{address}", database, settings, tokens, ingest, profiles, profile_channel, tenant_id, "", http
        )
        held.key = await held.new_key()
        yield held
    await ingest_channel.close()
    await profile_channel.close()
    await server.stop(0.1)
    await objects.close()


@pytest_asyncio.fixture
async def receiver():
    async with receiving() as one:
        yield one
