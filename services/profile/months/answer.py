"""Months as they are asked for and told: the request checked, the ledger's statements made into months, rounded once."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum

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
MONTHS_MAX = 1_200
"""Months of a page: a century, more than any list of bills holds."""
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


@dataclass(frozen=True, slots=True)
class Page:
    """Which months of the list a page tells: those ``before`` a month, None for the newest.

    ``later`` are the statements that end after ``before``: what they share with months before it counts there. ``spans`` are the
    days over which meters are active by all their statements, where some may not be in hand. Costs are in ``currency``, that of
    the page before; "" for that of the newest bill.
    """

    before: date | None = None
    months_max: int = MONTHS_MAX
    currency: str = ""
    later: Sequence[LedgerStatement] = ()
    spans: Mapping[str, Period] = field(default_factory=dict)


FIRST_PAGE = Page()


def months_message(
    project_id: str,
    asked: AskedMonths,
    statements: Sequence[LedgerStatement],
    property_id: str = "",
    weight: DayWeight | None = None,
    page: Page = FIRST_PAGE,
) -> profile_pb2.ListMonthsResponse:
    """Return the months of statements, newest first; of more than STATEMENTS_MAX, only months that those hold whole.

    ``statements`` have the latest ends first; of a page ``before`` a month they end with it at the latest.
    """
    found = sorted_meters([*page.later, *statements[:STATEMENTS_MAX]], page.currency)
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
    _leave_told(answer, {one.bill_id for one in page.later} - {one.bill_id for one in statements})
    meters = [active_over(it, meter, page.spans) for it, meter in zip(made, chosen, strict=True) if it is not None]
    first = first_whole(statements)
    months = [
        month
        for month in reversed(property_months(meters))
        if (first is None or month.month >= first) and (page.before is None or month.month < page.before)
    ]
    answer.months.extend(_month(month, meters) for month in months[: page.months_max])
    if first is not None:
        sentence = (
            f"There are more statements than the {STATEMENTS_MAX} looked at; months before {first} are not told here."
        )
        answer.findings.add(rule_id="earlier_not_told", sentence=sentence)
    return answer


def _leave_told(answer: profile_pb2.ListMonthsResponse, later: Set[str]) -> None:
    """Leave out the findings that are about later bills alone: the page before told them."""
    kept = []
    for one in answer.findings:
        about = {bill_id for bill_id in (one.bill_id, one.standing_bill_id) if bill_id}
        if not about or about - later:
            kept.append(one)
    del answer.findings[:]
    answer.findings.extend(kept)


def next_page(
    answer: profile_pb2.ListMonthsResponse, statements: Sequence[LedgerStatement], page: Page = FIRST_PAGE
) -> date | None:
    """Return before which month the next page goes on, None where this one is the last or none can come before it.

    A page that is full may be the last all the same: the next one is empty then.
    """
    if len(answer.months) == page.months_max:
        return date.fromisoformat(answer.months[-1].month)
    first = first_whole(statements)
    return first if first is not None and (page.before is None or first < page.before) else None


def active_over(made: LedgerMonths, meter: Meter, spans: Mapping[str, Period]) -> LedgerMonths:
    """Return a meter's months as active over the days of all its bills, also of those that are not in hand."""
    span, active = spans.get(meter.meter_id), made.active
    if span is None:
        return made
    # A bill in hand that another one sets aside does not make its meter active.
    start = span.start if span.start < min(bill.period.start for bill in meter.bills) else active.start
    end = span.end if span.end > max(bill.period.end for bill in meter.bills) else active.end
    return replace(made, active=Period(start, end))


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
    lasts = [one.period.last_day for one in statements[STATEMENTS_MAX:] if one.period is not None]
    return month_of(max(lasts)).end if lasts else None


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
