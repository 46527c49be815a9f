"""Server-sent events (the HTML standard, 9.2): what happens in a project or to a job, as it happens.

The id of an event is its position, so a client that comes again with Last-Event-ID misses nothing. A comment goes out now and
then, so that no proxy takes the silence for an end. As often the key is checked again, whether the stream is silent or busy. One
slow reader waits for itself alone.
"""

import asyncio
import json
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing

from aiohttp import web

from domain.ids import Position, ProjectId
from domain.refusals import BadHeader, BadKey, Refusal
from gateway.call import Call, Rooms
from gateway.live.jobs import ENDED
from gateway.rest.bills.shapes import job_json
from gateway.rest.live.events import POSITION_DIGITS_MAX, event_json
from gateway.rest.projects.known import require_project

HEARTBEAT_SECONDS = 15.0
"""Longest silence, and longest time for which a key is believed."""

WRITE_SECONDS = 60.0
"""A client that takes nothing for so long is given up."""

RETRY_MILLISECONDS = 3000
"""How long a client waits before it comes again."""

HEADERS = {
    "Content-Type": "text/event-stream; charset=utf-8",
    "Cache-Control": "no-store",
    # Tells nginx to hand each piece on at once.
    "X-Accel-Buffering": "no",
}


async def stream_events(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Stream what happens to the tenant's projects."""
    call.query()
    return await _stream(rooms, call, _changes(rooms, call, None))


async def stream_project_events(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Stream what happens in a project."""
    call.query()
    project_id = call.project_id
    await require_project(rooms, call)
    return await _stream(rooms, call, _changes(rooms, call, project_id))


async def stream_job(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Stream how far a job is, until it has ended."""
    call.query()
    return await _stream(rooms, call, _job(rooms, call))


async def _changes(rooms: Rooms, call: Call, project_id: ProjectId | None) -> AsyncGenerator[bytes, None]:
    after = _last_event_id(call)
    async with aclosing(rooms.changes.follow(call.tenant_id, project_id, after, HEARTBEAT_SECONDS)) as found:
        async for change in found:
            if change is None:
                yield _HEARTBEAT
            elif (event := event_json(change)) is not None:
                yield _event(event["type"], event, event["position"])


async def _job(rooms: Rooms, call: Call) -> AsyncGenerator[bytes, None]:
    async with aclosing(rooms.jobs.watch(call.tenant_id, call.job_id, HEARTBEAT_SECONDS)) as found:
        async for job in found:
            if job is None:
                yield _HEARTBEAT
            else:
                yield _event("job_ended" if job.state in ENDED else "job_progress", job_json(job))


async def _stream(rooms: Rooms, call: Call, pieces: AsyncGenerator[bytes, None]) -> web.StreamResponse:
    """Send pieces as they come. What is refused before the first is a problem; what ends it later just ends it."""
    request = call.request
    response = web.StreamResponse(headers=HEADERS)
    with rooms.places.taken(call.tenant_id):
        async with aclosing(pieces):
            first = await anext(pieces, b"")
            await response.prepare(request)
            if request.method == "HEAD":
                await response.write_eof()
                return response
            try:
                await _send(response, f"retry: {RETRY_MILLISECONDS}\n\n".encode() + first)
                await _send_all(rooms, call, response, pieces)
            except BadKey:
                await _send(response, _event("key_ended", {"reason": BadKey.reason}))
            except Refusal as refusal:
                # The client comes again and hears the refusal as a problem, or goes on elsewhere.
                await _send(response, f": {refusal.reason}\n\n".encode())
            except (TimeoutError, ConnectionError):
                # The client takes nothing any more, or has gone: how most streams end.
                response.force_close()
                return response
            await response.write_eof()
    return response


async def _send_all(
    rooms: Rooms, call: Call, response: web.StreamResponse, pieces: AsyncGenerator[bytes, None]
) -> None:
    believed_at = time.monotonic()
    async for piece in pieces:
        if time.monotonic() - believed_at >= HEARTBEAT_SECONDS:
            await rooms.authenticator.caller(call.key)
            believed_at = time.monotonic()
        await _send(response, piece)


async def _send(response: web.StreamResponse, piece: bytes) -> None:
    async with asyncio.timeout(WRITE_SECONDS):
        await response.write(piece)


def _event(kind: str, data: object, position: str = "") -> bytes:
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    mark = f"id: {position}\n" if position else ""
    return f"{mark}event: {kind}\ndata: {text}\n\n".encode("utf-8", "replace")


def _last_event_id(call: Call) -> Position | None:
    text = call.request.headers.get("Last-Event-ID", "")
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) <= POSITION_DIGITS_MAX):
        raise BadHeader("Last-Event-ID must be the id of an event.", header="Last-Event-ID")
    return Position(int(text))


_HEARTBEAT = b": \n\n"
