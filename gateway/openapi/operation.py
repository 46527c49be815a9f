"""What the document says of one operation: words, parameters, bodies, answers, and which problems can come."""

from dataclasses import dataclass, field
from typing import Any

from gateway.openapi.terms import Example

JSON = "application/json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One operation. ``schema`` is that of its answer; None: the answer has no body, or ``media_type`` says it all."""

    tag: str
    summary: str
    about: str = ""
    status: int = 200
    schema: str | None = None
    example: Example | None = None
    request_schema: str | None = None
    request_example: Example | None = None
    query: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()
    answer_headers: tuple[str, ...] = ()
    problems: tuple[str, ...] = field(default=())
    media_type: str = JSON
    other_media_types: tuple[str, ...] = ()
    other_statuses: tuple[int, ...] = ()


PAGED: dict[str, Any] = {"query": ("page_size", "page_token"), "answer_headers": ("Link",)}
BODY_PROBLEMS = ("BAD_REQUEST", "BODY_TOO_LARGE", "BODY_TOO_SLOW")
PAGE_PROBLEMS = ("BAD_REQUEST", "BAD_PAGE_TOKEN")
REPEAT_PROBLEMS = ("BAD_HEADER", "REQUEST_IN_PROGRESS", "REQUEST_REUSED")
