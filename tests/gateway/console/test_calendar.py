"""The account's calendar: each month says where its numbers come from, gaps are told by their days, and nothing is made up."""

from datetime import date, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from domain.ids import BillId
from domain.period import Period
from gateway.console.accounts.calendar import (
    LETTERS,
    Days,
    Month,
    history_months,
    months_until,
    row_of,
    start_of_latest,
)
from protos.profile.v1.ledger_pb2 import AccountCalendar, CoveredDays
from protos.values.v1 import reading_pb2, values_pb2
from services.profile.ledger.calls.account_calendar import ShownDays, calendar_message
from services.profile.ledger.records import RecordKey

JAN, FEB, MAR, APR = (Month(2026, number) for number in (1, 2, 3, 4))


def calendar(covered):
    """The ledger's own answer about bills of these days."""
    shown = [
        ShownDays(
            RecordKey(BillId(str(UUID(int=at))), 1, 0), "m", "electricity", Period(one.start, one.end), one.estimated
        )
        for at, one in enumerate(covered)
    ]
    return calendar_message("a", shown, max(one.end for one in covered))


def kinds(*covered, history=None, months=(JAN, FEB, MAR)):
    row = row_of("m", "electricity", calendar(covered), history or {}, months)
    return [cell.kind for cell in row.cells], [(one.start, one.last, one.days) for one in row.missing]


def days(start, end, *, estimated=False, bill_id="b"):
    return Days(date.fromisoformat(start), date.fromisoformat(end), bill_id, estimated)


def test_month_of_one_bill_is_billed_and_one_that_bills_share_is_prorated():
    bills = (days("2026-01-01", "2026-02-01"), days("2026-02-01", "2026-02-20"), days("2026-02-20", "2026-04-01"))
    assert kinds(*bills) == (["billed", "prorated", "prorated"], [])


def test_days_without_a_bill_between_bills_are_a_gap_that_says_which_they_are():
    found, missing = kinds(days("2026-01-01", "2026-02-15"), days("2026-03-15", "2026-04-01"))
    assert found == ["prorated", "gap", "gap"]
    assert missing == [(date(2026, 2, 15), date(2026, 3, 14), 28)]


def test_days_before_the_first_bill_and_after_the_last_are_no_gap():
    found, missing = kinds(days("2026-01-20", "2026-03-10"), months=(Month(2025, 12), JAN, FEB, MAR, APR))
    assert (found, missing) == (["none", "part", "prorated", "part", "none"], [])


def test_month_that_only_a_history_tells_says_which_kind_of_history():
    history = {JAN: "table", FEB: "chart", MAR: "table"}
    assert kinds(days("2026-03-01", "2026-04-01"), history=history)[0] == ["table", "chart", "billed"]


def test_overlap_goes_before_everything_and_an_estimate_before_proration():
    twice = (days("2026-01-01", "2026-02-01"), days("2026-01-30", "2026-02-28", estimated=True))
    assert kinds(*twice, months=(JAN,))[0] == ["overlap"]
    # One day that two bills share is the second one's, as everywhere.
    shared = (days("2026-01-01", "2026-02-01"), days("2026-01-31", "2026-02-28"))
    assert kinds(*shared, months=(JAN,))[0] == ["prorated"]
    assert kinds(days("2026-01-01", "2026-02-01", estimated=True), months=(JAN,))[0] == ["estimated"]


def test_leap_february_is_whole_with_29_days_only():
    february = Month(2028, 2)
    assert kinds(days("2028-02-01", "2028-02-29"), months=(february,))[0] == ["part"]
    assert kinds(days("2028-02-01", "2028-03-01"), months=(february,))[0] == ["billed"]


def test_history_counts_for_the_meter_that_its_rows_name():
    reading = reading_pb2.Reading()
    for key, number in (("1", "A-1"), ("2", "B2")):
        reading.meters.add(meter_key=key).number.value = number
    reading.history.add(month="2026-01-01", meter_key="1", source="table")
    reading.history.add(month="2026-02-01", meter_key="2", source="chart")
    reading.history.add(month="2026-03-01", meter_key="", source="table")
    assert history_months(reading, "a1") == {JAN: "table"}
    assert history_months(reading, "B 2") == {FEB: "chart"}
    del reading.meters[1]
    assert history_months(reading, "A1") == {JAN: "table", MAR: "table"}


def test_months_stand_side_by_side_over_the_turn_of_the_year():
    months = months_until(FEB)
    assert (months[-1], months[-3], len(months)) == (FEB, Month(2025, 12), 18)
    assert [month.moved(1) for month in months[:-1]] == list(months[1:])


STARTS = st.dates(date(2025, 11, 1), date(2026, 5, 1))


@given(st.lists(st.tuples(STARTS, st.integers(1, 70)), min_size=1, max_size=6))
def test_every_cell_has_its_letter_and_no_day_is_both_covered_and_missing(spans):
    covered = sorted(
        (Days(start, start + timedelta(days=length), "b", False) for start, length in spans),
        key=lambda one: (one.start, one.end),
    )
    row = row_of("m", "x", calendar(covered), {}, months_until(Month(2026, 6)))
    told = {one.start + timedelta(days=at) for one in covered for at in range((one.end - one.start).days)}
    missing = {one.start + timedelta(days=at) for one in row.missing for at in range(one.days)}
    assert told & missing == set()
    first, last = covered[0].start, max(one.end for one in covered)
    assert told | missing == {first + timedelta(days=at) for at in range((last - first).days)}
    for cell in row.cells:
        whole = {cell.month.start + timedelta(days=at) for at in range((cell.month.end - cell.month.start).days)}
        assert cell.days_covered == len(whole & told)
        assert LETTERS[cell.kind][0] == cell.letter
        assert (cell.kind == "none") == (not cell.days_covered and not whole & missing)


def test_latest_bills_are_counted_once_however_many_periods_their_meters_have():
    def covered(bill, start):
        return CoveredDays(ledger_bill_id=bill, period=values_pb2.Period(start=start, end="2027-01-01"))

    days_of = [covered(f"b{month}", f"2026-{month:02}-{day:02}") for month in range(1, 7) for day in (1, 3, 5)]
    account = AccountCalendar(covered=days_of)
    assert start_of_latest(account, 2) == "2026-05-05"
    assert start_of_latest(account, 6) == start_of_latest(AccountCalendar(), 1) == ""
