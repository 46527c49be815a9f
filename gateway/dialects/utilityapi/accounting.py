"""UtilityAPI's accounting: billing summaries and billing accounts, listed by filters, retrieved."""

from collections.abc import Sequence

from aiohttp import web

from domain.refusals import NoSuchAccount
from gateway.call import Call, Rooms, ask
from gateway.dialects.answers import exact_response
from gateway.dialects.lists import all_of, files_of
from gateway.dialects.utilityapi.listing import Filters, bill_of, listing, uuids
from gateway.dialects.utilityapi.shapes import Json, account_json, source_json, summary_json
from gateway.rest.bills.records import fresh_link
from protos.profile.v1 import ledger_pb2

ACCOUNT_BILLS_MAX = 1000
"""Bills that an account's dates and notes are gathered from: 80 years of months."""


async def list_summaries(rooms: Rooms, call: Call) -> web.StreamResponse:
    """List billing summaries, the newest first."""
    filters = Filters.of(call, "uids", "authorizations", "billing_accounts", "meters")
    bills, following = await listing(rooms, call, filters)
    sources = await sources_of(rooms, call, bills)
    shown = [summary_json(bill, sources.get(bill.bill_id, ())) for bill in bills]
    return exact_response({"billing_summaries": shown, "next": following})


async def get_summary(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Retrieve one billing summary."""
    bill = await bill_of(rooms, call, call.request.match_info["uid"])
    sources = await sources_of(rooms, call, [bill])
    return exact_response(summary_json(bill, sources.get(bill.bill_id, ())))


async def list_accounts(rooms: Rooms, call: Call) -> web.StreamResponse:
    """List billing accounts, the newest first."""
    query = call.query("uids", "authorizations", "access_token")
    wanted, projects = uuids(query, "uids"), uuids(query, "authorizations")
    found: dict[str, ledger_pb2.LedgerAccount] = {}
    for project_id in projects or [""]:
        request = ledger_pb2.ListLedgerAccountsRequest(project_id=project_id)
        async for account in all_of(rooms, call, rooms.ledger.ListLedgerAccounts, request, "accounts"):
            if not wanted or account.account_id in wanted:
                found[account.account_id] = account
    shown = [await _account(rooms, call, account) for account in found.values()]
    return exact_response({"billing_accounts": shown, "next": None})


async def get_account(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Retrieve one billing account."""
    uid = call.path_uuid("uid", NoSuchAccount)
    request = ledger_pb2.GetLedgerAccountRequest(account_id=uid)
    account = await ask(rooms, call, rooms.ledger.GetLedgerAccount, request)
    return exact_response(await _account(rooms, call, account))


async def sources_of(rooms: Rooms, call: Call, bills: Sequence[ledger_pb2.LedgerBill]) -> dict[str, Sequence[Json]]:
    """Return the files behind bills, by the document's id."""
    files = await files_of(rooms, call, bills)
    return {key: [source_json(file.content_type, fresh_link(rooms, call, file)[0])] for key, file in files.items()}


async def _account(rooms: Rooms, call: Call, account: ledger_pb2.LedgerAccount) -> Json:
    request = ledger_pb2.ListLedgerBillsRequest(account_id=account.account_id)
    bills = [one async for one in all_of(rooms, call, rooms.ledger.ListLedgerBills, request, "bills")]
    newest = bills[:1]
    sources = await sources_of(rooms, call, newest)
    return account_json(account, bills[:ACCOUNT_BILLS_MAX], sources.get(newest[0].bill_id, ()) if newest else ())
