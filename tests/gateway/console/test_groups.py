"""The values of a bill in groups: none is lost, none is doubled, and no list grows long."""

from gateway.console.review.groups import ROWS_TOGETHER, groups_of
from gateway.console.review.values import identities_of, values_of
from protos.profile.v1 import review_pb2
from runtime.wire import outcome_to_proto
from tests.profile.readings import electric_bill, history, success


def values(*readings):
    told = outcome_to_proto(success(*readings)).success.readings
    review = review_pb2.Review(statements=[review_pb2.ReviewedStatement(reading=one) for one in told])
    return values_of(review, identities_of(review))


def test_every_value_stands_in_one_group_and_no_list_is_long():
    past = tuple(history(f"20{year}-{month:02}", 500) for year in range(20, 25) for month in range(1, 13))
    shown = values(electric_bill(history=past))
    groups = groups_of(shown)
    assert [one.title for one in groups] == ["The bill", "Meters", "Use", "Charges", "Months before"]
    assert [one for group in groups for together in group.lists for one in together] == shown
    assert max(len(together) for group in groups for together in group.lists) == ROWS_TOGETHER


def test_statements_have_groups_of_their_own():
    groups = groups_of(values(electric_bill(), electric_bill()))
    assert [one.title for one in groups][:2] == ["Statement 1: The bill", "Statement 1: Meters"]
    assert len(groups) == 8
