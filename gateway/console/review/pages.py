"""The page of a bill under review: a page of it with a box around each value, the values, why each is believed, what to do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from aiohttp import web

from domain.refusals import Absent, BadRequest, Conflict, NoReading, TimedOut, Unavailable
from gateway.call import Call, Rooms, ask
from gateway.console.review.difference import Difference, differences, fields_of
from gateway.console.review.groups import groups_of
from gateway.console.review.picked import plain
from gateway.console.review.values import Shown, findings_of, identities_of, values_of
from gateway.console.review.who import reviewer
from gateway.console.view import page
from gateway.rest.bills.shapes import bill_json
from protos.ingest.v1 import ingest_pb2
from protos.parser.v1 import parser_pb2
from protos.profile.v1 import ledger_pb2, review_pb2
from runtime.rpc.refusals import refusals_raised
from runtime.wire import time_from_proto

IMAGE_WIDTH_PIXELS = 1440
DRAWING_SECONDS = 60.0
VALUE_LENGTH_MAX = 2_000


async def show_bill(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Show a bill under review, with the value that the address names, and what an act would change where it names one."""
    query = call.request.query
    project = await ask(rooms, call, rooms.ingest.GetProject, ingest_pb2.GetProjectRequest(project_id=call.project_id))
    bill = await ask(
        rooms, call, rooms.ingest.GetBill, ingest_pb2.GetBillRequest(project_id=call.project_id, bill_id=call.bill_id)
    )
    review = await review_of(rooms, call)
    identities = identities_of(review)
    values = values_of(review, identities)
    chosen = _chosen(values, query.get("value", ""), query.get("statement", ""))
    number = _page_number(query.get("page", ""), chosen)
    trial = query.get("text", "")[:VALUE_LENGTH_MAX] if "text" in query else None
    drawn = await _drawn(rooms, call, bill.object_key, number)
    picking = chosen is not None and query.get("pick") == "1"
    here = here_of(call)
    return page(
        "bill.html",
        project=project,
        bill=bill_json(bill),
        review=review,
        values=values,
        groups=groups_of(values),
        by_path={one.path: one for one in values},
        identities=identities,
        findings=findings_of(review),
        corrections=_corrections(review),
        decisions=[(one, time_from_proto(one.decided_at).isoformat()) for one in review.decisions],
        chosen=chosen,
        trial=trial,
        previews=await _previews(rooms, call, review, chosen, trial),
        outdated=query.get("outdated") == "1",
        following=await _following(rooms, call),
        number=number,
        drawn=drawn,
        words=await _words(rooms, call, bill.object_key, number) if picking else [],
        plain=plain,
        here=here,
        api=f"/v1/projects/{call.project_id}/utility_bills/{call.bill_id}",
        width=IMAGE_WIDTH_PIXELS,
        doubts=sum(one.doubtful for one in values),
        who=await reviewer(rooms, call),
        quote=lambda text: quote(text, safe=""),
    )


def here_of(call: Call) -> str:
    """Return the address of the bill's page."""
    return f"/console/projects/{call.project_id}/bills/{call.bill_id}"


async def review_of(rooms: Rooms, call: Call) -> review_pb2.Review:
    """Return the bill as it is to be reviewed; one without statements where it is not read."""
    try:
        request = review_pb2.GetReviewRequest(project_id=call.project_id, bill_id=call.bill_id)
        return await ask(rooms, call, rooms.reviews.GetReview, request)
    except NoReading:
        return review_pb2.Review(bill_id=call.bill_id, project_id=call.project_id)


@dataclass(frozen=True, slots=True)
class Preview:
    """What an act would change, or what the last correction has changed; ``refused`` says why it cannot be done.

    ``fields`` and ``rows`` are figures before and after; ``open`` where it was asked for.
    """

    title: str
    fields: list[Difference]
    rows: list[Difference]
    open: bool
    refused: str = ""


async def _previews(
    rooms: Rooms, call: Call, review: review_pb2.Review, chosen: Shown | None, trial: str | None
) -> list[Preview]:
    """Return what the act that the address names would change; and of a bill that waits, what confirming it would."""
    if not review.statements:
        return []
    found, act = [], call.request.query.get("act", "")
    newest = next((one for one in review.statements[0].amendments), None)
    if chosen is not None and chosen.field and trial is not None:
        change = _change(chosen.field, trial)
        found.append(await _amended(rooms, call, "What this correction would change", chosen.record, change))
    elif call.request.query.get("corrected") == "1" and newest is not None:
        change = _change(newest.field, newest.before if newest.HasField("before") else None)
        record = review.statements[0].ledger_bill_id
        found.append(await _amended(rooms, call, "What the correction changed", record, change, undone=True))
    if act in ("pin", "unpin"):
        title = f"What it would change to {act} this bill"
        found.append(await _preview(rooms, call, title, {act: True}))
    elif review.state in ("held", "rejected"):
        found.append(await _preview(rooms, call, "What confirming it would change", {"confirm": True}, asked=False))
    return found


async def _amended(
    rooms: Rooms, call: Call, title: str, record: str, change: ledger_pb2.FieldChange, *, undone: bool = False
) -> Preview:
    """Return what a change of a field would change; ``undone``: what was changed by what it takes back."""
    return await _preview(rooms, call, title, {"ledger_bill_id": record, "changes": [change]}, undone=undone)


async def _preview(
    rooms: Rooms, call: Call, title: str, act: Mapping[str, Any], *, undone: bool = False, asked: bool = True
) -> Preview:
    request = review_pb2.PreviewReviewRequest(project_id=call.project_id, bill_id=call.bill_id, **act)
    try:
        told = await ask(rooms, call, rooms.reviews.PreviewReview, request)
    except (BadRequest, Conflict, Absent, TimedOut) as refusal:
        return Preview(title, [], [], asked, refusal.sentence)
    return Preview(title, fields_of(told, undone=undone), differences(told, undone=undone), asked)


def _change(field: str, value: str | None) -> ledger_pb2.FieldChange:
    change = ledger_pb2.FieldChange(field=field)
    if value:
        change.value = value
    return change


def _corrections(review: review_pb2.Review) -> list[dict[str, Any]]:
    """Return the corrections of the bill, newest first in each statement, with the record that taking one back changes."""
    return [
        {
            "field": one.field,
            "before": one.before if one.HasField("before") else None,
            "after": one.after if one.HasField("after") else None,
            "by": one.amended_by,
            "at": time_from_proto(one.amended_at).isoformat(),
            "reason": one.reason,
            "set_aside": one.set_aside,
            # A line that was taken out is put in again field by field.
            "undoable": not one.set_aside and ("." in one.field or "[" not in one.field),
            "record": statement.ledger_bill_id,
        }
        for statement in review.statements
        for one in statement.amendments
    ]


async def _following(rooms: Rooms, call: Call) -> str:
    """Return another bill of the project that waits, "" where there is none."""
    request = review_pb2.ListHeldBillsRequest(project_id=call.project_id, page_size=2)
    waiting = (await ask(rooms, call, rooms.reviews.ListHeldBills, request)).bills
    return next((one.bill_id for one in waiting if one.bill_id != call.bill_id), "")


async def _drawn(rooms: Rooms, call: Call, object_key: str, number: int) -> Any:
    request = parser_pb2.DrawPageRequest(object_key=object_key, page=number, width_pixels=IMAGE_WIDTH_PIXELS)
    try:
        with refusals_raised():
            return await rooms.parser.DrawPage(
                request, timeout=DRAWING_SECONDS, metadata=rooms.credentials.for_service()
            )
    except (Absent, TimedOut, Unavailable):
        return None


async def _words(rooms: Rooms, call: Call, object_key: str, number: int) -> list[parser_pb2.PageWord]:
    request = parser_pb2.ReadWordsRequest(object_key=object_key, page=number)
    try:
        with refusals_raised():
            seen = await rooms.parser.ReadWords(
                request, timeout=DRAWING_SECONDS, metadata=rooms.credentials.for_service()
            )
    except (Absent, TimedOut, Unavailable):
        return []
    return list(seen.words)


def _page_number(text: str, chosen: Shown | None) -> int:
    if text.isascii() and text.isdecimal() and 0 < len(text) < 5 and int(text):
        return int(text)
    return chosen.page if chosen is not None and chosen.page else 1


def _chosen(values: Sequence[Shown], path: str, statement: str) -> Shown | None:
    """Return the value that the address names: by its path, or by that within one of several statements."""
    by_path = next((one for one in values if one.path == path), None)
    return by_path or next((one for one in values if one.inner_path == path and str(one.statement) == statement), None)
