"""Whole readings of small pages made by hand."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from domain.evidence import Method
from domain.outcome import Failure, FailureReason, Success
from domain.quantity import Commodity, Unit
from domain.reading import UsageKind, Verdict
from domain.summary import summary
from services.parser.understand import understand
from tests.parser.understand.conftest import Sheet, document, headed, plain_bill


def read(*sheets, method=Method.TEXT_LAYER):
    outcome = understand(document(*sheets, method=method))
    assert isinstance(outcome, Success), outcome
    return outcome.readings[0]


def facts(reading):
    """What a reading says, without places and confidences."""
    return {
        "account": reading.account_number and reading.account_number.value,
        "statement": reading.statement_date and reading.statement_date.value,
        "due_date": reading.due_date and reading.due_date.value,
        "period": reading.period and reading.period.value,
        "due": reading.amount_due and reading.amount_due.value.amount,
        "new": reading.new_charges and reading.new_charges.value.amount,
        "previous": reading.previous_balance and reading.previous_balance.value.amount,
        "paid": reading.payments and reading.payments.value.amount,
        "charges": [c.amount.value.amount for c in reading.charges],
        "usage": [u.quantity.value.amount for u in reading.usages if u.meter_key is None],
        "meters": [(m.number and m.number.value, m.current_read and m.current_read.value) for m in reading.meters],
    }


def test_plain_bill_is_read_whole():
    reading = read(plain_bill())
    assert facts(reading) == {
        "account": "5512-0098-7", "statement": date(2024, 3, 18), "due_date": date(2024, 4, 8), "period": reading.period.value,
        "due": Decimal("128.50"), "new": Decimal("128.50"), "previous": Decimal("101.20"), "paid": Decimal("101.20"),
        "charges": [Decimal("12.00"), Decimal("93.00"), Decimal("15.50"), Decimal("8.00")], "usage": [Decimal(620)],
        "meters": [("88412207", Decimal(13000))],
    }  # fmt: skip
    assert (reading.period.value.start, reading.issuer.name.value) == (date(2024, 2, 14), "Harbor Electric Company")
    assert reading.commodity_totals[0].commodity is Commodity.ELECTRICITY
    assert reading.commodity_totals[0].cost.value.amount == Decimal("128.50")
    assert {p.rule_id for p in reading.proofs if p.verdict is Verdict.PASS} >= {
        "items_sum_to_new_charges", "quantity_times_rate_is_charge", "previous_less_payments_plus_new_is_due",
        "read_difference_times_multiplier_is_usage",
    }  # fmt: skip


@pytest.mark.parametrize(("dx", "dy"), [(0, 0), (60, 0), (0, 90), (35, 200)])
def test_reading_stays_when_the_page_is_moved(dx, dy):
    assert facts(read(plain_bill(dx=dx, dy=dy))) == facts(read(plain_bill()))


@pytest.mark.parametrize("scale", [0.6, 1.0, 1.7])
def test_reading_stays_when_the_page_is_scaled(scale):
    page = document(plain_bill()).pages[0]

    def grown(box):
        return replace(
            box, left=box.left * scale, top=box.top * scale, right=box.right * scale, bottom=box.bottom * scale
        )

    words = tuple(replace(word, box=grown(word.box), height=word.height * scale) for word in page.words)
    doc = replace(
        document(plain_bill()),
        pages=(replace(page, width=page.width * scale, height=page.height * scale, words=words),),
    )
    outcome = understand(doc)
    assert isinstance(outcome, Success)
    assert facts(outcome.readings[0]) == facts(read(plain_bill()))


@pytest.mark.parametrize(
    "words",
    [
        {"due": "Pay This Amount"}, {"due": "Total Amount Due"}, {"account": "Acct No"}, {"account": "Your account number"},
        {"new": "Total charges this period"}, {"new": "CURRENT CHARGES"},
    ],
)  # fmt: skip
def test_reading_stays_when_labels_are_renamed(words):
    assert facts(read(plain_bill(**words))) == facts(read(plain_bill()))


def test_same_document_gives_the_same_reading():
    assert understand(document(plain_bill())) == understand(document(plain_bill()))


def test_every_value_says_where_it_was_seen():
    reading = read(plain_bill())
    for fact in (
        reading.amount_due,
        reading.account_number,
        reading.period,
        reading.charges[1].amount,
        reading.usages[0].quantity,
    ):
        assert fact.evidence.text
        assert fact.evidence.page == 1
        assert fact.evidence.box is not None
        assert 0 < fact.evidence.confidence <= 1
    assert reading.amount_due.evidence.text == "$128.50"


def test_value_proved_by_identities_is_believed_more_than_an_unproved_one():
    reading = read(plain_bill())
    assert reading.new_charges.evidence.confidence >= 0.99
    assert reading.usages[0].quantity.evidence.confidence >= 0.99
    assert reading.due_date.evidence.confidence < 0.98


def test_failed_proof_lowers_what_it_touches_and_raises_a_finding():
    reading = read(plain_bill(previous="12,300"))
    failed = [p for p in reading.proofs if p.verdict is Verdict.FAIL]
    assert [p.rule_id for p in failed] == ["read_difference_times_multiplier_is_usage"]
    assert failed[0].residual == Decimal(80)
    assert reading.meters[0].current_read.evidence.confidence < 0.9
    assert reading.findings[0].rule_id == failed[0].rule_id


def test_ocr_words_of_low_confidence_never_make_a_sure_value_without_proof():
    sheet = plain_bill()
    sheet.words = [replace(word, confidence=0.6) for word in sheet.words]
    reading = read(sheet, method=Method.OCR)
    assert reading.due_date.evidence.confidence <= 0.6


def test_what_is_not_on_the_page_stays_empty():
    reading = read(plain_bill())
    assert (reading.invoice_number, reading.adjustments, reading.deposit, reading.history) == (None, None, None, ())
    assert all(usage.commodity is Commodity.ELECTRICITY for usage in reading.usages)
    assert all(usage.kind is UsageKind.TOTAL for usage in reading.usages)


def test_bill_without_usage_invents_none():
    sheet = Sheet()
    sheet.put(50, 30, "Harbor Energy Company", size=16)
    sheet.rows(
        70, ("Account Number:", "5512-0098-7"), ("Statement Date:", "December 28, 2021"), ("Previous invoice", "$101.03"),
        ("Payments received as of 12/27/21", "-101.03"), ("Balance forward", "0.00"), ("Energy charges", "384.71"),
        ("Miscellaneous charges", "0.92"), ("Payment due upon receipt", "$385.63"),
    )  # fmt: skip
    reading = read(sheet)
    assert reading.usages == ()
    assert [c.amount.value.amount for c in reading.charges] == [Decimal("384.71"), Decimal("0.92")]
    assert reading.new_charges.value.amount == Decimal("385.63")


def test_summary_line_is_opened_into_its_parts_on_the_next_page():
    front, back = Sheet(), Sheet()
    front.put(50, 30, "Harbor Gas Company", size=16)
    front.rows(
        70, ("Account Number:", "5512-0098-7"), ("Bill Date:", "Mar 18, 2024"), ("Gas Service", "19.63"),
        ("Other Charges", "-0.38"), ("Total Current Charges", "$ 19.25"), ("Amount Due", "$ 19.25"),
    )  # fmt: skip
    back.rows(
        70, ("Minimum Charge", "12.80"), ("Delivery 0.4991 x 5 therms", "2.50"), ("Distribution Adjustment", "2.42"),
        ("Total Delivery Services", "$ 17.72"), ("Gas Supply 0.3813 x 5 therms", "1.91"), ("Total Supply Services", "$ 1.91"),
        ("Paperless Billing Credit", "-0.38"), ("Total Other Charges", "-$ 0.38"),
    )  # fmt: skip
    reading = read(front, back)
    amounts = [str(c.amount.value.amount) for c in reading.charges]
    assert sorted(amounts) == sorted(["12.80", "2.50", "2.42", "1.91", "-0.38"])
    assert reading.commodity_totals[0].cost.value.amount == Decimal("19.63")


def test_subtotal_with_its_own_price_is_one_charge():
    sheet = plain_bill()
    sheet.words = [w for w in sheet.words if not 315 < w.box.top < 400]
    sheet.rows(
        320, ("Base Energy 620 kWh x $0.10", "62.00"), ("Fuel 620 kWh x $0.05", "31.00"),
        ("Base Subtotal (620 kWh x $0.15/kWh)", "93.00"),
        ("Customer Charge", "35.50"), ("Total Current Charges", "$128.50"),
    )  # fmt: skip
    assert [str(c.amount.value.amount) for c in read(sheet).charges] == ["93.00", "35.50"]


def test_time_of_use_registers_add_up_to_the_meter():
    sheet = plain_bill()
    sheet.words = [w for w in sheet.words if not 255 < w.box.top < 300]
    for at, head in ((150, "Previous Reading"), (250, "Current Reading"), (350, "Multiplier"), (420, "Usage")):
        sheet.put(at, 250, head)
    for i, (name, old, new, used) in enumerate(
        (("On-Peak", "100", "110", "400 kWh"), ("Off-Peak", "200", "205.5", "220 kWh"))
    ):
        sheet.put(50, 264 + 14 * i, name).put(150, 264 + 14 * i, old).put(250, 264 + 14 * i, new)
        sheet.put(350, 264 + 14 * i, "40").put(420, 264 + 14 * i, used)
    reading = read(sheet)
    assert {u.kind for u in reading.usages} == {UsageKind.TOTAL, UsageKind.ON_PEAK, UsageKind.OFF_PEAK}
    assert next(u for u in reading.usages if u.kind is UsageKind.TOTAL).quantity.value.amount == Decimal(620)


def test_water_read_off_a_list_of_dated_readings():
    sheet = Sheet()
    sheet.put(50, 30, "City Water Department", size=16)
    sheet.rows(60, ("Bill Number:", "6762"), ("Billing Date:", "12/01/2023"), ("Due Date:", "12/31/2023"))
    for at, head in ((50, "Read Date"), (150, "Reading"), (250, "Usage")):
        sheet.put(at, 130, head)
    for i, (day, reading, used) in enumerate(
        (("11/25/2023", "743", "1"), ("10/25/2023", "742", "1"), ("09/25/2023", "741", "3"))
    ):
        sheet.put(50, 146 + 14 * i, day).put(150, 146 + 14 * i, reading).put(250, 146 + 14 * i, used)
    sheet.rows(
        220, ("WATER", "$2.70"), ("SEWER", "$7.33"), ("Total Current Charges", "$10.03"), ("Total Due", "$10.03")
    )
    sheet.put(50, 300, "1 unit of usage = 100 cubic ft of water and 748 gallons of water")
    reading = read(sheet)
    assert (reading.usages[0].quantity.value.amount, reading.usages[0].quantity.value.unit) == (Decimal(1), Unit.HCF)
    assert reading.period.value.start == date(2023, 10, 25)
    assert [h.month for h in reading.history] == [date(2023, 11, 1), date(2023, 10, 1), date(2023, 9, 1)]
    assert next(t for t in reading.commodity_totals if t.commodity is Commodity.WATER).cost.value.amount == Decimal(
        "2.70"
    )


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ([], FailureReason.UNREADABLE),
        (["Dear neighbor, come to our garden party on Saturday.", "Bring your own chairs please."], FailureReason.NOT_A_BILL),
        (["Это письмо не про счет за электричество и газ", "Мы пишем о новых правилах"], FailureReason.LANGUAGE_NOT_SUPPORTED),
    ],
)  # fmt: skip
def test_what_is_no_bill_is_refused_with_its_reason(lines, reason):
    sheet = Sheet()
    for i, line in enumerate(lines):
        sheet.put(50, 60 + 20 * i, line)
    outcome = understand(document(sheet))
    assert isinstance(outcome, Failure)
    assert (outcome.reason, outcome.engine_version) == (reason, "test-1")
    assert not any(line[:20] in outcome.detail for line in lines)


def test_french_bill_with_comma_decimals_is_read():
    sheet = Sheet()
    sheet.put(50, 30, "Régie d'électricité du Val", size=16)
    sheet.rows(
        60, ("N° de compte :", "1 23 4 567 890"), ("Date de facture :", "11/12/2022"),
        ("Date limite de paiement :", "28/12/2022"),
        ("Période de consommation :", "du 11/10/2022 au 10/12/2022"),
    )  # fmt: skip
    for at, head in ((150, "Relevé début"), (250, "Relevé fin"), (350, "Conso kWh")):
        sheet.put(at, 150, head)
    sheet.put(50, 166, "Base").put(150, 166, "2554").put(250, 166, "2818").put(350, 166, "264")
    sheet.rows(
        210,
        ("Abonnement", "17,04"),
        ("Consommation 264 kWh x 0,0974", "25,71"),
        ("TVA 20 %", "8,55"),
        ("Total TTC", "51,30 €"),
    )
    sheet.put(50, 300, "Montant à payer").right(400, 300, "51,30 €")
    sheet.put(50, 330, "Nous vous remercions de votre confiance et de la bonne lecture de votre facture.")
    reading = read(sheet)
    assert (reading.language, reading.currency.value, reading.account_number.value) == ("fr", "EUR", "1 23 4 567 890")
    assert reading.amount_due.value.amount == Decimal("51.30")
    assert reading.usages[0].quantity.value.amount == Decimal(264)
    assert [str(c.amount.value.amount) for c in reading.charges] == ["17.04", "25.71", "8.55"]


def test_file_of_two_bills_gives_two_readings_in_the_order_of_its_pages():
    second = plain_bill()
    swap = {"18,": "17,", "5512-0098-7": "5512-0098-7"}
    second.words = [
        replace(
            word, text="Apr" if word.text == "Mar" else "May" if word.text == "Apr" else swap.get(word.text, word.text)
        )
        for word in second.words
    ]
    outcome = understand(document(plain_bill(), second))
    assert isinstance(outcome, Success)
    dates = [reading.statement_date.value for reading in outcome.readings if reading.statement_date]
    pages = [reading.amount_due.evidence.page for reading in outcome.readings if reading.amount_due]
    assert (dates, pages) == ([date(2024, 3, 18), date(2024, 4, 17)], [1, 2])


def test_second_page_of_one_bill_opens_no_second_statement():
    back = Sheet()
    back.put(50, 30, "Harbor Electric Company").put(300, 30, "Account Number: 5512-0098-7").put(
        50, 60, "Amount Due"
    ).right(400, 60, "$128.50")
    outcome = understand(document(plain_bill(), back))
    assert isinstance(outcome, Success)
    assert len(outcome.readings) == 1


def test_what_was_used_and_what_it_cost_stand_side_by_side_below_their_headings():
    sheet = headed(name="Harbor Gas Company", owed="Amount Due (equal payment plan)", due="$75.00")
    sheet.put(50, 200, "You used").put(200, 200, "This cost you")
    sheet.put(50, 220, "141 m³").put(200, 220, "93.18")
    assert summary(read(sheet))["gas"] == {"amount": Decimal(141), "unit": "m3", "cost": Decimal("93.18")}
