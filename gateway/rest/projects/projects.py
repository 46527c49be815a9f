"""Projects: made, listed, retrieved; and which of their bills is active."""

from aiohttp import web

from domain.refusals import BadRequest
from gateway.call import Call, Rooms, ask
from gateway.erasure.erase import erase_project
from gateway.rest.answers import json_response, page_response
from gateway.rest.projects.known import require_project
from gateway.rest.projects.shapes import RULES, policy_json, project_json
from protos.ingest.v1 import ingest_pb2
from protos.profile.v1 import profile_pb2


async def create_project(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Make a project."""
    fields = await call.fields()
    request = ingest_pb2.CreateProjectRequest(
        name=fields.text("name", 200),
        external_id=fields.optional_text("external_id", 200) or "",
        request_id=call.idempotency_key(),
    )
    fields.end()
    project = await ask(rooms, call, rooms.ingest.CreateProject, request)
    return json_response(project_json(project), 201, {"Location": f"/v1/projects/{project.project_id}"})


async def list_projects(rooms: Rooms, call: Call) -> web.StreamResponse:
    """List the tenant's projects, newest first."""
    page = call.page()
    request = ingest_pb2.ListProjectsRequest(page_size=page.size, page_token=page.token)
    answer = await ask(rooms, call, rooms.ingest.ListProjects, request)
    return page_response(call, "projects", [project_json(one) for one in answer.projects], answer.next_page_token)


async def get_project(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Retrieve one project."""
    request = ingest_pb2.GetProjectRequest(project_id=call.project_id)
    return json_response(project_json(await ask(rooms, call, rooms.ingest.GetProject, request)))


async def delete_project(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Delete a project with all that is in it; 202 where it is large: it is gone for all, and its bills go on going."""
    whole = await erase_project(rooms, call.tenant_id, call.project_id)
    return web.Response(status=204 if whole else 202)


async def get_policy(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Tell which bill is active, and by which rule."""
    await require_project(rooms, call)
    request = profile_pb2.GetPolicyRequest(project_id=call.project_id)
    return json_response(policy_json(await ask(rooms, call, rooms.profiles.GetPolicy, request)))


async def update_policy(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Change the rule."""
    fields = await call.fields()
    rule = fields.choice("rule", RULES)
    pinned = fields.optional_text("pinned_utility_bill_id", 64)
    fields.end()
    if (rule == "pinned") != bool(pinned):
        raise BadRequest(
            "pinned_utility_bill_id goes with the rule pinned, and only with it.", field="pinned_utility_bill_id"
        )
    await require_project(rooms, call)
    request = profile_pb2.UpdatePolicyRequest(project_id=call.project_id, rule=RULES[rule], pinned_bill_id=pinned or "")
    return json_response(policy_json(await ask(rooms, call, rooms.profiles.UpdatePolicy, request)))
