"""Accounts with utilities, as seen on the bills of a project."""

from aiohttp import web

from gateway.call import Call, Rooms, ask
from gateway.rest.answers import page_response
from gateway.rest.ledger.shapes import account_json
from gateway.rest.projects.projects import require_project
from protos.profile.v1 import profile_pb2


async def list_accounts(rooms: Rooms, call: Call) -> web.StreamResponse:
    """List the accounts that were seen on the project's bills, newest first."""
    page = call.page()
    await require_project(rooms, call)
    request = profile_pb2.ListAccountsRequest(project_id=call.project_id, page_size=page.size, page_token=page.token)
    answer = await ask(rooms, call, rooms.profiles.ListAccounts, request)
    return page_response(call, "accounts", [account_json(one) for one in answer.accounts], answer.next_page_token)
