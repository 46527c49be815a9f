"""A bill under review: looked at, confirmed, rejected; and what an act would change."""

from aiohttp import web

from domain.refusals import BadRequest
from gateway.bodies import Fields
from gateway.call import Call, Rooms, ask
from gateway.rest.answers import choice, json_response
from gateway.rest.bills.settling import settle_decided
from gateway.rest.reviews.shapes import preview_json, review_json
from protos.profile.v1 import ledger_pb2, review_pb2

NAME_LENGTH_MAX, REASON_LENGTH_MAX, VERSION_LENGTH_MAX = 200, 1_000, 100
PATHS_MAX, VALUE_LENGTH_MAX, STATEMENT_MAX = 100, 2_000, 9_999
ACTS = ("confirm", "pin", "unpin", "amend")


async def get_review(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Retrieve a bill as it is to be reviewed."""
    request = review_pb2.GetReviewRequest(project_id=call.project_id, bill_id=call.bill_id)
    return json_response(review_json(await ask(rooms, call, rooms.reviews.GetReview, request)))


async def confirm_bill(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Let a bill count as found right; one that waits takes effect."""
    fields = await call.fields()
    request = review_pb2.ConfirmBillRequest(
        project_id=call.project_id,
        bill_id=call.bill_id,
        reason=fields.optional_text("reason", REASON_LENGTH_MAX) or "",
        **_who(fields),
    )
    fields.end()
    review = await ask(rooms, call, rooms.reviews.ConfirmBill, request)
    await settle_decided(rooms, call)
    return json_response(review_json(review))


async def reject_bill(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Keep a bill that waits out of the ledger."""
    fields = await call.fields()
    request = review_pb2.RejectBillRequest(
        project_id=call.project_id,
        bill_id=call.bill_id,
        reason=fields.text("reason", REASON_LENGTH_MAX),
        **_who(fields),
    )
    fields.end()
    review = await ask(rooms, call, rooms.reviews.RejectBill, request)
    await settle_decided(rooms, call)
    return json_response(review_json(review))


async def confirm_values(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Let values count as found right, or take that back."""
    fields = await call.fields()
    request = review_pb2.ConfirmValuesRequest(
        project_id=call.project_id,
        bill_id=call.bill_id,
        statement=fields.whole_number("statement", 1, STATEMENT_MAX) or 1,
        paths=fields.texts("paths", PATHS_MAX),
        undo=fields.flag("undo") or False,
        **_who(fields),
    )
    fields.end()
    return json_response(review_json(await ask(rooms, call, rooms.reviews.ConfirmValues, request)))


async def preview_review(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Tell what an act would change, and change nothing."""
    query = call.query("act", "ledger_bill_id", "field", "value")
    act = choice(query, "act", ACTS)
    request = review_pb2.PreviewReviewRequest(
        project_id=call.project_id,
        bill_id=call.bill_id,
        confirm=act == "confirm",
        pin=act == "pin",
        unpin=act == "unpin",
        ledger_bill_id=query.get("ledger_bill_id", ""),
    )
    of_a_correction = query.keys() & {"ledger_bill_id", "field", "value"}
    if not (of_a_correction >= {"ledger_bill_id", "field"} if act == "amend" else not of_a_correction):
        raise BadRequest("ledger_bill_id and field go with amend, and only with it.", field="field")
    if act == "amend":
        change = ledger_pb2.FieldChange(field=query["field"][:VALUE_LENGTH_MAX])
        if "value" in query:
            change.value = query["value"]
        request.changes.append(change)
    return json_response(preview_json(await ask(rooms, call, rooms.reviews.PreviewReview, request)))


def _who(fields: Fields) -> dict[str, str]:
    return {
        "reviewed_by": fields.text("reviewed_by", NAME_LENGTH_MAX),
        "version": fields.optional_text("version", VERSION_LENGTH_MAX) or "",
    }
