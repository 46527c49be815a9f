"""Receiving a bill: the cap, the type and the hash while the bytes pass; first the object, then the record.

When an upload is answered, its bytes are durable and so are bill and job. A process that dies before leaves at most an object
without a record, which the sweep removes; the client, not having an answer, sends the file again.
"""

import asyncio
import hashlib
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from uuid import uuid4

from domain.ids import BillId, JobId, ProjectId, TenantId
from domain.refusals import (
    BillTooLarge,
    EmptyBill,
    NoSuchBill,
    NoSuchProject,
    RequestReused,
    StoreUnavailable,
    TimedOut,
    UnsupportedType,
)
from runtime.lease import LeaseTable
from runtime.logs import logger
from runtime.objects import ObjectStore, Stored
from runtime.postgres import Connection, Database, ring
from runtime.sniff import SNIFF_BYTES, ContentType, sniff
from services.ingest import store
from services.ingest.jobs import store as job_store
from services.ingest.records import Call, NewBill, Received, Request

UPLOAD_SECONDS = 300.0
"""Limit of one upload: 25 MiB over a slow line."""

OBJECT_SECONDS = 4.0
"""Limit of a look at the object store from within a transaction; below what waiting for its locks is allowed to take."""

PREFIX = "t"
"""All bills lie below this prefix, each tenant's below its own."""


def tenant_prefix(tenant_id: TenantId) -> str:
    """Return the prefix below which the object store keeps a tenant's bills."""
    return f"{PREFIX}/{tenant_id}"


@asynccontextmanager
async def one_look() -> AsyncIterator[None]:
    """Limit a look at the object store from within a transaction.

    Raises:
        StoreUnavailable: it did not answer in time.
    """
    try:
        async with asyncio.timeout(OBJECT_SECONDS):
            yield
    except TimeoutError as error:
        raise StoreUnavailable("The object store does not answer.") from error


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """What is known of an upload before its bytes come. ``request_id`` may be empty."""

    tenant_id: TenantId
    project_id: ProjectId
    file_name: str
    request_id: str


class Receiver:
    """Takes uploads in, any number at the same time, each in bounded memory."""

    def __init__(self, database: Database, objects: ObjectStore, leases: LeaseTable, *, upload_bytes_max: int) -> None:
        self._database = database
        self._objects = objects
        self._leases = leases
        self._upload_bytes_max = upload_bytes_max
        self._log = logger("ingest")

    async def receive(self, upload: Upload, chunks: AsyncIterator[bytes]) -> Received:
        """Take one file in; return when its bytes and its record are durable.

        Raises:
            NoSuchProject, EmptyBill, UnsupportedType, BillTooLarge: as they say; nothing was kept.
            RequestReused: the request_id was used before for other bytes or another project.
            NoSuchBill: the bill that this request made has been deleted since.
            StoreUnavailable, TimedOut: try again.
        """
        try:
            async with asyncio.timeout(UPLOAD_SECONDS):
                return await self._receive(upload, chunks)
        except TimeoutError as error:
            raise TimedOut("The upload took too long.", limit_seconds=int(UPLOAD_SECONDS)) from error

    async def _receive(self, upload: Upload, chunks: AsyncIterator[bytes]) -> Received:
        known = await self._known_request(upload)
        body = _Body(chunks, self._upload_bytes_max)
        content_type = await body.content_type()
        if known is not None:
            sha256 = await body.sha256()
            return await self._first_answer(upload.tenant_id, known, _fingerprint(upload, sha256))
        async with aclosing(body.pieces()) as pieces:
            stored = await self._objects.put_stream(tenant_prefix(upload.tenant_id), pieces)
        return await self._record(upload, content_type, stored)

    async def _known_request(self, upload: Upload) -> Request | None:
        async with self._database.tenant(upload.tenant_id, read_only=True) as connection:
            if await store.find_project(connection, upload.project_id) is None:
                raise NoSuchProject
            if not upload.request_id:
                return None
            return await store.find_request(connection, upload.tenant_id, Call.UPLOAD_BILL, upload.request_id)

    async def _record(self, upload: Upload, content_type: ContentType, stored: Stored) -> Received:
        new = NewBill(
            bill_id=BillId(str(uuid4())),
            job_id=JobId(str(uuid4())),
            tenant_id=upload.tenant_id,
            project_id=upload.project_id,
            file_name=upload.file_name,
            content_type=content_type.value,
            size_bytes=stored.size_bytes,
            sha256=stored.sha256,
            object_key=stored.key,
        )
        async with self._database.tenant(upload.tenant_id) as connection:
            await store.lock_object(connection, stored.key)
            if upload.request_id:
                request = Request(
                    call=Call.UPLOAD_BILL,
                    request_id=upload.request_id,
                    fingerprint=_fingerprint(upload, stored.sha256),
                    project_id=upload.project_id,
                    bill_id=new.bill_id,
                    job_id=new.job_id,
                )
                if not await store.remember_request(connection, upload.tenant_id, request):
                    # A twin of this request was faster. It has committed, so its answer can be seen now.
                    first = await store.find_request(connection, upload.tenant_id, Call.UPLOAD_BILL, upload.request_id)
                    assert first is not None, "a request that stood in the way a moment ago is younger than a day"
                    return await _answer_of(connection, first, request.fingerprint)
            if await store.find_project(connection, upload.project_id, hold=True) is None:
                raise NoSuchProject("The project was deleted.")
            await self._prove_kept(stored)
            bill = await store.add_bill(connection, new)
            job = await job_store.add_job(connection, bill, new.job_id)
            assert job is not None, "a new bill has no other job"
            await ring(connection, self._leases.channel)
        self._log.info(
            "bill_received",
            bill_id=bill.bill_id,
            job_id=job.job_id,
            project_id=bill.project_id,
            tenant_id=bill.tenant_id,
            size_bytes=bill.size_bytes,
            content_type=bill.content_type,
            duplicate=bill.duplicate_of is not None,
        )
        return Received(bill, job)

    async def _prove_kept(self, stored: Stored) -> None:
        """Look again under the object's lock: a deletion of the same bytes may have taken them before our row named them.

        Raises:
            StoreUnavailable: it has; the client sends them again.
        """
        async with one_look():
            size_bytes = await self._objects.size(stored.key)
        if size_bytes != stored.size_bytes:
            raise StoreUnavailable("The same bytes were being deleted; send them again.")

    async def _first_answer(self, tenant_id: TenantId, known: Request, fingerprint: str) -> Received:
        async with self._database.tenant(tenant_id, read_only=True) as connection:
            return await _answer_of(connection, known, fingerprint)


class _Body:
    """The bytes of an upload on their way: capped, and the first of them looked at before anything is stored."""

    def __init__(self, chunks: AsyncIterator[bytes], bytes_max: int) -> None:
        self._chunks = chunks
        self._bytes_max = bytes_max
        self._head = bytearray()
        self._size_bytes = 0

    async def content_type(self) -> ContentType:
        """Return the type that the first bytes show.

        Raises:
            EmptyBill: there are none.
            UnsupportedType: they are of no kind that is read here.
        """
        while len(self._head) < SNIFF_BYTES:
            chunk = await anext(self._chunks, None)
            if chunk is None:
                break
            self._head += self._counted(chunk)
        if not self._head:
            raise EmptyBill
        found = sniff(bytes(self._head[:SNIFF_BYTES]))
        if found is None:
            raise UnsupportedType
        return found

    async def pieces(self) -> AsyncGenerator[bytes, None]:
        """Yield all bytes.

        Raises:
            BillTooLarge: as soon as there are more than the installation accepts.
        """
        head, self._head = bytes(self._head), bytearray()
        yield head
        async for chunk in self._chunks:
            yield self._counted(chunk)

    async def sha256(self) -> str:
        """Return the hash of all bytes, keeping none of them."""
        digest = hashlib.sha256()
        async with aclosing(self.pieces()) as pieces:
            async for piece in pieces:
                digest.update(piece)
        return digest.hexdigest()

    def _counted(self, chunk: bytes) -> bytes:
        self._size_bytes += len(chunk)
        if self._size_bytes > self._bytes_max:
            raise BillTooLarge(f"The upload is larger than {self._bytes_max} bytes.", limit_bytes=self._bytes_max)
        return chunk


def _fingerprint(upload: Upload, sha256: str) -> str:
    return hashlib.sha256(f"{upload.project_id} {sha256}".encode()).hexdigest()


async def _answer_of(connection: Connection, known: Request, fingerprint: str) -> Received:
    if known.fingerprint != fingerprint:
        raise RequestReused
    assert known.bill_id is not None
    assert known.job_id is not None
    bill = await store.find_bill(connection, known.bill_id)
    job = await job_store.find_job(connection, known.job_id)
    if bill is None or job is None or bill.deleted_at is not None:
        raise NoSuchBill("The bill that this request made was deleted.")
    return Received(bill, job)
