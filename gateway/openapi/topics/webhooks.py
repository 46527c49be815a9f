"""Webhook endpoints and the log of their deliveries."""

from gateway.openapi.operation import BODY_PROBLEMS, PAGE_PROBLEMS, REPEAT_PROBLEMS, Operation
from gateway.openapi.sample_ids import DELIVERY_ID, ENDPOINT_ID, EVENT_ID
from gateway.openapi.terms import ID, TIME, Example, Schema, items, maybe, members, page_of, ref, text, whole
from gateway.webhooks.events import EVENT_TYPES, PARAMETERS
from gateway.webhooks.store.endpoints import AUTH_KINDS
from gateway.webhooks.store.redelivery import WHICH

NEW_ENDPOINT: Example = {
    "url": "https://partner.example/hooks/billowatt",
    "description": "production",
    "events": ["utility_bill_upload_job_completed"],
    "filters": {"status": ["failed"]},
}
ENDPOINT: Example = {
    "webhook_endpoint_id": ENDPOINT_ID,
    "url": "https://partner.example/hooks/billowatt",
    "format": None,
    "method": "POST",
    "description": "production",
    "events": ["utility_bill_upload_job_completed"],
    "filters": {"status": ["failed"]},
    "strict_order": False,
    "auth": None,
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
    "delivery_id": DELIVERY_ID,
    "event_id": EVENT_ID,
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
            "response_headers": {"content-type": "text/plain", "server": "example"},
            "response_head": "",
        }
    ],
}
REDELIVERY: Example = {"which": "failed", "since": "2026-03-01T00:00:00Z"}
REDELIVERED: Example = {"deliveries": 17, "rest_since": None}


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


def _filters(*, listed: bool) -> dict[str, Schema]:
    texts = {**items(text(minLength=1, maxLength=200)), "minItems": 1, "maxItems": 100}
    return {name: texts if listed else {"oneOf": [text(minLength=1, maxLength=200), texts]} for name in PARAMETERS}


_ENDPOINT: dict[str, Schema] = {
    "webhook_endpoint_id": ID,
    "url": text("With placeholders where method is GET."),
    "format": maybe(text("Whose words the bodies are in; null: our own envelope.")),
    "method": text(enum=["POST", "GET"]),
    "description": maybe(text()),
    "events": items(text(enum=list(EVENT_TYPES)), "Empty: every type."),
    "filters": members("By parameter, the values that pass.", _filters(listed=True), optional=PARAMETERS),
    "strict_order": {"type": "boolean"},
    "auth": maybe(
        members(
            "What is sent along for the endpoint's own gate; its value is not shown.",
            {"type": text(enum=["header", "basic"]), "name": text("Of the header, or of the user.")},
        )
    ),
    "enabled": {"type": "boolean"},
    "disabled_reason": maybe(text("person, gone (it answered 410) or failing (for five days).")),
    "failures_in_row": whole(),
    "failing_since": maybe(TIME),
    "created_at": TIME,
    "updated_at": TIME,
}


_ENDPOINT_CHOICES: dict[str, Schema] = {
    "url": maybe(
        text("Where to POST events: https, port 443 or 8443, on the public internet.", minLength=1, maxLength=2000)
    ),
    "url_template": maybe(
        text(
            "In place of url: what to GET for each event. Placeholders in its path and query, such as <JOB_ID> or <STATUS>, "
            "stand for the event's values.",
            minLength=1,
            maxLength=2000,
        )
    ),
    "description": maybe(text(maxLength=200)),
    "events": maybe(items(text(enum=list(EVENT_TYPES)), "Absent, null or empty: every type.")),
    "filters": maybe(
        members(
            "By parameter of the event's data, a value or a list of values that pass; events without the parameter do not.",
            _filters(listed=False),
            optional=PARAMETERS,
        )
    ),
    "strict_order": maybe(
        {
            "type": "boolean",
            "description": "Of a project one event at a time, in their order; one that fails holds up those behind it.",
        }
    ),
    "auth": maybe(ref("WebhookAuth")),
}


_NEW_ENDPOINT: dict[str, Schema] = {
    **_ENDPOINT_CHOICES,
    "format": maybe(
        text(
            "Whose words the bodies are in, chosen once when the endpoint is made: bayou, utilityapi, or that of another dialect "
            "that is mounted. Absent or null: our own envelope. Without events such an endpoint hears all that its format has "
            "words for.",
            maxLength=40,
        )
    ),
}


OPERATIONS: dict[str, Operation] = {
    "create_webhook_endpoint": Operation(
        tag="Webhooks",
        summary="Make a webhook endpoint",
        status=201,
        schema="WebhookEndpointWithSecret",
        example=ENDPOINT_WITH_SECRET,
        request_schema="NewWebhookEndpoint",
        request_example=NEW_ENDPOINT,
        answer_headers=("Location",),
        headers=("Idempotency-Key",),
        problems=(*REPEAT_PROBLEMS, *BODY_PROBLEMS, "FORBIDDEN_TARGET", "LIMIT_REACHED"),
    ),
    "list_webhook_endpoints": Operation(
        tag="Webhooks",
        summary="List webhook endpoints",
        schema="WebhookEndpointList",
        example=ENDPOINT_LIST,
        problems=("BAD_REQUEST",),
    ),
    "get_webhook_endpoint": Operation(
        tag="Webhooks",
        summary="Retrieve a webhook endpoint",
        schema="WebhookEndpoint",
        example=ENDPOINT,
        problems=("NO_SUCH_ENDPOINT",),
    ),
    "update_webhook_endpoint": Operation(
        tag="Webhooks",
        summary="Change a webhook endpoint",
        about="Enabling a disabled one gives it a new start.",
        schema="WebhookEndpoint",
        example=ENDPOINT,
        request_schema="WebhookEndpointChange",
        request_example=ENDPOINT_CHANGE,
        problems=(*BODY_PROBLEMS, "NO_SUCH_ENDPOINT", "FORBIDDEN_TARGET"),
    ),
    "delete_webhook_endpoint": Operation(
        tag="Webhooks",
        summary="Delete a webhook endpoint",
        about="With its secrets and the log of its deliveries.",
        status=204,
        problems=("NO_SUCH_ENDPOINT",),
    ),
    "get_webhook_secret": Operation(
        tag="Webhooks",
        summary="Show the secrets that sign now",
        schema="WebhookSecrets",
        example=SECRETS,
        problems=("NO_SUCH_ENDPOINT",),
    ),
    "rotate_webhook_secret": Operation(
        tag="Webhooks",
        summary="Rotate the secret",
        about="Messages carry a signature of each live secret for a day, then only of the new one.",
        schema="RotatedSecret",
        example=ROTATED_SECRET,
        headers=("Idempotency-Key",),
        problems=(*REPEAT_PROBLEMS, "NO_SUCH_ENDPOINT", "LIMIT_REACHED"),
    ),
    "test_webhook_endpoint": Operation(
        tag="Webhooks",
        summary="Send a test event",
        status=202,
        schema="Delivery",
        example=DELIVERY,
        answer_headers=("Location",),
        problems=("NO_SUCH_ENDPOINT",),
    ),
    "list_webhook_deliveries": Operation(
        tag="Webhooks",
        summary="List deliveries",
        about="Newest first.",
        schema="DeliveryPage",
        example=DELIVERY_PAGE,
        query=("page_size", "page_token", "status", "event_type", "since", "until"),
        answer_headers=("Link",),
        problems=(*PAGE_PROBLEMS, "NO_SUCH_ENDPOINT"),
    ),
    "get_webhook_delivery": Operation(
        tag="Webhooks",
        summary="Retrieve a delivery with its attempts",
        schema="DeliveryWithAttempts",
        example=DELIVERY_WITH_ATTEMPTS,
        problems=("NO_SUCH_ENDPOINT",),
    ),
    "redeliver_webhook": Operation(
        tag="Webhooks",
        summary="Deliver once more",
        about="With the same webhook-id and the same body.",
        status=202,
        schema="Delivery",
        example=DELIVERY,
        answer_headers=("Location",),
        problems=("NO_SUCH_ENDPOINT", "JOB_NOT_FINISHED"),
    ),
    "redeliver_webhooks": Operation(
        tag="Webhooks",
        summary="Deliver a stretch of time once more",
        about="All that failed since a time, or succeeded, or was never sent, as it happened while the endpoint was disabled "
        "or before it was there. Same webhook-ids, same bodies, the oldest first.",
        status=202,
        schema="Redelivered",
        example=REDELIVERED,
        request_schema="Redelivery",
        request_example=REDELIVERY,
        problems=(*BODY_PROBLEMS, "NO_SUCH_ENDPOINT"),
    ),
}


def schemas() -> dict[str, Schema]:
    """Return the schemas of endpoints and deliveries."""
    return {**_endpoint_schemas(), **_delivery_schemas()}


def _endpoint_schemas() -> dict[str, Schema]:
    secret = text("In the form that Standard Webhooks libraries take.", pattern="^whsec_")
    return {
        "NewWebhookEndpoint": {
            **members("An endpoint to make.", _NEW_ENDPOINT, optional=tuple(_NEW_ENDPOINT)),
            "anyOf": [{"required": ["url"]}, {"required": ["url_template"]}],
        },
        "WebhookAuth": members(
            "What to send along for the endpoint's own gate: a header, or a user and password (basic). none: nothing any more.",
            {
                "type": text(enum=list(AUTH_KINDS)),
                "name": text("Of the header, or of the user.", minLength=1, maxLength=100),
                "value": text("Of the header, or the password. Kept sealed, never shown.", minLength=1, maxLength=1000),
            },
            optional=("name", "value"),
        ),
        "WebhookEndpointChange": members(
            "What to change; what is absent or null stays.",
            {**_ENDPOINT_CHOICES, "enabled": maybe({"type": "boolean"})},
            optional=(*_ENDPOINT_CHOICES, "enabled"),
        ),
        "WebhookEndpoint": members("Where events go.", _ENDPOINT),
        "WebhookEndpointWithSecret": members("An endpoint just made.", {**_ENDPOINT, "secret": secret}),
        "WebhookEndpointList": members("All endpoints.", {"webhook_endpoints": items(ref("WebhookEndpoint"))}),
        "WebhookSecrets": members("The secrets that sign now, newest first.", {"secrets": items(secret)}),
        "RotatedSecret": members(
            "The new secret.",
            {"secret": secret, "old_secrets_live_seconds": whole("For so long the old ones sign as well.")},
        ),
    }


def _delivery_schemas() -> dict[str, Schema]:
    return {
        "Redelivery": members(
            "What to deliver again.",
            {
                "which": maybe(text("failed where absent.", enum=list(WHICH))),
                "since": {
                    **TIME,
                    "description": "Deliveries queued from then on; of missing ones, events recorded then.",
                },
                "until": maybe({**TIME, "description": "And before then; now where absent."}),
                "event_types": maybe(items(text(enum=list(EVENT_TYPES)), "Absent, null or empty: every type.")),
            },
            optional=("which", "until", "event_types"),
        ),
        "Redelivered": members(
            "What was queued again.",
            {
                "deliveries": whole(),
                "rest_since": maybe(
                    {**TIME, "description": "Ask again from then on for the rest; null: that was all."}
                ),
            },
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
                "error": maybe(
                    text(
                        "timed_out, connection_refused, connection_lost, name_not_found, tls_failed, forbidden_target, "
                        "answer_not_understood, secret_unreadable, not_rendered or attempt_broke."
                    )
                ),
                "response_headers": {
                    "type": "object",
                    "description": "Some of the answer's headers, by name in small letters, without cookies and credentials.",
                    "additionalProperties": text(),
                },
                "response_head": text("The first 2 kB of the answer."),
            },
        ),
    }
