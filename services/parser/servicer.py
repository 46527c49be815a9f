"""Parser over gRPC: bytes in, progress and one outcome out."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from domain.outcome import Outcome
from domain.refusals import BadRequest, BillTooLarge, EmptyBill, TimedOut
from protos.parser.v1 import parser_pb2, parser_pb2_grpc
from runtime import wire
from runtime.rpc.identity import current_caller
from services.parser.pool import ReaderPool

PROGRESS_SECONDS = 1.0
"""A caller hears at least this often that its bill is still being read."""

CHUNK_BYTES_MAX = 1024 * 1024

COLLECT_SECONDS = 60.0
"""Limit of a document's arrival. One that is too large is heard to its end, unkept, before it is refused: a client that is cut
off while it writes on a two-way stream may see INTERNAL instead of the refusal (grpc.aio)."""


class ParserServicer(parser_pb2_grpc.ParserServicer):
    """Reads one document a call; keeps nothing."""

    def __init__(self, pool: ReaderPool, *, bill_bytes_max: int) -> None:
        self._pool = pool
        self._bill_bytes_max = bill_bytes_max

    async def ReadBill(
        self, request_iterator: AsyncIterator[parser_pb2.ReadBillRequest], context: Any
    ) -> AsyncIterator[parser_pb2.ReadBillResponse]:
        """Collect the document, read it, and tell how far the reading is at least every PROGRESS_SECONDS."""
        current_caller().require("upload")
        try:
            async with asyncio.timeout(COLLECT_SECONDS):
                data = await self._collect(request_iterator)
        except TimeoutError as error:
            raise TimedOut("The document took too long to arrive.", limit_seconds=int(COLLECT_SECONDS)) from error
        pages = (0, 0)

        def note(done: int, total: int) -> None:
            nonlocal pages
            pages = (done, total)

        reading: asyncio.Task[Outcome] = asyncio.ensure_future(self._pool.read(data, note))
        try:
            while not (await asyncio.wait({reading}, timeout=PROGRESS_SECONDS))[0]:
                progress = parser_pb2.ReadProgress(pages_done=pages[0], pages_total=pages[1])
                yield parser_pb2.ReadBillResponse(progress=progress)
            yield parser_pb2.ReadBillResponse(outcome=wire.outcome_to_proto(reading.result()))
        finally:
            reading.cancel()

    async def _collect(self, requests: AsyncIterator[parser_pb2.ReadBillRequest]) -> bytes:
        data, size_bytes = bytearray(), 0
        first = True
        async for request in requests:
            if (request.WhichOneof("part") == "header") is not first:
                raise BadRequest("the first message is the header, all later ones are chunks")
            first = False
            if len(request.chunk) > CHUNK_BYTES_MAX:
                raise BadRequest("a chunk has at most 1 MiB", limit_bytes=CHUNK_BYTES_MAX)
            size_bytes += len(request.chunk)
            if size_bytes <= self._bill_bytes_max:
                data += request.chunk
        if size_bytes > self._bill_bytes_max:
            raise BillTooLarge(limit_bytes=self._bill_bytes_max)
        if not data:
            raise EmptyBill
        return bytes(data)
