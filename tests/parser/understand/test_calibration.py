"""How far values are believed once the identities of their bill are known."""

from dataclasses import replace
from decimal import Decimal

import pytest

from domain.evidence import Box, Evidence, Fact, Method
from domain.money import Money
from domain.proofs import prove
from domain.reading import Proof, Verdict
from services.parser.understand.calibrate import ANCHORED, PARTIAL, PARTIAL_MAX, calibrate, confidences
from tests.profile.readings import electric_bill, history, meter, period


def unsure(fact, confidence, method=Method.TEXT_LAYER):
    return Fact(fact.value, Evidence("seen", 1, None, confidence, method))


def months(*rows, method=Method.TEXT_LAYER):
    return tuple(
        replace(row, quantity=unsure(row.quantity, 0.892, method))
        for row in (history(month, kwh) for month, kwh in rows)
    )


def believed(reading):
    found = calibrate(reading, prove(reading))
    return [row.quantity.evidence.confidence for row in found.history if row.quantity is not None]


def test_rows_beside_a_proved_month_are_believed_and_others_are_not():
    anchored = electric_bill(kwh=620, history=months(("2026-03", 620), ("2026-02", 576), ("2026-01", 644)))
    assert believed(anchored) == [0.985, ANCHORED, ANCHORED]
    astray = electric_bill(kwh=620, history=months(("2026-03", 576), ("2026-02", 644)))
    assert believed(astray) == [0.892, 0.892]
    other = electric_bill(
        kwh=620, history=(*months(("2026-03", 620)), replace(months(("2026-02", 576))[0], meter_key="2"))
    )
    assert believed(other) == [0.985, 0.892]


def test_rows_of_a_picture_are_no_surer_for_their_neighbour():
    scanned = electric_bill(kwh=620, history=months(("2026-03", 620), ("2026-02", 576), method=Method.OCR))
    assert believed(scanned) == [0.985, 0.892]


def test_meter_is_read_for_the_days_of_the_bill_as_surely_as_the_bill_says_them():
    days = unsure(electric_bill().period, 0.99)
    mine = replace(meter(), period=unsure(days, 0.87))
    other = replace(meter("2"), period=unsure(Fact(period("2026-03-02", "2026-04-01"), days.evidence), 0.87))
    found = calibrate(electric_bill(period=days, meters=(mine, other)), ())
    assert [one.period.evidence.confidence for one in found.meters if one.period is not None] == [0.99, 0.87]


def sure_of(rule_ids, field):
    passed = tuple(
        Proof(rule_id=rule_id, verdict=Verdict.PASS, statement="holds", residual=Decimal(0), fields=(field,))
        for rule_id in rule_ids
    )
    return confidences(passed)[0][field]


@pytest.mark.parametrize("field", ["usages[0].quantity", "charges[2].amount", "new_charges"])
def test_an_identity_that_a_part_fulfils_as_well_makes_nothing_sure_alone(field):
    partial = sorted(PARTIAL[field.partition("[")[0]])
    assert sure_of(partial, field) == PARTIAL_MAX < 0.99
    assert sure_of([*partial, "quantity_times_rate_is_charge"], field) > 0.99


def test_reads_that_make_a_usage_are_sure_themselves():
    assert sure_of(["read_difference_times_multiplier_is_usage"], "meters[0].current_read") > 0.99


def test_one_number_taken_for_what_was_owed_and_for_what_was_paid_proves_neither():
    def seen(amount, top):
        return Fact(Money(Decimal(amount), "USD"), Evidence(amount, 1, Box(50, top, 90, top + 9), 0.8, Method.OCR))

    bill = electric_bill(kwh=620)
    bill = replace(
        bill, new_charges=seen("90.00", 10), amount_due=seen("90.00", 30), previous_balance=seen("22.11", 50)
    )
    apart = replace(bill, payments=seen("22.11", 70))
    once = replace(bill, payments=seen("22.11", 50))
    found = [calibrate(one, prove(one)) for one in (apart, once)]
    assert [one.payments and one.payments.evidence.confidence for one in found] == [0.993, 0.8]
    assert [one.amount_due and one.amount_due.evidence.confidence for one in found] == [0.993, 0.993]
