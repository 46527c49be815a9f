"""A whole Billowatt for the browser: every role in this process over real gRPC, as `billowatt up` runs them."""

import asyncio
import shutil
import tempfile
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import aiohttp

from billowatt.roles import Role, open_house
from gateway.console.session import Once
from runtime.component import run_tasks
from runtime.keys import create_key, create_tenant
from runtime.objects import ObjectStore, open_store
from runtime.postgres import Database
from runtime.rpc.server import GrpcServer
from runtime.settings import Settings
from tests.databases import cloned
from tests.gateway.edge import until

SECRET = "a secret of the browser tests, forty bytes"
SAMPLES = Path(__file__).resolve().parents[4] / "billowatt" / "sample"
SAMPLE = SAMPLES / "sample-bill.pdf"
DOUBTFUL = SAMPLES / "sample-bill-doubt.pdf"
WAIT_SECONDS = 40


@dataclass
class House:
    """Where it answers, and what lies behind; one for all browser tests of a process."""

    url: str
    database: Database
    objects: ObjectStore
    settings: Settings
    http: aiohttp.ClientSession

    async def new_person(self, name="Person", scopes=("admin",)) -> "Person":
        """Return somebody with a tenant of their own, so that tests do not see each other's things."""
        async with self.database.service() as connection:
            tenant_id = await create_tenant(connection, name)
        async with self.database.tenant(tenant_id) as connection:
            _, key = await create_key(connection, tenant_id, name=name, scopes=scopes)
        return Person(self, str(tenant_id), key)


@dataclass
class Person:
    """One tenant and its key; speaks the API to prepare what the browser then shows."""

    house: House
    tenant_id: str
    key: str = field(repr=False)

    async def json(self, method, path, *, status=200, headers=None, **rest):
        """Ask the API and return the answer's JSON."""
        bearer = {"Authorization": f"Bearer {self.key}", **(headers or {})}
        async with self.house.http.request(method, self.house.url + path, headers=bearer, **rest) as answer:
            body = await answer.json(content_type=None) if answer.status != 204 else None
            assert answer.status == status, body
            return body

    async def project(self, name="Site"):
        return (await self.json("POST", "/v1/projects", status=201, json={"name": name}))["project_id"]

    async def upload(self, project_id, file=SAMPLE, name=""):
        """Send a file; returns at once."""
        told = f"attachment; filename*=UTF-8''{quote(name or file.name, safe='')}"
        path = f"/v1/projects/{project_id}/utility_bills"
        return await self.json("POST", path, status=202, data=file.read_bytes(), headers={"Content-Disposition": told})

    async def read_bill(self, project_id, file=SAMPLE, name=""):
        """Send a file and wait until it is read and profile holds what it says; returns the bill's id."""
        told = await self.upload(project_id, file, name)
        path = f"/v1/projects/{project_id}/utility_bills/{told['utility_bill_id']}/reading"

        async def readable():
            bearer = {"Authorization": f"Bearer {self.key}"}
            async with self.house.http.get(self.house.url + path, headers=bearer) as answer:
                return answer.status == 200

        await until(readable, WAIT_SECONDS)
        return told["utility_bill_id"]


@asynccontextmanager
async def housing(postgres_url: str, template: str):
    """Run a house on a database of its own, made from the template; yields it."""
    folder = Path(tempfile.mkdtemp(prefix="bw-browser-"))
    try:
        async with cloned(postgres_url, template) as database_url, _running(_settings(database_url, folder)) as house:
            yield house
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _settings(database_url: str, folder: Path) -> Settings:
    socket = f"unix:{folder}/rooms.sock"
    return Settings(
        data=folder,
        database_url=database_url,
        objects_url=(folder / "objects").as_uri(),
        secret=SECRET,
        http_listen="127.0.0.1:0",
        ingest_address=socket,
        profile_address=socket,
        parser_address=socket,
        parser_slots=1,
        webhook_workers=8,
        webhooks_allow_loopback=True,
    )


@asynccontextmanager
async def _running(settings: Settings):
    listening, stopping = asyncio.get_running_loop().create_future(), asyncio.Event()
    async with open_house(list(Role), settings, on_listening=listening.set_result, once=Once()) as rooms:
        servicers = [one for component in rooms.components for one in component.servicers]
        server = GrpcServer(servicers, rooms.authenticator, settings.ingest_address)
        await server.start()
        running = asyncio.create_task(run_tasks(rooms.components, stopping))
        objects = await open_store(settings.objects_url)
        try:
            async with (
                await Database.open(settings.database_url, application_name="tests") as database,
                aiohttp.ClientSession() as http,
            ):
                async with asyncio.timeout(WAIT_SECONDS):
                    address = await listening
                yield House(f"http://{address}", database, objects, settings, http)
        finally:
            stopping.set()
            await running
            await objects.close()
            await server.stop(0.1)
