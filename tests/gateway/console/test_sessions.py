"""Sessions: what a browser is given, what it opens, and everything that does not open it."""

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from domain.refusals import BadKey
from gateway.console import session
from gateway.console.session import COOKIE, Once, Sessions
from gateway.webhooks.seal import Seal
from tests.gateway.console.console import SIGN_IN, Browser
from tests.gateway.edge import SECRET

STRANGE = [
    {},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "none"},
    {"Sec-Fetch-Site": "same-site", "Origin": "{url}"},
    {"Origin": "null"},
    {"Origin": "https://elsewhere.example"},
    {"Origin": "http://127.0.0.1:1"},
]
"""What browsers say of a change that no page of ours began."""


async def test_cookie_is_sealed_and_kept_from_scripts_and_other_sites(edge):
    browser = Browser(edge)
    screen = await browser.sign_in()
    given = screen.headers["Set-Cookie"]
    attributes = {part.strip().partition("=")[0].lower() for part in given.split(";")[1:]}

    assert attributes == {"httponly", "samesite", "path", "max-age"}
    assert "SameSite=Strict" in given
    assert edge.key not in browser.cookie
    assert Sessions(Seal(SECRET)).key_of(_carrying(browser.cookie)) == edge.key


async def test_cookie_is_for_secure_lines_only_where_people_come_over_one():
    answer = web.Response()
    Sessions(Seal(SECRET)).begin(answer, "bk_live_x", secure=True)
    assert answer.cookies[COOKIE]["secure"]


async def test_key_that_does_not_work_begins_no_session(edge):
    browser = Browser(edge)
    service_token = edge.tokens.mint(edge.tenant_id)
    for key in ("", "bk_live_unknown", "é\x7f", service_token):
        screen = await browser.post(SIGN_IN, data={"key": key})
        assert (screen.status, browser.cookie) == (401, ""), key
        assert "unknown, over or revoked" in screen.page.text


async def test_altered_session_is_none(edge, browser):
    whole = browser.cookie
    for cookie in (whole[:-6] + "AAAA==", whole[:20], "!", "é", "A" * 80):
        browser.cookie = cookie
        assert (await browser.get("/console/projects")).location == SIGN_IN
        assert (await browser.get("/v1/projects")).status == 401


async def test_session_ends_by_itself(browser, monkeypatch):
    assert (await browser.get("/console/projects")).status == 200
    monkeypatch.setattr(session, "SESSION_SECONDS", 0)
    await browser.sign_in()
    assert (await browser.get("/console/projects")).location == SIGN_IN


async def test_session_of_a_revoked_key_is_over(edge):
    shown = await edge.json("POST", "/v1/api_keys", status=201, json={"name": "person", "scopes": ["read"]})
    browser = Browser(edge)
    browser.cookie = _sealed(shown["api_key"])
    await edge.json("DELETE", f"/v1/api_keys/{shown['key_id']}")
    assert (await browser.get("/console/projects")).location == SIGN_IN


async def test_change_from_elsewhere_is_refused_and_changes_nothing(edge, browser):
    for strange in STRANGE:
        headers = {name: value.format(url=edge.url) for name, value in strange.items()}
        made = await browser.post("/console/projects", headers=headers, data={"name": "Forged"})
        told = await browser.post("/v1/projects", headers=headers, json={"name": "Forged"})
        left = await browser.post("/console/sign-out", headers=headers)
        begun = await browser.post(SIGN_IN, headers=headers, data={"key": edge.key})

        assert (made.location, told.status, left.location, begun.status) == (SIGN_IN, 401, SIGN_IN, 403), strange
        assert "NO_KEY" in told.text
        assert "Set-Cookie" not in {**made.headers, **left.headers, **begun.headers}
    assert (await edge.json("GET", "/v1/projects"))["projects"] == []


async def test_browser_on_a_plain_line_says_by_its_origin_where_a_change_comes_from(edge, browser):
    made = await browser.post("/console/projects", headers={"Origin": edge.url}, data={"name": "Home"})
    assert made.status == 303
    assert [one["name"] for one in (await edge.json("GET", "/v1/projects"))["projects"]] == ["Home"]


async def test_look_with_a_session_must_not_come_from_another_page(browser):
    for site, status in (("same-origin", 200), ("none", 200), ("same-site", 401), ("cross-site", 401)):
        assert (await browser.get("/v1/projects", headers={"Sec-Fetch-Site": site})).status == status, site


async def test_session_opens_the_api_and_a_header_goes_before_it(edge, browser):
    assert (await browser.get("/v1/projects")).status == 200
    assert (await browser.post("/v1/projects", json={"name": "Home"})).status == 201
    wrong = await browser.get("/v1/projects", headers={"Authorization": "Bearer bk_live_wrong"})
    assert (wrong.status, wrong.headers["Content-Type"]) == (401, "application/problem+json")


async def test_session_opens_no_other_vendors_addresses(edge, browser):
    assert (await browser.get(f"/aurora/tenants/{edge.tenant_id}/projects")).status == 401


async def test_session_counts_against_the_limits_of_its_key(browser):
    assert "RateLimit" in (await browser.get("/console/projects")).headers


async def test_change_in_the_console_stands_in_the_audit_log(edge, browser):
    await browser.post("/console/projects", data={"name": "Home"})
    operations = [one["operation"] for one in (await edge.json("GET", "/v1/audit_log"))["writes"]]
    assert "console_create_project" in operations


async def test_key_without_the_scope_sees_what_is_missing_and_can_sign_out(edge):
    browser = Browser(edge)
    await browser.sign_in(await edge.new_key(scopes=("read",)))
    refused = await browser.post("/console/projects", data={"name": "Home"})
    left = await browser.post("/console/sign-out")

    assert (refused.status, "Missing scope" in refused.page.text) == (403, True)
    assert (left.location, browser.cookie) == (SIGN_IN, "")


async def test_sign_out_takes_the_session_away(browser):
    await browser.post("/console/sign-out")
    assert (await browser.get("/console/projects")).location == SIGN_IN


def test_word_opens_once_and_not_for_long(monkeypatch):
    once = Once()
    word = once.word_for("bk_live_a")
    assert once.take(word) == "bk_live_a"
    monkeypatch.setattr(session, "ONCE_SECONDS", 0)
    late = once.word_for("bk_live_b")
    for spent in (word, late, "never was", ""):
        with pytest.raises(BadKey):
            once.take(spent)


async def test_address_that_was_used_asks_for_the_key(edge):
    screen = await Browser(edge).get(f"{SIGN_IN}?once=used")
    assert (screen.status, "sign in with your key" in screen.page.text) == (401, True)


def _sealed(key):
    answer = web.Response()
    Sessions(Seal(SECRET)).begin(answer, key, secure=False)
    return answer.cookies[COOKIE].value


def _carrying(cookie):
    return make_mocked_request("GET", "/", headers={"Cookie": f"{COOKIE}={cookie}"})
