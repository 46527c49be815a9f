"""The folder store: objects as plain files, durable by fsync, for one machine that needs no S3 server.

A body is written to ``.incoming`` in the same file system while it is hashed, synced, renamed to its final name, and the
folder synced: a name that can be seen is always whole. Bodies up to ``gather_bytes`` cost one hop to a thread in all.
"""

import asyncio
import contextlib
import hashlib
import os
import time
import uuid
from collections.abc import AsyncGenerator, AsyncIterable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, ParamSpec, TypeVar

from domain.refusals import StoreUnavailable
from runtime.objects import (
    STREAM_CHUNK_BYTES,
    ObjectInfo,
    ObjectMissing,
    ObjectTooLarge,
    Stored,
    checked_key,
    content_key,
)

GATHER_BYTES = 1024 * 1024
"""Bytes gathered before a thread takes them: a hop costs about as much as writing 100 KiB, so one in a MiB is lost in it."""

DISK_THREADS = 8
"""Threads of one store; syncs wait on the disk, not on a core, and a disk gains little from more at once."""

INCOMING_ABANDONED_SECONDS = 24 * 3600
"""Age at which a file in ``.incoming`` was surely left by a killed process: no upload may last that long."""

SYNCED_FOLDERS_MAX = 65_536
"""Folders remembered as durable before the memory is emptied: 256 tenants in full use, a few MiB."""

P = ParamSpec("P")
T = TypeVar("T")


class FolderStore:
    """An ``ObjectStore`` in one folder. Several processes may share it."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._incoming = root / ".incoming"
        self._synced_folders: set[Path] = set()
        self._threads = ThreadPoolExecutor(DISK_THREADS, thread_name_prefix="objects")

    @classmethod
    async def open(cls, root: Path) -> "FolderStore":
        """Open the folder, creating it if missing, and clear away what killed processes left unfinished."""
        store = cls(root)
        try:
            await store._in_thread(store._prepare)
        except BaseException:
            await store.close()
            raise
        return store

    async def put_stream(self, key_prefix: str, chunks: AsyncIterable[bytes]) -> Stored:
        """Store a body; see ``ObjectStore.put_stream``."""
        checked_key(key_prefix)
        body = _IncomingBody(self._incoming / uuid.uuid4().hex)
        gathered: list[bytes] = []
        gathered_bytes = 0
        try:
            async for chunk in chunks:
                if gathered and gathered_bytes + len(chunk) > GATHER_BYTES:
                    await self._in_thread(body.write, gathered)
                    gathered, gathered_bytes = [], 0
                gathered.append(chunk)
                gathered_bytes += len(chunk)
            return await self._in_thread(self._finish, key_prefix, body, gathered)
        except BaseException:
            await self._in_thread(body.discard)
            raise

    async def open_stream(self, key: str, chunk_bytes: int = STREAM_CHUNK_BYTES) -> AsyncGenerator[bytes, None]:
        """Yield an object's bytes; see ``ObjectStore.open_stream``."""
        file = await self._in_thread(self._open, self._path(key))
        try:
            while chunk := await self._in_thread(file.read, chunk_bytes):
                yield chunk
        finally:
            file.close()

    async def read(self, key: str, bytes_max: int) -> bytes:
        """Return a whole object; see ``ObjectStore.read``."""
        return await self._in_thread(self._read, self._path(key), bytes_max)

    async def size(self, key: str) -> int | None:
        """Return an object's size [bytes], or None."""
        try:
            return await self._in_thread(self._size, self._path(key))
        except ObjectMissing:
            return None

    async def delete(self, key: str) -> None:
        """Remove an object if it is there, durably."""
        await self._in_thread(self._delete, self._path(key))

    async def list_keys(self, prefix: str, older_than_seconds: float = 0) -> AsyncGenerator[ObjectInfo, None]:
        """Yield the objects below a prefix, one folder read at a time; see ``ObjectStore.list_keys``."""
        put_before = time.time() - older_than_seconds
        folders = [self._path(prefix) if prefix else self._root]
        while folders:
            inner, found = await self._in_thread(self._list_folder, folders.pop(), put_before)
            folders.extend(inner)
            for info in found:
                yield info

    async def presign(self, key: str, seconds: int, file_name: str, content_type: str) -> str | None:
        """Return None: a folder has no address of its own."""
        checked_key(key)
        return None

    async def check(self) -> None:
        """Write, sync and remove a small file, as every put does."""
        await self._in_thread(self._probe)

    async def close(self) -> None:
        """Let go of the threads; calls in flight finish."""
        self._threads.shutdown(wait=False)

    async def _in_thread(self, work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run disk work in a thread and wait for its end even when cancelled, so that no file is closed under a writer."""
        running = asyncio.get_running_loop().run_in_executor(self._threads, lambda: work(*args, **kwargs))
        try:
            with _translated():
                return await asyncio.shield(running)
        except asyncio.CancelledError:
            while not running.done():
                with contextlib.suppress(asyncio.CancelledError):
                    await asyncio.wait({running})
            # An outcome that nobody will read is asked for once, or the event loop would report it as forgotten.
            if not running.cancelled():
                running.exception()
            raise

    def _path(self, key: str) -> Path:
        return self._root / checked_key(key)

    def _prepare(self) -> None:
        self._incoming.mkdir(mode=0o700, parents=True, exist_ok=True)
        abandoned_before = time.time() - INCOMING_ABANDONED_SECONDS
        for entry in os.scandir(self._incoming):
            with contextlib.suppress(FileNotFoundError):
                if entry.stat(follow_symlinks=False).st_mtime < abandoned_before:
                    Path(entry.path).unlink()

    def _finish(self, key_prefix: str, body: "_IncomingBody", last: list[bytes]) -> Stored:
        body.write(last)
        sha256 = body.sha256.hexdigest()
        key = content_key(key_prefix, sha256)
        path = self._root / key
        self._make_durable_folder(path.parent)
        if _renewed(path, body.size_bytes):
            body.discard()
        else:
            body.sync_and_close()
            body.path.replace(path)
        # Also for content that was there: its writer may not have synced the folder yet.
        _sync_folder(path.parent)
        return Stored(key=key, size_bytes=body.size_bytes, sha256=sha256)

    def _make_durable_folder(self, folder: Path) -> None:
        if folder in self._synced_folders and folder.is_dir():
            return
        folder.mkdir(parents=True, exist_ok=True)
        # A folder that was there may have been made a moment ago by another process that has not synced it yet.
        above = folder
        while above != self._root:
            above = above.parent
            _sync_folder(above)
        if len(self._synced_folders) >= SYNCED_FOLDERS_MAX:
            self._synced_folders.clear()
        self._synced_folders.add(folder)

    def _open(self, path: Path) -> BinaryIO:
        with _looked_up():
            return path.open("rb", buffering=0)

    def _read(self, path: Path, bytes_max: int) -> bytes:
        with self._open(path) as file:
            content = file.read(bytes_max + 1)
        if len(content) > bytes_max:
            raise ObjectTooLarge(f"the object holds more than {bytes_max} bytes")
        return content

    def _size(self, path: Path) -> int:
        with self._open(path) as file:
            return os.fstat(file.fileno()).st_size

    def _delete(self, path: Path) -> None:
        with contextlib.suppress(ObjectMissing), _looked_up():
            path.unlink()
            _sync_folder(path.parent)

    def _list_folder(self, folder: Path, put_before: float) -> tuple[list[Path], list[ObjectInfo]]:
        inner: list[Path] = []
        found: list[ObjectInfo] = []
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except (FileNotFoundError, NotADirectoryError):
            return [], []
        for entry in entries:
            if entry.name.startswith("."):
                continue
            with contextlib.suppress(FileNotFoundError):
                if entry.is_dir(follow_symlinks=False):
                    inner.append(Path(entry.path))
                    continue
                stat = entry.stat(follow_symlinks=False)
                if stat.st_mtime <= put_before:
                    key = Path(entry.path).relative_to(self._root).as_posix()
                    found.append(ObjectInfo(key, stat.st_size, datetime.fromtimestamp(stat.st_mtime, UTC)))
        return inner[::-1], found

    def _probe(self) -> None:
        body = _IncomingBody(self._incoming / uuid.uuid4().hex)
        try:
            body.write([b"probe"])
            body.sync_and_close()
            if body.path.read_bytes() != b"probe":
                raise StoreUnavailable("The object folder does not return what was written.")
        finally:
            body.discard()


class _IncomingBody:
    """A body on its way in. Its methods block and are called one at a time, each in a thread."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.sha256 = hashlib.sha256()
        self.size_bytes = 0
        self._file: BinaryIO | None = None

    def write(self, chunks: list[bytes]) -> None:
        if self._file is None:
            self._file = os.fdopen(os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb")
        for chunk in chunks:
            self._file.write(chunk)
            self.sha256.update(chunk)
            self.size_bytes += len(chunk)

    def sync_and_close(self) -> None:
        assert self._file is not None
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()

    def discard(self) -> None:
        if self._file is not None:
            # Closing flushes, which fails again on a full disk; the file is going away all the same.
            with contextlib.suppress(OSError):
                self._file.close()
            self.path.unlink(missing_ok=True)


def _renewed(path: Path, size_bytes: int) -> bool:
    """Renew the age of content that is there and whole; a file of another size was damaged and is to be replaced."""
    try:
        if path.stat().st_size != size_bytes:
            return False
        os.utime(path)
    except FileNotFoundError:
        return False
    return True


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def _looked_up() -> Iterator[None]:
    """Say that an object is missing where the file system finds no file under its name."""
    try:
        yield
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError) as missing:
        raise ObjectMissing("there is no object of this key") from missing


@contextlib.contextmanager
def _translated() -> Iterator[None]:
    """Turn what the file system cannot do into the refusal that callers of a store know."""
    try:
        yield
    except OSError as failure:
        raise StoreUnavailable("The object folder cannot be written or read.", errno=failure.errno or 0) from failure
