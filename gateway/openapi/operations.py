"""What the document says of each operation: words, parameters, bodies, answers, and which problems can come."""

from dataclasses import dataclass, field
from typing import Any

from gateway.openapi import examples, numbers
from gateway.openapi.examples import Example

JSON = "application/json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One operation. ``schema`` is that of its answer; None: the answer has no body, or ``media_type`` says it all."""

    tag: str
    summary: str
    about: str = ""
    status: int = 200
    schema: str | None = None
    example: Example | None = None
    request_schema: str | None = None
    request_example: Example | None = None
    request_optional: bool = False
    query: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()
    answer_headers: tuple[str, ...] = ()
    problems: tuple[str, ...] = field(default=())
    media_type: str = JSON
    other_media_types: tuple[str, ...] = ()
    other_statuses: tuple[int, ...] = ()


_PAGED: dict[str, Any] = {"query": ("page_size", "page_token"), "answer_headers": ("Link",)}
_BODY_PROBLEMS = ("BAD_REQUEST", "BODY_TOO_LARGE")
_PAGE_PROBLEMS = ("BAD_REQUEST", "BAD_PAGE_TOKEN")

PROJECTS: dict[str, Operation] = {
    "create_project": Operation(
        tag="Projects",
        summary="Make a project",
        about="A project is one site or study: it holds bills and has one load profile.",
        status=201,
        schema="Project",
        example=examples.PROJECT,
        request_schema="NewProject",
        request_example=examples.NEW_PROJECT,
        headers=("Idempotency-Key",),
        answer_headers=("Location",),
        problems=(*_BODY_PROBLEMS, "BAD_HEADER", "REQUEST_REUSED"),
    ),
    "list_projects": Operation(
        tag="Projects",
        summary="List projects",
        about="Newest first.",
        schema="ProjectPage",
        example=examples.PROJECT_PAGE,
        problems=_PAGE_PROBLEMS,
        **_PAGED,
    ),
    "get_project": Operation(
        tag="Projects",
        summary="Retrieve a project",
        schema="Project",
        example=examples.PROJECT,
        problems=("NO_SUCH_PROJECT",),
    ),
    "get_load_profile": Operation(
        tag="Projects",
        summary="Retrieve the load profile",
        about=(
            "Twelve months of use and cost, each with where it comes from. With explain=true each month also says by which "
            "rule, from which rows of which bills and from how many of their days it was made."
        ),
        schema="LoadProfile",
        example=examples.LOAD_PROFILE,
        query=("explain",),
        problems=("BAD_REQUEST", "NO_SUCH_PROJECT", "NO_LOAD_PROFILE"),
    ),
    "get_hours": Operation(
        tag="Projects",
        summary="Retrieve the hours of a year",
        about=(
            "The load profile's months spread over the hours of a year by typical days: made on request, so they always "
            "sum to the months of that version. format=csv gives lines of start and energy_kwh."
        ),
        schema="Hours",
        example=numbers.HOURS,
        query=("interval", "year", "leap_day", "shape_class", "format"),
        other_media_types=("text/csv",),
        problems=("BAD_REQUEST", "NO_SUCH_PROJECT", "NO_LOAD_PROFILE"),
    ),
    "list_months": Operation(
        tag="Projects",
        summary="Retrieve the calendar months",
        about=(
            "Everything that the project's bills state, by calendar month, newest first, made from the ledger on request: of "
            "all meters, of one commodity or of one meter."
        ),
        schema="Months",
        example=numbers.MONTHS,
        query=("commodity", "meter_id", "factor_set", "region"),
        problems=("BAD_REQUEST", "NO_SUCH_PROJECT"),
    ),
    "get_policy": Operation(
        tag="Projects",
        summary="Retrieve the rule of the active bill",
        schema="Policy",
        example=examples.POLICY,
        problems=("NO_SUCH_PROJECT",),
    ),
    "update_policy": Operation(
        tag="Projects",
        summary="Change the rule of the active bill",
        about="The load profile follows at once.",
        schema="Policy",
        example=examples.POLICY,
        request_schema="PolicyChange",
        request_example=examples.POLICY_CHANGE,
        problems=(*_BODY_PROBLEMS, "NO_SUCH_PROJECT", "NO_SUCH_BILL", "NO_READING"),
    ),
    "list_accounts": Operation(
        tag="Projects",
        summary="List accounts",
        about="Accounts with utilities that were seen on the project's bills, newest first.",
        schema="AccountPage",
        example=examples.ACCOUNT_PAGE,
        problems=(*_PAGE_PROBLEMS, "NO_SUCH_PROJECT"),
        **_PAGED,
    ),
}

BILLS: dict[str, Operation] = {
    "upload_utility_bill": Operation(
        tag="Bills",
        summary="Upload a bill",
        about=(
            "The body is the file itself: PDF, JPEG, PNG, GIF or WEBP, told by its bytes. Its name comes from "
            "Content-Disposition (filename* wins). multipart/form-data is taken too; its first file counts. The answer "
            "comes when the file is safe; reading it goes on behind the job."
        ),
        status=202,
        schema="Upload",
        example=examples.UPLOAD,
        headers=("Content-Disposition", "Idempotency-Key"),
        answer_headers=("Location",),
        problems=(
            "BAD_HEADER",
            "BAD_REQUEST",
            "BODY_TOO_SLOW",
            "EMPTY_BILL",
            "UNSUPPORTED_TYPE",
            "BILL_TOO_LARGE",
            "NO_SUCH_PROJECT",
            "REQUEST_REUSED",
            "LIMIT_REACHED",
        ),
    ),
    "list_utility_bills": Operation(
        tag="Bills",
        summary="List bills",
        about="Newest first.",
        schema="UtilityBillPage",
        example=examples.BILL_PAGE,
        problems=(*_PAGE_PROBLEMS, "NO_SUCH_PROJECT"),
        **_PAGED,
    ),
    "get_utility_bill": Operation(
        tag="Bills",
        summary="Retrieve a bill",
        about="With a fresh link that downloads its file for 24 hours.",
        schema="UtilityBillWithFile",
        example=examples.BILL_WITH_FILE,
        problems=("NO_SUCH_PROJECT", "NO_SUCH_BILL"),
    ),
    "delete_utility_bill": Operation(
        tag="Bills",
        summary="Delete a bill",
        about="Its file, what was read from it and the bodies of its events go; the load profile follows.",
        status=204,
        problems=("NO_SUCH_PROJECT", "NO_SUCH_BILL"),
    ),
    "reparse_utility_bill": Operation(
        tag="Bills",
        summary="Read a bill again",
        status=202,
        schema="Job",
        example=examples.JOB,
        answer_headers=("Location",),
        problems=("NO_SUCH_PROJECT", "NO_SUCH_BILL", "JOB_NOT_FINISHED"),
    ),
    "get_reading": Operation(
        tag="Bills",
        summary="Retrieve what was read",
        about="Every value with the text, page and place it was read from, and how far it is believed.",
        schema="BillReading",
        example=examples.READING,
        problems=("NO_SUCH_PROJECT", "NO_SUCH_BILL", "NO_READING"),
    ),
    "get_job": Operation(
        tag="Bills",
        summary="Retrieve a job",
        about="Poll it, or let a webhook tell you.",
        schema="Job",
        example=examples.JOB,
        problems=("NO_SUCH_JOB",),
    ),
    "download_utility_bill": Operation(
        tag="Bills",
        summary="Download a file by its link",
        about="The link proves itself; no key is needed. It may redirect to the object store.",
        media_type="application/octet-stream",
        problems=("LINK_EXPIRED", "NO_SUCH_BILL", "TIMED_OUT", "STORE_UNAVAILABLE"),
        other_statuses=(302,),
    ),
}

KEYS: dict[str, Operation] = {
    "create_api_key": Operation(
        tag="API keys",
        summary="Make an API key",
        about="Its text is in this answer and nowhere else.",
        status=201,
        schema="ApiKeyWithText",
        example=examples.API_KEY_WITH_TEXT,
        request_schema="NewApiKey",
        request_example=examples.NEW_API_KEY,
        problems=_BODY_PROBLEMS,
    ),
    "list_api_keys": Operation(
        tag="API keys",
        summary="List API keys",
        schema="ApiKeyList",
        example=examples.API_KEY_LIST,
        problems=("BAD_REQUEST",),
    ),
    "revoke_api_key": Operation(
        tag="API keys",
        summary="Revoke an API key",
        about="For good; within seconds nobody accepts it.",
        schema="ApiKey",
        example=examples.API_KEY,
        problems=("NO_SUCH_KEY",),
    ),
}

WEBHOOKS: dict[str, Operation] = {
    "create_webhook_endpoint": Operation(
        tag="Webhooks",
        summary="Make a webhook endpoint",
        status=201,
        schema="WebhookEndpointWithSecret",
        example=examples.ENDPOINT_WITH_SECRET,
        request_schema="NewWebhookEndpoint",
        request_example=examples.NEW_ENDPOINT,
        answer_headers=("Location",),
        problems=(*_BODY_PROBLEMS, "FORBIDDEN_TARGET", "LIMIT_REACHED"),
    ),
    "list_webhook_endpoints": Operation(
        tag="Webhooks",
        summary="List webhook endpoints",
        schema="WebhookEndpointList",
        example=examples.ENDPOINT_LIST,
        problems=("BAD_REQUEST",),
    ),
    "get_webhook_endpoint": Operation(
        tag="Webhooks",
        summary="Retrieve a webhook endpoint",
        schema="WebhookEndpoint",
        example=examples.ENDPOINT,
        problems=("NO_SUCH_ENDPOINT",),
    ),
    "update_webhook_endpoint": Operation(
        tag="Webhooks",
        summary="Change a webhook endpoint",
        about="Enabling a disabled one gives it a new start.",
        schema="WebhookEndpoint",
        example=examples.ENDPOINT,
        request_schema="WebhookEndpointChange",
        request_example=examples.ENDPOINT_CHANGE,
        problems=(*_BODY_PROBLEMS, "NO_SUCH_ENDPOINT", "FORBIDDEN_TARGET"),
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
        example=examples.SECRETS,
        problems=("NO_SUCH_ENDPOINT",),
    ),
    "rotate_webhook_secret": Operation(
        tag="Webhooks",
        summary="Rotate the secret",
        about="Messages carry a signature of each live secret for a day, then only of the new one.",
        schema="RotatedSecret",
        example=examples.ROTATED_SECRET,
        problems=("NO_SUCH_ENDPOINT", "LIMIT_REACHED"),
    ),
    "test_webhook_endpoint": Operation(
        tag="Webhooks",
        summary="Send a test event",
        status=202,
        schema="Delivery",
        example=examples.DELIVERY,
        answer_headers=("Location",),
        problems=("NO_SUCH_ENDPOINT",),
    ),
    "list_webhook_deliveries": Operation(
        tag="Webhooks",
        summary="List deliveries",
        about="Newest first.",
        schema="DeliveryPage",
        example=examples.DELIVERY_PAGE,
        query=("page_size", "page_token", "status"),
        answer_headers=("Link",),
        problems=(*_PAGE_PROBLEMS, "NO_SUCH_ENDPOINT"),
    ),
    "get_webhook_delivery": Operation(
        tag="Webhooks",
        summary="Retrieve a delivery with its attempts",
        schema="DeliveryWithAttempts",
        example=examples.DELIVERY_WITH_ATTEMPTS,
        problems=("NO_SUCH_ENDPOINT",),
    ),
    "redeliver_webhook": Operation(
        tag="Webhooks",
        summary="Deliver once more",
        about="With the same webhook-id and the same body.",
        status=202,
        schema="Delivery",
        example=examples.DELIVERY,
        answer_headers=("Location",),
        problems=("NO_SUCH_ENDPOINT", "JOB_NOT_FINISHED"),
    ),
}

SERVICE: dict[str, Operation] = {
    "healthz": Operation(
        tag="Service", summary="Tell whether the process lives", schema="Health", example=examples.HEALTH
    ),
    "readyz": Operation(
        tag="Service",
        summary="Tell whether it can serve",
        about="503 with the same body where something is away.",
        schema="Readiness",
        example=examples.READINESS,
        other_statuses=(503,),
    ),
    "get_openapi": Operation(tag="Service", summary="This document", media_type="application/json"),
    "show_docs": Operation(tag="Service", summary="This document as a page", media_type="text/html"),
    "show_problem": Operation(
        tag="Service",
        summary="A page about one type of problem",
        media_type="text/html",
        problems=("NO_SUCH_ROUTE",),
    ),
}

OPERATIONS: dict[str, Operation] = {**PROJECTS, **BILLS, **KEYS, **WEBHOOKS, **SERVICE}
