"""Webhook endpoints: made, changed, given new secrets, tested; and the log of their deliveries."""

import asyncio
from typing import Any

from aiohttp import web
from yarl import URL

from domain.refusals import BadRequest, ForbiddenTarget, NoSuchEndpoint
from gateway.call import Call, Rooms
from gateway.rest.answers import json_response, page_response, time_json
from gateway.webhooks.events import EVENT_TYPES, test_event
from gateway.webhooks.guard import URL_LENGTH_MAX, Guard, GuardedResolver
from gateway.webhooks.send import look_up_by_system
from gateway.webhooks.sign import secret_text
from gateway.webhooks.store import endpoints, log
from gateway.webhooks.store.endpoints import Endpoint
from gateway.webhooks.store.fanout import record_for_endpoint

LOOK_UP_SECONDS = 2.0
"""A name that cannot be looked up in this time passes for now: each attempt checks again before it connects."""


async def create_endpoint(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Make an endpoint; the answer holds its secret."""
    fields = await call.fields()
    url = fields.text("url", URL_LENGTH_MAX)
    description = fields.optional_text("description", 200) or ""
    events = fields.choices("events", EVENT_TYPES) or []
    fields.end()
    await _check_target(rooms, url)
    async with rooms.database.tenant(call.tenant_id) as connection:
        endpoint, secret = await endpoints.create_endpoint(
            connection, call.tenant_id, url=url, description=description, events=events
        )
    return json_response(
        {**_endpoint_json(endpoint), "secret": secret_text(secret)},
        201,
        {"Location": f"/v1/webhook_endpoints/{endpoint.endpoint_id}"},
    )


async def list_endpoints(rooms: Rooms, call: Call) -> web.StreamResponse:
    """List the tenant's endpoints, newest first."""
    call.query()
    async with rooms.database.tenant(call.tenant_id, read_only=True) as connection:
        found = await endpoints.list_endpoints(connection, call.tenant_id)
    return json_response({"webhook_endpoints": [_endpoint_json(endpoint) for endpoint in found]})


async def get_endpoint(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Retrieve one endpoint."""
    endpoint_id = _endpoint_id(call)
    async with rooms.database.tenant(call.tenant_id, read_only=True) as connection:
        return json_response(_endpoint_json(await endpoints.get_endpoint(connection, call.tenant_id, endpoint_id)))


async def update_endpoint(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Change the members that are given; enabling a disabled endpoint gives it a new start."""
    endpoint_id = _endpoint_id(call)
    fields = await call.fields()
    url = fields.optional_text("url", URL_LENGTH_MAX)
    description = fields.optional_text("description", 200)
    events = fields.choices("events", EVENT_TYPES)
    enabled = fields.flag("enabled")
    fields.end()
    if url is None and description is None and events is None and enabled is None:
        raise BadRequest("Give at least one of url, description, events and enabled.")
    async with rooms.database.tenant(call.tenant_id, read_only=True) as connection:
        await endpoints.get_endpoint(connection, call.tenant_id, endpoint_id)
    if url is not None:
        await _check_target(rooms, url)
    async with rooms.database.tenant(call.tenant_id) as connection:
        endpoint = await endpoints.update_endpoint(
            connection, call.tenant_id, endpoint_id, url=url, description=description, events=events, enabled=enabled
        )
    return json_response(_endpoint_json(endpoint))


async def delete_endpoint(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Remove an endpoint with its secrets and its log."""
    endpoint_id = _endpoint_id(call)
    async with rooms.database.tenant(call.tenant_id) as connection:
        await endpoints.delete_endpoint(connection, call.tenant_id, endpoint_id)
    return web.Response(status=204)


async def get_secret(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Show the secrets that sign now, newest first."""
    endpoint_id = _endpoint_id(call)
    async with rooms.database.tenant(call.tenant_id, read_only=True) as connection:
        secrets = await endpoints.live_secrets(connection, call.tenant_id, endpoint_id)
    return json_response({"secrets": [secret_text(secret) for secret in secrets]})


async def rotate_secret(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Make a new secret; the old one signs beside it for a day."""
    endpoint_id = _endpoint_id(call)
    async with rooms.database.tenant(call.tenant_id) as connection:
        secret = await endpoints.rotate_secret(connection, call.tenant_id, endpoint_id)
    return json_response({"secret": secret_text(secret), "old_secrets_live_seconds": endpoints.OLD_SECRET_SECONDS})


async def test_endpoint(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Queue an event that only says that events arrive."""
    endpoint_id = _endpoint_id(call)
    event = test_event(call.tenant_id, endpoint_id)
    async with rooms.database.tenant(call.tenant_id) as connection:
        await endpoints.get_endpoint(connection, call.tenant_id, endpoint_id)
        delivery_id = await record_for_endpoint(connection, event, endpoint_id)
        delivery, _ = await log.get_delivery(connection, call.tenant_id, endpoint_id, delivery_id)
    return json_response(_delivery_json(delivery), 202, {"Location": _delivery_path(endpoint_id, delivery_id)})


async def list_deliveries(rooms: Rooms, call: Call) -> web.StreamResponse:
    """List an endpoint's deliveries, newest first."""
    endpoint_id = _endpoint_id(call)
    page, state = call.page("status"), call.request.query.get("status")
    if state is not None and state not in log.STATES:
        raise BadRequest(f"status must be one of {', '.join(log.STATES)}.", field="status")
    async with rooms.database.tenant(call.tenant_id, read_only=True) as connection:
        await endpoints.get_endpoint(connection, call.tenant_id, endpoint_id)
        found, token = await log.list_deliveries(
            connection, call.tenant_id, endpoint_id, size=page.size, token=page.token, state=state
        )
    return page_response(call, "deliveries", [_delivery_json(delivery) for delivery in found], token)


async def get_delivery(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Retrieve one delivery with its attempts and what was answered to each."""
    endpoint_id, delivery_id = _endpoint_id(call), _delivery_id(call)
    async with rooms.database.tenant(call.tenant_id, read_only=True) as connection:
        delivery, attempts = await log.get_delivery(connection, call.tenant_id, endpoint_id, delivery_id)
    return json_response({**_delivery_json(delivery), "attempt_log": [_attempt_json(attempt) for attempt in attempts]})


async def redeliver(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Deliver once more: same webhook-id, same body."""
    endpoint_id, delivery_id = _endpoint_id(call), _delivery_id(call)
    async with rooms.database.tenant(call.tenant_id) as connection:
        delivery = await log.redeliver(connection, call.tenant_id, endpoint_id, delivery_id)
    return json_response(_delivery_json(delivery), 202, {"Location": _delivery_path(endpoint_id, delivery_id)})


async def _check_target(rooms: Rooms, text: str) -> None:
    """Refuse an address at once that could never be called, instead of failing each delivery to it.

    Raises:
        ForbiddenTarget: it is one.
    """
    guard = Guard(allow_loopback=rooms.settings.webhooks_allow_loopback)
    url: URL = guard.check_url(text)
    try:
        async with asyncio.timeout(LOOK_UP_SECONDS):
            await GuardedResolver(guard, look_up_by_system).resolve(url.host or "", url.port or 0)
    except ForbiddenTarget:
        raise
    except (OSError, TimeoutError, UnicodeError):
        return


def _endpoint_id(call: Call) -> str:
    return call.path_uuid("webhook_endpoint_id", NoSuchEndpoint)


def _delivery_id(call: Call) -> str:
    return call.path_uuid("delivery_id", NoSuchEndpoint)


def _delivery_path(endpoint_id: str, delivery_id: str) -> str:
    return f"/v1/webhook_endpoints/{endpoint_id}/deliveries/{delivery_id}"


def _endpoint_json(endpoint: Endpoint) -> dict[str, Any]:
    return {
        "webhook_endpoint_id": endpoint.endpoint_id,
        "url": endpoint.url,
        "description": endpoint.description or None,
        "events": list(endpoint.events),
        "enabled": endpoint.state == "enabled",
        "disabled_reason": endpoint.disabled_reason or None,
        "failures_in_row": endpoint.failures_in_row,
        "failing_since": time_json(endpoint.failing_since),
        "created_at": time_json(endpoint.created_at),
        "updated_at": time_json(endpoint.updated_at),
    }


def _delivery_json(delivery: log.LoggedDelivery) -> dict[str, Any]:
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


def _attempt_json(attempt: log.LoggedAttempt) -> dict[str, Any]:
    return {
        "at": time_json(attempt.at),
        "latency_ms": attempt.latency_ms,
        "status": attempt.status,
        "error": attempt.error or None,
        "response_head": attempt.response_head.decode("utf-8", "replace"),
    }
