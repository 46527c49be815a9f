"""Tenants and the audit log of their writes."""

from gateway.openapi.operation import BODY_PROBLEMS, PAGE_PROBLEMS, PAGED, Operation
from gateway.openapi.sample_ids import KEY_ID, PROJECT_ID
from gateway.openapi.terms import ID, TIME, Example, Schema, maybe, members, page_of, ref, text, whole
from gateway.openapi.topics.account.keys import API_KEY_WITH_TEXT

_TENANT_ID = "2b0c9d8e-7f6a-4b5c-9d4e-3f2a1b0c9d8e"
TENANT: Example = {"tenant_id": _TENANT_ID, "name": "Example Energy Advisers", "created_at": "2026-03-01T08:00:00Z"}
NEW_TENANT: Example = {"name": "Example Energy Advisers"}
MADE_TENANT: Example = {**TENANT, "first_key": {**API_KEY_WITH_TEXT, "scopes": ["admin"]}}
ERASURE: Example = {
    "tenant_id": _TENANT_ID,
    "state": "erased",
    "began_at": "2026-03-09T08:00:00.100Z",
    "erased_at": "2026-03-09T08:00:01.700Z",
    "projects": 3,
    "bills": 41,
    "rows_removed": 1207,
}
TENANT_PAGE: Example = {"tenants": [TENANT], "next_page_token": None}
WRITE_PAGE: Example = {
    "writes": [
        {
            "at": "2026-03-02T09:15:59.100Z",
            "tenant_id": _TENANT_ID,
            "actor": "key",
            "key_id": KEY_ID,
            "operation": "update_policy",
            "method": "PUT",
            "path": f"/v1/projects/{PROJECT_ID}/policy",
            "status": 200,
            "reason": None,
            "request_id": "6b1f2a3c4d5e",
            "address": "192.0.2.17",
        }
    ],
    "next_page_token": None,
}

_LOG = ("page_size", "page_token", "operation", "key_id", "since", "until")

OPERATIONS: dict[str, Operation] = {
    "get_own_tenant": Operation(
        tag="Tenants",
        summary="Tell whose key this is",
        schema="Tenant",
        example=TENANT,
        problems=("NO_SUCH_TENANT",),
    ),
    "list_audit_log": Operation(
        tag="Tenants",
        summary="List who wrote what",
        about=(
            "Every request that writes, newest first: with which key, when, from where, and what was answered. A status of null "
            "is a write that was cut off, or is under way."
        ),
        schema="WritePage",
        example=WRITE_PAGE,
        query=_LOG,
        answer_headers=("Link",),
        problems=PAGE_PROBLEMS,
    ),
    "export_tenant": Operation(
        tag="Tenants",
        summary="Export the tenant",
        about=(
            "A ZIP with projects, bills, readings, load profiles, accounts, the ledger's bills, properties, the events that are "
            "still kept and the log as JSON, and all files. It is made while it is sent; one that breaks off is no whole archive."
        ),
        media_type="application/zip",
        problems=("BAD_REQUEST",),
    ),
    "erase_own_tenant": Operation(
        tag="Tenants",
        summary="Erase the tenant",
        about=(
            "Files, readings, ledger, the payloads of events, endpoints, keys, the log: all of it. 200 with the receipt once it "
            "is done; 202 where that takes longer than one request: ask again. confirm must be the tenant's id."
        ),
        schema="Erasure",
        example=ERASURE,
        query=("confirm",),
        problems=("BAD_REQUEST", "NO_SUCH_TENANT"),
        other_statuses=(202,),
    ),
    "erase_tenant": Operation(
        tag="Operator",
        summary="Erase a tenant",
        about="As erase_own_tenant; asked again later it shows the receipt.",
        schema="Erasure",
        example=ERASURE,
        problems=("NO_SUCH_TENANT",),
        other_statuses=(202,),
    ),
    "create_tenant": Operation(
        tag="Operator",
        summary="Make a tenant",
        about="With an administrator's key, whose text is in this answer and nowhere else.",
        status=201,
        schema="MadeTenant",
        example=MADE_TENANT,
        request_schema="NewTenant",
        request_example=NEW_TENANT,
        answer_headers=("Location",),
        problems=BODY_PROBLEMS,
    ),
    "list_tenants": Operation(
        tag="Operator",
        summary="List tenants",
        about="Newest first.",
        schema="TenantPage",
        example=TENANT_PAGE,
        problems=PAGE_PROBLEMS,
        **PAGED,
    ),
    "get_tenant": Operation(
        tag="Operator",
        summary="Retrieve a tenant",
        schema="Tenant",
        example=TENANT,
        problems=("NO_SUCH_TENANT",),
    ),
    "list_whole_audit_log": Operation(
        tag="Operator",
        summary="List who wrote what, of all tenants",
        about="As list_audit_log, with the operator's own writes.",
        schema="WritePage",
        example=WRITE_PAGE,
        query=(*_LOG, "tenant_id"),
        answer_headers=("Link",),
        problems=PAGE_PROBLEMS,
    ),
}


def schemas() -> dict[str, Schema]:
    """Return the schemas of tenants and of the audit log."""
    tenant: dict[str, Schema] = {"tenant_id": ID, "name": text(), "created_at": TIME}
    return {
        "NewTenant": members("A tenant to make.", {"name": text("1 to 200 characters.", minLength=1, maxLength=200)}),
        "Tenant": members(
            "A customer of the installation; its projects, keys and endpoints are seen by no other.", tenant
        ),
        "MadeTenant": members("A tenant just made.", {**tenant, "first_key": ref("ApiKeyWithText")}),
        "TenantPage": page_of("Tenant", "tenants"),
        "Write": members(
            "One request that wrote, or tried to.",
            {
                "at": TIME,
                "tenant_id": maybe(text("Null: of no one tenant.", format="uuid")),
                "actor": text(enum=["key", "operator"]),
                "key_id": maybe(ID),
                "operation": text("Its operationId."),
                "method": text(),
                "path": text(),
                "status": maybe(whole("Null: not answered.")),
                "reason": maybe(text("Why it was refused.")),
                "request_id": text("The X-Request-Id of the request."),
                "address": text("Where it came from."),
            },
        ),
        "Erasure": members(
            "The receipt of an erasure.",
            {
                "tenant_id": ID,
                "state": text(enum=["erasing", "erased"]),
                "began_at": TIME,
                "erased_at": maybe(TIME),
                "projects": whole("Projects that were deleted."),
                "bills": whole("Bills that were deleted, each with its file and what was read from it."),
                "rows_removed": whole("Rows of profile, webhooks, keys and log that were removed."),
            },
        ),
        "WritePage": page_of("Write", "writes"),
    }
