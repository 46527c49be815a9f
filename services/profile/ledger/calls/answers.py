"""The ledger as it is answered: records, accounts and meters as their messages."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from statistics import median_low

from domain.ids import BillId, ProjectId
from domain.quantity import Commodity
from domain.reading import UsageKind
from domain.refusals import BadRequest
from protos.profile.v1 import ledger_pb2
from runtime.wire import decimal_text, quantity_from_proto, time_to_proto
from services.profile.energy.factors import DEFAULT_REGION, EGRID, FactorSet, UnknownFactor
from services.profile.ledger.records import Reason, Record, RecordKey, body
from services.profile.ledger.store.accounts import LedgerAccount, LedgerMeter
from services.profile.months.rounding import rounded

PLACES = 4
ACTIVE_DAYS = 100
"""So long after its last bill ended an account or a meter counts as active: a quarter and a week to send the bill."""

_FREQUENCIES = ((45, "monthly"), (75, "bimonthly"), (110, "quarterly"))
_YEARLY_DAYS = range(330, 400)


@dataclass(frozen=True, slots=True)
class Factors:
    """By which factors usages are told in other units."""

    factors: FactorSet
    region: str


def asked_factors(factor_set: str, region: str, sets: Mapping[str, FactorSet]) -> Factors:
    """Return the factors that a request names.

    Raises:
        BadRequest: a set or a region that is not there.
    """
    factors = sets.get(factor_set or EGRID)
    if factors is None:
        raise BadRequest(f"factor_set is one of {', '.join(sorted(sets))}", field="factor_set")
    regions = factors.co2[Commodity.ELECTRICITY]
    if (region or DEFAULT_REGION) not in regions:
        raise BadRequest(f"region is one of {', '.join(sorted(regions))}", field="region")
    return Factors(factors, region or DEFAULT_REGION)


@dataclass(frozen=True, slots=True)
class Around:
    """What stands around records in the ledger, looked up for all of a page at once."""

    newest: Mapping[tuple[BillId, int], Record]
    """The newest record of each statement concerned."""
    rebilled: Mapping[tuple[BillId, int], RecordKey]
    """The record that gave way to a statement as to a rebill."""
    properties: Mapping[ProjectId, str]
    supply_meters: frozenset[str]


def bill_message(record: Record, around: Around, factors: Factors) -> ledger_pb2.LedgerBill:
    """Return a record as it is answered."""
    message = body(record)
    bill_id, ordinal, revision = record.key
    message.ledger_bill_id = str(record.key)
    message.bill_id, message.statement = bill_id, ordinal
    message.project_id = record.project_id
    message.property_id = around.properties.get(record.project_id, "")
    message.archived = record.archived_at is not None
    message.archive_reason = record.archive_reason.value if record.archive_reason else ""
    message.recorded_at.CopyFrom(time_to_proto(record.recorded_at))
    if record.archived_at is not None:
        message.archived_at.CopyFrom(time_to_proto(record.archived_at))
    rebilled = around.rebilled.get((bill_id, ordinal))
    if revision:
        message.original_ledger_bill_id = str(RecordKey(bill_id, ordinal, revision - 1))
    elif rebilled is not None:
        message.original_ledger_bill_id = str(rebilled)
    message.standing_ledger_bill_id = _standing(record, around)
    message.metadata_json = record.metadata
    therms = {one.meter_id: one.therm_factor for one in message.meters if one.therm_factor}
    for usage in message.usages:
        usage.supply = usage.meter_id in around.supply_meters
        _convert(usage, therms.get(usage.meter_id, ""), factors)
    return message


def _standing(record: Record, around: Around) -> str:
    """Return the record that stands in the place of an archived one, whatever way there is to it."""
    if record.archived_at is None:
        return ""
    place: tuple[BillId, int] | None = (record.key.bill_id, record.key.ordinal)
    if record.archive_reason in (Reason.REBILLED, Reason.DUPLICATE) and record.rival_bill_id is not None:
        place = (record.rival_bill_id, record.rival_ordinal or 0)
    for _ in range(2):
        newest = around.newest.get(place) if place is not None else None
        if newest is None or newest.archived_at is None:
            return str(newest.key) if newest is not None else ""
        if newest.rival_bill_id is None or newest.rival_ordinal is None:
            return ""
        place = (newest.rival_bill_id, newest.rival_ordinal)
    return ""


def _convert(usage: ledger_pb2.LedgerUsage, therm_factor: str, asked: Factors) -> None:
    if usage.kind in (UsageKind.DEMAND, UsageKind.REACTIVE, UsageKind.POWER_FACTOR):
        return
    commodity, quantity = Commodity(usage.commodity), quantity_from_proto(usage.quantity)
    factors = asked.factors
    try:
        if commodity in (Commodity.WATER, Commodity.SEWER):
            usage.gallons = decimal_text(rounded(factors.gallons_of(quantity), PLACES))
            return
        of = Commodity.ELECTRICITY if commodity is Commodity.SOLAR_EXPORT else commodity
        kbtu = factors.kbtu_of(of, quantity, Fraction(Decimal(therm_factor)) if therm_factor else None)
        usage.kbtus = decimal_text(rounded(kbtu, PLACES))
        usage.lbs_co2 = decimal_text(rounded(factors.pounds_co2_of(of, kbtu, asked.region), PLACES))
    except UnknownFactor:
        return


def account_message(
    account: LedgerAccount, meters: list[ledger_pb2.LedgerMeter], today: date
) -> ledger_pb2.LedgerAccount:
    """Return an account as it is answered."""
    newest = ledger_pb2.LedgerBill.FromString(account.newest or b"")
    return ledger_pb2.LedgerAccount(
        account_id=account.account_id,
        issuer_id=account.issuer_id,
        issuer_name=account.issuer_name,
        account_number=account.number,
        holder=newest.holder,
        service_address=newest.service_address,
        mailing_address=newest.mailing_address,
        status=_status(account.covered_until, today),
        latest_statement_date=_day(account.latest_statement_date),
        covered_from=_day(account.covered_from),
        covered_until=_day(account.covered_until),
        bill_count=account.bill_count,
        project_ids=account.project_ids,
        meters=meters,
        metadata_json=account.metadata,
        created_at=time_to_proto(account.created_at),
        updated_at=time_to_proto(account.updated_at),
    )


def meter_message(meter: LedgerMeter, properties: Mapping[ProjectId, str], today: date) -> ledger_pb2.LedgerMeter:
    """Return a meter as it is answered."""
    newest = ledger_pb2.LedgerBill.FromString(meter.newest or b"")
    shown = next((one for one in newest.meters if one.meter_id == meter.meter_id), ledger_pb2.LedgerBillMeter())
    usages = [one for one in newest.usages if one.meter_id == meter.meter_id]
    association, other = "standard", ""
    if meter.associated_meter_id is not None:
        association, other = "supply", meter.associated_meter_id
    elif meter.supplied_by is not None:
        association, other = "distribution", meter.supplied_by
    return ledger_pb2.LedgerMeter(
        meter_id=meter.meter_id,
        account_id=meter.account_id,
        project_id=meter.project_id or "",
        property_id=properties.get(meter.project_id, "") if meter.project_id else "",
        number=meter.number,
        commodity=meter.commodity,
        service_point=meter.service_point,
        tariff=meter.tariff,
        supplier=meter.supplier,
        service_address=newest.service_address,
        association=association,
        associated_meter_id=other,
        service_id=meter.associated_meter_id or meter.meter_id,
        active_from=_day(meter.active_from),
        active_until=_day(meter.active_until),
        status=_status(meter.active_until, today),
        billing_frequency=_frequency(meter.lengths),
        unit=_unit(usages, demand=False),
        demand_unit=_unit(usages, demand=True),
        multiplier=shown.multiplier,
        therm_factor=shown.therm_factor,
        bill_count=meter.bill_count,
        metadata_json=meter.metadata,
        created_at=time_to_proto(meter.created_at),
        updated_at=time_to_proto(meter.updated_at),
    )


def _unit(usages: list[ledger_pb2.LedgerUsage], *, demand: bool) -> str:
    kinds = {UsageKind.DEMAND.value, UsageKind.REACTIVE.value, UsageKind.POWER_FACTOR.value}
    wanted = {UsageKind.DEMAND.value} if demand else {one.value for one in UsageKind} - kinds
    return next((one.quantity.unit for one in usages if one.kind in wanted), "")


def _frequency(lengths: tuple[int, ...]) -> str:
    if not lengths:
        return ""
    usual = median_low(lengths)
    if usual in _YEARLY_DAYS:
        return "yearly"
    return next((name for most, name in _FREQUENCIES if 20 <= usual <= most), "irregular")


def _status(until: date | None, today: date) -> str:
    if until is None or (today - until) > timedelta(days=ACTIVE_DAYS):
        return "inactive"
    return "active"


def _day(day: date | None) -> str:
    return day.isoformat() if day is not None else ""
