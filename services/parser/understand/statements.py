"""Statements: where one file holds several bills, its pages parted into one document a bill.

A page opens a new statement where it names another statement date, or another account, than the statement before it,
and owes something of its own. Pages that name neither belong to the statement they follow. The pages of a collective bill,
one an account, name another account and its charges but say neither what of it is to be paid nor until when.
"""

from dataclasses import dataclass, replace
from datetime import date

from services.parser.page import Document
from services.parser.understand.fields.guess import is_day, is_money
from services.parser.understand.layout.labels import is_prose
from services.parser.understand.layout.neighbours import Found, values_for
from services.parser.understand.lexicon import squeeze
from services.parser.understand.naming.beside import beside
from services.parser.understand.sight import Sight

ACCOUNT_DIGITS_MIN = 5
LABEL_WEIGHT_MIN = 0.7
"""Only plain labels part a file: the bare word date does not."""
LABEL_LETTERS_GENERIC = 6
_PAGE = r"\b<words>\.?\s+(\d{1,2})\s*(/|[^\W\d_]+)\s*(\d{1,2})\b"
"""A page that goes on with the count of the one before it, names what it names of the same statement (``Page 2 of 2``)."""
SUMMED_MIN = 2
"""A summary lists so many accounts beside the one that it shares a statement with."""


@dataclass(frozen=True, slots=True)
class Opening:
    """What the head of a page says about the statement it belongs to."""

    dates: frozenset[date]
    accounts: frozenset[str]
    owes: bool
    asks: bool
    """Whether it says what is to be paid or until when."""
    place: tuple[int, int] = (0, 0)
    """Which page it calls itself, and of how many; noughts where it says nothing."""


def part(sight: Sight) -> list[Document]:
    """Return the documents of the file's statements, in the order of their pages; one for an ordinary bill."""
    if len(sight.sheets) < 2:
        return [sight.document]
    groups: list[list[int]] = []
    current: Opening | None = None
    for index, sheet in enumerate(sight.sheets):
        opening = _opening(sight, sheet.page.number)
        if current is None or _begins(current, opening):
            groups.append([index])
            current = opening if current is None or _begins(current, opening) else current
        else:
            groups[-1].append(index)
            current = replace(
                current, dates=current.dates | opening.dates, accounts=current.accounts | opening.accounts,
                owes=current.owes or opening.owes, place=opening.place,
            )  # fmt: skip
    if len(groups) == 1 or _lists_all(sight, groups):
        return [sight.document]
    return [replace(sight.document, pages=tuple(sight.document.pages[i] for i in group)) for group in groups]


def _lists_all(sight: Sight, groups: list[list[int]]) -> bool:
    """Tell whether the first page is a summary: it lists the account of every other statement, several of them."""
    others = [_opening(sight, sight.sheets[group[0]].page.number).accounts for group in groups[1:]]
    first = {squeeze(segment.text) for row in sight.sheets[0].rows for segment in row.segments}
    return len(others) >= SUMMED_MIN and all(
        accounts and any(one.lower() in text for one in accounts for text in first) for accounts in others
    )


def _first_of_list(sight: Sight, found: Found) -> bool:
    """Tell whether a day under its label heads a column of them: a list of the bills of the past, no day of this one."""
    token = found.token
    below = sight.row(token.page, token.row + 1) if found.place == "below" else None
    return below is not None and any(
        other.day is not None and abs(other.box.left - token.box.left) < token.segment.height
        for other in sight.tokens.on(below)
    )


def _begins(current: Opening, opening: Opening) -> bool:
    if not opening.owes or not current.owes:
        return False
    other_date = bool(opening.dates and current.dates) and not opening.dates & current.dates
    other_account = bool(opening.accounts and current.accounts) and not any(
        one.startswith(other) or other.startswith(one) for one in opening.accounts for other in current.accounts
    )
    goes_on = opening.place[1] > 1 and opening.place == (current.place[0] + 1, current.place[1])
    return other_date or (other_account and opening.asks and not goes_on)


def _opening(sight: Sight, page: int) -> Opening:
    dates: set[date] = set()
    for label in sight.labels.of("statement_date"):
        if label.segment.page == page and label.weight >= LABEL_WEIGHT_MIN and label.letters > LABEL_LETTERS_GENERIC:
            found = values_for(sight, label, lambda token: token.day is not None)
            if found and found[0].token.day is not None and not _first_of_list(sight, found[0]):
                dates.add(found[0].token.day)
    accounts: set[str] = set()
    for label in sight.labels.of("account"):
        if label.segment.page == page and label.weight >= LABEL_WEIGHT_MIN and label.letters > LABEL_LETTERS_GENERIC:
            accounts.update(one.squeezed for one in beside(sight, label, ACCOUNT_DIGITS_MIN))
    owes = any(
        label.segment.page == page and label.weight >= LABEL_WEIGHT_MIN
        for label in sight.labels.of("amount_due", "new_charges")
    )
    asks = any(
        label.segment.page == page and label.weight >= LABEL_WEIGHT_MIN and not is_prose(label.segment)
        and any(found.token.page == page for found in values_for(sight, label, wanted)[:1])
        for concept, wanted in (("amount_due", is_money), ("due_date", is_day))
        for label in sight.labels.of(concept)
    )  # fmt: skip
    texts = (segment.text for row in sight.sheet(page).rows for segment in row.segments)
    places = (place for text in texts if (place := _place(sight, text)) is not None)
    return Opening(frozenset(dates), frozenset(accounts), owes, asks, next(places, (0, 0)))


def _place(sight: Sight, text: str) -> tuple[int, int] | None:
    """Return which page a text says that it stands on, and of how many (``Page 2 of 3``, ``Seite 2/3``)."""
    told = sight.lexicon.pattern(_PAGE, "page").search(text) if sight.lexicon.means(text, "page") else None
    return (int(told[1]), int(told[3])) if told and (told[2] == "/" or sight.lexicon.means(told[2], "out_of")) else None
