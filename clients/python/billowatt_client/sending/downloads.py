"""What is fetched in pieces: exports, which may be larger than memory. One that breaks off is an error, never a shorter file."""

from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from email.message import Message
from typing import Any, Self
from urllib.parse import urlsplit

import httpx

from billowatt_client.errors import ConnectionFailed

BROKEN_OFF = "the download broke off; what came is not all of it"


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """What an answer says of its body. ``size_bytes`` is None where that is not known; ``next_path`` leads to the next part."""

    file_name: str
    content_type: str
    size_bytes: int | None
    next_path: str | None

    @classmethod
    def of(cls, headers: Mapping[str, str], links: Mapping[str | None, Mapping[str, str]], **more: Any) -> Self:
        """Read an answer's headers and its links (RFC 8288)."""
        message = Message()
        message["Content-Disposition"] = headers.get("Content-Disposition", "attachment")
        length, following = headers.get("Content-Length", ""), urlsplit(links.get("next", {}).get("url", ""))
        path = following.path + (f"?{following.query}" if following.query else "")
        return cls(
            file_name=message.get_filename() or "export",
            content_type=headers.get("Content-Type", ""),
            size_bytes=int(length) if length.isdecimal() and "Content-Encoding" not in headers else None,
            next_path=path or None,
            **more,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Export(Described):
    """An export that is open; its bytes come in ``pieces``, once."""

    pieces: Iterator[bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class AsyncExport(Described):
    """An export that is open; its bytes come in ``pieces``, once."""

    pieces: AsyncIterator[bytes]


def whole(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Yield pieces to their end.

    Raises:
        ConnectionFailed: they broke off before it.
    """
    try:
        yield from pieces
    except httpx.TransportError as error:
        raise ConnectionFailed(BROKEN_OFF) from error


async def whole_async(pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Yield pieces to their end, as ``whole`` does."""
    try:
        async for piece in pieces:
            yield piece
    except httpx.TransportError as error:
        raise ConnectionFailed(BROKEN_OFF) from error
