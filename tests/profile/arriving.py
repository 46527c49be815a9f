"""Completions that reach the fold in any order, and again: as after a cursor that was set back."""

from collections.abc import Sequence

from domain.ids import Position
from protos.ingest.v1 import ingest_pb2
from runtime.postgres import Database
from services.profile import store
from services.profile.follow import Applier
from services.profile.writes import Writes
from tests.profile.readings import responses


async def arrive(database: Database, applier: Applier, told: Sequence[ingest_pb2.Completion]) -> None:
    """Fold completions in the order given, those that follow each other by position as a batch."""
    batches: list[list[ingest_pb2.Completion]] = []
    for one in told:
        if not batches or batches[-1][-1].position >= one.position:
            batches.append([])
        batches[-1].append(one)
    for batch in batches:
        async with database.service() as connection:
            writes = Writes()
            store.move_cursor(writes, Position(0))
            await writes.send(connection)
        await applier.apply(responses(*batch))
