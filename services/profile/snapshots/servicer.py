"""Snapshots over gRPC."""

import asyncio
from collections.abc import Mapping
from typing import Any

from domain.refusals import BadRequest, NoSuchProperty
from protos.profile.v1 import profile_pb2, snapshots_pb2, snapshots_pb2_grpc
from runtime.postgres import Database
from runtime.rpc.identity import current_caller
from services.profile.energy.factors import FactorSet
from services.profile.ids import day_if_given, day_of, uuid_of
from services.profile.ledger.store.statements import statements
from services.profile.months.answer import STATEMENTS_MAX, asked_months
from services.profile.months.asked import spans_beyond
from services.profile.properties import store as properties
from services.profile.snapshots import store
from services.profile.snapshots.answer import AskedSnapshots, snapshots_message
from services.profile.snapshots.store import Rating
from services.profile.store import see_one_moment

RATING_MAX = 100


class SnapshotsServicer(snapshots_pb2_grpc.SnapshotsServicer):
    """Tells what properties use per square foot; its only write is a rating from outside."""

    def __init__(self, database: Database, factor_sets: Mapping[str, FactorSet]) -> None:
        self._database = database
        self._factor_sets = factor_sets

    async def ListSnapshots(
        self, request: snapshots_pb2.ListSnapshotsRequest, context: Any
    ) -> snapshots_pb2.ListSnapshotsResponse:
        """Return a property's snapshots, newest first."""
        caller = current_caller()
        caller.require("read")
        property_id = uuid_of(request.property_id, "property_id")
        effective = day_if_given(request.effective_month, "effective_month")
        if effective is not None and effective.day != 1:
            raise BadRequest("effective_month is the first day of a month", field="effective_month")
        async with self._database.tenant(caller.tenant(), read_only=True) as connection:
            await see_one_moment(connection)
            known = await properties.find(connection, property_id)
            if known is None:
                raise NoSuchProperty
            months = profile_pb2.ListMonthsRequest(factor_set=request.factor_set, region=request.region)
            asked = asked_months(months, self._factor_sets, known.fields["grid_region"])
            found = await statements(connection, known.project_ids, STATEMENTS_MAX + 1)
            spans = await spans_beyond(connection, found)
            ratings = await store.ratings(connection, property_id)
        return await asyncio.to_thread(
            snapshots_message,
            AskedSnapshots(property_id, known.fields["floor_area_sq_ft"], asked.factors, asked.region, effective),
            found,
            ratings,
            spans,
        )

    async def SetEnergyStarRating(
        self, request: snapshots_pb2.SetEnergyStarRatingRequest, context: Any
    ) -> snapshots_pb2.SetEnergyStarRatingResponse:
        """Store or remove a rating."""
        caller = current_caller()
        caller.require("amend")
        property_id, rated_on = uuid_of(request.property_id, "property_id"), day_of(request.rated_on, "rated_on")
        if not 0 <= request.rating <= RATING_MAX:
            raise BadRequest(f"rating is 1 to {RATING_MAX}, or 0 to remove it", field="rating")
        async with self._database.tenant(caller.tenant()) as connection:
            if await properties.projects_of_property(connection, property_id) is None:
                raise NoSuchProperty
            if request.rating:
                await store.save_rating(connection, caller.tenant(), property_id, Rating(rated_on, request.rating))
            else:
                await store.remove_rating(connection, property_id, rated_on)
        return snapshots_pb2.SetEnergyStarRatingResponse()

    async def ListEnergyStarRatings(
        self, request: snapshots_pb2.ListEnergyStarRatingsRequest, context: Any
    ) -> snapshots_pb2.ListEnergyStarRatingsResponse:
        """Return a property's ratings, newest first."""
        caller = current_caller()
        caller.require("read")
        property_id = uuid_of(request.property_id, "property_id")
        async with self._database.tenant(caller.tenant(), read_only=True) as connection:
            if await properties.projects_of_property(connection, property_id) is None:
                raise NoSuchProperty
            found = await store.ratings(connection, property_id)
        return snapshots_pb2.ListEnergyStarRatingsResponse(
            ratings=[
                snapshots_pb2.EnergyStarRating(rated_on=one.rated_on.isoformat(), rating=one.rating) for one in found
            ]
        )
