"""The API key in a request: found where clients put it, and never one of our own processes' tokens."""

import base64
import binascii

from aiohttp import hdrs, web

from domain.refusals import BadKey, NoKey
from runtime.rpc.identity import is_service_token


def key_of(request: web.Request) -> str:
    """Return the key after ``Authorization: Bearer``.

    Raises:
        NoKey: the header is missing, stands twice, or is of another form.
        BadKey: it is a token of our own processes.
    """
    kind, value = credentials(request)
    if kind != "bearer":
        raise NoKey("The header must read Authorization: Bearer and an API key.")
    return plain_key(value)


def user_of(request: web.Request) -> str:
    """Return the key that stands as the user of ``Authorization: Basic`` (RFC 7617); the password is not looked at.

    Raises:
        NoKey: the header is missing, stands twice, or is of another form.
        BadKey: it is a token of our own processes.
    """
    kind, value = credentials(request)
    if kind != "basic":
        raise NoKey("The header must read Authorization: Basic, with an API key as the user.")
    try:
        user, _, _ = base64.b64decode(value, validate=True).decode("ascii").partition(":")
    except (binascii.Error, UnicodeDecodeError) as error:
        raise NoKey("What follows Authorization: Basic must be base64.") from error
    return plain_key(user)


def credentials(request: web.Request) -> tuple[str, str]:
    """Return the scheme, in lower case, and the rest of the header Authorization.

    Raises:
        NoKey: it is missing or stands twice.
    """
    values = request.headers.getall(hdrs.AUTHORIZATION, [])
    if not values:
        raise NoKey
    if len(values) > 1:
        raise NoKey("The header Authorization stands twice.")
    kind, _, value = values[0].strip().partition(" ")
    return kind.lower(), value.strip()


def plain_key(text: str) -> str:
    """Return a key as it came.

    Raises:
        NoKey: it is empty.
        BadKey: it is a token of our own processes: an edge that took them would widen what a leak opens.
    """
    if not text:
        raise NoKey
    if is_service_token(text):
        raise BadKey
    return text
