"""Builds profile: the Profiles service, and the task that follows ingest's completions."""

from typing import Any

import grpc

from domain.ids import Position
from protos.ingest.v1 import ingest_pb2, ingest_pb2_grpc
from protos.profile.v1 import (
    ledger_pb2_grpc,
    profile_pb2_grpc,
    properties_pb2_grpc,
    review_pb2_grpc,
    snapshots_pb2_grpc,
)
from runtime.component import Component
from runtime.journal import Journal, JournalKeeper
from runtime.postgres import Database
from runtime.rpc.client import Credentials
from runtime.rpc.follow import Follower
from runtime.rpc.server import Servicer
from runtime.settings import Settings
from services.profile.completions import Hearing
from services.profile.energy.factors import packaged_factor_sets
from services.profile.follow import CHANGES, Applier
from services.profile.hours.day_courses import packaged_courses
from services.profile.hours.tariffs import packaged_tariffs
from services.profile.ledger.calls.servicer import LedgerServicer
from services.profile.load.shapes import packaged_shapes
from services.profile.operator_shapes import read_operator_shapes
from services.profile.properties.servicer import PropertiesServicer
from services.profile.review.servicer import ReviewsServicer
from services.profile.servicer import ProfilesServicer
from services.profile.snapshots.servicer import SnapshotsServicer
from services.profile.store import COMPLETIONS

SERVICE_NAME = "billowatt.profile.v1.Profiles"
LEDGER_NAME = "billowatt.profile.v1.Ledger"
PROPERTIES_NAME = "billowatt.profile.v1.Properties"
REVIEWS_NAME = "billowatt.profile.v1.Reviews"
SNAPSHOTS_NAME = "billowatt.profile.v1.Snapshots"
READERS = ("webhooks",)
"""Who must have come past a change before it may go for its age."""


def build(
    settings: Settings, database: Database, ingest_channel: grpc.aio.Channel, credentials: Credentials
) -> Component:
    """Return profile's service and tasks; database and channel stay the caller's to close."""
    further, factors = read_operator_shapes(settings.shapes_folder), packaged_factor_sets()
    journal, shapes = Journal(CHANGES), packaged_shapes(further.shapes)
    profiles = ProfilesServicer(
        database, journal, shapes, packaged_courses(further.courses), packaged_tariffs(further.tariffs), factors
    )
    ledger = LedgerServicer(database, journal, shapes, factors)
    reviews = ReviewsServicer(database, journal, shapes, factors)
    properties = PropertiesServicer(database, factors)
    snapshots = SnapshotsServicer(database, factors)
    applier = Applier(database, journal, shapes)
    stub = ingest_pb2_grpc.IngestStub(ingest_channel)

    def completions(after: Position) -> Any:
        request = ingest_pb2.FollowCompletionsRequest(after_position=after)
        return Hearing(stub.FollowCompletions(request, metadata=tuple(credentials.for_service())))

    keeper = JournalKeeper(database)
    follower = Follower("profile", open_stream=completions, cursor=applier.cursor, apply=applier.apply)
    return Component(
        name="profile",
        servicers=(
            Servicer(SERVICE_NAME, lambda server: profile_pb2_grpc.add_ProfilesServicer_to_server(profiles, server)),
            Servicer(LEDGER_NAME, lambda server: ledger_pb2_grpc.add_LedgerServicer_to_server(ledger, server)),
            Servicer(REVIEWS_NAME, lambda server: review_pb2_grpc.add_ReviewsServicer_to_server(reviews, server)),
            Servicer(
                PROPERTIES_NAME, lambda server: properties_pb2_grpc.add_PropertiesServicer_to_server(properties, server)
            ),
            Servicer(
                SNAPSHOTS_NAME, lambda server: snapshots_pb2_grpc.add_SnapshotsServicer_to_server(snapshots, server)
            ),
        ),
        tasks=(
            ("follow", follower.run),
            ("read", keeper.reading(Journal(COMPLETIONS), "profile", applier.cursor)),
            ("prune", keeper.pruning(journal, settings.journal_days, READERS)),
        ),
    )
