"""Deliveries: the log of an endpoint with its filters, and one delivery with its attempts on an axis of time."""

import json
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from aiohttp import web

from domain.refusals import BadRequest, NoSuchEndpoint
from gateway.bodies import parse_time, whole_of
from gateway.call import Call, Rooms
from gateway.console.days import first_moment, moment_after
from gateway.console.view import lead_to, page
from gateway.console.webhooks.endpoints import AGAIN_DAYS, AGAIN_WHICH, address_of, endpoint_id_of, found_endpoint
from gateway.rest.answers import time_json
from gateway.rest.webhooks.choices import endpoint_json
from gateway.webhooks.events import EVENT_TYPES, TEST
from gateway.webhooks.send import USER_AGENT
from gateway.webhooks.store import log, redelivery
from gateway.webhooks.store.endpoints import Endpoint
from gateway.webhooks.template import fill

MASKED = "•••"
_FILTERS = ("status", "type", "code", "from", "until")
AXIS_WIDTH, AXIS_HEIGHT = 700, 64
"""Of the drawing of the attempts [its own units]."""

_AXIS_MARGIN = 24


@dataclass(frozen=True, slots=True)
class Mark:
    """An attempt on the axis: its number, its place, and whether the endpoint took it."""

    number: int
    x: float
    taken: bool


async def show_endpoint(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Show an endpoint: how it fares, what can be done, and its deliveries by the filters in the address."""
    endpoint = await found_endpoint(rooms, call)
    query = call.request.query
    filters = {name: query.get(name, "").strip() for name in _FILTERS}
    async with rooms.database.tenant(call.tenant_id, read_only=True) as connection:
        found, token = await log.list_deliveries(
            connection,
            call.tenant_id,
            endpoint.endpoint_id,
            size=0,
            token=query.get("after", ""),
            only=_log_filter(filters),
        )
    chosen = {name: value for name, value in filters.items() if value}
    queued = whole_of(query.get("queued", ""), 0, 10**6)
    return page(
        "webhook.html",
        endpoint=endpoint_json(endpoint),
        deliveries=[_delivery(one) for one in found],
        filters=filters,
        narrowed=bool(chosen),
        following=urlencode({**chosen, "after": token}) if token else "",
        phases=log.PHASES,
        event_types=(*EVENT_TYPES, TEST),
        queued=queued,
        rest=parse_time("rest", query["rest"]).isoformat() if query.get("rest") else "",
        which=query.get("which", ""),
        again=AGAIN_WHICH,
        days=tuple(AGAIN_DAYS),
    )


async def show_delivery(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Show one delivery: what was sent, each attempt, and what was answered."""
    endpoint = await found_endpoint(rooms, call)
    delivery_id = call.path_uuid("delivery_id", NoSuchEndpoint)
    async with rooms.database.tenant(call.tenant_id, read_only=True) as connection:
        delivery, attempts = await log.get_delivery(connection, call.tenant_id, endpoint.endpoint_id, delivery_id)
        payload = await log.get_payload(connection, call.tenant_id, delivery.event_id)
    request = request_shown(endpoint, delivery, payload)
    return page(
        "delivery.html",
        endpoint=endpoint_json(endpoint),
        delivery=_delivery(delivery),
        attempts=[_attempt(number, one) for number, one in enumerate(attempts, 1)],
        marks=marks_of(attempts, delivery.next_attempt_at),
        next_x=AXIS_WIDTH - _AXIS_MARGIN if delivery.next_attempt_at and attempts else None,
        axis=(AXIS_WIDTH, AXIS_HEIGHT),
        request=request,
        curl=None if request is None else curl_of(request),
        wait=_wait(delivery.next_attempt_at),
    )


async def resend(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Queue one delivery again, and lead back to it."""
    delivery_id = call.path_uuid("delivery_id", NoSuchEndpoint)
    async with rooms.database.tenant(call.tenant_id) as connection:
        await redelivery.redeliver(connection, call.tenant_id, endpoint_id_of(call), delivery_id)
    return lead_to(f"{address_of(call)}/deliveries/{delivery_id}")


def request_shown(endpoint: Endpoint, delivery: log.LoggedDelivery, payload: log.Payload) -> dict[str, Any] | None:
    """Return the request that an attempt made now would send, what would let others in masked; None where it was erased."""
    if payload.body is None:
        return None
    headers = {
        "webhook-id": delivery.event_id,
        "webhook-timestamp": "(seconds since 1970 of each attempt)",
        "webhook-signature": f"v1,{MASKED}",
        "User-Agent": USER_AGENT,
    }
    if endpoint.method == "POST":
        headers["Content-Type"] = "application/json"
    if endpoint.auth_kind:
        name = endpoint.auth_name if endpoint.auth_kind == "header" else "Authorization"
        headers[name] = MASKED if endpoint.auth_kind == "header" else f"Basic {MASKED}"
    url = endpoint.url
    if endpoint.method == "GET":
        url = fill(endpoint.url, delivery.event_id, delivery.event_type, payload.parameters)
    body = payload.body.decode("utf-8", "replace") if endpoint.method == "POST" else ""
    return {"method": endpoint.method, "url": url, "headers": headers, "body": body, "pretty": _pretty(body)}


def curl_of(request: Mapping[str, Any]) -> str:
    """Return a command that sends the same; the masked values stand as variables for whoever has them."""
    lines = [f"curl -X {request['method']} {shlex.quote(request['url'])}"]
    for name, value in request["headers"].items():
        match name:
            case "webhook-timestamp":
                lines.append('-H "webhook-timestamp: $(date +%s)"')
            case "webhook-signature":
                lines.append('-H "webhook-signature: $WEBHOOK_SIGNATURE"')
            case _ if MASKED in value:
                lines.append(f'-H {shlex.quote(name + ": ")}"$ENDPOINT_CREDENTIAL"')
            case _:
                lines.append(f"-H {shlex.quote(f'{name}: {value}')}")
    if request["body"]:
        lines.append(f"--data-binary {shlex.quote(request['body'])}")
    return " \\\n  ".join(lines)


def marks_of(attempts: Sequence[log.LoggedAttempt], next_at: datetime | None) -> list[Mark]:
    """Return where the attempts stand: from the first on the left to the last, or the next one to come, on the right."""
    if not attempts:
        return []
    first, last = attempts[0].at, max(next_at or attempts[-1].at, attempts[-1].at)
    span = (last - first).total_seconds() or 1.0
    room = AXIS_WIDTH - 2 * _AXIS_MARGIN
    return [
        Mark(
            number,
            round(_AXIS_MARGIN + (one.at - first).total_seconds() / span * room, 1),
            one.status is not None and 200 <= one.status < 300,
        )
        for number, one in enumerate(attempts, 1)
    ]


def _log_filter(filters: Mapping[str, str]) -> log.LogFilter:
    phase, event_type, code = filters["status"], filters["type"], filters["code"]
    if phase and phase not in log.PHASES:
        raise BadRequest(f"status must be one of {', '.join(log.PHASES)}.", field="status")
    if event_type and event_type not in (*EVENT_TYPES, TEST):
        raise BadRequest("type must be a type of event.", field="type")
    number = 0 if code == "none" else whole_of(code, 100, 599)
    if code and number is None:
        raise BadRequest("code must be a status such as 500, or none.", field="code")
    return log.LogFilter(
        phase=phase or None,
        event_type=event_type or None,
        code=number,
        since=first_moment("from", filters["from"]),
        until=moment_after("until", filters["until"]),
    )


def _delivery(delivery: log.LoggedDelivery) -> dict[str, Any]:
    return {
        "delivery_id": delivery.delivery_id,
        "event_id": delivery.event_id,
        "event_type": delivery.event_type,
        "phase": delivery.phase,
        "under_way": delivery.state == "leased",
        "attempts": delivery.attempts,
        "failure_reason": delivery.failure_reason,
        "created_at": time_json(delivery.created_at),
        "next_attempt_at": time_json(delivery.next_attempt_at),
        "last": _answer(delivery.last_status, delivery.last_error),
        "last_latency_ms": delivery.last_latency_ms,
        "erased": delivery.erased,
    }


def _attempt(number: int, attempt: log.LoggedAttempt) -> dict[str, Any]:
    return {
        "number": number,
        "at": time_json(attempt.at),
        "latency_ms": attempt.latency_ms,
        "answer": _answer(attempt.status, attempt.error),
        "taken": attempt.status is not None and 200 <= attempt.status < 300,
        "headers": attempt.response_headers,
        "head": attempt.response_head.decode("utf-8", "replace"),
    }


def _answer(status: int | None, error: str) -> str:
    return str(status) if status is not None else error.replace("_", " ")


def _wait(next_at: datetime | None) -> str:
    """Say how long it is until the next attempt, in the largest unit that is right."""
    if next_at is None:
        return ""
    seconds = (next_at - datetime.now(UTC)).total_seconds()
    for size, word in ((3600, "h"), (60, "min"), (1, "s")):
        if seconds >= size:
            return f"in {seconds / size:.0f} {word}"
    return "now"


def _pretty(body: str) -> str:
    try:
        return json.dumps(json.loads(body), ensure_ascii=False, indent=2)
    except ValueError:
        return body
