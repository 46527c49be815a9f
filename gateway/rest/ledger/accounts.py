"""Accounts with utilities and their meters: listed, retrieved, their calendars, what callers keep with them."""

from aiohttp import web

from domain.refusals import NoSuchAccount, NoSuchMeter
from gateway.call import Call, Rooms, ask
from gateway.messages import message_json
from gateway.rest.answers import json_response, page_response
from gateway.rest.ledger.bills import metadata
from gateway.rest.ledger.shapes import account_json
from gateway.rest.projects.known import require_project
from gateway.rest.projects.numbers import months_json, months_request
from protos.profile.v1 import ledger_pb2, profile_pb2


async def list_accounts(rooms: Rooms, call: Call) -> web.StreamResponse:
    """List the accounts that were seen on the project's bills, newest first."""
    page = call.page()
    await require_project(rooms, call)
    request = profile_pb2.ListAccountsRequest(project_id=call.project_id, page_size=page.size, page_token=page.token)
    answer = await ask(rooms, call, rooms.profiles.ListAccounts, request)
    return page_response(call, "accounts", [account_json(one) for one in answer.accounts], answer.next_page_token)


async def list_ledger_accounts(rooms: Rooms, call: Call) -> web.StreamResponse:
    """List accounts of the tenant, a project or a property, newest first."""
    page = call.page("project_id", "property_id")
    query = call.query("page_size", "page_token", "project_id", "property_id")
    request = ledger_pb2.ListLedgerAccountsRequest(
        project_id=query.get("project_id", ""),
        property_id=query.get("property_id", ""),
        page_size=page.size,
        page_token=page.token,
    )
    answer = await ask(rooms, call, rooms.ledger.ListLedgerAccounts, request)
    return page_response(call, "accounts", [message_json(one) for one in answer.accounts], answer.next_page_token)


async def get_account(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Retrieve one account with its meters."""
    request = ledger_pb2.GetLedgerAccountRequest(account_id=call.path_uuid("account_id", NoSuchAccount))
    return json_response(message_json(await ask(rooms, call, rooms.ledger.GetLedgerAccount, request)))


async def put_account_metadata(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Replace an account's metadata."""
    account_id = call.path_uuid("account_id", NoSuchAccount)
    request = ledger_pb2.UpdateLedgerAccountRequest(account_id=account_id, metadata_json=await metadata(call))
    return json_response(message_json(await ask(rooms, call, rooms.ledger.UpdateLedgerAccount, request)))


async def get_calendar(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Tell what an account's bills cover by day, and what is to be said of it."""
    query = call.query("meter_id", "project_id", "today")
    request = ledger_pb2.GetAccountCalendarRequest(
        account_id=call.path_uuid("account_id", NoSuchAccount),
        meter_id=query.get("meter_id", ""),
        project_id=query.get("project_id", ""),
        today=query.get("today", ""),
    )
    return json_response(message_json(await ask(rooms, call, rooms.ledger.GetAccountCalendar, request)))


async def list_meters(rooms: Rooms, call: Call) -> web.StreamResponse:
    """List meters, newest first."""
    names = ("project_id", "property_id", "account_id", "meter_commodity")
    page = call.page(*names)
    query = call.query("page_size", "page_token", *names)
    request = ledger_pb2.ListLedgerMetersRequest(
        project_id=query.get("project_id", ""),
        property_id=query.get("property_id", ""),
        account_id=query.get("account_id", ""),
        commodity=query.get("meter_commodity", ""),
        page_size=page.size,
        page_token=page.token,
    )
    answer = await ask(rooms, call, rooms.ledger.ListLedgerMeters, request)
    return page_response(call, "meters", [message_json(one) for one in answer.meters], answer.next_page_token)


async def get_meter(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Retrieve one meter."""
    request = ledger_pb2.GetLedgerMeterRequest(meter_id=call.path_uuid("meter_id", NoSuchMeter))
    return json_response(message_json(await ask(rooms, call, rooms.ledger.GetLedgerMeter, request)))


async def put_meter_metadata(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Replace a meter's metadata."""
    meter_id = call.path_uuid("meter_id", NoSuchMeter)
    request = ledger_pb2.UpdateLedgerMeterRequest(meter_id=meter_id, metadata_json=await metadata(call))
    return json_response(message_json(await ask(rooms, call, rooms.ledger.UpdateLedgerMeter, request)))


async def list_meter_months(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Tell the calendar months of one meter, whatever the projects of its bills."""
    query = call.query("factor_set", "region", "weights", "page_token")
    meter_id = call.path_uuid("meter_id", NoSuchMeter)
    await ask(rooms, call, rooms.ledger.GetLedgerMeter, ledger_pb2.GetLedgerMeterRequest(meter_id=meter_id))
    request = months_request(query, meter_id=meter_id)
    return json_response(months_json(await ask(rooms, call, rooms.profiles.ListMonths, request)))
