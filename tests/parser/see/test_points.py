"""Points that were read for commas are settled by how the document writes its numbers."""

from itertools import pairwise

import pytest

from domain.evidence import Box, Method
from services.parser.page import Page, Word
from services.parser.see.points import settled
from services.parser.see.ppocr.seams import mended, seams_in

POINTS = ("1,204.10", "88.10", "12,310", "9,844", "204.55")
COMMAS = ("1.204,10", "88,10", "12.310", "204,55", "5,50")


def texts_of(*words):
    page = Page(
        number=1,
        width=612,
        height=792,
        words=tuple(
            Word(text, Box(0, 12.0 * row, 40, 12.0 * row + 10), 0.99, 9.0, comma=comma)
            for row, (text, comma) in enumerate(words)
        ),
        method=Method.OCR,
    )
    return [word.text for word in settled((page,))[0].words]


@pytest.mark.parametrize(
    ("read", "comma", "printed"),
    [
        ("5.899", 0.15, "5,899"),
        ("$119.460kWh", 0.4, "$119,460kWh"),
        ("6,42.397.41", 0.1, "6,42,397.41"),
        ("27.859.68", 0.02, "27,859.68"),
        ("0.145", 0.02, "0.145"),
        ("204.55", 0.2, "204.55"),
        ("12.310", 0.0001, "12.310"),
        ("12.03.2024", 0.1, "12.03.2024"),
        ("1.234.567", 0.1, "1,234,567"),
    ],
)
def test_point_becomes_a_comma_where_decimals_follow_a_point(read, comma, printed):
    assert texts_of(*((known, 0.0) for known in POINTS), (read, comma))[-1] == printed


@pytest.mark.parametrize(
    ("read", "comma", "printed"),
    [
        ("291.79", 0.03, "291,79"),
        ("0.343353", 0.015, "0,343353"),
        ("0.345", 0.015, "0,345"),
        ("2.482.48", 0.2, "2.482,48"),
        ("5.040", 0.1, "5.040"),
        ("24.12.2024", 0.1, "24.12.2024"),
        ("24.12", 0.004, "24.12"),
    ],
)
def test_point_becomes_a_comma_where_decimals_follow_a_comma(read, comma, printed):
    assert texts_of(*((known, 0.0) for known in COMMAS), (read, comma))[-1] == printed


@pytest.mark.parametrize(
    ("read", "printed"), [("4.614.27", "4,614.27"), ("-4.614.27", "-4,614.27"), ("1.1.24", "1.1.24")]
)
def test_first_of_two_points_parts_thousands_whatever_the_network_made_of_it(read, printed):
    assert texts_of(*((text, 0.0) for text in POINTS), ("12", 0.5), (read, 0.0))[-1] == printed


@pytest.mark.parametrize(
    ("confidence", "others", "printed"),
    [(0.9, "Payment", "ENBRIDGE"), (0.99, "Payment", "ÉNBRIDGE"), (0.9, "Période", "ÉNBRIDGE")],
)
def test_unsure_accent_goes_where_a_document_has_no_others(confidence, others, printed):
    name = Word("ÉNBRIDGE", Box(0, 0, 9, 9), confidence, 9.0)
    page = Page(1, 612, 792, (name, *(Word(others, Box(0, 0, 9, 9), 1.0, 9.0) for _ in range(60))), Method.OCR)
    assert settled((page,))[0].words[0].text == printed


def test_number_whose_mark_was_changed_is_less_sure():
    page = Page(1, 612, 792, (Word("5.5", Box(0, 0, 9, 9), 0.99, 9.0, comma=0.2),), Method.OCR)
    other = Page(2, 612, 792, tuple(Word(text, Box(0, 0, 9, 9), 1.0, 9.0) for text in COMMAS), Method.OCR)
    (changed,) = settled((page, other))[0].words
    assert (changed.text, changed.confidence) == ("5,5", 0.93)


@pytest.mark.parametrize(
    ("glued", "parts"),
    [
        ("2025-12-11-2026-02-11", ["2025-12-11", "-", "2026-02-11"]),
        ("07/28/202508/28/2025", ["07/28/2025", "08/28/2025"]),
        ("-14-Jan-2026", ["-", "14-Jan-2026"]),
        ("Vertragskonto:5956", ["Vertragskonto:", "5956"]),
        ("(555)014-5172", ["(555)", "014-5172"]),
        ("8:00AM", ["8:00AM"]),
        ("-5.00", ["-5.00"]),
        ("12-34-5678", ["12-34-5678"]),
        ("1-877-697-2939", ["1-877-697-2939"]),
        ("18.04.2023-17.07.2023", ["18.04.2023", "-", "17.07.2023"]),
        ("Consumo 14m³", ["Consumo 14", "m³"]),
        ("0.317/kWh", ["0.317/kWh"]),
        ("Sep25 2,040", ["Sep", "25 2,040"]),
        ("January 7,2024", ["January 7,", "2024"]),
        ("ct/kWh 7,2024", ["ct/kWh 7,2024"]),
        ("163 m³x11,33896", ["163 m³", "x", "11,33896"]),
        ("N2729937864-3· Rechnung", ["N2729937864-3", "· Rechnung"]),
        ("FACTURA.......", ["FACTURA", "......."]),
        ("Rs.3,816.40", ["Rs.", "3,816.40"]),
    ],
)
def test_words_read_as_one_are_cut_by_their_form(glued, parts):
    places = [0, *seams_in(glued), len(glued)]
    assert [glued[start:end].strip() for start, end in pairwise(places)] == parts


@pytest.mark.parametrize(
    ("read", "printed"),
    [
        ("S12.36", "$12.36"),
        ("SO.00", "$0.00"),
        ("S12", "S12"),
        ("1°041.08", "1'041.08"),
        ("10/MAl/2024", "10/MAI/2024"),
        ("lnvoice", "Invoice"),
        ("-S138.84", "-$138.84"),
        ("'90.68", "90.68"),
        ("n®:", "n°:"),
        ("Ju", "Jul"),
        ("Bil", "Bill"),
        ("Il", "Il"),
        ("l'eau", "l'eau"),
    ],
)
def test_what_the_networks_confuse_is_mended_where_only_one_reading_is_possible(read, printed):
    assert mended(read) == printed


def test_accents_go_where_none_was_read_for_sure():
    words = [("ÉNBRIDGE", 0.75), ("Adáress", 0.3), *(("word", 0.9),) * 60]
    page = Page(
        1,
        612,
        792,
        tuple(Word(t, Box(0, 9.0 * i, 9, 9.0 * i + 8), c, 8.0) for i, (t, c) in enumerate(words)),
        Method.OCR,
    )
    assert [word.text for word in settled((page,))[0].words[:2]] == ["ENBRIDGE", "Adáress"]
    sure = Word("Montréal", Box(0, 900, 40, 908), 0.99, 8.0)
    page = Page(1, 612, 792, (*page.words, sure), Method.OCR)
    assert settled((page,))[0].words[0].text == "ÉNBRIDGE"
