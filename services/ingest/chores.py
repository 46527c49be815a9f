"""Chores: what ingest does unasked, and how often: take lapsed leases away, remove orphaned files, forget old requests.

Every process of the role does all of them; two at the same time do no harm.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass

from domain.refusals import Refusal
from runtime.component import sleep_or_stop
from runtime.logs import logger
from runtime.objects import DERIVED, ObjectStore, origin_of
from runtime.postgres import Database
from services.ingest import store
from services.ingest.bills import Bills
from services.ingest.jobs.desk import REAP_MAX, Desk
from services.ingest.receive import PREFIX

SWEEP_KEYS_MAX = 500
"""Keys compared with the records in one statement."""

FORGET_MAX = 1000
"""Remembered requests removed in one transaction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """Times of the work that nobody asks for [s]."""

    poll_seconds: float = 2.0
    """A stream with credit looks for work this often even when no bell rings: the bell is a hint, this is the guarantee."""

    rotation_seconds: float = 240.0
    """A work stream is ended at about this age, so that a new server gets its share of the workers."""

    rotation_grace_seconds: float = 2.0
    """After Drain a stream stays open so long for what is held; the rest is told on the worker's next stream."""

    closing_grace_seconds: float = 12.0
    """The same when the process stops; below the time that a component has for draining."""

    progress_seconds: float = 0.5
    """Progress of one job is written no more often than this."""

    idle_seconds: float = 5.0
    """A follower of completions hears of its position this often when nothing happens."""

    reap_seconds: float = 2.0
    """How often lapsed leases are taken away."""

    sweep_seconds: float = 3600.0
    """How often stored files without a record are looked for."""

    forget_seconds: float = 900.0
    """How often remembered requests older than a day are removed."""


def jittered(seconds: float) -> float:
    """Return a time around ``seconds``, so that processes started together do not act together for ever."""
    return seconds * random.uniform(0.75, 1.25)  # noqa: S311 jitter, no secret


class Chores:
    """The background work of one ingest process."""

    def __init__(
        self,
        database: Database,
        objects: ObjectStore,
        desk: Desk,
        bills: Bills,
        *,
        pace: Pace,
        orphan_age_seconds: float,
    ) -> None:
        self._database = database
        self._objects = objects
        self._desk = desk
        self._bills = bills
        self._pace = pace
        self._orphan_age_seconds = orphan_age_seconds
        self._log = logger("ingest")

    async def reap(self, stopping: asyncio.Event) -> None:
        """Take lapsed leases away until ``stopping`` is set."""

        async def once() -> None:
            while await self._desk.reap() >= REAP_MAX:
                pass

        await self._every(self._pace.reap_seconds, once, stopping)

    async def sweep(self, stopping: asyncio.Event) -> None:
        """Remove orphans until ``stopping`` is set."""
        await self._every(self._pace.sweep_seconds, self.sweep_once, stopping)

    async def forget(self, stopping: asyncio.Event) -> None:
        """Remove requests older than a day until ``stopping`` is set."""
        await self._every(self._pace.forget_seconds, self.forget_once, stopping)

    async def sweep_once(self) -> int:
        """Remove the stored files that are old enough and belong to no bill, and what was made from them; return how many."""
        removed = 0
        for prefix in (PREFIX, DERIVED):
            keys: set[str] = set()
            async with aclosing(self._objects.list_keys(prefix, self._orphan_age_seconds)) as found:
                async for info in found:
                    keys.add(origin_of(info.key) or info.key)
                    if len(keys) == SWEEP_KEYS_MAX:
                        removed += await self._remove_orphans(keys)
                        keys = set()
            removed += await self._remove_orphans(keys)
        if removed:
            self._log.info("orphans_removed", objects=removed)
        return removed

    async def forget_once(self) -> int:
        """Remove requests older than a day; return how many."""
        forgotten = 0
        while True:
            async with self._database.service() as connection:
                removed = await store.forget_requests(connection, FORGET_MAX)
            forgotten += removed
            if removed < FORGET_MAX:
                return forgotten

    async def _remove_orphans(self, keys: set[str]) -> int:
        async with self._database.service(read_only=True) as connection:
            suspects = await store.unnamed_objects(connection, sorted(keys))
        return sum([await self._bills.remove_unnamed(key) for key in suspects])

    async def _every(self, seconds: float, chore: Callable[[], Awaitable[object]], stopping: asyncio.Event) -> None:
        """Do a chore again and again; a store that is away is waited for."""
        while not await sleep_or_stop(jittered(seconds), stopping):
            try:
                await chore()
            except Refusal as refusal:
                self._log.warning("chore_put_off", reason=refusal.reason, sentence=refusal.sentence)
