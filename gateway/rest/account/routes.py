"""The routes of the tenant's own affairs, and of the operator's."""

from gateway.http.operator import SCOPE as OPERATOR
from gateway.rest.account import audit, keys, tenants
from gateway.rest.route import Route

_KEY = "/v1/api_keys/{key_id}"

ROUTES: tuple[Route, ...] = (
    Route("POST", "/v1/api_keys", "create_api_key", "admin", keys.create_api_key),
    Route("GET", "/v1/api_keys", "list_api_keys", "admin", keys.list_api_keys),
    Route("POST", _KEY + "/rotate", "rotate_api_key", "admin", keys.rotate_api_key),
    Route("DELETE", _KEY, "revoke_api_key", "admin", keys.revoke_api_key),
    Route("GET", "/v1/audit_log", "list_audit_log", "admin", audit.list_audit_log),
    Route("GET", "/v1/tenant", "get_own_tenant", "read", tenants.get_own_tenant),
    Route("GET", "/v1/tenant/export", "export_tenant", "admin", tenants.export_tenant),
    Route("DELETE", "/v1/tenant", "erase_own_tenant", "admin", tenants.erase_own_tenant),
    Route("POST", "/v1/tenants", "create_tenant", OPERATOR, tenants.make_tenant),
    Route("GET", "/v1/tenants", "list_tenants", OPERATOR, tenants.list_all_tenants),
    Route("GET", "/v1/tenants/{tenant_id}", "get_tenant", OPERATOR, tenants.get_tenant),
    Route("DELETE", "/v1/tenants/{tenant_id}", "erase_tenant", OPERATOR, tenants.erase_any_tenant),
    Route("GET", "/v1/operator/audit_log", "list_whole_audit_log", OPERATOR, audit.list_whole_audit_log),
)
