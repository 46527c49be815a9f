"""The tariff in lines of facts and headings of two parts, where no label stands before it at the line's beginning."""

import pytest

from domain.outcome import Success
from services.parser.understand import understand
from tests.parser.understand.conftest import Sheet, document, headed


def tariff_of(*lines, head="Harbor Utility Company", right=""):
    """Read a bill whose meter's heading is the lines given; return the tariff that is read."""
    sheet = headed(name=head)
    for step, line in enumerate(lines):
        sheet.put(50, 180 + 14 * step, line)
    if right:
        sheet.right(570, 180, right)
    sheet.rows(
        210,
        ("Customer Charge", "12.00"),
        ("Energy Charge 620 kWh x $0.15", "93.00"),
        ("Total Current Charges", "$105.00"),
    )
    sheet.put(50, 300, "Meter 88412207").put(160, 300, "Previous 12,380").put(290, 300, "Current 13,000").put(
        420, 300, "620 kWh"
    )
    outcome = understand(document(sheet))
    assert isinstance(outcome, Success)
    found = outcome.readings[0].meters[0].tariff
    return found and found.value


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("Meter 88412207 - 30 days - rate General Service MS - total use 620 kWh", "General Service MS"),
        ("Meter 88412207 - Feb 14, 2024 to Mar 15, 2024 (30 days) - Rate: Commercial A", "Commercial A"),
        ("NMI QB33412207, meter 88412207, Easy Saver, 30 days", "Easy Saver"),
        (
            "Feb 14, 2024 to Mar 15, 2024 (30 days), Residential Conservation Rate 1101",
            "Residential Conservation Rate 1101",
        ),
        ("Supply number 00 801 000 78 Meter 88412207 Profile 00 Product Fixed HH 24", "Fixed HH 24"),
        ("Rate: 7", "7"),
        ("Rate: Residential Heating RH, 30 days, meter 88412207", "Residential Heating RH"),
    ],
)
def test_a_line_of_facts_names_the_tariff_between_them(line, name):
    assert tariff_of(line) == name


def test_a_heading_of_two_parts_over_priced_lines_names_the_tariff_second():
    assert tariff_of("", "Billing details - Large General Service LGS-20") == "Large General Service LGS-20"


@pytest.mark.parametrize(
    "line", ["Rate Rider at -1.5%", "Thank you - Your Team", "Meter 88412207 - read by Ana - 30 days"]
)
def test_other_lines_of_parts_name_no_tariff(line):
    assert tariff_of(line) is None


def test_a_company_called_business_names_no_class_of_customer():
    assert tariff_of("", head="Pelham Business Power plc") is None


def test_the_connection_gives_way_to_the_class_of_the_tariff():
    assert tariff_of("Tariff type: Single phase", "Tariff class: B1 Residencial") == "B1 Residencial"


def test_a_name_at_the_far_edge_belongs_to_the_label_alone_on_its_line():
    assert tariff_of("Rate schedule", right="Residential R-30") == "Residential R-30"


def test_a_charge_that_begins_with_the_word_for_tariff_names_none():
    sheet = Sheet()
    sheet.put(50, 30, "Harbor Utility Company", size=16)
    sheet.rows(
        70, ("Account Number:", "5512-0098-7"), ("Bill Date:", "Mar 18, 2024"), ("Amount Due", "$105.00"),
        ("Service Period:", "Feb 14, 2024 - Mar 15, 2024"), ("Rate Adjustment 12", "12.00"),
        ("Energy Charge 620 kWh x $0.15", "93.00"), ("Total Current Charges", "$105.00"),
    )  # fmt: skip
    sheet.put(50, 300, "Meter 88412207").put(160, 300, "Previous 12,380").put(290, 300, "Current 13,000").put(
        420, 300, "620 kWh"
    )
    outcome = understand(document(sheet))
    assert isinstance(outcome, Success)
    assert outcome.readings[0].meters[0].tariff is None


def test_the_company_of_the_small_print_is_the_issuer_where_no_head_names_one():
    sheet = Sheet()
    sheet.rows(
        70, ("Account Number:", "5512-0098-7"), ("Bill Date:", "Mar 18, 2024"), ("Amount Due", "$105.00"),
        ("Service Period:", "Feb 14, 2024 - Mar 15, 2024"), ("Total Current Charges", "$105.00"), ("Usage", "620 kWh"),
    )  # fmt: skip
    sheet.put(50, 740, "Larkspur Energy Supply Ltd is registered in England and Wales under number 0104411.", size=7)
    outcome = understand(document(sheet))
    assert isinstance(outcome, Success)
    issuer = outcome.readings[0].issuer
    assert issuer is not None
    assert issuer.name.value == "Larkspur Energy Supply Ltd"
