"""UtilityAPI's events: sent in signed batches, listed, retrieved, and marked as delivered.

The vendor's settings take an address and the types; here an endpoint is made with ``format: utilityapi`` at our own API.
A request tells all that one thing that happened gives: the bills added to each meter of a statement, say. So its events are
delivered together, as the vendor has it, and are one delivery of ours.
"""

import asyncio
import hashlib
import json
import secrets
from collections.abc import Mapping, Sequence
from urllib.parse import urlencode
from uuid import UUID

from aiohttp import web

from domain.refusals import BadRequest, NoSuchEndpoint, StoreUnavailable
from gateway.bodies import whole_of
from gateway.call import Call, Records, Rooms, ask
from gateway.dialects.answers import exact_response
from gateway.dialects.lists import all_of
from gateway.dialects.utilityapi.shapes import Json, stamp
from gateway.rest.answers import choice
from gateway.webhooks.events import BILLS_READY, NEW_BILL, UPDATED_BILL
from gateway.webhooks.formats import Format, NotRendered
from gateway.webhooks.store import redelivery, renderings
from gateway.webhooks.store.renderings import Rendering, Telling, Told
from protos.profile.v1 import ledger_pb2

NAME = "utilityapi"

SALT_HEADER = "X-UtilityAPI-Webhook-Salt"
SIGNATURE_HEADER = "X-UtilityAPI-Webhook-Signature"

PAGE_REQUESTS = 200
"""Requests whose events one page lists; some of them may have to be rendered for it."""

RENDERED_AT_ONCE = 16

_BILLS_ADDED = "meter_bills_added"
_COLLECTED = "meter_historical_collection_finished_successful"
_UPDATED, _UPDATED_IN_PART = "authorization_update_finished_successful", "authorization_update_finished_errored"


def batch(telling: Telling, found: Sequence[tuple[str, Json]]) -> bytes:
    """Render the body of a request from the types of its events and what they have beside, as the vendor's page prints one."""
    events = [
        {
            "uid": f"{telling.delivery_id}.{number}",
            "type": kind,
            "ts": stamp(telling.occurred_at.isoformat().replace("+00:00", "Z")),
            "delivery_method": "webhook",
            "delivery_target": telling.target,
            "is_delivered": False,
            **more,
        }
        for number, (kind, more) in enumerate(found)
    ]
    # Indented as the vendor's are: a public receiver prints a body anew in this form before it checks the signature.
    return json.dumps({"events": events, "next": None}, indent=4).encode()


def signature(body: bytes, secret: str, salt: str) -> str:
    """Return the vendor's signature of a body: SHA-256 over secret, salt and body with dots between them, in hexadecimal.

    Source: https://utilityapi.com/docs/webhooks, and receivers that check it so.
    """
    return hashlib.sha256(f"{secret}.{salt}.".encode() + body).hexdigest()


def _signed(body: bytes, secret: str) -> Mapping[str, str]:
    salt = secrets.token_hex(16)
    return {SALT_HEADER: salt, SIGNATURE_HEADER: signature(body, secret, salt)}


async def _render(records: Records, telling: Telling) -> Rendering:
    data = telling.data
    if telling.event_type in (NEW_BILL, UPDATED_BILL):
        request = ledger_pb2.GetLedgerBillRequest(ledger_bill_id=data["ledger_bill_id"])
        bill = await ask(records, telling, records.ledger.GetLedgerBill, request)
        meters = dict.fromkeys(meter.meter_id for meter in bill.meters if meter.meter_id)
        mine = {"authorization_uid": bill.project_id}
        found: list[tuple[str, Json]] = [(_BILLS_ADDED, {**mine, "meter_uid": one}) for one in meters]
        return Rendering(body=batch(telling, found or [(_UPDATED, mine)]), bill_ids=[bill.bill_id])
    if telling.event_type == BILLS_READY:
        mine = {"authorization_uid": data["project_id"]}
        listed = ledger_pb2.ListLedgerMetersRequest(project_id=data["project_id"])
        meters_of_project = all_of(records, telling, records.ledger.ListLedgerMeters, listed, "meters")
        found = [(_COLLECTED, {**mine, "meter_uid": one.meter_id}) async for one in meters_of_project]
        ended = _UPDATED_IN_PART if data["bills_unparsed"] else _UPDATED
        return Rendering(body=batch(telling, [*found, (ended, mine)]))
    return Rendering(body=batch(telling, [("ping", {})]))


UTILITYAPI_WEBHOOKS = Format(name=NAME, events=(NEW_BILL, UPDATED_BILL, BILLS_READY), render=_render, headers=_signed)


async def list_events(rooms: Rooms, call: Call) -> web.StreamResponse:
    """List events, the newest first."""
    query = call.query("is_delivered", "after", "access_token")
    delivered = None if "is_delivered" not in query else choice(query, "is_delivered", ("true", "false")) == "true"
    after = query.get("after", "")
    begun = await _told(rooms, call, after) if after else None
    if after and begun is None:
        raise BadRequest("There is no event of the uid in after.", field="after")
    async with rooms.database.tenant(call.tenant_id, read_only=True) as connection:
        found = await renderings.list_told(
            connection,
            call.tenant_id,
            NAME,
            size=PAGE_REQUESTS + 1,
            after=begun.telling.delivery_id if begun else None,
            delivered=delivered,
        )
    page, more = found[:PAGE_REQUESTS], len(found) > PAGE_REQUESTS
    events: list[Json] = []
    if begun is not None and delivered in (None, begun.delivered):
        # The rest of the request whose event the last page ended with.
        events += (await _events_of(rooms, begun))[_place(after) + 1 :]
    turn = asyncio.Semaphore(RENDERED_AT_ONCE)

    async def rendered(told: Told) -> list[Json]:
        async with turn:
            return await _events_of(rooms, told)

    for mine in await asyncio.gather(*map(rendered, page)):
        events += mine
    following = None
    if more and events:
        following = f"{call.base_url}{call.request.path}?{urlencode({**query, 'after': events[-1]['uid']})}"
    return exact_response({"events": events, "next": following})


async def get_event(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Retrieve one event."""
    return exact_response(await _event(rooms, call))


async def update_event(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Mark an event, and with it all of its request, as delivered, so that it is tried no more; or as not, so that it is."""
    fields = await call.fields()
    wanted = fields.flag("is_delivered")
    fields.rest()
    told = await _told(rooms, call, call.request.match_info["uid"])
    if told is not None and wanted is not None and wanted != told.delivered:
        change = redelivery.take_as_delivered if wanted else redelivery.redeliver
        async with rooms.database.tenant(call.tenant_id) as connection:
            await change(connection, call.tenant_id, told.endpoint_id, told.telling.delivery_id)
    return exact_response(await _event(rooms, call))


async def _event(rooms: Rooms, call: Call) -> Json:
    uid = call.request.match_info["uid"]
    told = await _told(rooms, call, uid)
    events = await _events_of(rooms, told) if told is not None else []
    if not 0 <= _place(uid) < len(events):
        raise NoSuchEndpoint("There is no event of this uid.")
    return events[_place(uid)]


async def _told(rooms: Rooms, call: Call, uid: str) -> Told | None:
    """Return the request that an event belongs to; None where the uid is none of this tenant's."""
    try:
        delivery_id = str(UUID(uid.partition(".")[0]))
    except ValueError:
        return None
    async with rooms.database.tenant(call.tenant_id, read_only=True) as connection:
        return await renderings.get_told(connection, call.tenant_id, NAME, delivery_id)


async def _events_of(rooms: Rooms, told: Told) -> list[Json]:
    """Return the events of a request as they stand; none where what they tell of has gone.

    Raises:
        StoreUnavailable: what they tell of cannot be had now.
    """
    try:
        body = await rooms.formats.body_of(NAME, rooms, told.telling)
    except NotRendered as error:
        if error.is_gone:
            return []
        raise StoreUnavailable("What an event tells of cannot be had now.") from error
    return [{**event, "is_delivered": told.delivered} for event in json.loads(body)["events"]]


def _place(uid: str) -> int:
    """Return the place of an event in its request; -1 where the uid names none."""
    place = whole_of(uid.partition(".")[2], 0, 999_999)
    return -1 if place is None else place
