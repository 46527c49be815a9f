"""Projects: the list, and one project with its bills, which of them counts, and its months."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from aiohttp import web

from domain.refusals import BadRequest, NoLoadProfile, NoSuchBill
from gateway.call import Call, Rooms, ask
from gateway.console.projects.chart import Chart, chart_of
from gateway.console.view import lead_to, page
from gateway.rest.bills.shapes import STATES, bill_json
from gateway.rest.bills.uploads import receive
from gateway.rest.projects.shapes import RULES, policy_json
from gateway.webhooks.store import log
from protos.ingest.v1 import ingest_pb2
from protos.profile.v1 import profile_pb2, review_pb2

PROJECTS = "/console/projects"
PAGE_SIZE = 100
EVENTS_SHOWN = 5


async def show_projects(rooms: Rooms, call: Call, *, samples: bool) -> web.StreamResponse:
    """Show the tenant's projects, newest first; ``samples``: there are sample bills to look around with."""
    request = ingest_pb2.ListProjectsRequest(page_size=PAGE_SIZE, page_token=call.request.query.get("after", ""))
    answer = await ask(rooms, call, rooms.ingest.ListProjects, request)
    return page("projects.html", projects=answer.projects, following=answer.next_page_token, samples=samples)


async def create_project(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Make a project and lead to it."""
    form = await call.request.post()
    request = ingest_pb2.CreateProjectRequest(name=str(form.get("name", "")).strip() or "Project")
    made = await ask(rooms, call, rooms.ingest.CreateProject, request)
    return lead_to(f"{PROJECTS}/{made.project_id}")


async def show_project(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Show a project; ``?status=`` narrows its bills."""
    query = call.request.query
    project = await ask(rooms, call, rooms.ingest.GetProject, ingest_pb2.GetProjectRequest(project_id=call.project_id))
    wanted = query.get("status", "")
    request = ingest_pb2.ListBillsRequest(
        project_id=call.project_id,
        page_size=PAGE_SIZE,
        page_token=query.get("after", ""),
        state=STATES.get(wanted, ingest_pb2.BILL_STATE_UNSPECIFIED),
    )
    answer = await ask(rooms, call, rooms.ingest.ListBills, request)
    names = {bill.bill_id: bill.file_name for bill in answer.bills}
    policy = policy_json(
        await ask(rooms, call, rooms.profiles.GetPolicy, profile_pb2.GetPolicyRequest(project_id=call.project_id))
    )
    profile = await _profile(rooms, call)
    for bill_id in {policy["pinned_utility_bill_id"], policy["active_utility_bill_id"]} - {None, *names}:
        names[bill_id] = await _name(rooms, call, bill_id)
    return page(
        "project.html",
        project=project,
        bills=[{**bill_json(bill), "doubts": bill.doubts} for bill in answer.bills],
        names=names,
        wanted=wanted if wanted in STATES else "",
        following=urlencode({"status": wanted, "after": answer.next_page_token}) if answer.next_page_token else "",
        policy=policy,
        bills_held=await _bills_held(rooms, call),
        events=await _events(rooms, call, names),
        rules=[rule for rule in RULES if rule != "pinned"],
        profile=profile,
        chart=Chart.empty() if profile is None else chart_of(profile),
    )


async def update_policy(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Choose by which rule one of the bills counts; a pinned one is pinned no more."""
    form = await call.request.post()
    rule = RULES.get(str(form.get("rule")))
    if rule is None:
        raise BadRequest("Choose one of the rules.", field="rule")
    request = profile_pb2.UpdatePolicyRequest(project_id=call.project_id, rule=rule)
    await ask(rooms, call, rooms.ingest.GetProject, ingest_pb2.GetProjectRequest(project_id=call.project_id))
    await ask(rooms, call, rooms.profiles.UpdatePolicy, request)
    return lead_to(f"{PROJECTS}/{call.project_id}#policy")


async def upload_bill(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Take a bill from the form and lead back to the project, where its progress stands."""
    await receive(rooms, call)
    return lead_to(f"{PROJECTS}/{call.project_id}")


async def _profile(rooms: Rooms, call: Call) -> profile_pb2.LoadProfile | None:
    request = profile_pb2.GetLoadProfileRequest(project_id=call.project_id)
    try:
        return await ask(rooms, call, rooms.profiles.GetLoadProfile, request)
    except NoLoadProfile:
        return None


async def _events(rooms: Rooms, call: Call, names: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return what webhooks told last of the bills that the page shows."""
    async with rooms.database.tenant(call.tenant_id, read_only=True) as connection:
        found = await log.events_of_bills(connection, call.tenant_id, list(names), EVENTS_SHOWN)
    return [
        {
            "type": one.type,
            "at": one.occurred_at.isoformat(),
            "file_name": names[one.bill_id],
            "body": json.dumps(json.loads(one.body), indent=2, ensure_ascii=False),
        }
        for one in found
    ]


async def _bills_held(rooms: Rooms, call: Call) -> int:
    request = review_pb2.GetReviewSettingsRequest(project_id=call.project_id)
    return (await ask(rooms, call, rooms.reviews.GetReviewSettings, request)).bills_held


async def _name(rooms: Rooms, call: Call, bill_id: Any) -> str:
    request = ingest_pb2.GetBillRequest(project_id=call.project_id, bill_id=bill_id)
    try:
        return (await ask(rooms, call, rooms.ingest.GetBill, request)).file_name
    except NoSuchBill:  # deleted, which profile has not heard of yet
        return ""
