"""The work list, accounts, webhooks and keys as a browser gets them, without a script: forms work, hostile texts are inert."""

import re
from dataclasses import replace
from urllib.parse import quote

from domain.outcome import Failure, FailureReason
from gateway.console.work.reasons import REMEDIES, remedy_for
from gateway.webhooks.schedule import Schedule
from runtime.wire import outcome_to_proto
from tests.gateway.console.console import Browser
from tests.gateway.console.test_console_pages import HOSTILE, check_inert, sample
from tests.gateway.delivering import dispatching
from tests.gateway.edge import until
from tests.profile.readings import electric_bill, fact, success

WORK, KEYS, WEBHOOKS, ACCOUNTS = "/console/work", "/console/keys", "/console/webhooks", "/console/accounts"


def links(screen, part):
    return [one for one in screen.page.all("a", "href") if part in one]


def rows(screen):
    return re.findall(r'<th scope="row"><a [^>]*>([^<]*)</a>', screen.text)


def test_every_failure_says_what_to_do():
    assert set(REMEDIES) == set(FailureReason)
    assert remedy_for("of a later version") == ""


async def failed(edge, project_id, name, reason=FailureReason.CORRUPT):
    told = await edge.upload(project_id, headers={"Content-Disposition": f'attachment; filename="{name}"'})
    await edge.read_next(outcome_to_proto(Failure(reason=reason, detail="It breaks off.")))
    return told["utility_bill_id"]


async def test_work_is_listed_narrowed_settled_and_read_again(edge, browser):
    assert "There is no bill yet" in (await browser.get(WORK)).page.text
    project_id = await edge.project()
    first = await failed(edge, project_id, "a.pdf")
    await failed(edge, project_id, "b.pdf", FailureReason.PASSWORD_PROTECTED)
    await sample(edge, project_id)
    shown = await browser.get(WORK)
    check_inert(shown)
    assert rows(shown)[:2] == ["b.pdf", "a.pdf"]
    assert "≠ password protected It breaks off. Open it, print or export it without the password" in shown.page.text
    assert "Not read 2" in shown.page.text

    narrowed = await browser.get(f"{WORK}?ask=failed&reason=corrupt&name=A&from=2020-01-01")
    assert rows(narrowed) == ["a.pdf"]
    back = next(one["value"] for tag, one in narrowed.page.elements if tag == "input" and one.get("name") == "back")
    bill = f"/console/projects/{project_id}/bills/{first}"
    settled = await browser.post(f"{bill}/settled", data={"settled": "yes", "back": back})
    assert (settled.status, settled.location) == (303, back)
    assert back.startswith(f"{WORK}?ask=failed")
    assert rows(await browser.get(back)) == []
    assert "a.pdf" in rows(await browser.get(f"{WORK}?ask=done"))
    assert (await browser.post(f"{bill}/settled", data={"back": "https://elsewhere.example/"})).location == WORK
    assert (await browser.post(f"{bill}/settled", data={"back": "//elsewhere.example/console/work"})).location == WORK
    assert (await browser.post(f"{bill}/read", data={})).location == WORK
    assert len((await browser.get(f"{WORK}?ask=waiting")).page.all("td", "data-job")) == 1


async def test_bill_that_waits_stands_above_the_list_and_a_decision_settles_it(edge, browser):
    project_id = await edge.project()
    await edge.json("PUT", f"/v1/projects/{project_id}/review_settings", json={"hold": "always"})
    told = await edge.upload(project_id)
    await edge.read_next()
    bill = f"/v1/projects/{project_id}/utility_bills/{told['utility_bill_id']}"

    async def waiting():
        return "Waiting for a person" in (await browser.get(WORK)).page.text

    await until(waiting)
    shown = await browser.get(f"{WORK}?project={project_id}")
    check_inert(shown)
    assert "Every bill of this project waits for a person." in shown.page.text
    assert "Waiting for a person" not in (await browser.get(f"{WORK}?ask=failed")).page.text
    await edge.json("POST", f"{bill}/confirm", json={"reviewed_by": "Somebody"})
    assert not await waiting()
    assert rows(await browser.get(f"{WORK}?ask=doubted")) == []


async def test_work_refuses_filters_that_are_none_and_pages_keep_the_filters(edge, browser, monkeypatch):
    monkeypatch.setattr("gateway.console.work.pages.PAGE_SIZE", 1)
    project_id = await edge.project()
    for name in ("a.pdf", "b.pdf"):
        await failed(edge, project_id, name)
    first = await browser.get(f"{WORK}?ask=failed&project={project_id}")
    (following,) = links(first, "after=")
    assert f"project={project_id}" in following
    assert rows(first) + rows(await browser.get(following)) == ["b.pdf", "a.pdf"]
    for query in ("from=x", "until=9999-12-31", "after=x", "reason=%27", "project=x"):
        screen = await browser.get(f"{WORK}?{query}")
        assert screen.status in (400, 404), query
        check_inert(screen)


async def test_endpoint_is_made_tried_changed_and_removed_by_forms(edge, browser, receiver):
    assert "There is none yet" in (await browser.get(WEBHOOKS)).page.text
    refused = await browser.post(WEBHOOKS, data={"url": "http://10.0.0.1/", "description": "kept", "auth": "none"})
    assert refused.status == 422
    assert "kept" in refused.page.all("input", "value")
    made = await browser.post(
        WEBHOOKS, data={"url": f"{receiver.url}/hook", "filters": "status: failed, succeeded", "auth": "none"}
    )
    assert (made.status, made.page.text.count("whsec_")) == (201, 1)
    (endpoint,) = {one for one in links(made, f"{WEBHOOKS}/") if one.count("/") == 3}
    tried = await browser.post(f"{endpoint}/test")
    assert tried.location.startswith(f"{endpoint}/deliveries/")
    async with dispatching(edge):
        await receiver.wait("/hook")
        await until(lambda: _attempted(browser, tried.location, "✓ 204"))
    shown = await browser.get(tried.location)
    check_inert(shown)
    assert "✓ 204" in shown.page.text
    assert "v1,•••" in shown.page.text
    assert "curl -X POST" in shown.page.text
    assert "whsec_" not in shown.text
    assert "status is failed or succeeded" in (await browser.get(endpoint)).page.text

    changed = {
        "url": f"{receiver.url}/hook",
        "description": "Ours",
        "events": "new_bill",
        "strict_order": "yes",
        "auth": "header",
    }
    assert (
        await browser.post(f"{endpoint}/edit", data={**changed, "auth_name": "X-Gate", "auth_value": "secret-of-gate"})
    ).status == 303
    for path in (endpoint, f"{endpoint}/edit", WEBHOOKS, f"{endpoint}/secret", tried.location):
        screen = await browser.get(path)
        assert screen.status == 200
        assert "secret-of-gate" not in screen.text
    kept = await edge.json("GET", f"/v1/webhook_endpoints/{endpoint.rpartition('/')[2]}")
    assert (kept["events"], kept["strict_order"], kept["filters"], kept["auth"]) == (
        ["new_bill"], True, {}, {"type": "header", "name": "X-Gate"},
    )  # fmt: skip
    assert "X-Gate: •••" in (await browser.get(tried.location)).page.text

    await browser.post(f"{endpoint}/secret/rotate")
    assert (await browser.get(f"{endpoint}/secret")).page.text.count("whsec_") == 2
    await browser.post(f"{endpoint}/switch", data={})
    assert "≠ disabled by a person" in (await browser.get(endpoint)).page.text
    await browser.post(f"{endpoint}/switch", data={"enabled": "yes"})
    assert "✓ enabled" in (await browser.get(endpoint)).page.text
    assert (await browser.post(f"{endpoint}/delete", data={})).status == 400
    assert (await browser.post(f"{endpoint}/delete", data={"sure": "yes"})).location == WEBHOOKS
    assert (await browser.get(endpoint)).status == 404


async def test_endpoint_is_made_in_the_words_of_another_vendor(edge, browser, receiver):
    asked = {"url": f"{receiver.url}/hook", "auth": "none"}
    refused = await browser.post(WEBHOOKS, data={**asked, "format": "nobody"})
    assert refused.status == 400
    made = await browser.post(WEBHOOKS, data={**asked, "format": "bayou", "events": "new_bill"})
    (endpoint,) = {one for one in links(made, f"{WEBHOOKS}/") if one.count("/") == 3}

    assert "in the words of bayou" in (await browser.get(endpoint)).page.text
    assert (await browser.post(f"{endpoint}/edit", data={**asked, "description": "Ours"})).status == 303
    kept = await edge.json("GET", f"/v1/webhook_endpoints/{endpoint.rpartition('/')[2]}")
    assert (kept["format"], kept["description"]) == ("bayou", "Ours")


async def _attempted(browser, delivery, words):
    return words in (await browser.get(delivery)).page.text


async def test_deliveries_are_filtered_by_their_state_their_code_and_their_time_and_sent_again(edge, browser, receiver):
    receiver.always["/hook"] = 500
    made = await browser.post(WEBHOOKS, data={"url": f"{receiver.url}/hook", "auth": "none"})
    (endpoint,) = {one for one in links(made, f"{WEBHOOKS}/") if one.count("/") == 3}
    delivery = (await browser.post(f"{endpoint}/test")).location

    def listed(screen):
        return links(screen, "/deliveries/")

    for query, count in (("status=pending", 1), ("status=retrying", 0), ("code=500", 0), ("status=delivered", 0)):
        assert len(listed(await browser.get(f"{endpoint}?{query}"))) == count, query
    async with dispatching(edge, schedule=Schedule(waits_seconds=(0.0, 3600.0), jitter=0.0)):
        await until(lambda: _attempted(browser, delivery, "≠ 500"))
    for query, count in (
        ("status=retrying", 1), ("status=pending", 0), ("code=500", 1), ("code=none", 0), ("code=404", 0),
        ("type=webhook.test", 1), ("type=new_bill", 0), ("from=2020-01-01", 1), ("until=2020-01-01", 0),
    ):  # fmt: skip
        assert len(listed(await browser.get(f"{endpoint}?{query}"))) == count, query
    for query in ("status=x", "type=x", "code=x", "code=" + "9" * 5000, "from=x", "until=0001-01-01", "after=x"):
        assert (await browser.get(f"{endpoint}?{query}")).status == 400, query
    shown = await browser.get(delivery)
    assert "? Retrying" in shown.page.text
    assert "≠ 500" in shown.page.text
    again = await browser.post(f"{delivery}/resend")
    assert (again.status, again.location) == (303, delivery)
    sent = await browser.post(f"{endpoint}/again", data={"which": "failed", "days": "7"})
    assert sent.location == f"{endpoint}?queued=0"
    assert "0 deliveries are on the way again" in (await browser.get(sent.location)).page.text
    # More than one click takes: what is left is said, and sent by the next one.
    left = await browser.get(f"{endpoint}?queued=20000&which=failed&rest=2026-03-02T09:16:01%2B00:00")
    assert (
        "20,000 deliveries are on the way again. What failed from 2026-03-02 09:16:01 UTC on is left." in left.page.text
    )
    (since,) = [one["value"] for tag, one in left.page.elements if tag == "input" and one.get("name") == "since"]
    rest = await browser.post(f"{endpoint}/again", data={"which": "failed", "since": since})
    assert rest.location == f"{endpoint}?queued=0"
    for wrong in ({"which": "all", "days": "7"}, {"which": "failed", "days": "8"}, {"which": "failed", "since": "x"}):
        assert (await browser.post(f"{endpoint}/again", data=wrong)).status == 400


async def test_key_is_shown_once_rotated_and_revoked(edge, browser):
    made = await browser.post(KEYS, data={"name": "Import", "scopes": "read", "days": "7"})
    (text,) = re.findall(r"bk_live_\w{20,}", made.text)
    assert made.status == 201
    listed = await browser.get(KEYS)
    check_inert(listed)
    assert text not in listed.text
    key_id = next(
        key["key_id"] for key in (await edge.json("GET", "/v1/api_keys"))["api_keys"] if key["name"] == "Import"
    )
    other = Browser(edge)
    await other.sign_in(text)
    assert (await other.get(KEYS)).status == 403
    rotated = await browser.post(f"{KEYS}/{key_id}/rotate")
    assert rotated.status == 201
    assert text not in rotated.text
    assert (await browser.post(f"{KEYS}/{key_id}/revoke")).location == KEYS
    assert "revoked" in (await browser.get(f"{KEYS}?ended=yes")).page.text
    for wrong in (
        {"name": "", "scopes": "read"},
        {"name": "x"},
        {"name": "x", "scopes": "read", "days": "0"},
        {"name": "\x01", "scopes": "read"},
    ):
        assert (await browser.post(KEYS, data=wrong)).status == 400, wrong


async def test_account_shows_its_calendar_its_bills_and_why_they_differ(edge, browser):
    project_id = await edge.project()
    await sample(edge, project_id)
    (account,) = links(await browser.get(ACCOUNTS), f"{ACCOUNTS}/")
    shown = await browser.get(account)
    check_inert(shown)
    kinds = [one for one in re.findall(r'<td class="c-(\w+)"', shown.text) if one != "none"]
    assert set(kinds) >= {"billed", "table"}
    (cell,) = links(shown, "/console/bills/")[:1]
    led = await browser.get(cell)
    assert (led.status, led.location.startswith(f"/console/projects/{project_id}/bills/")) == (303, True)
    assert "Aug 2024" in (await browser.get(f"{account}?until=2024-08")).text
    assert (await browser.get(f"{account}?until=2024-13")).status == 400
    assert rows(await browser.get(f"{ACCOUNTS}?project={project_id}"))


async def test_hostile_texts_are_inert_on_every_page(edge, browser):
    receiver = "https://partner.example/"
    for text in HOSTILE:
        project_id = (await edge.json("POST", "/v1/projects", status=201, json={"name": text}))["project_id"]
        name = f"attachment; filename=\"a.pdf\"; filename*=UTF-8''{quote(text + '.pdf', safe='')}"
        await edge.upload(project_id, headers={"Content-Disposition": name})
        one = electric_bill()
        assert one.issuer
        reading = electric_bill(
            issuer=replace(one.issuer, name=fact(text)),
            holder=fact(text),
            account_number=fact(f"9 {text}"),
            service_address=fact(text),
        )
        await edge.read_next(outcome_to_proto(success(reading)))
        plain = "".join(sign for sign in text if sign.isprintable())
        made = await browser.post(
            WEBHOOKS, data={"url": receiver, "description": plain, "filters": f"status: {plain}", "auth": "none"}
        )
        await browser.post(KEYS, data={"name": plain or "x", "scopes": "read"})
        pages = [made, await browser.get(f"{WORK}?name={quote(text)}&reason={quote(text)}")]
        pages += [
            await browser.get(f"/console/projects/{project_id}{rest}")
            for rest in ("", "/why?of=month&month=3", "/hours")
        ]
        pages.append(await browser.get(f"{WEBHOOKS}?{quote(text)}"))
        for screen in pages:
            check_inert(screen)

    async def folded():
        return len((await edge.json("GET", "/v1/accounts"))["accounts"]) > 1

    await until(folded)
    for path in (WORK, WEBHOOKS, KEYS, ACCOUNTS):
        check_inert(await browser.get(path))
    for account in links(await browser.get(ACCOUNTS), f"{ACCOUNTS}/"):
        check_inert(await browser.get(account))
    endpoints = {one for one in links(await browser.get(WEBHOOKS), f"{WEBHOOKS}/") if not one.endswith("/new")}
    for endpoint in list(endpoints)[:3]:
        check_inert(await browser.get(endpoint))


async def test_other_tenant_sees_none_of_it(edge, browser):
    project_id = await edge.project()
    bill = await sample(edge, project_id)
    made = await browser.post(WEBHOOKS, data={"url": "https://partner.example/", "auth": "none"})
    (endpoint,) = {one for one in links(made, f"{WEBHOOKS}/") if one.count("/") == 3}
    (account,) = links(await browser.get(ACCOUNTS), f"{ACCOUNTS}/")
    key_id = (await edge.json("GET", "/v1/api_keys"))["api_keys"][0]["key_id"]
    other = Browser(edge)
    await other.sign_in(await edge.new_key(await edge.new_tenant()))
    for path in (
        endpoint,
        f"{endpoint}/edit",
        f"{endpoint}/secret",
        account,
        f"/console/projects/{project_id}/hours",
        f"/console/projects/{project_id}/why?of=year",
        f"{WORK}?project={project_id}",
    ):
        assert (await other.get(path)).status == 404, path
    for path in (
        f"{endpoint}/test",
        f"{endpoint}/switch",
        f"{bill}/settled",
        f"{bill}/read",
        f"{KEYS}/{key_id}/revoke",
        f"{endpoint}/again",
    ):
        told = await other.post(path, data={"which": "failed", "days": "7"})
        assert told.status == 404, path
    assert (await other.post(f"/console/projects/{project_id}/policy", data={"rule": "merged"})).status == 404
    assert "partner.example" not in (await other.get(WEBHOOKS)).text
    assert rows(await other.get(WORK)) == []


async def test_rule_of_the_bill_that_counts_is_changed_by_a_form(edge, browser):
    project_id = await edge.project()
    bill = await sample(edge, project_id)
    bill_id = bill.rpartition("/")[2]
    project = f"/console/projects/{project_id}"
    await edge.json(
        "PUT", f"/v1/projects/{project_id}/policy", json={"rule": "pinned", "pinned_utility_bill_id": bill_id}
    )
    assert "is pinned, whatever comes later" in (await browser.get(project)).page.text
    assert (await browser.post(f"{project}/policy", data={"rule": "merged"})).location == f"{project}#policy"
    assert "All bills together make the months" in (await browser.get(project)).page.text
    assert (await browser.post(f"{project}/policy", data={"rule": "pinned"})).status == 400
