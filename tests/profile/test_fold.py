"""The register *last parse wins*: any order and any repetition of completions comes to the same profile."""

from datetime import date, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.ids import Position
from domain.outcome import Success
from runtime.wire import outcome_from_proto, time_from_proto
from services.profile.active.choose import merged_contribution
from services.profile.fold import (
    MERGED_BILLS_MAX,
    BillState,
    Deleted,
    Failed,
    Mark,
    Policy,
    Read,
    Rule,
    active_bill,
    bill_after,
    merged_bills,
)
from services.profile.load.contribution import contribution_of, decode, encode
from services.profile.load.observed import observed_months
from services.profile.load.profile import load_profile
from services.profile.load.shapes import packaged_shapes
from services.profile.wire import profile_bytes
from tests.profile.readings import (
    EPOCH,
    PROJECT,
    bill_id,
    completion,
    electric_bill,
    failure,
    gas_bill,
    history,
    success,
)

SHAPES = packaged_shapes()
SHORT_DAYS = ("2026-03-01", "2026-03-11")

outcomes = st.one_of(
    st.integers(0, 900).map(lambda kwh: success(electric_bill(kwh=kwh))),
    st.sampled_from(
        [
            failure(),
            success(gas_bill()),
            success(electric_bill(*SHORT_DAYS, kwh=200)),
            success(electric_bill("2026-01-01", "2026-02-01", kwh=300)),
            success(electric_bill("2026-03-11", "2026-04-01", kwh=310)),
            success(electric_bill(kwh=500, history=(history("2026-02", 410), history("2025-12", 702)))),
        ]
    ),
)


@st.composite
def schedules(draw, bills=4, length=10):
    """Completions in the order of their positions: parses, failures, parses again, deletions (each the bill's last)."""
    told, gone = [], set()
    for position in range(1, draw(st.integers(1, length)) + 1):
        bill = draw(st.integers(1, bills))
        if bill in gone:
            continue
        if draw(st.integers(0, 5)) == 0:
            gone.add(bill)
            told.append(completion(position, "deleted", bill=bill))
        else:
            told.append(completion(position, draw(outcomes), bill=bill, received=draw(st.integers(0, 5))))
    return told


@st.composite
def disordered(draw, items):
    """Any permutation, with any of the items repeated."""
    return draw(st.permutations(items + draw(st.lists(st.sampled_from(items), max_size=6) if items else st.just([]))))


def event(told):
    mark = Mark(time_from_proto(told.completed_at), Position(told.position))
    if told.HasField("deleted"):
        return Deleted(mark)
    outcome = outcome_from_proto(told.outcome)
    received = time_from_proto(told.received_at)
    if not isinstance(outcome, Success):
        return Failed(mark, received, outcome.reason.value)
    contribution = contribution_of(outcome.readings)
    return Read(mark, received, encode(contribution), bool(observed_months(contribution)), contribution.latest_day())


def folded(completions) -> dict[str, BillState]:
    bills: dict[str, BillState] = {}
    for told in completions:
        state = bills.get(told.bill_id, BillState(told.bill_id))
        bills[told.bill_id] = bill_after(state, event(told))
    return bills


def serialized(bills, policy) -> tuple[str | None, bytes | None]:
    """The active bill and the profile's bytes."""
    active = active_bill(bills.values(), policy)
    if active is None or active.read is None:
        return None, None
    if policy.rule is Rule.MERGED:
        profile = load_profile(merged_contribution(merged_bills(bills.values())), "", SHAPES)
    else:
        profile = load_profile(decode(active.read.contribution), active.bill_id, SHAPES)
    return active.bill_id, None if profile is None else profile_bytes(profile, PROJECT, active.bill_id)


def modelled(completions, policy) -> str | None:
    """The active bill by the plainest reading of the rule: look at everything that happened, at once."""
    gone = {one.bill_id for one in completions if one.HasField("deleted")}
    newest = {}
    for one in sorted(completions, key=lambda one: one.position):
        if one.outcome.HasField("success") and one.bill_id not in gone:
            newest[one.bill_id] = one
    reads = {bill: event(one) for bill, one in newest.items()}
    if policy.rule is Rule.PINNED and policy.pinned_bill_id in reads:
        return policy.pinned_bill_id
    usable = {bill: read for bill, read in reads.items() if read.usable} or reads
    by = {
        Rule.LAST_UPLOADED: lambda read: (read.received_at, read.mark),
        Rule.LATEST_PERIOD: lambda read: (str(read.latest_day or ""), read.mark),
    }.get(policy.rule, lambda read: read.mark)
    return max(usable, key=lambda bill: by(usable[bill]), default=None)


policies = st.sampled_from(
    [*(Policy(rule) for rule in Rule if rule is not Rule.PINNED), Policy(Rule.PINNED, bill_id(1))]
)


@given(st.data(), schedules(), policies)
@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_any_permutation_and_duplication_of_completions_gives_the_same_bytes(data, completions, policy):
    in_order = folded(completions)
    otherwise = folded(data.draw(disordered(completions)))
    assert otherwise == in_order
    assert serialized(otherwise, policy) == serialized(in_order, policy)
    assert serialized(in_order, policy)[0] == modelled(completions, policy)


def test_failed_parse_never_displaces_a_reading():
    bills = folded([completion(1, success()), completion(2, failure())])
    state = bills[bill_id(1)]
    assert state.read is not None
    assert state.failed is not None
    assert active_bill(bills.values(), Policy()) is state


def test_deletion_is_final_when_an_older_success_arrives_after_it():
    bills = folded([completion(2, "deleted"), completion(1, success())])
    assert bills[bill_id(1)] == BillState(bill_id(1), deleted=True)


def test_reparse_replaces_the_reading_only_when_it_is_later():
    first, second = completion(1, success(electric_bill(kwh=1))), completion(2, success(electric_bill(kwh=2)))
    assert folded([first, second]) == folded([second, first])
    read = folded([first, second])[bill_id(1)].read
    assert read is not None
    assert read.mark.position == 2


def test_equal_times_are_told_apart_by_position():
    earlier, later = completion(1, success(), bill=1), completion(2, success(), bill=2)
    later.completed_at.CopyFrom(earlier.completed_at)
    active = active_bill(folded([later, earlier]).values(), Policy())
    assert active is not None
    assert active.bill_id == bill_id(2)


def test_merged_rule_takes_the_latest_periods_in_the_order_of_reading():
    count = MERGED_BILLS_MAX + 3
    first = date(1990, 1, 1)
    bills = [
        BillState(bill_id(at), Read(Mark(EPOCH, Position(count - at)), EPOCH, "", True, first + timedelta(days=at)))
        for at in range(count)
    ]
    chosen = merged_bills(bills)
    assert [bill.bill_id for bill in chosen] == [bill_id(at) for at in range(count - 1, 2, -1)]
