"""Who sits at the screen: a key is no person, so a reviewer gives a name, once a browser."""

from urllib.parse import quote, unquote

from aiohttp import web

from gateway.call import Call, Rooms
from runtime.keys import find_key

COOKIE = "billowatt_reviewer"
KEPT_SECONDS = 365 * 24 * 3600
NAME_LENGTH_MAX = 200


async def reviewer(rooms: Rooms, call: Call) -> str:
    """Return the name that was given last in this browser, else that of the key."""
    given = unquote(call.request.cookies.get(COOKIE, "")).strip()[:NAME_LENGTH_MAX]
    if given:
        return given
    key = await find_key(rooms.database, call.key)
    return key.name if key is not None else ""


def remember(response: web.StreamResponse, name: str, *, secure: bool) -> None:
    """Let the browser keep the reviewer's name."""
    response.set_cookie(
        COOKIE, quote(name), max_age=KEPT_SECONDS, path="/console", samesite="Strict", httponly=True, secure=secure
    )
