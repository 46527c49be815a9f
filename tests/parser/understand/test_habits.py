"""Habits of bills in laying out labels and values, each on a small page made by hand."""

from datetime import date
from decimal import Decimal

import pytest

from domain.quantity import Commodity, Unit
from services.parser.understand.fields.context import read_context
from services.parser.understand.sight import look
from tests.parser.understand.conftest import Sheet, document
from tests.parser.understand.test_reading import facts, read

DUE = Decimal("128.50")


def charges(sheet, top=320.0, total="Total Current Charges"):
    """Set the lines of a plain electric bill's charges."""
    return sheet.rows(
        top, ("Customer Charge", "12.00"), ("Energy Charge 620 kWh x $0.15", "93.00"), ("Distribution Charge", "15.50"),
        ("Sales Tax", "8.00"), (total, "$128.50"),
    )  # fmt: skip


def head(sheet):
    """Set the issuer and a sentence, so that the page is a bill."""
    sheet.put(50, 30, "Harbor Electric Company", size=16)
    return sheet.put(50, 700, "Please pay your electric bill by the due date and thank you for being our customer.")


def summary(sheet, *lines, top=70.0, dated=True):
    """Set labelled values under the issuer, and the charges; the bill says its date where the lines do not."""
    if dated:
        lines = (*lines, ("Bill Date", "Mar 18, 2024"))
    head(sheet).rows(top, *lines)
    charges(sheet)
    return sheet


def test_amount_is_found_over_dot_leaders():
    sheet = summary(Sheet(), ("Account Number:", "5512-0098-7"))
    for at, (label, value) in enumerate(
        (("Previous balance", "$101.20"), ("Payments received", "-$101.20"), ("Please pay", "$128.50"))
    ):
        sheet.put(50, 120 + 14 * at, label + " " + "." * 60).right(560, 120 + 14 * at, value)
    said = facts(read(sheet))
    assert (said["due"], said["previous"], said["paid"]) == (DUE, Decimal("101.20"), Decimal("101.20"))


def test_tile_of_a_big_number_over_a_small_caption_is_read():
    sheet = summary(Sheet(), ("Account Number:", "5512-0098-7"), dated=False)
    for left, value, caption in (
        (50, "$128.50", "Amount due"), (220, "Apr 8, 2024", "Due date"), (390, "Mar 18, 2024", "Bill date"),
    ):  # fmt: skip
        sheet.put(left, 120, value, size=18).put(left, 142, caption, size=8)
    said = facts(read(sheet))
    assert (said["due"], said["due_date"], said["statement"]) == (DUE, date(2024, 4, 8), date(2024, 3, 18))


def test_labels_in_one_column_meet_values_in_another():
    sheet = head(Sheet())
    for at, (label, value) in enumerate(
        (
            ("Account number", "5512-0098-7"), ("Date of issue", "18 Mar 2024"), ("Date due", "8 Apr 2024"),
            ("Service period", "14 Feb 2024 to 15 Mar 2024"), ("Total due", "$128.50"),
        )
    ):  # fmt: skip
        sheet.put(330, 70 + 13 * at, label).put(450, 70 + 13 * at, value)
    charges(sheet)
    said = facts(read(sheet))
    assert (said["account"], said["statement"], said["due_date"]) == (
        "5512-0098-7", date(2024, 3, 18), date(2024, 4, 8)
    )  # fmt: skip
    assert (said["period"].start, said["due"]) == (date(2024, 2, 14), DUE)


def test_values_stand_under_a_row_of_labels_with_uneven_gaps():
    sheet = head(Sheet())
    for left, label, value in (
        (50, "Account No.", "5512-0098-7"), (150, "Billing Date", "03/18/2024"), (235, "Date Due", "04/08/2024"),
        (420, "Amount Due", "$128.50"),
    ):  # fmt: skip
        sheet.put(left, 80, label).put(left, 94, value)
    charges(sheet)
    said = facts(read(sheet))
    assert (said["account"], said["statement"], said["due_date"], said["due"]) == (
        "5512-0098-7", date(2024, 3, 18), date(2024, 4, 8), DUE,
    )  # fmt: skip


@pytest.mark.parametrize("level", [120, 131])
def test_label_over_two_lines_names_the_value_beside_it(level):
    sheet = summary(Sheet(), ("Account Number:", "5512-0098-7"), dated=False)
    sheet.put(300, 120, "Total amount").put(300, 131, "due by").put(380, level, "$128.50")
    sheet.put(50, 120, "Statement").put(50, 131, "date").put(120, level, "Mar 18, 2024")
    said = facts(read(sheet))
    assert said["due"] == DUE
    assert said["statement"] == date(2024, 3, 18)


@pytest.mark.parametrize(
    "text",
    [
        "Bill prepared on March 18, 2024",
        "Issued: 18-Mar-24",
        "Date of bill 18 March 2024",
        "Bill date 2024-03-18",
        "Statement prepared Mar 18, 2024",
        "Invoice issued on 18th March 2024",
        "Bill Dt. 18-MAR-2024",
        "Bill issued: 18.03.2024",
        "Mailed on Monday, March 18, 2024",
        "Your bill dated 18 March 2024",
        "Printed on 18 Mar '24",
    ],
)
def test_statement_date_is_found_in_a_line_of_the_head(text):
    sheet = summary(Sheet(), ("Account Number:", "5512-0098-7"), ("Amount Due", "$128.50"), dated=False)
    sheet.put(330, 50, text)
    assert facts(read(sheet))["statement"] == date(2024, 3, 18)


@pytest.mark.parametrize(
    "text",
    [
        "Billing Period: From 02/14/24 To 03/15/24",
        "Service from Feb 14, 2024 through Mar 15, 2024",
        "14 Feb - 15 Mar 2024 (30 days)",
        "Billing period 14 Feb – 15 Mar 2024",
        "Service period: Feb 14 to Mar 15, 2024",
        "For service from 02/14/2024 to 03/15/2024 (30 days)",
        "Usage from 14-Feb-24 thru 15-Mar-24",
        "Period: 2024-02-14 / 2024-03-15",
        "Service From: 02/14/2024 Service To: 03/15/2024",
        "This bill covers 14 February 2024 to 15 March 2024",
        "Billing period: 14.02.2024 - 15.03.2024",
        "Read dates: Feb 14, 2024 and Mar 15, 2024",
        "14 Feb 24 - 15 Mar 24",
        "Your bill for 14th February 2024 to 15th March 2024",
        "Supplied between 14 Feb 2024 and 15 Mar 2024",
        "Service Period: 30 Days, February 14, 2024 - March 15, 2024",
        "Billing period (30 days): Feb 14 - Mar 15, 2024",
        "Bill period: Wed 14 Feb 2024 - Fri 15 Mar 2024",
    ],
)
def test_period_is_read_as_bills_write_it(text):
    sheet = summary(Sheet(), ("Account Number:", "5512-0098-7"), ("Amount Due", "$128.50"))
    sheet.put(50, 150, text)
    period = facts(read(sheet))["period"]
    assert period is not None
    assert (period.start, period.end) in {
        (date(2024, 2, 14), date(2024, 3, 15)),
        (date(2024, 2, 14), date(2024, 3, 16)),
    }


def test_day_without_a_year_behind_the_period_is_no_month_of_a_year_to_come():
    sheet = summary(Sheet(), ("Account Number:", "5512-0098-7"), ("Amount Due", "$128.50"))
    sheet.put(50, 150, "Billing period").put(200, 150, "Feb 29")
    assert facts(read(sheet))["period"] is None


def test_period_that_runs_on_under_its_first_line_is_read():
    sheet = summary(Sheet(), ("Account Number:", "5512-0098-7"), ("Amount Due", "$128.50"))
    sheet.put(50, 150, "Dates of service").put(200, 150, "February 14, 2024 -").put(200, 163, "March 15, 2024")
    assert facts(read(sheet))["period"].start == date(2024, 2, 14)


def test_total_without_a_word_under_a_rule_is_the_amount_of_the_charges():
    sheet = head(Sheet())
    sheet.rows(70, ("Account Number:", "5512-0098-7"), ("Bill Date", "Mar 18, 2024"), ("Amount Due", "$128.50"))
    charges(sheet, total="")
    sheet.bar(340, 374, 400, 374.6)
    said = facts(read(sheet))
    assert (said["new"], len(said["charges"])) == (DUE, 4)


def test_late_amount_is_not_the_amount_due():
    sheet = summary(
        Sheet(), ("Account Number:", "5512-0098-7"), ("Net amount due by Apr 8, 2024", "$128.50"),
        ("Gross amount due after Apr 8, 2024", "$134.93"), ("If paid after Apr 8", "$134.93"),
    )  # fmt: skip
    said = facts(read(sheet))
    assert (said["due"], said["due_date"]) == (DUE, date(2024, 4, 8))


def test_next_meter_reading_is_no_date_of_this_bill():
    sheet = summary(
        Sheet(), ("Account Number:", "5512-0098-7"), ("Amount Due", "$128.50"), ("Due Date", "Apr 8, 2024"),
        ("Next scheduled meter reading date", "Apr 15, 2024"), ("Your next bill is due", "May 9, 2024"),
        ("Last payment date", "Mar 2, 2024"),
    )  # fmt: skip
    said = facts(read(sheet))
    assert (said["statement"], said["due_date"]) == (date(2024, 3, 18), date(2024, 4, 8))


@pytest.mark.parametrize("cost", ["Interest", "A late charge of 1.5%"])
def test_day_from_which_being_late_costs_is_no_due_date(cost):
    sheet = summary(Sheet(), ("Account Number:", "5512-0098-7"), ("Amount Due", "$128.50"), ("Due Date", "Apr 8, 2024"))
    assert facts(read(sheet.put(50, 140, f"{cost} will be charged on Apr 30, 2024")))["due_date"] == date(2024, 4, 8)


@pytest.mark.parametrize(
    "text",
    [
        "Account Number: 5512-0098-7",
        "Acct. No. 5512-0098-7",
        "ACCT # 5512-0098-7",
        "Account # 5512-0098-7",
        "A/C No. 5512-0098-7",
        "Account no.5512-0098-7",
        "Your account number is 5512-0098-7",
        "Customer Account: 5512-0098-7",
        "Account(5512-0098-7)",
        "Account ID 5512-0098-7",
        "Acct Nbr: 5512-0098-7",
        "Account Nº 5512-0098-7",
        "Account reference 5512-0098-7",
        "Contract Account No: 5512-0098-7",
        "Account Number (please quote): 5512-0098-7",
        "Account No.: 5512-0098-7",
    ],
)
def test_account_number_is_found_however_it_is_labelled(text):
    sheet = summary(Sheet(), ("Amount Due", "$128.50"))
    sheet.put(330, 50, text)
    assert facts(read(sheet))["account"] == "5512-0098-7"


@pytest.mark.parametrize(
    ("label", "field"),
    [
        ("Pymt Rec'd", "paid"),
        ("Payment(s) received", "paid"),
        ("Less payments received", "paid"),
        ("Prev. Bal.", "previous"),
        ("Balance B/F", "previous"),
        ("Prior Bal", "previous"),
        ("Total Amt. Due", "due"),
        ("Tot. Amt. Due", "due"),
        ("Curr. Chgs.", "new"),
        ("Current Chgs", "new"),
        ("PLEASE PAY", "due"),
        ("New Chgs.", "new"),
        ("Total Amount Due (USD)", "due"),
        ("Acct Bal Due", "due"),
        ("Amt Due", "due"),
        ("Previous Stmt Balance", "previous"),
        ("Pmts received", "paid"),
    ],
)
def test_abbreviated_labels_of_balances_are_known(label, field):
    labels = {"previous": "Previous Balance", "paid": "Payments Received", "new": "New Charges", "due": "Amount Due"}
    amounts = {"previous": "$101.20", "paid": "$91.20", "new": "$128.50", "due": "$138.50"}
    labels[field] = label
    sheet = head(Sheet()).put(330, 50, "Account Number: 5512-0098-7").put(330, 64, "Bill Date: Mar 18, 2024")
    sheet.rows(120, *((labels[name], amounts[name]) for name in labels))
    sheet.rows(
        320, ("Customer Charge", "12.00"), ("Energy Charge 620 kWh x $0.15", "93.00"), ("Delivery Charge", "23.50")
    )
    assert facts(read(sheet))[field] == Decimal(amounts[field].strip("$"))


@pytest.mark.parametrize(
    "heads",
    [
        ("Mtr No.", "Prev. Rdg.", "Curr. Rdg.", "Mult.", "Usage"),
        ("Meter #", "Prior Read", "Present Read", "Constant", "kWh Used"),
        ("Serial No", "Opening Reading", "Closing Reading", "Factor", "Units Used"),
        ("Meter ID", "Start Read", "End Read", "MF", "Consumption (kWh)"),
        ("Meter No", "Last Read", "This Read", "Multiplier", "Total Use"),
        ("Meter Nbr", "From Reading", "To Reading", "Meter Constant", "Billed kWh"),
    ],
)
def test_meter_table_is_read_under_other_heads(heads):
    sheet = summary(Sheet(), ("Account Number:", "5512-0098-7"), ("Amount Due", "$128.50"))
    for left, text, value in zip(
        (50, 150, 250, 350, 430), heads, ("88412207", "12,380", "13,000", "1", "620"), strict=True
    ):
        sheet.put(left, 240, text).put(left, 254, value)
    said = facts(read(sheet))
    assert said["meters"] == [("88412207", Decimal(13000))]
    assert said["usage"] == [Decimal(620)]


def test_meter_table_is_read_under_heads_of_two_lines():
    sheet = summary(Sheet(), ("Account Number:", "5512-0098-7"), ("Amount Due", "$128.50"))
    for left, over, under, value in (
        (50, "Meter", "Number", "88412207"), (130, "Previous", "Reading", "12,380"), (210, "Current", "Reading", "13,000"),
        (290, "Meter", "Constant", "1"), (370, "Total", "kWh", "620"),
    ):  # fmt: skip
        sheet.put(left, 232, over).put(left, 243, under).put(left, 257, value)
    said = facts(read(sheet))
    assert (said["meters"], said["usage"]) == ([("88412207", Decimal(13000))], [Decimal(620)])


def test_readings_are_read_off_a_list_of_labels():
    sheet = summary(Sheet(), ("Account Number:", "5512-0098-7"), ("Amount Due", "$128.50"))
    sheet.rows(
        200, ("Meter number", "88412207"), ("Current reading (Mar 15)", "13,000"), ("Previous reading (Feb 14)", "12,380"),
        ("Difference", "620"), ("Multiplier", "1"), ("Total usage", "620 kWh"), edge=260,
    )  # fmt: skip
    said = facts(read(sheet))
    assert (said["meters"], said["usage"]) == ([("88412207", Decimal(13000))], [Decimal(620)])


def test_heading_in_larger_type_tells_the_fuel_though_an_address_follows_it_close():
    sheet = Sheet()
    sheet.put(50, 30, "Heron Energy Ltd", size=16).put(50, 60, "14 Mill Lane, Winchester SO21 9ZQ")
    sheet.rows(
        80, ("Account number", "A-7741-0093"), ("Bill date", "3 Dec 2026"), ("Amount due", "£366.04"),
        ("Billing period", "1 Sep 2026 - 30 Nov 2026"),
    )  # fmt: skip
    for top, fuel, used, price, cost in (
        (200, "Electricity", "734 kWh", "24.71p/kWh", "£181.37"), (320, "Gas", "1,499.8 kWh", "12.31p/kWh", "£184.67"),
    ):  # fmt: skip
        letters = 5.0 * 1.5 * len(fuel)
        sheet.put(50, top, fuel, size=15).put(50 + letters + 4, top + 5, "27 Larkspur Close, SO21 9ZQ", size=9)
        sheet.put(50, top + 24, "Energy charge").right(250, top + 24, used).right(340, top + 24, price)
        sheet.right(430, top + 24, cost)
    totals = {one.commodity.value: one.quantity.value.amount for one in read(sheet).usages}
    assert totals == {"electricity": Decimal(734), "gas": Decimal("1499.8")}


def test_kilowatt_hours_are_electricity_in_a_country_of_gas_by_volume_whichever_heading_stands_last():
    sheet = head(Sheet())
    sheet.rows(
        70, ("Account Number:", "5512-0098-7"), ("Bill Date:", "Mar 18, 2024"), ("Amount Due", "$281.91"),
        ("Service Period:", "Feb 14, 2024 - Mar 15, 2024"), ("2214 Bardstown Rd, Louisville KY 40205", ""),
    )  # fmt: skip
    sheet.put(50, 300, "CURRENT USAGE - ELECTRIC").put(320, 300, "CURRENT USAGE - GAS")
    sight = look(document(sheet))
    row = next(segment.row for segment in sight.segments if segment.text.endswith("GAS"))
    assert read_context(sight).heading_at(1, row) is Commodity.GAS
    assert read_context(sight).unit_commodity(Unit.KWH, 1, row) is Commodity.ELECTRICITY
