"""Webhook endpoints: made, changed, given new secrets, tested."""

from dataclasses import replace

from aiohttp import web

from domain.refusals import NoSuchEndpoint
from gateway.call import Call, Rooms
from gateway.http.kept.repeats import once
from gateway.rest.answers import json_response
from gateway.rest.webhooks.choices import endpoint_json, read_choices
from gateway.rest.webhooks.deliveries import delivery_json, delivery_path
from gateway.webhooks.events import test_event
from gateway.webhooks.sign import secret_text
from gateway.webhooks.store import endpoints, log, secrets
from gateway.webhooks.store.fanout import record_for_endpoint
from runtime.postgres import Connection


async def create_endpoint(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Make an endpoint; the answer holds its secret."""
    choices = replace(await read_choices(rooms, await call.fields()), base_url=call.base_url)

    async def make(connection: Connection) -> web.Response:
        endpoint, secret = await endpoints.create_endpoint(connection, rooms.seal, call.tenant_id, choices)
        return json_response(
            {**endpoint_json(endpoint), "secret": secret_text(secret)},
            201,
            {"Location": f"/v1/webhook_endpoints/{endpoint.endpoint_id}"},
        )

    return await once(rooms, call, "create_webhook_endpoint", make)


async def list_endpoints(rooms: Rooms, call: Call) -> web.StreamResponse:
    """List the tenant's endpoints, newest first."""
    call.query()
    async with rooms.database.tenant(call.tenant_id, read_only=True) as connection:
        found = await endpoints.list_endpoints(connection, call.tenant_id)
    return json_response({"webhook_endpoints": [endpoint_json(endpoint) for endpoint in found]})


async def get_endpoint(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Retrieve one endpoint."""
    endpoint_id = _endpoint_id(call)
    async with rooms.database.tenant(call.tenant_id, read_only=True) as connection:
        return json_response(endpoint_json(await endpoints.get_endpoint(connection, call.tenant_id, endpoint_id)))


async def update_endpoint(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Change the members that are given; enabling a disabled endpoint gives it a new start."""
    endpoint_id = _endpoint_id(call)
    fields = await call.fields()
    async with rooms.database.tenant(call.tenant_id, read_only=True) as connection:
        changed = await endpoints.get_endpoint(connection, call.tenant_id, endpoint_id)
    choices = await read_choices(rooms, fields, changed=changed)
    async with rooms.database.tenant(call.tenant_id) as connection:
        endpoint = await endpoints.update_endpoint(connection, rooms.seal, call.tenant_id, endpoint_id, choices)
    return json_response(endpoint_json(endpoint))


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
        live = await secrets.live_secrets(connection, rooms.seal, call.tenant_id, endpoint_id)
    return json_response({"secrets": [secret_text(secret) for secret in live]})


async def rotate_secret(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Make a new secret; the old one signs beside it for a day."""
    endpoint_id = _endpoint_id(call)

    async def make(connection: Connection) -> web.Response:
        secret = await secrets.rotate_secret(connection, rooms.seal, call.tenant_id, endpoint_id)
        return json_response({"secret": secret_text(secret), "old_secrets_live_seconds": secrets.OLD_SECRET_SECONDS})

    return await once(rooms, call, "rotate_webhook_secret", make)


async def test_endpoint(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Queue an event that only says that events arrive."""
    endpoint_id = _endpoint_id(call)
    event = test_event(call.tenant_id, endpoint_id)
    async with rooms.database.tenant(call.tenant_id) as connection:
        await endpoints.get_endpoint(connection, call.tenant_id, endpoint_id)
        delivery_id = await record_for_endpoint(connection, event, endpoint_id)
        delivery, _ = await log.get_delivery(connection, call.tenant_id, endpoint_id, delivery_id)
    return json_response(delivery_json(delivery), 202, {"Location": delivery_path(endpoint_id, delivery_id)})


def _endpoint_id(call: Call) -> str:
    return call.path_uuid("webhook_endpoint_id", NoSuchEndpoint)
