"""What dialects share in answering: exact numbers in JSON, and lists that are asked for by the number of a page."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar

from aiohttp import web

from domain.refusals import BadRequest
from domain.summary import to_json

T = TypeVar("T")

ROOM_PAGE_SIZE = 200
"""Items that a room gives at once."""

SKIPPED_MAX = 20_000
"""Items passed over to reach a numbered page: rooms know no numbers, so pages before it are walked through."""


def exact_response(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> web.Response:
    """Return an answer in JSON in which every Decimal stands digit for digit."""
    return web.Response(
        status=status,
        body=to_json(body).encode("utf-8", "replace"),
        content_type="application/json",
        headers=headers,
    )


async def numbered_page(ask: Callable[[str], Awaitable[tuple[list[T], str]]], page: int, per_page: int) -> list[T]:
    """Return one page of a list, counted from 1.

    ``ask`` takes the token of a room's page ("" for the first) and returns its items and the next token ("" at the end).

    Raises:
        BadRequest: the page lies further in than SKIPPED_MAX.
    """
    skip = (page - 1) * per_page
    if skip > SKIPPED_MAX:
        raise BadRequest(f"Pages reach {SKIPPED_MAX} items in; follow newer items by webhook instead.", field="page")
    found: list[T] = []
    token = ""
    while True:
        items, token = await ask(token)
        found += items[skip:]
        skip = max(skip - len(items), 0)
        if len(found) >= per_page or not token:
            return found[:per_page]


def whole(query: Mapping[str, str], name: str, default: int, lowest: int, highest: int) -> int:
    """Return a whole number of a query.

    Raises:
        BadRequest: it is none, or out of bounds.
    """
    text = query.get(name, str(default))
    if not (text.isascii() and text.isdecimal() and len(text) < 10 and lowest <= int(text) <= highest):
        raise BadRequest(f"{name} must be a whole number from {lowest} to {highest}.", field=name)
    return int(text)
