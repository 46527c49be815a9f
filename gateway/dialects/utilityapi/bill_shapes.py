"""UtilityAPI's bills: one a meter and statement, in blocks of line items, tiers, time of use, demand, suppliers, sources."""

import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from gateway.days import period_of
from gateway.dialects.utilityapi.shapes import ITEMS_SUM, day, failed_proofs, last_instant, note, stamp
from gateway.dialects.words import KINDS_OF_SERVICE
from gateway.of_meter import charges_of, consumption_of, cost_of, is_alone, usages_of
from protos.profile.v1 import ledger_pb2
from protos.values.v1 import reading_pb2

Json = dict[str, Any]

STRANGE_DAYS = 100
"""A period longer than a quarter and some days is no period of one bill."""

_LINE = re.compile(r"(\w+)\[(\d+)\]", re.ASCII)
_TOU = ("on_peak", "mid_peak", "off_peak")
_KWH = {"kWh": Decimal(1), "MWh": Decimal(1000)}


def bill_uid(bill: ledger_pb2.LedgerBill, meter: ledger_pb2.LedgerBillMeter) -> str:
    """Return the uid of a bill of one meter."""
    return f"{bill.ledger_bill_id}.{meter.line}"


def bill_json(bill: ledger_pb2.LedgerBill, meter: ledger_pb2.LedgerBillMeter, sources: Sequence[Json]) -> Json:
    """Render the bill of one meter."""
    usages = usages_of(bill, meter)
    charges = charges_of(bill, meter)
    blocks: Json = {"base": _base(bill, meter)}
    rows = {
        "line_items": [_item(one) for one in charges],
        "tiers": [_row(one) for one in usages if one.kind == "tier"],
        "tou": [_row(one) for one in usages if one.kind in _TOU],
        "demand": [_row(one) for one in usages if one.kind == "demand"],
        "power": [_row(one) for one in usages if one.kind in ("reactive", "power_factor")],
        "suppliers": _suppliers(meter, charges),
        "sources": list(sources),
    }
    blocks |= {name: found for name, found in rows.items() if found}
    created = stamp(bill.recorded_at.ToJsonString())
    return {
        "uid": bill_uid(bill, meter),
        "meter_uid": meter.meter_id or None,
        "authorization_uid": bill.project_id,
        "created": created,
        "updated": created,
        "notes": _notes(bill, meter, usages),
        "utility": bill.issuer_id or None,
        "blocks": list(blocks),
        **blocks,
    }


def _base(bill: ledger_pb2.LedgerBill, meter: ledger_pb2.LedgerBillMeter) -> Json:
    used = consumption_of(bill, meter)
    period = period_of(bill, meter)
    kwh = _KWH.get(used.unit) if used is not None else None
    return {
        "service_identifier": meter.service_point or None,
        "service_tariff": meter.tariff or None,
        "service_class": KINDS_OF_SERVICE.get(meter.commodity),
        "service_address": bill.service_address or None,
        "meter_numbers": [meter.number] if meter.number else [],
        "billing_contact": bill.holder or None,
        "billing_address": bill.mailing_address or None,
        "billing_account": bill.account_number or None,
        "bill_start_date": day(period.start),
        "bill_end_date": last_instant(period),
        "bill_statement_date": day(bill.statement_date),
        "bill_total_kwh": used.amount * kwh if used is not None and kwh is not None else None,
        "bill_total_unit": used.unit.lower() if used is not None else None,
        "bill_total_volume": used.amount if used is not None else None,
        "bill_total_cost": cost_of(bill, meter),
    }


def _notes(
    bill: ledger_pb2.LedgerBill, meter: ledger_pb2.LedgerBillMeter, usages: Sequence[ledger_pb2.LedgerUsage]
) -> list[Json]:
    """Return what this meter's numbers say against each other, as they were checked on the reading, and its days, if odd."""
    at = bill.recorded_at.ToJsonString()
    kinds = {usage.line: usage.kind for usage in usages}
    failed = [
        ("audit_failed_on_total_kWh", proof)
        for proof in failed_proofs(bill, "read_difference_times_multiplier_is_usage")
        if meter.line in _lines(proof, "meters")
    ]
    if is_alone(bill, meter):
        # All items of the bill are this meter's; of several meters' no identity tells whose it is that fails.
        failed += [("audit_failed_on_line_items", proof) for proof in failed_proofs(bill, ITEMS_SUM)]
    parts = failed_proofs(bill, "parts_sum_to_total")
    for name, wanted in (("tiers", ("tier",)), ("tou", _TOU)):
        failed += [
            (f"audit_failed_on_{name}", proof)
            for proof in parts
            if any(kinds.get(line) in wanted for line in _lines(proof, "usages"))
        ]
    notes = [note(kind, proof.statement, at) for kind, proof in failed]
    period = period_of(bill, meter)
    if period.start and period.end:
        days = (date.fromisoformat(period.end) - date.fromisoformat(period.start)).days
        if not 0 < days <= STRANGE_DAYS:
            notes.append(note("bill_dates_strange", f"The period has {days} days.", at))
    return notes


def _lines(proof: reading_pb2.Proof, name: str) -> set[int]:
    """Return the places of the lines of one kind that an identity touches: 3 of ``usages[3].quantity``."""
    return {int(found[2]) for field in proof.fields if (found := _LINE.match(field)) and found[1] == name}


def _item(charge: ledger_pb2.LedgerCharge) -> Json:
    return {
        "name": charge.description,
        "start": day(charge.period.start),
        "end": last_instant(charge.period),
        "cost": Decimal(charge.amount.amount),
        "volume": Decimal(charge.quantity.amount) if charge.HasField("quantity") else None,
        "unit": charge.quantity.unit.lower() or None,
        "rate": Decimal(charge.rate) if charge.rate else None,
    }


def _row(usage: ledger_pb2.LedgerUsage) -> Json:
    return {
        "name": usage.label or usage.kind.replace("_", " "),
        "volume": Decimal(usage.quantity.amount),
        "unit": usage.quantity.unit.lower(),
        "cost": None,
    }


def _suppliers(meter: ledger_pb2.LedgerBillMeter, charges: Sequence[ledger_pb2.LedgerCharge]) -> list[Json]:
    supply = [one for one in charges if one.kind == "supply"]
    if not meter.supplier and not supply:
        return []
    return [
        {
            "supplier_type": "supplier" if meter.supplier else "utility",
            "supplier_name": meter.supplier or None,
            "supplier_service_id": meter.service_point or None,
            "supplier_tariff": None,
            "supplier_total_cost": _sum(supply) if supply else None,
            "supplier_line_items": [_item(one) for one in supply],
        }
    ]


def _sum(charges: Sequence[ledger_pb2.LedgerCharge]) -> Decimal:
    return sum((Decimal(one.amount.amount) for one in charges), Decimal())
