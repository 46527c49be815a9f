"""Page sizes and page tokens of lists. A token is opaque, says where a page ended, and fits the list it was made for only."""

import base64
import hashlib
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from google.protobuf.message import Message

from domain.refusals import BadPageToken, BadRequest

PAGE_SIZE, PAGE_SIZE_MAX = 50, 200


def page_size(asked: int, usual: int = PAGE_SIZE, most: int = PAGE_SIZE_MAX) -> int:
    """Return how many rows a page has.

    Raises:
        BadRequest: negative, or more than ``most``.
    """
    if not 0 <= asked <= most:
        raise BadRequest(f"page_size is 1 to {most}", field="page_size", page_size_max=most)
    return asked or usual


def page_token(request: Message, key: Sequence[str | int | datetime]) -> str:
    """Return the token of the page behind a row whose place is ``key``, in the list that a request asks for."""
    told = [one.isoformat() if isinstance(one, datetime) else one for one in key]
    return base64.urlsafe_b64encode(json.dumps([_list(request), *told]).encode()).rstrip(b"=").decode()


def page_key(request: Any, kinds: Sequence[type]) -> tuple[str | int | datetime, ...] | None:
    """Return where the page before ended, None for the first page; ``kinds`` are those of its parts (UUID for an id).

    Raises:
        BadPageToken: the token was not made for this list.
    """
    token: str = request.page_token
    if not token:
        return None
    try:
        parts = json.loads(base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True))
        if not isinstance(parts, list) or len(parts) != len(kinds) + 1 or parts[0] != _list(request):
            raise BadPageToken
        return tuple(_part(kind, part) for kind, part in zip(kinds, parts[1:], strict=True))
    except (ValueError, TypeError, AttributeError) as error:
        raise BadPageToken from error


def _part(kind: type, part: object) -> str | int | datetime:
    if kind is datetime:
        at = datetime.fromisoformat(str(part))
        if at.tzinfo is None:
            raise ValueError("a moment without zone")
        return at
    if kind is int:
        if not isinstance(part, int) or isinstance(part, bool) or not -(2**31) <= part < 2**63:
            raise ValueError("no number")
        return part
    return str(UUID(str(part))) if kind is UUID else str(part)


def _list(request: Message) -> str:
    """Return a word for the list that a request asks for, whatever page of it."""
    asked = type(request)()
    asked.CopyFrom(request)
    for name in ("page_size", "page_token"):
        asked.ClearField(name)
    told = type(request).__name__.encode() + asked.SerializeToString(deterministic=True)
    return hashlib.sha256(told).hexdigest()[:12]
