"""Webhooks, verified as Standard Webhooks prescribes: HMAC-SHA256 over id, timestamp and body, one signature for each secret.

Specification: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import base64
import binascii
import hashlib
import hmac
import json
import time
from collections.abc import Mapping, Sequence
from datetime import datetime

from billowatt_client.errors import WebhookNotVerified
from billowatt_client.models import Event

TOLERANCE_SECONDS = 300
"""How far the sender's clock and ours may be apart, the way included; an old message may be a replayed one."""

_PREFIX = "whsec_"
_DIGITS_MAX = 16


def verify_webhook(
    secret: str | Sequence[str],
    headers: Mapping[str, str],
    body: bytes,
    *,
    tolerance_seconds: float = TOLERANCE_SECONDS,
    now_seconds: float | None = None,
) -> Event:
    """Return the event of a POST, its signature checked. Give the body as it came, before any parsing.

    Args:
        secret: the endpoint's secret, or several while one is being rotated.
        headers: the request's; their case does not matter.
        body: the raw bytes.
        tolerance_seconds: how old, or how far in the future, the timestamp may be.
        now_seconds: the time to hold it against (Unix); the clock's where None.

    Raises:
        WebhookNotVerified: a header is missing, no signature fits, or the timestamp is too far off.
    """
    event_id = _verified(secret, headers, body, tolerance_seconds, now_seconds)
    try:
        told = json.loads(body)
        return Event(
            event_id=event_id,
            type=told["type"],
            timestamp=datetime.fromisoformat(told["timestamp"]),
            data=told["data"],
        )
    except (ValueError, KeyError, TypeError) as error:
        raise WebhookNotVerified("the body is no event") from error


def verify_get_webhook(
    secret: str | Sequence[str],
    headers: Mapping[str, str],
    url: str,
    *,
    tolerance_seconds: float = TOLERANCE_SECONDS,
    now_seconds: float | None = None,
) -> str:
    """Return the event's id of a GET from a URL template, its signature checked. Give the whole URL as it was requested.

    Raises:
        WebhookNotVerified: as ``verify_webhook`` does.
    """
    return _verified(secret, headers, url.encode(), tolerance_seconds, now_seconds)


def _verified(
    secret: str | Sequence[str],
    headers: Mapping[str, str],
    signed: bytes,
    tolerance_seconds: float,
    now_seconds: float | None,
) -> str:
    lowered = {str(name).lower(): value for name, value in headers.items()}
    try:
        event_id, timestamp, told = (lowered[f"webhook-{part}"] for part in ("id", "timestamp", "signature"))
    except KeyError as error:
        raise WebhookNotVerified(f"the header {error.args[0]} is missing") from error
    now = time.time() if now_seconds is None else now_seconds
    if (
        not (timestamp.isascii() and timestamp.isdecimal() and len(timestamp) < _DIGITS_MAX)
        or abs(int(timestamp) - now) > tolerance_seconds
    ):
        raise WebhookNotVerified("the timestamp is too far off")
    content = f"{event_id}.{timestamp}.".encode() + signed
    secrets = [secret] if isinstance(secret, str) else secret
    expected = [hmac.new(_key(one), content, hashlib.sha256).digest() for one in secrets]
    given = [_digest(one) for one in told.split(" ") if one.startswith("v1,")]
    # All pairs are compared, so that the time taken says nothing of which fits.
    fits = [hmac.compare_digest(one, other) for one in expected for other in given]
    if not any(fits):
        raise WebhookNotVerified("no signature fits")
    return event_id


def _key(secret: str) -> bytes:
    try:
        return base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except (ValueError, binascii.Error) as error:
        raise ValueError("the secret is none of a webhook endpoint") from error


def _digest(signature: str) -> bytes:
    try:
        return base64.b64decode(signature.removeprefix("v1,"), validate=True)
    except (ValueError, binascii.Error):
        return b""
