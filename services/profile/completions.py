"""What a completion says, in profile's own terms: an event of the fold, with the ledger entries and months of a reading.

A completion that this version cannot make sense of (a newer parser's word, a date past the end of the calendar) must not
stop the journal for everybody: it is told as a failure, and the log has why.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import TypeAlias

import grpc

from domain.ids import BillId, Position, ProjectId, TenantId
from domain.outcome import Failure, FailureReason
from protos.ingest.v1 import ingest_pb2
from protos.values.v1 import reading_pb2
from runtime.logs import logger
from runtime.wire import outcome_from_proto, time_from_proto
from services.profile.corrections.amend import Amended, amended
from services.profile.fold import Deleted, Failed, Mark, Read
from services.profile.ledger.entries import Owner, entries_of
from services.profile.ledger.rows import Entries
from services.profile.ledger.store.amendments import KeptAmendment
from services.profile.load.contribution import Contribution, contribution_of, encode
from services.profile.load.observed import Shown, shown_by

Corrections: TypeAlias = Mapping[int, Sequence[KeptAmendment]]
"""The corrections of a bill in the order in which they were made, by statement."""

NOT_UNDERSTOOD = Failure(
    reason=FailureReason.UNREADABLE, detail="The reading holds values that this installation does not understand."
)


@dataclass(frozen=True, slots=True)
class ReadBill:
    """A success: the event, the rows for the ledger, and what the bill shows, so that it is worked out once."""

    event: Read
    readings: bytes
    entries: Entries
    contribution: Contribution
    shown: Shown
    aside: Mapping[int, bool]
    """Of each correction of the bill, by its number, whether it is set aside."""
    corrected: tuple[reading_pb2.Reading, ...]
    """The readings with the corrections made."""


@dataclass(frozen=True, slots=True)
class FailedBill:
    """A failure: the event, and the sentence for people."""

    event: Failed
    detail: str


Says: TypeAlias = ReadBill | FailedBill | Deleted | None
"""What a completion says; None where it was erased, for the deletion that follows says everything."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A message of the stream: how far it reaches, its completion where it holds one, and what that says uncorrected."""

    position: Position
    completion: ingest_pb2.Completion | None
    says: Says = None


def heard(message: ingest_pb2.FollowCompletionsResponse) -> Heard:
    """Read a message of the stream."""
    if message.WhichOneof("message") == "completion":
        completion = message.completion
        return Heard(Position(completion.position), completion, told(completion))
    return Heard(Position(message.progress.position), None)


class Hearing:
    """The stream of completions, each read as it arrives.

    Reading one needs no database and takes longer than anything else of a fold; here it is done while the batch before waits
    for the database.
    """

    def __init__(
        self,
        call: "grpc.aio.UnaryStreamCall[ingest_pb2.FollowCompletionsRequest, ingest_pb2.FollowCompletionsResponse]",
    ) -> None:
        self._call = call

    async def __aiter__(self) -> AsyncIterator[Heard]:
        async for message in self._call:
            yield heard(message)

    def cancel(self) -> bool:
        """End the stream."""
        return self._call.cancel()


def told(completion: ingest_pb2.Completion, corrections: Corrections = MappingProxyType({})) -> Says:
    """Return what a completion says.

    ``corrections`` are those of the bill: what a person corrected stands whatever it is read to (``corrections.amend``).
    """
    mark = Mark(time_from_proto(completion.completed_at), Position(completion.position))
    match completion.WhichOneof("what"):
        case "outcome":
            try:
                return _parsed(completion, mark, corrections)
            except (ValueError, ArithmeticError) as error:
                logger("profile").error("completion_not_understood", position=mark.position, error=type(error).__name__)
                return _failed(completion, mark, NOT_UNDERSTOOD)
        case "deleted":
            return Deleted(mark)
        case _:
            return None


def read_bill(
    owner: Owner, received_at: datetime, readings: reading_pb2.Readings, corrections: Corrections
) -> ReadBill:
    """Return what readings, with the corrections that people made of them, say of a bill.

    Raises:
        ValueError: a reading does not parse.
    """
    made = [
        amended(message, [one.amendment for one in corrections.get(ordinal, ())])
        for ordinal, message in enumerate(readings.readings, 1)
    ]
    contribution = contribution_of(tuple(one.reading for one in made))
    shown = shown_by(contribution)
    entries = entries_of(owner, [one.reading for one in made], [one.message for one in made])
    for ordinal, body in entries.bodies.items():
        body.amended_fields.extend(made[ordinal - 1].fields)
    return ReadBill(
        event=Read(owner.mark, received_at, encode(contribution), bool(shown.months), contribution.latest_day()),
        readings=readings.SerializeToString(deterministic=True),
        entries=entries,
        contribution=contribution,
        shown=shown,
        aside=_aside(corrections, made),
        corrected=tuple(one.message for one in made),
    )


def _aside(corrections: Corrections, made: Sequence[Amended]) -> dict[int, bool]:
    """Return of each correction, by its number, whether it is set aside."""
    found = {}
    for ordinal, kept in corrections.items():
        for place, one in enumerate(kept):
            found[one.number] = ordinal > len(made) or place in made[ordinal - 1].set_aside
    return found


def _parsed(completion: ingest_pb2.Completion, mark: Mark, corrections: Corrections) -> ReadBill | FailedBill:
    if completion.outcome.WhichOneof("result") != "success":
        outcome = outcome_from_proto(completion.outcome)
        assert isinstance(outcome, Failure)
        return _failed(completion, mark, outcome)
    owner = Owner(TenantId(completion.tenant_id), ProjectId(completion.project_id), BillId(completion.bill_id), mark)
    return read_bill(owner, time_from_proto(completion.received_at), completion.outcome.success, corrections)


def _failed(completion: ingest_pb2.Completion, mark: Mark, failure: Failure) -> FailedBill:
    return FailedBill(Failed(mark, time_from_proto(completion.received_at), failure.reason.value), failure.detail)
