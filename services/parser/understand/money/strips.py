"""Strips: account summaries that lie down, amounts side by side and the words of each over it.

A strip whose amounts add up says what they are just as a list does, whatever its words. And summaries of two balances, each
on its own day. And lines on which amounts add up to the one behind a sign of equality (``$69.11 + $25.12 = $94.23``): such a
line tells the parts of a charge that another line prints as one, blocks or tiers side by side, each under its head. And lines
whose words tell the last bill and whose column what is left of it.

And lists that go on behind the total of the new charges, over the old balance and its payments, to what is due in a box elsewhere
(``Total of this bill 103.97``, ``Balance on 10 April 187.35``, ``Debit of 26 April -187.35``, ``Voucher -48.00``).
"""

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal

from services.parser.understand.fields.guess import Guess, is_money
from services.parser.understand.layout.guessed import concept_of
from services.parser.understand.layout.labels import is_prose
from services.parser.understand.layout.neighbours import Want
from services.parser.understand.layout.rows import Row, Segment, overlap
from services.parser.understand.layout.tokens import Token
from services.parser.understand.lexicon import plain, squeeze
from services.parser.understand.money.items import BALANCE_CONCEPTS, SUMMARY_CONCEPTS, Item, ItemColumn
from services.parser.understand.money.running import DUE, FORWARD, HEADED_LINES_MAX, NEW, OLD, PAID, Running
from services.parser.understand.sight import Sight

DATED_SCORE = 0.8
CLOSING_LINES_MIN = 3
"""So many lines that make an amount asked for elsewhere do so by no chance."""
PARTS_MIN, HEAD_ROWS_MAX = 2, 5
"""An equation has so many parts; the head of one stands so many lines over it at most, its quantity and its rate between."""
AMOUNTS_MIN, AMOUNTS_MAX = 3, 8
"""Fewer amounts side by side are no summary, more are a table's line."""
WORDS_ROWS_MAX = 5
"""The words over an amount run over a few lines, between which other columns may stand."""
OVER_HEIGHTS, LINE_HEIGHTS = 2.8, 0.8
"""The words stand so far over their amount at most, and their own lines so far apart [heights of type]."""


def find_strips(sight: Sight) -> Iterator[ItemColumn]:
    """Yield the rows of page one whose amounts stand alone side by side, each with words of its own over it.

    Later pages tell the accounts of single services and suppliers.
    """
    for sheet in sight.sheets[:1]:
        for row in sheet.rows:
            amounts = [token for segment in row.segments if (token := _amount(sight, segment)) is not None]
            if not AMOUNTS_MIN <= len(amounts) <= AMOUNTS_MAX:
                continue
            items = [_item(sight, row, token) for token in amounts]
            told = tuple(item for item in items if item is not None)
            if len(told) == len(items):
                yield ItemColumn(0.0, told)


def _amount(sight: Sight, segment: Segment) -> Token | None:
    """Return the amount that is all of a segment."""
    tokens = sight.tokens.within(segment)
    alone = len(tokens) == 1 and is_money(tokens[0]) and not any(map(str.isalpha, sight.tokens.beside(segment)))
    return tokens[0] if alone else None


def _item(sight: Sight, row: Row, token: Token) -> Item | None:
    """Return an amount with the words over it, None without any."""
    words = _words_over(sight, row, token)
    if not words:
        return None
    spoken = [sight.lexicon.whole(plain(word)) for word in words]
    phrase = next(sight.lexicon.phrases_at("".join(map(squeeze, spoken)), 0), None)
    concept = phrase.concept if phrase is not None else concept_of(tuple(spoken), sight.lexicon)
    concept = concept if concept in SUMMARY_CONCEPTS else ""
    text = " ".join(words)
    total = concept in ("amount_due", "new_charges") or sight.lexicon.means(text, "total")
    return Item(text, token.value, token, total=total, balance=concept in BALANCE_CONCEPTS, concept=concept)


def _words_over(sight: Sight, row: Row, token: Token) -> list[str]:
    """Return the words that stand over an amount, line by line up to a gap or a value."""
    found: list[str] = []
    edge, reach = token.box.top, OVER_HEIGHTS
    for index in range(row.index - 1, row.index - 1 - WORDS_ROWS_MAX, -1):
        above = sight.row(row.page, index)
        segment = next((s for s in above.segments if overlap(s.box, token.box) > 0), None) if above else None
        if segment is None:
            continue
        counted = any(one.number is not None for one in sight.tokens.within(segment))
        if (
            edge - segment.box.bottom > reach * segment.height
            or is_prose(segment)
            or counted
            or segment.text[:1].isdigit()
        ):
            break  # a day within the words (``Paid 3 May``) is theirs
        found[:0] = segment.text.split()
        edge, reach = segment.box.top, LINE_HEIGHTS
    return found


def dated_balances(sight: Sight, want: Want) -> Iterator[Guess[Decimal]]:
    """Yield the older of two balances that the same words name, each on its own day (``Balance on 19 January``)."""
    found: dict[str, list[tuple[date, Token]]] = {}
    for segment in sight.segments:
        days = sight.tokens.within(segment)
        if len(days) != 1 or days[0].day is None or days[0].end < len(segment.text.rstrip()):
            continue
        words = segment.text[: days[0].start]
        amounts = [t for t in sight.tokens.on(segment) if t.box.left > segment.box.right and want(t)]
        if amounts and sight.lexicon.means(words, "balance"):
            found.setdefault(squeeze(words), []).append((days[0].day, amounts[-1]))
    for listed in found.values():
        if len({day for day, _ in listed}) == 2:
            token = min(listed, key=lambda one: one[0])[1]
            yield Guess(token.value, token, DATED_SCORE)


def last_bill_in_words(sight: Sight, left: Token) -> tuple[Token, Token] | None:
    """Return the last bill and what was paid of it where a line's words tell the one and its column what is left.

    ``Thank you for your payment of $60.00`` over ``Amount from previous bill $92.15 | 32.15``.
    """
    for label in sight.labels.on(left.page, left.row):
        inside = sight.tokens.within(label.segment) if label.concept == "previous_balance" else ()
        for told in (one for one in inside if is_money(one) and one.start >= label.end):
            behind = told.value > left.value >= 0 and told.box.right < left.box.left
            paid = _paid(sight, told.value - left.value) if behind else None
            if paid is not None:
                return told, paid
    return None


def _paid(sight: Sight, wanted: Decimal) -> Token | None:
    """Return where the wanted amount stands behind a word for a payment in one text."""
    for label in sight.labels.of("payments"):
        for one in sight.tokens.within(label.segment):
            if is_money(one) and abs(one.value) == wanted and one.start >= label.end:
                return one
    return None


def find_equations(sight: Sight) -> Iterator[ItemColumn]:
    """Yield the amounts of each equation, its sum last."""
    for sheet in sight.sheets:
        for row in sheet.rows:
            if any("=" in segment.text for segment in row.segments):
                yield from _equations(sight, row)


def _equations(sight: Sight, row: Row) -> Iterator[ItemColumn]:
    amounts = [token for token in sight.tokens.on(row) if is_money(token)]
    for at, whole in enumerate(amounts):
        if at < PARTS_MIN or not _closes(row, whole):
            continue
        running = Decimal(0)
        for start in range(at - 1, -1, -1):
            if amounts[start].value <= 0:
                break  # what was paid of an old balance leads to what is due, and parts no charge
            running += amounts[start].value
            if running == whole.value and at - start >= PARTS_MIN:
                parts = tuple(_part(sight, row, token) for token in amounts[start:at])
                yield ItemColumn(0.0, (*parts, Item("", whole.value, whole, total=True, balance=False)))
                break


def _closes(row: Row, token: Token) -> bool:
    """Tell whether a sign of equality stands right before an amount."""
    before = token.segment.text[: token.start].rstrip()
    if before or not token.segment.index:
        return before.endswith("=")
    return row.segments[token.segment.index - 1].text.rstrip().endswith("=")


def _part(sight: Sight, row: Row, token: Token) -> Item:
    """Return a part by the words before it, else by the head over it."""
    words = token.segment.text[: token.start].strip(" +=:$€£")
    for index in range(row.index - 1, max(row.index - 1 - HEAD_ROWS_MAX, -1), -1):
        if any(map(str.isalpha, words)):
            break
        above = sight.row(row.page, index)
        over = [s for s in above.segments if overlap(s.box, token.box) > 0] if above else []
        words = next((s.text for s in over if not sight.tokens.within(s)), "")
    return Item(words, token.value, token, total=False, balance=False)


def from_new(sight: Sight, columns: Iterable[ItemColumn], dues: Iterable[Guess[Decimal]]) -> Running | None:
    """Return the summary that the total of the new charges begins and that makes what is due elsewhere, None where none does.

    Args:
        sight: the document.
        columns: its columns of described amounts.
        dues: what may be due by its labels, best first.
    """
    asked = list(dues)
    for column in columns:
        items = [item for item in column.items if item.description]
        for start, item in enumerate(items):
            if not item.total or item.concept not in (NEW, DUE) or not _is_new(sight, item):
                continue
            for end in range(start + CLOSING_LINES_MIN, min(start + HEADED_LINES_MAX, len(items)) + 1):
                made = sum((one.amount for one in items[start:end]), Decimal(0))
                due = next((one for one in asked if one.value == made and _elsewhere(one, items[start:end])), None)
                told = _told(sight, due, items[start:end]) if due is not None else None
                if told is not None:
                    return told
    return None


def _is_new(sight: Sight, item: Item) -> bool:
    return any(label.concept == NEW for label in sight.labels.on(item.token.page, item.token.row))


def _elsewhere(due: Guess[Decimal], lines: Iterable[Item]) -> bool:
    """Tell whether what is due is printed apart from the lines, none of which is it."""
    return all(line.token is not due.token and line.amount != due.value for line in lines)


def _told(sight: Sight, due: Guess[Decimal], lines: list[Item]) -> Running | None:
    """Return what the lines say: one may be the old balance, by its words, and what is taken off was paid."""
    new, *rest = lines
    added, taken = [one for one in rest if one.amount > 0], [one for one in rest if one.amount < 0]
    if len(added) != 1 or not taken or any(one.total for one in rest):
        return None
    old = added[0]
    named = old.concept in (OLD, FORWARD) or sight.lexicon.means(old.description, "balance")
    if not named or any(one.concept in (NEW, DUE) for one in rest):
        return None
    end = Item("", due.value, due.token, total=True, balance=False, concept=DUE)
    paid = [one for one in taken if one.concept == PAID or one.amount == -old.amount] or taken
    before = tuple(one for one in taken if one not in paid)
    return Running(end, previous=old, payments=tuple(paid), before=before, charges=(new,), late=True)
