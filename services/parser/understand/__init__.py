"""Understand: what the words on the pages say, decided together and proved; pure functions of the page model."""

from domain.outcome import Failure, FailureReason, Outcome, Success
from services.parser.page import Document, Unreadable
from services.parser.understand.assemble import read_statement
from services.parser.understand.kind import check
from services.parser.understand.sight import look

__all__ = ["understand"]


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
        return Success(readings=(read_statement(sight, check(sight)),))
    except Unreadable as refusal:
        return Failure(reason=refusal.reason, detail=refusal.detail, engine_version=document.engine_version)
