"""The seal on what must lie in the database but must not be read there: secrets and credentials of endpoints.

AES-256-GCM under a key derived (HKDF-SHA256, RFC 5869) from the secret of the settings, which the database never sees. What
is sealed is bound to its owner's id, so that moving it to another row breaks it.
"""

import hashlib
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_PURPOSE = b"billowatt webhook credentials, version 1"
_KEY_BYTES, _KEY_ID_BYTES = 32, 4
_NONCE_BYTES = 12
"""The length for which GCM is defined best (NIST SP 800-38D); drawn anew each time."""


class SealBroken(Exception):
    """It was sealed under a key that is not at hand, is bound to another owner, or was altered."""


class Seal:
    """Seals under the key of ``secret``; opens also what was sealed under that of ``secret_before``, if one is given."""

    def __init__(self, secret: str, secret_before: str = "") -> None:
        keys = [_derived(text) for text in (secret, secret_before) if text]
        self._keys = {_id_of(key): AESGCM(key) for key in keys}
        self._current = _id_of(keys[0])

    def close(self, plain: bytes, owner_id: str) -> bytes:
        """Return ``plain`` sealed for one owner: the key's id, a nonce, and what AES-GCM makes of it."""
        nonce = os.urandom(_NONCE_BYTES)
        return self._current + nonce + self._keys[self._current].encrypt(nonce, plain, owner_id.encode())

    def open(self, sealed: bytes, owner_id: str) -> bytes:
        """Return what was sealed.

        Raises:
            SealBroken: it cannot be opened.
        """
        key = self._keys.get(sealed[:_KEY_ID_BYTES])
        if key is None:
            raise SealBroken("sealed under a key that is not at hand")
        nonce, rest = sealed[_KEY_ID_BYTES:][:_NONCE_BYTES], sealed[_KEY_ID_BYTES + _NONCE_BYTES :]
        try:
            return key.decrypt(nonce, rest, owner_id.encode())
        except (InvalidTag, ValueError) as error:
            raise SealBroken("altered, or sealed for another owner") from error

    @property
    def mark(self) -> bytes:
        """Return what everything sealed under the present key begins with."""
        return self._current


def _derived(secret: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=_KEY_BYTES, salt=None, info=_PURPOSE).derive(secret.encode())


def _id_of(key: bytes) -> bytes:
    return hashlib.sha256(b"id of " + key).digest()[:_KEY_ID_BYTES]
