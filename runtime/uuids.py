"""Ids as the database keeps them, sixteen bytes, and as everybody else knows them, text."""

import hashlib
from functools import lru_cache
from uuid import UUID

IDS_KEPT = 4096
"""Ids whose bytes are remembered: a transaction sends each of a bill's ids a dozen times."""


@lru_cache(maxsize=IDS_KEPT)
def bytes_of(text: str | UUID) -> bytes:
    """Return the sixteen bytes of an id.

    Raises:
        ValueError: the text is not a UUID.
    """
    if isinstance(text, UUID):
        return text.bytes
    # A tenth of what UUID(text) costs; a busy transaction sends hundreds of them.
    sixteen = bytes.fromhex(text.replace("-", ""))
    if len(sixteen) != 16:
        raise ValueError(f"{text!r} is not a UUID")
    return sixteen


def text_of(sixteen: bytes | bytearray) -> str:
    """Return the canonical text of an id."""
    digits = sixteen.hex()
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def named_id(namespace: UUID, name: str) -> str:
    """Return the id that a name has within a namespace (RFC 9562, version 5), a third of what ``uuid.uuid5`` costs."""
    digest = bytearray(hashlib.sha1(namespace.bytes + name.encode(), usedforsecurity=False).digest()[:16])
    digest[6] = digest[6] & 0x0F | 0x50
    digest[8] = digest[8] & 0x3F | 0x80
    return text_of(digest)
