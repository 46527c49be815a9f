"""What was read from a bill."""

from typing import Any

from gateway.openapi.operation import Operation
from gateway.openapi.reading import reading_schemas
from gateway.openapi.sample_ids import BILL_ID, PROJECT_ID
from gateway.openapi.terms import (
    ID,
    TIME,
    Example,
    Schema,
    items,
    maybe,
    members,
    ref,
    text,
    whole,
)


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
    "utility_bill_id": BILL_ID,
    "project_id": PROJECT_ID,
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


_NUMBER: Schema = {"type": "number"}


_COMMODITY = members(
    "Use and cost of one commodity.", {"amount": maybe(_NUMBER), "unit": maybe(text()), "cost": maybe(_NUMBER)}
)


_OPEN_OBJECT: Schema = {"type": "object"}


_SUMMARY: Schema = {
    **members(
        "The flat facts first asked for, of the first statement; null: not on the page. Numbers are exact decimals.",
        {
            "utility": maybe(text()),
            "account_number": maybe(text()),
            "invoice_number": maybe(text()),
            "currency": maybe(text("ISO 4217.")),
            "country": maybe(text("ISO 3166-1 alpha-2.")),
            "statement_date": maybe(text("ISO 8601.")),
            "due_date": maybe(text("ISO 8601.")),
            "billing_period_from": maybe(text("As printed.")),
            "billing_period_to": maybe(text("As printed, hence inclusive where the bill prints it so.")),
            "electricity_kwh": maybe(_NUMBER),
            "electricity_cost": maybe(_NUMBER),
            "demand_kw": maybe(_NUMBER),
            "gas": {"oneOf": [_COMMODITY, {"type": "null"}]},
            "water": {"oneOf": [_COMMODITY, {"type": "null"}]},
            "total_amount_due": maybe(_NUMBER),
            "new_charges_amount": maybe(_NUMBER),
            "previous_balance": maybe(_NUMBER),
            "payments_received": maybe(_NUMBER),
            "meters": items(_OPEN_OBJECT),
            "line_items": items(
                members("A leaf charge.", {"description": text(), "amount": _NUMBER}), "They sum to the new charges."
            ),
            "usage_history": items(_OPEN_OBJECT, "Past months, by unit."),
            "statements": whole("How many statements the document holds, where several."),
        },
        optional=("statements",),
    ),
}


OPERATIONS: dict[str, Operation] = {
    "get_reading": Operation(
        tag="Bills",
        summary="Retrieve what was read",
        about="Every value with the text, page and place it was read from, and how far it is believed.",
        schema="BillReading",
        example=READING,
        problems=("NO_SUCH_PROJECT", "NO_SUCH_BILL", "NO_READING"),
    ),
}


def schemas() -> dict[str, Schema]:
    """Return the schemas of a reading."""
    return {
        "Summary": _SUMMARY,
        "BillReading": members(
            "Everything that was read from a bill.",
            {
                "utility_bill_id": ID,
                "project_id": ID,
                "completed_at": TIME,
                "summary": ref("Summary"),
                "readings": items(ref("Reading"), "One a statement, in the order of its pages."),
            },
        ),
        **reading_schemas(),
    }
