"""Events: what partners are told, made once from a change of profile and frozen as bytes.

The body reads ``{"type", "timestamp", "data"}``, as Standard Webhooks recommends.
"""

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from domain.ids import TenantId
from protos.profile.v1 import profile_pb2

JOB_COMPLETED = "utility_bill_upload_job_completed"
PROFILE_CHANGED = "consumption_profile_changed"
NEW_BILL = "new_bill"
NEW_UNPARSED_BILL = "new_unparsed_bill"
UPDATED_BILL = "updated_bill"
MONTHS_CHANGED = "months_changed"
BILLS_READY = "bills_ready"
BILL_HELD = "bill_held"
BILL_CONFIRMED = "bill_confirmed"
BILL_REJECTED = "bill_rejected"
ENDPOINT_DISABLED = "endpoint.disabled"
TEST = "webhook.test"

EVENT_TYPES = (
    JOB_COMPLETED,
    PROFILE_CHANGED,
    NEW_BILL,
    NEW_UNPARSED_BILL,
    UPDATED_BILL,
    MONTHS_CHANGED,
    BILLS_READY,
    BILL_HELD,
    BILL_CONFIRMED,
    BILL_REJECTED,
    ENDPOINT_DISABLED,
)
"""What an endpoint can choose; tests go to the endpoint under test whatever it chose."""

PARAMETERS = (
    "project_id",
    "utility_bill_id",
    "job_id",
    "status",
    "reason",
    "profile_version",
    "active_utility_bill_id",
    "account_id",
    "ledger_bill_id",
    "webhook_endpoint_id",
)
"""Members of an event's data that filters and URL templates may name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One event. ``event_id`` is what receivers tell repeats by: the same on every retry, replay and redelivery."""

    event_id: str
    tenant_id: TenantId
    type: str
    occurred_at: datetime
    body: bytes
    project_id: str | None = None
    bill_id: str | None = None
    parameters: Mapping[str, str] = field(default_factory=dict)
    """Those of PARAMETERS that its data has, as text."""


def event_of(change: profile_pb2.Change) -> Event | None:
    """Return the event that tells of a change; None where partners need not know."""
    match change.WhichOneof("what"):
        case "parse_completed":
            return _made(change, JOB_COMPLETED, _job_completed(change), change.parse_completed.bill_id)
        case "profile_changed":
            return _made(change, PROFILE_CHANGED, _profile_changed(change), change.profile_changed.active_bill_id)
        case "bill_added":
            return _made(change, NEW_BILL, _bill_added(change), change.bill_added.bill_id)
        case "bill_updated":
            return _made(change, UPDATED_BILL, _bill_updated(change), change.bill_updated.bill_id)
        case "bill_unparsed":
            return _made(change, NEW_UNPARSED_BILL, _bill_unparsed(change), change.bill_unparsed.bill_id)
        case "months_changed":
            return _made(change, MONTHS_CHANGED, _months_changed(change), "")
        case "bills_ready":
            return _made(change, BILLS_READY, _bills_ready(change), "")
        case "bill_held":
            return _made(change, BILL_HELD, _bill_held(change), change.bill_held.bill_id)
        case "bill_confirmed":
            return _made(change, BILL_CONFIRMED, _bill_confirmed(change), change.bill_confirmed.bill_id)
        case "bill_rejected":
            return _made(change, BILL_REJECTED, _bill_rejected(change), change.bill_rejected.bill_id)
        case _:
            # A bill that was removed takes its events with it, and an erased change tells nothing.
            return None


def endpoint_disabled(tenant_id: TenantId, endpoint_id: str, url: str, reason: str) -> Event:
    """Return the event that tells a tenant's other endpoints of one that was given up."""
    return _new(tenant_id, ENDPOINT_DISABLED, {"webhook_endpoint_id": endpoint_id, "url": url, "reason": reason})


def test_event(tenant_id: TenantId, endpoint_id: str) -> Event:
    """Return an event that tells nothing but that events arrive."""
    return _new(tenant_id, TEST, {"webhook_endpoint_id": endpoint_id, "message": "This is a test."})


def _job_completed(change: profile_pb2.Change) -> dict[str, Any]:
    completed = change.parse_completed
    return {
        "job_id": completed.job_id,
        "utility_bill_id": completed.bill_id,
        "user_file_id": completed.bill_id,
        "project_id": change.project_id,
        "status": "succeeded" if completed.succeeded else "failed",
        "reason": completed.failure_reason or None,
        "detail": completed.failure_detail or None,
        "profile_version": completed.profile_version or None,
        "completed_at": completed.completed_at.ToJsonString(),
        "held": completed.held,
    }


def _profile_changed(change: profile_pb2.Change) -> dict[str, Any]:
    changed = change.profile_changed
    return {
        "project_id": change.project_id,
        "profile_version": changed.version,
        "active_utility_bill_id": changed.active_bill_id or None,
        "supplied": changed.supplied,
    }


def _bill_added(change: profile_pb2.Change) -> dict[str, Any]:
    added = change.bill_added
    return {
        "project_id": change.project_id,
        "utility_bill_id": added.bill_id,
        "ledger_bill_id": added.ledger_bill_id,
        "account_id": added.account_id or None,
    }


def _bill_updated(change: profile_pb2.Change) -> dict[str, Any]:
    updated = change.bill_updated
    return {
        "project_id": change.project_id,
        "utility_bill_id": updated.bill_id,
        "ledger_bill_id": updated.ledger_bill_id,
        "account_id": updated.account_id or None,
        "reason": updated.reason,
        "other_ledger_bill_id": updated.other_ledger_bill_id or None,
    }


def _bill_unparsed(change: profile_pb2.Change) -> dict[str, Any]:
    unparsed = change.bill_unparsed
    return {
        "project_id": change.project_id,
        "utility_bill_id": unparsed.bill_id,
        "reason": unparsed.failure_reason or None,
        "detail": unparsed.failure_detail or None,
    }


def _months_changed(change: profile_pb2.Change) -> dict[str, Any]:
    changed = change.months_changed
    return {
        "project_id": change.project_id,
        "first_month": changed.first_month,
        "last_month": changed.last_month,
        "meter_ids": list(changed.meter_ids),
    }


def _bills_ready(change: profile_pb2.Change) -> dict[str, Any]:
    ready = change.bills_ready
    return {
        "project_id": change.project_id,
        "bills_parsed": ready.bills_parsed,
        "bills_unparsed": ready.bills_unparsed,
        "bills_held": ready.bills_held,
    }


def _bill_held(change: profile_pb2.Change) -> dict[str, Any]:
    held = change.bill_held
    return {
        "project_id": change.project_id,
        "utility_bill_id": held.bill_id,
        "rule_ids": list(held.rule_ids),
        "completed_at": held.completed_at.ToJsonString(),
    }


def _bill_confirmed(change: profile_pb2.Change) -> dict[str, Any]:
    confirmed = change.bill_confirmed
    return {
        "project_id": change.project_id,
        "utility_bill_id": confirmed.bill_id,
        "was_held": confirmed.was_held,
        "reviewed_by": confirmed.reviewed_by,
        "profile_version": confirmed.profile_version or None,
        "completed_at": confirmed.completed_at.ToJsonString(),
    }


def _bill_rejected(change: profile_pb2.Change) -> dict[str, Any]:
    rejected = change.bill_rejected
    return {
        "project_id": change.project_id,
        "utility_bill_id": rejected.bill_id,
        "reviewed_by": rejected.reviewed_by,
        "reason": rejected.reason,
        "completed_at": rejected.completed_at.ToJsonString(),
    }


def _made(change: profile_pb2.Change, kind: str, data: dict[str, Any], bill_id: str) -> Event:
    return Event(
        event_id=change.event_id,
        tenant_id=TenantId(change.tenant_id),
        type=kind,
        occurred_at=change.occurred_at.ToDatetime(tzinfo=UTC),
        body=_body(kind, change.occurred_at.ToJsonString(), data),
        project_id=change.project_id,
        bill_id=bill_id or None,
        parameters=_parameters(data),
    )


def _new(tenant_id: TenantId, kind: str, data: dict[str, Any]) -> Event:
    now = datetime.now(UTC)
    timestamp = now.isoformat().replace("+00:00", "Z")
    return Event(
        event_id=str(uuid.uuid4()),
        tenant_id=tenant_id,
        type=kind,
        occurred_at=now,
        body=_body(kind, timestamp, data),
        parameters=_parameters(data),
    )


def _parameters(data: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(data[name]) for name in PARAMETERS if data.get(name) is not None}


def _body(kind: str, timestamp: str, data: dict[str, Any]) -> bytes:
    body = {"type": kind, "timestamp": timestamp, "data": data}
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
