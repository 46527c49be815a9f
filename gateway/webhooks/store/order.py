"""Strict order: of one project at one endpoint, one delivery at a time, in the order in which the events happened.

The first open delivery of a project is ready as any other; those behind it are queued till infinity, so that no claim sees
them. Whoever ends the first lets the next go, in the same transaction. Fan-out and that transaction both hold the
endpoint's row, so neither misses what the other is about to do. A delivery that is given up lets the next one go as well:
a dead letter does not stop a project for ever.
"""

from collections.abc import Iterable

from runtime.postgres import Connection


async def release(connection: Connection, freed: Iterable[tuple[str, str | None]]) -> int:
    """Let the first open delivery of each (endpoint, project) go whose turn it is; return how many.

    The caller's transaction has just ended others of them, and begins to hold the endpoints' rows here.
    """
    keys = sorted({(lane, order_key) for lane, order_key in freed if order_key is not None})
    if not keys:
        return 0
    await hold_endpoints(connection, [lane for lane, _ in keys])
    released: int = await connection.fetchval(_RELEASE, [lane for lane, _ in keys], [key for _, key in keys])
    return released


async def hold_endpoints(connection: Connection, endpoint_ids: Iterable[str]) -> None:
    """Lock the rows of endpoints until the transaction ends, always in the order of their ids."""
    if ids := sorted(set(endpoint_ids)):
        await connection.execute(_HOLD, ids)


async def hold_ordered(connection: Connection, tenant_ids: Iterable[str]) -> None:
    """Lock those endpoints of tenants that keep an order: from here on nobody ends a delivery there unseen."""
    await connection.execute(_HOLD_ORDERED, sorted(set(tenant_ids)))


async def free(connection: Connection, endpoint_id: str) -> None:
    """Let everything go that waits for its turn at an endpoint, as it keeps no order any more."""
    await connection.execute(_FREE, endpoint_id)


_HOLD = """
SELECT 1 FROM gateway.endpoint WHERE endpoint_id = ANY($1::uuid[]) ORDER BY endpoint_id FOR NO KEY UPDATE
"""

_HOLD_ORDERED = """
SELECT 1 FROM gateway.endpoint WHERE tenant_id = ANY($1::uuid[]) AND strict_order AND state = 'enabled'
ORDER BY endpoint_id FOR NO KEY UPDATE
"""

_RELEASE = """
WITH heads AS (
    SELECT DISTINCT ON (open.lane, open.order_key) open.id, open.lane, open.order_key, open.state, open.ready_at
    FROM unnest($1::uuid[], $2::uuid[]) AS freed (lane, order_key)
    JOIN gateway.delivery AS open ON open.lane = freed.lane AND open.order_key = freed.order_key
        AND open.state IN ('queued', 'leased')
    ORDER BY open.lane, open.order_key, open.turn
), released AS (
    UPDATE gateway.delivery AS target SET ready_at = clock_timestamp()
    FROM heads WHERE target.id = heads.id AND target.state = 'queued' AND target.ready_at = 'infinity' AND NOT EXISTS (
        -- A redelivery may have put an earlier event before one that is on its way already.
        SELECT FROM gateway.delivery AS going
        WHERE going.lane = heads.lane AND going.order_key = heads.order_key
            AND going.state IN ('queued', 'leased') AND (going.state = 'leased' OR going.ready_at < 'infinity')
    )
    RETURNING 1
)
SELECT count(*) FROM released
"""

_FREE = """
WITH waiting AS (
    SELECT id FROM gateway.delivery
    WHERE lane = $1 AND state = 'queued' AND order_key IS NOT NULL FOR UPDATE SKIP LOCKED
)
UPDATE gateway.delivery AS target
SET order_key = NULL, ready_at = CASE WHEN target.ready_at = 'infinity' THEN clock_timestamp() ELSE target.ready_at END
FROM waiting WHERE target.id = waiting.id
"""
