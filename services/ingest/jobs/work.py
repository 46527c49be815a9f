"""One worker's stream: credits, extensions and outcomes come in, leases and answers go out.

A session is memory of the wire only. What it has handed out it counts to know when it may end; should it break, the leases
live on in the job table until they are finished on another stream, given back, or lapse.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import assert_never

from domain.refusals import BadRequest
from protos.ingest.v1 import ingest_pb2 as pb
from runtime.lease import Held
from runtime.logs import logger
from services.ingest import wire
from services.ingest.chores import Pace, jittered
from services.ingest.jobs.desk import Desk

CREDIT_MAX = 64
"""Leases that one Credit may ask for."""

OPEN_CREDIT_MAX = 1024
"""Leases that one stream may be owed."""

CLAIM_MAX = 10
"""Jobs claimed in one transaction: as many as a claim still does in a few milliseconds."""

ENDINGS_MAX = 64
"""Outcomes of one stream under way at the same time; they share commits with those of other streams."""

OUTGOING_MAX = 256
WORKER_ID_LENGTH_MAX = 200


class WorkSession:
    """One stream from hello to end. ``run`` works; ``outgoing`` holds what is to be sent, None being the end."""

    def __init__(self, desk: Desk, pace: Pace, closing: asyncio.Event) -> None:
        self.outgoing: asyncio.Queue[pb.WorkOnBillsResponse | None] = asyncio.Queue(OUTGOING_MAX)
        self._desk = desk
        self._pace = pace
        self._closing = closing
        self._bell = desk.bell()
        self._worker_id = ""
        self._credit = 0
        self._credited = asyncio.Event()
        self._held: set[Held] = set()
        self._empty_handed = asyncio.Event()
        self._empty_handed.set()
        self._handing_out = asyncio.Lock()
        self._draining = False
        self._endings = asyncio.Semaphore(ENDINGS_MAX)
        self._progress_noted: dict[Held, float] = {}
        self._log = logger("ingest")

    async def run(self, requests: AsyncIterator[pb.WorkOnBillsRequest]) -> None:
        """Serve the stream until the worker ends it, or it is time to end it from here.

        Raises:
            BadRequest: the worker broke the protocol.
            StoreUnavailable, TimedOut: the database is away; the worker comes again.
        """
        abandoned = False
        try:
            await self._greet(requests)
            async with asyncio.TaskGroup() as group:
                handing_out = group.create_task(self._hand_out())
                draining = group.create_task(self._drain_in_time())
                hearing = group.create_task(self._hear(requests))
                await asyncio.wait({draining, hearing}, return_when=asyncio.FIRST_COMPLETED)
                for task in (handing_out, draining, hearing):
                    task.cancel()
        except BaseExceptionGroup as broken:
            raise _first_of(broken) from broken
        except asyncio.CancelledError:
            abandoned = True
            raise
        finally:
            self._log.info("work_stream_ended", worker_id=self._worker_id, held=len(self._held))
            if not abandoned:
                await self.outgoing.put(None)

    async def give_back_unsent(self) -> None:
        """Return the leases that never left this process, so that nobody waits for them to lapse."""
        unsent: list[Held] = []
        while not self.outgoing.empty():
            message = self.outgoing.get_nowait()
            if message is not None and message.WhichOneof("message") == "lease":
                unsent.append(Held(message.lease.job_id, message.lease.fencing_token))
        if unsent:
            await self._desk.give_back(unsent)

    async def _greet(self, requests: AsyncIterator[pb.WorkOnBillsRequest]) -> None:
        first = await anext(requests, None)
        if first is None or first.WhichOneof("message") != "hello":
            raise BadRequest("the first message must be the hello")
        self._worker_id = wire.plain_text(
            "worker_id", first.hello.worker_id, length_min=1, length_max=WORKER_ID_LENGTH_MAX
        )
        self._log.info("work_stream_opened", worker_id=self._worker_id, engine_version=first.hello.engine_version)

    async def _hear(self, requests: AsyncIterator[pb.WorkOnBillsRequest]) -> None:
        """Act on what the worker says until it falls silent for good; endings go on beside each other."""
        async with asyncio.TaskGroup() as endings:
            async for request in requests:
                match request.WhichOneof("message"):
                    case "credit":
                        self._grant(request.credit.leases)
                    case "extend":
                        await self._extend(wire.held_of(request.extend.job_id, request.extend.fencing_token))
                    case "progress":
                        await self._note(request.progress)
                    case "finished":
                        await self._endings.acquire()
                        endings.create_task(self._finish(request.finished))
                    case "give_back":
                        await self._endings.acquire()
                        endings.create_task(self._give_back(request.give_back))
                    case "hello" | None:
                        raise BadRequest("hello comes once, as the first message, and no message is empty")
                    case unknown:
                        assert_never(unknown)

    def _grant(self, leases: int) -> None:
        if not 1 <= leases <= CREDIT_MAX:
            raise BadRequest(f"a credit is for 1 to {CREDIT_MAX} leases", leases_max=CREDIT_MAX)
        if self._credit + leases > OPEN_CREDIT_MAX:
            raise BadRequest(f"a stream is owed at most {OPEN_CREDIT_MAX} leases", leases_max=OPEN_CREDIT_MAX)
        self._credit += leases
        self._credited.set()

    async def _extend(self, held: Held) -> None:
        kept = await self._desk.extend(held)
        if not kept:
            self._let_go(held)
        seconds = self._desk.lease_seconds if kept else 0.0
        answer = pb.Extended(job_id=held.id, fencing_token=held.fencing_token, lease_seconds=seconds)
        await self.outgoing.put(pb.WorkOnBillsResponse(extended=answer))

    async def _note(self, progress: pb.Progress) -> None:
        held = wire.held_of(progress.job_id, progress.fencing_token)
        now = time.monotonic()
        too_soon = now - self._progress_noted.get(held, float("-inf")) < self._pace.progress_seconds
        if too_soon and progress.pages_done < progress.pages_total:
            return
        if held in self._held:
            self._progress_noted[held] = now
        await self._desk.progress(held, max(progress.pages_done, 0), max(progress.pages_total, 0))

    async def _finish(self, finished: pb.Finished) -> None:
        try:
            verdict = await self._desk.finish(wire.ending_of(finished))
            await self._recorded(
                Held(finished.job_id, finished.fencing_token), accepted=verdict.accepted, position=verdict.position
            )
        finally:
            self._endings.release()

    async def _give_back(self, give_back: pb.GiveBack) -> None:
        try:
            held = wire.held_of(give_back.job_id, give_back.fencing_token)
            returned = await self._desk.give_back([held])
            await self._recorded(held, accepted=held.id in returned, position=0)
        finally:
            self._endings.release()

    async def _recorded(self, held: Held, *, accepted: bool, position: int) -> None:
        answer = pb.Recorded(job_id=held.id, fencing_token=held.fencing_token, accepted=accepted, position=position)
        await self.outgoing.put(pb.WorkOnBillsResponse(recorded=answer))
        self._let_go(Held(wire.canonical_id(held.id) or held.id, held.fencing_token))

    async def _hand_out(self) -> None:
        """Send leases for as long as there is credit; bells are hints, the poll is the guarantee."""
        while True:
            await self._credited.wait()
            async with self._handing_out:
                if self._draining:
                    return
                found = await self._claim_and_send()
            if not found:
                await self._bell.wait(jittered(self._pace.poll_seconds))

    async def _claim_and_send(self) -> int:
        handed_out = await self._desk.claim(self._worker_id, min(self._credit, CLAIM_MAX))
        for handed in handed_out:
            self._credit -= 1
            self._held.add(Held(handed.job_id, handed.fencing_token))
            self._empty_handed.clear()
            lease = wire.lease_to_proto(handed, self._desk.lease_seconds)
            await self.outgoing.put(pb.WorkOnBillsResponse(lease=lease))
        if self._credit == 0:
            self._credited.clear()
        return len(handed_out)

    async def _drain_in_time(self) -> None:
        """Wait until this stream is old or the process stops; then say so, and wait a moment for what is held."""
        try:
            async with asyncio.timeout(jittered(self._pace.rotation_seconds)):
                await self._closing.wait()
        except TimeoutError:
            grace_seconds = self._pace.rotation_grace_seconds
        else:
            grace_seconds = self._pace.closing_grace_seconds
        try:
            async with asyncio.timeout(grace_seconds):
                # No claim is under way while this lock is held, so no lease follows the Drain.
                async with self._handing_out:
                    self._draining = True
                    await self.outgoing.put(pb.WorkOnBillsResponse(drain=pb.Drain()))
                await self._empty_handed.wait()
        except TimeoutError:
            pass

    def _let_go(self, held: Held) -> None:
        self._held.discard(held)
        self._progress_noted.pop(held, None)
        if not self._held:
            self._empty_handed.set()


def _first_of(broken: BaseExceptionGroup[BaseException]) -> BaseException:
    """Return the first error inside groups of groups: it cancelled the others."""
    error: BaseException = broken
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
