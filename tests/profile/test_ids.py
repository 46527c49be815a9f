"""Days as they come in requests."""

import pytest

from domain.refusals import BadRequest
from services.profile.ids import day_if_given, day_of


@pytest.mark.parametrize(
    "text", ["20240115", "2024-W03-1", "2024-1-15", "2024-02-30", " 2024-01-15", "2024-01-15T00:00", "x"]
)
def test_day_is_refused_when_it_is_not_written_as_year_month_and_day(text):
    for read in (day_of, day_if_given):
        with pytest.raises(BadRequest, match="from_day"):
            read(text, "from_day")


def test_day_that_is_not_given_is_refused_where_it_is_required():
    assert day_if_given("", "from_day") is None
    with pytest.raises(BadRequest, match="rated_on"):
        day_of("", "rated_on")
