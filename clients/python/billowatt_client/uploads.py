"""The file of an upload: a path, bytes or a stream, sent in pieces and, where it can be read again, sent again."""

import asyncio
import io
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import BinaryIO, Protocol, TypeAlias, cast
from urllib.parse import quote


class Readable(Protocol):
    """A binary stream: a file, a pipe, a response."""

    def read(self, size: int, /) -> bytes | None:
        """Return the next bytes, none at the end."""


File: TypeAlias = "str | os.PathLike[str] | bytes | Readable"

PIECE_BYTES = 64 * 1024


class Body:
    """What is uploaded. ``repeatable`` tells whether a broken upload may be tried again with the same bytes."""

    def __init__(self, file: File, file_name: str | None = None) -> None:
        self._path: Path | None = None
        self._stream: BinaryIO
        if isinstance(file, bytes):
            self._stream, known = io.BytesIO(file), "bill"
        elif isinstance(file, str | os.PathLike):
            self._path = Path(file)
            self._stream, known = io.BytesIO(), self._path.name
        else:
            self._stream, known = cast("BinaryIO", file), Path(str(getattr(file, "name", "bill"))).name
        self.file_name = file_name or known
        seekable = getattr(self._stream, "seekable", None)
        self.repeatable = self._path is not None or (seekable is not None and seekable())
        self._start = self._stream.tell() if self._path is None and self.repeatable else 0

    @property
    def headers(self) -> dict[str, str]:
        """Return the headers that go with it: its name (RFC 6266), and its length where that is known."""
        headers = {"Content-Disposition": content_disposition(self.file_name)}
        if self._path is not None:
            headers["Content-Length"] = str(self._path.stat().st_size)
        elif self.repeatable:
            end = self._stream.seek(0, os.SEEK_END)
            self._stream.seek(self._start)
            headers["Content-Length"] = str(end - self._start)
        return headers

    def pieces(self) -> Iterator[bytes]:
        """Yield the bytes from the beginning."""
        if self._path is not None:
            with self._path.open("rb") as file:
                yield from _read(file)
            return
        if self.repeatable:
            self._stream.seek(self._start)
        yield from _read(self._stream)

    async def pieces_async(self) -> AsyncIterator[bytes]:
        """Yield the bytes from the beginning, read in a thread, so that the event loop goes on."""
        pieces = self.pieces()
        while piece := await asyncio.to_thread(next, pieces, b""):
            yield piece


def content_disposition(file_name: str) -> str:
    """Return the header that carries a file's name: plain where it can be, and in UTF-8 beside it where not (RFC 6266)."""
    plain = "".join(sign if sign.isascii() and sign.isprintable() and sign not in '"\\' else "_" for sign in file_name)
    named = f'attachment; filename="{plain}"'
    return named if plain == file_name else f"{named}; filename*=UTF-8''{quote(file_name, safe='')}"


def _read(file: BinaryIO) -> Iterator[bytes]:
    while piece := file.read(PIECE_BYTES):
        yield piece
