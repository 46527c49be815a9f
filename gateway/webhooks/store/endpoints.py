"""Endpoints, as the tenant's own requests read and write them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from uuid import uuid4

from domain.ids import TenantId
from domain.refusals import LimitReached, NoSuchEndpoint
from gateway.webhooks.seal import Seal
from gateway.webhooks.store import order
from gateway.webhooks.store.secrets import add_secret
from runtime.postgres import Connection

ENDPOINTS_MAX = 50
"""Each event costs a delivery an endpoint; more than this is a loop that forgot to look."""

AUTH_KINDS = ("header", "basic", "none")
"""How an endpoint's own gate can be passed; none takes a credential away."""

Filters = Mapping[str, Sequence[str]]
"""By parameter of an event, the values that pass; an event that lacks the parameter does not pass."""


@dataclass(frozen=True, slots=True)
class Auth:
    """What an endpoint's own gate wants to see: the value of a header, or a user's password (basic, RFC 7617)."""

    kind: Literal["header", "basic"]
    name: str
    value: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What a tenant chooses of an endpoint; None: as it was, or the default of a new one.

    ``auth`` is False where it is to be taken away. ``format`` and ``base_url`` are chosen once, when an endpoint is made.
    """

    url: str | None = None
    format: str | None = None
    base_url: str | None = None
    method: Literal["POST", "GET"] | None = None
    description: str | None = None
    events: Sequence[str] | None = None
    filters: Filters | None = None
    strict_order: bool | None = None
    auth: Auth | Literal[False] | None = None
    enabled: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Where a tenant wants to be told, and how it fares. Empty ``events``: all of them; empty ``format``: our own envelope."""

    endpoint_id: str
    tenant_id: TenantId
    url: str
    format: str
    method: str
    description: str
    events: tuple[str, ...]
    filters: Filters
    strict_order: bool
    auth_kind: str
    auth_name: str
    state: str
    disabled_reason: str
    created_at: datetime
    updated_at: datetime
    failures_in_row: int
    failing_since: datetime | None


async def create_endpoint(
    connection: Connection, seal: Seal, tenant_id: TenantId, choices: Choices
) -> tuple[Endpoint, bytes]:
    """Make an endpoint; return it with its secret.

    Raises:
        LimitReached: the tenant has as many as it may have.
    """
    # Two requests at once could both see room for one more.
    await connection.execute("SELECT 1 FROM runtime.tenant WHERE tenant_id = $1 FOR UPDATE", tenant_id)
    count = await connection.fetchval(_COUNT, tenant_id)
    if count >= ENDPOINTS_MAX:
        raise LimitReached("The tenant has too many webhook endpoints; delete some first.", limit=ENDPOINTS_MAX)
    endpoint_id = str(uuid4())
    row = await connection.fetchrow(
        _INSERT,
        endpoint_id,
        tenant_id,
        choices.url,
        choices.method or "POST",
        choices.description or "",
        list(choices.events or ()),
        _filters_json(choices.filters or {}),
        bool(choices.strict_order),
        *_sealed(seal, endpoint_id, choices.auth),
        choices.format or "",
        choices.base_url or "",
    )
    return _endpoint(row), await add_secret(connection, seal, tenant_id, endpoint_id)


async def list_endpoints(connection: Connection, tenant_id: TenantId) -> list[Endpoint]:
    """Return the tenant's endpoints, newest first."""
    return [_endpoint(row) for row in await connection.fetch(_LIST, tenant_id)]


async def get_endpoint(connection: Connection, tenant_id: TenantId, endpoint_id: str) -> Endpoint:
    """Return one endpoint.

    Raises:
        NoSuchEndpoint: the tenant has none of this id.
    """
    return _found(await connection.fetchrow(_GET, tenant_id, endpoint_id))


async def update_endpoint(
    connection: Connection, seal: Seal, tenant_id: TenantId, endpoint_id: str, choices: Choices
) -> Endpoint:
    """Change what is given. A new URL, or being enabled again, closes the breaker: the old failures say nothing then.

    Raises:
        NoSuchEndpoint: the tenant has none of this id.
    """
    enabled = choices.enabled
    row = await connection.fetchrow(
        _UPDATE,
        tenant_id,
        endpoint_id,
        choices.url,
        choices.method,
        choices.description,
        None if choices.events is None else list(choices.events),
        None if choices.filters is None else _filters_json(choices.filters),
        choices.strict_order,
        None if enabled is None else ("enabled" if enabled else "disabled"),
        choices.auth is not None,
        *_sealed(seal, endpoint_id, choices.auth),
    )
    endpoint = _found(row)
    if enabled is False:
        await connection.execute(STOP_QUEUED, endpoint_id)
    if choices.strict_order is False:
        await order.free(connection, endpoint_id)
    if choices.url is not None or enabled:
        await connection.execute(_READY_NOW, endpoint_id)
    return endpoint


async def delete_endpoint(connection: Connection, tenant_id: TenantId, endpoint_id: str) -> None:
    """Remove an endpoint from its tenant's sight, and its secrets; ``upkeep`` removes the log when all is at rest.

    Taking the rows away here would wait for deliveries under way, and they for this.

    Raises:
        NoSuchEndpoint: the tenant has none of this id.
    """
    if await connection.fetchval(_DELETE, tenant_id, endpoint_id) is None:
        raise NoSuchEndpoint
    await connection.execute("DELETE FROM gateway.endpoint_secret WHERE endpoint_id = $1", endpoint_id)
    await connection.execute(STOP_QUEUED, endpoint_id)


def _sealed(seal: Seal, endpoint_id: str, auth: Auth | Literal[False] | None) -> tuple[str, str, bytes | None]:
    if not auth:
        return "", "", None
    return auth.kind, auth.name, seal.close(auth.value.encode(), endpoint_id)


def _filters_json(filters: Filters) -> str:
    return json.dumps({name: list(values) for name, values in filters.items()})


def _found(row: Any) -> Endpoint:
    if row is None:
        raise NoSuchEndpoint
    return _endpoint(row)


def _endpoint(row: Any) -> Endpoint:
    return Endpoint(
        endpoint_id=row["endpoint_id"],
        tenant_id=TenantId(row["tenant_id"]),
        url=row["url"],
        format=row["format"],
        method=row["method"],
        description=row["description"],
        events=tuple(row["events"]),
        filters=json.loads(row["filters"]),
        strict_order=row["strict_order"],
        auth_kind=row["auth_kind"],
        auth_name=row["auth_name"],
        state=row["state"],
        disabled_reason=row["disabled_reason"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        failures_in_row=row["failures_in_row"],
        failing_since=row["failing_since"],
    )


_INSERT = """
INSERT INTO gateway.endpoint (
    endpoint_id, tenant_id, url, method, description, events, filters, strict_order, auth_kind, auth_name, auth_sealed,
    format, base_url
) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) RETURNING *
"""

_COUNT = "SELECT count(*) FROM gateway.endpoint WHERE tenant_id = $1 AND deleted_at IS NULL"

_LIST = """
SELECT * FROM gateway.endpoint WHERE tenant_id = $1 AND deleted_at IS NULL ORDER BY created_at DESC, endpoint_id DESC
"""

_GET = "SELECT * FROM gateway.endpoint WHERE tenant_id = $1 AND endpoint_id = $2 AND deleted_at IS NULL"

_UPDATE = """
UPDATE gateway.endpoint
SET url = coalesce($3, url), method = coalesce($4, method), description = coalesce($5, description),
    events = coalesce($6::text[], events), filters = coalesce($7::jsonb, filters),
    strict_order = coalesce($8, strict_order), state = coalesce($9, state), updated_at = clock_timestamp(),
    auth_kind = CASE WHEN $10 THEN $11 ELSE auth_kind END, auth_name = CASE WHEN $10 THEN $12 ELSE auth_name END,
    auth_sealed = CASE WHEN $10 THEN $13 ELSE auth_sealed END,
    disabled_reason = CASE $9 WHEN 'enabled' THEN '' WHEN 'disabled' THEN 'person' ELSE disabled_reason END,
    failures_in_row = CASE WHEN $3 IS NOT NULL OR $9 = 'enabled' THEN 0 ELSE failures_in_row END,
    failing_since = CASE WHEN $3 IS NOT NULL OR $9 = 'enabled' THEN NULL ELSE failing_since END,
    resume_at = CASE WHEN $3 IS NOT NULL OR $9 = 'enabled' THEN '-infinity' ELSE resume_at END
WHERE tenant_id = $1 AND endpoint_id = $2 AND deleted_at IS NULL
RETURNING *
"""

# Rows that a claim has its hands on are skipped here, and found out by the claim that comes after.
STOP_QUEUED = """
WITH waiting AS (
    SELECT id FROM gateway.delivery WHERE lane = $1 AND state = 'queued' FOR UPDATE SKIP LOCKED
)
UPDATE gateway.delivery AS target
SET state = 'failed', failure_reason = 'endpoint_disabled', finished_at = clock_timestamp()
FROM waiting WHERE target.id = waiting.id
"""

# What waits for its turn in an order (till infinity) goes on waiting for it.
_READY_NOW = """
WITH waiting AS (
    SELECT id FROM gateway.delivery
    WHERE lane = $1 AND state = 'queued' AND ready_at > clock_timestamp() AND ready_at < 'infinity'
    FOR UPDATE SKIP LOCKED
)
UPDATE gateway.delivery AS target SET ready_at = clock_timestamp() FROM waiting WHERE target.id = waiting.id
"""

_DELETE = """
UPDATE gateway.endpoint SET deleted_at = clock_timestamp(), state = 'disabled'
WHERE tenant_id = $1 AND endpoint_id = $2 AND deleted_at IS NULL RETURNING endpoint_id
"""
