"""Bayou's dialect under ``/bayou/api/v2``: customers, bills, uploads, utilities, webhooks."""

from aiohttp import web

from gateway.credentials import user_of
from gateway.dialects.answers import exact_response
from gateway.dialects.bayou import bills, customers
from gateway.dialects.bayou.shapes import refusal_json
from gateway.dialects.bayou.webhooks import BAYOU_WEBHOOKS
from gateway.dialects.dialect import Dialect
from gateway.problems import Problem
from gateway.rest.route import Route

_MOUNT = "/bayou"
_API = _MOUNT + "/api/v2"
_CUSTOMER = _API + "/customers/{customer}"
_BILL = _API + "/bills/{bill}"


def _refusal(problem: Problem) -> web.Response:
    headers = dict(problem.headers)
    if problem.kind.status == 401:
        headers["WWW-Authenticate"] = 'Basic realm="billowatt"'
    return exact_response(refusal_json(problem, f"/problems/{problem.kind.name}"), problem.kind.status, headers)


BAYOU = Dialect(
    name="bayou",
    mount=_MOUNT,
    routes=(
        Route("POST", _API + "/customers", "bayou_create_customer", "upload", customers.create_customer),
        Route("GET", _API + "/customers", "bayou_list_customers", "read", customers.list_customers),
        Route("GET", _CUSTOMER, "bayou_get_customer", "read", customers.get_customer),
        Route("PATCH", _CUSTOMER, "bayou_update_customer", "amend", customers.update_customer),
        Route("GET", _CUSTOMER + "/bills", "bayou_list_bills", "read", bills.list_bills),
        Route("POST", _API + "/bills", "bayou_upload_bill", "upload", bills.upload_bill),
        Route("GET", _BILL, "bayou_get_bill", "read", bills.get_bill),
        Route("PATCH", _BILL, "bayou_update_bill", "amend", bills.update_bill),
        Route("POST", _BILL + "/unlock", "bayou_unlock_bill", "read", bills.unlock_bill),
        Route("GET", _API + "/utilities", "bayou_list_utilities", "read", bills.list_utilities),
        Route("GET", _API + "/utilities/{utility}", "bayou_get_utility", "read", bills.get_utility),
    ),
    key_of=user_of,
    refusal=_refusal,
    webhooks=BAYOU_WEBHOOKS,
)
