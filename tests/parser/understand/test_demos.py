"""Demos: bills as developers make them for a program to read: browsers' tables, labels of their own, one list for all."""

from typing import Any

from domain.outcome import Success
from domain.summary import summary
from services.parser.understand import understand
from services.parser.understand.sight import look
from tests.parser.understand.conftest import Sheet, document, plain_bill
from tests.parser.understand.test_papers import typed


def read(*sheets: Sheet) -> dict[str, Any]:
    """Return the summary of a bill's one statement."""
    outcome = understand(document(*sheets))
    assert isinstance(outcome, Success)
    return summary(outcome.readings[0])


def test_wrapped_cells_are_read_on_the_line_of_the_cells_beside_them():
    sheet = Sheet()
    sheet.put(50, 30, "Quarry Hill Electric Company", size=16)
    for left, first, second, value in (
        (50, "CUSTOMER", "ID:", "CID-44182"), (250, "INVOICE", "DATE:", "11/15/2023"), (420, "SERVICE", "PERIOD:", ""),
    ):  # fmt: skip
        sheet.put(left, 80, first).put(left, 92, second)
        if value:
            sheet.put(left + 70, 86, value)
    sheet.put(500, 80, "10/14/2023 –").put(500, 92, "11/14/2023")
    sheet.rows(130, ("Energy 2,400 kWh x 0.09", "216.00"), ("Sales tax", "21.60"), ("Total current charges", "237.60"))
    sheet.put(50, 180, "PREVIOUS UNPAID").right(400, 186, "110.00").put(50, 192, "BALANCE")
    sheet.rows(215, ("Amount due", "347.60"))
    got = read(sheet)
    assert (got["account_number"], got["statement_date"]) == ("CID-44182", "2023-11-15")
    assert (got["billing_period_from"], got["billing_period_to"]) == ("2023-10-14", "2023-11-14")
    assert float(got["previous_balance"]) == 110
    assert float(got["new_charges_amount"]) == 237.6


def test_lines_of_two_columns_that_stand_between_each_other_are_no_cells():
    sheet = plain_bill()
    sides = (("SAM SAMPLE", "Call us any time"), ("12 SAMPLE ROAD", "at our office"), ("TOWN OH 43000", "or by post"))
    for at, (left, right) in enumerate(sides):
        sheet.put(50, 480 + 12 * at, left).put(320, 486 + 12 * at, right)
    rows = [[s.text for s in row.segments] for row in look(document(sheet)).sheets[0].rows]
    assert rows[-6:-3] == [["SAM SAMPLE"], ["Call us any time"], ["12 SAMPLE ROAD"]]
    assert read(sheet)["account_number"] == "5512-0098-7"


TOTALS = """
^Tidewater Light Company
Account: 55-4418-2        Bill date: Mar 5, 2024        Billing month: February 2024
Electricity 640 kWh x 0.15                       96.00
Meter rent                                        4.00
Untaxed amount                                  100.00
VAT 5%                                            5.00
Total                                           105.00
"""


def test_total_that_closes_all_lines_is_due_where_no_label_says_so():
    got = read(*typed(TOTALS))
    assert float(got["total_amount_due"]) == float(got["new_charges_amount"]) == 105
    assert len(got["line_items"]) == 3
    assert (got["billing_period_from"], got["billing_period_to"]) == ("2024-02-01", "2024-02-29")
    assert float(got["electricity_kwh"]) == 640


def test_total_is_not_due_where_more_lines_follow_it():
    more = f"Your usage: 640 kWh\n{'Instalments of the year':48}260.00\n{'Paid in advance':48}245.00\n"
    got = read(*typed(f"{TOTALS}{more}"))
    assert got["total_amount_due"] is None


def test_sum_before_rounding_is_no_old_balance():
    got = read(*typed(TOTALS.replace("VAT 5%                                            5.00\n", "Rounding   -0.20\n").replace(
        "105.00", "99.80").replace("Untaxed amount", "Sub total").replace("Total   ", "Balance due   ")))  # fmt: skip
    assert got["previous_balance"] is None
    assert got["payments_received"] is None
    assert float(got["total_amount_due"]) == 99.8


def test_net_charges_that_fixed_charges_and_tax_follow_are_not_all_that_is_new():
    got = read(*typed("""
^Greenpath Gas and Light
Account no: 55-00441-8       Bill date: 04/04/2024      Billing period: 03/04/2024 to 04/03/2024
Electricity    638 kWh    0.155      98.89
Natural gas    48 CCF     1.12       53.76
Net charges                         152.65
Fixed charges                         9.00
Govt. tax                            11.44
Total payable                      $173.09
"""))  # fmt: skip
    assert float(got["new_charges_amount"]) == float(got["total_amount_due"]) == 173.09


def test_times_of_day_that_are_priced_make_the_energy_that_nothing_prints():
    got = read(*typed("""
^Peak Power Corporation
Account number: 40021-4418      Statement date: Oct 31, 2023
Billing start date: Oct 1, 2023
Billing end date: Oct 31, 2023
Payment due date: Nov 20, 2023
Charge type          Usage      UOM     Rate       Total
On-peak energy       12,400     kWh     0.0972     1,205.28
Off-peak energy      20,100     kWh     0.0518     1,041.18
Facilities fee       1          mo      150.00       150.00
Total charges                                      2,396.46
"""))  # fmt: skip
    assert float(got["electricity_kwh"]) == 32500
    assert got["billing_period_to"] == "2023-10-31"


def test_codes_of_meters_and_titles_name_no_issuer_and_the_largest_words_do():
    head = "\nUtility Chargeback Memo\nDate: December 4, 2024     Service Month: November 2024\n"
    table = "Utility      Meter      Consumption    Charge\nElectricity  E-IMG-1    15,680 kWh     $1,630.72\n"
    assert read(*typed(f"^SAINT BRENDA HALL{head}{table}"))["utility"] == "SAINT BRENDA HALL"
    assert read(*typed(f"^Plaza 900 Management LLC{head}{table}"))["utility"] == "Plaza 900 Management LLC"


def test_rates_are_no_account_and_a_multiplier_of_reactive_power_no_demand():
    got = read(*typed("""
^Butte Valley Power
Billing date: Apr 14, 2023    Due date: May 4, 2023    Amount due: $620.33
Meter       From           To             Days    Previous    Current    Multiplier    Used
            Mar 13, 2023   Apr 13, 2023   31      7412        7536       120.0         14,880 kwh
            Mar 13, 2023   Apr 13, 2023   31      demand      0.44       120.0         52.8 kw
            Mar 13, 2023   Apr 13, 2023   31      demand      0.41       120.0         49.2 kvar
Energy charge           14,880 kwh    0.0381270     567.33
Energy balancing account              0.0418000      53.00
Total new charges                                   620.33
"""))  # fmt: skip
    assert got["account_number"] is None
    assert float(got["demand_kw"]) == 52.8
    assert len(got["meters"]) == 1


def test_day_on_which_interest_was_charged_is_no_day_to_pay_by():
    bill = """
^Butte Valley Power
Account number: 5512-0098-7
Billing date: Mar 8, 2023    Amount due: $620.33
Service period: Feb 5, 2023 - Mar 5, 2023
Energy charge    2,400 kWh       620.33
Total new charges       620.33
"""
    assert read(*typed(f"{bill}Interest charged on Mar 2, 2023 was 1.20\n"))["due_date"] is None
    assert read(*typed(f"{bill}Your card is charged on Mar 28, 2023\n"))["due_date"] == "2023-03-28"
