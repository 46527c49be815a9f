"""Months by pages: the same months as at once, however the statements lie, and each told once."""

from datetime import date, timedelta
from unittest.mock import patch

import grpc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.period import Period
from protos.profile.v1 import profile_pb2 as pb
from services.profile.ledger.store.statements import ACROSS_STEPS
from services.profile.months import answer, asked
from services.profile.months.answer import FIRST_PAGE, Page, months_message, next_page
from services.profile.months.ledger_meters import LedgerStatement
from tests.profile.readings import PROJECT, TENANT, completion, electric_bill, fact, success
from tests.profile.running import reason_of
from tests.profile.test_ledger_meters import ASKED, stated, statement

FIRST_DAY = date(2019, 1, 1)


@st.composite
def histories(draw):
    """Statements of up to two meters: bills one after the other, gaps and long ones and shared days among them.

    One of a meter may overlap or double its neighbour: where each bill overlaps the next, over more days than a page looks
    behind itself, which of them stands hangs on those that no page has together.
    """
    found: list[LedgerStatement] = []
    for meter in "mn"[: draw(st.integers(1, 2))]:
        day = FIRST_DAY + timedelta(days=draw(st.integers(0, 100)))
        count, disorder = draw(st.integers(1, 9)), draw(st.integers(0, 8))
        for at in range(count):
            shift = draw(st.sampled_from([-8, -31, 0])) if at == disorder else draw(st.sampled_from([0, 0, -1, 45]))
            start = day + timedelta(days=shift)
            day = start + timedelta(days=draw(st.sampled_from([28, 31, 33, 61, 92, 380])))
            number = len(found) + 1
            kwh = draw(st.integers(0, 900))
            found.append(statement(number, Period(start, day), stated(kwh, meter=meter), meters=(meter,)))
    return found


def latest_first(statements):
    return sorted(statements, key=lambda one: one.period.end, reverse=True)


def spans_of(statements):
    spans: dict[str, Period] = {}
    for one in statements:
        for meter in one.meters:
            known = spans.get(meter.meter_id, one.period)
            spans[meter.meter_id] = Period(min(known.start, one.period.start), max(known.end, one.period.end))
    return spans


def pages_of(statements, limit, size):
    """The pages as the service makes them of what the ledger holds."""
    page, spans, pages = FIRST_PAGE, spans_of(statements), []
    with patch.object(answer, "STATEMENTS_MAX", limit):
        while True:
            before = page.before or date.max
            found = latest_first(one for one in statements if one.period.end <= before)[: limit + 1]
            reach = before
            for _ in range(ACROSS_STEPS):
                across = [one.period.end for one in statements if one.period.start < reach < one.period.end]
                reach = max(across, default=reach)
            later = [one for one in statements if one.period.end > before and one.period.start < reach]
            page = Page(page.before, size, "USD", later if page.before else [], spans)
            told = months_message("p", ASKED, found, page=page)
            pages.append(told)
            following = next_page(told, found, page)
            if following is None:
                return pages
            assert page.before is None or following < page.before
            page = Page(following)


@settings(max_examples=60)
@given(histories(), st.integers(3, 8), st.integers(1, 30))
def test_pages_hold_the_months_that_all_statements_make_at_once(statements, limit, size):
    with patch.object(answer, "STATEMENTS_MAX", len(statements)):
        whole = months_message("p", ASKED, latest_first(statements))
    pages = pages_of(statements, limit, size)
    told = [month for one in pages for month in one.months]
    assert [month.month for month in told] == [month.month for month in whole.months[: len(told)]]
    # A long bill beside a few shorter ones may be all that a page holds: then no month is whole, and none is told.
    assert len(told) == len(whole.months) or pages[-1].findings[-1].rule_id == "earlier_not_told"
    assert told == list(whole.months[: len(told)])
    assert all(len(one.months) <= size for one in pages)


@pytest.fixture
def two_at_a_time():
    """A service that takes two statements a page: a thousand bills would take the test a minute."""
    with patch.object(answer, "STATEMENTS_MAX", 2), patch.object(asked, "STATEMENTS_MAX", 2):
        yield


async def list_page(profile, **asked_for) -> pb.ListMonthsResponse:
    request = pb.ListMonthsRequest(**{"project_id": PROJECT, **asked_for})
    return await profile.stub.ListMonths(request, metadata=profile.of(TENANT), timeout=10)


async def every_page(profile, **asked_for):
    pages = [await list_page(profile, **asked_for)]
    while pages[-1].next_page_token:
        pages.append(await list_page(profile, page_token=pages[-1].next_page_token, **asked_for))
    return pages


MONTHS = ["2025-11-01", "2025-12-01", "2026-01-01", "2026-02-01", "2026-03-01", "2026-04-01"]


async def test_months_of_a_project_and_of_a_meter_are_paged_to_the_first_bill(profile, two_at_a_time):
    # Half of the bills cross months, so a page needs what the page before it shares with its months.
    days = [
        ("2025-11-05", "2025-12-05"),
        ("2025-12-05", "2026-01-01"),
        ("2026-01-01", "2026-02-10"),
        ("2026-02-10", "2026-04-16"),
    ]
    bills = [electric_bill(*of, kwh=700 + at, account_number=fact("1")) for at, of in enumerate(days)]
    await profile.folded(*(completion(at, success(one), bill=at) for at, one in enumerate(bills, 1)))
    with patch.object(answer, "STATEMENTS_MAX", 10), patch.object(asked, "STATEMENTS_MAX", 10):
        whole = await list_page(profile)
        meter_id = (
            (await profile.stub.ListAccounts(pb.ListAccountsRequest(project_id=PROJECT), metadata=profile.of(TENANT)))
            .accounts[0]
            .meters[0]
            .meter_id
        )
    assert [one.month for one in whole.months] == MONTHS[::-1]
    assert not whole.next_page_token
    for asked_for in ({}, {"meter_id": meter_id}, {"project_id": "", "meter_id": meter_id}, {"page_size": 1}):
        pages = await every_page(profile, **asked_for)
        assert len(pages) > 1
        assert [month for one in pages for month in one.months] == list(whole.months)
    first = pages[0]
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await list_page(profile, page_token=first.next_page_token, commodity="gas", page_size=1)
    assert reason_of(refused.value) == "BAD_PAGE_TOKEN"
