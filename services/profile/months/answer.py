"""Months as they are asked for and told: the request checked, the ledger's statements made into months, rounded once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from domain.period import Period, month_of
from domain.quantity import Commodity
from domain.refusals import BadRequest
from protos.profile.v1 import profile_pb2
from runtime.wire import decimal_text
from services.profile.energy.factors import DEFAULT_REGION, EGRID, FactorSet
from services.profile.months.ledger_meters import LedgerStatement, sorted_meters
from services.profile.months.ledger_months import LedgerMonths, Meter, PropertyMonth, ledger_months, property_months
from services.profile.months.meter_months import CostKind
from services.profile.months.rounding import rounded, rounded_parts

STATEMENTS_MAX = 1_000
PLACES = 4


@dataclass(frozen=True, slots=True)
class AskedMonths:
    """What a request asks for; ``commodity`` None and ``meter_id`` "" leave all in."""

    commodity: Commodity | None
    meter_id: str
    factors: FactorSet
    region: str


def asked_months(request: profile_pb2.ListMonthsRequest, factor_sets: Mapping[str, FactorSet]) -> AskedMonths:
    """Return what a request asks for.

    Raises:
        BadRequest: a commodity, a set or a region that is not there.
    """
    known = {one.value: one for one in Commodity if one is not Commodity.SOLAR_EXPORT}
    commodity = known.get(request.commodity)
    if request.commodity and commodity is None:
        raise BadRequest(f"commodity is one of {', '.join(sorted(known))}", field="commodity")
    factors = factor_sets.get(request.factor_set or EGRID)
    if factors is None:
        raise BadRequest(f"factor_set is one of {', '.join(sorted(factor_sets))}", field="factor_set")
    region = request.region or DEFAULT_REGION
    regions = factors.co2[Commodity.ELECTRICITY]
    if region not in regions:
        raise BadRequest(f"region is one of {', '.join(sorted(regions))}", field="region")
    return AskedMonths(commodity, request.meter_id, factors, region)


def months_message(
    project_id: str, asked: AskedMonths, statements: Sequence[LedgerStatement]
) -> profile_pb2.ListMonthsResponse:
    """Return the months of statements, newest first; of more than STATEMENTS_MAX, only months that those hold whole."""
    found = sorted_meters(statements[:STATEMENTS_MAX])
    answer = profile_pb2.ListMonthsResponse(
        project_id=project_id, currency=found.currency, factor_set=asked.factors.label, region=asked.region
    )
    for one in found.left_out:
        answer.findings.add(rule_id="left_out", sentence=one.sentence, bill_id=one.bill_id)
    chosen = [
        meter
        for meter in found.meters
        if (asked.commodity in (None, meter.commodity)) and (asked.meter_id in ("", meter.meter_id))
    ]
    meters = [made for meter in chosen if (made := _months_of(meter, asked, answer)) is not None]
    first = _first_whole(statements)
    for month in reversed(property_months(meters)):
        if first is None or month.month >= first:
            answer.months.append(_month(month, meters))
    return answer


def _months_of(meter: Meter, asked: AskedMonths, answer: profile_pb2.ListMonthsResponse) -> LedgerMonths | None:
    try:
        made = ledger_months(meter, asked.factors, region=asked.region)
    except ValueError as error:
        answer.findings.add(rule_id="left_out", sentence=f"{error}.", meter_id=meter.meter_id)
        return None
    if made is not None:
        for bill_id in made.replaced:
            sentence = "Another bill of the meter, read later, states the same period."
            answer.findings.add(rule_id="replaced", sentence=sentence, bill_id=bill_id, meter_id=meter.meter_id)
        for conflict in made.conflicts:
            answer.findings.add(
                rule_id="conflict",
                sentence="Two bills of the meter share days; the one read later counts.",
                bill_id=conflict.aside.what.bill_id,
                standing_bill_id=conflict.standing.what.bill_id,
                meter_id=meter.meter_id,
            )
    return made


def _first_whole(statements: Sequence[LedgerStatement]) -> date | None:
    """Return the first month that none of the statements beyond the limit can touch; None where there are none."""
    if len(statements) <= STATEMENTS_MAX:
        return None
    ends = [one.period.end for one in statements[STATEMENTS_MAX:] if one.period is not None]
    return month_of(max(ends)).end if ends else None


def _month(month: PropertyMonth, meters: Sequence[LedgerMonths]) -> profile_pb2.CalendarMonth:
    kinds = sorted(month.costs)
    costs = dict(zip(kinds, rounded_parts([month.costs[kind] for kind in kinds], PLACES), strict=True)) if kinds else {}
    told = {kind: decimal_text(costs[kind]) if kind in costs else "" for kind in CostKind}
    whole = month_of(month.month)
    sums = [one for meter in meters for one in meter.sums if one.month == month.month]
    return profile_pb2.CalendarMonth(
        month=month.month.isoformat(),
        distribution_kbtus=decimal_text(rounded(month.kbtus, PLACES)),
        distribution_lbs_co2=decimal_text(rounded(month.pounds_co2, PLACES)),
        gallons=decimal_text(rounded(month.gallons, PLACES)),
        demand_consumption=decimal_text(month.demand) if month.demand else "",
        usage_cost=told[CostKind.USAGE],
        demand_cost=told[CostKind.DEMAND],
        service_cost=told[CostKind.SERVICE],
        interim_rate_cost=told[CostKind.INTERIM_RATE],
        other_applied_cost=told[CostKind.OTHER_APPLIED],
        tax_cost=told[CostKind.TAX],
        total_cost=decimal_text(sum(costs.values(), Decimal(0))) if costs else "",
        estimated=month.estimated,
        month_complete=month.complete,
        days_covered=_fewest_days(whole, meters),
        days_in_month=whole.days,
        bill_ids=sorted({bill_id for one in sums for bill_id in one.bill_ids}),
    )


def _fewest_days(month: Period, meters: Sequence[LedgerMonths]) -> int:
    active = [meter for meter in meters if meter.active.intersect(month)]
    covered = [next((one.days_covered for one in meter.sums if one.month == month.start), 0) for meter in active]
    return min(covered, default=0)
