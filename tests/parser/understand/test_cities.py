"""Cities: bills of municipal utilities, co-operatives and those who pay them, their habits one by one."""

from decimal import Decimal
from typing import Any

from domain.outcome import Success
from domain.summary import summary
from services.parser.understand import understand
from tests.parser.understand.conftest import Sheet, document, plain_bill
from tests.parser.understand.test_papers import typed


def read(*sheets: Sheet) -> dict[str, Any]:
    """Return the summary of a bill's one statement."""
    outcome = understand(document(*sheets))
    assert isinstance(outcome, Success)
    return summary(outcome.readings[0])


def amounts(got: dict[str, Any]) -> list[Decimal]:
    return sorted(item["amount"] for item in got["line_items"])


def test_an_account_grouped_as_telephone_numbers_are_is_read_under_its_head():
    sheet = Sheet()
    sheet.put(50, 30, "Harbor Electric Company", size=16)
    sheet.put(50, 80, "ACCOUNT NUMBER").put(200, 80, "BILL DATE").put(50, 94, "417 528 0096").put(
        200, 94, "Mar 18, 2024"
    )
    sheet.rows(130, ("Energy Charge 620 kWh x $0.15", "93.00"), ("Total Current Charges", "$93.00"))
    assert read(sheet)["account_number"] == "417 528 0096"


def test_a_number_that_is_called_free_of_charge_is_no_account():
    sheet = Sheet()
    sheet.put(50, 30, "Harbor Electric Company", size=16)
    sheet.put(50, 80, "ACCOUNT NUMBER").put(200, 80, "BILL DATE").put(50, 94, "888 528 0096").put(
        200, 94, "Mar 18, 2024"
    )
    sheet.rows(130, ("Energy Charge 620 kWh x $0.15", "93.00"), ("Total Current Charges", "$93.00"))
    assert read(sheet)["account_number"] is None


BY_PERIOD = """
^Harbor Water & Power
Account Number: 5512-0098-7      Bill Date: Jul 24, 2024      Due Date: Aug 12, 2024
Billing period 06/22/2024 - 07/22/2024      30 days
METER NUMBER        MULTIPLIER     CURRENT READ     PREVIOUS READ              USE
HB0014800731               240            41417             40317      264,000 kWh
register 2, kVArh          240            18804             18278    126,240 kVArh
BY PERIOD            HIGH PEAK         LOW PEAK              BASE              ALL
kWh                     51,120           64,800           148,080          264,000
kW maximum              612.00           624.00            588.00           624.00
Power factor %            90.2             90.1              90.3             90.2
CHARGES                     QUANTITY         PRICE $       AMOUNT
Service Charge                                              28.00
Facilities Charge          702.00 kW            5.36     3,762.72
Demand Charge              624.00 kW            3.75     2,340.00
Energy Charge            264,000 kWh         0.05000    13,200.00
Total Electric Charges                                 $19,330.72
Total Amount Due                                       $19,330.72
Facilities Charge. It is based on the highest demand of the
last 12 months. Yours is 702.00 kW of Sep 2023, not this month's.
"""


def test_a_matrix_by_time_of_day_right_under_the_reads_is_no_part_of_them():
    meter = read(*typed(BY_PERIOD))["meters"][0]
    assert (meter["consumption"], meter["read_from"], meter["read_to"]) == (264000, 40317, 41417)


def test_a_charged_power_that_a_line_calls_the_highest_of_a_year_is_not_what_the_month_drew():
    assert read(*typed(BY_PERIOD))["demand_kw"] == 624


def test_the_day_on_which_a_bank_account_is_debited_is_the_due_date():
    sheet = Sheet()
    sheet.put(50, 30, "Harbor Electric Company", size=16)
    sheet.rows(80, ("Account number", "5512 0098 7"), ("Statement date", "October 15, 2024"))
    sheet.rows(120, ("Energy Charge 620 kWh x $0.15", "93.00"), ("Current Charges", "$93.00"))
    sheet.put(50, 170, "AMOUNT DUE (will be debited from your bank account on Nov 4, 2024)").right(500, 170, "$93.00")
    assert read(sheet)["due_date"] == "2024-11-04"


def test_an_issuer_known_by_its_initials_is_called_as_its_page_prints_it():
    sheet = plain_bill()
    sheet.words = [word for word in sheet.words if word.box.top > 40]
    sheet.put(50, 30, "SMUD", size=16).put(300, 34, "smud.org").put(50, 440, "SMUD")
    assert read(sheet)["utility"] == "SMUD"


def test_a_portal_names_the_vendor_and_its_own_number_of_the_bill_beside_the_vendors():
    sheet = Sheet()
    sheet.put(50, 20, "Bill 884213").put(200, 20, "Ledger of a college")
    sheet.put(50, 40, "Bills > Batch 11-B > Account 33924-07")
    heads = ("VENDOR", "ACCOUNT NUMBER", "INVOICE NUMBER", "BILL ID")
    values = ("Lakeside Electric (City of", "33924-07", "LE-1030-77418", "884213")
    for left, head, value in zip((50, 220, 350, 480), heads, values, strict=True):
        sheet.put(left, 70, head).put(left, 82, value)
    sheet.put(50, 94, "Lakeside)")
    sheet.rows(130, ("Statement date", "10/30/2024"), ("Amount due", "$93.00"), ("Energy 620 kWh x 0.15", "93.00"))
    got = read(sheet)
    assert (got["utility"], got["invoice_number"]) == ("Lakeside Electric", "LE-1030-77418")


def test_a_line_of_the_amount_of_the_next_one_is_a_charge_where_the_total_wants_both():
    got = read(
        *typed("""
^Harbor City Utilities
Account Number: 5512-0098-7      Bill Date: Jul 24, 2024      Due Date: Aug 12, 2024
Wastewater Service (page 2)                            $42.87
Drainage Service                                       $12.84
Total Current Charges                                  $55.71
Total Amount Due                                       $55.71
====
WASTEWATER SERVICE
Customer Account Charge                                 10.30
0 - 2,000                   2.0 kgal       $5.15        10.30
over 2,000                  2.1 kgal      $10.31        21.65
Community Benefit Charge    4.1 kgal       $0.15         0.62
TOTAL CURRENT CHARGES                                  $42.87
""")
    )
    assert amounts(got) == [Decimal(one) for one in ("0.62", "10.30", "10.30", "12.84", "21.65")]


def test_dated_readings_make_the_billed_use():
    meter = read(
        *typed("""
^Harbor City Utilities
Account Number: 5512-0098-7      Bill Date: Sep 18, 2024      Due Date: Oct 6, 2024
Meter     Read Date      Read     Days    Multiplier   Read Difference   Billed Use
5218830   08/16/2024   67,902
5218830   09/15/2024   69,049       30             1             1,147    1,147 kWh
Customer Charge                                         16.50
Energy Charge               1,147 kWh     $0.10        114.70
Total Current Charges                                 $131.20
""")
    )["meters"][0]
    assert (meter["consumption"], meter["read_from"], meter["read_to"]) == (1147, 67902, 69049)


def captioned() -> Sheet:
    """Return a bill whose values stand over the words that name them."""
    sheet = Sheet()
    sheet.put(40, 20, "harborwater", size=16)
    for left, top, value, words in (
        (430, 90, "0071 4480 391", "account number"), (260, 112, "$108.17", "total amount due"),
        (430, 112, "July 27, 2024", "bill date"), (260, 134, "Aug. 17, 2024", "payment due by"),
        (430, 134, "Aug. 25, 2024", "next meter reading"),
    ):  # fmt: skip
        sheet.put(left, top, value, size=9).put(left, top + 10, words, size=7.3)
    sheet.put(290, 170, "Meter reading in 1,000s of gallons")
    for left, value, words in (
        (290, "3-88271046", "meter no."), (370, "06/24/24", "last date"), (430, "1187", "last"),
        (470, "07/24/24", "this date"), (530, "1206", "this"), (570, "19", "used"),
    ):  # fmt: skip
        sheet.put(left, 190, value, size=9).put(left, 200, words, size=7.3)
    sheet.put(
        290, 230, "Households like yours used 16,000 gallons, and a thrifty one of three uses 4,800 of them a month."
    )
    sheet.rows(260, ("Fixed charge", "$19.87"), ("Volume charge", "$88.30"), ("Current charges", "$108.17"), edge=250)
    sheet.put(40, 320, "Please make your check payable to Harbor Water. Do not staple.")
    return sheet


def test_days_are_named_by_the_captions_under_them():
    got = read(captioned())
    assert (got["statement_date"], got["due_date"]) == ("2024-07-27", "2024-08-17")
    assert got["total_amount_due"] == Decimal("108.17")


def test_a_meter_is_read_from_a_strip_with_captions_under_its_values():
    got = read(captioned())
    meter = got["meters"][0]
    assert (meter["id"], meter["read_from"], meter["read_to"], meter["consumption"]) == ("3-88271046", 1187, 1206, 19)
    assert (got["billing_period_from"], got["billing_period_to"]) == ("2024-06-24", "2024-07-24")


def test_a_mark_in_small_letters_is_spelled_as_elsewhere_on_the_page():
    assert read(captioned())["utility"] == "Harbor Water"


SERVICES = """
^Harbor City Utilities
Account Number: 5512-0098-7      Bill Date: Oct 19, 2024      Due Date: Nov 10, 2024
Service period 09/15/2024 - 10/15/2024
Electric                   64.47
Water                      21.32
Irrigation                 44.32
Sewer                      46.20
Total New Charges         176.31
TOTAL AMOUNT DUE          176.31
WATER SERVICE
Meter 70155208   Current reading 812   Previous reading 807   Consumption 5 kgal
IRRIGATION
Meter 70155211   Current reading 1,290   Previous reading 1,281   Consumption 9 kgal
Irrigation Basic Charge    13.60
9 kgal x $3.41             30.72
TOTAL IRRIGATION           44.32
"""


def test_what_waters_the_lawn_is_part_of_what_water_costs():
    assert read(*typed(SERVICES))["water"]["cost"] == Decimal("65.64")


def test_a_list_of_months_under_a_chart_is_not_read_at_the_months_of_the_chart():
    sheet = plain_bill()
    months = ("MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC", "JAN", "FEB", "MAR")
    uses = (391, 140, 322, 261, 520, 443, 198, 164, 303, 502, 717, 805, 620)
    for at, (month, use) in enumerate(zip(months, uses, strict=True)):
        left, right = 60 + 26 * at, 100 + 37 * at
        sheet.put(left, 540, month, size=7).put(left, 549, "'23" if at < 10 else "'24", size=7)
        sheet.bar(left, 530 - use / 10, left + 18, 530)
        sheet.put(right, 562, month, size=7).put(right, 572, str(use), size=7)
    sheet.put(40, 562, "Month", size=7).put(40, 572, "Electric kWh", size=7)
    told = {row["month"]: row["kwh"] for row in read(sheet)["usage_history"]}
    assert told["2023-07"] == 520
    assert told["2023-12"] == 502
    assert told["2024-03"] == 620


GROUP = """
^Harbor Public Utilities
Group account        7108-400-5
Bill date            October 28, 2024
Please pay           $2,526.91
====
              Meter             From     Previous                 kW
Account       Read     Sched.   To       Present   Mult.     kWh  billed kW   Basic    Energy    Demand     Tax      Total
7108-411-2    E448120      34   09/23     20,418      80  29,840       97.6   45.00  1,584.50    530.66  137.82   2,297.98
Salmon        A                 10/22     20,791                       67.6
7108-412-0    E448377     34S   09/23     88,102       1   2,542              21.50    193.70         -   13.73     228.93
Portables     A                 10/22     90,644
Group total                                                                                                       2,526.91
Schedules. 34: basic $45.00, energy $0.0531 per kWh. 34S (small, no
demand meter): basic $21.50, energy $0.0762. 85 (over 1,000 kW): basic $310.00
"""


def test_readings_one_over_the_other_in_each_entry_of_a_list_are_those_of_one_meter():
    meters = read(*typed(GROUP))["meters"]
    assert [(m["id"], m["read_from"], m["read_to"], m["consumption"]) for m in meters] == [
        ("E448120", 20418, 20791, 29840), ("E448377", 88102, 90644, 2542),
    ]  # fmt: skip


def test_a_power_from_which_a_rate_holds_and_the_amount_under_its_head_are_no_demand():
    assert read(*typed(GROUP))["demand_kw"] == Decimal("97.6")


def test_small_labels_nearer_to_the_values_under_them_are_no_captions_of_those_over_them():
    sheet = Sheet()
    sheet.put(40, 20, "Harbor Water Company", size=16)
    blocks = (
        (("Account number", "0071 4480 391"), ("Bill date", "July 27, 2024"), ("Cycle", "14"), ("Route", "07")),
        (
            ("Due date", "Aug. 17, 2024"),
            ("Next read", "Aug. 25, 2024"),
            ("Past due", "$0.00"),
            ("Amount due", "$108.17"),
        ),
    )
    for line, block in enumerate(blocks):
        for at, (words, value) in enumerate(block):
            top = 80 + 24 * line
            sheet.put(40 + 130 * at, top, words, size=7.3).put(40 + 130 * at, top + 9, value, size=9)
    sheet.rows(
        260, ("Water, 19,000 gallons", "$88.30"), ("Fixed charge", "$19.87"), ("Current charges", "$108.17"), edge=250
    )
    got = read(sheet)
    assert (got["statement_date"], got["due_date"]) == ("2024-07-27", "2024-08-17")
    assert got["account_number"] == "0071 4480 391"
    assert got["total_amount_due"] == Decimal("108.17")


def test_a_strip_of_an_electric_meter_is_read_over_its_captions():
    sheet = plain_bill()
    sheet.words = [word for word in sheet.words if not 250 < word.box.top < 290]
    for at, (value, words) in enumerate((
        ("88412207", "meter number"), ("12,380", "previous reading"), ("13,000", "current reading"), ("620", "kWh used"),
    )):  # fmt: skip
        sheet.put(50 + 100 * at, 262, value, size=9).put(50 + 100 * at, 272, words, size=7)
    meter = read(sheet)["meters"][0]
    assert (meter["id"], meter["read_from"], meter["read_to"], meter["consumption"]) == ("88412207", 12380, 13000, 620)


def test_stacked_readings_may_have_the_newer_one_first():
    text = GROUP
    for older, newer in (("20,418", "20,791"), ("88,102", "90,644")):
        text = text.replace(older, "######").replace(newer, older).replace("######", newer)
    meters = read(*typed(text))["meters"]
    assert [(m["read_from"], m["read_to"]) for m in meters] == [(20418, 20791), (88102, 90644)]
