"""The way of a bill over REST, from its upload to the link that downloads it and the profile it makes."""

import asyncio
import hashlib
import re

import aiohttp
import pytest

from runtime.wire import outcome_to_proto
from tests.gateway.edge import PDF, until
from tests.profile.readings import failure

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 64


def path_of(told):
    return f"/v1/projects/{told['project_id']}/utility_bills/{told['utility_bill_id']}"


async def test_upload_answers_202_with_job_and_bill_when_the_body_is_raw(edge):
    project_id = await edge.project()
    body = PDF + b"x" * 700_000
    async with edge.ask(
        "POST",
        f"/v1/projects/{project_id}/utility_bills",
        data=body,
        headers={
            "Content-Disposition": "attachment; filename*=UTF-8''J%C3%A4nner.pdf",
            "Content-Type": "application/pdf",
        },
    ) as answer:
        told = await answer.json()
        assert answer.status == 202
        assert answer.headers["Location"] == f"/v1/jobs/{told['job_id']}"
    assert told["utility_bill_id"] == told["user_file_id"]
    assert told["file_name"] == "Jänner.pdf"
    assert told["sha256"] == hashlib.sha256(body).hexdigest()
    assert told["size_bytes"] == len(body)
    assert told["duplicate_of"] is None
    job = await edge.json("GET", f"/v1/jobs/{told['job_id']}")
    assert job["status"] == "queued"
    assert job["utility_bill_id"] == told["utility_bill_id"]


async def test_upload_takes_the_first_file_when_the_body_is_a_form(edge):
    project_id = await edge.project()
    form = aiohttp.FormData(quote_fields=False)
    form.add_field("note", "read me")
    form.add_field("file", PNG, filename="Zähler.png", content_type="application/octet-stream")
    form.add_field("second", PDF, filename="other.pdf")
    told = await edge.json("POST", f"/v1/projects/{project_id}/utility_bills", status=202, data=form)
    assert (told["file_name"], told["content_type"], told["size_bytes"]) == ("Zähler.png", "image/png", len(PNG))


async def test_upload_takes_a_body_of_unknown_length(edge):
    project_id = await edge.project()

    async def pieces():
        for _ in range(40):
            yield b"%PDF-1.7 " + b"z" * 30_000

    told = await edge.upload(project_id, pieces())
    assert told["size_bytes"] == 40 * 30_009


async def test_upload_returns_the_first_answer_when_the_key_is_repeated(edge):
    project_id = await edge.project()
    key = {"Idempotency-Key": '"upload-17"'}
    first = await edge.upload(project_id, PDF, headers=key)
    again = await edge.upload(project_id, PDF, headers={"Idempotency-Key": "upload-17"})
    assert (again["utility_bill_id"], again["job_id"]) == (first["utility_bill_id"], first["job_id"])
    assert len(await edge.bills(project_id)) == 1
    refused = await edge.upload(project_id, PNG, headers=key, status=422)
    assert refused["reason"] == "REQUEST_REUSED"


async def test_upload_names_the_first_bill_when_the_bytes_are_the_same(edge):
    project_id = await edge.project()
    first = await edge.upload(project_id)
    second = await edge.upload(project_id)
    assert second["utility_bill_id"] != first["utility_bill_id"]
    assert second["duplicate_of"] == first["utility_bill_id"]


async def test_project_is_made_once_when_the_key_is_repeated(edge):
    made = [
        await edge.json("POST", "/v1/projects", status=201, json={"name": "Mill"}, headers={"Idempotency-Key": "p1"})
        for _ in range(2)
    ]
    assert made[0] == made[1]
    other = {"json": {"name": "Other"}, "headers": {"Idempotency-Key": "p1"}}
    assert (await edge.json("POST", "/v1/projects", status=422, **other))["reason"] == "REQUEST_REUSED"


async def test_reading_profile_policy_and_accounts_are_served_when_the_bill_was_read(edge):
    project_id = await edge.project()
    told = await edge.read_bill(project_id)
    bill = await edge.json("GET", path_of(told))
    assert bill["status"] == "succeeded"
    async with edge.ask("GET", path_of(told) + "/reading") as answer:
        text = await answer.text()
        reading = await answer.json()
    assert reading["summary"]["electricity_kwh"] == 620
    assert '"new_charges_amount": 122.93' in text
    assert reading["readings"][0]["account_number"]["value"] == "3001-4482-7"
    assert reading["readings"][0]["account_number"]["evidence"]["page"] == 1
    profile = await edge.json("GET", f"/v1/projects/{project_id}/load_profile")
    assert profile["active_utility_bill_id"] == told["utility_bill_id"]
    assert [month["month"] for month in profile["months"]] == list(range(1, 13))
    assert profile["version"] >= 1
    accounts = await edge.json("GET", f"/v1/projects/{project_id}/accounts")
    assert [account["account_number"] for account in accounts["accounts"]] == ["3001-4482-7"]
    policy = f"/v1/projects/{project_id}/policy"
    assert (await edge.json("GET", policy))["rule"] == "last_parsed"
    pinned = {"rule": "pinned", "pinned_utility_bill_id": told["utility_bill_id"]}
    assert (await edge.json("PUT", policy, json=pinned))["pinned_utility_bill_id"] == told["utility_bill_id"]


async def test_reading_and_profile_are_absent_when_the_bill_is_not_read(edge):
    project_id = await edge.project()
    told = await edge.upload(project_id)
    assert (await edge.json("GET", path_of(told) + "/reading", status=404))["reason"] == "NO_READING"
    profile = f"/v1/projects/{project_id}/load_profile"
    assert (await edge.json("GET", profile, status=404))["reason"] == "NO_LOAD_PROFILE"
    assert (await edge.json("POST", path_of(told) + "/reparse", status=409))["reason"] == "JOB_NOT_FINISHED"


async def test_failure_is_told_with_its_reason_and_the_bill_can_be_read_again(edge):
    project_id = await edge.project()
    told = await edge.upload(project_id)
    await edge.read_next(outcome_to_proto(failure()))
    job = await edge.json("GET", f"/v1/jobs/{told['job_id']}")
    assert (job["status"], job["failure_reason"]) == ("failed", "unreadable")
    bill = await edge.json("GET", path_of(told))
    assert (bill["status"], bill["failure_reason"]) == ("failed", "unreadable")
    again = await edge.json("POST", path_of(told) + "/reparse", status=202)
    assert again["job_id"] != told["job_id"]
    await edge.read_next()
    assert (await edge.json("GET", f"/v1/jobs/{again['job_id']}"))["status"] == "succeeded"


async def test_bill_is_gone_with_its_link_and_reading_when_it_was_deleted(edge):
    project_id = await edge.project()
    told = await edge.read_bill(project_id)
    link = (await edge.json("GET", path_of(told)))["file_url"]
    for _ in range(2):
        await edge.json("DELETE", path_of(told), status=204)
    assert (await edge.json("GET", path_of(told), status=404))["reason"] == "NO_SUCH_BILL"
    assert await edge.bills(project_id) == []
    async with edge.http.get(link) as answer:
        assert (answer.status, (await answer.json(content_type=None))["reason"]) == (404, "NO_SUCH_BILL")

    async def reading_gone():
        async with edge.ask("GET", path_of(told) + "/reading") as answer:
            return answer.status == 404

    await until(reading_gone)


async def test_link_downloads_the_very_bytes_when_the_bill_was_retrieved(edge):
    project_id = await edge.project()
    body = PDF + b"y" * 800_000
    told = await edge.upload(project_id, body, headers={"Content-Disposition": 'attachment; filename="Zähler 1.pdf"'})
    bill = await edge.json("GET", path_of(told))
    async with edge.http.get(bill["file_url"]) as answer:
        assert answer.status == 200
        assert await answer.read() == body
        assert answer.headers["Content-Type"] == "application/pdf"
        assert answer.headers["Content-Disposition"].startswith("attachment; filename=")
        assert "filename*=UTF-8''Z%C3%A4hler%201.pdf" in answer.headers["Content-Disposition"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in answer.headers["Content-Security-Policy"]
    async with edge.http.head(bill["file_url"]) as answer:
        assert (answer.status, answer.content_length, await answer.read()) == (200, len(body), b"")


async def test_link_is_refused_when_one_letter_of_it_was_altered(edge):
    told = await edge.upload(await edge.project())
    link = (await edge.json("GET", path_of(told)))["file_url"]
    token = link.rpartition("/")[2]
    for place in range(0, len(token), 7):
        altered = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
        refused = await edge.json("GET", f"/d/{altered}", key="", status=403)
        assert refused["reason"] == "LINK_EXPIRED"


async def test_list_is_paged_newest_first_with_a_link_to_the_next_page(edge):
    project_id = await edge.project()
    made = [(await edge.upload(project_id, PDF + b"%d" % number))["utility_bill_id"] for number in range(5)]
    seen, path = [], f"/v1/projects/{project_id}/utility_bills?page_size=2"
    while path:
        async with edge.ask("GET", path) as answer:
            page = await answer.json()
            link = answer.headers.get("Link", "")
        seen += [bill["utility_bill_id"] for bill in page["utility_bills"]]
        assert bool(link) == bool(page["next_page_token"])
        path = re.sub(r"<https?://[^/]+(/[^>]*)>.*", r"\1", link)
    assert seen == made[::-1]


@pytest.mark.parametrize("query", ["page_size=0", "page_size=201", "page_size=x", "page_size=1&page_size=2", "pgae=1"])
async def test_list_names_the_parameter_when_it_is_wrong(edge, query):
    project_id = await edge.project()
    refused = await edge.json("GET", f"/v1/projects/{project_id}/utility_bills?{query}", status=400)
    assert refused["reason"] == "BAD_REQUEST"
    assert refused["metadata"]["field"] == query.partition("=")[0]


@pytest.mark.parametrize("token", ["x", "%00", "a" * 1000, "MjAyNi0wMy0wMg=="])
@pytest.mark.parametrize(
    "path", ["/v1/projects", "/v1/projects/{project}/utility_bills", "/v1/projects/{project}/accounts"]
)
async def test_list_refuses_a_page_token_that_it_did_not_make(edge, path, token):
    project_id = await edge.project()
    path = path.replace("{project}", project_id)
    assert (await edge.json("GET", f"{path}?page_token={token}", status=400))["reason"] == "BAD_PAGE_TOKEN"


async def test_upload_leaves_nothing_when_the_client_goes_away_in_the_middle(edge):
    project_id = await edge.project()
    host, _, port = edge.url.removeprefix("http://").partition(":")
    _, writer = await asyncio.open_connection(host, int(port))
    writer.write(
        f"POST /v1/projects/{project_id}/utility_bills HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {edge.key}\r\n"
        f"Content-Length: 1000000\r\n\r\n".encode()
        + PDF
        + b"x" * 400_000
    )
    await writer.drain()
    writer.close()
    await writer.wait_closed()
    # Had half a file been taken for a whole one, it would stand before the next upload.
    told = await edge.upload(project_id)
    assert [bill["utility_bill_id"] for bill in await edge.bills(project_id)] == [told["utility_bill_id"]]


async def test_upload_is_answered_at_once_when_the_project_is_unknown_and_the_body_still_comes(edge):
    more = asyncio.Event()

    async def pieces():
        yield PDF + b"x" * 500_000
        await more.wait()

    path = "/v1/projects/7d2c1f0a-93a4-4e5e-8f0b-0a6f3c1b2d4e/utility_bills"
    async with asyncio.timeout(10):
        refused = await edge.json("POST", path, data=pieces(), status=404)
    more.set()
    assert refused["reason"] == "NO_SUCH_PROJECT"
