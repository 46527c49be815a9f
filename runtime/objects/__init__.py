"""Object stores: where the bytes of bills rest, behind one interface for a folder and for S3.

Objects are content-addressed within a prefix, ``{key_prefix}/sha256/{aa}/{hash}``, and never change, so the same bytes
put twice are one object. A store knows nothing of tenants or rows: the caller chooses a prefix per tenant, and removes
what no row names by walking ``list_keys``. Putting existing content renews its age; still, a sweep and an upload of the
same bytes can cross, so whoever deletes must hold the same lock under which rows are written and look again inside it.
"""

import re
from collections.abc import AsyncGenerator, AsyncIterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol
from urllib.parse import parse_qs, unquote, urlsplit

STREAM_CHUNK_BYTES = 256 * 1024
"""The piece in which stores hand out bytes; the same as one message of an upload, so that pieces pass unchanged."""

KEY_LENGTH_MAX = 512
"""Half of what S3 allows, and with every segment's own limit always a possible path."""

DERIVED = "derived"
"""Where things made from objects rest, apart from them, so that a walk over the objects does not meet them."""

_CONTENT = re.compile(r".+?/sha256/[0-9a-f]{2}/[0-9a-f]{64}(?=/)", re.ASCII)
_SEGMENT = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}", re.ASCII)
_S3_OPTIONS = frozenset({"endpoint", "region", "public_endpoint"})


@dataclass(frozen=True, slots=True)
class Stored:
    """What a store holds after a put: durable, and proven to be the bytes that were sent."""

    key: str
    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class ObjectInfo:
    """One object as a listing shows it; ``modified_at`` [UTC] is when its bytes were last put."""

    key: str
    size_bytes: int
    modified_at: datetime


class ObjectMissing(LookupError):
    """There is no object of this key."""


class ObjectTooLarge(ValueError):
    """The object holds more bytes than the reader said it can take."""


class ObjectStore(Protocol):
    """Keeps objects. Every method may raise ``StoreUnavailable``, and ``ValueError`` for a key that is not one."""

    async def put_stream(self, key_prefix: str, chunks: AsyncIterable[bytes]) -> Stored:
        """Store a body of unknown length; return only when it is durable and verified.

        Memory stays bounded whatever the body's size. If ``chunks`` raises, or the task is cancelled, nothing is left.
        """
        ...

    def open_stream(self, key: str, chunk_bytes: int = STREAM_CHUNK_BYTES) -> AsyncGenerator[bytes, None]:
        """Yield the object's bytes in order, in pieces of at most ``chunk_bytes``.

        Close the generator when leaving it early (``contextlib.aclosing``). Raises ``ObjectMissing`` at the first piece.
        """
        ...

    async def read(self, key: str, bytes_max: int) -> bytes:
        """Return a whole object. Raises ``ObjectMissing``, and ``ObjectTooLarge`` beyond ``bytes_max``."""
        ...

    async def size(self, key: str) -> int | None:
        """Return the object's size [bytes], or None when there is none."""
        ...

    async def delete(self, key: str) -> None:
        """Remove the object; removing what is not there is no error."""
        ...

    def list_keys(self, prefix: str, older_than_seconds: float = 0) -> AsyncGenerator[ObjectInfo, None]:
        """Yield the objects below ``prefix`` (whole segments; "" for all) that were last put longer ago than that."""
        ...

    async def presign(self, key: str, seconds: int, file_name: str, content_type: str) -> str | None:
        """Return a link from which a browser downloads the object as ``file_name``, or None when the store has none."""
        ...

    async def check(self) -> None:
        """Prove that the store can be written to and read from now."""
        ...

    async def close(self) -> None:
        """Let go of threads and connections."""
        ...


async def open_store(
    objects_url: str, *, s3_access_key: str = "", s3_secret_key: str = "", create_bucket: bool = False
) -> ObjectStore:
    """Open the store that a URL names; close it with ``close``.

    ``file:///var/lib/billowatt/objects`` is a folder, created if missing. ``s3://bucket?endpoint=http://host:8333&region=…``
    is S3; without keys the usual AWS credential chain applies. ``public_endpoint`` is the address under which clients
    reach the same server; a foreign ``endpoint`` without it gives no download links, because it may be a private address.
    Raises ``ValueError`` for a URL that is neither, ``StoreUnavailable`` when the store cannot be opened.
    """
    url = urlsplit(objects_url)
    match url.scheme:
        case "file":
            if url.netloc not in ("", "localhost") or not url.path.startswith("/"):
                raise ValueError(f"a folder store needs an absolute path, as in file:///data/objects: {objects_url!r}")
            from runtime.objects.folder import FolderStore

            return await FolderStore.open(Path(unquote(url.path)))
        case "s3":
            options = {name: values[-1] for name, values in parse_qs(url.query, strict_parsing=bool(url.query)).items()}
            if unknown := options.keys() - _S3_OPTIONS:
                raise ValueError(f"unknown options of the object store's URL: {', '.join(sorted(unknown))}")
            if not url.netloc or url.path not in ("", "/"):
                raise ValueError("an S3 store's URL names one bucket and no path, as in s3://bills?region=eu-central-1")
            # Importing the S3 library costs a large part of a second that a folder store need not pay.
            from runtime.objects.s3 import S3Store

            return await S3Store.open(
                bucket=url.netloc,
                endpoint=options.get("endpoint"),
                public_endpoint=options.get("public_endpoint"),
                region=options.get("region", "us-east-1"),
                access_key=s3_access_key or None,
                secret_key=s3_secret_key or None,
                create_bucket=create_bucket,
            )
        case _:
            raise ValueError(f"an object store is a file:// or s3:// URL, not {url.scheme!r}")


def content_key(key_prefix: str, sha256: str) -> str:
    """Return the key of content under a prefix; the two hex digits keep folders small."""
    return f"{checked_key(key_prefix)}/sha256/{sha256[:2]}/{sha256}"


def derived_prefix(key: str) -> str:
    """Return the prefix under which things made from an object rest; they have no worth of their own and go when it does."""
    return f"{DERIVED}/{checked_key(key)}"


def origin_of(key: str) -> str | None:
    """Return the key of the object that a thing below ``derived_prefix`` was made from; None where it is no such key."""
    first, _, rest = key.partition("/")
    origin = _CONTENT.match(rest) if first == DERIVED else None
    return None if origin is None else origin[0]


def checked_key(key: str) -> str:
    """Return the key unchanged if it is one: plain segments joined by single slashes, none of them hidden or ``..``."""
    if len(key) > KEY_LENGTH_MAX or not all(_SEGMENT.fullmatch(segment) for segment in key.split("/")):
        raise ValueError(f"not an object key: {key[:80]!r}")
    return key
