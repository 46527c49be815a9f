"""What HTTP asks of the edge whatever it serves: limits by key, entity tags, content codings, other origins."""

import asyncio
import dataclasses
import gzip
import json
import zlib
from contextlib import AsyncExitStack, asynccontextmanager

import pytest

from gateway.http import codings, incoming
from gateway.http.limits import BUCKETS_MAX, Limiter, Policy
from gateway.http.preconditions import TURNS_MAX
from tests.gateway.edge import check_documented, until
from tests.gateway.test_server import another


class Clock:
    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


def taken(limiter, key):
    standing = limiter.take(key)
    assert standing is not None
    return standing


def test_bucket_lets_a_burst_pass_and_holds_a_stream_to_the_rate():
    clock = Clock()
    limiter = Limiter(Policy(10, 5), clock=clock)
    granted = [taken(limiter, "a").wait_seconds == 0 for _ in range(15)]
    assert granted == [True] * 10 + [False] * 5
    assert taken(limiter, "b").left == 9
    passed = 0
    for _ in range(1000):
        clock.now += 0.1
        passed += taken(limiter, "a").wait_seconds == 0
    assert passed == pytest.approx(200, abs=1)


def test_bucket_says_when_it_holds_a_token_again_and_when_it_is_full():
    clock = Clock()
    limiter = Limiter(Policy(6, 60), clock=clock)
    for _ in range(6):
        standing = taken(limiter, "a")
    assert (standing.left, standing.full_in_seconds, standing.wait_seconds) == (0, 60, 0)
    clock.now += 4.0
    assert taken(limiter, "a").wait_seconds == 6
    clock.now += 6.0
    assert taken(limiter, "a").wait_seconds == 0


def test_limiter_remembers_a_bounded_number_of_keys():
    limiter = Limiter(Policy(5, 60), clock=Clock())
    for number in range(BUCKETS_MAX + 10):
        taken(limiter, str(number))
    assert taken(limiter, "0").left == 4
    assert len(limiter._buckets) == BUCKETS_MAX


async def test_key_that_asks_too_often_is_told_how_long_to_wait(edge):
    settings = dataclasses.replace(edge.settings, rate_limit_requests=3, rate_limit_window_seconds=3600)
    async with another(edge, settings=settings) as url:
        left = []
        for _ in range(3):
            async with edge.http.get(url + "/v1/projects", headers=_bearer(edge)) as answer:
                assert answer.status == 200
                assert answer.headers["RateLimit-Policy"] == '"requests";q=3;w=3600'
                left.append(answer.headers["RateLimit"].partition(";t=")[0])
        assert left == ['"requests";r=2', '"requests";r=1', '"requests";r=0']
        async with edge.http.get(url + "/v1/projects", headers=_bearer(edge)) as answer:
            await check_documented("GET", "/v1/projects", answer)
            told = await answer.json(content_type=None)
            assert (answer.status, told["reason"]) == (429, "LIMIT_REACHED")
            assert 1190 <= int(answer.headers["Retry-After"]) <= 1200
            assert answer.headers["RateLimit"].startswith('"requests";r=0;t=')
        # Another key of the same tenant has a bucket of its own.
        other = await edge.new_key()
        async with edge.http.get(url + "/v1/projects", headers={"Authorization": f"Bearer {other}"}) as answer:
            assert answer.status == 200


async def test_answer_that_the_client_holds_is_not_sent_again(edge):
    path = f"/v1/projects/{await edge.project()}"
    async with edge.ask("GET", path) as answer:
        tag = answer.headers["ETag"]
        assert answer.headers["Cache-Control"] == "private, no-cache"
        await answer.read()
    for given in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        async with edge.ask("GET", path, headers={"If-None-Match": given}) as answer:
            assert (answer.status, await answer.read()) == (304, b"")
            assert answer.headers["ETag"] == tag
    async with edge.ask("GET", path, headers={"If-None-Match": '"other"'}) as answer:
        assert answer.status == 200
    async with edge.http.head(edge.url + path, headers={**_bearer(edge), "If-None-Match": tag}) as answer:
        assert answer.status == 304


async def test_bill_keeps_its_tag_until_it_changes(edge):
    project_id = await edge.project()
    told = await edge.upload(project_id)
    path = f"/v1/projects/{project_id}/utility_bills/{told['utility_bill_id']}"
    tags = []
    for _ in range(2):
        async with edge.ask("GET", path) as answer:
            tags.append(answer.headers["ETag"])
    await edge.read_next()
    async with edge.ask("GET", path, headers={"If-None-Match": tags[0]}) as answer:
        assert answer.status == 200
        assert (await answer.json())["status"] == "succeeded"
    assert len(set(tags)) == 1


async def test_change_is_made_only_to_what_was_seen(edge):
    project_id = await edge.project()
    path = f"/v1/projects/{project_id}/policy"
    async with edge.ask("GET", path) as answer:
        seen = answer.headers["ETag"]
    change = {"rule": "latest_period"}
    refused = await edge.json("PUT", path, status=412, json=change, headers={"If-Match": '"other"'})
    assert refused["reason"] == "PRECONDITION_FAILED"
    await edge.json("PUT", path, status=412, json=change, headers={"If-Match": f"W/{seen}"})
    assert (await edge.json("GET", path))["rule"] == "last_parsed"
    await edge.json("PUT", path, json=change, headers={"If-Match": seen})
    await edge.json("PUT", path, status=412, json={"rule": "merged"}, headers={"If-Match": seen})
    assert (await edge.json("GET", path))["rule"] == "latest_period"
    await edge.json("PUT", path, json={"rule": "merged"}, headers={"If-Match": "*"})


async def test_change_of_what_cannot_be_looked_at_is_not_made_unseen(edge):
    project_id, property_id = await edge.project(), await edge.property_of(await edge.project())
    for method, path, body in (
        ("PUT", f"/v1/properties/{property_id}/projects/{project_id}", None),
        ("DELETE", f"/v1/projects/{project_id}", None),
        ("POST", "/v1/projects", {"name": "Site"}),
    ):
        told = await edge.json(method, path, status=400, json=body, headers={"If-Match": "*"})
        assert (told["reason"], told["metadata"]) == ("BAD_HEADER", {"header": "If-Match"})
    assert (await edge.json("GET", f"/v1/projects/{project_id}"))["project_id"] == project_id
    assert await edge.property_of(project_id) != property_id


async def test_of_many_that_change_what_they_saw_one_is_let(edge):
    path = f"/v1/projects/{await edge.project()}/policy"
    async with edge.ask("GET", path) as answer:
        seen = answer.headers["ETag"]

    async def change(url):
        headers = {**_bearer(edge), "If-Match": seen}
        async with edge.http.put(url + path, json={"rule": "merged"}, headers=headers) as answer:
            return answer.status

    async with another(edge) as url:
        statuses = await asyncio.gather(*(change(at) for at in [edge.url, url] * 6))
    assert sorted(statuses) == [200] + [412] * 11


async def test_bodies_that_do_not_come_hold_up_no_other_change(edge):
    path = f"/v1/projects/{await edge.project()}/policy"
    async with AsyncExitStack() as held:
        for _ in range(TURNS_MAX + 1):
            await held.enter_async_context(stalled(edge, "PUT", path))

        async def all_in_hand():
            async with edge.database.service(read_only=True) as connection:
                begun = "SELECT count(*) FROM gateway.audit WHERE operation = 'update_policy' AND status IS NULL"
                return await connection.fetchval(begun) == TURNS_MAX + 1

        await until(all_in_hand)
        async with asyncio.timeout(10):
            await edge.json("PUT", path, json={"rule": "merged"})
            await edge.json(
                "PATCH", f"/v1/properties/{await edge.property_of(await edge.project())}", json={"city": "A"}
            )


@pytest.mark.parametrize(("method", "path"), [("PUT", "/v1/projects/{}/policy"), ("POST", "/v1/api_keys")])
async def test_body_that_stops_coming_is_given_up(edge, monkeypatch, method, path):
    monkeypatch.setattr(incoming, "SILENCE_SECONDS", 0.2)
    async with stalled(edge, method, path.format(await edge.project())) as reader, asyncio.timeout(10):
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        assert head.startswith("HTTP/1.1 408 ")
        assert "connection: close" in head.lower()
        assert b'"BODY_TOO_SLOW"' in await reader.readuntil(b"}")


@asynccontextmanager
async def stalled(edge, method, path):
    """Begin a request whose body stops after its first bytes; yields what reads the answer."""
    host, _, port = edge.url.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        lines = (
            f"{method} {path} HTTP/1.1",
            "Host: localhost",
            f"Authorization: Bearer {edge.key}",
            "Content-Length: 99",
        )
        writer.write("\r\n".join((*lines, "", '{"rule": ')).encode())
        await writer.drain()
        yield reader
    finally:
        writer.close()


@pytest.mark.parametrize(
    ("header", "coding"),
    [
        ("gzip, deflate, br", "gzip"),
        ("deflate", "deflate"),
        ("gzip;q=0.1, deflate;q=0.9", "deflate"),
        ("gzip;q=0", None),
        ("br", None),
        ("*", "gzip"),
        ("identity", None),
        ("", None),
        ("gzip;q=broken", None),
    ],
)
def test_coding_is_the_one_that_the_client_prefers(header, coding):
    chosen = codings.choose(header)
    assert (chosen and chosen.value) == coding


async def test_long_json_is_coded_as_the_client_asks_and_tagged_apart(edge):
    raw = {"Accept-Encoding": "identity"}
    seen = {}
    for header, decode in (("identity", bytes), ("gzip", gzip.decompress), ("deflate", zlib.decompress)):
        async with edge.http.get(
            edge.url + "/openapi.json", headers={"Accept-Encoding": header}, auto_decompress=False
        ) as answer:
            body = await answer.read()
            assert "Accept-Encoding" in answer.headers["Vary"]
            seen[header] = (answer.headers["ETag"], len(body), decode(body))
    assert len({plain for _, _, plain in seen.values()}) == 1
    assert len({tag for tag, _, _ in seen.values()}) == 3
    assert seen["gzip"][1] < seen["identity"][1] / 4
    async with edge.http.get(edge.url + "/openapi.json", headers={"If-None-Match": seen["gzip"][0], **raw}) as answer:
        assert answer.status == 304


async def test_short_answers_stay_as_they_are(edge):
    async with edge.ask("GET", "/healthz", key="", headers={"Accept-Encoding": "gzip"}) as answer:
        assert "Content-Encoding" not in answer.headers
        assert json.loads(await answer.read()) == {"status": "ok"}


async def test_pages_of_named_origins_may_read_and_others_may_not(edge):
    mine, other = "https://console.example", "https://elsewhere.example"
    settings = dataclasses.replace(edge.settings, cors_origins=f"{mine}, https://second.example/")
    asked = {"Access-Control-Request-Method": "PATCH", "Access-Control-Request-Headers": "authorization"}
    async with another(edge, settings=settings) as url:
        async with edge.http.options(url + "/v1/projects", headers={"Origin": mine, **asked}) as answer:
            assert answer.status == 204
            assert answer.headers["Access-Control-Allow-Origin"] == mine
            assert "Authorization" in answer.headers["Access-Control-Allow-Headers"]
            assert "PATCH" in answer.headers["Access-Control-Allow-Methods"]
            assert "Access-Control-Allow-Credentials" not in answer.headers
        async with edge.http.options(url + "/v1/projects", headers={"Origin": other, **asked}) as answer:
            assert answer.status == 405
            assert "Access-Control-Allow-Origin" not in answer.headers
        async with edge.http.get(url + "/v1/projects", headers={"Origin": mine, **_bearer(edge)}) as answer:
            assert answer.headers["Access-Control-Allow-Origin"] == mine
            assert "RateLimit" in answer.headers["Access-Control-Expose-Headers"]
            assert "Origin" in answer.headers["Vary"]
        async with edge.http.get(url + "/v1/projects", headers={"Origin": mine}) as answer:
            assert (answer.status, answer.headers["Access-Control-Allow-Origin"]) == (401, mine)
        async with edge.http.get(url + "/v1/projects", headers={"Origin": other, **_bearer(edge)}) as answer:
            assert "Access-Control-Allow-Origin" not in answer.headers


async def test_no_other_origin_is_let_in_unless_the_operator_says_so(edge):
    headers = {"Origin": "https://console.example", **_bearer(edge)}
    async with edge.ask("GET", "/v1/projects", headers=headers) as answer:
        assert "Access-Control-Allow-Origin" not in answer.headers
    async with edge.http.options(
        edge.url + "/v1/projects", headers={**headers, "Access-Control-Request-Method": "GET"}
    ) as answer:
        assert answer.status == 405


def _bearer(edge):
    return {"Authorization": f"Bearer {edge.key}"}
