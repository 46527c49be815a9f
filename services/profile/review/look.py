"""A bill as it is to be reviewed: what waits, else what is in effect, with corrections made and what people said of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from domain.ids import BillId
from domain.refusals import NoReading
from protos.profile.v1 import profile_pb2
from protos.values.v1 import reading_pb2
from runtime.postgres import Connection
from runtime.wire.facts import facts_of, text_of
from services.profile import store
from services.profile.corrections.amend import amended
from services.profile.fold import BillState, Mark
from services.profile.ledger.records import RecordKey
from services.profile.ledger.store import amendments, records
from services.profile.ledger.store.amendments import KeptAmendment
from services.profile.review import store as reviews
from services.profile.review.audit import Found
from services.profile.review.held import Waiting, waiting
from services.profile.review.store import Confirmed, Decision
from services.profile.store import Project


@dataclass(frozen=True, slots=True)
class SeenStatement:
    """A statement: the record to correct, the reading with corrections made, who corrected and who confirmed what of it."""

    key: RecordKey
    reading: reading_pb2.Reading
    fields: tuple[str, ...]
    corrections: Sequence[KeptAmendment]
    confirmed: Sequence[Confirmed]


@dataclass(frozen=True, slots=True)
class Look:
    """A bill under review. ``mark`` is that of the reading looked at; ``version`` names all that was seen."""

    state: BillState
    mark: Mark
    version: str
    version_before: str
    """The version before the newest decision: who asks for that decision once more still says this one."""
    found: Sequence[Found]
    decisions: Sequence[Decision]
    statements: Sequence[SeenStatement]
    in_profile: bool
    waits: Waiting | None

    @property
    def confirmed(self) -> bool:
        """Whether a person found this very reading right."""
        latest = next((one for one in self.decisions if one.mark == self.mark), None)
        return latest is not None and latest.decision == "confirmed"

    @property
    def word(self) -> str:
        """Return the state for people."""
        if self.state.waiting is not None:
            return "rejected" if self.state.rejected else "held"
        return "confirmed" if self.confirmed else "in_effect"


async def look(connection: Connection, project: Project, bill_id: BillId, *, in_effect: bool = False) -> Look:
    """Return a bill of the project as it is to be reviewed; where asked for what is ``in_effect``, whatever waits.

    Raises:
        NoReading: it is not read.
    """
    state = await store.bill_of_project(connection, project.key.project_id, bill_id)
    waits = None if state is None or state.waiting is None or in_effect else await waiting(connection, bill_id)
    heard = None if state is None else (None if in_effect else state.waiting) or state.read
    if state is None or heard is None:
        raise NoReading
    readings, kept, numbers = (
        (waits.readings, waits.kept, waits.numbers) if waits else await _in_effect(connection, bill_id)
    )
    decided = await reviews.decisions(connection, bill_id)
    newest = max((one.number for of_statement in kept.values() for one in of_statement), default=0)
    seen = f"{heard.mark.position}-{newest}"
    return Look(
        state=state,
        mark=heard.mark,
        version=f"{seen}-{decided[0].number if decided else 0}",
        version_before=f"{seen}-{decided[1].number if len(decided) > 1 else 0}",
        found=waits.held.found if waits else (),
        decisions=decided,
        statements=await _statements(connection, bill_id, readings, kept, numbers),
        in_profile=_in_profile(project, bill_id),
        waits=waits,
    )


async def _in_effect(
    connection: Connection, bill_id: BillId
) -> tuple[Sequence[reading_pb2.Reading], dict[int, list[KeptAmendment]], dict[int, int]]:
    """Return the readings of a bill that count, with the corrections of them and the numbers of their records."""
    message = (await store.readings(connection, [bill_id])).get(bill_id)
    if message is None:
        raise NoReading
    kept = (await amendments.amendments_of_bills(connection, [bill_id])).get(bill_id, {})
    counting = {ordinal: [one for one in of_statement if not one.held] for ordinal, of_statement in kept.items()}
    numbers = {one.key.ordinal: one.key.revision for one in await records.newest_records(connection, [bill_id])}
    return reading_pb2.Readings.FromString(message).readings, counting, numbers


async def _statements(
    connection: Connection,
    bill_id: BillId,
    readings: Sequence[reading_pb2.Reading],
    kept: Mapping[int, Sequence[KeptAmendment]],
    numbers: Mapping[int, int],
) -> list[SeenStatement]:
    said = await reviews.confirmed_values(connection, bill_id)
    seen = []
    for ordinal, reading in enumerate(readings, 1):
        made = amended(reading, [one.amendment for one in kept.get(ordinal, ())])
        says = {one.path: text_of(one.fact) for one in facts_of(made.message)} if said else {}
        right = [one for one in said if one.ordinal == ordinal and says.get(one.path) == one.value]
        key = RecordKey(bill_id, ordinal, numbers.get(ordinal, 0))
        seen.append(SeenStatement(key, made.message, made.fields, kept.get(ordinal, ()), right))
    return seen


def _in_profile(project: Project, bill_id: BillId) -> bool:
    """Tell whether any month of the load profile comes from the bill."""
    if project.profile is None or project.supplied:
        return False
    profile = profile_pb2.LoadProfile.FromString(project.profile)
    return any(month.bill_id == bill_id for month in profile.months)
