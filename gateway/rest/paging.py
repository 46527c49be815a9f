"""Page tokens of the lists that the edge reads itself: where a page ended, by time and id, bound to its list."""

import base64
import binascii
import hashlib
import struct
from datetime import UTC, datetime, timedelta
from uuid import UUID

from domain.refusals import BadPageToken

PAGE_SIZE = 50
_TOKEN = struct.Struct(">4sq16s")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def token_behind(of_list: str, at: datetime, last_id: str) -> str:
    """Return the token of the page behind an item."""
    micros = (at - _EPOCH) // timedelta(microseconds=1)
    raw = _TOKEN.pack(_mark(of_list), micros, UUID(last_id).bytes)
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def item_before(of_list: str, token: str) -> tuple[datetime, str] | None:
    """Return the item that a token stands behind; None for the first page.

    Raises:
        BadPageToken: it is none of this list.
    """
    if not token:
        return None
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        mark, micros, last_id = _TOKEN.unpack(raw)
        if mark != _mark(of_list):
            raise BadPageToken
        return _EPOCH + timedelta(microseconds=micros), str(UUID(bytes=last_id))
    except (binascii.Error, ValueError, struct.error, OverflowError) as error:
        raise BadPageToken from error


def _mark(of_list: str) -> bytes:
    return hashlib.sha256(of_list.encode()).digest()[:4]
