"""The page of the list of work: filters that stand in its address, counts, pages; and what can be done at a row."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from aiohttp import web
from google.protobuf.timestamp_pb2 import Timestamp

from domain.outcome import FailureReason
from gateway.call import Call, Rooms, ask
from gateway.console.days import first_moment, moment_after
from gateway.console.view import lead_to, page
from gateway.console.work.reasons import remedy_for
from gateway.dialects.lists import files_of
from gateway.rest.answers import time_of
from gateway.rest.bills.work import URGENCIES, WORDS
from protos.ingest.v1 import ingest_pb2
from protos.profile.v1 import review_pb2

WORK = "/console/work"
PAGE_SIZE = 50
HELD_SHOWN = 20
"""Of bills that wait for a person: more are a reason to open their project."""
_FILTERS = ("ask", "project", "name", "reason", "from", "until")


async def show_work(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Show the tenant's bills, failures and doubts first."""
    filters = {name: call.request.query.get(name, "").strip() for name in _FILTERS}
    answer = await ask(rooms, call, rooms.ingest.ListWork, _request(filters, call.request.query.get("after", "")))
    held = await _held(rooms, call, filters)
    chosen = {name: value for name, value in filters.items() if value}
    return page(
        "work.html",
        held=held,
        rows=[_row(one) for one in answer.work],
        counts={WORDS[one.urgency]: one.bills for one in answer.counts},
        filters=filters,
        narrowed=bool(chosen.keys() - {"ask"}),
        address_of=lambda **changed: _address({**chosen, **changed}),
        here=_address({**chosen, "after": call.request.query.get("after", "")}),
        following=_address({**chosen, "after": answer.next_page_token}) if answer.next_page_token else "",
        reasons=list(FailureReason),
        count_max=10_000,
    )


async def settle(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Note that nothing more is to be done about a bill, or that there is again, and lead back to the list."""
    form = await call.request.post()
    request = ingest_pb2.SettleBillRequest(
        project_id=call.project_id, bill_id=call.bill_id, settled=form.get("settled") == "yes"
    )
    await ask(rooms, call, rooms.ingest.SettleBill, request)
    return lead_to(_back(form.get("back")))


async def read_again(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Queue a bill to be read again, and lead back to the list."""
    form = await call.request.post()
    request = ingest_pb2.ReparseBillRequest(project_id=call.project_id, bill_id=call.bill_id)
    await ask(rooms, call, rooms.ingest.ReparseBill, request)
    return lead_to(_back(form.get("back")))


async def _held(rooms: Rooms, call: Call, filters: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return what waits for a person before it counts, with what was found; on the list's first page alone."""
    narrowed = any(value for name, value in filters.items() if name != "project")
    if narrowed or call.request.query.get("after"):
        return []
    request = review_pb2.ListHeldBillsRequest(project_id=filters["project"], page_size=HELD_SHOWN)
    held = (await ask(rooms, call, rooms.reviews.ListHeldBills, request)).bills
    names = await files_of(rooms, call, held)
    return [
        {
            "project_id": one.project_id,
            "bill_id": one.bill_id,
            "file_name": names[one.bill_id].file_name,
            "held_at": time_of(one, "held_at"),
            "reasons": [reason.sentence for reason in one.reasons],
        }
        for one in held
        if one.bill_id in names
    ]


def _request(filters: Mapping[str, str], token: str) -> ingest_pb2.ListWorkRequest:
    return ingest_pb2.ListWorkRequest(
        page_size=PAGE_SIZE,
        page_token=token,
        urgency=URGENCIES.get(filters["ask"], ingest_pb2.URGENCY_UNSPECIFIED),
        project_id=filters["project"],
        file_name=filters["name"],
        failure_reason=filters["reason"],
        received_from=_stamp(first_moment("from", filters["from"])),
        received_before=_stamp(moment_after("until", filters["until"])),
    )


def _row(work: ingest_pb2.Work) -> dict[str, object]:
    bill = work.bill
    return {
        "project_id": bill.project_id,
        "project_name": work.project_name,
        "bill_id": bill.bill_id,
        "job_id": bill.job_id if work.urgency == ingest_pb2.URGENCY_WAITING else "",
        "file_name": bill.file_name,
        "asks": WORDS[work.urgency],
        "failed": bill.state == ingest_pb2.BILL_STATE_FAILED,
        "doubts": bill.doubts,
        "settled": bill.HasField("settled_at"),
        "reason": bill.failure_reason,
        "detail": bill.failure_detail,
        "remedy": remedy_for(bill.failure_reason),
        "duplicate": bool(bill.duplicate_of),
        "received_at": time_of(bill, "received_at"),
    }


def _address(query: Mapping[str, str]) -> str:
    told = {name: value for name, value in query.items() if value}
    return f"{WORK}?{urlencode(told)}" if told else WORK


def _back(told: object) -> str:
    """Return where a form leads back to: a page of this list, whatever it says."""
    address = str(told or "")
    return address if address == WORK or address.startswith(f"{WORK}?") else WORK


def _stamp(moment: datetime | None) -> Timestamp | None:
    if moment is None:
        return None
    stamp = Timestamp()
    stamp.FromDatetime(moment)
    return stamp
