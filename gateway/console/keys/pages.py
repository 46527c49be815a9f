"""API keys: listed, made, rotated, revoked. A key's text is shown once, on the page that makes it."""

from datetime import UTC, datetime, timedelta

from aiohttp import web

from domain.refusals import BadRequest, NoSuchKey
from gateway.bodies import whole_of
from gateway.call import Call, Rooms
from gateway.console.view import lead_to, page
from gateway.rest.account.keys import GRACE_HOURS, LIFE_DAYS_MAX, key_json
from gateway.rest.paging import PAGE_SIZE, item_before, token_behind
from runtime.keys import create_key, list_keys, revoke_key, rotate_key
from runtime.rpc.identity import SCOPES

KEYS = "/console/keys"
NAME_LENGTH_MAX = 200
_LIST = "console_keys"

SCOPE_WORDS = {
    "upload": "make projects and send bills",
    "read": "see everything that was read",
    "amend": "correct, settle and delete",
    "webhooks": "webhooks",
    "admin": "everything, keys as well",
}
"""What each scope lets its holder do."""


async def list_them(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Show the keys that live, newest first; with ``?ended=yes`` those that ended."""
    ended = call.request.query.get("ended") == "yes"
    before = item_before(_LIST, call.request.query.get("after", ""))
    async with rooms.database.tenant(call.tenant_id, read_only=True) as connection:
        found = await list_keys(connection, call.tenant_id, before, PAGE_SIZE + 1, live=not ended)
    shown = found[:PAGE_SIZE]
    return page(
        "keys.html",
        keys=[key_json(one) for one in shown],
        ended=ended,
        following=token_behind(_LIST, shown[-1].created_at, shown[-1].key_id) if len(found) > PAGE_SIZE else "",
        scopes={scope: SCOPE_WORDS.get(scope, "") for scope in sorted(SCOPES)},
        life_days_max=LIFE_DAYS_MAX,
        own=call.caller.key_id if call.caller else "",
    )


async def create(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Make a key and show its text."""
    form = await call.request.post()
    name, days_text = str(form.get("name", "")).strip(), str(form.get("days", "")).strip()
    scopes = [str(one) for one in form.getall("scopes", []) if one in SCOPES]
    days = whole_of(days_text, 1, LIFE_DAYS_MAX)
    if not 1 <= len(name) <= NAME_LENGTH_MAX or not name.isprintable():
        raise BadRequest(f"Name the key, in 1 to {NAME_LENGTH_MAX} characters.", field="name")
    if not scopes:
        raise BadRequest("Choose at least one thing that the key may do.", field="scopes")
    if days_text and days is None:
        raise BadRequest(f"Days are a whole number from 1 to {LIFE_DAYS_MAX}.", field="days")
    ends = None if days is None else datetime.now(UTC) + timedelta(days=days)
    async with rooms.database.tenant(call.tenant_id) as connection:
        record, text = await create_key(connection, call.tenant_id, name=name, scopes=scopes, expires_at=ends)
    return page("key.html", 201, key=key_json(record), text=text, old=None)


async def rotate(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Make a key like this one and show its text; the old one lives on for a day."""
    key_id = call.path_uuid("key_id", NoSuchKey)
    async with rooms.database.tenant(call.tenant_id) as connection:
        new, text, old = await rotate_key(connection, call.tenant_id, key_id, GRACE_HOURS * 3600)
    return page("key.html", 201, key=key_json(new), text=text, old=key_json(old))


async def revoke(rooms: Rooms, call: Call) -> web.StreamResponse:
    """End a key for good."""
    key_id = call.path_uuid("key_id", NoSuchKey)
    async with rooms.database.tenant(call.tenant_id) as connection:
        await revoke_key(connection, call.tenant_id, key_id)
    return lead_to(KEYS)
