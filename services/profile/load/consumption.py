"""Which of a reading's usages are electricity consumed, once each.

Consumption is what a meter registers as total, or as import where no total stands; peak registers are summed where neither
stands. Export, net and negative totals are not consumption. Delivery and supply of one meter state the same energy twice, so
one row a meter and period counts.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from domain.period import Period
from domain.quantity import Commodity
from domain.reading import Meter, Reading, Usage, UsageKind
from services.profile.ledger.numbers import normalised

BILLING_DAYS_MAX = 400
"""A longer period is no billing period but a misread date, and its energy has no place in a year [days]."""

SUPER_OFF_PEAK = "super_off_peak"

_PEAKS = frozenset({UsageKind.ON_PEAK, UsageKind.MID_PEAK, UsageKind.OFF_PEAK})


@dataclass(frozen=True, slots=True)
class Consumption:
    """Electricity [kWh] that one meter measured in one period. ``meter`` is "" where the bill names none."""

    meter: str
    period: Period
    energy_kwh: Decimal
    parts: tuple[tuple[str, Decimal], ...] = ()
    """By period of the day, where the bill divides it so: on_peak, mid_peak, off_peak or super_off_peak, and its energy [kWh]."""
    tariff: str = ""
    """As printed of the meter; "" where it has no parts."""


def consumptions(reading: Reading) -> list[Consumption]:
    """Return what the reading's electricity meters consumed in the bill's own periods; each meter and period once.

    Rows that belong to no meter count only where no meter has rows: they repeat the meters' sum.
    """
    by_meter: dict[str, list[Usage]] = {}
    meters = {meter.meter_key: meter for meter in reading.meters}
    for usage in reading.usages:
        if usage.commodity is Commodity.ELECTRICITY and usage.quantity.value.kwh() is not None:
            by_meter.setdefault(_identity(meters.get(usage.meter_key or "")), []).append(usage)
    found: list[Consumption] = []
    for identity, usages in by_meter.items():
        found += _of_meter(reading, identity, usages, meters)
    named = [one for one in found if one.meter]
    counted = _without_repeats(named or found)
    return [_divided(one, by_meter[one.meter], reading, meters) for one in counted]


def _divided(one: Consumption, usages: Sequence[Usage], reading: Reading, meters: Mapping[str, Meter]) -> Consumption:
    """Return a consumption with its peak registers, where the bill states any of the same days."""
    rows = [
        (usage, row)
        for usage in usages
        if usage.kind in _PEAKS
        for row in _row(reading, one.meter, usage, meters)
        if row.period == one.period and row.energy_kwh >= 0
    ]
    if not rows:
        return one
    stated = [(_period_of_day(usage), row.energy_kwh) for usage, row in rows]
    # Delivery and supply sections print the registers twice.
    once = list(dict.fromkeys(stated))
    if sum(energy for _, energy in stated) != one.energy_kwh and sum(energy for _, energy in once) == one.energy_kwh:
        stated = once
    parts: dict[str, Decimal] = {}
    for name, energy in stated:
        parts[name] = parts.get(name, Decimal(0)) + energy
    of_meters = [meters[usage.meter_key].tariff for usage, _ in rows if usage.meter_key and usage.meter_key in meters]
    printed = next((fact.value for fact in of_meters if fact is not None), "")
    return replace(one, parts=tuple(sorted(parts.items())), tariff=printed)


def _period_of_day(usage: Usage) -> str:
    """Return the period of a register; a tariff's cheapest hours are told from other cheap ones by the label alone."""
    super_off = usage.kind is UsageKind.OFF_PEAK and "super" in usage.label.casefold()
    return SUPER_OFF_PEAK if super_off else usage.kind.value


def _identity(meter: Meter | None) -> str:
    """Name a meter by its number or its service point; by its place on the bill where neither is printed."""
    if meter is None:
        return ""
    for fact in (meter.number, meter.service_point_id):
        if fact is not None and normalised(fact.value):
            return normalised(fact.value)
    return f"#{meter.meter_key}"


def _of_meter(reading: Reading, identity: str, usages: list[Usage], meters: dict[str, Meter]) -> list[Consumption]:
    for kinds in (frozenset({UsageKind.TOTAL}), frozenset({UsageKind.IMPORT})):
        rows = [row for usage in usages if usage.kind in kinds for row in _row(reading, identity, usage, meters)]
        if rows:
            return _longest_first(row for row in rows if row.energy_kwh >= 0)
    return _summed_peaks(
        [row for usage in usages if usage.kind in _PEAKS for row in _row(reading, identity, usage, meters)]
    )


def _row(reading: Reading, identity: str, usage: Usage, meters: Mapping[str, Meter]) -> list[Consumption]:
    meter = meters.get(usage.meter_key or "")
    period = usage.period or (meter.period.value if meter and meter.period else None)
    period = period or (reading.period.value if reading.period else None)
    energy = usage.quantity.value.kwh()
    if period is None or energy is None or period.days > BILLING_DAYS_MAX:
        return []
    return [Consumption(identity, period, energy)]


def _longest_first(rows: Iterable[Consumption]) -> list[Consumption]:
    """Keep the rows of one meter that do not overlap, longer periods before shorter, printed order among equals."""
    kept: list[Consumption] = []
    for row in sorted(rows, key=lambda one: -one.period.days):
        if all(row.period.intersect(other.period) is None for other in kept):
            kept.append(row)
    return kept


def _summed_peaks(rows: list[Consumption]) -> list[Consumption]:
    summed: dict[Period, Decimal] = {}
    for row in rows:
        summed[row.period] = summed.get(row.period, Decimal(0)) + row.energy_kwh
    return _longest_first(
        Consumption(rows[0].meter, period, energy) for period, energy in summed.items() if energy >= 0
    )


def _without_repeats(rows: list[Consumption]) -> list[Consumption]:
    """Drop a meter without number that repeats another one's period and energy: its supply section."""
    kept: list[Consumption] = []
    for row in sorted(rows, key=lambda one: one.meter.startswith("#")):
        repeats = any(row.period == other.period and row.energy_kwh == other.energy_kwh for other in kept)
        if not (row.meter.startswith("#") and repeats):
            kept.append(row)
    return kept
