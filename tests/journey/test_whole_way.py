"""The main job on the embedded default: upload, read, fold, tell, for every kind of file, in every order."""

import asyncio
import hashlib

import aiohttp
import pytest
from standardwebhooks import Webhook

from bench.partner import Endpoint

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.mark.parametrize("kind", ["pdf", "png", "jpeg", "gif", "webp"])
async def test_bill_travels_from_upload_to_webhook_to_profile(kind, up, text_pdf, pictures):
    data = text_pdf if kind == "pdf" else pictures[kind]
    async with up.partner() as partner, Endpoint() as endpoint:
        registered = await partner.listen(endpoint)
        project = await partner.project(f"{kind} house")
        uploaded = await partner.upload(project, data, f"bill.{kind}")

        delivery = await endpoint.wait_for(uploaded["utility_bill_id"])
        Webhook(registered["secret"]).verify(delivery.body, delivery.headers)
        told = delivery.event["data"]
        assert (told["status"], told["job_id"], told["project_id"]) == ("succeeded", uploaded["job_id"], project)

        bills = f"/v1/projects/{project}/utility_bills/{uploaded['utility_bill_id']}"
        reading = await partner.ask("GET", f"{bills}/reading")
        profile = await partner.profile(project)
        job = await partner.finished(uploaded["job_id"])
        await partner.ask("DELETE", f"/v1/webhook_endpoints/{registered['webhook_endpoint_id']}")

    assert reading["summary"]["electricity_kwh"] == SAMPLE_KWH
    assert profile["active_utility_bill_id"] == uploaded["utility_bill_id"]
    assert len(profile["months"]) == 12
    assert (job["pages_done"], job["pages_total"]) == ((2, 2) if kind == "pdf" else (1, 1))


SAMPLE_KWH = 620


async def test_link_of_a_bill_downloads_the_very_bytes(up, text_pdf):
    async with up.partner() as partner, aiohttp.ClientSession() as anyone:
        project = await partner.project()
        uploaded = await partner.upload(project, text_pdf, "märz.pdf")
        bill = await partner.bill(project, uploaded["utility_bill_id"])
        async with anyone.get(bill["file_url"]) as response:
            downloaded = await response.read()
            headers = response.headers

    assert hashlib.sha256(downloaded).digest() == hashlib.sha256(text_pdf).digest()
    assert headers["Content-Disposition"].startswith("attachment")
    assert headers["X-Content-Type-Options"] == "nosniff"


async def test_later_parse_is_active_when_parses_finish_in_the_other_order(up, text_pdf, pictures):
    """The picture is uploaded first and takes longer; the last parse wins, not the last upload."""
    async with up.partner() as partner:
        project = await partner.project()
        slow = await partner.upload(project, pictures["png"], "slow.png")
        quick = await partner.upload(project, text_pdf, "quick.pdf")
        await asyncio.gather(partner.finished(slow["job_id"]), partner.finished(quick["job_id"]))
        by_time = {
            (await partner.bill(project, one["utility_bill_id"]))["completed_at"]: one["utility_bill_id"]
            for one in (slow, quick)
        }
        profile = await _profile_with(partner, project, by_time[max(by_time)])

    assert by_time[max(by_time)] == slow["utility_bill_id"]
    assert profile["active_utility_bill_id"] == slow["utility_bill_id"]


async def test_failed_parse_is_told_with_its_reason_and_leaves_the_active_bill(up, text_pdf):
    async with up.partner() as partner, Endpoint() as endpoint:
        registered = await partner.listen(endpoint)
        project = await partner.project()
        good = await partner.upload(project, text_pdf)
        await endpoint.wait_for(good["utility_bill_id"])
        before = await partner.profile(project)

        broken = await partner.upload(project, b"%PDF-1.7\nnothing of a document follows", "broken.pdf")
        delivery = await endpoint.wait_for(broken["utility_bill_id"])
        after = await partner.profile(project)
        await partner.ask("DELETE", f"/v1/webhook_endpoints/{registered['webhook_endpoint_id']}")

    assert delivery.event["data"]["status"] == "failed"
    assert delivery.event["data"]["reason"] == "corrupt"
    assert after == before


async def test_upload_retried_with_one_key_makes_one_bill(up, text_pdf):
    async with up.partner() as partner:
        project = await partner.project()
        answers = await asyncio.gather(
            *(partner.upload(project, text_pdf, key="one-order") for _ in range(3)), return_exceptions=True
        )
        answers.append(await partner.upload(project, text_pdf, key="one-order"))
        listed = await partner.ask("GET", f"/v1/projects/{project}/utility_bills")

    bills = {answer["utility_bill_id"] for answer in answers if isinstance(answer, dict)}
    assert len(bills) == 1
    assert [bill["utility_bill_id"] for bill in listed["utility_bills"]] == list(bills)


async def test_same_bytes_without_a_key_are_a_duplicate_that_says_so(up, text_pdf):
    async with up.partner() as partner:
        project = await partner.project()
        first = await partner.upload(project, text_pdf)
        second = await partner.upload(project, text_pdf)
        bill = await partner.bill(project, second["utility_bill_id"])

    assert first["utility_bill_id"] != second["utility_bill_id"]
    assert bill["duplicate_of"] == first["utility_bill_id"]


async def test_deleted_bill_gives_way_to_the_next_one(up, text_pdf, other_pdf):
    async with up.partner() as partner:
        project = await partner.project()
        older = await partner.upload(project, text_pdf)
        await partner.finished(older["job_id"])
        newer = await partner.upload(project, other_pdf)
        await partner.finished(newer["job_id"])
        await _profile_with(partner, project, newer["utility_bill_id"])

        path = f"/v1/projects/{project}/utility_bills/{newer['utility_bill_id']}"
        await partner.ask("DELETE", path)
        await partner.ask("GET", path, expect=404)
        profile = await _profile_with(partner, project, older["utility_bill_id"])

    assert profile["active_utility_bill_id"] == older["utility_bill_id"]


async def _profile_with(partner, project, active):
    """Return the profile once a bill is active in it."""
    async with asyncio.timeout(30):
        while True:
            try:
                profile = await partner.profile(project)
                if profile["active_utility_bill_id"] == active:
                    return profile
            except AssertionError:
                pass
            await asyncio.sleep(0.02)
