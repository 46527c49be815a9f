"""Accounts: the list, and one account with its meters, its calendar with what is to be said of it, and its bills."""

import asyncio
import re
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import urlencode

from aiohttp import web

from domain.refusals import BadRequest, NoReading, NoSuchAccount, NoSuchBill, NotComparable
from gateway.call import Call, Rooms, ask
from gateway.console.accounts.calendar import (
    LETTERS,
    MONTHS_SHOWN,
    Days,
    Month,
    covered_days,
    history_months,
    months_until,
    row_of,
    start_of_latest,
)
from gateway.console.view import lead_to, page
from protos.profile.v1 import ledger_pb2, profile_pb2
from protos.values.v1 import reading_pb2

ACCOUNTS = "/console/accounts"
PAGE_SIZE = 50
METERS_MAX = 24
"""Rows of the calendar; each is asked for by itself."""

BILLS_SHOWN = 24
BILLS_LISTED = 200
_MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])", re.ASCII)


async def list_accounts(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Show the accounts of the tenant, or of one project."""
    project_id = call.request.query.get("project", "")
    request = ledger_pb2.ListLedgerAccountsRequest(
        project_id=project_id, page_size=PAGE_SIZE, page_token=call.request.query.get("after", "")
    )
    answer = await ask(rooms, call, rooms.ledger.ListLedgerAccounts, request)
    query = {"project": project_id, "after": answer.next_page_token}
    following = urlencode({name: value for name, value in query.items() if value})
    return page(
        "accounts.html",
        accounts=answer.accounts,
        project_id=project_id,
        following=following if answer.next_page_token else "",
    )


async def show_account(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Show one account; ``?until=2026-03`` chooses the calendar's last month, ``?why=`` the bill to set beside the one before."""
    account_id = call.path_uuid("account_id", NoSuchAccount)
    request = ledger_pb2.GetLedgerAccountRequest(account_id=account_id)
    account = await ask(rooms, call, rooms.ledger.GetLedgerAccount, request)
    whole = await _calendar(rooms, call, account_id)
    meters = account.meters[:METERS_MAX]
    calendars = await asyncio.gather(*(_calendar(rooms, call, account_id, meter.meter_id) for meter in meters))
    readings = await _readings(rooms, call, whole)
    last = _last_month(call.request.query.get("until", ""), whole)
    months = months_until(last)
    rows = []
    for meter, calendar in zip(meters, calendars, strict=True):
        history = {month: source for one in readings for month, source in history_months(one, meter.number).items()}
        name = f"{meter.commodity} {meter.number}".strip()
        rows.append(row_of(meter.meter_id, name, calendar, history, months))
    bills = await _bills(rooms, call, account_id, whole)
    return page(
        "account.html",
        account=account,
        meters_left=len(account.meters) - len(meters),
        months=months,
        rows=rows,
        letters=LETTERS,
        earlier=last.moved(-MONTHS_SHOWN),
        later=last.moved(MONTHS_SHOWN),
        remarks=whole.remarks,
        next_expected=whole.next_expected,
        bills=bills,
        why=await _difference(rooms, call, bills, call.request.query.get("why", "")),
    )


async def find_bill(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Lead to a bill's page, whatever its project."""
    request = ledger_pb2.ListLedgerBillsRequest(
        bill_id=call.bill_id, selection=ledger_pb2.LEDGER_BILL_SELECTION_ALL, page_size=1
    )
    found = (await ask(rooms, call, rooms.ledger.ListLedgerBills, request)).bills
    if not found:
        raise NoSuchBill
    return lead_to(f"/console/projects/{found[0].project_id}/bills/{call.bill_id}")


async def _calendar(rooms: Rooms, call: Call, account_id: str, meter_id: str = "") -> ledger_pb2.AccountCalendar:
    request = ledger_pb2.GetAccountCalendarRequest(account_id=account_id, meter_id=meter_id)
    return await ask(rooms, call, rooms.ledger.GetAccountCalendar, request)


async def _bills(
    rooms: Rooms, call: Call, account_id: str, calendar: ledger_pb2.AccountCalendar
) -> list[ledger_pb2.LedgerBill]:
    """Return the bills of the latest periods, the latest first, whenever they were uploaded."""
    since = start_of_latest(calendar, BILLS_SHOWN)
    request = ledger_pb2.ListLedgerBillsRequest(account_id=account_id, from_day=since, page_size=BILLS_LISTED)
    found = (await ask(rooms, call, rooms.ledger.ListLedgerBills, request)).bills
    return sorted(found, key=lambda one: one.period.end or one.statement_date, reverse=True)[:BILLS_SHOWN]


async def _readings(rooms: Rooms, call: Call, calendar: ledger_pb2.AccountCalendar) -> list[reading_pb2.Reading]:
    """Return what the first and the last bill say: their histories reach furthest back, and are the newest."""
    days = covered_days(calendar)
    records = {one.bill_id: one.ledger_bill_id for one in calendar.covered}
    readings: list[reading_pb2.Reading] = []
    for bill_id in dict.fromkeys(one.bill_id for one in (*days[:1], *days[-1:])):
        told = ledger_pb2.GetLedgerBillRequest(ledger_bill_id=records[bill_id])
        record = await ask(rooms, call, rooms.ledger.GetLedgerBill, told)
        request = profile_pb2.GetReadingRequest(project_id=record.project_id, bill_id=bill_id)
        try:
            readings += (await ask(rooms, call, rooms.profiles.GetReading, request)).readings
        except NoReading:
            continue
    return readings


def _last_month(text: str, calendar: ledger_pb2.AccountCalendar) -> Month:
    if text:
        if not _MONTH.fullmatch(text) or not 1900 <= int(text[:4]) <= 2200:
            raise BadRequest("until must be a month such as 2026-03.", field="until")
        return Month(int(text[:4]), int(text[5:]))
    days: Sequence[Days] = covered_days(calendar)
    # The day before the end is the last one covered.
    return (
        Month.of(max(date.fromordinal(one.end.toordinal() - 1) for one in days))
        if days
        else Month.of(datetime.now(UTC).date())
    )


async def _difference(rooms: Rooms, call: Call, bills: Sequence[ledger_pb2.LedgerBill], which: str) -> Any:
    """Return how a bill came from the one before it, or the sentence why that cannot be told; None where it is not asked for."""
    place = next((at for at, one in enumerate(bills) if one.ledger_bill_id == which), None)
    if place is None or place + 1 >= len(bills):
        return None
    request = ledger_pb2.CompareBillsRequest(ledger_bill_id=bills[place + 1].ledger_bill_id, other_ledger_bill_id=which)
    try:
        return {"of": which, "told": await ask(rooms, call, rooms.ledger.CompareBills, request), "refused": ""}
    except NotComparable as refusal:
        return {"of": which, "told": None, "refused": refusal.sentence}
