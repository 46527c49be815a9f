"""Delivering again: one delivery, or all of a stretch of time; same id, same body, a new row of attempts."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from domain.ids import TenantId
from domain.refusals import JobNotFinished, NoSuchEndpoint
from gateway.webhooks.events import TEST
from gateway.webhooks.store import order
from gateway.webhooks.store.endpoints import get_endpoint
from gateway.webhooks.store.fanout import CHANNEL, QUEUE, WANTED
from gateway.webhooks.store.log import LoggedDelivery, get_delivery
from runtime.postgres import Connection, Database, ring

WHICH = ("failed", "missing", "succeeded", "all")
"""What can be asked for. Missing are events that the endpoint would want and has no delivery of, as they happened while it
was disabled, chose otherwise, or was not there yet, but not its own end; all are failed and succeeded ones."""

BITE_ROWS = 1000
"""Queued again in one transaction, so that none is long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """What to deliver again: ``which``, from ``since`` on and before ``until``; empty ``event_types``: all of them."""

    which: str
    since: datetime
    until: datetime
    event_types: Sequence[str] = ()


async def redeliver(connection: Connection, tenant_id: TenantId, endpoint_id: str, delivery_id: str) -> LoggedDelivery:
    """Queue a delivery again from the first attempt on.

    Raises:
        NoSuchEndpoint: the endpoint has no delivery of this id, or what it told of was deleted.
        JobNotFinished: it is being attempted now.
    """
    delivery, _ = await get_delivery(connection, tenant_id, endpoint_id, delivery_id)
    if delivery.erased:
        raise NoSuchEndpoint("What this delivery told of was deleted.")
    await order.hold_endpoints(connection, [endpoint_id])
    row = await connection.fetchrow(_REDELIVER, tenant_id, endpoint_id, delivery_id)
    if row is None:
        raise JobNotFinished("The delivery is being attempted now.")
    await order.release(connection, [(endpoint_id, row["order_key"])])
    await ring(connection, CHANNEL)
    return (await get_delivery(connection, tenant_id, endpoint_id, delivery_id))[0]


async def take_as_delivered(connection: Connection, tenant_id: TenantId, endpoint_id: str, delivery_id: str) -> None:
    """End a delivery as its owner says that what it tells has come; what an attempt under way comes to counts no more."""
    # The delivery first, then its endpoint: in the order in which whoever records an attempt takes them.
    row = await connection.fetchrow(_TAKE, tenant_id, endpoint_id, delivery_id)
    if row is not None:
        await order.release(connection, [(endpoint_id, row["order_key"])])
        await ring(connection, CHANNEL)


async def redeliver_stretch(
    database: Database, tenant_id: TenantId, endpoint_id: str, stretch: Stretch, most: int
) -> tuple[int, datetime | None]:
    """Queue again what a stretch of time holds, bite by bite, about ``most`` at once; return how many, and since when on is left.

    The second is None where nothing is left.

    Raises:
        NoSuchEndpoint: the tenant has none of this id.
    """
    queued = 0
    async with database.tenant(tenant_id, read_only=True) as connection:
        await get_endpoint(connection, tenant_id, endpoint_id)
    while stretch.since < stretch.until and queued < most:
        async with database.tenant(tenant_id) as connection:
            count, since = await redeliver_bite(connection, tenant_id, endpoint_id, stretch)
        queued, stretch = queued + count, replace(stretch, since=since)
    return queued, stretch.since if stretch.since < stretch.until else None


async def redeliver_bite(
    connection: Connection, tenant_id: TenantId, endpoint_id: str, stretch: Stretch
) -> tuple[int, datetime]:
    """Queue the first deliveries of a stretch again; return how many, and from when on to go on (its ``until``: done)."""
    await order.hold_endpoints(connection, [endpoint_id])
    if stretch.which == "missing":
        arguments = (tenant_id, endpoint_id, stretch.since, stretch.until, list(stretch.event_types), BITE_ROWS)
        (row,) = await connection.fetch(_QUEUE_MISSING, *arguments)
        queued, last = row["queued"], row["last"]
    else:
        states = {"all": ["failed", "succeeded"]}.get(stretch.which, [stretch.which])
        rows = await connection.fetch(
            _REDELIVER_STRETCH,
            tenant_id,
            endpoint_id,
            stretch.since,
            stretch.until,
            list(stretch.event_types),
            states,
            BITE_ROWS,
        )
        await order.release(connection, [(endpoint_id, row["order_key"]) for row in rows])
        queued, last = len(rows), max((row["created_at"] for row in rows), default=None)
    if queued:
        await ring(connection, CHANNEL)
    return queued, stretch.until if last is None or queued < BITE_ROWS else last


# Rows that keep an order wait for their turn, till infinity; the release that follows lets the first of them go.
_AGAIN = """
SET state = 'queued', attempts = 0, finished_at = NULL, failure_reason = '',
    ready_at = CASE WHEN target.order_key IS NULL THEN clock_timestamp() ELSE 'infinity' END
"""

_REDELIVER = f"""
WITH one AS (
    SELECT id FROM gateway.delivery
    WHERE tenant_id = $1 AND lane = $2 AND id = $3 AND state <> 'leased' FOR UPDATE SKIP LOCKED
)
UPDATE gateway.delivery AS target {_AGAIN} FROM one WHERE target.id = one.id RETURNING target.order_key
"""  # noqa: S608 - fixed texts

_TAKE = """
UPDATE gateway.delivery
SET state = 'succeeded', finished_at = clock_timestamp(), failure_reason = '', fencing_token = fencing_token + 1,
    leased_until = NULL, leased_by = NULL
WHERE tenant_id = $1 AND lane = $2 AND id = $3 AND state <> 'succeeded' RETURNING order_key
"""

_REDELIVER_STRETCH = f"""
WITH wanted AS (
    SELECT delivery.id FROM gateway.delivery AS delivery JOIN gateway.event AS event USING (event_id)
    WHERE delivery.tenant_id = $1 AND delivery.lane = $2 AND delivery.created_at >= $3 AND delivery.created_at < $4
        AND ($5::text[] = '{{}}' OR event.type = ANY($5)) AND delivery.state = ANY($6::text[]) AND event.body IS NOT NULL
    ORDER BY delivery.created_at, delivery.id LIMIT $7 FOR UPDATE OF delivery SKIP LOCKED
)
UPDATE gateway.delivery AS target {_AGAIN} FROM wanted WHERE target.id = wanted.id
RETURNING target.order_key, target.created_at
"""  # noqa: S608 - fixed texts

_QUEUE_MISSING = f"""
WITH told AS MATERIALIZED (
    SELECT event.tenant_id, endpoint.endpoint_id, event.event_id, event.created_at,
        row_number() OVER (ORDER BY event.created_at, event.occurred_at, event.event_id) AS turn,
        CASE WHEN endpoint.strict_order THEN event.project_id END AS order_key
    FROM gateway.endpoint AS endpoint JOIN gateway.event AS event ON event.tenant_id = endpoint.tenant_id
    WHERE endpoint.tenant_id = $1 AND endpoint.endpoint_id = $2 AND endpoint.state = 'enabled'
        AND event.created_at >= $3 AND event.created_at < $4 AND ($5::text[] = '{{}}' OR event.type = ANY($5)) AND {WANTED}
        AND event.type <> '{TEST}'
        AND event.parameters ->> 'webhook_endpoint_id' IS DISTINCT FROM endpoint.endpoint_id::text
        AND NOT EXISTS (
            SELECT FROM gateway.delivery AS there WHERE there.lane = $2 AND there.event_id = event.event_id
        )
    ORDER BY turn LIMIT $6
), queued AS ({QUEUE})
SELECT (SELECT count(*) FROM queued) AS queued, (SELECT max(created_at) FROM told) AS last
"""  # noqa: S608 - fixed texts
