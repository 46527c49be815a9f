"""Aurora's objects from our records: kWh and dollars as plain numbers, ids as UUIDs, each object under its own name."""

from decimal import Decimal
from typing import Any

from gateway.problems import Problem
from gateway.rest.answers import time_of
from protos.ingest.v1 import ingest_pb2
from protos.profile.v1 import profile_pb2

Json = dict[str, Any]

NO_PROFILE = "Consumption profile is not filled out"
"""Aurora's own words where a project has none; clients compare them."""

_RUNNING = "running"
_JOB_STATUS = {
    ingest_pb2.JOB_STATE_QUEUED: _RUNNING,
    ingest_pb2.JOB_STATE_LEASED: _RUNNING,
    ingest_pb2.JOB_STATE_SUCCEEDED: "succeeded",
    ingest_pb2.JOB_STATE_FAILED: "failed",
}


def project_json(project: ingest_pb2.Project) -> Json:
    """Render a project; what we know nothing of (address, customer) is left out rather than null for ever."""
    return {
        "id": project.project_id,
        "external_provider_id": project.external_id or None,
        "name": project.name,
        "created_at": time_of(project, "created_at"),
    }


def bill_json(bill: ingest_pb2.Bill, file_url: str) -> Json:
    """Render a utility bill with a fresh link to its file."""
    return {
        "id": bill.bill_id,
        "user_file_id": bill.bill_id,
        "project_id": bill.project_id,
        "job_id": bill.job_id or None,
        "filename": bill.file_name,
        "content_type": bill.content_type,
        "file_url": file_url,
        "created_at": time_of(bill, "received_at"),
    }


def run_json(answer: ingest_pb2.UploadBillResponse) -> Json:
    """Render what a run answers; the guide and the reference name the file's id differently, so both names are there."""
    return {
        "job_id": answer.job.job_id,
        "utility_bill_id": answer.bill.bill_id,
        "user_file_id": answer.bill.bill_id,
    }


def job_json(job: ingest_pb2.Job) -> Json:
    """Render the status of a job: running, succeeded or failed."""
    return {
        "job_id": job.job_id,
        "status": _JOB_STATUS.get(job.state, _RUNNING),
        "utility_bill_id": job.bill_id,
        "user_file_id": job.bill_id,
        "project_id": job.project_id,
        "message": job.failure_detail or None,
    }


def profile_json(profile: profile_pb2.LoadProfile) -> Json:
    """Render a consumption profile: twelve months of kWh and of the bill's currency, January first."""
    return {
        "project_id": profile.project_id,
        "monthly_energy": [_number(month.energy_kwh) for month in profile.months],
        "monthly_bill": [_number(month.cost.amount) if month.HasField("cost") else None for month in profile.months],
        "interval_data": None,
    }


def refusal_json(problem: Problem) -> Json:
    """Render a problem: a sentence, and our reason beside it for programs."""
    message = NO_PROFILE if problem.kind.reason == "NO_LOAD_PROFILE" else problem.detail
    return {"message": message, "error": problem.kind.reason.lower()}


def _number(text: str) -> Decimal | None:
    return Decimal(text) if text else None
