"""What endpoints choose: filters, GET templates whose URL is signed, and what their own gate wants to see."""

import base64
from urllib.parse import parse_qs, urlsplit

import pytest
from standardwebhooks import Webhook

from domain.refusals import ForbiddenTarget
from gateway.webhooks.guard import Guard
from gateway.webhooks.template import PLACEHOLDERS, check_template, fill
from tests.gateway.delivering import completed, delivery_log, dispatching, following, in_log, make_endpoint
from tests.gateway.edge import until


async def test_only_what_passes_every_filter_is_delivered(edge, receiver):
    project = await edge.project()
    endpoint = await make_endpoint(edge, f"{receiver.url}/hook", filters={"status": "failed", "project_id": [project]})
    assert endpoint["filters"] == {"status": ["failed"], "project_id": [project]}
    wanted = completed(edge, position=3, succeeded=False, project_id=project)
    async with following(edge), dispatching(edge):
        await edge.changes.tell(
            completed(edge, position=1, project_id=project),
            completed(edge, position=2, succeeded=False),
            wanted,
        )
        [received] = await receiver.wait("/hook")
        await in_log(edge, endpoint, 1)
    assert received.id == wanted.event_id
    assert len(await delivery_log(edge, endpoint)) == 1


async def test_event_without_the_parameter_does_not_pass_its_filter(edge, receiver):
    gone = await make_endpoint(edge, f"{receiver.url}/gone", filters={"status": "succeeded"})
    narrow = await make_endpoint(edge, f"{receiver.url}/narrow", filters={"status": ["succeeded", "failed"]})
    receiver.always["/gone"] = 410
    async with following(edge), dispatching(edge):
        await edge.changes.tell(completed(edge, position=1))
        await in_log(edge, gone, 1, "?status=failed")
        await in_log(edge, narrow, 1)
        # endpoint.disabled has no status, so only the job's completion stands in the log.
        assert [one["event_type"] for one in await delivery_log(edge, narrow)] == ["utility_bill_upload_job_completed"]


@pytest.mark.parametrize(
    ("filters", "status"),
    [
        ({"colour": "red"}, 400),
        ({"status": []}, 400),
        ({"status": 7}, 400),
        ({"status": [""]}, 400),
        ({"status": ["x"] * 101}, 400),
        ("failed", 400),
    ],
)
async def test_filter_that_could_never_pass_is_refused(edge, receiver, filters, status):
    body = {"url": f"{receiver.url}/hook", "filters": filters}
    refused = await edge.json("POST", "/v1/webhook_endpoints", status=status, json=body)
    assert refused["metadata"]["field"] == "filters"


async def test_get_template_is_filled_and_its_whole_url_signed(edge, receiver):
    template = f"{receiver.url}/hooks/<PROJECT_ID>?job=<JOB_ID>&status=<STATUS>&why=<REASON>&fixed=a%20b"
    endpoint = await edge.json("POST", "/v1/webhook_endpoints", status=201, json={"url_template": template})
    assert (endpoint["url"], endpoint["method"]) == (template, "GET")
    change = completed(edge, position=1)
    path = f"/hooks/{change.project_id}"
    async with following(edge), dispatching(edge):
        await edge.changes.tell(change)
        [received] = await receiver.wait(path)
    assert (received.method, received.body) == ("GET", b"")
    assert parse_qs(urlsplit(received.url).query, keep_blank_values=True) == {
        "job": [change.parse_completed.job_id],
        "status": ["succeeded"],
        "why": [""],
        "fixed": ["a b"],
    }
    # The reference library checks any text that is JSON; a URL is none, so the signature is compared.
    told = received.headers["webhook-signature"]
    at = int(received.headers["webhook-timestamp"])
    expected = Webhook(endpoint["secret"]).sign(received.id, _utc(at), receiver.url + received.url)
    assert told == expected


def _utc(seconds):
    from datetime import UTC, datetime

    return datetime.fromtimestamp(seconds, UTC)


def test_placeholder_is_percent_encoded_and_an_unknown_value_is_nothing():
    filled = fill(
        "https://x.example/<REASON>?a=<STATUS>&b=<JOB_ID>", "e", "t", {"reason": "a/b?c&d=é <x>", "status": "+"}
    )
    assert filled == "https://x.example/a%2Fb%3Fc%26d%3D%C3%A9%20%3Cx%3E?a=%2B&b="


@pytest.mark.parametrize(
    "template",
    [
        "https://<STATUS>.example/",
        "https://<STATUS>/",
        "https://x.example:<STATUS>/",
        "<STATUS>://x.example/",
        "https://<STATUS>@x.example/",
        "https://x.example/?a=<NOTHING>",
        "https://x.example/?a=<status>",
        "https://x.example/?a=<STATUS",
        "https://x.example/?a=STATUS>",
        "https://x.example/?a=<>",
        "http://x.example/<STATUS>",
        "https://10.0.0.1/<STATUS>",
        "https://x.example/#<STATUS>",
    ],
)
def test_template_is_refused_when_it_could_lead_astray(template):
    with pytest.raises(ForbiddenTarget):
        check_template(Guard(), template)


def test_every_placeholder_may_stand_in_path_and_query():
    for name in PLACEHOLDERS:
        check_template(Guard(), f"https://x.example/<{name}>?a=<{name}>")


def test_template_is_refused_when_an_id_would_make_it_too_long():
    room = "https://x.example/?a=".ljust(1990, "a")
    with pytest.raises(ForbiddenTarget):
        check_template(Guard(), room + "<JOB_ID>")
    check_template(Guard(), room[:-30] + "<JOB_ID>")


async def test_header_and_basic_auth_are_sent_and_never_shown(edge, receiver):
    header = {"type": "header", "name": "X-Gate", "value": "let me in"}
    basic = {"type": "basic", "name": "user", "value": "pass word"}
    first = await make_endpoint(edge, f"{receiver.url}/header", auth=header)
    second = await make_endpoint(edge, f"{receiver.url}/basic", auth=basic)
    assert first["auth"] == {"type": "header", "name": "X-Gate"}
    assert second["auth"] == {"type": "basic", "name": "user"}
    async with following(edge), dispatching(edge):
        await edge.changes.tell(completed(edge, position=1))
        [with_header] = await receiver.wait("/header")
        [with_basic] = await receiver.wait("/basic")
        path = f"/v1/webhook_endpoints/{first['webhook_endpoint_id']}"
        assert (await edge.json("PATCH", path, json={"auth": {"type": "none"}}))["auth"] is None
        await edge.changes.tell(completed(edge, position=2))
        without = (await receiver.wait("/header", 2))[1]
    assert with_header.headers["x-gate"] == "let me in"
    assert base64.b64decode(with_basic.headers["authorization"].removeprefix("Basic ")) == b"user:pass word"
    assert "x-gate" not in without.headers


@pytest.mark.parametrize(
    "auth",
    [
        {"type": "header", "name": "Host", "value": "inside"},
        {"type": "header", "name": "webhook-id", "value": "mine"},
        {"type": "header", "name": "Content-Length", "value": "0"},
        {"type": "header", "name": "Transfer-Encoding", "value": "chunked"},
        {"type": "header", "name": "X Gate", "value": "x"},
        {"type": "header", "name": "X-Gate", "value": "é"},
        {"type": "header", "name": "X-Gate", "value": "a\r\nHost: b"},
        {"type": "basic", "name": "us:er", "value": "x"},
        {"type": "bearer", "name": "x", "value": "x"},
        {"type": "header", "name": "X-Gate"},
        "header",
    ],
)
async def test_credential_is_refused_when_it_would_change_the_request(edge, receiver, auth):
    body = {"url": f"{receiver.url}/hook", "auth": auth}
    assert (await edge.json("POST", "/v1/webhook_endpoints", status=400, json=body))["reason"] == "BAD_REQUEST"


async def test_address_may_be_changed_from_post_to_template_and_back(edge, receiver):
    endpoint = await make_endpoint(edge, f"{receiver.url}/hook")
    path = f"/v1/webhook_endpoints/{endpoint['webhook_endpoint_id']}"
    changed = await edge.json("PATCH", path, json={"url_template": f"{receiver.url}/get?e=<EVENT_ID>"})
    assert changed["method"] == "GET"
    both = {"url": f"{receiver.url}/a", "url_template": f"{receiver.url}/b"}
    assert (await edge.json("PATCH", path, json=both, status=400))["reason"] == "BAD_REQUEST"
    assert (await edge.json("PATCH", path, json={"url": f"{receiver.url}/hook"}))["method"] == "POST"
    async with following(edge), dispatching(edge):
        await edge.changes.tell(completed(edge, position=1))
        await receiver.wait("/hook")
        await until(lambda: delivery_log(edge, endpoint, "?status=succeeded"))
