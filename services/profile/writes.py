"""Writes of one transaction that go to the database together, in one round trip.

A completion changes a dozen tables, and each statement sent by itself waits for the database and back; as the parts of one
statement they wait once. Beside a server on the same machine that is hardly measurable; it counts with the distance. The parts
all see the rows as they were before, so what one of them needs to find of another is no part of the same send, and no row is
written by two of them. Foreign keys are checked when all are done.
"""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

from runtime.postgres import Connection

TEXTS_KEPT = 256
"""Combinations of parts whose text is remembered; a fold uses a few dozen."""

_PLACE = re.compile(r"\$(\d+)")


class Writes:
    """Statements waiting to be sent; each changes rows and returns none."""

    def __init__(self) -> None:
        self._parts: list[tuple[str, int]] = []
        self._arguments: list[Any] = []

    def add(self, sql: str, *arguments: Any) -> None:
        """Add a statement with its arguments; one that starts with ``WITH`` cannot be a part."""
        self._parts.append((sql, len(arguments)))
        self._arguments += arguments

    async def send(self, connection: Connection) -> None:
        """Execute all that was added since the last send."""
        parts, arguments = tuple(self._parts), self._arguments
        self._parts, self._arguments = [], []
        if parts:
            await connection.execute(_together(parts), *arguments)


def columns(rows: Iterable[Sequence[Any]]) -> list[list[Any]]:
    """Turn rows into one array a column: a statement then takes any number of rows in one round trip."""
    return [list(column) for column in zip(*rows, strict=True)]


@lru_cache(maxsize=TEXTS_KEPT)
def _together(parts: Sequence[tuple[str, int]]) -> str:
    """Return one statement out of parts that each count their places from 1."""
    if len(parts) == 1:
        return parts[0][0]
    written, taken = [], 0
    for number, (sql, count) in enumerate(parts):
        written.append(f"part{number} AS ({_moved(sql, taken)})")
        taken += count
    return f"WITH {', '.join(written)} SELECT"


def _moved(sql: str, by: int) -> str:
    return _PLACE.sub(lambda place: f"${int(place[1]) + by}", sql)
