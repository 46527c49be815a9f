"""API keys of the tenant: made, listed, rotated, revoked. The text of a key is shown once, in the answer that makes it."""

from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import web

from domain.refusals import BadRequest, NoSuchKey
from gateway.call import Call, Rooms
from gateway.http.kept.repeats import once
from gateway.rest.answers import choice, json_response, page_response, time_json
from gateway.rest.paging import PAGE_SIZE, item_before, token_behind
from runtime.keys import KeyRecord, create_key, list_keys, revoke_key, rotate_key
from runtime.postgres import Connection
from runtime.rpc.identity import SCOPES

LIFE_DAYS_MAX = 3650
GRACE_HOURS, GRACE_HOURS_MAX = 24, 720
"""How long a key that was rotated lives on: a day, a month at most."""


async def create_api_key(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Make a key and show its text, this once."""
    fields = await call.fields()
    name = fields.text("name", 200)
    scopes = fields.choices("scopes", SCOPES)
    days = fields.whole_number("expires_in_days", 1, LIFE_DAYS_MAX)
    fields.end()
    if not scopes:
        raise BadRequest("scopes must name at least one scope.", field="scopes")
    expires_at = None if days is None else datetime.now(UTC) + timedelta(days=days)

    async def make(connection: Connection) -> web.Response:
        record, text = await create_key(connection, call.tenant_id, name=name, scopes=scopes, expires_at=expires_at)
        return json_response({**key_json(record), "api_key": text}, 201)

    return await once(rooms, call, "create_api_key", make)


async def list_api_keys(rooms: Rooms, call: Call) -> web.StreamResponse:
    """List the keys, newest first, those that ended included; their texts are not kept."""
    page = call.page("live")
    live = {"": None, "true": True, "false": False}[choice(call.request.query, "live", ("", "true", "false"))]
    size = page.size or PAGE_SIZE
    async with rooms.database.tenant(call.tenant_id, read_only=True) as connection:
        found = await list_keys(connection, call.tenant_id, item_before("api_keys", page.token), size + 1, live=live)
    shown = found[:size]
    more = token_behind("api_keys", shown[-1].created_at, shown[-1].key_id) if len(found) > size else ""
    return page_response(call, "api_keys", [key_json(record) for record in shown], more)


async def rotate_api_key(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Make a key like this one and show its text, this once; the old one lives on for the grace time."""
    key_id = call.path_uuid("key_id", NoSuchKey)
    fields = await call.fields()
    hours = fields.whole_number("grace_hours", 0, GRACE_HOURS_MAX)
    fields.end()
    grace_seconds = (GRACE_HOURS if hours is None else hours) * 3600

    async def make(connection: Connection) -> web.Response:
        new, text, old = await rotate_key(connection, call.tenant_id, key_id, grace_seconds)
        return json_response({**key_json(new), "api_key": text, "replaces": key_json(old)}, 201)

    return await once(rooms, call, "rotate_api_key", make)


async def revoke_api_key(rooms: Rooms, call: Call) -> web.StreamResponse:
    """End a key for good; within a few seconds no process accepts it any more."""
    key_id = call.path_uuid("key_id", NoSuchKey)
    async with rooms.database.tenant(call.tenant_id) as connection:
        record = await revoke_key(connection, call.tenant_id, key_id)
    return json_response(key_json(record))


def key_json(record: KeyRecord) -> dict[str, Any]:
    """Render a key."""
    return {
        "key_id": record.key_id,
        "name": record.name,
        "prefix": record.prefix,
        "scopes": sorted(record.scopes),
        "created_at": time_json(record.created_at),
        "last_used_at": time_json(record.last_used_at),
        "expires_at": time_json(record.expires_at),
        "revoked_at": time_json(record.revoked_at),
    }
