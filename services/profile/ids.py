"""Ids as they come in requests: checked once, refused by the name of their field."""

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
