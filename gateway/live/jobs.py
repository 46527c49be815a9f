"""How far jobs are, for those who watch: each watched job is asked for once a moment, however many watch it."""

import asyncio
from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING

from domain.ids import JobId, TenantId
from domain.refusals import Refusal, ShuttingDown
from protos.ingest.v1 import ingest_pb2
from runtime.rpc.client import CALL_SECONDS, Credentials
from runtime.rpc.refusals import refusals_raised

if TYPE_CHECKING:
    from protos.ingest.v1.ingest_pb2_grpc import IngestAsyncStub

LOOK_SECONDS = 0.5
"""Parsers write their progress no more often."""

ENDED = frozenset({ingest_pb2.JOB_STATE_SUCCEEDED, ingest_pb2.JOB_STATE_FAILED})


class _Watched:
    """One job that is watched: what is known of it, and who wants to hear more."""

    def __init__(self) -> None:
        self.job: ingest_pb2.Job | None = None
        self.refusal: Refusal | None = None
        self.turned = asyncio.Event()
        self.watchers = 0
        self.task: asyncio.Task[None] | None = None

    def turn(self) -> None:
        """Wake all who wait."""
        self.turned.set()
        self.turned = asyncio.Event()


class Jobs:
    """The jobs that are watched through one gateway process."""

    def __init__(self, ingest: "IngestAsyncStub", credentials: Credentials) -> None:
        self._ingest = ingest
        self._credentials = credentials
        self._watched: dict[tuple[TenantId, JobId], _Watched] = {}
        self._closed = False

    async def run(self, stopping: asyncio.Event) -> None:
        """Let the watchers go when told to stop."""
        await stopping.wait()
        self._closed = True
        for watched in self._watched.values():
            watched.refusal = ShuttingDown()
            watched.turn()

    async def watch(
        self, tenant_id: TenantId, job_id: JobId, idle_seconds: float
    ) -> AsyncGenerator[ingest_pb2.Job | None, None]:
        """Yield a job as it is, and again whenever it changed, until it has ended; None where nothing did for a while.

        Raises:
            NoSuchJob: the tenant has none of this id, or has it no more.
            ShuttingDown: the process stops.
        """
        if self._closed:
            raise ShuttingDown
        key = (tenant_id, job_id)
        watched = self._watched.setdefault(key, _Watched())
        watched.watchers += 1
        if watched.task is None:
            watched.task = asyncio.ensure_future(self._look(tenant_id, job_id, watched))
        told: ingest_pb2.Job | None = None
        try:
            while True:
                turned = watched.turned
                if watched.refusal is not None:
                    raise watched.refusal
                if watched.job is not None and watched.job != told:
                    told = watched.job
                    yield told
                    if told.state in ENDED:
                        return
                    continue
                try:
                    async with asyncio.timeout(idle_seconds):
                        await turned.wait()
                except TimeoutError:
                    yield None
        finally:
            watched.watchers -= 1
            if not watched.watchers:
                self._watched.pop(key, None)
                watched.task.cancel()
                await asyncio.gather(watched.task, return_exceptions=True)

    async def _look(self, tenant_id: TenantId, job_id: JobId, watched: _Watched) -> None:
        while watched.job is None or watched.job.state not in ENDED:
            try:
                with refusals_raised():
                    job = await self._ingest.GetJob(
                        ingest_pb2.GetJobRequest(job_id=job_id),
                        timeout=CALL_SECONDS,
                        metadata=self._credentials.for_tenant(tenant_id),
                    )
            except Refusal as refusal:
                watched.refusal = refusal
                watched.turn()
                return
            if job != watched.job:
                watched.job = job
                watched.turn()
            await asyncio.sleep(LOOK_SECONDS)
