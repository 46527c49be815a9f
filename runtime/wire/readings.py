"""Readings and outcomes to and from protos.values: pairs, and nothing else.

Messages come from our own rooms, so a value that does not parse is a defect and raises ValueError.
"""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import TypeVar, assert_never

from google.protobuf.message import Message

from domain.outcome import Failure, FailureReason, Outcome, Success
from domain.period import Period
from domain.quantity import Commodity
from domain.reading import (
    Charge,
    ChargeKind,
    CommodityTotal,
    DocumentKind,
    Finding,
    HistoryMonth,
    HistorySource,
    Issuer,
    Meter,
    Proof,
    Reading,
    ReadKind,
    Source,
    Usage,
    UsageKind,
    Verdict,
)
from protos.values.v1 import reading_pb2, values_pb2
from runtime.wire import values
from runtime.wire.values import WITH_EVIDENCE, FactReader

V = TypeVar("V")

_VERDICTS = {
    Verdict.PASS: reading_pb2.VERDICT_PASS,
    Verdict.FAIL: reading_pb2.VERDICT_FAIL,
    Verdict.NOT_APPLICABLE: reading_pb2.VERDICT_NOT_APPLICABLE,
}
_VERDICTS_BACK = {wire: verdict for verdict, wire in _VERDICTS.items()}


def outcome_to_proto(outcome: Outcome) -> reading_pb2.Outcome:
    """Return an outcome as its message."""
    match outcome:
        case Success(readings=readings):
            return reading_pb2.Outcome(
                success=reading_pb2.Readings(readings=[reading_to_proto(one) for one in readings])
            )
        case Failure(reason=reason, detail=detail, engine_version=engine_version):
            return reading_pb2.Outcome(
                failure=reading_pb2.Failure(reason=reason.value, detail=detail, engine_version=engine_version)
            )
        case _:
            assert_never(outcome)


def outcome_from_proto(message: reading_pb2.Outcome, facts: FactReader = WITH_EVIDENCE) -> Outcome:
    """Return the outcome in a message.

    Raises:
        ValueError: the message holds neither readings nor a failure, or a value that does not parse.
    """
    match message.WhichOneof("result"):
        case "success":
            return Success(readings=tuple(reading_from_proto(one, facts) for one in message.success.readings))
        case "failure":
            failure = message.failure
            return Failure(
                reason=FailureReason(failure.reason), detail=failure.detail, engine_version=failure.engine_version
            )
        case _:
            raise ValueError("an outcome holds readings or a failure")


def reading_to_proto(reading: Reading) -> reading_pb2.Reading:
    """Return a reading as its message."""
    issuer = reading.issuer
    return reading_pb2.Reading(
        kind=reading.kind.value,
        engine_version=reading.engine_version,
        pages=reading.pages,
        issuer=None
        if issuer is None
        else reading_pb2.Issuer(issuer_id=issuer.issuer_id, name=values.text_fact(issuer.name)),
        country=values.text_fact(reading.country),
        currency=values.text_fact(reading.currency),
        language=reading.language,
        account_number=values.text_fact(reading.account_number),
        holder=values.text_fact(reading.holder),
        service_address=values.text_fact(reading.service_address),
        mailing_address=values.text_fact(reading.mailing_address),
        invoice_number=values.text_fact(reading.invoice_number),
        statement_date=values.date_fact(reading.statement_date),
        due_date=values.date_fact(reading.due_date),
        period=values.period_fact(reading.period),
        period_end_inclusive=reading.period_end_inclusive,
        previous_balance=values.money_fact(reading.previous_balance),
        payments=values.money_fact(reading.payments),
        adjustments=values.money_fact(reading.adjustments),
        new_charges=values.money_fact(reading.new_charges),
        amount_due=values.money_fact(reading.amount_due),
        deposit=values.money_fact(reading.deposit),
        past_due=reading.past_due,
        auto_pay=reading.auto_pay,
        rebill=reading.rebill,
        meters=[_meter(one) for one in reading.meters],
        usages=[_usage(one) for one in reading.usages],
        charges=[_charge(one) for one in reading.charges],
        commodity_totals=[
            reading_pb2.CommodityTotal(commodity=one.commodity.value, cost=values.money_fact(one.cost))
            for one in reading.commodity_totals
        ],
        history=[_history(one) for one in reading.history],
        proofs=[_proof(one) for one in reading.proofs],
        findings=[
            reading_pb2.Finding(rule_id=one.rule_id, sentence=one.sentence, data=dict(one.data))
            for one in reading.findings
        ],
    )


def reading_from_proto(message: reading_pb2.Reading, facts: FactReader = WITH_EVIDENCE) -> Reading:
    """Return the reading in a message.

    Raises:
        ValueError: a value does not parse.
    """
    return Reading(
        kind=DocumentKind(message.kind),
        engine_version=message.engine_version,
        pages=message.pages,
        issuer=_where_set(message, "issuer", lambda one: Issuer(issuer_id=one.issuer_id, name=facts.text(one.name))),
        country=_where_set(message, "country", facts.text),
        currency=_where_set(message, "currency", facts.text),
        language=message.language,
        account_number=_where_set(message, "account_number", facts.text),
        holder=_where_set(message, "holder", facts.text),
        service_address=_where_set(message, "service_address", facts.text),
        mailing_address=_where_set(message, "mailing_address", facts.text),
        invoice_number=_where_set(message, "invoice_number", facts.text),
        statement_date=_where_set(message, "statement_date", facts.date),
        due_date=_where_set(message, "due_date", facts.date),
        period=_where_set(message, "period", facts.period),
        period_end_inclusive=message.period_end_inclusive,
        previous_balance=_where_set(message, "previous_balance", facts.money),
        payments=_where_set(message, "payments", facts.money),
        adjustments=_where_set(message, "adjustments", facts.money),
        new_charges=_where_set(message, "new_charges", facts.money),
        amount_due=_where_set(message, "amount_due", facts.money),
        deposit=_where_set(message, "deposit", facts.money),
        past_due=message.past_due,
        auto_pay=message.auto_pay,
        rebill=message.rebill,
        meters=tuple(_meter_back(one, facts) for one in message.meters),
        usages=tuple(_usage_back(one, facts) for one in message.usages),
        charges=tuple(_charge_back(one, facts) for one in message.charges),
        commodity_totals=tuple(
            CommodityTotal(commodity=Commodity(one.commodity), cost=facts.money(one.cost))
            for one in message.commodity_totals
        ),
        history=tuple(_history_back(one, facts) for one in message.history),
        proofs=tuple(_proof_back(one) for one in message.proofs),
        findings=tuple(
            Finding(rule_id=one.rule_id, sentence=one.sentence, data=tuple(sorted(one.data.items())))
            for one in message.findings
        ),
    )


def _where_set(message: Message, name: str, back: Callable[..., V]) -> V | None:
    """Return a field converted where it is set, None where it is not."""
    return back(getattr(message, name)) if message.HasField(name) else None


def _span(period: Period | None) -> values_pb2.Period | None:
    return None if period is None else values.period_to_proto(period)


def _meter(meter: Meter) -> reading_pb2.Meter:
    return reading_pb2.Meter(
        meter_key=meter.meter_key,
        number=values.text_fact(meter.number),
        commodity=meter.commodity.value,
        service_point_id=values.text_fact(meter.service_point_id),
        tariff=values.text_fact(meter.tariff),
        supplier=values.text_fact(meter.supplier),
        period=values.period_fact(meter.period),
        previous_read=values.number_fact(meter.previous_read),
        current_read=values.number_fact(meter.current_read),
        multiplier=values.number_fact(meter.multiplier),
        therm_factor=values.number_fact(meter.therm_factor),
        read_kind=meter.read_kind.value if meter.read_kind else "",
    )


def _meter_back(message: reading_pb2.Meter, facts: FactReader) -> Meter:
    return Meter(
        meter_key=message.meter_key,
        number=_where_set(message, "number", facts.text),
        commodity=Commodity(message.commodity),
        service_point_id=_where_set(message, "service_point_id", facts.text),
        tariff=_where_set(message, "tariff", facts.text),
        supplier=_where_set(message, "supplier", facts.text),
        period=_where_set(message, "period", facts.period),
        previous_read=_where_set(message, "previous_read", facts.number),
        current_read=_where_set(message, "current_read", facts.number),
        multiplier=_where_set(message, "multiplier", facts.number),
        therm_factor=_where_set(message, "therm_factor", facts.number),
        read_kind=ReadKind(message.read_kind) if message.read_kind else None,
    )


def _usage(usage: Usage) -> reading_pb2.Usage:
    return reading_pb2.Usage(
        quantity=values.quantity_fact(usage.quantity),
        kind=usage.kind.value,
        commodity=usage.commodity.value,
        meter_key=usage.meter_key or "",
        period=_span(usage.period),
        label=usage.label,
        source=usage.source.value,
    )


def _usage_back(message: reading_pb2.Usage, facts: FactReader) -> Usage:
    return Usage(
        quantity=facts.quantity(message.quantity),
        kind=UsageKind(message.kind),
        commodity=Commodity(message.commodity),
        meter_key=message.meter_key or None,
        period=_where_set(message, "period", values.period_from_proto),
        label=message.label,
        source=Source(message.source),
    )


def _charge(charge: Charge) -> reading_pb2.Charge:
    return reading_pb2.Charge(
        description=charge.description,
        amount=values.money_fact(charge.amount),
        kind=charge.kind.value,
        commodity=charge.commodity.value if charge.commodity else "",
        quantity=values.quantity_fact(charge.quantity),
        rate=values.number_fact(charge.rate),
        period=_span(charge.period),
        meter_key=charge.meter_key or "",
        section=charge.section,
    )


def _charge_back(message: reading_pb2.Charge, facts: FactReader) -> Charge:
    return Charge(
        description=message.description,
        amount=facts.money(message.amount),
        kind=ChargeKind(message.kind),
        commodity=Commodity(message.commodity) if message.commodity else None,
        quantity=_where_set(message, "quantity", facts.quantity),
        rate=_where_set(message, "rate", facts.number),
        period=_where_set(message, "period", values.period_from_proto),
        meter_key=message.meter_key or None,
        section=message.section,
    )


def _history(month: HistoryMonth) -> reading_pb2.HistoryMonth:
    return reading_pb2.HistoryMonth(
        month=month.month.isoformat(),
        period=_span(month.period),
        commodity=month.commodity.value,
        quantity=values.quantity_fact(month.quantity),
        cost=values.money_fact(month.cost),
        source=month.source.value,
        estimated=month.estimated,
        meter_key=month.meter_key or "",
    )


def _history_back(message: reading_pb2.HistoryMonth, facts: FactReader) -> HistoryMonth:
    has = message.HasField
    return HistoryMonth(
        month=date.fromisoformat(message.month),
        period=values.period_from_proto(message.period) if has("period") else None,
        commodity=Commodity(message.commodity),
        quantity=facts.quantity(message.quantity) if has("quantity") else None,
        cost=facts.money(message.cost) if has("cost") else None,
        source=HistorySource(message.source),
        estimated=message.estimated,
        meter_key=message.meter_key or None,
    )


def _proof(proof: Proof) -> reading_pb2.Proof:
    return reading_pb2.Proof(
        rule_id=proof.rule_id,
        verdict=_VERDICTS[proof.verdict],
        statement=proof.statement,
        residual="" if proof.residual is None else values.decimal_text(proof.residual),
        fields=proof.fields,
    )


def _proof_back(message: reading_pb2.Proof) -> Proof:
    return Proof(
        rule_id=message.rule_id,
        verdict=_VERDICTS_BACK[message.verdict],
        statement=message.statement,
        residual=Decimal(message.residual) if message.residual else None,
        fields=tuple(message.fields),
    )
