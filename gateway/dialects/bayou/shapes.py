"""Bayou's objects from our records: whole cents, electricity in watt-hours, gas in therms or CCF, periods with both ends.

The vendor's sample prints ``900`` for a bill of 90.60, which reads like kilowatt-hours; its field notes say watt-hours. We follow
the notes (``docs/dialects.md``).
"""

from collections.abc import Iterable, Mapping, Sequence
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from gateway.days import day_text, last_day, period_of
from gateway.dialects.numbers import NumberOf
from gateway.dialects.words import KINDS_OF_SERVICE
from gateway.of_meter import Used, consumption_of, consumptions_of
from gateway.problems import Problem
from protos.ingest.v1 import ingest_pb2
from protos.profile.v1 import ledger_pb2

Json = dict[str, Any]

_CENTS = Decimal(100)
_WATT_HOURS = {"kWh": Decimal(1000), "MWh": Decimal(1_000_000)}
_GAS_UNITS = {
    "therm": ("therms", Decimal(1)),
    "Dth": ("therms", Decimal(10)),
    "MMBtu": ("therms", Decimal(10)),
    "CCF": ("ccf", Decimal(1)),
    "MCF": ("ccf", Decimal(10)),
    "cf": ("ccf", Decimal("0.01")),
}
"""Only units that are these by definition; gas in cubic metres or kilowatt-hours has no place in the vendor's object."""

_ERROR_TYPES = {400: "invalid_input", 404: "invalid_request", 422: "invalid_input", 429: "request_blocked"}
_ERROR_CODES = {
    "NO_SUCH_PROJECT": "customer_id_invalid",
    "NO_SUCH_BILL": "bill_id_invalid",
    "NO_SUCH_ACCOUNT": "utility_id_invalid",
    "NO_SUCH_LEDGER_BILL": "bill_id_invalid",
    "LIMIT_REACHED": "too_many_requests",
}


def customer_json(project: ingest_pb2.Project, number_of: NumberOf, *, ready: bool) -> Json:
    """Render a customer; a project is one. ``ready``: none of its bills is still being read.

    Its external id is the one that it was given here, as addresses go by; what a project is called elsewhere finds nothing.
    """
    known = number_of("project", project.project_id)
    return {
        "id": known.number,
        "external_id": known.external_id,
        "name": project.name,
        "bills_are_ready": ready,
        "created_at": project.created_at.ToJsonString(),
    }


def bill_key(project_id: str, bill_id: str, statement: int = 1) -> str:
    """Return what a bill is numbered by: its document, and its place in it where that holds several."""
    key = f"{project_id}/{bill_id}"
    return key if statement <= 1 else f"{key}#{statement}"


def bill_json(bill: ledger_pb2.LedgerBill, file_url: str, number_of: NumberOf) -> Json:
    """Render a bill that was read."""
    customer = number_of("project", bill.project_id)
    known = number_of("bill", bill_key(bill.project_id, bill.bill_id, bill.statement))
    gas_amount, gas_unit = _gas(consumptions_of(bill, "gas"))
    return {
        "external_id": known.external_id,
        "id": known.number,
        "status": "unlocked",
        "customer_id": customer.number,
        "customer_external_id": customer.external_id,
        "billed_on": bill.statement_date or None,
        "past_due": bill.past_due,
        "outstanding_balance": _cents(bill, "unpaid_balance"),
        "billing_period_from": bill.period.start or None,
        "billing_period_to": day_text(last_day(bill.period)),
        "utility": bill.issuer_id.replace("-", "_") or None,
        "account_number": bill.account_number or None,
        "electricity_consumption": _watt_hours(consumptions_of(bill, "electricity")),
        "electricity_amount": _commodity_cents(bill, "electricity"),
        "delivery_charge": _kind_cents(bill, "delivery"),
        "supply_charge": _kind_cents(bill, "supply"),
        "community_solar_bill_credit": _community_solar_cents(bill),
        "gas_consumption": gas_amount,
        "gas_consumption_unit": gas_unit,
        "gas_amount": _commodity_cents(bill, "gas"),
        "total_amount": _cents(bill, "new_charges"),
        "meters": [_meter(bill, meter) for meter in bill.meters],
        "file_url": file_url,
    }


def unparsed_json(project_id: str, bill_id: str, file_url: str, number_of: NumberOf) -> Json:
    """Render a bill that is not read: it waits, or reading it failed. Of which utility it is, nobody knows then."""
    customer = number_of("project", project_id)
    known = number_of("bill", bill_key(project_id, bill_id))
    return {
        "external_id": known.external_id,
        "id": known.number,
        "status": "unparsed",
        "customer_id": customer.number,
        "customer_external_id": customer.external_id,
        "utility": None,
        "utility_data_velocity": None,
        "file_url": file_url,
    }


def ready_json(
    project_id: str,
    parsed: Sequence[ledger_pb2.LedgerBill],
    unparsed: Sequence[str],
    available: "Available",
    file_urls: Mapping[str, str],
    number_of: NumberOf,
) -> Json:
    """Render what ``bills_ready`` tells of a customer: its bills, the newest first, and of those not read the ids alone.

    ``unparsed`` are ids of documents, ``file_urls`` links by them. Bills of which ``available`` knows and that are not among
    ``parsed`` are counted in ``bills_omitted``, which the vendor's object does not have.
    """
    known = number_of("project", project_id)
    omitted = available.bills - len(parsed)
    return {
        "id": known.number,
        "external_id": known.external_id,
        "bills_parsed": [bill_json(bill, file_urls[bill.bill_id], number_of) for bill in parsed],
        "bills_unparsed": [{"id": number_of("bill", bill_key(project_id, bill_id)).number} for bill_id in unparsed],
        "available_data": available.json(),
        **({"bills_omitted": omitted} if omitted else {}),
    }


class Available:
    """Sums up bills as account numbers, their meters, and the periods that are there."""

    def __init__(self) -> None:
        self.bills = 0
        self._accounts: dict[str, dict[tuple[str, str], set[tuple[str, str]]]] = {}

    def add(self, bill: ledger_pb2.LedgerBill) -> None:
        """Count a bill in."""
        self.bills += 1
        meters = self._accounts.setdefault(bill.account_number, {})
        for meter in bill.meters:
            shown = _meter(bill, meter)
            periods = meters.setdefault((shown["id"] or "", shown["type"] or ""), set())
            if shown["billing_period_from"]:
                periods.add((shown["billing_period_from"], shown["billing_period_to"]))

    def json(self) -> Json:
        """Render what is there, by account, meter and time."""
        return {
            "account_numbers": [
                {
                    "id": number or None,
                    "meters": [
                        {
                            "id": meter or None,
                            "type": kind or None,
                            "periods": [{"period_from": start, "period_to": end} for start, end in sorted(periods)],
                        }
                        for (meter, kind), periods in sorted(meters.items())
                    ],
                }
                for number, meters in sorted(self._accounts.items())
            ]
        }


def utilities_json(accounts: Iterable[ledger_pb2.LedgerAccount]) -> list[Json]:
    """Render the utilities whose bills were seen."""
    names: Mapping[str, str] = {one.issuer_id: one.issuer_name for one in accounts if one.issuer_id}
    return [{"id": slug.replace("-", "_"), "name": name} for slug, name in sorted(names.items())]


def refusal_json(problem: Problem, docs_url: str) -> Json:
    """Render a problem with the vendor's types and, where it has one, its code."""
    reason = problem.kind.reason
    return {
        "error_type": _ERROR_TYPES.get(problem.kind.status, "invalid_request"),
        "error_code": _ERROR_CODES.get(reason, reason.lower()),
        "error_message": problem.detail,
        "docs_url": docs_url,
    }


def _meter(bill: ledger_pb2.LedgerBill, meter: ledger_pb2.LedgerBillMeter) -> Json:
    period = period_of(bill, meter)
    used = consumption_of(bill, meter)
    return {
        "id": meter.number or None,
        "type": KINDS_OF_SERVICE.get(meter.commodity),
        "billing_period_from": period.start or None,
        "billing_period_to": day_text(last_day(period)),
        "consumption": _consumption(meter.commodity, [used] if used is not None else []),
        "tariff": meter.tariff or None,
    }


def _consumption(commodity: str, used: Sequence[Used]) -> Any:
    if commodity in ("electricity", "solar_export"):
        return _watt_hours(used)
    if commodity == "gas":
        return _gas(used)[0]
    units = {one.unit for one in used}
    return _number(sum(one.amount for one in used)) if len(units) == 1 else None


def _watt_hours(used: Sequence[Used]) -> int | None:
    if not used or any(one.unit not in _WATT_HOURS for one in used):
        return None
    total = sum((one.amount * _WATT_HOURS[one.unit] for one in used), Decimal())
    return int(total.quantize(Decimal(1), ROUND_HALF_EVEN))


def _gas(used: Sequence[Used]) -> tuple[int | Decimal | None, str | None]:
    known = [(*_GAS_UNITS[one.unit], one.amount) for one in used if one.unit in _GAS_UNITS]
    units = {unit for unit, _, _ in known}
    if not known or len(known) < len(used) or len(units) > 1:
        return None, None
    return _number(sum((amount * factor for _, factor, amount in known), Decimal())), units.pop()


def _commodity_cents(bill: ledger_pb2.LedgerBill, commodity: str) -> int | None:
    for total in bill.commodity_totals:
        if total.commodity == commodity:
            return _as_cents(Decimal(total.cost.amount))
    return _sum_cents(one for one in bill.charges if one.commodity == commodity)


def _kind_cents(bill: ledger_pb2.LedgerBill, kind: str) -> int | None:
    return _sum_cents(one for one in bill.charges if one.kind == kind and one.commodity in ("electricity", ""))


def _community_solar_cents(bill: ledger_pb2.LedgerBill) -> int | None:
    return _sum_cents(
        one for one in bill.charges if one.kind == "credit" and "community solar" in one.description.lower()
    )


def _sum_cents(charges: Iterable[ledger_pb2.LedgerCharge]) -> int | None:
    amounts = [Decimal(one.amount.amount) for one in charges]
    return _as_cents(sum(amounts, Decimal())) if amounts else None


def _cents(message: Any, name: str) -> int | None:
    return _as_cents(Decimal(getattr(message, name).amount)) if message.HasField(name) else None


def _as_cents(amount: Decimal) -> int:
    return int((amount * _CENTS).quantize(Decimal(1), ROUND_HALF_EVEN))


def _number(amount: Decimal | int) -> int | Decimal:
    whole = Decimal(amount)
    return int(whole) if whole == whole.to_integral_value() else whole.normalize()
