"""Changes for one listener, without a gap: what stands in the journal first, then what the hub tells."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import TYPE_CHECKING, cast

import grpc

from domain.ids import Position, ProjectId, TenantId
from domain.refusals import PositionPruned, TimedOut
from gateway.live.hub import Hub, Lagging
from protos.profile.v1 import profile_pb2
from runtime.rpc.client import Credentials
from runtime.rpc.refusals import refusals_raised

if TYPE_CHECKING:
    from protos.profile.v1.profile_pb2_grpc import ProfilesAsyncStub

REPLAY_SECONDS = 60.0
"""Limit of one reading of the journal; the next goes on where it ended."""


class Changes:
    """What a gateway process knows of profile's journal."""

    def __init__(self, profiles: "ProfilesAsyncStub", credentials: Credentials) -> None:
        self.hub = Hub(profiles, credentials)
        self._profiles = profiles
        self._credentials = credentials

    async def replay(
        self, tenant_id: TenantId, project_id: ProjectId | None, after: Position
    ) -> AsyncGenerator[profile_pb2.Change | Position, None]:
        """Yield the changes behind a position up to the journal's end, and last how far that is.

        Raises:
            PositionPruned: the journal no longer holds what comes next, or does not reach so far.
        """
        request = profile_pb2.FollowChangesRequest(after_position=after, stop_at_end=True, project_id=project_id or "")
        call = cast(
            "grpc.aio.UnaryStreamCall[object, profile_pb2.FollowChangesResponse]",
            self._profiles.FollowChanges(
                request, timeout=REPLAY_SECONDS, metadata=self._credentials.for_tenant(tenant_id)
            ),
        )
        try:
            with refusals_raised():
                async for message in call:
                    if message.WhichOneof("message") == "change":
                        yield message.change
                    else:
                        yield Position(message.progress.position)
        finally:
            call.cancel()

    async def replay_kept(self, tenant_id: TenantId) -> AsyncGenerator[profile_pb2.Change, None]:
        """Yield all changes of a tenant that the journal still holds, however slowly they are taken.

        Raises:
            TimedOut: nothing came within the limit of one reading.
        """
        after, ended = Position(0), False
        while not ended:
            begun_at = after
            try:
                async with aclosing(self.replay(tenant_id, None, after)) as found:
                    async for each in found:
                        if isinstance(each, profile_pb2.Change):
                            after = Position(each.position)
                            yield each
                ended = True
            except PositionPruned as refusal:
                after = Position(int(refusal.metadata.get("pruned_through", after)))
                if after <= begun_at:
                    raise
            except TimedOut:
                if after <= begun_at:
                    raise

    async def follow(
        self, tenant_id: TenantId, project_id: ProjectId | None, after: Position | None, idle_seconds: float
    ) -> AsyncGenerator[profile_pb2.Change | None, None]:
        """Yield what happens behind a position, or from now on.

        None says that all that was missed is told, and later that nothing happened for ``idle_seconds``.

        Raises:
            PositionPruned: the journal no longer holds what comes behind ``after``.
            ShuttingDown: the process stops.
        """
        with self.hub.listening(tenant_id, project_id) as listener:
            position = await self.hub.position()
            behind, begun = after is not None, False
            if after is not None:
                position = after
            while True:
                if behind:
                    async with aclosing(self.replay(tenant_id, project_id, position)) as missed:
                        async for found in missed:
                            if isinstance(found, profile_pb2.Change):
                                position = Position(found.position)
                                yield found
                            else:
                                position = max(position, found)
                    behind = False
                if not begun:
                    begun = True
                    yield None
                try:
                    change = await listener.next(idle_seconds)
                except Lagging:
                    behind = True
                    continue
                if change is None:
                    yield None
                elif change.position > position:
                    position = Position(change.position)
                    yield change
