"""How calls are sent, tried again, streamed and taken in pieces: the part of both clients that knows nothing of bills."""

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from types import TracebackType
from typing import Self, TypeVar

import httpx

from billowatt_client.calls import Call, Page
from billowatt_client.models import Event
from billowatt_client.retry import Retries
from billowatt_client.sending.answers import headers_of, refusal_of, value_of, wait_after_answer, wait_after_failure
from billowatt_client.sending.downloads import AsyncExport, Export, whole, whole_async
from billowatt_client.sending.live import Trail

T = TypeVar("T")


class Sending:
    """Sends calls and blocks until they are answered; a context, to be closed at the end."""

    def __init__(
        self,
        base_url: str,
        api_key: str,
        *,
        timeout_seconds: float = 60.0,
        retries: Retries | None = None,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._retries = retries or Retries()
        self._http = httpx.Client(
            base_url=base_url, headers=headers_of(api_key), timeout=timeout_seconds, transport=transport
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def _make(self, call: Call[T]) -> T:
        attempts_made = 0
        while True:
            attempts_made += 1
            try:
                response = self._http.request(
                    call.method,
                    call.path,
                    params=call.query,
                    json=call.json,
                    headers=call.headers,
                    content=None if call.body is None else call.body.pieces(),
                )
            except httpx.TransportError as error:
                time.sleep(wait_after_failure(call, self._retries, attempts_made, error))
                continue
            wait_seconds = wait_after_answer(call, self._retries, attempts_made, response)
            if wait_seconds is None:
                return value_of(call, response)
            time.sleep(wait_seconds)

    def _streamed(self, trail: Trail) -> Iterator[Event]:
        """Yield the events of one stream until it ends; how it ended does not matter, the next question tells."""
        with contextlib.suppress(httpx.TransportError):
            timeout = trail.timeout(self._http.timeout)
            with self._http.stream("GET", trail.path + "/stream", headers=trail.headers, timeout=timeout) as response:
                if trail.opened(response.status_code, response.headers):
                    for piece in response.iter_bytes():
                        yield from trail.events(piece)
        trail.ended()

    @contextlib.contextmanager
    def _opened(self, call: Call[None]) -> Iterator[Export]:
        attempts_made = 0
        while True:
            attempts_made += 1
            request = self._http.build_request(call.method, call.path, params=call.query or None)
            try:
                response = self._http.send(request, stream=True)
            except httpx.TransportError as error:
                time.sleep(wait_after_failure(call, self._retries, attempts_made, error))
                continue
            with contextlib.closing(response):
                wait_seconds = wait_after_answer(call, self._retries, attempts_made, response)
                if wait_seconds is None:
                    if not response.is_success:
                        response.read()
                        raise refusal_of(response)
                    yield Export.of(response.headers, response.links, pieces=whole(response.iter_bytes()))
                    return
            time.sleep(wait_seconds)

    def _items(self, page_of: Callable[[str], Call[Page[T]]]) -> Iterator[T]:
        token = ""
        while True:
            page = self._make(page_of(token))
            yield from page.items
            token = page.next_token
            if not token:
                return


class AsyncSending:
    """Sends calls and awaits their answers; a context, to be closed at the end."""

    def __init__(
        self,
        base_url: str,
        api_key: str,
        *,
        timeout_seconds: float = 60.0,
        retries: Retries | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._retries = retries or Retries()
        self._http = httpx.AsyncClient(
            base_url=base_url, headers=headers_of(api_key), timeout=timeout_seconds, transport=transport
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def _make(self, call: Call[T]) -> T:
        attempts_made = 0
        while True:
            attempts_made += 1
            try:
                response = await self._http.request(
                    call.method,
                    call.path,
                    params=call.query,
                    json=call.json,
                    headers=call.headers,
                    content=None if call.body is None else call.body.pieces_async(),
                )
            except httpx.TransportError as error:
                await asyncio.sleep(wait_after_failure(call, self._retries, attempts_made, error))
                continue
            wait_seconds = wait_after_answer(call, self._retries, attempts_made, response)
            if wait_seconds is None:
                return value_of(call, response)
            await asyncio.sleep(wait_seconds)

    async def _streamed(self, trail: Trail) -> AsyncGenerator[Event, None]:
        """Yield the events of one stream until it ends; how it ended does not matter, the next question tells."""
        with contextlib.suppress(httpx.TransportError):
            timeout, path = trail.timeout(self._http.timeout), trail.path + "/stream"
            async with self._http.stream("GET", path, headers=trail.headers, timeout=timeout) as response:
                if trail.opened(response.status_code, response.headers):
                    async for piece in response.aiter_bytes():
                        for event in trail.events(piece):
                            yield event
        trail.ended()

    @contextlib.asynccontextmanager
    async def _opened(self, call: Call[None]) -> AsyncIterator[AsyncExport]:
        attempts_made = 0
        while True:
            attempts_made += 1
            request = self._http.build_request(call.method, call.path, params=call.query or None)
            try:
                response = await self._http.send(request, stream=True)
            except httpx.TransportError as error:
                await asyncio.sleep(wait_after_failure(call, self._retries, attempts_made, error))
                continue
            async with contextlib.aclosing(response):
                wait_seconds = wait_after_answer(call, self._retries, attempts_made, response)
                if wait_seconds is None:
                    if not response.is_success:
                        await response.aread()
                        raise refusal_of(response)
                    pieces = whole_async(response.aiter_bytes())
                    yield AsyncExport.of(response.headers, response.links, pieces=pieces)
                    return
            await asyncio.sleep(wait_seconds)

    async def _items(self, page_of: Callable[[str], Call[Page[T]]]) -> AsyncIterator[T]:
        token = ""
        while True:
            page = await self._make(page_of(token))
            for item in page.items:
                yield item
            token = page.next_token
            if not token:
                return
