"""Readings and completions made in a line or two, for tests of the profile."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID, uuid5

from domain.evidence import Evidence, Fact, Method
from domain.ids import BillId, ProjectId, TenantId
from domain.money import Money
from domain.outcome import Failure, FailureReason, Success
from domain.period import Period
from domain.quantity import Commodity, Quantity
from domain.reading import (
    Charge,
    ChargeKind,
    CommodityTotal,
    DocumentKind,
    HistoryMonth,
    HistorySource,
    Issuer,
    Meter,
    Reading,
    Usage,
    UsageKind,
)
from protos.ingest.v1 import ingest_pb2
from runtime.wire import outcome_to_proto, time_to_proto
from services.profile.completions import Heard, heard

EVIDENCE = Evidence("seen", 1, None, 0.99, Method.TEXT_LAYER)
EPOCH = datetime(2026, 5, 1, tzinfo=UTC)


def fact(value):
    return Fact(value, EVIDENCE)


def numbered(kind: str, number: int) -> str:
    """A stable UUID for the nth thing of a kind."""
    return str(uuid5(UUID(int=7), f"{kind}/{number}"))


TENANT, OTHER_TENANT = TenantId(numbered("tenant", 1)), TenantId(numbered("tenant", 2))
PROJECT, OTHER_PROJECT = ProjectId(numbered("project", 1)), ProjectId(numbered("project", 2))


def bill_id(number: int) -> BillId:
    return BillId(numbered("bill", number))


def period(start: str, end: str) -> Period:
    """A half-open period from ISO dates."""
    return Period(date.fromisoformat(start), date.fromisoformat(end))


def usage(kwh, *, key="1", kind=UsageKind.TOTAL, unit="kWh", of: Period | None = None, commodity=Commodity.ELECTRICITY):
    return Usage(
        quantity=fact(Quantity.of(str(kwh), unit)), kind=kind, commodity=commodity, meter_key=key or None, period=of
    )


def meter(key="1", *, number="40718263", commodity=Commodity.ELECTRICITY, tariff="R-1"):
    return Meter(
        meter_key=key,
        number=fact(number) if number else None,
        commodity=commodity,
        tariff=fact(tariff) if tariff else None,
    )


def history(month: str, kwh, *, cost=None, source=HistorySource.TABLE, of: Period | None = None, key=None):
    return HistoryMonth(
        month=date.fromisoformat(f"{month}-01"),
        period=of,
        commodity=Commodity.ELECTRICITY,
        quantity=fact(Quantity.of(str(kwh), "kWh")),
        cost=None if cost is None else fact(Money.of(str(cost), "USD")),
        source=source,
        meter_key=key,
    )


def electric_bill(start="2026-03-01", end="2026-04-01", kwh=620, cost="122.93", **changes) -> Reading:
    """A bill of one electricity meter; everything else by keyword."""
    fields = {
        "kind": DocumentKind.BILL,
        "engine_version": "test/1",
        "pages": 1,
        "issuer": Issuer(issuer_id="example-valley", name=fact("Example Valley Power & Light")),
        "country": fact("US"),
        "currency": fact("USD"),
        "account_number": fact("3001-4482-7"),
        "period": fact(period(start, end)),
        "statement_date": fact(date.fromisoformat(end)),
        "new_charges": None if cost is None else fact(Money.of(cost, "USD")),
        "meters": (meter(),),
        "usages": (usage(kwh),),
        "charges": ()
        if cost is None
        else (
            Charge(
                description="Energy charge",
                amount=fact(Money.of(cost, "USD")),
                kind=ChargeKind.USAGE,
                commodity=Commodity.ELECTRICITY,
                meter_key="1",
            ),
        ),
    }
    return Reading(**{**fields, **changes})


def gas_bill(**changes) -> Reading:
    fields = {
        "meters": (meter(number="G-1", commodity=Commodity.GAS),),
        "usages": (usage(31, unit="therm", commodity=Commodity.GAS),),
        "charges": (),
    }
    return electric_bill(**{**fields, **changes})


def total(cost: str, commodity=Commodity.ELECTRICITY) -> CommodityTotal:
    return CommodityTotal(commodity=commodity, cost=fact(Money.of(cost, "USD")))


def success(*readings: Reading) -> Success:
    return Success(readings=readings or (electric_bill(),))


def failure(reason=FailureReason.UNREADABLE) -> Failure:
    return Failure(reason=reason, detail="The page could not be read.")


def completion(
    position: int,
    what: Success | Failure | str,
    *,
    bill: int = 1,
    project: ProjectId = PROJECT,
    tenant: TenantId = TENANT,
    received: int | None = None,
) -> ingest_pb2.Completion:
    """A completion; ``what`` is an outcome, or "deleted" or "erased"."""
    message = ingest_pb2.Completion(
        position=position,
        completed_at=time_to_proto(EPOCH + timedelta(seconds=position)),
        tenant_id=tenant,
        project_id=project,
        bill_id=bill_id(bill),
        job_id=numbered("job", position),
        received_at=time_to_proto(
            EPOCH - timedelta(days=1) + timedelta(minutes=bill if received is None else received)
        ),
        file_name="bill.pdf",
    )
    if not isinstance(what, str):
        message.outcome.CopyFrom(outcome_to_proto(what))
    elif what == "deleted":
        message.deleted.SetInParent()
    else:
        message.erased.SetInParent()
    return message


def responses(*completions: ingest_pb2.Completion) -> list[Heard]:
    return [heard(ingest_pb2.FollowCompletionsResponse(completion=one)) for one in completions]


def decimal(text: str) -> Decimal:
    return Decimal(text)
