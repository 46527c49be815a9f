"""What UtilityAPI tells of an authorization: its own bills and meters in lists and Green Button feeds, and no body on HEAD."""

import asyncio
import json
from urllib.parse import urlsplit

import pytest

from gateway.dialects.utilityapi import accounting, meters
from gateway.exports.green_button.read import usage_points
from gateway.rest.exports.whose import Whose, pages_of_bills
from runtime.wire import outcome_to_proto
from tests.gateway.edge import PDF, until
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
    one = json.loads(await answered(edge, f"/utilityapi/api/v2/accounting/billing-accounts/{account['uid']}"))
    assert one["blocks"] == ["base", "sources"]
    assert {**one, "sources": 0} == {**account, "sources": 0}
    [mine] = await listed(f"meters?authorizations={two_projects[0]}", "meters")
    assert mine["bill_count"] == 1


ID = "0b7c1f0e-8a54-5a30-9a52-5d0c2a6f1b0"


@pytest.mark.parametrize(
    "query",
    [
        "authorizations="
        + ",".join(f"{ID}{n}" for n in range(5))
        + "&meters="
        + ",".join(f"{ID}{n}" for n in range(5)),
        f"meters={ID}1,{ID}2&after=bmV4dA",
        f"meters={ID}1&order=earliest_first",
    ],
)
async def test_list_that_would_ask_too_often_or_leave_something_out_is_refused(edge, query):
    said = await answered(edge, f"/utilityapi/api/v2/bills?{query}", status=400)
    assert json.loads(said)["error"] == "invalid_param"


async def test_several_ids_within_the_limit_are_answered(edge, two_projects):
    first, second = two_projects
    said = json.loads(await answered(edge, f"/utilityapi/api/v2/bills?authorizations={first},{second}"))
    assert [one["authorization_uid"] for one in said["bills"]] == [second, first]
