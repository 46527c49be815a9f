"""Dates as bills print them, in six languages."""

from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.parser.understand.lexicon import load
from services.parser.understand.values.dates import complete, date_order, find_dates, joins_period


def days(text, language="en", order="mdy"):
    return [span.full for span in find_dates(text, load(language), order)]


@pytest.mark.parametrize(
    ("text", "language", "order", "found"),
    [
        ("Jun 18, 2024 to Jul 20, 2024", "en", "mdy", [date(2024, 6, 18), date(2024, 7, 20)]),
        ("01-Jan-24 31-Jan-24", "en", "mdy", [date(2024, 1, 1), date(2024, 1, 31)]),
        ("Apr 19 '24", "en", "mdy", [date(2024, 4, 19)]),
        ("4/15/20214/14/21", "en", "mdy", [date(2021, 4, 15), date(2021, 4, 14)]),
        ("11/12/2022", "fr", "dmy", [date(2022, 12, 11)]),
        ("19 avril 2024", "fr", "dmy", [date(2024, 4, 19)]),
        ("3. März 2024", "de", "dmy", [date(2024, 3, 3)]),
        ("5 de mayo de 2024", "es", "dmy", [date(2024, 5, 5)]),
        ("22 de junho de 2025", "pt", "dmy", [date(2025, 6, 22)]),
        ("24 novembre 2025", "it", "dmy", [date(2025, 11, 24)]),
        ("2024-03-01", "en", "mdy", [date(2024, 3, 1)]),
        ("28Dec2021", "en", "mdy", [date(2021, 12, 28)]),
        ("13/02/2024", "en", "mdy", [date(2024, 2, 13)]),
        ("03/06-04/04-24", "en", "mdy", [date(2024, 3, 6), date(2024, 4, 4)]),
        ("12/05-01/07-25", "en", "mdy", [date(2024, 12, 5), date(2025, 1, 7)]),
        ("05/12-07/01/2025", "en", "dmy", [date(2024, 12, 5), date(2025, 1, 7)]),
        ("03/06-13/40-24", "en", "mdy", [None]),
        ("10.25 and 31/31/2024", "en", "mdy", []),
    ],
)
def test_dates_are_found_in_every_writing(text, language, order, found):
    assert days(text, language, order) == found


def test_month_with_a_small_number_may_be_a_day_or_a_year():
    (span,) = find_dates("Jul 23", load("en"), "mdy")
    assert (span.month, span.day, span.as_month_year) == (7, 23, (2023, 7))


def test_month_and_year_stand_without_a_day():
    assert [(s.year, s.month, s.day) for s in find_dates("Jul 2023 and 07/2023", load("en"), "mdy")] == [
        (2023, 7, None)
    ] * 2


def test_order_follows_numbers_above_twelve_and_else_the_length_of_periods():
    assert date_order("25/03/2024", "mdy") == "dmy"
    assert date_order("04/03/2023 - 04/04/2023", "mdy") == "dmy"
    assert date_order("04/03/2023", "mdy") == "mdy"


@pytest.mark.parametrize("joint", [" - ", " to ", " – ", " au ", " bis ", " al "])
def test_period_is_joined_by_a_dash_or_a_word(joint):
    assert joins_period(joint)


def test_period_is_not_joined_by_other_words():
    assert not joins_period(" reading ")


def test_missing_year_is_the_nearest_one_before_the_statement():
    assert complete(12, 28, near=date(2024, 1, 5), before=True) == date(2023, 12, 28)
    assert complete(2, 29, near=date(2023, 3, 1), before=True) is None


@given(st.dates(min_value=date(2001, 1, 1), max_value=date(2078, 12, 31)))
def test_every_date_reads_back_in_its_own_order(day):
    assert days(f"{day:%m/%d/%Y}", order="mdy") == [day]
    assert days(f"{day:%d/%m/%Y}", order="dmy") == [day]
    assert days(f"{day:%B} {day.day}, {day.year}") == [day]


@given(st.text(max_size=60), st.sampled_from(["mdy", "dmy"]))
def test_no_text_breaks_the_reader_of_dates(text, order):
    spans = find_dates(text, load("de"), order)
    assert all(a.end <= b.start for a, b in pairwise(spans))
