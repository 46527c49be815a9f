"""Time of use: what bills state of the day's periods, the hours of tariffs, and hours that sum to both."""

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.reading import UsageKind
from services.profile.hours.day_courses import COMMERCIAL, RESIDENTIAL, DayCourse, packaged_courses
from services.profile.hours.tariffs import (
    Days,
    Peak,
    PeriodRule,
    TariffHours,
    fitting,
    packaged_tariffs,
    tariff_hours_of,
)
from services.profile.hours.time_of_use import MonthByPeriods, NoHours, minutes_of_periods, spread_by_periods
from services.profile.load.contribution import contribution_of, decode, encode
from services.profile.load.time_of_use import WhyNot, divided_months
from tests.profile.readings import electric_bill, fact, history, meter, usage

COURSES = packaged_courses()
EVENING = packaged_tariffs()["pge-e-tou-c"]
ON, MID, OFF = UsageKind.ON_PEAK, UsageKind.MID_PEAK, UsageKind.OFF_PEAK
ALL_MONTHS = frozenset(range(1, 13))


def tariff(*rules: PeriodRule, daylight="none", holidays=()) -> TariffHours:
    rest = PeriodRule(Peak.OFF, ALL_MONTHS, Days.EVERY, 0, 96)
    return TariffHours("test", "1", "assumed", frozenset({"it"}), ("T",), daylight, frozenset(holidays), (*rules, rest))


@st.composite
def tariffs(draw):
    """Any tariff: periods of any days and months, whose bounds lie on the hour or on a quarter of it."""
    step = draw(st.sampled_from([1, 2, 4]))
    rules = []
    for _ in range(draw(st.integers(0, 4))):
        first = draw(st.integers(0, 96 // step - 1))
        after = draw(st.integers(first + 1, 96 // step))
        months = draw(st.frozensets(st.integers(1, 12), min_size=1))
        peak, days = draw(st.sampled_from(Peak)), draw(st.sampled_from(Days))
        rules.append(PeriodRule(peak, months, days, first * step, after * step))
    holidays = draw(st.lists(st.dates(date(2027, 1, 1), date(2028, 12, 31)), max_size=3))
    return tariff(*rules, daylight=draw(st.sampled_from(["us", "eu", "none"])), holidays=holidays)


def peaks_of_intervals(hours: TariffHours, year: int, month: int, leap_day: bool, slots: int) -> list[tuple[Peak, ...]]:
    """The periods of each interval's quarters of an hour, worked out from the days alone."""
    day, found = date(year, month, 1), []
    while day.month == month:
        if leap_day or (day.month, day.day) != (2, 29):
            quarters = hours.peaks_of(day)
            found += [quarters[at : at + slots] for at in range(0, 96, slots)]
        day += timedelta(days=1)
    return found


@given(
    tariffs(), st.dictionaries(st.sampled_from(Peak), st.integers(0, 10**8)), st.sampled_from([2027, 2028]),
    st.integers(1, 12), st.booleans(), st.sampled_from([1, 2, 4]), st.sampled_from([RESIDENTIAL, COMMERCIAL]),
)  # fmt: skip
def test_intervals_of_each_period_sum_to_its_energy_exactly(hours, units, year, month, leap_day, per_hour, course):
    layout = {"leap_day": leap_day, "intervals_per_hour": per_hour}
    lasting = minutes_of_periods(hours, year, month, leap_day=leap_day)
    asked = MonthByPeriods(hours, units)
    if any(energy and peak not in lasting for peak, energy in units.items()):
        with pytest.raises(NoHours):
            spread_by_periods(asked, COURSES[course], year, month, **layout)
        return
    energies = spread_by_periods(asked, COURSES[course], year, month, **layout)
    peaks = peaks_of_intervals(hours, year, month, leap_day, 4 // per_hour)
    assert len(energies) == len(peaks) == sum(lasting.values()) * per_hour // 60
    assert sum(energies) == sum(units.values())
    assert min(energies) >= 0
    if all(len(set(quarters)) == 1 for quarters in peaks):
        for peak in Peak:
            of_peak = sum(energy for energy, quarters in zip(energies, peaks, strict=True) if quarters[0] is peak)
            assert of_peak == units.get(peak, 0)


@given(st.integers(1, 12), st.sampled_from([2027, 2028]))
def test_course_counts_within_a_period_as_it_does_without_periods(month, year):
    flat = tariff()
    energies = spread_by_periods(MonthByPeriods(flat, {Peak.OFF: 7_000_000}), COURSES[RESIDENTIAL], year, month)
    noon, night = energies[18::24], energies[3::24]
    assert all(one > other for one, other in zip(noon, night, strict=True))


def test_hours_without_use_in_the_course_share_a_period_evenly_when_it_has_no_others():
    idle = tuple(0 if 16 <= hour < 21 else 1 for hour in range(24))
    course = DayCourse("idle", "1", "assumed", (idle,) * 12, (idle,) * 12)
    energies = spread_by_periods(MonthByPeriods(EVENING, {Peak.ON: 31 * 5, Peak.OFF: 0}), course, 2027, 1)
    assert [energies[hour] for hour in range(24)] == [1 if 16 <= hour < 21 else 0 for hour in range(24)]


@pytest.mark.parametrize(("law", "zone"), [("us", "America/Los_Angeles"), ("eu", "Europe/Berlin")])
@pytest.mark.parametrize("year", [2024, 2027, 2028])
def test_tariff_hours_follow_the_clock_on_the_wall(law, zone, year):
    """Beside the zone database: the clock at each hour of standard time, on every day of a year."""
    hours = tariff(PeriodRule(Peak.ON, ALL_MONTHS, Days.WEEKDAYS, 64, 84), daylight=law)
    offset = datetime(year, 1, 1, tzinfo=ZoneInfo(zone)).utcoffset()
    assert offset is not None
    day = date(year, 1, 1)
    while day.year == year:
        peaks = hours.peaks_of(day)
        for hour in range(24):
            standard = datetime(day.year, day.month, day.day, hour, tzinfo=UTC) - offset
            clock = standard.astimezone(ZoneInfo(zone))
            expected = Peak.ON if 16 <= clock.hour < 21 and clock.weekday() < 5 else Peak.OFF
            assert peaks[hour * 4] is expected, (day, hour)
        day += timedelta(days=1)


def test_holidays_count_as_weekends():
    rule = PeriodRule(Peak.ON, ALL_MONTHS, Days.WEEKDAYS, 0, 96)
    working, feast = date(2027, 3, 30), date(2027, 3, 31)
    hours = tariff(rule, holidays=[feast])
    assert [set(hours.peaks_of(day)) for day in (working, feast)] == [{Peak.ON}, {Peak.OFF}]


def test_bill_is_on_the_tariff_of_its_issuer_with_the_longest_name():
    def of(name, *printed):
        return TariffHours(name, "1", "assumed", frozenset({"sce"}), printed, "us", frozenset(), tariff().rules)

    known = {one.name: one for one in (of("plain", "TOU-D"), of("prime", "TOU-D-PRIME"))}

    def found(printed, issuer_id="sce"):
        fits = fitting(known, issuer_id, printed)
        return fits and fits.name

    for printed in (
        "Tou D Prime",
        "TOU-D-PRIME",
        "Rate: TOU-D-PRIME (time of use)",
        "TOUDPRIME NEM2",
        "TOU-D TOU-D-PRIME",
    ):
        assert found(printed) == "prime"
    assert [found(printed) for printed in ("TOU-D", "TOU-D - residential", "tou-d,NEM")] == ["plain"] * 3
    # Other tariffs, of other hours: the name is a part of theirs.
    assert [found(printed) for printed in ("TOU-D-4-9PM", "TOU-DX", "XTOU-D", "D", "", "-")] == [None] * 6
    assert found("TOU-D", issuer_id="x") is None
    # Whichever sign prints the strokes.
    for dash in "\u00ad\u2010\u2011\u2012\u2013\u2212\ufe63\uff0d":
        names = [one.replace("-", dash) for one in ("TOU-D-4", "TOU-D", "TOU-D - residential", "TOU-D-PRIME")]
        assert [found(one) for one in names] == [None, "plain", "plain", "prime"], hex(ord(dash))


@pytest.mark.parametrize(
    "change",
    [
        {"periods": [{"period": "on_peak", "from": "16:00", "until": "21:00"}]},
        {"periods": [{"period": "on_peak", "from": "21:00", "until": "06:00"}, {"period": "off_peak"}]},
        {"periods": [{"period": "on_peak", "from": "16:10"}, {"period": "off_peak"}]},
        {"periods": [{"period": "on_peak", "months": [0]}, {"period": "off_peak"}]},
        {"periods": [{"period": "noon"}]},
        {"daylight": "mars"},
        {"tariffs": ["-"]},
        {"holidays": ["someday"]},
    ],
)
def test_tariff_hours_that_leave_a_time_open_or_make_no_sense_are_refused(change):
    document = {
        "name": "t", "version": "1", "source": "s", "issuers": [], "tariffs": ["T"], "daylight": "us",
        "periods": [{"period": "off_peak"}],
    }  # fmt: skip
    assert tariff_hours_of(json.dumps(document)).whole_hours
    with pytest.raises(ValueError):
        tariff_hours_of(json.dumps({**document, **change}))


def bill(start="2026-03-01", end="2026-04-01", kwh=620, rows=((ON, 120), (OFF, 500)), **changes):
    usages = (usage(kwh), *(usage(energy, kind=kind) for kind, energy in rows))
    return electric_bill(start, end, kwh, **{"usages": usages, **changes})


def divided(*bills):
    return divided_months(decode(encode(contribution_of(bills))))


def test_rows_of_a_bill_are_shared_by_days_as_its_energy_is():
    months = divided(bill("2026-01-16", "2026-02-16", 310, ((ON, 62), (OFF, 248))))
    january, february = months[2026, 1], months[2026, 2]
    assert january.energies == {"on_peak": 32, "off_peak": 128}
    assert (january.days_known, january.exact, january.why_not) == (16, False, None)
    assert (february.days_known, february.why_not) == (15, None)


def test_month_of_whole_bills_is_divided_exactly():
    [month] = divided(bill()).values()
    assert (month.energies, month.exact) == ({"on_peak": 120, "off_peak": 500}, True)
    [(issuer, name)] = month.tariffs
    assert (issuer, name) == ("example-valley", "R-1")


def test_registers_stand_for_the_total_where_none_is_printed():
    [month] = divided(electric_bill(usages=(usage(100, kind=ON), usage(80, kind=MID), usage(440, kind=OFF)))).values()
    assert month.energies == {"on_peak": 100, "mid_peak": 80, "off_peak": 440}
    assert month.exact


def test_cheapest_hours_are_told_by_their_label():
    from dataclasses import replace

    low = replace(usage(200, kind=OFF), label="Super Off-Peak")
    [month] = divided(electric_bill(usages=(usage(620), usage(120, kind=ON), usage(300, kind=OFF), low))).values()
    assert month.energies == {"on_peak": 120, "off_peak": 300, "super_off_peak": 200}


def test_registers_printed_for_delivery_and_for_supply_count_once():
    [month] = divided(bill(rows=((ON, 120), (OFF, 500), (ON, 120), (OFF, 500)))).values()
    assert month.exact


def test_meters_are_divided_together_and_a_month_of_which_one_says_nothing_is_not():
    two = (meter("1", number="A"), meter("2", number="B"))
    rows = (usage(100), usage(30, kind=ON), usage(70, kind=OFF), usage(200, key="2"))
    both = (*rows, usage(50, key="2", kind=ON), usage(150, key="2", kind=OFF))
    [together] = divided(electric_bill(meters=two, usages=both)).values()
    [partly] = divided(electric_bill(meters=two, usages=rows)).values()
    assert (together.energies, together.exact) == ({"on_peak": 80, "off_peak": 220}, True)
    assert partly.why_not is WhyNot.NOT_ALL_METERS


@pytest.mark.parametrize(
    ("one", "why_not"),
    [
        (bill(rows=((ON, 120), (OFF, 400))), WhyNot.DOES_NOT_SUM),
        (bill(rows=((ON, 120), (OFF, 501))), None),
        (bill(kwh=0, rows=((ON, 0), (OFF, 0))), WhyNot.NO_ENERGY),
        (bill("2026-03-01", "2026-03-16"), WhyNot.TOO_FEW_DAYS),
    ],
)
def test_rows_that_cannot_be_relied_on_are_told_and_not_used(one, why_not):
    [month] = divided(one).values()
    assert month.why_not is why_not


def test_bills_without_rows_and_their_history_have_no_division():
    assert divided(electric_bill(history=(history("2026-02", 500),))) == {}
    assert set(divided(bill(history=(history("2026-02", 500),)))) == {(2026, 3)}


@given(st.integers(1, 60), st.lists(st.decimals(0, 5_000, places=2), min_size=2, max_size=3), st.integers(0, 27))
def test_rows_of_the_months_sum_to_the_rows_of_the_bill(days, parts, first):
    start = date(2026, 1, 1) + timedelta(days=first)
    rows = tuple(zip((ON, OFF, MID), parts, strict=False))
    months = divided(bill(start.isoformat(), (start + timedelta(days=days)).isoformat(), sum(parts), rows))
    for kind, energy in rows:
        assert sum((one.energies[kind.value] for one in months.values()), Fraction(0)) == Fraction(Decimal(energy))


def test_tariff_of_the_meter_goes_with_its_rows():
    named = bill(meters=(meter(tariff="E-TOU-C"),), issuer=None, language="en", holder=fact("A"))
    [month] = divided(named).values()
    assert {tuple(one) for one in month.tariffs} == {("", "E-TOU-C")}
