"""Readings and outcomes to and from protos.values: pairs, and nothing else.

Messages come from our own rooms, so a value that does not parse is a defect and raises ValueError.
"""

from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from typing import TypeVar, assert_never

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

E = TypeVar("E", bound=StrEnum)

WORDS_KEPT = 256
"""More than the members of all enumerations of a reading."""

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
    has = message.HasField
    return Reading(
        kind=_word(DocumentKind, message.kind),
        engine_version=message.engine_version,
        pages=message.pages,
        issuer=_issuer_back(message.issuer, facts) if has("issuer") else None,
        country=facts.text(message.country) if has("country") else None,
        currency=facts.text(message.currency) if has("currency") else None,
        language=message.language,
        account_number=facts.text(message.account_number) if has("account_number") else None,
        holder=facts.text(message.holder) if has("holder") else None,
        service_address=facts.text(message.service_address) if has("service_address") else None,
        mailing_address=facts.text(message.mailing_address) if has("mailing_address") else None,
        invoice_number=facts.text(message.invoice_number) if has("invoice_number") else None,
        statement_date=facts.date(message.statement_date) if has("statement_date") else None,
        due_date=facts.date(message.due_date) if has("due_date") else None,
        period=facts.period(message.period) if has("period") else None,
        period_end_inclusive=message.period_end_inclusive,
        previous_balance=facts.money(message.previous_balance) if has("previous_balance") else None,
        payments=facts.money(message.payments) if has("payments") else None,
        adjustments=facts.money(message.adjustments) if has("adjustments") else None,
        new_charges=facts.money(message.new_charges) if has("new_charges") else None,
        amount_due=facts.money(message.amount_due) if has("amount_due") else None,
        deposit=facts.money(message.deposit) if has("deposit") else None,
        past_due=message.past_due,
        auto_pay=message.auto_pay,
        rebill=message.rebill,
        meters=tuple(_meter_back(one, facts) for one in message.meters),
        usages=tuple(_usage_back(one, facts) for one in message.usages),
        charges=tuple(_charge_back(one, facts) for one in message.charges),
        commodity_totals=tuple(
            CommodityTotal(commodity=_word(Commodity, one.commodity), cost=facts.money(one.cost))
            for one in message.commodity_totals
        ),
        history=tuple(_history_back(one, facts) for one in message.history),
        proofs=tuple(_proof_back(one) for one in message.proofs),
        findings=tuple(
            Finding(rule_id=one.rule_id, sentence=one.sentence, data=tuple(sorted(one.data.items())))
            for one in message.findings
        ),
    )


@lru_cache(maxsize=WORDS_KEPT)
def _word(kind: type[E], word: str) -> E:
    """Return the member of an enumeration that a word names; asking the enumeration itself takes five times as long.

    Raises:
        ValueError: it names none.
    """
    return kind(word)


def _issuer_back(message: reading_pb2.Issuer, facts: FactReader) -> Issuer:
    return Issuer(issuer_id=message.issuer_id, name=facts.text(message.name))


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
    has = message.HasField
    return Meter(
        meter_key=message.meter_key,
        number=facts.text(message.number) if has("number") else None,
        commodity=_word(Commodity, message.commodity),
        service_point_id=facts.text(message.service_point_id) if has("service_point_id") else None,
        tariff=facts.text(message.tariff) if has("tariff") else None,
        supplier=facts.text(message.supplier) if has("supplier") else None,
        period=facts.period(message.period) if has("period") else None,
        previous_read=facts.number(message.previous_read) if has("previous_read") else None,
        current_read=facts.number(message.current_read) if has("current_read") else None,
        multiplier=facts.number(message.multiplier) if has("multiplier") else None,
        therm_factor=facts.number(message.therm_factor) if has("therm_factor") else None,
        read_kind=_word(ReadKind, message.read_kind) if message.read_kind else None,
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
    has = message.HasField
    return Usage(
        quantity=facts.quantity(message.quantity),
        kind=_word(UsageKind, message.kind),
        commodity=_word(Commodity, message.commodity),
        meter_key=message.meter_key or None,
        period=values.period_from_proto(message.period) if has("period") else None,
        label=message.label,
        source=_word(Source, message.source),
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
    has = message.HasField
    return Charge(
        description=message.description,
        amount=facts.money(message.amount),
        kind=_word(ChargeKind, message.kind),
        commodity=_word(Commodity, message.commodity) if message.commodity else None,
        quantity=facts.quantity(message.quantity) if has("quantity") else None,
        rate=facts.number(message.rate) if has("rate") else None,
        period=values.period_from_proto(message.period) if has("period") else None,
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
        commodity=_word(Commodity, message.commodity),
        quantity=facts.quantity(message.quantity) if has("quantity") else None,
        cost=facts.money(message.cost) if has("cost") else None,
        source=_word(HistorySource, message.source),
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
