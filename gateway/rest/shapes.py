"""What the partners' JSON looks like: pure renderers from the rooms' answers.

Numbers that must stay exact (kWh, money) are texts. What is not known is null, never an empty text or a zero.
"""

from typing import Any

from google.protobuf.json_format import MessageToDict
from google.protobuf.timestamp_pb2 import Timestamp

from domain.summary import merged_summary
from protos.ingest.v1 import ingest_pb2
from protos.profile.v1 import profile_pb2
from protos.values.v1 import values_pb2
from runtime.wire import reading_from_proto

Json = dict[str, Any]

_BILL_STATE = {
    ingest_pb2.BILL_STATE_PENDING: "pending",
    ingest_pb2.BILL_STATE_SUCCEEDED: "succeeded",
    ingest_pb2.BILL_STATE_FAILED: "failed",
}
_JOB_STATE = {
    ingest_pb2.JOB_STATE_QUEUED: "queued",
    ingest_pb2.JOB_STATE_LEASED: "processing",
    ingest_pb2.JOB_STATE_SUCCEEDED: "succeeded",
    ingest_pb2.JOB_STATE_FAILED: "failed",
}
_MONTH_SOURCE = {
    profile_pb2.MONTH_SOURCE_BILLED: "billed",
    profile_pb2.MONTH_SOURCE_PRORATED: "prorated",
    profile_pb2.MONTH_SOURCE_HISTORY_TABLE: "history_table",
    profile_pb2.MONTH_SOURCE_HISTORY_CHART: "history_chart",
    profile_pb2.MONTH_SOURCE_ESTIMATED: "estimated",
}
_RULE = {
    profile_pb2.ACTIVE_BILL_RULE_LAST_PARSED: "last_parsed",
    profile_pb2.ACTIVE_BILL_RULE_LAST_UPLOADED: "last_uploaded",
    profile_pb2.ACTIVE_BILL_RULE_LATEST_PERIOD: "latest_period",
    profile_pb2.ACTIVE_BILL_RULE_PINNED: "pinned",
    profile_pb2.ACTIVE_BILL_RULE_MERGED: "merged",
}
RULES = {word: rule for rule, word in _RULE.items()}
"""The rules of the active bill, by the word that partners use."""


def project_json(project: ingest_pb2.Project) -> Json:
    """Render a project."""
    return {
        "project_id": project.project_id,
        "name": project.name,
        "external_id": project.external_id or None,
        "created_at": _time(project, "created_at"),
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
        "received_at": _time(bill, "received_at"),
        "completed_at": _time(bill, "completed_at"),
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
        "created_at": _time(job, "created_at"),
        "finished_at": _time(job, "finished_at"),
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
        "completed_at": _time(answer, "completed_at"),
        "summary": merged_summary(tuple(reading_from_proto(reading) for reading in answer.readings)),
        "readings": readings,
    }


def load_profile_json(profile: profile_pb2.LoadProfile) -> Json:
    """Render the twelve months."""
    return {
        "project_id": profile.project_id,
        "version": profile.version,
        "active_utility_bill_id": profile.active_bill_id or None,
        "completed_at": _time(profile, "completed_at"),
        "months": [_month(month) for month in profile.months],
        "months_observed": profile.months_observed,
        "annual_energy_kwh": profile.annual_energy_kwh or None,
        "annual_cost": _money(profile.annual_cost) if profile.HasField("annual_cost") else None,
        "average_rate": profile.average_rate or None,
        "method": profile.method or None,
        "band_percent": profile.band_percent or None,
    }


def policy_json(policy: profile_pb2.Policy) -> Json:
    """Render which bill is active, and by which rule."""
    return {
        "project_id": policy.project_id,
        "rule": _RULE.get(policy.rule),
        "pinned_utility_bill_id": policy.pinned_bill_id or None,
        "active_utility_bill_id": policy.active_bill_id or None,
    }


def account_json(account: profile_pb2.Account) -> Json:
    """Render a customer's account with a utility."""
    return {
        "account_id": account.account_id,
        "issuer_id": account.issuer_id or None,
        "issuer_name": account.issuer_name or None,
        "account_number": account.account_number or None,
        "meters": [
            {
                "meter_id": meter.meter_id,
                "number": meter.number or None,
                "commodity": meter.commodity or None,
                "tariff": meter.tariff or None,
            }
            for meter in account.meters
        ],
        "created_at": _time(account, "created_at"),
    }


def _month(month: profile_pb2.ProfileMonth) -> Json:
    return {
        "month": month.month,
        "year": month.year or None,
        "energy_kwh": month.energy_kwh or None,
        "cost": _money(month.cost) if month.HasField("cost") else None,
        "source": _MONTH_SOURCE.get(month.source),
        "days_covered": month.days_covered,
        "days_in_month": month.days_in_month,
        "utility_bill_id": month.bill_id or None,
        **(_explanation(month) if month.rule else {}),
    }


def _explanation(month: profile_pb2.ProfileMonth) -> Json:
    return {
        "rule": month.rule,
        "scale": month.scale or None,
        "parts": [
            {
                "utility_bill_id": part.bill_id,
                "start": part.start,
                "end": part.end,
                "origin": part.origin,
                "meter": part.meter or None,
                "energy_kwh": part.energy_kwh,
                "days": part.days,
                "days_of_row": part.days_of_row,
                "share_kwh": part.share_kwh,
            }
            for part in month.parts
        ],
    }


def _money(money: values_pb2.Money) -> Json:
    return {"amount": money.amount, "currency": money.currency}


def _time(message: Any, name: str) -> str | None:
    if not message.HasField(name):
        return None
    at: Timestamp = getattr(message, name)
    return at.ToJsonString()
