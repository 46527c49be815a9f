"""Accounts, meters and bills of the ledger, corrections, calendars, comparisons."""

from google.protobuf.timestamp_pb2 import Timestamp

from gateway.messages import message_json, message_schemas
from gateway.openapi.operation import BODY_PROBLEMS, PAGE_PROBLEMS, Operation
from gateway.openapi.sample_ids import BILL_ID, PROJECT_ID
from gateway.openapi.terms import Example, Schema, items, maybe, members, page_of, ref, text
from gateway.openapi.topics.profiles import MONTHS
from protos.profile.v1 import ledger_pb2 as pb
from protos.values.v1.values_pb2 import Money, Period, Quantity

ACCOUNT_ID = "1c0ffee0-0000-4000-8000-000000000001"
METER_ID = "1c0ffee0-0000-4000-8000-000000000002"
PROPERTY_ID = "1c0ffee0-0000-4000-8000-000000000003"
LEDGER_BILL_ID = f"{BILL_ID}_1"
_AT = Timestamp(seconds=1772442961)
_PERIOD = Period(start="2026-01-15", end="2026-02-15")
_FACTORS = ("factor_set", "region")

_METER = pb.LedgerMeter(
    meter_id=METER_ID,
    account_id=ACCOUNT_ID,
    project_id=PROJECT_ID,
    property_id=PROPERTY_ID,
    number="EX-55012",
    commodity="electricity",
    tariff="R-1",
    association="standard",
    service_id=METER_ID,
    active_from="2025-01-15",
    active_until="2026-02-15",
    status="active",
    billing_frequency="monthly",
    unit="kWh",
    bill_count=13,
    created_at=_AT,
    updated_at=_AT,
)
_ACCOUNT = pb.LedgerAccount(
    account_id=ACCOUNT_ID,
    issuer_id="city-of-example-power",
    issuer_name="City of Example Power",
    account_number="1002-3345",
    holder="Robin Example",
    status="active",
    latest_statement_date="2026-02-17",
    covered_from="2025-01-15",
    covered_until="2026-02-15",
    bill_count=13,
    project_ids=[PROJECT_ID],
    meters=[_METER],
    metadata_json='{"cost_centre": "4711"}',
    created_at=_AT,
    updated_at=_AT,
)
_BILL = pb.LedgerBill(
    ledger_bill_id=LEDGER_BILL_ID,
    bill_id=BILL_ID,
    statement=1,
    project_id=PROJECT_ID,
    property_id=PROPERTY_ID,
    account_id=ACCOUNT_ID,
    kind="bill",
    recorded_at=_AT,
    issuer_id="city-of-example-power",
    issuer_name="City of Example Power",
    country="US",
    currency="USD",
    account_number="1002-3345",
    holder="Robin Example",
    statement_date="2026-02-17",
    due_date="2026-03-10",
    period=_PERIOD,
    new_charges=Money(amount="120.50", currency="USD"),
    amount_due=Money(amount="120.50", currency="USD"),
    meters=[
        pb.LedgerBillMeter(
            meter_id=METER_ID, number="EX-55012", commodity="electricity", period=_PERIOD, read_kind="actual"
        )
    ],
    usages=[
        pb.LedgerUsage(
            meter_id=METER_ID,
            commodity="electricity",
            kind="total",
            quantity=Quantity(amount="920", unit="kWh"),
            period=_PERIOD,
            source="cited",
            kbtus="3139.0400",
            lbs_co2="757.2971",
        )
    ],
    charges=[
        pb.LedgerCharge(
            meter_id=METER_ID,
            kind="usage",
            cost_kind="usage_cost",
            description="Energy charge",
            amount=Money(amount="108.25", currency="USD"),
            period=_PERIOD,
        )
    ],
    engine_version="1",
)
BILL: Example = message_json(_BILL)
CORRECTED: Example = {
    **BILL,
    "ledger_bill_id": f"{LEDGER_BILL_ID}_1",
    "original_ledger_bill_id": LEDGER_BILL_ID,
    "amended_fields": ["usages[0].amount"],
}
_AMENDMENT = pb.Amendment(
    amendment_id="1c0ffee0-0000-4000-8000-000000000004",
    ledger_bill_id=f"{LEDGER_BILL_ID}_1",
    field="usages[0].amount",
    before="902",
    after="920",
    amended_by="Robin Example",
    reason="Two digits had changed places.",
    amended_at=_AT,
)
_CALENDAR = pb.AccountCalendar(
    account_id=ACCOUNT_ID,
    usual_days=31,
    covered=[pb.CoveredDays(ledger_bill_id=LEDGER_BILL_ID, bill_id=BILL_ID, period=_PERIOD)],
    remarks=[
        pb.CalendarRemark(
            rule_id="gap",
            sentence="No bill covers these 31 days.",
            period=Period(start="2025-12-15", end="2026-01-15"),
            ledger_bill_ids=[LEDGER_BILL_ID],
        )
    ],
    next_expected="2026-03-18",
)


def _usd(amount: str) -> Money:
    return Money(amount=amount, currency="USD")


def _compared(bill: str, period: Period, days: int, energy: str, cost: str) -> pb.ComparedBill:
    return pb.ComparedBill(
        ledger_bill_id=bill, period=period, days=days, energy=energy, variable=_usd(cost), fixed=_usd("12.25")
    )


_DIFFERENCE = pb.CompareBillsResponse(
    before=_compared(LEDGER_BILL_ID, _PERIOD, 31, "920", "108.25"),
    after=_compared(
        "9a1b2c3d-4e5f-4a6b-8c7d-0e1f2a3b4c5d_1", Period(start="2026-02-15", end="2026-03-15"), 28, "840", "98.84"
    ),
    commodity="electricity",
    unit="kWh",
    total=_usd("-9.41"),
    days=_usd("-10.48"),
    usage=_usd("1.06"),
    rate=_usd("0.01"),
    fixed=_usd("0.00"),
)
METADATA: Example = {"metadata": {"cost_centre": "4711"}}
NO_MORE: Example = {"next_page_token": None}

OPERATIONS: dict[str, Operation] = {
    "list_ledger_accounts": Operation(
        tag="Ledger",
        summary="List all accounts",
        about="Accounts with utilities that were seen on bills, newest first: all of them, a project's or a property's.",
        schema="LedgerAccountPage",
        example={"accounts": [message_json(_ACCOUNT)], **NO_MORE},
        query=("project_id", "property_id", "page_size", "page_token"),
        answer_headers=("Link",),
        problems=PAGE_PROBLEMS,
    ),
    "get_ledger_account": Operation(
        tag="Ledger",
        summary="Retrieve an account",
        schema="LedgerAccount",
        example=message_json(_ACCOUNT),
        problems=("NO_SUCH_ACCOUNT",),
    ),
    "put_account_metadata": Operation(
        tag="Ledger",
        summary="Replace an account's metadata",
        schema="LedgerAccount",
        example=message_json(_ACCOUNT),
        request_schema="Metadata",
        request_example=METADATA,
        problems=(*BODY_PROBLEMS, "NO_SUCH_ACCOUNT"),
    ),
    "get_account_calendar": Operation(
        tag="Ledger",
        summary="Retrieve an account's calendar",
        about="What its bills cover by day, and what is to be said: gaps, overlaps, late and missing bills, runs of estimates.",
        schema="AccountCalendar",
        example=message_json(_CALENDAR),
        query=("meter_id", "project_id", "today"),
        problems=("BAD_REQUEST", "NO_SUCH_ACCOUNT"),
    ),
    "list_ledger_meters": Operation(
        tag="Ledger",
        summary="List meters",
        about="Newest first.",
        schema="LedgerMeterPage",
        example={"meters": [message_json(_METER)], **NO_MORE},
        query=("project_id", "property_id", "account_id", "meter_commodity", "page_size", "page_token"),
        answer_headers=("Link",),
        problems=PAGE_PROBLEMS,
    ),
    "get_ledger_meter": Operation(
        tag="Ledger",
        summary="Retrieve a meter",
        schema="LedgerMeter",
        example=message_json(_METER),
        problems=("NO_SUCH_METER",),
    ),
    "put_meter_metadata": Operation(
        tag="Ledger",
        summary="Replace a meter's metadata",
        schema="LedgerMeter",
        example=message_json(_METER),
        request_schema="Metadata",
        request_example=METADATA,
        problems=(*BODY_PROBLEMS, "NO_SUCH_METER"),
    ),
    "list_meter_months": Operation(
        tag="Ledger",
        summary="Retrieve a meter's calendar months",
        about="Whatever the projects of the bills that show it.",
        schema="Months",
        example=MONTHS,
        query=(*_FACTORS, "weights"),
        problems=("BAD_REQUEST", "NO_SUCH_METER", "NO_TEMPERATURES"),
    ),
    "list_ledger_bills": Operation(
        tag="Ledger",
        summary="List bills of the ledger",
        about=(
            "The one recorded last first. A record never changes: another reading or a correction makes a new one, and the one "
            "before it is archived with its reason."
        ),
        schema="LedgerBillPage",
        example={"ledger_bills": [BILL], **NO_MORE},
        query=(
            "project_id",
            "property_id",
            "account_id",
            "meter_id",
            "utility_bill_id",
            "from_day",
            "until_day",
            "recorded_on",
            "recorded_from",
            "recorded_until",
            "selection",
            "as_known_on",
            *_FACTORS,
            "page_size",
            "page_token",
        ),
        answer_headers=("Link",),
        problems=PAGE_PROBLEMS,
    ),
    "get_ledger_bill": Operation(
        tag="Ledger",
        summary="Retrieve a bill of the ledger",
        about="Whether it stands or is archived; with as_known_on, the record that stood for the same statement then.",
        schema="LedgerBill",
        example=BILL,
        query=("as_known_on", *_FACTORS),
        problems=("BAD_REQUEST", "NO_SUCH_LEDGER_BILL"),
    ),
    "put_bill_metadata": Operation(
        tag="Ledger",
        summary="Replace a bill's metadata",
        about="It goes with the bill from record to record.",
        schema="LedgerBill",
        example=BILL,
        request_schema="Metadata",
        request_example=METADATA,
        problems=(*BODY_PROBLEMS, "NO_SUCH_LEDGER_BILL"),
    ),
    "amend_ledger_bill": Operation(
        tag="Ledger",
        summary="Correct a bill",
        about=(
            "Makes a new record with what the changes say, and archives the one corrected. Months and the load profile follow at "
            "once. Fields are named as proofs name them: new_charges, meters[0].tariff, usages[1].amount, charges[2].kind; "
            "the number behind the last makes a new line, a line without value is taken out."
        ),
        status=201,
        schema="LedgerBill",
        example=CORRECTED,
        request_schema="Correction",
        request_example={
            "changes": [{"field": "usages[0].amount", "value": "920"}],
            "amended_by": "Robin Example",
            "reason": "Two digits had changed places.",
        },
        headers=("Idempotency-Key",),
        problems=(*BODY_PROBLEMS, "BAD_HEADER", "NO_SUCH_LEDGER_BILL", "LEDGER_BILL_ARCHIVED", "REQUEST_REUSED"),
    ),
    "list_amendments": Operation(
        tag="Ledger",
        summary="List a bill's corrections",
        about="Newest first: who, when, why, and what stood there before.",
        schema="AmendmentPage",
        example={"amendments": [message_json(_AMENDMENT)], **NO_MORE},
        query=("page_size", "page_token"),
        answer_headers=("Link",),
        problems=(*PAGE_PROBLEMS, "NO_SUCH_LEDGER_BILL"),
    ),
    "compare_ledger_bills": Operation(
        tag="Ledger",
        summary="Explain the difference of two bills",
        about="Days, usage, rate and fixed parts, which sum to the difference to the cent.",
        schema="CompareBillsResponse",
        example=message_json(_DIFFERENCE),
        query=("commodity",),
        problems=("BAD_REQUEST", "NO_SUCH_LEDGER_BILL", "NOT_COMPARABLE"),
    ),
    "list_bill_days": Operation(
        tag="Ledger",
        summary="List the days on which bills were recorded",
        about="Newest first; the list of bills takes one as recorded_on.",
        schema="BillDayPage",
        example={"days": [message_json(pb.BillDay(day="2026-03-02", bill_count=3))], **NO_MORE},
        query=("from_day", "until_day", "page_size", "page_token"),
        answer_headers=("Link",),
        problems=PAGE_PROBLEMS,
    ),
}

_ABOUT = {
    "LedgerAccount": "A customer's account with a utility, with what its bills tell of it.",
    "LedgerMeter": "A meter, with what its bills tell of it.",
    "LedgerBill": "One record of the ledger: a statement as it was read, or as a person corrected it.",
    "LedgerBillMeter": "A meter as one bill shows it.",
    "LedgerUsage": "A quantity that a bill states.",
    "LedgerCharge": "A leaf of a bill's charges.",
    "LedgerCommodityTotal": "What a bill asks for one commodity.",
    "Proof": "One accounting identity checked on the reading.",
    "Finding": "A doubt as data.",
    "Amendment": "One correction of one field by a person.",
    "AccountCalendar": "An account's days.",
    "CoveredDays": "Days that a bill covers.",
    "CalendarRemark": "What is to be said of days.",
    "CompareBillsResponse": "How one bill became another; days, usage, rate and fixed sum to total exactly.",
    "ComparedBill": "The figures of one of two bills.",
    "BillDay": "One day (UTC) on which bills were recorded.",
}


def schemas() -> dict[str, Schema]:
    """Return the schemas of accounts, meters and bills."""
    change = members(
        "A field and what it shall say; null takes it off the page.",
        {
            "field": text("As a proof names it: usages[0].amount.", minLength=1, maxLength=100),
            "value": maybe(text(maxLength=2000)),
        },
        optional=("value",),
    )
    return {
        **message_schemas(
            pb.LedgerAccount,
            pb.LedgerMeter,
            pb.LedgerBill,
            pb.Amendment,
            pb.AccountCalendar,
            pb.CompareBillsResponse,
            pb.BillDay,
            about=_ABOUT,
        ),
        "LedgerAccountPage": page_of("LedgerAccount", "accounts"),
        "LedgerMeterPage": page_of("LedgerMeter", "meters"),
        "LedgerBillPage": page_of("LedgerBill", "ledger_bills"),
        "AmendmentPage": page_of("Amendment", "amendments"),
        "BillDayPage": page_of("BillDay", "days"),
        "Metadata": members("What to keep.", {"metadata": {"type": "object", "additionalProperties": True}}),
        "FieldChange": change,
        "Correction": members(
            "What shall be corrected, all of it or none.",
            {
                "changes": items(ref("FieldChange"), "1 to 100, made in this order."),
                "amended_by": text("Who corrects it.", minLength=1, maxLength=200),
                "reason": text("Why.", minLength=1, maxLength=1000),
            },
        ),
    }  # fmt: skip
