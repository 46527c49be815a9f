"""A running profile on real sockets beside a far end that plays ingest: it serves the completions it is given."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import grpc

from domain.ids import TenantId
from protos.ingest.v1 import ingest_pb2, ingest_pb2_grpc
from protos.profile.v1 import (
    ledger_pb2_grpc,
    profile_pb2_grpc,
    properties_pb2_grpc,
    review_pb2_grpc,
    snapshots_pb2_grpc,
)
from protos.profile.v1 import profile_pb2 as pb
from runtime.component import run_tasks
from runtime.postgres import Database
from runtime.rpc.authenticate import KeyAuthenticator
from runtime.rpc.client import Credentials, open_channel
from runtime.rpc.identity import ServiceAuthenticator, ServiceTokens
from runtime.rpc.server import GrpcServer, Servicer
from runtime.settings import Settings
from services.profile.service import build

WAIT_SECONDS = 20.0
SECRET = "test secret, at least thirty-two characters long"


class PlayedIngest(ingest_pb2_grpc.IngestServicer):
    """Serves completions in the order of their positions, as ingest promises, to any number of followers."""

    def __init__(self) -> None:
        self._completions: list[ingest_pb2.Completion] = []
        self._grown = asyncio.Condition()
        self.opened_after: list[int] = []

    async def append(self, *completions: ingest_pb2.Completion) -> None:
        async with self._grown:
            self._completions += completions
            self._grown.notify_all()

    async def FollowCompletions(self, request, context):
        self.opened_after.append(request.after_position)
        sent = request.after_position
        while True:
            async with self._grown:
                fresh = [one for one in self._completions if one.position > sent]
                if not fresh:
                    await self._grown.wait()
                    continue
            for one in fresh:
                sent = one.position
                yield ingest_pb2.FollowCompletionsResponse(completion=one)


@dataclass
class RunningProfile:
    """Stubs and the far end of a running profile."""

    stub: profile_pb2_grpc.ProfilesStub
    ingest: PlayedIngest
    credentials: Credentials
    ledger: Any
    properties: Any
    snapshots: Any
    reviews: Any

    def of(self, tenant: TenantId):
        """The metadata of a call on behalf of a tenant."""
        return tuple(self.credentials.for_tenant(tenant))

    async def changes(self, until: Callable[[list[pb.Change]], bool], tenant: TenantId | None = None, after: int = 0):
        """Follow changes until the list of them satisfies the condition; return it."""
        metadata = self.of(tenant) if tenant else tuple(self.credentials.for_service())
        call: Any = self.stub.FollowChanges(pb.FollowChangesRequest(after_position=after), metadata=metadata)
        seen: list[pb.Change] = []
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                async for response in call:
                    if response.HasField("change"):
                        seen.append(response.change)
                    if until(seen):
                        return seen
        finally:
            call.cancel()
        raise AssertionError("the stream of changes ended early")

    async def folded(self, *completions: ingest_pb2.Completion) -> list[pb.Change]:
        """Let ingest tell completions, and wait until each of them made its change."""
        await self.ingest.append(*completions)
        gone = {one.bill_id for one in completions if one.WhichOneof("what") == "deleted"}
        # What was told of a bill is erased when it is deleted.
        last = {one.job_id for one in completions if one.WhichOneof("what") == "outcome" and one.bill_id not in gone}

        def all_seen(changes: list[pb.Change]) -> bool:
            parsed = {one.parse_completed.job_id for one in changes}
            removed = {one.bill_removed.bill_id for one in changes}
            return last <= parsed and gone <= removed

        return await self.changes(all_seen)


@asynccontextmanager
async def running_profile(database: Database, *, followers: int = 1) -> AsyncIterator[RunningProfile]:
    """Serve profile on a socket of its own, following a played ingest on another; more followers share the cursor."""
    tokens = ServiceTokens(SECRET)
    played = PlayedIngest()  # type: ignore[abstract]  # plays one call only
    ingest_server = GrpcServer(
        [Servicer("billowatt.ingest.v1.Ingest", lambda s: ingest_pb2_grpc.add_IngestServicer_to_server(played, s))],
        ServiceAuthenticator(tokens),
        "127.0.0.1:0",
    )
    await ingest_server.start()
    try:
        async with profile_beside(
            database, ingest_server.address, Credentials(tokens), followers=followers, played=played
        ) as running:
            yield running
    finally:
        await ingest_server.stop(0.1)


@asynccontextmanager
async def profile_beside(
    database: Database,
    ingest_address: str,
    ingest_credentials: Credentials,
    *,
    followers: int = 1,
    played: PlayedIngest | None = None,
) -> AsyncIterator[RunningProfile]:
    """Serve profile on a socket of its own, following the ingest at an address."""
    tokens, stopping = ServiceTokens(SECRET), asyncio.Event()
    ingest_channels = [open_channel(ingest_address) for _ in range(followers)]
    components = [build(Settings(), database, channel, ingest_credentials) for channel in ingest_channels]
    server = GrpcServer(components[0].servicers, KeyAuthenticator(database, tokens), "127.0.0.1:0")
    await server.start()
    tasks = asyncio.ensure_future(run_tasks(components, stopping))
    channel = open_channel(server.address)
    try:
        ingest = played or PlayedIngest()  # type: ignore[abstract]
        yield RunningProfile(
            profile_pb2_grpc.ProfilesStub(channel),
            ingest,
            Credentials(tokens),
            ledger_pb2_grpc.LedgerStub(channel),
            properties_pb2_grpc.PropertiesStub(channel),
            snapshots_pb2_grpc.SnapshotsStub(channel),
            review_pb2_grpc.ReviewsStub(channel),
        )
    finally:
        stopping.set()
        await channel.close()
        await tasks
        await server.stop(0.1)
        for one in ingest_channels:
            await one.close()


def reason_of(error: grpc.aio.AioRpcError) -> str:
    """The reason of the refusal that an RPC error carries."""
    from runtime.rpc.refusals import refusal_of

    refusal = refusal_of(error)
    assert refusal is not None, error
    return refusal.reason
