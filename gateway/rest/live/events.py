"""Events behind a position: what those poll who cannot take webhooks or hold a stream open."""

import json
from contextlib import aclosing
from typing import Any

from aiohttp import web

from domain.ids import Position, ProjectId
from domain.refusals import BadRequest
from gateway.call import Call, Rooms
from gateway.rest.answers import json_response
from gateway.rest.projects.known import require_project
from gateway.webhooks.events import event_of
from protos.profile.v1 import profile_pb2

PAGE_SIZE = 50
END = "end"
REMOVED = "utility_bill_removed"
POSITION_DIGITS_MAX = 18


async def list_events(rooms: Rooms, call: Call) -> web.StreamResponse:
    """List the tenant's events behind a position, oldest first."""
    return await _page(rooms, call, None)


async def list_project_events(rooms: Rooms, call: Call) -> web.StreamResponse:
    """List a project's events behind a position, oldest first."""
    page_of = call.project_id
    await require_project(rooms, call)
    return await _page(rooms, call, page_of)


async def _page(rooms: Rooms, call: Call, project_id: ProjectId | None) -> web.StreamResponse:
    query = call.query("after", "page_size")
    size = call.page("after").size or PAGE_SIZE
    told = query.get("after", "0")
    if told == END:
        return json_response({"events": [], "next_after": str(await rooms.changes.hub.position()), "more": False})
    position, more = position_of(told, "after"), False
    events: list[dict[str, Any]] = []
    async with aclosing(rooms.changes.replay(call.tenant_id, project_id, position)) as found:
        async for each in found:
            if not isinstance(each, profile_pb2.Change):
                position = max(position, each)
                break
            if len(events) == size:
                more = True
                break
            position = Position(each.position)
            if (event := event_json(each)) is not None:
                events.append(event)
    return json_response({"events": events, "next_after": str(position), "more": more})


def event_json(change: profile_pb2.Change) -> dict[str, Any] | None:
    """Render a change as the event that webhooks would send, with its id and position; None where it is none of theirs."""
    if change.WhichOneof("what") == "bill_removed":
        data = {"project_id": change.project_id, "utility_bill_id": change.bill_removed.bill_id}
        body: dict[str, Any] = {"type": REMOVED, "timestamp": change.occurred_at.ToJsonString(), "data": data}
    else:
        event = event_of(change)
        if event is None:
            return None
        body = json.loads(event.body)
    return {"position": str(change.position), "event_id": change.event_id, **body}


def position_of(text: str, name: str) -> Position:
    """Return a position.

    Raises:
        BadRequest: it is none.
    """
    if not (text.isascii() and text.isdecimal() and len(text) <= POSITION_DIGITS_MAX):
        raise BadRequest(f"{name} must be the position of an event.", field=name)
    return Position(int(text))
