"""Overlapping periods: the later reading of one period, the boundary day, conflicts that are told."""

from hypothesis import given
from hypothesis import strategies as st

from services.profile.months.overlaps import Stated, settle
from tests.profile.readings import period
from tests.profile.test_proration import periods


def stated(*spans):
    """Statements ranked in the order given, later ones higher."""
    return [Stated(period(*span), rank, f"bill {rank}") for rank, span in enumerate(spans, 1)]


def standing(settled):
    return [(one.what, one.period.start.isoformat(), one.period.end.isoformat()) for one in settled.standing]


def test_same_period_stated_twice_keeps_the_later_reading():
    settled = settle(stated(("2026-03-01", "2026-04-01"), ("2026-03-01", "2026-04-01")))
    assert standing(settled) == [("bill 2", "2026-03-01", "2026-04-01")]
    assert [one.what for one in settled.replaced] == ["bill 1"]
    assert settled.conflicts == ()


def test_one_shared_boundary_day_goes_to_the_second_bill():
    settled = settle(stated(("2026-04-01", "2026-05-01"), ("2026-03-01", "2026-04-02")))
    assert standing(settled) == [("bill 2", "2026-03-01", "2026-04-01"), ("bill 1", "2026-04-01", "2026-05-01")]
    assert (settled.replaced, settled.conflicts) == ((), ())


def test_more_than_a_boundary_day_is_a_conflict_that_sets_the_earlier_reading_aside():
    settled = settle(stated(("2026-03-01", "2026-04-01"), ("2026-03-20", "2026-04-20")))
    assert standing(settled) == [("bill 2", "2026-03-20", "2026-04-20")]
    assert [(one.standing.what, one.aside.what) for one in settled.conflicts] == [("bill 2", "bill 1")]


def test_single_day_within_a_longer_period_is_a_conflict_and_no_boundary():
    settled = settle(stated(("2026-03-10", "2026-03-11"), ("2026-03-01", "2026-04-01")))
    assert [one.aside.what for one in settled.conflicts] == ["bill 1"]


def test_periods_that_measure_different_things_never_clash():
    two = stated(("2026-03-01", "2026-04-01"), ("2026-03-01", "2026-04-01"))
    assert len(settle(two, lambda one, other: False).standing) == 2


@given(st.lists(periods(), max_size=8), st.data())
def test_settling_drops_nothing_and_leaves_no_day_twice_whatever_the_order(spans, data):
    given_order = [Stated(span, rank, rank) for rank, span in enumerate(spans)]
    settled = settle(given_order)
    asides = [one.aside.what for one in settled.conflicts]
    assert sorted([one.what for one in (*settled.standing, *settled.replaced)] + asides) == list(range(len(spans)))
    for one in settled.standing:
        for other in settled.standing:
            assert one is other or one.period.intersect(other.period) is None
    assert settle(data.draw(st.permutations(given_order))) == settled
