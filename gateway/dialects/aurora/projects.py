"""Aurora's tenant and projects; a project's consumption profile."""

from aiohttp import web

from domain.refusals import NoSuchProject
from gateway.bodies import Fields
from gateway.call import Call, Rooms, ask
from gateway.dialects.answers import ROOM_PAGE_SIZE, exact_response, numbered_page, whole
from gateway.dialects.aurora.shapes import profile_json, project_json
from gateway.rest.projects.supplied import supply_of
from protos.ingest.v1 import ingest_pb2
from protos.profile.v1 import profile_pb2
from runtime.keys import find_tenant

PER_PAGE, PER_PAGE_MAX = 100, 250
"""Items on a page where none is asked for, and at the most."""

NAME_LENGTH_MAX = 200


def check_tenant(call: Call) -> None:
    """Raise NoSuchProject unless the path names the key's own tenant."""
    if call.path_uuid("tenant_id", NoSuchProject) != call.tenant_id:
        raise NoSuchProject("There is no tenant of this id.")


async def get_tenant(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Tell the key's own tenant."""
    check_tenant(call)
    async with rooms.database.tenant(call.tenant_id, read_only=True) as connection:
        tenant = await find_tenant(connection, call.tenant_id)
    return exact_response({"tenant": {"id": call.tenant_id, "name": tenant.name}})


async def create_project(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Make a project; where it brings no name, its address is its name."""
    check_tenant(call)
    fields = await call.fields()
    asked = Fields(fields.member("project"))
    fields.end()
    external_id = asked.optional_text("external_provider_id", NAME_LENGTH_MAX) or ""
    name = asked.optional_text("name", NAME_LENGTH_MAX) or asked.optional_text("address", NAME_LENGTH_MAX)
    request = ingest_pb2.CreateProjectRequest(
        name=(name or "").strip() or external_id or "Project",
        external_id=external_id,
        request_id=call.idempotency_key(),
    )
    made = await ask(rooms, call, rooms.ingest.CreateProject, request)
    return exact_response({"project": project_json(made)})


async def list_projects(rooms: Rooms, call: Call) -> web.StreamResponse:
    """List the tenant's projects by numbered pages, newest first."""
    check_tenant(call)
    query = call.query("page", "per_page")
    page = whole(query, "page", 1, 1, 1_000_000)
    per_page = whole(query, "per_page", PER_PAGE, 1, PER_PAGE_MAX)

    async def some(token: str) -> tuple[list[ingest_pb2.Project], str]:
        request = ingest_pb2.ListProjectsRequest(page_size=ROOM_PAGE_SIZE, page_token=token)
        answer = await ask(rooms, call, rooms.ingest.ListProjects, request)
        return list(answer.projects), answer.next_page_token

    return exact_response({"projects": [project_json(one) for one in await numbered_page(some, page, per_page)]})


async def get_project(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Retrieve one project."""
    check_tenant(call)
    request = ingest_pb2.GetProjectRequest(project_id=call.project_id)
    return exact_response({"project": project_json(await ask(rooms, call, rooms.ingest.GetProject, request))})


async def put_consumption_profile(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Let exactly one of monthly_energy, monthly_bill and interval_data stand in place of the bills'."""
    check_tenant(call)
    fields = await call.fields()
    request = supply_of(call, Fields(fields.member("consumption_profile")))
    fields.end()
    await ask(rooms, call, rooms.ingest.GetProject, ingest_pb2.GetProjectRequest(project_id=call.project_id))
    profile = await ask(rooms, call, rooms.profiles.SupplyProfile, request)
    return exact_response({"consumption_profile": profile_json(profile)})


async def get_consumption_profile(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Retrieve the project's twelve months."""
    check_tenant(call)
    await ask(rooms, call, rooms.ingest.GetProject, ingest_pb2.GetProjectRequest(project_id=call.project_id))
    request = profile_pb2.GetLoadProfileRequest(project_id=call.project_id)
    profile = await ask(rooms, call, rooms.profiles.GetLoadProfile, request)
    return exact_response({"consumption_profile": profile_json(profile)})
