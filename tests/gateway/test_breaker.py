"""The breaker of an endpoint: when it opens, how long until each probe, what closes it."""

from datetime import UTC, datetime

import pytest

from gateway.webhooks.schedule import Schedule
from gateway.webhooks.send import Answer
from gateway.webhooks.store import results
from gateway.webhooks.store.queue import Delivery
from gateway.webhooks.store.results import Result
from tests.gateway.delivering import make_endpoint


@pytest.mark.parametrize(
    ("failures", "wait_seconds"),
    [(0, None), (8, None), (9, 60), (10, 120), (11, 240), (12, 480), (14, 1800), (100, 1800)],
)
async def test_probe_waits_grow_from_a_minute_to_half_an_hour(edge, receiver, failures, wait_seconds):
    endpoint = await make_endpoint(edge, f"{receiver.url}/hook")
    await _set(edge, failures)
    waits = await _note(edge, endpoint, 500)
    assert waits == (failures + 1, None if wait_seconds is None else pytest.approx(wait_seconds, abs=5))


async def test_success_closes_the_breaker_and_failures_after_it_count_from_one(edge, receiver):
    endpoint = await make_endpoint(edge, f"{receiver.url}/hook")
    await _set(edge, 30)
    assert await _note(edge, endpoint, 500) == (31, pytest.approx(1800, abs=5))
    assert await _note(edge, endpoint, 500, 204, 500) == (1, None)
    assert await _note(edge, endpoint, 204) == (0, None)


async def test_attempts_in_hand_when_an_endpoint_goes_down_open_its_breaker_for_a_minute(edge, receiver):
    endpoint = await make_endpoint(edge, f"{receiver.url}/hook")
    opened = await _note(edge, endpoint, *[500] * 32)
    assert opened == (10, pytest.approx(60, abs=5))
    assert await _note(edge, endpoint, *[500] * 32) == (10, pytest.approx(60, abs=5))
    await _rest_over(edge)
    assert await _note(edge, endpoint, 500) == (11, pytest.approx(120, abs=5))


async def _rest_over(edge):
    async with edge.database.service() as connection:
        await connection.execute("UPDATE gateway.endpoint SET resume_at = clock_timestamp()")


async def _set(edge, failures):
    async with edge.database.service() as connection:
        await connection.execute("UPDATE gateway.endpoint SET failures_in_row = $1", failures)


async def _note(edge, endpoint, *statuses):
    """Note answers as one batch; return the failures in a row and how long the endpoint rests [s]."""
    told = [_result(edge, endpoint, status) for status in statuses]
    async with edge.database.service() as connection:
        await results._note_endpoints(connection, told, Schedule())
        row = await connection.fetchrow(
            "SELECT failures_in_row, CASE WHEN isfinite(resume_at) THEN extract(epoch FROM resume_at - now()) END AS rest"
            " FROM gateway.endpoint"
        )
    return row["failures_in_row"], None if row["rest"] is None else float(row["rest"])


def _result(edge, endpoint, status):
    delivery = Delivery(
        delivery_id="",
        fencing_token=1,
        attempt=1,
        tenant_id=edge.tenant_id,
        endpoint_id=endpoint["webhook_endpoint_id"],
        order_key=None,
        event_id="",
        event_type="",
        occurred_at=datetime.now(UTC),
        parameters={},
        method="POST",
        url="",
        body=b"",
        secrets=(),
    )
    return Result(delivery, Answer(status=status, error="", latency_ms=1, head=b"", at=datetime.now(UTC)))
