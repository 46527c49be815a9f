"""Rows: how words make the texts of a line where files set them oddly: dots to a value, letters for words."""

from dataclasses import replace

from domain.evidence import Box, Method
from services.parser.page import Document, Page, Word
from services.parser.understand.layout.rows import sheets
from services.parser.understand.sight import look
from tests.parser.understand.conftest import Sheet, document

LETTER, GAP, BLANK, TYPE = 5.0, 0.6, 3.0, 10.0


def texts(page_document: Document) -> list[list[str]]:
    """Return the texts of each row of the first page."""
    return [[segment.text for segment in row.segments] for row in sheets(page_document)[0].rows]


def spelled(*lines: str) -> Document:
    """Return a page on which each letter is a word of its own, blanks only wider than what stands between letters."""
    words = []
    for number, line in enumerate(lines):
        left = 40.0
        for letter in line:
            if letter == " ":
                left += BLANK
                continue
            words.append(Word(letter, Box(left, 40.0 + 14 * number, left + LETTER, 50.0 + 14 * number), 1.0, TYPE))
            left += LETTER + GAP
    return Document((Page(1, 612.0, 792.0, tuple(words), Method.TEXT_LAYER, ()),), "test-1")


def test_dots_part_a_label_from_its_value_with_or_without_a_blank() -> None:
    sheet = Sheet().put(40, 40, "Balance ........... $12.00").put(40, 60, "New charges...........$30.50")
    assert texts(document(sheet)) == [["Balance", "$12.00"], ["New charges", "$30.50"]]


def test_dots_of_a_sentence_or_a_number_part_nothing() -> None:
    sheet = Sheet().put(40, 40, "See page 2... 1.250.000 kWh")
    assert texts(document(sheet)) == [["See page 2... 1.250.000 kWh"]]


def test_year_stays_with_its_day_across_the_gap_that_an_unseen_comma_leaves() -> None:
    words = (
        ("JAN", 40.0, 56.0),
        ("03", 62.0, 71.0),
        ("2026", 81.0, 101.0),
        ("Jan", 200.0, 214.0),
        ("03", 220.0, 229.0),
    )
    far = ("2026", 249.0, 269.0)
    page = tuple(Word(text, Box(left, 40, right, 50), 0.99, TYPE) for text, left, right in (*words, far))
    assert texts(Document((Page(1, 612.0, 792.0, page, Method.OCR, ()),), "test-1")) == [
        ["JAN 03 2026", "Jan 03", "2026"]
    ]


def test_letters_set_by_themselves_make_words() -> None:
    lines = ["Total electricity used 1,204 kWh", "Amount due by June 4 2024 $118.20"]
    assert texts(spelled(*lines)) == [[line] for line in lines]


def test_initials_of_months_are_no_word_on_a_page_of_words() -> None:
    sheet = Sheet()
    for number in range(50):
        sheet.put(40, 100 + 12 * number, "Customer charge")
    for number, month in enumerate("JFMAMJ"):
        sheet.put(40 + 6.2 * number, 40, month)
    assert texts(document(sheet))[0] == ["J F M A M J"]


def test_columns_are_read_one_after_the_other_where_text_says_where_they_begin_and_not_where_ocr_does() -> None:
    sheet = Sheet()
    for line in range(8):
        sheet.put(40, 40 + 14 * line, f"Water part {line}").put(200, 40 + 14 * line, f"{line + 3}.10")
        sheet.put(320, 40 + 14 * line, f"Power part {line}").put(500, 40 + 14 * line, f"{line + 9}.20")
    page = document(sheet).pages[0]
    told = {
        method: [
            row.segments[0].text.split()[0]
            for row in look(Document((replace(page, method=method),), "t")).sheets[0].rows
        ]
        for method in (Method.TEXT_LAYER, Method.OCR)
    }
    assert told == {Method.TEXT_LAYER: ["Water"] * 8 + ["Power"] * 8, Method.OCR: ["Water"] * 8}


def test_blanks_of_a_slip_are_as_broad_as_its_letters() -> None:
    lines = (
        "Net Amount Due      2367.00",
        "Last payment received ten",
        "Energy Charges Total today",
        "Previous Reading Normal",
    )
    words, pitch, height = [], 4.2, 6.4
    for number, line in enumerate(lines * 2):
        top = 40.0 + 12 * number
        for at, word in ((line.index(word), word) for word in line.split()):
            left = 10 + pitch * at
            words.append(Word(word, Box(left, top, left + pitch * len(word) - 1.4, top + height), 0.95, height))
    page = Page(1, 187.0, 792.0, tuple(words), Method.OCR, ())
    assert texts(Document((page,), "test-1"))[:2] == [["Net Amount Due", "2367.00"], ["Last payment received ten"]]


def test_words_in_type_of_one_width_stay_together_over_its_broad_blanks():
    sheet = Sheet()
    # A letter is as broad as a blank, and OCR boxes words tightly: the blank looks broader than the type is high.
    for left, text in ((50.0, "PREVIOUS"), (103.2, "BALANCE"), (330.0, "236.91")):
        box = Box(left, 100.0, left + 5.9 * len(text) - 1.0, 106.0)
        sheet.words.append(Word(text, box, 0.98, 6.0))
    assert texts(document(sheet)) == [["PREVIOUS BALANCE", "236.91"]]


def test_two_figures_that_run_up_the_page_stand_on_no_row() -> None:
    sheet = Sheet().put(40, 40, "Usage")
    upright = Word("08", Box(100, 40.0, 103.8, 45.4), 1.0, 5.25)
    lying = Word("09", Box(120, 42.0, 125.8, 45.8), 1.0, 5.25)
    sheet.words += [upright, lying]
    assert texts(document(sheet)) == [["Usage", "09"]]


def test_a_line_under_two_heads_is_the_second_line_of_neither() -> None:
    sheet = Sheet().put(100, 40, "Old").put(100, 52, "meter readings").put(300, 46, "12,345")
    sheet.right(max(word.box.right for word in sheet.words if word.text == "readings"), 40, "New")
    rows = look(document(sheet)).sheets[0].rows
    assert [[segment.text for segment in row.segments] for row in rows] == [
        ["Old", "New"],
        ["12,345"],
        ["meter readings"],
    ]
