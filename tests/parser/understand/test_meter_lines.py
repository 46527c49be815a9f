"""Lines of one meter: those that a new price parts within a bill, and those of the past beside its newest."""

from decimal import Decimal

import pytest

from domain.outcome import Success
from domain.summary import summary
from services.parser.understand import understand
from tests.parser.understand.conftest import Sheet, document

HEADS = (("Meter", 50), ("From", 130), ("To", 210), ("Previous", 290), ("Current", 360), ("Usage", 430))
WHOLE = "Feb 14, 2024 - Mar 15, 2024"


def read(uses, *lines, period=WHOLE, heads=HEADS):
    """Return what is read of a bill with charges for some uses and lines of one meter."""
    sheet = Sheet().put(50, 30, "Harbor Utility Company", size=16)
    sheet.rows(
        70, ("Account Number:", "5512-0098-7"), ("Bill Date:", "Mar 18, 2024"), ("Due Date:", "Apr 8, 2024"),
        *([("Service Period:", period)] if period else []), ("Amount Due", "$105.00"),
    )  # fmt: skip
    charges = [(f"Energy Charge {use} kWh x $0.15", f"{Decimal(use) * Decimal('0.15'):.2f}") for use in uses]
    rest = Decimal("105.00") - sum(Decimal(amount) for _, amount in charges)
    sheet.rows(180, ("Customer Charge", f"{rest:.2f}"), *charges, ("Total Current Charges", "$105.00"))
    for head, left in heads:
        sheet.put(left, 300, head)
    for at, line in enumerate(lines, start=1):
        for (_, left), text in zip(heads, ("88412207", *line), strict=True):
            sheet.put(left, 300 + 14 * at, text)
    outcome = understand(document(sheet))
    assert isinstance(outcome, Success)
    told = summary(outcome.readings[0])
    (meter,) = told["meters"]
    return (
        told["electricity_kwh"], meter["read_from"], meter["read_to"], told["billing_period_from"], told["billing_period_to"],
    )  # fmt: skip


HALVES = (
    ("02/14/2024", "02/29/2024", "12,380", "12,680", "300 kWh"),
    ("02/29/2024", "03/15/2024", "12,680", "13,000", "320 kWh"),
)
MONTHS = (("01/14/2024", "02/14/2024", "12,380", "12,680", "300 kWh"), ("02/14/2024", *HALVES[1][1:]))
THIRDS = (
    HALVES[0],
    ("02/29/2024", "03/08/2024", "12,680", "12,880", "200 kWh"),
    ("03/08/2024", "03/15/2024", "12,880", "13,000", "120 kWh"),
)


@pytest.mark.parametrize(("uses", "lines"), [(["620"], HALVES), (["300", "320"], HALVES[::-1])])
def test_the_period_is_that_of_all_lines_of_a_meter_where_none_is_named(uses, lines):
    assert read(uses, *lines, period="") == (620, 12380, 13000, "2024-02-14", "2024-03-15")


def test_two_months_billed_as_one_make_the_period_whole():
    assert read(["620"], *MONTHS, period=WHOLE) == (620, 12380, 13000, "2024-01-14", "2024-03-15")


@pytest.mark.parametrize("lines", [MONTHS, MONTHS[::-1]])
def test_a_line_of_the_past_adds_nothing_where_the_newest_alone_is_charged(lines):
    assert read(["320"], *lines) == (320, 12680, 13000, "2024-02-14", "2024-03-15")


def test_three_lines_of_a_meter_are_one_bill_where_each_is_charged():
    assert read(["300", "200", "120"], *THIRDS) == (620, 12380, 13000, "2024-02-14", "2024-03-15")


def test_three_periods_of_a_meter_are_a_list_where_the_newest_alone_is_charged():
    assert read(["120"], *THIRDS, period="Mar 8, 2024 - Mar 15, 2024")[:3] == (120, 12880, 13000)


def test_a_day_among_the_uses_of_a_list_of_readings_is_no_sum_of_them():
    heads = (("Meter", 50), ("Read Date", 130), ("Reading", 290), ("Usage", 430))
    lines = (
        ("03/15/2024", "13,000", "620 kWh"),
        ("02/14/2024", "12,380", "400 kWh"),
        ("", "Next reading", "04/15/2024"),
    )
    assert read(["620"], *lines, heads=heads)[:3] == (620, 12380, 13000)
