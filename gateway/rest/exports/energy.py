"""Exports for other energy software: Green Button feeds, and meter data for ENERGY STAR Portfolio Manager."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime

from aiohttp import web

from domain.refusals import BadRequest, NoSuchMeter
from gateway.bodies import whole_of
from gateway.call import Call, Rooms, ask
from gateway.exports import energy_star
from gateway.exports.green_button.ledger import usage_point
from gateway.exports.green_button.write import feed_end, feed_start, point_entries
from gateway.http.finish import code
from gateway.rest.exports.whose import SPAN, WHOSE, Whose, meters_of, pages_of_bills
from protos.profile.v1 import ledger_pb2

PART_MAX = 1000
STANDING = ledger_pb2.LEDGER_BILL_SELECTION_STANDING


async def export_green_button(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Send a Green Button feed of a project, a property, an account or one meter, a meter at a time."""
    whose = Whose.of(call.query(*WHOSE, *SPAN))
    return await send_feed(rooms, call, whose, {"Content-Disposition": 'attachment; filename="green-button.xml"'})


async def send_feed(rooms: Rooms, call: Call, whose: Whose, headers: Mapping[str, str]) -> web.StreamResponse:
    """Send the Green Button feed of the bills chosen; ``headers`` go with it. One meter's bills are in memory at a time."""
    feed_id = whose.meter_id or whose.account_id or whose.property_id or whose.project_id or call.tenant_id
    updated = await _updated(rooms, call, whose)
    entries = _entries(rooms, call, whose, feed_id, updated)
    first = await anext(entries, b"")
    response = web.StreamResponse(headers={**headers, "Content-Type": "application/atom+xml; charset=utf-8"})
    code(call.request, response)
    await response.prepare(call.request)
    if call.request.method != "HEAD":
        await response.write(feed_start(feed_id, "Green Button", updated) + first)
        async for entry in entries:
            await response.write(entry)
        await response.write(feed_end())
    await response.write_eof()
    return response


async def export_portfolio_manager(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Send a meter's records, 120 a part; the header Link leads to the next part."""
    query = call.query(*SPAN, "part")
    whose = Whose.of({**query, "meter_id": call.path_uuid("meter_id", NoSuchMeter)})
    part = whole_of(query.get("part", "1"), 1, PART_MAX)
    if part is None:
        raise BadRequest(f"part must be a whole number from 1 to {PART_MAX}.", field="part")
    [meter] = [one async for one in meters_of(rooms, call, whose)]
    bills = [bill async for page in pages_of_bills(rooms, call, whose, STANDING) for bill in page]
    records = energy_star.consumptions(meter, bills)
    start = (part - 1) * energy_star.RECORDS_MAX
    mine = records[start : start + energy_star.RECORDS_MAX]
    if not mine and part != 1:
        raise NoSuchMeter("The meter has no such part.")
    headers = {"Content-Disposition": f'attachment; filename="meter-data-{part}.xml"'}
    if mine:
        headers["Billowatt-Unit"] = mine[0].unit
    if start + len(mine) < len(records):
        following = call.request.rel_url.update_query({"part": str(part + 1)})
        headers["Link"] = f'<{call.base_url}{following}>; rel="next"'
    return web.Response(
        body=energy_star.meter_data(mine), content_type="application/xml", charset="utf-8", headers=headers
    )


async def _updated(rooms: Rooms, call: Call, whose: Whose) -> datetime:
    """Return when the newest bill was recorded: the same ledger gives the same feed."""
    request = ledger_pb2.ListLedgerBillsRequest(
        project_id=whose.project_id,
        property_id=whose.property_id,
        account_id=whose.account_id,
        meter_id=whose.meter_id,
        page_size=1,
    )
    newest = (await ask(rooms, call, rooms.ledger.ListLedgerBills, request)).bills
    return newest[0].recorded_at.ToDatetime(tzinfo=UTC) if newest else datetime(1970, 1, 1, tzinfo=UTC)


async def _entries(rooms: Rooms, call: Call, whose: Whose, feed_id: str, updated: datetime) -> AsyncIterator[bytes]:
    async for meter in meters_of(rooms, call, whose):
        mine = replace(whose, meter_id=meter.meter_id)
        bills = [bill async for page in pages_of_bills(rooms, call, mine, STANDING) for bill in page]
        point = usage_point(meter, bills)
        if point is not None:
            yield b"".join(point_entries(feed_id, point, updated))
