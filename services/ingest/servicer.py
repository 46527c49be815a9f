"""The Ingest service on the wire: translates between protos and the room, checks scopes and shapes, decides nothing else."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Any, TypeVar

from domain.ids import BillId, JobId, Position, ProjectId
from domain.refusals import (
    BadRequest,
    MissingScope,
    NoSuchBill,
    NoSuchJob,
    NoSuchProject,
    PositionPruned,
    ShuttingDown,
    TimedOut,
)
from protos.ingest.v1 import ingest_pb2 as pb
from protos.ingest.v1 import ingest_pb2_grpc
from runtime.filenames import clean_file_name
from runtime.journal import Entry, Idle, Journal
from runtime.postgres import Database
from runtime.rpc.identity import current_caller
from services.ingest import wire
from services.ingest.bills import Bills
from services.ingest.chores import Pace
from services.ingest.erasure.erase import Eraser
from services.ingest.jobs.desk import Desk
from services.ingest.jobs.work import WorkSession
from services.ingest.lists.wire import bill_filter, work_filter, work_key, work_to_proto
from services.ingest.receive import Receiver, Upload
from services.ingest.records import PageKey

CHUNK_BYTES_MAX = 1024 * 1024
NAME_LENGTH_MAX = 200
REQUEST_ID_LENGTH_MAX = 255

CHUNK_SECONDS = 60.0
"""Silence of an uploading client after which its upload is given up."""

FOLLOW_BATCH = 16
"""Completions read from the journal at a time: each may hold megabytes."""

T = TypeVar("T")


class IngestServicer(ingest_pb2_grpc.IngestServicer):
    """Answers the calls of ``billowatt.ingest.v1.Ingest``. ``closing`` is set when the process is about to stop."""

    def __init__(
        self,
        *,
        database: Database,
        receiver: Receiver,
        bills: Bills,
        eraser: Eraser,
        desk: Desk,
        journal: Journal,
        pace: Pace,
        closing: asyncio.Event,
    ) -> None:
        self._database = database
        self._receiver = receiver
        self._bills = bills
        self._eraser = eraser
        self._desk = desk
        self._journal = journal
        self._pace = pace
        self._closing = closing
        self._work_streams: set[asyncio.Future[None]] = set()
        self._no_work_streams = asyncio.Event()
        self._no_work_streams.set()

    async def work_streams_ended(self) -> None:
        """Return when no parser is connected any more."""
        await self._no_work_streams.wait()

    async def CreateProject(self, request: pb.CreateProjectRequest, context: Any) -> pb.Project:
        """Make a project."""
        caller = current_caller()
        caller.require("upload")
        project = await self._bills.create_project(
            caller.tenant(),
            wire.plain_text("name", request.name, length_min=1, length_max=NAME_LENGTH_MAX),
            wire.plain_text("external_id", request.external_id, length_max=NAME_LENGTH_MAX),
            wire.plain_text("request_id", request.request_id, length_max=REQUEST_ID_LENGTH_MAX),
        )
        return wire.project_to_proto(project)

    async def GetProject(self, request: pb.GetProjectRequest, context: Any) -> pb.Project:
        """Look a project up."""
        caller = current_caller()
        caller.require("read")
        return wire.project_to_proto(await self._bills.project(caller.tenant(), _project_id(request.project_id)))

    async def ListProjects(self, request: pb.ListProjectsRequest, context: Any) -> pb.ListProjectsResponse:
        """List the tenant's projects, newest first."""
        caller = current_caller()
        caller.require("read")
        size = wire.page_size(request.page_size)
        before = wire.page_key(None, request.page_token)
        found = await self._bills.projects(caller.tenant(), before, size + 1)
        shown = found[:size]
        more = len(found) > size
        return pb.ListProjectsResponse(
            projects=[wire.project_to_proto(one) for one in shown],
            next_page_token=wire.page_token(None, PageKey(shown[-1].created_at, shown[-1].project_id)) if more else "",
        )

    async def DeleteProject(self, request: pb.DeleteProjectRequest, context: Any) -> pb.DeleteProjectResponse:
        """Delete a project with its bills, as far as one call goes."""
        caller = current_caller()
        caller.require("amend")
        erased = await self._eraser.project(caller.tenant(), _project_id(request.project_id))
        return pb.DeleteProjectResponse(bills=erased.bills, done=erased.done, position=erased.position)

    async def EraseTenant(self, request: pb.EraseTenantRequest, context: Any) -> pb.EraseTenantResponse:
        """Delete all projects of a tenant, as far as one call goes."""
        caller = current_caller()
        caller.require_service()
        erased = await self._eraser.tenant(caller.tenant())
        return pb.EraseTenantResponse(
            projects=erased.projects, bills=erased.bills, done=erased.done, position=erased.position
        )

    async def UploadBill(
        self, request_iterator: AsyncIterator[pb.UploadBillRequest], context: Any
    ) -> pb.UploadBillResponse:
        """Take one file in."""
        caller = current_caller()
        caller.require("upload")
        if self._closing.is_set():
            raise ShuttingDown
        first = await _next_message(request_iterator)
        if first is None or first.WhichOneof("part") != "header":
            raise BadRequest("the first message must be the header")
        header = first.header
        upload = Upload(
            tenant_id=caller.tenant(),
            project_id=_project_id(header.project_id),
            file_name=clean_file_name(header.file_name),
            request_id=wire.plain_text("request_id", header.request_id, length_max=REQUEST_ID_LENGTH_MAX),
        )
        async with aclosing(_chunks(request_iterator)) as chunks:
            received = await self._receiver.receive(upload, chunks)
        return pb.UploadBillResponse(
            bill=wire.bill_to_proto(received.bill, with_key=caller.is_service), job=wire.job_to_proto(received.job)
        )

    async def GetBill(self, request: pb.GetBillRequest, context: Any) -> pb.Bill:
        """Look a bill up."""
        caller = current_caller()
        caller.require("read")
        bill = await self._bills.bill(caller.tenant(), *_bill_ids(request.project_id, request.bill_id))
        return wire.bill_to_proto(bill, with_key=caller.is_service)

    async def ListBills(self, request: pb.ListBillsRequest, context: Any) -> pb.ListBillsResponse:
        """List a project's bills, newest first."""
        caller = current_caller()
        caller.require("read")
        project_id = _project_id(request.project_id)
        size = wire.page_size(request.page_size)
        before = wire.page_key(project_id, request.page_token)
        found = await self._bills.bills(caller.tenant(), project_id, before, size + 1, bill_filter(request))
        shown = found[:size]
        more = len(found) > size
        return pb.ListBillsResponse(
            bills=[wire.bill_to_proto(one, with_key=caller.is_service) for one in shown],
            next_page_token=wire.page_token(project_id, PageKey(shown[-1].received_at, shown[-1].bill_id))
            if more
            else "",
        )

    async def ListWork(self, request: pb.ListWorkRequest, context: Any) -> pb.ListWorkResponse:
        """List the tenant's bills, the most urgent first."""
        caller = current_caller()
        caller.require("read")
        size, before = wire.page_size(request.page_size), work_key(request.page_token)
        found, counts = await self._bills.work(caller.tenant(), before, size + 1, work_filter(request))
        return work_to_proto(found, size, counts, with_key=caller.is_service)

    async def SettleBill(self, request: pb.SettleBillRequest, context: Any) -> pb.Bill:
        """Note whether anything is still to be done about a bill."""
        caller = current_caller()
        caller.require("amend")
        ids = _bill_ids(request.project_id, request.bill_id)
        bill = await self._bills.settle(caller.tenant(), *ids, settled=request.settled)
        return wire.bill_to_proto(bill, with_key=caller.is_service)

    async def GetJob(self, request: pb.GetJobRequest, context: Any) -> pb.Job:
        """Look a job up."""
        caller = current_caller()
        caller.require("read")
        job_id = wire.canonical_id(request.job_id)
        if job_id is None:
            raise NoSuchJob
        return wire.job_to_proto(await self._bills.job(caller.tenant(), JobId(job_id)))

    async def DeleteBill(self, request: pb.DeleteBillRequest, context: Any) -> pb.DeleteBillResponse:
        """Remove a bill and everything read from it."""
        caller = current_caller()
        caller.require("amend")
        await self._bills.delete(caller.tenant(), *_bill_ids(request.project_id, request.bill_id))
        return pb.DeleteBillResponse()

    async def ReparseBill(self, request: pb.ReparseBillRequest, context: Any) -> pb.Job:
        """Queue a bill to be read again."""
        caller = current_caller()
        caller.require("amend")
        job = await self._bills.reparse(caller.tenant(), *_bill_ids(request.project_id, request.bill_id))
        return wire.job_to_proto(job)

    async def WorkOnBills(
        self, request_iterator: AsyncIterator[pb.WorkOnBillsRequest], context: Any
    ) -> AsyncGenerator[pb.WorkOnBillsResponse, None]:
        """Hand work out to one parser and take its outcomes back."""
        caller = current_caller()
        caller.require_service()
        if caller.tenant_id is not None:
            raise MissingScope("bills of all tenants are handed out, so the token must be for all of them")
        if self._closing.is_set():
            raise ShuttingDown
        session = WorkSession(self._desk, self._pace, self._closing)
        working = asyncio.ensure_future(session.run(request_iterator))
        self._work_streams.add(working)
        self._no_work_streams.clear()
        # A stream that breaks off while an answer is being sent may leave this generator where it is, until it is collected.
        context.add_done_callback(lambda _context: self._work_stream_ended(working))
        try:
            while (message := await session.outgoing.get()) is not None:
                yield message
            await working
        finally:
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)
            self._work_stream_ended(working)
            await session.give_back_unsent()

    def _work_stream_ended(self, working: "asyncio.Future[None]") -> None:
        working.cancel()
        self._work_streams.discard(working)
        if not self._work_streams:
            self._no_work_streams.set()

    async def FollowCompletions(
        self, request: pb.FollowCompletionsRequest, context: Any
    ) -> AsyncGenerator[pb.FollowCompletionsResponse, None]:
        """Replay completions behind a position, then tail."""
        caller = current_caller()
        caller.require("read")
        if caller.tenant_id is None:
            caller.require_service()
        after = await self._position(request.after_position)
        following = self._journal.follow(
            self._database,
            after,
            tenant_id=caller.tenant_id,
            stop_at_end=request.stop_at_end,
            batch=FOLLOW_BATCH,
            idle_seconds=self._pace.idle_seconds,
        )
        async with aclosing(_until(self._closing, following)) as found:
            async for each in found:
                match each:
                    case Entry():
                        yield pb.FollowCompletionsResponse(completion=wire.completion_of(each))
                    case Idle(position=position):
                        yield pb.FollowCompletionsResponse(progress=pb.FollowProgress(position=position))

    async def _position(self, after_position: int) -> Position:
        """Return the position to follow from.

        Raises:
            BadRequest: it is negative.
            PositionPruned: nothing stands there yet: the database is older than the cursor, as after a restore, and what comes
                next would be taken for what was handled already.
        """
        if after_position < 0:
            raise BadRequest("after_position must be 0 or the position of a completion")
        async with self._database.service(read_only=True) as connection:
            head = await self._journal.head(connection)
        if after_position > head.position:
            raise PositionPruned(
                "The position lies behind the end of the journal; list everything anew, then follow from its end.",
                after=after_position,
                head=head.position,
            )
        return Position(after_position)


async def _chunks(requests: AsyncIterator[pb.UploadBillRequest]) -> AsyncGenerator[bytes, None]:
    """Yield the bytes that follow the header.

    Raises:
        BadRequest: a message is no chunk, or one that is too large.
        TimedOut: the client fell silent.
    """
    while (message := await _next_message(requests)) is not None:
        if message.WhichOneof("part") != "chunk":
            raise BadRequest("only chunks may follow the header")
        if len(message.chunk) > CHUNK_BYTES_MAX:
            raise BadRequest(f"a chunk has at most {CHUNK_BYTES_MAX} bytes", limit_bytes=CHUNK_BYTES_MAX)
        yield message.chunk


async def _next_message(requests: AsyncIterator[pb.UploadBillRequest]) -> pb.UploadBillRequest | None:
    try:
        async with asyncio.timeout(CHUNK_SECONDS):
            return await anext(requests, None)
    except TimeoutError as error:
        raise TimedOut("The upload fell silent.", limit_seconds=int(CHUNK_SECONDS)) from error


async def _until(stopping: asyncio.Event, items: AsyncIterator[T]) -> AsyncGenerator[T, None]:
    """Yield items as they come.

    Raises:
        ShuttingDown: ``stopping`` was set while none was there.
    """
    stopped = asyncio.ensure_future(stopping.wait())
    upcoming: asyncio.Future[T | None] | None = None
    try:
        while True:
            upcoming = asyncio.ensure_future(anext(items, None))
            await asyncio.wait({upcoming, stopped}, return_when=asyncio.FIRST_COMPLETED)
            if not upcoming.done():
                raise ShuttingDown
            item = upcoming.result()
            if item is None:
                return
            yield item
    finally:
        running = [task for task in (stopped, upcoming) if task is not None]
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        if isinstance(items, AsyncGenerator):
            await items.aclose()


def _project_id(text: str) -> ProjectId:
    canonical = wire.canonical_id(text)
    if canonical is None:
        raise NoSuchProject
    return ProjectId(canonical)


def _bill_ids(project_id: str, bill_id: str) -> tuple[ProjectId, BillId]:
    project, bill = wire.canonical_id(project_id), wire.canonical_id(bill_id)
    if project is None or bill is None:
        raise NoSuchBill
    return ProjectId(project), BillId(bill)
