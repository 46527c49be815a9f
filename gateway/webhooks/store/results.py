"""What came of attempts, written down in batches with what follows from it: the next attempt, the end, the breaker."""

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
    """Note how endpoints fare; one that is well and took everything is looked at, and most times not even written."""
    by_endpoint: dict[str, list[Result]] = defaultdict(list)
    for result in results:
        by_endpoint[result.delivery.endpoint_id].append(result)
    failing = [not all(one.answer.accepted for one in theirs) for theirs in by_endpoint.values()]
    # Those that keep an order are locked here, too, for what may go next there: all in one pass, in one order.
    ordered = [any(one.delivery.order_key for one in theirs) for theirs in by_endpoint.values()]
    rows = await connection.fetch(_LOCK_CHANGED, list(by_endpoint), failing, ordered, SUCCESS_NOTED_SECONDS)
    for row in rows:
        if row["changed"]:
            await _note_endpoint(connection, row["endpoint_id"], by_endpoint[row["endpoint_id"]], schedule)


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
INSERT INTO gateway.attempt (delivery_id, fencing_token, tenant_id, at, latency_ms, status, error, response_head)
SELECT * FROM unnest(
    $1::uuid[], $2::bigint[], $3::uuid[], $4::timestamptz[], $5::int[], $6::int[], $7::text[], $8::bytea[]
)
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

_NOTE_SUCCESS = """
WITH before AS (
    SELECT endpoint_id, resume_at, failures_in_row FROM gateway.endpoint WHERE endpoint_id = $1 FOR NO KEY UPDATE
)
UPDATE gateway.endpoint AS target
SET failures_in_row = $2, failing_since = CASE WHEN $2 > 0 THEN clock_timestamp() END, resume_at = '-infinity',
    last_success_at = clock_timestamp()
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
