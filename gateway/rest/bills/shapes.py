"""What the partners' JSON of bills, jobs and readings looks like: pure renderers from the rooms' answers."""

from google.protobuf.json_format import MessageToDict

from domain.summary import merged_summary
from gateway.rest.answers import Json, time_of
from protos.ingest.v1 import ingest_pb2
from protos.profile.v1 import profile_pb2
from runtime.wire import reading_from_proto

_BILL_STATE = {
    ingest_pb2.BILL_STATE_PENDING: "pending",
    ingest_pb2.BILL_STATE_SUCCEEDED: "succeeded",
    ingest_pb2.BILL_STATE_FAILED: "failed",
}


STATES = {word: state for state, word in _BILL_STATE.items()}
"""The states of a bill, by the word that partners use."""

_JOB_STATE = {
    ingest_pb2.JOB_STATE_QUEUED: "queued",
    ingest_pb2.JOB_STATE_LEASED: "processing",
    ingest_pb2.JOB_STATE_SUCCEEDED: "succeeded",
    ingest_pb2.JOB_STATE_FAILED: "failed",
}


def bill_json(bill: ingest_pb2.Bill) -> Json:
    """Render a bill's record; what was read from it is the reading's to tell."""
    return {
        "utility_bill_id": bill.bill_id,
        "user_file_id": bill.bill_id,
        "project_id": bill.project_id,
        "job_id": bill.job_id or None,
        "status": _BILL_STATE.get(bill.state),
        "file_name": bill.file_name,
        "content_type": bill.content_type,
        "size_bytes": bill.size_bytes,
        "sha256": bill.sha256,
        "duplicate_of": bill.duplicate_of or None,
        "failure_reason": bill.failure_reason or None,
        "failure_detail": bill.failure_detail or None,
        "received_at": time_of(bill, "received_at"),
        "completed_at": time_of(bill, "completed_at"),
    }


def job_json(job: ingest_pb2.Job) -> Json:
    """Render a job."""
    return {
        "job_id": job.job_id,
        "utility_bill_id": job.bill_id,
        "user_file_id": job.bill_id,
        "project_id": job.project_id,
        "status": _JOB_STATE.get(job.state),
        "attempts": job.attempts,
        "pages_done": job.pages_done,
        "pages_total": job.pages_total or None,
        "failure_reason": job.failure_reason or None,
        "failure_detail": job.failure_detail or None,
        "created_at": time_of(job, "created_at"),
        "finished_at": time_of(job, "finished_at"),
    }


def upload_json(answer: ingest_pb2.UploadBillResponse) -> Json:
    """Render the answer to an upload."""
    return {**bill_json(answer.bill), "job_id": answer.job.job_id}


def reading_json(project_id: str, answer: profile_pb2.GetReadingResponse) -> Json:
    """Render everything that was read: the contract's own field names, each value with its evidence.

    ``summary`` holds the flat facts first asked for; its numbers are Decimals and need ``to_json``.
    """
    readings = [
        MessageToDict(reading, preserving_proto_field_name=True, always_print_fields_with_no_presence=True)
        for reading in answer.readings
    ]
    return {
        "utility_bill_id": answer.bill_id,
        "project_id": project_id,
        "completed_at": time_of(answer, "completed_at"),
        "summary": merged_summary(tuple(reading_from_proto(reading) for reading in answer.readings)),
        "readings": readings,
    }
