"""Tenants and their API keys. Of a key only the beginning and the SHA-256 are kept; its text is shown once.

A key reads ``bk_live_<8 letters>_<32 letters>``: the first part is looked up, the whole is compared by digest in constant
time. 32 letters of base 62 are 190 bits, so a plain digest is enough: there is nothing to guess.
"""

import hashlib
import hmac
import re
import secrets
import string
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from domain.ids import TenantId
from domain.refusals import LimitReached, NoSuchKey, NoSuchTenant
from runtime.postgres import Connection, Database

_LETTERS = string.digits + string.ascii_letters
_TEXT = re.compile(r"(?P<prefix>bk_live_[0-9A-Za-z]{8})_[0-9A-Za-z]{32}")

use_noted_seconds = 60
"""A key's last use is written at most this often, so that reading requests do not all become writes."""
keys_per_tenant_max = 100
"""More live keys than this are a leak, not a need."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRecord:
    """A key as it is kept; its text is not. Times in UTC."""

    key_id: str
    tenant_id: TenantId
    prefix: str
    scopes: frozenset[str]
    name: str
    created_at: datetime
    last_used_at: datetime | None
    expires_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key just made: the only moment at which its text exists on our side."""

    text: str
    prefix: str
    sha256: bytes

    def __repr__(self) -> str:
        return f"NewKey({self.prefix}_…)"


def new_key() -> NewKey:
    """Draw a key."""
    prefix = "bk_live_" + "".join(secrets.choice(_LETTERS) for _ in range(8))
    text = prefix + "_" + "".join(secrets.choice(_LETTERS) for _ in range(32))
    return NewKey(text, prefix, _digest(text))


async def create_tenant(connection: Connection, name: str, tenant_id: TenantId | None = None) -> TenantId:
    """Make a tenant; the transaction must be a service's own."""
    made = tenant_id or TenantId(str(uuid4()))
    await connection.execute("INSERT INTO runtime.tenant (tenant_id, name) VALUES ($1, $2)", made, name)
    return made


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantRecord:
    """A tenant as it is kept."""

    tenant_id: TenantId
    name: str
    created_at: datetime


async def find_tenant(connection: Connection, tenant_id: TenantId) -> TenantRecord:
    """Return a tenant.

    Raises:
        NoSuchTenant: there is none of this id.
    """
    row = await connection.fetchrow(
        "SELECT tenant_id, name, created_at FROM runtime.tenant WHERE tenant_id = $1", tenant_id
    )
    if row is None:
        raise NoSuchTenant
    return TenantRecord(**row)


async def list_tenants(connection: Connection, before: tuple[datetime, str] | None, limit: int) -> list[TenantRecord]:
    """Return tenants, newest first, that stand behind ``before`` in that order; the transaction must be a service's own."""
    rows = await connection.fetch(_LIST_TENANTS, *(before or (None, None)), limit)
    return [TenantRecord(**row) for row in rows]


async def create_key(
    connection: Connection,
    tenant_id: TenantId,
    *,
    name: str,
    scopes: Sequence[str],
    expires_at: datetime | None = None,
) -> tuple[KeyRecord, str]:
    """Make a key of the tenant; return its record and, for this once, its text.

    Raises:
        LimitReached: the tenant has as many live keys as it may have.
    """
    # Two requests at once could both see room for one more.
    await connection.execute("SELECT 1 FROM runtime.tenant WHERE tenant_id = $1 FOR UPDATE", tenant_id)
    if await connection.fetchval(_COUNT_LIVE, tenant_id) >= keys_per_tenant_max:
        raise LimitReached("The tenant has too many keys; revoke some first.", limit_keys=keys_per_tenant_max)
    key = new_key()
    row = await connection.fetchrow(
        _INSERT, str(uuid4()), tenant_id, key.prefix, key.sha256, sorted(set(scopes)), name, expires_at
    )
    return _record(row), key.text


async def find_key(database: Database, text: str) -> KeyRecord | None:
    """Return the live key whose text this is, and note its use; None when there is none.

    The lookup crosses tenants, for it is what tells the tenant.
    """
    if not (form := _TEXT.fullmatch(text)):
        return None
    digest = _digest(text)
    async with database.service() as connection:
        rows = await connection.fetch(_LIVE_BY_PREFIX, form["prefix"])
        found = None
        for row in rows:
            if hmac.compare_digest(row["sha256"], digest):
                found = _record(row)
        if found is not None:
            await connection.execute(_NOTE_USE, found.key_id, use_noted_seconds)
    return found


async def list_keys(
    connection: Connection,
    tenant_id: TenantId,
    before: tuple[datetime, str] | None,
    limit: int,
    *,
    live: bool | None = None,
) -> list[KeyRecord]:
    """Return the tenant's keys, newest first, at most ``limit`` from behind ``before`` on.

    ``live`` True: those that open; False: those that no longer do; None: both.
    """
    rows = await connection.fetch(_LIST, tenant_id, *(before or (None, None)), limit, live)
    return [_record(row) for row in rows]


async def rotate_key(
    connection: Connection, tenant_id: TenantId, key_id: str, grace_seconds: int
) -> tuple[KeyRecord, str, KeyRecord]:
    """Make a key like another, which lives on for ``grace_seconds`` at most; return the new one, its text, and the old one.

    Raises:
        NoSuchKey: the tenant has no live key of this id.
        LimitReached: the tenant has as many live keys as it may have.
    """
    row = await connection.fetchrow(_EXPIRE_SOON, tenant_id, key_id, float(grace_seconds))
    if row is None:
        raise NoSuchKey("There is no live API key of this id.")
    old = _record(row)
    # The end that was set for the old one before holds for the new one: a rotation must not prolong what was lent.
    new, text = await create_key(
        connection, tenant_id, name=old.name, scopes=sorted(old.scopes), expires_at=row["expired_before"]
    )
    return new, text, old


async def revoke_key(connection: Connection, tenant_id: TenantId, key_id: str) -> KeyRecord:
    """End a key for good, at once; doing it again changes nothing.

    Raises:
        NoSuchKey: the tenant has no key of this id.
    """
    row = await connection.fetchrow(_REVOKE, tenant_id, key_id)
    if row is None:
        raise NoSuchKey
    return _record(row)


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def _record(row: Any) -> KeyRecord:
    return KeyRecord(
        key_id=row["key_id"],
        tenant_id=TenantId(row["tenant_id"]),
        prefix=row["prefix"],
        scopes=frozenset(row["scopes"]),
        name=row["name"],
        created_at=row["created_at"],
        last_used_at=row["last_used_at"],
        expires_at=row["expires_at"],
        revoked_at=row["revoked_at"],
    )


_LIVE = "revoked_at IS NULL AND (expires_at IS NULL OR expires_at > clock_timestamp())"

_COUNT_LIVE = f"SELECT count(*) FROM runtime.api_key WHERE tenant_id = $1 AND {_LIVE}"  # noqa: S608

_LIVE_BY_PREFIX = f"SELECT * FROM runtime.api_key WHERE prefix = $1 AND {_LIVE}"  # noqa: S608

_LIST = f"""
SELECT * FROM runtime.api_key
WHERE tenant_id = $1
    AND (created_at, key_id) < (coalesce($2::timestamptz, 'infinity'),
        coalesce($3::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
    AND ($5::boolean IS NULL OR ({_LIVE}) = $5)
ORDER BY created_at DESC, key_id DESC LIMIT $4
"""  # noqa: S608 our own condition

_LIST_TENANTS = """
SELECT tenant_id, name, created_at FROM runtime.tenant
WHERE (created_at, tenant_id) < (coalesce($1::timestamptz, 'infinity'),
    coalesce($2::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
ORDER BY created_at DESC, tenant_id DESC LIMIT $3
"""

_EXPIRE_SOON = f"""
WITH old AS (
    SELECT key_id, expires_at FROM runtime.api_key WHERE tenant_id = $1 AND key_id = $2 AND {_LIVE} FOR UPDATE
)
UPDATE runtime.api_key AS key
SET expires_at = least(old.expires_at, clock_timestamp() + $3 * interval '1 second')
FROM old WHERE key.key_id = old.key_id RETURNING key.*, old.expires_at AS expired_before
"""  # noqa: S608 our own condition

_INSERT = """
INSERT INTO runtime.api_key (key_id, tenant_id, prefix, sha256, scopes, name, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING *
"""

_NOTE_USE = """
UPDATE runtime.api_key SET last_used_at = clock_timestamp()
WHERE key_id = $1 AND (last_used_at IS NULL OR last_used_at < clock_timestamp() - $2 * interval '1 second')
"""

_REVOKE = """
UPDATE runtime.api_key SET revoked_at = coalesce(revoked_at, clock_timestamp())
WHERE tenant_id = $1 AND key_id = $2 RETURNING *
"""
