"""Events and their fan-out: one delivery for each endpoint that wants to know, in the transaction that records the event."""

from collections.abc import Sequence
from uuid import uuid4

from domain.ids import Position
from gateway.webhooks.events import Event
from runtime.postgres import Connection, ring

CHANNEL = "lease gateway.delivery"
"""The bell of the lease table of deliveries."""

_FOLLOWER = "changes"


async def cursor(connection: Connection) -> Position:
    """Return the position of the last change that was turned into events."""
    return Position(
        await connection.fetchval("SELECT position FROM gateway.follow_cursor WHERE follower = $1", _FOLLOWER)
    )


async def lock_cursor(connection: Connection) -> Position:
    """Return the cursor and keep other followers waiting until the transaction ends."""
    return Position(
        await connection.fetchval(
            "SELECT position FROM gateway.follow_cursor WHERE follower = $1 FOR UPDATE", _FOLLOWER
        )
    )


async def move_cursor(connection: Connection, position: Position) -> None:
    """Save how far the changes were followed."""
    await connection.execute(
        "UPDATE gateway.follow_cursor SET position = $2 WHERE follower = $1 AND position < $2", _FOLLOWER, position
    )


async def record_events(connection: Connection, events: Sequence[Event]) -> int:
    """Keep events and queue their deliveries; return how many. What was recorded before is left as it is.

    An endpoint is told of what happened after it was made only.
    """
    if not events:
        return 0
    await connection.execute(_INSERT_EVENTS, *_columns(events))
    queued: int = await connection.fetchval(_QUEUE_DELIVERIES, [event.event_id for event in events])
    if queued:
        await ring(connection, CHANNEL)
    return queued


async def record_for_endpoint(connection: Connection, event: Event, endpoint_id: str) -> str:
    """Keep an event that is for one endpoint only, and queue its delivery; return the delivery's id."""
    await connection.execute(_INSERT_EVENTS, *_columns([event]))
    delivery_id = str(uuid4())
    await connection.execute(_QUEUE_ONE, delivery_id, event.tenant_id, endpoint_id, event.event_id)
    await ring(connection, CHANNEL)
    return delivery_id


async def erase_bills(connection: Connection, bill_ids: Sequence[str]) -> None:
    """Take the bodies of events about bills away, and give up the deliveries that would have sent them."""
    await connection.execute(_ERASE_DELIVERIES, list(bill_ids))
    await connection.execute("UPDATE gateway.event SET body = NULL WHERE bill_id = ANY($1::uuid[])", list(bill_ids))


def _columns(events: Sequence[Event]) -> tuple[list[object], ...]:
    return (
        [event.event_id for event in events],
        [event.tenant_id for event in events],
        [event.project_id for event in events],
        [event.bill_id for event in events],
        [event.type for event in events],
        [event.occurred_at for event in events],
        [event.body for event in events],
    )


_INSERT_EVENTS = """
INSERT INTO gateway.event (event_id, tenant_id, project_id, bill_id, type, occurred_at, body)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::timestamptz[], $7::bytea[])
ON CONFLICT (event_id) DO NOTHING
"""

_QUEUE_DELIVERIES = """
WITH queued AS (
    INSERT INTO gateway.delivery (id, tenant_id, lane, event_id, ready_at)
    SELECT gen_random_uuid(), event.tenant_id, endpoint.endpoint_id, event.event_id,
        greatest(clock_timestamp(), endpoint.resume_at)
    FROM unnest($1::uuid[]) WITH ORDINALITY AS told (event_id, turn)
    JOIN gateway.event AS event ON event.event_id = told.event_id AND event.body IS NOT NULL
    JOIN gateway.endpoint AS endpoint ON endpoint.tenant_id = event.tenant_id AND endpoint.state = 'enabled'
        AND (endpoint.events = '{}' OR event.type = ANY(endpoint.events))
        AND endpoint.created_at <= event.occurred_at
    ORDER BY told.turn
    ON CONFLICT (lane, event_id) DO NOTHING
    RETURNING 1
)
SELECT count(*) FROM queued
"""

_QUEUE_ONE = "INSERT INTO gateway.delivery (id, tenant_id, lane, event_id) VALUES ($1, $2, $3, $4)"

_ERASE_DELIVERIES = """
UPDATE gateway.delivery AS delivery SET state = 'failed', failure_reason = 'erased', finished_at = clock_timestamp()
FROM gateway.event AS event
WHERE delivery.event_id = event.event_id AND event.bill_id = ANY($1::uuid[]) AND delivery.state = 'queued'
"""
