"""Powers on lines of their own: what a read and its multiplier make is one, what a quantity and its rate make is money."""

from decimal import Decimal

import pytest

from domain.outcome import Success
from domain.quantity import Unit
from domain.reading import UsageKind
from services.parser.understand import understand
from tests.parser.understand.conftest import Sheet, document
from tests.parser.understand.test_meter_shapes import read
from tests.parser.understand.test_papers import typed


def demands(*cells, charge=""):
    """Return the powers [kW] of a page of 20,000 kWh in 30 days with one line of demand, among its charges where it is one."""
    total = "$2,136.00" if charge else "$2,012.00"
    sheet = Sheet()
    sheet.put(50, 30, "Harbor Electric Company", size=16)
    sheet.rows(
        70, ("Account Number:", "5512-0098-7"), ("Bill Date:", "Mar 18, 2024"), ("Due Date:", "Apr 8, 2024"),
        ("Service Period:", "Feb 14, 2024 - Mar 15, 2024"), ("Total Usage", "20,000 kWh"), ("Amount Due", total),
    )  # fmt: skip
    sheet.rows(
        180, ("Customer Charge", "12.00"), ("Energy Charge", "2,000.00"), (charge, ""), ("Total Current Charges", total)
    )
    top = 208 if charge else 300
    if not charge:
        sheet.put(50, top, "Measured Demand kW")
    for edge, text in zip((230, 290, 400), cells, strict=True):
        sheet.right(edge, top, text)
    found = [usage.quantity.value for usage in read(sheet).usages if usage.kind is UsageKind.DEMAND]
    assert all(one.unit is Unit.KW for one in found)
    return [one.amount for one in found]


@pytest.mark.parametrize(
    ("cells", "power"),
    [
        (("3.1", "40", "124.0"), "124.0"),
        (("3.1", "40", "124.00"), "124.00"),
        (("1.55", "80", "124"), "124"),
        (("80", "1.55", "124"), "124"),
    ],
)
def test_demand_is_what_a_read_and_its_multiplier_make(cells, power):
    assert demands(*cells) == [Decimal(power)]


@pytest.mark.parametrize("cells", [("40", "3.1", "124.00"), ("40", "$3.10", "$124.00"), ("40 kW", "3.1", "124.0")])
def test_demand_is_the_quantity_where_its_rate_makes_an_amount(cells):
    assert demands(*cells) == [Decimal(40)]


def test_amount_of_a_charge_is_no_demand_whichever_way_its_rate_stands():
    assert demands("3.10", "40", "124.00", charge="Demand kW") == [Decimal(40)]


def test_demand_is_read_where_reactive_power_stands_beside_it():
    assert demands("112.4 kW", "116 kVA", "31.0 kVAR") == [Decimal("112.4")]


def test_demand_is_read_where_the_next_label_stands_close_behind_it():
    assert demands("41.2 Power Factor", "0.93", "A") == [Decimal("41.2")]
    assert demands("41 Days in cycle", "0.93", "A") == []


GERMAN = """
Stadtwerke Neuhafen
Rechnungsdatum 05.03.2024    Kundennummer 4711 8820 01
Abrechnungszeitraum 01.02.2024 - 29.02.2024
Verbrauch Strom   20.000 kWh
Rechnungsbetrag   2.136,00 €
"""
BRAZILIAN = """
Companhia de Energia Serrana
Data de emissão 05/03/2024    Código do cliente 4711882001
Período 01/02/2024 a 29/02/2024
Consumo de energia   20.000 kWh
Total a pagar   R$ 2.136,00
"""


@pytest.mark.parametrize(
    ("bill", "line", "powers"),
    [
        (GERMAN, "Gemessene Leistung   124 kW", 1),
        (GERMAN, "Vereinbarte maximale Leistung   124 kW", 0),
        (BRAZILIAN, "Demanda máxima   124 kW", 1),
        (BRAZILIAN, "Demanda máxima contratada   124 kW", 0),
    ],
)
def test_power_that_is_measured_was_drawn_and_one_agreed_on_was_not(bill, line, powers):
    outcome = understand(document(*typed(bill + line)))
    assert isinstance(outcome, Success)
    assert sum(usage.kind is UsageKind.DEMAND for usage in outcome.readings[0].usages) == powers
