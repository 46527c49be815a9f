"""The fold: which reading of a bill counts, and which bill of a project is active, whatever order completions arrive in.

Each bill is a register: the newest success by (completed_at, position) counts; a failure never displaces it; a deletion ends
the bill for good, also for completions that arrive after it. Each project is a register over its bills, read by its rule. Both
are functions of the set of completions, so redelivery, reordering and replay give the same state.

A reading may be held: it waits beside the register, which it enters at its own place in time once a person confirms it.

``store.py`` keeps the same registers in tables and orders by the same ranks; a property test holds the two together.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import TypeAlias, assert_never

from domain.ids import BillId, Position


@dataclass(frozen=True, slots=True, order=True)
class Mark:
    """The place of a completion in time: later wins."""

    completed_at: datetime
    position: Position


@dataclass(frozen=True, slots=True)
class Read:
    """A bill was read.

    ``contribution`` is what it gives to a load profile, as ``load.contribution.encode`` writes it; ``usable`` says whether that
    shows a month, ``latest_day`` is the day after the last one of the bill's own energy.
    """

    mark: Mark
    received_at: datetime
    contribution: str
    usable: bool
    latest_day: date | None


@dataclass(frozen=True, slots=True)
class Held:
    """A bill was read, and its reading waits for a person."""

    mark: Mark
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Failed:
    """Reading a bill failed."""

    mark: Mark
    received_at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Deleted:
    """A bill was deleted."""

    mark: Mark


Event: TypeAlias = Read | Held | Failed | Deleted


@dataclass(frozen=True, slots=True)
class BillState:
    """What completions have made of one bill: its newest success, its newest failure, and whether it is gone.

    ``waiting`` is a newer success than ``read`` that has no effect yet, or ever where a person ``rejected`` it. New records have
    numbers from ``least_revision`` on: above those under which readings that wait no longer were shown.
    """

    bill_id: BillId
    read: Read | None = None
    failed: Failed | None = None
    deleted: bool = False
    waiting: Held | None = None
    rejected: bool = False
    least_revision: int = 0

    @property
    def held(self) -> bool:
        """Whether a reading waits for a person."""
        return self.waiting is not None and not self.rejected


class Rule(StrEnum):
    """How a project chooses its active bill among those read."""

    LAST_PARSED = "last_parsed"
    LAST_UPLOADED = "last_uploaded"
    LATEST_PERIOD = "latest_period"
    PINNED = "pinned"
    MERGED = "merged"


@dataclass(frozen=True, slots=True)
class Policy:
    """A project's rule. When the pinned bill is deleted, the project goes back to ``LAST_PARSED``."""

    rule: Rule = Rule.LAST_PARSED
    pinned_bill_id: BillId | None = None

    def after_deletion_of(self, bill_id: BillId) -> "Policy":
        """Return the policy once a bill is gone."""
        return Policy() if self.pinned_bill_id == bill_id else self


@dataclass(frozen=True, slots=True)
class Supply:
    """A load profile that a user supplied. ``after`` is how far completions had been folded at that moment.

    ``keep`` lets it stand whatever is read later. ``made`` is the profile as stored, made once: nothing of it changes later.
    """

    after: Position
    keep: bool
    made: bytes
    supplied_at: datetime


MERGED_BILLS_MAX = 400
"""Bills that the rule merged puts together: three years of ten meters, and still made anew within a moment."""

Rank: TypeAlias = tuple[bool, bool, datetime | date, datetime, int]


def bill_after(state: BillState, event: Event) -> BillState:
    """Return the bill's state after one more completion; the same state where the completion changes nothing."""
    if state.deleted:
        return state
    match event:
        case Read(mark=mark):
            if state.read is not None and state.read.mark >= mark:
                return state
            if state.waiting is not None and mark == state.waiting.mark:
                # What was said of it when it came first stands, whatever the project's choice is by now.
                return state
            after = replace(state, read=event)
            return after if state.waiting is None or mark < state.waiting.mark else _nothing_waits(after)
        case Held(mark=mark):
            known = [one.mark for one in (state.read, state.waiting) if one is not None]
            return state if known and mark <= max(known) else replace(state, waiting=event, rejected=False)
        case Failed(mark=mark):
            return replace(state, failed=event) if state.failed is None or state.failed.mark < mark else state
        case Deleted():
            return BillState(state.bill_id, deleted=True)
        case _:
            assert_never(event)


def confirmed(state: BillState, read: Read) -> BillState:
    """Return the bill's state once a person confirmed the reading that waited; it keeps its mark, and so its place in time."""
    if state.waiting is None or state.waiting.mark != read.mark:
        raise ValueError("another reading waits")
    return _nothing_waits(replace(state, read=read))


def rejected(state: BillState) -> BillState:
    """Return the bill's state once a person kept the reading that waited out."""
    if state.waiting is None:
        raise ValueError("no reading waits")
    return replace(state, rejected=True)


def _nothing_waits(state: BillState) -> BillState:
    return replace(state, waiting=None, rejected=False)


def rank(bill_id: BillId, read: Read, policy: Policy) -> Rank:
    """Return what the active bill is greatest by: pinned first, then usable ones, then by the rule, then by the mark.

    A bill without a usable month (a gas bill, a notice) gives way to one that has some: it says nothing about the load.
    """
    mark = read.mark
    key: datetime | date
    match policy.rule:
        case Rule.LAST_PARSED | Rule.PINNED | Rule.MERGED:
            key = mark.completed_at
        case Rule.LAST_UPLOADED:
            key = read.received_at
        case Rule.LATEST_PERIOD:
            key = read.latest_day or date.min
        case _:
            assert_never(policy.rule)
    pinned = policy.rule is Rule.PINNED and policy.pinned_bill_id == bill_id
    return pinned, read.usable, key, mark.completed_at, mark.position


def active_bill(bills: Iterable[BillState], policy: Policy) -> BillState | None:
    """Return the bill in effect, or None where none is read."""
    ranked = [(rank(bill.bill_id, bill.read, policy), bill) for bill in bills if bill.read is not None]
    return max(ranked, key=lambda pair: pair[0])[1] if ranked else None


def supply_stands(supply: Supply | None, active: BillState | None, policy: Policy) -> bool:
    """Tell whether a supplied profile goes before the bill that the rule chooses.

    The last act counts, as with Aurora's: a bill that takes effect after the supply replaces it. A pinned bill was chosen by a
    person after the supply (supplying unpins), so it stands.
    """
    if supply is None:
        return False
    if active is None or active.read is None:
        return True
    if policy.rule is Rule.PINNED and policy.pinned_bill_id == active.bill_id:
        return False
    return supply.keep or not active.read.usable or active.read.mark.position <= supply.after


def merged_bills(bills: Iterable[BillState]) -> list[BillState]:
    """Return the bills that the rule merged puts together, in the order in which they were read.

    Also those that show no month by themselves: two halves of a month make a whole one.
    """
    latest = Policy(Rule.LATEST_PERIOD)
    reads = [(bill.read, bill) for bill in bills if bill.read is not None]
    reads.sort(key=lambda pair: rank(pair[1].bill_id, pair[0], latest))
    newest = sorted(reads[-MERGED_BILLS_MAX:], key=lambda pair: pair[0].mark)
    return [bill for _, bill in newest]
