"""The routes of the tenant's own affairs."""

from gateway.rest.account import keys
from gateway.rest.route import Route

ROUTES: tuple[Route, ...] = (
    Route("POST", "/v1/api_keys", "create_api_key", "admin", keys.create_api_key),
    Route("GET", "/v1/api_keys", "list_api_keys", "admin", keys.list_api_keys),
    Route("DELETE", "/v1/api_keys/{key_id}", "revoke_api_key", "admin", keys.revoke_api_key),
)
