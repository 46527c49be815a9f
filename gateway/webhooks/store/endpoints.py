"""Endpoints and their secrets, as the tenant's own requests read and write them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from domain.ids import TenantId
from domain.refusals import LimitReached, NoSuchEndpoint
from gateway.webhooks.sign import new_secret
from runtime.postgres import Connection

ENDPOINTS_MAX = 50
"""Each event costs a delivery an endpoint; more than this is a loop that forgot to look."""

OLD_SECRET_SECONDS = 24 * 3600
"""Both secrets sign for so long after a rotation: time to change the receiver."""

SECRETS_MAX = 5
"""Live at a time, so that rotating in a loop does not make headers without end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Where a tenant wants to be told, and how it fares. Empty ``events``: all of them."""

    endpoint_id: str
    tenant_id: TenantId
    url: str
    description: str
    events: tuple[str, ...]
    state: str
    disabled_reason: str
    created_at: datetime
    updated_at: datetime
    failures_in_row: int
    failing_since: datetime | None


async def create_endpoint(
    connection: Connection, tenant_id: TenantId, *, url: str, description: str, events: Sequence[str]
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
    row = await connection.fetchrow(_INSERT, str(uuid4()), tenant_id, url, description, list(events))
    endpoint = _endpoint(row)
    return endpoint, await _add_secret(connection, endpoint)


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
    connection: Connection,
    tenant_id: TenantId,
    endpoint_id: str,
    *,
    url: str | None = None,
    description: str | None = None,
    events: Sequence[str] | None = None,
    enabled: bool | None = None,
) -> Endpoint:
    """Change what is given. A new URL, or being enabled again, closes the breaker: the old failures say nothing then.

    Raises:
        NoSuchEndpoint: the tenant has none of this id.
    """
    row = await connection.fetchrow(
        _UPDATE,
        tenant_id,
        endpoint_id,
        url,
        description,
        None if events is None else list(events),
        None if enabled is None else ("enabled" if enabled else "disabled"),
    )
    endpoint = _found(row)
    if enabled is False:
        await connection.execute(STOP_QUEUED, endpoint_id)
    if url is not None or enabled:
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


async def live_secrets(connection: Connection, tenant_id: TenantId, endpoint_id: str) -> list[bytes]:
    """Return the secrets that sign now, newest first.

    Raises:
        NoSuchEndpoint: the tenant has no endpoint of this id.
    """
    rows = await connection.fetch(_SECRETS, tenant_id, endpoint_id)
    if not rows:
        raise NoSuchEndpoint
    return [row["secret"] for row in rows]


async def rotate_secret(connection: Connection, tenant_id: TenantId, endpoint_id: str) -> bytes:
    """Make a new secret and let the old ones sign for a day more; return the new one.

    Raises:
        NoSuchEndpoint: the tenant has no endpoint of this id.
        LimitReached: too many secrets are live.
    """
    endpoint = await get_endpoint(connection, tenant_id, endpoint_id)
    await connection.execute("SELECT 1 FROM gateway.endpoint WHERE endpoint_id = $1 FOR UPDATE", endpoint_id)
    if len(await live_secrets(connection, tenant_id, endpoint_id)) >= SECRETS_MAX:
        raise LimitReached("The endpoint's secret was rotated too often today.", limit=SECRETS_MAX)
    await connection.execute(_EXPIRE_SECRETS, tenant_id, endpoint_id, float(OLD_SECRET_SECONDS))
    return await _add_secret(connection, endpoint)


async def _add_secret(connection: Connection, endpoint: Endpoint) -> bytes:
    secret = new_secret()
    await connection.execute(_INSERT_SECRET, str(uuid4()), endpoint.tenant_id, endpoint.endpoint_id, secret)
    return secret


def _found(row: Any) -> Endpoint:
    if row is None:
        raise NoSuchEndpoint
    return _endpoint(row)


def _endpoint(row: Any) -> Endpoint:
    return Endpoint(
        endpoint_id=row["endpoint_id"],
        tenant_id=TenantId(row["tenant_id"]),
        url=row["url"],
        description=row["description"],
        events=tuple(row["events"]),
        state=row["state"],
        disabled_reason=row["disabled_reason"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        failures_in_row=row["failures_in_row"],
        failing_since=row["failing_since"],
    )


_INSERT = """
INSERT INTO gateway.endpoint (endpoint_id, tenant_id, url, description, events) VALUES ($1, $2, $3, $4, $5) RETURNING *
"""

_COUNT = "SELECT count(*) FROM gateway.endpoint WHERE tenant_id = $1 AND deleted_at IS NULL"

_LIST = """
SELECT * FROM gateway.endpoint WHERE tenant_id = $1 AND deleted_at IS NULL ORDER BY created_at DESC, endpoint_id DESC
"""

_GET = "SELECT * FROM gateway.endpoint WHERE tenant_id = $1 AND endpoint_id = $2 AND deleted_at IS NULL"

_UPDATE = """
UPDATE gateway.endpoint
SET url = coalesce($3, url), description = coalesce($4, description), events = coalesce($5::text[], events),
    state = coalesce($6, state), updated_at = clock_timestamp(),
    disabled_reason = CASE $6 WHEN 'enabled' THEN '' WHEN 'disabled' THEN 'person' ELSE disabled_reason END,
    failures_in_row = CASE WHEN $3 IS NOT NULL OR $6 = 'enabled' THEN 0 ELSE failures_in_row END,
    failing_since = CASE WHEN $3 IS NOT NULL OR $6 = 'enabled' THEN NULL ELSE failing_since END,
    resume_at = CASE WHEN $3 IS NOT NULL OR $6 = 'enabled' THEN '-infinity' ELSE resume_at END
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

_READY_NOW = """
WITH waiting AS (
    SELECT id FROM gateway.delivery
    WHERE lane = $1 AND state = 'queued' AND ready_at > clock_timestamp() FOR UPDATE SKIP LOCKED
)
UPDATE gateway.delivery AS target SET ready_at = clock_timestamp() FROM waiting WHERE target.id = waiting.id
"""

_DELETE = """
UPDATE gateway.endpoint SET deleted_at = clock_timestamp(), state = 'disabled'
WHERE tenant_id = $1 AND endpoint_id = $2 AND deleted_at IS NULL RETURNING endpoint_id
"""

_SECRETS = """
SELECT secret FROM gateway.endpoint_secret
WHERE tenant_id = $1 AND endpoint_id = $2 AND (expires_at IS NULL OR expires_at > clock_timestamp())
ORDER BY created_at DESC
"""

_EXPIRE_SECRETS = """
UPDATE gateway.endpoint_secret SET expires_at = clock_timestamp() + $3 * interval '1 second'
WHERE tenant_id = $1 AND endpoint_id = $2 AND expires_at IS NULL
"""

_INSERT_SECRET = """
INSERT INTO gateway.endpoint_secret (secret_id, tenant_id, endpoint_id, secret) VALUES ($1, $2, $3, $4)
"""
