"""Turns changes of profile into events and deliveries: cursor, events and deliveries move in one transaction.

A change exists only once the profile holds its result, so whoever hears of it can fetch it.
"""

from collections.abc import Sequence
from typing import cast

import grpc

from domain.ids import Position
from gateway.webhooks.events import Event, event_of
from gateway.webhooks.store import fanout, order
from protos.profile.v1 import profile_pb2
from protos.profile.v1.profile_pb2_grpc import ProfilesStub
from runtime.logs import logger
from runtime.postgres import Database
from runtime.rpc.client import Credentials
from runtime.rpc.follow import Follower


def changes_follower(
    database: Database, profile_channel: grpc.aio.Channel, credentials: Credentials
) -> Follower[profile_pb2.FollowChangesResponse]:
    """Return the follower of profile's changes that keeps its cursor in the database."""
    profiles = ProfilesStub(profile_channel)

    def open_stream(
        after: Position,
    ) -> "grpc.aio.UnaryStreamCall[object, profile_pb2.FollowChangesResponse]":
        request = profile_pb2.FollowChangesRequest(after_position=after)
        call = profiles.FollowChanges(request, metadata=credentials.for_service())
        return cast("grpc.aio.UnaryStreamCall[object, profile_pb2.FollowChangesResponse]", call)

    async def apply(messages: Sequence[profile_pb2.FollowChangesResponse]) -> None:
        await apply_changes(database, messages)

    return Follower("webhooks", open_stream=open_stream, cursor=lambda: saved_cursor(database), apply=apply)


async def saved_cursor(database: Database) -> Position:
    """Return the position of the last change that was turned into events."""
    async with database.service(read_only=True) as connection:
        return await fanout.cursor(connection)


async def apply_changes(database: Database, messages: Sequence[profile_pb2.FollowChangesResponse]) -> None:
    """Record the events of changes behind the cursor, queue their deliveries and move the cursor, all or nothing."""
    last = max(_position(message) for message in messages)
    async with database.service() as connection:
        after = await fanout.lock_cursor(connection)
        changes = [
            message.change
            for message in messages
            if message.WhichOneof("message") == "change" and message.change.position > after
        ]
        if last <= after:
            return
        removed = [change.bill_removed.bill_id for change in changes if change.WhichOneof("what") == "bill_removed"]
        events: list[Event] = [event for change in changes if (event := event_of(change)) is not None]
        await order.hold_ordered(connection, [change.tenant_id for change in changes])
        queued = await fanout.record_events(connection, events)
        if removed:
            await fanout.erase_bills(connection, removed)
        await fanout.move_cursor(connection, Position(last))
    if events:
        logger("webhooks").info("events_recorded", events=len(events), deliveries=queued, position=last)


def _position(message: profile_pb2.FollowChangesResponse) -> int:
    return message.change.position if message.WhichOneof("message") == "change" else message.progress.position
