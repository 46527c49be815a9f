"""The log of deliveries, as the tenant's own requests read it."""

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from domain.ids import TenantId
from domain.refusals import BadPageToken, NoSuchEndpoint
from runtime.postgres import Connection

PAGE_SIZE = 50

STATES = ("queued", "leased", "succeeded", "failed")
PHASES = ("delivered", "pending", "retrying", "failed")
"""What people ask for: retrying is what was attempted before and is to be attempted again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedDelivery:
    """One delivery as it stands. ``next_attempt_at`` where it waits for one, and not for its turn in a strict order.

    ``erased``: what it told of was deleted.
    """

    delivery_id: str
    event_id: str
    event_type: str
    state: str
    attempts: int
    failure_reason: str
    created_at: datetime
    finished_at: datetime | None
    next_attempt_at: datetime | None
    erased: bool
    last_status: int | None
    last_error: str
    last_latency_ms: int | None

    @property
    def phase(self) -> str:
        """Return which of PHASES it is in."""
        match self.state:
            case "succeeded":
                return "delivered"
            case "failed":
                return "failed"
            case state:
                return "retrying" if self.attempts > (state == "leased") else "pending"


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    """What a delivery sends: the event's bytes, frozen when it happened, and what URL templates are filled with."""

    body: bytes | None
    parameters: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedAttempt:
    """One attempt: when, how long, what was answered."""

    at: datetime
    latency_ms: int
    status: int | None
    error: str
    response_head: bytes
    response_headers: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class LogFilter:
    """Which deliveries to list; None: of any kind. ``since`` counts in, ``until`` does not.

    ``code`` is the status of the last attempt, 0 where no answer came.
    """

    state: str | None = None
    phase: str | None = None
    code: int | None = None
    event_type: str | None = None
    since: datetime | None = None
    until: datetime | None = None


async def list_deliveries(
    connection: Connection, tenant_id: TenantId, endpoint_id: str, *, size: int, token: str, only: LogFilter
) -> tuple[list[LoggedDelivery], str]:
    """Return a page of an endpoint's deliveries, newest first, and the token of the next page.

    Raises:
        BadPageToken: the token is none of this list.
    """
    before_at, before_id = _opened(token) if token else (None, None)
    size = size or PAGE_SIZE
    rows = await connection.fetch(
        _LIST,
        tenant_id,
        endpoint_id,
        before_at,
        before_id,
        size + 1,
        only.state,
        only.event_type,
        only.since,
        only.until,
        only.phase,
        only.code,
    )
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
    return _delivery(row), [
        LoggedAttempt(**{**dict(attempt), "response_headers": json.loads(attempt["response_headers"])})
        for attempt in attempts
    ]


async def get_payload(connection: Connection, tenant_id: TenantId, event_id: str) -> Payload:
    """Return what deliveries of an event send.

    Raises:
        NoSuchEndpoint: the event is gone.
    """
    row = await connection.fetchrow(_PAYLOAD, tenant_id, event_id)
    if row is None:
        raise NoSuchEndpoint("There is no such event any more.")
    return Payload(body=row["body"], parameters=json.loads(row["parameters"]))


@dataclass(frozen=True, slots=True, kw_only=True)
class TellingEvent:
    """What happened with a bill, as every endpoint that wants it is told: ``body`` is the JSON that is sent."""

    type: str
    occurred_at: datetime
    bill_id: str
    body: bytes


async def events_of_bills(
    connection: Connection, tenant_id: TenantId, bill_ids: Sequence[str], most: int
) -> list[TellingEvent]:
    """Return the newest events about bills, whoever was told of them; those that were erased are left out."""
    rows = await connection.fetch(_EVENTS_OF_BILLS, tenant_id, list(bill_ids), most)
    return [
        TellingEvent(
            type=row["type"],
            occurred_at=row["occurred_at"],
            bill_id=str(row["bill_id"]),
            body=row["body"],
        )
        for row in rows
    ]


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
        next_attempt_at=row["ready_at"] if row["state"] == "queued" and not row["in_line"] else None,
        erased=row["erased"],
        last_status=row["last_status"],
        last_error=row["last_error"] or "",
        last_latency_ms=row["last_latency_ms"],
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
delivery.created_at, delivery.finished_at, greatest(delivery.ready_at, endpoint.resume_at) AS ready_at,
delivery.ready_at = 'infinity' AS in_line, event.body IS NULL AS erased,
last.status AS last_status, last.error AS last_error, last.latency_ms AS last_latency_ms
FROM gateway.delivery AS delivery JOIN gateway.event AS event USING (event_id)
JOIN gateway.endpoint AS endpoint ON endpoint.endpoint_id = delivery.lane AND endpoint.deleted_at IS NULL
LEFT JOIN LATERAL (
    SELECT status, error, latency_ms FROM gateway.attempt
    WHERE delivery_id = delivery.id ORDER BY fencing_token DESC LIMIT 1
) AS last ON true
WHERE delivery.tenant_id = $1 AND delivery.lane = $2
"""

_LIST = f"""
SELECT {_COLUMNS}
    AND ($3::timestamptz IS NULL OR (delivery.created_at, delivery.id) < ($3, $4::uuid))
    AND ($6::text IS NULL OR delivery.state = $6) AND ($7::text IS NULL OR event.type = $7)
    AND ($8::timestamptz IS NULL OR delivery.created_at >= $8)
    AND ($9::timestamptz IS NULL OR delivery.created_at < $9)
    AND ($10::text IS NULL OR $10 = CASE
        WHEN delivery.state = 'succeeded' THEN 'delivered'
        WHEN delivery.state = 'failed' THEN 'failed'
        WHEN delivery.attempts > (delivery.state = 'leased')::int THEN 'retrying'
        ELSE 'pending' END)
    AND ($11::int IS NULL OR last.latency_ms IS NOT NULL AND coalesce(last.status, 0) = $11)
ORDER BY delivery.created_at DESC, delivery.id DESC LIMIT $5
"""

_GET = f"SELECT {_COLUMNS} AND delivery.id = $3"

_ATTEMPTS = """
SELECT at, latency_ms, status, error, response_head, response_headers FROM gateway.attempt
WHERE tenant_id = $1 AND delivery_id = $2 ORDER BY fencing_token
"""

_EVENTS_OF_BILLS = """
SELECT type, occurred_at, bill_id, body FROM gateway.event
WHERE tenant_id = $1 AND bill_id = ANY($2::uuid[]) AND body IS NOT NULL
ORDER BY occurred_at DESC, event_id
LIMIT $3
"""

_PAYLOAD = "SELECT body, parameters FROM gateway.event WHERE tenant_id = $1 AND event_id = $2"
