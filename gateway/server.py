"""The HTTP server: routes from the one table, request ids, keys and scopes, problems, headers, logs, graceful stop."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from contextvars import ContextVar

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from domain.refusals import BadHeader, Refusal
from gateway.bodies import JSON_BYTES_MAX
from gateway.call import Call, Rooms, request_id_of
from gateway.credentials import key_of
from gateway.dialects.dialect import Dialect, KeyBehind, KeyOf
from gateway.http.doors import STANDING, Doors, build_doors
from gateway.http.finish import finished
from gateway.problems import EdgeProblem, Problem, problem_of, problem_response
from gateway.rest.route import Handler as RouteHandler
from gateway.rest.route import Route
from runtime.component import Task
from runtime.logs import logger

SHUTDOWN_SECONDS = 15.0
"""Requests in hand have this long to end once the process is told to stop; below the component's own limit."""

CLOSE_SECONDS = 1.0
KEEPALIVE_SECONDS = 75.0
LINGERING_SECONDS = 5.0
"""How long the rest of a refused body is read away, so that its sender sees the answer instead of a reset."""

READ_BUFFER_BYTES = 64 * 1024
"""aiohttp holds up to twice this of a body; the rest waits in the sender."""

SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
}
"""Answers are data of one tenant: nothing runs, frames or keeps them. A handler may say otherwise."""


class InHand:
    """Counts the requests in hand, and whether the server is on its way out."""

    def __init__(self) -> None:
        self.leaving = False
        self._count = 0
        self._none = asyncio.Event()
        self._none.set()

    def take(self) -> None:
        """Count a request."""
        self._count += 1
        self._none.clear()

    def answered(self) -> None:
        """Count a request off."""
        self._count -= 1
        if not self._count:
            self._none.set()

    async def leave(self) -> None:
        """Wait until none is in hand, SHUTDOWN_SECONDS at most."""
        self.leaving = True
        try:
            async with asyncio.timeout(SHUTDOWN_SECONDS):
                await self._none.wait()
        except TimeoutError:
            logger("gateway").warning("requests_cut_off", requests=self._count)


_IN_HAND = web.AppKey("in_hand", InHand)
_BEGUN = web.RequestKey("response_begun", bool)
_request_id: ContextVar[str] = ContextVar("billowatt_request_id", default="")


_DOORS = web.AppKey("doors", Doors)


def build_application(
    rooms: Rooms, routes: Sequence[Route], dialects: Sequence[Dialect] = (), *, own_key_of: KeyOf = key_of
) -> web.Application:
    """Return the application that serves the routes, and those of the dialects under their mounts."""
    application = web.Application(middlewares=[_counted, _edge(rooms, dialects)], client_max_size=JSON_BYTES_MAX)
    application[_IN_HAND] = InHand()
    application[_DOORS] = doors = build_doors(rooms.settings)
    ways: list[tuple[Route, KeyOf, KeyBehind | None]] = [(route, own_key_of, None) for route in routes]
    ways += [(route, dialect.key_of, dialect.key_behind) for dialect in dialects for route in dialect.routes]
    looks = {route.path: route.handler for route, _, _ in ways if route.method == "GET"}
    for route, key_of_route, key_behind in ways:
        add = application.router.add_route
        look = looks.get(route.path) if route.method in ("PUT", "PATCH") else None
        handler = _handler(rooms, route, key_of_route, key_behind, doors, look)
        add(route.method, route.path, handler, expect_handler=_wait_with_continue)
        if route.method == "GET":
            add("HEAD", route.path, handler, expect_handler=_wait_with_continue)
    application.on_response_prepare.append(_add_headers)
    return application


def serve_http(application: web.Application, listen: str, on_listening: Callable[[str], None] | None = None) -> Task:
    """Return the task that serves until told to stop; ``on_listening`` is told the address once it listens.

    Raises (when run):
        OSError: the address cannot be had.
    """

    async def run(stopping: asyncio.Event) -> None:
        log = logger("gateway")
        runner = web.AppRunner(
            application,
            access_log=None,
            handle_signals=False,
            keepalive_timeout=KEEPALIVE_SECONDS,
            lingering_time=LINGERING_SECONDS,
            read_bufsize=READ_BUFFER_BYTES,
            auto_decompress=False,
            shutdown_timeout=CLOSE_SECONDS,
        )
        await runner.setup()
        host, _, port = listen.rpartition(":")
        site = web.TCPSite(runner, host.strip("[]") or None, int(port))
        try:
            await site.start()
            bound_host, bound_port = runner.addresses[0][:2]
            address = f"[{bound_host}]:{bound_port}" if ":" in bound_host else f"{bound_host}:{bound_port}"
            log.info("http_listened", address=address)
            if on_listening is not None:
                on_listening(address)
            await stopping.wait()
            # aiohttp's own cleanup reads no more of a body once it begins, so an upload in hand would never end.
            await site.stop()
            await application[_IN_HAND].leave()
        finally:
            await runner.cleanup()

    return run


@web.middleware
async def _counted(request: web.Request, handler: Handler) -> web.StreamResponse:
    in_hand = request.app[_IN_HAND]
    in_hand.take()
    try:
        return await handler(request)
    finally:
        in_hand.answered()


def _handler(
    rooms: Rooms,
    route: Route,
    key_of_route: KeyOf,
    key_behind: KeyBehind | None,
    doors: Doors,
    look: RouteHandler | None,
) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def handle(request: web.Request) -> web.StreamResponse:
        if request.headers.get("Expect", "100-continue").lower() != "100-continue":
            raise BadHeader("The header Expect may say 100-continue only.", header="Expect")
        caller, key = None, ""
        if route.scope is not None:
            key = key_of_route(request)
            key = await key_behind(rooms, key) if key_behind else key
            caller = await doors.caller(rooms, route, request, key)
        base_url = _base_url(rooms, request)
        call = Call(
            request=request,
            request_id=_request_id.get(),
            base_url=base_url,
            caller=caller,
            key=key,
            body_bytes_max=route.body_bytes_max,
        )
        return await doors.through(rooms, route, call, look)

    return handle


def _edge(rooms: Rooms, dialects: Sequence[Dialect]) -> Middleware:
    log = logger("gateway")

    def refusal(problem: Problem, request: web.Request, request_id: str) -> web.Response:
        for dialect in dialects:
            if dialect.serves(request.path):
                return dialect.refusal(problem)
        return problem_response(problem, _base_url(rooms, request), request_id)

    @web.middleware
    async def edge(request: web.Request, handler: Handler) -> web.StreamResponse:
        started = time.monotonic()
        request_id = request_id_of(request)
        _request_id.set(request_id)
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        reason = ""
        try:
            preflight = request.app[_DOORS].origins.preflight(request)
            response = finished(request, preflight or await handler(request))
        except (ConnectionError, asyncio.CancelledError):
            log.info("request_dropped", method=request.method, route=_route_of(request))
            raise
        except Exception as error:
            if not isinstance(error, Refusal | EdgeProblem | web.HTTPException):
                log.error("request_broke", method=request.method, route=_route_of(request), exc_info=error)
            problem = problem_of(error)
            reason = problem.kind.reason
            if _BEGUN in request:
                # The status is out already; only cutting the line can still say that the answer is not whole.
                _cut(request)
                raise
            response = refusal(problem, request, request_id)
        if not response.prepared:
            response.headers["X-Request-Id"] = request_id
        log.info(
            "request_answered",
            method=request.method,
            route=_route_of(request),
            status=response.status,
            **({"reason": reason} if reason else {}),
            milliseconds=round((time.monotonic() - started) * 1000, 1),
        )
        return response

    return edge


async def _add_headers(request: web.Request, response: web.StreamResponse) -> None:
    request[_BEGUN] = True
    for name, value in SECURITY_HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers.setdefault("X-Request-Id", _request_id.get() or request_id_of(request))
    response.headers["Server"] = "billowatt"
    doors = request.app[_DOORS]
    for name, value in doors.origins.headers(request).items():
        if name == "Vary":
            response.headers.add(name, value)
        else:
            response.headers.setdefault(name, value)
    response.headers.update(doors.limiter.headers(request.get(STANDING)))
    if request.app[_IN_HAND].leaving:
        response.force_close()


async def _wait_with_continue(request: web.Request) -> None:
    """Say nothing yet: the handler says "100 Continue" itself, once the headers have passed (``Call.invite_body``)."""


def _base_url(rooms: Rooms, request: web.Request) -> str:
    return rooms.settings.public_url.rstrip("/") or f"{request.scheme}://{request.host}"


def _route_of(request: web.Request) -> str:
    resource = request.match_info.route.resource
    return resource.canonical if resource is not None else "none"


def _cut(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.abort()
