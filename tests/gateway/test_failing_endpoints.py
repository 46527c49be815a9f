"""Endpoints that fail, stall or lie: each costs its own deliveries only."""

import asyncio
import json
from dataclasses import replace

import pytest
from aiohttp import web

from gateway.webhooks.schedule import Schedule
from gateway.webhooks.send import Sender
from gateway.webhooks.store.queue import ENDPOINT_CONCURRENCY_UNPROVEN
from tests.gateway.delivering import FAST, completed, delivery_log, dispatching, following, make_endpoint
from tests.gateway.edge import until


async def test_healthy_endpoint_is_served_when_a_dead_one_stands_beside_it(edge, receiver):
    never = asyncio.Event()

    async def stall(request):
        await never.wait()

    receiver.always["/dead"] = stall
    await make_endpoint(edge, f"{receiver.url}/dead")
    await make_endpoint(edge, f"{receiver.url}/healthy")
    async with following(edge), dispatching(edge, workers=6, timeout_seconds=30.0):
        await edge.changes.tell(*(completed(edge, position=position) for position in range(1, 41)))
        await receiver.wait("/healthy", 40)
        assert len(receiver.at("/dead")) <= ENDPOINT_CONCURRENCY_UNPROVEN
        never.set()


async def test_breaker_lets_one_probe_through_when_an_endpoint_is_down(edge, receiver):
    endpoint = await make_endpoint(edge, f"{receiver.url}/hook")
    receiver.always["/hook"] = 500
    schedule = Schedule(
        waits_seconds=(0.0,) + (0.01,) * 30, jitter=0.0, breaker_failures=5, probe_seconds=60, probe_seconds_max=60
    )

    async def opened():
        told = await edge.json("GET", f"/v1/webhook_endpoints/{endpoint['webhook_endpoint_id']}")
        waiting = await delivery_log(edge, endpoint, "?status=queued")
        return told["failures_in_row"] >= 5 and len(waiting) == 20

    async with following(edge), dispatching(edge, schedule=schedule):
        await edge.changes.tell(*(completed(edge, position=position) for position in range(1, 21)))
        await until(opened)
        # One more could be under way when the fifth failure was written, as many as are let at an endpoint never heard of.
        assert len(receiver.at("/hook")) <= 5 + ENDPOINT_CONCURRENCY_UNPROVEN - 1
        await edge.json(
            "PATCH", f"/v1/webhook_endpoints/{endpoint['webhook_endpoint_id']}", json={"url": f"{receiver.url}/mended"}
        )
        await receiver.wait("/mended", 20)


async def test_waiting_deliveries_go_out_when_the_probe_succeeds(edge, receiver):
    endpoint = await make_endpoint(edge, f"{receiver.url}/hook")
    receiver.answers["/hook"] = [500] * 12
    schedule = Schedule(
        waits_seconds=(0.0,) + (0.01,) * 30, jitter=0.0, breaker_failures=3, probe_seconds=0.3, probe_seconds_max=0.3
    )
    async with following(edge), dispatching(edge, schedule=schedule):
        await edge.changes.tell(*(completed(edge, position=position) for position in range(1, 11)))

        async def all_delivered():
            return len(await delivery_log(edge, endpoint, "?status=succeeded")) == 10

        await until(all_delivered, 30)


async def test_retry_waits_as_long_as_the_endpoint_asks(edge, receiver):
    endpoint = await make_endpoint(edge, f"{receiver.url}/hook")
    receiver.answers["/hook"] = [web.Response(status=429, headers={"Retry-After": "600"})]
    async with following(edge), dispatching(edge, schedule=FAST):
        await edge.changes.tell(completed(edge, position=1))
        await receiver.wait("/hook")

        async def waits_long():
            async with edge.database.service() as connection:
                return await connection.fetchval(
                    "SELECT state = 'queued' AND ready_at > clock_timestamp() + interval '500 s' FROM gateway.delivery"
                )

        await until(waits_long)
    assert (await delivery_log(edge, endpoint))[0]["attempts"] == 1


@pytest.mark.parametrize(
    ("answer", "status"), [("endless", 500), ("retry_never", 503), ("reset", None), ("not_http", None)]
)
async def test_hostile_answer_is_a_failed_attempt_and_nothing_else(edge, receiver, answer, status):
    async def endless(request):
        response = web.StreamResponse(status=500)
        await response.prepare(request)
        while True:
            await response.write(b"x" * 65536)

    async def retry_never(request):
        return web.Response(status=503, headers={"Retry-After": "Fri, 01 May 2026 12:00:00 +99999999999999"})

    async def reset(request):
        request.transport.abort()
        return web.Response()

    async def not_http(request):
        request.transport.write(b"nonsense\r\n\r\n")
        request.transport.close()
        return web.Response()

    endpoint = await make_endpoint(edge, f"{receiver.url}/hook")
    receiver.answers["/hook"] = [
        {"endless": endless, "retry_never": retry_never, "reset": reset, "not_http": not_http}[answer]
    ]
    async with following(edge), dispatching(edge):
        await edge.changes.tell(completed(edge, position=1))
        await receiver.wait("/hook", 2)
        [delivery] = await until(lambda: delivery_log(edge, endpoint, "?status=succeeded"))
    path = f"/v1/webhook_endpoints/{endpoint['webhook_endpoint_id']}/deliveries/{delivery['delivery_id']}"
    first = (await edge.json("GET", path))["attempt_log"][0]
    assert first["status"] == status
    assert (first["error"] is None) == (status is not None)
    assert len(json.dumps(first)) < 3000


async def test_what_breaks_in_one_attempt_ends_no_other(edge, receiver, monkeypatch):
    first = await make_endpoint(edge, f"{receiver.url}/breaks")
    second = await make_endpoint(edge, f"{receiver.url}/goes")
    send = Sender.send

    async def breaking(self, url, headers, body):
        if url.endswith("/breaks"):
            raise ArithmeticError("a defect of ours")
        return await send(self, url, headers, body)

    monkeypatch.setattr(Sender, "send", breaking)
    # Few attempts: each writes a traceback with all that was at hand, which takes its time.
    few = replace(FAST, waits_seconds=FAST.waits_seconds[:3])
    async with following(edge), dispatching(edge, schedule=few):
        await edge.changes.tell(*(completed(edge, position=position) for position in range(1, 4)))
        await receiver.wait("/goes", 3)
        [delivery, *_] = await until(lambda: delivery_log(edge, first, "?status=failed"))
    path = f"/v1/webhook_endpoints/{first['webhook_endpoint_id']}/deliveries/{delivery['delivery_id']}"
    assert {attempt["error"] for attempt in (await edge.json("GET", path))["attempt_log"]} == {"attempt_broke"}
    assert len(await delivery_log(edge, second, "?status=succeeded")) == 3
