"""What every request passes on its way to its handler: who it is, how often they came, and, for a write, the log and the turn."""

from dataclasses import dataclass

import structlog
from aiohttp import web

from domain.refusals import BadHeader
from gateway.call import Call, Rooms
from gateway.http import operator, validators
from gateway.http.kept.audit import READING, audited
from gateway.http.limits import Limiter, Policy, Standing
from gateway.http.origins import Origins
from gateway.http.preconditions import Turns
from gateway.rest.route import OWN, Handler, Route
from runtime.rpc.identity import Caller
from runtime.settings import Settings

STANDING = web.RequestKey("standing", Standing)


@dataclass(frozen=True, slots=True)
class Doors:
    """The doors of one process."""

    limiter: Limiter
    origins: Origins
    turns: Turns

    async def caller(self, rooms: Rooms, route: Route, request: web.Request, key: str) -> Caller:
        """Return who makes a request, counted and allowed.

        Raises:
            BadKey: the key is nobody's.
            LimitReached: it came too often.
            MissingScope: it may not do this.
        """
        if route.scope == operator.SCOPE:
            return await operator.require_operator(rooms.authenticator, rooms.settings.operator_key, key)
        operator.refuse_operator(rooms.settings.operator_key, key)
        caller = await rooms.authenticator.caller(key)
        structlog.contextvars.bind_contextvars(tenant_id=caller.tenant(), key_id=caller.key_id)
        if (standing := self.limiter.take(caller.key_id)) is not None:
            request[STANDING] = standing
            self.limiter.require(standing)
        assert route.scope is not None
        caller.require(route.scope)
        return caller

    async def through(self, rooms: Rooms, route: Route, call: Call, look: Handler | None) -> web.StreamResponse:
        """Let a request through to its handler; ``look`` answers for what a change would change.

        Raises:
            BadHeader: If-Match came with a change of what cannot be looked at, which would be made unseen.
        """

        async def change(rooms: Rooms, call: Call) -> web.StreamResponse:
            assert look is not None
            return await self.turns.change(rooms, call, look, route.handler)

        handler = route.handler if look is None else change
        if call.caller is None or route.method in READING:
            return await handler(rooms, call)
        if look is None and route.path.startswith(OWN) and validators.has_precondition(call.request):
            raise BadHeader("If-Match is not taken at this address.", header="If-Match")
        return await audited(rooms, route, call, handler)


def build_doors(settings: Settings) -> Doors:
    """Return the doors that the settings describe."""
    policy = Policy(settings.rate_limit_requests, settings.rate_limit_window_seconds)
    return Doors(Limiter(policy), Origins(settings.cors_origins), Turns())
