"""What a completion says, in profile's own terms: an event of the fold, with the ledger entries and months of a reading.

A completion that this version cannot make sense of (a newer parser's word, a date past the end of the calendar) must not
stop the journal for everybody: it is told as a failure, and the log has why.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from domain.ids import BillId, Position
from domain.outcome import Failure, FailureReason
from protos.ingest.v1 import ingest_pb2
from runtime.logs import logger
from runtime.wire import outcome_from_proto, time_from_proto
from services.profile.fold import Deleted, Failed, Mark, Read
from services.profile.ledger.entries import Entries, Owner, entries_of
from services.profile.load.contribution import Contribution, contribution_of, encode
from services.profile.load.observed import ObservedMonth, observed_months
from services.profile.store import ProjectKey

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
    months: Mapping[date, ObservedMonth]


@dataclass(frozen=True, slots=True)
class FailedBill:
    """A failure: the event, and the sentence for people."""

    event: Failed
    detail: str


def told(completion: ingest_pb2.Completion, key: ProjectKey) -> ReadBill | FailedBill | Deleted | None:
    """Return what a completion says; None where it was erased, for the deletion that follows says everything."""
    mark = Mark(time_from_proto(completion.completed_at), Position(completion.position))
    match completion.WhichOneof("what"):
        case "outcome":
            try:
                return _parsed(completion, mark, key)
            except (ValueError, ArithmeticError) as error:
                logger("profile").error("completion_not_understood", position=mark.position, error=type(error).__name__)
                return _failed(completion, mark, NOT_UNDERSTOOD)
        case "deleted":
            return Deleted(mark)
        case _:
            return None


def _parsed(completion: ingest_pb2.Completion, mark: Mark, key: ProjectKey) -> ReadBill | FailedBill:
    outcome = outcome_from_proto(completion.outcome)
    if isinstance(outcome, Failure):
        return _failed(completion, mark, outcome)
    contribution = contribution_of(outcome.readings)
    months = observed_months(contribution)
    received_at = time_from_proto(completion.received_at)
    return ReadBill(
        event=Read(mark, received_at, encode(contribution), bool(months), contribution.latest_day()),
        readings=completion.outcome.success.SerializeToString(deterministic=True),
        entries=entries_of(Owner(key.tenant_id, key.project_id, BillId(completion.bill_id), mark), outcome.readings),
        contribution=contribution,
        months=months,
    )


def _failed(completion: ingest_pb2.Completion, mark: Mark, failure: Failure) -> FailedBill:
    return FailedBill(Failed(mark, time_from_proto(completion.received_at), failure.reason.value), failure.detail)
