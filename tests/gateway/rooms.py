"""The rooms behind the edge: ingest and profile as they are, and a far end that plays profile's changes by hand."""

import asyncio
import uuid
from contextlib import asynccontextmanager
from typing import Any

from google.protobuf.timestamp_pb2 import Timestamp

from protos.ingest.v1 import ingest_pb2, ingest_pb2_grpc
from protos.profile.v1 import profile_pb2, profile_pb2_grpc
from runtime.rpc.identity import ServiceAuthenticator, current_caller
from runtime.rpc.server import GrpcServer, Servicer


class DrainingIngest(ingest_pb2_grpc.IngestServicer):
    """Takes uploads and keeps nothing of them but their size, for tests of what the edge itself costs."""

    async def UploadBill(self, request_iterator, context):
        size = 0
        async for message in request_iterator:
            size += len(message.chunk)
        now = Timestamp()
        now.GetCurrentTime()
        bill = ingest_pb2.Bill(
            bill_id=str(uuid.uuid4()),
            project_id=str(uuid.uuid4()),
            size_bytes=size,
            received_at=now,
            state=ingest_pb2.BILL_STATE_PENDING,
            content_type="application/pdf",
            sha256="0" * 64,
            job_id=str(uuid.uuid4()),
        )
        return ingest_pb2.UploadBillResponse(bill=bill, job=ingest_pb2.Job(job_id=bill.job_id, bill_id=bill.bill_id))


class PlayedChanges(profile_pb2_grpc.ProfilesServicer):
    """Replays the changes it is given, as profile does."""

    def __init__(self):
        self._changes = []
        self._grown = asyncio.Condition()

    async def FollowChanges(self, request, context):
        current_caller().require_service()
        after = request.after_position
        while True:
            for change in [change for change in self._changes if change.position > after]:
                after = change.position
                yield profile_pb2.FollowChangesResponse(change=change)
            yield profile_pb2.FollowChangesResponse(progress=profile_pb2.FollowProgress(position=after))
            async with self._grown:
                while not any(change.position > after for change in self._changes):
                    await self._grown.wait()

    async def tell(self, *changes):
        """Append changes for those who follow."""
        async with self._grown:
            self._changes.extend(changes)
            self._grown.notify_all()


def play_changes() -> Any:
    """Return a player of changes; it answers no other call."""
    player: Any = PlayedChanges
    return player()


@asynccontextmanager
async def serving(address, tokens, *servicers):
    """Serve on an address; yields where."""
    server = GrpcServer(servicers, ServiceAuthenticator(tokens), address)
    await server.start()
    try:
        yield server.address
    finally:
        await server.stop(0.1)


def draining_servicer():
    servicer: Any = DrainingIngest
    return Servicer(
        "billowatt.ingest.v1.Ingest",
        lambda server: ingest_pb2_grpc.add_IngestServicer_to_server(servicer(), server),
    )


def played_servicer(changes):
    return Servicer(
        "billowatt.profile.v1.Profiles",
        lambda server: profile_pb2_grpc.add_ProfilesServicer_to_server(changes, server),
    )
