"""The pages as a browser gets them: nothing runs in them but our own files, hostile texts are inert, others' things absent."""

import asyncio
import gzip
import json
import re
from dataclasses import replace
from decimal import Decimal
from importlib.resources import files
from urllib.parse import quote

import aiohttp

from domain.outcome import Failure, FailureReason
from domain.reading import Proof, Verdict
from gateway.console.assets import OWN_ASSETS
from gateway.console.projects.chart import chart_of
from gateway.exports.tables.rows import load_profile_rows
from gateway.rest.projects.shapes import load_profile_json
from protos.profile.v1 import profile_pb2
from runtime.wire import outcome_to_proto
from services.parser.read import read
from tests.gateway.console.console import SIGN_IN, Browser
from tests.gateway.edge import until
from tests.profile.readings import electric_bill, fact, success

SAMPLE = (files("billowatt") / "sample" / "sample-bill.pdf").read_bytes()
HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onfocus='alert(1)' autofocus='",
    "</title></textarea><svg onload=alert(1)>",
    "javascript:alert(1)",
    "{{ 7 * 7 }}{% raw %}",
    "<!--<style>*{display:none}",
    "gpj.\u202eexe.llib",
    "\u2066a\u2069\u200b\u200d\ufeff",
    "Z\u0351\u036b\u0343\u036a\u0302\u036b\u033d\u034f\u0334\u0319\u0324algo",
    "\u200b",
]


def check_inert(screen):
    """Hold a page to the policy, and to what the policy allows."""
    policy = screen.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "require-trusted-types-for 'script'" in policy
    assert "unsafe" not in policy
    assert screen.headers["Referrer-Policy"] == "same-origin"
    assert screen.headers["Cache-Control"] == "no-store"
    for tag, attributes in screen.page.elements:
        assert not [name for name in attributes if name.startswith("on") or name == "style"], (tag, attributes)
        assert tag not in ("style", "iframe", "object", "embed", "base", "img"), tag
        assert tag != "textarea" or attributes["name"] == "filters"
        for name in ("href", "src", "action"):
            address = attributes.get(name)
            assert address is None or address.startswith(("/", "#", "?")), (tag, address)
    assert all(one.startswith("/console/static/") for one in screen.page.all("script", "src"))
    assert len(re.findall("<script", screen.text)) == len(screen.page.all("script", "src"))
    assert not re.search("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]", screen.text)


async def sample(edge, project_id):
    """Upload the sample bill and have it read as it is."""
    told = await edge.upload(project_id, SAMPLE)
    await edge.read_next(outcome_to_proto(read(SAMPLE, progress=lambda _done, _total: None)))
    await _folded(edge, project_id, told["utility_bill_id"])
    return f"/console/projects/{project_id}/bills/{told['utility_bill_id']}"


async def _folded(edge, project_id, bill_id):
    async def readable():
        async with edge.ask("GET", f"/v1/projects/{project_id}/utility_bills/{bill_id}/reading") as answer:
            return answer.status == 200

    await until(readable)


async def test_whole_way_without_a_script(edge):
    """Sign in, make a project, upload by the form, find the bill in the list, look at a value and its proof."""
    browser = Browser(edge)
    assert (await browser.get("/")).location == "/console/projects"
    assert (await browser.get("/console/projects")).location == SIGN_IN
    check_inert(await browser.get(SIGN_IN))
    await browser.sign_in()
    assert "There is none yet" in (await browser.get("/console/projects")).page.text
    project = (await browser.post("/console/projects", data={"name": "Home"})).location

    form = aiohttp.FormData(quote_fields=False)
    form.add_field("file", SAMPLE, filename="März 2026.pdf", content_type="application/pdf")
    sent = await browser.post(f"{project}/bills", data=form)
    assert (sent.status, sent.location) == (303, project)
    pending = await browser.get(project)
    assert "… being read" in pending.page.text
    assert len(pending.page.all("td", "data-job")) == 1

    await edge.read_next(outcome_to_proto(read(SAMPLE, progress=lambda _done, _total: None)))
    (bill,) = [one for one in pending.page.all("a", "href") if "/bills/" in one]
    await _folded(edge, *re.findall("[0-9a-f-]{36}", bill))
    listed, review = await browser.get(project), await browser.get(bill)
    for screen in (listed, review, await browser.get("/console/projects")):
        assert screen.status == 200
        check_inert(screen)
    assert "✓ read" in listed.page.text
    assert "12 of 12 months come from bills" in listed.page.text
    assert len([1 for tag, _ in listed.page.elements if tag == "rect"]) == 12
    assert "März 2026.pdf" in review.page.text

    (due,) = [one for one in review.page.all("a", "href") if one.endswith("?value=amount_due") and "box" not in one][:1]
    why = await browser.get(due)
    assert "amount due ✓ proved 122.93 USD" in why.page.text
    assert "✓ 114.14 − 114.14 + 0 + 122.93 = 122.93" in why.page.text
    assert f"{bill}?value=new_charges" in why.page.all("a", "href")


async def test_newcomer_looks_around_by_one_click_and_once(edge, browser):
    begin = await browser.get("/console/projects")
    assert [one for one in begin.page.all("form", "action") if one == "/console/samples"]
    loaded = await browser.post("/console/samples")
    project = await browser.get(loaded.location)
    assert "Sample home" in project.page.text
    assert [name for name in ("one.pdf", "two.pdf") if name in project.page.text] == ["one.pdf", "two.pdf"]
    assert "Nothing yet: the first event comes when a bill was read." in project.page.text
    again = await browser.post("/console/samples")
    assert again.location == loaded.location
    assert len(await edge.bills(loaded.location.rpartition("/")[2])) == 2
    assert "/console/samples" not in (await browser.get("/console/projects")).text


async def test_samples_that_were_loaded_in_part_or_twice_at_once_are_there_once_and_whole(edge, browser):
    twice = await asyncio.gather(*(browser.post("/console/samples") for _ in range(2)))
    (project_id,) = {one.location.rpartition("/")[2] for one in twice}
    assert sorted(one["file_name"] for one in await edge.bills(project_id)) == ["one.pdf", "two.pdf"]
    assert len((await edge.json("GET", "/v1/projects"))["projects"]) == 1

    # Deleted, and made in part by somebody who was cut off.
    await edge.gone(project_id)
    sample = {"name": "Sample home", "external_id": "sample"}
    cut_off = (await edge.json("POST", "/v1/projects", status=201, json=sample))["project_id"]
    assert (await browser.post("/console/samples")).location.endswith(cut_off)
    assert len(await edge.bills(cut_off)) == 2
    await edge.gone(cut_off)
    again = (await browser.post("/console/samples")).location.rpartition("/")[2]
    assert again not in (project_id, cut_off)
    bills = await edge.bills(again)
    assert len(bills) == 2

    # What a person deleted stays away.
    await edge.gone(again, bills[0]["utility_bill_id"])
    assert (await browser.post("/console/samples")).location.endswith(again)
    assert len(await edge.bills(again)) == 1


def test_every_source_of_a_month_has_its_word_and_its_pattern():
    style = (files("gateway.console") / "static" / "console.css").read_text()
    for source in set(profile_pb2.MonthSource.values()) - {profile_pb2.MONTH_SOURCE_UNSPECIFIED}:
        month = profile_pb2.ProfileMonth(month=3, source=source, energy_kwh="400")
        word = profile_pb2.MonthSource.Name(source).removeprefix("MONTH_SOURCE_").lower()
        profile = profile_pb2.LoadProfile(months=[month])
        assert load_profile_json(profile)["months"][0]["source"] == word
        assert word in next(iter(load_profile_rows(profile)))
        (bar,) = chart_of(profile).bars
        assert (bar.source, bar.pattern) == (word.replace("_", " "), f"p-{word.replace('_', '-')}")
        # A billed month is drawn plain.
        assert f".{bar.pattern} " in style or source == profile_pb2.MONTH_SOURCE_BILLED


async def test_supplied_months_are_told_as_supplied(edge, browser):
    project_id = await edge.project()
    supplied = {"monthly_energy": [100] * 12}
    await edge.json("PUT", f"/v1/projects/{project_id}/load_profile/supplied", json=supplied)
    shown = (await browser.get(f"/console/projects/{project_id}")).page.text
    assert "The twelve months were supplied as monthly energy; the year is 1,200 kWh" in shown
    assert "come from bills" not in shown
    assert "estimated" not in shown
    async with edge.ask("GET", f"/v1/projects/{project_id}/exports/load_profile?form=jsonl") as answer:
        told = [json.loads(line) for line in (await answer.text()).splitlines()]
    assert {month["source"] for month in told} == {"supplied"}


async def test_every_value_stands_on_its_page_in_a_box_and_turns_to_it(edge, browser):
    bill = await sample(edge, await edge.project())
    second = await browser.get(bill + "?page=2")
    boxes = [one for tag, one in second.page.elements if tag == "a" and "box" in (one.get("class") or "").split()]
    assert boxes
    assert second.page.all("image", "href") == [
        f"/v1{bill[8:].replace('/bills/', '/utility_bills/')}/pages/2?width=1440"
    ]

    turned = await browser.get(bill + "?value=" + quote("charges[0].amount", safe=""))
    assert "page 2 of 2" in turned.page.text
    assert [one for tag, one in turned.page.elements if tag == "a" and "chosen" in (one.get("class") or "").split()]
    image = await browser.bytes(turned.page.all("image", "href")[0])
    assert image[8:12] == b"WEBP"


async def test_page_that_is_not_there_leaves_the_values_standing(edge, browser):
    bill = await sample(edge, await edge.project())
    for query in ("?page=9", "?page=0", "?page=x", "?value=nothing", "?page=٣"):
        screen = await browser.get(bill + query)
        assert (screen.status, "51 values" in screen.page.text) == (200, True), query


async def test_bill_that_failed_tells_why(edge, browser):
    project_id = await edge.project()
    told = await edge.upload(project_id)
    await edge.read_next(
        outcome_to_proto(Failure(reason=FailureReason.PASSWORD_PROTECTED, detail="The PDF asks for a password."))
    )
    project = f"/console/projects/{project_id}"

    async def failed():
        return "password protected" in (await browser.get(project)).page.text

    await until(failed)
    screen = await browser.get(f"{project}/bills/{told['utility_bill_id']}")
    assert "Reading it failed: password protected. The PDF asks for a password." in screen.page.text
    assert "failed" in (await browser.get(f"{project}?status=failed")).page.text
    assert "None of these yet." in (await browser.get(f"{project}?status=succeeded")).page.text


async def test_identity_that_fails_marks_its_values(edge, browser):
    wrong = proof_of("items_sum_to_new_charges", Verdict.FAIL, "100.00 = 122.93", "-22.93", "new_charges")
    screen = await reviewed(edge, browser, electric_bill(proofs=(wrong,)), "?value=new_charges")
    assert "new charges ≠ does not add up 122.93 USD" in screen.page.text
    assert "≠ 100.00 = 122.93 off by -22.93" in screen.page.text


async def test_refused_file_is_told_on_a_page(edge, browser):
    form = aiohttp.FormData(quote_fields=False)
    form.add_field("file", b"hello", filename="a.txt")
    screen = await browser.post(f"/console/projects/{await edge.project()}/bills", data=form)
    assert (screen.status, "Unsupported type" in screen.page.text) == (415, True)
    check_inert(screen)


async def test_hostile_texts_are_shown_inert(edge, browser):
    for text in HOSTILE:
        project_id = (await edge.json("POST", "/v1/projects", status=201, json={"name": text}))["project_id"]
        name = f"attachment; filename=\"a.pdf\"; filename*=UTF-8''{quote(text + '.pdf', safe='')}"
        one = electric_bill()
        charge = replace(one.charges[0], description=text)
        assert one.issuer
        issuer = replace(one.issuer, name=fact(text))
        proof = proof_of(text, Verdict.PASS, text, "0", "issuer.name", text)
        reading = electric_bill(issuer=issuer, holder=fact(text), charges=(charge,), proofs=(proof,))
        screen = await reviewed(edge, browser, reading, "?value=issuer.name", project_id, {"Content-Disposition": name})
        assert screen.status == 200
        check_inert(screen)
        check_inert(await browser.get(f"/console/projects/{project_id}"))
        if text.isascii():
            assert " ".join(text.split()) in screen.page.text
    check_inert(await browser.get("/console/projects"))
    check_inert(await browser.get("/console/projects?after=" + quote(HOSTILE[1])))
    check_inert(await browser.get("/console/" + quote(HOSTILE[1])))


async def test_other_tenant_finds_nothing(edge, browser):
    other = Browser(edge)
    await other.sign_in(await edge.new_key(await edge.new_tenant()))
    project_id = await edge.project()
    bill = await sample(edge, project_id)
    form = aiohttp.FormData(quote_fields=False)
    form.add_field("file", SAMPLE, filename="a.pdf")

    assert project_id not in (await other.get("/console/projects")).text
    for path in (f"/console/projects/{project_id}", bill, "/console/projects/no-uuid"):
        assert (await other.get(path)).status == 404
    assert (await other.post(f"/console/projects/{project_id}/bills", data=form)).status == 404
    assert (await browser.get(bill)).status == 200


async def test_own_files_are_kept_by_browsers_under_their_digest(edge):
    browser = Browser(edge)
    sign_in = await browser.get(SIGN_IN)
    (style,) = [one for one in sign_in.page.all("link", "href") if one.endswith(".css")]
    for name, asset in OWN_ASSETS.items():
        kept = await browser.get(f"/console/static/{asset.digest}/{name}")
        older = await browser.get(f"/console/static/0123456789ab/{name}")
        assert (kept.status, older.status) == (200, 200)
        assert "immutable" in kept.headers["Cache-Control"]
        assert older.headers["Cache-Control"] == "no-cache"
        assert kept.headers["Content-Type"].startswith(asset.media_type)
    assert (await browser.get(style)).status == 200
    for path in ("/console/static/0/nothing.js", "/console/static/0/..%2Fpages.py", "/console/nowhere"):
        assert (await browser.get(path)).status == 404


async def test_scripts_are_small():
    assert sum(len(gzip.compress(asset.body)) for name, asset in OWN_ASSETS.items() if name.endswith(".js")) < 60_000


async def test_scripts_leave_no_door_for_markup():
    for name, asset in OWN_ASSETS.items():
        if name.endswith(".js"):
            for sink in (
                "innerHTML",
                "outerHTML",
                "insertAdjacentHTML",
                "document.write",
                "eval(",
                "DOMParser",
                "http:",
                "https:",
            ):
                assert sink not in asset.body.decode(), (name, sink)


def proof_of(rule_id, verdict, statement, residual, *paths):
    return Proof(rule_id=rule_id, verdict=verdict, statement=statement, residual=Decimal(residual), fields=paths)


async def reviewed(edge, browser, reading, query, project_id=None, headers=None):
    """Upload a bill, play a parser that reads this, and return the review."""
    project_id = project_id or await edge.project()
    told = await edge.upload(project_id, headers=headers)
    await edge.read_next(outcome_to_proto(success(reading)))
    await _folded(edge, project_id, told["utility_bill_id"])
    return await browser.get(f"/console/projects/{project_id}/bills/{told['utility_bill_id']}{query}")
