"""Upkeep: what nobody needs any more goes in small bites, so that no statement is long and no lock is held long."""

from gateway.webhooks.seal import Seal
from gateway.webhooks.store.secrets import seal_again
from runtime.postgres import Connection

BITE_ROWS = 1000


async def tidy(connection: Connection, seal: Seal, log_days: float) -> int:
    """Remove a bite of what is old or belongs to deleted endpoints; return how many rows, 0 when all is tidy.

    Events are kept for ``log_days`` [d], and with them the log of their deliveries and attempts; those still on their way
    longer.
    Secrets that lie open or under the key before are sealed, too.
    """
    removed: int = await connection.fetchval(_REMOVE_OLD, float(log_days), BITE_ROWS)
    removed += await seal_again(connection, seal, BITE_ROWS)
    for row in await connection.fetch(_DELETED_AT_REST):
        count: int = await connection.fetchval(_REMOVE_DELIVERIES, row["endpoint_id"], BITE_ROWS)
        removed += count
        if count < BITE_ROWS:
            await connection.execute(_REMOVE_ENDPOINT, row["endpoint_id"])
    return removed


_REMOVE_OLD = """
WITH old AS (
    SELECT event_id FROM gateway.event AS event
    WHERE event.created_at < clock_timestamp() - $1 * interval '1 day' AND NOT EXISTS (
        SELECT FROM gateway.delivery AS open
        WHERE open.event_id = event.event_id AND open.state IN ('queued', 'leased')
    )
    ORDER BY event.created_at LIMIT $2 FOR UPDATE SKIP LOCKED
), removed AS (
    DELETE FROM gateway.event AS event USING old WHERE event.event_id = old.event_id RETURNING 1
)
SELECT count(*) FROM removed
"""

_DELETED_AT_REST = """
SELECT endpoint_id FROM gateway.endpoint AS endpoint
WHERE deleted_at IS NOT NULL AND NOT EXISTS (
    SELECT FROM gateway.delivery AS open WHERE open.lane = endpoint.endpoint_id AND open.state IN ('queued', 'leased')
)
ORDER BY deleted_at LIMIT 10 FOR UPDATE SKIP LOCKED
"""

_REMOVE_DELIVERIES = """
WITH mine AS (
    SELECT id FROM gateway.delivery WHERE lane = $1 ORDER BY id LIMIT $2 FOR UPDATE SKIP LOCKED
), removed AS (
    DELETE FROM gateway.delivery AS delivery USING mine WHERE delivery.id = mine.id RETURNING 1
)
SELECT count(*) FROM removed
"""

_REMOVE_ENDPOINT = """
DELETE FROM gateway.endpoint AS endpoint WHERE endpoint_id = $1 AND NOT EXISTS (
    SELECT FROM gateway.delivery AS rest WHERE rest.lane = endpoint.endpoint_id
)
"""
