"""Builds ingest: its gRPC service, and the chores that run beside it."""

import asyncio

from protos.ingest.v1 import ingest_pb2_grpc
from runtime.component import Component
from runtime.journal import Journal, JournalKeeper
from runtime.lease import LeaseTable
from runtime.objects import ObjectStore
from runtime.postgres import Database
from runtime.rpc.server import Servicer
from runtime.settings import Settings
from services.ingest.bills import Bills
from services.ingest.chores import Chores, Pace
from services.ingest.erasure.erase import Eraser
from services.ingest.jobs.desk import Desk
from services.ingest.receive import Receiver
from services.ingest.servicer import IngestServicer

SERVICE_NAME = "billowatt.ingest.v1.Ingest"
READERS = ("profile",)
"""Who must have come past a completion before it may go for its age."""


def build(settings: Settings, database: Database, objects: ObjectStore, *, pace: Pace | None = None) -> Component:
    """Return ingest's services and tasks; ``database`` and ``objects`` are open and stay the caller's to close."""
    pace = pace or Pace()
    journal = Journal("ingest.completion")
    leases = LeaseTable("ingest.job")
    desk = Desk(database, journal, leases, lease_seconds=settings.lease_seconds, attempts_max=settings.attempts_max)
    bills = Bills(database, objects, journal, leases)
    closing = asyncio.Event()
    servicer = IngestServicer(
        database=database,
        receiver=Receiver(database, objects, leases, upload_bytes_max=settings.upload_bytes_max),
        bills=bills,
        eraser=Eraser(database, objects, journal, bills),
        desk=desk,
        journal=journal,
        pace=pace,
        closing=closing,
    )
    chores = Chores(database, objects, desk, bills, pace=pace, orphan_age_seconds=settings.orphan_age_seconds)

    async def close(stopping: asyncio.Event) -> None:
        """Tell the streams when the process is about to stop, and stay until they have ended."""
        await stopping.wait()
        closing.set()
        await servicer.work_streams_ended()

    return Component(
        name="ingest",
        servicers=(
            Servicer(SERVICE_NAME, lambda server: ingest_pb2_grpc.add_IngestServicer_to_server(servicer, server)),
        ),
        tasks=(
            ("close", close),
            ("reap", chores.reap),
            ("sweep", chores.sweep),
            ("forget", chores.forget),
            ("prune", JournalKeeper(database).pruning(journal, settings.journal_days, READERS)),
        ),
    )
