"""One attempt: a request to an endpoint, guarded, limited in time and in what is read back, never redirected."""

import asyncio
import re
import ssl
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

import aiohttp

from domain.refusals import ForbiddenTarget
from gateway.webhooks.guard import Guard, GuardedResolver, Lookup
from gateway.webhooks.schedule import retry_after_seconds

RESPONSE_HEAD_BYTES = 2048
"""Kept of an answer, for the delivery log; the rest is not read."""

RESPONSE_HEADERS_MAX, HEADER_NAME_LETTERS, HEADER_VALUE_LETTERS = 24, 60, 160
"""Kept of an answer's headers: so many, cut to these lengths; JSON of them stays below the column's limit."""

MASK = "(not kept)"
_SECRET_HEADERS = re.compile(
    r"set-cookie2?|.*authenticat.*|.*authoriz.*|.*token.*|.*secret.*|.*api-?key.*", re.IGNORECASE
)
"""Headers whose values may open something: that they were there is kept, and nothing more."""

CONNECTIONS_IDLE_SECONDS = 15.0
USER_AGENT = "Billowatt-Webhooks/1 (+https://www.standardwebhooks.com)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came of an attempt. ``status`` is None where no answer came; ``error`` then says why, in one word."""

    status: int | None
    error: str
    latency_ms: int
    head: bytes
    at: datetime
    headers: Mapping[str, str] = field(default_factory=dict)
    retry_after_seconds: float | None = None

    @classmethod
    def unsent(cls, error: str) -> Self:
        """Return the answer of an attempt that could not even be begun."""
        return cls(status=None, error=error, latency_ms=0, head=b"", at=datetime.now(UTC))

    @property
    def accepted(self) -> bool:
        """Tell whether the endpoint has it: 2xx and nothing else."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def gone(self) -> bool:
        """Tell whether the endpoint asks never to be called again."""
        return self.status == 410


class Sender:
    """Sends attempts over guarded connections; an async context."""

    def __init__(
        self,
        guard: Guard,
        *,
        timeout_seconds: float,
        look_up: Lookup | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._guard = guard
        self._timeout_seconds = timeout_seconds
        self._look_up = look_up or look_up_by_system
        self._tls = tls
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        # How many connections there are is bounded by the dispatcher, for all and for each endpoint.
        connector = aiohttp.TCPConnector(
            resolver=GuardedResolver(self._guard, self._look_up),
            use_dns_cache=False,
            keepalive_timeout=CONNECTIONS_IDLE_SECONDS,
            limit=0,
            ssl=self._tls or True,
        )
        self._session = aiohttp.ClientSession(
            connector=connector,
            timeout=aiohttp.ClientTimeout(total=self._timeout_seconds),
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,
            auto_decompress=False,
            headers={"User-Agent": USER_AGENT},
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def send(self, url: str, headers: Mapping[str, str], body: bytes | None) -> Answer:
        """Make one attempt, a POST of ``body`` or a GET where it is None; every way in which it can fail is an answer."""
        assert self._session is not None
        started, at = time.monotonic(), datetime.now(UTC)
        status: int | None = None
        error, head, retry_after = "", b"", None
        told: Mapping[str, str] = {}
        try:
            checked = self._guard.check_url(url)
            async with asyncio.timeout(self._timeout_seconds):
                response = await self._session.request(
                    "GET" if body is None else "POST", checked, data=body, headers=headers, allow_redirects=False
                )
                try:
                    status = response.status
                    told = kept_headers(response.headers.items())
                    retry_after = retry_after_seconds(response.headers.get("Retry-After"), at)
                    head = await _head(response)
                finally:
                    response.release() if response.content.at_eof() else response.close()
        except (ForbiddenTarget, aiohttp.ClientError, OSError, TimeoutError, ValueError) as broken:
            error = _word(broken)
        return Answer(
            status=status,
            error=error,
            latency_ms=round((time.monotonic() - started) * 1000),
            head=head,
            at=at,
            headers=told,
            retry_after_seconds=retry_after,
        )


def kept_headers(headers: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return what is kept of an answer's headers, by name in small letters; of one that came twice the last value."""
    kept: dict[str, str] = {}
    for name, value in headers:
        if len(kept) < RESPONSE_HEADERS_MAX:
            shown = value.encode("ascii", "replace").decode()[:HEADER_VALUE_LETTERS]
            kept[name.lower()[:HEADER_NAME_LETTERS]] = MASK if _SECRET_HEADERS.fullmatch(name) else shown
    return kept


async def look_up_by_system(host: str, port: int) -> Sequence[str]:
    """Return the addresses that the system's resolver knows of a name."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=1)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


async def _head(response: aiohttp.ClientResponse) -> bytes:
    """Read the beginning of the body. What the status said holds, whatever becomes of the body."""
    head = b""
    try:
        while len(head) < RESPONSE_HEAD_BYTES and (piece := await response.content.readany()):
            head += piece
    except (aiohttp.ClientError, OSError, TimeoutError):
        pass
    return head[:RESPONSE_HEAD_BYTES]


def _word(broken: Exception) -> str:
    cause: BaseException | None = broken
    while cause is not None:
        if isinstance(cause, ForbiddenTarget):
            return "forbidden_target"
        cause = cause.__cause__
    match broken:
        case TimeoutError():
            return "timed_out"
        case aiohttp.ClientConnectorDNSError():
            return "name_not_found"
        case aiohttp.ClientConnectorCertificateError() | aiohttp.ClientSSLError():
            return "tls_failed"
        case aiohttp.ClientConnectorError():
            return "connection_refused"
        case aiohttp.ServerDisconnectedError() | aiohttp.ClientOSError() | ConnectionError():
            return "connection_lost"
        case _:
            return "answer_not_understood"
