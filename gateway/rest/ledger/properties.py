"""Properties: buildings and sites, the projects that map to them, their months and temperatures."""

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from domain.refusals import NoSuchProperty
from gateway.bodies import Fields
from gateway.call import Call, Rooms, ask
from gateway.messages import message_json
from gateway.rest.answers import json_response, page_response
from gateway.rest.ledger.bills import metadata_text
from gateway.rest.projects.known import require_project
from gateway.rest.projects.numbers import months_json, months_request
from protos.profile.v1 import properties_pb2

TEXTS = {
    "external_id": 200,
    "name": 200,
    "street_address": 300,
    "city": 100,
    "region": 100,
    "postal_code": 20,
    "country": 2,
    "primary_use": 100,
    "status": 10,
    "grid_region": 20,
}
NUMBERS = ("floor_area_sq_ft", "latitude", "longitude")


async def create_property(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Make a property."""
    fields = await call.fields()
    members, _ = _members(fields)
    request = properties_pb2.CreatePropertyRequest(
        property=properties_pb2.Property(**members), request_id=call.idempotency_key()
    )
    fields.end()
    made = await ask(rooms, call, rooms.properties.CreateProperty, request)
    return json_response(message_json(made), 201, {"Location": f"/v1/properties/{made.property_id}"})


async def list_properties(rooms: Rooms, call: Call) -> web.StreamResponse:
    """List properties, newest first."""
    page = call.page()
    request = properties_pb2.ListPropertiesRequest(page_size=page.size, page_token=page.token)
    answer = await ask(rooms, call, rooms.properties.ListProperties, request)
    return page_response(call, "properties", [message_json(one) for one in answer.properties], answer.next_page_token)


async def get_property(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Retrieve one property."""
    request = properties_pb2.GetPropertyRequest(property_id=_property_id(call))
    return json_response(message_json(await ask(rooms, call, rooms.properties.GetProperty, request)))


async def get_property_of_project(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Retrieve the property that a project maps to, made where there is none."""
    await require_project(rooms, call)
    request = properties_pb2.GetPropertyOfProjectRequest(project_id=call.project_id)
    return json_response(message_json(await ask(rooms, call, rooms.properties.GetPropertyOfProject, request)))


async def update_property(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Change what the body names."""
    fields = await call.fields()
    members, named = _members(fields)
    fields.end()
    request = properties_pb2.UpdatePropertyRequest(
        property=properties_pb2.Property(property_id=_property_id(call), **members), fields=named
    )
    return json_response(message_json(await ask(rooms, call, rooms.properties.UpdateProperty, request)))


async def delete_property(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Delete a property with its temperatures."""
    property_id = _property_id(call)
    await ask(rooms, call, rooms.properties.GetProperty, properties_pb2.GetPropertyRequest(property_id=property_id))
    request = properties_pb2.DeletePropertyRequest(property_id=property_id)
    await ask(rooms, call, rooms.properties.DeleteProperty, request)
    return web.Response(status=204)


async def map_project(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Map a project to a property instead of to its former one."""
    await require_project(rooms, call)
    request = properties_pb2.MapProjectRequest(property_id=_property_id(call), project_id=call.project_id)
    return json_response(message_json(await ask(rooms, call, rooms.properties.MapProject, request)))


async def list_months(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Tell the calendar months of all projects of a property."""
    query = call.query("commodity", "meter_id", "factor_set", "region", "weights", "page_token")
    request = months_request(query, property_id=_property_id(call), meter_id=query.get("meter_id", ""))
    return json_response(months_json(await ask(rooms, call, rooms.profiles.ListMonths, request)))


async def put_temperatures(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Store mean temperatures of days."""
    fields = await call.fields()
    days = fields.member("temperatures_f")
    fields.end()
    request = properties_pb2.UpdateTemperaturesRequest(property_id=_property_id(call), temperatures=_temperatures(days))
    answer = await ask(rooms, call, rooms.properties.UpdateTemperatures, request)
    return json_response(message_json(answer))


async def list_temperatures(rooms: Rooms, call: Call) -> web.StreamResponse:
    """List stored temperatures, by day."""
    page = call.page("from_day", "until_day")
    query = call.query("page_size", "page_token", "from_day", "until_day")
    request = properties_pb2.ListTemperaturesRequest(
        property_id=_property_id(call),
        from_day=query.get("from_day", ""),
        until_day=query.get("until_day", ""),
        page_size=page.size,
        page_token=page.token,
    )
    answer = await ask(rooms, call, rooms.properties.ListTemperatures, request)
    told = [message_json(one) for one in answer.temperatures]
    return page_response(call, "temperatures", told, answer.next_page_token)


def _property_id(call: Call) -> str:
    return call.path_uuid("property_id", NoSuchProperty)


def _members(fields: Fields) -> tuple[dict[str, Any], list[str]]:
    """Return the message's members that a body names, and their names; null empties one."""
    told: dict[str, Any] = {}
    named = [name for name in (*TEXTS, *NUMBERS, "year_built", "metadata") if fields.has(name)]
    for name in named:
        if name in TEXTS:
            told[name] = fields.optional_text(name, TEXTS[name]) or ""
        elif name in NUMBERS:
            told[name] = fields.decimal(name) or ""
        elif name == "year_built":
            told[name] = fields.whole_number(name, 1000, 3000) or 0
        else:
            told["metadata_json"] = metadata_text(fields.member(name))
    return told, ["metadata_json" if name == "metadata" else name for name in named]


def _temperatures(days: Mapping[str, Any]) -> list[properties_pb2.DayTemperature]:
    fields = Fields(days)
    return [properties_pb2.DayTemperature(day=day, mean_f=fields.decimal(day) or "") for day in days]
