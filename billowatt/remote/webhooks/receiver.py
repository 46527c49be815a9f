"""A webhook endpoint on this machine for as long as a command runs: it checks each signature, remembers, and can pass on."""

import queue
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

from billowatt_client import Event, WebhookNotVerified, verify_webhook

BODY_BYTES_MAX = 4 * 1024 * 1024
WAITING_MAX = 1000
SOCKET_SECONDS = 15.0

Forward = Callable[[Mapping[str, str], bytes], int]
"""Passes a delivery on, headers and body as they came, and returns the status that was answered."""


@dataclass(frozen=True, slots=True)
class Received:
    """One delivery: the event where its signature fits, else why not; and what a forward answered, where there is one."""

    event: Event | None
    problem: str
    body: bytes
    answered: int


class Receiver:
    """Listens on loopback; open it with ``with``. Until ``secrets`` are known it answers 503, and what was sent comes again."""

    def __init__(self, port: int = 0, forward: Forward | None = None) -> None:
        self.secrets: Sequence[str] = ()
        self._forward = forward
        self._received: queue.Queue[Received] = queue.Queue(WAITING_MAX)
        self._server = _Server(("127.0.0.1", port), self._take)
        self._thread = threading.Thread(target=self._server.serve_forever, name="receiver", daemon=True)

    def __enter__(self) -> "Receiver":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        """Return where it listens."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/"

    def next(self, seconds: float | None = None) -> Received | None:
        """Return what came next; None where nothing came in time."""
        try:
            return self._received.get(timeout=seconds)
        except queue.Empty:
            return None

    def _take(self, headers: Mapping[str, str], body: bytes) -> int:
        if not self.secrets:
            return 503
        try:
            event, problem, status = verify_webhook(self.secrets, headers, body), "", 204
        except WebhookNotVerified as error:
            event, problem, status = None, str(error), 401
        if event is not None and self._forward is not None:
            status = self._forward(headers, body)
        try:
            self._received.put_nowait(Received(event, problem, body, status))
        except queue.Full:
            return 503
        return status


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, address: tuple[str, int], take: Callable[[Mapping[str, str], bytes], int]) -> None:
        self.take = take
        super().__init__(address, _Handler)


class _Handler(BaseHTTPRequestHandler):
    timeout = SOCKET_SECONDS
    server: _Server

    def do_POST(self) -> None:
        """Take one delivery."""
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > BODY_BYTES_MAX:
            self.send_error(413)
            return
        body = self.rfile.read(int(length))
        status = self.server.take(dict(self.headers.items()), body)
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 the name that http.server uses
        """Say nothing: the command tells of what came."""
