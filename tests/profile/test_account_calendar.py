"""An account's statements beside each other: doubles and rebills, gaps, overlaps, late bills, estimated runs."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.ids import Position
from services.profile.fold import Mark
from services.profile.ledger.calendar import Covered, Remark, remarks, usual_days
from services.profile.ledger.duplicates import Statement, archived
from services.profile.ledger.records import Reason
from tests.profile.readings import EPOCH, OTHER_PROJECT, PROJECT, bill_id, period


def statement(number, *, dated="2026-04-03", span=("2026-03-01", "2026-04-01"), due="122.93", rebill=False):
    return Statement(
        bill_id=bill_id(number),
        ordinal=1,
        project_id=PROJECT,
        account="300144827",
        statement_date=date.fromisoformat(dated) if dated else None,
        period=period(*span) if span else None,
        amount_due=Decimal(due),
        rebill=rebill,
        mark=Mark(EPOCH + timedelta(seconds=number), Position(number)),
    )


def ways(*statements):
    return [(one.statement.bill_id, one.in_favour_of.bill_id, one.reason) for one in archived(statements)]


def test_bill_uploaded_twice_counts_once_and_the_later_reading_stands():
    assert ways(statement(1), statement(2)) == [(bill_id(1), bill_id(2), Reason.DUPLICATE)]


def test_same_date_with_another_amount_is_a_rebill():
    assert ways(statement(1), statement(2, due="110.00")) == [(bill_id(1), bill_id(2), Reason.REBILLED)]


def test_rebill_of_a_period_replaces_the_first_bill_whatever_its_date():
    again = statement(2, dated="2026-04-20", due="110.00", rebill=True)
    assert ways(statement(1), again) == [(bill_id(1), bill_id(2), Reason.REBILLED)]
    assert ways(statement(1), replace(again, rebill=False)) == []


@pytest.mark.parametrize(
    "other",
    [
        statement(2, span=("2026-02-01", "2026-03-01")),
        replace(statement(2), account="9"),
        replace(statement(2), project_id=OTHER_PROJECT),
        statement(2, dated="2026-05-03", span=("2026-04-01", "2026-05-01")),
    ],
    ids=["another period in one mailing", "another account", "another project", "the next month"],
)
def test_different_statements_both_stand(other):
    assert ways(statement(1), other) == []


def test_statement_without_account_is_never_a_double():
    assert ways(replace(statement(1), account=""), replace(statement(2), account="")) == []


@given(
    st.permutations([statement(1), statement(2), statement(3, due="9"), statement(4, dated="2026-05-03", span=None)])
)
def test_doubles_are_the_same_whatever_the_order_of_arrival(statements):
    assert ways(*statements) == [
        (bill_id(1), bill_id(3), Reason.REBILLED),
        (bill_id(2), bill_id(3), Reason.REBILLED),
    ]


def covered(number, start, end, estimated=False):
    return Covered(period(start, end), estimated, f"bill {number}")


def said(*bills, today="2026-04-10"):
    return [
        (one.remark, one.days.start.isoformat(), one.days.end.isoformat(), one.bill_ids)
        for one in remarks(bills, date.fromisoformat(today))
    ]


JANUARY = covered(1, "2026-01-01", "2026-02-01")
FEBRUARY = covered(2, "2026-02-01", "2026-03-01")
MARCH = covered(3, "2026-03-01", "2026-04-01")


def test_consecutive_bills_leave_nothing_to_say():
    assert said(MARCH, JANUARY, FEBRUARY) == []


def test_missing_bill_is_a_gap():
    assert said(JANUARY, MARCH) == [(Remark.GAP, "2026-02-01", "2026-03-01", ("bill 1", "bill 3"))]


def test_one_shared_day_is_no_overlap_and_more_is():
    assert said(covered(1, "2026-01-01", "2026-02-02"), FEBRUARY, MARCH) == []
    assert said(covered(1, "2026-01-01", "2026-02-05"), FEBRUARY, MARCH) == [
        (Remark.OVERLAP, "2026-02-01", "2026-02-05", ("bill 1", "bill 2"))
    ]


def test_bill_is_late_when_its_usual_interval_and_ten_days_are_over():
    assert said(JANUARY, FEBRUARY, MARCH, today="2026-05-12") == []
    assert said(JANUARY, FEBRUARY, MARCH, today="2026-05-13") == [
        (Remark.LATE, "2026-04-01", "2026-05-13", ("bill 3",))
    ]


def test_estimated_reads_in_a_row_are_told():
    bills = [
        replace(JANUARY, estimated=True),
        replace(FEBRUARY, estimated=True),
        MARCH,
        covered(4, "2026-04-01", "2026-05-01", estimated=True),
    ]
    assert said(*bills, today="2026-05-02") == [
        (Remark.ESTIMATED_RUN, "2026-01-01", "2026-03-01", ("bill 1", "bill 2"))
    ]


def test_account_without_a_usual_bill_is_never_late():
    short = covered(1, "2026-01-01", "2026-01-09")
    assert usual_days([short]) is None
    assert said(short, today="2030-01-01") == []
    assert said() == []
