"""Running balances: account summaries whose lines lead, line by line, from what was owed to what is due.

A summary that adds up says what each of its lines is, also those that no lexicon names: what stands between the old balance and
the balance carried forward changed the old one, what stands after it is new.
"""

import itertools
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from services.parser.understand.fields.guess import Guess
from services.parser.understand.money.items import Item, ItemColumn
from services.parser.understand.sight import Sight

LINES_MAX = 30
"""Longer summaries are lists of payments or charges; the walk ends."""
OLD, FORWARD, PAID, NEW, DUE, CHANGED = (
    "previous_balance", "balance_forward", "payments", "new_charges", "amount_due", "adjustments",
)  # fmt: skip
HEADED_LINES_MAX = 8
"""A summary under what is due has so many lines at most before that for what is new."""
SKIPPED = frozenset({"late_amount", "amount_paid", "deposit", "average_cost", "average_daily", "season"})
NOT_DUE = SKIPPED | {OLD, PAID, CHANGED}
SIDED, SIGNS = frozenset({OLD, FORWARD, DUE}), frozenset("-−–(")
"""What letters may mark as owed or to good; what marks an amount as below zero otherwise."""
_AGED = re.compile(r"[<>+]?\s?(?:\d{1,3}\s?[-–]\s?)?\d{1,3}\+? days(?: overdue| and over)?\.?", re.IGNORECASE)
"""How long parts of the balance have been owed (``31-60 days``) is told beside the summary, not in it."""
TOLD_MIN = 2
"""So many lines that are not zero must lie before what is due for a sum to prove anything."""
SIGNS_MIN = 2
"""So many signs of a balance must a summary show whose last line is not named as due."""


@dataclass(frozen=True, slots=True)
class Running:
    """One summary that adds up: its first and last line, and those between by what they are."""

    due: Item
    previous: Item | None = None
    payments: tuple[Item, ...] = ()
    before: tuple[Item, ...] = ()
    """Lines that change the old balance and are no payments: late charges, credits, transfers."""
    forward: Item | None = None
    charges: tuple[Item, ...] = ()
    new: Item | None = None
    """The printed total of the charges."""
    late: bool = False
    """Whether the charges stand before the old balance."""
    signs: int = 0
    """How many lines are balances by their words, or by adding up."""
    awaited: bool = False
    """Whether one of the lines names the old balance, so that no other is it."""

    @property
    def paid(self) -> Decimal:
        """What was received, positive."""
        return sum((abs(item.amount) for item in self.payments), Decimal(0))

    @property
    def adjusted(self) -> Decimal:
        """What else changed the old balance."""
        return sum((item.amount for item in self.before), Decimal(0))

    @property
    def charged(self) -> Decimal:
        """What is new."""
        return sum((item.amount for item in self.charges), Decimal(0))

    @property
    def old(self) -> Decimal:
        """What is left of the old balance."""
        return (self.previous.amount if self.previous else Decimal(0)) - self.paid + self.adjusted

    @property
    def balance(self) -> Decimal:
        """Where the lines so far lead."""
        return self.old + self.charged

    @property
    def told(self) -> int:
        """How many lines are not zero."""
        lines = (self.previous, *self.payments, *self.before, *self.charges)
        return sum(item is not None and item.amount != 0 for item in lines)

    @property
    def rank(self) -> tuple[bool, bool, int, int, int]:
        """Which of several summaries is told best, the greatest first."""
        weight = self.told + self.signs + (self.new is not None)
        paid = any(item.concept == PAID for item in self.payments)
        named = self.previous is not None and (paid or self.previous.concept == OLD)
        return self.due.concept == DUE, named, weight, -self.due.token.page, -self.due.token.row


def find_running(sight: Sight, columns: Iterable[ItemColumn], dues: Collection[Decimal]) -> Running | None:
    """Return the account summary that adds up and is told best, None where no column holds one.

    Args:
        sight: the document.
        columns: its columns of described amounts.
        dues: what may be due by labels elsewhere on the page.
    """
    best: Running | None = None
    for column in columns:
        items = [item for item in column.items if item.description and not _AGED.fullmatch(item.description)]
        items = [*_dated(sight, items)]
        for end, item in enumerate(items):
            if item.concept != DUE and (item.amount not in dues or item.concept in NOT_DUE):
                continue
            if FORWARD in _concepts(sight, item) and any(one.concept == NEW for one in items[end + 1 : end + 2]):
                continue  # what is carried forward before the new charges is not due yet
            lines = items[max(end - LINES_MAX, 0) : end]
            if item.amount < 0 and sight.lexicon.means(item.description, "in_debit"):
                # The customer's side of the account: charges are taken off, payments are added.
                item, lines = _mirrored(item), [line if _worded(line) else _mirrored(line) for line in lines]
            found = [*_walks(sight, lines, item)]
            if not found and any(map(_worded, (item, *lines))):
                found = [*_walks(sight, [line if line.concept in SIDED else _mirrored(line) for line in lines], item)]
            for one in found:
                if best is None or _goes_before(sight, one, best):
                    best = one
    return best


def under_due(sight: Sight, columns: Iterable[ItemColumn], dues: Iterable[Guess[Decimal]]) -> Running | None:
    """Return the account summary that a line for what is new ends, where it adds up to what is due in a box over it.

    Args:
        sight: the document.
        columns: its columns of described amounts.
        dues: what may be due by its labels, best first.
    """
    asked = [
        Item("", guess.value, guess.token, total=True, balance=False, concept=DUE) for guess in dues if guess.value > 0
    ]
    for column in columns:
        items = [item for item in column.items if item.description]
        for end, item in enumerate(items):
            for start in range(max(end - HEADED_LINES_MAX, 0), end) if item.concept == NEW else ():
                if items[start].concept not in SIDED:
                    continue
                for due in asked:
                    over = due.token.page == items[start].token.page and due.token.box.bottom < item.token.box.top
                    state = _walked(sight, items[start : end + 1], due) if over else None
                    carried = state is not None and bool(state.payments) and state.forward is not None
                    if state is not None and carried and state.balance == due.amount and _convinces(state):
                        return state
    return None


def _dated(sight: Sight, items: Sequence[Item]) -> Iterator[Item]:
    """Yield lines, those as the old balance that say no more than balance and a day before a payment (``Balance 24-08-2025``)."""
    for item, following in itertools.zip_longest(items, items[1:]):
        words = [word for word in item.description.split() if not any(map(str.isdigit, word))]
        bare = len(words) == 1 < len(item.description.split()) and sight.lexicon.means(words[0], "balance")
        paid = following is not None and following.concept == PAID
        yield replace(item, concept=OLD) if bare and paid and not item.concept else item


def _mirrored(item: Item) -> Item:
    return replace(item, amount=-item.amount)


def _worded(item: Item) -> bool:
    """Tell whether letters, no sign, say that a balance is to good (``214.63 CR``): signs beside it may be the customer's."""
    return item.amount < 0 and item.concept in SIDED and not SIGNS & set(item.token.text)


def _concepts(sight: Sight, item: Item) -> set[str]:
    return {label.concept for label in sight.labels.on(item.token.page, item.token.row)}


def _goes_before(sight: Sight, one: Running, other: Running) -> bool:
    """Tell whether a summary is told better than another; of columns side by side the one whose end is asked for elsewhere."""
    if one.new is other.due or other.new is one.due:
        return one.new is other.due  # what one summary ends with is but what is new in the other
    if one.rank != other.rank or one.due.amount == other.due.amount:
        return one.rank > other.rank
    asked = [token.value for token in sight.tokens.all() if token.number is not None]
    return asked.count(one.due.amount) > asked.count(other.due.amount)


def _walks(sight: Sight, lines: Sequence[Item], due: Item) -> Iterator[Running]:
    """Yield the summaries that end at a line and add up to it."""
    for start in range(len(lines) - 1, -1, -1):
        if not 0 <= due.token.page - lines[start].token.page <= 1:
            return
        state = _walked(sight, lines[start:], due)
        if (state is None or state.balance != due.amount) and any(line.concept == "deposit" for line in lines[start:]):
            # Part of a deposit may be asked for with the charges, as much as one that is held may be told of.
            charged = [replace(line, concept="") if line.concept == "deposit" else line for line in lines[start:]]
            state = _walked(sight, charged, due) or state
        if state is None or not _convinces(state):
            continue
        if state.balance == due.amount:
            yield state
        elif (
            due.concept == DUE and due.amount == due.amount.to_integral() and abs(state.balance - due.amount) < 1
            and state.previous is not None and state.previous.concept in (OLD, FORWARD) and state.charges
        ):  # fmt: skip
            yield state  # the line asks for whole amounts: the rest is let go
        elif state.balance == -due.amount and sight.lexicon.means(due.description, "credit"):
            # "Credit balance 45.00": the words carry the sign.
            yield replace(state, due=replace(due, amount=-due.amount))


def _walked(sight: Sight, lines: Sequence[Item], due: Item) -> Running | None:
    """Return what lines say that lead to what is due, None where one of them cannot stand there."""
    # What is called the old balance after a payment is what the payment left of it.
    unpaid = itertools.takewhile(lambda line: line.concept != PAID, lines)
    state = Running(due, awaited=_closed_before(lines) or any(line.concept == OLD for line in unpaid))
    for at, line in enumerate(lines):
        following = lines[at + 1].amount if at + 1 < len(lines) else due.amount
        further = _with(sight, state, line, following)
        if further is None:
            return None
        state = further
    if not state.charges and state.previous is not None and state.previous.concept == OLD:
        # What was paid may be told last: where nothing follows it, the lines before it are what is new.
        new = tuple(item for item in state.before if item.concept != CHANGED)
        rest = tuple(item for item in state.before if item.concept == CHANGED)
        state = replace(state, before=rest, charges=new)
    return state


def _closed_before(lines: Sequence[Item]) -> bool:
    """Tell whether what is carried forward stands right behind the total of all lines before it: these are what is new."""
    at = next((i for i, line in enumerate(lines) if line.concept == FORWARD), 0)
    charges, total = lines[: max(at - 1, 0)], lines[at - 1] if at else None
    return len(charges) > 1 and total is not None and sum(line.amount for line in charges) == total.amount


def _convinces(state: Running) -> bool:
    """Tell whether the sum is told by enough lines: zeros prove nothing, and charges with a credit add up too."""
    if state.told < TOLD_MIN:
        return False
    if state.previous is None:
        return bool(state.payments) and any(item.concept == NEW for item in (*state.charges, state.new) if item)
    guessed = state.previous.concept not in (OLD, FORWARD)
    paid = any(one.concept == PAID for one in state.payments)
    if guessed and state.previous.amount == state.due.amount and (not paid or state.previous.concept == DUE):
        # One amount printed over and over settles itself.
        return False
    if guessed and state.forward is None and any(item.concept != CHANGED for item in state.before):
        return False
    if state.due.concept == DUE:
        # Of an old balance, what was paid of it, what is new and what is due, three by name leave the fourth no other place;
        # nor do two, where charges follow a payment that settles the line before it, or one more line that adds up.
        named = state.signs + (state.new is not None or any(item.concept == NEW for item in state.charges))
        settles = paid and bool(state.charges) and (state.previous.amount == state.paid or state.told > TOLD_MIN)
        return named + settles >= SIGNS_MIN if guessed else state.signs >= 1
    return state.signs >= SIGNS_MIN and state.told > TOLD_MIN - (not guessed)


def _with(sight: Sight, state: Running, item: Item, following: Decimal) -> Running | None:
    """Return the summary with one line more, None where the line cannot stand there."""
    concept = item.concept
    if concept in SKIPPED:
        return state
    if concept == OLD:
        if state.previous is None and not state.payments:
            return replace(state, previous=item, late=bool(state.charges), signs=state.signs + 1)
        if item.amount == state.old and (following or not item.amount):
            return state
        if (
            state.previous is not None
            and state.payments
            and not state.late
            and item.amount == state.balance
            and not state.new
        ):
            return _carried(state, item)  # what stood between changed the old balance: a credit, a penalty
        if state.previous is not None and state.payments and item.amount == state.previous.amount - state.paid:
            return state  # what the payments left, told once more, is none of them
        if (
            state.late
            or state.charges
            or state.forward
            or not _pays(sight, state, replace(item, concept=""), following)
        ):
            return None
        # What nothing but "since last bill" names and what leaves nothing, or less, was paid of it.
        return replace(state, payments=(*state.payments, item), signs=state.signs + 1)
    if concept == PAID and state.charges and not state.old and sight.lexicon.means(item.description, "credit"):
        # A discount for prompt payment among the charges is one of them, where no old balance is left for it to pay.
        return replace(state, charges=(*state.charges, item), new=None)
    if concept == PAID:
        if state.previous is None and not state.charges:
            return None
        if state.previous is not None and not state.late and not any(one.concept == NEW for one in state.charges):
            # What stands between the old balance and a payment changed the old balance: a penalty, a correction.
            state = replace(state, before=(*state.before, *state.charges), charges=(), new=None)
        return replace(state, payments=(*state.payments, item), signs=state.signs + 1)
    if concept == FORWARD:
        return _carried(state, item)
    return _unnamed(sight, state, item, following)


def _carried(state: Running, item: Item) -> Running | None:
    """Return the summary after a line that carries the old balance forward."""
    if state.previous is None:
        if state.payments:
            return None
        return replace(state, previous=item, forward=item, late=bool(state.charges), signs=state.signs + 1)
    if item.amount == state.old:
        return replace(state, forward=item, signs=state.signs + 1)
    if item.amount == state.balance and not state.new:
        # What stood between changed the old balance, whatever its words.
        return replace(state, forward=item, before=(*state.before, *state.charges), charges=(), signs=state.signs + 1)
    if state.late and not state.old and 0 < abs(item.amount) < 1:
        return replace(
            state, before=(*state.before, item)
        )  # "Cents carried forward": what rounding leaves for the next bill
    # A penalty may be told after what was paid and yet stand apart from what that left.
    return replace(state, signs=state.signs + (item.amount == state.previous.amount - state.paid))


def _unnamed(sight: Sight, state: Running, item: Item, following: Decimal) -> Running | None:
    """Return the summary with a line that names no balance: a subtotal, a payment by its sign, a change or a charge."""
    concept = item.concept
    if not concept and state.forward is not None and _totalled(state) and item.amount == state.balance:
        return state  # what all lines so far make, told before it is rounded to be paid
    if state.charges and _totalled(state) and abs(item.amount) < 1 and sight.lexicon.means(item.description, "rounded"):
        return replace(state, before=(*state.before, item))  # what rounding adds behind the total of the charges
    settled = state.previous is not None and (state.late or not state.charges)
    if state.late and concept not in (NEW, DUE) and _totalled(state) and item.amount != -state.old:
        # After the total of the charges and the old balance stands what changed the old one: a penalty, a rebate.
        return replace(state, before=(*state.before, item))
    if (
        state.charges
        and item.amount == state.charged
        and (len(state.charges) > 1 or concept in (NEW, "commodity_cost"))
    ):
        return replace(state, new=item)
    if (
        item.total
        and concept != DUE
        and any(
            sum((one.amount for one in state.charges[first:]), Decimal(0)) == item.amount
            for first in range(1, len(state.charges) - 1)
        )
    ):
        return state  # a subtotal of the charges of one company or service, after those of another
    if concept == DUE and state.previous is None and not state.charges and _bills(sight, item):
        return replace(state, charges=(replace(item, concept=NEW),), new=None)
    summed = item.total and sight.lexicon.means(item.description, "subtotal")
    guessed = not state.awaited and not summed and concept not in (NEW, CHANGED, "commodity_cost", "budget")
    if state.previous is None and not state.charges and guessed:
        return replace(state, previous=item, signs=state.signs + (concept == DUE))
    if (
        settled
        and not state.late
        and item.amount == state.old
        and (state.payments or state.before)
        and not state.forward
        and concept != NEW
    ):
        return replace(state, forward=item, signs=state.signs + 1)
    if concept == DUE and item.amount == state.charged and state.old:
        return replace(state, new=item)  # what is new is due, too, before what is left of the old balance joins it
    if concept == DUE:
        return state if item.amount == state.balance else None
    if settled and (state.forward is None or state.forward is state.previous) and concept != NEW:
        named = state.previous is not None and state.previous.concept == OLD
        if not item.amount and not concept and named and not state.payments and not state.before:
            return replace(state, payments=(item,))  # nothing was paid: the one line where payments stand
        if _pays(sight, state, item, following):
            return replace(state, payments=(*state.payments, item), signs=state.signs + 1)
        if concept == CHANGED:
            return replace(state, before=(*state.before, item))
    # What was a total of the charges is none where more of them follow, as taxes do.
    return replace(state, charges=(*state.charges, item), new=None)


def _totalled(state: Running) -> bool:
    """Tell whether the total of the charges was told."""
    return state.new is not None or any(one.concept == NEW for one in state.charges)


def _bills(sight: Sight, item: Item) -> bool:
    """Tell whether the words of a first line name the total of a bill as well as what is due: instalments follow that paid it."""
    labels = sight.labels.on(item.token.page, item.token.row)
    return any(label.concept == NEW and label.box.right <= item.token.box.left for label in labels)


def _pays(sight: Sight, state: Running, item: Item, following: Decimal) -> bool:
    """Tell whether a line that no label names pays the old balance: taken off it, wholly or down to the next line."""
    if (
        state.previous is None
        or state.previous.amount <= 0
        or abs(item.amount) > state.previous.amount
        or item.quantity
    ):
        return False
    if item.amount < 0:
        return item.concept != CHANGED and not sight.lexicon.means(item.description, "credit")
    left = state.old - item.amount
    return item.amount > 0 and item.concept == "" and not item.total and (left == 0 or following == left)
