"""What the S3 store promises beyond the shared suite: links, outages, and servers that do not keep their word."""

import asyncio
import base64
import hashlib
import re
import urllib.error
import urllib.request
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.utils import formatdate

import pytest

from domain.refusals import StoreUnavailable
from runtime.objects import ObjectStore, open_store
from tests.seaweedfs import S3Server

KEYS = {"s3_access_key": "billowatt", "s3_secret_key": "billowatt-tests"}
SOME_KEY = f"t/1/sha256/aa/{'a' * 64}"


async def body(*pieces: bytes) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece


@asynccontextmanager
async def opened(objects_url: str, *, create_bucket: bool = False, **keys: str) -> AsyncIterator[ObjectStore]:
    store = await open_store(objects_url, create_bucket=create_bucket, **(keys or KEYS))
    try:
        yield store
    finally:
        await store.close()


@pytest.fixture
def bucket_url(s3_server: S3Server) -> str:
    return s3_server.objects_url(f"bills-{uuid.uuid4().hex}")


async def test_link_downloads_the_object_under_its_name(bucket_url: str):
    async with opened(bucket_url, create_bucket=True) as store:
        stored = await store.put_stream("t/1", body(b"%PDF-1.7 a bill"))
        link = await store.presign(stored.key, 60, 'März "final".pdf', "application/pdf")

    assert link is not None
    with await asyncio.to_thread(urllib.request.urlopen, link, timeout=10) as answer:
        assert answer.read() == b"%PDF-1.7 a bill"
        assert answer.headers["Content-Type"] == "application/pdf"
        assert (
            answer.headers["Content-Disposition"]
            == "attachment; filename=\"Marz _final_.pdf\"; filename*=UTF-8''M%C3%A4rz%20%22final%22.pdf"
        )


async def test_link_is_refused_when_altered(bucket_url: str):
    async with opened(bucket_url, create_bucket=True) as store:
        stored = await store.put_stream("t/1", body(b"a bill"))
        link = await store.presign(stored.key, 60, "bill.pdf", "application/pdf")

    assert link is not None
    with pytest.raises(urllib.error.HTTPError) as refused:
        await asyncio.to_thread(urllib.request.urlopen, link.replace("attachment", "inline"), timeout=10)
    assert refused.value.code == 403
    refused.value.close()


async def test_private_endpoint_gives_no_link(s3_server: S3Server):
    url = f"s3://bills-{uuid.uuid4().hex}?endpoint={s3_server.endpoint}"
    async with opened(url, create_bucket=True) as store:
        stored = await store.put_stream("t/1", body(b"a bill"))

        assert await store.presign(stored.key, 60, "bill.pdf", "application/pdf") is None


async def test_public_endpoint_stands_in_the_link(s3_server: S3Server):
    url = f"s3://bills-{uuid.uuid4().hex}?endpoint={s3_server.endpoint}&public_endpoint=https://files.example.org"
    async with opened(url) as store:
        link = await store.presign(SOME_KEY, 60, "bill.pdf", "application/pdf")

    assert link is not None
    assert link.startswith("https://files.example.org/bills-")


async def test_bucket_is_made_only_when_asked_for_and_may_be_there(bucket_url: str):
    async with opened(bucket_url) as store:
        with pytest.raises(StoreUnavailable):
            await store.size(SOME_KEY) or await store.read(SOME_KEY, 100)
    async with opened(bucket_url, create_bucket=True) as store:
        stored = await store.put_stream("t/1", body(b"a bill"))
    async with opened(bucket_url, create_bucket=True) as store:
        assert await store.read(stored.key, 100) == b"a bill"


async def test_wrong_keys_are_told_as_unavailable(bucket_url: str):
    async with opened(bucket_url, create_bucket=True):
        pass
    async with opened(bucket_url, s3_access_key="billowatt", s3_secret_key="wrong") as store:
        with pytest.raises(StoreUnavailable):
            await store.put_stream("t/1", body(b"a bill"))
        with pytest.raises(StoreUnavailable):
            await store.check()


async def test_server_that_is_away_is_told_as_unavailable(unused_tcp_port: int):
    async with opened(f"s3://bills?endpoint=http://127.0.0.1:{unused_tcp_port}") as store:
        with pytest.raises(StoreUnavailable):
            await store.put_stream("t/1", body(b"a bill"))
        with pytest.raises(StoreUnavailable):
            await store.size(SOME_KEY)
        with pytest.raises(StoreUnavailable):
            await anext(store.list_keys(""))


class WordlessServer:
    """An S3 server reduced to PUT, HEAD and GET of one object, keeping what its test tells it to."""

    def __init__(self) -> None:
        self.kept: bytes | None = None
        self.instead: bytes | None = None
        self.tells_sha256 = False
        self.sends_bytes_max: int | None = None
        self.requests: list[str] = []

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                await self._answer_one(head.decode("latin-1"), reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _answer_one(self, head: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        method = head.split(" ", 1)[0]
        self.requests.append(method)
        if method == "PUT":
            length = re.search(r"(?i)^content-length: (\d+)", head, re.MULTILINE)
            assert length is not None
            if re.search(r"(?i)^expect:", head, re.MULTILINE):
                writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            sent = await reader.readexactly(int(length[1]))
            self.kept = sent if self.instead is None else self.instead
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
            return
        if self.kept is None:
            writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
            return
        told = f"Content-Length: {len(self.kept)}\r\nLast-Modified: {formatdate(usegmt=True)}\r\n"
        if self.tells_sha256:
            told += f"x-amz-checksum-sha256: {base64.b64encode(hashlib.sha256(self.kept).digest()).decode()}\r\n"
        writer.write(f"HTTP/1.1 200 OK\r\n{told}\r\n".encode())
        if method == "GET":
            writer.write(self.kept[: self.sends_bytes_max])
            if self.sends_bytes_max is not None:
                await writer.drain()
                raise ConnectionResetError


@pytest.fixture
async def wordless(unused_tcp_port: int) -> AsyncIterator[tuple[WordlessServer, ObjectStore]]:
    server = WordlessServer()
    listening = await asyncio.start_server(server.answer, "127.0.0.1", unused_tcp_port)
    async with opened(f"s3://bills?endpoint=http://127.0.0.1:{unused_tcp_port}") as store:
        yield server, store
    listening.close()
    await listening.wait_closed()


async def test_put_reads_the_bytes_back_when_the_server_keeps_no_hash(wordless: tuple[WordlessServer, ObjectStore]):
    server, store = wordless

    stored = await store.put_stream("t/1", body(b"a bill"))

    assert stored.sha256 == hashlib.sha256(b"a bill").hexdigest()
    assert server.requests == ["PUT", "HEAD", "GET"]


async def test_put_asks_for_the_hash_alone_when_the_server_keeps_it(wordless: tuple[WordlessServer, ObjectStore]):
    server, store = wordless
    server.tells_sha256 = True

    await store.put_stream("t/1", body(b"a bill"))

    assert server.requests == ["PUT", "HEAD"]


@pytest.mark.parametrize("tells_sha256", [True, False])
@pytest.mark.parametrize("instead", [b"a b1ll", b"a bil", b""])
async def test_put_is_not_acknowledged_when_the_server_kept_other_bytes(
    wordless: tuple[WordlessServer, ObjectStore], instead: bytes, tells_sha256: bool
):
    server, store = wordless
    server.instead, server.tells_sha256 = instead, tells_sha256

    with pytest.raises(StoreUnavailable):
        await store.put_stream("t/1", body(b"a bill"))


async def test_object_that_breaks_off_is_told_as_unavailable_and_not_as_short(
    wordless: tuple[WordlessServer, ObjectStore],
):
    server, store = wordless
    server.kept, server.sends_bytes_max = b"x" * 300_000, 150_000

    with pytest.raises(StoreUnavailable):
        await store.read(SOME_KEY, 1_000_000)
