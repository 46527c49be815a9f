"""Calls about keys, tenants, the ledger's bills and exports: what an administrator, a reviewer and an operator need."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from billowatt_client.calls import Call, Page, one, page, segment
from billowatt_client.models import ApiKey, Json, LedgerBill, Review, Tenant


def api_keys(live: bool | None, token: str) -> Call[Page[ApiKey]]:
    """List keys, newest first."""
    query = {} if live is None else {"live": "true" if live else "false"}
    return page("/v1/api_keys", "api_keys", ApiKey, token, **query)


def create_api_key(name: str, scopes: Sequence[str], expires_in_days: int | None) -> Call[ApiKey]:
    """Make a key; the answer has its text."""
    wanted: dict[str, Any] = {"name": name, "scopes": list(scopes)}
    if expires_in_days is not None:
        wanted["expires_in_days"] = expires_in_days
    return Call(method="POST", path="/v1/api_keys", json=wanted, headers=_once(), parse=one(ApiKey))


def rotate_api_key(key_id: str, grace_hours: int | None) -> Call[ApiKey]:
    """Make a key like one; the old one lives on for the grace time."""
    wanted = {} if grace_hours is None else {"grace_hours": grace_hours}
    path = f"/v1/api_keys/{segment(key_id)}/rotate"
    return Call(method="POST", path=path, json=wanted, headers=_once(), parse=one(ApiKey))


def revoke_api_key(key_id: str) -> Call[ApiKey]:
    """End a key for good."""
    return Call(method="DELETE", path=f"/v1/api_keys/{segment(key_id)}", parse=one(ApiKey))


def tenants(token: str) -> Call[Page[Tenant]]:
    """List tenants, newest first."""
    return page("/v1/tenants", "tenants", Tenant, token)


def create_tenant(name: str) -> Call[Tenant]:
    """Make a tenant with a first key."""
    return Call(method="POST", path="/v1/tenants", json={"name": name}, parse=one(Tenant), safe=False)


def erase_tenant(tenant_id: str) -> Call[Json]:
    """Erase a tenant, or go on with it."""
    return Call(method="DELETE", path=f"/v1/tenants/{segment(tenant_id)}", parse=dict)


def ledger_bills(filters: Mapping[str, str], token: str) -> Call[Page[LedgerBill]]:
    """List records of the ledger, the one made last first."""
    return page("/v1/ledger_bills", "ledger_bills", LedgerBill, token, **filters)


def amend_ledger_bill(
    ledger_bill_id: str, changes: Mapping[str, str | None], amended_by: str, reason: str
) -> Call[LedgerBill]:
    """Correct fields of a record."""
    wanted = {
        "changes": [{"field": field, "value": value} for field, value in changes.items()],
        "amended_by": amended_by,
        "reason": reason,
    }
    path = f"/v1/ledger_bills/{segment(ledger_bill_id)}/amendments"
    return Call(method="POST", path=path, json=wanted, headers=_once(), parse=one(LedgerBill))


def put_ledger_bill_metadata(ledger_bill_id: str, metadata: Json) -> Call[LedgerBill]:
    """Replace a record's metadata."""
    path = f"/v1/ledger_bills/{segment(ledger_bill_id)}/metadata"
    return Call(method="PUT", path=path, json={"metadata": dict(metadata)}, parse=one(LedgerBill))


def review(project_id: str, bill_id: str) -> Call[Review]:
    """Retrieve a bill as it is to be reviewed."""
    return Call(method="GET", path=_reviewed(project_id, bill_id) + "/review", parse=one(Review))


def confirm_bill(project_id: str, bill_id: str, **decision: Any) -> Call[Review]:
    """Let a bill count as found right."""
    path = _reviewed(project_id, bill_id) + "/confirm"
    return Call(method="POST", path=path, json=_told(decision), parse=one(Review))


def reject_bill(project_id: str, bill_id: str, **decision: Any) -> Call[Review]:
    """Keep a bill that waits out of the ledger."""
    path = _reviewed(project_id, bill_id) + "/reject"
    return Call(method="POST", path=path, json=_told(decision), parse=one(Review))


def confirm_values(project_id: str, bill_id: str, **decision: Any) -> Call[Review]:
    """Let values count as found right, or take that back."""
    path = _reviewed(project_id, bill_id) + "/confirmed_values"
    return Call(method="POST", path=path, json=_told(decision), parse=one(Review))


def export(path: str, query: Mapping[str, str]) -> Call[None]:
    """Export what stands at a path."""
    return Call(method="GET", path=path, query=query, parse=lambda _: None)


def _reviewed(project_id: str, bill_id: str) -> str:
    return f"/v1/projects/{segment(project_id)}/utility_bills/{segment(bill_id)}"


def _told(members: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}


def _once() -> dict[str, str]:
    return {"Idempotency-Key": str(uuid.uuid4())}
