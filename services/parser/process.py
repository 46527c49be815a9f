"""One reading process as its parent sees it: started, fed, heard, killed with its whole group."""

import asyncio
import contextlib
import json
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any

from domain.evidence import Box
from domain.outcome import Failure, Outcome, Success
from protos.values.v1 import reading_pb2
from runtime import wire
from services.parser import frames
from services.parser.draw.marks import Mark, to_bytes
from services.parser.draw.page import PageAsked, PageImage
from services.parser.page import PageMissing, SeenWords

Made = Outcome | bytes | PageImage | PageMissing | SeenWords

START_SECONDS_MAX = 60.0
END_SECONDS_MAX = 5.0
COMPLAINT_BYTES_MAX = 4096
"""The last of what a process wrote on standard error: looked through for known words, never logged, for it may quote a bill."""

OUT_OF_MEMORY_WORDS = (b"bad_alloc", b"MemoryError", b"out of memory", b"Out of memory", b"Cannot allocate")
HOUSE = Path(__file__).resolve().parents[2]


class Died(StrEnum):
    """How a process ended that should not have."""

    CRASHED = "crashed"
    OUT_OF_MEMORY = "out_of_memory"
    CPU_SPENT = "cpu_spent"


class ChildDied(Exception):
    """The process ended, or spoke nonsense, while it held a document."""

    def __init__(self, how: Died, code: int | None) -> None:
        self.how = how
        self.code = code
        super().__init__(f"{how} ({code})")


class Process:
    """A running child. ``idle`` is False from the moment it takes a document until it has answered."""

    def __init__(self, child: asyncio.subprocess.Process, folder: Path) -> None:
        self._child = child
        self._folder = folder
        self._complaint = bytearray()
        self._listening = asyncio.create_task(self._hear_complaints(), name="parser.child.stderr")
        self.idle = True
        self.documents = 0
        self.sandbox: dict[str, bool] = {}

    @property
    def pid(self) -> int:
        """Process id, which is also that of its group."""
        return self._child.pid

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self._child.returncode is None

    async def ready(self) -> None:
        """Wait until the sandbox stands.

        Raises:
            ChildDied: it ended first.
        """
        try:
            async with asyncio.timeout(START_SECONDS_MAX):
                header, _ = await self._frame()
        except (asyncio.IncompleteReadError, frames.BrokenFrame, TimeoutError):
            raise await self._death() from None
        self.sandbox = dict(header.get("sandbox", {}))

    async def read(
        self,
        data: bytes,
        progress: Callable[[int, int], None],
        cpu_seconds: float,
        pages_max: int,
        password: str = "",
    ) -> tuple[Outcome, str | None]:
        """Let the process read one document; the caller sets the time limit.

        Returns:
            The outcome, and a fault of the reader's own where there was one (type and place).

        Raises:
            ChildDied: the process ended or spoke nonsense.
        """
        asked = {"kind": "read", "cpu_seconds": cpu_seconds, "pages_max": pages_max, "password": password}
        made, fault = await self._ask(asked, data, progress)
        if not isinstance(made, Success | Failure):
            raise await self._death()
        return made, fault

    async def picture(
        self,
        data: bytes,
        marks: Sequence[Mark],
        progress: Callable[[int, int], None],
        cpu_seconds: float,
        pages_max: int,
        password: str = "",
    ) -> tuple[bytes | Failure, str | None]:
        """Let the process draw one document; the caller sets the time limit.

        Returns:
            A PNG or why there is none, and a fault of the reader's own where there was one (type and place).

        Raises:
            ChildDied: the process ended or spoke nonsense.
        """
        told = to_bytes(marks)
        asked = {"kind": "picture", "cpu_seconds": cpu_seconds, "pages_max": pages_max, "marks_bytes": len(told)}
        asked["password"] = password
        made, fault = await self._ask(asked, told + data, progress)
        if not isinstance(made, bytes | Failure):
            raise await self._death()
        return made, fault

    async def page(
        self, data: bytes, asked: PageAsked, cpu_seconds: float, pages_max: int
    ) -> tuple[PageImage | PageMissing | Failure, str | None]:
        """Let the process draw one page of one document; the caller sets the time limit.

        Returns:
            The image, that there is no such page, or why there is none; and a fault of the reader's own where there was one.

        Raises:
            ChildDied: the process ended or spoke nonsense.
        """
        told = to_bytes(asked.marks)
        header = {"kind": "page", "cpu_seconds": cpu_seconds, "pages_max": pages_max, "marks_bytes": len(told)}
        header |= {"page": asked.number, "width_pixels": asked.width_pixels}
        made, fault = await self._ask(header, told + data, lambda _done, _total: None)
        if not isinstance(made, PageImage | PageMissing | Failure):
            raise await self._death()
        return made, fault

    async def words(
        self, data: bytes, number: int, cpu_seconds: float, pages_max: int
    ) -> tuple[SeenWords | PageMissing | Failure, str | None]:
        """Let the process see the words of one page of one document; the caller sets the time limit.

        Returns:
            The words, that there is no such page, or why there are none; and a fault of the reader's own where there was one.

        Raises:
            ChildDied: the process ended or spoke nonsense.
        """
        header = {"kind": "words", "cpu_seconds": cpu_seconds, "pages_max": pages_max, "page": number}
        made, fault = await self._ask(header, data, lambda _done, _total: None)
        if not isinstance(made, SeenWords | PageMissing | Failure):
            raise await self._death()
        return made, fault

    async def _ask(
        self, asked: dict[str, Any], body: bytes, progress: Callable[[int, int], None]
    ) -> tuple[Made, str | None]:
        self.idle = False
        self.documents += 1
        try:
            await self._send(asked, body)
            while True:
                header, answer = await self._frame()
                match header.get("kind"):
                    case "progress":
                        progress(int(header["done"]), int(header["total"]))
                        continue
                    case "outcome":
                        made: Made = wire.outcome_from_proto(reading_pb2.Outcome.FromString(answer))
                    case "picture":
                        made = answer
                    case "page":
                        width, height = float(header["width_points"]), float(header["height_points"])
                        made = PageImage(answer, width, height, int(header["pages"]))
                    case "words":
                        made = _seen_words(header, answer)
                    case "no_page":
                        made = PageMissing(int(header["pages"]))
                    case _:
                        raise frames.BrokenFrame("unknown kind")
                fault = header.get("fault")
                self.idle = True
                return made, None if fault is None else str(fault)[:200]
        except (OSError, EOFError, frames.BrokenFrame, ValueError, KeyError, TypeError, RecursionError):
            raise await self._death() from None

    async def end(self) -> None:
        """Kill the process and its group, and remove its folder. Safe to call twice."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._child.pid, signal.SIGKILL)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(END_SECONDS_MAX):
                await self._child.wait()
                await asyncio.wait({self._listening})
        self._listening.cancel()
        if self._child.stdin is not None:
            self._child.stdin.close()
        await asyncio.to_thread(shutil.rmtree, self._folder, ignore_errors=True)

    async def _send(self, header: dict[str, Any], body: bytes) -> None:
        assert self._child.stdin is not None
        self._child.stdin.write(frames.frame(header, body))
        self._child.stdin.write(body)
        await self._child.stdin.drain()

    async def _frame(self) -> tuple[dict[str, Any], bytes]:
        assert self._child.stdout is not None
        prefix = await self._child.stdout.readexactly(frames.LENGTH.size)
        told = await self._child.stdout.readexactly(frames.header_length(prefix))
        header, size = frames.parsed_header(told)
        return header, await self._child.stdout.readexactly(size)

    async def _death(self) -> ChildDied:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._child.pid, signal.SIGKILL)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(END_SECONDS_MAX):
                await self._child.wait()
                await asyncio.wait({self._listening})
        code = self._child.returncode
        if code == -signal.SIGXCPU:
            return ChildDied(Died.CPU_SPENT, code)
        if any(word in self._complaint for word in OUT_OF_MEMORY_WORDS) or code == -signal.SIGABRT:
            return ChildDied(Died.OUT_OF_MEMORY, code)
        return ChildDied(Died.CRASHED, code)

    async def _hear_complaints(self) -> None:
        assert self._child.stderr is not None
        while piece := await self._child.stderr.read(COMPLAINT_BYTES_MAX):
            self._complaint += piece
            del self._complaint[:-COMPLAINT_BYTES_MAX]


def _seen_words(header: dict[str, Any], answer: bytes) -> SeenWords:
    told = json.loads(answer)
    words = tuple((str(text), Box(*(float(side) for side in sides))) for text, *sides in told)
    return SeenWords(words, float(header["width_points"]), float(header["height_points"]), int(header["pages"]))


async def spawn(*, memory_bytes: int, engine: str, prewarm: bool) -> Process:
    """Start a child with an empty environment in a session of its own, and wait until its sandbox stands.

    Raises:
        ChildDied: it did not come up.
    """
    folder = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix="billowatt-reader-"))
    orders = {
        "folder": str(folder),
        "memory_bytes": memory_bytes,
        "engine": engine,
        "prewarm": prewarm,
        "parent_pid": os.getpid(),
    }
    process: Process | None = None
    try:
        child = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "services.parser.child",
            json.dumps(orders),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            cwd=HOUSE,
            env=_environment(folder),
            start_new_session=True,
            close_fds=True,
        )
        process = Process(child, folder)
        await process.ready()
    except BaseException:
        if process is not None:
            await asyncio.shield(process.end())
        else:
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
        raise
    return process


def _environment(folder: Path) -> dict[str, str]:
    return {
        "PATH": str(Path(sys.executable).parent),
        "PYTHONPATH": str(HOUSE),
        "LANG": "C.UTF-8",
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "OMP_THREAD_LIMIT": "1",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
    }
