"""Meter data for ENERGY STAR Portfolio Manager: ``meterData`` of at most 120 ``meterConsumption`` records a call.

Periods and amounts are those of the bills, not calendar months: the service asks for data exactly as it was received, and
calendarises by itself. Its web service: POST /meter/{id}/consumptionData.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from xml.etree.ElementTree import Element, SubElement, tostring

from gateway.of_meter import charges_of, consumption_of, cost_of, usages_of
from protos.profile.v1 import ledger_pb2

RECORDS_MAX = 120
"""Records that the service takes in one call."""

_DEMAND_UNIT = "kW"
"""The service takes demand in no other: a bill's kVA are no kW."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Consumption:
    """One record. ``end`` is the day that the bill prints; ``demand`` [kW] only where the bill states it."""

    start: date
    end: date
    usage: Decimal
    unit: str
    cost: Decimal | None = None
    estimated: bool = False
    exported: Decimal | None = None
    demand: Decimal | None = None
    demand_cost: Decimal | None = None


def consumptions(meter: ledger_pb2.LedgerMeter, bills: Iterable[ledger_pb2.LedgerBill]) -> list[Consumption]:
    """Return a meter's records in order of their days, all in its unit; bills without days or without it are left out."""
    found = [one for bill in bills if (one := _consumption(meter, bill)) is not None]
    found.sort(key=lambda one: (one.start, one.end))
    return [one for one in found if one.unit == (meter.unit or found[-1].unit)]


def meter_data(records: Sequence[Consumption]) -> bytes:
    """Return the XML of one call.

    Raises:
        ValueError: there are more records than a call may hold.
    """
    if len(records) > RECORDS_MAX:
        raise ValueError(f"a call holds at most {RECORDS_MAX} records")
    root = Element("meterData")
    for one in records:
        record = SubElement(root, "meterConsumption", {"estimatedValue": "true" if one.estimated else "false"})
        SubElement(record, "startDate").text = one.start.isoformat()
        SubElement(record, "endDate").text = one.end.isoformat()
        SubElement(record, "usage").text = format(one.usage, "f")
        if one.cost is not None:
            SubElement(record, "cost").text = format(one.cost, "f")
        if one.exported is not None:
            SubElement(record, "energyExportedOffSite").text = format(one.exported, "f")
        if one.demand is not None:
            tracking = SubElement(record, "demandTracking")
            SubElement(tracking, "demand").text = format(one.demand, "f")
            if one.demand_cost is not None:
                SubElement(tracking, "demandCost").text = format(one.demand_cost, "f")
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + bytes(tostring(root, encoding="utf-8")) + b"\n"


def _consumption(meter: ledger_pb2.LedgerMeter, bill: ledger_pb2.LedgerBill) -> Consumption | None:
    used = consumption_of(bill, meter, meter.unit)
    if used is None or not used.start or not used.end:
        return None
    end = date.fromisoformat(used.end)
    mine = usages_of(bill, meter)
    exported = [one.quantity.amount for one in mine if one.kind == "export" and one.quantity.unit == used.unit]
    demands = [one.quantity.amount for one in mine if one.kind == "demand" and one.quantity.unit == _DEMAND_UNIT]
    demand_charges = [Decimal(one.amount.amount) for one in charges_of(bill, meter) if one.kind == "demand"]
    return Consumption(
        start=date.fromisoformat(used.start),
        end=end - timedelta(days=1) if bill.period_end_inclusive else end,
        usage=used.amount,
        unit=used.unit,
        cost=cost_of(bill, meter),
        estimated=used.estimated,
        exported=sum(map(Decimal, exported), Decimal()) if exported else None,
        demand=max(map(Decimal, demands), default=None),
        demand_cost=sum(demand_charges, Decimal()) if demand_charges else None,
    )
