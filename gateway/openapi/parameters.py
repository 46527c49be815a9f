"""Parameters and headers that operations name: what each means, within which bounds, and an example."""

from typing import Any

from gateway.openapi.terms import text, whole

QUERY: dict[str, tuple[str, dict[str, Any]]] = {
    "page_size": ("Items on a page; 50 where absent.", whole(minimum=1, maximum=200)),
    "page_token": ("next_page_token of the page before.", text(maxLength=1024)),
    "explain": ("false where absent.", text(enum=["false", "true"])),
    "interval": ("Minutes; 60 where absent.", whole(enum=[60, 30, 15])),
    "width": ("Of the image, in pixels; 1440 where absent.", whole(enum=[1440, 480, 960, 1920])),
    "boxes": ("true draws what was read on the page; false where absent.", text(enum=["false", "true"])),
    "year": (
        "Whose weekdays count; where absent, the year of the newest month observed.",
        whole(minimum=1970, maximum=2100),
    ),
    "leap_day": ("false leaves 29 February out of a leap year.", text(enum=["true", "false"])),
    "shape_class": (
        "Whose typical days spread the months: us-residential (where absent), us-commercial, or one that the operator added.",
        text(maxLength=100),
    ),
    "held_state": (
        "held: those that wait; rejected: those that a person kept out; held where absent.",
        text(enum=["held", "rejected"]),
    ),
    "act": ("confirm where absent.", text(enum=["confirm", "pin", "unpin", "amend"])),
    "amended_ledger_bill_id": ("With amend: the record to correct.", text(maxLength=100)),
    "field": ("With amend: the field, as a correction names it.", text(maxLength=100)),
    "value": ("With amend: what it shall say; absent: it is taken off the page.", text(maxLength=2000)),
    "tariff_hours": (
        "Name of the hours for the bills' time-of-use rows; those of each bill's tariff where absent, none to leave them aside.",
        text(maxLength=100),
    ),
    "commodity": (
        "Only meters of this commodity.",
        text(enum=["electricity", "gas", "water", "sewer", "heat"]),
    ),
    "meter_id": ("Only this meter, as the list of accounts names it.", text(format="uuid")),
    "factor_set": ("epa-egrid-2022 where absent.", text(enum=["epa-egrid-2022", "energyprint-compat"])),
    "effective_month": ("Only the snapshot of this month: its first day.", text(pattern="^[0-9]{4}-[0-9]{2}-01$")),
    "region": ("Whose electricity's carbon dioxide is counted: an eGRID subregion; US where absent.", text()),
    "weights": (
        "How energy is shared out over the days of a bill: alike, or by degree days of the property's temperatures.",
        text(enum=["days", "degree_days"]),
    ),
    "project_id": ("Only what bills of this project show.", text(format="uuid")),
    "property_id": ("Only what bills of this property's projects show.", text(format="uuid")),
    "account_id": ("Only of this account.", text(format="uuid")),
    "utility_bill_id": ("Only records of this uploaded document.", text(format="uuid")),
    "meter_commodity": (
        "Only meters of this commodity.",
        text(enum=["electricity", "gas", "water", "sewer", "heat", "solar_export"]),
    ),
    "from_day": ("Only days from this one on.", text(format="date")),
    "until_day": ("Only days before this one.", text(format="date")),
    "today": ("The day by which a next bill is late or not; today (UTC) where absent.", text(format="date")),
    "recorded_on": ("Only records made on this day (UTC).", text(format="date")),
    "recorded_from": ("Only records made from this time on (RFC 3339).", text(format="date-time")),
    "recorded_until": ("Only records made before this time (RFC 3339).", text(format="date-time")),
    "selection": (
        "standing: those that count; archived: those that another one replaced; standing where absent.",
        text(enum=["standing", "archived", "all"]),
    ),
    "as_known_on": ("The ledger as it was known at this time (RFC 3339).", text(format="date-time")),
    "form": ("csv where absent.", text(enum=["csv", "xlsx", "jsonl"])),
    "part": ("From 1: which hundred and twenty records.", whole(minimum=1, maximum=1000)),
    "format": ("json where absent.", text(enum=["json", "csv"])),
    "event_type": ("Only of this type.", text()),
    "after": (
        "Only events behind this position, from the beginning where absent; end: none, but where the end is.",
        text(pattern="^([0-9]{1,18}|end)$"),
    ),
    "confirm": ("The tenant's id.", text(format="uuid")),
    "bill_status": ("Only bills with this status.", text(enum=["pending", "succeeded", "failed"])),
    "file_name": ("Only bills whose file name holds this text, whatever the case.", text(maxLength=255)),
    "received_from": ("Only bills received from this time on (RFC 3339).", text(format="date-time")),
    "received_before": ("Only bills received before this time (RFC 3339).", text(format="date-time")),
    "asks": (
        "Only bills that ask this: failed could not be read, doubted hold doubts, waiting are being read, done ask nothing.",
        text(enum=["failed", "doubted", "waiting", "done"]),
    ),
    "failure_reason": ("Only bills that could not be read for this reason.", text(maxLength=100)),
    "sha256": ("Only bills with these bytes.", text(pattern="^[0-9a-f]{64}$")),
    "live": ("true: only keys that work now; false: only those that ended.", text(enum=["true", "false"])),
    "operation": ("Only writes by this operationId.", text(minLength=1, maxLength=100)),
    "key_id": ("Only writes with this key.", text(format="uuid")),
    "tenant_id": ("Only this tenant's.", text(format="uuid")),
    "since": ("Only those from this time on (RFC 3339).", text(format="date-time")),
    "until": ("Only those before this time (RFC 3339).", text(format="date-time")),
    "status": ("Only those with this status.", text(enum=["queued", "leased", "succeeded", "failed"])),
}
HEADERS: dict[str, tuple[str, dict[str, Any], str]] = {
    "Idempotency-Key": (
        "The same key within 24 hours returns the first answer; with another request it is refused.",
        text(minLength=1, maxLength=255),
        "5f1d7a84-upload-17",
    ),
    "Last-Event-ID": ("The id of the last event that was received.", text(pattern="^[0-9]{1,18}$"), "1042"),
    "If-Match": (
        "The ETag of what GET answers here: the change is made only where that is still so.",
        text(maxLength=1024),
        '"2c26b46b68ffc68ff99b453c1d304134"',
    ),
    "Content-Disposition": (
        "The file's name (RFC 6266).",
        text(maxLength=8192),
        'attachment; filename="bill.pdf"',
    ),
}
ANSWER_HEADERS: dict[str, str] = {
    "Content-Disposition": "A name for the file.",
    "Billowatt-Unit": "Unit of the meter's usage.",
    "Billowatt-Pages": "How many pages the document has.",
    "Billowatt-Page-Points": "Width and height of the page in points, as in 612.000x792.000.",
    "Location": "Where to look next.",
    "Link": 'The address of the next page, rel="next"; absent on the last.',
}
PATH: dict[str, tuple[str, str]] = {
    "rated_on": ("Day of the rating, ISO 8601.", "2025-11-30"),
    "token": ("The token of a link.", "dGhpcy1pcy1hbi1leGFtcGxl.c2lnbmF0dXJl"),
    "page": ("From 1.", "1"),
    "other_ledger_bill_id": ("The later bill.", "9a1b2c3d-4e5f-4a6b-8c7d-0e1f2a3b4c5d_1"),
    "ledger_bill_id": ("The id of a record.", "f2a7c1de-5b0e-4c8a-9a53-6d1be0a4c977_1"),
    "name": ("The last part of a problem's type.", "bill-too-large"),
}
UUID_EXAMPLE = "7d2c1f0a-93a4-4e5e-8f0b-0a6f3c1b2d4e"
SAME_NAME = {"bill_status": "status", "held_state": "state", "amended_ledger_bill_id": "ledger_bill_id"}
"""Parameters that go by another name in the table above."""
