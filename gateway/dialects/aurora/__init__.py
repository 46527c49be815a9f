"""Aurora's dialect under ``/aurora``: tenant, projects, utility bills, consumption profile, webhook subscriptions.

Paths follow the vendor's pattern: an action that takes its time is started at ``…/{action}/run`` and asked for at
``…/{action}/status?job_id=``; the action here has the name that its webhook event shows, ``utility_bill_upload``.
"""

from aiohttp import web

from gateway.credentials import key_of
from gateway.dialects.answers import exact_response
from gateway.dialects.aurora import bills, projects, webhooks
from gateway.dialects.aurora.shapes import refusal_json
from gateway.dialects.dialect import Dialect
from gateway.problems import Problem
from gateway.rest.projects.supplied import SUPPLY_BYTES_MAX
from gateway.rest.route import Route

_MOUNT = "/aurora"
_TENANT = _MOUNT + "/tenants/{tenant_id}"
_PROJECT = _TENANT + "/projects/{project_id}"
_WEBHOOK = _TENANT + "/webhooks/{webhook_id}"


def _refusal(problem: Problem) -> web.Response:
    return exact_response(refusal_json(problem), problem.kind.status, problem.headers)


AURORA = Dialect(
    name="aurora",
    mount=_MOUNT,
    routes=(
        Route("GET", _TENANT, "aurora_get_tenant", "read", projects.get_tenant),
        Route("POST", _TENANT + "/projects", "aurora_create_project", "upload", projects.create_project),
        Route("GET", _TENANT + "/projects", "aurora_list_projects", "read", projects.list_projects),
        Route("GET", _PROJECT, "aurora_get_project", "read", projects.get_project),
        Route("POST", _PROJECT + "/utility_bill_upload/run", "aurora_run_upload", "upload", bills.run_upload),
        Route("GET", _PROJECT + "/utility_bill_upload/status", "aurora_get_status", "read", bills.get_status),
        Route("GET", _PROJECT + "/utility_bills", "aurora_list_bills", "read", bills.list_bills),
        Route("GET", _PROJECT + "/utility_bills/{utility_bill_id}", "aurora_get_bill", "read", bills.get_bill),
        Route(
            "GET",
            _PROJECT + "/consumption_profile",
            "aurora_get_consumption_profile",
            "read",
            projects.get_consumption_profile,
        ),
        Route(
            "PUT",
            _PROJECT + "/consumption_profile",
            "aurora_put_consumption_profile",
            "amend",
            projects.put_consumption_profile,
            SUPPLY_BYTES_MAX,
        ),
        Route("POST", _TENANT + "/webhooks", "aurora_create_webhook", "webhooks", webhooks.create_webhook),
        Route("GET", _TENANT + "/webhooks", "aurora_list_webhooks", "webhooks", webhooks.list_webhooks),
        Route("GET", _WEBHOOK, "aurora_get_webhook", "webhooks", webhooks.get_webhook),
        Route("PUT", _WEBHOOK, "aurora_update_webhook", "webhooks", webhooks.update_webhook),
        Route("DELETE", _WEBHOOK, "aurora_delete_webhook", "webhooks", webhooks.delete_webhook),
    ),
    key_of=key_of,
    refusal=_refusal,
)
