"""The page on which a project chooses whose bills wait for a person, and sees those that do."""

from aiohttp import web

from domain.refusals import BadRequest
from gateway.call import Call, Rooms, ask
from gateway.console.view import lead_to, page
from gateway.dialects.lists import files_of
from gateway.rest.reviews.shapes import ACTIONS, HOLDS, held_json, settings_json
from protos.ingest.v1 import ingest_pb2
from protos.profile.v1 import review_pb2

HELD_MAX = 50


async def show_settings(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Show whose bills wait, what each audit rule does, and the bills that wait or were rejected."""
    project = await ask(rooms, call, rooms.ingest.GetProject, ingest_pb2.GetProjectRequest(project_id=call.project_id))
    request = review_pb2.GetReviewSettingsRequest(project_id=call.project_id)
    settings = settings_json(await ask(rooms, call, rooms.reviews.GetReviewSettings, request))
    return page(
        "review_settings.html",
        project=project,
        settings=settings,
        actions=list(ACTIONS),
        lists=[(word, await _held(rooms, call, rejected=word == "rejected")) for word in ("held", "rejected")],
    )


async def update_settings(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Change whose bills wait."""
    form = await call.request.post()
    hold = HOLDS.get(str(form.get("hold")))
    if hold is None:
        raise BadRequest("Choose whose bills wait.", field="hold")
    request = review_pb2.UpdateReviewSettingsRequest(project_id=call.project_id, hold=hold)
    for name, value in form.items():
        if name.startswith("rule-"):
            request.rules.add(rule_id=name.removeprefix("rule-"), action=ACTIONS.get(str(value)))
    await ask(rooms, call, rooms.ingest.GetProject, ingest_pb2.GetProjectRequest(project_id=call.project_id))
    await ask(rooms, call, rooms.reviews.UpdateReviewSettings, request)
    return lead_to(f"/console/projects/{call.project_id}/review")


async def _held(rooms: Rooms, call: Call, *, rejected: bool) -> list[dict[str, object]]:
    request = review_pb2.ListHeldBillsRequest(project_id=call.project_id, rejected=rejected, page_size=HELD_MAX)
    held = (await ask(rooms, call, rooms.reviews.ListHeldBills, request)).bills
    files = await files_of(rooms, call, held)
    return [{**held_json(one), "file_name": files[one.bill_id].file_name} for one in held if one.bill_id in files]
