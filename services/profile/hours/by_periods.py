"""Months whose bills state time-of-use rows: spread by them where the tariff's hours are known, else told why not."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

from protos.profile.v1 import profile_pb2
from runtime.wire import decimal_text
from services.profile.hours.day_courses import DayCourse
from services.profile.hours.tariffs import Peak, TariffHours, fitting
from services.profile.hours.time_of_use import MonthByPeriods, NoHours, minutes_of_periods, spread_by_periods
from services.profile.hours.year import UNITS_PER_KWH, units_of
from services.profile.load.time_of_use import DividedMonth
from services.profile.months.rounding import rounded, rounded_parts

PLACES = 4
NOT_KNOWN, DIFFER, NO_HOURS, NOT_ASKED = "hours_not_known", "tariffs_differ", "no_hours_in_month", "not_asked"
"""Why a month is not shaped, beside what its rows leave wanting (``load.time_of_use.WhyNot``)."""

_OBSERVED = (profile_pb2.MONTH_SOURCE_BILLED, profile_pb2.MONTH_SOURCE_PRORATED)


@dataclass(frozen=True, slots=True)
class Layout:
    """The year that months are spread over."""

    course: DayCourse
    year: int
    leap_day: bool
    intervals_per_hour: int


@dataclass(frozen=True, slots=True)
class AskedTariff:
    """Which tariff hours count: one by its name, those that fit each bill (``chosen`` None), or none at all."""

    known: Mapping[str, TariffHours]
    chosen: TariffHours | None = None
    none: bool = False


@dataclass(slots=True)
class ByPeriods:
    """Months (1-12) spread by periods, and what is told of every month with rows."""

    spread: dict[int, list[int]] = field(default_factory=dict)
    told: list[profile_pb2.TimeOfUseMonth] = field(default_factory=list)


def by_periods(
    profile: profile_pb2.LoadProfile,
    divided: Mapping[tuple[int, int], DividedMonth],
    asked: AskedTariff,
    layout: Layout,
) -> ByPeriods:
    """Spread the months of a profile that are divided, each in the calendar of the layout's year."""
    made = ByPeriods()
    for month in profile.months:
        rows = divided.get((month.year, month.month))
        if rows is None or month.source not in _OBSERVED:
            continue
        hours, reason = _tariff(rows, asked)
        told = _message(month, rows, hours, profile.active_bill_id)
        if hours is not None and not reason:
            reason = _spread(made, month, rows, hours, layout, told)
        told.reason, told.shaped = reason, not reason
        made.told.append(told)
    return made


def _tariff(rows: DividedMonth, asked: AskedTariff) -> tuple[TariffHours | None, str]:
    """Return the hours of a month's rows, or why there are none that may be used."""
    if asked.none:
        return None, NOT_ASKED
    if rows.why_not is not None:
        return None, rows.why_not.value
    if asked.chosen is not None:
        return asked.chosen, ""
    fits = [fitting(asked.known, one.issuer_id, one.name) for one in rows.tariffs]
    if any(one is None for one in fits):
        return None, NOT_KNOWN
    return (fits[0], "") if len({one.name for one in fits if one is not None}) == 1 else (None, DIFFER)


def _spread(
    made: ByPeriods,
    month: profile_pb2.ProfileMonth,
    rows: DividedMonth,
    hours: TariffHours,
    layout: Layout,
    told: profile_pb2.TimeOfUseMonth,
) -> str:
    """Spread one month and write down what its periods got; return why that cannot be, or nothing."""
    energies = _divided(Decimal(month.energy_kwh), rows)
    units = {Peak(name): units_of(energy) for name, energy in energies.items()}
    try:
        made.spread[month.month] = spread_by_periods(
            MonthByPeriods(hours, units),
            layout.course,
            layout.year,
            month.month,
            leap_day=layout.leap_day,
            intervals_per_hour=layout.intervals_per_hour,
        )
    except NoHours:
        return NO_HOURS
    minutes = minutes_of_periods(hours, layout.year, month.month, leap_day=layout.leap_day)
    del told.periods[:]
    for peak in Peak:
        if peak in units or peak in minutes:
            kwh = Decimal(units.get(peak, 0)) / UNITS_PER_KWH
            told.periods.add(
                period=peak.value, energy_kwh=decimal_text(rounded(Fraction(kwh), PLACES)), minutes=minutes.get(peak, 0)
            )
    return ""


def _divided(energy: Decimal, rows: DividedMonth) -> dict[str, Decimal]:
    """Divide a month's energy in the proportions of its rows; the parts sum to it exactly."""
    names, total = sorted(rows.energies), sum(rows.energies.values(), Fraction(0))
    parts = [Fraction(energy) * rows.energies[name] / total for name in names]
    return dict(zip(names, rounded_parts(parts, PLACES), strict=True))


def _message(
    month: profile_pb2.ProfileMonth, rows: DividedMonth, hours: TariffHours | None, active_bill_id: str
) -> profile_pb2.TimeOfUseMonth:
    return profile_pb2.TimeOfUseMonth(
        month=month.month,
        tariff_hours=hours.name if hours else "",
        tariff_hours_version=hours.version if hours else "",
        tariff_hours_source=hours.source if hours else "",
        periods=[
            profile_pb2.TimeOfUsePeriod(
                period=peak.value, energy_kwh=decimal_text(rounded(rows.energies[peak.value], PLACES))
            )
            for peak in Peak
            if peak.value in rows.energies
        ],
        as_billed=rows.exact,
        days_covered=rows.days_known,
        days_in_month=rows.month.days,
        bill_ids=sorted({bill_id or active_bill_id for bill_id in rows.bill_ids}),
        tariffs=sorted({one.name for one in rows.tariffs if one.name}),
    )
