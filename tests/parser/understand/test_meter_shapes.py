"""Meters in the shapes that bills give them: sentences, columns, sums, lists of readings, energy made of volume, both ways."""

from decimal import Decimal

import pytest

from domain.evidence import Method
from domain.outcome import Success
from domain.quantity import Commodity, Unit
from domain.reading import UsageKind
from domain.summary import summary
from services.parser.understand import understand
from tests.parser.understand.conftest import Sheet, document, headed


def head(*, unit_line="Energy Charge 620 kWh x $0.15"):
    """A bill without any meter: who, when, what is owed, what is charged."""
    sheet = headed()
    sheet.rows(180, ("Customer Charge", "12.00"), (unit_line, "93.00"), ("Total Current Charges", "$105.00"))
    return sheet


def read(sheet):
    outcome = understand(document(sheet))
    assert isinstance(outcome, Success)
    return outcome.readings[0]


def reads(meter):
    """Return a meter's previous and current read."""
    return meter.previous_read and meter.previous_read.value, meter.current_read and meter.current_read.value


def test_reads_are_told_in_a_sentence():
    sheet = head()
    sheet.put(50, 300, "Your meter 88412207 read 13,000 on March 15, 2024 and 12,380 on February 14, 2024, so")
    sheet.put(50, 312, "that you used 620 kWh in this period.")
    meter = read(sheet).meters[0]
    assert (meter.number.value, *reads(meter)) == ("88412207", Decimal(12380), Decimal(13000))


def test_a_column_a_meter_is_as_good_as_a_line_a_meter():
    sheet = head(unit_line="Energy Charge 920 kWh x $0.101")
    for top, label, one, other in (
        (300, "Meter Number", "88412207", "70015523"), (314, "Current Reading", "13,000", "5,300"),
        (328, "Previous Reading", "12,380", "5,000"), (342, "Multiplier", "1", "1"), (356, "Usage", "620 kWh", "300 kWh"),
    ):  # fmt: skip
        sheet.put(50, top, label).right(240, top, one).right(340, top, other)
    found = {meter.number.value: reads(meter) for meter in read(sheet).meters}
    assert found == {"88412207": (Decimal(12380), Decimal(13000)), "70015523": (Decimal(5000), Decimal(5300))}


def test_a_worked_sum_has_its_captions_below():
    sheet = head().put(50, 300, "Meter Number: 88412207")
    for left, number, caption in (
        (60, "13,000", "Current Reading"), (160, "12,380", "Previous Reading"), (260, "1", "Multiplier"),
        (360, "620 kWh", "Usage"),
    ):  # fmt: skip
        sheet.put(left, 320, number).put(left - 8, 332, caption, size=8)
    for left, sign in ((130, "-"), (235, "x"), (335, "=")):
        sheet.put(left, 320, sign)
    assert reads(read(sheet).meters[0]) == (Decimal(12380), Decimal(13000))


def test_blocks_of_two_meters_do_not_mix():
    sheet = head(unit_line="Energy Charge 620 kWh x $0.15")
    top = sheet.rows(
        300, ("Meter Number 88412207", ""), ("Previous Reading", "12,380"), ("Current Reading", "13,000"), ("Usage", "620 kWh")
    )  # fmt: skip
    sheet.rows(
        top, ("Meter Number 70015523", ""), ("Previous Reading", "4,100"), ("Current Reading", "4,137"),
        ("Volume Used", "37 CCF"),
        ("Therm Factor", "1.0196"), ("Total Usage", "37.7 therms"),
    )  # fmt: skip
    reading = read(sheet)
    assert [reads(meter) for meter in reading.meters] == [
        (Decimal(12380), Decimal(13000)),
        (Decimal(4100), Decimal(4137)),
    ]
    totals = {
        u.commodity: (u.quantity.value.amount, u.quantity.value.unit) for u in reading.usages if u.meter_key is None
    }
    assert totals == {
        Commodity.ELECTRICITY: (Decimal(620), Unit.KWH), Commodity.GAS: (Decimal("37.7"), Unit.THERM),
    }  # fmt: skip


def test_a_list_of_dated_readings_is_proved_by_the_use_it_makes():
    sheet = head().put(50, 300, "Meter Number 88412207").put(50, 314, "Day").put(220, 314, "Counter")
    sheet.put(50, 328, "03/15/2024").right(260, 328, "13,000").put(50, 342, "02/14/2024").right(260, 342, "12,380")
    sheet.put(50, 360, "Usage: 620 kWh")
    assert reads(read(sheet).meters[0]) == (Decimal(12380), Decimal(13000))


def test_a_list_whose_steps_make_no_printed_use_is_no_meter():
    sheet = head().put(50, 300, "Day").put(220, 300, "Counter")
    sheet.put(50, 314, "03/15/2024").right(260, 314, "13,000").put(50, 328, "02/14/2024").right(260, 328, "12,100")
    assert all(reads(meter) == (None, None) for meter in read(sheet).meters)


def test_energy_is_found_on_the_line_that_works_it_out():
    sheet = head(unit_line="Energy Charge 1,866 kWh x $0.0498").put(50, 286, "Gas Meter 88412207")
    sheet.rows(300, ("Previous Reading", "54,163"), ("Current Reading", "54,337"))
    sheet.put(50, 328, "174 m³ x 10.7215 kWh/m³ = 1,866 kWh")
    reading = read(sheet)
    assert reads(reading.meters[0]) == (Decimal(54163), Decimal(54337))
    assert reading.usages[0].quantity.value.amount == Decimal(1866)


def test_volume_stays_in_the_unit_of_its_column_where_energy_was_made_of_it():
    sheet = head(unit_line="Energy Charge 1,866 kWh x $0.0498").put(50, 286, "Gas Meter 88412207")
    for left, text in ((50, "Previous Reading"), (180, "Current Reading"), (310, "Usage (m³)")):
        sheet.put(left, 300, text)
    sheet.right(110, 314, "54,163").right(240, 314, "54,337").right(350, 314, "174")
    sheet.put(50, 340, "Calorific value x 10.7215").put(50, 354, "Energy used 1,866 kWh")
    used = {(u.label, u.quantity.value.amount, u.quantity.value.unit) for u in read(sheet).usages}
    assert ("measured", Decimal(174), Unit.CUBIC_METRE) in used
    assert all(unit is not Unit.CCF for _, _, unit in used)


def test_a_meter_that_counts_both_ways_is_billed_by_its_printed_net():
    sheet = head(unit_line="Energy Charge 359 kWh x $0.259").put(50, 286, "Meter Number 88412207")
    sheet.rows(300, ("Usage", "359 kWh"))
    for left, text in ((50, "Register"), (150, "Previous Reading"), (260, "Current Reading"), (380, "Usage")):
        sheet.put(left, 322, text)
    for top, name, old, new, used in (
        (336, "Import", "54,560", "55,124", "564 kWh"),
        (350, "Export", "44,712", "44,917", "205 kWh"),
    ):
        sheet.put(50, top, name).put(150, top, old).put(260, top, new).put(380, top, used)
    assert read(sheet).usages[0].quantity.value.amount == Decimal(359)


def test_the_same_number_twice_is_no_use_of_nothing():
    sheet = head()
    sheet.rows(300, ("Previous Reading", "29"), ("Current Reading", "29"), ("Usage", "620 kWh"))
    assert all(reads(meter) == (None, None) for meter in read(sheet).meters)


def read_only_head(previous, current):
    """A gas bill that prints a meter's reads, one above the other."""
    sheet = Sheet()
    sheet.put(50, 30, "Harbor Gas Company", size=16)
    sheet.rows(
        70, ("Account Number:", "5512-0098-7"), ("Bill Date:", "Mar 18, 2024"), ("Due Date:", "Apr 8, 2024"),
        ("Service Period:", "Feb 14, 2024 - Mar 15, 2024"), ("Amount Due", "$105.00"),
    )  # fmt: skip
    sheet.rows(300, ("Meter Number:", "88412207"), ("Current Reading", current), ("Previous Reading", previous))
    sheet.put(50, 342, "Gas used is in m3")
    return sheet


def test_what_reads_make_is_derived_and_proves_nothing_of_itself():
    reading = read(read_only_head("12,380", "12,520"))
    used = reading.usages[-1].quantity
    assert (used.value.amount, used.evidence.method) == (Decimal(140), Method.DERIVED)
    assert used.evidence.text == "12,520 - 12,380"
    assert used.evidence.confidence < 0.98
    assert not [proof for proof in reading.proofs if proof.rule_id == "read_difference_times_multiplier_is_usage"]


def test_printed_usage_goes_before_what_rounded_reads_make():
    sheet = read_only_head("12,380", "12,520").put(420, 200, "You used").put(420, 214, "139 m3")
    reading = read(sheet)
    assert {usage.quantity.value.amount for usage in reading.usages} == {Decimal(139)}
    assert reading.usages[-1].quantity.evidence.text == "139 m3"


def test_usage_of_reads_that_disagree_with_the_printed_one_is_doubted():
    sheet = read_only_head("12,380", "12,820").put(420, 200, "You used").put(420, 214, "139 m3")
    reading = read(sheet)
    meter = reading.meters[0]
    told = (meter.previous_read, meter.current_read, *(usage.quantity for usage in reading.usages))
    assert max(fact.evidence.confidence for fact in told) < 0.9


def test_usage_made_of_a_number_that_is_no_read_is_withheld():
    sheet = read_only_head("10", "12,519").put(420, 200, "You used").put(420, 214, "139 m3")
    assert [usage.quantity.value.amount for usage in read(sheet).usages] == [Decimal(139)]


def test_a_glossary_beside_the_charges_measures_nothing():
    sheet = head()
    sheet.put(50, 300, "Meter 88412207").put(160, 300, "Previous 12,380").put(290, 300, "Current 13,000")
    for step, line in enumerate(
        (
            "Rider: an amount set by the commission that follows costs up and",
            "down between rate cases.",
            "Therm: 100,000 British thermal units of heat. CCF: one hundred",
            "cubic feet of gas or water, 748 gallons.",
        )
    ):
        sheet.put(50, 500 + 9 * step, line, size=8)
    usages = read(sheet).usages
    assert {usage.commodity for usage in usages} == {Commodity.ELECTRICITY}


def test_the_demand_of_the_line_that_sums_the_registers_is_the_meters():
    sheet = head().put(50, 290, "Supply meter 88412207")
    for left, text in (
        (50, "Register"),
        (150, "Previous"),
        (230, "Present"),
        (310, "Advance"),
        (390, "Max. demand"),
        (500, "kWh"),
    ):
        sheet.put(left, 306, text)
    for top, cells in (
        (320, ((50, "Day"), (150, "12,000"), (230, "12,400"), (310, "400"), (500, "400"))),
        (334, ((50, "Night"), (150, "5,000"), (230, "5,220"), (310, "220"), (500, "220"))),
        (348, ((50, "All"), (390, "36.2 kW"), (500, "620"))),
    ):
        for left, text in cells:
            sheet.put(left, top, text)
    demands = [usage.quantity.value for usage in read(sheet).usages if usage.kind is UsageKind.DEMAND]
    assert [(one.amount, one.unit) for one in demands] == [(Decimal("36.2"), Unit.KW)]


def test_reads_under_their_days_are_taken_only_where_the_line_prints_the_use_that_they_make():
    sheet = head()
    sheet.put(50, 300, "Meter 88412207").put(200, 300, "Feb 14, 2024").put(300, 300, "Mar 15, 2024").put(
        420, 300, "kWh used"
    )
    sheet.put(50, 314, "Energy").put(210, 314, "12,380").put(310, 314, "13,000").put(430, 314, "620")
    assert reads(read(sheet).meters[0]) == (Decimal(12380), Decimal(13000))
    other = head()
    other.put(50, 300, "Meter 88412207").put(200, 300, "Feb 14, 2024").put(300, 300, "Mar 15, 2024").put(
        420, 300, "kWh used"
    )
    other.put(50, 314, "Energy").put(210, 314, "1,380").put(310, 314, "1,700").put(430, 314, "620")
    assert reads(read(other).meters[0]) == (None, None)


def test_reads_of_two_times_of_day_are_no_meters_though_one_begins_where_the_other_ended():
    sheet = head(unit_line="Energy Charge 1,200 kWh x $0.0775")
    sheet.put(50, 300, "Meter: D12C44188")
    for column, text in zip((200, 300, 400), ("Previous", "Latest", "Units"), strict=True):
        sheet.right(column, 314, text)
    for top, line in ((328, ("Day", "18204", "18804", "600")), (342, ("Night", "18804", "19404", "600"))):
        sheet.put(50, top, line[0])
        for column, text in zip((200, 300, 400), line[1:], strict=True):
            sheet.right(column, top, text)
    meter = read(sheet).meters[0]
    assert (meter.number.value, *reads(meter)) == ("D12C44188", None, None)


@pytest.mark.parametrize(("reads_of_base", "used"), [(("1,910", "1,706"), 122_800), (("1,910",), None)])
def test_times_of_day_are_no_whole_where_the_line_of_one_was_not_read(reads_of_base, used):
    sheet = head(unit_line="Energy Charges")
    sheet.put(50, 300, "Meter Number: 88412207")
    columns = (200, 260, 320, 390)
    for column, text in zip(columns, ("Current", "Previous", "Multiplier", "Usage"), strict=True):
        sheet.right(column, 314, text)
    lines = (
        ("High Peak kWh", "401", "357", "400", "17,600 kWh"), ("Low Peak kWh", "578", "519", "400", "23,600 kWh"),
        ("Base kWh", *reads_of_base, *[""] * (2 - len(reads_of_base)), "400", "81,600 kWh"),
        ("High Peak kVarh", "0", "0", "400", "0 kVarh"), ("Low Peak kVarh", "1", "1", "400", "0 kVarh"),
        ("Base kVarh", "5", "5", "400", "0 kVarh"),
    )  # fmt: skip
    for index, (label, *cells) in enumerate(lines):
        sheet.put(50, 328 + 14 * index, label)
        for column, text in zip(columns, cells, strict=True):
            if text:
                sheet.right(column, 328 + 14 * index, text)

    assert summary(read(sheet))["electricity_kwh"] == used


def test_colon_of_a_label_divides_no_volume():
    sheet = head(unit_line="Gas used 1,866 kWh x $0.05")
    sheet.rows(
        300, ("Meter Number", "88412207"), ("Current Reading", "13,174"), ("Previous Reading", "13,000"),
        ("Gas used", "174 m³"),
    )  # fmt: skip
    sheet.put(50, 360, "Calorific value: 10.7215").rows(374, ("Energy used", "1,866 kWh"))
    meter = read(sheet).meters[0]
    assert meter.therm_factor is not None
    assert meter.therm_factor.value == Decimal("10.7215")


def metered(head_of_use, used, *, previous="12,380", current="13,000", heading="", unit_line="Service of the month"):
    """A bill whose meter stands in a table, its use under a head of its own."""
    sheet = head(unit_line=unit_line)
    if heading:
        sheet.put(50, 286, heading)
    for left, words in ((50, "Meter Number"), (150, "Current Reading"), (250, "Previous Reading"), (350, head_of_use)):
        sheet.put(left, 300, words)
    for left, text in ((50, "88412207"), (150, current), (250, previous), (350, used)):
        sheet.put(left, 314, text)
    return sheet


def test_head_that_ends_in_a_stroke_is_of_electricity_only_where_it_says_so():
    sheet = metered("Usage/", "62", previous="1,238", current="1,300", heading="Water Service", unit_line="Water Usage")
    assert not [usage for usage in read(sheet).usages if usage.quantity.value.unit in (Unit.KWH, Unit.KW)]


@pytest.mark.parametrize("words", ["Usage kWh/", "Usage kWh/ kW", "kWh/kW Usage"])
def test_one_head_over_energy_and_power_counts_energy_in_whole_numbers(words):
    found = {(one.quantity.value.amount, one.quantity.value.unit) for one in read(metered(words, "620")).usages}
    assert found == {(Decimal(620), Unit.KWH)}


def days_over_reads(unit, used, heading):
    sheet = head(unit_line="Service of the month").put(50, 286, heading)
    for left, words in (
        (50, "Meter 88412207"),
        (200, "Feb 14, 2024"),
        (300, "Mar 15, 2024"),
        (420, f"Used {unit}".strip()),
    ):
        sheet.put(left, 300, words)
    for left, text in ((210, "12,380"), (310, "13,000"), (430, used)):
        sheet.put(left, 314, text)
    return sheet


@pytest.mark.parametrize(("unit", "heading"), [("gallons", ""), ("", "Water Service")])
def test_water_meters_count_tens_and_more_of_what_is_billed(unit, heading):
    assert reads(read(days_over_reads(unit, "6,200", heading)).meters[0]) == (Decimal(12380), Decimal(13000))


@pytest.mark.parametrize("unit", ["kWh", ""])
def test_a_number_that_is_ten_times_what_an_electric_meter_went_is_not_its_use(unit):
    meters = read(days_over_reads(unit, "6,200", "Electric Service")).meters
    assert (Decimal(12380), Decimal(13000)) not in map(reads, meters)


def test_two_tables_under_the_numbers_of_their_meters_are_of_two_fuels():
    sheet = headed(due="$155.00")
    sheet.rows(
        180, ("Electric Customer Charge", "12.00"), ("Electric Energy Charge", "93.00"), ("Gas Customer Charge", "10.00"),
        ("Gas Energy Charge", "40.00"), ("Total Current Charges", "$155.00"),
    )  # fmt: skip
    for top, title, unit, line in (
        (290, "Electric Meter 88412207", "kWh", ("88412207", "12,380", "13,000", "620")),
        (340, "Gas Meter 70015523", "therms", ("70015523", "5,000", "5,045", "45")),
    ):
        sheet.put(50, top, title, size=12)
        for left, head, text in zip(
            (50, 180, 280, 380), ("Meter Number", "Previous", "Current", f"Usage ({unit})"), line, strict=True
        ):
            sheet.put(left, top + 14, head).put(left, top + 28, text)
    told = summary(read(sheet))
    assert (told["electricity_kwh"], told["gas"]["amount"]) == (620, 45)


@pytest.mark.parametrize("shift", [0, 6])
def test_a_head_over_the_day_and_the_reading_names_both(shift):
    sheet = head(unit_line="Energy Charge 9,374 kWh x $0.15")
    sheet.put(176 + shift, 290, "Opening").put(326 + shift, 290, "Closing")
    for left, text in (
        (155, "Date"),
        (212, "Reading"),
        (305, "Date"),
        (362, "Reading"),
        (430, "factor"),
        (480, "units"),
    ):
        sheet.put(left, 302, text)
    sheet.put(50, 297, "Sub-meter").put(395, 297, "Diff.").put(430, 290, "CT").put(470, 290, "Chargeable").put(
        540, 297, "Unit"
    )
    for top, number, old, new, used in (
        (316, "M-884122", "44,711.5", "44,910.0", "3,970.0"), (330, "M-884123", "18,204.0", "18,474.2", "5,404.0"),
    ):  # fmt: skip
        sheet.put(50, top, number).put(150, top, "01/02/24").right(250, top, old).put(300, top, "01/03/24")
        sheet.right(400, top, new).right(450, top, "20").right(510, top, used).put(540, top, "kWh")
    meters = read(sheet).meters
    assert [meter.number.value for meter in meters] == ["M-884122", "M-884123"]
    assert [reads(meter) for meter in meters] == [
        (Decimal("44711.5"), Decimal("44910.0")),
        (Decimal("18204.0"), Decimal("18474.2")),
    ]


def test_a_short_number_stands_under_the_head_whose_other_numbers_end_where_it_does():
    sheet = head()
    for left, text in ((50, "Meter No."), (150, "Previous"), (215, "Present"), (290, "Usage kWh")):
        sheet.put(left, 300, text, size=8)
    for top, number, previous, present, used in (
        (314, "88412207", "71,403", "71,819", "416"), (328, "70015523", "0", "204", "204"),
    ):  # fmt: skip
        sheet.put(50, top, number, size=8).right(206, top, previous, size=8).right(262, top, present, size=8)
        sheet.right(330, top, used, size=8)
    found = {meter.number.value: reads(meter) for meter in read(sheet).meters}
    assert found == {"88412207": (Decimal(71403), Decimal(71819)), "70015523": (Decimal(0), Decimal(204))}
