"""If-Match (RFC 9110, 13.1.1): a change that was made for another state than the present one is not made.

Changes of one address take turns over all processes, so nothing comes between the look and the change. What the client saw is
what GET answers at that address, so its tag is made by asking there.
"""

import asyncio

from aiohttp import web

from gateway.call import Call, Rooms
from gateway.http import validators
from gateway.http.kept import store
from gateway.problems import EdgeProblem
from gateway.rest.route import Handler

TURNS_MAX = 4
"""Each holds a connection while another does the work; most must stay free for that."""


class Turns:
    """Lets changes happen one after the other, and only to what the client saw."""

    def __init__(self) -> None:
        self._room = asyncio.Semaphore(TURNS_MAX)

    async def change(self, rooms: Rooms, call: Call, look: Handler, make: Handler) -> web.StreamResponse:
        """Make a change whose address ``look`` answers for.

        Raises:
            EdgeProblem: PRECONDITION_FAILED, where If-Match names another state; BODY_TOO_SLOW.
        """
        # A body may be long in coming; nobody's turn waits for that.
        await call.body()
        what = f"{call.tenant_id} {call.request.path}"
        async with self._room, rooms.database.tenant(call.tenant_id) as connection:
            await store.take_turn(connection, what)
            if validators.has_precondition(call.request):
                seen = await look(rooms, call)
                body = seen.body if isinstance(seen, web.Response) and isinstance(seen.body, bytes) else b""
                if not validators.matches(call.request, validators.tag_of(body)):
                    raise EdgeProblem("PRECONDITION_FAILED")
            return await make(rooms, call)
