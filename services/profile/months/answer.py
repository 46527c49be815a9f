"""Months as they are asked for and told: the request checked, the ledger's statements made into months, rounded once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType

from domain.period import Period, month_of
from domain.quantity import Commodity
from domain.refusals import BadRequest, NoTemperatures
from protos.profile.v1 import profile_pb2
from runtime.wire import decimal_text
from services.profile.energy.factors import DEFAULT_REGION, EGRID, FactorSet
from services.profile.months.degree_days import DegreeDays, day_weight
from services.profile.months.ledger_meters import LedgerStatement, sorted_meters
from services.profile.months.ledger_months import LedgerMonths, Meter, PropertyMonth, ledger_months, property_months
from services.profile.months.meter_months import CostKind
from services.profile.months.proration import DayWeight
from services.profile.months.rounding import rounded, rounded_parts
from services.profile.properties.store import DayTemperature

STATEMENTS_MAX = 1_000
COMMODITIES = {one.value: one for one in Commodity if one is not Commodity.SOLAR_EXPORT}
"""Commodities that months can be asked for, by their words; what a meter sends back is in none."""
PLACES = 4


class Weights(StrEnum):
    """How energy is shared out over the days of a bill."""

    DAYS = "days"
    DEGREE_DAYS = "degree_days"


HEATING, COOLING, MILD_DAY = Decimal(1), Decimal(1), Decimal(10)
"""Of a building that is heated and cooled: a mild day uses as much as ten degree days, so no day weighs nothing."""


@dataclass(frozen=True, slots=True)
class AskedMonths:
    """What a request asks for; ``commodity`` None and ``meter_id`` "" leave all in."""

    commodity: Commodity | None
    meter_id: str
    factors: FactorSet
    region: str
    weights: Weights = Weights.DAYS


def asked_months(
    request: profile_pb2.ListMonthsRequest, factor_sets: Mapping[str, FactorSet], usual_region: str = ""
) -> AskedMonths:
    """Return what a request asks for; ``usual_region`` is that of its property, or empty.

    Raises:
        BadRequest: a commodity, a set or a region that is not there.
    """
    commodity = COMMODITIES.get(request.commodity)
    if request.commodity and commodity is None:
        raise BadRequest(f"commodity is one of {', '.join(sorted(COMMODITIES))}", field="commodity")
    factors = factor_sets.get(request.factor_set or EGRID)
    if factors is None:
        raise BadRequest(f"factor_set is one of {', '.join(sorted(factor_sets))}", field="factor_set")
    regions = factors.co2[Commodity.ELECTRICITY]
    region = request.region or (usual_region if usual_region in regions else DEFAULT_REGION)
    if region not in regions:
        raise BadRequest(f"region is one of {', '.join(sorted(regions))}", field="region")
    try:
        weights = Weights(request.weights or Weights.DAYS)
    except ValueError as error:
        raise BadRequest(f"weights is one of {', '.join(Weights)}", field="weights") from error
    return AskedMonths(commodity, request.meter_id, factors, region, weights)


def degree_day_weight(temperatures: Sequence[DayTemperature]) -> DayWeight:
    """Return the weight of each day by a property's temperatures.

    Raises:
        NoTemperatures: there are none.
    """
    if not temperatures:
        raise NoTemperatures
    rule = DegreeDays(MILD_DAY, HEATING, COOLING)
    return day_weight(rule, {one.day: one.mean_f for one in temperatures})


def months_message(
    project_id: str,
    asked: AskedMonths,
    statements: Sequence[LedgerStatement],
    property_id: str = "",
    weight: DayWeight | None = None,
    first_days: Mapping[str, date] = MappingProxyType({}),
) -> profile_pb2.ListMonthsResponse:
    """Return the months of statements, newest first; of more than STATEMENTS_MAX, only months that those hold whole.

    ``first_days`` say since when meters are active whose earlier statements are not in hand.
    """
    found = sorted_meters(statements[:STATEMENTS_MAX])
    answer = profile_pb2.ListMonthsResponse(
        project_id=project_id,
        currency=found.currency,
        factor_set=asked.factors.label,
        region=asked.region,
        property_id=property_id,
        weights=asked.weights.value,
    )
    for one in found.left_out:
        answer.findings.add(rule_id="left_out", sentence=one.sentence, bill_id=one.bill_id)
    chosen = [
        meter
        for meter in found.meters
        if (asked.commodity in (None, meter.commodity)) and (asked.meter_id in ("", meter.meter_id))
    ]
    made = [_months_of(meter, asked, weight, answer) for meter in chosen]
    meters = [active_since(it, first_days) for it in made if it is not None]
    first = first_whole(statements)
    for month in reversed(property_months(meters)):
        if first is None or month.month >= first:
            answer.months.append(_month(month, meters))
    if first is not None:
        sentence = f"There are more statements than the {STATEMENTS_MAX} looked at; months before {first} are not told."
        answer.findings.add(rule_id="earlier_not_told", sentence=sentence)
    return answer


def active_since(meter: LedgerMonths, first_days: Mapping[str, date]) -> LedgerMonths:
    """Return a meter as active since the first day of all its bills, also of those that are not in hand."""
    first_day = first_days.get(meter.meter_id)
    if first_day is None or first_day >= meter.active.start:
        return meter
    return replace(meter, active=Period(first_day, meter.active.end))


def _months_of(
    meter: Meter, asked: AskedMonths, weight: DayWeight | None, answer: profile_pb2.ListMonthsResponse
) -> LedgerMonths | None:
    # Water and sewer follow no temperature.
    if meter.commodity in (Commodity.WATER, Commodity.SEWER):
        weight = None
    try:
        made = ledger_months(meter, asked.factors, region=asked.region, weight=weight)
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


def first_whole(statements: Sequence[LedgerStatement]) -> date | None:
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
        supply_kbtus=decimal_text(rounded(month.supply_kbtus, PLACES)),
        supply_lbs_co2=decimal_text(rounded(month.supply_pounds_co2, PLACES)),
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
