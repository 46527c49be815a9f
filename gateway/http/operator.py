"""The operator: who runs the installation, proven by the key of the settings; makes, lists and erases tenants."""

import hmac
import uuid

from aiohttp import web

from domain.refusals import MissingScope
from runtime.rpc.identity import Authenticator, Caller

SCOPE = "operator"
"""What a route asks for that is the operator's alone; no API key has it, not even an administrator's."""


def is_operator(operator_key: str, given: str) -> bool:
    """Compare a bearer token with the operator's key, in constant time; an installation without one has no operator."""
    return bool(operator_key) and hmac.compare_digest(given.encode(), operator_key.encode())


async def require_operator(authenticator: Authenticator, operator_key: str, given: str) -> Caller:
    """Return the operator as the caller.

    Raises:
        MissingScope: the token is a tenant's key.
        BadKey: it is nobody's.
    """
    if is_operator(operator_key, given):
        return Caller(None, is_service=False, scopes=frozenset({SCOPE}))
    await authenticator.caller(given)
    raise MissingScope("this call is for the operator of the installation", scope=SCOPE)


def refuse_operator(operator_key: str, given: str) -> None:
    """Tell the operator that a tenant's own route needs a key of that tenant.

    Raises:
        MissingScope: it is the operator's key.
    """
    if is_operator(operator_key, given):
        raise MissingScope("this call needs a key of a tenant")


def tenant_in_path(request: web.Request) -> str | None:
    """Return the tenant that an operator's route names."""
    try:
        return str(uuid.UUID(request.match_info["tenant_id"]))
    except (KeyError, ValueError):
        return None
