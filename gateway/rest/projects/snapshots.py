"""Snapshots of properties, and the ratings that others gave them."""

from aiohttp import web

from domain.refusals import BadRequest, NoSuchProperty
from gateway.call import Call, Rooms, ask
from gateway.rest.answers import Json, json_response
from protos.profile.v1 import snapshots_pb2

RATING_MAX = 100


async def list_snapshots(rooms: Rooms, call: Call) -> web.StreamResponse:
    """List a property's snapshots, newest first."""
    query = call.query("effective_month", "factor_set", "region")
    request = snapshots_pb2.ListSnapshotsRequest(
        property_id=_property_id(call),
        effective_month=query.get("effective_month", ""),
        factor_set=query.get("factor_set", ""),
        region=query.get("region", ""),
    )
    return json_response(snapshots_json(await ask(rooms, call, rooms.snapshots.ListSnapshots, request)))


async def list_ratings(rooms: Rooms, call: Call) -> web.StreamResponse:
    """List the ratings that were supplied, newest first."""
    request = snapshots_pb2.ListEnergyStarRatingsRequest(property_id=_property_id(call))
    answer = await ask(rooms, call, rooms.snapshots.ListEnergyStarRatings, request)
    return json_response({"ratings": [{"rated_on": one.rated_on, "rating": one.rating} for one in answer.ratings]})


async def put_rating(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Store the rating of a day."""
    fields = await call.fields()
    rating = fields.whole_number("rating", 1, RATING_MAX)
    fields.end()
    if rating is None:
        raise BadRequest("rating is required.", field="rating")
    request = snapshots_pb2.SetEnergyStarRatingRequest(
        property_id=_property_id(call), rated_on=call.request.match_info["rated_on"], rating=rating
    )
    await ask(rooms, call, rooms.snapshots.SetEnergyStarRating, request)
    return json_response({"rated_on": request.rated_on, "rating": request.rating})


async def delete_rating(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Remove the rating of a day."""
    request = snapshots_pb2.SetEnergyStarRatingRequest(
        property_id=_property_id(call), rated_on=call.request.match_info["rated_on"]
    )
    await ask(rooms, call, rooms.snapshots.SetEnergyStarRating, request)
    return web.Response(status=204)


def snapshots_json(answer: snapshots_pb2.ListSnapshotsResponse) -> Json:
    """Render a property's snapshots."""
    return {
        "property_id": answer.property_id,
        "factor_set": answer.factor_set,
        "region": answer.region,
        "currency": answer.currency or None,
        "floor_area_sq_ft": answer.floor_area_sq_ft or None,
        "snapshots": [_snapshot(one) for one in answer.snapshots],
        "findings": [
            {"rule_id": one.rule_id, "sentence": one.sentence, "meter_id": one.meter_id or None}
            for one in answer.findings
        ],
    }


def _snapshot(one: snapshots_pb2.Snapshot) -> Json:
    return {
        "effective_month": one.effective_month,
        "kbtus_per_sq_ft": _intensity(one.kbtus_per_sq_ft),
        "cost_per_sq_ft": _intensity(one.cost_per_sq_ft) if one.HasField("cost_per_sq_ft") else None,
        "co2_per_sq_ft": _intensity(one.co2_per_sq_ft),
        "energy_star_rating": one.energy_star_rating or None,
        "energy_star_rated_on": one.energy_star_rated_on or None,
        "estimated": one.estimated,
    }


def _intensity(one: snapshots_pb2.Intensity) -> Json:
    return {
        "current": one.current,
        "previous": one.previous or None,
        "yoy_percent_change": one.yoy_percent_change or None,
        "change_ratio": one.change_ratio or None,
    }


def _property_id(call: Call) -> str:
    return call.path_uuid("property_id", NoSuchProperty)
