"""Running balances: account summaries whose lines lead, line by line, from what was owed to what is due.

A summary that adds up says what each of its lines is, also those that no lexicon names: what stands between the old balance and
the balance carried forward changed the old one, what stands after it is new.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from services.parser.understand.money.items import Item, ItemColumn
from services.parser.understand.sight import Sight

LINES_MAX = 24
"""Longer summaries are lists of payments or charges; the walk ends."""
STARTS = ("previous_balance", "balance_forward")
CHANGES_MIN = 2
"""So many lines at least must lie between, or one of them not zero, for a sum to prove anything."""


@dataclass(frozen=True, slots=True)
class Running:
    """One summary that adds up: its first and last line, and those between by what they are."""

    previous: Item
    due: Item
    payments: tuple[Item, ...] = ()
    before: tuple[Item, ...] = ()
    """Lines that change the old balance and are no payments: late charges, credits, transfers."""
    forward: Item | None = None
    charges: tuple[Item, ...] = ()
    new: Item | None = None
    """The printed total of the charges."""

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
    def balance(self) -> Decimal:
        """Where the lines so far lead."""
        return self.previous.amount - self.paid + self.adjusted + self.charged

    @property
    def weight(self) -> int:
        """How many lines it takes in that are not zero."""
        lines = (self.previous, *self.payments, *self.before, *self.charges, self.due)
        return sum(item.amount != 0 for item in lines) + (self.forward is not None) + (self.new is not None)


def find_running(sight: Sight, columns: Sequence[ItemColumn]) -> Running | None:
    """Return the account summary that adds up and takes in most lines, None where no column holds one."""
    found = [
        one
        for column in columns
        for start, item in enumerate(column.items)
        if item.concept in STARTS
        for one in _walks(sight, column.items[start : start + LINES_MAX])
    ]
    return max(
        found,
        key=lambda one: (
            one.due.concept == "amount_due",
            one.previous.concept == STARTS[0],
            one.weight,
            -one.due.token.page,
            -one.due.token.row,
        ),
        default=None,
    )


def _walks(sight: Sight, items: Sequence[Item]) -> Iterator[Running]:
    """Yield the summaries that begin with the first item."""
    first = items[0]
    state = Running(first, first)
    if first.concept == "balance_forward":
        state = replace(state, forward=first)
    for item in items[1:]:
        if item.concept == STARTS[0] and item.amount != state.balance and not state.charges:
            return
        if not 0 <= item.token.page - first.token.page <= 1:
            return
        if item.amount == state.balance and _closes(state, item):
            yield replace(state, due=item)
            if item.concept == "amount_due":
                return
        if item.concept == "late_amount":
            continue
        state = _with(sight, state, item)


def _closes(state: Running, item: Item) -> bool:
    """Tell whether a line may be what is due: named so, or a total after so many lines that chance is out of question."""
    lines = (state.previous, *state.payments, *state.before, *state.charges)
    told = sum(one.amount != 0 for one in lines)
    if item.concept == "amount_due":
        return told >= CHANGES_MIN
    return told > CHANGES_MIN and bool(state.charges) and item.concept in ("", "new_charges") and item.total


def _with(sight: Sight, state: Running, item: Item) -> Running:
    """Return the summary with one line more: a payment, a subtotal, a change of the old balance, or a charge."""
    if item.concept == "payments":
        return replace(state, payments=(*state.payments, item)) if not state.charges or item.amount < 0 else state
    if item.concept == "balance_forward":
        if item.amount != state.balance:
            return state
        return replace(state, forward=item, before=(*state.before, *state.charges), charges=())
    if item.concept == "" and item.amount == state.balance and not state.charges and (state.payments or state.before):
        return replace(state, forward=item)
    if state.charges and item.amount == state.charged and (len(state.charges) > 1 or item.concept == "new_charges"):
        return replace(state, new=item)
    if state.forward is None and _changes_old(sight, item):
        return replace(state, before=(*state.before, item))
    return replace(state, charges=(*state.charges, item))


def _changes_old(sight: Sight, item: Item) -> bool:
    """Tell whether a line before any balance carried forward is no charge of this bill."""
    return item.concept == "adjustments" and not sight.lexicon.means(item.description, "tax")
