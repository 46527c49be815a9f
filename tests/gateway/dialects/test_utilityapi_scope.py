"""What UtilityAPI tells of an authorization: its own bills and meters in lists and Green Button feeds, and no body on HEAD."""

import asyncio
import json
from urllib.parse import urlsplit

import pytest

from gateway.dialects.utilityapi import accounting, meters
from gateway.rest.exports.whose import Whose, pages_of_bills
from runtime.wire import outcome_to_proto
from tests.gateway.edge import PDF, until
from tests.gateway.exports.green_button_reader import usage_points
from tests.profile.readings import electric_bill, success

ESPI = "/utilityapi/DataCustodian/espi/1_1/resource/Batch/Subscription"


async def answered(edge, path, *, method="GET", status=200):
    headers = {"Authorization": f"Bearer {edge.key}"}
    async with edge.http.request(method, edge.url + path, headers=headers) as answer:
        body = await answer.read()
        assert answer.status == status, body
        return body


async def spoken(edge, line):
    """Return all that the server says to a request on a connection of its own, head and body: clients hide a body on HEAD."""
    address = urlsplit(edge.url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    writer.write(
        f"{line} HTTP/1.1\r\nHost: edge\r\nAuthorization: Bearer {edge.key}\r\nConnection: close\r\n\r\n".encode()
    )
    async with asyncio.timeout(20):
        said = await reader.read()
    writer.close()
    assert said.startswith(b"HTTP/1.1 200 ")
    return said


@pytest.fixture
async def two_projects(edge):
    """Two projects whose bills, of March and of April, show the same meter."""
    made = []
    for number, (start, end) in enumerate((("2026-03-01", "2026-04-01"), ("2026-04-01", "2026-05-01"))):
        made.append(await edge.project())
        await edge.upload(made[-1], PDF + str(number).encode())
        await edge.read_next(outcome_to_proto(success(electric_bill(start, end))))

    async def both_in_the_ledger():
        bills = await edge.json("GET", "/v1/ledger_bills")
        return len(bills["ledger_bills"]) == 2

    await until(both_in_the_ledger)
    return made


def starts(source):
    return [str(one.span.start) for point in usage_points(source) for one in point.summaries]


async def test_feed_holds_the_bills_of_its_authorization_where_a_meter_is_seen_in_two(edge, two_projects):
    first, second = two_projects
    [point] = usage_points(await answered(edge, f"{ESPI}/{first}"))

    for path in ("", f"/UsagePoint/{point.point_id}"):
        assert starts(await answered(edge, f"{ESPI}/{first}{path}")) == ["2026-03-01"]
        assert starts(await answered(edge, f"{ESPI}/{second}{path}")) == ["2026-04-01"]
    assert starts(await answered(edge, f"/v1/exports/green_button?project_id={first}")) == ["2026-03-01"]
    assert starts(await answered(edge, f"/v1/exports/green_button?meter_id={point.point_id}")) == [
        "2026-03-01",
        "2026-04-01",
    ]


async def test_usage_point_of_another_authorization_is_none(edge, two_projects):
    first, _ = two_projects
    [point] = usage_points(await answered(edge, f"{ESPI}/{first}"))
    other = await edge.project()

    await answered(edge, f"{ESPI}/{other}/UsagePoint/{point.point_id}", status=404)
    assert usage_points(await answered(edge, f"{ESPI}/{other}")) == ()


async def test_feed_is_the_same_each_time_and_sends_no_body_on_head(edge, two_projects):
    path = f"{ESPI}/{two_projects[0]}"
    whole = await answered(edge, path)

    assert await answered(edge, path) == whole
    assert (await spoken(edge, f"HEAD {path}")).endswith(b"\r\n\r\n")


async def test_lists_tell_what_single_things_do_and_ask_for_all_bills_once(edge, two_projects, monkeypatch):
    async def listed(path, name):
        return json.loads(await answered(edge, f"/utilityapi/api/v2/{path}"))[name]

    passes = []

    def counted(rooms, call, whose, selection):
        passes.append(whose)
        return pages_of_bills(rooms, call, whose, selection)

    for module in (accounting, meters):
        monkeypatch.setattr(module, "pages_of_bills", counted)
    [meter] = await listed("meters", "meters")
    [account] = await listed("accounting/billing-accounts", "billing_accounts")
    assert passes == [Whose(), Whose()]

    assert meter["bill_count"] == 2
    assert [day[:10] for [span] in [meter["bill_coverage"]] for day in span] == ["2026-03-01", "2026-05-01"]
    assert [day[:10] for day in account["statement_dates"]] == ["2026-04-01", "2026-05-01"]
    assert json.loads(await answered(edge, f"/utilityapi/api/v2/meters/{meter['uid']}")) == meter
    assert await listed(f"meters?uids={meter['uid']}", "meters") == [meter]
    for query, count in (
        (f"meters={meter['uid']}", 1),
        (f"meters={two_projects[0]}", 0),
        (f"uids={account['uid']}", 1),
    ):
        assert len(await listed(f"accounting/billing-accounts?{query}", "billing_accounts")) == count
    one = json.loads(await answered(edge, f"/utilityapi/api/v2/accounting/billing-accounts/{account['uid']}"))
    assert one["blocks"] == ["base", "sources"]
    assert {**one, "sources": 0} == {**account, "sources": 0}
    authorization = json.loads(await answered(edge, f"/utilityapi/api/v2/authorizations/{two_projects[0]}"))
    assert authorization in await listed("authorizations", "authorizations")
    [mine] = await listed(f"meters?authorizations={two_projects[0]}", "meters")
    assert mine["bill_count"] == 1


ID = "0b7c1f0e-8a54-5a30-9a52-5d0c2a6f1b0"


def uids(count):
    return ",".join(f"{ID[:-3]}{number:04}"[-36:] for number in range(count))


async def test_list_that_cannot_be_is_refused(edge):
    for query in (
        "",
        f"authorizations={uids(11)}&meters={uids(11)}",
        f"meters={uids(101)}",
        f"meters={ID}1&after=nothing",
        f"meters={ID}1&order=biggest_first",
        f"meters={ID}1&start=yesterday",
        f"meters={ID}1&start=0001-01-01T00:00:00%2B05:00",
        f"meters={ID}1&limit=1001",
    ):
        said = await answered(edge, f"/utilityapi/api/v2/bills?{query}", status=400)
        assert json.loads(said)["error"] == "invalid_param"


@pytest.mark.parametrize("bounds", ["end=9999-12-31", "start=0001-01-01&end=9999-12-31"])
async def test_days_at_the_ends_of_time_bound_nothing(edge, four_bills, bounds):
    said = json.loads(await answered(edge, f"/utilityapi/api/v2/bills?meters={ID}1&{bounds}"))
    assert said["bills"] == []
    project_id = (await edge.json("GET", "/v1/projects"))["projects"][0]["project_id"]
    bounded = json.loads(await answered(edge, f"/utilityapi/api/v2/bills?authorizations={project_id}&{bounds}"))
    assert len(bounded["bills"]) == 2


@pytest.fixture
async def four_bills(edge):
    """Two projects with two bills each of one meter, uploaded in another order than that of their days."""
    projects = [await edge.project(), await edge.project()]
    months = ("2026-03-01", "2026-04-01", "2026-05-01", "2026-02-01", "2026-03-01")
    for number, (start, end) in enumerate((months[:2], months[1:3], months[3:5], ("2026-01-01", "2026-02-01"))):
        await edge.upload(projects[number % 2], PDF + str(number).encode())
        await edge.read_next(outcome_to_proto(success(electric_bill(start, end))))

    async def in_the_ledger():
        return len((await edge.json("GET", "/v1/ledger_bills"))["ledger_bills"]) == 4

    await until(in_the_ledger)
    return projects


async def walked(edge, path, name):
    """Follow a list to its end; return what each page held."""
    pages, path = [], f"/utilityapi/api/v2/{path}"
    while path:
        said = json.loads(await answered(edge, path))
        pages.append(said[name])
        path = (said["next"] or "").removeprefix(edge.url)
    return pages


def months_of(pages):
    return [[one["base"]["bill_start_date"][:7] for one in page] for page in pages]


async def test_bills_of_several_ids_are_one_list_by_their_days_page_after_page(edge, four_bills):
    first, second = four_bills
    both = f"bills?authorizations={first},{second}"

    assert months_of(await walked(edge, both, "bills")) == [["2026-04", "2026-03", "2026-02", "2026-01"]]
    assert months_of(await walked(edge, f"{both}&limit=3", "bills")) == [["2026-04", "2026-03", "2026-02"], ["2026-01"]]
    turned = await walked(edge, f"{both}&limit=2&order=earliest_first", "bills")
    assert months_of(turned) == [["2026-01", "2026-02"], ["2026-03", "2026-04"]]
    [[newest], *_] = await walked(edge, f"bills?authorizations={second}&limit=1&order=latest_first", "bills")
    assert newest["base"]["bill_start_date"][:7] == "2026-04"
    [meter_id] = {one["meter_uid"] for page in turned for one in page}
    assert await walked(edge, f"bills?meters={meter_id}&order=earliest_first&limit=2", "bills") == turned


async def test_bills_lie_wholly_within_the_days_asked_for(edge, four_bills):
    for span, months in (
        ("start=2026-02-01", ["2026-04", "2026-03", "2026-02"]),
        ("start=2026-02-02", ["2026-04", "2026-03"]),
        ("end=2026-02-28", ["2026-02", "2026-01"]),
        ("end=2026-02-27", ["2026-01"]),
        ("start=2026-02-01T00:00:00Z&end=2026-03-31", ["2026-03", "2026-02"]),
        ("start=2026-02-01T00:00:01Z&end=2026-03-31", ["2026-03"]),
    ):
        pages = await walked(edge, f"bills?authorizations={','.join(four_bills)}&{span}", "bills")
        assert months_of(pages) == [months]


async def test_summaries_go_on_page_after_page_the_newest_first(edge, four_bills):
    whole = (await walked(edge, "accounting/billing-summaries", "billing_summaries"))[0]
    assert len(whole) == 4
    for query in ("", f"&authorizations={','.join(four_bills)}"):
        pages = await walked(edge, f"accounting/billing-summaries?limit=3{query}", "billing_summaries")
        assert [[one["uid"] for one in page] for page in pages] == [
            [one["uid"] for one in whole[:3]],
            [whole[3]["uid"]],
        ]
    mine = (await walked(edge, f"accounting/billing-summaries?authorizations={four_bills[0]}", "billing_summaries"))[0]
    named = f"accounting/billing-summaries?uids={whole[0]['uid']},{whole[1]['uid']}"
    assert len((await walked(edge, named, "billing_summaries"))[0]) == 2
    chosen = await walked(edge, f"{named}&authorizations={four_bills[0]}", "billing_summaries")
    assert [one["uid"] for one in chosen[0]] == [one["uid"] for one in whole[:2] if one in mine]
