"""Reviews: bills that wait for a person, and what people say of readings."""

from gateway.messages import message_json
from gateway.openapi.operation import BODY_PROBLEMS, PAGE_PROBLEMS, Operation
from gateway.openapi.sample_ids import BILL_ID, PROJECT_ID
from gateway.openapi.terms import ID, TIME, Example, Schema, items, maybe, members, page_of, ref, text, whole
from gateway.openapi.topics.ledger.bills import NO_MORE
from gateway.openapi.topics.readings import READING
from protos.profile.v1 import ledger_pb2
from protos.values.v1 import reading_pb2

_LEDGER_BILL_ID = f"{BILL_ID}_1"
_RULE = "previous_less_payments_plus_new_is_due"
_SENTENCE = "The bill's own numbers do not agree: 98.20 - 98.20 + 0 + 120.50 = 125.50."
_AT = "2026-03-02T09:16:01.480Z"
_REASON: Example = {"rule_id": _RULE, "sentence": _SENTENCE, "action": "hold", "statement": 1}
_SETTINGS: Example = {
    "project_id": PROJECT_ID,
    "hold": "by_rule",
    "rules": {_RULE: "hold", "items_sum_to_new_charges": "hold", "low_confidence": "check"},
    "bills_held": 1,
}
_HELD: Example = {
    "utility_bill_id": BILL_ID,
    "project_id": PROJECT_ID,
    "held_at": "2026-03-02T09:16:01.490Z",
    "completed_at": _AT,
    "reasons": [_REASON],
    "earlier_in_effect": False,
}
_REVIEW: Example = {
    "utility_bill_id": BILL_ID,
    "project_id": PROJECT_ID,
    "state": "confirmed",
    "version": "12-3-1",
    "completed_at": _AT,
    "reasons": [],
    "decisions": [
        {
            "decision": "confirmed",
            "decided_by": "Robin Example",
            "decided_at": "2026-03-02T11:02:14.020Z",
            "reason": None,
            "completed_at": _AT,
        }
    ],
    "statements": [
        {
            "ledger_bill_id": _LEDGER_BILL_ID,
            "reading": READING["readings"][0],
            "amended_fields": ["amount_due"],
            "amendments": [
                message_json(
                    ledger_pb2.Amendment(
                        amendment_id="1c0ffee0-0000-4000-8000-000000000005",
                        ledger_bill_id=_LEDGER_BILL_ID,
                        field="amount_due",
                        before="125.50",
                        after="120.50",
                        amended_by="Robin Example",
                        reason="A smudge.",
                    )
                )
            ],
            "confirmed_values": [
                {"path": "amount_due", "confirmed_by": "Robin Example", "confirmed_at": "2026-03-02T11:02:10.000Z"}
            ],
        }
    ],
    "in_profile": True,
    "pinned": False,
}
_PREVIEW: Example = {
    "profile_before": None,
    "profile_after": None,
    "months_before": [],
    "months_after": [],
    "currency": "USD",
    "fields": [{"field": "amount_due", "before": "125.50", "after": "120.50"}],
    "proofs_before": [],
    "proofs_after": [
        message_json(
            reading_pb2.Proof(
                rule_id=_RULE,
                verdict=reading_pb2.VERDICT_PASS,
                statement="98.20 - 98.20 + 0 + 120.50 = 120.50",
                residual="0.00",
                fields=["new_charges", "amount_due", "previous_balance", "payments"],
            )
        )
    ],
}
_DECISION: Example = {"reviewed_by": "Robin Example", "version": "12-3-0"}
_BILL_PROBLEMS = ("NO_SUCH_PROJECT", "NO_SUCH_BILL", "NO_READING")
_DECIDE_PROBLEMS = (*BODY_PROBLEMS, *_BILL_PROBLEMS, "REVIEW_OUTDATED")

OPERATIONS: dict[str, Operation] = {
    "get_review_settings": Operation(
        tag="Reviews",
        summary="Retrieve which bills wait for a person",
        schema="ReviewSettings",
        example=_SETTINGS,
        problems=("NO_SUCH_PROJECT",),
    ),
    "update_review_settings": Operation(
        tag="Reviews",
        summary="Change which bills wait for a person",
        about=(
            "A bill that waits has no effect on ledger, months or load profile until somebody confirms it. The settings count "
            "for bills read from then on: those in effect stay so, those that wait go on waiting."
        ),
        schema="ReviewSettings",
        example=_SETTINGS,
        request_schema="ReviewSettingsChange",
        request_example={"hold": "by_rule", "rules": {"low_confidence": "hold"}},
        problems=(*BODY_PROBLEMS, "NO_SUCH_PROJECT"),
    ),
    "list_held_utility_bills": Operation(
        tag="Reviews",
        summary="List bills that wait for a person",
        about="The one read last first.",
        schema="HeldUtilityBillPage",
        example={"held_utility_bills": [_HELD], **NO_MORE},
        query=("held_state", "page_size", "page_token"),
        answer_headers=("Link",),
        problems=(*PAGE_PROBLEMS, "NO_SUCH_PROJECT"),
    ),
    "get_review": Operation(
        tag="Reviews",
        summary="Retrieve a bill as it is to be reviewed",
        about="The reading that waits where there is one, else the one in effect, with the corrections that people made.",
        schema="Review",
        example=_REVIEW,
        problems=_BILL_PROBLEMS,
    ),
    "preview_review": Operation(
        tag="Reviews",
        summary="Preview an act",
        about=(
            "Tells what confirming the bill, pinning it, unpinning, or correcting a field would change: fields, identities, "
            "calendar months and the load profile, without and with it. Nothing is changed."
        ),
        schema="ReviewPreview",
        example=_PREVIEW,
        query=("act", "amended_ledger_bill_id", "field", "value"),
        problems=("BAD_REQUEST", *_BILL_PROBLEMS, "NO_SUCH_LEDGER_BILL", "LEDGER_BILL_ARCHIVED"),
    ),
    "confirm_utility_bill": Operation(
        tag="Reviews",
        summary="Confirm a bill",
        about=(
            "A person found it right. One that waited, or was rejected, takes effect, at the place in time that its reading has. "
            "With the version of the review that was looked at, nothing is confirmed unseen."
        ),
        schema="Review",
        example=_REVIEW,
        request_schema="ReviewConfirmation",
        request_example=_DECISION,
        problems=_DECIDE_PROBLEMS,
    ),
    "reject_utility_bill": Operation(
        tag="Reviews",
        summary="Reject a bill that waits",
        about="It stays out of the ledger, with the reason; it can be confirmed later.",
        schema="Review",
        example={**_REVIEW, "state": "rejected"},
        request_schema="ReviewRejection",
        request_example={**_DECISION, "reason": "The bill of another site."},
        problems=(*_DECIDE_PROBLEMS, "NOTHING_HELD"),
    ),
    "confirm_values": Operation(
        tag="Reviews",
        summary="Confirm values",
        about="A person found them right; no number is changed by it. What was confirmed lasts while the value says the same.",
        schema="Review",
        example=_REVIEW,
        request_schema="ValuesConfirmation",
        request_example={"statement": 1, "paths": ["amount_due"], "reviewed_by": "Robin Example"},
        problems=_DECIDE_PROBLEMS,
    ),
}


def schemas() -> dict[str, Schema]:
    """Return the schemas of reviews."""
    who = {
        "reviewed_by": text("Who looked.", minLength=1, maxLength=200),
        "version": maybe(text("That of the review that was looked at.", maxLength=100)),
    }
    why = maybe(text("Why.", maxLength=1000))
    paths = items(text(minLength=1, maxLength=200), "1 to 100, as proofs name them: usages[0].quantity.")
    return {
        **_settings(),
        **_review(),
        "ReviewConfirmation": members("A bill found right.", {**who, "reason": why}, optional=("version", "reason")),
        "ReviewRejection": members(
            "A bill to keep out.", {**who, "reason": text("Why.", minLength=1, maxLength=1000)}, optional=("version",)
        ),
        "ValuesConfirmation": members(
            "Values found right.",
            {
                "statement": maybe(whole("From 1; 1 where absent.", minimum=1, maximum=9999)),
                "paths": paths,
                "undo": maybe({"type": "boolean", "description": "Takes back what was confirmed."}),
                **who,
            },
            optional=("statement", "undo", "version"),
        ),
    }


def _settings() -> dict[str, Schema]:
    action = text(enum=["check", "hold", "skip"])
    rules = {
        "type": "object",
        "description": "By rule: check: it is told. hold: it is told and the bill waits. skip: it is passed over.",
        "additionalProperties": action,
    }
    hold = text(
        "never; by_rule: where a rule that is to hold finds something; always.", enum=["never", "by_rule", "always"]
    )
    reason = members(
        "Something that an audit rule found.",
        {
            "rule_id": text("An identity that fails, low_confidence, or every_bill."),
            "sentence": text("For people."),
            "action": text(enum=["check", "hold"]),
            "statement": maybe(whole("The statement that it is about, from 1.")),
        },
    )
    return {
        "ReviewSettings": members(
            "Which bills of a project wait for a person.",
            {"project_id": ID, "hold": hold, "rules": rules, "bills_held": whole("How many wait.")},
        ),
        "ReviewSettingsChange": members(
            "Which bills shall wait; rules left out hold where an identity fails, and are told otherwise.",
            {"hold": hold, "rules": rules},
            optional=("rules",),
        ),
        "ReviewReason": reason,
        "HeldUtilityBill": members(
            "A reading that has no effect.",
            {
                "utility_bill_id": ID,
                "project_id": ID,
                "held_at": TIME,
                "completed_at": TIME,
                "reasons": items(ref("ReviewReason")),
                "earlier_in_effect": {"type": "boolean", "description": "An earlier reading of it counts meanwhile."},
            },
        ),
        "HeldUtilityBillPage": page_of("HeldUtilityBill", "held_utility_bills"),
    }


def _review() -> dict[str, Schema]:
    decision = members(
        "What a person decided about a reading of the bill.",
        {
            "decision": text(enum=["confirmed", "rejected"]),
            "decided_by": text(),
            "decided_at": TIME,
            "reason": maybe(text()),
            "completed_at": {**TIME, "description": "When that reading was completed."},
        },
    )
    confirmed = members("A value found right.", {"path": text(), "confirmed_by": text(), "confirmed_at": TIME})
    statement = members(
        "A statement of the bill, with corrections made.",
        {
            "ledger_bill_id": text("The record to correct; while the bill waits, the one that confirming will make."),
            "reading": ref("Reading"),
            "amended_fields": items(text(), "Fields that a person corrected."),
            "amendments": items(ref("Amendment"), "Newest first."),
            "confirmed_values": items(confirmed, "That still say what was confirmed."),
        },
    )
    profile = maybe(ref("LoadProfile"))
    return {
        "Review": members(
            "A bill as it is to be reviewed.",
            {
                "utility_bill_id": ID,
                "project_id": ID,
                "state": text("Whether it counts.", enum=["in_effect", "confirmed", "held", "rejected"]),
                "version": text("Names what was looked at; give it when you decide."),
                "completed_at": TIME,
                "reasons": items(ref("ReviewReason"), "What held it."),
                "decisions": items(decision, "Newest first."),
                "statements": items(statement),
                "in_profile": {"type": "boolean", "description": "Months of the load profile come from it."},
                "pinned": {"type": "boolean"},
            },
        ),
        "ReviewPreview": members(
            "What an act would change.",
            {
                "profile_before": profile,
                "profile_after": profile,
                "months_before": items(ref("CalendarMonth"), "Those that would be others, without the act."),
                "months_after": items(ref("CalendarMonth"), "And with it."),
                "currency": maybe(text("Of the calendar months' costs.")),
                "fields": items(
                    members(
                        "A field that would say something else.",
                        {"field": text(), "before": maybe(text()), "after": maybe(text())},
                    )
                ),
                "proofs_before": items(ref("LedgerProof")),
                "proofs_after": items(ref("LedgerProof")),
            },
        ),
    }
