"""The edge when something around it is missing, breaks or stops."""

import asyncio
import json
from contextlib import asynccontextmanager

import aiohttp
import pytest

from domain.refusals import StoreUnavailable
from gateway.service import build_gateway
from runtime.rpc.client import open_channel
from tests.gateway.edge import PDF, check_documented, running


@asynccontextmanager
async def another(edge, *, objects=None, channel=None, settings=None):
    """A second edge beside the first, with something about it changed; yields its address and its task."""
    listening = asyncio.get_running_loop().create_future()
    channel = channel or edge.rooms_channel
    component = build_gateway(
        settings or edge.settings,
        edge.database,
        objects or edge.objects,
        channel,
        channel,
        channel,
        edge.tokens,
        on_listening=listening.set_result,
    )
    async with running(component):
        async with asyncio.timeout(10):
            yield f"http://{await listening}"


class Store:
    """The edge's store with some of its answers changed."""

    def __init__(self, inner, **changed):
        self._inner = inner
        self.__dict__.update(changed)

    def __getattr__(self, name):
        return getattr(self._inner, name)


async def link_of(edge, body=PDF):
    project_id = await edge.project()
    told = await edge.upload(project_id, body)
    bill = await edge.json("GET", f"/v1/projects/{project_id}/utility_bills/{told['utility_bill_id']}")
    return "/d/" + bill["file_url"].rpartition("/")[2]


async def test_requests_are_answered_503_at_once_when_ingest_is_away(edge, tmp_path):
    channel = open_channel(f"unix:{tmp_path}/nobody.sock")
    key = {"Authorization": f"Bearer {edge.key}"}
    async with another(edge, channel=channel) as url:
        for method, path, data in (
            ("GET", "/v1/projects", None),
            ("GET", "/v1/jobs/7d2c1f0a-93a4-4e5e-8f0b-0a6f3c1b2d4e", None),
            ("POST", "/v1/projects/7d2c1f0a-93a4-4e5e-8f0b-0a6f3c1b2d4e/utility_bills", PDF),
        ):
            async with edge.http.request(method, url + path, headers=key, data=data) as answer:
                await check_documented(method, path, answer)
                body = await answer.json(content_type=None)
                assert (answer.status, body["reason"]) == (503, "STORE_UNAVAILABLE")
                assert answer.headers["Retry-After"] == "2"
        async with edge.http.get(url + "/readyz") as answer:
            told = await answer.json()
            assert (answer.status, told["checks"]["ingest"], told["checks"]["database"]) == (503, "away", "ok")
        async with edge.http.get(url + "/healthz") as answer:
            assert answer.status == 200
    await channel.close()


async def test_upload_in_hand_is_finished_when_the_process_is_told_to_stop(edge):
    project_id = await edge.project()
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def pieces():
        # Asked for only once the edge has said "100 Continue", hence has the request in hand.
        begun.set()
        yield PDF
        await go_on.wait()
        yield b"x" * 100_000

    async with another(edge) as url:
        path = f"{url}/v1/projects/{project_id}/utility_bills"
        sending = asyncio.create_task(
            edge.http.post(path, data=pieces(), headers={"Authorization": f"Bearer {edge.key}"}, expect100=True)
        )
        await begun.wait()
        asyncio.get_running_loop().call_later(0.1, go_on.set)
    answer = await sending
    assert answer.status == 202
    answer.release()
    with pytest.raises(aiohttp.ClientConnectionError):
        await edge.http.get(url + "/healthz")
    assert len(await edge.bills(project_id)) == 1


async def test_download_redirects_when_the_store_has_links_of_its_own(edge):
    asked = []

    async def presign(key, seconds, file_name, content_type):
        asked.append((seconds, file_name, content_type))
        return "https://objects.example/bucket/key?signature=1"

    link = await link_of(edge)
    async with (
        another(edge, objects=Store(edge.objects, presign=presign)) as url,
        edge.http.get(url + link, allow_redirects=False) as answer,
    ):
        assert answer.status == 302
        assert answer.headers["Location"] == "https://objects.example/bucket/key?signature=1"
        assert answer.headers["Cache-Control"] == "private, no-store"
    assert asked == [(60, "bill.pdf", "application/pdf")]


async def test_download_is_cut_and_never_looks_whole_when_the_store_breaks_off(edge):
    async def open_stream(key, chunk_bytes=0):
        yield PDF
        raise StoreUnavailable

    link = await link_of(edge, PDF + b"x" * 100_000)
    async with another(edge, objects=Store(edge.objects, open_stream=open_stream)) as url:
        with pytest.raises(aiohttp.ClientError):
            async with edge.http.get(url + link) as answer:
                await answer.read()


async def test_details_of_a_fault_stay_inside(edge):
    async def presign(key, seconds, file_name, content_type):
        raise RuntimeError("password=hunter2")

    link = await link_of(edge)
    async with (
        another(edge, objects=Store(edge.objects, presign=presign)) as url,
        edge.http.get(url + link, headers={"X-Request-Id": "trace-7"}) as answer,
    ):
        text = await answer.text()
        assert answer.status == 500
    assert json.loads(text)["reason"] == "INTERNAL"
    assert json.loads(text)["request_id"] == "trace-7"
    assert "hunter2" not in text


async def test_largest_bill_allowed_is_taken(edge):
    limit = edge.settings.upload_bytes_max

    async def pieces():
        yield PDF
        left = limit - len(PDF)
        while left:
            size = min(left, 1024 * 1024)
            left -= size
            yield b"x" * size

    told = await edge.upload(await edge.project(), pieces())
    assert told["size_bytes"] == limit
