"""EnergyPrint's login: an e-mail address and a password give a token; here the password is the API key, and so is the token."""

from aiohttp import web

from domain.refusals import BadKey, NoKey
from gateway.call import Call, Rooms
from gateway.credentials import credentials, plain_key
from gateway.dialects.answers import exact_response

_PASSWORD_LENGTH_MAX = 200


async def log_in(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Answer with a token where the password is a live key.

    Raises:
        BadKey: it is none.
    """
    fields = await call.fields()
    fields.text("email", _PASSWORD_LENGTH_MAX)
    key = fields.text("password", _PASSWORD_LENGTH_MAX)
    fields.end()
    try:
        await rooms.authenticator.caller(plain_key(key))
    except NoKey as error:
        raise BadKey from error
    return exact_response({"token": key})


def token_of(request: web.Request) -> str:
    """Return the token in the header Authorization, which the vendor's clients send bare; Bearer before it is taken too.

    Raises:
        NoKey: the header is missing, stands twice, or is empty.
        BadKey: it is a token of our own processes.
    """
    kind, rest = credentials(request)
    if rest:
        if kind != "bearer":
            raise NoKey("The header must read Authorization: and the token that the login gave.")
        return plain_key(rest)
    return plain_key(request.headers["Authorization"].strip())
