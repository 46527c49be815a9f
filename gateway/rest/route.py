"""One route of the edge: who may use it, and who answers. The table of all of them stands in ``routes.py``."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiohttp import web

from gateway.bodies import JSON_BYTES_MAX
from gateway.call import Call, Rooms

OWN = "/v1/"
"""What all addresses of our own API begin with; dialects have theirs."""

PROJECT = OWN + "projects/{project_id}"

Handler = Callable[[Rooms, Call], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Route:
    """One method of one address.

    ``scope`` is what the key must allow; None: open to all, no key. ``body_bytes_max`` limits a body in JSON.
    """

    method: str
    path: str
    operation_id: str
    scope: str | None
    handler: Handler
    body_bytes_max: int = JSON_BYTES_MAX
