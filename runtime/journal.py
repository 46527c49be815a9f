"""The journal: entries in one order that is the order of commits, the order of positions and the order of time.

A sequence or a clock read before the commit loses entries to a follower (three in ten, measured with 16 writers). Here
an append takes the journal's advisory lock as the last thing its transaction does and holds it until the commit, so a
position exists only when every smaller one is visible. It is one round trip, to a function that
``runtime.create_journal`` makes beside the table: 2,100 appends/s with 16 writers that commit each (measured on two
cores, fsync on; waiting for the lock of the head's row instead gave 1,500), and many times that in batches.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from domain.ids import Position, ProjectId, TenantId
from domain.refusals import PositionPruned, Refusal
from runtime.component import Task, sleep_or_stop
from runtime.logs import logger
from runtime.postgres import Connection, Database, qualified_name

ERASED = "erased"
"""The kind of an entry whose payload was taken away; its place stays."""

batch_entries = 100
"""Entries read at a time: a page of readings stays within a few megabytes."""
keeper_seconds = 60.0
"""How often old entries are looked for, and a cursor told."""
keeper_bite = 2000
"""Entries deleted in one transaction, so that none is long."""
poll_seconds = 5.0
"""A follower looks again after this time even when no bell rang."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEntry:
    """What a writer appends. ``subject_id`` is what the entry is about (a bill), by which it can be erased."""

    tenant_id: TenantId
    kind: str
    payload: bytes
    project_id: ProjectId | None = None
    subject_id: str | None = None


@dataclass(frozen=True, slots=True)
class Stamp:
    """Where an entry came to stand, and when [UTC, database clock]; both strictly increase together."""

    position: Position
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry as it is read; ``payload`` is None once erased."""

    position: Position
    at: datetime
    tenant_id: TenantId
    project_id: ProjectId | None
    subject_id: str | None
    kind: str
    payload: bytes | None


@dataclass(frozen=True, slots=True)
class Idle:
    """Nothing more stands at or before ``position``: a follower may save it as its cursor."""

    position: Position


@dataclass(frozen=True, slots=True)
class Head:
    """The end of a journal, and how far it was pruned (0: never)."""

    position: Position
    at: datetime
    pruned_through: Position


_Page: TypeAlias = tuple[Head, list[Entry]]


class Journal:
    """One journal, made by ``SELECT runtime.create_journal('ingest', 'completion')`` and named ``ingest.completion``."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.channel = f"journal {name}"
        self._table = qualified_name(name)
        self._append = "{}.append_to_{}".format(*self._table.split("."))

    async def append(self, connection: Connection, entries: Sequence[NewEntry]) -> list[Stamp]:
        """Append in the caller's transaction, as its last statement, and ring the journal's bell at the commit.

        From here to the commit every other writer of this journal waits.
        """
        if not entries:
            return []
        rows = await connection.fetch(
            _APPEND.format(function=self._append),
            [entry.tenant_id for entry in entries],
            [entry.project_id for entry in entries],
            [entry.subject_id for entry in entries],
            [entry.kind for entry in entries],
            [entry.payload for entry in entries],
        )
        return [Stamp(Position(row["new_position"]), row["new_at"]) for row in rows]

    async def entries_after(
        self, connection: Connection, after: Position, limit: int, tenant_id: TenantId | None = None
    ) -> list[Entry]:
        """Return up to ``limit`` entries behind ``after`` in order, of one tenant or of all.

        Raises:
            PositionPruned: entries behind ``after`` are no longer kept.
        """
        return (await self._page(connection, after, limit, tenant_id))[1]

    async def head(self, connection: Connection) -> Head:
        """Return the last position and its time."""
        return (await self._page(connection, None, 0, None))[0]

    async def follow(
        self,
        database: Database,
        after: Position,
        *,
        tenant_id: TenantId | None = None,
        project_id: ProjectId | None = None,
        stop_at_end: bool = False,
        batch: int = batch_entries,
        idle_seconds: float = poll_seconds,
    ) -> AsyncIterator[Entry | Idle]:
        """Replay everything behind ``after``, then tail; say ``Idle`` when caught up and at least each ``idle_seconds``.

        With ``stop_at_end`` it ends after the first ``Idle``. No transaction is open while the caller works on an entry.

        Raises:
            PositionPruned: entries behind ``after`` are no longer kept.
            StoreUnavailable: the database went away; follow again from the last position.
        """
        bell = database.bell(self.channel)
        caught_up = False
        idle_at = 0.0
        while True:
            transaction = database.tenant(tenant_id, read_only=True) if tenant_id else database.service(read_only=True)
            async with transaction as connection:
                head, entries = await self._page(connection, after, batch, tenant_id, project_id)
            for entry in entries:
                after = entry.position
                yield entry
                caught_up = False
            if len(entries) == batch:
                continue
            # Head and entries come from one snapshot, so nothing at or before the head was left out.
            after = max(after, head.position)
            # A bell rung for other tenants' entries is no news to this follower.
            if not caught_up or time.monotonic() - idle_at >= idle_seconds:
                yield Idle(after)
                caught_up, idle_at = True, time.monotonic()
            if stop_at_end:
                return
            await bell.wait(max(0.0, idle_at + idle_seconds - time.monotonic()))

    async def prune(self, connection: Connection, through: Position) -> int:
        """Delete the entries at or before ``through``; return how many. Followers behind it are refused from now on."""
        removed: int = await connection.fetchval(_PRUNE.format(table=self._table), self.name, through)
        return removed

    async def note_reader(self, connection: Connection, reader: str, position: Position) -> None:
        """Note how far a follower has saved that it came; nothing behind that is pruned by age from then on."""
        await connection.execute(_NOTE_READER, self.name, reader, position)

    async def prune_old(self, connection: Connection, kept_days: float, readers: Sequence[str], bite: int) -> int:
        """Delete the first entries that are older than ``kept_days`` [d] and that every reader has passed.

        Looks at ``bite`` entries at most and returns how many it deleted. Nothing goes while one of ``readers`` has not been
        noted yet, nor behind any reader that ever was: whoever follows is not passed, however long it is away.
        """
        rows = await connection.fetch(_READERS, self.name)
        passed = {row["reader"]: Position(row["position"]) for row in rows}
        if not passed.keys() >= set(readers) or not passed:
            return 0
        through = await connection.fetchval(
            _OLD.format(table=self._table), self.name, bite, min(passed.values()), float(kept_days)
        )
        return await self.prune(connection, Position(through)) if through is not None else 0

    async def erase(self, connection: Connection, tenant_id: TenantId, subject_id: str) -> int:
        """Take away the payloads of everything about ``subject_id``, keeping the places; return how many."""
        erased: int = await connection.fetchval(_ERASE.format(table=self._table), tenant_id, subject_id, ERASED)
        return erased

    async def _page(
        self,
        connection: Connection,
        after: Position | None,
        limit: int,
        tenant_id: TenantId | None,
        project_id: ProjectId | None = None,
    ) -> _Page:
        arguments: list[Any] = [self.name, after, limit]
        which = ""
        for column, value in (("tenant_id", tenant_id), ("project_id", project_id)):
            if value:
                arguments.append(value)
                which += f" AND {column} = ${len(arguments)}"
        rows = await connection.fetch(_PAGE.format(table=self._table, which=which), *arguments)
        if not rows:
            raise LookupError(f"there is no journal {self.name}")
        head = Head(Position(rows[0]["head"]), rows[0]["head_at"], Position(rows[0]["pruned_through"]))
        if after is not None and after < head.pruned_through:
            raise PositionPruned(after=after, pruned_through=head.pruned_through)
        return head, [_entry(row) for row in rows if row["position"] is not None]


class JournalKeeper:
    """Keeps a journal to its age, and tells of a follower's cursor those who keep another: background work of a role."""

    def __init__(self, database: Database, *, every_seconds: float = keeper_seconds) -> None:
        self._database = database
        self._every_seconds = every_seconds

    def pruning(self, journal: Journal, kept_days: float, readers: Sequence[str]) -> Task:
        """Return the task that deletes what is older than ``kept_days`` [d] once all ``readers`` have passed it."""

        async def once() -> None:
            removed = keeper_bite
            while removed == keeper_bite:
                async with self._database.service() as connection:
                    removed = await journal.prune_old(connection, kept_days, readers, keeper_bite)
                if removed:
                    logger("journal").info("journal_pruned", journal=journal.name, entries=removed)

        return lambda stopping: self._every(once, stopping)

    def reading(self, journal: Journal, reader: str, cursor: Callable[[], Awaitable[Position]]) -> Task:
        """Return the task that notes how far ``reader`` has come in ``journal``; ``cursor`` reads what it saved."""

        async def once() -> None:
            position = await cursor()
            async with self._database.service() as connection:
                await journal.note_reader(connection, reader, position)

        return lambda stopping: self._every(once, stopping)

    async def _every(self, once: Callable[[], Awaitable[None]], stopping: asyncio.Event) -> None:
        while True:
            try:
                await once()
            except Refusal as refusal:
                logger("journal").warning("journal_not_kept", reason=refusal.reason)
            if await sleep_or_stop(self._every_seconds, stopping):
                return


def _entry(row: Any) -> Entry:
    return Entry(
        position=Position(row["position"]),
        at=row["at"],
        tenant_id=TenantId(row["tenant_id"]),
        project_id=ProjectId(row["project_id"]) if row["project_id"] else None,
        subject_id=row["subject_id"],
        kind=row["kind"],
        payload=row["payload"],
    )


# The table's name was checked by qualified_name; everything else is a parameter.
_APPEND = "SELECT new_position, new_at FROM {function}($1, $2, $3, $4, $5)"

_PAGE = """
SELECT head.position AS head, head.at AS head_at, head.pruned_through, page.*
FROM runtime.journal_head AS head
LEFT JOIN LATERAL (
    SELECT position, at, tenant_id, project_id, subject_id, kind, payload
    FROM {table} WHERE position > $2 {which} ORDER BY position LIMIT $3
) AS page ON true
WHERE head.journal = $1
ORDER BY page.position
"""

_PRUNE = """
WITH head AS (
    UPDATE runtime.journal_head SET pruned_through = greatest(pruned_through, least($2, position))
    WHERE journal = $1 RETURNING pruned_through
), removed AS (
    DELETE FROM {table} USING head WHERE position <= head.pruned_through RETURNING 1
)
SELECT count(*) FROM removed
"""

_NOTE_READER = """
INSERT INTO runtime.journal_reader (journal, reader, position) VALUES ($1, $2, $3)
ON CONFLICT (journal, reader) DO UPDATE
SET position = greatest(journal_reader.position, excluded.position), noted_at = clock_timestamp()
"""

_READERS = "SELECT reader, position FROM runtime.journal_reader WHERE journal = $1"

_OLD = """
SELECT max(first.position) FROM (
    SELECT position, at FROM {table}
    WHERE position > (SELECT pruned_through FROM runtime.journal_head WHERE journal = $1) AND position <= $3
    ORDER BY position LIMIT $2
) AS first
WHERE first.at < clock_timestamp() - $4 * interval '1 day'
"""

_ERASE = """
WITH erased AS (
    UPDATE {table} SET payload = NULL, kind = $3 WHERE tenant_id = $1 AND subject_id = $2 RETURNING 1
)
SELECT count(*) FROM erased
"""
