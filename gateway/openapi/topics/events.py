"""Events: what webhooks send."""

from collections.abc import Mapping

from gateway.openapi.sample_ids import BILL_ID, ENDPOINT_ID, JOB_ID, PROJECT_ID
from gateway.openapi.terms import (
    ID,
    TIME,
    Example,
    Schema,
    items,
    maybe,
    members,
    text,
    whole,
)
from gateway.webhooks.events import (
    BILL_CONFIRMED,
    BILL_HELD,
    BILL_REJECTED,
    BILLS_READY,
    ENDPOINT_DISABLED,
    JOB_COMPLETED,
    MONTHS_CHANGED,
    NEW_BILL,
    NEW_UNPARSED_BILL,
    PROFILE_CHANGED,
    TEST,
    UPDATED_BILL,
)

_LEDGER_BILL_ID = "41c7a0de-2b63-4f0e-9d55-8a7e60b1c2f3"
_EARLIER_LEDGER_BILL_ID = "9d0f6a41-7c25-4e8b-b1a3-5c4d3e2f1a0b"
_ACCOUNT_ID = "b7e3c1d2-0f4a-4b5c-8d6e-7f8091a2b3c4"
_METER_ID = "c8f4d2e3-1a5b-4c6d-9e7f-8091a2b3c4d5"

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
            "held": False,
        },
    },
    "ConsumptionProfileChanged": {
        "type": "consumption_profile_changed",
        "timestamp": "2026-03-02T09:16:01.490Z",
        "data": {"project_id": PROJECT_ID, "profile_version": 4, "active_utility_bill_id": BILL_ID, "supplied": False},
    },
    "NewBill": {
        "type": "new_bill",
        "timestamp": "2026-03-02T09:16:01.490Z",
        "data": {
            "project_id": PROJECT_ID,
            "utility_bill_id": BILL_ID,
            "ledger_bill_id": _LEDGER_BILL_ID,
            "account_id": _ACCOUNT_ID,
        },
    },
    "NewUnparsedBill": {
        "type": "new_unparsed_bill",
        "timestamp": "2026-03-02T09:16:01.490Z",
        "data": {
            "project_id": PROJECT_ID,
            "utility_bill_id": BILL_ID,
            "reason": "unreadable",
            "detail": "The pages hold no text that could be read.",
        },
    },
    "UpdatedBill": {
        "type": "updated_bill",
        "timestamp": "2026-03-02T09:16:01.490Z",
        "data": {
            "project_id": PROJECT_ID,
            "utility_bill_id": BILL_ID,
            "ledger_bill_id": _LEDGER_BILL_ID,
            "account_id": _ACCOUNT_ID,
            "reason": "corrected",
            "other_ledger_bill_id": _EARLIER_LEDGER_BILL_ID,
        },
    },
    "MonthsChanged": {
        "type": "months_changed",
        "timestamp": "2026-03-02T09:16:01.490Z",
        "data": {
            "project_id": PROJECT_ID,
            "first_month": "2026-01-01",
            "last_month": "2026-02-01",
            "meter_ids": [_METER_ID],
        },
    },
    "BillsReady": {
        "type": "bills_ready",
        "timestamp": "2026-03-02T09:16:01.490Z",
        "data": {"project_id": PROJECT_ID, "bills_parsed": 11, "bills_unparsed": 1, "bills_held": 0},
    },
    "BillHeld": {
        "type": "bill_held",
        "timestamp": "2026-03-02T09:16:01.490Z",
        "data": {
            "project_id": PROJECT_ID,
            "utility_bill_id": BILL_ID,
            "rule_ids": ["items_sum_to_new_charges"],
            "completed_at": "2026-03-02T09:16:01.480Z",
        },
    },
    "BillConfirmed": {
        "type": "bill_confirmed",
        "timestamp": "2026-03-02T11:02:14.020Z",
        "data": {
            "project_id": PROJECT_ID,
            "utility_bill_id": BILL_ID,
            "was_held": True,
            "reviewed_by": "Robin Example",
            "profile_version": 5,
            "completed_at": "2026-03-02T09:16:01.480Z",
        },
    },
    "BillRejected": {
        "type": "bill_rejected",
        "timestamp": "2026-03-02T11:02:14.020Z",
        "data": {
            "project_id": PROJECT_ID,
            "utility_bill_id": BILL_ID,
            "reviewed_by": "Robin Example",
            "reason": "The bill of another site.",
            "completed_at": "2026-03-02T09:16:01.480Z",
        },
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
        "held": {"type": "boolean", "description": "The reading waits for a person and has no effect yet."},
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
        **_ledger_events(),
        **_review_events(),
        "EndpointDisabled": _event("An endpoint was given up.", ENDPOINT_DISABLED, disabled),
        "WebhookTest": _event("Somebody asked for a test.", TEST, test),
    }


def _ledger_events() -> dict[str, Schema]:
    bill = {"project_id": ID, "utility_bill_id": ID, "ledger_bill_id": ID, "account_id": maybe(ID)}
    updated = {
        **bill,
        "reason": text(
            "corrected: by a person. reread: its document was read anew. rebilled, duplicate: another bill stands in its place. "
            "restored: the bill that stood in its place has gone."
        ),
        "other_ledger_bill_id": maybe(text("The record that it replaces, or that stands in its place.", format="uuid")),
    }
    unparsed = {"project_id": ID, "utility_bill_id": ID, "reason": maybe(text()), "detail": maybe(text())}
    months = {
        "project_id": ID,
        "first_month": text("First day of the first month touched.", format="date"),
        "last_month": text("First day of the last month touched.", format="date"),
        "meter_ids": items(ID, "Meters touched; empty where bills without a meter did it."),
    }
    ready = {"project_id": ID, "bills_parsed": whole("With a reading."), "bills_unparsed": whole("Without one.")}
    ready["bills_held"] = whole("With a reading that waits for a person.")
    return {
        "NewBill": _event("A bill came into the ledger.", NEW_BILL, bill),
        "NewUnparsedBill": _event("There is a file and no numbers: reading it failed.", NEW_UNPARSED_BILL, unparsed),
        "UpdatedBill": _event("A bill of the ledger is not what it was.", UPDATED_BILL, updated),
        "MonthsChanged": _event("Calendar months are not what they were.", MONTHS_CHANGED, months),
        "BillsReady": _event("Every bill known so far is read, or reading it failed.", BILLS_READY, ready),
    }


def _review_events() -> dict[str, Schema]:
    bill = {"project_id": ID, "utility_bill_id": ID}
    completed = {"completed_at": {**TIME, "description": "When it was read: its place in time."}}
    held = {**bill, "rule_ids": items(text(), "The audit rules that held it; every_bill where all wait."), **completed}
    confirmed = {
        **bill,
        "was_held": {"type": "boolean", "description": "It had waited, and counts from now on."},
        "reviewed_by": text(),
        "profile_version": maybe(whole("Of the load profile after this.")),
        **completed,
    }
    rejected = {**bill, "reviewed_by": text(), "reason": text(), **completed}
    return {
        "BillHeld": _event("A bill was read and waits for a person.", BILL_HELD, held),
        "BillConfirmed": _event("A person found a bill right.", BILL_CONFIRMED, confirmed),
        "BillRejected": _event("A person kept a bill out of the ledger.", BILL_REJECTED, rejected),
    }


def _event(description: str, name: str, data: Mapping[str, Schema]) -> Schema:
    return members(
        description,
        {"type": text(const=name), "timestamp": TIME, "data": members("What happened.", data)},
    )
