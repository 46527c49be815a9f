"""A reading that waits, seen as the records that confirming it would make: so it is told, and so it is corrected."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from domain.ids import BillId
from protos.values.v1 import reading_pb2
from runtime.postgres import Connection
from services.profile.completions import ReadBill, read_bill
from services.profile.ledger.entries import Owner
from services.profile.ledger.records import Reason, Record, RecordKey, next_revision, step
from services.profile.ledger.store import amendments, records
from services.profile.ledger.store.amendments import KeptAmendment
from services.profile.review.store import HeldReading, held_reading


class HeldPlace(NamedTuple):
    """A statement that waits: the record that confirming it would make, and its reading as it came."""

    key: RecordKey
    reading: reading_pb2.Reading


async def held_place(connection: Connection, waiting: HeldReading, ordinal: int) -> HeldPlace | None:
    """Return a statement of a reading that waits, None where the reading has none of this number."""
    readings = reading_pb2.Readings.FromString(waiting.readings).readings
    if ordinal > len(readings):
        return None
    least = await held_revisions(connection, waiting.bill_id, len(readings))
    return HeldPlace(RecordKey(waiting.bill_id, ordinal, least[ordinal]), readings[ordinal - 1])


async def held_revisions(connection: Connection, bill_id: BillId, statements: int) -> dict[int, int]:
    """Return the numbers of the records that confirming a bill would make, by statement: each correction takes one."""
    newest = {one.key.ordinal: one for one in await records.newest_records(connection, [bill_id])}
    kept = (await amendments.amendments_of_bills(connection, [bill_id])).get(bill_id, {})
    return {
        ordinal: next_revision(newest.get(ordinal), _last_revision(kept, ordinal))
        for ordinal in range(1, statements + 1)
    }


async def made_of(connection: Connection, waiting: HeldReading) -> ReadBill:
    """Return what a reading that waits says, with the corrections that people made of it and of the bill before."""
    readings = reading_pb2.Readings.FromString(waiting.readings)
    kept = (await amendments.amendments_of_bills(connection, [waiting.bill_id])).get(waiting.bill_id, {})
    owner = Owner(waiting.key.tenant_id, waiting.key.project_id, waiting.bill_id, waiting.mark)
    what = read_bill(owner, waiting.received_at, readings, kept)
    what.entries.revisions |= await held_revisions(connection, waiting.bill_id, len(readings.readings))
    return what


async def held_record(connection: Connection, key: RecordKey) -> Record | None:
    """Return a statement that waits as the record that confirming it would make; None where no such one waits."""
    waiting = await held_reading(connection, key.bill_id)
    if waiting is None:
        return None
    what = await made_of(connection, waiting)
    assert waiting.held_at is not None
    made = step(
        {}, what.entries.bodies, (*waiting.key, key.bill_id), waiting.held_at, Reason.HELD, 0, what.entries.revisions
    )
    found = next((one for one in made.added if one.key == key), None)
    return None if found is None else _as_held(found)


def _as_held(record: Record) -> Record:
    return replace(record, archived_at=record.recorded_at, archive_reason=Reason.HELD)


def _last_revision(kept: Mapping[int, Sequence[KeptAmendment]], ordinal: int) -> int:
    return max((one.revision for one in kept.get(ordinal, ())), default=0)
