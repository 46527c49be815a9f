"""How far values are believed once the identities of their bill are known."""

from dataclasses import replace

from domain.evidence import Evidence, Fact, Method
from domain.proofs import prove
from services.parser.understand.calibrate import ANCHORED, calibrate
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
