"""The reading process: takes documents on standard input, one after another, and answers on standard output.

Started by the pool as ``python -m services.parser.child '{…}'``. It closes the sandbox around itself before it imports a
decoder or sees a byte of a document. It ends when its input does.
"""

import errno
import gc
import json
import os
import sys
import threading
import traceback
from pathlib import Path
from typing import Any, BinaryIO

from domain.outcome import Failure, FailureReason, Outcome
from services.parser import frames, sandbox
from services.parser.draw import marks
from services.parser.draw.page import PageImage, page_image
from services.parser.page import OUT_OF_MEMORY_DETAIL, PageMissing, SeenWords, Unreadable

Made = Outcome | bytes | PageImage | PageMissing | SeenWords

NO_ROOM_WORDS = ("failed to map", "annot allocate memory")
"""What the system's loader says where a library or an extension does not fit into what is left of the memory."""

COLLECTED_OBJECTS = 20_000
"""After so many more objects made than dropped garbage is looked for."""

PROGRESS_SECONDS = 0.5
"""Progress is repeated at least this often, also while one page takes longer."""


class _Voice:
    """Writes frames, one at a time, and repeats the last progress while a document is being read."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self._lock = threading.Lock()
        self._pages: tuple[int, int] | None = None
        threading.Thread(target=self._repeat, name="progress", daemon=True).start()

    def say(self, header: dict[str, Any], body: bytes = b"") -> None:
        """Write one frame."""
        with self._lock:
            self._write(header, body)

    def progress(self, done: int, total: int) -> None:
        """Tell how far the document in hand is."""
        with self._lock:
            self._pages = (done, total)
            self._write({"kind": "progress", "done": done, "total": total})

    def finish(self, header: dict[str, Any], body: bytes) -> None:
        """Write the last frame of a document."""
        with self._lock:
            self._pages = None
            self._write(header, body)

    def _write(self, header: dict[str, Any], body: bytes = b"") -> None:
        self._out.write(frames.frame(header, body))
        self._out.write(body)
        self._out.flush()

    def _repeat(self) -> None:
        pause = threading.Event()
        while not pause.wait(PROGRESS_SECONDS):
            with self._lock:
                if self._pages is not None:
                    self._write({"kind": "progress", "done": self._pages[0], "total": self._pages[1]})


def main(orders: dict[str, Any]) -> None:
    """Close the sandbox, then read documents until there are no more."""
    folder = Path(orders["folder"])
    engine = str(orders["engine"])
    bounds = sandbox.Bounds(int(orders["memory_bytes"]), folder, programs=engine == "tesseract")
    report = sandbox.enter(bounds, int(orders["parent_pid"]))
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints must not end up between the frames
    voice = _Voice(out)
    _keep_ready(engine)
    if orders["prewarm"]:
        from services.parser.read import warm

        warm(engine)
    spare_collection()
    voice.say({"kind": "ready", "sandbox": report})
    while (taken := _next_document(sys.stdin.buffer)) is not None:
        header, data = taken
        sandbox.allow_cpu(float(header["cpu_seconds"]))
        made, fault = _made(header, data, voice, engine)
        match made:
            case bytes():
                voice.finish({"kind": "picture", "fault": fault}, made)
            case PageImage(image=image):
                size = {"width_points": made.width_points, "height_points": made.height_points, "pages": made.pages}
                voice.finish({"kind": "page", "fault": fault, **size}, image)
            case SeenWords():
                size = {"width_points": made.width, "height_points": made.height, "pages": made.pages}
                told = [[text, box.left, box.top, box.right, box.bottom] for text, box in made.words]
                voice.finish({"kind": "words", "fault": fault, **size}, json.dumps(told).encode())
            case PageMissing():
                voice.finish({"kind": "no_page", "fault": fault, "pages": made.pages}, b"")
            case _:
                voice.finish({"kind": "outcome", "fault": fault}, _encoded(made))


def spare_collection() -> None:
    """Look for garbage seldom, and never among what was loaded: a reading drops nearly all that it makes by itself."""
    gc.freeze()
    gc.set_threshold(COLLECTED_OBJECTS)


def _keep_ready(engine: str) -> None:
    """Load what telling of a failure needs while there is memory: once it is spent, nothing more can be looked up."""
    from runtime import wire
    from services.parser.engine import engine_version

    wire.outcome_to_proto(
        Failure(reason=FailureReason.UNREADABLE, detail="", engine_version=engine_version(engine))
    ).SerializeToString()


def _next_document(source: BinaryIO) -> tuple[dict[str, Any], bytes] | None:
    prefix = source.read(frames.LENGTH.size)
    if len(prefix) < frames.LENGTH.size:
        return None
    told = source.read(frames.header_length(prefix))
    header, size = frames.parsed_header(told)
    data = source.read(size)
    return (header, data) if len(data) == size else None


def _made(header: dict[str, Any], data: bytes, voice: _Voice, engine: str) -> tuple[Made, str | None]:
    """Read or draw one document; a fault of ours is a failure too, named by its type and place and never by its message."""
    from services.parser.engine import engine_version
    from services.parser.read import picture, read, words_of_page

    voice.progress(0, 0)
    pages_max, password = int(header["pages_max"]), str(header.get("password", ""))
    try:
        if header["kind"] == "words":
            return words_of_page(data, int(header["page"]), engine=engine, pages_max=pages_max), None
        if header["kind"] != "read":
            size = int(header["marks_bytes"])
            asked, data = marks.from_bytes(data[:size]), data[size:]
            if header["kind"] == "page":
                return page_image(data, int(header["page"]), int(header["width_pixels"]), asked, pages_max), None
            drawn = picture(data, asked, progress=voice.progress, engine=engine, pages_max=pages_max, password=password)
            return drawn, None
        return read(data, progress=voice.progress, engine=engine, pages_max=pages_max, password=password), None
    except PageMissing as missing:
        return missing, None
    except Unreadable as refused:
        return Failure(reason=refused.reason, detail=refused.detail, engine_version=engine_version(engine)), None
    except Exception as error:
        fault = type(error).__name__
        if _tells_of_spent_memory(error):
            detail = OUT_OF_MEMORY_DETAIL
        else:
            place = traceback.extract_tb(error.__traceback__)[-1]
            detail = "The reader failed on this file."
            fault += f" {Path(place.filename).name}:{place.lineno}"
    return Failure(reason=FailureReason.UNREADABLE, detail=detail, engine_version=engine_version(engine)), fault


def _tells_of_spent_memory(error: Exception) -> bool:
    """Tell whether memory was at an end; a library without room is an OSError without a number, an extension an ImportError."""
    if isinstance(error, MemoryError):
        return True
    if not isinstance(error, OSError | ImportError):
        return False
    return getattr(error, "errno", None) == errno.ENOMEM or any(word in str(error) for word in NO_ROOM_WORDS)


def _encoded(outcome: Outcome) -> bytes:
    from runtime import wire

    return bytes(wire.outcome_to_proto(outcome).SerializeToString(deterministic=True))


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
