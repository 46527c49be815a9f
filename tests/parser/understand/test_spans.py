"""Periods: which of those that a page prints the bill is for."""

from datetime import date

import pytest

from services.parser.understand.fields.spans import Span, _is_whole, resolve
from services.parser.understand.sight import look
from tests.parser.understand.conftest import Sheet, document
from tests.parser.understand.test_demos import read
from tests.parser.understand.test_papers import typed


def span(first, last):
    return Span(date(2024, 1, first), date(2024, 1, last))


class Ordered(set[Span]):
    """A set of periods that is walked in the order it was given, as any order may be that of a hash."""

    def __init__(self, spans):
        self.spans = list(spans)
        super().__init__(self.spans)

    def __iter__(self):
        return iter(self.spans)

    def __sub__(self, other):
        return Ordered(one for one in self.spans if one not in other)


PARTS = (span(1, 31), span(1, 15), span(1, 20), span(15, 31))


@pytest.mark.parametrize("parts", [PARTS, PARTS[::-1]])
def test_whole_period_is_told_from_its_parts_in_whatever_order_they_come(parts):
    assert _is_whole(span(1, 31), span(1, 15), Ordered(parts))


def test_whole_period_is_told_where_one_part_of_its_first_day_leads_on_and_another_does_not():
    assert _is_whole(span(1, 31), span(20, 31), Ordered([span(1, 31), span(1, 10), span(1, 20), span(20, 31)]))


def test_period_that_no_parts_fill_is_no_whole():
    assert not _is_whole(span(1, 31), span(1, 10), Ordered([span(1, 31), span(1, 10), span(13, 31)]))
    assert not _is_whole(span(1, 31), span(1, 30), Ordered([span(1, 31), span(1, 30)]))


@pytest.mark.parametrize(
    ("printed", "period"),
    [
        (("Jan 1", "Dec 31"), Span(date(2023, 1, 1), date(2023, 12, 31))),
        (("Jan 12", "Dec 14"), Span(date(2023, 12, 14), date(2024, 1, 12))),
    ],
)
def test_days_without_years_are_turned_only_where_that_makes_a_period(printed, period):
    sheet = Sheet().put(50, 70, printed[0]).put(200, 70, printed[1])
    first, last = look(document(sheet)).tokens.all()
    assert resolve(first, last, date(2024, 1, 20)) == period


@pytest.mark.parametrize(
    ("before", "begins"),
    [("7302      7412      110 kwh", "2023-01-05"), ("3310      3345      35 therms", "2023-02-05")],
    ids=["exchanged", "of another service"],
)
def test_period_covers_both_meters_only_where_one_took_the_place_of_the_other(before, begins):
    got = read(*typed(f"""
^Butte Valley Power
Account number: 5512-0098-7
Billing date: Mar 8, 2023    Due date: Apr 4, 2023    Amount due: $620.33
Meter       From           To             Previous    Current    Used
A104882     Feb 5, 2023    Mar 5, 2023    7412        7536       124 kwh
G220881     Jan 5, 2023    Feb 5, 2023    {before}
Energy charge           620.33
Total new charges       620.33
"""))  # fmt: skip
    assert (got["billing_period_from"], got["billing_period_to"]) == (begins, "2023-03-05")
