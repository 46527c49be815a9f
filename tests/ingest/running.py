"""A running ingest on a real socket, with a real database and a folder of files, and the far ends of its streams."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import uuid4

from domain.ids import TenantId
from protos.ingest.v1 import ingest_pb2 as pb
from protos.ingest.v1 import ingest_pb2_grpc
from protos.values.v1 import reading_pb2
from runtime.component import run_tasks
from runtime.keys import create_key, create_tenant
from runtime.objects import open_store
from runtime.rpc.authenticate import KeyAuthenticator
from runtime.rpc.client import Credentials, Metadata, answer_to, bearer, open_channel
from runtime.rpc.identity import ServiceTokens
from runtime.rpc.server import GrpcServer
from runtime.settings import Settings
from services.ingest.chores import Pace
from services.ingest.service import build

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
WAIT_SECONDS = 20.0

HURRIED = Pace(
    poll_seconds=0.5,
    rotation_seconds=60.0,
    rotation_grace_seconds=0.5,
    closing_grace_seconds=2.0,
    progress_seconds=0.0,
    idle_seconds=0.2,
    reap_seconds=0.05,
    sweep_seconds=3600.0,
    forget_seconds=3600.0,
)


def pdf(text: str) -> bytes:
    """A small body that passes for a PDF and differs by its text."""
    return PDF + text.encode()


def success() -> reading_pb2.Outcome:
    """An outcome with one reading that says next to nothing."""
    reading = reading_pb2.Reading(kind="bill", engine_version="test", pages=1)
    return reading_pb2.Outcome(success=reading_pb2.Readings(readings=[reading]))


def failure(reason: str = "unreadable", detail: str = "Nothing could be read.") -> reading_pb2.Outcome:
    return reading_pb2.Outcome(failure=reading_pb2.Failure(reason=reason, detail=detail, engine_version="test"))


async def until(condition, limit_seconds=WAIT_SECONDS):
    """Wait until an async condition gives something true, and return that."""
    deadline = time.monotonic() + limit_seconds
    while True:
        found = await condition()
        if found:
            return found
        assert time.monotonic() < deadline, "the condition did not come true in time"
        await asyncio.sleep(0.02)


@dataclass
class Tenant:
    """One tenant's view of ingest."""

    tenant_id: TenantId
    stub: "ingest_pb2_grpc.IngestAsyncStub"
    metadata: Metadata

    async def project(self, name="Mill Lane 4", request_id=""):
        return await self.stub.CreateProject(
            pb.CreateProjectRequest(name=name, request_id=request_id), metadata=self.metadata
        )

    async def upload(self, project_id, body, file_name="bill.pdf", request_id="", chunk_bytes=256 * 1024):
        async def parts():
            yield pb.UploadBillRequest(
                header=pb.UploadBillHeader(project_id=project_id, file_name=file_name, request_id=request_id)
            )
            for start in range(0, len(body), chunk_bytes):
                yield pb.UploadBillRequest(chunk=body[start : start + chunk_bytes])

        return await self.send(parts())

    async def send(self, parts):
        """Upload messages as they are."""
        return await answer_to(self.stub.UploadBill(parts, metadata=self.metadata, timeout=WAIT_SECONDS))

    async def bill(self, bill):
        return await self.stub.GetBill(
            pb.GetBillRequest(project_id=bill.project_id, bill_id=bill.bill_id), metadata=self.metadata
        )

    async def job(self, job_id):
        return await self.stub.GetJob(pb.GetJobRequest(job_id=job_id), metadata=self.metadata)

    async def delete(self, bill):
        return await self.stub.DeleteBill(
            pb.DeleteBillRequest(project_id=bill.project_id, bill_id=bill.bill_id), metadata=self.metadata
        )

    async def reparse(self, bill):
        return await self.stub.ReparseBill(
            pb.ReparseBillRequest(project_id=bill.project_id, bill_id=bill.bill_id), metadata=self.metadata
        )

    async def completions(self, after=0):
        """Everything in the journal that this caller sees behind a position."""
        call = self.stub.FollowCompletions(
            pb.FollowCompletionsRequest(after_position=after, stop_at_end=True), metadata=self.metadata
        )
        return [message.completion async for message in call if message.WhichOneof("message") == "completion"]


class Worker:
    """A parser's end of a work stream, driven by hand."""

    def __init__(self, stub, metadata, name):
        self._outgoing: asyncio.Queue[pb.WorkOnBillsRequest | None] = asyncio.Queue(100)
        self.say(hello=pb.WorkerHello(worker_id=name, engine_version="test"))
        self.call = stub.WorkOnBills(self._requests(), metadata=metadata)

    async def _requests(self):
        while (request := await self._outgoing.get()) is not None:
            yield request

    def say(self, **message):
        self._outgoing.put_nowait(pb.WorkOnBillsRequest(**message))

    def hang_up(self):
        self._outgoing.put_nowait(None)

    async def hear(self, kind=None):
        """The next message, which must be of this kind."""
        async with asyncio.timeout(WAIT_SECONDS):
            response = await self.call.read()
        assert response, "the stream ended"
        if kind is None:
            return response
        assert response.WhichOneof("message") == kind
        return getattr(response, kind)

    async def lease(self):
        self.say(credit=pb.Credit(leases=1))
        return await self.hear("lease")

    async def finish(self, lease, outcome):
        self.say(finished=pb.Finished(job_id=lease.job_id, fencing_token=lease.fencing_token, outcome=outcome))
        return await self.hear("recorded")


class RunningIngest:
    """Ingest as it serves, and everything a test may want to look behind it."""

    def __init__(self, database, objects, objects_folder, settings, server, channel, tokens):
        self.database = database
        self.objects = objects
        self.objects_folder = objects_folder
        self.settings = settings
        self.server = server
        self.stub = ingest_pb2_grpc.IngestStub(channel)
        self.credentials = Credentials(tokens)
        self.stopping = asyncio.Event()
        self.service = Tenant(TenantId("*"), self.stub, self.credentials.for_service())
        self.a: Tenant
        self.b: Tenant

    async def tenant(self, *scopes: str) -> Tenant:
        """A new tenant with a key of these scopes."""
        async with self.database.service() as connection:
            tenant_id = await create_tenant(connection, "Tenant")
            _, text = await create_key(connection, tenant_id, name="test", scopes=scopes or ("upload", "read", "amend"))
        return Tenant(tenant_id, self.stub, bearer(text))

    async def key(self, of: Tenant, *scopes: str) -> Tenant:
        """The same tenant with another key."""
        async with self.database.service() as connection:
            _, text = await create_key(connection, of.tenant_id, name="test", scopes=scopes)
        return Tenant(of.tenant_id, self.stub, bearer(text))

    def service_for(self, of: Tenant) -> Tenant:
        """A process of ours that acts for a tenant, as the gateway does."""
        return Tenant(of.tenant_id, self.stub, self.credentials.for_tenant(of.tenant_id))

    @asynccontextmanager
    async def worker(self, name="worker-1") -> AsyncIterator[Worker]:
        worker = Worker(self.stub, self.credentials.for_service(), name)
        try:
            yield worker
        finally:
            worker.call.cancel()

    async def lapse(self, job_id):
        """Let the lease of a job lapse now, as if its time were over."""
        async with self.database.service() as connection:
            await connection.execute(
                "UPDATE ingest.job SET leased_until = clock_timestamp() - interval '1 second' WHERE id = $1", job_id
            )

    def files(self):
        """Every stored object's key."""
        return sorted(
            path.relative_to(self.objects_folder).as_posix()
            for path in self.objects_folder.rglob("*")
            if path.is_file()
        )


@asynccontextmanager
async def running_ingest(database, tmp_path, pace=HURRIED, wrap=None, **overrides) -> AsyncIterator[RunningIngest]:
    folder = tmp_path / "objects"
    settings = Settings(**overrides)
    store = await open_store(f"file://{folder}")
    objects = wrap(store) if wrap else store
    tokens = ServiceTokens("a secret of the tests, long enough")
    component = build(settings, database, objects, pace=pace)
    server = GrpcServer(
        component.servicers, KeyAuthenticator(database, tokens), f"unix:{tmp_path}/{uuid4().hex[:8]}.sock"
    )
    await server.start()
    channel = open_channel(server.address)
    house = RunningIngest(database, objects, folder, settings, server, channel, tokens)
    house.a, house.b = await house.tenant(), await house.tenant()
    tasks = asyncio.ensure_future(run_tasks([component], house.stopping))
    try:
        yield house
    finally:
        await channel.close()
        house.stopping.set()
        await tasks
        await server.stop(0)
        await objects.close()
