"""Parser over gRPC: bytes in, progress and one outcome out; and pages drawn for people."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from domain.outcome import Outcome
from domain.refusals import BadRequest, BillTooLarge, EmptyBill, TimedOut
from protos.parser.v1 import parser_pb2, parser_pb2_grpc
from runtime import wire
from runtime.rpc.identity import current_caller
from services.parser.draw.images import PageImages
from services.parser.draw.marks import marks_of
from services.parser.draw.page import MEDIA_TYPE, WIDTH_PIXELS, WIDTHS_PIXELS, PageAsked
from services.parser.pool import ReaderPool

PROGRESS_SECONDS = 1.0
"""A caller hears at least this often that its bill is still being read."""

CHUNK_BYTES_MAX = 1024 * 1024

COLLECT_SECONDS = 60.0
"""Limit of a document's arrival. One that is too large is heard to its end, unkept, before it is refused: a client that is cut
off while it writes on a two-way stream may see INTERNAL instead of the refusal (grpc.aio)."""


class ParserServicer(parser_pb2_grpc.ParserServicer):
    """Reads or draws one document a call; of what it reads it keeps nothing."""

    def __init__(self, pool: ReaderPool, images: PageImages, *, bill_bytes_max: int) -> None:
        self._pool = pool
        self._images = images
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

    async def DrawPage(self, request: parser_pb2.DrawPageRequest, context: Any) -> parser_pb2.DrawPageResponse:
        """Draw one page of a stored document, or find it drawn."""
        current_caller().require_service()
        width = request.width_pixels or WIDTH_PIXELS
        if width not in WIDTHS_PIXELS:
            raise BadRequest(f"width_pixels is one of {', '.join(map(str, WIDTHS_PIXELS))}", field="width_pixels")
        if request.page < 1:
            raise BadRequest("pages count from 1", field="page")
        readings = [wire.reading_from_proto(reading) for reading in request.readings]
        image = await self._images.image(request.object_key, PageAsked(request.page, width, marks_of(readings)))
        return parser_pb2.DrawPageResponse(
            object_key=image.key,
            media_type=MEDIA_TYPE,
            width_points=image.width_points,
            height_points=image.height_points,
            pages=image.pages,
        )

    async def ReadWords(self, request: parser_pb2.ReadWordsRequest, context: Any) -> parser_pb2.ReadWordsResponse:
        """See the words of one page of a stored document, or find them seen."""
        current_caller().require_service()
        if request.page < 1:
            raise BadRequest("pages count from 1", field="page")
        return await self._images.words(request.object_key, request.page)

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
