"""A small ingest on a real socket: hands out what a test puts before it, and remembers what the worker said."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

from protos.ingest.v1 import ingest_pb2 as pb
from protos.ingest.v1 import ingest_pb2_grpc

WAIT_SECONDS = 20.0


@dataclass
class Stream:
    """One stream of the worker's: what it said, and what is to be said to it."""

    said: list[pb.WorkOnBillsRequest] = field(default_factory=list)
    to_say: asyncio.Queue[pb.WorkOnBillsResponse | None] = field(default_factory=lambda: asyncio.Queue(100))
    heard: asyncio.Condition = field(default_factory=asyncio.Condition)

    def of(self, kind: str) -> list[Any]:
        return [getattr(one, kind) for one in self.said if one.WhichOneof("message") == kind]

    async def wait_for(self, kind: str, count: int = 1) -> Any:
        """Return the message number ``count`` of a kind."""
        async with asyncio.timeout(WAIT_SECONDS), self.heard:
            await self.heard.wait_for(lambda: len(self.of(kind)) >= count)
        return self.of(kind)[count - 1]

    async def lease(self, number: int, data: bytes, *, seconds: float = 30.0, sha256: str = "") -> None:
        await self.to_say.put(
            pb.WorkOnBillsResponse(
                lease=pb.Lease(
                    job_id=f"job-{number}",
                    bill_id=f"bill-{number}",
                    fencing_token=number,
                    lease_seconds=seconds,
                    attempt=1,
                    object_key=f"key-{number}",
                    size_bytes=len(data),
                    sha256=sha256 or hashlib.sha256(data).hexdigest(),
                )
            )
        )

    async def answer(self, number: int, *, accepted: bool = True) -> None:
        recorded = pb.Recorded(job_id=f"job-{number}", fencing_token=number, accepted=accepted, position=number)
        await self.to_say.put(pb.WorkOnBillsResponse(recorded=recorded))

    async def say(self, message: Any) -> None:
        kind = {pb.Extended: "extended", pb.Drain: "drain"}[type(message)]
        await self.to_say.put(pb.WorkOnBillsResponse(**{kind: message}))

    async def cut(self) -> None:
        await self.to_say.put(None)


class Desk(ingest_pb2_grpc.IngestServicer):
    """Serves WorkOnBills; every stream that comes is in ``streams``."""

    def __init__(self) -> None:
        self.address = ""
        self.streams: list[Stream] = []
        self._came = asyncio.Condition()

    async def stream(self, number: int = 1) -> Stream:
        """Return the stream number ``number``, once it has come."""
        async with asyncio.timeout(WAIT_SECONDS), self._came:
            await self._came.wait_for(lambda: len(self.streams) >= number)
        return self.streams[number - 1]

    async def WorkOnBills(self, request_iterator: Any, context: Any) -> AsyncIterator[pb.WorkOnBillsResponse]:
        stream = Stream()
        async with self._came:
            self.streams.append(stream)
            self._came.notify_all()

        async def hear() -> None:
            async for request in request_iterator:
                async with stream.heard:
                    stream.said.append(request)
                    stream.heard.notify_all()

        hearing = asyncio.ensure_future(hear())
        try:
            while (message := await stream.to_say.get()) is not None:
                yield message
        finally:
            hearing.cancel()


class Files:
    """The part of an object store that a worker needs; ``trouble`` is raised instead of an answer."""

    def __init__(self) -> None:
        self.bytes: dict[str, bytes] = {}
        self.trouble: Callable[[], None] = lambda: None

    async def read(self, key: str, bytes_max: int) -> bytes:
        self.trouble()
        return self.bytes[key]
