"""Snapshots as they are told: the ledger's statements made into months of a property's energy, and those into snapshots."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType

from domain.period import Period, month_of
from domain.quantity import Commodity
from protos.profile.v1 import snapshots_pb2
from runtime.wire import decimal_text
from services.profile.energy.factors import FactorSet
from services.profile.months.answer import STATEMENTS_MAX, active_over, first_whole
from services.profile.months.ledger_meters import LedgerStatement, sorted_meters
from services.profile.months.ledger_months import LedgerMonths, Meter, ledger_months, property_months
from services.profile.snapshots.snapshot import Intensity, MonthFigures, Snapshot, snapshot
from services.profile.snapshots.store import Rating

SNAPSHOTS_MAX = 120
ENERGY = frozenset({Commodity.ELECTRICITY, Commodity.GAS, Commodity.HEAT})
"""What an energy intensity counts; water has its own bills and is no energy."""


@dataclass(frozen=True, slots=True)
class AskedSnapshots:
    """What is asked for of which property; ``effective`` None asks for all."""

    property_id: str
    floor_area_ft2: Decimal | None
    factors: FactorSet
    region: str
    effective: date | None = None


def snapshots_message(
    asked: AskedSnapshots,
    statements: Sequence[LedgerStatement],
    ratings: Sequence[Rating],
    spans: Mapping[str, Period] = MappingProxyType({}),
) -> snapshots_pb2.ListSnapshotsResponse:
    """Return the snapshots of a property from its statements, those with the latest ends first; ratings newest first.

    ``spans`` are the days over which meters are active of which not all statements are in hand.
    """
    found = sorted_meters(statements[:STATEMENTS_MAX])
    area = asked.floor_area_ft2
    answer = snapshots_pb2.ListSnapshotsResponse(
        property_id=asked.property_id,
        factor_set=asked.factors.label,
        region=asked.region,
        currency=found.currency,
        floor_area_sq_ft="" if area is None else decimal_text(area),
    )
    if not area:
        answer.findings.add(rule_id="no_floor_area", sentence="The property has no floor area to divide by.")
        return answer
    meters = [meter for meter in found.meters if meter.commodity in ENERGY]
    months = _months(asked, meters, spans, answer)
    first = first_whole(statements)
    if first is not None:
        months = {month: one for month, one in months.items() if month >= first}
        sentence = f"The property has more statements than are looked at; months before {first} are not told."
        answer.findings.add(rule_id="earlier_not_told", sentence=sentence)
    effective = [month_of(month).end for month in sorted(months, reverse=True)]
    for month in effective if asked.effective is None else [asked.effective]:
        made = snapshot(months, area, month)
        if made is not None and len(answer.snapshots) < SNAPSHOTS_MAX:
            answer.snapshots.append(_snapshot(made, months, ratings))
    if not answer.snapshots:
        sentence = "No month is preceded by twelve that bills cover on every day for every meter that was active."
        answer.findings.add(rule_id="no_complete_year", sentence=sentence)
    return answer


def _months(
    asked: AskedSnapshots,
    meters: Sequence[Meter],
    spans: Mapping[str, Period],
    answer: snapshots_pb2.ListSnapshotsResponse,
) -> dict[date, MonthFigures]:
    made: list[LedgerMonths] = []
    spoilt: set[date] = set()
    for meter in meters:
        try:
            one = ledger_months(meter, asked.factors, region=asked.region)
        except ValueError as error:
            # Its energy is missing from the sums, so no month that it touches may pass for a whole one.
            spoilt |= {part.start.replace(day=1) for bill in meter.bills for part in bill.period.months()}
            answer.findings.add(rule_id="not_convertible", sentence=f"{error}.", meter_id=meter.meter_id)
            continue
        if one is not None:
            made.append(active_over(one, meter, spans))
    return {
        month.month: MonthFigures(
            kbtu=month.kbtus,
            pounds_co2=month.pounds_co2,
            cost=sum(month.costs.values(), Fraction(0)) if month.costs else None,
            complete=month.complete and month.month not in spoilt,
            estimated=month.estimated,
        )
        for month in property_months(made)
    }


def _snapshot(made: Snapshot, months: dict[date, MonthFigures], ratings: Sequence[Rating]) -> snapshots_pb2.Snapshot:
    until = month_of(made.effective_month).end
    rating = next((one for one in ratings if one.rated_on < until), None)
    window = [month for month in months if 0 < _months_before(month, made.effective_month) <= 12]
    return snapshots_pb2.Snapshot(
        effective_month=made.effective_month.isoformat(),
        kbtus_per_sq_ft=_intensity(made.eui),
        cost_per_sq_ft=None if made.eci is None else _intensity(made.eci),
        co2_per_sq_ft=_intensity(made.co2),
        energy_star_rating=rating.rating if rating else 0,
        energy_star_rated_on=rating.rated_on.isoformat() if rating else "",
        estimated=any(months[month].estimated for month in window),
    )


def _intensity(one: Intensity) -> snapshots_pb2.Intensity:
    return snapshots_pb2.Intensity(
        current=decimal_text(one.current),
        previous=_text(one.previous),
        yoy_percent_change=_text(one.yoy),
        change_ratio=_text(one.change_ratio),
    )


def _text(value: Decimal | None) -> str:
    return "" if value is None else decimal_text(value)


def _months_before(month: date, effective: date) -> int:
    return (effective.year - month.year) * 12 + effective.month - month.month
