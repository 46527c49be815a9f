"""The register against the plainest model of it, under any schedule of uploads, parses, failures, deletions, pins,
supplies by users, and readings that wait for a person to confirm or reject them.

``REGISTER_SCHEDULES`` sets how many schedules are tried.
"""

import os
from dataclasses import dataclass, field
from datetime import date, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.ids import Position
from services.profile.fold import (
    BillState,
    Deleted,
    Event,
    Failed,
    Held,
    Mark,
    Policy,
    Read,
    Rule,
    Supply,
    active_bill,
    bill_after,
    confirmed,
    rejected,
    supply_stands,
)
from tests.profile.readings import EPOCH, bill_id

SCHEDULES = int(os.environ.get("REGISTER_SCHEDULES", "2000"))

BILLS = st.integers(1, 5)
steps = st.one_of(
    st.tuples(st.just("held"), BILLS, st.integers(0, 3), st.booleans()),
    st.tuples(st.sampled_from(["confirm", "reject"]), BILLS, st.just(0), st.just(False)),
    st.tuples(st.just("read"), BILLS, st.integers(0, 3), st.booleans()),
    st.tuples(st.just("failed"), BILLS, st.just(0), st.just(False)),
    st.tuples(st.just("deleted"), BILLS, st.just(0), st.just(False)),
    st.tuples(st.just("pin"), BILLS, st.just(0), st.just(False)),
    st.tuples(st.just("rule"), st.just(0), st.integers(0, 2), st.just(False)),
    st.tuples(st.sampled_from(["supply", "remove"]), st.just(0), st.just(0), st.booleans()),
)


@dataclass
class Model:
    """What the architecture says, as plainly as it can be written: a list of all that happened, searched from the end."""

    rule: Rule = Rule.LAST_PARSED
    pinned: int | None = None
    parses: list[tuple[int, int, int, bool]] = field(default_factory=list)
    held: set[int] = field(default_factory=set)
    said: dict[int, bool] = field(default_factory=dict)
    gone: set[int] = field(default_factory=set)
    supplied: tuple[int, bool] | None = None

    @property
    def reads(self) -> list[tuple[int, int, int, bool]]:
        """What counts: all that did not have to wait, and what a person confirmed; each at the time of its parse."""
        return [read for read in self.parses if read[1] not in self.held or self.said.get(read[1])]

    def waiting(self, bill: int) -> int | None:
        """The newest parse of a bill, where that had to wait and was not confirmed."""
        newest = max((read[1] for read in self.parses if read[0] == bill and bill not in self.gone), default=None)
        return None if newest in {read[1] for read in self.reads} else newest

    def shows_supply(self) -> bool:
        """The last act counts; a notice or a gas bill is none, a pinned bill is one, and what is kept stays."""
        bill = self.active()
        if self.supplied is None or (bill is not None and bill == self.pinned):
            return False
        at, keep = self.supplied
        usable_since = [read for read in self.reads if read[0] == bill and read[1] > at and read[3]]
        newest = max((read for read in self.reads if read[0] == bill), key=lambda read: read[1], default=None)
        return keep or not usable_since or newest not in usable_since

    def active(self) -> int | None:
        newest = {bill: (at, period, usable) for bill, at, period, usable in self.reads if bill not in self.gone}
        if self.pinned in newest:
            return self.pinned
        pool = [bill for bill in newest if newest[bill][2]] or list(newest)
        if self.rule is Rule.LAST_UPLOADED:
            return max(pool, key=lambda bill: uploaded(bill), default=None)
        if self.rule is Rule.LATEST_PERIOD:
            return max(pool, key=lambda bill: (newest[bill][1], newest[bill][0]), default=None)
        return max(pool, key=lambda bill: newest[bill][0], default=None)


def uploaded(bill: int) -> int:
    """Bills were uploaded in an order that is not that of their numbers."""
    return bill * 3 % 7


@settings(max_examples=SCHEDULES, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(steps, max_size=14), st.data())
def test_register_agrees_with_its_model_under_any_schedule(schedule, data):
    model, policy = Model(), Policy()
    supply: Supply | None = None
    bills: dict[int, BillState] = {}
    fresh: list[tuple[int, Event]] = []
    known: list[tuple[int, Event]] = []

    def deliver() -> None:
        """Completions come in any order, and some of those that came before come again."""
        again = data.draw(st.lists(st.sampled_from(known), max_size=3)) if known else []
        for bill, event in data.draw(st.permutations(fresh + fresh[::2] + again)):
            bills[bill] = bill_after(bills.get(bill, BillState(bill_id(bill))), event)
        known.extend(fresh)
        fresh.clear()

    for at, (kind, bill, number, usable) in enumerate(schedule, 1):
        mark = Mark(EPOCH + timedelta(seconds=at), Position(at))
        received = EPOCH + timedelta(minutes=uploaded(bill))
        read = Read(mark, received, f"{at}", usable, date(2026, 1 + number, 1))
        if kind in ("read", "held") and bill not in model.gone:
            model.parses.append((bill, at, number, usable))
            model.held |= {at} if kind == "held" else set()
            fresh.append((bill, Held(mark, received) if kind == "held" else read))
        elif kind in ("confirm", "reject") and model.waiting(bill) is not None:
            deliver()
            waits = model.waiting(bill)
            assert waits is not None
            model.said[waits] = kind == "confirm"
            [parse] = [one for one in model.parses if one[1] == waits]
            its_mark = Mark(EPOCH + timedelta(seconds=waits), Position(waits))
            its_read = Read(its_mark, received, f"{waits}", parse[3], date(2026, 1 + parse[2], 1))
            bills[bill] = confirmed(bills[bill], its_read) if kind == "confirm" else rejected(bills[bill])
        elif kind == "failed":
            fresh.append((bill, Failed(mark, received, "unreadable")))
        elif kind == "deleted":
            model.gone.add(bill)
            model.rule, model.pinned = (Rule.LAST_PARSED, None) if model.pinned == bill else (model.rule, model.pinned)
            policy = policy.after_deletion_of(bill_id(bill))
            fresh.append((bill, Deleted(mark)))
        elif kind == "pin" and any(one[0] == bill for one in model.reads) and bill not in model.gone:
            model.rule, model.pinned, policy = Rule.PINNED, bill, Policy(Rule.PINNED, bill_id(bill))
        elif kind == "rule":
            model.rule, model.pinned = [Rule.LAST_PARSED, Rule.LAST_UPLOADED, Rule.LATEST_PERIOD][number], None
            policy = Policy(model.rule)
        elif kind == "supply":
            model.supplied, supply = (at, usable), Supply(Position(at), usable, b"made", EPOCH)
            if model.pinned is not None:
                model.rule, model.pinned, policy = Rule.LAST_PARSED, None, Policy()
        elif kind == "remove":
            model.supplied = supply = None
    deliver()
    active = active_bill(bills.values(), policy)
    expected = model.active()
    assert (active and active.bill_id) == (expected and bill_id(expected))
    assert supply_stands(supply, active, policy) == model.shows_supply()
    for bill, state in bills.items():
        waits = model.waiting(bill)
        assert (state.waiting and state.waiting.mark.position) == waits
        assert state.rejected == (waits is not None and model.said.get(waits) is False)
