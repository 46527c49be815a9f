"""Habits of bills abroad, one a test: names and numbers invented."""

from datetime import date
from decimal import Decimal

import pytest

from domain.outcome import Success
from domain.quantity import Commodity
from domain.reading import Reading
from domain.summary import summary
from services.parser.understand import understand
from services.parser.understand.naming.identifiers import read_identifier
from services.parser.understand.sight import look
from tests.parser.understand.conftest import Sheet, document
from tests.parser.understand.test_papers import plain, typed


def read(*sheets: Sheet) -> Reading:
    """Return the reading of a bill."""
    outcome = understand(document(*sheets))
    assert isinstance(outcome, Success)
    return outcome.readings[0]


HEAT_BILL = """
^Messdienst Wendelin GmbH                                   Einzelabrechnung
Messdienst Wendelin GmbH - Turmgasse 4 - 80333 München
Nutzer Nr.              0042 / 7
Abrechnung Nr.          26-1180-0042
Erstellt am             18.08.2026
Abrechnungszeitraum     01.05.2025 - 30.04.2026
Ihre Ablesewerte
Raum          Gerät-Nr.     Art                Stand alt    Stand neu    Faktor    Verbrauch
Zimmer        50718826      Heizkostenvert.            0          512     1,750        896,0
Kammer        50718827      Heizkostenvert.            0          238     1,250        297,5
Bad           W 61150347    Warmwasser m³           88,4        104,7                   16,3
Küche         K 61150912    Kaltwasser m³          121,2        134,1                   12,9
Ihre Kosten
Kostenart                         Ihre Einheiten      Preis je Einheit       Ihr Betrag EUR
Heizung Verbrauchskosten          1.193,5 Einh.       0,2216                         264,48
Warmwasser Verbrauchskosten          16,3 m³          7,8143                         127,37
Wasser (Kalt- und Warmwasser)        29,2 m³          2,0347                          59,41
Ihre Gesamtkosten                                                                    451,26
abzüglich Ihre Vorauszahlungen                                                      -300,00
Ihre Nachzahlung                                                                     151,26
"""


def test_allocators_on_radiators_are_no_meters_of_water() -> None:
    got = summary(read(*typed(HEAT_BILL)))
    assert sorted(meter["id"] for meter in got["meters"]) == ["K 61150912", "W 61150347"]
    assert plain(got["water"]["amount"]) == Decimal("29.2")
    assert (got["account_number"], got["utility"]) == ("0042 / 7", "Messdienst Wendelin GmbH")


GAS_BILL = """
^Gaz du Vallon                                            FACTURE DE GAZ NATUREL
                                                          N° F2606-041877352
                                                          émise le 11/06/2026
Référence client :       108 442 619
Offre :                  Offre Bleue Fixe 2 ans
Tarif d'acheminement :   T2
Montant prélevé
55,97 €
le 26/06/2026
Ma facture en bref
Abonnement                                  19,68 €
Consommation                                51,23 €
Taxes                                       33,06 €
Montant de la facture TTC                  103,97 €
Solde au 10/04/2026                        187,35 €
Prélèvement du 26/04/2026                 -187,35 €
Chèque énergie reçu le 04/05/2026          -48,00 €
Parrainez un proche avant le 31/08/2026 et recevez 30 €
Compteur          du            au            Ancien index    Nouvel index    Consommation (kWh)
07 318 442        09/04/2026    08/06/2026    4 821           5 645           824
"""


def test_list_goes_on_from_its_total_to_what_a_box_asks_for() -> None:
    got = summary(read(*typed(GAS_BILL)))
    told = [got[key] for key in ("new_charges_amount", "total_amount_due", "previous_balance")]
    assert told == [Decimal("103.97"), Decimal("55.97"), Decimal("187.35")]


def test_day_under_what_is_due_is_the_due_date_and_no_offer_is() -> None:
    found = read(*typed(GAS_BILL))
    assert found.due_date is not None
    assert found.due_date.value == date(2026, 6, 26)


def test_number_under_a_title_is_the_bills_and_the_offer_goes_before_the_grids_tariff() -> None:
    got = summary(read(*typed(GAS_BILL)))
    assert got["invoice_number"] == "F2606-041877352"
    assert got["meters"][0]["tariff"] == "Offre Bleue Fixe 2 ans"


LIGHT_BILL = """
^Luz del Henar                                     FACTURA DE ELECTRICIDAD
Luz del Henar, S.A.U. NIF A95758389
Nº de factura:            2126093004
Fecha de emisión:         30 de septiembre de 2026
Periodo facturación:      28/08/2026 - 29/09/2026
Referencia contrato:      714920538
En esta factura ha consumido              273 kWh
                                          Punta 74 kWh
                                          Llano 61 kWh
                                          Valle 138 kWh
Su pago se efectuará por domiciliación en su cuenta de siempre y como cada mes,
a partir del día 07/10/2026. El justificante de su banco acredita el abono de esta factura.
Energía consumida         273 kWh x 0,142900 €/kWh        39,01 €
IVA                       21 % s/ 39,01 €                  8,19 €
TOTAL IMPORTE FACTURA                                     47,20 €
"""


def test_taxed_share_of_an_amount_is_no_money_of_peru() -> None:
    found = read(*typed(LIGHT_BILL))
    assert found.country is not None
    assert found.country.value == "ES"


def test_sentence_of_a_debit_gives_its_day_on_the_next_line() -> None:
    found = read(*typed(LIGHT_BILL))
    assert found.due_date is not None
    assert found.due_date.value == date(2026, 10, 7)


def test_part_of_the_day_under_the_word_for_use_is_not_all_of_it() -> None:
    sheet = typed(
        LIGHT_BILL.replace(
            "En esta factura ha consumido              273 kWh", " " * 42 + "En esta factura ha consumido"
        )
    )[0]
    sheet.put(60, 125, "273", size=14).put(62, 141, "kWh", size=8)
    assert summary(read(sheet))["electricity_kwh"] == 273


def test_priced_quantity_under_the_heads_of_a_meter_is_no_meter() -> None:
    sheet = Sheet()
    sheet.put(50, 20, "Luz del Yunque LLC", size=16)
    sheet.rows(
        40, ("Número de cuenta", "6174 0283 915"), ("Fecha de factura", "20 jul 2026"), ("Pagar antes de", "10 ago 2026"),
        ("Período de consumo: 18 jun 2026 - 18 jul 2026", ""),
    )  # fmt: skip
    heads = ("Núm. de contador", "Lectura actual", "Lectura anterior", "Diferencia", "Constante", "Consumo kWh")
    meter = ("GS 3140 8827", "71,548", "70,936", "612", "1", "612")
    for left, head, value in zip((54, 156, 243, 332, 396, 464), heads, meter, strict=True):
        sheet.put(left, 110, head, size=7.5).put(left + 6, 124, value, size=7.5)
    lines = (
        ("fijo", "", "", "$4.00"),
        ("por energía, primeros 425 kWh", "425 kWh", "x $0.04944", "$21.01"),
        ("por energía, exceso de 425 kWh", "187 kWh", "x $0.05564", "$10.40"),
    )
    for step, (words, used, price, amount) in enumerate(lines):
        sheet.put(30, 150 + 13 * step, f"Cargo {words}", size=7.5).right(363, 150 + 13 * step, used or " ", size=7.5)
        sheet.right(447, 150 + 13 * step, price or " ", size=7.5).right(510, 150 + 13 * step, amount, size=7.5)
    sheet.put(30, 190, "Total de cargos corrientes", size=7.5).right(510, 190, "$35.41", size=7.5)
    got = summary(read(sheet))
    assert [meter["id"] for meter in got["meters"]] == ["GS 3140 8827"]
    assert got["electricity_kwh"] == 612


def andean_bill() -> Sheet:
    """Return a bill whose period stands in two lines beside its label, the period of another service on one line."""
    sheet = Sheet()
    sheet.put(50, 30, "Luz del Tequendama S.A. E.S.P.", size=16)
    sheet.put(300, 60, "NÚMERO DE CLIENTE").put(460, 57, "2817406-5", size=14).put(460, 76, "06 AGO/2026", size=14)
    sheet.put(300, 80, "PAGO OPORTUNO")
    sheet.rows(
        120, ("Medidor No.", "20884173"), ("Lectura actual", "31884"), ("Lectura anterior", "31706"),
        ("Energía consumida kWh", "178"), edge=250,
    )  # fmt: skip
    sheet.right(250, 186, "20 JUN/2026").put(50, 191, "Período facturado").right(250, 197, "A 21 JUL/2026")
    sheet.rows(214, ("Días facturados", "31"), ("Fecha de expedición", "24 JUL/2026"), edge=250)
    sheet.rows(
        260, ("Consumo energía activa", "$ 144.616"), ("Subsidio", "-$ 17.009"),
        ("SUBTOTAL CONSUMO ENERGÍA", "$ 127.607"), ("Cuenta contrato aseo 1174 0682 Período 01 MAY/2026 a 30 JUN/2026", ""),
        ("Cargo fijo aseo", "$ 27.842"), ("Cargo variable aseo", "$ 8.333"), ("SUBTOTAL ASEO", "$ 36.175"),
        ("TOTAL ENERGÍA, ASEO Y OTROS", "$ 163.782"), ("TOTAL A PAGAR", "$ 163.782"), edge=500,
    )  # fmt: skip
    return sheet


def test_period_of_two_lines_beside_its_label_goes_before_that_of_another_service() -> None:
    found = read(andean_bill())
    assert found.period is not None
    assert (found.period.value.start, found.period.value.end) == (date(2026, 6, 20), date(2026, 7, 21))


@pytest.mark.parametrize("text", ["06 AGO/2026", "12 Mar 2024", "3 ABR-2025"])
def test_day_with_its_month_in_letters_is_no_number(text: str) -> None:
    (segment,) = look(document(Sheet().put(50, 50, text))).segments
    assert read_identifier(segment, 0, 3) is None


def test_total_of_several_services_is_not_what_one_of_them_costs() -> None:
    costs = {one.commodity: one.cost.value.amount for one in read(andean_bill()).commodity_totals}
    assert costs == {Commodity.ELECTRICITY: Decimal(127607)}


DUAL_BILL = """
^Comercial Alvor                              Fatura n.º FT2026/1008347
Valor a pagar                 61,60 €
Data de emissão               16 julho 2026
Período de faturação          12 junho 2026 a 11 julho 2026
N.º de conta contrato         4 117 083 662
Eletricidade         Quantidade     Preço      Valor €
Tarifa Simples - Potência contratada 4,60 kVA - CPE PT 0002 0000 8831 4706 KL
Energia              214 kWh        0,1689     36,14
Contribuição                                   13,22
Total eletricidade                             49,36
Gás natural          Quantidade     Preço      Valor €
Escalão 1 - Fator de conversão 11,87 kWh/m³
Termo fixo           30 dias        0,1185     3,55
Energia              107 kWh        0,0812     8,69
Total gás natural                              12,24
Total da fatura                                61,60 €
Leituras
Equipamento               Número          Leitura inicial    Leitura final    Consumo
Contador eletricidade     20114 8837      18.206             18.420           214 kWh
Contador gás              44 0644 182     1.463              1.472            9 m³
"""


def test_factor_over_the_charges_makes_the_energy_of_a_volume_in_a_list_below() -> None:
    used = {meter["type"]: meter["consumption"] for meter in summary(read(*typed(DUAL_BILL)))["meters"]}
    assert used == {"electricity": 214, "gas": 107}


def test_axis_of_a_chart_beside_a_meter_does_not_end_its_lines() -> None:
    sheet = Sheet()
    sheet.put(50, 30, "Aguas del Henar, S.A.", size=16)
    sheet.rows(
        70, ("Contrato n.º", "338 154 207"), ("Fecha de emisión", "20-07-2026"),
        ("Periodo de facturación", "12-05-2026 a 12-07-2026 (61 días)"), ("Total a pagar", "82,46 €"),
    )  # fmt: skip
    for step in range(7):
        sheet.right(60, 200 + 17 * step, str(60 - 10 * step))
    for at, (label, value) in enumerate(
        (
            ("Lecturas de su contador", ""), ("Contador n.º", "P21FA 704418"), ("Calibre", "13 mm"),
            ("Lectura anterior", "1.827"), ("fecha", "12-05-2026"), ("Lectura actual", "1.873"),
            ("fecha", "12-07-2026"), ("Consumo m³", "46"),
        )
    ):  # fmt: skip
        sheet.put(400, 208 + 13 * at, label)
        if value:
            sheet.right(580, 208 + 13 * at, value)
    meter = read(sheet).meters[0]
    assert meter.previous_read is not None
    assert meter.current_read is not None
    assert (meter.previous_read.value, meter.current_read.value) == (1827, 1873)
