"""EnergyPrint's login: an e-mail address and a password give a token; here the password is an API key.

A token is that key, sealed together with the era of its tenant's tokens: it opens what the key opens, for as long as the key
lives and until all tokens are revoked. The key itself is taken as a token, too, and outlives that, as a password does.
"""

import base64
import binascii

from aiohttp import web

from domain.ids import TenantId
from domain.refusals import BadKey, NoKey
from gateway.call import Call, Rooms
from gateway.credentials import credentials, plain_key
from gateway.dialects import store
from gateway.dialects.answers import exact_response
from gateway.webhooks.seal import SealBroken

NAME = "energyprint"
TOKEN_PREFIX = "ept_"

_OWNER = "energyprint token"
_PASSWORD_LENGTH_MAX = 200


async def log_in(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Answer with a token where the password is a live key.

    Raises:
        BadKey: it is none.
    """
    fields = await call.fields()
    email = fields.text("email", _PASSWORD_LENGTH_MAX)
    key = fields.text("password", _PASSWORD_LENGTH_MAX)
    fields.end()
    try:
        tenant_id = (await rooms.authenticator.caller(plain_key(key))).tenant()
    except NoKey as error:
        raise BadKey from error
    async with rooms.database.tenant(tenant_id, read_only=True) as connection:
        era = await store.token_era(connection, tenant_id, NAME)
    sealed = rooms.seal.close(f"{tenant_id} {era} {key}".encode(), _OWNER)
    token = TOKEN_PREFIX + base64.urlsafe_b64encode(sealed).decode()
    return exact_response({"message": f"Welcome, {email}!", "token": token})


async def revoke(rooms: Rooms, call: Call) -> web.StreamResponse:
    """End all tokens that logins of the tenant gave, the one of this request among them."""
    if call.request.body_exists:
        (await call.fields()).rest()
    async with rooms.database.tenant(call.tenant_id) as connection:
        await store.end_tokens(connection, call.tenant_id, NAME)
    return exact_response({"message": "All API tokens were revoked."})


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


async def key_behind(rooms: Rooms, token: str) -> str:
    """Return the key that a token was given for.

    Raises:
        BadKey: the token is none of ours, or was revoked.
    """
    if not token.startswith(TOKEN_PREFIX):
        return token
    try:
        sealed = base64.b64decode(token.removeprefix(TOKEN_PREFIX), altchars=b"-_", validate=True)
        tenant, era, key = rooms.seal.open(sealed, _OWNER).decode().split(" ", 2)
    except (SealBroken, binascii.Error, ValueError) as error:
        raise BadKey from error
    tenant_id = TenantId(tenant)
    async with rooms.database.tenant(tenant_id, read_only=True) as connection:
        if int(era) != await store.token_era(connection, tenant_id, NAME):
            raise BadKey("The token was revoked; log in again.")
    return plain_key(key)
