"""What the partners' JSON of projects and their numbers looks like: pure renderers from the rooms' answers."""

from gateway.messages import month_source
from gateway.rest.answers import Json, money_json, time_of
from protos.ingest.v1 import ingest_pb2
from protos.profile.v1 import profile_pb2

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
        "created_at": time_of(project, "created_at"),
    }


def load_profile_json(profile: profile_pb2.LoadProfile) -> Json:
    """Render the twelve months."""
    return {
        "project_id": profile.project_id,
        "version": profile.version,
        "active_utility_bill_id": profile.active_bill_id or None,
        "supplied_as": profile.supplied_as or None,
        "completed_at": time_of(profile, "completed_at"),
        "months": [_month(month) for month in profile.months],
        "months_observed": profile.months_observed,
        "annual_energy_kwh": profile.annual_energy_kwh or None,
        "annual_cost": money_json(profile.annual_cost) if profile.HasField("annual_cost") else None,
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
        "supplied": policy.supplied,
    }


def _month(month: profile_pb2.ProfileMonth) -> Json:
    return {
        "month": month.month,
        "year": month.year or None,
        "energy_kwh": month.energy_kwh or None,
        "cost": money_json(month.cost) if month.HasField("cost") else None,
        "source": month_source(month),
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
