"""The hub: one stream from profile a process, fanned out to all who listen.

A listener that reads too slowly loses its queue, not its events: it is told that it lags, and reads what it missed from the
journal. So nobody waits for anybody, and memory is bounded.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, cast

import grpc

from domain.ids import Position, ProjectId, TenantId
from domain.refusals import ShuttingDown, StoreUnavailable
from protos.profile.v1 import profile_pb2
from runtime.rpc.client import Credentials
from runtime.rpc.follow import Follower

if TYPE_CHECKING:
    from protos.profile.v1.profile_pb2_grpc import ProfilesAsyncStub

QUEUE_MAX = 256
"""Changes that wait for one listener: some 100 KB."""

READY_SECONDS = 5.0
"""How long a listener waits for the hub's first word from profile."""


class Listener:
    """One who listens to a tenant's changes, or to those of one project."""

    def __init__(self, tenant_id: TenantId, project_id: ProjectId | None) -> None:
        self.tenant_id = tenant_id
        self.project_id = project_id
        self._waiting: asyncio.Queue[profile_pb2.Change | None] = asyncio.Queue(maxsize=QUEUE_MAX)
        self._lagging = False

    async def next(self, timeout_seconds: float) -> profile_pb2.Change | None:
        """Return the next change; None where none came in this time.

        Raises:
            Lagging: changes came faster than they were taken; what was missed stands in the journal.
            ShuttingDown: the process stops.
        """
        if self._lagging:
            self._lagging = False
            raise Lagging
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_seconds):
                change = await self._waiting.get()
                if change is None:
                    raise ShuttingDown
                return change
        return None

    def tell(self, change: profile_pb2.Change) -> None:
        """Queue a change where it is for this listener."""
        if self.project_id is not None and change.project_id != self.project_id:
            return
        try:
            self._waiting.put_nowait(change)
        except asyncio.QueueFull:
            self._empty()
            self._lagging = True

    def end(self) -> None:
        """Tell that nothing comes any more."""
        self._empty()
        self._waiting.put_nowait(None)

    def _empty(self) -> None:
        while not self._waiting.empty():
            self._waiting.get_nowait()


class Lagging(Exception):
    """A listener was too slow; it goes on from the journal."""


class Hub:
    """Follows profile's changes from now on and tells those who listen."""

    def __init__(self, profiles: "ProfilesAsyncStub", credentials: Credentials) -> None:
        self._profiles = profiles
        self._credentials = credentials
        self._position: Position | None = None
        self._known = asyncio.Event()
        self._listeners: dict[TenantId, set[Listener]] = defaultdict(set)
        self._closed = False

    async def run(self, stopping: asyncio.Event) -> None:
        """Follow until told to stop; breaks in the line are bridged from the last position."""
        follower = Follower("live", open_stream=self._open_stream, cursor=self._cursor, apply=self._apply)
        ending = asyncio.ensure_future(self._end_with(stopping))
        try:
            await follower.run(stopping)
        finally:
            ending.cancel()
            await asyncio.gather(ending, return_exceptions=True)

    async def position(self) -> Position:
        """Return the position up to which all was told.

        Raises:
            StoreUnavailable: profile has not answered yet.
        """
        try:
            async with asyncio.timeout(READY_SECONDS):
                await self._known.wait()
        except TimeoutError as error:
            raise StoreUnavailable("The journal of changes cannot be reached.") from error
        assert self._position is not None
        return self._position

    @contextmanager
    def listening(self, tenant_id: TenantId, project_id: ProjectId | None) -> Iterator[Listener]:
        """Listen from now on.

        Raises:
            ShuttingDown: the process stops.
        """
        if self._closed:
            raise ShuttingDown
        mine = self._listeners[tenant_id]
        listener = Listener(tenant_id, project_id)
        mine.add(listener)
        try:
            yield listener
        finally:
            mine.discard(listener)
            if not mine:
                self._listeners.pop(tenant_id, None)

    @property
    def listeners(self) -> int:
        """Return how many listen."""
        return sum(len(mine) for mine in self._listeners.values())

    def _open_stream(self, after: Position) -> "grpc.aio.UnaryStreamCall[object, profile_pb2.FollowChangesResponse]":
        unknown = self._position is None
        request = profile_pb2.FollowChangesRequest(after_position=0 if unknown else after, from_end=unknown)
        call = self._profiles.FollowChanges(request, metadata=self._credentials.for_service())
        return cast("grpc.aio.UnaryStreamCall[object, profile_pb2.FollowChangesResponse]", call)

    async def _cursor(self) -> Position:
        return self._position or Position(0)

    async def _apply(self, messages: Sequence[profile_pb2.FollowChangesResponse]) -> None:
        for message in messages:
            if message.WhichOneof("message") == "change":
                change = message.change
                for listener in tuple(self._listeners.get(TenantId(change.tenant_id), ())):
                    listener.tell(change)
                self._position = Position(change.position)
            else:
                self._position = Position(max(self._position or 0, message.progress.position))
        self._known.set()

    async def _end_with(self, stopping: asyncio.Event) -> None:
        await stopping.wait()
        self._closed = True
        for mine in self._listeners.values():
            for listener in mine:
                listener.end()
