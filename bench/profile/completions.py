"""Completions as ingest tells them, of invented electricity bills: each with charges, reads and a year of history."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TypeVar
from uuid import UUID, uuid5

from domain.evidence import Box, Evidence, Fact, Method
from domain.money import Money
from domain.outcome import Success
from domain.period import Period
from domain.quantity import Commodity, Quantity
from domain.reading import (
    Charge,
    ChargeKind,
    DocumentKind,
    HistoryMonth,
    HistorySource,
    Issuer,
    Meter,
    Reading,
    ReadKind,
    Usage,
    UsageKind,
)
from protos.ingest.v1 import ingest_pb2
from runtime.wire import outcome_to_proto, time_to_proto

V = TypeVar("V")

_IDS = UUID("a0f5b1de-6b3b-5d0c-8f3c-0d1c2b3a4f5e")
_EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
_FIRST_MONTH = 2015 * 12


def numbered(kind: str, number: int) -> str:
    """Return a stable UUID for the nth thing of a kind."""
    return str(uuid5(_IDS, f"{kind}/{number}"))


def reading(number: int, month: int = 0) -> Reading:
    """Return what was read from the nth bill, of a month counted from January 2015."""
    day = number * 7 % 28
    start, end = _first(month) + timedelta(days=day), _first(month + 1) + timedelta(days=day)
    kwh = 400 + number * 37 % 500
    energy, service = Decimal(kwh * 12).scaleb(-2), Decimal("9.50")
    account = f"3001-{number % 9999:04}-{number % 7}"
    return Reading(
        kind=DocumentKind.BILL,
        engine_version="bench/1",
        pages=1,
        issuer=Issuer(issuer_id="example-valley", name=_fact("Example Valley Power & Light")),
        country=_fact("US"),
        currency=_fact("USD"),
        account_number=_fact(account),
        period=_fact(Period(start, end)),
        statement_date=_fact(end),
        new_charges=_fact(Money(energy + service, "USD")),
        amount_due=_fact(Money(energy + service, "USD")),
        meters=(
            Meter(
                meter_key="1",
                commodity=Commodity.ELECTRICITY,
                number=_fact(f"M{number}"),
                read_kind=ReadKind.ACTUAL,
                tariff=_fact("R-1"),
            ),
        ),
        usages=(
            Usage(
                quantity=_fact(Quantity.of(str(kwh), "kWh")),
                kind=UsageKind.TOTAL,
                commodity=Commodity.ELECTRICITY,
                meter_key="1",
            ),
        ),
        charges=(
            _charge("Energy charge", energy, ChargeKind.USAGE),
            _charge("Customer charge", service, ChargeKind.SERVICE),
        ),
        history=tuple(
            HistoryMonth(
                month=_first(month + 1 - back if day else month - back),
                commodity=Commodity.ELECTRICITY,
                quantity=_fact(Quantity.of(str(400 + (number + back) * 37 % 500), "kWh")),
                source=HistorySource.TABLE,
            )
            for back in range(1, 13)
        ),
    )


def completion(position: int, project: int, tenant: int = 1, month: int = 0) -> ingest_pb2.Completion:
    """Return the completion at a position: a bill of its own, read."""
    return ingest_pb2.Completion(
        position=position,
        completed_at=time_to_proto(_EPOCH + timedelta(seconds=position)),
        tenant_id=numbered("tenant", tenant),
        project_id=numbered("project", project),
        bill_id=numbered("bill", position),
        job_id=numbered("job", position),
        received_at=time_to_proto(_EPOCH - timedelta(days=1)),
        file_name="bill.pdf",
        outcome=outcome_to_proto(Success(readings=(reading(position, month),))),
    )


def responses(count: int, *, projects: int, first: int = 1) -> Iterator[ingest_pb2.FollowCompletionsResponse]:
    """Yield completions of bills that go round the projects, one month later with each round."""
    for at in range(count):
        one = completion(first + at, project=at % projects, month=at // projects % 120)
        yield ingest_pb2.FollowCompletionsResponse(completion=one)


def _first(month: int) -> date:
    at = _FIRST_MONTH + month
    return date(at // 12, at % 12 + 1, 1)


def _charge(description: str, amount: Decimal, kind: ChargeKind) -> Charge:
    return Charge(
        description=description,
        amount=_fact(Money(amount, "USD")),
        kind=kind,
        commodity=Commodity.ELECTRICITY,
        meter_key="1",
    )


def _fact(value: V) -> Fact[V]:
    return Fact(value, Evidence(str(value), 1, Box(72, 100, 140, 112), 0.995, Method.TEXT_LAYER))
