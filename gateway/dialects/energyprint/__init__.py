"""EnergyPrint's dialect under ``/energyprint``: utility accounts, meters, properties, bills by day, months, snapshots."""

from aiohttp import web

from gateway.dialects.answers import exact_response
from gateway.dialects.dialect import Dialect
from gateway.dialects.energyprint import access, ledger, properties
from gateway.problems import Problem
from gateway.rest.route import Route

_MOUNT = "/energyprint"
_ACCOUNT = _MOUNT + "/utility_accounts/{number}"
_METER = _MOUNT + "/meters/{number}"
_PROPERTY = _MOUNT + "/properties/{number}"
_MONTHS = "/monthly_consumption_data"


def _refusal(problem: Problem) -> web.Response:
    return exact_response(
        {"error": problem.detail, "reason": problem.kind.reason}, problem.kind.status, problem.headers
    )


ENERGYPRINT = Dialect(
    name=access.NAME,
    mount=_MOUNT,
    routes=(
        Route("POST", _MOUNT + "/auth/login", "energyprint_log_in", None, access.log_in),
        Route("POST", _MOUNT + "/auth/revoke", "energyprint_revoke_tokens", "read", access.revoke),
        Route("GET", _MOUNT + "/utility_accounts", "energyprint_list_accounts", "read", ledger.list_accounts),
        Route("GET", _ACCOUNT, "energyprint_get_account", "read", ledger.get_account),
        Route("PUT", _ACCOUNT, "energyprint_put_account", "amend", ledger.put_account),
        Route("GET", _ACCOUNT + "/bills", "energyprint_get_account_bills", "read", ledger.get_account_bills),
        Route("GET", _MOUNT + "/meters", "energyprint_list_meters", "read", properties.list_meters),
        Route("GET", _METER, "energyprint_get_meter", "read", properties.get_meter),
        Route("PUT", _METER, "energyprint_put_meter", "amend", properties.put_meter),
        Route("GET", _METER + "/bills", "energyprint_get_meter_bills", "read", properties.get_meter_bills),
        Route("GET", _METER + _MONTHS, "energyprint_get_meter_months", "read", properties.get_meter_months),
        Route("GET", _MOUNT + "/properties", "energyprint_list_properties", "read", properties.list_properties),
        Route("GET", _PROPERTY, "energyprint_get_property", "read", properties.get_property),
        Route("PUT", _PROPERTY, "energyprint_put_property", "amend", properties.put_property),
        Route("GET", _PROPERTY + "/bills", "energyprint_get_property_bills", "read", properties.get_property_bills),
        Route("GET", _PROPERTY + _MONTHS, "energyprint_get_property_months", "read", properties.get_property_months),
        Route("GET", _PROPERTY + "/snapshots", "energyprint_get_snapshots", "read", properties.get_snapshots),
        Route("GET", _MOUNT + "/days", "energyprint_list_days", "read", ledger.list_days),
        Route("GET", _MOUNT + "/days/{date}", "energyprint_get_day", "read", ledger.get_day),
    ),
    key_of=access.token_of,
    refusal=_refusal,
    key_behind=access.key_behind,
)
