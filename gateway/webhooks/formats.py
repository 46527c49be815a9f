"""Formats: webhooks in another vendor's words, from the records as they stood when the event happened.

A delivery's body is rendered when it is first sent and kept; retries and redeliveries send the same bytes (decision 0020).
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from domain.refusals import Absent, Refusal
from gateway.webhooks.store import renderings
from gateway.webhooks.store.renderings import Rendering, Telling

if TYPE_CHECKING:
    from gateway.call import Records

RENDER_SECONDS = 20.0
"""For all that one body is made of, a project of many bills among it; a lease outlives it."""


class NotRendered(Exception):
    """What an event tells of cannot be had now, or has gone, or its format is mounted no more; ``reason`` says it in one word."""

    def __init__(self, reason: str, *, is_gone: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.is_gone = is_gone


def _no_headers(body: bytes, secret: str) -> Mapping[str, str]:
    return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """One vendor's way of telling events.

    ``events`` are those of our types that it has words for; a test (``webhook.test``) must be told as well. ``render`` makes the
    body. ``headers`` are sent along with each attempt, made of the body and the endpoint's newest secret as its owner has it.
    """

    name: str
    events: tuple[str, ...]
    render: "Callable[[Records, Telling], Awaitable[Rendering]]"
    headers: Callable[[bytes, str], Mapping[str, str]] = _no_headers


class Formats:
    """The formats that are mounted. ``public_url`` is the base of links; where it is empty, each endpoint's own is."""

    def __init__(self, formats: Iterable[Format] = (), public_url: str = "") -> None:
        self._by_name = {one.name: one for one in formats}
        self._public_url = public_url.rstrip("/")

    @property
    def names(self) -> tuple[str, ...]:
        """Return what an endpoint can choose."""
        return tuple(sorted(self._by_name))

    def named(self, name: str) -> Format | None:
        """Return a format; None where none of this name is mounted."""
        return self._by_name.get(name)

    async def body_of(self, name: str, records: "Records", telling: Telling) -> bytes:
        """Return the body of a delivery in a format: what was kept of it, or what is rendered and kept now.

        Raises:
            NotRendered: it cannot be rendered now; a later attempt may find what it needs.
        """
        if telling.rendered is not None:
            return telling.rendered
        chosen = self._by_name.get(name)
        if chosen is None:
            raise NotRendered("UNKNOWN_FORMAT")
        try:
            async with asyncio.timeout(RENDER_SECONDS):
                errand = replace(telling, base_url=self._public_url or telling.base_url)
                rendering = await chosen.render(records, errand)
        except Refusal as error:
            raise NotRendered(error.reason, is_gone=isinstance(error, Absent)) from error
        except TimeoutError as error:
            raise NotRendered("TIMED_OUT") from error
        async with records.database.tenant(telling.tenant_id) as connection:
            kept = await renderings.keep(connection, telling, rendering)
        if kept is None:
            raise NotRendered("ERASED", is_gone=True)
        return kept
