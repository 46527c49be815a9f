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

__all__ = ["understand", "warm"]


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
        if len(parts) == 1:
            return Success(readings=(read_statement(sight, kind),))
        return _several(parts)
    except Unreadable as refusal:
        return Failure(reason=refusal.reason, detail=refusal.detail, engine_version=document.engine_version)


def _several(parts: list[Document]) -> Outcome:
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
