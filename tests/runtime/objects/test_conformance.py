"""What every object store promises, run over the folder store and over a real S3 server alike."""

import asyncio
import hashlib
import random
import tracemalloc
from collections.abc import AsyncIterator
from contextlib import aclosing

import pytest

from runtime.objects import ObjectMissing, ObjectStore, ObjectTooLarge, Stored

MIB = 1024 * 1024
PREFIX = "t/8e7f3c52-0000-4000-8000-000000000001"
SOME_KEY = f"{PREFIX}/sha256/aa/{'a' * 64}"


async def in_pieces(content: bytes, piece_bytes: int = 256 * 1024) -> AsyncIterator[bytes]:
    for start in range(0, len(content), piece_bytes):
        yield content[start : start + piece_bytes]


async def keys_of(store: ObjectStore, prefix: str = "", older_than_seconds: float = 0) -> list[str]:
    return [info.key async for info in store.list_keys(prefix, older_than_seconds)]


async def put(store: ObjectStore, content: bytes, prefix: str = PREFIX) -> Stored:
    return await store.put_stream(prefix, in_pieces(content))


@pytest.mark.parametrize("size_bytes", [0, 1, 1000, 256 * 1024, MIB, MIB + 1, 3 * MIB + 17])
async def test_store_returns_the_bytes_that_were_put(store: ObjectStore, size_bytes: int):
    content = random.Random(size_bytes).randbytes(size_bytes)

    stored = await put(store, content)

    sha256 = hashlib.sha256(content).hexdigest()
    assert stored == Stored(f"{PREFIX}/sha256/{sha256[:2]}/{sha256}", size_bytes, sha256)
    assert await store.read(stored.key, size_bytes) == content
    assert await store.size(stored.key) == size_bytes


async def test_store_takes_a_body_in_pieces_of_any_size(store: ObjectStore):
    content = random.Random(1).randbytes(300_000)

    async def uneven() -> AsyncIterator[bytes]:
        yield b""
        yield content[:1]
        yield content[1:200_000]
        yield b""
        yield content[200_000:]

    stored = await store.put_stream(PREFIX, uneven())

    assert await store.read(stored.key, MIB) == content


async def test_stream_gives_pieces_of_at_most_the_size_asked_for(store: ObjectStore):
    content = random.Random(2).randbytes(2 * MIB + 5)
    stored = await put(store, content)

    pieces = [piece async for piece in store.open_stream(stored.key, chunk_bytes=100_000)]

    assert b"".join(pieces) == content
    assert max(map(len, pieces)) <= 100_000


async def test_store_serves_on_when_a_stream_is_left_in_the_middle(store: ObjectStore):
    stored = await put(store, random.Random(3).randbytes(3 * MIB))

    async with aclosing(store.open_stream(stored.key)) as pieces:
        await anext(pieces)

    assert await store.size(stored.key) == 3 * MIB


async def test_read_refuses_an_object_larger_than_the_reader_can_take(store: ObjectStore):
    stored = await put(store, b"x" * 1001)

    with pytest.raises(ObjectTooLarge):
        await store.read(stored.key, 1000)
    assert await store.read(stored.key, 1001) == b"x" * 1001


async def test_missing_object_is_told_as_missing(store: ObjectStore):
    await put(store, b"another")

    assert await store.size(SOME_KEY) is None
    assert await store.size(PREFIX) is None
    with pytest.raises(ObjectMissing):
        await store.read(SOME_KEY, 1000)
    with pytest.raises(ObjectMissing):
        await store.read(PREFIX, 1000)
    with pytest.raises(ObjectMissing):
        await anext(store.open_stream(SOME_KEY))


async def test_delete_removes_an_object_and_does_not_mind_its_absence(store: ObjectStore):
    stored = await put(store, b"a bill")
    kept = await put(store, b"another bill")

    await store.delete(stored.key)
    await store.delete(stored.key)
    await store.delete(PREFIX)

    assert await keys_of(store) == [kept.key]
    assert await put(store, b"a bill") == stored
    assert await store.read(stored.key, 100) == b"a bill"


async def test_same_content_put_at_once_is_one_whole_object(store: ObjectStore):
    content = random.Random(4).randbytes(MIB + 300)

    stored = await asyncio.gather(*(put(store, content) for _ in range(12)))

    assert len(set(stored)) == 1
    assert await keys_of(store) == [stored[0].key]
    assert await store.read(stored[0].key, 2 * MIB) == content


async def test_same_content_under_two_prefixes_is_two_objects(store: ObjectStore):
    ours = await put(store, b"a bill", "t/ours")
    theirs = await put(store, b"a bill", "t/theirs")

    await store.delete(theirs.key)

    assert ours.sha256 == theirs.sha256
    assert await store.read(ours.key, 100) == b"a bill"


class CapExceeded(Exception):
    pass


@pytest.mark.parametrize("bytes_before", [0, 1000, 3 * MIB])
async def test_body_that_breaks_off_leaves_nothing(store: ObjectStore, tmp_path, bytes_before: int):
    async def breaking() -> AsyncIterator[bytes]:
        async for piece in in_pieces(b"x" * bytes_before):
            yield piece
        raise CapExceeded

    with pytest.raises(CapExceeded):
        await store.put_stream(PREFIX, breaking())

    assert await keys_of(store) == []
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("bytes_before", [1000, 3 * MIB])
async def test_cancelled_put_leaves_nothing(store: ObjectStore, tmp_path, bytes_before: int):
    waiting = asyncio.Event()

    async def stalling() -> AsyncIterator[bytes]:
        async for piece in in_pieces(b"x" * bytes_before):
            yield piece
        waiting.set()
        await asyncio.Event().wait()

    task = asyncio.create_task(store.put_stream(PREFIX, stalling()))
    await asyncio.wait_for(waiting.wait(), 20)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert await keys_of(store) == []
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


async def test_list_shows_whole_segments_below_a_prefix_only(store: ObjectStore):
    ours = [await put(store, bytes([n]), "t/1") for n in range(5)]
    await put(store, b"a neighbour whose name begins alike", "t/11")

    found = [info async for info in store.list_keys("t/1")]

    assert {info.key for info in found} == {stored.key for stored in ours}
    assert {info.size_bytes for info in found} == {1}
    assert len(await keys_of(store)) == 6
    assert await keys_of(store, "t/2") == []


async def test_list_leaves_out_what_was_put_lately(store: ObjectStore):
    stored = await put(store, b"fresh")

    assert await keys_of(store, PREFIX, older_than_seconds=3600) == []
    assert await keys_of(store, PREFIX, older_than_seconds=0) == [stored.key]


async def test_large_bodies_pass_without_resting_in_memory(store: ObjectStore):
    piece = random.Random(5).randbytes(256 * 1024)
    bodies, pieces = 4, 100  # of 25 MiB each

    async def body(number: int) -> AsyncIterator[bytes]:
        yield number.to_bytes(4, "big")
        for _ in range(pieces):
            # A fresh object each, as from a socket; handing out one and the same would cost no memory to keep.
            yield bytes(bytearray(piece))

    await put(store, piece)
    tracemalloc.start()
    try:
        stored = await asyncio.gather(*(store.put_stream(PREFIX, body(number)) for number in range(bodies)))
        put_peak_bytes = tracemalloc.get_traced_memory()[1]
        tracemalloc.reset_peak()
        total_bytes = 0
        async for got in store.open_stream(stored[0].key):
            total_bytes += len(got)
        get_peak_bytes = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert total_bytes == pieces * len(piece) + 4
    assert put_peak_bytes < bodies * 2.5 * MIB
    assert get_peak_bytes < 2.5 * MIB


@pytest.mark.parametrize(
    "key",
    [
        "",
        "/",
        "/etc/passwd",
        "..",
        "../outside",
        "t/../../outside",
        "t/./x",
        "t//x",
        "t/x/",
        "t/.incoming",
        "t\\x",
        "t/\x00",
        "t/x\n",
        "t/ü",
        "t/x y",
        "a" * 200,
        "a/" * 300 + "a",
    ],
)
async def test_keys_that_are_not_keys_are_refused(store: ObjectStore, key: str):
    with pytest.raises(ValueError, match="not an object key"):
        await store.put_stream(key, in_pieces(b"x"))
    with pytest.raises(ValueError, match="not an object key"):
        await store.read(key, 10)
    with pytest.raises(ValueError, match="not an object key"):
        await anext(store.open_stream(key))
    with pytest.raises(ValueError, match="not an object key"):
        await store.size(key)
    with pytest.raises(ValueError, match="not an object key"):
        await store.delete(key)
    with pytest.raises(ValueError, match="not an object key"):
        await store.presign(key, 60, "bill.pdf", "application/pdf")
    if key:
        with pytest.raises(ValueError, match="not an object key"):
            await anext(store.list_keys(key))


async def test_check_passes_on_a_store_that_works_and_leaves_nothing(store: ObjectStore):
    await store.check()

    assert await keys_of(store) == []
