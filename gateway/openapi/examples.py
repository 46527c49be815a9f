"""Examples of the document; a test holds each to its schema. No real person or company stands in them."""

from typing import Any

Example = dict[str, Any]

_PROJECT_ID = "7d2c1f0a-93a4-4e5e-8f0b-0a6f3c1b2d4e"
_BILL_ID = "f2a7c1de-5b0e-4c8a-9a53-6d1be0a4c977"
_JOB_ID = "0b9e4d53-1d7e-4a0e-b8a4-2f9c66a3e001"
_ENDPOINT_ID = "c4f8b6a2-1b2c-4d3e-8f9a-5e6d7c8b9a0f"
_DELIVERY_ID = "9a1b2c3d-4e5f-4a6b-8c7d-0e1f2a3b4c5d"
_EVENT_ID = "3f1e2d3c-4b5a-4968-8776-655443322110"
_KEY_ID = "5e4d3c2b-1a09-4f8e-9d7c-6b5a49382716"
_SHA256 = "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"

NEW_PROJECT: Example = {"name": "Warehouse, Example Street 1", "external_id": "site-17"}
PROJECT: Example = {
    "project_id": _PROJECT_ID,
    "name": "Warehouse, Example Street 1",
    "external_id": "site-17",
    "created_at": "2026-03-02T09:15:00Z",
}
PROJECT_PAGE: Example = {"projects": [PROJECT], "next_page_token": None}

BILL: Example = {
    "utility_bill_id": _BILL_ID,
    "user_file_id": _BILL_ID,
    "project_id": _PROJECT_ID,
    "job_id": _JOB_ID,
    "status": "succeeded",
    "file_name": "bill.pdf",
    "content_type": "application/pdf",
    "size_bytes": 184320,
    "sha256": _SHA256,
    "duplicate_of": None,
    "failure_reason": None,
    "failure_detail": None,
    "received_at": "2026-03-02T09:16:00.120Z",
    "completed_at": "2026-03-02T09:16:01.480Z",
}
UPLOAD: Example = {**BILL, "status": "pending", "completed_at": None}
BILL_PAGE: Example = {"utility_bills": [BILL], "next_page_token": "MjAyNi0wMy0wMg"}
BILL_WITH_FILE: Example = {
    **BILL,
    "file_url": "https://bills.example/d/dGhpcy1pcy1hbi1leGFtcGxl.c2lnbmF0dXJl",
    "file_url_expires_at": "2026-03-03T09:20:00Z",
}
JOB: Example = {
    "job_id": _JOB_ID,
    "utility_bill_id": _BILL_ID,
    "user_file_id": _BILL_ID,
    "project_id": _PROJECT_ID,
    "status": "processing",
    "attempts": 1,
    "pages_done": 1,
    "pages_total": 3,
    "failure_reason": None,
    "failure_detail": None,
    "created_at": "2026-03-02T09:16:00.120Z",
    "finished_at": None,
}


def _fact(value: Any, printed: str) -> Example:
    evidence = {
        "text": printed,
        "page": 1,
        "box": {"left": 72.0, "top": 96.5, "right": 180.25, "bottom": 108.0},
        "confidence": 0.995,
        "method": "METHOD_TEXT_LAYER",
    }
    return {"value": value, "evidence": evidence}


READING: Example = {
    "utility_bill_id": _BILL_ID,
    "project_id": _PROJECT_ID,
    "completed_at": "2026-03-02T09:16:01.480Z",
    "summary": {
        "utility": "City of Example Power",
        "account_number": "1002-3345",
        "invoice_number": None,
        "currency": "USD",
        "country": "US",
        "statement_date": "2026-02-16",
        "due_date": "2026-03-09",
        "billing_period_from": "2026-01-15",
        "billing_period_to": "2026-02-13",
        "electricity_kwh": 920,
        "electricity_cost": 120.50,
        "demand_kw": None,
        "gas": None,
        "water": None,
        "total_amount_due": 120.50,
        "new_charges_amount": 120.50,
        "previous_balance": 98.20,
        "payments_received": 98.20,
        "meters": [],
        "line_items": [
            {"description": "Energy charge", "amount": 80.25},
            {"description": "Delivery", "amount": 40.25},
        ],
        "usage_history": [{"month": "2026-01", "kwh": 880}],
    },
    "readings": [
        {
            "kind": "bill",
            "engine_version": "1",
            "pages": 1,
            "issuer": {"issuer_id": "city-of-example-power", "name": _fact("City of Example Power", "CITY OF EXAMPLE")},
            "language": "en",
            "account_number": _fact("1002-3345", "Account 1002-3345"),
            "period": _fact({"start": "2026-01-15", "end": "2026-02-14"}, "01/15/26 - 02/13/26"),
            "period_end_inclusive": True,
            "new_charges": _fact({"amount": "120.50", "currency": "USD"}, "$120.50"),
            "past_due": False,
            "auto_pay": False,
            "rebill": False,
            "meters": [],
            "usages": [],
            "charges": [],
            "commodity_totals": [],
            "history": [],
            "proofs": [
                {
                    "rule_id": "items_sum_to_new_charges",
                    "verdict": "VERDICT_PASS",
                    "statement": "80.25 + 40.25 = 120.50",
                    "residual": "0.00",
                    "fields": ["new_charges"],
                }
            ],
            "findings": [],
        }
    ],
}

LOAD_PROFILE: Example = {
    "project_id": _PROJECT_ID,
    "version": 4,
    "active_utility_bill_id": _BILL_ID,
    "completed_at": "2026-03-02T09:16:01.480Z",
    "months": [
        {
            "month": month,
            "year": 2025 if month > 2 else 2026,
            "energy_kwh": f"{900 + 10 * month}.0000",
            "cost": {"amount": "120.50", "currency": "USD"} if month == 2 else None,
            "source": "billed" if month == 2 else "history_table",
            "days_covered": 28 if month == 2 else 0,
            "days_in_month": 28 if month == 2 else 31,
            "utility_bill_id": _BILL_ID,
        }
        for month in range(1, 13)
    ],
    "months_observed": 12,
    "annual_energy_kwh": "11580.0000",
    "annual_cost": None,
    "average_rate": "0.130978",
    "method": None,
    "band_percent": None,
}
POLICY: Example = {
    "project_id": _PROJECT_ID,
    "rule": "pinned",
    "pinned_utility_bill_id": _BILL_ID,
    "active_utility_bill_id": _BILL_ID,
}
POLICY_CHANGE: Example = {"rule": "pinned", "pinned_utility_bill_id": _BILL_ID}
ACCOUNT_PAGE: Example = {
    "accounts": [
        {
            "account_id": "1c0ffee0-0000-4000-8000-000000000001",
            "issuer_id": "city-of-example-power",
            "issuer_name": "City of Example Power",
            "account_number": "1002-3345",
            "meters": [
                {
                    "meter_id": "1c0ffee0-0000-4000-8000-000000000002",
                    "number": "EX-55012",
                    "commodity": "electricity",
                    "tariff": "R-1",
                }
            ],
            "created_at": "2026-03-02T09:16:01.480Z",
        }
    ],
    "next_page_token": None,
}

NEW_API_KEY: Example = {"name": "nightly upload", "scopes": ["read", "upload"], "expires_in_days": 365}
API_KEY: Example = {
    "key_id": _KEY_ID,
    "name": "nightly upload",
    "prefix": "bk_live_Ex4mpl30",
    "scopes": ["read", "upload"],
    "created_at": "2026-03-02T09:00:00Z",
    "last_used_at": None,
    "expires_at": "2027-03-02T09:00:00Z",
    "revoked_at": None,
}
API_KEY_WITH_TEXT: Example = {**API_KEY, "api_key": "bk_live_Ex4mpl30_thisIsOnlyAnExampleAndNoKey0000"}
API_KEY_LIST: Example = {"api_keys": [API_KEY]}

NEW_ENDPOINT: Example = {
    "url": "https://partner.example/hooks/billowatt",
    "description": "production",
    "events": ["utility_bill_upload_job_completed"],
}
ENDPOINT: Example = {
    "webhook_endpoint_id": _ENDPOINT_ID,
    "url": "https://partner.example/hooks/billowatt",
    "description": "production",
    "events": ["utility_bill_upload_job_completed"],
    "enabled": True,
    "disabled_reason": None,
    "failures_in_row": 0,
    "failing_since": None,
    "created_at": "2026-03-02T09:05:00Z",
    "updated_at": "2026-03-02T09:05:00Z",
}
ENDPOINT_WITH_SECRET: Example = {**ENDPOINT, "secret": "whsec_VGhpcyBpcyBhbiBleGFtcGxlIHNlY3JldCwgMzIgYi4="}
ENDPOINT_CHANGE: Example = {"enabled": True}
ENDPOINT_LIST: Example = {"webhook_endpoints": [ENDPOINT]}
SECRETS: Example = {"secrets": ["whsec_VGhpcyBpcyBhbiBleGFtcGxlIHNlY3JldCwgMzIgYi4="]}
ROTATED_SECRET: Example = {
    "secret": "whsec_QW5vdGhlciBleGFtcGxlIHNlY3JldCBvZiAzMiBiLi4=",
    "old_secrets_live_seconds": 86400,
}
DELIVERY: Example = {
    "delivery_id": _DELIVERY_ID,
    "event_id": _EVENT_ID,
    "event_type": "utility_bill_upload_job_completed",
    "status": "queued",
    "attempts": 0,
    "failure_reason": None,
    "created_at": "2026-03-02T09:16:01.500Z",
    "finished_at": None,
    "next_attempt_at": "2026-03-02T09:16:01.500Z",
}
_DELIVERED: Example = {
    **DELIVERY,
    "status": "succeeded",
    "attempts": 1,
    "finished_at": "2026-03-02T09:16:01.620Z",
    "next_attempt_at": None,
}
DELIVERY_PAGE: Example = {"deliveries": [_DELIVERED], "next_page_token": None}
DELIVERY_WITH_ATTEMPTS: Example = {
    **_DELIVERED,
    "attempt_log": [
        {
            "at": "2026-03-02T09:16:01.510Z",
            "latency_ms": 104,
            "status": 204,
            "error": None,
            "response_head": "",
        }
    ],
}

HEALTH: Example = {"status": "ok"}
READINESS: Example = {"status": "ok", "checks": {"database": "ok", "ingest": "ok", "profile": "ok"}}

EVENTS: dict[str, Example] = {
    "UtilityBillUploadJobCompleted": {
        "type": "utility_bill_upload_job_completed",
        "timestamp": "2026-03-02T09:16:01.490Z",
        "data": {
            "job_id": _JOB_ID,
            "utility_bill_id": _BILL_ID,
            "user_file_id": _BILL_ID,
            "project_id": _PROJECT_ID,
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
        "data": {"project_id": _PROJECT_ID, "profile_version": 4, "active_utility_bill_id": _BILL_ID},
    },
    "EndpointDisabled": {
        "type": "endpoint.disabled",
        "timestamp": "2026-03-02T09:16:01.490Z",
        "data": {
            "webhook_endpoint_id": _ENDPOINT_ID,
            "url": "https://partner.example/hooks/billowatt",
            "reason": "failing",
        },
    },
    "WebhookTest": {
        "type": "webhook.test",
        "timestamp": "2026-03-02T09:16:01.490Z",
        "data": {"webhook_endpoint_id": _ENDPOINT_ID, "message": "This is a test."},
    },
}
