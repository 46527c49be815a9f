"""The schemas of requests and answers."""

from collections.abc import Mapping

from gateway.openapi.numbers import MONTH_EXPLAINED, number_schemas
from gateway.openapi.reading import reading_schemas
from gateway.openapi.terms import DECIMAL, ID, KWH, Schema, items, maybe, members, page_of, ref, text, whole
from gateway.webhooks.events import ENDPOINT_DISABLED, EVENT_TYPES, JOB_COMPLETED, PROFILE_CHANGED, TEST
from runtime.rpc.identity import SCOPES

TIME = text("RFC 3339, UTC.", format="date-time")

_BILL: dict[str, Schema] = {
    "utility_bill_id": ID,
    "user_file_id": text("The same id under its other name.", format="uuid"),
    "project_id": ID,
    "job_id": maybe(text("The newest job that reads this bill.", format="uuid")),
    "status": text(enum=["pending", "succeeded", "failed"]),
    "file_name": text("As uploaded, made safe to show."),
    "content_type": text(
        "By the bytes.", enum=["application/pdf", "image/jpeg", "image/png", "image/gif", "image/webp"]
    ),
    "size_bytes": whole(),
    "sha256": text("Lower-case hexadecimal.", pattern="^[0-9a-f]{64}$"),
    "duplicate_of": maybe(text("The oldest bill of the project with the same bytes.", format="uuid")),
    "failure_reason": maybe(text("Why reading failed: not_a_bill, unreadable, password_protected, …")),
    "failure_detail": maybe(text("The same as a sentence.")),
    "received_at": TIME,
    "completed_at": maybe(TIME),
}

_DELIVERY: dict[str, Schema] = {
    "delivery_id": ID,
    "event_id": text("What receivers get as webhook-id.", format="uuid"),
    "event_type": text(),
    "status": text(enum=["queued", "leased", "succeeded", "failed"]),
    "attempts": whole("Made so far, since the last redelivery was asked for."),
    "failure_reason": maybe(text("exhausted, gone, endpoint_disabled or erased.")),
    "created_at": TIME,
    "finished_at": maybe(TIME),
    "next_attempt_at": maybe(TIME),
}

_API_KEY: dict[str, Schema] = {
    "key_id": ID,
    "name": text(),
    "prefix": text("The beginning of the key, to recognise it by."),
    "scopes": items(text(enum=sorted(SCOPES))),
    "created_at": TIME,
    "last_used_at": maybe(TIME),
    "expires_at": maybe(TIME),
    "revoked_at": maybe(TIME),
}

_ENDPOINT: dict[str, Schema] = {
    "webhook_endpoint_id": ID,
    "url": text(),
    "description": maybe(text()),
    "events": items(text(enum=list(EVENT_TYPES)), "Empty: every type."),
    "enabled": {"type": "boolean"},
    "disabled_reason": maybe(text("person, gone (it answered 410) or failing (for five days).")),
    "failures_in_row": whole(),
    "failing_since": maybe(TIME),
    "created_at": TIME,
    "updated_at": TIME,
}


def all_schemas() -> dict[str, Schema]:
    """Return the schemas of the document by name."""
    return {
        **_projects(),
        **_bills(),
        **_profiles(),
        **number_schemas(),
        **_keys_and_webhooks(),
        **_problems(),
        **reading_schemas(),
    }


def _projects() -> dict[str, Schema]:
    return {
        "NewProject": members(
            "A project to make.",
            {
                "name": text("1 to 200 characters.", minLength=1, maxLength=200),
                "external_id": maybe(text("Your own id of it.", maxLength=200)),
            },
            optional=("external_id",),
        ),
        "Project": members(
            "One site or study.",
            {"project_id": ID, "name": text(), "external_id": maybe(text()), "created_at": TIME},
        ),
        "ProjectPage": page_of("Project", "projects"),
        "Policy": members(
            "Which bill is active, and by which rule.",
            {
                "project_id": ID,
                "rule": text(enum=_RULES),
                "pinned_utility_bill_id": maybe(ID),
                "active_utility_bill_id": maybe(text("The bill in effect now.", format="uuid")),
            },
        ),
        "PolicyChange": members(
            "A rule to follow from now on.",
            {
                "rule": text(enum=_RULES),
                "pinned_utility_bill_id": maybe(text("With pinned, and only with it.", format="uuid")),
            },
            optional=("pinned_utility_bill_id",),
        ),
        "Account": members(
            "A customer's account with a utility, as seen on bills.",
            {
                "account_id": ID,
                "issuer_id": maybe(text()),
                "issuer_name": maybe(text()),
                "account_number": maybe(text("As printed.")),
                "meters": items(
                    members(
                        "A meter of the account.",
                        {
                            "meter_id": ID,
                            "number": maybe(text("As printed.")),
                            "commodity": maybe(text()),
                            "tariff": maybe(text()),
                        },
                    )
                ),
                "created_at": maybe(TIME),
            },
        ),
        "AccountPage": page_of("Account", "accounts"),
    }


_RULES = ["last_parsed", "last_uploaded", "latest_period", "pinned", "merged"]


def _bills() -> dict[str, Schema]:
    return {
        "Upload": members("A bill that was taken in; its job says how far reading it is.", {**_BILL, "job_id": ID}),
        "UtilityBill": members("One uploaded document.", _BILL),
        "UtilityBillWithFile": members(
            "One uploaded document with a link to its file.",
            {
                **_BILL,
                "file_url": text("Downloads the file, without a key."),
                "file_url_expires_at": text("24 hours from this answer.", format="date-time"),
            },
        ),
        "UtilityBillPage": page_of("UtilityBill", "utility_bills"),
        "Job": members(
            "The right to read one bill, and how far that is.",
            {
                "job_id": ID,
                "utility_bill_id": ID,
                "user_file_id": ID,
                "project_id": ID,
                "status": text(enum=["queued", "processing", "succeeded", "failed"]),
                "attempts": whole(),
                "pages_done": whole(),
                "pages_total": maybe(whole()),
                "failure_reason": maybe(text()),
                "failure_detail": maybe(text()),
                "created_at": TIME,
                "finished_at": maybe(TIME),
            },
        ),
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


def _profiles() -> dict[str, Schema]:
    return {
        "Money": members("An exact amount.", {"amount": DECIMAL, "currency": text("ISO 4217.")}),
        "ProfileMonth": members(
            "One calendar month.",
            {
                "month": whole("1 to 12."),
                "year": maybe(whole("The year it was observed in; null where estimated.")),
                "energy_kwh": maybe(KWH),
                "cost": maybe(ref("Money")),
                "source": text(enum=["billed", "prorated", "history_table", "history_chart", "estimated"]),
                "days_covered": whole(),
                "days_in_month": whole(),
                "utility_bill_id": maybe(text("The bill the number comes from.", format="uuid")),
                **MONTH_EXPLAINED,
            },
            optional=tuple(MONTH_EXPLAINED),
        ),
        "LoadProfile": members(
            "Twelve months of a project.",
            {
                "project_id": ID,
                "version": whole("Grows with every change; webhooks carry it."),
                "active_utility_bill_id": maybe(ID),
                "completed_at": maybe(TIME),
                "months": items(ref("ProfileMonth"), "Always 12, January first."),
                "months_observed": whole("How many were observed rather than estimated."),
                "annual_energy_kwh": maybe(KWH),
                "annual_cost": maybe(ref("Money")),
                "average_rate": maybe(text("Cost of one kWh, decimal, in the currency of the cost.")),
                "method": maybe(text("Name and version of the rule that filled missing months.")),
                "band_percent": maybe(text("Indicative error of the annual energy, plus or minus, in percent.")),
            },
        ),
    }


def _keys_and_webhooks() -> dict[str, Schema]:
    secret = text("In the form that Standard Webhooks libraries take.", pattern="^whsec_")
    return {
        "NewApiKey": members(
            "A key to make.",
            {
                "name": text("1 to 200 characters.", minLength=1, maxLength=200),
                "scopes": items(text(enum=sorted(SCOPES)), "At least one; admin includes all others."),
                "expires_in_days": maybe(whole("Null: never.", minimum=1, maximum=3650)),
            },
            optional=("expires_in_days",),
        ),
        "ApiKey": members("A key; its text is not kept.", _API_KEY),
        "ApiKeyWithText": members("A key just made.", {**_API_KEY, "api_key": text("Shown this once.")}),
        "ApiKeyList": members("All keys, newest first.", {"api_keys": items(ref("ApiKey"))}),
        "NewWebhookEndpoint": members("An endpoint to make.", _ENDPOINT_CHOICES, optional=("description", "events")),
        "WebhookEndpointChange": members(
            "What to change; what is absent or null stays.",
            {
                "url": maybe(text(maxLength=2000)),
                "description": maybe(text(maxLength=200)),
                "events": maybe(items(text(enum=list(EVENT_TYPES)))),
                "enabled": maybe({"type": "boolean"}),
            },
            optional=("url", "description", "events", "enabled"),
        ),
        "WebhookEndpoint": members("Where events go.", _ENDPOINT),
        "WebhookEndpointWithSecret": members("An endpoint just made.", {**_ENDPOINT, "secret": secret}),
        "WebhookEndpointList": members("All endpoints.", {"webhook_endpoints": items(ref("WebhookEndpoint"))}),
        "WebhookSecrets": members("The secrets that sign now, newest first.", {"secrets": items(secret)}),
        "RotatedSecret": members(
            "The new secret.",
            {"secret": secret, "old_secrets_live_seconds": whole("For so long the old ones sign as well.")},
        ),
        "Delivery": members("One event on its way to one endpoint.", _DELIVERY),
        "DeliveryPage": page_of("Delivery", "deliveries"),
        "DeliveryWithAttempts": members(
            "One delivery with all attempts.", {**_DELIVERY, "attempt_log": items(ref("DeliveryAttempt"))}
        ),
        "DeliveryAttempt": members(
            "One attempt.",
            {
                "at": TIME,
                "latency_ms": whole(),
                "status": maybe(whole("Null where no answer came.")),
                "error": maybe(text("timed_out, connection_refused, tls_failed, forbidden_target, …")),
                "response_head": text("The first 2 kB of the answer."),
            },
        ),
        **_events(),
    }


_ENDPOINT_CHOICES: dict[str, Schema] = {
    "url": text("https, port 443 or 8443, on the public internet.", minLength=1, maxLength=2000),
    "description": maybe(text(maxLength=200)),
    "events": maybe(items(text(enum=list(EVENT_TYPES)), "Absent, null or empty: every type.")),
}


def _events() -> dict[str, Schema]:
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
    changed = {"project_id": ID, "profile_version": whole(), "active_utility_bill_id": maybe(ID)}
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


def _problems() -> dict[str, Schema]:
    checks = {name: text(enum=["ok", "away"]) for name in ("database", "ingest", "profile")}
    return {
        "Problem": members(
            "Problem details (RFC 9457).",
            {
                "type": text("The address of a page about this type.", format="uri"),
                "title": text(),
                "status": whole(),
                "detail": text("What is wrong, for people."),
                "reason": text("What is wrong, for programs."),
                "metadata": {"type": "object", "additionalProperties": text()},
                "request_id": text("Also in the header X-Request-Id."),
            },
        ),
        "Health": members("The process answers.", {"status": text(const="ok")}),
        "Readiness": members(
            "Whether all that it needs is there.",
            {"status": text(enum=["ok", "away"]), "checks": members("By name.", checks)},
        ),
    }
