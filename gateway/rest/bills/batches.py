"""Many bills in one request: the parts of a form as they come, or a ZIP archive; a manifest says what became of each.

Each file is a bill of its own with a job of its own, and one that is refused holds up none of the others. With an
Idempotency-Key the whole batch can be sent again: what was taken in before is answered as then.
"""

import asyncio
import hashlib
import tempfile
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Any

from aiohttp import BodyPartReader, MultipartReader, hdrs, web

from domain.refusals import BadHeader, BadRequest, BatchTooLarge, EmptyBill, Refusal
from gateway.call import Call, Rooms
from gateway.http.incoming import read_piece
from gateway.rest.answers import json_response
from gateway.rest.bills.archives import member_chunks, open_archive
from gateway.rest.bills.uploads import body_chunks, hand_on, own_name, part_chunks, reader_of
from gateway.rest.projects.known import require_project
from protos.ingest.v1 import ingest_pb2

ZIP_TYPES = frozenset({"application/zip", "application/x-zip-compressed"})
REQUEST_ID_LENGTH = 40


class Manifest:
    """What became of each file, in the order in which they came."""

    def __init__(self, rooms: Rooms, call: Call) -> None:
        self._rooms = rooms
        self._call = call
        self._key = call.idempotency_key()
        self.entries: list[dict[str, Any]] = []

    async def take(self, file_name: str, chunks: AsyncIterator[bytes]) -> None:
        """Hand a file on, and note what became of it."""
        entry: dict[str, Any] = {"index": len(self.entries), "file_name": file_name}
        header = ingest_pb2.UploadBillHeader(
            project_id=self._call.project_id, file_name=file_name, request_id=self._request_id(len(self.entries))
        )
        try:
            answer = await hand_on(self._rooms, self._call, header, chunks)
        except Refusal as refusal:
            self.entries.append(
                {**entry, **_NOTHING, "status": "refused", "reason": refusal.reason, "detail": refusal.sentence}
            )
            return
        told = {
            "status": "accepted",
            "utility_bill_id": answer.bill.bill_id,
            "job_id": answer.job.job_id,
            "duplicate_of": answer.bill.duplicate_of or None,
        }
        self.entries.append({**entry, **_NOTHING, **told})

    def answer(self) -> web.Response:
        """Return the manifest.

        Raises:
            EmptyBill: there was no file.
        """
        if not self.entries:
            raise EmptyBill("The batch holds no file.")
        accepted = sum(entry["status"] == "accepted" for entry in self.entries)
        counts = {"accepted": accepted, "refused": len(self.entries) - accepted}
        return json_response({**counts, "entries": self.entries}, 202)

    def _request_id(self, index: int) -> str:
        if not self._key:
            return ""
        return "batch-" + hashlib.sha256(f"{self._key}\n{index}".encode()).hexdigest()[:REQUEST_ID_LENGTH]


_NOTHING = {"utility_bill_id": None, "job_id": None, "duplicate_of": None, "reason": None, "detail": None}


async def upload_bills(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Take many files in."""
    request, limit_bytes = call.request, rooms.settings.batch_bytes_max
    await require_project(rooms, call)
    packed = request.content_type in ZIP_TYPES
    if not packed and request.content_type != "multipart/form-data":
        raise BadHeader("A batch is multipart/form-data or application/zip.", header="Content-Type")
    if (request.content_length or 0) > limit_bytes:
        raise BatchTooLarge(limit_bytes=limit_bytes)
    if not request.body_exists:
        raise EmptyBill
    manifest = Manifest(rooms, call)
    await call.invite_body()
    if packed:
        await _take_archive(rooms, request, manifest)
    else:
        await _take_parts(rooms, await reader_of(request), manifest)
    return manifest.answer()


async def _take_archive(rooms: Rooms, request: web.Request, manifest: Manifest) -> None:
    files_max, bytes_max = rooms.settings.batch_files_max, rooms.settings.batch_bytes_max
    # The directory of an archive stands at its end, so the whole must be here before the first file can go on.
    with tempfile.TemporaryFile(prefix="billowatt-batch-") as file:
        size = 0
        async with aclosing(body_chunks(request)) as chunks:
            async for chunk in chunks:
                size += len(chunk)
                if size > bytes_max:
                    raise BatchTooLarge(limit_bytes=bytes_max)
                await asyncio.to_thread(file.write, chunk)
        archive, members = await asyncio.to_thread(lambda: open_archive(file, files_max=files_max, bytes_max=bytes_max))
        with archive:
            for member in members:
                async with aclosing(member_chunks(archive, member)) as contents:
                    await manifest.take(member.file_name, contents)


async def _take_parts(rooms: Rooms, reader: MultipartReader, manifest: Manifest) -> None:
    files_max, left = rooms.settings.batch_files_max, _Allowance(rooms.settings.batch_bytes_max)
    part = await read_piece(reader.next())
    while part is not None:
        if not isinstance(part, BodyPartReader):
            raise BadRequest("Parts must not hold parts.", field="file")
        disposition = part.headers.getall(hdrs.CONTENT_DISPOSITION, [])
        if "filename" not in "".join(disposition).lower():
            await read_piece(part.release())
            part = await read_piece(reader.next())
            continue
        if len(manifest.entries) == files_max:
            raise BatchTooLarge(f"A batch has at most {files_max} files.", limit_files=files_max)
        following: list[Any] = []
        async with aclosing(left.counted(part_chunks(reader, part, following))) as chunks:
            await manifest.take(own_name(disposition), chunks)
        if following:
            part = following[0]
            continue
        # It was refused before its end.
        await read_piece(part.release())
        part = await read_piece(reader.next())


class _Allowance:
    """How many bytes a batch may still have."""

    def __init__(self, bytes_max: int) -> None:
        self._bytes_max = bytes_max
        self._left = bytes_max

    async def counted(self, chunks: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
        """Yield chunks as long as there is room.

        Raises:
            BatchTooLarge: there is none.
        """
        async with aclosing(chunks):
            async for chunk in chunks:
                self._left -= len(chunk)
                if self._left < 0:
                    raise BatchTooLarge(limit_bytes=self._bytes_max)
                yield chunk
