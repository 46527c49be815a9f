"""Events: what webhooks send."""

from collections.abc import Mapping

from gateway.openapi.sample_ids import BILL_ID, ENDPOINT_ID, JOB_ID, PROJECT_ID
from gateway.openapi.terms import (
    ID,
    TIME,
    Example,
    Schema,
    maybe,
    members,
    text,
    whole,
)
from gateway.webhooks.events import ENDPOINT_DISABLED, JOB_COMPLETED, PROFILE_CHANGED, TEST

EVENTS: dict[str, Example] = {
    "UtilityBillUploadJobCompleted": {
        "type": "utility_bill_upload_job_completed",
        "timestamp": "2026-03-02T09:16:01.490Z",
        "data": {
            "job_id": JOB_ID,
            "utility_bill_id": BILL_ID,
            "user_file_id": BILL_ID,
            "project_id": PROJECT_ID,
            "status": "succeeded",
            "reason": None,
            "detail": None,
            "profile_version": 4,
            "completed_at": "2026-03-02T09:16:01.480Z",
        },
    },
    "ConsumptionProfileChanged": {
        "type": "consumption_profile_changed",
        "timestamp": "2026-03-02T09:16:01.490Z",
        "data": {"project_id": PROJECT_ID, "profile_version": 4, "active_utility_bill_id": BILL_ID, "supplied": False},
    },
    "EndpointDisabled": {
        "type": "endpoint.disabled",
        "timestamp": "2026-03-02T09:16:01.490Z",
        "data": {
            "webhook_endpoint_id": ENDPOINT_ID,
            "url": "https://partner.example/hooks/billowatt",
            "reason": "failing",
        },
    },
    "WebhookTest": {
        "type": "webhook.test",
        "timestamp": "2026-03-02T09:16:01.490Z",
        "data": {"webhook_endpoint_id": ENDPOINT_ID, "message": "This is a test."},
    },
}


def schemas() -> dict[str, Schema]:
    """Return the schemas of events."""
    job = {
        "job_id": ID,
        "utility_bill_id": ID,
        "user_file_id": ID,
        "project_id": ID,
        "status": text(enum=["succeeded", "failed"]),
        "reason": maybe(text()),
        "detail": maybe(text()),
        "profile_version": maybe(whole("Of the load profile after this; it is ready to fetch.")),
        "completed_at": TIME,
    }
    changed = {
        "project_id": ID,
        "profile_version": whole(),
        "active_utility_bill_id": maybe(ID),
        "supplied": {"type": "boolean", "description": "By a user, in place of bills."},
    }
    disabled = {"webhook_endpoint_id": ID, "url": text(), "reason": text(enum=["gone", "failing"])}
    test = {"webhook_endpoint_id": ID, "message": text()}
    return {
        "UtilityBillUploadJobCompleted": _event("A bill was read, or reading it failed.", JOB_COMPLETED, job),
        "ConsumptionProfileChanged": _event("The twelve months changed.", PROFILE_CHANGED, changed),
        "EndpointDisabled": _event("An endpoint was given up.", ENDPOINT_DISABLED, disabled),
        "WebhookTest": _event("Somebody asked for a test.", TEST, test),
    }


def _event(description: str, name: str, data: Mapping[str, Schema]) -> Schema:
    return members(
        description,
        {"type": text(const=name), "timestamp": TIME, "data": members("What happened.", data)},
    )
