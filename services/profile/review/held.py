"""A reading that waits, seen as the records that confirming it would make: so it is told, and so it is corrected.

Those records have numbers of their own, which no record of the reading in effect gets, nor one of another reading that waits
later; how far they went is kept of the bill once none waits. So whoever corrects what they look at, while others confirm, correct
or read anew, corrects that or is refused.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from domain.ids import BillId
from protos.values.v1 import reading_pb2
from runtime.postgres import Connection
from services.profile.completions import ReadBill, read_bill
from services.profile.ledger.entries import Owner
from services.profile.ledger.records import Reason, Record, RecordKey, newest, next_revision, step
from services.profile.ledger.store import amendments, records
from services.profile.ledger.store.amendments import KeptAmendment
from services.profile.review.store import HeldReading, held_reading


@dataclass(frozen=True, slots=True)
class Waiting:
    """A reading that waits.

    ``kept`` are the corrections of its bill by statement, those of the reading in effect among them; ``numbers`` are those of
    the records that confirming it would make, by statement: each correction takes one.
    """

    held: HeldReading
    readings: Sequence[reading_pb2.Reading]
    kept: Mapping[int, Sequence[KeptAmendment]]
    numbers: Mapping[int, int]

    @property
    def beyond(self) -> int:
        """The least number that a record of the bill can have without being taken for one that waits."""
        return max(self.held.least_revision, *(number + 1 for number in self.numbers.values()), 0)


async def waiting(connection: Connection, bill_id: BillId) -> Waiting | None:
    """Return the reading of a bill that waits or was rejected, None where there is none."""
    held = await held_reading(connection, bill_id)
    if held is None:
        return None
    readings = reading_pb2.Readings.FromString(held.readings).readings
    known = newest(await records.newest_records(connection, [bill_id]))
    kept = (await amendments.amendments_of_bills(connection, [bill_id])).get(bill_id, {})
    numbers = {}
    for ordinal in range(1, len(readings) + 1):
        taken = max((one.revision for one in kept.get(ordinal, ())), default=0)
        numbers[ordinal] = next_revision(known.get(ordinal), max(taken, held.least_revision))
    return Waiting(held, readings, kept, numbers)


def made_of(waits: Waiting) -> ReadBill:
    """Return what a reading that waits says, with the corrections that people made of it and of the bill before."""
    held = waits.held
    owner = Owner(held.key.tenant_id, held.key.project_id, held.bill_id, held.mark)
    what = read_bill(owner, held.received_at, reading_pb2.Readings.FromString(held.readings), waits.kept)
    what.entries.revisions |= waits.numbers
    return what


async def held_record(connection: Connection, key: RecordKey) -> Record | None:
    """Return a statement that waits as the record that confirming it would make; None where no such one waits."""
    waits = await waiting(connection, key.bill_id)
    if waits is None or waits.held.held_at is None:
        return None
    what, held = made_of(waits), waits.held
    made = step({}, what.entries.bodies, (*held.key, key.bill_id), waits.held.held_at, Reason.HELD, 0, waits.numbers)
    found = next((one for one in made.added if one.key == key), None)
    return None if found is None else replace(found, archived_at=found.recorded_at, archive_reason=Reason.HELD)
