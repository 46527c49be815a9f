"""The log of an endpoint's deliveries, and delivering again: one of them, or a stretch of time."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from domain.refusals import BadRequest, NoSuchEndpoint
from gateway.bodies import parse_time
from gateway.call import Call, Rooms
from gateway.rest.answers import json_response, page_response, time_json
from gateway.webhooks.events import EVENT_TYPES, TEST
from gateway.webhooks.store import endpoints, log, redelivery
from gateway.webhooks.store.redelivery import Stretch

REDELIVERED_MAX = 100_000
"""Queued again by one request; the answer says from when on to ask for the rest."""


async def list_deliveries(rooms: Rooms, call: Call) -> web.StreamResponse:
    """List an endpoint's deliveries, newest first."""
    endpoint_id = _endpoint_id(call)
    page = call.page("status", "event_type", "since", "until")
    only = _log_filter(call.request.query)
    async with rooms.database.tenant(call.tenant_id, read_only=True) as connection:
        await endpoints.get_endpoint(connection, call.tenant_id, endpoint_id)
        found, token = await log.list_deliveries(
            connection, call.tenant_id, endpoint_id, size=page.size, token=page.token, only=only
        )
    return page_response(call, "deliveries", [delivery_json(delivery) for delivery in found], token)


async def get_delivery(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Retrieve one delivery with its attempts and what was answered to each."""
    endpoint_id, delivery_id = _endpoint_id(call), _delivery_id(call)
    async with rooms.database.tenant(call.tenant_id, read_only=True) as connection:
        delivery, attempts = await log.get_delivery(connection, call.tenant_id, endpoint_id, delivery_id)
    return json_response({**delivery_json(delivery), "attempt_log": [_attempt_json(attempt) for attempt in attempts]})


async def redeliver(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Deliver once more: same webhook-id, same body."""
    endpoint_id, delivery_id = _endpoint_id(call), _delivery_id(call)
    async with rooms.database.tenant(call.tenant_id) as connection:
        delivery = await redelivery.redeliver(connection, call.tenant_id, endpoint_id, delivery_id)
    return json_response(delivery_json(delivery), 202, {"Location": delivery_path(endpoint_id, delivery_id)})


async def redeliver_stretch(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Deliver a stretch of time once more, or what of it was never sent: the oldest first."""
    endpoint_id = _endpoint_id(call)
    fields = await call.fields()
    which = fields.optional_text("which", 20) or redelivery.WHICH[0]
    since, until = fields.time("since"), fields.time("until")
    event_types = fields.choices("event_types", EVENT_TYPES) or []
    fields.end()
    if which not in redelivery.WHICH:
        raise BadRequest(f"which must be one of {', '.join(redelivery.WHICH)}.", field="which")
    if since is None:
        raise BadRequest("since is required.", field="since")
    stretch = Stretch(which=which, since=since, until=until or datetime.now(UTC), event_types=event_types)
    queued, rest = await redelivery.redeliver_stretch(
        rooms.database, call.tenant_id, endpoint_id, stretch, REDELIVERED_MAX
    )
    return json_response({"deliveries": queued, "rest_since": time_json(rest)}, 202)


def delivery_json(delivery: log.LoggedDelivery) -> dict[str, Any]:
    """Render a delivery as it stands."""
    return {
        "delivery_id": delivery.delivery_id,
        "event_id": delivery.event_id,
        "event_type": delivery.event_type,
        "status": delivery.state,
        "attempts": delivery.attempts,
        "failure_reason": delivery.failure_reason or None,
        "created_at": time_json(delivery.created_at),
        "finished_at": time_json(delivery.finished_at),
        "next_attempt_at": time_json(delivery.next_attempt_at),
    }


def delivery_path(endpoint_id: str, delivery_id: str) -> str:
    """Return where a delivery is looked at."""
    return f"/v1/webhook_endpoints/{endpoint_id}/deliveries/{delivery_id}"


def _log_filter(query: Mapping[str, str]) -> log.LogFilter:
    state, event_type = query.get("status"), query.get("event_type")
    if state is not None and state not in log.STATES:
        raise BadRequest(f"status must be one of {', '.join(log.STATES)}.", field="status")
    if event_type is not None and event_type not in (*EVENT_TYPES, TEST):
        raise BadRequest(f"event_type must be one of {', '.join((*EVENT_TYPES, TEST))}.", field="event_type")
    since, until = (parse_time(name, query[name]) if name in query else None for name in ("since", "until"))
    return log.LogFilter(state=state, event_type=event_type, since=since, until=until)


def _attempt_json(attempt: log.LoggedAttempt) -> dict[str, Any]:
    return {
        "at": time_json(attempt.at),
        "latency_ms": attempt.latency_ms,
        "status": attempt.status,
        "error": attempt.error or None,
        "response_headers": dict(attempt.response_headers),
        "response_head": attempt.response_head.decode("utf-8", "replace"),
    }


def _endpoint_id(call: Call) -> str:
    return call.path_uuid("webhook_endpoint_id", NoSuchEndpoint)


def _delivery_id(call: Call) -> str:
    return call.path_uuid("delivery_id", NoSuchEndpoint)
