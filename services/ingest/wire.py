"""Ingest's records to and from its protos, the page tokens, and the payload of a completion."""

import base64
import re
import struct
from datetime import UTC, datetime, timedelta
from uuid import UUID

from domain.ids import JobId, ProjectId
from domain.outcome import Failure, FailureReason
from domain.refusals import BadPageToken, BadRequest
from protos.ingest.v1 import ingest_pb2 as pb
from protos.values.v1 import reading_pb2
from runtime import wire as values
from runtime.journal import ERASED, Entry, NewEntry
from runtime.lease import Held, State
from services.ingest.records import Bill, BillState, Document, Ending, Handed, Job, PageKey, Project

OUTCOME_BYTES_MAX = 3 * 1024 * 1024 + 512 * 1024
"""A larger outcome would make a completion that no follower can receive (4 MiB a message); no real bill comes near."""

DETAIL_LENGTH_MAX = 1000
PAGE_SIZE_DEFAULT, PAGE_SIZE_MAX = 50, 200

OUTCOME_KIND, DELETED_KIND = "outcome", "deleted"
"""Kinds of entries in the journal of completions; the third is the journal's own ``erased``."""

_BILL_STATES = {
    BillState.PENDING: pb.BILL_STATE_PENDING,
    BillState.SUCCEEDED: pb.BILL_STATE_SUCCEEDED,
    BillState.FAILED: pb.BILL_STATE_FAILED,
}
_JOB_STATES = {
    State.QUEUED: pb.JOB_STATE_QUEUED,
    State.LEASED: pb.JOB_STATE_LEASED,
    State.SUCCEEDED: pb.JOB_STATE_SUCCEEDED,
    State.FAILED: pb.JOB_STATE_FAILED,
}
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f]")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TOKEN = struct.Struct(">16sq16s")
_NO_SCOPE = UUID(int=0)


def project_to_proto(project: Project) -> pb.Project:
    """Return a project as its message."""
    return pb.Project(
        project_id=project.project_id,
        name=project.name,
        external_id=project.external_id,
        created_at=values.time_to_proto(project.created_at),
    )


def bill_to_proto(bill: Bill, *, with_key: bool) -> pb.Bill:
    """Return a bill as its message; where its bytes lie is for our own processes only."""
    return pb.Bill(
        bill_id=bill.bill_id,
        project_id=bill.project_id,
        file_name=bill.file_name,
        content_type=bill.content_type,
        size_bytes=bill.size_bytes,
        sha256=bill.sha256,
        received_at=values.time_to_proto(bill.received_at),
        state=_BILL_STATES[bill.state],
        job_id=bill.job_id,
        duplicate_of=bill.duplicate_of or "",
        object_key=bill.object_key if with_key else "",
        failure_reason=bill.failure_reason,
        failure_detail=bill.failure_detail,
        completed_at=values.time_to_proto(bill.completed_at) if bill.completed_at else None,
        doubts=bill.doubts,
        settled_at=values.time_to_proto(bill.settled_at) if bill.settled_at else None,
    )


def job_to_proto(job: Job) -> pb.Job:
    """Return a job as its message."""
    return pb.Job(
        job_id=job.job_id,
        project_id=job.project_id,
        bill_id=job.bill_id,
        state=_JOB_STATES[job.state],
        attempts=job.attempts,
        created_at=values.time_to_proto(job.created_at),
        finished_at=values.time_to_proto(job.finished_at) if job.finished_at else None,
        pages_done=job.pages_done,
        pages_total=job.pages_total,
        failure_reason=job.failure_reason,
        failure_detail=job.failure_detail,
    )


def lease_to_proto(handed: Handed, lease_seconds: float) -> pb.Lease:
    """Return a lease as its message."""
    bill = handed.document
    return pb.Lease(
        job_id=handed.job_id,
        bill_id=bill.bill_id,
        tenant_id=bill.tenant_id,
        project_id=bill.project_id,
        fencing_token=handed.fencing_token,
        lease_seconds=lease_seconds,
        attempt=handed.attempt,
        object_key=bill.object_key,
        size_bytes=bill.size_bytes,
        sha256=bill.sha256,
        content_type=bill.content_type,
        file_name=bill.file_name,
    )


def new_entry(
    bill: Bill | Document, job_id: JobId, outcome: reading_pb2.Outcome | None, jobs_open: int | None
) -> NewEntry:
    """Return the journal's entry of an outcome, or of a deletion where there is none.

    ``jobs_open`` is how many jobs of the project are open behind it; None where it ended none. The payload lacks position and
    time, which the journal gives and ``completion_of`` fills in.
    """
    completion = pb.Completion(
        tenant_id=bill.tenant_id,
        project_id=bill.project_id,
        bill_id=bill.bill_id,
        job_id=job_id,
        jobs_open=jobs_open,
    )
    if outcome is None:
        completion.deleted.SetInParent()
    else:
        completion.outcome.CopyFrom(outcome)
        completion.file_name = bill.file_name
        completion.received_at.CopyFrom(values.time_to_proto(bill.received_at))
    return NewEntry(
        tenant_id=bill.tenant_id,
        project_id=bill.project_id,
        subject_id=bill.bill_id,
        kind=DELETED_KIND if outcome is None else OUTCOME_KIND,
        payload=completion.SerializeToString(deterministic=True),
    )


def completion_of(entry: Entry) -> pb.Completion:
    """Return an entry of the journal as the completion it records."""
    if entry.kind == ERASED or entry.payload is None:
        completion = pb.Completion(
            tenant_id=entry.tenant_id,
            project_id=entry.project_id or "",
            bill_id=entry.subject_id or "",
            erased=pb.Erased(),
        )
    else:
        completion = pb.Completion.FromString(entry.payload)
    completion.position = entry.position
    completion.completed_at.CopyFrom(values.time_to_proto(entry.at))
    return completion


def ending_of(finished: pb.Finished) -> Ending:
    """Return what a worker says came of a lease.

    An outcome that does not parse, or is too large to be passed on, would stop every follower of the journal for ever, and
    refusing it would only have the bill read again; so it is recorded as the failure that it is.
    """
    held = held_of(finished.job_id, finished.fencing_token)
    if finished.outcome.ByteSize() > OUTCOME_BYTES_MAX:
        return _unreadable(held, "The document holds more values than a reading can.")
    try:
        outcome = values.outcome_from_proto(finished.outcome)
    except (ValueError, ArithmeticError, LookupError):
        return _unreadable(held, "The parser's answer could not be understood.")
    if not isinstance(outcome, Failure):
        return Ending(held, finished.outcome, None)
    failure = Failure(
        reason=outcome.reason,
        detail=_UNPRINTABLE.sub(" ", outcome.detail)[:DETAIL_LENGTH_MAX],
        engine_version=outcome.engine_version,
    )
    return Ending(held, values.outcome_to_proto(failure), failure)


def held_of(job_id: str, fencing_token: int) -> Held:
    """Return the lease that a worker speaks of.

    Raises:
        BadRequest: it cannot be one.
    """
    canonical = canonical_id(job_id)
    if canonical is None:
        raise BadRequest("job_id must be the UUID of a lease")
    return Held(canonical, fencing_token)


def canonical_id(text: str) -> str | None:
    """Return a UUID in its usual form, or None for what is none."""
    try:
        return str(UUID(text))
    except ValueError:
        return None


def plain_text(name: str, text: str, *, length_min: int = 0, length_max: int) -> str:
    """Return a text of the caller that stays within its limits.

    Raises:
        BadRequest: it is too short, too long, or holds a NUL, which the database cannot keep.
    """
    if not length_min <= len(text) <= length_max:
        raise BadRequest(f"{name} must have {length_min} to {length_max} characters", length_max=length_max)
    if "\0" in text:
        raise BadRequest(f"{name} must not hold a NUL character")
    return text


def page_size(asked: int) -> int:
    """Return how many rows a page has.

    Raises:
        BadRequest: negative, or more than 200.
    """
    if not 0 <= asked <= PAGE_SIZE_MAX:
        raise BadRequest(
            f"page_size must be 1 to {PAGE_SIZE_MAX}, or 0 for {PAGE_SIZE_DEFAULT}", page_size_max=PAGE_SIZE_MAX
        )
    return asked or PAGE_SIZE_DEFAULT


def page_token(scope: ProjectId | None, key: PageKey) -> str:
    """Return the token of the page behind ``key`` in the list of ``scope`` (a project's bills, or the tenant's projects)."""
    microseconds = (key.at - _EPOCH) // timedelta(microseconds=1)
    packed = _TOKEN.pack(_scope_bytes(scope), microseconds, UUID(key.id).bytes)
    return base64.urlsafe_b64encode(packed).rstrip(b"=").decode()


def page_key(scope: ProjectId | None, token: str) -> PageKey | None:
    """Return where the page before ended; None for the first page.

    Raises:
        BadPageToken: the token was not made for this list.
    """
    if not token:
        return None
    try:
        packed = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        scope_bytes, microseconds, last_id = _TOKEN.unpack(packed)
        at = _EPOCH + timedelta(microseconds=microseconds)
    except (ValueError, struct.error, OverflowError) as error:
        raise BadPageToken from error
    if scope_bytes != _scope_bytes(scope):
        raise BadPageToken
    return PageKey(at, str(UUID(bytes=last_id)))


def _scope_bytes(scope: ProjectId | None) -> bytes:
    return (UUID(scope) if scope else _NO_SCOPE).bytes


def _unreadable(held: Held, detail: str) -> Ending:
    failure = Failure(reason=FailureReason.UNREADABLE, detail=detail)
    return Ending(held, values.outcome_to_proto(failure), failure)
