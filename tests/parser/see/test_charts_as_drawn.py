"""Charts as issuers draw them: in whatever way bars come on the page, each month is read against the axis."""

import numpy
import pytest

from bench.bills.corpus import make_bill
from bench.bills.families.catalogue import families
from bench.bills.score import bars_of
from domain.outcome import Success
from domain.summary import summary
from services.parser.read import read
from services.parser.see.pdf.pictured import is_barred

CHARTED = [family for family in families() if "-chart-" in family.name]


@pytest.mark.parametrize("family", CHARTED, ids=lambda family: family.name)
def test_every_bar_is_read_within_three_percent_and_no_month_is_made_up(family):
    made = make_bill(family, 1, 77)
    outcome = read(made.printed.pdf, progress=lambda done, pages: None)
    assert isinstance(outcome, Success)
    answer = summary(outcome.readings[0])
    bars = bars_of(answer, made.truth)
    assert bars.drawn >= 12
    assert bars.near == bars.reported == bars.drawn
    months = {row["month"] for row in made.truth["chart_history"] + made.truth["usage_history"]}
    assert {str(row["month"])[:7] for row in answer["usage_history"]} <= months


def test_a_picture_is_read_only_where_bars_stand_or_lie_at_one_pitch():
    picture = numpy.full((200, 500), 255, dtype=numpy.uint8)
    for index in range(10):
        picture[180 - 12 * index - 20 : 180, 30 + 44 * index : 52 + 44 * index] = 90
    assert is_barred(picture)
    assert is_barred(numpy.ascontiguousarray(picture.T))
    logo = numpy.full((200, 500), 255, dtype=numpy.uint8)
    logo[40:160, 60:180] = 40
    for left, wide in ((210, 9), (231, 22), (270, 8), (288, 30), (335, 12), (360, 9), (383, 40)):
        logo[70:130, left : left + wide] = 60
    assert not is_barred(logo)
    assert not is_barred(numpy.random.default_rng(4).integers(0, 255, (200, 500), dtype=numpy.uint8))
