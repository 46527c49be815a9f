"""Due date: the day that labels name, that follows the amount due in its own words, or that stands beside it."""

import itertools
import re
from collections.abc import Iterator
from datetime import date, timedelta

from services.parser.understand.fields.guess import Guess, combine, is_day, is_money
from services.parser.understand.layout.heads import under_heads
from services.parser.understand.layout.labels import Label, is_prose
from services.parser.understand.layout.neighbours import values_for
from services.parser.understand.layout.tables import Table
from services.parser.understand.layout.tokens import Token
from services.parser.understand.lexicon import plain
from services.parser.understand.naming.titles import titles
from services.parser.understand.sight import Sight
from services.parser.understand.values.dates import complete

DUE_DAYS_MAX = 75
TITLE_SCORE, WORDS_FOR_DUE_SCORE = 0.82, 0.75
SENTENCE_SCORE, SENTENCE_WORDS_MAX = 0.6, 10
SCORE_MIN = 0.3
"""A day named less surely than so is not told."""
PAST_CONCEPTS = frozenset({"payments", "previous_balance", "balance_forward", "late_amount"})
"""What a sentence about an amount and a day names where the day lies behind."""
OTHER_DAYS = frozenset({"next_read", "payments", "statement_date", "late_date", "next_instalment"})
"""What a day's own line may name it as, so that it is not this bill's to be paid on."""
GENERIC_LETTERS_MAX = 6
"""Labels of so few letters (``Date``) name more than one thing."""
OLD_SHARE = 0.6
READING_CONCEPTS = ("current_read", "previous_read", "read_type", "usage", "difference", "payments")
LONE_SCORE, LONE_WORDS_MAX = 0.4, 4
"""The only day after the bill, printed once behind so few words that nothing is known of."""
LATE_SCORE = 0.5
UNDER_ROWS, UNDER_HEIGHTS = 3, 1.5
"""A day under an amount stands so many type sizes below it at most; lines of another lane may lie between."""
DEBIT_ROWS, DEBIT_WORDS_MAX = 2, 20
"""The day of a debit stands so many lines and words behind the word for it at most."""
LED_WORDS_MIN = 2
"""A bare word for by when that so many words lead to says what else is to be done by that day."""
PAYING_DAYS_MIN, PAYING_DAYS_MAX = 7, 45
"""Customers are given so many days to pay where no label says which day is meant."""


def due_date(sight: Sight, named: list[Guess[date]], floor: date | None) -> Guess[date] | None:
    """Return the due date: a named day in time after the bill; else the day beside the amount due on page one."""
    guesses = []
    if not named:
        named = _named_without_year(sight, floor)
    named = [guess for guess in named if guess.score >= SCORE_MIN] or [
        *_in_sentences(sight),
        *_said_after(sight),
        *_opening_sentences(sight),
        *_debited(sight),
    ]
    days = itertools.chain(_due_by(sight, floor), _beside_words_for_due(sight), _under_amounts(sight))
    spoken = [guess for guess in days if all(guess.value != other.value for other in named)]
    if any(guess.value != floor for guess in spoken):
        # "Your balance on 5 August", the day of the bill, beside "Please pay by 26 August".
        spoken = [guess for guess in spoken if guess.value != floor]
    for guess in [*named, *spoken]:
        in_time = floor is None or timedelta(days=-1) <= guess.value - floor <= timedelta(days=DUE_DAYS_MAX)
        guesses.append(Guess(guess.value, guess.token, guess.score * (1.0 if in_time else 0.35)))
    guesses = [guess for guess in guesses if not _is_other(sight, guess.token)]
    if guesses:
        best = max(guesses, key=lambda guess: guess.score)
        return best if best.score >= SCORE_MIN else None
    return _beside_due(sight, floor) or _only_later(sight, floor) or _without_fee(sight, floor)


def _without_fee(sight: Sight, floor: date | None) -> Guess[date] | None:
    """Return the last day without a fee, where a bill is due upon receipt and names no other (``Late Fee After 03/13/25``)."""
    found = [
        one.token
        for label in sight.labels.of("late_date")
        if sight.lexicon.means(label.text, "fee_after") and not is_prose(label.segment)
        for one in values_for(sight, label, lambda token: token.day is not None)[:1]
    ]
    days = {token.day for token in found if token.day is not None and floor is not None and _payable(token.day, floor)}
    return Guess(days.pop(), found[0], LATE_SCORE) if len(days) == 1 else None


def _payable(day: date, floor: date) -> bool:
    """Tell whether a day lies so far behind the bill as customers are given to pay."""
    return timedelta(days=PAYING_DAYS_MIN) <= day - floor <= timedelta(days=PAYING_DAYS_MAX)


def _only_later(sight: Sight, floor: date | None) -> Guess[date] | None:
    """Return the one day in time for paying that the pages print again and again and that no label names otherwise."""
    if floor is None:
        return None
    seen: dict[date, list[Token]] = {}
    for token in sight.tokens.all():
        day = token.day
        if day is None or is_prose(token.segment) or _is_other(sight, token):
            continue
        if _payable(day, floor):
            seen.setdefault(day, []).append(token)
    named = {
        found.token.day
        for label in sight.labels.of("next_read", "late_date", "next_instalment")
        for found in values_for(sight, label, lambda token: token.day is not None)
    }
    days = {day: tokens for day, tokens in seen.items() if day not in named}
    if len(days) != 1:
        return None
    day, tokens = next(iter(days.items()))
    if len(tokens) >= 2:
        return Guess(day, tokens[0], 0.5)
    first = tokens[0]
    words = first.segment.text[: first.start].split()
    lone = first.page == sight.sheets[0].page.number and len(words) <= LONE_WORDS_MAX
    later = {t.day for t in sight.tokens.all() if t.day is not None and t.day > floor and not is_prose(t.segment)}
    return Guess(day, first, LONE_SCORE) if lone and later - named == {day} else None


def named_days(sight: Sight, concept: str, tables: list[Table]) -> list[Guess[date]]:
    """Return the days that the labels of a concept name, best first."""
    fitting = [table for table in tables if concept != "statement_date" or not table.columns_of(*READING_CONCEPTS)]
    heads = under_heads(sight, fitting, concept, lambda token: token.day is not None)
    guesses = [Guess(head.token.day, head.token, head.score) for head in heads if head.token.day is not None]
    yearless = False
    for label in sight.labels.of(concept):
        if (concept == "statement_date" and _heads_readings(sight, label)) or _joins_days(sight, label):
            continue
        if concept == "due_date" and _says_something_else(sight, label):
            continue
        if _of_late_charge(sight, label) or (concept == "due_date" and _of_old_balance(sight, label)):
            continue
        for rank, found in enumerate(values_for(sight, label, is_day)):
            day = found.token.day
            if day is None and found.place in ("after", "right"):
                yearless = True
                break  # its own day prints no year: what stands under the label is another
            if day is not None:
                generic = 0.75 if label.letters <= GENERIC_LETTERS_MAX else 1.0
                if concept == "statement_date" and sight.lexicon.means(label.segment.text[: label.start], "balance"):
                    generic *= OLD_SHARE  # the balance of a statement before (``Balance, statement of 01/12/24``)
                guesses.append(Guess(day, found.token, found.score * generic * (0.7 if rank else 1.0)))
    if yearless and concept == "statement_date" and len(guesses) == len(heads):
        guesses = []
    if concept == "statement_date":
        guesses.extend(Guess(title.day.day, title.day, TITLE_SCORE) for title in titles(sight) if title.day.day)
    return combine(guesses)


def _says_something_else(sight: Sight, label: Label) -> bool:
    """Tell whether a bare word for by when stands in a sentence that asks for no money (``Recommend us before 31 August``)."""
    words = plain(label.segment.text[: label.start])
    if plain(label.text) not in sight.lexicon.words["by"] or len(words.split()) < LED_WORDS_MIN:
        return False
    named = any(other.start < label.start for other in sight.labels.within(label.segment))
    paying = sight.lexicon.guesses["due_date"][0] if "due_date" in sight.lexicon.guesses else frozenset()
    return not named and paying.isdisjoint(words.split()) and not any(map(str.isdigit, words))


def _of_old_balance(sight: Sight, label: Label) -> bool:
    """Tell whether an old balance opens the line of a label, so that its day lies behind (``Balance forward (due 5 June)``)."""
    row = sight.row(label.segment.page, label.segment.row)
    first = [one for one in sight.labels.within(row.segments[0]) if not one.start] if row and label.start else []
    return any(one.concept in ("previous_balance", "balance_forward") for one in first)


def _joins_days(sight: Sight, label: Label) -> bool:
    """Tell whether a label stands right between two days, as the words of a period do (``vom 01.04. bis zum 31.03.``)."""
    text = label.segment.text
    days = [token for token in sight.tokens.within(label.segment) if token.when is not None]
    return any(
        one.end <= label.start and other.start >= label.end
        and not text[one.end : label.start].strip() and not text[label.end : other.start].strip()
        for one, other in itertools.pairwise(days)
    )  # fmt: skip


def _of_late_charge(sight: Sight, label: Label) -> bool:
    """Tell whether words for the day of a debit say what being late costs (``Interest will be charged on``)."""
    if not sight.lexicon.means(label.text, "charged"):
        return False
    clause = re.split(r"[.;:!?]\s", label.segment.text[: label.start])[-1]
    return sight.lexicon.pattern(r"\s*<words>\b", "late_charge").match(clause) is not None


def _heads_readings(sight: Sight, label: Label) -> bool:
    """Tell whether a bare word for date heads the column of days of a list of readings."""
    row = sight.labels.on(label.segment.page, label.segment.row)
    return label.letters <= GENERIC_LETTERS_MAX and any(other.concept in READING_CONCEPTS for other in row)


def _near(token: Token, floor: date | None) -> date | None:
    """Return the day of a token that prints no year: the first one after the bill was written."""
    if token.when is None or token.when.day is None or token.when.year is not None or floor is None:
        return token.day
    day = complete(token.when.month, token.when.day, near=floor + timedelta(days=DUE_DAYS_MAX // 3), before=False)
    return day if day is not None and floor <= day <= floor + timedelta(days=DUE_DAYS_MAX) else None


def _due_by(sight: Sight, floor: date | None) -> Iterator[Guess[date]]:
    """Yield days that follow an amount due in its own words (``Total due by Apr 8``)."""
    for label in sight.labels.of("amount_due"):
        segment, end = label.segment, label.end
        if label.weight <= 0.5:
            continue
        stated = sight.lexicon.means(label.text.split()[-1], "balance")  # "Your balance on 5 August" asks for nothing
        for token in sight.tokens.within(segment) if not stated else ():
            if token.start < end:
                continue
            if token.when is None:
                # "You owe $81.20 by 3 May": the amount stands between.
                end = token.end
                continue
            day = token.day or _near(token, floor)
            between = " ".join(plain(segment.text[end : token.start]).strip(" :,").split())
            if day is not None and (between in sight.lexicon.words["by"] or (not between and label.start == 0)):
                yield Guess(day, token, 0.85)
            break


def _beside_words_for_due(sight: Sight) -> Iterator[Guess[date]]:
    """Yield days that stand where the amount due would, right of nothing but its words (``Payment due`` | ``15 May 2024``)."""
    for label in sight.labels.of("amount_due"):
        segment = label.segment
        row = sight.row(segment.page, segment.row)
        right = row.segments[segment.index + 1] if row and segment.index + 1 < len(row.segments) else None
        if label.weight <= 0.5 or label.start or segment.text[label.end :].strip(" :.") or right is None:
            continue
        token = next(iter(sight.tokens.within(right)), None)
        if token is not None and token.day is not None and token.text == right.text:
            yield Guess(token.day, token, WORDS_FOR_DUE_SCORE)


def _under_amounts(sight: Sight) -> Iterator[Guess[date]]:
    """Yield days behind a word for by when, right under what is due in a box (``Amount debited | 55.97 | on 26 June 2026``)."""
    for label in sight.labels.of("amount_due"):
        for found in values_for(sight, label, is_money)[:1] if label.weight > 0.5 else ():
            amount = found.token
            rows = (sight.row(amount.page, amount.row + step) for step in range(1, UNDER_ROWS + 1))
            edges = (amount.segment.box.left, label.segment.box.left)
            for segment in (one for row in rows if row is not None for one in row.segments):
                near = any(abs(segment.box.left - edge) < segment.height for edge in edges)
                close = segment.box.top - amount.box.bottom < UNDER_HEIGHTS * segment.height
                day = next(iter(sight.tokens.within(segment)), None) if near and close else None
                words = plain(segment.text[: day.start]).strip(" :") if day is not None else ""
                if day is not None and day.day is not None and words in sight.lexicon.words["by"]:
                    yield Guess(day.day, day, 0.85)


def _in_sentences(sight: Sight) -> Iterator[Guess[date]]:
    return (Guess(day.day, day, SENTENCE_SCORE) for _, day in asked_in_sentences(sight) if day.day is not None)


def asked_in_sentences(sight: Sight) -> Iterator[tuple[Token, Token]]:
    """Yield the one amount of a sentence and the day it gives for paying it, also where it runs on in the next line."""
    for sheet in sight.sheets:
        for row, below in itertools.pairwise((*sheet.rows, None)):
            for segment in row.segments if row else ():
                tokens = sight.tokens.within(segment)
                amounts = [token for token in tokens if is_money(token)]
                if len(amounts) != 1 or any(label.concept in PAST_CONCEPTS for label in sight.labels.within(segment)):
                    continue
                last = amounts[0]
                day = next((t for t in tokens if t.start >= last.end), None)
                if day is not None:
                    between = segment.text[last.end : day.start]
                else:
                    lane = (
                        next((s for s in below.segments if abs(s.box.left - segment.box.left) < 20), None)
                        if below
                        else None
                    )
                    day = next(iter(sight.tokens.within(lane)), None) if lane else None
                    between = f"{segment.text[last.end :]} {lane.text[: day.start]}" if lane and day else ""
                if day is not None and day.day is not None and _asks(sight, between):
                    yield last, day


def _said_after(sight: Sight) -> Iterator[Guess[date]]:
    """Yield days right before the words for due, as German sentences have them (``ist am 27.04.2024 fällig``).

    The account that is debited may stand between the two (``wird am 12.04.2024 von Ihrem Konto abgebucht``).
    """
    for label in (*sight.labels.of("due_date"), *sight.labels.of("autopay")):
        before = [token for token in sight.tokens.within(label.segment) if token.end <= label.start]
        last = before[-1] if label.start and before else None
        if last is None or last.day is None or _joins_days(sight, label):
            continue
        between = label.segment.text[last.end : label.start].strip()
        if not between or sight.lexicon.means(between, "from_account"):
            yield Guess(last.day, last, SENTENCE_SCORE)


def _debited(sight: Sight) -> Iterator[Guess[date]]:
    """Yield the first day that a sentence about the debit gives behind a word for by when, on its line or one of the next.

    ``Su pago se efectuará por domiciliación en su cuenta,`` over ``a partir del día 07/10/2026. El justificante``.
    """
    for label in sight.labels.of("autopay"):
        words, start, edge = "", label.end, label.segment.box.left
        for index in range(label.segment.row, label.segment.row + 1 + DEBIT_ROWS):
            row = sight.row(label.segment.page, index)
            lane = next((s for s in row.segments if abs(s.box.left - edge) < s.height), None) if row else None
            if lane is None:
                continue
            day = next((t for t in sight.tokens.within(lane) if t.start >= start and t.when is not None), None)
            words = f"{words} {plain(lane.text[start : day.start if day else None])}".strip()
            if day is not None:
                asked = any(words.endswith(f" {by}") for by in sight.lexicon.words["by"])
                if asked and day.day is not None and len(words.split()) <= DEBIT_WORDS_MAX:
                    yield Guess(day.day, day, SENTENCE_SCORE)
                break
            start = 0


def _opening_sentences(sight: Sight) -> Iterator[Guess[date]]:
    """Yield days right behind words for paying that open a sentence (``Pay by Feb 24, 2025 to avoid a late charge``)."""
    for label in sight.labels.of("due_date"):
        if label.start or not is_prose(label.segment):
            continue
        first = next((token for token in sight.tokens.within(label.segment) if token.start >= label.end), None)
        if first is not None and first.day and not label.segment.text[label.end : first.start].strip(" :"):
            yield Guess(first.day, first, SENTENCE_SCORE)


def _asks(sight: Sight, between: str) -> bool:
    """Tell whether the words between an amount and a day ask for the amount by that day."""
    words = " ".join(plain(between).replace(",", " ").split())
    if len(words.split()) > SENTENCE_WORDS_MAX or any(sign in words for sign in ".;:?!"):
        return False
    # The name of a weekday may stand before the day.
    spoken = {words, words.rpartition(" ")[0] if between.split()[-1:] and between.split()[-1].istitle() else words}
    return any(one == by or one.endswith(f" {by}") for by in sight.lexicon.words["by"] for one in spoken)


def dated_without_year(sight: Sight, end: date) -> Guess[date] | None:
    """Return the day that a label of the statement date names without a year, on the last day of the bill or soon after."""
    found = [
        Guess(day, one.token, 0.9 * one.score)
        for label in sight.labels.of("statement_date")
        if label.letters > GENERIC_LETTERS_MAX
        for one in values_for(sight, label, is_day)
        if one.place in ("after", "right") and (day := _near(one.token, end)) is not None
    ]
    return next(iter(combine(found)), None)


def _named_without_year(sight: Sight, floor: date | None) -> list[Guess[date]]:
    """Return the days that due date labels name without a year."""
    found = []
    for label in sight.labels.of("due_date"):
        if _joins_days(sight, label) or _of_late_charge(sight, label):
            continue
        for rank, one in enumerate(values_for(sight, label, is_day)):
            day = _near(one.token, floor)
            if day is not None:
                found.append(Guess(day, one.token, 0.9 * one.score * (0.7 if rank else 1.0)))
    return combine(found)


def _is_other(sight: Sight, token: Token) -> bool:
    """Tell whether the day's own line names it as something else (a payment received, the next reading)."""
    text = token.segment.text[: token.start]
    labels = [label for label in sight.labels.within(token.segment) if label.end <= token.start]
    last = max(labels, key=lambda label: label.end, default=None)
    return bool(text) and last is not None and last.concept in OTHER_DAYS


def _beside_due(sight: Sight, floor: date | None) -> Guess[date] | None:
    """Return a day that stands unlabelled right beside an amount, twice, and after the bill's date."""
    if floor is None:
        return None
    seen: dict[date, list[Token]] = {}
    for sheet in sight.sheets:
        for row in sheet.rows:
            tokens = sight.tokens.on(row)
            for one, other in itertools.pairwise(tokens):
                alone = one.text == one.segment.text and other.text == other.segment.text
                if (
                    alone
                    and one.day
                    and other.number
                    and other.number.currency
                    and floor < one.day <= floor + timedelta(days=DUE_DAYS_MAX)
                ):
                    seen.setdefault(one.day, []).append(one)
    repeated = [(day, tokens) for day, tokens in seen.items() if len(tokens) >= 2]
    return Guess(repeated[0][0], repeated[0][1][0], 0.55) if len(repeated) == 1 else None
