"""What the partners' JSON of reviews looks like: pure renderers from profile's answers."""

from google.protobuf.json_format import MessageToDict

from gateway.messages import message_json
from gateway.rest.answers import Json, time_of
from gateway.rest.projects.numbers import month_json
from gateway.rest.projects.shapes import load_profile_json
from protos.profile.v1 import review_pb2

HOLDS = {
    "never": review_pb2.HOLD_MODE_NEVER,
    "by_rule": review_pb2.HOLD_MODE_BY_RULE,
    "always": review_pb2.HOLD_MODE_ALWAYS,
}
"""Whose bills wait, by the word that partners use."""

ACTIONS = {
    "check": review_pb2.AUDIT_ACTION_CHECK,
    "hold": review_pb2.AUDIT_ACTION_HOLD,
    "skip": review_pb2.AUDIT_ACTION_SKIP,
}
"""What an audit rule does, by the word that partners use."""

_HOLD_WORDS = {message: word for word, message in HOLDS.items()}
_ACTION_WORDS = {message: word for word, message in ACTIONS.items()}


def settings_json(settings: review_pb2.ReviewSettings) -> Json:
    """Render which bills of a project wait."""
    return {
        "project_id": settings.project_id,
        "hold": _HOLD_WORDS[settings.hold],
        "rules": {one.rule_id: _ACTION_WORDS[one.action] for one in settings.rules},
        "bills_held": settings.bills_held,
    }


def held_json(bill: review_pb2.HeldBill) -> Json:
    """Render a reading that waits."""
    return {
        "utility_bill_id": bill.bill_id,
        "project_id": bill.project_id,
        "held_at": time_of(bill, "held_at"),
        "completed_at": time_of(bill, "completed_at"),
        "reasons": [_reason(one) for one in bill.reasons],
        "earlier_in_effect": bill.earlier_in_effect,
    }


def review_json(review: review_pb2.Review) -> Json:
    """Render a bill under review."""
    return {
        "utility_bill_id": review.bill_id,
        "project_id": review.project_id,
        "state": review.state,
        "version": review.version,
        "completed_at": time_of(review, "completed_at"),
        "reasons": [_reason(one) for one in review.reasons],
        "decisions": [
            {
                "decision": one.decision,
                "decided_by": one.decided_by,
                "decided_at": time_of(one, "decided_at"),
                "reason": one.reason or None,
                "completed_at": time_of(one, "completed_at"),
            }
            for one in review.decisions
        ],
        "statements": [_statement(one) for one in review.statements],
        "in_profile": review.in_profile,
        "pinned": review.pinned,
    }


def preview_json(preview: review_pb2.ReviewPreview) -> Json:
    """Render what an act would change."""
    before, after = preview.profile_before, preview.profile_after
    return {
        "profile_before": load_profile_json(before) if preview.HasField("profile_before") else None,
        "profile_after": load_profile_json(after) if preview.HasField("profile_after") else None,
        "months_before": [month_json(one) for one in preview.months_before],
        "months_after": [month_json(one) for one in preview.months_after],
        "currency": preview.currency or None,
        "fields": [
            {
                "field": one.field,
                "before": one.before if one.HasField("before") else None,
                "after": one.after if one.HasField("after") else None,
            }
            for one in preview.fields
        ],
        "proofs_before": [message_json(one) for one in preview.proofs_before],
        "proofs_after": [message_json(one) for one in preview.proofs_after],
    }


def _statement(one: review_pb2.ReviewedStatement) -> Json:
    return {
        "ledger_bill_id": one.ledger_bill_id,
        "reading": MessageToDict(
            one.reading, preserving_proto_field_name=True, always_print_fields_with_no_presence=True
        ),
        "amended_fields": list(one.amended_fields),
        "amendments": [message_json(each) for each in one.amendments],
        "confirmed_values": [
            {"path": each.path, "confirmed_by": each.confirmed_by, "confirmed_at": time_of(each, "confirmed_at")}
            for each in one.confirmed_values
        ],
    }


def _reason(one: review_pb2.ReviewReason) -> Json:
    return {
        "rule_id": one.rule_id,
        "sentence": one.sentence,
        "action": one.action,
        "statement": one.statement or None,
    }
