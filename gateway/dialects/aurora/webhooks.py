"""Aurora's webhook subscriptions: one event each, a URL template that is called by GET, filters, a header or a user to get in.

A subscription is one of our endpoints: it is retried, signed and logged as all are, and shows in our own list too.
"""

from typing import Any

from aiohttp import web

from domain.refusals import BadRequest, NoSuchEndpoint
from gateway.bodies import Fields
from gateway.call import Call, Rooms
from gateway.dialects.answers import exact_response
from gateway.dialects.aurora.projects import check_tenant
from gateway.rest.answers import time_json
from gateway.rest.webhooks.choices import read_choices
from gateway.webhooks.store import endpoints
from gateway.webhooks.store.endpoints import Choices, Endpoint
from runtime.postgres import Connection

_TEXT_LENGTH_MAX = 1000


async def create_webhook(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Make a subscription."""
    check_tenant(call)
    asked, enabled = await _asked(call)
    if "events" not in asked:
        raise BadRequest("event is required.", field="event")
    choices = await read_choices(rooms, Fields(asked))
    async with rooms.database.tenant(call.tenant_id) as connection:
        made, _ = await endpoints.create_endpoint(connection, rooms.seal, call.tenant_id, choices)
        if enabled is False:
            change = Choices(enabled=False)
            made = await endpoints.update_endpoint(connection, rooms.seal, call.tenant_id, made.endpoint_id, change)
    return exact_response({"webhook": webhook_json(made)}, 201)


async def list_webhooks(rooms: Rooms, call: Call) -> web.StreamResponse:
    """List the subscriptions, newest first; endpoints of another kind are not among them."""
    check_tenant(call)
    async with rooms.database.tenant(call.tenant_id, read_only=True) as connection:
        found = await endpoints.list_endpoints(connection, call.tenant_id)
    return exact_response({"webhooks": [webhook_json(one) for one in found if one.method == "GET"]})


async def get_webhook(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Retrieve one subscription."""
    check_tenant(call)
    async with rooms.database.tenant(call.tenant_id, read_only=True) as connection:
        found = await _subscription(connection, call)
    return exact_response({"webhook": webhook_json(found)})


async def update_webhook(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Change what is given of a subscription."""
    check_tenant(call)
    asked, enabled = await _asked(call)
    if enabled is not None:
        asked["enabled"] = enabled
    async with rooms.database.tenant(call.tenant_id, read_only=True) as connection:
        one = await _subscription(connection, call)
    choices = await read_choices(rooms, Fields(asked), changed=one)
    async with rooms.database.tenant(call.tenant_id) as connection:
        changed = await endpoints.update_endpoint(connection, rooms.seal, call.tenant_id, one.endpoint_id, choices)
    return exact_response({"webhook": webhook_json(changed)})


async def delete_webhook(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Remove a subscription."""
    check_tenant(call)
    async with rooms.database.tenant(call.tenant_id) as connection:
        one = await _subscription(connection, call)
        await endpoints.delete_endpoint(connection, call.tenant_id, one.endpoint_id)
    return web.Response(status=204)


def webhook_json(endpoint: Endpoint) -> dict[str, Any]:
    """Render a subscription; what opens the door is never told back."""
    return {
        "id": endpoint.endpoint_id,
        "event": endpoint.events[0] if endpoint.events else None,
        "url_template": endpoint.url,
        "description": endpoint.description or None,
        "enabled": endpoint.state == "enabled",
        "header_auth_key": endpoint.auth_name if endpoint.auth_kind == "header" else None,
        "basic_auth_username": endpoint.auth_name if endpoint.auth_kind == "basic" else None,
        "filters": {name.upper(): list(values) for name, values in endpoint.filters.items()},
        "created_at": time_json(endpoint.created_at),
        "updated_at": time_json(endpoint.updated_at),
    }


async def _asked(call: Call) -> tuple[dict[str, Any], bool | None]:
    """Return what a body asks for in the words of our own endpoints, and whether it is to be enabled."""
    outer = await call.fields()
    fields = Fields(outer.member("webhook"))
    outer.end()
    asked: dict[str, Any] = {}
    for name in ("url_template", "description"):
        if (text := fields.optional_text(name, _TEXT_LENGTH_MAX)) is not None:
            asked[name] = text
    if (event := fields.optional_text("event", _TEXT_LENGTH_MAX)) is not None:
        asked["events"] = [event]
    enabled = fields.flag("enabled")
    if (auth := _credentials(fields)) is not None:
        asked["auth"] = auth
    filters = dict(fields.rest())
    given = filters.pop("filters", None)
    if filters:
        raise BadRequest(f"{min(filters)[:80]!r} is not a field here.", field=min(filters)[:80])
    if isinstance(given, dict):
        asked["filters"] = {
            str(name).lower(): values if isinstance(values, list) else [values] for name, values in given.items()
        }
    elif given is not None:
        raise BadRequest("filters must be an object of lists by parameter.", field="filters")
    return asked, enabled


def _credentials(fields: Fields) -> dict[str, str] | None:
    """Take what opens the receiver's door, in the words of our own endpoints; None where nothing does.

    Raises:
        BadRequest: half of a pair is missing, or both pairs are there.
    """
    pairs = {
        "header": ("header_auth_key", "header_auth_value"),
        "basic": ("basic_auth_username", "basic_auth_password"),
    }
    given: list[dict[str, str]] = []
    for kind, names in pairs.items():
        name, value = (fields.optional_text(one, _TEXT_LENGTH_MAX) for one in names)
        if bool(name) != bool(value):
            raise BadRequest(f"{names[0]} and {names[1]} are given together.", field=names[1] if name else names[0])
        if name and value:
            given.append({"type": kind, "name": name, "value": value})
    if len(given) > 1:
        raise BadRequest("A subscription has a header or a user, not both.", field=pairs["basic"][0])
    return given[0] if given else None


async def _subscription(connection: Connection, call: Call) -> Endpoint:
    """Return the subscription that the path names; an endpoint that is called by POST is none."""
    found = await endpoints.get_endpoint(connection, call.tenant_id, call.path_uuid("webhook_id", NoSuchEndpoint))
    if found.method != "GET":
        raise NoSuchEndpoint
    return found
