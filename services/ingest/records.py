"""Ingest's records as the room passes them around: projects, bills, jobs, requests. Plain data, no SQL and no wire."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from domain.ids import BillId, JobId, Position, ProjectId, TenantId
from domain.outcome import Failure
from protos.values.v1 import reading_pb2
from runtime.lease import Held, State


class BillState(StrEnum):
    """What is known of a bill: what came of its newest job."""

    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """One site or study of a tenant. ``external_id`` is the caller's own, or empty."""

    project_id: ProjectId
    name: str
    external_id: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """One uploaded document. A tombstone has ``deleted_at`` and nothing of what the document said.

    ``doubts`` of its newest reading, and when a person said that nothing more is to be done about it.
    """

    bill_id: BillId
    tenant_id: TenantId
    project_id: ProjectId
    file_name: str
    content_type: str
    size_bytes: int
    sha256: str
    object_key: str
    received_at: datetime
    duplicate_of: BillId | None
    state: BillState
    job_id: JobId
    failure_reason: str
    failure_detail: str
    completed_at: datetime | None
    completion_position: Position
    deleted_at: datetime | None
    doubts: int
    settled_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """The right to read one bill, and how far that has come."""

    job_id: JobId
    project_id: ProjectId
    bill_id: BillId
    state: State
    attempts: int
    created_at: datetime
    finished_at: datetime | None
    pages_done: int
    pages_total: int
    failure_reason: str
    failure_detail: str


@dataclass(frozen=True, slots=True)
class Received:
    """The answer to an upload: the bill and the job that reads it."""

    bill: Bill
    job: Job


@dataclass(frozen=True, slots=True, kw_only=True)
class NewBill:
    """A bill about to be recorded; its bytes are durable already."""

    bill_id: BillId
    job_id: JobId
    tenant_id: TenantId
    project_id: ProjectId
    file_name: str
    content_type: str
    size_bytes: int
    sha256: str
    object_key: str


class Call(StrEnum):
    """The calls whose answers are remembered; each has request ids of its own."""

    CREATE_PROJECT = "create_project"
    UPLOAD_BILL = "upload_bill"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request with an id, and the ids of its answer. ``fingerprint`` is the SHA-256 of what was asked."""

    call: Call
    request_id: str
    fingerprint: str
    project_id: ProjectId
    bill_id: BillId | None = None
    job_id: JobId | None = None


class Document(NamedTuple):
    """Of a living bill what those need who read it, and those who say what came of that."""

    bill_id: BillId
    tenant_id: TenantId
    project_id: ProjectId
    received_at: datetime
    file_name: str
    content_type: str
    size_bytes: int
    sha256: str
    object_key: str


@dataclass(frozen=True, slots=True)
class Handed:
    """A lease as it is handed to a worker."""

    job_id: JobId
    fencing_token: int
    attempt: int
    document: Document


@dataclass(frozen=True, slots=True)
class Ending:
    """What came of one lease.

    ``outcome`` is kept in the form in which it came and goes on, as turning large readings over and back would cost
    milliseconds; whoever makes an Ending has proven that it parses. ``failure`` says the same where it is one.
    """

    held: Held
    outcome: reading_pb2.Outcome
    failure: Failure | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether an ending counted, and where its completion stands (0: none was appended)."""

    accepted: bool
    position: Position


@dataclass(frozen=True, slots=True)
class PageKey:
    """Where a page of a list ended: the last row's time and id; in a list by urgency the urgency before both."""

    at: datetime
    id: str
    urgency: int = 0
