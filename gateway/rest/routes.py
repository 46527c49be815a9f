"""The table of routes: every address that the edge serves, who may use it, and who answers."""

from gateway.openapi import pages
from gateway.rest import bills, endpoints, health, keys, numbers, projects, uploads
from gateway.rest.route import Route

_PROJECT = "/v1/projects/{project_id}"
_BILL = _PROJECT + "/utility_bills/{utility_bill_id}"
_ENDPOINTS = "/v1/webhook_endpoints"
_ENDPOINT = _ENDPOINTS + "/{webhook_endpoint_id}"
_DELIVERY = _ENDPOINT + "/deliveries/{delivery_id}"

ROUTES: tuple[Route, ...] = (
    Route("POST", "/v1/projects", "create_project", "upload", projects.create_project),
    Route("GET", "/v1/projects", "list_projects", "read", projects.list_projects),
    Route("GET", _PROJECT, "get_project", "read", projects.get_project),
    Route("POST", _PROJECT + "/utility_bills", "upload_utility_bill", "upload", uploads.upload_bill),
    Route("GET", _PROJECT + "/utility_bills", "list_utility_bills", "read", bills.list_bills),
    Route("GET", _BILL, "get_utility_bill", "read", bills.get_bill),
    Route("DELETE", _BILL, "delete_utility_bill", "amend", bills.delete_bill),
    Route("POST", _BILL + "/reparse", "reparse_utility_bill", "amend", bills.reparse_bill),
    Route("GET", _BILL + "/reading", "get_reading", "read", bills.get_reading),
    Route("GET", "/v1/jobs/{job_id}", "get_job", "read", bills.get_job),
    Route("GET", _PROJECT + "/load_profile", "get_load_profile", "read", projects.get_load_profile),
    Route("GET", _PROJECT + "/load_profile/hours", "get_hours", "read", numbers.get_hours),
    Route("GET", _PROJECT + "/months", "list_months", "read", numbers.list_months),
    Route("GET", _PROJECT + "/policy", "get_policy", "read", projects.get_policy),
    Route("PUT", _PROJECT + "/policy", "update_policy", "amend", projects.update_policy),
    Route("GET", _PROJECT + "/accounts", "list_accounts", "read", projects.list_accounts),
    Route("POST", "/v1/api_keys", "create_api_key", "admin", keys.create_api_key),
    Route("GET", "/v1/api_keys", "list_api_keys", "admin", keys.list_api_keys),
    Route("DELETE", "/v1/api_keys/{key_id}", "revoke_api_key", "admin", keys.revoke_api_key),
    Route("POST", _ENDPOINTS, "create_webhook_endpoint", "webhooks", endpoints.create_endpoint),
    Route("GET", _ENDPOINTS, "list_webhook_endpoints", "webhooks", endpoints.list_endpoints),
    Route("GET", _ENDPOINT, "get_webhook_endpoint", "webhooks", endpoints.get_endpoint),
    Route("PATCH", _ENDPOINT, "update_webhook_endpoint", "webhooks", endpoints.update_endpoint),
    Route("DELETE", _ENDPOINT, "delete_webhook_endpoint", "webhooks", endpoints.delete_endpoint),
    Route("GET", _ENDPOINT + "/secret", "get_webhook_secret", "webhooks", endpoints.get_secret),
    Route("POST", _ENDPOINT + "/secret/rotate", "rotate_webhook_secret", "webhooks", endpoints.rotate_secret),
    Route("POST", _ENDPOINT + "/test", "test_webhook_endpoint", "webhooks", endpoints.test_endpoint),
    Route("GET", _ENDPOINT + "/deliveries", "list_webhook_deliveries", "webhooks", endpoints.list_deliveries),
    Route("GET", _DELIVERY, "get_webhook_delivery", "webhooks", endpoints.get_delivery),
    Route("POST", _DELIVERY + "/redeliver", "redeliver_webhook", "webhooks", endpoints.redeliver),
    Route("GET", "/d/{token}", "download_utility_bill", None, bills.download_bill),
    Route("GET", "/healthz", "healthz", None, health.healthz),
    Route("GET", "/readyz", "readyz", None, health.readyz),
    Route("GET", "/openapi.json", "get_openapi", None, pages.get_openapi),
    Route("GET", "/docs", "show_docs", None, pages.show_docs),
    Route("GET", "/problems/{name}", "show_problem", None, pages.show_problem),
)
