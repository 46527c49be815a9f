"""Deliveries under lease: claimed with all that an attempt needs; taken back from workers that died."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from domain.ids import TenantId
from gateway.webhooks.schedule import Schedule
from gateway.webhooks.seal import Seal, SealBroken
from gateway.webhooks.store import order
from gateway.webhooks.store.fanout import CHANNEL
from gateway.webhooks.store.renderings import Telling
from gateway.webhooks.store.secrets import opened_secret
from runtime.lease import Finished, Held, Leased, LeaseTable, State
from runtime.postgres import Connection, ring

ENDPOINT_CONCURRENCY = 32
"""Attempts under way at one endpoint that is well and fast."""

ENDPOINT_CONCURRENCY_SLOW = 4
"""The same at one that took SLOW_MS or more to answer: slow ones must not hold all workers."""

SLOW_MS = 1000

ENDPOINT_CONCURRENCY_UNPROVEN = 2
"""The same at one that never took a delivery yet; one whose last attempt failed gets one at a time."""

EXPIRE_BATCH = 500

LEASES = LeaseTable(
    "gateway.delivery",
    lane_limit=ENDPOINT_CONCURRENCY,
    limit_of_lane=f"""(
        SELECT CASE
            WHEN failures_in_row > 0 THEN CASE WHEN resume_at > statement_timestamp() THEN 0 ELSE 1 END
            WHEN last_success_at IS NULL THEN {ENDPOINT_CONCURRENCY_UNPROVEN}
            WHEN latency_ms >= {SLOW_MS} THEN {ENDPOINT_CONCURRENCY_SLOW}
        END
        FROM gateway.endpoint WHERE endpoint_id = lanes.lane
    )""",  # noqa: S608 - constants
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One delivery claimed, with all that an attempt needs. ``attempt`` counts from 1 and includes this one.

    ``secrets`` and ``auth`` are None where the seal on them could not be opened: then nothing can be sent. ``auth`` is the
    endpoint's own credential, opened. ``format`` is empty where ``body``, our own envelope, is what is sent.
    """

    delivery_id: str
    fencing_token: int
    attempt: int
    tenant_id: TenantId
    endpoint_id: str
    order_key: str | None
    event_id: str
    event_type: str
    occurred_at: datetime
    parameters: Mapping[str, str]
    method: str
    url: str
    body: bytes = field(repr=False)
    secrets: tuple[bytes, ...] | None = field(repr=False)
    auth_kind: str = ""
    auth_name: str = ""
    auth_value: str | None = field(default=None, repr=False)
    format: str = ""
    base_url: str = ""
    rendered: bytes | None = field(default=None, repr=False)

    @property
    def held(self) -> Held:
        """Return the lease that this delivery is attempted under."""
        return Held(self.delivery_id, self.fencing_token)

    @property
    def telling(self) -> Telling:
        """Return what a format renders."""
        return Telling(
            delivery_id=self.delivery_id,
            tenant_id=self.tenant_id,
            event_id=self.event_id,
            event_type=self.event_type,
            occurred_at=self.occurred_at,
            own_body=self.body,
            target=self.url,
            base_url=self.base_url,
            rendered=self.rendered,
        )


async def claim(
    connection: Connection, seal: Seal, worker: str, limit: int, lease_seconds: float
) -> tuple[list[Delivery], bool]:
    """Lease deliveries that are due; say also whether there may be more.

    An endpoint gets as many at a time as it has shown to bear; one whose breaker is open none until its next probe is due,
    and then one. Deliveries that cannot be sent any more, as their endpoint is disabled or what they tell of was deleted,
    are given up here.
    """
    # Should the server die before it has written this down, the deliveries are claimed once more, as if this worker had died.
    await connection.execute("SET LOCAL synchronous_commit = off")
    leased = await LEASES.claim(connection, worker, limit, lease_seconds)
    if not leased:
        return [], False
    rows = {row["id"]: row for row in await connection.fetch(_DETAILS, [each.id for each in leased])}
    dead = [each for each in leased if rows[each.id]["state"] != "enabled" or rows[each.id]["body"] is None]
    if dead:
        reasons = {each.id: "erased" if rows[each.id]["body"] is None else "endpoint_disabled" for each in dead}
        await give_up(connection, [Held(each.id, each.fencing_token) for each in dead], reasons)
        await order.release(connection, [(each.lane, rows[each.id]["order_key"]) for each in dead])
    alive = [_delivery(each, rows[each.id], seal) for each in leased if each not in dead]
    return alive, bool(dead) or len(leased) >= limit


async def renew(connection: Connection, held: Sequence[Held], lease_seconds: float) -> None:
    """Keep the leases of attempts that are still under way. One that lapsed already stays lost: its result is refused."""
    await LEASES.extend(connection, held, lease_seconds)


async def give_up(connection: Connection, held: Sequence[Held], reasons: Mapping[str, str]) -> None:
    """End leases as failed, each for its reason."""
    await LEASES.finish(connection, [Finished(each.id, each.fencing_token, State.FAILED) for each in held])
    await connection.execute(_SET_REASONS, list(reasons.keys()), list(reasons.values()))


async def expire(connection: Connection, schedule: Schedule) -> int:
    """Take deliveries back from workers that died; return how many. An attempt that died with its worker counts."""
    expired = await LEASES.expire(connection, schedule.attempts_max, EXPIRE_BATCH)
    if expired.exhausted:
        ids = [held.id for held in expired.exhausted]
        await give_up(connection, expired.exhausted, dict.fromkeys(ids, "exhausted"))
        freed = await connection.fetch("SELECT lane, order_key FROM gateway.delivery WHERE id = ANY($1::uuid[])", ids)
        await order.release(connection, [(row["lane"], row["order_key"]) for row in freed])
    if expired.requeued or expired.exhausted:
        await ring(connection, CHANNEL)
    return len(expired.requeued) + len(expired.exhausted)


def _delivery(leased: Leased, row: Any, seal: Seal) -> Delivery:
    secrets: tuple[bytes, ...] | None
    auth: str | None = None
    try:
        pairs = zip(row["secrets"], row["sealed"], strict=True)
        secrets = tuple(opened_secret(seal, plain, sealed, leased.lane) for plain, sealed in pairs)
        if row["auth_sealed"] is not None:
            auth = seal.open(row["auth_sealed"], leased.lane).decode()
    except SealBroken:
        secrets = None
    return Delivery(
        delivery_id=leased.id,
        fencing_token=leased.fencing_token,
        attempt=leased.attempt,
        tenant_id=leased.tenant_id,
        endpoint_id=leased.lane,
        order_key=row["order_key"],
        event_id=row["event_id"],
        event_type=row["type"],
        occurred_at=row["occurred_at"],
        parameters=json.loads(row["parameters"]),
        method=row["method"],
        url=row["url"],
        body=row["body"],
        secrets=secrets,
        auth_kind=row["auth_kind"],
        auth_name=row["auth_name"],
        auth_value=auth,
        format=row["format"],
        base_url=row["base_url"],
        rendered=row["rendered"],
    )


_DETAILS = """
SELECT delivery.id, delivery.lane, delivery.event_id, delivery.order_key,
    event.body, event.type, event.occurred_at, event.parameters, rendering.body AS rendered,
    endpoint.url, endpoint.method, endpoint.state, endpoint.format, endpoint.base_url,
    endpoint.auth_kind, endpoint.auth_name, endpoint.auth_sealed, live.secrets, live.sealed
FROM gateway.delivery AS delivery
JOIN gateway.event AS event USING (event_id)
JOIN gateway.endpoint AS endpoint ON endpoint.endpoint_id = delivery.lane
LEFT JOIN gateway.rendering AS rendering ON rendering.delivery_id = delivery.id
CROSS JOIN LATERAL (
    SELECT coalesce(array_agg(key.secret ORDER BY key.created_at DESC), '{}') AS secrets,
        coalesce(array_agg(key.sealed ORDER BY key.created_at DESC), '{}') AS sealed
    FROM gateway.endpoint_secret AS key
    WHERE key.endpoint_id = endpoint.endpoint_id AND (key.expires_at IS NULL OR key.expires_at > clock_timestamp())
) AS live
WHERE delivery.id = ANY($1::uuid[])
"""

_SET_REASONS = """
UPDATE gateway.delivery AS target SET failure_reason = given.reason
FROM unnest($1::uuid[], $2::text[]) AS given (id, reason) WHERE target.id = given.id
"""
