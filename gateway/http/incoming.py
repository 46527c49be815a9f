"""Bodies as they come: within limits of silence and of size, and what can be wrong with them turned into refusals."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

from aiohttp import ClientPayloadError, web
from aiohttp.http_exceptions import BadHttpMessage

from domain.refusals import BadRequest
from gateway.problems import EdgeProblem

T = TypeVar("T")

SILENCE_SECONDS = 30.0
"""A body that sends nothing for so long is given up."""


async def read_body(request: web.Request, bytes_max: int) -> bytes:
    """Return the whole body.

    Raises:
        HTTPRequestEntityTooLarge: it is larger than ``bytes_max``.
        EdgeProblem: BODY_TOO_SLOW.
        BadRequest: it breaks off.
    """
    whole = bytearray()
    while piece := await read_piece(request.content.readany()):
        whole += piece
        if len(whole) > bytes_max:
            raise web.HTTPRequestEntityTooLarge(bytes_max, len(whole))
    return bytes(whole)


async def read_piece(awaited: Awaitable[T]) -> T:
    """Await a piece of the body, within the limit, and turn what can be wrong with it into refusals."""
    try:
        async with asyncio.timeout(SILENCE_SECONDS):
            return await awaited
    except TimeoutError as error:
        raise EdgeProblem("BODY_TOO_SLOW", headers={"Connection": "close"}) from error
    except (ClientPayloadError, BadHttpMessage, ConnectionError, AssertionError, ValueError, RuntimeError) as error:
        raise BadRequest("The body broke off before its end, or is not what its headers say.") from error
