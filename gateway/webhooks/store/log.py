"""The log of deliveries, as the tenant's own requests read it, and delivering one again."""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from domain.ids import TenantId
from domain.refusals import BadPageToken, JobNotFinished, NoSuchEndpoint
from gateway.webhooks.store.fanout import CHANNEL
from runtime.postgres import Connection, ring

PAGE_SIZE = 50

STATES = ("queued", "leased", "succeeded", "failed")


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedDelivery:
    """One delivery as it stands. ``next_attempt_at`` where it waits for one."""

    delivery_id: str
    event_id: str
    event_type: str
    state: str
    attempts: int
    failure_reason: str
    created_at: datetime
    finished_at: datetime | None
    next_attempt_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedAttempt:
    """One attempt: when, how long, what was answered."""

    at: datetime
    latency_ms: int
    status: int | None
    error: str
    response_head: bytes


async def list_deliveries(
    connection: Connection, tenant_id: TenantId, endpoint_id: str, *, size: int, token: str, state: str | None
) -> tuple[list[LoggedDelivery], str]:
    """Return a page of an endpoint's deliveries, newest first, and the token of the next page.

    Raises:
        BadPageToken: the token is none of this list.
    """
    before_at, before_id = _opened(token) if token else (None, None)
    size = size or PAGE_SIZE
    rows = await connection.fetch(_LIST, tenant_id, endpoint_id, before_at, before_id, state, size + 1)
    page = [_delivery(row) for row in rows[:size]]
    return page, _sealed(page[-1]) if len(rows) > size else ""


async def get_delivery(
    connection: Connection, tenant_id: TenantId, endpoint_id: str, delivery_id: str
) -> tuple[LoggedDelivery, Sequence[LoggedAttempt]]:
    """Return one delivery with its attempts, oldest first.

    Raises:
        NoSuchEndpoint: the endpoint has no delivery of this id.
    """
    row = await connection.fetchrow(_GET, tenant_id, endpoint_id, delivery_id)
    if row is None:
        raise NoSuchEndpoint("There is no delivery of this id at this endpoint.")
    attempts = await connection.fetch(_ATTEMPTS, tenant_id, delivery_id)
    return _delivery(row), [LoggedAttempt(**dict(attempt)) for attempt in attempts]


async def redeliver(connection: Connection, tenant_id: TenantId, endpoint_id: str, delivery_id: str) -> LoggedDelivery:
    """Queue a delivery again from the first attempt on: same id, same body.

    Raises:
        NoSuchEndpoint: the endpoint has no delivery of this id, or what it told of was deleted.
        JobNotFinished: it is being attempted now.
    """
    delivery, _ = await get_delivery(connection, tenant_id, endpoint_id, delivery_id)
    if delivery.failure_reason == "erased":
        raise NoSuchEndpoint("What this delivery told of was deleted.")
    if await connection.fetchval(_REDELIVER, tenant_id, endpoint_id, delivery_id) is None:
        raise JobNotFinished("The delivery is being attempted now.")
    await ring(connection, CHANNEL)
    return (await get_delivery(connection, tenant_id, endpoint_id, delivery_id))[0]


def _delivery(row: Any) -> LoggedDelivery:
    return LoggedDelivery(
        delivery_id=row["id"],
        event_id=row["event_id"],
        event_type=row["type"],
        state=row["state"],
        attempts=row["attempts"],
        failure_reason=row["failure_reason"],
        created_at=row["created_at"],
        finished_at=row["finished_at"],
        next_attempt_at=row["ready_at"] if row["state"] == "queued" else None,
    )


def _sealed(last: LoggedDelivery) -> str:
    return base64.urlsafe_b64encode(f"{last.created_at.isoformat()} {last.delivery_id}".encode()).decode()


def _opened(token: str) -> tuple[datetime, str]:
    try:
        at, _, last = base64.b64decode(token, altchars=b"-_", validate=True).decode("ascii").partition(" ")
        opened = datetime.fromisoformat(at), str(UUID(last))
    except (ValueError, binascii.Error) as error:
        raise BadPageToken from error
    if opened[0].tzinfo is None:
        raise BadPageToken
    return opened


_COLUMNS = """
delivery.id, delivery.event_id, event.type, delivery.state, delivery.attempts, delivery.failure_reason,
delivery.created_at, delivery.finished_at, delivery.ready_at
FROM gateway.delivery AS delivery JOIN gateway.event AS event USING (event_id)
JOIN gateway.endpoint AS endpoint ON endpoint.endpoint_id = delivery.lane AND endpoint.deleted_at IS NULL
WHERE delivery.tenant_id = $1 AND delivery.lane = $2
"""

_LIST = f"""
SELECT {_COLUMNS}
    AND ($3::timestamptz IS NULL OR (delivery.created_at, delivery.id) < ($3, $4::uuid))
    AND ($5::text IS NULL OR delivery.state = $5)
ORDER BY delivery.created_at DESC, delivery.id DESC LIMIT $6
"""

_GET = f"SELECT {_COLUMNS} AND delivery.id = $3"

_ATTEMPTS = """
SELECT at, latency_ms, status, error, response_head FROM gateway.attempt
WHERE tenant_id = $1 AND delivery_id = $2 ORDER BY fencing_token
"""

_REDELIVER = """
UPDATE gateway.delivery
SET state = 'queued', attempts = 0, ready_at = clock_timestamp(), finished_at = NULL, failure_reason = ''
WHERE tenant_id = $1 AND lane = $2 AND id = $3 AND state <> 'leased'
RETURNING id
"""
