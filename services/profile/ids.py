"""Ids, days and people's words as they come in requests: checked once, refused by the name of their field."""

from datetime import date
from uuid import UUID

from domain.ids import ProjectId
from domain.refusals import BadRequest


def uuid_of(text: str, name: str) -> str:
    """Return a UUID in its usual form.

    Raises:
        BadRequest: it is none.
    """
    try:
        return str(UUID(text))
    except ValueError as error:
        raise BadRequest(f"{name} must be a UUID", field=name) from error


def project_id_of(text: str) -> ProjectId:
    """Return a project's id.

    Raises:
        BadRequest: it is no UUID.
    """
    return ProjectId(uuid_of(text, "project_id"))


def day_of(text: str, name: str) -> date:
    """Return a day.

    Raises:
        BadRequest: it is not written YYYY-MM-DD.
    """
    try:
        day = date.fromisoformat(text)
        # ISO 8601 knows other ways to write it, which this takes, too.
        if day.isoformat() != text:
            raise ValueError(text)
    except ValueError as error:
        raise BadRequest(f"{name} is a day such as 2026-01-31", field=name) from error
    return day


def day_if_given(text: str, name: str) -> date | None:
    """Return a day, None where the field is empty.

    Raises:
        BadRequest: it is not written YYYY-MM-DD.
    """
    return day_of(text, name) if text else None


NAME_LENGTH_MAX, REASON_LENGTH_MAX = 200, 1_000
"""Of who did something, and why [characters]."""


def words_of(text: str, name: str, least: int, most: int) -> str:
    """Return what a person wrote.

    Raises:
        BadRequest: it is shorter or longer, or cannot be stored.
    """
    if not least <= len(text.strip()) <= len(text) <= most or "\0" in text:
        raise BadRequest(f"{name} has {least} to {most} characters", field=name)
    return text
