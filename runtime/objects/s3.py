"""The S3 store: objects in a bucket of any S3 server, the only module that knows the S3 library.

A body is spooled to an unlinked temporary file while it is hashed, then sent in one PUT that carries the SHA-256: one
request a bill, no parts to clean up after a crash, nothing of the body in memory, and an interrupted upload never reaches
the server. A put is acknowledged only after the server has told the stored size and the stored hash back; from servers
that keep no hash the bytes are read back and hashed here.
"""

import asyncio
import base64
import binascii
import contextlib
import hashlib
import tempfile
from collections.abc import AsyncGenerator, AsyncIterable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import IO, TYPE_CHECKING, Any

import aioboto3
from aiobotocore.config import AioConfig
from botocore.exceptions import BotoCoreError, ClientError

from domain.refusals import StoreUnavailable
from runtime.filenames import content_disposition
from runtime.objects import (
    STREAM_CHUNK_BYTES,
    ObjectInfo,
    ObjectMissing,
    ObjectTooLarge,
    Stored,
    checked_key,
    content_key,
)

if TYPE_CHECKING:
    from types_aiobotocore_s3 import S3Client

CONNECT_SECONDS_MAX = 5
READ_SECONDS_MAX = 30
"""Silence on a connection, not the length of a transfer."""

ATTEMPTS_MAX = 3
"""Of one request, the first included; with the library's backoff an outage is told after some seconds."""

CONNECTIONS_MAX = 64

SPOOL_GATHER_BYTES = 1024 * 1024
"""Bytes gathered before a thread hashes and spools them; see ``folder.GATHER_BYTES``."""

_PROBE_KEY = "probe"

_ABSENT_CODES = frozenset({"NoSuchKey", "NotFound", "404"})
_BUCKET_IS_THERE_CODES = frozenset({"BucketAlreadyOwnedByYou", "BucketAlreadyExists"})


class S3Store:
    """An ``ObjectStore`` in one bucket, over one client that is held open for the store's life."""

    def __init__(
        self, client: "S3Client", bucket: str, link_client: "S3Client | None", held: contextlib.AsyncExitStack
    ) -> None:
        self._client = client
        self._bucket = bucket
        self._link_client = link_client
        self._held = held

    @classmethod
    async def open(
        cls,
        *,
        bucket: str,
        endpoint: str | None = None,
        public_endpoint: str | None = None,
        region: str = "us-east-1",
        access_key: str | None = None,
        secret_key: str | None = None,
        create_bucket: bool = False,
    ) -> "S3Store":
        """Open the client, and make the bucket when asked to; see ``runtime.objects.open_store``."""
        session = aioboto3.Session(access_key, secret_key, region_name=region)
        held = contextlib.AsyncExitStack()
        try:
            with _translated():
                client = await held.enter_async_context(session.client("s3", endpoint_url=endpoint, config=_config()))
                link_client = client if endpoint == public_endpoint else None
                if public_endpoint not in (None, endpoint):
                    link_client = await held.enter_async_context(
                        session.client("s3", endpoint_url=public_endpoint, config=_config())
                    )
            store = cls(client, bucket, link_client, held)
            if create_bucket:
                with _translated():
                    await store._create_bucket(region)
        except BaseException:
            await held.aclose()
            raise
        return store

    async def put_stream(self, key_prefix: str, chunks: AsyncIterable[bytes]) -> Stored:
        """Spool, send and verify a body; see ``ObjectStore.put_stream``."""
        checked_key(key_prefix)
        with _translated_spool():
            spool = tempfile.TemporaryFile()  # noqa: SIM115 - the next line closes it
        with spool:
            body = _SpooledBody(spool)
            async for chunk in chunks:
                body.gathered.append(chunk)
                body.gathered_bytes += len(chunk)
                if body.gathered_bytes >= SPOOL_GATHER_BYTES:
                    await asyncio.to_thread(body.spool_gathered)
            await asyncio.to_thread(body.spool_gathered)
            sha256 = body.sha256.hexdigest()
            stored = Stored(content_key(key_prefix, sha256), body.size_bytes, sha256)
            spool.seek(0)
            with _translated():
                await self._client.put_object(
                    Bucket=self._bucket,
                    Key=stored.key,
                    Body=spool,
                    ContentLength=stored.size_bytes,
                    ChecksumSHA256=_base64_sha256(sha256),
                )
        await self._verify(stored)
        return stored

    async def open_stream(self, key: str, chunk_bytes: int = STREAM_CHUNK_BYTES) -> AsyncGenerator[bytes, None]:
        """Yield an object's bytes; see ``ObjectStore.open_stream``."""
        with _translated():
            answer = await self._client.get_object(Bucket=self._bucket, Key=checked_key(key))
        body = answer["Body"]
        async with body:
            while chunk := await _piece(body, chunk_bytes):
                yield chunk

    async def read(self, key: str, bytes_max: int) -> bytes:
        """Return a whole object; see ``ObjectStore.read``."""
        content = bytearray()
        async with contextlib.aclosing(self.open_stream(key)) as chunks:
            async for chunk in chunks:
                content += chunk
                if len(content) > bytes_max:
                    raise ObjectTooLarge(f"the object holds more than {bytes_max} bytes")
        return bytes(content)

    async def size(self, key: str) -> int | None:
        """Return an object's size [bytes], or None."""
        try:
            with _translated():
                return (await self._client.head_object(Bucket=self._bucket, Key=checked_key(key)))["ContentLength"]
        except ObjectMissing:
            return None

    async def delete(self, key: str) -> None:
        """Remove an object; S3 does not mind its absence."""
        with contextlib.suppress(ObjectMissing), _translated():
            await self._client.delete_object(Bucket=self._bucket, Key=checked_key(key))

    async def list_keys(self, prefix: str, older_than_seconds: float = 0) -> AsyncGenerator[ObjectInfo, None]:
        """Yield the objects below a prefix, judged by the server's clock; see ``ObjectStore.list_keys``."""
        pages = self._client.get_paginator("list_objects_v2").paginate(
            Bucket=self._bucket, Prefix=f"{checked_key(prefix)}/" if prefix else ""
        )
        remaining = aiter(pages)
        while True:
            with _translated():
                page = await anext(remaining, None)
            if page is None:
                return
            put_before = _server_time(page) - timedelta(seconds=older_than_seconds)
            for entry in page.get("Contents", []):
                if entry["LastModified"] <= put_before:
                    yield ObjectInfo(entry["Key"], entry["Size"], entry["LastModified"].astimezone(UTC))

    async def presign(self, key: str, seconds: int, file_name: str, content_type: str) -> str | None:
        """Return a download link, or None when clients cannot reach the server; see ``ObjectStore.presign``."""
        checked_key(key)
        if self._link_client is None:
            return None
        with _translated():
            return await self._link_client.generate_presigned_url(
                "get_object",
                Params={
                    "Bucket": self._bucket,
                    "Key": key,
                    "ResponseContentDisposition": content_disposition("attachment", file_name),
                    "ResponseContentType": content_type,
                },
                ExpiresIn=seconds,
            )

    async def check(self) -> None:
        """Prove that the bucket answers and takes an object."""
        with _translated():
            await self._client.put_object(Bucket=self._bucket, Key=_PROBE_KEY, Body=b"probe")
            await self._client.delete_object(Bucket=self._bucket, Key=_PROBE_KEY)

    async def close(self) -> None:
        """Close the connections."""
        await self._held.aclose()

    async def _create_bucket(self, region: str) -> None:
        try:
            if region == "us-east-1":
                await self._client.create_bucket(Bucket=self._bucket)
            else:
                place: Any = {"LocationConstraint": region}
                await self._client.create_bucket(Bucket=self._bucket, CreateBucketConfiguration=place)
        except ClientError as failure:
            if _code(failure) not in _BUCKET_IS_THERE_CODES:
                raise

    async def _verify(self, stored: Stored) -> None:
        """Raise ``StoreUnavailable`` unless the server holds exactly these bytes."""
        try:
            with _translated():
                told = await self._client.head_object(Bucket=self._bucket, Key=stored.key, ChecksumMode="ENABLED")
            size_told = told["ContentLength"]
            sha256_told = told.get("ChecksumSHA256") or await self._read_back_sha256(stored.key)
        except ObjectMissing as missing:
            raise StoreUnavailable("The object store lost the bytes that were sent.") from missing
        if (size_told, sha256_told) != (stored.size_bytes, _base64_sha256(stored.sha256)):
            raise StoreUnavailable("The object store did not keep the bytes that were sent.")

    async def _read_back_sha256(self, key: str) -> str:
        digest = hashlib.sha256()
        async with contextlib.aclosing(self.open_stream(key)) as chunks:
            async for chunk in chunks:
                digest.update(chunk)
        return _base64_sha256(digest.hexdigest())


class _SpooledBody:
    """A body on its way through a temporary file; ``spool_gathered`` blocks and runs in a thread."""

    def __init__(self, spool: IO[bytes]) -> None:
        self.sha256 = hashlib.sha256()
        self.size_bytes = 0
        self.gathered: list[bytes] = []
        self.gathered_bytes = 0
        self._spool = spool

    def spool_gathered(self) -> None:
        with _translated_spool():
            for chunk in self.gathered:
                self._spool.write(chunk)
                self.sha256.update(chunk)
        self.size_bytes += self.gathered_bytes
        self.gathered, self.gathered_bytes = [], 0


async def _piece(body: Any, chunk_bytes: int) -> bytes:
    """Read on; whatever breaks here, cut connections that the library lets through untranslated included, is the server."""
    try:
        piece: bytes = await body.read(chunk_bytes)
    except Exception as failure:
        raise StoreUnavailable("The object store broke off in the middle of an object.") from failure
    return piece


def _config() -> AioConfig:
    return AioConfig(
        connect_timeout=CONNECT_SECONDS_MAX,
        read_timeout=READ_SECONDS_MAX,
        retries={"mode": "standard", "total_max_attempts": ATTEMPTS_MAX},
        max_pool_connections=CONNECTIONS_MAX,
        tcp_keepalive=True,
        signature_version="s3v4",
        # Servers other than Amazon's do not know the trailing checksums that the library would add by itself.
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        # The signed checksum header already binds the body; signing it too would hash every file in the event loop.
        s3={"addressing_style": "path", "payload_signing_enabled": False},
    )


def _base64_sha256(sha256: str) -> str:
    return base64.b64encode(binascii.unhexlify(sha256)).decode()


def _server_time(page: Any) -> datetime:
    told = page["ResponseMetadata"]["HTTPHeaders"].get("date")
    return parsedate_to_datetime(told) if told else datetime.now(UTC)


def _code(failure: ClientError) -> str:
    return str(failure.response.get("Error", {}).get("Code", ""))


@contextlib.contextmanager
def _translated() -> Iterator[None]:
    """Turn what the S3 library raises into what callers of a store know."""
    try:
        yield
    except ClientError as failure:
        if _code(failure) in _ABSENT_CODES:
            raise ObjectMissing("there is no object of this key") from failure
        raise StoreUnavailable("The object store refused the request.", code=_code(failure)) from failure
    except (BotoCoreError, OSError, TimeoutError) as failure:
        raise StoreUnavailable("The object store cannot be reached.") from failure


@contextlib.contextmanager
def _translated_spool() -> Iterator[None]:
    try:
        yield
    except OSError as failure:
        raise StoreUnavailable("There is no room to spool the body.", errno=failure.errno or 0) from failure
