"""Signatures of Standard Webhooks, version 1: HMAC-SHA256 over id, timestamp and body, one for each live secret.

Specification: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Sequence

SECRET_PREFIX = "whsec_"
SECRET_BYTES = 32
"""The specification asks for 24 to 64 bytes."""


def new_secret() -> bytes:
    """Draw a secret."""
    return secrets.token_bytes(SECRET_BYTES)


def secret_text(secret: bytes) -> str:
    """Return a secret in the form that receivers' libraries take."""
    return SECRET_PREFIX + base64.b64encode(secret).decode()


def sign(message_id: str, timestamp_seconds: int, body: bytes, secret: bytes) -> str:
    """Return one signature, ``v1,`` and base64."""
    signed = f"{message_id}.{timestamp_seconds}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(secret, signed, hashlib.sha256).digest()).decode()


def signature_headers(
    message_id: str, timestamp_seconds: int, body: bytes, live_secrets: Sequence[bytes]
) -> dict[str, str]:
    """Return the three headers; receivers accept the message if any one of the signatures fits.

    ``message_id`` stays over retries and replays; the timestamp is that of the attempt.
    """
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp_seconds),
        "webhook-signature": " ".join(sign(message_id, timestamp_seconds, body, secret) for secret in live_secrets),
    }
