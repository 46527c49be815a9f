"""Calendar: the statement date, the due date and the period of service, decided together."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from services.parser.understand.fields.due import GENERIC_LETTERS_MAX, dated_without_year, due_date, named_days
from services.parser.understand.fields.guess import Guess, is_count, is_day
from services.parser.understand.fields.spans import (
    Pair,
    Span,
    choose,
    counted_pairs,
    run_with,
    stacked_days,
    whole_month,
    wrapped_days,
)
from services.parser.understand.layout.heads import days_over_reads
from services.parser.understand.layout.labels import is_prose
from services.parser.understand.layout.neighbours import Found, values_for
from services.parser.understand.layout.rows import overlap
from services.parser.understand.layout.tables import Table
from services.parser.understand.layout.tokens import Token
from services.parser.understand.metering.registers import MeterRead
from services.parser.understand.sight import Sight
from services.parser.understand.values.dates import joins_period

EARLY_DAYS, EARLY_SCORE_MIN = 5, 0.8
"""A bill is dated so long before its last day at most, unless a plain label says otherwise."""
READ_ROWS_MAX = 3
HEAD_SHARE, HEAD_LAG_DAYS = 0.3, 30
"""An unlabelled date of the bill stands in this top share of the first page, and so soon after the period [days]."""
PLACE_WORDS_MAX = 4
LONE_SHARE, LONE_LAG_MIN_DAYS, LONE_LAG_DAYS, LONE_DAYS_MAX, LONE_SCORE = 0.45, 2, 40, 2, 0.4
"""At the head of a bill stand its own day and the one to pay by, and no others after the period and the day of its reading."""
DATED_CONCEPTS = frozenset(
    {
        "period", "period_start", "period_end", "current_read", "previous_read", "read_date", "next_read", "payments",
        "late_date", "due_date", "next_instalment", "previous_balance", "history",
    }
)  # fmt: skip
LISTED_MIN, LISTED_STEP = 3, 2
"""So many days in a column, each so few lines under the one before, are a list of the past."""
BESIDE_POINTS = 200.0
PLAIN_SCORE = 0.85
"""A date that its own label names so plainly may stand in the lane of a table's days."""
SIZES = frozenset({"1/2", "1/4", "3/4", "1/8", "3/8", "5/8", "7/8"})
"""A water meter's size [inches] in a column of its own, no day beside those of its readings."""
READINGS = 2
TABLE_SCORE, READS_SCORE = 0.85, 0.6
"""How surely columns of days say the period, and those of the days of readings, which may lie a day before it."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """The dates of a bill; ``period_tokens`` are the two printed days, ``days`` the printed number of days."""

    statement: Guess[date] | None = None
    due: Guess[date] | None = None
    period: Guess[Span] | None = None
    period_tokens: tuple[Token, ...] = ()
    days: Guess[int] | None = None


def decide(sight: Sight, tables: list[Table], meters: Sequence[MeterRead] = ()) -> Calendar:
    """Return the dates that the labels speak for and that fit each other."""
    meter_rows = frozenset((register.page, register.row) for meter in meters for register in meter.registers)
    statements = _days_of_issue(sight, tables)
    due_days = named_days(sight, "due_date", tables)
    taken = {guess.value for guess in due_days}
    statement = statements[0] if statements else _margin_date(sight, taken)
    pairs = [*_pairs(sight, meter_rows), *_table_pairs(sight, tables), *_labelled_pairs(sight), *_read_pairs(sight)]
    pairs.extend(counted_pairs(sight, meters))
    latest = max(taken, default=None) if statement is None else statement.value
    period, tokens = choose(sight, pairs, latest, meters)
    if period is None:
        period, tokens = whole_month(sight)
    if statement and period and statement.value < period.value.end - timedelta(days=EARLY_DAYS):
        later = [guess for guess in statements if guess.value >= period.value.end - timedelta(days=EARLY_DAYS)]
        statement = later[0] if later else statement if statement.score >= EARLY_SCORE_MIN else None
    if statement is None and period is not None:
        end = period.value.end
        statement = (
            dated_without_year(sight, end) or _head_date(sight, taken, end) or _lone_date(sight, taken, tokens, end)
        )
    floor = statement.value if statement else period.value.end if period else None
    due = due_date(sight, due_days, floor)
    days = printed_days(sight, tables, period)
    return Calendar(statement, due, period, tokens, days)


def _days_of_issue(sight: Sight, tables: list[Table]) -> list[Guess[date]]:
    """Return the days that labels name as the bill's, best first, without those of lists of the past."""
    return [
        guess
        for guess in named_days(sight, "statement_date", tables)
        if guess.score >= PLAIN_SCORE or _named_beside(sight, guess.token) or not _in_table_body(guess.token, tables)
    ]


def _margin_date(sight: Sight, taken: set[date]) -> Guess[date] | None:
    """Return the day printed alone at the foot or head of every page: the day of printing."""
    seen: dict[date, list[Token]] = {}
    for sheet in sight.sheets:
        for row in sheet.rows[:2] + sheet.rows[-2:]:
            for token in sight.tokens.on(row):
                if token.day is not None and token.text == token.segment.text:
                    seen.setdefault(token.day, []).append(token)
    pages = len(sight.sheets)
    for day, tokens in seen.items():
        if day not in taken and pages >= 2 and len({token.page for token in tokens}) == pages:
            return Guess(day, tokens[0], 0.6)
    return None


def _head_date(sight: Sight, taken: set[date], end: date) -> Guess[date] | None:
    """Return the day that stands alone at the head of the first page soon after the period, as letters are dated."""
    sheet = sight.sheets[0]
    for row in sheet.rows:
        if row.box.top > HEAD_SHARE * sheet.page.height:
            return None
        for token in sight.tokens.on(row):
            day = token.day
            if day is None or day in taken or not _dates_letter(sight, token):
                continue
            if 0 <= (day - end).days <= HEAD_LAG_DAYS:
                return Guess(day, token, 0.5)
    return None


def _lone_date(sight: Sight, taken: set[date], period: tuple[Token, ...], end: date) -> Guess[date] | None:
    """Return the earliest day after the period at the head of page one, where none of the words before such days is known."""
    sheet = sight.sheets[0]
    found: dict[date, Token] = {}
    for row in sheet.rows:
        for token in sight.tokens.on(row):
            day = token.day
            if day is None or day in taken or token in period or is_prose(token.segment):
                continue
            before = [one for one in sight.labels.on(row.page, row.index) if one.box.right <= token.box.left + 1]
            if any(one.weight > 0.5 and one.concept in DATED_CONCEPTS for one in before):
                continue
            if (
                not LONE_LAG_MIN_DAYS <= (day - end).days <= LONE_LAG_DAYS
                or row.box.top > LONE_SHARE * sheet.page.height
            ):
                continue
            if len(token.segment.text[: token.start].split()) <= PLACE_WORDS_MAX:
                found.setdefault(day, token)
    first = min(found, default=None)
    if first is None or not any(day > first for day in (*taken, *found)) or len(found) > LONE_DAYS_MAX:
        return None  # a single day may as well be the one to pay by
    return Guess(first, found[first], LONE_SCORE)


def _named_beside(sight: Sight, token: Token) -> bool:
    """Tell whether a label of the statement date stands right before a day on its own row, with no value between."""
    before = [other for other in sight.tokens.on(token.segment) if other.box.right <= token.box.left]
    edge = max((other.box.right for other in before), default=0.0)
    return any(
        label.concept == "statement_date"
        and edge <= label.box.left
        and 0 <= token.box.left - label.box.right < BESIDE_POINTS
        for label in sight.labels.on(token.page, token.row)
    )


def _in_table_body(token: Token, tables: list[Table]) -> bool:
    """Tell whether the token is one of several lines of a history."""
    for table in tables:
        if table.page != token.page or len(table.body) < 3:
            continue
        columns = {i for line in table.body for i, cell in line.cells.items() if token in cell}
        for index in columns:
            rows = [line.row.index for line in table.body if any(t.when for t in line.cells.get(index, ()))]
            if len(run_with(token.row, rows, LISTED_STEP)) >= LISTED_MIN:
                return True
    return False


def _dates_letter(sight: Sight, token: Token) -> bool:
    """Tell whether a day stands by itself or after a place (``Lyon, le 7 mars 2024``), no reading beside it."""
    before, after = token.segment.text[: token.start].strip(), token.segment.text[token.end :].strip(" .")
    place = not before or ("," in before and len(before.split()) <= PLACE_WORDS_MAX and before[:1].isupper())
    beside = any(other is not token and other.box.left > token.box.right for other in sight.tokens.on(token.segment))
    return place and not after and not beside


def _pairs(sight: Sight, meter_rows: frozenset[tuple[int, int]]) -> Iterator[Pair]:
    """Yield two days that stand side by side with nothing but a joint between them."""
    for sheet in sight.sheets:
        for row in sheet.rows:
            tokens = [token for token in sight.tokens.on(row) if is_day(token)]
            for first, last in itertools.pairwise(tokens):
                score = _pair_score(sight, first, last)
                if score and (row.page, row.index) in meter_rows:
                    score = max(score, 0.9)
                if score:
                    yield Pair(first, last, score, _named_on_its_line(sight, first))
            for first, last, named in (*wrapped_days(sight, row), *stacked_days(sight, row)):
                yield Pair(first, last, _named_pair(sight, first, last, 0.45), named)


def _pair_score(sight: Sight, first: Token, last: Token) -> float:
    if sight.lexicon.means(first.segment.text[: first.start], "no_period"):
        return 0.0  # the days on which a surcharge held
    if first.segment is last.segment:
        if not joins_period(first.segment.text[first.end : last.start]):
            return 0.0
        score = 0.12 if is_prose(first.segment) else 0.45
        before = sight.lexicon.means(first.segment.text[: first.start], "usage") or first.segment.text[
            : first.start
        ].strip().lower().endswith(("from", "du", "vom", "del", "dal"))
        score += 0.1 if before else 0.0
    else:
        between = last.segment.index - first.segment.index
        text = first.segment.text[first.end :] + last.segment.text[: last.start]
        if between > 2 or not joins_period(text) or first.text in SIZES or last.text in SIZES:
            return 0.0
        score = 0.3
    return _named_pair(sight, first, last, score)


def _named_on_its_line(sight: Sight, first: Token) -> bool:
    """Tell whether the words right before a day, with no value between, name it the period (``Billing period: 3 May``)."""
    return any(
        label.concept == "period" and label.weight > 0.5 and label.start == 0 and label.box.right <= first.box.left + 2
        and not any(
            label.box.right < other.box.left < first.box.left - 1 for other in sight.tokens.on(first.segment)
        )
        for label in sight.labels.on(first.page, first.row)
    )  # fmt: skip


def _named_pair(sight: Sight, first: Token, last: Token, score: float) -> float:
    """Return the score of a pair, higher where a label names it."""
    for label in sight.labels.of("period"):
        if label.segment.page == first.page and label.weight > 0.5:
            score = max(score, 0.9 * _names(label.segment.row, label.box, first, last))
    return score


def _names(label_row: int, box: object, first: Token, last: Token) -> float:
    """Return how surely a label names a pair: on its row before it, or right above it."""
    from domain.evidence import Box

    assert isinstance(box, Box)
    if label_row == first.row and box.right <= first.box.left + 2:
        return 1.0 if first.box.left - box.right < 220 else 0.7
    rows = first.row - label_row
    if 0 < rows <= 3 and first.box.top - box.bottom < 40:
        whole = Box(first.box.left, first.box.top, max(last.box.right, first.box.right), first.box.bottom)
        if overlap(whole, box) > -8:
            return 1.0 - 0.06 * (rows - 1)
    return 0.0


def _table_pairs(sight: Sight, tables: list[Table]) -> Iterator[Pair]:
    """Yield from/to columns and period columns of tables with few lines."""
    for table in tables:
        starts, ends = table.columns_of("period_start"), table.columns_of("period_end")
        score = TABLE_SCORE
        if not starts and not ends:
            # Days under the heads of the older and the newer reading.
            starts, ends = table.columns_of("previous_read"), table.columns_of("current_read")
            score = READS_SCORE
        elif not ends:
            ends = table.columns_of("read_date")
        if table.columns_of("current_read") and table.body:
            # The days of both readings alone on the line under the heads, the newer one first or last.
            days = sorted(
                (t for t in sight.tokens.on(table.body[0].row) if t.day is not None), key=lambda t: t.day or date.min
            )
            if len(days) == len(sight.tokens.on(table.body[0].row)) == READINGS:
                yield Pair(days[0], days[1], READS_SCORE)
        if over := days_over_reads(sight, table):
            yield Pair(over[0], over[1], READS_SCORE)
        for line in table.body[:6]:
            for index in table.columns_of("period"):
                days = [token for token in line.cells.get(index, ()) if is_day(token)]
                if len(days) == 2:
                    yield Pair(days[0], days[1], TABLE_SCORE)
            first = [token for index in starts for token in line.cells.get(index, ()) if is_day(token)]
            last = [token for index in ends for token in line.cells.get(index, ()) if is_day(token)]
            if len(first) == 1 and len(last) == 1 and first[0] is not last[0]:
                yield Pair(first[0], last[0], score)
            if table.columns_of("previous_read") and table.columns_of("current_read"):
                # Each reading beside its day, in columns of their own; either may stand first.
                read = [token for i in table.columns_of("read_date") for token in line.cells.get(i, ()) if token.day]
                read.sort(key=lambda token: token.day or date.min)
                if len(read) == 2:
                    yield Pair(read[0], read[1], READS_SCORE)


def _labelled_pairs(sight: Sight) -> Iterator[Pair]:
    """Yield days that are named apart, one as the start and one as the end."""
    firsts = [
        found
        for label in sight.labels.of("period_start")
        for found in _on_its_line(values_for(sight, label, is_day))
        if label.letters >= 4 or found.place != "below"
    ]
    lasts = [
        found
        for label in sight.labels.of("period_end")
        for found in _on_its_line(values_for(sight, label, is_day))
        if label.letters >= 4 or found.place != "below"
    ]
    if not firsts and not lasts:
        firsts, lasts = _days_of_reads(sight, "previous_read"), _days_of_reads(sight, "current_read")
    if not lasts:
        # The newer reading's day may have no word of its own: "Reading date" beside "Previous reading date".
        lasts = [
            found
            for label in sight.labels.of("read_date")
            for found in values_for(sight, label, is_day)
            if found.place in ("after", "right") and label.letters > GENERIC_LETTERS_MAX
        ]
    for first in firsts:
        for last in lasts:
            level = abs(first.token.box.top - last.token.box.top) <= first.token.segment.height
            near = first.token.page == last.token.page and (level or abs(first.token.row - last.token.row) <= 4)
            if near and first.token is not last.token:
                weak = 0.6 if min(first.label.letters, last.label.letters) <= 4 else 1.0
                yield Pair(first.token, last.token, 0.8 * min(first.score, last.score) * weak)


def _on_its_line(found: list[Found]) -> list[Found]:
    """Return the day on a label's own line alone, where there is one: what stands under it is the day of another label."""
    return [one for one in found if one.place in ("after", "right")] or found


def _days_of_reads(sight: Sight, concept: str) -> list[Found]:
    """Return the days that labels of a reading name where they name no number (``Leitura atual: 07/05/2024``)."""
    return [
        found
        for label in sight.labels.of(concept)
        for found in values_for(sight, label, lambda token: token.number is not None or is_day(token))[:1]
        if found.token.when is not None and found.place in ("after", "right")
    ]


def _read_pairs(sight: Sight) -> Iterator[Pair]:
    """Yield the two days that labels of readings name, where the page names no others."""
    found = {
        one.token.day: one.token
        for label in sight.labels.of("read_date")
        if not is_prose(label.segment) and label.letters > GENERIC_LETTERS_MAX
        for one in values_for(sight, label, lambda token: token.day is not None)[:1]
    }
    if len(found) == 2:
        first, last = (found[day] for day in sorted(day for day in found if day is not None))
        if first.page == last.page and abs(first.row - last.row) <= READ_ROWS_MAX:
            yield Pair(first, last, 0.6)


def printed_days(sight: Sight, tables: list[Table], period: Guess[Span] | None) -> Guess[int] | None:
    """Return the printed number of days that agrees with the period within a day."""
    if period is None:
        return None
    found: list[Guess[int]] = []
    for label in sight.labels.of("days"):
        found.extend(Guess(int(one.token.value), one.token, one.score) for one in values_for(sight, label, is_count))
        before = [t for t in sight.tokens.within(label.segment) if t.end <= label.start <= t.end + 2 and is_count(t)]
        found.extend(Guess(int(token.value), token, 0.8) for token in before)
    for table in tables:
        for index in table.columns_of("days"):
            for line in table.body[:4]:
                found.extend(Guess(int(t.value), t, 0.9) for t in line.cells.get(index, ()) if is_count(t))
    near = [guess for guess in found if 0 <= guess.value - period.value.days <= 1]
    return max(near, key=lambda guess: guess.score, default=None)
