"""The audit log: who wrote what, when, from where, and what was answered; a row before each write, so none goes without."""

from aiohttp import web

from domain.refusals import Refusal
from gateway.call import Call, Rooms
from gateway.http.kept import store
from gateway.http.operator import tenant_in_path
from gateway.problems import problem_of
from gateway.rest.route import Handler, Route
from runtime.logs import logger

PATH_LENGTH_MAX = 2048
READING = frozenset({"GET", "HEAD", "OPTIONS"})


async def audited(rooms: Rooms, route: Route, call: Call, handler: Handler) -> web.StreamResponse:
    """Let a handler write, with a row in the log before and the outcome behind."""
    number = await _begin(rooms, route, call)
    try:
        response = await handler(rooms, call)
    except Exception as error:
        kind = problem_of(error).kind
        await _end(rooms, call, number, kind.status, kind.reason)
        raise
    await _end(rooms, call, number, response.status, "")
    return response


def address_of(rooms: Rooms, request: web.Request) -> str:
    """Return where a request came from; behind a proxy of one's own, what that proxy saw."""
    forwarded = request.headers.get("X-Forwarded-For", "")
    if rooms.settings.trust_forwarded_for and forwarded:
        return forwarded.rpartition(",")[2].strip()[:64]
    return request.remote or ""


async def _begin(rooms: Rooms, route: Route, call: Call) -> int:
    assert call.caller is not None
    write = store.NewWrite(
        tenant_id=call.caller.tenant_id or tenant_in_path(call.request),
        key_id=call.caller.key_id or None,
        operation=route.operation_id,
        method=route.method,
        path=call.request.path[:PATH_LENGTH_MAX],
        request_id=call.request_id,
        address=address_of(rooms, call.request),
    )
    async with rooms.database.service() as connection:
        return await store.begin_write(connection, write)


async def _end(rooms: Rooms, call: Call, number: int, status: int, reason: str) -> None:
    try:
        async with rooms.database.service() as connection:
            await store.end_write(connection, number, status, reason)
    except Refusal as refusal:
        # The write is made or refused already; its row stands, without the answer.
        logger("gateway").warning("audit_answer_lost", audit_id=number, reason=refusal.reason)
