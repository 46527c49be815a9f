"""Following what happens: a stream of server-sent events (HTML standard, 9.2) where it comes through, a poll where it does not.

A follower first asks for what lies behind its position, so it catches up and hears whether anyone answers; then it holds a
stream open until that ends, and asks again. Proxies that hold a stream's pieces back, services that refuse one more stream and
servers without any leave it asking.
"""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import httpx

from billowatt_client.models import Event, built

SILENT_SECONDS = 45.0
"""Three of the service's heartbeats; a stream that is silent for longer has died or is held back."""

FRUITLESS_MAX = 3
"""So many streams in a row of which nothing came, and the follower only asks."""

BUFFER_BYTES_MAX = 4 * 1024 * 1024
"""No event is nearly as large; what is comes from no service of ours."""

MEDIA_TYPE = "text/event-stream"


class Trail:
    """How far a follower has come, and whether it may still hope for streams."""

    def __init__(self, project_id: str | None, after: str) -> None:
        self.after = after
        self.path = "/v1/events" if project_id is None else f"/v1/projects/{quote(project_id, safe='')}/events"
        self._fruitless = 0
        self._heard = False
        self._buffer = bytearray()

    @property
    def streams(self) -> bool:
        """Tell whether a stream is worth another try."""
        return self._fruitless < FRUITLESS_MAX

    @property
    def headers(self) -> dict[str, str]:
        """Return the headers that open a stream behind the last position."""
        return {"Accept": MEDIA_TYPE, "Last-Event-ID": self.after, "Accept-Encoding": "identity"}

    def timeout(self, usual: httpx.Timeout) -> httpx.Timeout:
        """Return how long a stream may be silent; to connect and to send as long as usual."""
        return httpx.Timeout(SILENT_SECONDS, connect=usual.connect, write=usual.write, pool=usual.pool)

    def opened(self, status: int, headers: Mapping[str, str]) -> bool:
        """Take note of the answer to a stream's request; tell whether it is one.

        What the service refuses for good is raised by the next question; a limit on streams leaves only questions.
        """
        self._heard, self._buffer = False, bytearray()
        if status == httpx.codes.OK and headers.get("Content-Type", "").startswith(MEDIA_TYPE):
            return True
        if status < httpx.codes.INTERNAL_SERVER_ERROR:
            self._fruitless = FRUITLESS_MAX
        return False

    def events(self, piece: bytes) -> list[Event]:
        """Return the events that a piece of the stream completes, their positions kept."""
        self._heard = True
        # A line's end may be cut in two, so it is looked for in what is there and what came.
        *blocks, rest = (self._buffer + piece).replace(b"\r\n", b"\n").split(b"\n\n")
        if len(rest) > BUFFER_BYTES_MAX:
            raise httpx.ReadError("an event longer than any")
        self._buffer = rest
        found = []
        for block in blocks:
            event = _event(bytes(block))
            if event is not None and event.position is not None:
                self.after = event.position
                found.append(event)
        return found

    def ended(self) -> None:
        """Take note that a stream ended, however it did."""
        self._fruitless = 0 if self._heard else self._fruitless + 1


def _event(block: bytes) -> Event | None:
    """Return the event of a block of lines; None for a comment, for what only sets the time to wait, and for ``key_ended``."""
    data = b"\n".join(line[5:].removeprefix(b" ") for line in block.split(b"\n") if line.startswith(b"data:"))
    try:
        told: Any = json.loads(data) if data else None
    except ValueError:
        return None
    if not isinstance(told, dict) or "position" not in told:
        return None
    return built(Event, told)
