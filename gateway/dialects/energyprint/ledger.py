"""EnergyPrint's utility accounts and bills: listed, retrieved, by day, with metadata that the client keeps on them."""

import re
from typing import Any

from aiohttp import web

from domain.refusals import BadRequest, NoSuchAccount
from gateway.call import Call, Rooms, ask
from gateway.dialects.answers import exact_response
from gateway.dialects.energyprint.shapes import (
    FACTOR_SET,
    LINK_DAYS,
    Json,
    account_json,
    bill_json,
    days_json,
    meter_json,
    source_json,
)
from gateway.dialects.energyprint.urjanet import urjanet_xml
from gateway.dialects.lists import all_of, files_of
from gateway.dialects.numbers import NumberOf, id_in_path, with_numbers
from gateway.rest.bills.records import fresh_link
from gateway.rest.ledger.bills import metadata_text
from protos.profile.v1 import ledger_pb2

_DAY = re.compile(r"(\d{4}-\d{2}-\d{2})(T00:00:00(\.000)?Z)?", re.ASCII)
_MORE_SECONDS = (LINK_DAYS - 1) * 86_400
"""Links of this dialect live for a week; ours for a day."""

ALL = ledger_pb2.LEDGER_BILL_SELECTION_ALL


async def list_accounts(rooms: Rooms, call: Call) -> web.StreamResponse:
    """List the tenant's accounts."""
    call.query()
    request = ledger_pb2.ListLedgerAccountsRequest()
    accounts = [one async for one in all_of(rooms, call, rooms.ledger.ListLedgerAccounts, request, "accounts")]
    return exact_response(await with_numbers(rooms, call, lambda of: [account_json(one, of) for one in accounts]))


async def get_account(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Retrieve one account with its meters nested inside."""
    return await _with_meters(rooms, call, await _account(rooms, call))


async def put_account(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Replace an account's metadata by the body."""
    account_id = await id_in_path(rooms, call, "number", "account", NoSuchAccount)
    request = ledger_pb2.UpdateLedgerAccountRequest(account_id=account_id, metadata_json=await metadata_in(call))
    return await _with_meters(rooms, call, await ask(rooms, call, rooms.ledger.UpdateLedgerAccount, request))


async def get_account_bills(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Retrieve one account with its bills nested inside, archived ones among them."""
    account = await _account(rooms, call)
    bills = await bills_of(rooms, call, account_id=account.account_id)

    def render(of: NumberOf) -> Json:
        return {**account_json(account, of), "bills": [one(of) for one in bills]}

    return exact_response(await with_numbers(rooms, call, render))


async def list_days(rooms: Rooms, call: Call) -> web.StreamResponse:
    """List the days on which bills were saved."""
    call.query()
    request = ledger_pb2.ListBillDaysRequest()
    days = [one async for one in all_of(rooms, call, rooms.ledger.ListBillDays, request, "days")]
    return exact_response(days_json(days))


async def get_day(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Retrieve the bills saved on one day (UTC); in XML where the format asks for it, in JSON for any other."""
    found = _DAY.fullmatch(call.request.match_info["date"])
    if found is None:
        raise BadRequest("The day must be of the form 2026-03-02.", field="date")
    request = ledger_pb2.ListLedgerBillsRequest(selection=ALL, factor_set=FACTOR_SET)
    try:
        request.recorded_from.FromJsonString(f"{found[1]}T00:00:00Z")
    except ValueError as error:
        raise BadRequest("There is no such day.", field="date") from error
    request.recorded_until.FromNanoseconds(request.recorded_from.ToNanoseconds() + 86_400 * 10**9)
    bills = [one async for one in all_of(rooms, call, rooms.ledger.ListLedgerBills, request, "bills")]
    if call.request.query.get("format") == "xml":
        links = await _links(rooms, call, bills)
        return web.Response(body=urjanet_xml(bills, links), content_type="text/xml", charset="utf-8")
    rendered = await _rendered(rooms, call, bills)
    return exact_response(await with_numbers(rooms, call, lambda of: [one(of) for one in rendered]))


async def bills_of(rooms: Rooms, call: Call, **whose: Any) -> list[Any]:
    """Return renderers of the bills of an account, a meter or a property, the one recorded last first."""
    request = ledger_pb2.ListLedgerBillsRequest(selection=ALL, factor_set=FACTOR_SET, **whose)
    bills = [one async for one in all_of(rooms, call, rooms.ledger.ListLedgerBills, request, "bills")]
    return await _rendered(rooms, call, bills)


async def metadata_in(call: Call) -> str:
    """Return the metadata in a body: the object under ``metadata``, or the whole body where there is none."""
    members = (await call.fields()).rest()
    inner = members.get("metadata") if set(members) == {"metadata"} else members
    if not isinstance(inner, dict):
        raise BadRequest("metadata must be an object.", field="metadata")
    return metadata_text(inner)


async def _account(rooms: Rooms, call: Call) -> ledger_pb2.LedgerAccount:
    account_id = await id_in_path(rooms, call, "number", "account", NoSuchAccount)
    return await ask(
        rooms, call, rooms.ledger.GetLedgerAccount, ledger_pb2.GetLedgerAccountRequest(account_id=account_id)
    )


async def _with_meters(rooms: Rooms, call: Call, account: ledger_pb2.LedgerAccount) -> web.StreamResponse:
    def render(of: NumberOf) -> Json:
        meters = [meter_json(one, {}, of) for one in account.meters]
        return {**account_json(account, of), "utility_meters": meters}

    return exact_response(await with_numbers(rooms, call, render))


async def _rendered(rooms: Rooms, call: Call, bills: list[ledger_pb2.LedgerBill]) -> list[Any]:
    files = await files_of(rooms, call, bills)

    def renderer(bill: ledger_pb2.LedgerBill) -> Any:
        file = files.get(bill.bill_id)
        link = fresh_link(rooms, call, file, _MORE_SECONDS)[0] if file is not None else ""
        source = source_json(file.content_type if file is not None else "", link)
        return lambda of: bill_json(bill, source, of)

    return [renderer(bill) for bill in bills]


async def _links(rooms: Rooms, call: Call, bills: list[ledger_pb2.LedgerBill]) -> dict[str, str]:
    files = await files_of(rooms, call, bills)
    return {bill_id: fresh_link(rooms, call, file, _MORE_SECONDS)[0] for bill_id, file in files.items()}
