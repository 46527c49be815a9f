"""Bayou's bills: uploaded, listed, retrieved, unlocked (they always are); and the utilities that sent them."""

from collections.abc import Callable
from typing import Any

from aiohttp import web

from domain.ids import ProjectId
from domain.refusals import BadRequest, NoSuchAccount, NoSuchBill, NoSuchProject
from gateway.call import Call, Rooms, ask
from gateway.dialects.answers import exact_response
from gateway.dialects.bayou.customers import customer_in_path, name_it
from gateway.dialects.bayou.shapes import Json, bill_json, bill_key, unparsed_json, utilities_json
from gateway.dialects.lists import all_of
from gateway.dialects.numbers import NumberOf, id_in_path, id_named, with_numbers
from gateway.dialects.store import Thing
from gateway.rest.bills.records import fresh_link
from gateway.rest.bills.uploads import receive
from protos.ingest.v1 import ingest_pb2
from protos.profile.v1 import ledger_pb2

Renderer = Callable[[NumberOf], Json]

_TEXT_LENGTH_MAX = 200


async def upload_bill(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Take a bill in for a customer (``customer_id`` in the query: a number, or external_id: and the caller's own)."""
    query = call.query("customer_id", "external_id")
    named = query.get("customer_id")
    if named is None:
        raise BadRequest("customer_id is required in the query.", field="customer_id")
    project_id = await id_named(rooms, call, "project", named)
    if project_id is None:
        raise NoSuchProject
    answer = await receive(rooms, call, ProjectId(project_id))
    bill_id = answer.bill.bill_id
    external_id = query.get("external_id", "")[:_TEXT_LENGTH_MAX]
    if external_id:
        await name_it(rooms, call, Thing("bill", bill_key(project_id, bill_id)), external_id)
    link = fresh_link(rooms, call, answer.bill)[0]
    return exact_response(await with_numbers(rooms, call, lambda of: unparsed_json(project_id, bill_id, link, of)), 201)


async def list_bills(rooms: Rooms, call: Call) -> web.StreamResponse:
    """List a customer's bills, read or not; by account number or meter where asked for."""
    query = call.query("account_number", "meter_id")
    project_id = await customer_in_path(rooms, call)
    renderers = await bills_of(rooms, call, project_id)

    def render(of: NumberOf) -> list[Json]:
        bills = [one(of) for one in renderers]
        if "account_number" in query:
            bills = [bill for bill in bills if bill.get("account_number") == query["account_number"]]
        if "meter_id" in query:
            bills = [bill for bill in bills if query["meter_id"] in {one["id"] for one in bill.get("meters", ())}]
        return bills

    return exact_response(await with_numbers(rooms, call, render))


async def get_bill(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Retrieve one bill."""
    return exact_response(await with_numbers(rooms, call, await _bill(rooms, call)))


async def update_bill(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Let the caller's own id stand for a bill."""
    key = await id_in_path(rooms, call, "bill", "bill", NoSuchBill)
    fields = await call.fields()
    is_given = fields.has("external_id")
    external_id = fields.optional_text("external_id", _TEXT_LENGTH_MAX)
    fields.end()
    renderer = await _bill(rooms, call)
    if is_given:
        await name_it(rooms, call, Thing("bill", key), external_id or None)
    return exact_response(await with_numbers(rooms, call, renderer))


async def unlock_bill(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Answer with the bill: nothing is locked here, so whatever is asked to be unlocked is."""
    if call.request.body_exists:
        (await call.fields()).rest()
    return exact_response(await with_numbers(rooms, call, await _bill(rooms, call)))


async def list_utilities(rooms: Rooms, call: Call) -> web.StreamResponse:
    """List the utilities whose bills were seen."""
    call.query()
    return exact_response(await _utilities(rooms, call))


async def get_utility(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Retrieve one of them."""
    wanted = call.request.match_info["utility"]
    found = next((one for one in await _utilities(rooms, call) if one["id"] == wanted), None)
    if found is None:
        raise NoSuchAccount("No bill of this utility was seen.")
    return exact_response(found)


async def bills_of(rooms: Rooms, call: Call, project_id: ProjectId) -> list[Renderer]:
    """Return renderers of a customer's bills: those read, then those not."""
    every = ledger_pb2.LEDGER_BILL_SELECTION_ALL
    request = ledger_pb2.ListLedgerBillsRequest(project_id=project_id, selection=every)
    read = [one async for one in all_of(rooms, call, rooms.ledger.ListLedgerBills, request, "bills")]
    uploads = ingest_pb2.ListBillsRequest(project_id=project_id)
    files = {one.bill_id: one async for one in all_of(rooms, call, rooms.ingest.ListBills, uploads, "bills")}
    standing = [bill for bill in read if not bill.archived and bill.bill_id in files]
    renderers = [_read(rooms, call, bill, files[bill.bill_id]) for bill in standing]
    # A document that another one states again is read, too, its bill archived; what waits for a person's look has no record yet.
    known = {bill.bill_id for bill in read}
    waiting = [file for bill_id, file in files.items() if bill_id not in known]
    return renderers + [_unread(rooms, call, file) for file in waiting]


async def _utilities(rooms: Rooms, call: Call) -> list[Json]:
    request = ledger_pb2.ListLedgerAccountsRequest()
    accounts = [one async for one in all_of(rooms, call, rooms.ledger.ListLedgerAccounts, request, "accounts")]
    return utilities_json(accounts)


def _read(rooms: Rooms, call: Call, bill: ledger_pb2.LedgerBill, file: ingest_pb2.Bill) -> Renderer:
    link = fresh_link(rooms, call, file)[0]
    return lambda of: bill_json(bill, link, of)


def _unread(rooms: Rooms, call: Call, file: ingest_pb2.Bill) -> Renderer:
    link = fresh_link(rooms, call, file)[0]
    return lambda of: unparsed_json(file.project_id, file.bill_id, link, of)


async def _bill(rooms: Rooms, call: Call) -> Renderer:
    key = await id_in_path(rooms, call, "bill", "bill", NoSuchBill)
    project_id, _, bill_id = key.partition("#")[0].partition("/")
    request = ledger_pb2.ListLedgerBillsRequest(bill_id=bill_id, selection=ledger_pb2.LEDGER_BILL_SELECTION_ALL)
    found: list[Any] = [one async for one in all_of(rooms, call, rooms.ledger.ListLedgerBills, request, "bills")]
    mine = [bill for bill in found if bill_key(bill.project_id, bill.bill_id, bill.statement) == key]
    mine.sort(key=lambda bill: (bill.archived, -bill.recorded_at.ToNanoseconds()))
    file = await ask(
        rooms, call, rooms.ingest.GetBill, ingest_pb2.GetBillRequest(project_id=project_id, bill_id=bill_id)
    )
    return _read(rooms, call, mine[0], file) if mine else _unread(rooms, call, file)
