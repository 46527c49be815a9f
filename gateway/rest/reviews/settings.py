"""Which bills of a project wait for a person, and those that do."""

from aiohttp import web

from domain.refusals import BadRequest
from gateway.call import Call, Rooms, ask
from gateway.rest.answers import choice, json_response, page_response
from gateway.rest.projects.known import require_project
from gateway.rest.reviews.shapes import ACTIONS, HOLDS, held_json, settings_json
from protos.profile.v1 import review_pb2


async def get_settings(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Tell which bills of the project wait."""
    await require_project(rooms, call)
    request = review_pb2.GetReviewSettingsRequest(project_id=call.project_id)
    return json_response(settings_json(await ask(rooms, call, rooms.reviews.GetReviewSettings, request)))


async def update_settings(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Replace which bills of the project wait."""
    fields = await call.fields()
    request = review_pb2.UpdateReviewSettingsRequest(
        project_id=call.project_id, hold=HOLDS[fields.choice("hold", HOLDS)]
    )
    rules = fields.member("rules") if fields.has("rules") else {}
    for rule_id, action in rules.items():
        if not isinstance(action, str) or action not in ACTIONS:
            raise BadRequest(f"rules say one of {', '.join(ACTIONS)} of each rule.", field="rules")
        request.rules.add(rule_id=rule_id[:100], action=ACTIONS[action])
    fields.end()
    await require_project(rooms, call)
    return json_response(settings_json(await ask(rooms, call, rooms.reviews.UpdateReviewSettings, request)))


async def list_held(rooms: Rooms, call: Call) -> web.StreamResponse:
    """List the bills of the project that wait, or that were rejected, the one read last first."""
    page = call.page("state")
    query = call.query("page_size", "page_token", "state")
    request = review_pb2.ListHeldBillsRequest(
        project_id=call.project_id,
        rejected=choice(query, "state", ("held", "rejected")) == "rejected",
        page_size=page.size,
        page_token=page.token,
    )
    await require_project(rooms, call)
    answer = await ask(rooms, call, rooms.reviews.ListHeldBills, request)
    return page_response(call, "held_utility_bills", [held_json(one) for one in answer.bills], answer.next_page_token)
