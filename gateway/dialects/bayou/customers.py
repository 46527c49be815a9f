"""Bayou's customers: made, listed, retrieved, called by the caller's own id. A customer is one of our projects."""

import asyncio

from aiohttp import web

from domain.ids import ProjectId
from domain.refusals import NoSuchProject, RequestReused
from gateway.call import Call, Rooms, ask
from gateway.dialects import store
from gateway.dialects.answers import exact_response
from gateway.dialects.bayou.shapes import Json, customer_json
from gateway.dialects.lists import all_of
from gateway.dialects.numbers import NumberOf, id_in_path, numbered, with_numbers
from gateway.dialects.store import Thing
from gateway.http.kept.repeats import once
from protos.ingest.v1 import ingest_pb2
from runtime.postgres import Connection

_TEXT_LENGTH_MAX = 200
ASKED_AT_ONCE = 16
"""Customers whose bills are asked after side by side."""


async def create_customer(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Make a customer; its other members (address, e-mail, phone) are taken and left, as they say nothing of bills."""
    fields = await call.fields()
    external_id = fields.optional_text("external_id", _TEXT_LENGTH_MAX) or ""
    name = fields.optional_text("name", _TEXT_LENGTH_MAX) or fields.optional_text("email", _TEXT_LENGTH_MAX)
    request = ingest_pb2.CreateProjectRequest(
        name=(name or "").strip() or external_id or "Customer",
        external_id=external_id,
        request_id=call.idempotency_key(),
    )

    async def make(connection: Connection) -> web.Response:
        tenant_id = call.tenant_id
        if external_id and await store.thing_of_external_id(connection, tenant_id, "project", external_id):
            raise RequestReused("A customer has this external_id already.", field="external_id")
        made = await ask(rooms, call, rooms.ingest.CreateProject, request)
        if not await store.call_it(connection, tenant_id, Thing("project", made.project_id), external_id or None):
            # This very request made it, and nobody was told of it.
            await ask(
                rooms, call, rooms.ingest.DeleteProject, ingest_pb2.DeleteProjectRequest(project_id=made.project_id)
            )
            raise _taken()
        return exact_response(
            await numbered(connection, tenant_id, lambda of: customer_json(made, of, ready=True)), 201
        )

    return await once(rooms, call, "create_bayou_customer", make)


async def list_customers(rooms: Rooms, call: Call) -> web.StreamResponse:
    """List the tenant's customers, newest first."""
    call.query()
    request = ingest_pb2.ListProjectsRequest()
    projects = [one async for one in all_of(rooms, call, rooms.ingest.ListProjects, request, "projects")]
    turn = asyncio.Semaphore(ASKED_AT_ONCE)

    async def ready(project_id: str) -> bool:
        async with turn:
            return await bills_are_ready(rooms, call, ProjectId(project_id))

    known = await asyncio.gather(*(ready(one.project_id) for one in projects))

    def render(of: NumberOf) -> list[Json]:
        return [customer_json(one, of, ready=is_ready) for one, is_ready in zip(projects, known, strict=True)]

    return exact_response(await with_numbers(rooms, call, render))


async def get_customer(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Retrieve one customer."""
    return await _customer(rooms, call, await customer_in_path(rooms, call))


async def update_customer(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Let the caller's own id stand for a customer."""
    project_id = await customer_in_path(rooms, call)
    fields = await call.fields()
    is_given = fields.has("external_id")
    external_id = fields.optional_text("external_id", _TEXT_LENGTH_MAX)
    fields.rest()
    if is_given:
        await name_it(rooms, call, Thing("project", project_id), external_id or None)
    return await _customer(rooms, call, project_id)


async def customer_in_path(rooms: Rooms, call: Call) -> ProjectId:
    """Return the project that the path names."""
    return ProjectId(await id_in_path(rooms, call, "customer", "project", NoSuchProject))


async def name_it(rooms: Rooms, call: Call, thing: Thing, external_id: str | None) -> None:
    """Let an outside id stand for a thing.

    Raises:
        RequestReused: it stands for another.
    """
    async with rooms.database.tenant(call.tenant_id) as connection:
        if not await store.call_it(connection, call.tenant_id, thing, external_id):
            raise _taken()


def _taken() -> RequestReused:
    return RequestReused("This external_id stands for another.", field="external_id")


async def bills_are_ready(rooms: Rooms, call: Call, project_id: ProjectId) -> bool:
    """Return whether no bill of a customer is still being read."""
    request = ingest_pb2.ListBillsRequest(project_id=project_id, state=ingest_pb2.BILL_STATE_PENDING, page_size=1)
    return not (await ask(rooms, call, rooms.ingest.ListBills, request)).bills


async def _customer(rooms: Rooms, call: Call, project_id: ProjectId) -> web.Response:
    project = await ask(rooms, call, rooms.ingest.GetProject, ingest_pb2.GetProjectRequest(project_id=project_id))
    ready = await bills_are_ready(rooms, call, project_id)
    return exact_response(await with_numbers(rooms, call, lambda of: customer_json(project, of, ready=ready)))
