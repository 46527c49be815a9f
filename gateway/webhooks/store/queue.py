"""Deliveries under lease: claimed with all that an attempt needs, and recorded in batches with what came of them."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from domain.ids import TenantId
from gateway.webhooks.events import endpoint_disabled
from gateway.webhooks.schedule import Schedule
from gateway.webhooks.send import Answer
from gateway.webhooks.store.endpoints import STOP_QUEUED
from gateway.webhooks.store.fanout import CHANNEL, record_events
from runtime.lease import Finished, Held, LeaseTable, State
from runtime.postgres import Connection, ring

ENDPOINT_CONCURRENCY = 4
"""Attempts under way at one endpoint: enough for a fast one, few enough that a slow one does not hold all workers."""

EXPIRE_BATCH = 500

LEASES = LeaseTable("gateway.delivery", lane_limit=ENDPOINT_CONCURRENCY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One delivery claimed, with all that an attempt needs. ``attempt`` counts from 1 and includes this one."""

    delivery_id: str
    fencing_token: int
    attempt: int
    tenant_id: TenantId
    endpoint_id: str
    event_id: str
    url: str
    body: bytes = field(repr=False)
    secrets: tuple[bytes, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Result:
    """A delivery and what came of the attempt."""

    delivery: Delivery
    answer: Answer


async def claim(
    connection: Connection, worker: str, limit: int, lease_seconds: float, schedule: Schedule
) -> tuple[list[Delivery], bool]:
    """Lease deliveries that are due; say also whether there may be more.

    Those of an endpoint whose breaker is open wait, but for one probe at a time. Those that cannot be sent any more, as
    their endpoint is disabled or what they tell of was deleted, are given up here.
    """
    leased = await LEASES.claim(connection, worker, limit, lease_seconds)
    if not leased:
        return [], False
    rows = {row["id"]: row for row in await connection.fetch(_DETAILS, [each.id for each in leased])}
    dead = [each for each in leased if rows[each.id]["state"] != "enabled" or rows[each.id]["body"] is None]
    if dead:
        await LEASES.finish(connection, [Finished(each.id, each.fencing_token, State.FAILED) for each in dead])
        reasons = ["erased" if rows[each.id]["body"] is None else "endpoint_disabled" for each in dead]
        await connection.execute(_SET_REASONS, [each.id for each in dead], reasons)
    alive = [each for each in leased if each not in dead]
    held_back = await _hold_back(connection, [rows[each.id] for each in alive], schedule)
    deliveries = [
        Delivery(
            delivery_id=each.id,
            fencing_token=each.fencing_token,
            attempt=each.attempt,
            tenant_id=each.tenant_id,
            endpoint_id=each.lane,
            event_id=rows[each.id]["event_id"],
            url=rows[each.id]["url"],
            body=rows[each.id]["body"],
            secrets=tuple(rows[each.id]["secrets"]),
        )
        for each in alive
        if each.id not in held_back
    ]
    return deliveries, True


async def record(connection: Connection, results: Sequence[Result], schedule: Schedule) -> int:
    """Write down what came of attempts, and what follows; return how many counted.

    An attempt whose lease has changed hands is dropped: whoever has the delivery now tells what becomes of it.
    """
    ids = [result.delivery.delivery_id for result in results]
    tokens = [result.delivery.fencing_token for result in results]
    still_held = {row["id"] for row in await connection.fetch(_LOCK_HELD, ids, tokens)}
    counted = [result for result in results if result.delivery.delivery_id in still_held]
    if not counted:
        return 0
    await _log_attempts(connection, counted)
    finished: list[Finished] = []
    retries: list[tuple[str, float]] = []
    for result in counted:
        wait_seconds = schedule.wait_seconds(result.delivery.attempt, result.answer.retry_after_seconds)
        if result.answer.accepted:
            finished.append(_end(result.delivery, State.SUCCEEDED))
        elif wait_seconds is None or result.answer.gone:
            finished.append(_end(result.delivery, State.FAILED))
        else:
            retries.append((result.delivery.delivery_id, wait_seconds))
    await LEASES.finish(connection, finished)
    failed = [result for result in counted if _end(result.delivery, State.FAILED) in finished]
    await connection.execute(
        _SET_REASONS,
        [result.delivery.delivery_id for result in failed],
        ["gone" if result.answer.gone else "exhausted" for result in failed],
    )
    await connection.execute(_RETRY, [one for one, _ in retries], [wait for _, wait in retries])
    by_endpoint: dict[str, list[Result]] = defaultdict(list)
    for result in counted:
        by_endpoint[result.delivery.endpoint_id].append(result)
    for endpoint_id in sorted(by_endpoint):
        await _note_endpoint(connection, endpoint_id, by_endpoint[endpoint_id], schedule)
    return len(counted)


async def expire(connection: Connection, schedule: Schedule) -> int:
    """Take deliveries back from workers that died; return how many. An attempt that died with its worker counts."""
    expired = await LEASES.expire(connection, schedule.attempts_max, EXPIRE_BATCH)
    if expired.exhausted:
        ended = [Finished(held.id, held.fencing_token, State.FAILED) for held in expired.exhausted]
        await LEASES.finish(connection, ended)
        await connection.execute(
            _SET_REASONS, [held.id for held in expired.exhausted], ["exhausted"] * len(expired.exhausted)
        )
    if expired.requeued:
        await ring(connection, CHANNEL)
    return len(expired.requeued) + len(expired.exhausted)


async def give_back(connection: Connection, deliveries: Sequence[Delivery]) -> None:
    """Return deliveries untried."""
    await LEASES.give_back(connection, [Held(each.delivery_id, each.fencing_token) for each in deliveries])


async def _hold_back(connection: Connection, rows: Sequence[Any], schedule: Schedule) -> set[str]:
    """Put deliveries of endpoints whose breaker is open back until the next probe, but for that probe."""
    by_endpoint: dict[str, list[Any]] = defaultdict(list)
    for row in rows:
        if row["failures_in_row"] >= schedule.breaker_failures:
            by_endpoint[row["lane"]].append(row)
    held_back: set[str] = set()
    for endpoint_id, waiting in sorted(by_endpoint.items()):
        # Looked at again under its lock: the breaker may have been closed since.
        failures = await connection.fetchval(_LOCK_ENDPOINT, endpoint_id)
        if failures is None or failures < schedule.breaker_failures:
            continue
        wait_seconds = schedule.probe_wait_seconds(failures)
        may_probe = await connection.fetchval(_TAKE_PROBE, endpoint_id, wait_seconds) is not None
        back = [row["id"] for row in waiting[1 if may_probe else 0 :]]
        await connection.execute(_PUT_BACK, endpoint_id, back)
        # The rest of the lane need not be claimed to learn that it waits.
        await connection.execute(_WAIT_TOO, endpoint_id)
        held_back.update(back)
    return held_back


async def _note_endpoint(
    connection: Connection, endpoint_id: str, results: Sequence[Result], schedule: Schedule
) -> None:
    """Keep the endpoint's count of failures, close its breaker on success, disable it when its time is over."""
    trailing = 0
    for result in results:
        trailing = 0 if result.answer.accepted else trailing + 1
    if any(result.answer.accepted for result in results):
        was_open = await connection.fetchval(_NOTE_SUCCESS, endpoint_id, trailing, schedule.breaker_failures)
        if was_open:
            await connection.execute(_READY_AGAIN, endpoint_id, was_open)
            await ring(connection, CHANNEL)
    else:
        await connection.execute(_NOTE_FAILURES, endpoint_id, trailing)
    gone = any(result.answer.gone for result in results)
    row = await connection.fetchrow(
        _DISABLE, endpoint_id, gone, schedule.disable_failures, schedule.disable_after_seconds
    )
    if row is not None:
        await connection.execute(STOP_QUEUED, endpoint_id)
        event = endpoint_disabled(TenantId(row["tenant_id"]), endpoint_id, row["url"], row["disabled_reason"])
        await record_events(connection, [event])


async def _log_attempts(connection: Connection, results: Sequence[Result]) -> None:
    answers = [result.answer for result in results]
    await connection.execute(
        _LOG,
        [result.delivery.delivery_id for result in results],
        [result.delivery.fencing_token for result in results],
        [result.delivery.tenant_id for result in results],
        [answer.at for answer in answers],
        [answer.latency_ms for answer in answers],
        [answer.status for answer in answers],
        [answer.error for answer in answers],
        [answer.head for answer in answers],
    )


def _end(delivery: Delivery, state: State) -> Finished:
    return Finished(delivery.delivery_id, delivery.fencing_token, state)


_DETAILS = """
SELECT delivery.id, delivery.lane, delivery.event_id, event.body, endpoint.url, endpoint.state,
    endpoint.failures_in_row, array(
        SELECT secret FROM gateway.endpoint_secret AS key
        WHERE key.endpoint_id = endpoint.endpoint_id AND (key.expires_at IS NULL OR key.expires_at > clock_timestamp())
        ORDER BY key.created_at DESC
    ) AS secrets
FROM gateway.delivery AS delivery
JOIN gateway.event AS event USING (event_id)
JOIN gateway.endpoint AS endpoint ON endpoint.endpoint_id = delivery.lane
WHERE delivery.id = ANY($1::uuid[])
"""

_LOCK_HELD = """
SELECT row.id FROM gateway.delivery AS row JOIN unnest($1::uuid[], $2::bigint[]) AS held (id, fencing_token)
    ON row.id = held.id AND row.fencing_token = held.fencing_token
WHERE row.state = 'leased' ORDER BY row.id FOR UPDATE OF row
"""

_SET_REASONS = """
UPDATE gateway.delivery AS target SET failure_reason = given.reason
FROM unnest($1::uuid[], $2::text[]) AS given (id, reason) WHERE target.id = given.id
"""

_RETRY = """
UPDATE gateway.delivery AS target
SET state = 'queued', ready_at = clock_timestamp() + given.wait_seconds * interval '1 second',
    leased_until = NULL, leased_by = NULL
FROM unnest($1::uuid[], $2::float8[]) AS given (id, wait_seconds) WHERE target.id = given.id
"""

_LOG = """
INSERT INTO gateway.attempt (delivery_id, fencing_token, tenant_id, at, latency_ms, status, error, response_head)
SELECT * FROM unnest(
    $1::uuid[], $2::bigint[], $3::uuid[], $4::timestamptz[], $5::int[], $6::int[], $7::text[], $8::bytea[]
)
"""

_LOCK_ENDPOINT = "SELECT failures_in_row FROM gateway.endpoint WHERE endpoint_id = $1 FOR NO KEY UPDATE"

_TAKE_PROBE = """
UPDATE gateway.endpoint SET resume_at = clock_timestamp() + $2 * interval '1 second'
WHERE endpoint_id = $1 AND resume_at <= clock_timestamp() RETURNING endpoint_id
"""

# The claimed ones go back without their attempt counting.
_PUT_BACK = """
UPDATE gateway.delivery AS target
SET state = 'queued', ready_at = endpoint.resume_at, leased_until = NULL, leased_by = NULL,
    attempts = target.attempts - 1
FROM gateway.endpoint AS endpoint
WHERE endpoint.endpoint_id = $1 AND target.id = ANY($2::uuid[])
"""

# Statements over a whole lane skip rows that a claim has its hands on: it comes for the endpoint's row next, and two
# transactions would wait for each other.
_WAIT_TOO = """
WITH waiting AS (
    SELECT delivery.id, endpoint.resume_at
    FROM gateway.delivery AS delivery JOIN gateway.endpoint AS endpoint ON endpoint.endpoint_id = delivery.lane
    WHERE delivery.lane = $1 AND delivery.state = 'queued' AND delivery.ready_at < endpoint.resume_at
    FOR UPDATE OF delivery SKIP LOCKED
)
UPDATE gateway.delivery AS target SET ready_at = waiting.resume_at FROM waiting WHERE target.id = waiting.id
"""

_NOTE_SUCCESS = """
WITH before AS (
    SELECT endpoint_id, resume_at, failures_in_row FROM gateway.endpoint WHERE endpoint_id = $1 FOR UPDATE
)
UPDATE gateway.endpoint AS target
SET failures_in_row = $2, failing_since = CASE WHEN $2 > 0 THEN clock_timestamp() END, resume_at = '-infinity'
FROM before WHERE target.endpoint_id = before.endpoint_id
RETURNING CASE WHEN before.failures_in_row >= $3 AND isfinite(before.resume_at) THEN before.resume_at END
"""

_READY_AGAIN = """
WITH waiting AS (
    SELECT id FROM gateway.delivery
    WHERE lane = $1 AND state = 'queued' AND ready_at > clock_timestamp() AND ready_at <= $2
    FOR UPDATE SKIP LOCKED
)
UPDATE gateway.delivery AS target SET ready_at = clock_timestamp() FROM waiting WHERE target.id = waiting.id
"""

_NOTE_FAILURES = """
UPDATE gateway.endpoint
SET failures_in_row = failures_in_row + $2, failing_since = coalesce(failing_since, clock_timestamp())
WHERE endpoint_id = $1
"""

_DISABLE = """
UPDATE gateway.endpoint
SET state = 'disabled', disabled_reason = CASE WHEN $2 THEN 'gone' ELSE 'failing' END, updated_at = clock_timestamp()
WHERE endpoint_id = $1 AND state = 'enabled'
    AND ($2 OR (failures_in_row >= $3 AND failing_since <= clock_timestamp() - $4 * interval '1 second'))
RETURNING tenant_id, url, disabled_reason
"""
