"""When deliveries are tried again, and how long an endpoint that is down is left in peace."""

from datetime import UTC, datetime

import pytest

from gateway.webhooks.schedule import Schedule, retry_after_seconds

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
HOUR = 3600


def test_waits_are_those_that_standard_webhooks_recommends():
    waits = [Schedule().wait_seconds(made, draw=lambda: 0.0) for made in range(11)]
    assert waits == [0, 5, 300, 1800, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR, None]


def test_jitter_only_lengthens_and_by_a_tenth_at_most():
    schedule = Schedule()
    assert schedule.wait_seconds(2, draw=lambda: 0.0) == 300
    assert schedule.wait_seconds(2, draw=lambda: 0.5) == 315
    assert (schedule.wait_seconds(2, draw=lambda: 0.999) or 0) < 330


def test_retry_after_counts_where_it_asks_for_more_than_the_schedule():
    schedule = Schedule(jitter=0.0)
    assert schedule.wait_seconds(1, 60) == 60
    assert schedule.wait_seconds(3, 60) == 1800
    assert schedule.wait_seconds(1, 10**9) == 24 * HOUR
    assert schedule.wait_seconds(10, 60) is None


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("", None),
        ("120", 120),
        (" 7 ", 7),
        ("-5", None),
        ("1.5", None),
        ("soon", None),
        ("9" * 100, 999_999_999_999),
        ("Fri, 01 May 2026 12:05:00 GMT", 300),
        ("Fri, 01 May 2026 11:00:00 GMT", 0),
        ("Fri, 01 May 2026 12:00:30", 30),
        ("Fri, 99 May 2026 12:00:00 GMT", None),
        ("Fri, 01 May 2026 12:00:00 +99999999999999", None),
    ],
)
def test_retry_after_is_understood_in_both_forms(header, seconds):
    assert retry_after_seconds(header, NOW) == seconds
