"""Truth files: what a bill prints, with the keys that the scorer reads. Only what was recorded as printed is claimed."""

from decimal import Decimal
from typing import Any

from bench.bills.families.catalogue import Family
from bench.bills.families.compose import Printed
from bench.bills.model.bill import Bill, HistoryMonth, Service

HISTORY_KEYS = {"kWh": "kwh", "therm": "therms", "HCF": "hcf", "CCF": "ccf", "gal": "gal", "m3": "m3"}


def plain(value: Decimal | None) -> int | float | None:
    """Return a number as JSON shows it: whole where it is whole."""
    if value is None:
        return None
    return int(value) if value == value.to_integral_value() else float(value)


def truth_of(name: str, family: Family, bill: Bill, printed: Printed) -> dict[str, Any]:
    """Return the truth of a printed bill."""
    marks = printed.marks
    head = {
        "id": name, "kind": family.kind, "family": family.name, "split": family.split, "group": family.group,
        "language": family.language,
    }  # fmt: skip
    tail = {"pages": printed.pages, "has_text_layer": True}
    if family.kind != "bill":
        return {**head, **nothing(), **tail}

    def when(key: str, value: Any) -> Any:
        return value if key in marks else None

    spans = "period" in marks or ("from" in marks and "to" in marks)
    total_stands_alone = (
        bill.previous_balance is None
        and bill.payments is None
        and bill.instalment is None
        and "total_amount_due" in marks
    )
    fresh = bill.instalment is None and ("new_charges" in marks or total_stands_alone)
    return {
        **head,
        "country": bill.country,
        "currency": when("currency", bill.currency),
        "utility": when("utility", bill.utility.name),
        "customer_class": bill.customer_class,
        "account_number": when("account_number", bill.account_number),
        "invoice_number": when("invoice_number", bill.invoice_number),
        "statement_date": when("statement_date", bill.statement_date.isoformat()),
        "due_date": when("due_date", bill.due_date.isoformat()),
        "billing_period_from": bill.first.isoformat() if spans else None,
        "billing_period_to": bill.last.isoformat() if spans else None,
        "billing_days": when("days", bill.days),
        **services(bill, marks, fresh=fresh),
        "total_amount_due": when("total_amount_due", plain(bill.amount_due)),
        "new_charges_amount": plain(bill.new_charges) if fresh else None,
        "previous_balance": when("previous_balance", plain(bill.previous_balance)),
        "payments_received": when("payments_received", plain(bill.payments)),
        "meters": meters(bill, marks),
        "line_items": [
            {"description": charge.concept, "amount": plain(charge.amount)}
            for index, charge in enumerate(bill.charges)
            if f"line_items.{index}" in marks
        ],
        **history(bill, marks),
        **tail,
    }


def nothing() -> dict[str, Any]:
    """Return the truth of a paper that is no bill."""
    single = (
        "electricity_kwh",
        "electricity_cost",
        "demand_kw",
        "gas",
        "water",
        "total_amount_due",
        "new_charges_amount",
    )
    return {**dict.fromkeys(single), "meters": [], "line_items": [], "usage_history": []}


def cost_of(bill: Bill, service: Service, marks: dict[str, list[str]], *, fresh: bool) -> Decimal | None:
    """Return what the bill shows as the cost of a commodity: its own total, or the only one there is."""
    if f"{service.commodity}.cost" in marks:
        return service.cost
    alone = len({charge.commodity for charge in bill.charges if charge.commodity}) == 1
    return bill.new_charges if alone and (fresh or "actual_charges" in marks) else None


def other_costs(service: Service, marks: dict[str, list[str]]) -> list[int | float | None]:
    """Return other sums that may be called the cost of a commodity: without late fees and credits, or without its taxes."""
    before_taxes = sum((charge.amount for charge in service.charges if charge.section != "taxes"), Decimal(0))
    return [plain(service.cost), *([plain(before_taxes)] if f"subtotal.{service.commodity}" in marks else [])]


def services(bill: Bill, marks: dict[str, list[str]], *, fresh: bool) -> dict[str, Any]:
    """Return usage, cost and demand of each commodity."""
    found: dict[str, Any] = {
        "electricity_kwh": None,
        "electricity_cost": None,
        "demand_kw": None,
        "gas": None,
        "water": None,
    }
    for service in bill.services:
        shown = f"{service.commodity}.usage" in marks
        usage = plain(service.usage) if shown else None
        cost = cost_of(bill, service, marks, fresh=fresh)
        others = other_costs(service, marks) if cost is not None else []
        if service.commodity == "electricity":
            found["electricity_kwh"], found["electricity_cost"] = usage, plain(cost)
            found["electricity_kwh_also_acceptable"] = [plain(other) for other in service.usage_also]
            found["electricity_cost_also_acceptable"] = others
            found["demand_kw"] = plain(service.demand_kw) if "electricity.demand" in marks else None
        else:
            unit = "therms" if service.unit == "therm" else service.unit
            found[service.commodity] = {"amount": usage, "unit": unit if shown else None, "cost": plain(cost)}
            found[f"{service.commodity}.cost_also_acceptable"] = others
    return found


def meters(bill: Bill, marks: dict[str, list[str]]) -> list[dict[str, Any]]:
    """Return the meters that the bill shows."""
    made = []
    for number, meter in enumerate(bill.meters):
        where = f"meters.{number}"
        if f"{where}.id" not in marks and f"{where}.consumption" not in marks:
            continue
        tariff = f"{where}.tariff" in marks or (number == 0 and "tariff" in marks)
        made.append(
            {
                "id": meter.number if f"{where}.id" in marks else None,
                "type": meter.commodity,
                "consumption": plain(meter.usage) if f"{where}.consumption" in marks else None,
                "unit": meter.unit,
                "from": bill.first.isoformat(),
                "to": bill.last.isoformat(),
                "tariff": meter.tariff if tariff else None,
                "read_from": plain(meter.read_from) if f"{where}.read_from" in marks else None,
                "read_to": plain(meter.read_to) if f"{where}.read_to" in marks else None,
                "multiplier": plain(meter.multiplier) if f"{where}.multiplier" in marks else None,
            }
        )
    return made


def history(bill: Bill, marks: dict[str, list[str]]) -> dict[str, list[dict[str, Any]]]:
    """Return the months printed as numbers, and those that only a chart shows."""
    key = HISTORY_KEYS.get(bill.main.unit, "quantity")

    def row(month: HistoryMonth) -> dict[str, Any]:
        return {"month": f"{month.month:%Y-%m}", key: plain(month.quantity)}

    numbered = list(enumerate(bill.history))
    return {
        "usage_history": [row(month) for index, month in numbered if f"history.{index}" in marks],
        "chart_history": [
            row(month) for index, month in numbered if f"chart.{index}" in marks and f"history.{index}" not in marks
        ],
    }
