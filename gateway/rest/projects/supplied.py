"""Load profiles that partners supply instead of bills."""

from typing import Any

from aiohttp import web

from domain.refusals import BadRequest
from gateway.bodies import Fields
from gateway.call import Call, Rooms, ask
from gateway.rest.answers import Json, json_response, time_of
from gateway.rest.projects.known import require_project
from gateway.rest.projects.shapes import load_profile_json
from protos.profile.v1 import supplied_pb2

SUPPLY_BYTES_MAX = 1024 * 1024
"""A year of quarter hours with some twenty signs each, and room for spaces [bytes]."""

KINDS = {"monthly_energy": 12, "monthly_bill": 12, "interval_data": 366 * 24 * 4}
"""What can be supplied, with the most values of each."""


async def supply_profile(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Let supplied numbers stand in place of the bills'."""
    request = supply_of(call, await call.fields())
    await require_project(rooms, call)
    return json_response(load_profile_json(await ask(rooms, call, rooms.profiles.SupplyProfile, request)))


def supply_of(call: Call, fields: Fields) -> supplied_pb2.SupplyProfileRequest:
    """Return what a body supplies for the project that the path names.

    Raises:
        BadRequest: it is not exactly one of what can be supplied, or a member is none.
    """
    given = {kind: values for kind, most in KINDS.items() if (values := fields.numbers(kind, most)) is not None}
    if len(given) != 1:
        raise BadRequest(f"Exactly one of {', '.join(KINDS)} must be given.", field=next(iter(KINDS)))
    numbers: dict[str, Any] = {
        kind: supplied_pb2.SuppliedNumbers(values=[value or "" for value in values]) for kind, values in given.items()
    }
    request = supplied_pb2.SupplyProfileRequest(
        project_id=call.project_id,
        price=fields.decimal("price") or "",
        currency=fields.optional_text("currency", 3) or "",
        year=fields.whole_number("year", 1970, 2100) or 0,
        country=fields.optional_text("country", 2) or "",
        keep=fields.flag("keep") or False,
        **numbers,
    )
    fields.end()
    return request


async def get_supplied(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Retrieve what was supplied."""
    await require_project(rooms, call)
    request = supplied_pb2.GetSuppliedProfileRequest(project_id=call.project_id)
    return json_response(supplied_json(await ask(rooms, call, rooms.profiles.GetSuppliedProfile, request)))


async def delete_supplied(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Let the bills make the profile again."""
    await require_project(rooms, call)
    request = supplied_pb2.DeleteSuppliedProfileRequest(project_id=call.project_id)
    await ask(rooms, call, rooms.profiles.DeleteSuppliedProfile, request)
    return web.Response(status=204)


def supplied_json(supplied: supplied_pb2.SuppliedProfile) -> Json:
    """Render what was supplied."""
    kind = supplied.WhichOneof("numbers")
    return {
        "project_id": supplied.project_id,
        **{name: _values(getattr(supplied, name)) if name == kind else None for name in KINDS},
        "price": supplied.price or None,
        "currency": supplied.currency or None,
        "year": supplied.year or None,
        "shape": supplied.shape,
        "keep": supplied.keep,
        "supplied_at": time_of(supplied, "supplied_at"),
        "in_effect": supplied.in_effect,
    }


def _values(numbers: supplied_pb2.SuppliedNumbers) -> list[str | None]:
    return [value or None for value in numbers.values]
