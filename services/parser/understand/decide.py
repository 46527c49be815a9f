"""Decisions: every question to one statement answered together with the others, before a reading is made of the answers."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import accumulate, takewhile

from domain.quantity import Unit
from services.parser.understand.demands import Demand, find_demands
from services.parser.understand.fields import calendar
from services.parser.understand.fields.context import Context, read_context
from services.parser.understand.fields.due import DUE_DAYS_MAX
from services.parser.understand.fields.guess import Guess, is_money
from services.parser.understand.fields.unit_words import defined_unit, document_unit, unit_of_only
from services.parser.understand.layout.heads import all_tables
from services.parser.understand.layout.tables import Table
from services.parser.understand.layout.tokens import Token
from services.parser.understand.lexicon import squeeze
from services.parser.understand.metering.meters import find_meters
from services.parser.understand.metering.registers import MeterRead, meter_total, sum_of
from services.parser.understand.metering.usage import Total
from services.parser.understand.metering.usage import decide as decide_usage
from services.parser.understand.metering.voices import Amount
from services.parser.understand.money import balances, items, sections, sums
from services.parser.understand.money.headed import Node, taxed_lines
from services.parser.understand.money.strips import find_equations, find_strips, last_bill_in_words
from services.parser.understand.money.sums import Forest
from services.parser.understand.naming.headlines import day_under_due, due_under_heading, used_in_large_type
from services.parser.understand.naming.identifiers import Identifier
from services.parser.understand.naming.numbers import account
from services.parser.understand.past.history import PastMonth, find_history
from services.parser.understand.read_days import over_change, with_reads
from services.parser.understand.sight import Sight

TOTAL_IS_DUE = 0.8
"""How surely the only total of a bill is what is to be paid."""

PARTS_MIN, AGAIN_MIN = 2, 3
"""A total of so many lines, printed so often, is that of the bill."""
SUMMARY_LINES_MAX = 8
"""A summary names at most so many groups of charges between the old balance and what is due."""
TOLD_SCORE = 0.9
"""How surely an amount in a line's words is the last bill's, where a payment elsewhere leaves what the line's column prints."""
LINES_MIN = 3
"""Fewer lines that add up to a sum may do so by chance."""
RUN_MIN, RUN_MAX = 4, 30
"""So many lines that follow each other make a total elsewhere by no chance; longer runs are no list of charges."""
OLD_CONCEPTS = frozenset({"amount_due", "previous_balance", "payments", "late_date", "due_date", "balance_forward"})
"""What the words before an old balance or its payment may name, their day among them."""
OWED_AND_PAID = 2
"""What was owed and what was paid of it are so many lines."""
INSTALMENTS_SHARE, INSTALMENTS_SCORE = Decimal("0.3"), 0.8
LEVY_SHARE = Decimal("0.05")
"""What is added behind the total of the charges, and is no old balance, is so small a share of it."""


@dataclass(frozen=True, slots=True)
class Decided:
    """Everything that was decided about one statement, before it becomes a reading."""

    tables: list[Table]
    context: Context
    calendar: calendar.Calendar
    balances: balances.Balances
    forest: Forest
    leaves: tuple[Node, ...]
    meters: list[MeterRead]
    totals: list[Total]
    history: list[PastMonth]
    unit: Unit | None
    demands: list[Demand]


def decide(sight: Sight) -> Decided:
    """Return what the page says, each question answered together with the others."""
    tables = all_tables(sight)
    context = read_context(sight)
    columns = items.find_columns(sight, sight.has_decimals)
    forest = sums.build([*columns, *find_equations(sight)], taxed_lines(sight, tables, columns))
    money = _opened(sight, balances.decide(sight, tables, columns, find_strips(sight)))
    money = money if money.due else replace(money, due=due_under_heading(sight))
    money = _on_coupon(sight, money, forest)
    money = _with_instalments(sight, _with_taxes(sight, _in_parts(money, forest), forest), columns)
    money, leaves = _settle(sight, money, forest)
    leaves = leaves or (_loose_run(forest, money.new.value) if money.new else ())
    leaves = sections.taxes_together(sight, forest, sections.for_instalment(forest, _without_balances(leaves, money)))
    leaves = tuple(sections.with_unit(sight, leaf) for leaf in leaves)
    if (again := _total_again(sight, _only_total(money), forest)) is not money:
        money, leaves = again, leaves or (sums.open_total(forest, again.new.value) if again.new else ())
    meters = find_meters(sight, tables)
    dates = over_change(with_reads(sight, calendar.decide(sight, tables, meters), meters), meters)
    dates = _with_coupon(sight, dates, money)
    unit = defined_unit(sight.text) or document_unit(sight) or unit_of_only(context)
    near = dates.statement.value if dates.statement else dates.period.value.end if dates.period else None
    if dates.due is None and money.due is not None:
        dates = replace(dates, due=day_under_due(sight, money.due.token, near))
    used = {value: meter_total(read)[1] for read in meters if (value := sum_of(read)) is not None}
    used |= {
        item.value: item.number.unit for node in leaves if (item := node.item.quantity) is not None and item.number
    }
    past = find_history(sight, tables, context, unit, near, dates.period.value if dates.period else None, used)
    quantities = [(node.item.quantity, node.amount) for node in leaves if node.item.quantity is not None]
    totals = decide_usage(sight, tables, context, meters, quantities, _newest(past, dates), unit)
    totals = totals or sections.of_times(sight, leaves) or used_in_large_type(sight, context)
    days = dates.period.value.days if dates.period else None
    charged = {(node.item.token.page, node.item.token.row) for node in leaves}
    demands = find_demands(sight, totals, meters, days, charged)
    return Decided(tables, context, dates, money, forest, leaves, meters, totals, past, unit, demands)


def _opened(sight: Sight, money: balances.Balances) -> balances.Balances:
    """Return a summary with the last bill and its payment where its old balance is what that payment left of the bill."""
    left = money.previous if money.payments is None else None
    found = last_bill_in_words(sight, left.token) if left is not None else None
    if found is None:
        return money
    told, paid = (Guess(abs(one.value), one, TOLD_SCORE) for one in found)
    return replace(money, previous=told, payments=paid, forward=left)


def _settle(sight: Sight, money: balances.Balances, forest: Forest) -> tuple[balances.Balances, tuple[Node, ...]]:
    """Find the lines of the new charges; where no label names these, the sum that the balances leave for them."""
    if money.previous is None and money.payments is None and money.forward is not None:
        money = replace(money, previous=money.forward)
    money = _settled_before(money, forest)
    if money.new is not None:
        leaves = sums.open_total(forest, money.new.value) or _told_above(forest, money.new)
        leaves = leaves or sections.beside_sections(forest, money.new.value)
        leaves = leaves if len(leaves) > 1 else sections.closed_elsewhere(forest, money.new.value) or leaves
        if leaves or money.due is None or money.identity:
            return money, leaves
    if money.due is None:
        return money, ()
    expected = money.due.value
    if money.previous is not None:
        expected -= money.previous.value - (money.payments.value if money.payments else Decimal(0))
        if money.identity and money.adjustments is not None and money.new is None:
            expected -= money.adjustments.value
    elif money.forward is not None:
        expected -= money.forward.value
    leaves = sums.open_total(forest, expected)
    if not leaves:
        leaves = _loose_lines(forest, expected) or _beside_old(forest, money.due.value, expected)
    if not leaves and money.new is None and money.identity:
        leaves = _unsummed_lines(forest, expected, money.due.value)
        told = sections.sum_elsewhere(sight, money.due, expected)
        return replace(money, new=told), leaves or (_summary_lines(forest, expected, money.due.value) if told else ())
    if not leaves and not money.identity and expected != money.due.value:
        # The old balance may be settled without a word: the lines of the bill make all that is due.
        whole = sums.open_total(forest, money.due.value)
        if len(whole) >= LINES_MIN:
            leaves, expected = whole, money.due.value
    if money.new is not None:
        return money, leaves if money.new.value == expected else ()
    if not leaves:
        return money, _summary_lines(forest, expected, money.due.value)
    closing = next((node.item.token for node in forest.composites if node.amount == expected), money.due.token)
    return replace(money, new=Guess(expected, closing, 0.85)), leaves


def _with_taxes(sight: Sight, money: balances.Balances, forest: Forest) -> balances.Balances:
    """Take the total that taxes close for what is new where the labels named the sum before them, and no balance tells."""
    others = (money.previous, money.forward, money.adjustments)
    if money.new is None or money.identity or any(other is not None for other in others):
        return money
    due = money.due.value if money.due is not None else money.new.value
    behind = (token for token in sight.tokens.on(money.new.token.segment) if token.box.left > money.new.token.box.right)
    gross = next((t for t in behind if t.number and t.value == due), None) if due > money.new.value else None
    if gross is not None and money.due is not None and money.due.token.row != gross.row:
        return replace(money, new=replace(money.new, value=due, token=gross))  # net, tax and gross on one line
    for node in forest.composites:
        rest = [part for part in node.parts if part.amount != money.new.value]
        told = all(_adds(sight, part) for part in rest)
        # A levy and a rounding after the total are charged with it, where nothing but they makes what is due of it.
        small = sum((abs(part.amount) for part in rest), Decimal(0)) < money.new.value * LEVY_SHARE
        taxed = told if due == money.new.value else node.amount == due and (told or small)
        taxed = taxed and len(rest) == len(node.parts) - 1
        if node.item.total and rest and taxed and node.amount > money.new.value:
            whole = replace(money.new, value=node.amount, token=node.item.token)
            return replace(money, new=whole, due=whole)
    return money


def _adds(sight: Sight, part: Node) -> bool:
    """Tell whether a line adds to what is new: a tax or a fixed charge, by its words, and no balance."""
    words = part.item.description
    return not part.item.concept and sight.lexicon.means(words, "tax", "fee", "service")


def _with_instalments(sight: Sight, money: balances.Balances, columns: list[items.ItemColumn]) -> balances.Balances:
    """Take what a line between the total of the charges and what is due takes off it for paid, where no word says what it is.

    Yearly bills take off the instalments of the year, most of the total; a discount takes off less.
    """
    new, due = money.new, money.due
    if new is None or due is None or money.payments is not None or money.previous is not None or money.identity:
        return money
    paid = new.value - due.value
    if paid < new.value * INSTALMENTS_SHARE:
        return money
    for column in columns:
        for before, line, after in zip(column.items, column.items[1:], column.items[2:], strict=False):
            settles = (before.amount, line.amount, after.amount) == (new.value, -paid, due.value)
            if settles and line.description and not sight.lexicon.means(line.description, "credit"):
                return replace(money, payments=Guess(paid, line.token, INSTALMENTS_SCORE), identity=True)
    return money


def _in_parts(money: balances.Balances, forest: Forest) -> balances.Balances:
    """Take the total that equal lines right after it part, one of them due now, for what is new (``se abona en dos cuotas``)."""
    others = (money.new, money.previous, money.payments, money.forward, money.adjustments)
    if money.due is None or any(other is not None for other in others):
        return money
    due = money.due.value
    for roots in forest.roots:
        for at, node in enumerate(roots):
            parts = list(takewhile(lambda one: one.amount == due, roots[at + 1 :]))
            if node.parts and len(parts) >= PARTS_MIN and len(parts) * due == node.amount:
                return replace(money, new=Guess(node.amount, node.item.token, INSTALMENTS_SCORE))
    return money


def _without_balances(leaves: tuple[Node, ...], money: balances.Balances) -> tuple[Node, ...]:
    """Return the lines without what was owed and what was paid of it, where these two stand among them and cancel out."""
    old = [guess.token for guess in (money.previous, money.payments) if guess is not None]
    among = [leaf for leaf in leaves if any(_alike(leaf, token) for token in old)]
    if len(among) != OWED_AND_PAID or sum((leaf.amount for leaf in among), Decimal(0)):
        return leaves
    return tuple(leaf for leaf in leaves if not any(leaf is one for one in among))


def _alike(leaf: Node, token: Token) -> bool:
    """Tell whether a line's amount is that of a balance, printed there or again with the words of a day or a balance."""
    if leaf.item.token is token:
        return True
    return abs(leaf.amount) == abs(token.value) and leaf.item.concept in OLD_CONCEPTS


def _settled_before(money: balances.Balances, forest: Forest) -> balances.Balances:
    """Take what is due for what is new where the old balance was paid in full and the bill's lines make all of it.

    What a label called new is then a part: the charges of the grid's company beside those of a supplier.
    """
    due, new, previous, payments = money.due, money.new, money.previous, money.payments
    if due is None or new is None or previous is None or payments is None or money.identity or money.adjustments:
        return money
    if previous.value != payments.value or new.value >= due.value:
        return money
    whole = sums.open_total(forest, due.value)
    return replace(money, new=replace(due, score=new.score)) if len(whole) >= LINES_MIN else money


def _only_total(money: balances.Balances) -> balances.Balances:
    """Take the total of a bill that prints no balance beside it for what is due, as continental bills leave it at that."""
    others = (money.due, money.previous, money.payments, money.forward, money.adjustments)
    if money.new is None or any(other is not None for other in others):
        return money
    return replace(money, due=replace(money.new, score=money.new.score * TOTAL_IS_DUE))


def _total_again(sight: Sight, money: balances.Balances, forest: Forest) -> balances.Balances:
    """Take a total of lines that is printed again and again, whatever its words, for what is due where nothing else is."""
    if any((money.due, money.new, money.previous, money.payments, money.forward, money.adjustments)):
        return money
    totals = [node for node in forest.composites if len(node.parts) >= PARTS_MIN and node.item.total]
    total = max(totals, key=lambda node: node.amount, default=None)
    if total is None or total.amount <= 0:
        return money
    again = sum(is_money(token) and token.value == total.amount for token in sight.tokens.all())
    if again < AGAIN_MIN and not _closes_all(forest, total):
        return money
    found = Guess(total.amount, total.item.token, TOTAL_IS_DUE)
    return replace(money, new=found, due=found)


def _closes_all(forest: Forest, total: Node) -> bool:
    """Tell whether a total is the last line of its list and closes all lines of it, sums before taxes among them or not."""
    for column in forest.roots:
        if column and column[-1].item is total.item:
            return len(column) == 1 and len(list(total.leaves())) >= PARTS_MIN
    return False


def _on_coupon(sight: Sight, money: balances.Balances, forest: Forest) -> balances.Balances:
    """Take the sum of the bill's lines that stands behind its account number for what is due: forms print no words there."""
    if money.due or money.new or money.forward or (money.previous and not money.payments):
        return money
    number = account(sight)
    for node in forest.composites if number is not None else ():
        if len(node.parts) >= LINES_MIN and _behind_number(sight, node.item.token, number):
            found = Guess(node.amount, node.item.token, TOTAL_IS_DUE)
            return replace(money, new=found, due=found)
    return money


def _with_coupon(sight: Sight, dates: calendar.Calendar, money: balances.Balances) -> calendar.Calendar:
    """Take the one day between the account's number and what is due for the day on which it is, where no label names one."""
    floor = dates.statement.value if dates.statement else dates.period.value.end if dates.period else None
    if dates.due is not None or money.due is None or floor is None:
        return dates
    left = money.due.token.box.left
    days = [token for token in sight.tokens.on(money.due.token.segment) if token.day and token.box.left < left]
    if len(days) != 1 or days[0].day is None or not 0 < (days[0].day - floor).days <= DUE_DAYS_MAX:
        return dates
    if not _behind_number(sight, money.due.token, account(sight)):
        return dates
    return replace(dates, due=Guess(days[0].day, days[0], TOTAL_IS_DUE))


def _behind_number(sight: Sight, token: Token, number: Identifier | None) -> bool:
    """Tell whether the account's number stands before an amount on its line."""
    row = sight.row(token.page, token.row)
    beside = [squeeze(s.text) for s in row.segments if s.box.left < token.box.left] if row else []
    return number is not None and number.squeezed.lower() in beside


def _loose_lines(forest: Forest, expected: Decimal) -> tuple[Node, ...]:
    """Return the lines right before a printed total that add up to it without saying total."""
    runs = _runs_before(forest, expected, expected)
    return next((run for closing, run in runs if not closing.parts and len(run) > 1), ())


def _loose_run(forest: Forest, wanted: Decimal) -> tuple[Node, ...]:
    """Return the lines that follow each other and make what is new, some of them sums, where its total stands elsewhere."""
    runs = (run for roots in forest.roots for run in _runs(roots, wanted))
    return sums.opened(forest, next((run for run in runs if any(one.item.total and one.parts for one in run)), ()))


def _beside_old(forest: Forest, due: Decimal, expected: Decimal) -> tuple[Node, ...]:
    """Return the lines that lead to what is due beside what is left of the old balance, where they make what is new."""
    for node in forest.composites:
        old = [part for part in node.parts if part.amount == due - expected and part.item.concept != "new_charges"]
        if node.amount == due and len(old) == 1 and len(node.parts) > OWED_AND_PAID:
            return tuple(part for part in node.parts if part is not old[0])
    return ()


def _unsummed_lines(forest: Forest, expected: Decimal, due: Decimal) -> tuple[Node, ...]:
    """Return the lines right before what is due that add up to what is new, where no line prints their sum."""
    runs = (run for _, run in _runs_before(forest, due, expected) if len(run) > 1)
    return sums.opened(forest, next((run for run in runs if not any(node.item.total for node in run[:-1])), ()))


def _summary_lines(forest: Forest, expected: Decimal, due: Decimal) -> tuple[Node, ...]:
    """Return the lines of a summary that lead from the old balance to what is due where no sum of them is printed, opened."""
    runs = (run for _, run in _runs_before(forest, due, expected) if len(run) <= SUMMARY_LINES_MAX)
    return sums.opened(forest, next(runs, ()))


def _told_above(forest: Forest, new: Guess[Decimal]) -> tuple[Node, ...]:
    """Return the lines of a list that make what is new to the cent, where their sum stands apart from them, below."""
    for roots in forest.roots:
        for run in _runs(roots, new.value):
            above = run[-1].item.key[:2] < (new.token.page, new.token.row)
            if above and all(one.item.description for one in run):
                return sums.opened(forest, run)
        # Of two lists side by side the first may end with its sum, and the second with the sum of both elsewhere.
        rest = new.value - sum((node.amount for node in roots), Decimal(0))
        beside = [one for one in forest.composites if one.amount == rest and len(one.parts) >= LINES_MIN]
        if beside and len(roots) >= RUN_MIN and all(one.item.description for one in roots):
            return sums.opened(forest, (beside[0], *roots))
    return ()


def _runs(roots: tuple[Node, ...], wanted: Decimal) -> Iterator[tuple[Node, ...]]:
    """Yield the lines that follow each other in a list and add up to the wanted sum, where they are too many for chance."""
    before = list(accumulate((node.amount for node in roots), initial=Decimal(0)))
    places: dict[Decimal, list[int]] = {}
    for place, total in enumerate(before):
        places.setdefault(total, []).append(place)
    for start, total in enumerate(before):
        for end in places.get(total + wanted, ()):
            if RUN_MIN <= end - start <= RUN_MAX:
                yield roots[start:end]


def _runs_before(forest: Forest, closing: Decimal, wanted: Decimal) -> Iterator[tuple[Node, tuple[Node, ...]]]:
    """Yield each line of an amount with a run of lines right before it that add up to the wanted one, shorter runs first."""
    for roots in forest.roots:
        for end, node in enumerate(roots):
            running = Decimal(0)
            for start in range(end - 1, -1, -1) if node.amount == closing else ():
                running += roots[start].amount
                if running == wanted:
                    yield node, roots[start:end]


def _newest(past: list[PastMonth], dates: calendar.Calendar) -> list[tuple[Token, Amount]]:
    if dates.period is None:
        return []
    month = dates.period.value.end.replace(day=1)
    return [
        (one.quantity, Amount(one.quantity.value.normalize(), one.unit, one.commodity))
        for one in past
        if one.quantity is not None and one.month == month
    ]
