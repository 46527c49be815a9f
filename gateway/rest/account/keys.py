"""API keys of the tenant: made, listed, revoked. The text of a key is shown once, in the answer that makes it."""

from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import web

from domain.refusals import BadRequest, NoSuchKey
from gateway.call import Call, Rooms
from gateway.rest.answers import json_response, time_json
from runtime.keys import KeyRecord, create_key, list_keys, revoke_key
from runtime.rpc.identity import SCOPES

LIFE_DAYS_MAX = 3650


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
    async with rooms.database.tenant(call.tenant_id) as connection:
        record, text = await create_key(connection, call.tenant_id, name=name, scopes=scopes, expires_at=expires_at)
    return json_response({**_key_json(record), "api_key": text}, 201)


async def list_api_keys(rooms: Rooms, call: Call) -> web.StreamResponse:
    """List the keys, newest first, revoked ones included; their texts are not kept."""
    call.query()
    async with rooms.database.tenant(call.tenant_id, read_only=True) as connection:
        records = await list_keys(connection, call.tenant_id)
    return json_response({"api_keys": [_key_json(record) for record in records]})


async def revoke_api_key(rooms: Rooms, call: Call) -> web.StreamResponse:
    """End a key for good; within a few seconds no process accepts it any more."""
    key_id = call.path_uuid("key_id", NoSuchKey)
    async with rooms.database.tenant(call.tenant_id) as connection:
        record = await revoke_key(connection, call.tenant_id, key_id)
    return json_response(_key_json(record))


def _key_json(record: KeyRecord) -> dict[str, Any]:
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
