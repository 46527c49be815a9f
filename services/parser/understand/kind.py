"""Kind: whether the document is a bill, and which kind; what is not one is refused before anything is read."""

from domain.outcome import FailureReason
from domain.reading import DocumentKind
from services.parser.page import Unreadable
from services.parser.understand.layout.labels import is_prose
from services.parser.understand.lexicon import spaced, unsupported_share
from services.parser.understand.metering.registers import unit_in
from services.parser.understand.sight import Sight

WORDS_MIN = 8
"""Fewer words on all pages together are no document that can be understood."""
LANGUAGE_SHARE_MIN = 0.035
LANGUAGE_WORDS_MIN = 60
OTHER_SHARE_MIN, OTHER_LEAD = 0.04, 1.4
"""Another language's small words must be so much commoner than those of the language that was taken for the page's."""
BILL_SIGNS_MIN = 3
TELECOM_MIN = 3
"""So many words of telephones and the internet, and no unit of a utility, are another trade's bill."""

_SIGNS = (
    "amount_due", "new_charges", "previous_balance", "payments", "due_date", "statement_date", "period", "account", "invoice",
    "meter_number", "usage", "current_read", "previous_read", "tariff", "history", "commodity_cost",
)  # fmt: skip


def signs(sight: Sight) -> set[str]:
    """Return the concepts of bills that the page's labels name outside sentences."""
    return {
        concept
        for concept in _SIGNS
        if any(label.weight > 0.5 and not is_prose(label.segment) for label in sight.labels.of(concept))
    }


def check(sight: Sight) -> DocumentKind:
    """Return what kind of document this is.

    Raises:
        Unreadable: there are no words, the language is unknown, or nothing on the page speaks of a bill.
    """
    words = [word.text for segment in sight.segments for word in segment.words]
    if len(words) < WORDS_MIN:
        raise Unreadable(FailureReason.UNREADABLE, f"only {len(words)} words were seen on {len(sight.sheets)} pages")
    found = signs(sight)
    alphabetic = sum(word.isalpha() for word in words)
    unusual = (word for word in words if not word.isascii())
    foreign = sum(any(ord(c) > 0x24F for c in word) and any(c.isalpha() for c in word) for word in unusual)
    unknown = alphabetic >= LANGUAGE_WORDS_MIN and sight.language_share < LANGUAGE_SHARE_MIN and len(found) < 4
    other = (
        alphabetic >= LANGUAGE_WORDS_MIN
        and unsupported_share(words) > OTHER_SHARE_MIN + OTHER_LEAD * sight.language_share
    )
    if foreign > 0.4 * len(words) or unknown or other:
        raise Unreadable(FailureReason.LANGUAGE_NOT_SUPPORTED, "the words are of no language that the lexicons know")
    numbers = sum(token.number is not None for token in sight.tokens.all())
    if len(found) < BILL_SIGNS_MIN or numbers < 2 or not speaks_of_utility(sight) or of_telecom(sight):
        raise Unreadable(FailureReason.NOT_A_BILL, "the page names too little of what a utility bill holds")
    return _kind(sight)


def speaks_of_utility(sight: Sight) -> bool:
    """Tell whether the document prints a utility's unit or names what utilities deliver."""
    if any(token.number and token.number.unit for token in sight.tokens.all()):
        return True
    if any(len(segment.words) <= 6 and unit_in(segment.text) for segment in sight.segments):
        return True
    meanings = ("electricity", "gas", "water", "sewer", "heat", "utility")
    return any(sight.lexicon.means(segment.text, meaning) for segment in sight.segments for meaning in meanings)


def of_telecom(sight: Sight) -> bool:
    """Tell whether a document that prints no utility's unit speaks of telephones and the internet instead."""
    if any(token.number and token.number.unit for token in sight.tokens.all()):
        return False
    text = f" {spaced(sight.text)} "
    return sum(f" {word} " in text for word in sight.lexicon.words.get("telecom", ())) >= TELECOM_MIN


def _kind(sight: Sight) -> DocumentKind:
    head = [
        segment for segment in sight.segments if segment.page == sight.sheets[0].page.number and len(segment.words) <= 6
    ]
    for meaning, kind in (
        ("prepaid", DocumentKind.PREPAID),
        ("adjustment_note", DocumentKind.ADJUSTMENT),
        ("notice", DocumentKind.NOTICE),
    ):
        if any(sight.lexicon.means(segment.text, meaning) for segment in head):
            return kind
    return DocumentKind.BILL
