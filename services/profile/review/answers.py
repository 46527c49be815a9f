"""Reviews as they are told, and settings as they are asked for: profile's own values from and to their messages."""

from collections.abc import Mapping

from domain.ids import BillId
from domain.refusals import BadRequest
from protos.profile.v1 import review_pb2
from runtime.wire import time_to_proto
from services.profile.fold import Rule
from services.profile.ledger.calls.servicer import amendment_message
from services.profile.review.audit import AUDIT_RULES, Action, Holding, HoldMode
from services.profile.review.look import Look, SeenStatement
from services.profile.review.store import HeldRow, reasons_of
from services.profile.store import Project

AMENDMENTS_MAX = 200

_MODES: Mapping[HoldMode, review_pb2.HoldMode.ValueType] = {
    HoldMode.NEVER: review_pb2.HOLD_MODE_NEVER,
    HoldMode.BY_RULE: review_pb2.HOLD_MODE_BY_RULE,
    HoldMode.ALWAYS: review_pb2.HOLD_MODE_ALWAYS,
}
_ACTIONS: Mapping[Action, review_pb2.AuditAction.ValueType] = {
    Action.CHECK: review_pb2.AUDIT_ACTION_CHECK,
    Action.HOLD: review_pb2.AUDIT_ACTION_HOLD,
    Action.SKIP: review_pb2.AUDIT_ACTION_SKIP,
}
_MODES_BACK = {message: mode for mode, message in _MODES.items()}
_ACTIONS_BACK = {message: action for action, message in _ACTIONS.items()}


def settings_message(project: Project) -> review_pb2.ReviewSettings:
    """Return which bills of a project wait, with what every audit rule does."""
    rules = [
        review_pb2.AuditRule(rule_id=rule_id, action=_ACTIONS[project.holding.action(rule_id)])
        for rule_id in AUDIT_RULES
    ]
    return review_pb2.ReviewSettings(
        project_id=project.key.project_id,
        hold=_MODES[project.holding.mode],
        rules=rules,
        bills_held=project.bills_held,
    )


def holding_of(request: review_pb2.UpdateReviewSettingsRequest) -> Holding:
    """Return the settings that are asked for.

    Raises:
        BadRequest: a mode, a rule or an action is none, or a rule is named twice.
    """
    mode = _MODES_BACK.get(request.hold)
    if mode is None:
        raise BadRequest("hold is required: never, by_rule or always", field="hold")
    rules: dict[str, Action] = {}
    for one in request.rules:
        action = _ACTIONS_BACK.get(one.action)
        if one.rule_id not in AUDIT_RULES or action is None or one.rule_id in rules:
            raise BadRequest(
                f"rules name each of {', '.join(AUDIT_RULES)} at most once, with check, hold or skip", field="rules"
            )
        rules[one.rule_id] = action
    return Holding(mode, rules)


def held_message(row: HeldRow) -> review_pb2.HeldBill:
    """Return a reading that waits."""
    return review_pb2.HeldBill(
        bill_id=row.bill_id,
        project_id=row.project_id,
        held_at=time_to_proto(row.held_at),
        completed_at=time_to_proto(row.completed_at),
        reasons=reasons_of(row.found),
        earlier_in_effect=row.earlier_in_effect,
    )


def review_message(project: Project, bill_id: BillId, seen: Look) -> review_pb2.Review:
    """Return a bill under review."""
    return review_pb2.Review(
        bill_id=bill_id,
        project_id=project.key.project_id,
        state=seen.word,
        version=seen.version,
        completed_at=time_to_proto(seen.mark.completed_at),
        reasons=reasons_of(seen.found),
        decisions=[
            review_pb2.ReviewDecision(
                decision=one.decision,
                decided_by=one.decided_by,
                decided_at=None if one.decided_at is None else time_to_proto(one.decided_at),
                reason=one.reason,
                completed_at=time_to_proto(one.mark.completed_at),
            )
            for one in seen.decisions
        ],
        statements=[_statement(one) for one in seen.statements],
        in_profile=seen.in_profile,
        pinned=project.policy.rule is Rule.PINNED and project.policy.pinned_bill_id == bill_id,
    )


def _statement(one: SeenStatement) -> review_pb2.ReviewedStatement:
    return review_pb2.ReviewedStatement(
        ledger_bill_id=str(one.key),
        reading=one.reading,
        amended_fields=one.fields,
        amendments=[amendment_message(each) for each in [*reversed(one.corrections)][:AMENDMENTS_MAX]],
        confirmed_values=[
            review_pb2.ConfirmedValue(
                path=each.path, confirmed_by=each.confirmed_by, confirmed_at=time_to_proto(each.confirmed_at)
            )
            for each in one.confirmed
        ],
    )
