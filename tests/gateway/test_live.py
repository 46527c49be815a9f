"""Events as they happen: streamed with resume, asked for by position, without one waiting for another."""

import asyncio
import json
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import aiohttp
import pytest

from domain.ids import Position, ProjectId
from domain.refusals import TimedOut
from gateway.console.session import COOKIE
from gateway.live import hub as hub_module
from gateway.live import places
from gateway.live.changes import Changes
from gateway.rest.live import streams
from protos.profile.v1.profile_pb2_grpc import ProfilesStub
from runtime.journal import Journal
from runtime.rpc.client import Credentials
from tests.gateway.console.console import OWN, Browser
from tests.gateway.delivering import completed
from tests.gateway.edge import check_documented, until
from tests.gateway.test_server import another

JOB = "utility_bill_upload_job_completed"
CHANGED = "consumption_profile_changed"


@asynccontextmanager
async def stream(edge, path, *, url=None, key=None, last=None):
    """Open a stream; yields a reader of its events as dicts of id, event and data."""
    headers = {"Authorization": f"Bearer {key or edge.key}"} | ({"Last-Event-ID": last} if last else {})
    timeout = aiohttp.ClientTimeout(total=None, sock_read=30)
    async with edge.http.get((url or edge.url) + path, headers=headers, timeout=timeout) as answer:
        await check_documented("GET", path, answer)
        assert answer.status == 200, await answer.text()
        assert answer.content_type == "text/event-stream"
        yield Reader(answer)


class Reader:
    def __init__(self, answer):
        self.answer = answer
        self.comments = 0

    async def next(self):
        """Return the next event; None where the stream ended."""
        event = {}
        async with asyncio.timeout(20):
            while line := await self.answer.content.readline():
                text = line.decode().rstrip("\n")
                if text.startswith(":"):
                    self.comments += 1
                elif text:
                    name, _, value = text.partition(": ")
                    event[name] = value
                elif "data" in event:
                    return {**event, "data": json.loads(event["data"])}
                else:
                    event = {}
        return None


async def test_stream_tells_what_happens_in_its_project_alone(edge):
    mine, other = await edge.project(), await edge.project()
    async with stream(edge, f"/v1/projects/{mine}/events/stream") as reader:
        await edge.read_bill(other)
        told = await edge.read_bill(mine, b"%PDF-1.7\nanother\n%%EOF\n")
        events = await _until_told(reader, {JOB, CHANGED})
    job = next(one for one in events if one["event"] == JOB)
    assert job["data"]["data"]["utility_bill_id"] == told["utility_bill_id"]
    assert {one["data"]["data"]["project_id"] for one in events} == {mine}
    assert job["id"] == job["data"]["position"]


async def test_client_that_comes_again_with_the_last_id_misses_nothing(edge):
    project_id = await edge.project()
    path = f"/v1/projects/{project_id}/events/stream"
    await edge.read_bill(project_id)
    async with stream(edge, path, last="0") as reader:
        first = await reader.next()
    await edge.read_bill(project_id, b"%PDF-1.7\nwhile away\n%%EOF\n")
    async with stream(edge, path, last=first["id"]) as reader:
        rest = [await reader.next() for _ in range(2)]
        await edge.read_bill(project_id, b"%PDF-1.7\nlive again\n%%EOF\n")
        rest.append(await reader.next())
    positions = [int(one["id"]) for one in [first, *rest]]
    assert positions == sorted(set(positions))
    polled = await edge.json("GET", f"/v1/projects/{project_id}/events")
    assert [one["data"] for one in [first, *rest]] == polled["events"][:4]


async def test_poll_walks_the_same_events_page_by_page(edge):
    project_id = await edge.project()
    for number in range(3):
        await edge.read_bill(project_id, f"%PDF-1.7\n{number}\n%%EOF\n".encode())
    whole = await edge.json("GET", "/v1/events?page_size=200")
    assert not whole["more"]
    walked, after, more = [], "0", True
    while more:
        page = await edge.json("GET", f"/v1/events?page_size=1&after={after}")
        walked += page["events"]
        after, more = page["next_after"], page["more"]
    assert walked == whole["events"]
    assert sum(one["type"] == JOB for one in walked) == 3
    end = await edge.json("GET", "/v1/events?after=end")
    assert (end["events"], end["next_after"]) == ([], whole["next_after"])
    assert (await edge.json("GET", f"/v1/events?after={after}"))["events"] == []


async def test_event_has_the_id_that_webhooks_send(edge):
    project_id = await edge.project()
    await edge.read_bill(project_id)
    async with edge.database.service(read_only=True) as connection:
        known = await connection.fetch("SELECT position FROM profile.change WHERE project_id = $1", project_id)
    polled = await edge.json("GET", f"/v1/projects/{project_id}/events")
    assert {int(one["position"]) for one in polled["events"]} <= {row["position"] for row in known}
    assert len({one["event_id"] for one in polled["events"]}) == len(polled["events"])


async def test_position_that_was_pruned_or_never_was_is_gone(edge):
    project_id = await edge.project()
    await edge.read_bill(project_id)
    end = int((await edge.json("GET", "/v1/events"))["next_after"])
    async with edge.database.service() as connection:
        await Journal("profile.change").prune(connection, Position(end))
    for after in ("0", str(end - 1), str(end + 1000)):
        for path in ("/v1/events", f"/v1/projects/{project_id}/events"):
            told = await edge.json("GET", f"{path}?after={after}", status=410)
            assert told["reason"] == "POSITION_PRUNED"
        if after != "0":
            path = f"/v1/projects/{project_id}/events/stream"
            told = await edge.json("GET", path, status=410, headers={"Last-Event-ID": after})
            assert told["reason"] == "POSITION_PRUNED"
    assert (await edge.json("GET", f"/v1/events?after={end}"))["events"] == []


async def test_replay_of_all_that_is_kept_goes_on_while_it_moves_and_ends_where_it_does_not(edge, monkeypatch):
    monkeypatch.setattr("gateway.live.changes.REPLAY_SECONDS", 0.3)
    opened, stub = [], ProfilesStub(edge.changes_channel)

    class Counted:
        def FollowChanges(self, request, **rest):
            opened.append(request.after_position)
            return stub.FollowChanges(request, **rest)

    counted: Any = Counted()
    # This far end never says that it is at its end, as one whose reader is slow.
    await edge.changes.tell(completed(edge, position=1))
    kept = Changes(counted, Credentials(edge.tokens)).replay_kept(edge.tenant_id)
    assert (await anext(kept)).position == 1
    second = asyncio.create_task(anext(kept))

    async def asked_again():
        return len(opened) == 2

    await until(asked_again)
    await edge.changes.tell(completed(edge, position=2))
    assert (await second).position == 2
    with pytest.raises(TimedOut):
        await anext(kept)
    assert opened == [0, 1, 2]


async def test_removed_bill_is_told_and_its_events_are_gone(edge):
    project_id = await edge.project()
    told = await edge.read_bill(project_id)
    async with stream(edge, f"/v1/projects/{project_id}/events/stream") as reader:
        await edge.json("DELETE", f"/v1/projects/{project_id}/utility_bills/{told['utility_bill_id']}", status=204)
        await _until_told(reader, {"utility_bill_removed", CHANGED})
    polled = await edge.json("GET", f"/v1/projects/{project_id}/events")
    assert JOB not in [one["type"] for one in polled["events"]]


async def test_job_is_streamed_until_it_ends(edge):
    project_id = await edge.project()
    told = await edge.upload(project_id)
    path = f"/v1/jobs/{told['job_id']}/stream"
    async with stream(edge, path) as one, stream(edge, path) as other:
        assert (await one.next())["data"]["status"] == "queued"
        assert (await other.next())["data"]["status"] == "queued"
        await edge.read_next()
        for reader in (one, other):
            events = [event async for event in _rest(reader)]
            assert (events[-1]["event"], events[-1]["data"]["status"]) == ("job_ended", "succeeded")
    async with stream(edge, path) as late:
        assert (await late.next())["event"] == "job_ended"
        assert await late.next() is None
    missing = "/v1/jobs/7d2c1f0a-93a4-4e5e-8f0b-0a6f3c1b2d4e/stream"
    assert (await edge.json("GET", missing, status=404))["reason"] == "NO_SUCH_JOB"


async def _until_told(reader, kinds):
    """Return the events up to the one with which all of these kinds were told; others may stand between."""
    events: list[dict[str, object]] = []
    while not kinds <= {one["event"] for one in events}:
        events.append(await reader.next())
    return events


async def _rest(reader):
    while (event := await reader.next()) is not None:
        yield event


async def test_silence_is_filled_with_comments_and_ends_with_the_key(edge, monkeypatch):
    monkeypatch.setattr(streams, "HEARTBEAT_SECONDS", 0.05)
    made = await edge.json("POST", "/v1/api_keys", status=201, json={"name": "short", "scopes": ["read"]})
    async with stream(edge, "/v1/events/stream", key=made["api_key"]) as reader:
        await edge.json("DELETE", f"/v1/api_keys/{made['key_id']}")
        assert (await reader.next())["event"] == "key_ended"
        assert reader.comments > 1
        assert await reader.next() is None


async def test_stream_that_is_never_silent_ends_with_the_key(edge, monkeypatch):
    made = await edge.json("POST", "/v1/api_keys", status=201, json={"name": "short", "scopes": ["read"]})
    project_id = await edge.project()
    monkeypatch.setattr("runtime.rpc.authenticate.REMEMBERED_SECONDS", 0)
    async with stream(edge, "/v1/events/stream", key=made["api_key"]) as reader:
        await edge.read_bill(project_id)
        assert (await reader.next())["event"] != "key_ended"
        await edge.json("DELETE", f"/v1/api_keys/{made['key_id']}")
        monkeypatch.setattr(streams, "HEARTBEAT_SECONDS", 0)

        async def ended():
            return (await reader.next())["event"] == "key_ended"

        await edge.read_bill(project_id, b"%PDF-1.7\nafter the key\n%%EOF\n")
        await until(ended)
        assert reader.comments <= 1


async def test_stream_of_a_session_outlives_a_silence(edge, monkeypatch):
    monkeypatch.setattr(streams, "HEARTBEAT_SECONDS", 0.05)
    browser = Browser(edge)
    await browser.sign_in()
    headers = {"Cookie": f"{COOKIE}={browser.cookie}", **OWN}
    async with edge.http.get(f"{edge.url}/v1/events/stream", headers=headers) as answer:
        reader = Reader(answer)
        waiting = asyncio.create_task(reader.next())

        async def silent_for_long():
            return reader.comments > 3 or waiting.done()

        await until(silent_for_long)
        await edge.read_bill(await edge.project())
        assert (await waiting)["event"] != "key_ended"


async def test_streams_end_when_the_process_stops(edge):
    async with AsyncExitStack() as held:
        async with another(edge) as url:
            reader = await held.enter_async_context(stream(edge, "/v1/events/stream", url=url))
        assert await reader.next() is None


async def test_many_streams_hold_one_stream_of_profile(edge):
    project_id = await edge.project()
    opened = []
    stub = ProfilesStub(edge.rooms_channel)

    class Counted:
        def FollowChanges(self, request, **rest):
            opened.append(request)
            return stub.FollowChanges(request, **rest)

    counted: Any = Counted()
    changes, stopping = Changes(counted, Credentials(edge.tokens)), asyncio.Event()
    running = asyncio.create_task(changes.hub.run(stopping))

    async def first_change():
        async for change in changes.follow(edge.tenant_id, ProjectId(project_id), None, 20):
            if change is not None:
                return change.position
        return None

    waiting = [asyncio.create_task(first_change()) for _ in range(100)]

    async def all_listen():
        return changes.hub.listeners == 100

    await until(all_listen)
    await edge.read_bill(project_id)
    assert len(set(await asyncio.gather(*waiting))) == 1
    assert len(opened) == 1
    stopping.set()
    await running


async def test_slow_listener_misses_nothing_and_holds_up_nobody(edge, monkeypatch):
    monkeypatch.setattr(hub_module, "QUEUE_MAX", 2)
    project_id = await edge.project()
    changes, stopping = Changes(ProfilesStub(edge.rooms_channel), Credentials(edge.tokens)), asyncio.Event()
    running = asyncio.create_task(changes.hub.run(stopping))
    slow = changes.follow(edge.tenant_id, ProjectId(project_id), None, 20)
    quick = changes.follow(edge.tenant_id, ProjectId(project_id), None, 20)
    assert await anext(slow) is None
    assert await anext(quick) is None
    quick_saw: list[Any] = []
    slow_saw: list[Any] = []
    for number in range(5):
        await edge.read_bill(project_id, f"%PDF-1.7\n{number}\n%%EOF\n".encode())
        quick_saw.append(await anext(quick))
    async with edge.database.service(read_only=True) as connection:
        rows = await connection.fetch("SELECT position FROM profile.change ORDER BY position")
    async with asyncio.timeout(20):
        while len(slow_saw) < len(rows):
            slow_saw.append(await anext(slow))
    told = [change.position for change in slow_saw if change is not None]
    assert told == [row["position"] for row in rows]
    assert [change.position for change in quick_saw if change is not None] == told[:5]
    for one in (slow, quick):
        await one.aclose()
    stopping.set()
    await running


async def test_tenant_may_hold_so_many_streams_open_and_no_more(edge, monkeypatch):
    monkeypatch.setattr(places, "STREAMS_PER_TENANT_MAX", 1)
    for held in (0, 1):
        key = await edge.new_key(await edge.new_tenant())
        told = await edge.upload(await edge.project(key=key), key=key)
        paths = ("/v1/events/stream", f"/v1/jobs/{told['job_id']}/stream")
        async with stream(edge, paths[held], key=key):
            for path in paths:
                refused = await edge.json("GET", path, status=429, key=key)
                assert refused["reason"] == "LIMIT_REACHED"
            async with stream(edge, "/v1/events/stream", key=await edge.new_key(await edge.new_tenant())):
                pass


@pytest.mark.parametrize("after", ["-1", "x", "1" * 30, ""])
async def test_position_that_is_none_is_refused(edge, after):
    told = await edge.json("GET", f"/v1/events?after={after}", status=400)
    assert told["metadata"]["field"] == "after"
