"""Small domain values to and from protos.values: decimals, money, quantities, periods, times, facts.

Messages come from our own rooms, so a value that does not parse is a defect and raises ValueError.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, TypeAlias

from google.protobuf.timestamp_pb2 import Timestamp

from domain.evidence import Box, Evidence, Fact, Method
from domain.money import Money
from domain.period import Period
from domain.quantity import Quantity
from protos.values.v1 import reading_pb2, values_pb2

AnyFact: TypeAlias = (
    reading_pb2.TextFact
    | reading_pb2.DateFact
    | reading_pb2.NumberFact
    | reading_pb2.MoneyFact
    | reading_pb2.QuantityFact
    | reading_pb2.PeriodFact
)
"""A value's message with its evidence."""

Fields: TypeAlias = dict[str, Any]
"""A message's fields by their names. Where speed counts a message within a message is given so: given as one it is written out
and read in again, which takes as long as all the rest."""

_METHODS = {
    Method.TEXT_LAYER: reading_pb2.METHOD_TEXT_LAYER,
    Method.OCR: reading_pb2.METHOD_OCR,
    Method.CHART_VECTOR: reading_pb2.METHOD_CHART_VECTOR,
    Method.CHART_PIXELS: reading_pb2.METHOD_CHART_PIXELS,
    Method.DERIVED: reading_pb2.METHOD_DERIVED,
    Method.PERSON: reading_pb2.METHOD_PERSON,
}
_METHODS_BACK = {wire: method for method, wire in _METHODS.items()}


def decimal_text(value: Decimal) -> str:
    """Return a decimal in plain notation, digits kept: ``1E+3`` becomes ``1000``, ``1.50`` stays ``1.50``."""
    return format(value, "f")


def time_to_proto(moment: datetime) -> Timestamp:
    """Return a moment [UTC] as a Timestamp, to the microsecond."""
    stamp = Timestamp()
    stamp.FromDatetime(moment.astimezone(UTC))
    return stamp


def time_from_proto(stamp: Timestamp) -> datetime:
    """Return the moment [UTC] of a Timestamp."""
    return stamp.ToDatetime(tzinfo=UTC)


def money_to_proto(money: Money) -> values_pb2.Money:
    """Return money as its message."""
    return values_pb2.Money(amount=decimal_text(money.amount), currency=money.currency)


def money_from_proto(message: values_pb2.Money) -> Money:
    """Return the money in a message."""
    return Money.of(message.amount, message.currency)


def quantity_to_proto(quantity: Quantity) -> values_pb2.Quantity:
    """Return a quantity as its message."""
    return values_pb2.Quantity(amount=decimal_text(quantity.amount), unit=quantity.unit.value)


def quantity_from_proto(message: values_pb2.Quantity) -> Quantity:
    """Return the quantity in a message."""
    return Quantity.of(message.amount, message.unit)


def period_to_proto(period: Period) -> values_pb2.Period:
    """Return a period as its message."""
    return values_pb2.Period(start=period.start.isoformat(), end=period.end.isoformat())


def period_from_proto(message: values_pb2.Period) -> Period:
    """Return the period in a message."""
    return Period(date.fromisoformat(message.start), date.fromisoformat(message.end))


def evidence_to_proto(evidence: Evidence) -> reading_pb2.Evidence:
    """Return evidence as its message."""
    box = evidence.box
    return reading_pb2.Evidence(
        text=evidence.text,
        page=evidence.page,
        box=None if box is None else reading_pb2.Box(left=box.left, top=box.top, right=box.right, bottom=box.bottom),
        confidence=evidence.confidence,
        method=_METHODS[evidence.method],
    )


def evidence_from_proto(message: reading_pb2.Evidence) -> Evidence:
    """Return the evidence in a message."""
    box = message.box
    return Evidence(
        text=message.text,
        page=message.page,
        box=Box(box.left, box.top, box.right, box.bottom) if message.HasField("box") else None,
        confidence=message.confidence,
        method=_METHODS_BACK[message.method],
    )


def text_fact(fact: Fact[str] | None) -> reading_pb2.TextFact | None:
    """Return a text with evidence as its message."""
    return None if fact is None else reading_pb2.TextFact(value=fact.value, evidence=evidence_to_proto(fact.evidence))


def date_fact(fact: Fact[date] | None) -> reading_pb2.DateFact | None:
    """Return a day with evidence as its message."""
    return (
        None
        if fact is None
        else reading_pb2.DateFact(value=fact.value.isoformat(), evidence=evidence_to_proto(fact.evidence))
    )


def number_fact(fact: Fact[Decimal] | None) -> reading_pb2.NumberFact | None:
    """Return a number with evidence as its message."""
    return (
        None
        if fact is None
        else reading_pb2.NumberFact(value=decimal_text(fact.value), evidence=evidence_to_proto(fact.evidence))
    )


def money_fact(fact: Fact[Money] | None) -> reading_pb2.MoneyFact | None:
    """Return money with evidence as its message."""
    return (
        None
        if fact is None
        else reading_pb2.MoneyFact(value=money_to_proto(fact.value), evidence=evidence_to_proto(fact.evidence))
    )


def quantity_fact(fact: Fact[Quantity] | None) -> reading_pb2.QuantityFact | None:
    """Return a quantity with evidence as its message."""
    return (
        None
        if fact is None
        else reading_pb2.QuantityFact(value=quantity_to_proto(fact.value), evidence=evidence_to_proto(fact.evidence))
    )


def period_fact(fact: Fact[Period] | None) -> reading_pb2.PeriodFact | None:
    """Return a period with evidence as its message."""
    return (
        None
        if fact is None
        else reading_pb2.PeriodFact(value=period_to_proto(fact.value), evidence=evidence_to_proto(fact.evidence))
    )


@dataclass(frozen=True, slots=True)
class FactReader:
    """Reads facts back from their messages; what becomes of the evidence is the reader's choice."""

    evidence: Callable[[AnyFact], Evidence]

    def text(self, message: reading_pb2.TextFact) -> Fact[str]:
        """Return the text with evidence in a message."""
        return Fact(message.value, self.evidence(message))

    def date(self, message: reading_pb2.DateFact) -> Fact[date]:
        """Return the day with evidence in a message."""
        return Fact(date.fromisoformat(message.value), self.evidence(message))

    def number(self, message: reading_pb2.NumberFact) -> Fact[Decimal]:
        """Return the number with evidence in a message."""
        return Fact(Decimal(message.value), self.evidence(message))

    def money(self, message: reading_pb2.MoneyFact) -> Fact[Money]:
        """Return the money with evidence in a message."""
        return Fact(money_from_proto(message.value), self.evidence(message))

    def quantity(self, message: reading_pb2.QuantityFact) -> Fact[Quantity]:
        """Return the quantity with evidence in a message."""
        return Fact(quantity_from_proto(message.value), self.evidence(message))

    def period(self, message: reading_pb2.PeriodFact) -> Fact[Period]:
        """Return the period with evidence in a message."""
        return Fact(period_from_proto(message.value), self.evidence(message))


WITH_EVIDENCE = FactReader(lambda fact: evidence_from_proto(fact.evidence))

UNTOLD = Evidence("", 1, None, 0.0, Method.DERIVED)
"""Stands for evidence that was left in the message."""

WITHOUT_EVIDENCE = FactReader(lambda _: UNTOLD)
"""For whoever looks at values only: evidence is most of a reading, and a third of the time that reading it back takes."""
