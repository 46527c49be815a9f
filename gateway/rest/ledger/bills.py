"""Bills of the ledger: listed, retrieved, corrected, compared; days on which they were recorded."""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from aiohttp import web
from google.protobuf.timestamp_pb2 import Timestamp

from domain.refusals import BadRequest
from gateway.bodies import Fields
from gateway.call import Call, Rooms, ask
from gateway.messages import message_json
from gateway.rest.answers import choice, json_response, page_response, time_parameter
from protos.profile.v1 import ledger_pb2

FILTERS = ("project_id", "property_id", "account_id", "meter_id", "from_day", "until_day", "factor_set", "region")
SELECTIONS = {
    "standing": ledger_pb2.LEDGER_BILL_SELECTION_STANDING,
    "archived": ledger_pb2.LEDGER_BILL_SELECTION_ARCHIVED,
    "all": ledger_pb2.LEDGER_BILL_SELECTION_ALL,
}
CHANGES_MAX, VALUE_LENGTH_MAX = 100, 2_000


async def list_bills(rooms: Rooms, call: Call) -> web.StreamResponse:
    """List records, the one made last first."""
    more = ("utility_bill_id", "recorded_on", "recorded_from", "recorded_until", "selection", "as_known_on")
    page = call.page(*FILTERS, *more)
    query = call.query("page_size", "page_token", *FILTERS, *more)
    request = ledger_pb2.ListLedgerBillsRequest(
        bill_id=query.get("utility_bill_id", ""),
        selection=SELECTIONS[choice(query, "selection", tuple(SELECTIONS))],
        page_size=page.size,
        page_token=page.token,
    )
    for name in FILTERS:
        setattr(request, name, query.get(name, ""))
    first, until = time_parameter(query, "recorded_from"), time_parameter(query, "recorded_until")
    if "recorded_on" in query:
        if first is not None or until is not None:
            raise BadRequest("recorded_on stands for recorded_from and recorded_until.", field="recorded_on")
        first = _midnight(query["recorded_on"])
        until = first + timedelta(days=1)
    for name, moment in (("recorded_from", first), ("recorded_until", until)):
        if moment is not None:
            getattr(request, name).CopyFrom(_stamp(moment))
    known = time_parameter(query, "as_known_on")
    if known is not None:
        request.as_known_on.CopyFrom(_stamp(known))
    answer = await ask(rooms, call, rooms.ledger.ListLedgerBills, request)
    return page_response(call, "ledger_bills", [message_json(one) for one in answer.bills], answer.next_page_token)


async def get_bill(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Retrieve one record, or the one that stood for its statement at a moment."""
    query = call.query("factor_set", "region", "as_known_on")
    request = ledger_pb2.GetLedgerBillRequest(
        ledger_bill_id=_bill_id(call), factor_set=query.get("factor_set", ""), region=query.get("region", "")
    )
    known = time_parameter(query, "as_known_on")
    if known is not None:
        request.as_known_on.CopyFrom(_stamp(known))
    return json_response(message_json(await ask(rooms, call, rooms.ledger.GetLedgerBill, request)))


async def put_metadata(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Replace a record's metadata."""
    request = ledger_pb2.UpdateLedgerBillRequest(ledger_bill_id=_bill_id(call), metadata_json=await metadata(call))
    return json_response(message_json(await ask(rooms, call, rooms.ledger.UpdateLedgerBill, request)))


async def amend_bill(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Correct fields of a bill, all of them or none."""
    fields = await call.fields()
    changes = fields.list_of_members("changes", CHANGES_MAX)
    request = ledger_pb2.AmendBillRequest(
        ledger_bill_id=_bill_id(call),
        changes=[_change(one) for one in changes],
        amended_by=fields.text("amended_by", 200),
        reason=fields.text("reason", 1_000),
        request_id=call.idempotency_key(),
    )
    fields.end()
    return json_response(message_json(await ask(rooms, call, rooms.ledger.AmendBill, request)), 201)


async def list_amendments(rooms: Rooms, call: Call) -> web.StreamResponse:
    """List the corrections of a bill, newest first."""
    page = call.page()
    request = ledger_pb2.ListAmendmentsRequest(
        ledger_bill_id=_bill_id(call), page_size=page.size, page_token=page.token
    )
    answer = await ask(rooms, call, rooms.ledger.ListAmendments, request)
    return page_response(call, "amendments", [message_json(one) for one in answer.amendments], answer.next_page_token)


async def compare_bills(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Explain how this bill became another."""
    query = call.query("commodity")
    request = ledger_pb2.CompareBillsRequest(
        ledger_bill_id=_bill_id(call),
        other_ledger_bill_id=call.request.match_info["other_ledger_bill_id"],
        commodity=query.get("commodity", ""),
    )
    return json_response(message_json(await ask(rooms, call, rooms.ledger.CompareBills, request)))


async def list_days(rooms: Rooms, call: Call) -> web.StreamResponse:
    """List the days on which records were made, newest first."""
    page = call.page("from_day", "until_day")
    query = call.query("page_size", "page_token", "from_day", "until_day")
    request = ledger_pb2.ListBillDaysRequest(
        from_day=query.get("from_day", ""),
        until_day=query.get("until_day", ""),
        page_size=page.size,
        page_token=page.token,
    )
    answer = await ask(rooms, call, rooms.ledger.ListBillDays, request)
    return page_response(call, "days", [message_json(one) for one in answer.days], answer.next_page_token)


async def metadata(call: Call) -> str:
    """Return the metadata in the body, as JSON text."""
    fields = await call.fields()
    told = fields.member("metadata")
    fields.end()
    return metadata_text(told)


def metadata_text(metadata: Mapping[str, Any]) -> str:
    """Return metadata as rooms take it, JSON text without spaces."""
    return json.dumps(metadata, ensure_ascii=False, separators=(",", ":"))


def _bill_id(call: Call) -> str:
    return call.request.match_info["ledger_bill_id"]


def _change(fields: Fields) -> ledger_pb2.FieldChange:
    change = ledger_pb2.FieldChange(field=fields.text("field", 100))
    value = fields.optional_text("value", VALUE_LENGTH_MAX)
    fields.end()
    if value is not None:
        change.value = value
    return change


def _midnight(day: str) -> datetime:
    try:
        return datetime.combine(date.fromisoformat(day), datetime.min.time(), UTC)
    except ValueError as error:
        raise BadRequest("recorded_on must be a day such as 2026-03-02.", field="recorded_on") from error


def _stamp(moment: datetime) -> Timestamp:
    stamp = Timestamp()
    stamp.FromDatetime(moment.astimezone(UTC))
    return stamp
