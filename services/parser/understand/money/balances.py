"""Balances: what was owed, what was paid, what is new and what is due, decided together.

Each amount is proposed by its labels; the set that best keeps ``previous − payments + adjustments + new = due`` wins.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import product

from services.parser.understand.fields.due import asked_in_sentences
from services.parser.understand.fields.guess import Guess, close, combine, is_amount, is_money, money_test
from services.parser.understand.layout.heads import under_heads
from services.parser.understand.layout.labels import Label, is_prose
from services.parser.understand.layout.neighbours import Found, Want, answered_by_day, values_for
from services.parser.understand.layout.rows import Segment, overlap
from services.parser.understand.layout.tables import Table
from services.parser.understand.layout.tokens import Token
from services.parser.understand.money.amounts import shares
from services.parser.understand.money.headed import sum_behind
from services.parser.understand.money.items import Item, ItemColumn
from services.parser.understand.money.running import Running, find_running, under_due
from services.parser.understand.money.strips import dated_balances, from_new
from services.parser.understand.money.whole_amounts import bare_whole, rounded, spoiled
from services.parser.understand.sight import Sight

FEE_AND_NEW, FEE_SHARE = 2, Decimal("0.1")
"""A fee for paying late is so small a share of the new charges beside it."""
LIST_LINES_MIN = 4
"""The head of a column of so many lines names each of them, not the first one (``Total`` over a list of charges)."""
CANDIDATES_MAX = 4
GENERIC_LETTERS_MAX = 5
"""So short a word for payment (``pago``) late in a text is part of a heading, not the label of an amount."""
IDENTITY_BONUS = 1.6
IDENTITY_PENALTY = 0.7
BESIDE_SUMMARY_SCORE = 0.75
"""How plainly a label must name what was paid where the summary begins with what that left."""
BESIDE = ("after", "right")
LARGE_TYPE = 1.35
"""What is due stands in type so much larger than most."""
SUMMARY_SCORE, ASKED_SCORE = 0.95, 0.8
"""How surely a line of a summary that adds up is what it says."""
Choice = Guess[Decimal] | None


@dataclass(frozen=True, slots=True)
class Balances:
    """The account summary of a bill. ``payments`` is positive where money was received."""

    due: Choice = None
    new: Choice = None
    previous: Choice = None
    payments: Choice = None
    forward: Choice = None
    adjustments: Choice = None
    identity: bool = False
    """Whether the chosen amounts keep the identity, at least three of them printed."""


def propose(sight: Sight, concept: str, tables: list[Table]) -> list[Guess[Decimal]]:
    """Return what the labels of a concept name, best first."""
    want = money_test(sight.has_decimals)
    enclosed = _enclosed(sight)
    heads_of = (head for head in under_heads(sight, tables, concept, want) if head.token.page not in enclosed)
    guesses = [Guess(head.token.value, head.token, head.score) for head in heads_of]
    if concept == "previous_balance":
        guesses.extend(dated_balances(sight, want))
    for label in sight.labels.of(concept):
        if _of_last_bill(sight, label) or _of_a_change(sight, label) or label.segment.page in enclosed:
            continue
        if sight.lexicon.means(label.segment.text[: label.start], "contained"):
            continue  # what follows is a part of the amount that the label names (``Inclusos no valor da fatura``)
        if concept == "payments" and label.start and label.letters <= GENERIC_LETTERS_MAX:
            continue
        if spoiled(sight, label.concept, label.segment.text) or _crowded(sight, label.segment, label.start, concept):
            continue
        heads = _heads_list(tables, label, want) or answered_by_day(sight, label)
        owed = concept == "amount_due" and sight.lexicon.means(label.segment.text, "in_credit")
        places = values_for(sight, label, want)
        heads = heads or (concept == "payments" and any(one.place in BESIDE for one in places))
        for rank, found in enumerate(places):
            if heads and found.place == "below":
                continue
            if concept == "payments" and shares(sight, found.token, label.box.right):
                continue  # a share of the charges ("Lease payment 5.000 pct")
            if concept == "amount_due" and _past_whole(sight, label, found):
                continue
            token = sum_behind(sight, tables, _past_nought(sight, found.token, want), want)
            found = replace(found, token=token)
            value = -abs(found.token.value) if owed else found.token.value
            if value < 0 and sight.lexicon.means(label.segment.text, "in_debit"):
                value = -value
            score = found.score * (0.92 if label.start else 1.0) * (0.8 if rank else 1.0)
            if found.token.number and not found.token.number.currency and found.token.number.decimals != 2:
                score *= 0.6
            guesses.append(Guess(value, found.token, score))
    return combine(guesses)


def _enclosed(sight: Sight) -> frozenset[int]:
    """Return the pages after the first that say of themselves that they are no bill: the statement of another company."""
    if "no_invoice" not in sight.meanings:
        return frozenset()
    return frozenset(
        sheet.page.number
        for sheet in sight.sheets[1:]
        if any(_disclaims(sight, segment.text) for row in sheet.rows for segment in row.segments)
    )


def _disclaims(sight: Sight, text: str) -> bool:
    """Tell whether a sentence says that this is no bill; that it is none of somebody else's says nothing of the page."""
    if not sight.lexicon.means(text, "no_invoice"):
        return False
    return sight.lexicon.pattern(r"<words>(?!\s+[^\W\d_])", "no_invoice").search(text) is not None


def _past_nought(sight: Sight, token: Token, want: Want) -> Token:
    """Return the amount that ends a line whose column of quantities prints a nought (``Total Current Charges 0.00 $184.41``)."""
    number = token.number
    if number is None or number.value or number.currency:
        return token
    behind = [t for t in sight.tokens.on(token.segment) if t.box.left > token.box.right and want(t)]
    if any(label.box.left > token.box.right for label in sight.labels.on(token.page, token.row)):
        return token  # what stands behind is called otherwise: "Payments 0.00   Total due $184.41"
    return behind[0] if len(behind) == 1 and behind[0].number and behind[0].number.currency else token


def _past_whole(sight: Sight, label: Label, found: Found) -> bool:
    """Tell whether a grouped whole number stands under a label before the amount found there: it is asked for without cents."""
    if found.place != "below":
        return False
    first = next((one.token for one in values_for(sight, label, is_amount) if one.place == found.place), None)
    return first is not None and first is not found.token and first.number is not None and first.number.grouped


def _heads_list(tables: list[Table], label: Label, want: Want) -> bool:
    """Tell whether a label heads a column of so many amounts that it names each of them, not the first one."""
    return any(
        table.page == label.segment.page
        and label.segment.row in table.header
        and overlap(column.box, label.box) > 0
        and sum(
            any(want(t) and overlap(t.box, column.box) > 0 for t in line.cells.get(index, ())) for line in table.body
        )
        >= LIST_LINES_MIN
        for table in tables
        for index, column in enumerate(table.columns)
    )


def _of_last_bill(sight: Sight, label: Label) -> bool:
    """Tell whether later words of the label's line turn it to the last bill (``Total charges from your last bill``)."""
    return label.concept in ("amount_due", "new_charges") and any(
        other.concept == "previous_balance" and other.start >= label.end for other in sight.labels.within(label.segment)
    )


def _of_a_change(sight: Sight, label: Label) -> bool:
    """Tell whether earlier words of an old balance's line say that it is a fine or an interest on it (``Late fee last bill``)."""
    return label.concept == "previous_balance" and any(
        other.concept == "adjustments" and other.start < label.start for other in sight.labels.within(label.segment)
    )


def _crowded(sight: Sight, segment: Segment, start: int, concept: str) -> bool:
    """Tell whether the label is a late part of a sentence-like segment, where it names nothing."""
    return is_prose(segment) and start > 40 and concept in ("payments", "adjustments", "previous_balance")


def decide(
    sight: Sight, tables: list[Table], columns: Sequence[ItemColumn] = (), strips: Iterable[ItemColumn] = ()
) -> Balances:
    """Return the account summary that adds up line by line, else the one that labels and identity together speak for."""
    asked = propose(sight, "amount_due", tables)[:CANDIDATES_MAX]
    dues = {guess.value for guess in asked}
    running = (
        find_running(sight, columns, dues)
        or find_running(sight, strips, dues)
        or under_due(sight, columns, asked)
        or from_new(sight, columns, asked)
    )
    if running is not None:
        return _of_running(sight, tables, running)
    due, new = _options(sight, tables, "amount_due"), _options(sight, tables, "new_charges")
    previous, payments = _options(sight, tables, "previous_balance"), _options(sight, tables, "payments")
    forward, adjustments = _options(sight, tables, "balance_forward"), _options(sight, tables, "adjustments")
    best: tuple[float, Balances] = (-1.0, Balances())
    for d, n, p, y in product(due, new, previous, payments):
        base = sum(choice.score for choice in (d, n, p, y) if choice) - _reuse(d, n, p, y)
        for a in adjustments:
            score, identity = _judge(d, n, p, y, a)
            total = base + score + (0.15 * a.score if a and identity else 0.0)
            if a and not identity:
                continue
            if total > best[0]:
                best = (total, Balances(d, n, p, y, None, a, identity))
    chosen = best[1]
    if chosen.due is None:
        told = next((amount for amount, _ in asked_in_sentences(sight)), None)
        chosen = replace(chosen, due=Guess(told.value, told, ASKED_SCORE) if told else _unnamed_due(sight, chosen))
    left = chosen.due.value if chosen.due else chosen.new.value if chosen.new else Decimal(0)
    if chosen.due is None and chosen.previous is not None and chosen.payments is not None:
        left += chosen.previous.value - abs(chosen.payments.value)
    if (whole := bare_whole(sight, left) or rounded(sight, chosen.due, due)) is not chosen.due:
        chosen = replace(chosen, due=whole, new=chosen.new or chosen.due)
    return replace(chosen, payments=_positive(chosen.payments), forward=_forward(chosen, forward))


def _unnamed_due(sight: Sight, found: Balances) -> Choice:
    """Return what is due where no label says so: the printed amount that the balances lead to, else the one in large type."""
    used = {id(choice.token) for choice in (found.new, found.previous, found.payments) if choice}
    printed = [token for token in sight.tokens.all() if is_money(token) and token.value and id(token) not in used]
    if found.new is not None:
        left = found.new.value + (found.previous.value if found.previous else 0)
        left -= abs(found.payments.value) if found.payments else 0
        same = [token for token in printed if token.value == left and not is_prose(token.segment)]
        parts = sum(choice is not None for choice in (found.new, found.previous, found.payments))
        if same and (parts > 1 or len(same) > 1):
            return Guess(left, max(same, key=lambda token: token.segment.height), 0.8 if parts > 1 else 0.55)
    first = [token for token in printed if token.page == sight.sheets[0].page.number]
    heights = sorted(segment.height for row in sight.sheets[0].rows for segment in row.segments)
    if not first:
        return None
    large = max(first, key=lambda token: token.segment.height)
    again = sum(token.value == large.value for token in printed)
    if large.segment.height < LARGE_TYPE * heights[len(heights) // 2] or again < 2:
        return None
    return Guess(large.value, large, 0.5)


def _of_running(sight: Sight, tables: list[Table], running: Running) -> Balances:
    """Return the account summary that a run of lines says."""
    due = _of_item(running.due)
    if running.due.concept == "new_charges" and not running.old:
        # Nothing is left of the old balance, and the last line says that it is what is new.
        running = replace(running, new=running.due)
    named = [item for item in running.charges if item.concept == "new_charges"]
    if (
        running.new is None
        and len(named) == 1
        and all(item.concept in ("new_charges", "adjustments") for item in running.charges)
    ):
        # A late charge beside the printed total of the new charges changed the old balance.
        rest = tuple(item for item in running.charges if item is not named[0])
        running = replace(running, before=(*running.before, *rest), charges=(named[0],))
    charged = running.charged
    printed = running.new or (running.charges[0] if len(running.charges) == 1 else None)
    new: Choice = _of_item(printed) if printed else None
    before = running.before
    credited = _credited(sight, running, named)
    listed = propose(sight, "new_charges", tables)[:CANDIDATES_MAX]
    if printed is not None and printed.concept == "budget":
        # An instalment is asked for; what is new are the charges that it pays for, wherever they stand.
        new = next(iter(listed), None)
    elif printed is None or printed.concept != "new_charges":
        # What no label of the summary names, one elsewhere may: with or without what changed the old balance.
        exact = next((guess for guess in listed if close(guess.value, charged)), None)
        new = exact or new
        for guess in listed if exact is None else ():
            if not before and credited and close(guess.value, charged - sum(item.amount for item in credited)):
                new, before = guess, credited  # a credit beside the printed total of the charges is none of them
                break
            if running.forward is None and before and close(guess.value, charged + running.adjusted):
                new, before = guess, ()
                break
            rest = tuple(item for item in running.charges if not close(item.amount, guess.value))
            if len(rest) == len(running.charges) - 1 and rest and all(item in credited for item in rest):
                new, before = guess, (*before, *rest)  # credits beside the printed total changed the old balance
                break
        if new is None:
            new, before = _beside_change(sight, running, listed) or (new, before)
    paid = next((item for item in running.payments if item.amount), running.payments[0] if running.payments else None)
    changed = (
        Guess(sum((item.amount for item in before), Decimal(0)), before[0].token, SUMMARY_SCORE) if before else None
    )
    opened = running.previous is running.forward
    previous: Choice = _of_item(running.previous) if running.previous else None
    received: Choice = Guess(running.paid, paid.token, SUMMARY_SCORE) if paid else None
    if paid is None and running.previous is not None and running.previous.concept == "balance_forward":
        previous, received = _told_before(sight, tables, running.previous)
    return Balances(
        due=rounded(sight, due, _options(sight, tables, "amount_due")),
        new=new,
        previous=previous,
        payments=received,
        forward=_of_item(running.forward) if running.forward and not opened else None,
        adjustments=changed,
        identity=True,
    )


def _credited(sight: Sight, running: Running, named: Sequence[Item]) -> tuple[Item, ...]:
    """Return the credits beside the charges, which may be none of them.

    What the company pays for energy that was sent to it is of this bill, as its charges are, unless a line is called these.
    """
    credited = tuple(item for item in running.charges if item.amount < 0)
    sold = not named and any(sight.lexicon.means(item.description, "export") for item in credited)
    return () if sold else credited


def _told_before(sight: Sight, tables: list[Table], left: Item) -> tuple[Choice, Choice]:
    """Return (what was owed, what was paid of it) where what that left opens the summary and both are told elsewhere."""
    told = propose(sight, "payments", tables)
    owed = propose(sight, "previous_balance", tables)[:CANDIDATES_MAX]
    pairs = ((p, y) for p, y in product(owed, told[:CANDIDATES_MAX]) if close(p.value - abs(y.value), left.amount))
    received = next((_positive(one) for one in told[:1] if one.score >= BESIDE_SUMMARY_SCORE), None)
    return next(((p, _positive(y)) for p, y in pairs if p.value), (_of_item(left), received))


def _beside_change(
    sight: Sight, running: Running, listed: Sequence[Guess[Decimal]]
) -> tuple[Guess[Decimal], tuple[Item, ...]] | None:
    """Return the line that is new, by its name or as a list's sum, beside a fee or gift on the old balance or a rounding."""
    for line in running.charges if len(running.charges) == FEE_AND_NEW else ():
        (fee,) = (item for item in running.charges if item is not line)
        interest = fee.concept == "adjustments"
        named = any(close(guess.value, line.amount) for guess in listed) or (
            interest and any(is_money(t) and t.value == line.amount and t is not line.token for t in sight.tokens.all())
        )
        told = interest or line.concept == "new_charges" or sight.lexicon.means(fee.description, "fee")
        rounding = abs(fee.amount) < 1 and sight.lexicon.means(fee.description, "rounded")
        if rounding or (named and told and abs(fee.amount) < line.amount * FEE_SHARE):
            return _of_item(line), (*running.before, fee)
    return None


def _of_item(item: Item) -> Guess[Decimal]:
    return Guess(item.amount, item.token, SUMMARY_SCORE)


def _options(sight: Sight, tables: list[Table], concept: str) -> list[Choice]:
    return [*propose(sight, concept, tables)[:CANDIDATES_MAX], None]


def _reuse(*choices: Choice) -> float:
    """Return the penalty for one token answering two questions; due and new may share an amount, not a token."""
    seen = [(c.token.page, c.token.row, c.token.start, c.token.segment.index) for c in choices if c]
    return 0.8 * (len(seen) - len(set(seen)))


def _judge(due: Choice, new: Choice, previous: Choice, payments: Choice, adjustments: Choice) -> tuple[float, bool]:
    if due is None or new is None:
        return 0.0, False
    left = new.value
    left += previous.value if previous else Decimal(0)
    left -= abs(payments.value) if payments else Decimal(0)
    left += adjustments.value if adjustments else Decimal(0)
    if close(left, due.value):
        parts = sum(choice is not None for choice in (due, new, previous, payments))
        return (IDENTITY_BONUS if parts >= 3 else 0.4), parts >= 3
    if previous is None and payments is not None and adjustments is None and close(new.value, due.value):
        return 0.0, False  # the payment settled an old balance that the page does not print
    # Tolerate a bill whose summary has lines that were not found, but only just.
    return -IDENTITY_PENALTY, False


def _positive(choice: Choice) -> Choice:
    return None if choice is None else Guess(abs(choice.value), choice.token, choice.score)


def _forward(chosen: Balances, options: list[Choice]) -> Choice:
    """Return the balance forward that follows from the others, else the likeliest one."""
    listed = [choice for choice in options if choice]
    if chosen.previous and chosen.payments:
        expected = chosen.previous.value - abs(chosen.payments.value)
        return next((choice for choice in listed if close(choice.value, expected)), None)
    if chosen.due and chosen.new:
        expected = chosen.due.value - chosen.new.value
        return next((choice for choice in listed if close(choice.value, expected)), None)
    return listed[0] if listed else None
