"""Entity tags (RFC 9110, 8.8.3): what was answered before need not be sent again, and is not overwritten unseen.

A tag is the SHA-256 of the bytes, strong; the same answer in another content coding is another representation and has the
coding behind its tag. Tags that clients send are compared without it.
"""

import hashlib
from collections.abc import Iterable

from aiohttp import ETag, web

TAG_LENGTH = 32
_CODED = ("-gzip", "-deflate")

KEPT = "private, no-cache"
"""Cache-Control of an answer with a tag: its client may keep it, and must ask before it is used again."""


def tag_of(body: bytes) -> str:
    """Return the opaque tag of an answer's bytes, without quotes."""
    return hashlib.sha256(body).hexdigest()[:TAG_LENGTH]


def not_modified(request: web.Request, tag: str) -> bool:
    """Tell whether If-None-Match names the tag; by weak comparison, as it must be."""
    return _names(request.if_none_match or (), tag)


def has_precondition(request: web.Request) -> bool:
    """Tell whether the client says what it believes to change."""
    return "If-Match" in request.headers


def matches(request: web.Request, tag: str) -> bool:
    """Tell whether If-Match names the tag; by strong comparison, as it must be."""
    return _names((one for one in request.if_match or () if not one.is_weak), tag)


def _names(given: Iterable[ETag], tag: str) -> bool:
    return any(one.value == "*" or _plain(one.value) == tag for one in given)


def _plain(value: str) -> str:
    for coded in _CODED:
        value = value.removesuffix(coded)
    return value
