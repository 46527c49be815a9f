"""Frames between the pool and its children: a line of JSON with a length before it, and bytes after it where it says so.

A request is of the kind ``read`` or ``words`` (the body is the document), ``picture`` or ``page`` (the body is ``marks_bytes`` of
marks, then the document); ``read`` and ``picture`` may carry the ``password`` that opens it. The answers are any number of
``progress``, then one ``outcome``, ``words``, ``picture``, ``page`` or ``no_page``.

Both ends bound what they take: the child may be in a stranger's hands.
"""

import json
import struct
from typing import Any

LENGTH = struct.Struct(">I")
HEADER_BYTES_MAX = 64 * 1024
BODY_BYTES_MAX = 256 * 1024 * 1024
BODY_SIZE = "body_bytes"


class BrokenFrame(Exception):
    """What came is no frame, or larger than a frame may be."""


def frame(header: dict[str, Any], body: bytes = b"") -> bytes:
    """Give the bytes that announce a body; the body itself is written after them."""
    told = json.dumps({**header, BODY_SIZE: len(body)}, separators=(",", ":")).encode()
    return LENGTH.pack(len(told)) + told


def header_length(prefix: bytes) -> int:
    """Give the length of the header that follows a prefix.

    Raises:
        BrokenFrame: longer than a header may be.
    """
    length: int = LENGTH.unpack(prefix)[0]
    if length > HEADER_BYTES_MAX:
        raise BrokenFrame("header too long")
    return length


def parsed_header(told: bytes) -> tuple[dict[str, Any], int]:
    """Give a header and the length of the body after it [bytes].

    Raises:
        BrokenFrame: it is no header, or announces more than a body may hold.
    """
    try:
        header = json.loads(told)
        size = header[BODY_SIZE]
    except (ValueError, TypeError, KeyError, RecursionError):
        raise BrokenFrame("no header") from None
    if not isinstance(header, dict) or not isinstance(size, int) or not 0 <= size <= BODY_BYTES_MAX:
        raise BrokenFrame("body too long")
    return header, size
