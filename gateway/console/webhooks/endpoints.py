"""Endpoints of webhooks: listed, made, changed, tried, given new secrets, switched off and on, removed."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from aiohttp import web

from domain.refusals import BadRequest, ForbiddenTarget, LimitReached, NoSuchEndpoint
from gateway.bodies import parse_time
from gateway.call import Call, Rooms
from gateway.console.view import lead_to, page
from gateway.console.webhooks.forms import Form, choices_of, filters_text, form_of, known_parameters, text_of
from gateway.rest.webhooks.choices import endpoint_json, read_choices
from gateway.webhooks.events import EVENT_TYPES, test_event
from gateway.webhooks.sign import secret_text
from gateway.webhooks.store import endpoints, redelivery, secrets
from gateway.webhooks.store.endpoints import Choices
from gateway.webhooks.store.fanout import record_for_endpoint
from gateway.webhooks.store.redelivery import Stretch

WEBHOOKS = "/console/webhooks"
AGAIN_DAYS = {"1": 1, "7": 7, "30": 30, "90": 90}
"""How far back people send again [days]."""

AGAIN_WHICH = {"failed": "what failed", "missing": "what was never sent"}
"""What people send again, in words."""

AGAIN_MAX = 20_000
"""Queued again by one click; the page says from when on to go on."""


async def list_endpoints(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Show the tenant's endpoints, newest first."""
    async with rooms.database.tenant(call.tenant_id, read_only=True) as connection:
        found = await endpoints.list_endpoints(connection, call.tenant_id)
    return page("webhooks.html", endpoints=[endpoint_json(one) for one in found])


async def show_new(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Show the form of a new endpoint."""
    return _form_page(rooms, None, None, "")


async def create(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Make an endpoint and show its secret."""
    form = await form_of(call)
    try:
        choices = replace(await read_choices(rooms, choices_of(form)), base_url=call.base_url)
        async with rooms.database.tenant(call.tenant_id) as connection:
            endpoint, secret = await endpoints.create_endpoint(connection, rooms.seal, call.tenant_id, choices)
    except (BadRequest, ForbiddenTarget, LimitReached) as refusal:
        return _form_page(rooms, None, form, refusal.sentence, status=refusal.http_status)
    return page("webhook_secret.html", 201, endpoint=endpoint_json(endpoint), secrets=[secret_text(secret)], made=True)


async def show_edit(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Show the form of an endpoint that is to be changed."""
    return _form_page(rooms, await found_endpoint(rooms, call), None, "")


async def update(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Change an endpoint and lead back to it."""
    before = await found_endpoint(rooms, call)
    form = await form_of(call)
    try:
        choices = await read_choices(rooms, choices_of(form, before), changed=before)
        await _change(rooms, call, choices)
    except (BadRequest, ForbiddenTarget) as refusal:
        return _form_page(rooms, before, form, refusal.sentence, status=refusal.http_status)
    return lead_to(address_of(call))


async def switch(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Disable an endpoint, or enable it, which gives it a new start."""
    form = await form_of(call)
    await _change(rooms, call, Choices(enabled=text_of(form, "enabled") == "yes"))
    return lead_to(address_of(call))


async def delete(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Remove an endpoint with its secrets and its log; the form says so by a word of its own."""
    form = await form_of(call)
    if text_of(form, "sure") != "yes":
        raise BadRequest("Tick the box to remove the endpoint with its log.", field="sure")
    async with rooms.database.tenant(call.tenant_id) as connection:
        await endpoints.delete_endpoint(connection, call.tenant_id, endpoint_id_of(call))
    return lead_to(WEBHOOKS)


async def show_secret(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Show the secrets that sign now."""
    endpoint = await found_endpoint(rooms, call)
    async with rooms.database.tenant(call.tenant_id, read_only=True) as connection:
        live = await secrets.live_secrets(connection, rooms.seal, call.tenant_id, endpoint.endpoint_id)
    told = [secret_text(one) for one in live]
    return page("webhook_secret.html", endpoint=endpoint_json(endpoint), secrets=told, made=False)


async def rotate(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Make a new secret; the old one signs beside it for a day."""
    async with rooms.database.tenant(call.tenant_id) as connection:
        await secrets.rotate_secret(connection, rooms.seal, call.tenant_id, endpoint_id_of(call))
    return lead_to(f"{address_of(call)}/secret")


async def test(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Queue an event that only says that events arrive, and lead to its delivery."""
    endpoint_id = endpoint_id_of(call)
    event = test_event(call.tenant_id, endpoint_id)
    async with rooms.database.tenant(call.tenant_id) as connection:
        await endpoints.get_endpoint(connection, call.tenant_id, endpoint_id)
        delivery_id = await record_for_endpoint(connection, event, endpoint_id)
    return lead_to(f"{address_of(call)}/deliveries/{delivery_id}")


async def send_again(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Queue again what failed, or was never sent, of the last days, or since a moment; the oldest first."""
    form = await form_of(call)
    which, days, since_text = text_of(form, "which"), AGAIN_DAYS.get(text_of(form, "days")), text_of(form, "since")
    if which not in AGAIN_WHICH or (days is None and not since_text):
        raise BadRequest("Choose what to send again, and since when.", field="which")
    until = datetime.now(UTC)
    since = parse_time("since", since_text) if since_text else until - timedelta(days=days or 0)
    stretch = Stretch(which=which, since=since, until=until)
    queued, rest = await redelivery.redeliver_stretch(
        rooms.database, call.tenant_id, endpoint_id_of(call), stretch, AGAIN_MAX
    )
    left = {"rest": rest.isoformat(), "which": which} if rest else {}
    return lead_to(f"{address_of(call)}?{urlencode({'queued': queued, **left})}")


async def found_endpoint(rooms: Rooms, call: Call) -> endpoints.Endpoint:
    """Return the endpoint that the path names.

    Raises:
        NoSuchEndpoint: the tenant has none of this id.
    """
    async with rooms.database.tenant(call.tenant_id, read_only=True) as connection:
        return await endpoints.get_endpoint(connection, call.tenant_id, endpoint_id_of(call))


def endpoint_id_of(call: Call) -> str:
    """Return the endpoint's id in the path."""
    return call.path_uuid("webhook_endpoint_id", NoSuchEndpoint)


def address_of(call: Call) -> str:
    """Return where the endpoint of the path is looked at."""
    return f"{WEBHOOKS}/{endpoint_id_of(call)}"


async def _change(rooms: Rooms, call: Call, choices: Choices) -> None:
    async with rooms.database.tenant(call.tenant_id) as connection:
        await endpoints.update_endpoint(connection, rooms.seal, call.tenant_id, endpoint_id_of(call), choices)


def _form_page(
    rooms: Rooms, endpoint: endpoints.Endpoint | None, form: Form | None, message: str, status: int = 200
) -> web.Response:
    """Show the form, with what was written into it where it was refused, else with what the endpoint is."""
    values: dict[str, Any]
    if form is not None:
        values = {
            name: text_of(form, name) for name in ("url", "format", "description", "filters", "auth", "auth_name")
        }
        values |= {"events": form.getall("events", []), "strict_order": form.get("strict_order") == "yes"}
    elif endpoint is not None:
        values = {
            "url": endpoint.url,
            "description": endpoint.description,
            "events": endpoint.events,
            "filters": filters_text(endpoint.filters),
            "strict_order": endpoint.strict_order,
            "auth": "",
            "auth_name": endpoint.auth_name,
        }
    else:
        values = dict.fromkeys(("url", "format", "description", "filters", "auth_name"), "")
        values |= {"events": (), "strict_order": False, "auth": "none"}
    return page(
        "webhook_form.html",
        status,
        endpoint=None if endpoint is None else endpoint_json(endpoint),
        values=values,
        event_types=EVENT_TYPES,
        formats=rooms.formats.names,
        parameters=known_parameters(),
        message=message,
    )
