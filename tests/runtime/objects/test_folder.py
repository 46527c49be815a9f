"""What the folder store promises beyond the shared suite: durability, and order after crashes."""

import os
import resource
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from domain.refusals import StoreUnavailable
from runtime.objects import open_store
from runtime.objects.folder import INCOMING_ABANDONED_SECONDS, FolderStore

MIB = 1024 * 1024


async def body(*pieces: bytes) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece


def name_of(descriptor: int) -> Path:
    return Path(f"/proc/self/fd/{descriptor}").readlink()


def files_below(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


@pytest.fixture
async def folder(tmp_path: Path) -> AsyncIterator[FolderStore]:
    store = await FolderStore.open(tmp_path / "objects")
    yield store
    await store.close()


async def test_put_syncs_the_bytes_before_their_name_and_the_folders_after(
    folder: FolderStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    happened: list[tuple[str, Path]] = []
    true_sync, true_rename = os.fsync, Path.replace

    def sync(descriptor: int) -> None:
        happened.append(("sync", name_of(descriptor)))
        true_sync(descriptor)

    def rename(source: Path, target: Path) -> Path:
        happened.append(("name", target))
        return true_rename(source, target)

    monkeypatch.setattr(os, "fsync", sync)
    monkeypatch.setattr(Path, "replace", rename)

    stored = await folder.put_stream("t/1", body(b"a bill"))

    root = tmp_path / "objects"
    path = root / stored.key
    file_synced = [n for n, (what, where) in enumerate(happened) if what == "sync" and where.parent.name == ".incoming"]
    named = happened.index(("name", path))
    assert file_synced
    assert max(file_synced) < named
    assert happened[-1] == ("sync", path.parent)
    # The folders above are new, and each is only an entry in the one above it.
    assert {where for what, where in happened if what == "sync"} >= {
        root,
        root / "t",
        root / "t/1",
        root / "t/1/sha256",
    }


async def test_content_that_is_there_already_is_acknowledged_only_after_its_folder_is_synced(
    folder: FolderStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    stored = await folder.put_stream("t/1", body(b"a bill"))
    synced: list[Path] = []
    true_sync = os.fsync

    def sync(descriptor: int) -> None:
        synced.append(name_of(descriptor))
        true_sync(descriptor)

    monkeypatch.setattr(os, "fsync", sync)

    await folder.put_stream("t/1", body(b"a bill"))

    assert synced == [(tmp_path / "objects" / stored.key).parent]


async def test_put_renews_the_age_of_content_that_is_there(folder: FolderStore, tmp_path: Path):
    stored = await folder.put_stream("t/1", body(b"a bill"))
    long_ago = time.time() - 10_000
    os.utime(tmp_path / "objects" / stored.key, (long_ago, long_ago))
    assert [info.key async for info in folder.list_keys("t/1", older_than_seconds=3600)] == [stored.key]

    await folder.put_stream("t/1", body(b"a bill"))

    assert [info async for info in folder.list_keys("t/1", older_than_seconds=3600)] == []


async def test_put_replaces_a_file_that_lost_its_end(folder: FolderStore, tmp_path: Path):
    stored = await folder.put_stream("t/1", body(b"a whole bill"))
    os.truncate(tmp_path / "objects" / stored.key, 3)

    await folder.put_stream("t/1", body(b"a whole bill"))

    assert await folder.read(stored.key, 100) == b"a whole bill"


async def test_open_clears_what_a_killed_process_left_long_ago_and_no_more(tmp_path: Path):
    incoming = tmp_path / "objects" / ".incoming"
    incoming.mkdir(parents=True)
    (incoming / "old").write_bytes(b"half a bill")
    (incoming / "new").write_bytes(b"half of another")
    old = time.time() - INCOMING_ABANDONED_SECONDS - 60
    os.utime(incoming / "old", (old, old))

    store = await FolderStore.open(tmp_path / "objects")

    assert [path.name for path in incoming.iterdir()] == ["new"]
    assert [info async for info in store.list_keys("")] == []
    await store.close()


async def test_disk_without_room_is_told_as_unavailable_and_leaves_nothing(folder: FolderStore, tmp_path: Path):
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (MIB, hard))
    try:
        with pytest.raises(StoreUnavailable):
            await folder.put_stream("t/1", body(b"x" * MIB, b"x" * MIB, b"x" * MIB))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    assert files_below(tmp_path) == []
    await folder.check()


async def test_folder_that_went_away_is_told_as_unavailable_and_not_as_a_missing_object(
    folder: FolderStore, tmp_path: Path
):
    (tmp_path / "objects" / ".incoming").rmdir()

    with pytest.raises(StoreUnavailable):
        await folder.put_stream("t/1", body(b"a bill"))
    with pytest.raises(StoreUnavailable):
        await folder.check()


async def test_put_succeeds_when_a_folder_it_knew_was_removed(folder: FolderStore, tmp_path: Path):
    stored = await folder.put_stream("t/1", body(b"a bill"))
    path = tmp_path / "objects" / stored.key
    path.unlink()
    path.parent.rmdir()

    assert await folder.put_stream("t/1", body(b"a bill")) == stored
    assert path.read_bytes() == b"a bill"


async def test_folder_gives_no_download_link(folder: FolderStore):
    stored = await folder.put_stream("t/1", body(b"a bill"))

    assert await folder.presign(stored.key, 60, "bill.pdf", "application/pdf") is None


async def test_files_are_readable_by_their_owner_only(folder: FolderStore, tmp_path: Path):
    stored = await folder.put_stream("t/1", body(b"a bill"))

    assert (tmp_path / "objects" / stored.key).stat().st_mode & 0o777 == 0o600


async def test_url_with_an_escaped_space_opens_the_folder_it_names(tmp_path: Path):
    store = await open_store(f"file://{tmp_path}/my%20bills")
    await store.close()

    assert (tmp_path / "my bills").is_dir()


@pytest.mark.parametrize(
    "objects_url",
    [
        "",
        "/var/lib/objects",
        "file:objects",
        "file://server/share",
        "http://bucket",
        "s3://",
        "s3://bucket/path",
        "s3://bucket?endpoit=http://127.0.0.1",
        "s3://bucket?endpoint",
    ],
)
async def test_url_that_names_no_store_is_refused(objects_url: str):
    with pytest.raises(ValueError):
        await open_store(objects_url)
