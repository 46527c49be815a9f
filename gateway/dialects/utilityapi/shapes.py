"""UtilityAPI's billing summaries, accounts and meters from our records: blocks of what is there, notes of what does not add up.

Uids are our own ids. A day is midnight UTC. Amounts are plain numbers; null means that the bill does not say.
"""

from collections.abc import Collection, Iterable, Sequence
from decimal import Decimal
from typing import Any

from gateway.days import day_text, last_day
from gateway.dialects.words import KINDS_OF_SERVICE
from protos.ingest.v1 import ingest_pb2
from protos.profile.v1 import ledger_pb2
from protos.values.v1 import reading_pb2, values_pb2

Json = dict[str, Any]

_COMMODITY_NAMES = {**KINDS_OF_SERVICE, "": "other"}

ITEMS_SUM = "items_sum_to_new_charges"
_SUMMARY_NOTES = {
    ITEMS_SUM: "audit_failed_on_new_charges",
    "previous_less_payments_plus_new_is_due": "previous_balances_strange",
}
"""The vendor's notes by the identities that the parser checks."""


def summary_json(bill: ledger_pb2.LedgerBill, sources: Sequence[Json]) -> Json:
    """Render a billing summary; its blocks are those that the bill has something for."""
    charges = _new_charges(bill)
    blocks: Json = {"base": _base(bill)}
    if charges:
        blocks["new_charges"] = charges
    if sources:
        blocks["sources"] = list(sources)
    return {
        "uid": bill.ledger_bill_id,
        "authorization_uid": bill.project_id,
        "billing_account_uid": bill.account_id or None,
        "meter_uids": [meter.meter_id for meter in bill.meters if meter.meter_id],
        "notes": summary_notes(bill),
        "blocks": list(blocks),
        **blocks,
    }


def summary_notes(bill: ledger_pb2.LedgerBill) -> list[Json]:
    """Return what the summary's own numbers say against each other, as they were checked on the reading.

    ``audit_failed_on_new_charges``: its charges do not sum to its new charges. ``previous_balances_strange``: previous balance
    less payments, with adjustments and new charges, is not what it asks for.
    """
    found = ((kind, proof) for rule_id, kind in _SUMMARY_NOTES.items() for proof in failed_proofs(bill, rule_id))
    return [note(kind, proof.statement, bill.recorded_at.ToJsonString()) for kind, proof in found]


def failed_proofs(bill: ledger_pb2.LedgerBill, rule_id: str) -> list[reading_pb2.Proof]:
    """Return the checks of one identity that a bill failed, rounding allowed for."""
    return [one for one in bill.proofs if one.rule_id == rule_id and one.verdict == reading_pb2.VERDICT_FAIL]


def note(kind: str, message: str, at: str, **more: Any) -> Json:
    """Render a note."""
    return {"type": kind, "msg": message, "ts": stamp(at), **more}


def account_json(
    account: ledger_pb2.LedgerAccount, bills: Sequence[ledger_pb2.LedgerBill], sources: Sequence[Json]
) -> Json:
    """Render a billing account; the notes of its summaries are told once more on it."""
    notes = [
        note(
            "billing_summaries_strange",
            "A billing summary of this account does not add up.",
            bill.recorded_at.ToJsonString(),
            billing_summary_uid=bill.ledger_bill_id,
            billing_summary_note_type=one["type"],
            billing_summary_statement_date=day(bill.statement_date),
        )
        for bill in bills
        for one in summary_notes(bill)
    ]
    blocks: Json = {
        "base": {
            "billing_contact": account.holder or None,
            "billing_address": account.mailing_address or None,
            "billing_account": account.account_number or None,
        }
    }
    if sources:
        blocks["sources"] = list(sources)
    return {
        "uid": account.account_id,
        "authorization_uid": account.project_ids[0] if account.project_ids else None,
        "meter_uids": [meter.meter_id for meter in account.meters],
        "notes": notes,
        "statement_dates": sorted({day(bill.statement_date) for bill in bills if bill.statement_date}),
        "blocks": list(blocks),
        **blocks,
    }


def meter_json(meter: ledger_pb2.LedgerMeter, periods: Collection[values_pb2.Period]) -> Json:
    """Render a meter with the spans that its bills cover; ``periods`` are theirs, one a bill, empty where a bill states none."""
    return {
        "uid": meter.meter_id,
        "authorization_uid": meter.project_id or None,
        "created": stamp(meter.created_at.ToJsonString()),
        "is_archived": False,
        "is_activated": True,
        "notes": [],
        "status": "updated",
        "status_message": f"Found {len(periods)} bills.",
        "status_ts": stamp(meter.updated_at.ToJsonString()),
        "utility": None,
        "bill_count": len(periods),
        "bill_coverage": [list(span) for span in covered(periods)],
        "base": {
            "meter_numbers": [meter.number] if meter.number else [],
            "service_identifier": meter.service_point or None,
            "service_tariff": meter.tariff or None,
            "service_class": KINDS_OF_SERVICE.get(meter.commodity),
            "service_address": meter.service_address or None,
        },
    }


def authorization_json(project: ingest_pb2.Project) -> Json:
    """Render an authorization; a project is one: the right to a customer's bills, given by uploading them."""
    return {
        "uid": project.project_id,
        "created": stamp(project.created_at.ToJsonString()),
        "customer_email": None,
        "nickname": project.name,
        "referrals": [project.external_id] if project.external_id else [],
        "is_archived": False,
        "is_declined": False,
        "is_expired": False,
        "is_revoked": False,
        "status": "updated",
        "notes": [],
    }


def covered(periods: Iterable[values_pb2.Period]) -> list[tuple[str, str]]:
    """Return the spans of days that periods of bills cover without a break, as first and last instants."""
    spans: list[list[str]] = []
    for period in sorted(periods, key=lambda one: one.start):
        if not period.start:
            continue
        if spans and period.start <= spans[-1][1]:
            spans[-1][1] = max(spans[-1][1], period.end)
        else:
            spans.append([period.start, period.end])
    return [(day(start) or "", day(end) or "") for start, end in spans]


def source_json(content_type: str, link: str) -> Json:
    """Render a file behind a summary or bill."""
    return {"type": content_type.rpartition("/")[2] or "pdf", "raw_url": link}


def day(text: str) -> str | None:
    """Return a day as the vendor writes instants: midnight UTC, with microseconds."""
    return f"{text}T00:00:00.000000+00:00" if text else None


def last_instant(period: values_pb2.Period) -> str | None:
    """Return the last day of a period in the same form."""
    return day(day_text(last_day(period)) or "")


def stamp(moment: str) -> str:
    """Return an instant with microseconds and offset, as the vendor writes them."""
    whole, _, rest = moment.removesuffix("Z").partition(".")
    return f"{whole}.{(rest + '000000')[:6]}+00:00"


def _base(bill: ledger_pb2.LedgerBill) -> Json:
    return {
        "amount_due": _amount(bill, "amount_due"),
        "amount_due_date": day(bill.due_date),
        "new_balance_amount": _amount(bill, "amount_due"),
        "new_charges_amount": _amount(bill, "new_charges"),
        "previous_balance_amount": _amount(bill, "previous_balance"),
        "previous_balance_unpaid": _amount(bill, "unpaid_balance"),
        "previous_payment_amount": _amount(bill, "payments"),
        "statement_date": day(bill.statement_date),
    }


def _new_charges(bill: ledger_pb2.LedgerBill) -> list[Json]:
    """Sum charges by what they are for: each commodity, and apart from it what another company supplies."""
    sums: dict[str, Decimal] = {}
    for charge in bill.charges:
        name = _charge_name(bill, charge)
        sums[name] = sums.get(name, Decimal()) + Decimal(charge.amount.amount)
    return [{"name": name, "cost": cost} for name, cost in sums.items()]


def _charge_name(bill: ledger_pb2.LedgerBill, charge: ledger_pb2.LedgerCharge) -> str:
    commodity = _COMMODITY_NAMES.get(charge.commodity, charge.commodity).capitalize()
    if charge.kind == "supply":
        meters = [
            one for one in bill.meters if charge.meter_id in ("", one.meter_id) and one.commodity == charge.commodity
        ]
        supplier = next((one.supplier for one in meters if one.supplier), "")
        return f"{commodity} supply charges - {supplier}" if supplier else f"{commodity} supply charges"
    return f"{commodity} charges"


def _amount(bill: Any, name: str) -> Decimal | None:
    return Decimal(getattr(bill, name).amount) if bill.HasField(name) else None
