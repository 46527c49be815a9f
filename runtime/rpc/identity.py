"""Identity: who makes a call, proven by a token, and known to the handler through the call's context.

Two kinds of bearer token exist. An **API key** belongs to a tenant and is looked up in the database. A **service token** is
minted by one of our own processes with the secret that all of them share; it names one tenant, or all of them, and lives for
minutes. Its form is ``bws1.<tenant or *>.<expiry, Unix seconds>.<HMAC-SHA256 over all before it, base64url>``.
"""

import base64
import hashlib
import hmac
import time
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Protocol

from domain.ids import TenantId
from domain.refusals import BadKey, MissingScope, NoKey

TOKEN_FORM = "bws1"
ALL_TENANTS = "*"
SERVICE_TOKEN_SECONDS = 300.0
"""A stolen token is useless after this; a long stream is checked when it opens only."""

SCOPES = frozenset({"upload", "read", "amend", "webhooks", "admin"})
"""What an API key may be allowed; ``admin`` includes all others."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who makes the call in hand.

    ``tenant_id`` is None for a process of ours that works for all tenants. ``is_service`` is True for any process of ours,
    also when it acts for one tenant (the gateway does so for each request). ``key_id`` is the API key's, else empty.
    """

    tenant_id: TenantId | None
    is_service: bool
    scopes: frozenset[str] = SCOPES
    key_id: str = ""

    def tenant(self) -> TenantId:
        """Return the one tenant that the call is for.

        Raises:
            MissingScope: the call is for all tenants, which this method does not serve.
        """
        if self.tenant_id is None:
            raise MissingScope("this call needs a token that names a tenant")
        return self.tenant_id

    def require_service(self) -> None:
        """Let only processes of ours pass.

        Raises:
            MissingScope: the caller came with an API key.
        """
        if not self.is_service:
            raise MissingScope("this call is for the processes of this installation")

    def require(self, scope: str) -> None:
        """Let only keys with this scope pass.

        Raises:
            MissingScope: the key lacks it.
        """
        if scope not in self.scopes and "admin" not in self.scopes:
            raise MissingScope(f"this call needs a key with the scope {scope!r}", scope=scope)


class Authenticator(Protocol):
    """Turns a bearer token into the caller it proves."""

    async def caller(self, bearer: str) -> Caller:
        """Return the caller.

        Raises:
            BadKey: the token is unknown, expired or revoked.
        """
        ...


_caller: ContextVar[Caller | None] = ContextVar("billowatt_caller", default=None)


def current_caller() -> Caller:
    """Return who makes the call in hand.

    Raises:
        NoKey: the call carried no credentials.
    """
    caller = _caller.get()
    if caller is None:
        raise NoKey
    return caller


def become(caller: Caller) -> None:
    """Bind the caller to the call in hand; for the edges that have checked a token."""
    _caller.set(caller)


class ServiceTokens:
    """Mints and checks service tokens with the shared secret."""

    def __init__(self, secret: str, clock: Callable[[], float] = time.time) -> None:
        self._secret = secret.encode()
        self._clock = clock

    def mint(self, tenant_id: TenantId | None, *, lifetime_seconds: float = SERVICE_TOKEN_SECONDS) -> str:
        """Return a token for one tenant, or for all of them where None."""
        body = f"{TOKEN_FORM}.{tenant_id or ALL_TENANTS}.{int(self._clock() + lifetime_seconds)}"
        return f"{body}.{self._signature(body)}"

    def check(self, token: str) -> Caller:
        """Return the caller that a service token proves.

        Raises:
            BadKey: the form, the signature or the time is wrong.
        """
        form, _, rest = token.partition(".")
        body, _, signature = token.rpartition(".")
        tenant, _, tail = rest.partition(".")
        expiry = tail.partition(".")[0]
        if form != TOKEN_FORM or not hmac.compare_digest(signature, self._signature(body)):
            raise BadKey
        if not expiry.isdecimal() or int(expiry) < self._clock():
            raise BadKey("the service token has expired")
        return Caller(None if tenant == ALL_TENANTS else TenantId(tenant), is_service=True)

    def _signature(self, body: str) -> str:
        digest = hmac.new(self._secret, body.encode(), hashlib.sha256).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def is_service_token(bearer: str) -> bool:
    """Tell a service token from an API key by its form."""
    return bearer.startswith(TOKEN_FORM + ".")


class ServiceAuthenticator:
    """Accepts service tokens only; for roles without a database."""

    def __init__(self, tokens: ServiceTokens) -> None:
        self._tokens = tokens

    async def caller(self, bearer: str) -> Caller:
        """Return the caller that a service token proves.

        Raises:
            BadKey: it proves none.
        """
        return self._tokens.check(bearer)
