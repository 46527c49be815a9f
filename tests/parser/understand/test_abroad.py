"""What bills outside North America do differently, on small pages made by hand."""

from datetime import date
from decimal import Decimal

import pytest

from domain.evidence import Method
from domain.outcome import Failure, FailureReason, Success
from domain.quantity import Unit
from services.parser.understand import understand
from services.parser.understand.fields.guess import is_money
from services.parser.understand.lexicon import load, squeeze
from services.parser.understand.sight import look
from services.parser.understand.values.numbers import find_numbers
from tests.parser.understand.conftest import Sheet, document
from tests.parser.understand.test_papers import typed
from tests.parser.understand.test_reading import facts, read

SPANISH = (
    ("Factura nº 2090-795178 de fecha 17 de enero de 2025", ""), ("Nº de contrato: 958 129 207", ""),
    ("Periodo de facturación: del 18 de diciembre de 2024 al 15 de enero de 2025", ""),
    ("Energía", "99,96 €"), ("Potencia contratada 2,3 kW x 28 días x 0,057112 €/kW día", "3,68 €"),
    ("Energía consumida 516 kWh x 0,186589 €/kWh", "96,28 €"), ("Base imponible", "99,96 €"), ("IVA 21 %", "20,99 €"),
    ("Total importe factura", "120,95 €"),
)  # fmt: skip
POLISH = (
    "Faktura za energię elektryczną oraz usługę dystrybucji", "Numer klienta 30488812 i numer faktury 2024/778812",
    "Prosimy o wpłatę należności w terminie na rachunek bankowy podany na blankiecie nie później niż do 04.04.2024",
    "W razie pytań prosimy o kontakt z naszym biurem obsługi klienta w dni robocze od ósmej do szesnastej",
    "Dziękujemy że korzystają Państwo z naszych usług oraz zapraszamy do elektronicznego biura obsługi klienta",
    "Informujemy że ceny energii zmienią się od lipca zgodnie z nową taryfą zatwierdzoną przez prezesa urzędu",
    "Zużycie energii 312 kWh, do zapłaty 267,03 zł", "Stan licznika nie jest znany lub jest odczytany przez klienta",
)  # fmt: skip


def page(*lines, head="Eléctrica de Villaluna S.A."):
    sheet = Sheet()
    sheet.put(50, 30, head, size=16)
    sheet.rows(70, *lines, left=50, edge=560)
    return sheet


def test_title_gives_number_and_day_and_sums_over_their_parts_are_opened():
    said = facts(read(page(*SPANISH)))
    assert (said["statement"], said["period"].start) == (date(2025, 1, 17), date(2024, 12, 18))
    assert said["charges"] == [Decimal("3.68"), Decimal("96.28"), Decimal("20.99")]


def test_only_total_of_a_bill_without_balances_is_due_and_the_sum_before_tax_is_not():
    said = facts(read(page(*SPANISH)))
    assert (said["due"], said["new"]) == (Decimal("120.95"), Decimal("120.95"))


def test_credit_printed_without_a_sign_is_owed_to_the_customer():
    sheet = page(
        ("Vertragskontonummer: 71-92390-3", ""), ("Rechnungsdatum: 03.01.2026", ""),
        ("Abrechnungszeitraum: 17.01.2025 bis 31.12.2025", ""), ("Verbrauch: 11.344 kWh", ""),
        ("Rechnungsbetrag brutto", "5.195,36 €"), ("abzüglich gezahlter Abschläge", "5.888,00 €"), ("Ihr Guthaben", "692,64 €"),
        head="Stadtwerke Neuhafen",
    )  # fmt: skip
    said = facts(read(sheet))
    assert (said["new"], said["paid"], said["due"]) == (Decimal("5195.36"), Decimal("5888.00"), Decimal("-692.64"))


def test_rand_with_blanks_between_thousands_is_read_whole():
    sheet = page(
        ("Account number: 97-45018-0", ""), ("Statement date: 2024-08-30", ""), ("Due date: 2024-09-16", ""),
        ("Billing period: 2024-07-25 - 2024-08-24", ""), ("Usage: 815 kWh", ""), ("Previous balance", "R1 657.02"),
        ("Payments received", "-R1 657.02"), ("New charges", "R2 336.62"), ("Amount due", "R2 336.62"),
        head="Cedar Notch Power",
    )  # fmt: skip
    reading = read(sheet)
    assert (reading.amount_due.value.amount, reading.amount_due.value.currency) == (Decimal("2336.62"), "ZAR")


def test_due_date_in_a_sentence_is_read_and_the_day_of_a_payment_is_not():
    paid = ("Wir haben Ihre Zahlung von 40,00 € am 02.01.2026 erhalten.", "")
    asked = ("Bitte überweisen Sie die Summe von 30,92 € bis zum 22.01.2026 auf unser Konto.", "")
    lines = [
        ("Kundennummer: 3354686", ""), ("Rechnungsdatum: 06.01.2026", ""), ("Lieferzeitraum: 01.12.2025 bis 31.12.2025", ""),
        ("Verbrauch: 105 kWh", ""), ("Zu zahlender Betrag", "30,92 €"),
    ]  # fmt: skip
    assert facts(read(page(*lines, paid, head="Stadtwerke Neuhafen")))["due_date"] is None
    assert facts(read(page(*lines, paid, asked, head="Stadtwerke Neuhafen")))["due_date"] == date(2026, 1, 22)


def test_latin_accents_survive_in_what_is_reported():
    reading = read(page(*SPANISH, ("Titular: Íñigo Muñoz Peña", "")))
    assert reading.holder.value == "Íñigo Muñoz Peña"
    assert reading.issuer.name.value.startswith("Eléctrica de Villaluna")
    assert any(charge.description.startswith("Energía consumida") for charge in reading.charges)


def test_language_that_no_lexicon_knows_is_refused_as_such():
    sheet = Sheet()
    for index, line in enumerate(POLISH):
        sheet.put(40, 60 + 16 * index, line)
    outcome = understand(document(sheet))
    assert isinstance(outcome, Failure)
    assert outcome.reason is FailureReason.LANGUAGE_NOT_SUPPORTED


@pytest.mark.parametrize(
    ("language", "label", "concept"),
    [
        ("es", "importe total a pagar", "amount_due"), ("fr", "montant à prélever TTC", "amount_due"),
        ("de", "noch zu überweisender Betrag", "amount_due"), ("pt", "data limite de pagamento", "due_date"),
        ("it", "importo bolletta precedente", "previous_balance"),
    ],
)  # fmt: skip
def test_patterns_of_labels_stand_for_every_choice(language, label, concept):
    letters = squeeze(label)
    lexicon = load(language)
    found = {phrase.concept for at in range(len(letters)) for phrase in lexicon.phrases_at(letters, at)}
    assert concept in found


def test_gas_is_billed_as_the_energy_that_its_volume_is_worked_into():
    sheet = page(
        ("Nº de contrato: 6734-8500-4", ""), ("Fecha de emisión: 24/07/2024", ""),
        ("Periodo de consumo: 18/05/2024 al 21/07/2024", ""), ("Nº contador: 5604331", ""),
        ("Lectura anterior 18/05/2024", "27.355"), ("Lectura actual 21/07/2024", "27.429"),
        ("Consumo de gas 74 m³ x 11,5258 kWh/m³ = 853 kWh", ""), ("Término variable gas 853 kWh x 0,039687", "33,85 €"),
        ("Total a pagar", "33,85 €"), head="Gas San Modelo S.A.",
    )  # fmt: skip
    totals = [u.quantity.value for u in read(sheet).usages if u.meter_key is None]
    assert [(one.amount, one.unit) for one in totals] == [(Decimal(853), Unit.KWH)]


def test_whole_amounts_without_any_sign_are_money_where_the_country_prints_no_decimals():
    sheet = page(
        ("R.U.T.: 96.000.000-0", ""), ("BOLETA ELECTRÓNICA N° 344188277", ""), ("Número de cliente: 3004418-8", ""),
        ("Fecha de emisión: 08 Mar 2024", ""), ("Fecha de vencimiento: 26 Mar 2024", ""),
        ("Periodo de lectura: 05/02/2024 - 05/03/2024", ""), ("Administración del servicio", "1.200"),
        ("Electricidad consumida (287 kWh)", "93.000"), ("Total a pagar", "94.200"),
        head="Luz Austral Distribución Chile S.A.",
    )  # fmt: skip
    said = facts(read(sheet))
    assert (said["due"], said["charges"]) == (Decimal(94200), [Decimal(1200), Decimal(93000)])


@pytest.mark.parametrize(
    ("lines", "currency"),
    [
        ((("Customer Charge", "N 12.00"), ("Supply Charge", "N 40.00"), ("Sales Tax", "T 8.00")), "USD"),
        ((("1 pen 12.00 and 1 cop 5.00", ""),), "USD"),
        ((("Amount (USD)", ""), ("Paid in Dublin", "€12.00"), ("Paid", "€40.00")), "EUR"),
        ((("Amount (KES)", ""),), "KES"),
        ((("Service centre: Lagos", ""), ("Energy", "N12,450.00")), "NGN"),
        ((("Service at 88-11 Jamaica Ave, Queens", ""), ("Mandeville and Trinidad offices", "")), "USD"),
        ((("Jamaica Public Service Company", ""), ("Energy", "$450.00")), "JMD"),
        ((("Regina SK SOK 4S1", ""), ("GST R119429453 5%", "$7.96")), "CAD"),
        ((("PST 6% of $159.24", "$9.55"), ("Energy", "$450.00")), "CAD"),
        ((("Call from 8 a.m. to 5 p.m. PST", ""), ("Energy", "$450.00")), "USD"),
        ((("Lalitpur, Uttar Pradesh", ""), ("GSTIN 09AAACK", ""), ("Energy", "Rs. 450.00")), "INR"),
    ],
    ids=[
        "letters of taxes", "words", "a code counts once", "code in a head", "glued naira", "a street", "a country",
        "a postal code by eye", "a province's tax", "a zone of time",
        "two towns of one name",
    ],
)  # fmt: skip
def test_currency_is_told_by_signs_and_codes_and_by_no_letter_or_word(lines, currency):
    dollars = (("Balance", "$12.00"),) if currency == "USD" else ()
    assert look(document(page(*dollars, *lines, head="Cedar Notch Power"))).currency == currency


def test_dollars_of_which_one_was_read_twice_are_not_those_of_another_country():
    lines = tuple((f"Charge {letter}", f"${at}.20") for at, letter in enumerate("ABCDEFG", start=1))
    bill = page(*lines, ("Payment", "-S$28.14"), head="Cedar Notch Power, Denver, CO 80202")
    assert look(document(bill, method=Method.OCR)).currency == "USD"
    assert look(document(bill)).currency == "SGD"


def test_naira_that_touch_their_amount_are_read_and_letters_of_taxes_are_no_part_of_theirs():
    assert [one.value for one in find_numbers("Energy N12,450.00", ".")] == [Decimal("12450.00")]
    assert [(one.value, one.currency) for one in find_numbers("Customer N 12.00", ".")] == [(Decimal("12.00"), "")]


def test_price_of_four_decimals_is_no_amount_of_money_whose_amounts_have_three():
    sight = look(document(page(("Water, Manama", "BHD 12.500"), ("Rate", "BHD 0.0290"), head="Bahrain Power")))
    assert [token.text for token in sight.tokens.all() if is_money(token)] == ["BHD 12.500"]


@pytest.mark.parametrize(
    ("count", "statements"),
    [("", 2), ("Pagina {} di 2", 1), ("Foglio {} di 2", 1), ("Foglio {}/2", 1), ("Foglio {} e 2", 2)],
)
def test_pages_that_count_on_in_the_words_of_their_language_are_of_one_statement(count, statements):
    lines = ("Totale da pagare   105,00 €", "Scadenza 20/02/2024", "Consumo 620 kWh  105,00")
    heads = ("Bolletta del 5 febbraio 2024", f"Codice cliente: 4711 8820 0001     {count.format(1)}")
    goes_on = f"Codice cliente: 9922 1033 0002     {count.format(2)}"
    outcome = understand(document(*typed("\n".join((*heads, *lines, "====", goes_on, *lines)))))
    assert isinstance(outcome, Success)
    assert len(outcome.readings) == statements


@pytest.mark.parametrize(
    ("lines", "confidence", "currency"),
    [
        ((("Lalitpur, Uttar Pradesh", ""), ("GSTIN 09AAACK", ""), ("Energy", "€450.00")), 0.9, "INR"),
        ((("Springfield ON GHS 000", ""), ("Oct 12, 2024", ""), ("Energy 40 kWh", "450.00")), 0.7, "USD"),
        ((("Accra GHS", ""), ("Energy 40 kWh", "450.00")), 0.95, "GHS"),
    ],
)
def test_sign_of_money_that_ocr_doubts_or_a_country_does_not_pay_in_tells_no_currency(lines, confidence, currency):
    sheet = Sheet()
    for row, (label, value) in enumerate(lines):
        sheet.put(50, 60 + 20 * row, label, confidence=confidence)
        sheet.put(400, 60 + 20 * row, value, confidence=confidence)
    assert look(document(sheet, method=Method.OCR)).currency == currency


def test_rupees_are_those_of_a_country_only_where_the_page_tells_one():
    lines = (
        ("Account number: 97-45018-0", ""), ("Bill date: 2024-08-30", ""), ("Usage: 815 kWh", ""),
        ("New charges", "Rs. 2,336.62"), ("Amount payable", "Rs. 2,336.62"),
    )  # fmt: skip
    untold, told = read(page(*lines, head="Upland Electricity")), read(page(*lines, head="Upland Electricity, Lahore"))
    assert (untold.currency.value, told.currency.value) == ("INR", "PKR")
    assert untold.currency.evidence.confidence < 0.9 <= told.currency.evidence.confidence
