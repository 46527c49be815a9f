"""Spans: the periods that a bill prints, and which of them it is for."""

from calendar import monthrange
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from services.parser.understand.fields.guess import Guess, combine, is_count, is_day
from services.parser.understand.layout.labels import Label, is_prose
from services.parser.understand.layout.neighbours import values_for
from services.parser.understand.layout.rows import Row, overlap
from services.parser.understand.layout.tokens import Token
from services.parser.understand.metering.registers import MeterRead
from services.parser.understand.sight import Sight
from services.parser.understand.values.dates import complete, joins_period

PERIOD_DAYS_MIN, PERIOD_DAYS_MAX = 5, 400
"""Bills cover a week at least and, where meters are read yearly, a little over a year."""
YEAR_DAYS, PERIOD_DAYS_USUAL = 365, 100
PERIOD_SCORE_MIN, MONTH_SCORE = 0.3, 0.8
"""Two dates in a sentence alone are no period of service."""
STATEMENT_LAG_DAYS = 120
"""A bill is issued at most this long after the last day it covers."""
OWN_SCORE, LISTED_SHARE = 0.97, 0.6
"""What a period reaches that is named on its line; what is left to one of a list."""
SPOKEN_SCORE_MIN = 0.8
"""How surely a period must be told to be taken for another one by the number of its days."""
COUNTED_SCORE, COUNT_POINTS = 0.85, 30.0
"""Two days with the number of days between them right behind (``(30 days)``) are a period of service."""
LATE_CHARGE_SHARE, YEARLESS_SHARE = 0.4, 0.95
"""What is left on the line of a late charge; and to days without a year, as a meter's card prints them beside the period."""
READ_ROWS = 2
"""The day of the older reading stands so many lines from the newer one's at most."""
LISTED_MIN, TILES_MAX = 3, 5
LANE_POINTS = 8.0


@dataclass(frozen=True, slots=True)
class Span:
    """A period as printed: both days as on the page, before any convention."""

    start: date
    end: date

    @property
    def days(self) -> int:
        """Days from the one printed day to the other."""
        return (self.end - self.start).days


@dataclass(frozen=True, slots=True)
class Pair:
    """Two days that make a period, by their tokens; a year may be missing."""

    first: Token
    last: Token
    score: float
    own: bool = False
    """Whether the words right before it name it."""


def resolve(first: Token, last: Token, statement: date | None) -> Span | None:
    """Return the printed period of two day tokens, missing years taken from each other or from the statement date."""
    one, other = first.when, last.when
    if one is None or other is None or one.day is None or other.day is None:
        return None
    end = other.full
    start = one.full
    if end is None and start is not None:
        end = next(
            (d for year in (start.year, start.year + 1) if (d := _day(year, other.month, other.day)) and d > start),
            None,
        )
    if end is None and statement is not None:
        end = complete(other.month, other.day, near=statement, before=True)
    if end is not None and start is None:
        start = complete(one.month, one.day, near=end, before=True)
    if statement is not None and one.full is None and other.full is None and _turned(start, end):
        # The newer day stands first, as columns of readings set them (``08/18 | 70,440 | 07/19 | 69,312``).
        start, end = end, complete(one.month, one.day, near=statement, before=True)
    if start is None or end is None or not PERIOD_DAYS_MIN <= (end - start).days <= PERIOD_DAYS_MAX:
        return None
    return Span(start, end)


def _turned(start: date | None, end: date | None) -> bool:
    """Tell whether two days without years make a usual period the other way round, and most of a year this way."""
    if start is None or end is None:
        return False
    return PERIOD_DAYS_MIN <= YEAR_DAYS - (end - start).days <= PERIOD_DAYS_USUAL


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def choose(
    sight: Sight, pairs: list[Pair], statement: date | None, meters: Sequence[MeterRead] = ()
) -> tuple[Guess[Span] | None, tuple[Token, ...]]:
    """Return the period that most speaks for, with its two printed days.

    What is named on its own line is surer than a line of a table; of a period and the parts that prices or readings cut it
    into, the whole is meant; and of a list of many periods, as histories print them, none is meant for itself.
    """
    guesses: list[Guess[Span]] = []
    tokens: dict[Span, tuple[Token, ...]] = {}
    found = [(pair, span) for pair in pairs if (span := resolve(pair.first, pair.last, statement))]
    listed = _listed(found)
    own = {span for pair, span in found if pair.own}
    spans = {span for _, span in found}
    for pair, span in sorted(found, key=lambda one: -one[0].score):
        score = _counted(sight, pair, span) * _plausible(span, statement)
        if pair.own:
            score = max(score, OWN_SCORE * _plausible(span, statement))
        elif span in listed:
            score *= LISTED_SHARE
        if not any(token.when and token.when.full for token in (pair.first, pair.last)):
            score *= YEARLESS_SHARE
        guesses.append(Guess(span, pair.first, score))
        tokens.setdefault(span, (pair.first, pair.last))
    ranked = combine(guesses)
    if not ranked or ranked[0].score < PERIOD_SCORE_MIN:
        return None, ()
    best = _metered(ranked, statement, meters) or _of_printed_days(sight, ranked) or ranked[0]
    best = _from_day_after(ranked, best, {span for pair, span in found if _joined(pair)}) or best
    if best.value not in own:
        best = next((one for one in ranked if _is_whole(one.value, best.value, spans)), best)
    return best, tokens[best.value]


def counted_pairs(sight: Sight, meters: Sequence[MeterRead]) -> Iterator[Pair]:
    """Yield the day on a meter's line and an earlier one near it that are as many days apart as the page prints."""
    counts = {
        int(token.value)
        for label in sight.labels.of("days")
        for token in sight.tokens.within(label.segment)
        if is_count(token) and token.end <= label.start <= token.end + 2 and token.value >= PERIOD_DAYS_MIN
    }
    for meter in meters if counts else ():
        last = meter.registers[-1].row
        row = sight.row(meter.page, last)
        near = [r for i in range(last - READ_ROWS, last + READ_ROWS + 1) if (r := sight.row(meter.page, i)) is not None]
        days = [token for one in near for token in sight.tokens.on(one) if token.day is not None]
        for newer in (token for token in (sight.tokens.on(row) if row else ()) if token.day is not None):
            for older in days:
                if older.day and newer.day and (newer.day - older.day).days in counts:
                    yield Pair(older, newer, COUNTED_SCORE)


def wrapped_days(sight: Sight, row: Row) -> Iterator[tuple[Token, Token, bool]]:
    """Yield a day at the end of a segment with a joint behind it, and the day that begins the line under it."""
    below = sight.row(row.page, row.index + 1)
    if below is None:
        return
    for first in (token for token in sight.tokens.on(row) if is_day(token)):
        segment = first.segment
        joint = segment.text[first.end :].strip()
        if not joint or is_prose(segment) or not joins_period(joint):
            continue
        for last in (token for token in sight.tokens.on(below) if is_day(token) and token.start == 0):
            close = last.box.top - first.box.bottom < 0.9 * segment.height
            whole = last.segment
            edges = abs(last.box.left - segment.box.left), abs(whole.box.right - segment.box.right)
            if close and min(edges) < 2 * segment.height:
                yield first, last, False


def stacked_days(sight: Sight, row: Row) -> Iterator[tuple[Token, Token, bool]]:
    """Yield a day and the one under it behind a joint, as cells hold them (``20 JUN 2026`` over ``A 21 JUL 2026``).

    The label of such a cell stands at its middle, on a line between the two.
    """
    for first in (token for token in sight.tokens.on(row) if is_day(token)):
        segment = first.segment
        if segment.text[first.end :].strip() or is_prose(segment):
            continue
        for below in (one for step in (1, 2) if (one := sight.row(row.page, row.index + step)) is not None):
            for last in (token for token in sight.tokens.on(below) if is_day(token)):
                joint, whole = last.segment.text[: last.start].strip(), last.segment
                close = last.box.top - first.box.bottom < 0.9 * segment.height
                edges = abs(whole.box.left - segment.box.left), abs(whole.box.right - segment.box.right)
                if joint and joins_period(joint) and close and min(edges) < segment.height:
                    yield first, last, _named_between(sight, first, last)


def _named_between(sight: Sight, first: Token, last: Token) -> bool:
    """Tell whether a label left of two days that stand over each other names them the period, at a height between theirs."""
    return any(
        label.weight > 0.5 and not label.start and label.segment.page == first.page
        and label.box.right <= first.box.left and first.row <= label.segment.row <= last.row
        for label in sight.labels.of("period")
    )  # fmt: skip


def _joined(pair: Pair) -> bool:
    """Tell whether words join the two days, in one text or at the end of the first one's line (``1 Jul 2026 to``)."""
    behind = pair.first.segment.text[pair.first.end :].strip()
    return pair.first.segment is pair.last.segment or any(map(str.isalpha, behind))


def _from_day_after(ranked: list[Guess[Span]], best: Guess[Span], spoken: set[Span]) -> Guess[Span] | None:
    """Return the period that one text tells from the day after the older reading to that of the newer one, beside these days."""
    day_after = Span(best.value.start + timedelta(days=1), best.value.end)
    if best.value in spoken or day_after not in spoken:
        return None
    return next((guess for guess in ranked if guess.value == day_after), None)


def _metered(ranked: list[Guess[Span]], statement: date | None, meters: Sequence[MeterRead]) -> Guess[Span] | None:
    """Return the period of the readings where a likelier one stands after them: that of a service without a meter."""
    if not meters or (ranked[0].token.page, ranked[0].token.row) <= (meters[-1].page, meters[-1].registers[-1].row):
        return None
    spans = {resolve(*meter.dates, statement) for meter in meters if len(meter.dates) == 2}
    return next((guess for guess in ranked if guess.value in spans and ranked[0].value not in spans), None)


def _of_printed_days(sight: Sight, ranked: list[Guess[Span]]) -> Guess[Span] | None:
    """Return the period of as many days as the page says were billed, where a likelier one, of another service, has others."""
    counts = {
        int(found.token.value)
        for label in sight.labels.of("days")
        if not label.start and label.weight > 0.5
        for found in values_for(sight, label, is_count)[:1]
        if found.place in ("after", "right") and found.token.value >= PERIOD_DAYS_MIN
    }
    fitting = [one for one in ranked if {one.value.days, one.value.days + 1} & counts]
    sure = fitting and fitting[0].score >= SPOKEN_SCORE_MIN and len(counts) == 1
    return fitting[0] if sure and fitting[0].value != ranked[0].value else None


def _counted(sight: Sight, pair: Pair, span: Span) -> float:
    """Return the score of a pair: surer where its days are counted right behind it, unlikely on the line of a late charge."""
    counts = [
        token
        for token in sight.tokens.on(pair.last.segment)
        if token.box.left >= pair.last.box.right and is_count(token) and 0 <= token.value - span.days <= 1
    ]
    for label in sight.labels.on(pair.last.page, pair.last.row):
        if label.concept == "adjustments" and label.box.right <= pair.first.box.left:
            return pair.score * LATE_CHARGE_SHARE
        if label.concept == "days" and any(0 <= label.box.left - t.box.right < COUNT_POINTS for t in counts):
            return max(pair.score, COUNTED_SCORE)
    return pair.score


def _plausible(span: Span, statement: date | None) -> float:
    likely = 1.0 if 20 <= span.days <= 100 else 0.75
    if statement is not None:
        lag = (statement - span.end).days
        if lag < -10:
            likely *= 0.4
        elif lag > STATEMENT_LAG_DAYS:
            likely *= 0.75
    return likely


def _listed(found: list[tuple[Pair, Span]]) -> set[Span]:
    """Return the periods that stand in a column of three or more different ones."""
    columns: dict[tuple[int, int], set[Span]] = {}
    for pair, span in found:
        for place in (-1, 0, 1):
            columns.setdefault((pair.first.page, round(pair.first.box.left / LANE_POINTS) + place), set()).add(span)
    return {span for spans in columns.values() if len(spans) >= LISTED_MIN for span in spans}


def _is_whole(whole: Span, part: Span, spans: set[Span]) -> bool:
    """Tell whether a printed period is cut into printed parts, of which one is given."""
    inside = whole.start <= part.start and part.end <= whole.end and whole != part
    return inside and _tiled(whole, spans - {whole})


def _tiled(whole: Span, parts: set[Span]) -> bool:
    """Tell whether two or more of the parts follow each other from the first day of the whole to its last.

    Periods overlap where a page prints several services: every day that some of them lead to is gone on from.
    """
    reached = {whole.start}
    for used in range(1, TILES_MAX + 1):
        reached = {
            one.end
            for one in parts
            for day in reached
            if whole.start <= one.start <= one.end <= whole.end and 0 <= (one.start - day).days <= 1 and one.end > day
        }
        if used > 1 and whole.end in reached:
            return True
    return False


def whole_month(sight: Sight) -> tuple[Guess[Span] | None, tuple[Token, ...]]:
    """Return the month that a label of the period names (``Billing Period: August 2022``), where the page prints no days.

    Only where its year is written in full: ``NOV 30`` may be a day whose year stands apart.
    """
    for label in sight.labels.of("period", "month_column"):
        months = sum(t.when is not None and t.when.day is None for t in sight.tokens.on(label.segment))
        if label.concept == "month_column" and months > 1:
            continue  # an axis of months
        for found in values_for(sight, label, lambda token: token.when is not None)[:1]:
            named = found.token.when.as_month_year if found.token.when is not None else None
            if (
                named is not None
                and str(named[0]) in found.token.text
                and (label.start == 0 or label.segment.text[: label.start].rstrip()[-1:] in tuple("—–-,;|/"))
                and (
                    found.place in ("after", "right")
                    or (found.place == "below" and _alone_under(sight, label, found.token))
                )
            ):
                last = monthrange(*named)[1]
                return Guess(Span(date(*named, 1), date(*named, last)), found.token, MONTH_SCORE), (found.token,)
    return None, ()


def _alone_under(sight: Sight, label: Label, token: Token) -> bool:
    """Tell whether a month alone stands under a head of two words (``Billing Month``), and no other month under it."""
    whole = label.start == 0 and label.end >= len(label.segment.text.rstrip(" :")) and " " in label.text
    further = (
        other
        for step in (1, 2)
        if (row := sight.row(token.page, token.row + step)) is not None
        for other in sight.tokens.on(row)
        if other.when is not None and other.when.as_month_year is not None and overlap(other.box, token.box) > 0
    )
    return whole and token.text == token.segment.text and next(further, None) is None


def run_with(row: int, rows: Sequence[int], step: int) -> list[int]:
    """Return the rows about one that follow each other at most a step apart; ``rows`` rise and hold it."""
    run: list[int] = []
    for other in rows:
        if run and other - run[-1] > step:
            if row in run:
                break
            run = []
        run.append(other)
    return run
