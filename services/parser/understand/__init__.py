"""Understand: what the words on the pages say, decided together and proved; pure functions of the page model."""

from domain.outcome import Failure, FailureReason, Outcome, Success
from domain.reading import Reading
from services.parser.page import Document, Unreadable
from services.parser.understand.assemble import read_statement
from services.parser.understand.fields.known import known_issuers
from services.parser.understand.kind import check
from services.parser.understand.lexicon import LANGUAGES, detect, load
from services.parser.understand.sight import look
from services.parser.understand.statements import part

__all__ = ["lacks_much", "understand", "warm"]

COLLECTED_MIN = 2
"""A summary collects so many accounts at least."""


def warm() -> None:
    """Load the words of all languages and the issuers, once a process, so that no bill waits for them."""
    for language in LANGUAGES:
        load(language)
    detect(["bill"])
    known_issuers()


def understand(document: Document) -> Outcome:
    """Return the readings of a document, one a statement, or the reason why there is none."""
    if not any(page.words for page in document.pages):
        return Failure(
            reason=FailureReason.UNREADABLE,
            detail="no words were seen on any page",
            engine_version=document.engine_version,
        )
    try:
        sight = look(document)
        kind = check(sight)
        parts = part(sight)
        if len(parts) > 1:
            several = _several(parts)
            if not _collected(several.readings):
                return several
        return Success(readings=(read_statement(sight, kind),))
    except Unreadable as refusal:
        return Failure(reason=refusal.reason, detail=refusal.detail, engine_version=document.engine_version)


def lacks_much(outcome: Outcome) -> bool:
    """Tell whether something is missing that nearly every bill prints, so that it is worth to look further."""
    return isinstance(outcome, Failure) or any(
        None in (reading.issuer, reading.account_number, reading.period)
        or (reading.amount_due is None and reading.new_charges is None)
        or (not reading.usages and not reading.history)
        for reading in outcome.readings
    )


def _several(parts: list[Document]) -> Success:
    """Return the readings of the statements of one file; parts that hold none, such as leaflets, are passed over."""
    readings: list[Reading] = []
    first_refusal: Unreadable | None = None
    for one in parts:
        try:
            sight = look(one)
            readings.append(read_statement(sight, check(sight)))
        except Unreadable as refusal:
            first_refusal = first_refusal or refusal
    if not readings:
        assert first_refusal is not None
        raise first_refusal
    return Success(readings=tuple(readings))


def _collected(readings: tuple[Reading, ...]) -> bool:
    """Tell whether the first statement asks for what all others charge together: a summary and its accounts, one bill."""
    first, *others = readings
    charged = [fact.value.amount for one in others if (fact := one.new_charges or one.amount_due) is not None]
    asked = {fact.value.amount for fact in (first.new_charges, first.amount_due) if fact is not None}
    return len(charged) == len(others) >= COLLECTED_MIN and sum(charged) in asked
