"""EnergyPrint's properties and meters, and what the vendor makes of them: bills, calendar months, snapshots."""

from typing import Any

from aiohttp import web

from domain.refusals import BadRequest, NoSuchMeter, NoSuchProperty
from gateway.call import Call, Rooms, ask
from gateway.dialects.answers import exact_response
from gateway.dialects.energyprint.ledger import bills_of, metadata_in
from gateway.dialects.energyprint.shapes import (
    COMMODITIES,
    FACTOR_SET,
    Json,
    account_json,
    meter_json,
    months_json,
    property_json,
    snapshot_json,
)
from gateway.dialects.lists import all_of
from gateway.dialects.numbers import NumberOf, id_in_path, with_numbers
from protos.profile.v1 import ledger_pb2, profile_pb2, properties_pb2, snapshots_pb2


async def list_meters(rooms: Rooms, call: Call) -> web.StreamResponse:
    """List the tenant's meters."""
    call.query()
    request = ledger_pb2.ListLedgerMetersRequest()
    meters = [one async for one in all_of(rooms, call, rooms.ledger.ListLedgerMeters, request, "meters")]
    names = await _names(rooms, call)
    return exact_response(await with_numbers(rooms, call, lambda of: [meter_json(one, names, of) for one in meters]))


async def get_meter(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Retrieve one meter with its account nested inside."""
    return await _with_account(rooms, call, await _meter(rooms, call))


async def put_meter(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Replace a meter's metadata by the body."""
    meter_id = await id_in_path(rooms, call, "number", "meter", NoSuchMeter)
    request = ledger_pb2.UpdateLedgerMeterRequest(meter_id=meter_id, metadata_json=await metadata_in(call))
    return await _with_account(rooms, call, await ask(rooms, call, rooms.ledger.UpdateLedgerMeter, request))


async def get_meter_bills(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Retrieve one meter with its bills nested inside."""
    meter = await _meter(rooms, call)
    names = await _names_of(rooms, call, meter)
    bills = await bills_of(rooms, call, meter_id=meter.meter_id)

    def render(of: NumberOf) -> Json:
        return {**meter_json(meter, names, of), "bills": [one(of) for one in bills]}

    return exact_response(await with_numbers(rooms, call, render))


async def get_meter_months(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Retrieve the calendar months of one meter."""
    call.query()
    meter_id = await id_in_path(rooms, call, "number", "meter", NoSuchMeter)
    request = profile_pb2.ListMonthsRequest(meter_id=meter_id, factor_set=FACTOR_SET)
    return await _months(
        rooms, call, request, f"meter/{meter_id}", lambda of: {"utility_meter_id": of("meter", meter_id).number}
    )


async def list_properties(rooms: Rooms, call: Call) -> web.StreamResponse:
    """List the tenant's properties."""
    call.query()
    properties = [one async for one in _properties(rooms, call)]
    return exact_response(await with_numbers(rooms, call, lambda of: [property_json(one, of) for one in properties]))


async def get_property(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Retrieve one property with its meters nested inside."""
    return await _with_meters(rooms, call, await _property(rooms, call))


async def put_property(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Replace a property's metadata by the body."""
    property_id = await id_in_path(rooms, call, "number", "property", NoSuchProperty)
    changed = properties_pb2.Property(property_id=property_id, metadata_json=await metadata_in(call))
    request = properties_pb2.UpdatePropertyRequest(property=changed, fields=["metadata_json"])
    return await _with_meters(rooms, call, await ask(rooms, call, rooms.properties.UpdateProperty, request))


async def get_property_bills(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Retrieve one property with its bills nested inside."""
    one = await _property(rooms, call)
    bills = await bills_of(rooms, call, property_id=one.property_id)

    def render(of: NumberOf) -> Json:
        return {**property_json(one, of), "bills": [bill(of) for bill in bills]}

    return exact_response(await with_numbers(rooms, call, render))


async def get_property_months(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Retrieve the calendar months of one property: of all its energy, or of one energy type."""
    energy_type = call.query("energy_type").get("energy_type", "")
    commodity = COMMODITIES.get(energy_type.upper(), "")
    if energy_type and not commodity:
        raise BadRequest(f"energy_type is one of {', '.join(sorted(COMMODITIES))}.", field="energy_type")
    property_id = await id_in_path(rooms, call, "number", "property", NoSuchProperty)
    request = profile_pb2.ListMonthsRequest(property_id=property_id, commodity=commodity, factor_set=FACTOR_SET)

    def owner(of: NumberOf) -> Json:
        whose: Json = {"property_id": of("property", property_id).number}
        return {**whose, "energy_type": energy_type.upper()} if commodity else whose

    return await _months(rooms, call, request, f"property/{property_id}/{commodity}", owner)


async def get_snapshots(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Retrieve the property with its snapshots, oldest first."""
    call.query()
    one = await _property(rooms, call)
    request = snapshots_pb2.ListSnapshotsRequest(property_id=one.property_id, factor_set=FACTOR_SET)
    snapshots = (await ask(rooms, call, rooms.snapshots.ListSnapshots, request)).snapshots

    def render(of: NumberOf) -> Json:
        shown = [
            snapshot_json(each, one.property_id, of)
            for each in sorted(snapshots, key=lambda each: each.effective_month)
        ]
        return {**property_json(one, of), "snapshot_data": shown}

    return exact_response(await with_numbers(rooms, call, render))


async def _months(
    rooms: Rooms, call: Call, request: profile_pb2.ListMonthsRequest, scope: str, owner: Any
) -> web.Response:
    months = await ask(rooms, call, rooms.profiles.ListMonths, request)
    return exact_response(await with_numbers(rooms, call, lambda of: months_json(months, scope, owner(of), of)))


async def _meter(rooms: Rooms, call: Call) -> ledger_pb2.LedgerMeter:
    meter_id = await id_in_path(rooms, call, "number", "meter", NoSuchMeter)
    return await ask(rooms, call, rooms.ledger.GetLedgerMeter, ledger_pb2.GetLedgerMeterRequest(meter_id=meter_id))


async def _property(rooms: Rooms, call: Call) -> properties_pb2.Property:
    property_id = await id_in_path(rooms, call, "number", "property", NoSuchProperty)
    request = properties_pb2.GetPropertyRequest(property_id=property_id)
    return await ask(rooms, call, rooms.properties.GetProperty, request)


async def _with_account(rooms: Rooms, call: Call, meter: ledger_pb2.LedgerMeter) -> web.Response:
    request = ledger_pb2.GetLedgerAccountRequest(account_id=meter.account_id)
    account = await ask(rooms, call, rooms.ledger.GetLedgerAccount, request)
    names = await _names_of(rooms, call, meter)

    def render(of: NumberOf) -> Json:
        return {**meter_json(meter, names, of), "utility_account": account_json(account, of)}

    return exact_response(await with_numbers(rooms, call, render))


async def _with_meters(rooms: Rooms, call: Call, one: properties_pb2.Property) -> web.Response:
    request = ledger_pb2.ListLedgerMetersRequest(property_id=one.property_id)
    meters = [each async for each in all_of(rooms, call, rooms.ledger.ListLedgerMeters, request, "meters")]
    names = {one.property_id: one.name}

    def render(of: NumberOf) -> Json:
        return {**property_json(one, of), "utility_meters": [meter_json(each, names, of) for each in meters]}

    return exact_response(await with_numbers(rooms, call, render))


def _properties(rooms: Rooms, call: Call) -> Any:
    return all_of(rooms, call, rooms.properties.ListProperties, properties_pb2.ListPropertiesRequest(), "properties")


async def _names_of(rooms: Rooms, call: Call, meter: ledger_pb2.LedgerMeter) -> dict[str, str]:
    if not meter.property_id:
        return {}
    request = properties_pb2.GetPropertyRequest(property_id=meter.property_id)
    try:
        found = await ask(rooms, call, rooms.properties.GetProperty, request)
    except NoSuchProperty:
        return {}
    return {found.property_id: found.name}


async def _names(rooms: Rooms, call: Call) -> dict[str, str]:
    return {one.property_id: one.name async for one in _properties(rooms, call)}
