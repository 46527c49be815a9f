"""Events and their fan-out: one delivery for each endpoint that wants to know, in the transaction that records the event."""

import json
from collections.abc import Sequence
from uuid import uuid4

from domain.ids import Position, ProjectId, TenantId
from gateway.webhooks.events import Event
from gateway.webhooks.store import order, renderings
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

    An endpoint is told of what happened after it was made only. For events of projects the caller holds the endpoints
    that keep an order (``order.hold_ordered``).
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
    await _erase(connection, "event.bill_id = ANY($1::uuid[])", list(bill_ids))
    await renderings.erase_bills(connection, bill_ids)


async def erase_project(connection: Connection, tenant_id: TenantId, project_id: ProjectId) -> None:
    """Take the bodies of a project's events away, and give up the deliveries that would have sent them."""
    await order.hold_ordered(connection, [tenant_id])
    await _erase(connection, "event.project_id = $1", project_id)
    await renderings.erase_project(connection, project_id)


async def _erase(connection: Connection, which: str, value: object) -> None:
    await connection.execute(_HOLD_EVENTS.format(which=which), value)
    given_up = await connection.fetch(_ERASE_DELIVERIES.format(which=which), value)
    await connection.execute(_ERASE_BODIES.format(which=which), value)
    await order.release(connection, [(row["lane"], row["order_key"]) for row in given_up])


def _columns(events: Sequence[Event]) -> tuple[list[object], ...]:
    return (
        [event.event_id for event in events],
        [event.tenant_id for event in events],
        [event.project_id for event in events],
        [event.bill_id for event in events],
        [event.type for event in events],
        [event.occurred_at for event in events],
        [event.body for event in events],
        [json.dumps(dict(event.parameters)) for event in events],
    )


_INSERT_EVENTS = """
INSERT INTO gateway.event (event_id, tenant_id, project_id, bill_id, type, occurred_at, body, parameters)
SELECT * FROM unnest(
    $1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::timestamptz[], $7::bytea[], $8::jsonb[]
)
ON CONFLICT (event_id) DO NOTHING
"""

WANTED = """
    (endpoint.events = '{}' OR event.type = ANY(endpoint.events)) AND NOT EXISTS (
        SELECT FROM jsonb_each(endpoint.filters) AS filter
        WHERE NOT coalesce(filter.value ? (event.parameters ->> filter.key), false)
    ) AND event.body IS NOT NULL
"""
"""Whether an endpoint wants an event: of a type that it chose, and with a value that passes for each of its filters."""

QUEUE = """
    INSERT INTO gateway.delivery (id, tenant_id, lane, event_id, order_key, ready_at)
    SELECT gen_random_uuid(), wanted.tenant_id, wanted.endpoint_id, wanted.event_id, wanted.order_key,
        CASE
            WHEN wanted.order_key IS NOT NULL AND (wanted.place > 1 OR EXISTS (
                SELECT FROM gateway.delivery AS earlier
                WHERE earlier.lane = wanted.endpoint_id AND earlier.order_key = wanted.order_key
                    AND earlier.state IN ('queued', 'leased')
            )) THEN 'infinity'
            ELSE clock_timestamp()
        END
    FROM (
        SELECT told.*, row_number() OVER (PARTITION BY told.endpoint_id, told.order_key ORDER BY told.turn) AS place
        FROM told WHERE NOT EXISTS (
            SELECT FROM gateway.delivery AS there
            WHERE there.lane = told.endpoint_id AND there.event_id = told.event_id
        )
    ) AS wanted
    ORDER BY wanted.turn
    ON CONFLICT (lane, event_id) DO NOTHING
    RETURNING 1
"""
"""Queues a delivery for each row of ``told`` (tenant_id, endpoint_id, event_id, order_key, turn) that has none."""

_QUEUE_DELIVERIES = f"""
WITH told AS (
    SELECT event.tenant_id, endpoint.endpoint_id, event.event_id, given.turn,
        CASE WHEN endpoint.strict_order THEN event.project_id END AS order_key
    FROM unnest($1::uuid[]) WITH ORDINALITY AS given (event_id, turn)
    JOIN gateway.event AS event ON event.event_id = given.event_id
    JOIN gateway.endpoint AS endpoint ON endpoint.tenant_id = event.tenant_id AND endpoint.state = 'enabled'
        AND endpoint.created_at <= event.occurred_at AND {WANTED}
), queued AS ({QUEUE})
SELECT count(*) FROM queued
"""  # noqa: S608 - fixed texts

_QUEUE_ONE = "INSERT INTO gateway.delivery (id, tenant_id, lane, event_id) VALUES ($1, $2, $3, $4)"

# In the order in which whoever keeps a rendering holds them, too.
_HOLD_EVENTS = "SELECT 1 FROM gateway.event AS event WHERE {which} ORDER BY event_id FOR NO KEY UPDATE"

# What a claim has its hands on goes out once more, or is found to be erased by the claim that comes after.
_ERASE_DELIVERIES = """
WITH told AS (
    SELECT delivery.id FROM gateway.event AS event JOIN gateway.delivery AS delivery USING (event_id)
    WHERE {which} AND delivery.state = 'queued'
    FOR UPDATE OF delivery SKIP LOCKED
)
UPDATE gateway.delivery AS target SET state = 'failed', failure_reason = 'erased', finished_at = clock_timestamp()
FROM told WHERE target.id = told.id RETURNING target.lane, target.order_key
"""

_ERASE_BODIES = "UPDATE gateway.event AS event SET body = NULL, parameters = '{{}}' WHERE {which}"
