"""The worker: pulls leases from ingest, reads each bill in the pool, sends the outcome back.

The stream is a wire without memory. A lease belongs to whoever holds its fencing token, so work goes on while the line is cut,
and an outcome that was not answered for is sent again on the next stream; ingest's fence makes the second telling harmless.
"""

import asyncio
import hashlib
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import grpc

from domain.outcome import Failure, FailureReason, Outcome
from domain.refusals import Refusal, StoreUnavailable
from protos.ingest.v1 import ingest_pb2 as pb
from protos.ingest.v1 import ingest_pb2_grpc
from runtime import wire
from runtime.component import DRAIN_SECONDS, sleep_or_stop
from runtime.logs import logger
from runtime.objects import ObjectMissing, ObjectStore
from runtime.rpc.client import Credentials
from runtime.rpc.refusals import refusals_raised

EXTENSIONS_PER_LEASE = 3
"""A lease is extended this often before it would lapse, so that two lost messages cost nothing."""

PROGRESS_SECONDS = 0.5
"""Least time between two reports of progress on one bill."""

OUTCOME_BYTES_MAX = 3 * 1024 * 1024
"""Larger readings do not fit a gRPC message with room to spare; no real bill comes near."""

DRAIN_SHARE = 0.5
"""Share of the drain time that running readings get to finish before their leases are given back."""

RETRY_SECONDS_MIN, RETRY_SECONDS_MAX = 0.1, 5.0
STORE_AWAY_SECONDS = 2.0
"""Wait before a bill whose file cannot be fetched now is given back: a store that is away is away for all."""

OUTGOING_MAX = 256

Read = Callable[[bytes, Callable[[int, int], None]], Awaitable[Outcome]]
Key = tuple[str, int]


@dataclass(slots=True)
class _Line:
    """One open stream: what waits to be sent on it, and whether it may still bring leases."""

    outgoing: asyncio.Queue[pb.WorkOnBillsRequest] = field(default_factory=lambda: asyncio.Queue(OUTGOING_MAX))
    draining: bool = False

    async def requests(self) -> AsyncIterator[pb.WorkOnBillsRequest]:
        """Yield what is to be sent, for ever; the call is cancelled when it is done."""
        while True:
            yield await self.outgoing.get()

    def offer(self, message: pb.WorkOnBillsRequest) -> None:
        """Queue a message; when the line is stuck it is lost, which the fence and the next extension make good."""
        if not self.outgoing.full():
            self.outgoing.put_nowait(message)


class Worker:
    """Holds up to ``slots`` leases at a time."""

    def __init__(
        self,
        *,
        worker_id: str,
        engine_version: str,
        slots: int,
        stub: "ingest_pb2_grpc.IngestAsyncStub",
        credentials: Credentials,
        objects: ObjectStore,
        read: Read,
        bill_bytes_max: int,
    ) -> None:
        self._hello = pb.WorkerHello(worker_id=worker_id, engine_version=engine_version)
        self._engine_version = engine_version
        self._slots = slots
        self._stub = stub
        self._credentials = credentials
        self._objects = objects
        self._read = read
        self._bill_bytes_max = bill_bytes_max
        self._line = _Line()
        self._held: dict[Key, asyncio.Task[None]] = {}
        self._unanswered: dict[Key, pb.WorkOnBillsRequest] = {}
        self._log = logger("parser").bind(worker_id=worker_id)

    async def run(self, stopping: asyncio.Event) -> None:
        """Work until ``stopping`` is set, then finish or give back what is held."""
        async with asyncio.TaskGroup() as group:
            streaming = group.create_task(self._keep_streaming(group, stopping), name="parser.stream")
            await stopping.wait()
            self._line.draining = True
            await self._finish_or_give_back()
            streaming.cancel()

    async def _keep_streaming(self, group: asyncio.TaskGroup, stopping: asyncio.Event) -> None:
        wait_seconds = RETRY_SECONDS_MIN
        while True:
            started = time.monotonic()
            try:
                with refusals_raised():
                    await self._stream_once(group, stopping)
            except (Refusal, grpc.aio.AioRpcError) as error:
                self._log.info("stream_interrupted", error=type(error).__name__)
            long_lived = time.monotonic() - started > RETRY_SECONDS_MAX
            wait_seconds = RETRY_SECONDS_MIN if long_lived else min(wait_seconds * 2, RETRY_SECONDS_MAX)
            await asyncio.sleep(wait_seconds * random.uniform(0.5, 1.0))  # noqa: S311 jitter, no secret

    async def _stream_once(self, group: asyncio.TaskGroup, stopping: asyncio.Event) -> None:
        line = self._line = _Line(draining=stopping.is_set())
        line.offer(pb.WorkOnBillsRequest(hello=self._hello))
        for unanswered in self._unanswered.values():
            line.offer(unanswered)
        if not line.draining and self._free:
            line.offer(pb.WorkOnBillsRequest(credit=pb.Credit(leases=self._free)))
        call = self._stub.WorkOnBills(line.requests(), metadata=self._credentials.for_service())
        try:
            async for message in call:
                match message.WhichOneof("message"):
                    case "lease":
                        self._take(message.lease, group)
                    case "extended":
                        self._extended(message.extended)
                    case "recorded":
                        self._recorded(message.recorded)
                    case "drain":
                        line.draining = True
        finally:
            call.cancel()

    @property
    def _free(self) -> int:
        return self._slots - len(self._held) - len(self._unanswered)

    def _take(self, lease: pb.Lease, group: asyncio.TaskGroup) -> None:
        key = (lease.job_id, lease.fencing_token)
        self._held[key] = group.create_task(self._work(lease), name=f"parser.{lease.job_id}")

    def _extended(self, extended: pb.Extended) -> None:
        if extended.lease_seconds <= 0:
            task = self._held.get((extended.job_id, extended.fencing_token))
            if task is not None:
                self._log.info("lease_lost", job_id=extended.job_id)
                task.cancel()

    def _recorded(self, recorded: pb.Recorded) -> None:
        self._unanswered.pop((recorded.job_id, recorded.fencing_token), None)
        self._log.info(
            "outcome_answered", job_id=recorded.job_id, accepted=recorded.accepted, position=recorded.position
        )
        if not self._line.draining:
            self._line.offer(pb.WorkOnBillsRequest(credit=pb.Credit(leases=1)))

    async def _work(self, lease: pb.Lease) -> None:
        """Read one leased bill and put its outcome on the line."""
        key = (lease.job_id, lease.fencing_token)
        extending = asyncio.ensure_future(self._keep_extending(lease))
        started = time.monotonic()
        try:
            outcome = await self._outcome(lease)
            self._answer(key, _finished(lease, outcome))
            self._log.info(
                "bill_read",
                job_id=lease.job_id,
                bill_id=lease.bill_id,
                attempt=lease.attempt,
                result=outcome.reason.value if isinstance(outcome, Failure) else "success",
                milliseconds=round((time.monotonic() - started) * 1000),
            )
        except asyncio.CancelledError:
            # The lease was lost (nothing to tell) or we are draining (given back below); either way this reading ends here.
            if not self._line.draining:
                self._line.offer(pb.WorkOnBillsRequest(credit=pb.Credit(leases=1)))
        except StoreUnavailable:
            self._log.warning("file_unavailable", job_id=lease.job_id)
            await asyncio.sleep(STORE_AWAY_SECONDS)
            self._answer(key, _given_back(key))
        except Exception as error:
            # Unexpected: the lease lapses, the attempt has been counted, ingest hands the bill out again or parks it.
            self._log.error("reading_broke", job_id=lease.job_id, exc_info=error)
            self._line.offer(pb.WorkOnBillsRequest(credit=pb.Credit(leases=1)))
        finally:
            extending.cancel()
            self._held.pop(key, None)

    async def _outcome(self, lease: pb.Lease) -> Outcome:
        try:
            data = await self._objects.read(lease.object_key, self._bill_bytes_max)
        except ObjectMissing:
            return Failure(
                reason=FailureReason.CORRUPT, detail="The stored file is gone.", engine_version=self._engine_version
            )
        if hashlib.sha256(data).hexdigest() != lease.sha256:
            return Failure(
                reason=FailureReason.CORRUPT,
                detail="The stored file is not the one that was uploaded.",
                engine_version=self._engine_version,
            )
        reported = 0.0

        def note(done: int, total: int) -> None:
            nonlocal reported
            if total and (time.monotonic() - reported >= PROGRESS_SECONDS or done == total):
                reported = time.monotonic()
                progress = pb.Progress(
                    job_id=lease.job_id, fencing_token=lease.fencing_token, pages_done=done, pages_total=total
                )
                self._line.offer(pb.WorkOnBillsRequest(progress=progress))

        return await self._read(data, note)

    async def _keep_extending(self, lease: pb.Lease) -> None:
        message = pb.WorkOnBillsRequest(extend=pb.Extend(job_id=lease.job_id, fencing_token=lease.fencing_token))
        while True:
            await asyncio.sleep(lease.lease_seconds / EXTENSIONS_PER_LEASE)
            self._line.offer(message)

    def _answer(self, key: Key, message: pb.WorkOnBillsRequest) -> None:
        """Send what ends a lease, and keep it until ingest has answered."""
        self._unanswered[key] = message
        self._line.offer(message)

    async def _finish_or_give_back(self) -> None:
        stopping = asyncio.Event()
        if self._held:
            await asyncio.wait(list(self._held.values()), timeout=DRAIN_SECONDS * DRAIN_SHARE)
        for key, task in list(self._held.items()):
            task.cancel()
            self._answer(key, _given_back(key))
        deadline = time.monotonic() + DRAIN_SECONDS * (1 - DRAIN_SHARE) / 2
        while self._unanswered and time.monotonic() < deadline:
            await sleep_or_stop(0.02, stopping)


def _finished(lease: pb.Lease, outcome: Outcome) -> pb.WorkOnBillsRequest:
    message: Any = wire.outcome_to_proto(outcome)
    if message.ByteSize() > OUTCOME_BYTES_MAX:
        failure = Failure(reason=FailureReason.UNREADABLE, detail="The document holds more values than a reading can.")
        message = wire.outcome_to_proto(failure)
    return pb.WorkOnBillsRequest(
        finished=pb.Finished(job_id=lease.job_id, fencing_token=lease.fencing_token, outcome=message)
    )


def _given_back(key: Key) -> pb.WorkOnBillsRequest:
    return pb.WorkOnBillsRequest(give_back=pb.GiveBack(job_id=key[0], fencing_token=key[1]))
