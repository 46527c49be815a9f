"""Builds the document from the table of routes, the words of the operations and the schemas; nothing is said twice."""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from gateway.http.kept.audit import READING
from gateway.http.operator import SCOPE as OPERATOR
from gateway.openapi.operation import JSON, Operation
from gateway.openapi.parameters import ANSWER_HEADERS, HEADERS, PATH, QUERY, SAME_NAME, UUID_EXAMPLE
from gateway.openapi.terms import ref, text
from gateway.openapi.topics import OPERATIONS, all_schemas, events
from gateway.problems import PROBLEM_TYPE, kinds
from gateway.rest.route import Route

OPENAPI_VERSION = "3.1.0"
API_VERSION = "1.0.0"

_ABOUT = """Billowatt reads utility bills and tells partners. Upload a file, wait for its job or its webhook, fetch what was
read and the project's load profile.

Send your API key with every request: `Authorization: Bearer bk_live_…`. Every error is a problem document (RFC 9457) whose
`reason` a program can act on; its `type` leads to a page about it. Numbers that must stay exact are texts. Every answer carries
`X-Request-Id`. Answers may get new members, and lists of words new words: pass over what you do not know.

Lists are paged by `page_token`. Operations that name the header `Idempotency-Key` take one: the same key within 24 hours
returns the first answer. Answers to GET carry an `ETag`; send it as `If-None-Match` and get 304 where nothing changed, or as
`If-Match` with PUT and PATCH to change only what you have seen. `RateLimit` and `RateLimit-Policy` say how
many requests your key has left."""

_SHARED_PROBLEMS: dict[str, tuple[str, ...]] = {
    "TooManyRequests": ("LIMIT_REACHED",),
    "Unauthenticated": ("BAD_KEY", "NO_KEY"),
    "MissingScope": ("MISSING_SCOPE",),
    "Unavailable": ("SHUTTING_DOWN", "STORE_UNAVAILABLE"),
    "TimedOut": ("TIMED_OUT",),
    "Internal": ("INTERNAL",),
}
"""Answers that stand once in the document, for nearly every operation has them."""

_OPEN_TO_ALL = frozenset({"INTERNAL"})
_WITH_KEY = frozenset(reason for reasons in _SHARED_PROBLEMS.values() for reason in reasons)

_STATUS_WORDS = {
    202: "Begun; ask again until it is done.",
    302: "Redirect to the object store.",
    304: "Unchanged.",
    503: "Something is away.",
}
_BINARY_TYPES = ("application/pdf", "image/jpeg", "image/png", "image/gif", "image/webp", "application/octet-stream")


def build_document(routes: Sequence[Route]) -> dict[str, Any]:
    """Return the document of the routes.

    Raises:
        KeyError: a route has no operation.
    """
    paths: dict[str, dict[str, Any]] = defaultdict(dict)
    for route in routes:
        paths[route.path][route.method.lower()] = _operation(route, _whole(route, routes))
    tags = list(dict.fromkeys(OPERATIONS[route.operation_id].tag for route in routes))
    return {
        "openapi": OPENAPI_VERSION,
        "info": {
            "title": "Billowatt",
            "version": API_VERSION,
            "description": _ABOUT,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "security": [{"api_key": []}],
        "tags": [{"name": tag} for tag in tags],
        "paths": dict(paths),
        "webhooks": _webhooks(),
        "components": {
            "schemas": all_schemas(),
            "responses": {
                "NotModified": {"description": "The client holds this answer already: its ETag is in If-None-Match."},
                **{name: _problem_response(reasons) for name, reasons in _SHARED_PROBLEMS.items()},
            },
            "securitySchemes": {
                "api_key": {"type": "http", "scheme": "bearer", "bearerFormat": "bk_live_…"},
                "operator_key": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "The operator's key of the settings.",
                },
            },
        },
    }


def _whole(route: Route, routes: Sequence[Route]) -> Operation:
    """Return the operation of a route with what every change has: of what can be looked at, and of what cannot."""
    operation = OPERATIONS[route.operation_id]
    if route.method in READING or route.scope is None:
        return operation
    looked_at = any(one.method == "GET" and one.path == route.path for one in routes)
    if route.method not in ("PUT", "PATCH") or not looked_at:
        return replace(operation, problems=(*operation.problems, "BAD_HEADER"))
    return replace(
        operation,
        headers=(*operation.headers, "If-Match"),
        problems=(*operation.problems, "PRECONDITION_FAILED"),
    )


def _operation(route: Route, operation: Operation) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": route.operation_id,
        "tags": [operation.tag],
        "summary": operation.summary,
        "responses": _responses(route, operation),
    }
    about = operation.about
    if route.scope == OPERATOR:
        about = f"{about}\n\nFor the operator's key only; no API key may do this.".strip()
        described["security"] = [{"operator_key": []}]
    elif route.scope is not None:
        about = f"{about}\n\nScope of the key: `{route.scope}`.".strip()
    else:
        described["security"] = []
    if about:
        described["description"] = about
    if parameters := _parameters(route, operation):
        described["parameters"] = parameters
    if body := _request_body(route, operation):
        described["requestBody"] = body
    return described


def _parameters(route: Route, operation: Operation) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for name in re.findall(r"{(\w+)}", route.path):
        about, example = PATH.get(name, ("", UUID_EXAMPLE))
        found.append({"name": name, "in": "path", "required": True, "schema": text(about), "example": example})
    for name in operation.query:
        about, schema = QUERY[name]
        # What two lists call alike and fill with other words stands there under two names.
        found.append({"name": SAME_NAME.get(name, name), "in": "query", "description": about, "schema": schema})
    for name in operation.headers:
        about, schema, example = HEADERS[name]
        found.append({"name": name, "in": "header", "description": about, "schema": schema, "example": example})
    return found


def _request_body(route: Route, operation: Operation) -> dict[str, Any] | None:
    if route.operation_id == "upload_utility_bill":
        binary = {"schema": {"type": "string", "format": "binary"}}
        form = {"type": "object", "properties": {"file": {"type": "string", "format": "binary"}}, "required": ["file"]}
        content: dict[str, Any] = {media: dict(binary) for media in _BINARY_TYPES}
        return {"required": True, "content": {**content, "multipart/form-data": {"schema": form}}}
    if route.operation_id == "upload_utility_bills":
        files = {"type": "array", "items": {"type": "string", "format": "binary"}, "minItems": 1}
        several = {"type": "object", "properties": {"files": files}, "required": ["files"]}
        archive = {"schema": {"type": "string", "format": "binary"}}
        return {"required": True, "content": {"multipart/form-data": {"schema": several}, "application/zip": archive}}
    if operation.request_schema is None:
        return None
    content = {"schema": ref(operation.request_schema), "example": operation.request_example}
    return {"required": True, "content": {JSON: content}}


def _responses(route: Route, operation: Operation) -> dict[str, Any]:
    headers = {
        name: {"description": ANSWER_HEADERS[name], "schema": {"type": "string"}} for name in operation.answer_headers
    }
    success: dict[str, Any] = {"description": operation.summary + "."}
    if headers:
        success["headers"] = headers
    if operation.schema is not None:
        success["content"] = {JSON: {"schema": ref(operation.schema), "example": operation.example}}
        success["content"] |= {media: {} for media in operation.other_media_types}
    elif operation.status != 204:
        success["content"] = {media: {} for media in (operation.media_type, *operation.other_media_types)}
    responses: dict[str, Any] = {str(operation.status): success}
    for status in operation.other_statuses:
        other: dict[str, Any] = {"description": _STATUS_WORDS[status]}
        if operation.schema is not None:
            other["content"] = {JSON: {"schema": ref(operation.schema), "example": operation.example}}
        responses[str(status)] = other
    if route.method == "GET" and operation.schema is not None and operation.status == 200:
        responses["304"] = {"$ref": "#/components/responses/NotModified"}
    reasons = {*operation.problems, *(_WITH_KEY if route.scope is not None else _OPEN_TO_ALL)}
    return dict(sorted({**_problem_responses(reasons), **responses}.items()))


def _problem_responses(reasons: set[str]) -> dict[str, Any]:
    table = kinds()
    by_status: dict[int, list[str]] = defaultdict(list)
    for reason in sorted(reasons):
        by_status[table[reason].status].append(reason)
    shared = {its_reasons: name for name, its_reasons in _SHARED_PROBLEMS.items()}
    return {
        str(status): {"$ref": f"#/components/responses/{shared[key]}"}
        if (key := tuple(its_reasons)) in shared
        else _problem_response(key)
        for status, its_reasons in by_status.items()
    }


def _problem_response(reasons: Sequence[str]) -> dict[str, Any]:
    table = kinds()
    first = table[reasons[0]]
    example = {
        "type": f"https://bills.example/problems/{first.name}",
        "title": first.title,
        "status": first.status,
        "detail": first.about,
        "reason": first.reason,
        "metadata": {},
        "request_id": "6b1f2a3c4d5e",
    }
    return {
        "description": " ".join(f"`{reason}`: {table[reason].about}" for reason in reasons),
        "content": {PROBLEM_TYPE: {"schema": ref("Problem"), "example": example}},
    }


def _webhooks() -> dict[str, Any]:
    schemas = all_schemas()
    headers = [
        {
            "name": name,
            "in": "header",
            "required": True,
            "schema": text(about),
        }
        for name, about in (
            ("webhook-id", "The event's id: the same on every retry, replay and redelivery."),
            ("webhook-timestamp", "Of this attempt, Unix seconds."),
            ("webhook-signature", "Standard Webhooks, v1; one for each live secret, separated by spaces."),
        )
    ]
    return {
        example["type"]: {
            "post": {
                "operationId": f"receive_{example['type'].replace('.', '_')}",
                "tags": ["Webhooks"],
                "summary": schemas[name]["description"],
                "parameters": headers,
                "requestBody": {"required": True, "content": {JSON: {"schema": ref(name), "example": example}}},
                "responses": {
                    "2XX": {
                        "description": "Taken. Anything else, or nothing within 15 s, is tried again for 75 hours."
                    },
                    "410": {"description": "Never call this endpoint again."},
                },
            }
        }
        for name, example in events.EVENTS.items()
    }
