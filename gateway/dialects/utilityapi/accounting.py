"""UtilityAPI's accounting: billing summaries and billing accounts, listed by filters, retrieved."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, timedelta

from aiohttp import web

from domain.refusals import BadRequest, NoSuchAccount, NoSuchLedgerBill
from gateway.call import Call, Rooms, ask
from gateway.dialects.answers import exact_response
from gateway.dialects.lists import all_of, files_of
from gateway.dialects.utilityapi.listing import Filters, Place, bill_of, page_of, uuids
from gateway.dialects.utilityapi.shapes import Json, account_json, source_json, summary_json
from gateway.rest.bills.records import fresh_link
from gateway.rest.exports.whose import Whose, pages_of_bills
from protos.profile.v1 import ledger_pb2

ACCOUNT_BILLS_MAX = 1000
"""Bills that an account's dates and notes are gathered from: 80 years of months."""


async def list_summaries(rooms: Rooms, call: Call) -> web.StreamResponse:
    """List billing summaries, the newest first."""
    filters = Filters.of(call, "uids", "authorizations", "billing_accounts", "meters")
    bills, following = await _summaries(rooms, call, filters)
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
    query = call.query("uids", "authorizations", "meters", "access_token")
    wanted, projects, meters = (uuids(query, name) for name in ("uids", "authorizations", "meters"))
    found: dict[str, ledger_pb2.LedgerAccount] = {}
    for project_id in projects or [""]:
        request = ledger_pb2.ListLedgerAccountsRequest(project_id=project_id)
        async for account in all_of(rooms, call, rooms.ledger.ListLedgerAccounts, request, "accounts"):
            if wanted and account.account_id not in wanted:
                continue
            if not meters or any(meter.meter_id in meters for meter in account.meters):
                found[account.account_id] = account
    is_few = wanted or meters
    whose = [Whose(account_id=one) for one in found] if is_few else [Whose(project_id=one) for one in projects or [""]]
    return exact_response({"billing_accounts": await _accounts(rooms, call, found, whose), "next": None})


async def get_account(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Retrieve one billing account."""
    uid = call.path_uuid("uid", NoSuchAccount)
    request = ledger_pb2.GetLedgerAccountRequest(account_id=uid)
    account = await ask(rooms, call, rooms.ledger.GetLedgerAccount, request)
    [shown] = await _accounts(rooms, call, {uid: account}, [Whose(account_id=uid)])
    return exact_response(shown)


async def sources_of(rooms: Rooms, call: Call, bills: Sequence[ledger_pb2.LedgerBill]) -> dict[str, Sequence[Json]]:
    """Return the files behind bills, by the document's id."""
    files = await files_of(rooms, call, bills)
    return {key: [source_json(file.content_type, fresh_link(rooms, call, file)[0])] for key, file in files.items()}


async def _summaries(rooms: Rooms, call: Call, filters: Filters) -> tuple[list[ledger_pb2.LedgerBill], str | None]:
    if filters.uids:
        bills = [await bill_of(rooms, call, uid) for uid in filters.uids]
        return [bill for bill in bills if _is_chosen(bill, filters)], None
    after, until = None, None
    if filters.after:
        try:
            last = await bill_of(rooms, call, filters.after)
        except NoSuchLedgerBill as error:
            raise BadRequest("There is no billing summary of the uid in after.", field="after") from error
        after = _place(last)
        until = last.recorded_at.ToDatetime(tzinfo=UTC) + timedelta(microseconds=1)
    return await page_of(rooms, call, filters, lambda bill: [(bill.ledger_bill_id, _place(bill), bill)], after, until)


def _is_chosen(bill: ledger_pb2.LedgerBill, filters: Filters) -> bool:
    return (
        (not filters.projects or bill.project_id in filters.projects)
        and (not filters.accounts or bill.account_id in filters.accounts)
        and (not filters.meters or any(meter.meter_id in filters.meters for meter in bill.meters))
    )


def _place(bill: ledger_pb2.LedgerBill) -> Place:
    return (-bill.recorded_at.ToNanoseconds(), bill.ledger_bill_id)


async def _accounts(
    rooms: Rooms, call: Call, accounts: Mapping[str, ledger_pb2.LedgerAccount], whose: Iterable[Whose]
) -> list[Json]:
    """Render accounts with their bills, all of which are asked for together."""
    bills: dict[str, dict[str, ledger_pb2.LedgerBill]] = {account_id: {} for account_id in accounts}
    for one in whose:
        async for page in pages_of_bills(rooms, call, one, ledger_pb2.LEDGER_BILL_SELECTION_STANDING):
            for bill in page:
                mine = bills.get(bill.account_id)
                if mine is not None and len(mine) < ACCOUNT_BILLS_MAX:
                    mine[bill.ledger_bill_id] = _in_short(bill)
    listed = {
        account_id: sorted(mine.values(), key=lambda one: -one.recorded_at.ToNanoseconds())
        for account_id, mine in bills.items()
    }
    sources = await sources_of(rooms, call, [mine[0] for mine in listed.values() if mine])
    return [
        account_json(account, mine, sources.get(mine[0].bill_id, ()) if mine else ())
        for account, mine in zip(accounts.values(), listed.values(), strict=True)
    ]


def _in_short(bill: ledger_pb2.LedgerBill) -> ledger_pb2.LedgerBill:
    """Return what of a bill says something of its account; the page that it came on can go."""
    return ledger_pb2.LedgerBill(
        ledger_bill_id=bill.ledger_bill_id,
        bill_id=bill.bill_id,
        project_id=bill.project_id,
        statement_date=bill.statement_date,
        recorded_at=bill.recorded_at,
        proofs=bill.proofs,
    )
