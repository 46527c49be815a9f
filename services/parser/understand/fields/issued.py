"""Issue: the day a bill is dated, by its label or, without one, by where it stands."""

from collections.abc import Sequence
from datetime import date

from services.parser.understand.fields.due import named_days
from services.parser.understand.fields.guess import Guess
from services.parser.understand.layout.tables import Table
from services.parser.understand.layout.tokens import Token
from services.parser.understand.sight import Sight

HEAD_SHARE, HEAD_LAG_DAYS = 0.3, 30
"""An unlabelled date of the bill stands in this top share of the first page, and so soon after the period [days]."""
PLACE_WORDS_MAX = 4
LISTED_MIN, LISTED_STEP = 3, 2
"""So many days in a column, each so few lines under the one before, are a list of the past."""
BESIDE_POINTS = 200.0
PLAIN_SCORE = 0.85
"""A date that its own label names so plainly may stand in the lane of a table's days."""


def days_of_issue(sight: Sight, tables: list[Table]) -> list[Guess[date]]:
    """Return the days that labels name as the bill's, best first, without those of lists of the past."""
    return [
        guess
        for guess in named_days(sight, "statement_date", tables)
        if guess.score >= PLAIN_SCORE or _named_beside(sight, guess.token) or not _in_table_body(guess.token, tables)
    ]


def margin_date(sight: Sight, taken: set[date]) -> Guess[date] | None:
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


def head_date(sight: Sight, taken: set[date], end: date) -> Guess[date] | None:
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
            if len(_run_with(token.row, rows)) >= LISTED_MIN:
                return True
    return False


def _run_with(row: int, rows: Sequence[int]) -> list[int]:
    """Return the rows about one that follow each other closely; ``rows`` rise and hold it."""
    run: list[int] = []
    for other in rows:
        if run and other - run[-1] > LISTED_STEP:
            if row in run:
                break
            run = []
        run.append(other)
    return run


def _dates_letter(sight: Sight, token: Token) -> bool:
    """Tell whether a day stands by itself or after a place (``Lyon, le 7 mars 2024``), no reading beside it."""
    before, after = token.segment.text[: token.start].strip(), token.segment.text[token.end :].strip(" .")
    place = not before or ("," in before and len(before.split()) <= PLACE_WORDS_MAX and before[:1].isupper())
    beside = any(other is not token and other.box.left > token.box.right for other in sight.tokens.on(token.segment))
    return place and not after and not beside
