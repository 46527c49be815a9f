"""Makes Green Button data of the ledger: one usage point a meter, one series a register, one summary a bill."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

from gateway.exports.green_button import codes
from gateway.exports.green_button.model import Flow, Interval, Item, Series, Service, Span, Summary, UsagePoint
from gateway.of_meter import charges_of, consumption_of, cost_of, usages_of
from protos.profile.v1 import ledger_pb2
from protos.values.v1 import values_pb2

_SERVICES = {
    "electricity": Service.ELECTRICITY,
    "solar_export": Service.ELECTRICITY,
    "gas": Service.GAS,
    "water": Service.WATER,
    "heat": Service.HEAT,
    "sewer": Service.SEWER,
}
_TOU = {"on_peak": 1, "mid_peak": 2, "off_peak": 3}
_FLOWS = {"import": Flow.DELIVERED, "export": Flow.RECEIVED, "net": Flow.NET}
_LEFT_OUT = frozenset({"tier", "power_factor"})
"""Tiers are prices of the same energy, and a factor is no quantity of anything."""

_ITEM_KINDS = {
    "usage": "usage",
    "demand": "usage",
    "delivery": "delivery",
    "supply": "generation",
    "tax": "tax",
    "credit": "administrative credit",
}
_ITEM_KIND = "administrative"
"""Of service, fee, adjustment and other charges."""


def usage_point(meter: ledger_pb2.LedgerMeter, bills: Sequence[ledger_pb2.LedgerBill]) -> UsagePoint | None:
    """Return what the feed says of one meter and the bills that show it; None where ESPI has no such service."""
    service = _SERVICES.get(meter.commodity)
    if service is None:
        return None
    return UsagePoint(
        point_id=meter.meter_id,
        title=" ".join(filter(None, (meter.commodity.replace("_", " ").capitalize(), meter.number))),
        service=service,
        series=tuple(_series(meter, bills)),
        summaries=tuple(one for bill in sorted(bills, key=_key) if (one := _summary(meter, bill)) is not None),
    )


def _series(meter: ledger_pb2.LedgerMeter, bills: Iterable[ledger_pb2.LedgerBill]) -> Iterable[Series]:
    intervals: dict[tuple[str, str], dict[Span, Interval]] = defaultdict(dict)
    for bill in sorted(bills, key=_key):
        for usage in usages_of(bill, meter):
            span = _span(usage.period)
            if usage.kind in _LEFT_OUT or span is None:
                continue
            amount, unit = Decimal(usage.quantity.amount), usage.quantity.unit
            if unit not in codes.UNITS:
                continue
            known = intervals[usage.kind, unit].get(span)
            # Two rows of one register and period are parts of it (a rate change in the middle prints both).
            whole = amount if known is None else known.amount + amount
            estimated = usage.estimated or (known is not None and known.estimated)
            intervals[usage.kind, unit][span] = Interval(span, whole, estimated)
    for (kind, unit), found in intervals.items():
        flow = Flow.RECEIVED if meter.commodity == "solar_export" else _FLOWS.get(kind, Flow.DELIVERED)
        yield Series(
            series_id=f"{meter.meter_id}-{kind.replace('_', '-')}-{unit}",
            title=kind.replace("_", " ").capitalize(),
            unit=unit,
            flow=flow,
            tou=_TOU.get(kind, 0),
            demand=kind == "demand",
            intervals=tuple(sorted(found.values(), key=lambda interval: (interval.span.start, interval.span.end))),
        )


def _summary(meter: ledger_pb2.LedgerMeter, bill: ledger_pb2.LedgerBill) -> Summary | None:
    mine = next((one for one in bill.meters if one.meter_id == meter.meter_id), None)
    span = _span(mine.period if mine is not None and mine.HasField("period") else bill.period)
    if span is None:
        return None
    charges = charges_of(bill, meter)
    used = consumption_of(bill, meter)
    told = used if used is not None and used.unit in codes.UNITS else None
    return Summary(
        summary_id=bill.ledger_bill_id,
        span=span,
        currency=bill.currency,
        cost=cost_of(bill, meter),
        consumption=told.amount if told is not None else None,
        unit=told.unit if told is not None else "",
        tariff=mine.tariff if mine is not None else "",
        stated_on=date.fromisoformat(bill.statement_date) if bill.statement_date else span.end,
        items=tuple(_item(charge) for charge in charges),
        estimated=mine is not None and mine.read_kind == "estimated",
    )


def _item(charge: ledger_pb2.LedgerCharge) -> Item:
    return Item(
        note=charge.description or charge.kind,
        amount=Decimal(charge.amount.amount),
        kind=_ITEM_KINDS.get(charge.kind, _ITEM_KIND),
        span=_span(charge.period) if charge.HasField("period") else None,
    )


def _span(period: values_pb2.Period) -> Span | None:
    if not period.start or not period.end:
        return None
    return Span(date.fromisoformat(period.start), date.fromisoformat(period.end))


def _key(bill: ledger_pb2.LedgerBill) -> tuple[str, str, str]:
    return bill.period.start, bill.period.end, bill.ledger_bill_id
