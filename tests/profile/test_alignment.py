"""History rows that a bill prints by month only: dated by the bill's own period where that is sure."""

import pytest

from domain.reading import HistorySource
from services.profile.load.alignment import dated
from services.profile.load.consumption import Consumption
from services.profile.load.contribution import contribution_of
from services.profile.load.observed import MonthSource, observed_months
from tests.profile.readings import decimal, electric_bill, history, meter, period, usage


def own(start, end, kwh="620", meter="A"):
    return Consumption(meter, period(start, end), decimal(kwh))


def spans(rows):
    return [span and (span.start.isoformat(), span.end.isoformat()) for _, span in rows]


def test_rows_are_the_periods_before_the_bills_own():
    rows = [history("2025-07", 500), history("2025-08", 838), history("2025-09", 620)]
    assert spans(dated(rows, [own("2025-08-05", "2025-09-05")])) == [
        ("2025-06-05", "2025-07-05"),
        ("2025-07-05", "2025-08-05"),
        ("2025-08-05", "2025-09-05"),
    ]


def test_rows_of_a_bill_by_calendar_month_are_calendar_months():
    rows = [history("2025-02", 500), history("2026-02", 576)]
    assert spans(dated(rows, [own("2026-03-01", "2026-04-01")])) == [
        ("2025-02-01", "2025-03-01"),
        ("2026-02-01", "2026-03-01"),
    ]


def test_rows_named_by_the_start_of_their_period_are_told_by_the_bills_own_row():
    rows = [history("2025-07", 838), history("2025-08", 620)]
    assert spans(dated(rows, [own("2025-08-05", "2025-09-05")])) == [
        ("2025-07-05", "2025-08-05"),
        ("2025-08-05", "2025-09-05"),
    ]


def test_rows_every_second_month_are_two_months_long():
    rows = [history("2025-05", 900), history("2025-07", 1000)]
    assert spans(dated(rows, [own("2025-07-15", "2025-09-14", "1240")])) == [
        ("2025-03-15", "2025-05-15"),
        ("2025-05-15", "2025-07-15"),
    ]


def test_day_that_a_shorter_month_lacks_becomes_its_last_day():
    rows = [history("2026-02", 500), history("2026-03", 510)]
    assert spans(dated(rows, [own("2026-03-31", "2026-04-30")])) == [
        ("2026-01-31", "2026-02-28"),
        ("2026-02-28", "2026-03-31"),
    ]


@pytest.mark.parametrize(
    "rows",
    [
        [history("2025-08", 838), history("2025-09", 400)],
        [history("2025-10", 838)],
        [history("2025-09", 560, source=HistorySource.CHART)],
    ],
    ids=["own row differs", "row after the bill", "bar differs"],
)
def test_rows_stay_undated_when_they_do_not_fit_the_bill(rows):
    assert spans(dated(rows, [own("2025-08-05", "2025-09-05")])) == [None] * len(rows)


def test_rows_stay_undated_when_the_bill_has_no_single_period():
    rows = [history("2025-08", 838)]
    undated = [(row, None) for row in rows]
    assert dated(rows, []) == undated
    assert dated(rows, [own("2025-08-05", "2025-09-05"), own("2025-08-06", "2025-09-05", meter="B")]) == undated
    assert dated(rows, [own("2025-01-01", "2026-01-01")]) == undated


def test_bar_of_a_chart_fits_within_what_a_drawing_can_tell():
    rows = [history("2025-09", 600, source=HistorySource.CHART)]
    assert spans(dated(rows, [own("2025-08-05", "2025-09-05")])) == [("2025-08-05", "2025-09-05")]


def test_rows_of_one_meter_of_several_are_not_the_bills():
    rows = [history("2025-08", 150), history("2025-09", 120)]
    both = [own("2025-08-05", "2025-09-05", "120"), own("2025-08-05", "2025-09-05", "500", "B")]
    assert dated(rows, both) == []
    bill = electric_bill(
        meters=(meter("1", number="A"), meter("2", number="B")),
        usages=(usage(120, key="1"), usage(500, key="2")),
        history=(history("2026-02", 150), history("2026-03", 120)),
    )
    assert [row.energy for row in observed_months(contribution_of((bill,))).values()] == [620]


def test_months_between_two_bills_are_prorated_from_both_and_the_own_energy_counts_once():
    bill = electric_bill("2025-08-05", "2025-09-05", 620, history=(history("2025-08", 837), history("2025-09", 620)))
    months = observed_months(contribution_of((bill,)))
    assert [(str(first), str(row.energy), row.source) for first, row in months.items()] == [
        ("2025-07-01", "837", MonthSource.HISTORY_TABLE),
        ("2025-08-01", str(4 * 27 + 20 * 27), MonthSource.PRORATED),
    ]
