"""The pool of reading processes: documents in, outcomes out, whatever the document does to the process that reads it.

The parent never opens a document. A child that hangs, eats too much or dies is killed with its whole group and replaced; the
caller gets a typed failure.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import TypeVar

from domain.outcome import Failure, FailureReason, Outcome
from domain.refusals import LimitReached, ShuttingDown
from runtime.logs import logger
from services.parser.draw.marks import Mark
from services.parser.draw.page import PageAsked, PageImage
from services.parser.engine import engine_version
from services.parser.page import OUT_OF_MEMORY_DETAIL, PageMissing, SeenWords
from services.parser.process import ChildDied, Died, Process, spawn

T = TypeVar("T")

ATTEMPTS = 2
"""A death may be the machine's fault (memory taken by others): one more try, in a fresh process."""

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What reading one document may take, and how long a process is kept.

    ``wall_seconds`` and ``cpu_seconds`` count for one document, all attempts together and each attempt; ``memory_bytes`` is
    address space, which native libraries reserve more of than they use.
    """

    wall_seconds: float = 120.0
    cpu_seconds: float = 110.0
    memory_bytes: int = 3072 * MIB
    pages_max: int = 60
    documents_per_process: int = 200
    waiting_max: int = 256


DEFAULT_LIMITS = Limits()


@dataclass(slots=True)
class _Holder:
    """The process that a document is being read with, as far as there is one just now."""

    process: Process | None


class ReaderPool:
    """Reads up to ``size`` documents at the same time, one process each.

    Open it with ``async with``. With ``prewarm`` a process has loaded all that reading needs before it takes its first document;
    ``warm`` starts the processes, which otherwise begin with the first documents.
    """

    def __init__(
        self, size: int, limits: Limits = DEFAULT_LIMITS, *, engine: str = "ppocr", prewarm: bool = False
    ) -> None:
        self._limits = limits
        self._engine = engine
        self._prewarm = prewarm
        self._places: asyncio.Queue[Process | None] = asyncio.Queue(maxsize=size)
        for _ in range(size):
            self._places.put_nowait(None)
        self._processes: set[Process] = set()
        self._waiting = 0
        self._open = False
        self._log = logger("parser")

    @property
    def pids(self) -> frozenset[int]:
        """Ids of the processes that run now, for whoever watches what they use."""
        return frozenset(process.pid for process in self._processes)

    async def __aenter__(self) -> "ReaderPool":
        self._open = True
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open = False
        for process in list(self._processes):
            await self._end(process)

    async def read(self, data: bytes, progress: Callable[[int, int], None], password: str = "") -> Outcome:
        """Read one document.

        Args:
            data: the whole file.
            progress: told pages done and pages in all (0 while unknown), at least every second.
            password: what opens the file, where it asks for a password; it is kept and logged nowhere.

        Raises:
            ChildDied: no reading process comes up, which is no fault of the document.
            LimitReached: too many documents wait already.
            ShuttingDown: the pool is closed.
        """
        limits = self._limits

        def ask(process: Process) -> Awaitable[tuple[Outcome, str | None]]:
            return process.read(data, progress, limits.cpu_seconds, limits.pages_max, password)

        return await self._with_a_process(ask, len(data))

    async def picture(
        self,
        data: bytes,
        marks: Sequence[Mark],
        progress: Callable[[int, int], None] = lambda done, total: None,
        password: str = "",
    ) -> bytes | Failure:
        """Draw the pages of one document with marks on them, within the limits of a reading.

        Args:
            data: the whole file.
            marks: what to draw (``marks_of`` makes them of the readings of the same bytes).
            progress: told pages done and pages in all (0 while unknown), at least every second.
            password: as ``read`` takes it.

        Returns:
            A PNG, all pages below each other, or why there is none.

        Raises:
            ChildDied, LimitReached, ShuttingDown: as ``read``.
        """
        limits = self._limits

        def ask(process: Process) -> Awaitable[tuple[bytes | Failure, str | None]]:
            return process.picture(data, marks, progress, limits.cpu_seconds, limits.pages_max, password)

        return await self._with_a_process(ask, len(data))

    async def page(self, data: bytes, asked: PageAsked) -> PageImage | PageMissing | Failure:
        """Draw one page of one document, within the limits of a reading.

        Args:
            data: the whole file.
            asked: which page, how wide, and what to mark on it.

        Returns:
            The image, that the document has no such page, or why there is none.

        Raises:
            ChildDied, LimitReached, ShuttingDown: as ``read``.
        """
        limits = self._limits

        def ask(process: Process) -> Awaitable[tuple[PageImage | PageMissing | Failure, str | None]]:
            return process.page(data, asked, limits.cpu_seconds, limits.pages_max)

        return await self._with_a_process(ask, len(data))

    async def words(self, data: bytes, number: int) -> SeenWords | PageMissing | Failure:
        """See the words of one page of one document, within the limits of a reading.

        Args:
            data: the whole file.
            number: which page, from 1.

        Returns:
            The words, that the document has no such page, or why there are none.

        Raises:
            ChildDied, LimitReached, ShuttingDown: as ``read``.
        """
        limits = self._limits

        def ask(process: Process) -> Awaitable[tuple[SeenWords | PageMissing | Failure, str | None]]:
            return process.words(data, number, limits.cpu_seconds, limits.pages_max)

        return await self._with_a_process(ask, len(data))

    async def _with_a_process(
        self, ask: Callable[[Process], Awaitable[tuple[T, str | None]]], size_bytes: int
    ) -> T | Failure:
        if not self._open:
            raise ShuttingDown
        if self._waiting >= self._limits.waiting_max:
            raise LimitReached(limit=self._limits.waiting_max)
        self._waiting += 1
        try:
            process = await self._places.get()
        finally:
            self._waiting -= 1
        holder = _Holder(process)
        try:
            async with asyncio.timeout(self._limits.wall_seconds):
                return await self._asked(ask, size_bytes, holder)
        except TimeoutError:
            return self._timed_out()
        finally:
            kept = holder.process if holder.process is not None and holder.process.idle else None
            try:
                if holder.process is not kept:
                    await asyncio.shield(self._end(holder.process))
            finally:
                self._places.put_nowait(kept)

    async def _asked(
        self, ask: Callable[[Process], Awaitable[tuple[T, str | None]]], size_bytes: int, holder: _Holder
    ) -> T | Failure:
        death = Died.CRASHED
        for attempt in range(1, ATTEMPTS + 1):
            if not self._open:
                raise ShuttingDown
            process = holder.process = await self._living(holder.process)
            try:
                made, fault = await ask(process)
            except ChildDied as died:
                death, holder.process = died.how, None
                self._log.warning(
                    "reader_died", how=death.value, code=died.code, attempt=attempt, size_bytes=size_bytes
                )
                await self._end(process)
                if death is Died.CPU_SPENT:
                    return self._timed_out()
                continue
            if fault is not None:
                self._log.error("reader_failed", fault=fault, size_bytes=size_bytes)
            if fault is not None or process.documents >= self._limits.documents_per_process:
                holder.process = None
                await self._end(process)
            return made
        return self._given_up(death)

    async def _living(self, process: Process | None) -> Process:
        if process is not None and process.alive:
            return process
        if process is not None:
            await self._end(process)
        return await self._spawn()

    async def _spawn(self) -> Process:
        try:
            process = await self._spawned(self._prewarm)
        except ChildDied as died:
            if not self._prewarm:
                raise
            # Where the networks do not fit into its memory, or are not there, it still reads what has a text layer.
            self._log.warning("reader_not_warmed", how=died.how.value, code=died.code)
            process = await self._spawned(prewarm=False)
        self._processes.add(process)
        return process

    async def _spawned(self, prewarm: bool) -> Process:
        return await spawn(memory_bytes=self._limits.memory_bytes, engine=self._engine, prewarm=prewarm)

    async def warm(self) -> None:
        """Start the processes that are not there yet, so that the first document need not wait for one.

        Raises:
            ChildDied: no reading process comes up.
        """
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(self._places.qsize()):
                    group.create_task(self._warm_place())
        except ExceptionGroup as broken:
            raise broken.exceptions[0] from None

    async def _warm_place(self) -> None:
        """Take the next free place and give it back, with a process, as soon as there is one."""
        if self._places.empty():
            return  # a document was faster, and starts its process itself
        process = self._places.get_nowait()
        try:
            process = await self._living(process)
        finally:
            self._places.put_nowait(process)

    async def _end(self, process: Process | None) -> None:
        if process is not None:
            self._processes.discard(process)
            await process.end()

    def _timed_out(self) -> Failure:
        return self._failure(FailureReason.TIMED_OUT, "Reading the file took longer than a bill may take.")

    def _given_up(self, death: Died) -> Failure:
        match death:
            case Died.OUT_OF_MEMORY:
                detail = OUT_OF_MEMORY_DETAIL
            case _:
                detail = "The reading process ended while it read the file, twice."
        return self._failure(FailureReason.UNREADABLE, detail)

    def _failure(self, reason: FailureReason, detail: str) -> Failure:
        return Failure(reason=reason, detail=detail, engine_version=engine_version(self._engine))
