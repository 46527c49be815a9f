"""UtilityAPI's dialect under ``/utilityapi``: billing summaries and accounts, meters, bills, events, Green Button."""

from aiohttp import web

from domain.refusals import NoKey
from gateway.credentials import key_of, plain_key
from gateway.dialects.answers import exact_response
from gateway.dialects.dialect import Dialect
from gateway.dialects.utilityapi import accounting, events, meters
from gateway.problems import Problem
from gateway.rest.route import Route

_MOUNT = "/utilityapi"
_API = _MOUNT + "/api/v2"
_SUMMARIES = _API + "/accounting/billing-summaries"
_ACCOUNTS = _API + "/accounting/billing-accounts"
_ESPI = _MOUNT + "/DataCustodian/espi/1_1/resource/Batch/Subscription/{subscription}"

_ERRORS = {"BAD_REQUEST": "invalid_param", "NO_KEY": "no_api_token", "BAD_KEY": "invalid_api_token"}


def _key(request: web.Request) -> str:
    """Return the key after Bearer, or in the query as access_token."""
    try:
        return key_of(request)
    except NoKey:
        return plain_key(request.query.get("access_token", ""))


def _refusal(problem: Problem) -> web.Response:
    reason = problem.kind.reason
    body = {"error": _ERRORS.get(reason, reason.lower()), "error_description": problem.detail}
    return exact_response(body, problem.kind.status, problem.headers)


UTILITYAPI = Dialect(
    name="utilityapi",
    mount=_MOUNT,
    routes=(
        Route("GET", _SUMMARIES, "utilityapi_list_summaries", "read", accounting.list_summaries),
        Route("GET", _SUMMARIES + "/{uid}", "utilityapi_get_summary", "read", accounting.get_summary),
        Route("GET", _ACCOUNTS, "utilityapi_list_accounts", "read", accounting.list_accounts),
        Route("GET", _ACCOUNTS + "/{uid}", "utilityapi_get_account", "read", accounting.get_account),
        Route("GET", _API + "/authorizations", "utilityapi_list_authorizations", "read", meters.list_authorizations),
        Route("GET", _API + "/authorizations/{uid}", "utilityapi_get_authorization", "read", meters.get_authorization),
        Route("GET", _API + "/meters", "utilityapi_list_meters", "read", meters.list_meters),
        Route("GET", _API + "/meters/{uid}", "utilityapi_get_meter", "read", meters.get_meter),
        Route("GET", _API + "/bills", "utilityapi_list_bills", "read", meters.list_bills),
        Route("GET", _API + "/bills/{uid}", "utilityapi_get_bill", "read", meters.get_bill),
        Route("GET", _API + "/events", "utilityapi_list_events", "webhooks", events.list_events),
        Route("GET", _API + "/events/{uid}", "utilityapi_get_event", "webhooks", events.get_event),
        Route("PATCH", _API + "/events/{uid}", "utilityapi_update_event", "webhooks", events.update_event),
        Route("GET", _ESPI, "utilityapi_get_green_button", "read", meters.get_green_button),
        Route("GET", _ESPI + "/UsagePoint/{uid}", "utilityapi_get_usage_point", "read", meters.get_green_button),
    ),
    key_of=_key,
    refusal=_refusal,
    webhooks=events.UTILITYAPI_WEBHOOKS,
)
