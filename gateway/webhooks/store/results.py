"""What came of attempts, written down in batches with what follows from it: the next attempt, the end, the breaker."""

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from domain.ids import TenantId
from gateway.webhooks.events import endpoint_disabled
from gateway.webhooks.schedule import Schedule
from gateway.webhooks.send import Answer
from gateway.webhooks.store import order
from gateway.webhooks.store.endpoints import STOP_QUEUED
from gateway.webhooks.store.fanout import CHANNEL, record_events
from gateway.webhooks.store.queue import LEASES, Delivery, give_up
from runtime.lease import Finished, Held, State
from runtime.postgres import Connection, ring

SUCCESS_NOTED_SECONDS = 10.0
"""How old an endpoint's last_success_at may grow before another success renews it: a write less for most batches."""


@dataclass(frozen=True, slots=True)
class Result:
    """A delivery and what came of the attempt."""

    delivery: Delivery
    answer: Answer


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
    accepted: list[Delivery] = []
    failed: list[tuple[Delivery, str]] = []
    retries: list[tuple[str, float]] = []
    for result in counted:
        wait_seconds = schedule.wait_seconds(result.delivery.attempt, result.answer.retry_after_seconds)
        if result.answer.accepted:
            accepted.append(result.delivery)
        elif wait_seconds is None or result.answer.gone:
            failed.append((result.delivery, "gone" if result.answer.gone else "exhausted"))
        else:
            retries.append((result.delivery.delivery_id, wait_seconds))
    if accepted:
        await LEASES.finish(
            connection, [Finished(each.delivery_id, each.fencing_token, State.SUCCEEDED) for each in accepted]
        )
    if failed:
        held = [Held(each.delivery_id, each.fencing_token) for each, _ in failed]
        await give_up(connection, held, {each.delivery_id: reason for each, reason in failed})
    if retries:
        await connection.execute(_RETRY, [one for one, _ in retries], [wait for _, wait in retries])
    await _note_endpoints(connection, counted, schedule)
    ended = (*accepted, *(delivery for delivery, _ in failed))
    if await order.release(connection, [(each.endpoint_id, each.order_key) for each in ended]):
        await ring(connection, CHANNEL)
    return len(counted)


async def _note_endpoints(connection: Connection, results: Sequence[Result], schedule: Schedule) -> None:
    """Keep counts of failures, open and close breakers, disable endpoints whose time is over.

    An endpoint that is well and took everything is looked at, and most times not even written.
    """
    told = _tellings(results)
    rows = await connection.fetch(
        _LOCK_CHANGED,
        [each.endpoint_id for each in told],
        [each.trailing_failures > 0 or not each.accepted for each in told],
        # Those that keep an order are locked here, too, for what may go next there: all in one pass, in one order.
        [each.ordered for each in told],
        SUCCESS_NOTED_SECONDS,
    )
    changed = {row["endpoint_id"] for row in rows if row["changed"]}
    told = [each for each in told if each.endpoint_id in changed]
    if not told:
        return
    reopened = await connection.fetchval(
        _NOTE,
        [each.endpoint_id for each in told],
        [each.accepted for each in told],
        [each.trailing_failures for each in told],
        [each.latency_ms for each in told],
        schedule.breaker_failures,
        schedule.probe_seconds,
        schedule.probe_seconds_max,
    )
    if reopened:
        await ring(connection, CHANNEL)
    if all(each.accepted for each in told):
        return
    for row in await connection.fetch(
        _DISABLE,
        [each.endpoint_id for each in told],
        [each.gone for each in told],
        schedule.disable_failures,
        schedule.disable_after_seconds,
    ):
        await connection.execute(STOP_QUEUED, row["endpoint_id"])
        event = endpoint_disabled(TenantId(row["tenant_id"]), row["endpoint_id"], row["url"], row["disabled_reason"])
        await record_events(connection, [event])


@dataclass(frozen=True, slots=True, kw_only=True)
class _Telling:
    """What a batch tells of one endpoint. ``latency_ms`` is that of the slowest attempt that was accepted."""

    endpoint_id: str
    accepted: bool
    trailing_failures: int
    latency_ms: int | None
    gone: bool
    ordered: bool


def _tellings(results: Sequence[Result]) -> list[_Telling]:
    by_endpoint: dict[str, list[Result]] = defaultdict(list)
    for result in results:
        by_endpoint[result.delivery.endpoint_id].append(result)
    told = []
    for endpoint_id, theirs in by_endpoint.items():
        trailing = 0
        for result in theirs:
            trailing = 0 if result.answer.accepted else trailing + 1
        took = [result.answer.latency_ms for result in theirs if result.answer.accepted]
        told.append(
            _Telling(
                endpoint_id=endpoint_id,
                accepted=bool(took),
                trailing_failures=trailing,
                latency_ms=max(took, default=None),
                gone=any(result.answer.gone for result in theirs),
                ordered=any(result.delivery.order_key is not None for result in theirs),
            )
        )
    return told


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
        [json.dumps(dict(answer.headers)) for answer in answers],
    )


_LOCK_HELD = """
SELECT row.id FROM gateway.delivery AS row JOIN unnest($1::uuid[], $2::bigint[]) AS held (id, fencing_token)
    ON row.id = held.id AND row.fencing_token = held.fencing_token
WHERE row.state = 'leased' ORDER BY row.id FOR UPDATE OF row
"""

_RETRY = """
UPDATE gateway.delivery AS target
SET state = 'queued', ready_at = clock_timestamp() + given.wait_seconds * interval '1 second',
    leased_until = NULL, leased_by = NULL
FROM unnest($1::uuid[], $2::float8[]) AS given (id, wait_seconds) WHERE target.id = given.id
"""

_LOG = """
INSERT INTO gateway.attempt (delivery_id, fencing_token, tenant_id, at, latency_ms, status, error, response_head,
    response_headers)
SELECT * FROM unnest(
    $1::uuid[], $2::bigint[], $3::uuid[], $4::timestamptz[], $5::int[], $6::int[], $7::text[], $8::bytea[], $9::text[]
)
ON CONFLICT (delivery_id, fencing_token) DO NOTHING
"""

_LOCK_CHANGED = """
SELECT endpoint.endpoint_id, told.failing OR endpoint.failures_in_row > 0 OR endpoint.last_success_at IS NULL
    OR endpoint.last_success_at < clock_timestamp() - $4 * interval '1 second' AS changed
FROM unnest($1::uuid[], $2::bool[], $3::bool[]) AS told (endpoint_id, failing, ordered)
JOIN gateway.endpoint AS endpoint USING (endpoint_id)
WHERE told.failing OR told.ordered OR endpoint.failures_in_row > 0 OR endpoint.last_success_at IS NULL
    OR endpoint.last_success_at < clock_timestamp() - $4 * interval '1 second'
ORDER BY endpoint.endpoint_id FOR NO KEY UPDATE OF endpoint
"""

_NOTE = """
WITH told AS (
    -- Many attempts may be in hand when an endpoint goes down: all of them open the breaker, and only probes count then.
    SELECT given.*, before.failures_in_row >= $5 AS was_open,
        NOT given.accepted AND before.failures_in_row >= $5 AND before.resume_at > clock_timestamp() AS resting,
        CASE
            WHEN given.accepted THEN least(given.run, $5)
            WHEN before.failures_in_row < $5 THEN least(before.failures_in_row + given.run, $5)
            WHEN before.resume_at > clock_timestamp() THEN before.failures_in_row
            ELSE before.failures_in_row + 1
        END AS failures
    FROM unnest($1::uuid[], $2::bool[], $3::int[], $4::int[]) AS given (endpoint_id, accepted, run, latency_ms)
    JOIN gateway.endpoint AS before USING (endpoint_id)
), noted AS (
    UPDATE gateway.endpoint AS target
    SET failures_in_row = told.failures,
        failing_since = CASE
            WHEN told.failures = 0 THEN NULL
            WHEN told.accepted THEN clock_timestamp()
            ELSE coalesce(target.failing_since, clock_timestamp())
        END,
        resume_at = CASE
            WHEN told.resting THEN target.resume_at
            WHEN told.failures >= $5
            THEN clock_timestamp() + least($6 * 2.0 ^ least(told.failures - $5, 16), $7) * interval '1 second'
            ELSE '-infinity'
        END,
        last_success_at = CASE WHEN told.accepted THEN clock_timestamp() ELSE target.last_success_at END,
        latency_ms = coalesce(told.latency_ms, target.latency_ms)
    FROM told WHERE target.endpoint_id = told.endpoint_id
    RETURNING told.was_open AND told.failures < $5 AS reopened
)
SELECT count(*) FILTER (WHERE reopened) FROM noted
"""

_DISABLE = """
UPDATE gateway.endpoint AS target
SET state = 'disabled', disabled_reason = CASE WHEN told.gone THEN 'gone' ELSE 'failing' END,
    updated_at = clock_timestamp()
FROM unnest($1::uuid[], $2::bool[]) AS told (endpoint_id, gone)
WHERE target.endpoint_id = told.endpoint_id AND target.state = 'enabled' AND (
    told.gone OR (
        target.failures_in_row >= $3 AND target.failing_since <= clock_timestamp() - $4 * interval '1 second'
    )
)
RETURNING target.endpoint_id, target.tenant_id, target.url, target.disabled_reason
"""
