"""A small service over a real socket, with handlers of all four shapes that do what a test tells them."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from domain.ids import TenantId
from protos.ingest.v1 import ingest_pb2 as pb
from protos.ingest.v1 import ingest_pb2_grpc
from runtime.rpc.client import bearer, open_channel
from runtime.rpc.identity import ServiceAuthenticator, ServiceTokens
from runtime.rpc.server import GrpcServer, Servicer

SECRET = "a secret of at least thirty-two characters"
TENANT = TenantId("11111111-1111-4111-8111-111111111111")


@dataclass
class Behaviour:
    """What the handlers do: ``act`` runs in each of them before they answer."""

    act: Callable[[], None] = lambda: None
    seen: list[Any] = field(default_factory=list)
    hold: asyncio.Event = field(default_factory=asyncio.Event)


class Told(ingest_pb2_grpc.IngestServicer):
    def __init__(self, behaviour: Behaviour) -> None:
        self.behaviour = behaviour

    async def GetProject(self, request, context):
        self.behaviour.act()
        return pb.Project(project_id=request.project_id)

    async def UploadBill(self, request_iterator, context):
        async for request in request_iterator:
            self.behaviour.seen.append(request.WhichOneof("part"))
            self.behaviour.act()
        return pb.UploadBillResponse()

    async def FollowCompletions(self, request, context) -> AsyncIterator[pb.FollowCompletionsResponse]:
        self.behaviour.act()
        position = request.after_position
        while position < 1000:
            position += 1
            yield pb.FollowCompletionsResponse(completion=pb.Completion(position=position))
        await self.behaviour.hold.wait()

    async def WorkOnBills(self, request_iterator, context) -> AsyncIterator[pb.WorkOnBillsResponse]:
        async for _ in request_iterator:
            self.behaviour.act()
            yield pb.WorkOnBillsResponse(drain=pb.Drain())


@pytest.fixture
def behaviour():
    return Behaviour()


@pytest.fixture
def tokens():
    return ServiceTokens(SECRET)


@pytest.fixture
async def server(behaviour, tokens, tmp_path):
    told = Told(behaviour)  # type: ignore[abstract]  # answers what the tests ask, and nothing else
    servicer = Servicer(
        "billowatt.ingest.v1.Ingest", lambda server: ingest_pb2_grpc.add_IngestServicer_to_server(told, server)
    )
    running = GrpcServer([servicer], ServiceAuthenticator(tokens), f"unix:{tmp_path}/s")
    await running.start()
    yield running
    behaviour.hold.set()
    await running.stop(0.2)


@pytest.fixture
async def channel(server):
    async with open_channel(server.address) as opened:
        yield opened


@pytest.fixture
def stub(channel):
    return ingest_pb2_grpc.IngestStub(channel)


@pytest.fixture
def as_tenant(tokens):
    return bearer(tokens.mint(TENANT))
