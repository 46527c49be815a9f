"""Following: by a stream that resumes where it broke, by questions where no stream comes through, never missing or repeating."""

import asyncio
import json
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from billowatt_client import AsyncClient, Client, Refused, Unauthenticated
from billowatt_client.retry import Retries
from billowatt_client.sending.live import FRUITLESS_MAX, Trail

QUICK = Retries(attempts=2, first_seconds=0.01)


def event(position):
    return {
        "position": str(position),
        "event_id": f"event-{position}",
        "type": "bills_ready",
        "timestamp": "2026-03-02T09:16:01.490Z",
        "data": {"note": "a line\u2028of words", "project_id": "p"},
    }


def framed(position):
    text = json.dumps(event(position), ensure_ascii=False)
    return f"id: {position}\nevent: bills_ready\ndata: {text}\n\n".encode()


class Service:
    """A service with events 1 to ``last``; how it streams is the test's to say."""

    def __init__(self, last, stream):
        self.last = last
        self.stream = stream
        self.asked: list[str] = []
        self.streams: list[str] = []

    async def events(self, request):
        after = request.query["after"]
        self.asked.append(after)
        if after == "end":
            return web.json_response({"events": [], "next_after": str(self.last), "more": False})
        found = list(range(int(after) + 1, self.last + 1))
        page = found[:2]
        following = page[-1] if page else int(after)
        body = {"events": [event(one) for one in page], "next_after": str(following), "more": len(found) > 2}
        return web.json_response(body)

    async def streamed(self, request):
        self.streams.append(request.headers["Last-Event-ID"])
        return await self.stream(self, request, int(request.headers["Last-Event-ID"]))


@asynccontextmanager
async def serving(last, stream):
    service = Service(last, stream)
    application = web.Application()
    for path in ("/v1/events", "/v1/projects/p/events"):
        application.router.add_get(path, service.events)
        application.router.add_get(path + "/stream", service.streamed)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield service, f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def begin(request):
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream; charset=utf-8"})
    await response.prepare(request)
    return response


async def one_each_time(service, request, after):
    """Send the next event in two pieces, behind a comment, and break off."""
    response = await begin(request)
    service.last = after + 1
    whole = b"retry: 3000\n\n: \n\n" + framed(after + 1)
    await response.write(whole[:40])
    await response.write(whole[40:])
    request.transport.close()
    return response


async def take(url, count, project_id=None, after="0"):
    async with AsyncClient(url, "key", retries=QUICK) as client:
        followed, found = client.follow(project_id, after=after, poll_seconds=0.01), []
        async with asyncio.timeout(20):
            async for one in followed:
                found.append(int(one.position or 0))
                if len(found) == count:
                    break
        await followed.aclose()
    return found


def take_blocking(url, count, project_id=None, after="0"):
    with Client(url, "key", retries=QUICK) as client:
        followed = client.follow(project_id, after=after, poll_seconds=0.01)
        found = [int(one.position or 0) for _, one in zip(range(count), followed, strict=False)]
        followed.close()
    return found


async def test_stream_that_breaks_goes_on_behind_the_last_event():
    async with serving(3, one_each_time) as (service, url):
        assert await take(url, 8) == [1, 2, 3, 4, 5, 6, 7, 8]
        assert service.streams == ["3", "4", "5", "6", "7"]


async def test_client_that_blocks_follows_alike():
    async with serving(3, one_each_time) as (service, url):
        assert await asyncio.to_thread(take_blocking, url, 6, "p") == [1, 2, 3, 4, 5, 6]
        assert service.streams == ["3", "4", "5"]


async def test_following_from_now_on_misses_nothing_between_the_question_and_the_stream():
    async with serving(7, one_each_time) as (service, url):
        assert await take(url, 2, after="end") == [8, 9]
        assert service.asked[0] == "end"
        assert service.streams[0] == "7"


@pytest.mark.parametrize("status", [404, 405, 406, 429])
async def test_service_that_refuses_a_stream_is_asked_instead(status):
    async def refuse(service, request, after):
        service.last += 1
        return web.json_response({"reason": "LIMIT_REACHED"}, status=status)

    async def grow(service):
        while True:
            await asyncio.sleep(0.02)
            service.last += 1

    async with serving(1, refuse) as (service, url):
        growing = asyncio.create_task(grow(service))
        assert await take(url, 5) == [1, 2, 3, 4, 5]
        growing.cancel()
        assert len(service.streams) == 1


async def test_proxy_that_holds_streams_back_is_given_up_after_some():
    async def hold(service, request, after):
        service.last += 1
        return web.Response(body=b"", headers={"Content-Type": "text/event-stream"})

    async def grow(service):
        while True:
            await asyncio.sleep(0.02)
            service.last += 1

    async with serving(1, hold) as (service, url):
        growing = asyncio.create_task(grow(service))
        assert await take(url, 12) == list(range(1, 13))
        growing.cancel()
        assert len(service.streams) == FRUITLESS_MAX


async def test_stream_of_another_kind_is_none():
    async def page(service, request, after):
        service.last += 1
        return web.Response(text="<html>sign in</html>", content_type="text/html")

    async with serving(1, page) as (_, url):
        assert await take(url, 2) == [1, 2]


@pytest.mark.parametrize(
    ("status", "reason", "kind"), [(401, "BAD_KEY", Unauthenticated), (410, "POSITION_PRUNED", Refused)]
)
async def test_what_is_refused_for_good_is_raised(status, reason, kind):
    async def no(request):
        return web.json_response({"reason": reason, "detail": "no"}, status=status)

    application = web.Application()
    application.router.add_get("/v1/events", no)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        with pytest.raises(kind):
            await take(f"http://127.0.0.1:{runner.addresses[0][1]}", 1)
    finally:
        await runner.cleanup()


@pytest.mark.parametrize("size", [1, 2, 3, 7, 64, 10_000])
def test_events_are_found_however_the_bytes_are_cut(size):
    whole = b": \n\n" + framed(4).replace(b"\n", b"\r\n")
    trail = Trail(None, "3")
    assert [one.position for at in range(0, len(whole), size) for one in trail.events(whole[at : at + size])] == ["4"]
    whole += b": KEEP\n\nevent: key_ended\ndata: {}\n\n" + framed(5)
    trail = Trail(None, "3")
    found = [one for at in range(0, len(whole), size) for one in trail.events(whole[at : at + size])]
    assert [one.position for one in found] == ["4", "5"]
    assert found[0].data["note"] == "a line\u2028of words"
    assert trail.after == "5"


def test_event_without_end_is_given_up(monkeypatch):
    import httpx

    monkeypatch.setattr("billowatt_client.sending.live.BUFFER_BYTES_MAX", 1000)
    trail = Trail(None, "3")
    assert trail.events(b"data: " + b"x" * 900) == []
    with pytest.raises(httpx.TransportError):
        trail.events(b"x" * 200)
