"""What the client tries again and what it does not, against a server that misbehaves on a real socket."""

import asyncio
import json
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from aiohttp import web

from billowatt_client import AsyncClient, Client, ConnectionFailed, Problem, TooManyRequests, Unavailable
from billowatt_client.retry import Retries

FAST = Retries(attempts=4, first_seconds=0.001, max_seconds=0.002)
PROJECT = {"project_id": "p", "name": "n", "external_id": None, "created_at": "2026-03-02T09:00:00Z"}
BILL = {
    "utility_bill_id": "b", "project_id": "p", "job_id": "j", "status": "pending", "file_name": "f",
    "content_type": "application/pdf", "size_bytes": 1, "sha256": "", "duplicate_of": None, "failure_reason": None,
    "failure_detail": None, "received_at": "2026-03-02T09:00:00Z", "completed_at": None,
}  # fmt: skip


@asynccontextmanager
async def serving(*answers):
    """Answer each request with the next of the answers: a status, a function, or JSON; yields address, requests, bodies."""
    left, requests, bodies = list(answers), [], []

    async def handle(request):
        requests.append(request)
        answer = left.pop(0) if left else 500
        if answer == "reset":
            request.transport.abort()
            return web.Response()
        bodies.append(await request.read())
        if isinstance(answer, tuple):
            status, headers = answer
            return web.json_response({"reason": "LATER", "detail": "later"}, status=status, headers=headers)
        return web.json_response(answer) if isinstance(answer, dict) else web.Response(status=answer)

    application = web.Application()
    application.router.add_route("*", "/{rest:.*}", handle)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}", requests, bodies
    finally:
        await runner.cleanup()


@pytest.mark.parametrize("trouble", [429, 502, 503, 504, "reset"])
async def test_call_is_made_again_when_the_trouble_may_pass(trouble):
    async with serving(trouble, trouble, PROJECT) as (url, requests, _), AsyncClient(url, "k", retries=FAST) as client:
        assert (await client.project("p")).name == "n"
        assert len(requests) == 3
    async with serving(trouble, PROJECT) as (url, requests, _):

        def ask():
            with Client(url, "k", retries=FAST) as client:
                return client.project("p").name

        assert await asyncio.to_thread(ask) == "n"


@pytest.mark.parametrize("status", [400, 404, 409, 422, 500])
async def test_call_is_made_once_when_it_would_fail_again(status):
    async with serving(status, PROJECT) as (url, requests, _), AsyncClient(url, "k", retries=FAST) as client:
        with pytest.raises(Problem) as refused:
            await client.project("p")
        assert (refused.value.status, len(requests)) == (status, 1)


async def test_trouble_that_stays_is_an_error_that_says_so():
    async with serving(*[(503, {})] * 4) as (url, requests, _), AsyncClient(url, "k", retries=FAST) as client:
        with pytest.raises(Unavailable) as away:
            await client.project("p")
        assert (away.value.reason, len(requests)) == ("LATER", 4)
    async with serving(*["reset"] * 4) as (url, requests, _), AsyncClient(url, "k", retries=FAST) as client:
        with pytest.raises(ConnectionFailed):
            await client.project("p")
        assert len(requests) == 4


async def test_upload_is_repeated_whole_and_under_one_key():
    body = b"%PDF-1.7 " + bytes(200_000)
    async with serving(503, "reset", BILL) as (url, requests, bodies), AsyncClient(url, "k", retries=FAST) as client:
        await client.upload("p", body)
        assert bodies == [body, body]
        assert len({request.headers["Idempotency-Key"] for request in requests}) == 1
        assert {request.headers["Content-Length"] for request in requests} == {str(len(body))}


async def test_what_must_not_be_done_twice_is_sent_again_only_where_nothing_was_done():
    async with serving("reset", PROJECT) as (url, requests, _), AsyncClient(url, "k", retries=FAST) as client:
        with pytest.raises(ConnectionFailed):
            await client.rotate_webhook_secret("e")
        assert len(requests) == 1
    async with serving(503, {"secret": "s"}) as (url, requests, _), AsyncClient(url, "k", retries=FAST) as client:
        with pytest.raises(Unavailable):
            await client.rotate_webhook_secret("e")
    async with serving(429, {"secret": "s"}) as (url, _, _), AsyncClient(url, "k", retries=FAST) as client:
        assert await client.rotate_webhook_secret("e") == "s"


async def test_nobody_there_is_tried_again_and_then_an_error():
    async with serving() as (url, _, _):
        pass
    async with AsyncClient(url, "k", retries=FAST) as client:
        with pytest.raises(ConnectionFailed):
            await client.rotate_webhook_secret("e")


def test_wait_is_as_long_as_is_asked_and_a_longer_one_ends_it():
    retries = Retries(attempts=3)
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    assert retries.wait_seconds(1, "7") == 7
    assert retries.wait_seconds(1, later) == pytest.approx(28, abs=3)
    assert retries.wait_seconds(1, "nonsense") == pytest.approx(0.19, abs=0.07)
    assert retries.wait_seconds(1, "100000") is None
    assert retries.wait_seconds(3) is None
    drawn = {retries.wait_seconds(2) for _ in range(50)}
    assert len(drawn) > 40
    assert all(wait is not None and 0.25 <= wait <= 0.5 for wait in drawn)


async def test_retry_after_is_honoured_when_requests_are_too_many():
    patient = Retries(attempts=2, first_seconds=0.001, asked_seconds_max=1)
    async with (
        serving((429, {"Retry-After": "600"}), PROJECT) as (url, _, _),
        AsyncClient(url, "k", retries=patient) as client,
    ):
        with pytest.raises(TooManyRequests):
            await client.project("p")


async def test_stretch_is_delivered_again_to_its_end_when_one_call_takes_only_a_part_of_it():
    since, rest = datetime(2026, 3, 1, tzinfo=UTC), "2026-03-02T09:00:00.250000Z"
    answers = {"deliveries": 100_000, "rest_since": rest}, {"deliveries": 7, "rest_since": None}
    async with serving(*answers) as (url, _, bodies), AsyncClient(url, "k", retries=FAST) as client:
        assert await client.redeliver_since("e", since) == 100_007
        assert [datetime.fromisoformat(json.loads(body)["since"]) for body in bodies] == [
            since, datetime.fromisoformat(rest)
        ]  # fmt: skip
    async with serving(*answers) as (url, requests, _):

        def ask():
            with Client(url, "k", retries=FAST) as client:
                return client.redeliver_since("e", since)

        assert await asyncio.to_thread(ask) == 100_007
        assert len(requests) == 2
